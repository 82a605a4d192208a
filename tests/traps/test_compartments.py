"""Values of compartments: factors, reversal potentials, spikes, areas, copies."""

import pytest
from brian2 import (
    Hz,
    Network,
    cm,
    mS,
    ms,
    mV,
    nS,
    pi,
    uF,
    um,
    uS,
)
from helpers.trap_models import (
    SODIUM,
    close,
    lumped,
    pair,
    refused,
    sized,
    state,
    with_synapse,
)

from dendrisyn import (
    ConductanceBased,
    DendrisynError,
    DualExponential,
    InvalidValueError,
    NeuronModel,
    Soma,
    Synapse,
    UnitError,
    UnknownNameError,
)

# -- 4: the factors of a compartment stay -------------------------------------------


@pytest.mark.parametrize(
    "wide",
    [
        {"cm": 2 * uF / cm**2},
        {"gl": 30 * uS / cm**2},
        {"v_rest": -60 * mV},
        {"cm": 2 * uF / cm**2, "gl": 30 * uS / cm**2, "v_rest": -60 * mV},
    ],
)
def test_trap_04_values_of_the_model_leave_the_factors_of_a_dendrite(wide):
    dend = sized(spine_factor=1.5, scale_factor=2.9)
    model = NeuronModel([(sized(Soma, "soma"), dend, 1 * nS)], **wide)
    area = pi * 100 * um * 2 * um * 2.9 * 1.5
    namespace = model.make_neurongroup(1).namespace
    assert close(namespace["C_dend"], area * wide.get("cm", 1 * uF / cm**2))
    assert close(namespace["gL_dend"], area * wide.get("gl", 50 * uS / cm**2))
    assert close(model.compartments["dend"].area, area)


def test_trap_04_one_factor_of_the_model_leaves_the_other():
    soma = sized(Soma, "soma", scale_factor=1.2, spine_factor=1.7)
    dend = sized(spine_factor=1.5, scale_factor=2.9)
    bare = pi * 100 * um * 2 * um * 1 * uF / cm**2
    model = NeuronModel([(soma, dend, 1 * nS)], scale_factor=2)
    namespace = model.make_neurongroup(1).namespace
    assert close(namespace["C_dend"], bare * 2 * 1.5)
    assert close(namespace["C_soma"], bare * 2)  # a soma has no spines
    model = NeuronModel([(soma, dend, 1 * nS)], spine_factor=3)
    namespace = model.make_neurongroup(1).namespace
    assert close(namespace["C_dend"], bare * 2.9 * 3)
    assert close(namespace["C_soma"], bare * 1.2)


# -- 5: reversal potentials belong to a compartment ---------------------------------


def model_with_two_spikes(one, other):
    first, second = lumped(name="a"), lumped(name="b")
    first.dspikes("Na", **{**SODIUM, "reversal_rise": one})
    second.dspikes("Na", **{**SODIUM, "reversal_rise": other})
    soma = lumped(Soma, "soma")
    return NeuronModel([(soma, first, 0 * nS), (soma, second, 0 * nS)])


@pytest.mark.parametrize(("one", "other"), [(70 * mV, 136 * mV), ("E_Na", "E_Ca")])
def test_trap_05_spikes_of_one_name_keep_their_reversal_potentials(one, other):
    group = model_with_two_spikes(one, other).make_neurongroup(1)
    assert close(group.namespace["E_rise_Na_a"], 70 * mV)
    assert close(group.namespace["E_rise_Na_b"], 136 * mV)
    group.V_a = group.V_b = 0 * mV  # above threshold
    Network(group).run(0.1 * ms)  # both conductances are on from now
    voltages = group.V_a[0], group.V_b[0]
    for name, V, E in zip("ab", voltages, (70 * mV, 136 * mV), strict=True):
        current = getattr(group, f"I_rise_Na_{name}")[0]
        assert close(current, 20 * nS * (E - V), tolerance=1e-9)  # of mV, near E


def test_trap_05_a_named_reversal_follows_the_shared_value_and_no_other():
    model = model_with_two_spikes("E_Na", 136 * mV)
    model.parameters["E_Na"] = 55 * mV
    namespace = model.make_neurongroup(1).namespace
    assert namespace["E_rise_Na_a"] == 55 * mV
    assert namespace["E_rise_Na_b"] == 136 * mV
    model.parameters["E_rise_Na_a"] = 60 * mV
    namespace = model.make_neurongroup(1).namespace
    assert namespace["E_rise_Na_a"] == 60 * mV
    assert namespace["E_rise_Na_b"] == 136 * mV


# -- 6: config_dspikes --------------------------------------------------------------


def model_with_sodium():
    dend = lumped()
    dend.dspikes("Na", **SODIUM)
    return pair(dend=dend)


def test_trap_06_config_dspikes_keeps_what_is_not_given():
    model = model_with_sodium()
    before = model.make_neurongroup(1).namespace
    model.config_dspikes("Na", threshold=-40 * mV)
    after = model.make_neurongroup(1).namespace
    assert after["Vth_Na_dend"] == -40 * mV
    assert before["Vth_Na_dend"] == -35 * mV
    assert before.keys() == after.keys()
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"Vth_Na_dend"}


def test_trap_06_config_dspikes_keeps_what_was_set_by_name():
    model = model_with_sodium()
    model.parameters["g_rise_max_Na_dend"] = 5 * nS
    model.config_dspikes("Na", threshold=-40 * mV)
    assert model.make_neurongroup(1).namespace["g_rise_max_Na_dend"] == 5 * nS


def test_trap_06_the_last_word_counts():
    model = model_with_sodium()
    model.parameters["Vth_Na_dend"] = -30 * mV
    model.config_dspikes("Na", threshold=-40 * mV)
    assert model.make_neurongroup(1).namespace["Vth_Na_dend"] == -40 * mV
    model.parameters["Vth_Na_dend"] = -30 * mV
    assert model.make_neurongroup(1).namespace["Vth_Na_dend"] == -30 * mV


def test_trap_06_config_dspikes_gives_what_the_builder_left_out():
    dend = lumped()
    dend.dspikes("Na", g_rise=20 * nS, g_fall=15 * nS)
    model = pair(dend=dend)
    rest = {key: value for key, value in SODIUM.items() if not key.startswith("g_")}
    model.config_dspikes("Na", **rest)
    namespace = model.make_neurongroup(1).namespace
    assert namespace["Vth_Na_dend"] == -35 * mV
    assert namespace["g_rise_max_Na_dend"] == 20 * nS
    assert close(namespace["E_fall_Na_dend"], -89 * mV)


def test_trap_06_config_dspikes_reaches_all_spikes_of_the_name():
    model = model_with_two_spikes("E_Na", "E_Ca")
    model.config_dspikes("Na", threshold=-40 * mV)
    namespace = model.make_neurongroup(1).namespace
    assert namespace["Vth_Na_a"] == namespace["Vth_Na_b"] == -40 * mV
    assert close(namespace["E_rise_Na_b"], 136 * mV)


def test_trap_06_an_unknown_spike_is_an_error():
    model = model_with_sodium()
    about = ("NeuronModel(soma, dend).config_dspikes", "'NA'", "Did you mean 'Na'")
    with refused(UnknownNameError, *about, unchanged=(model,)):
        model.config_dspikes("NA", threshold=-40 * mV)


def test_trap_06_a_wrong_value_changes_no_setting():
    model = model_with_two_spikes("E_Na", "E_Ca")
    with refused(UnitError, "refractory", "second", "-40. mV", unchanged=(model,)):
        model.config_dspikes("Na", threshold=-40 * mV, refractory=-40 * mV)
    about = ("reversal_fall", "'E_k'", "Did you mean 'E_K'")
    with refused(UnknownNameError, *about, unchanged=(model,)):
        model.config_dspikes("Na", threshold=-40 * mV, reversal_fall="E_k")


# -- 7: the area has its factors ----------------------------------------------------


def test_trap_07_a_density_times_the_area_has_the_factors_of_the_model():
    dend = sized()
    density = 1 * mS / cm**2
    dend.synapse("AMPA", "x", g=density, t_decay=2 * ms)
    dend.dspikes("Na", **{**SODIUM, "g_rise": density, "g_fall": 2 * density})
    model = NeuronModel(
        [(sized(Soma, "soma"), dend, 1 * nS)], scale_factor=2.9, spine_factor=1.5
    )
    area = pi * 100 * um * 2 * um
    assert close(dend.area, area)
    assert close(model.compartments["dend"].area, 4.35 * area)
    assert close(model.compartments["soma"].area, 2.9 * area)
    namespace = model.make_neurongroup(1).namespace
    assert close(namespace["g_AMPA_x_dend"], 4.35 * area * density)
    assert close(namespace["g_rise_max_Na_dend"], 4.35 * area * density)
    assert close(namespace["g_fall_max_Na_dend"], 8.7 * area * density)


def test_trap_07_a_density_set_by_name_has_the_factors_as_well():
    dend = sized(spine_factor=1.5)
    dend.synapse("AMPA", "x", t_decay=2 * ms)
    dend.parameters["g_AMPA_x_dend"] = 1 * mS / cm**2
    area = pi * 100 * um * 2 * um
    assert close(dend.parameters["g_AMPA_x_dend"], 1.5 * area * mS / cm**2)
    model = NeuronModel([(sized(Soma, "soma"), dend, 1 * nS)], scale_factor=2.9)
    namespace = model.make_neurongroup(1).namespace
    assert close(namespace["g_AMPA_x_dend"], 4.35 * area * mS / cm**2)


def test_trap_07_a_density_without_an_area_is_an_error():
    dend = lumped()
    about = (
        "Dendrite('dend')",
        "g_AMPA_x_dend is given per membrane area",
        "no length and diameter",
        "Give it in siemens",
    )
    with pytest.raises(DendrisynError) as caught:
        dend.synapse("AMPA", "x", g=1 * mS / cm**2, t_decay=2 * ms)
    assert isinstance(caught.value, ValueError)
    assert all(fragment in str(caught.value) for fragment in about)
    assert not dend.mechanisms


def test_trap_07_the_area_of_a_lumped_compartment_is_an_error():
    with refused(InvalidValueError, "area of 'dend'", "length and diameter"):
        _ = lumped().area


# -- 8: a model is a snapshot -------------------------------------------------------


def test_trap_08_a_model_is_a_snapshot_of_its_compartments():
    dend, soma = with_synapse(), lumped(Soma, "soma")
    model = NeuronModel([(soma, dend, 1 * nS)])
    before = state(model)
    dend.synapse("NMDA", "y", g=1 * nS, t_decay=60 * ms)
    dend.parameters["w_AMPA_x_dend"] = 20
    soma.noise()
    assert state(model) == before
    assert "snapshot" in NeuronModel.__doc__
    assert "compartments" in NeuronModel.__doc__
    assert model.make_neurongroup(1).namespace["w_AMPA_x_dend"] == 1
    later = NeuronModel([(soma, dend, 1 * nS)])  # which has all of it
    assert "I_NMDA_y_dend" in later.equations
    assert "I_noise_soma" in later.equations
    assert later.parameters["w_AMPA_x_dend"] == 20


def test_trap_08_the_compartments_of_a_model_can_be_changed():
    dend = with_synapse()
    model = pair(dend=dend)
    original = state(dend)
    model.compartments["dend"].synapse("NMDA", "y", g=2 * nS, t_decay=60 * ms)
    model.compartments["dend"].parameters["w_AMPA_x_dend"] = 20
    group = model.make_neurongroup(1)
    assert group.namespace["g_NMDA_y_dend"] == 2 * nS
    assert group.namespace["w_AMPA_x_dend"] == 20
    assert "I_NMDA_y_dend" in group.equations
    total = next(e for e in model.equations.splitlines() if e.startswith("I_dend ="))
    assert "I_NMDA_y_dend" in total  # it reaches the voltage
    assert state(dend) == original


def test_trap_08_two_models_of_the_same_compartments_are_independent():
    dend, soma = with_synapse(), lumped(Soma, "soma")
    one, other = (NeuronModel([(soma, dend, 1 * nS)]) for _ in range(2))
    before = state(other)
    one.parameters["w_AMPA_x_dend"] = 20
    one.parameters["g_soma_dend"] = 5 * nS
    one.compartments["dend"].remove("AMPA_x")
    assert state(other) == before


def test_trap_08_the_compartments_of_a_model_cannot_be_exchanged():
    model = pair()
    with pytest.raises(TypeError):
        model.compartments["dend"] = lumped()


def test_trap_08_a_group_keeps_the_values_it_was_made_with():
    model = pair(dend=with_synapse())
    group = model.make_neurongroup(1)
    model.parameters["w_AMPA_x_dend"] = 20
    assert group.namespace["w_AMPA_x_dend"] == 1


def test_trap_08_mechanisms_cannot_be_changed_in_place():
    receptor = Synapse(
        "own",
        "x",
        kinetics=DualExponential(t_rise=1 * ms, t_decay=2 * ms),
        output=ConductanceBased(E=0 * mV),
        g=1 * nS,
    )
    with pytest.raises(AttributeError):
        receptor.g = 2 * nS
    with pytest.raises(AttributeError):
        receptor.kinetics.t_rise = 2 * ms
    with refused(UnitError, "t_rise", "30. Hz", "second"):
        DualExponential(t_rise=30 * Hz, t_decay=2 * ms)
