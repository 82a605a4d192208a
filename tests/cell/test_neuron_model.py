"""Models: parameters between compartments, equations of the user, groups."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    StateMonitor,
    TimedArray,
    mm,
    ms,
    mV,
    nS,
    pA,
    pF,
    second,
    um,
    uS,
)

from dendrisyn import (
    AMPA,
    NMDA,
    AssemblyError,
    Compartment,
    Dendrite,
    DendriticSpike,
    InvalidValueError,
    MagnesiumBlock,
    NameConflictError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    UnitError,
    UnknownNameError,
    default_params,
    update_default_params,
)

from .cells import CYLINDER, MEMBRANE, PASSIVE, pair

# -- couplings ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["g_soma_dend", "g_dend_soma"])
def test_the_two_names_of_a_coupling_are_one_value(name):
    model = pair()
    model.parameters[name] = 3 * nS
    assert model.parameters["g_soma_dend"] == 3 * nS
    assert model.parameters["g_dend_soma"] == 3 * nS
    group = model.make_neurongroup(1)
    assert group.namespace["g_soma_dend"] == group.namespace["g_dend_soma"] == 3 * nS


@pytest.mark.parametrize("name", ["g_soma_dend", "g_dend_soma"])
def test_a_coupling_per_neuron_is_the_same_in_both_directions(name):
    group = pair().make_neurongroup(3, method="rk4", per_neuron=[name])
    setattr(group, name, [0, 5, 20] * nS)
    group.I_ext_soma = 50 * pA
    Network(group).run(1 * second)
    # steady state of two equal leaks: V_dend/V_soma = g/(g + gL)
    soma, dend = (group.V_soma + 65 * mV) / mV, (group.V_dend + 65 * mV) / mV
    assert dend / soma == pytest.approx([0, 5 / 10, 20 / 25], rel=1e-9)  # 100 tau
    assert 5 * (soma + dend) == pytest.approx(50)  # all current leaves by the leaks


def test_connect_by_hand_is_a_coupling_of_the_model_too():
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    soma.connect(dend, 4 * nS)
    dend.parameters["g_soma_dend"] = 6 * nS
    assert soma.parameters["g_dend_soma"] == 6 * nS
    model = NeuronModel([soma, dend])
    assert model.parameters["g_soma_dend"] == 6 * nS
    assert "I_soma_dend" in model.equations


def test_a_coupling_set_by_name_before_the_model_is_taken_over():
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    soma.add_params({"g_dend_soma": 7 * nS})
    model = NeuronModel([(soma, dend, 1 * nS)])
    assert model.parameters["g_soma_dend"] == 7 * nS


# -- densities and factors ------------------------------------------------------------


def test_a_density_is_multiplied_by_the_area_that_the_model_gives():
    soma = Soma("soma", length=20 * um, diameter=20 * um)
    dend = Dendrite("dend", **CYLINDER, spine_factor=1.5)
    dend.add(AMPA("x", g=10 * uS / mm**2, t_decay=5 * ms))
    model = NeuronModel([(soma, dend)], **MEMBRANE, scale_factor=2)
    area = np.pi * 100 * 2 * 1.5 * 2  # um**2
    assert model.compartments["dend"].area / um**2 == pytest.approx(area)
    expected = pytest.approx(10e-3 * area)  # nS
    assert model.parameters["g_AMPA_x_dend"] / nS == expected
    model.parameters["g_AMPA_x_dend"] = 20 * uS / mm**2
    group = model.make_neurongroup(1)
    assert group.namespace["g_AMPA_x_dend"] / nS == pytest.approx(20e-3 * area)


def test_a_density_without_an_area_is_refused_where_it_is_given():
    dend = Dendrite("dend", **PASSIVE)
    with pytest.raises(InvalidValueError, match=r"add: g_AMPA_x_dend .* Dendrite\("):
        dend.add(AMPA("x", g=10 * uS / mm**2, t_decay=5 * ms))
    assert not dend.mechanisms
    dend.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    with pytest.raises(InvalidValueError, match="no length and diameter"):
        dend.parameters["g_AMPA_x_dend"] = 10 * uS / mm**2
    assert dend.parameters["g_AMPA_x_dend"] == 1 * nS


def test_nothing_is_set_when_one_of_several_values_is_wrong():
    model = pair()
    before = str(model)
    for wrong in ({"g_AMPA_x_dend": 1 * uS / mm**2}, {"w_AMPA_x_dend": 1 * mV}):
        values = {"EL_soma": -70 * mV, "g_soma_dend": 1 * nS, "E_AMPA": 5 * mV}
        with pytest.raises((InvalidValueError, UnitError)):
            model.add_params(values | wrong)
        assert str(model) == before


# -- shared parameters ----------------------------------------------------------------


def test_two_compartments_may_not_disagree_on_what_the_model_shares():
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    soma.parameters["E_AMPA"] = 5 * mV
    dend.parameters["E_AMPA"] = 5 * mV
    assert NeuronModel([(soma, dend, 1 * nS)]).parameters["E_AMPA"] == 5 * mV
    dend.parameters["E_AMPA"] = 6 * mV
    with pytest.raises(AssemblyError, match=r"5. mV and to 6. mV.* one E_AMPA"):
        NeuronModel([(soma, dend, 1 * nS)])


def test_default_params_is_a_copy_and_updates_reach_later_models_only():
    first = PointNeuronModel(**PASSIVE)
    default_params()["E_GABA"] = 3 * mV
    update_default_params({"E_GABA": -70 * mV})
    assert first.parameters["E_GABA"] == -80 * mV
    assert PointNeuronModel(**PASSIVE).parameters["E_GABA"] == -70 * mV
    with pytest.raises(UnitError):
        update_default_params({"E_K": -95 * mV, "E_Na": 3})
    assert default_params()["E_K"] == -89 * mV


def test_a_reversal_given_by_name_follows_the_shared_one_until_it_is_set():
    dend = Dendrite("dend", **PASSIVE)
    dend.dspikes("Na", reversal_rise="E_Na")
    model = NeuronModel([(Soma("soma", **PASSIVE), dend, 1 * nS)])
    model.parameters["E_Na"] = 60 * mV
    assert model.parameters["E_rise_Na_dend"] == 60 * mV
    model.parameters["E_rise_Na_dend"] = 30 * mV
    model.parameters["E_Na"] = 50 * mV
    assert model.parameters["E_rise_Na_dend"] == 30 * mV
    del model.parameters["E_rise_Na_dend"]
    assert model.parameters["E_rise_Na_dend"] == 50 * mV
    with pytest.raises(UnknownNameError, match="not set by name"):
        del model.parameters["E_rise_Na_dend"]


# -- magnesium blocks -----------------------------------------------------------------


def factors(model):
    return [line for line in model.equations.split("\n") if "exp(" in line]


def test_receptors_that_share_the_block_share_one_exponential():
    cell = PointNeuronModel(**PASSIVE)
    cell.add(*(NMDA(tag, g=1 * nS, t_decay=50 * ms) for tag in "abc"))
    assert len(factors(cell)) == 1
    own = MagnesiumBlock(gamma=10)
    cell.add(*(NMDA(t, g=1 * nS, t_decay=50 * ms, output=own) for t in "de"))
    assert len(factors(cell)) == 2
    # the parameter sets part as soon as their values do, or may
    assert len(factors(cell)) == 2
    cell.parameters["Gamma_NMDA_e"] = 11
    assert len(factors(cell)) == 3
    del cell.parameters["Gamma_NMDA_e"]
    group = cell.make_neurongroup(2, per_neuron=["Gamma_NMDA_e"])
    equations = str(group.equations)
    assert equations.count("exp(") == 3


def test_a_shared_block_gives_the_currents_of_separate_ones():
    V = -30.0
    block = {"Mg": 1.2, "alpha": 0.08, "beta": 3.0, "gamma": 5.0}
    expected = 1 / (1 + 1.2 / 3.0 * np.exp(-0.08 * (V + 5.0)))
    cell = PointNeuronModel(**PASSIVE)
    for tag in "ab":
        output = MagnesiumBlock(**block)
        cell.add(NMDA(tag, g=2 * nS, t_decay=50 * ms, output=output))
    group = cell.make_neurongroup(1)
    group.V = V * mV
    group.s_NMDA_a = 1
    group.s_NMDA_b = 0.5
    assert group.I_NMDA_a[0] / pA == pytest.approx(2 * 30 * expected)
    assert group.I_NMDA_b[0] / pA == pytest.approx(2 * 30 * expected * 0.5)


# -- equations of the user ------------------------------------------------------------


def test_a_replaced_total_is_given_what_is_added_later():
    dend = Dendrite("dend", **PASSIVE)
    dend.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    dend.replace_equations(
        "I_dend = I_ext_dend + I_AMPA_x_dend : amp",
        "I_dend = I_ext_dend + 2*I_AMPA_x_dend : amp",
    )
    dend.add(AMPA("y", g=1 * nS, t_decay=5 * ms))
    model = NeuronModel([(Soma("soma", **PASSIVE), dend, 1 * nS)])
    line = "I_dend = I_ext_dend + 2*I_AMPA_x_dend + I_AMPA_y_dend + I_soma_dend : amp"
    assert line in model.equations


def test_equations_that_refer_to_what_was_replaced_are_reported():
    model = pair()
    with pytest.raises(AssemblyError, match="I_dend refers to I_AMPA_x_dend, which"):
        model.replace_equations(
            "I_AMPA_x_dend = g_AMPA_x_dend*(E_AMPA - V_dend)*s_AMPA_x_dend"
            "*w_AMPA_x_dend : amp",
            "I_mine = 3*pA : amp",
        )
    assert "I_mine" not in model.equations


def test_an_old_equation_that_says_something_else_is_refused():
    model = pair()
    with pytest.raises(InvalidValueError, match=r"It is:\n    I_soma = I_ext_soma "):
        model.replace_equations("I_soma = I_ext_soma : amp", "I_soma = 0*amp : amp")
    # up to the order of terms it is the same
    model.replace_equations(
        "I_soma = I_dend_soma + I_ext_soma : amp", "I_soma = I_ext_soma : amp"
    )
    assert "I_soma = I_ext_soma : amp" in model.equations


def test_a_parameter_declared_by_the_user_is_a_variable_that_starts_at_its_value():
    model = pair()
    model.add_equations("g_AMPA_x_dend : siemens")
    group = model.make_neurongroup(2)
    assert (group.g_AMPA_x_dend[:] == 1 * nS).all()
    assert "g_AMPA_x_dend" not in group.namespace


def test_a_membrane_that_ignores_the_current_is_refused_with_mechanisms():
    dend = Dendrite("dend", model="dV{0}/dt = -V{0}/(10*ms) : volt")
    with pytest.raises(InvalidValueError, match="do not reach the voltage"):
        dend.add(AMPA("x", g=1 * nS, t_decay=5 * ms))


def test_a_current_of_the_user_is_summed():
    dend = Dendrite("dend", **PASSIVE)
    dend.add_equations("I_drive = drive(t) : amp", currents="I_drive")
    dend.add_params({"drive": TimedArray([0, 50] * pA, dt=5 * ms)})
    model = NeuronModel([(Soma("soma", **PASSIVE), dend, 0 * nS)])
    group = model.make_neurongroup(1)
    monitor = StateMonitor(group, "V_dend", record=0)
    Network(group, monitor).run(10 * ms)
    assert (monitor.V_dend[0][:50] == -65 * mV).all()
    assert monitor.V_dend[0][-1] > -64 * mV


def test_a_parameter_that_nothing_uses_and_looks_misspelt_is_announced():
    model = pair()
    model.add_params({"w_AMPA_x_den": 3, "of_my_own": 4})
    with pytest.warns(UserWarning, match=r"w_AMPA_x_den was added.*'w_AMPA_x_dend'"):
        model.make_neurongroup(1)


# -- groups ---------------------------------------------------------------------------


def test_all_problems_are_reported_together():
    dend = Dendrite("dend", "adex", cm_abs=10 * pF)
    dend.synapse("AMPA", "x", t_decay=5 * ms)
    dend.dspikes("Na", g_rise=1 * nS, duration_rise=0.01 * ms)
    model = NeuronModel([(Soma("soma", **PASSIVE), dend, 1 * nS)])
    with pytest.raises(AssemblyError) as caught:
        model.make_neurongroup(1, per_neuron=["gL_dent"])
    expected = ["gL_dent", "EL_dend", "gL_dend", "tauw_dend", "g_AMPA_x_dend"]
    expected += ["Vth_Na_dend", "E_rise_Na_dend", "refractory_Na_dend", "no step"]
    for each in expected:
        assert any(each in problem for problem in caught.value.problems), each
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"N": 0}, InvalidValueError, "positive integer"),
        ({"N": 2.5}, InvalidValueError, "2.5"),
        ({"method": "euller"}, UnknownNameError, "'euler'"),
        ({"threshhold": "V_soma > 0*mV"}, UnknownNameError, "'threshold'"),
        ({"dspike_events": ["spike_K"]}, UnknownNameError, "spike_K"),
        ({"hold_refractory": True}, InvalidValueError, "refractory=2"),
        ({"refractory": 3 * mV}, UnitError, "second"),
        ({"spike_width": 1 * ms}, InvalidValueError, "both or neither"),
        ({"namespace": {"gL_soma": 3 * mV}}, UnitError, "gL_soma"),
        (
            {"namespace": {"gL_soma": 3 * nS}, "per_neuron": "gL_soma"},
            NameConflictError,
            "per_neuron",
        ),
        ({"events": {"spike": "V_soma > 0*mV"}}, NameConflictError, "'spike'"),
        ({"reset": "V_som = -60*mV"}, InvalidValueError, "'V_soma'"),
        ({"reset": "I_soma = 0*pA"}, InvalidValueError, "an equation defines"),
    ],
)
def test_wrong_arguments_of_make_neurongroup(arguments, kind, words):
    model = pair()
    before = str(model)
    usual = {"N": 1, "threshold": "V_soma > -40*mV", "reset": "V_soma = -60*mV"}
    with pytest.raises(kind, match=r"make_neurongroup: ") as caught:
        model.make_neurongroup(**(usual | arguments))
    assert words in str(caught.value)
    assert str(model) == before


def test_a_name_that_the_next_line_of_a_reset_uses_is_no_mistake():
    group = pair().make_neurongroup(
        1, threshold="V_soma > -60*mV", reset="step = 2*mV\nV_soma -= step"
    )
    group.V_soma = -55 * mV
    Network(group).run(0.1 * ms)
    assert group.V_soma[0] < -57 * mV


def test_values_of_the_namespace_win_over_those_of_the_model():
    group = pair().make_neurongroup(1, namespace={"EL_soma": -50 * mV, "gain": 2.0})
    assert group.namespace["EL_soma"] == -50 * mV
    assert group.namespace["gain"] == 2.0


def test_without_init_events_nothing_is_detected():
    model = PointNeuronModel(**PASSIVE)
    model.add(
        DendriticSpike(
            "Na",
            threshold=-80 * mV,
            g_rise=5 * nS,
            duration_rise=1 * ms,
            reversal_rise="E_Na",
            refractory=5 * ms,
        )
    )
    group = model.make_neurongroup(1, init_events=False)
    Network(group).run(5 * ms)
    assert (group.V[:] == -65 * mV).all()
    other = model.make_neurongroup(1, init_events=False)
    for event, action in model.event_actions.items():
        other.run_on_event(event, action)
    Network(other).run(5 * ms)
    assert other.spiketime_Na[0] == 0 * ms
    assert other.V[0] > -64 * mV


def test_show_prints_what_is_set(capsys):
    pair().make_neurongroup(1, show=True)
    assert "V_soma = -65. mV" in capsys.readouterr().out
    group = pair().make_neurongroup(1, init_rest=False)
    assert group.V_soma[0] == 0 * mV


def test_equations_and_parameters_make_a_group_by_hand():
    """The strings are plain Brian2: a group of our own gives the same voltages."""
    model = pair()
    by_model = model.make_neurongroup(1)
    by_hand = NeuronGroup(
        1, model.equations, method="crank_nicolson", namespace=dict(model.parameters)
    )
    by_hand.V_soma = by_hand.V_dend = -65 * mV
    for group in (by_model, by_hand):
        group.s_AMPA_x_dend = 1
        Network(group).run(5 * ms)
    assert by_model.V_dend[0] > -64 * mV
    assert by_hand.V_dend[0] == by_model.V_dend[0]


def test_one_compartment_alone_is_a_model():
    comp = Compartment("c", **PASSIVE)
    group = NeuronModel([comp]).make_neurongroup(1)
    group.I_ext_c = 50 * pA
    Network(group).run(10 * ms)
    assert group.V_c[0] > -64 * mV


def test_derived_values_follow_the_namespace():
    cell = PointNeuronModel(**PASSIVE)
    cell.add(AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms))
    given = {"t_AMPA_rise_x": 3 * ms}
    group = cell.make_neurongroup(1, method="rk4", dt=0.01 * ms, namespace=given)
    monitor = StateMonitor(group, "x_AMPA_x", record=0)
    network = Network(group, monitor)
    group.s_AMPA_x = 1
    network.run(50 * ms)
    assert monitor.x_AMPA_x[0].max() == pytest.approx(1, abs=1e-5)  # sampling
    # and what is changed between two runs
    group.namespace["t_AMPA_decay_x"] = 9 * ms
    group.s_AMPA_x, group.x_AMPA_x = 1, 0
    network.run(50 * ms)
    assert monitor.x_AMPA_x[0][5000:].max() == pytest.approx(1, abs=1e-5)
    # unless the user sets it
    group.namespace["k_AMPA_x"] = 0 / ms
    group.s_AMPA_x, group.x_AMPA_x = 1, 0
    network.run(10 * ms)
    assert monitor.x_AMPA_x[0][10000:].max() == 0
    assert cell.parameters["t_AMPA_rise_x"] == 1 * ms  # the model is as it was


def test_a_block_set_in_the_namespace_is_not_shared_any_more():
    cell = PointNeuronModel(**PASSIVE)
    own = MagnesiumBlock(gamma=10)
    cell.add(*(NMDA(t, g=1 * nS, t_decay=50 * ms, output=own) for t in "de"))
    group = cell.make_neurongroup(1, namespace={"Gamma_NMDA_e": 40})
    group.V = -40 * mV
    assert group.B_NMDA_e[0] > 2 * group.B_NMDA_d[0]
