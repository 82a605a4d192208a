"""The exact number of steps of each phase of a dendritic spike."""

import numpy as np
import pytest
from brian2 import Network, StateMonitor, defaultclock, ms, mV, nS, pF, second

from dendrisyn import DendriticSpike, PointNeuronModel

RISE, FALL, OFFSET, REFRACTORY = 1.2, 2.4, 0.6, 5.0


def cell(threshold=-50 * mV, **changes):
    arguments = {
        "threshold": threshold,
        "g_rise": 2 * nS,
        "g_fall": 3 * nS,
        "duration_rise": RISE * ms,
        "duration_fall": FALL * ms,
        "offset_fall": OFFSET * ms,
        "reversal_rise": "E_Na",
        "reversal_fall": "E_K",
        "refractory": REFRACTORY * ms,
    }
    model = PointNeuronModel(cm_abs=500 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    model.add(DendriticSpike("Na", **(arguments | changes)))
    return model


def record(group, duration=4.5):
    """Conductances, in the steps in which they act, and the time of the spike."""
    names = ["g_rise_Na", "g_fall_Na", "V", "spiketime_Na"]
    monitor = StateMonitor(group, names, record=0)
    Network(group, monitor).run(duration * ms)
    return monitor


@pytest.mark.parametrize("method", ["euler", "rk2", "rk4", "heun"])
@pytest.mark.parametrize("built_at", [0.1, 0.05])
@pytest.mark.parametrize("run_at", [0.2, 0.1, 0.05, 0.025])
def test_steps_of_each_phase(run_at, built_at, method):
    """Durations hold at the dt of the run, whatever it was when the group was built."""
    defaultclock.dt = built_at * ms
    group = cell().make_neurongroup(1, method=method)
    defaultclock.dt = run_at * ms
    group.V = -40 * mV
    monitor = record(group)
    rise = np.flatnonzero(monitor.g_rise_Na[0])
    fall = np.flatnonzero(monitor.g_fall_Na[0])
    # Sample n is the state that step n starts from. V is above threshold from the
    # start, so step 0 detects the spike and the rise acts from step 1.
    start, count = 1, round(RISE / run_at)
    assert rise.tolist() == list(range(start, start + count))
    start += round(OFFSET / run_at)
    assert fall.tolist() == list(range(start, start + round(FALL / run_at)))
    assert monitor.g_rise_Na[0].max() == pytest.approx(2e-9)
    assert monitor.g_fall_Na[0].max() == pytest.approx(3e-9)


@pytest.mark.parametrize("run_at", [0.1, 0.05, 0.025])
def test_spikes_repeat_after_the_refractory_period_exactly(run_at):
    defaultclock.dt = run_at * ms
    # always above threshold, and the conductances are off: only the clock decides
    model = cell(threshold=-100 * mV, g_rise=0 * nS, g_fall=0 * nS)
    monitor = record(model.make_neurongroup(1), duration=40)
    times = np.unique(monitor.spiketime_Na[0] / ms)
    times = times[times >= 0]
    assert np.diff(times) == pytest.approx(REFRACTORY, abs=1e-9)
    assert len(times) == 40 / REFRACTORY


def test_dt_changed_between_two_runs():
    defaultclock.dt = 0.1 * ms
    group = cell(refractory=20 * ms).make_neurongroup(1)
    monitor = StateMonitor(group, "g_rise_Na", record=0)
    network = Network(group, monitor)
    group.V = -40 * mV
    network.run(10 * ms)
    assert np.count_nonzero(monitor.g_rise_Na[0]) == 12
    defaultclock.dt = 0.025 * ms
    network.run(10 * ms)
    group.V = -40 * mV
    network.run(10 * ms)
    assert np.count_nonzero(monitor.g_rise_Na[0]) == 12 + 48


def test_half_a_step_rounds_up():
    group = cell(duration_rise=0.25 * ms).make_neurongroup(1)
    group.V = -40 * mV
    assert np.count_nonzero(record(group).g_rise_Na[0]) == 3


def test_charge_of_the_rise_against_its_closed_form():
    """V relaxes towards the weighted mean of leak and sodium, for 1.2 ms."""
    group = cell(g_fall=0 * nS).make_neurongroup(1, method="rk4", dt=0.01 * ms)
    group.V = -40 * mV
    monitor = record(group)
    on = np.flatnonzero(monitor.g_rise_Na[0])
    before, after = monitor.V[0][on[0]] / mV, monitor.V[0][on[-1] + 1] / mV
    rate = (5 + 2) / 500  # nS/pF = 1/ms
    target = (5 * -65 + 2 * 70) / (5 + 2)
    expected = target + (before - target) * np.exp(-rate * RISE)
    assert after == pytest.approx(expected, abs=1e-9)  # rk4 of a slow exponential


def test_a_spike_of_long_ago_does_not_open_anything():
    group = cell().make_neurongroup(1)
    assert group.spiketime_Na[0] == -1e4 * second
    monitor = record(group, duration=2)
    assert not monitor.g_rise_Na[0].any()
    assert not monitor.g_fall_Na[0].any()
