"""Gates after one spike against their closed forms."""

import numpy as np
import pytest
from brian2 import Network, StateMonitor, ms, mV, nS, pF

from dendrisyn import AMPA, GABA, NMDA, DualExponential, Exponential, PointNeuronModel
from dendrisyn.synapses import g_norm_factor

#: rise and decay (ms), from steep to equal
PAIRS = [(0.1, 2.0), (0.5, 5.0), (2.0, 5.0), (2.0, 60.0), (3.0, 3.0), (5.0, 2.0)]


def peak_time(rise, decay):
    if rise == decay:
        return rise
    return rise * decay / (decay - rise) * np.log(decay / rise)


def unnormalised(times, rise, decay):
    """Solution of dx/dt = -x/decay + s/ms, ds/dt = -s/rise, s(0) = 1 (in ms)."""
    if rise == decay:
        return times * np.exp(-times / rise)
    rate = 1 / rise - 1 / decay
    return (np.exp(-times / decay) - np.exp(-times / rise)) / rate


def gate_after_one_spike(receptor, variable, dt=0.01, duration=40, method="rk4"):
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    cell.add(receptor)
    group = cell.make_neurongroup(1, method=method, dt=dt * ms)
    setattr(group, f"s_{receptor.label}", 1)
    monitor = StateMonitor(group, variable, record=0)
    Network(group, monitor).run(duration * ms)
    # copied: the memory goes with the monitor in Brian2 2.11
    return monitor.t / ms, np.array(getattr(monitor, variable)[0])


@pytest.mark.parametrize("receptor", [AMPA, NMDA, GABA])
@pytest.mark.parametrize("decay", [2.0, 5.0, 60.0])
def test_exponential_gate_is_the_exponential(receptor, decay):
    synapse = receptor("x", g=1 * nS, t_decay=decay * ms)
    assert isinstance(synapse.kinetics, Exponential)
    times, gate = gate_after_one_spike(synapse, f"s_{synapse.label}")
    # rk4 at 0.01 ms: (dt/decay)**5/120 a step, below 1e-13
    assert gate == pytest.approx(np.exp(-times / decay), rel=1e-9)


@pytest.mark.parametrize(("rise", "decay"), PAIRS)
def test_normalised_dual_exponential_is_the_closed_form_and_peaks_at_one(rise, decay):
    synapse = AMPA("x", g=1 * nS, t_rise=rise * ms, t_decay=decay * ms)
    assert isinstance(synapse.kinetics, DualExponential)
    times, gate = gate_after_one_spike(synapse, "x_AMPA_x")
    expected = unnormalised(times, rise, decay)
    expected /= unnormalised(peak_time(rise, decay), rise, decay)
    # rk4: the fastest rate is 10/ms, (0.01*10)**4/120 is below 1e-6 of the peak
    assert gate == pytest.approx(expected, abs=1e-5)
    # between two samples 0.01 ms apart, the parabola at the peak loses at most 5e-4
    assert gate.max() == pytest.approx(1.0, abs=5e-4)
    assert times[gate.argmax()] == pytest.approx(peak_time(rise, decay), abs=0.011)


@pytest.mark.parametrize(("rise", "decay"), PAIRS)
def test_unnormalised_dual_exponential_is_dendrifys_form(rise, decay):
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    cell.synapse("AMPA", "x", g=1 * nS, t_rise=rise * ms, t_decay=decay * ms)
    group = cell.make_neurongroup(1, method="rk4", dt=0.01 * ms)
    group.s_AMPA_x = 1
    monitor = StateMonitor(group, "x_AMPA_x", record=0)
    Network(group, monitor).run(30 * ms)
    expected = unnormalised(monitor.t / ms, rise, decay)
    assert monitor.x_AMPA_x[0] == pytest.approx(expected, abs=1e-5)  # as above


@pytest.mark.parametrize(("rise", "decay"), PAIRS)
def test_norm_factor_is_the_inverse_of_the_peak(rise, decay):
    factor = g_norm_factor(rise * ms, decay * ms)
    peak = unnormalised(peak_time(rise, decay), rise, decay)
    assert factor == pytest.approx(1 / peak, rel=1e-12)


@pytest.mark.parametrize(("rise", "decay"), PAIRS)
def test_the_drive_is_the_norm_factor_per_millisecond(rise, decay):
    # Two codes of one formula. At equal time constants k is off by less than 1e-9,
    # which keeps its expression regular there.
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    cell.add(AMPA("x", g=1 * nS, t_rise=rise * ms, t_decay=decay * ms))
    k = float(cell.parameters["k_AMPA_x"] * ms)
    assert k == pytest.approx(g_norm_factor(rise * ms, decay * ms), rel=1e-9)


def test_nearly_equal_time_constants_join_the_equal_ones():
    exact = g_norm_factor(3 * ms, 3 * ms)
    for relative in (1e-6, 1e-9, 1e-12):
        near = g_norm_factor(3 * ms, 3 * (1 + relative) * ms)
        assert near == pytest.approx(exact, rel=2 * relative + 1e-12)


def test_a_time_constant_changed_by_name_renormalises_the_peak():
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    cell.add(AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms))
    cell.parameters["t_AMPA_rise_x"] = 4 * ms
    group = cell.make_neurongroup(1, method="rk4", dt=0.01 * ms)
    group.s_AMPA_x = 1
    monitor = StateMonitor(group, "x_AMPA_x", record=0)
    Network(group, monitor).run(20 * ms)
    assert monitor.x_AMPA_x[0].max() == pytest.approx(1, abs=1e-5)


def test_time_constants_per_neuron_peak_at_one_each():
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    cell.add(AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms))
    group = cell.make_neurongroup(
        4, method="rk4", dt=0.01 * ms, per_neuron=["t_AMPA_rise_x", "t_AMPA_decay_x"]
    )
    group.t_AMPA_rise_x = [1, 2, 5, 5] * ms
    group.t_AMPA_decay_x = [5, 2, 5, 20] * ms
    group.s_AMPA_x = 1
    monitor = StateMonitor(group, "x_AMPA_x", record=True)
    Network(group, monitor).run(30 * ms)
    peaks = monitor.x_AMPA_x.max(axis=1)
    assert peaks == pytest.approx(np.ones(4), abs=1e-5)
