"""Values: live parameters, defaults, zero."""

import numpy as np
import pytest
from brian2 import (
    Network,
    cm,
    ms,
    mV,
    nS,
    pA,
    pF,
    uF,
    uS,
)
from helpers.trap_models import (
    SODIUM,
    close,
    lumped,
    pair,
    point,
    refused,
    sized,
    traces,
    with_synapse,
)

from dendrisyn import (
    AMPA,
    NMDA,
    Dendrite,
    MagnesiumBlock,
    NeuronModel,
    Noise,
    Soma,
    UnitError,
    UnknownNameError,
    default_params,
    update_default_params,
)

# -- 1: parameters are live ---------------------------------------------------------


def current_at_full_gate(model, **kwargs):
    """Return the synaptic current of one neuron whose gate is fully open."""
    group = model.make_neurongroup(1, **kwargs)
    group.s_AMPA_x_dend = 1
    return group, group.I_AMPA_x_dend[0]


def test_trap_01_parameters_of_a_compartment_are_live():
    dend = with_synapse()
    dend.parameters["w_AMPA_x_dend"] = 20
    assert dend.parameters["w_AMPA_x_dend"] == 20
    line = next(line for line in str(dend).splitlines() if "w_AMPA_x_dend  " in line)
    assert line.split()[:3] == ["w_AMPA_x_dend", "=", "20.0"]
    group, current = current_at_full_gate(pair(dend=dend))
    assert group.namespace["w_AMPA_x_dend"] == 20
    assert close(current, 20 * 1 * nS * 70 * mV)  # w g (E - V), at rest


def test_trap_01_parameters_of_a_model_are_live():
    model = pair(dend=with_synapse())
    model.parameters["w_AMPA_x_dend"] = 3
    model.parameters["g_AMPA_x_dend"] = 2 * nS
    assert model.compartments["dend"].parameters["w_AMPA_x_dend"] == 3
    _, current = current_at_full_gate(model)
    assert close(current, 3 * 2 * nS * 70 * mV)  # w g (E - V), at rest
    model.parameters["w_AMPA_x_dend"] = 4  # a second group of the same model
    _, current = current_at_full_gate(model)
    assert close(current, 4 * 2 * nS * 70 * mV)  # w g (E - V), at rest


def test_trap_01_parameters_of_a_point_neuron_are_live():
    model = point()
    model.synapse("AMPA", "x", g=1 * nS, t_decay=2 * ms)
    model.parameters["w_AMPA_x"] = 20
    assert model.make_neurongroup(1).namespace["w_AMPA_x"] == 20


def test_trap_01_a_conductance_of_a_coupling_is_live_from_both_ends():
    model = pair(g=10 * nS)
    model.parameters["g_soma_dend"] = 7 * nS
    namespace = model.make_neurongroup(1).namespace
    assert namespace["g_soma_dend"] == 7 * nS
    assert namespace["g_dend_soma"] == 7 * nS


@pytest.mark.parametrize("make", [with_synapse, lambda: pair(dend=with_synapse())])
def test_trap_01_an_unknown_parameter_is_an_error(make):
    owner = make()
    parameters = owner.parameters
    about = (
        "'w_AMPA_X_dend'",
        "Did you mean 'w_AMPA_x_dend'",
        "add_params({'w_AMPA_X_dend': ...})",
        "dend",
    )
    with refused(UnknownNameError, *about, unchanged=(owner,)):
        parameters["w_AMPA_X_dend"] = 20
    with refused(UnknownNameError, *about, unchanged=(owner,)):
        parameters["w_AMPA_X_dend"]
    with refused(UnknownNameError, *about, unchanged=(owner,)):
        del parameters["w_AMPA_X_dend"]
    with refused(UnknownNameError, *about, unchanged=(owner,)):
        parameters.update({"w_AMPA_x_dend": 20, "w_AMPA_X_dend": 20})


@pytest.mark.parametrize("make", [with_synapse, lambda: pair(dend=with_synapse())])
def test_trap_01_a_parameter_keeps_its_unit(make):
    owner = make()
    parameters = owner.parameters
    about = ("g_AMPA_x_dend", "siemens", "5. mV", "1*nS")
    with refused(UnitError, *about, unchanged=(owner,)):
        parameters["g_AMPA_x_dend"] = 5 * mV
    with refused(UnitError, "w_AMPA_x_dend", "a plain number", unchanged=(owner,)):
        parameters.update({"g_AMPA_x_dend": 5 * nS, "w_AMPA_x_dend": 1 * nS})


# -- 2: the user wins over defaults -------------------------------------------------

MINE = {"E_GABA": -62 * mV, "EL_dend": -58 * mV, "gL_dend": 3 * nS}


@pytest.mark.parametrize("before", [True, False])
def test_trap_02_values_of_the_user_win_over_defaults(before):
    dend = lumped()
    if before:
        dend.add_params(MINE)
    dend.synapse("GABA", "x", g=1 * nS, t_decay=8 * ms)
    if not before:
        dend.add_params(MINE)
    model = pair(dend=dend)
    group = model.make_neurongroup(1)
    for name, value in MINE.items():
        assert dend.parameters[name] == value
        assert model.parameters[name] == value
        assert group.namespace[name] == value
    group.s_GABA_x_dend = 1
    assert close(group.V_dend[0], -58 * mV)
    assert close(group.I_GABA_x_dend[0], 1 * nS * (-62 + 58) * mV)  # g (E - V)


def test_trap_02_values_by_name_win_over_those_of_the_whole_model():
    dend = sized()
    dend.add_params({"EL_dend": -58 * mV, "gL_dend": 3 * nS, "C_dend": 90 * pF})
    model = NeuronModel(
        [(sized(Soma, "soma"), dend, 1 * nS)],
        v_rest=-75 * mV,
        gl=1 * uS / cm**2,
        cm=2 * uF / cm**2,
    )
    namespace = model.make_neurongroup(1).namespace
    assert namespace["EL_soma"] == -75 * mV
    assert namespace["EL_dend"] == -58 * mV
    assert namespace["gL_dend"] == 3 * nS
    assert namespace["C_dend"] == 90 * pF
    assert model.compartments["dend"].g_leakage == 3 * nS
    assert model.compartments["dend"].capacitance == 90 * pF


def test_trap_02_values_given_to_the_model_win_as_well():
    model = pair()
    model.add_params({"E_GABA": -62 * mV, "EL_soma": -50 * mV})
    model.compartments["dend"].synapse("GABA", "x", g=1 * nS, t_decay=8 * ms)
    group = model.make_neurongroup(1)
    assert group.namespace["E_GABA"] == -62 * mV
    assert group.V_soma[0] == -50 * mV
    point_model = point()
    point_model.add_params({"E_GABA": -62 * mV, "EL": -50 * mV})
    point_model.synapse("GABA", "x", g=1 * nS, t_decay=8 * ms)
    group = point_model.make_neurongroup(1)
    assert group.namespace["E_GABA"] == -62 * mV
    assert group.V[0] == -50 * mV


def test_trap_02_the_voltage_goes_where_the_user_says():
    model = point()
    model.add_params({"EL": -58 * mV, "gL": 20 * nS})
    group = model.make_neurongroup(1, method="exponential_euler", init_rest=False)
    group.V = -70 * mV
    group.I_ext = 100 * pA
    Network(group).run(200 * ms)
    # EL + I/gL; what is left of the start is exp(-200 ms/10 ms), 2e-9
    assert close(group.V[0], -53 * mV, tolerance=1e-8)


def test_trap_02_new_defaults_reach_new_models_only():
    old = pair()
    update_default_params({"E_GABA": -62 * mV})
    assert old.parameters["E_GABA"] == -80 * mV
    assert pair().parameters["E_GABA"] == -62 * mV
    before = default_params()
    with refused(UnknownNameError, "'E_Gaba'", "'E_GABA'"):
        update_default_params({"E_K": -90 * mV, "E_Gaba": -70 * mV})
    assert default_params() == before


# -- 3: zero is a value -------------------------------------------------------------


@pytest.mark.parametrize("where", ["compartment", "model"])
def test_trap_03_a_resting_potential_of_zero(where):
    own, whole = {"compartment": (0, None), "model": (-70, 0)}[where]
    dend = lumped(v_rest=own * mV)
    soma = lumped(Soma, "soma", v_rest=own * mV)
    v_rest = None if whole is None else whole * mV
    model = NeuronModel([(soma, dend, 1 * nS)], v_rest=v_rest)
    group = model.make_neurongroup(1)
    assert group.namespace["EL_dend"] == 0 * mV
    assert group.namespace["EL_soma"] == 0 * mV
    assert group.V_dend[0] == 0 * mV
    assert group.V_soma[0] == 0 * mV


def test_trap_03_a_conductance_of_zero():
    dend = lumped(gl_abs=0 * nS)
    dend.synapse("AMPA", "x", g=0 * nS, t_decay=2 * ms)
    dend.dspikes("Na", **{**SODIUM, "g_rise": 0 * nS, "g_fall": 0 * nS})
    group = pair(g=0 * nS, dend=dend).make_neurongroup(1)
    zeros = (
        "gL_dend",
        "g_AMPA_x_dend",
        "g_rise_max_Na_dend",
        "g_fall_max_Na_dend",
        "g_soma_dend",
        "g_dend_soma",
    )
    for name in zeros:
        assert group.namespace[name] == 0 * nS, name
    group.s_AMPA_x_dend = 1
    assert group.I_AMPA_x_dend[0] == 0 * pA


def test_trap_03_reversal_threshold_offset_and_refractory_period_of_zero():
    dend = lumped(v_rest=10 * mV)
    zeros = {
        "threshold": 0 * mV,
        "reversal_rise": 0 * mV,
        "reversal_fall": 0 * mV,
        "offset_fall": 0 * ms,
        "refractory": 0 * ms,
    }
    dend.dspikes("Na", **{**SODIUM, **zeros})
    group = pair(g=0 * nS, dend=dend).make_neurongroup(1)
    assert group.namespace["Vth_Na_dend"] == 0 * mV
    assert group.namespace["E_rise_Na_dend"] == 0 * mV
    assert group.namespace["E_fall_Na_dend"] == 0 * mV
    assert group.namespace["offset_fall_Na_dend"] == 0 * ms
    assert group.namespace["refractory_Na_dend"] == 0 * ms
    monitor = traces(group, "g_rise_Na_dend", "g_fall_Na_dend", "spiketime_Na_dend")
    Network(group, monitor).run(0.5 * ms)
    on = [np.flatnonzero(monitor.g_rise_Na_dend[0] / nS).tolist()]
    on.append(np.flatnonzero(monitor.g_fall_Na_dend[0] / nS).tolist())
    assert on == [[1, 2, 3, 4], [1, 2, 3, 4]]  # both phases from the next step
    # without a refractory period a voltage above threshold fires in each step
    assert np.allclose(monitor.spiketime_Na_dend[0, 1:] / ms, [0, 0.1, 0.2, 0.3])


def test_trap_03_zero_in_config_dspikes_replaces_a_value():
    dend = lumped()
    dend.dspikes("Na", **SODIUM)
    model = pair(dend=dend)
    model.config_dspikes("Na", reversal_rise=0 * mV, offset_fall=0 * ms)
    namespace = model.make_neurongroup(1).namespace
    assert namespace["E_rise_Na_dend"] == 0 * mV
    assert namespace["offset_fall_Na_dend"] == 0 * ms
    model.config_dspikes("Na", threshold=0 * mV, g_rise=0 * nS)
    namespace = model.make_neurongroup(1).namespace
    assert namespace["Vth_Na_dend"] == 0 * mV
    assert namespace["g_rise_max_Na_dend"] == 0 * nS


def test_trap_03_zero_in_noise_receptors_and_add_params():
    dend = lumped()
    dend.add_params({"w_AMPA_x_dend": 0.0, "E_GABA": 0 * mV})
    dend.add(AMPA("x", g=1 * nS, t_decay=2 * ms, E=0 * mV))
    dend.add(NMDA("x", g=1 * nS, t_decay=2 * ms, output=MagnesiumBlock(Mg=0, gamma=0)))
    dend.add(Noise(sigma=0 * pA, mean=0 * pA))
    namespace = pair(dend=dend).make_neurongroup(1).namespace
    assert namespace["w_AMPA_x_dend"] == 0
    assert namespace["E_AMPA_x_dend"] == 0 * mV
    assert namespace["Mg_con_NMDA_x_dend"] == 0
    assert namespace["Gamma_NMDA_x_dend"] == 0
    assert namespace["sigma_noise_dend"] == 0 * pA
    assert namespace["mean_noise_dend"] == 0 * pA
    assert namespace["E_GABA"] == 0 * mV


def test_trap_03_not_given_is_an_error_not_a_zero():
    dend = Dendrite("dend", cm_abs=200 * pF, gl_abs=10 * nS)
    model = NeuronModel([dend])
    assert dend.parameters["EL_dend"] is None
    with pytest.raises(ValueError, match=r"EL_dend .* is not given: give v_rest"):
        model.make_neurongroup(1)
