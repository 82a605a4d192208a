"""Deliberate differences from Dendrify: values of both packages, and the reasons."""

import numpy as np
import pytest
from brian2 import (
    Equations,
    Network,
    StateMonitor,
    cm,
    defaultclock,
    ms,
    mV,
    nS,
    ohm,
    pF,
    uF,
    um,
    uS,
)
from dendrify_cases import peak

import dendrisyn

dendrify = pytest.importorskip("dendrify")

PACKAGES = (dendrisyn, dendrify)
LUMPED = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}
SODIUM = {
    "threshold": -35 * mV,
    "g_rise": 10 * nS,
    "g_fall": 8 * nS,
    "duration_rise": 1 * ms,
    "duration_fall": 2 * ms,
    "reversal_rise": "E_Na",
    "reversal_fall": "E_K",
    "offset_fall": 0.3 * ms,
    "refractory": 5 * ms,
}


def two(pkg, **spike):
    """Return a soma and a dendrite with a spike."""
    soma, dend = pkg.Soma("soma", **LUMPED), pkg.Dendrite("dend", **LUMPED)
    dend.dspikes("Na", **{**SODIUM, **spike})
    return pkg.NeuronModel([(soma, dend, 5 * nS)])


def after_a_crossing(pkg, step=0.1, run_step=None, **spike):
    """Return steps with g_rise and g_fall, counted from the crossing, and its time."""
    defaultclock.dt = step * ms
    group = two(pkg, **spike).make_neurongroup(1)
    names = ["g_rise_Na_dend", "g_fall_Na_dend"]
    monitor = StateMonitor(group, names, record=True)
    network = Network(group, monitor)
    defaultclock.dt = (run_step or step) * ms
    network.run(1 * ms, namespace={})
    group.V_dend = 0 * mV
    crossing = round(1 / (run_step or step))
    network.run(4 * ms, namespace={})
    rise, fall = (
        (np.nonzero(getattr(monitor, name)[0])[0] - crossing).tolist() for name in names
    )
    return rise, fall, group.spiketime_Na_dend[:][0]


def test_the_rise_phase_is_the_same():
    """Ten steps for 1 ms, from the step after the crossing."""
    ours, theirs = (after_a_crossing(pkg)[0] for pkg in PACKAGES)
    assert ours == theirs == list(range(1, 11))


def test_the_fall_phase_lasts_its_duration():
    """2 ms are 20 steps; Dendrify has 21 steps, which start a step earlier."""
    ours, theirs = (after_a_crossing(pkg)[1] for pkg in PACKAGES)
    assert theirs == list(range(3, 24))
    assert ours == list(range(4, 24))


def test_the_fall_phase_can_be_that_of_dendrify():
    """Start a step earlier, and last a step longer."""
    ours = after_a_crossing(dendrisyn, offset_fall=0.2 * ms, duration_fall=2.1 * ms)[1]
    assert ours == after_a_crossing(dendrify)[1]


def test_times_of_spikes_are_in_seconds():
    """Times in seconds are right at any dt; Dendrify counts steps."""
    ours, theirs = (after_a_crossing(pkg)[2] for pkg in PACKAGES)
    assert theirs == 10
    assert ours == 1 * ms


def test_durations_follow_dt():
    """Dendrify counts steps of the dt when the group is made: 1 ms becomes 0.25 ms."""
    ours, theirs = (
        after_a_crossing(pkg, step=0.1, run_step=0.025, refractory=50 * ms)[0]
        for pkg in PACKAGES
    )
    assert theirs == list(range(1, 11))
    assert ours == list(range(1, 41))


def test_durations_are_rounded_to_the_nearest_step():
    """0.78 ms are 8 steps of 0.1 ms; Dendrify rounds down to 7 steps."""
    ours, theirs = (
        after_a_crossing(pkg, duration_rise=0.78 * ms)[0] for pkg in PACKAGES
    )
    assert theirs == list(range(1, 8))
    assert ours == list(range(1, 9))


def test_a_spike_without_a_fall_needs_none_of_its_parameters():
    """Dendrify always writes the fall phase, and then lacks its parameters."""
    none = dict.fromkeys(("g_fall", "duration_fall", "reversal_fall", "offset_fall"))
    ours, theirs = (two(pkg, **none).equations for pkg in PACKAGES)
    assert "I_fall_Na_dend" in theirs
    assert "I_fall_Na_dend" not in ours


def test_an_offset_of_zero_is_an_offset():
    """Zero is a value; in Dendrify, the parameter is then missing."""
    ours, theirs = (dict(two(pkg, offset_fall=0 * ms).parameters) for pkg in PACKAGES)
    assert theirs.get("offset_fall_Na_dend") is None
    assert ours["offset_fall_Na_dend"] == 0 * ms


def test_zeros_are_kept():
    """Zero is a value; in Dendrify, some parameters that are zero are missing."""
    values = []
    for pkg in PACKAGES:
        soma = pkg.Soma("soma", **{**LUMPED, "v_rest": 0 * mV})
        soma.synapse("AMPA", "x", g=0 * nS, t_decay=5 * ms)
        parameters = dict(soma.parameters)
        values.append([parameters.get(name) for name in ("EL_soma", "g_AMPA_x_soma")])
    ours, theirs = values
    assert theirs == [None, None]
    assert ours == [0 * mV, 0 * nS]


def test_reversals_of_a_spike_belong_to_the_compartment():
    """In Dendrify, all spikes of a name have the reversal potential of the last one."""
    parameters = []
    for pkg in PACKAGES:
        soma = pkg.Soma("soma", **LUMPED)
        one, other = pkg.Dendrite("one", **LUMPED), pkg.Dendrite("other", **LUMPED)
        one.dspikes("Na", **SODIUM)
        other.dspikes("Na", **{**SODIUM, "reversal_rise": "E_Ca"})
        model = pkg.NeuronModel([(soma, one, 5 * nS), (soma, other, 5 * nS)])
        parameters.append(dict(model.parameters))
    ours, theirs = parameters
    assert theirs["E_rise_Na"] == 136 * mV
    assert ours["E_rise_Na_one"] == 70 * mV
    assert ours["E_rise_Na_other"] == 136 * mV


def test_scale_g_scales_the_gate():
    """`g` keeps the value of the user, so that it can be read and changed. The currents
    of both packages are identical (case "receptors with scale_g")."""
    parameters = []
    for pkg in PACKAGES:
        dend = pkg.Dendrite("dend", **LUMPED)
        dend.synapse(
            "NMDA", "x", g=1 * nS, t_rise=2 * ms, t_decay=60 * ms, scale_g=True
        )
        parameters.append(dict(dend.parameters))
    ours, theirs = (float(values["g_NMDA_x_dend"] / nS) for values in parameters)
    assert ours == 1
    # 1e-12: two closed forms of the same number.
    assert theirs == pytest.approx(1 / peak(2, 60), rel=1e-12)
    drive = float(parameters[0]["k_NMDA_x_dend"] * ms)
    assert drive == pytest.approx(1 / peak(2, 60), rel=1e-12)


def test_a_parameter_of_the_user_wins_over_a_default():
    """Defaults of Dendrify overwrite the parameters of a compartment."""
    values = []
    for pkg in PACKAGES:
        soma, dend = pkg.Soma("soma", **LUMPED), pkg.Dendrite("dend", **LUMPED)
        dend.synapse("GABA", "x", g=1 * nS, t_decay=5 * ms)
        dend.add_params({"E_GABA": -70 * mV})
        model = pkg.NeuronModel([(soma, dend, 5 * nS)])
        values.append(model.parameters["E_GABA"])
    ours, theirs = values
    assert theirs == -80 * mV
    assert ours == -70 * mV


def test_parameters_are_live():
    """In Dendrify they are a copy: an assignment has no effect, and raises no error."""
    values = []
    for pkg in PACKAGES:
        dend = pkg.Dendrite("dend", **LUMPED)
        dend.synapse("AMPA", "x", g=1 * nS, t_decay=5 * ms)
        dend.parameters["w_AMPA_x_dend"] = 20
        values.append(dend.parameters["w_AMPA_x_dend"])
    assert values == [20, 1]


def areas(pkg, **model_wide):
    soma = pkg.Soma("soma", length=20 * um, diameter=20 * um)
    dend = pkg.Dendrite(
        "dend", length=50 * um, diameter=2 * um, scale_factor=2.9, spine_factor=1.5
    )
    model = pkg.NeuronModel(
        [(soma, dend, 5 * nS)],
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        v_rest=-65 * mV,
        **model_wide,
    )
    return float(model.parameters["C_dend"] / pF)


def test_model_wide_properties_keep_the_area_factors_of_a_compartment():
    """Dendrify sets the factors to 1 if a model has cm, gl, r_axial or v_rest."""
    bare = float(1 * uF / cm**2 * np.pi * 100 * um**2 / pF)
    # 1e-12: rounding.
    assert areas(dendrify) == pytest.approx(bare, rel=1e-12)
    assert areas(dendrisyn) == pytest.approx(2.9 * 1.5 * bare, rel=1e-12)


def test_area_factors_of_a_model_are_those_of_dendrify():
    """Factors that are given to the model are the same in both packages."""
    ours, theirs = (areas(pkg, scale_factor=2.9, spine_factor=1.5) for pkg in PACKAGES)
    assert ours == pytest.approx(theirs, rel=1e-12)  # rounding


def test_a_soma_has_no_spines():
    """In Dendrify, a spine factor of a soma multiplies its area, and a spine factor of
    the model does not. In dendrisyn, neither does."""
    ours, theirs = (
        float(
            pkg.Soma("soma", length=20 * um, diameter=20 * um, spine_factor=2).area
            / um**2
        )
        for pkg in PACKAGES
    )
    assert theirs == pytest.approx(2 * ours, rel=1e-12)  # rounding


SIZED = {"length": 20 * um, "diameter": 2 * um, "r_axial": 100 * ohm * cm}


def unknown_membrane(pkg):
    pkg.Soma("soma", model="adEx")


def unknown_coupling(pkg):
    soma, dend = pkg.Soma("soma", **SIZED), pkg.Dendrite("dend", **SIZED)
    pkg.NeuronModel([(soma, dend, "half_cylindres")])


def unknown_cylinder(pkg):
    soma, dend = pkg.Soma("soma", **SIZED), pkg.Dendrite("dend", **SIZED)
    pkg.NeuronModel([(soma, dend, "cylinder_typo")])


def unknown_spike(pkg):
    two(pkg).config_dspikes("Nax", threshold=-30 * mV)


def unknown_parameter(pkg):
    two(pkg).parameters["Vth_Na_dendrite"] = -30 * mV


@pytest.mark.parametrize(
    "mistake",
    [
        unknown_membrane,
        unknown_coupling,
        unknown_cylinder,
        unknown_spike,
        unknown_parameter,
    ],
)
def test_an_unknown_name_is_an_error(mistake):
    """Dendrify uses another value, or none, without an error."""
    mistake(dendrify)
    with pytest.raises(dendrisyn.UnknownNameError):
        mistake(dendrisyn)


def test_config_dspikes_keeps_other_settings():
    """In Dendrify, it deletes the other settings of the spike."""
    parameters = []
    for pkg in PACKAGES:
        model = two(pkg)
        model.config_dspikes("Na", threshold=-30 * mV)
        parameters.append(dict(model.parameters))
    ours, theirs = parameters
    assert ours["Vth_Na_dend"] == theirs["Vth_Na_dend"] == -30 * mV
    assert theirs["duration_rise_Na_dend"] is None
    assert ours["duration_rise_Na_dend"] == 1 * ms


def test_parameters_of_cadif_carry_the_compartment():
    """Two compartments can have different values; in Dendrify the names collide."""
    ours, theirs = (
        Equations(pkg.Soma("soma", model="cadIF", **LUMPED).equations)
        for pkg in PACKAGES
    )
    names = {"gA", "EA", "gAmax", "tauA"}
    assert names <= theirs.names | theirs.identifiers
    assert not names & (ours.names | ours.identifiers)
    assert {f"{name}_soma" for name in names} <= ours.names | ours.identifiers


WIDE = {
    "threshold": "V_soma > -45*mV",
    "reset": "V_soma = 40*mV",
    "second_reset": "V_soma = -55*mV",
    "spike_width": 0.8 * ms,
}


@pytest.mark.parametrize("refractory", [{}, {"refractory": 0.5 * ms}], ids=str)
def test_a_second_reset_needs_a_refractory_period(refractory):
    """The soma is above threshold between the resets: without a refractory period it
    fires at all steps."""
    defaultclock.dt = 0.1 * ms
    assert two(dendrify).make_neurongroup(1, **WIDE, **refractory)
    with pytest.raises(dendrisyn.InvalidValueError, match="refractory"):
        two(dendrisyn).make_neurongroup(1, **WIDE, **refractory)


@pytest.mark.parametrize("keep", [True, False])
def test_the_second_reset_is_part_of_the_group(keep):
    """In Dendrify the second reset is a `Synapses` that must be in the network."""
    voltages = []
    for pkg in PACKAGES:
        group, operation = two(pkg).make_neurongroup(
            1, method="euler", refractory=3 * ms, **WIDE
        )
        group.V_soma = -30 * mV
        monitor = StateMonitor(group, "V_soma", record=True)
        others = [operation] if keep else []
        Network(group, monitor, *others).run(1.2 * ms, namespace={})
        voltages.append(monitor.V_soma[0] / mV)
    ours, theirs = voltages
    assert ours[10] < -30
    assert (theirs[10] < -30) == keep
    if keep:
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)  # rounding


def test_a_namespace_is_merged():
    """Dendrify passes the argument to Brian2 twice, which is a TypeError."""
    with pytest.raises(TypeError):
        two(dendrify).make_neurongroup(1, namespace={"level": 1})
    group = two(dendrisyn).make_neurongroup(
        1, namespace={"level": -45 * mV}, threshold="V_soma > level"
    )
    assert group.namespace["level"] == -45 * mV


def test_a_wrong_unit_is_an_error_at_once():
    """Dendrify accepts a conductance in volt."""
    dendrify.Dendrite("dend").synapse("AMPA", "x", g=1 * mV, t_decay=5 * ms)
    with pytest.raises(dendrisyn.UnitError):
        dendrisyn.Dendrite("dend").synapse("AMPA", "x", g=1 * mV, t_decay=5 * ms)


def test_ephys_properties_have_no_parameters_of_receptors():
    """They hold size and membrane; in Dendrify, also the shared parameters."""
    ours, theirs = (
        pkg.EphysProperties("dend", **LUMPED).parameters for pkg in PACKAGES
    )
    assert theirs.keys() - ours.keys() == dendrify.default_params().keys()
    assert ours == {name: theirs[name] for name in ours}
    assert set(ours) == {"EL_dend", "C_dend", "gL_dend"}
