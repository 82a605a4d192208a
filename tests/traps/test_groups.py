"""Groups: values per neuron, a soma that is held."""

from pathlib import Path

import numpy as np
import pytest
from brian2 import (
    Network,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
)
from helpers.trap_models import SODIUM, close, lumped, pair, point, refused, traces

from dendrisyn import (
    AssemblyError,
    InvalidValueError,
    NeuronModel,
)

ROOT = Path(__file__).resolve().parents[2]

#: A somatic spike with a width, every 4 ms at the most.
SPIKE = {
    "threshold": "V_soma > -50*mV",
    "reset": "V_soma = 20*mV",
    "second_reset": "V_soma = -60*mV",
    "spike_width": 1 * ms,
    "refractory": 4 * ms,
}


def active(g=10 * nS):
    """Return a model with a synapse, a dendritic spike and noise-free inputs."""
    dend = lumped()
    dend.synapse("AMPA", "x", g=3 * nS, t_rise=1 * ms, t_decay=5 * ms, scale_g=True)
    dend.dspikes("Na", **SODIUM)
    return pair(g=g, dend=dend)


# -- 29: values per neuron ----------------------------------------------------------

SWEEPS = {
    "g_AMPA_x_dend": ([1, 2, 8], nS),
    "w_AMPA_x_dend": ([1, 2, 8], 1),
    "t_AMPA_decay_x_dend": ([2, 5, 20], ms),
    "t_AMPA_rise_x_dend": ([0.5, 1, 3], ms),
    "gL_dend": ([1, 5, 20], nS),
    "C_dend": ([100, 200, 400], pF),
    "EL_soma": ([-70, -65, -60], mV),
    "E_AMPA": ([-20, 0, 10], mV),
    "g_soma_dend": ([1, 5, 20], nS),
    "g_dend_soma": ([1, 5, 20], nS),
    "Vth_Na_dend": ([-66, -60, 0], mV),
    "g_rise_max_Na_dend": ([5, 20, 40], nS),
    "duration_rise_Na_dend": ([0.5, 1, 2], ms),
    "E_Na": ([50, 60, 80], mV),
}


def response(model, number, start=None, **kwargs):
    """Return voltages after one synaptic event."""
    group = model.make_neurongroup(number, **kwargs)
    if start is not None:
        name, values = start
        setattr(group, name, values)
    group.s_AMPA_x_dend = 10
    monitor = traces(group, "V_soma", "V_dend")
    Network(group, monitor).run(10 * ms)
    return np.concatenate([monitor.V_soma / mV, monitor.V_dend / mV], axis=1)


def sensitive():
    model = active()
    model.config_dspikes("Na", threshold=-60 * mV)
    return model


@pytest.mark.parametrize("name", SWEEPS)
def test_trap_29_values_of_each_neuron_take_effect(name):
    numbers, unit = SWEEPS[name]
    values = np.array(numbers) * unit
    start = (
        name == "EL_soma"
    )  # voltages start at the model's rest, whatever is assigned
    swept = response(sensitive(), 3, (name, values), per_neuron=[name], init_rest=True)
    for neuron, value in enumerate(values):
        model = sensitive()
        model.parameters[name] = value
        if start:
            alone = model.make_neurongroup(1)
            alone.V_soma = -70 * mV
            alone.s_AMPA_x_dend = 10
            monitor = traces(alone, "V_soma", "V_dend")
            Network(alone, monitor).run(10 * ms)
            single = np.concatenate([monitor.V_soma / mV, monitor.V_dend / mV], axis=1)
        else:
            single = response(model, 1)
        # the same equations, up to the order of operations
        assert np.allclose(swept[neuron], single[0], rtol=1e-9), value
    assert np.ptp(swept, axis=0).max() > 0.1  # mV: the values make a difference


def test_trap_29_values_start_at_those_of_the_model():
    model = active()
    model.parameters["g_AMPA_x_dend"] = 7 * nS
    group = model.make_neurongroup(3, per_neuron=["g_AMPA_x_dend", "Vth_Na_dend"])
    assert close(group.g_AMPA_x_dend[:], [7, 7, 7] * nS)
    assert close(group.Vth_Na_dend[:], [-35, -35, -35] * mV)
    assert "g_AMPA_x_dend" not in group.namespace
    group.g_AMPA_x_dend = "(i + 1)*nS"
    assert close(group.g_AMPA_x_dend[:], [1, 2, 3] * nS)


def test_trap_29_what_follows_from_a_value_follows_for_each_neuron():
    names = ["t_AMPA_rise_x_dend", "E_Na", "g_soma_dend"]
    group = active().make_neurongroup(2, per_neuron=names)
    group.t_AMPA_rise_x_dend = [0.5, 2] * ms
    group.E_Na = [50, 60] * mV
    group.g_soma_dend = [3, 4] * nS
    rise = np.array([0.5, 2])
    factor = (5 / rise) ** (rise / (5 - rise)) / rise
    assert close(group.k_AMPA_x_dend[:], factor / ms, tolerance=1e-8)
    assert close(group.E_rise_Na_dend[:], [50, 60] * mV)
    assert close(group.g_dend_soma[:], [3, 4] * nS)


def test_trap_29_values_can_be_assigned_between_two_runs():
    group = pair(g=0 * nS).make_neurongroup(2, per_neuron=["EL_soma"], method="rk4")
    network = Network(group)
    network.run(1 * ms)
    assert close(group.V_soma[:], [-70, -70] * mV)
    group.EL_soma = [-60, -50] * mV
    network.run(400 * ms)
    # what is left of the start after 20 time constants is 2e-9
    assert close(group.V_soma[:], [-60, -50] * mV, tolerance=1e-8)


def test_trap_29_one_name_may_be_given_as_text():
    group = active().make_neurongroup(2, per_neuron="gL_dend")
    group.gL_dend = [1, 2] * nS
    assert close(group.gL_dend[:], [1, 2] * nS)


def test_trap_29_an_unknown_parameter_is_an_error():
    model = active()
    about = ("per_neuron", "'g_AMPA_X_dend'", "'g_AMPA_x_dend'")
    with refused(AssemblyError, *about, unchanged=(model,)):
        model.make_neurongroup(2, per_neuron=["g_AMPA_X_dend"])


def test_trap_29_an_array_in_place_of_a_value_says_what_to_do():
    model = active()
    parameters = model.parameters
    about = ("g_AMPA_x_dend", "per_neuron")
    with refused(InvalidValueError, *about, unchanged=(model,)):
        parameters["g_AMPA_x_dend"] = [1, 2, 3] * nS


@pytest.mark.compiled
def test_trap_29_values_of_each_neuron_take_effect_in_standalone_mode(both_devices):
    runtime, standalone = both_devices
    assert np.array_equal(standalone["g"], np.array([0, 5, 50, 100]) * 1e-9)
    peaks = standalone["V_dend"][:, :150].max(axis=1)  # of the first response
    assert peaks[0] == pytest.approx(-0.07)  # no conductance, no response
    assert (np.diff(peaks) > 1e-3).all()
    on = (standalone["g_rise_Na_dend"] > 0).sum(axis=1)
    for neuron, steps in ((2, 5), (3, 15)):
        count = int((standalone["di"] == neuron).sum())
        assert count > 0
        assert on[neuron] == steps * count
    assert np.array_equal(on, (runtime["g_rise_Na_dend"] > 0).sum(axis=1))


# -- 30: hold_refractory ------------------------------------------------------------


def held_trace(model, **kwargs):
    arguments = {
        "threshold": "V_soma > -50*mV",
        "reset": "V_soma = -60*mV",
        "refractory": 4 * ms,
        **kwargs,
    }
    made = model.make_neurongroup(1, **arguments)
    group = made[0] if isinstance(made, tuple) else made
    group.I_ext_soma = 500 * pA
    group.V_dend = -65 * mV
    group.V_soma = -40 * mV  # a spike in step 0
    monitor = traces(group, "V_soma", "V_dend")
    Network(group, monitor).run(6 * ms)
    return monitor.V_soma[0] / mV, monitor.V_dend[0] / mV


@pytest.mark.parametrize("dt", [0.1, 0.05, 0.025])
def test_trap_30_the_soma_is_held_when_asked_and_nothing_else(dt):
    defaultclock.dt = dt * ms
    steps = round(4 / dt)
    soma, dend = held_trace(pair(), hold_refractory=True)
    # Brian2 ends the refractory period when refractory has passed since the spike
    held = soma[1 : steps + 1]
    assert np.array_equal(held, np.full(steps, -60.0))
    assert soma[steps + 2] > -60
    assert (np.diff(dend[1:steps]) != 0).all()


def test_trap_30_the_soma_is_not_held_by_default():
    soma, _ = held_trace(pair())
    assert (np.diff(soma[1:20]) > 0).all()


def test_trap_30_a_held_soma_has_its_second_reset():
    width = {"reset": "V_soma = 20*mV", "second_reset": "V_soma = -62*mV"}
    soma, _ = held_trace(pair(), hold_refractory=True, spike_width=1 * ms, **width)
    assert np.array_equal(soma[1:11], np.full(10, 20.0))
    assert np.allclose(soma[11:41], -62, atol=1e-12)  # rounding
    assert soma[43] > -62


def test_trap_30_a_point_neuron_can_be_held():
    group = point().make_neurongroup(
        1,
        threshold="V > -50*mV",
        reset="V = -60*mV",
        refractory=2 * ms,
        hold_refractory=True,
    )
    group.I_ext = 500 * pA
    group.V = -40 * mV
    monitor = traces(group, "V")
    Network(group, monitor).run(3 * ms)
    assert np.array_equal(monitor.V[0, 1:21] / mV, np.full(20, -60.0))
    assert monitor.V[0, 22] > -60 * mV


def test_trap_30_asking_for_what_cannot_be_held_is_an_error():
    model = pair()
    about = ("make_neurongroup", "hold_refractory", "refractory=2*ms")
    with refused(InvalidValueError, *about, unchanged=(model,)):
        model.make_neurongroup(1, threshold="V_soma > 0*mV", hold_refractory=True)
    model = NeuronModel([lumped()])
    about = ("hold_refractory", "Soma")
    with refused(InvalidValueError, *about, unchanged=(model,)):
        model.make_neurongroup(1, refractory=2 * ms, hold_refractory=True)


def test_trap_30_the_equations_of_the_model_stay():
    model = pair()
    before = model.equations
    model.make_neurongroup(1, threshold="V_soma > 0*mV", refractory=2 * ms, reset="")
    group = model.make_neurongroup(
        1,
        threshold="V_soma > 0*mV",
        reset="",
        refractory=2 * ms,
        hold_refractory=True,
    )
    assert "unless refractory" in group.equations["V_soma"].flags
    assert "unless refractory" not in group.equations["V_dend"].flags
    assert model.equations == before
