"""Edits of models: values set by name, equations of the user, refused input."""

import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    cm,
    ms,
    mV,
    nS,
    pA,
    pF,
    second,
    uS,
)

from dendrisyn import (
    AMPA,
    NMDA,
    AssemblyError,
    CustomMembrane,
    DendrisynError,
    Dendrite,
    DendriticSpike,
    InvalidValueError,
    MagnesiumBlock,
    NameConflictError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    UnitError,
    update_default_params,
)
from dendrisyn.equations.parameters import resolve

from .cells import CYLINDER, PASSIVE, pair

# -- what set by name means, and where ------------------------------------------------


def test_the_last_word_wins_wherever_it_is_said():
    model = pair()
    dend = model.compartments["dend"]
    model.add_params({"g_AMPA_y_dend": 3 * nS, "Vth_Ca_dend": -20 * mV})
    dend.synapse("AMPA", "y", g=1 * nS, t_decay=2 * ms)
    dend.dspikes("Ca", threshold=-30 * mV)
    assert model.parameters["g_AMPA_y_dend"] == 3 * nS
    model.parameters["g_AMPA_y_dend"] = 9 * nS
    model.config_dspikes("Ca", threshold=-11 * mV)
    assert model.parameters["g_AMPA_y_dend"] == 9 * nS
    assert model.parameters["Vth_Ca_dend"] == -11 * mV
    dend.parameters["g_AMPA_y_dend"] = 2 * nS
    assert model.parameters["g_AMPA_y_dend"] == 2 * nS
    model.parameters["E_GABA"] = -70 * mV
    assert dend.parameters["E_GABA"] == -70 * mV
    dend.parameters["E_GABA"] = -60 * mV
    assert model.parameters["E_GABA"] == -60 * mV
    del model.parameters["E_GABA"]
    assert dend.parameters["E_GABA"] == -80 * mV
    model.parameters.clear()
    assert model.parameters["g_AMPA_y_dend"] == 1 * nS


def test_the_two_names_of_a_coupling_cannot_part():
    model = pair()
    model.compartments["soma"].add_params({"g_dend_soma": 1 * nS})
    assert model.parameters["g_soma_dend"] == 1 * nS
    del model.parameters["g_soma_dend"]
    assert model.parameters["g_dend_soma"] == 8 * nS
    both = {"g_soma_dend": 1 * nS, "g_dend_soma": 2 * nS}
    with pytest.raises(InvalidValueError, match="two names of one value"):
        model.parameters.update(both)
    with pytest.raises(InvalidValueError, match="two names of one value"):
        model.make_neurongroup(1, namespace=both)
    with pytest.raises(AssemblyError, match="two names of one value"):
        model.make_neurongroup(1, per_neuron=list(both))
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    soma.add_params({"g_dend_soma": 5 * nS})
    soma.connect(dend, 10 * nS)
    assert dend.parameters["g_soma_dend"] == 5 * nS
    with pytest.raises(InvalidValueError, match="two names of one value"):
        dend.add_params(both)
    group = pair().make_neurongroup(1, namespace={"g_dend_soma": 2 * nS})
    assert group.namespace["g_soma_dend"] == 2 * nS


def test_copies_are_apart():
    import copy

    model = pair()
    dend = copy.copy(model.compartments["dend"])
    dend.remove("AMPA_x")
    dend.parameters["EL_dend"] = -50 * mV
    assert "AMPA_x" in model.compartments["dend"].mechanisms
    assert model.parameters["EL_dend"] == -65 * mV
    other = copy.copy(model)
    other.add_equations("twice = 2*V_soma : volt")
    other.parameters["EL_soma"] = -60 * mV
    other.compartments["dend"].remove("AMPA_x")
    assert "twice" not in model.equations
    assert "I_AMPA_x_dend" in model.equations
    assert model.parameters["EL_soma"] == -65 * mV


def test_leak_and_capacitance_are_those_in_use():
    dend = Dendrite("dend", **CYLINDER)
    dend.parameters["gL_dend"] = 40 * uS / cm**2
    # 0.4 S/m**2 on pi * 100 um * 2 um
    assert dend.g_leakage / nS == pytest.approx(0.4 * np.pi * 200e-12 * 1e9)


def test_a_block_that_the_user_makes_a_variable_is_not_shared():
    cell = Soma("soma", **PASSIVE)
    own = MagnesiumBlock(gamma=0)
    cell.add(*(NMDA(tag, g=1 * nS, t_decay=50 * ms, output=own) for tag in "xy"))
    cell.add_equations("Gamma_NMDA_y_soma : 1 (constant)")
    group = NeuronModel([cell]).make_neurongroup(2)
    group.Gamma_NMDA_y_soma = [0, 30]
    group.V_soma = -50 * mV
    assert group.B_NMDA_y_soma[1] > 2 * group.B_NMDA_y_soma[0]
    assert group.B_NMDA_x_soma[1] == group.B_NMDA_x_soma[0]


# -- values and names that are refused ------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        {"mine": "10*nS"},
        {"mine": None},
        {"mine": True},
        {"mine": [1, 2]},
        {"mine": 1j},
        {"mine": np.nan},
        {"my-own": 1},
        {"mV": 1},
        {"exp": 1},
        {"t": 1},
        {"x_pre": 1},
        {1: 1},
        {"V_soma": -60 * mV},
        {"I_ext_dend": 1 * pA},
        3,
    ],
)
def test_parameters_that_cannot_be_added(params):
    model = pair()
    before = str(model)
    with pytest.raises((UnitError, InvalidValueError, NameConflictError)):
        model.add_params(params)
    assert str(model) == before


@pytest.mark.parametrize(
    "unit", ["siemens/metre**2", "farad/metre**2", "1/second**0.5", "kilogram*metre"]
)
def test_compound_units_in_equations_of_the_user(unit):
    dend = Dendrite("dend", **PASSIVE)
    dend.add_equations(f"gbar : {unit}")
    group = NeuronModel([dend]).make_neurongroup(1)
    assert group.gbar.dim is group.equations["gbar"].dim
    model = NeuronModel([Dendrite("dend", **PASSIVE)])
    model.add_params({"gbar": 3 * uS / cm**2})
    assert model.make_neurongroup(2, per_neuron="gbar").gbar[1] == 3 * uS / cm**2


def test_what_equations_of_the_user_need_cannot_be_removed():
    dend = Dendrite("dend", **PASSIVE)
    dend.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    dend.add_equations("twice = 2*I_AMPA_x_dend : amp")
    with pytest.raises(InvalidValueError, match="twice refers to I_AMPA_x_dend"):
        dend.remove("AMPA_x")
    assert "AMPA_x" in dend.mechanisms


def test_a_replaced_equation_keeps_its_unit():
    dend = Dendrite("dend", **PASSIVE)
    with pytest.raises(UnitError, match="I_ext_dend is in amp"):
        dend.replace_equations("I_ext_dend : amp", "I_ext_dend : volt")
    with pytest.raises(InvalidValueError, match="not the one"):
        dend.replace_equations("I_ext_dend : volt", "I_ext_dend : volt")


def test_a_total_that_is_no_sum_takes_no_currents():
    dend = Dendrite("dend", **PASSIVE)
    dend.replace_equations("I_dend = I_ext_dend : amp", "I_dend : amp")
    with pytest.raises(InvalidValueError, match="I_dend is not a sum"):
        dend.add(AMPA("x", g=1 * nS, t_decay=5 * ms))


def test_currents_are_summed_once_and_in_amp():
    dend = Dendrite("dend", **PASSIVE)
    dend.add_equations("I_p = 2*pA : amp", currents=["I_p", "I_p"])
    assert "I_dend = I_ext_dend + I_p : amp" in dend.equations
    with pytest.raises(UnitError, match="not amp"):
        dend.add_equations("q : volt", currents="q")


def test_a_name_that_contains_xi_is_no_noise():
    model = pair()
    model.add_equations("doubled = 2*maxi_rate : 1")
    model.make_neurongroup(1, method="rk4", namespace={"maxi_rate": 1.0})
    model.add_equations("dn/dt = -n/(5*ms) + xi/sqrt(ms) : 1")
    with pytest.raises(InvalidValueError, match="noise"):
        model.make_neurongroup(1, method="rk4", namespace={"maxi_rate": 1.0})


def test_a_template_says_where_it_starts():
    text = "dV{0}/dt = (g{0}*(E{0} - V{0}) + I{0})/C{0} : volt"
    soma = Soma("soma", model=text, cm_abs=100 * pF)
    soma.add_params({"g_soma": 5 * nS, "E_soma": -60 * mV})
    model = NeuronModel([soma])
    with pytest.raises(AssemblyError, match="V_soma has no value to start from"):
        model.make_neurongroup(1)
    assert model.make_neurongroup(1, init_rest=False).V_soma[0] == 0 * mV
    with pytest.raises(InvalidValueError, match="dV_soma/dt"):
        Soma("soma", model="dV/dt = -V/(10*ms) : volt")


# -- second reset ---------------------------------------------------------------------


def spiking(**changes):
    cell = PointNeuronModel(**PASSIVE)
    arguments = {
        "threshold": "V > -50*mV",
        "reset": "V = 20*mV",
        "second_reset": "V = -60*mV",
        "spike_width": 1 * ms,
        "refractory": 3 * ms,
    }
    group, _ = cell.make_neurongroup(2, **(arguments | changes))
    return group


def test_a_second_reset_leaves_the_others_alone():
    """What it says may be infinite for a neuron that has not spiked."""
    group = spiking(second_reset="V = -60*mV + 1*mV*log(I_ext/nA)")
    group.I_ext = [0, 300] * pA
    Network(group).run(20 * ms)
    assert group.V[0] == -65 * mV
    assert np.isfinite(group.V[1] / mV)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"refractory": "0.5*ms"}, "at least as long"),
        ({"refractory": "2*short"}, "at least as long"),
        ({"second_reset": "V = -60*mV; not_refractory = True"}, "not_refractory"),
        ({"second_reset": "V = -60*mV; lastspike = lastspike - 1*ms"}, "lastspike"),
        ({"reset": "EL = -50*mV; V = EL"}, "constant"),
        ({"namespace": {"short": 0.2 * ms, "V": 3 * mV}}, "variable"),
        ({"order": True}, "integer"),
        ({"dtype": {"W": np.float32}}, "'V'"),
        ({"method": ["euler", "foo"]}, "foo"),
        ({"per_neuron": 5}, "per_neuron"),
        ({"per_neuron": None}, "per_neuron"),
        ({"dspike_events": 5}, "dspike_events"),
        ({"events": {"e": 5}}, "events"),
        ({"events": {"my-e": "V > 0*mV"}}, "my_e"),
        ({"clock": 5}, "Clock"),
        ({"second_reset": 5}, "second_reset"),
        ({"threshold": 5}, "threshold"),
        ({"refractory": True}, "refractory"),
    ],
)
def test_wrong_arguments_of_a_spiking_group(changes, words):
    namespace = changes.pop("namespace", {"short": 0.2 * ms})
    with pytest.raises(DendrisynError, match=words):
        spiking(namespace=namespace, **changes)


def test_a_monitor_of_an_event_sees_the_state_before_the_step_operation():
    model = PointNeuronModel(**PASSIVE)
    spike = DendriticSpike(
        "Na",
        threshold=-80 * mV,
        g_rise=0 * nS,
        duration_rise=1 * ms,
        reversal_rise="E_Na",
        refractory=5 * ms,
    )
    model.add(spike)
    for name in ("aa", "zz"):
        group = model.make_neurongroup(1, name=name)
        monitor = EventMonitor(group, "spike_Na", variables=["spiketime_Na"])
        Network(group, monitor).run(1 * ms)
        assert monitor.spiketime_Na[0] == -1e4 * second


def test_two_compartments_cannot_set_one_coupling_to_two_values():
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    soma.add_params({"g_dend_soma": 5 * nS})
    dend.add_params({"g_soma_dend": 7 * nS})
    with pytest.raises(AssemblyError, match="two names of one value"):
        NeuronModel([(soma, dend, 1 * nS)])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: NeuronModel(3 * mV),
        lambda: NeuronModel(3),
        lambda: NeuronModel("soma"),
        lambda: NeuronModel([3]),
        lambda: Soma("soma", model=5),
        lambda: CustomMembrane(5),
        lambda: Dendrite("d").synapse([], "x"),
        lambda: Dendrite("d").synapse("AMPA", 3, t_decay=1 * ms),
        lambda: Dendrite("d").remove([]),
        lambda: Dendrite("d").add("AMPA"),
        lambda: Dendrite("d").add_equations("I_p = 2*pA : amp", currents=None),
        lambda: Dendrite("d").connect("soma"),
        lambda: Dendrite("d").parameters[[]],
        lambda: Dendrite("d").parameters.update(None),
        lambda: AMPA("x", t_rise=1 * ms, t_decay=2 * ms, normalize="yes"),
        lambda: update_default_params(3),
    ],
)
def test_wrong_types_are_errors_of_this_package(wrong):
    with pytest.raises(DendrisynError):
        wrong()


def test_parameters_are_read_anew_after_every_kind_of_change():
    model = pair()
    dend = model.compartments["dend"]
    changes = [
        lambda: dend.add(AMPA("y", g=1 * nS, t_decay=5 * ms)),
        lambda: dend.dspikes("Na", threshold=-40 * mV),
        lambda: model.config_dspikes("Na", threshold=-30 * mV),
        lambda: model.add_params({"mine": 3}),
        lambda: dend.parameters.update({"EL_dend": -60 * mV}),
        lambda: dend.remove("AMPA_y"),
        lambda: model.parameters.clear(),
    ]
    seen = [dict(model.parameters)]
    for change in changes:
        change()
        now = {name: model.parameters[name] for name in model.parameters}
        assert now == resolve(model.structure.table().parameters)
        assert now != seen[-1]
        seen.append(now)
    assert seen[-1]["EL_dend"] == -65 * mV
    assert model.parameters["Vth_Na_dend"] == -30 * mV


@pytest.mark.parametrize("turned", [False, True])
def test_the_last_of_the_two_names_of_a_coupling_counts(turned):
    names = ("g_soma_dend", "g_dend_soma")
    first, second = names[::-1] if turned else names
    model = pair()
    model.parameters[first] = 1 * nS
    model.parameters[second] = 2 * nS
    assert model.parameters[first] == model.parameters[second] == 2 * nS
    group = model.make_neurongroup(1)
    assert group.namespace[first] == group.namespace[second] == 2 * nS


def test_compartments_of_a_model_show_their_own_equations_without_couplings():
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    soma.connect(dend, 10 * nS)
    assert "I_soma_dend" in dend.equations
    own = NeuronModel([soma, dend]).compartments["dend"]
    assert "I_soma_dend" not in own.equations
    assert "g_soma_dend" not in own.parameters
