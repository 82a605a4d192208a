"""VoltageSTDP as a sum over all steps; its filters and their delay."""

import numpy as np
import pytest
from brian2 import Network, StateMonitor, defaultclock, ms, mV, pA

from dendrisyn import FilteredVoltage, VoltageSTDP

from .helpers import point
from .voltage_cells import FAR, REST, excess, excursions, imposed, learned


def filtered(voltages, tau, value=REST):
    """The low-pass filter of voltages that stay for a step, at the end of each."""
    keep, values = np.exp(-(defaultclock.dt / ms) / tau), []
    for each in voltages:
        value = each + (value - each) * keep
        values.append(value)
    return np.array(values)


def replay(rule, voltages, spikes, start):
    """The weight of a synapse, from the voltage (mV) and the spikes of each step.

    The delay is a whole number of steps. A presynaptic spike comes before what the
    voltage of its step does.
    """
    dt, tau_x = defaultclock.dt / ms, rule.tau_x / ms
    low, high = rule.theta_minus / mV, rule.theta_plus / mV
    A_LTD, A_LTP = float(rule.A_LTD * mV), float(rule.A_LTP * mV**2)
    lag = np.full(round(rule.delay / defaultclock.dt), REST)
    begin = np.concatenate([[REST], voltages[:-1]])
    minus = np.concatenate([lag, filtered(begin, rule.tau_minus / ms)])
    plus = np.concatenate([lag, filtered(begin, rule.tau_plus / ms)])
    room = rule.w_max - rule.w_min
    weight, trace = start, 0.0
    for n, voltage in enumerate(voltages):
        if spikes[n]:
            share = ((weight - rule.w_min) / room) ** rule.mu_minus
            weight -= A_LTD * excess(minus[n], low) * share
            weight = min(max(weight, rule.w_min), rule.w_max)
            trace += 1
        share = ((rule.w_max - weight) / room) ** rule.mu_plus
        both = excess(voltage, high) * excess(plus[n], low) * share
        weight += A_LTP * trace / tau_x * dt * both
        weight = min(max(weight, rule.w_min), rule.w_max)
        trace *= np.exp(-dt / tau_x)
    return weight


def check_against_replay(rule, start=0.5):
    """Six synapses for 200 ms, to rounding; return the weights."""
    defaultclock.dt = 0.25 * ms
    voltages = excursions(1, 800, 6)
    spikes = np.random.default_rng(7).random(voltages.shape) < 0.05
    # in steps of depolarisation, too: there the order of the terms counts
    assert (spikes & (voltages > -45)).any(axis=0).all()
    expected = np.array(
        [replay(rule, *each, start) for each in zip(voltages.T, spikes.T, strict=True)]
    )
    trains = [np.flatnonzero(each) * 0.25 for each in spikes.T]
    got = learned(rule, voltages, trains, start=start)
    assert got == pytest.approx(expected, abs=1e-12)
    return got


TIMES = {"tau_minus": 9 * ms, "tau_plus": 5 * ms, "tau_x": 13 * ms}


@pytest.mark.parametrize("delay", [0, 0.75, 1])
def test_the_weight_is_the_sum_over_all_steps(delay):
    """With delays for which each sample of the filter is a step."""
    rule = VoltageSTDP(delay=delay * ms, theta_minus=-60 * mV, **TIMES, **FAR)
    got = check_against_replay(rule)
    assert np.ptp(got) > 0.1


def test_each_change_ends_at_the_bounds():
    """A weight at a bound forgets what went beyond it."""
    amplitudes = {"A_LTD": 3e-3 / mV, "A_LTP": 4e-4 / mV**2}
    rule = VoltageSTDP(w_min=0.2, w_max=0.8, delay=1 * ms, **amplitudes)
    got = check_against_replay(rule)
    assert ((got >= 0.2) & (got <= 0.8)).all()
    assert ((got > 0.2) & (got < 0.8)).sum() > 2
    far = check_against_replay(VoltageSTDP(delay=1 * ms, **FAR, **amplitudes))
    assert (np.abs(far - got) > 0.02).all()


@pytest.mark.parametrize("mu", [0.5, 1, 1.7])
def test_the_changes_may_depend_on_the_weight(mu):
    rule = VoltageSTDP(w_min=0.2, w_max=0.9, delay=1 * ms, mu_plus=mu, mu_minus=2 * mu)
    got = check_against_replay(rule)
    assert ((got > 0.2) & (got < 0.9)).all()
    additive = check_against_replay(VoltageSTDP(w_min=0.2, w_max=0.9, delay=1 * ms))
    assert (np.abs(got - additive) > 1e-3).any()


def test_the_rule_hears_a_spike_when_it_arrives():
    """A delay of the connection is a delay of the train, and of nothing else."""
    defaultclock.dt = 0.25 * ms
    voltages, rule = excursions(1, 300, 3), VoltageSTDP(**FAR)
    trains = [[10, 13.25, 40], [21], [5, 50]]
    later = [[time + 2.5 for time in train] for train in trains]
    got = learned(rule, voltages, trains, delay=2.5)
    assert got == pytest.approx(learned(rule, voltages, later), abs=1e-15)
    assert (np.abs(got - learned(rule, voltages, trains)) > 1e-4).all()


# -- the filter and its delay ----------------------------------------------------------
def response(time, tau, width):
    """The filter (mV) *time* (ms) after the start of a spike of 33 mV."""
    up, down = (1 - np.exp(-np.maximum(each, 0) / tau) for each in (time, time - width))
    return REST + (33 - REST) * (up - down)


@pytest.mark.parametrize("width", [2, np.inf])
@pytest.mark.parametrize(
    ("delay", "dt"),
    [
        (4, 0.1),  # 4 samples of 10 steps
        (4, 0.05),
        (4, 0.25),
        (4, 1),
        (3, 0.25),
        (4.1, 0.1),  # not a multiple of four steps: samples are 11 steps apart
        (2.5, 0.1),
        (4.03, 0.1),  # not in whole steps
        (0.4, 0.1),  # 4 samples of one step: exact
        (0.5, 0.1),
        (0.2, 0.1),  # less than four steps: exact
        (0.1, 0.1),
    ],
)
def test_a_late_filter_is_the_filter_of_then(delay, dt, width):
    """Exact where a sample is as old as the delay; a chord between two elsewhere.

    Spikes of 2 ms, and a jump, begin in each step of the time between two samples.
    """
    defaultclock.dt = dt * ms
    tau = 10.0
    every = max(int(np.ceil(delay / 4 / dt - 1e-6)), 1)  # steps between samples
    onsets = (np.arange(every) + np.ceil(8 / dt)) * dt
    ends = (np.arange(round(40 / dt)) + 1) * dt
    since = np.add.outer(ends, -onsets)
    spiking = (since > -1e-6) & (since < width - 1e-6)
    group = imposed(
        point(FilteredVoltage("slow", tau=tau * ms, delay=delay * ms)),
        np.where(spiking, 33, REST),
    )
    monitor = StateMonitor(
        group, ["V_slow", "V_slow_late"], record=True, when="synapses"
    )
    Network(group, monitor).run(40 * ms)
    now, late = monitor.V_slow.T / mV, monitor.V_slow_late.T / mV
    assert now == pytest.approx(response(since, tau, width), abs=1e-11)

    error = np.abs(late - response(since - delay, tau, width)).max(axis=1)
    # of the way from one sample to the next, which is `every` steps older
    place = (delay / dt - np.arange(len(ends)) % every) / every
    assert ((place > 0) & (place < 4 + 1e-9)).all()
    way = place - np.floor(place + 1e-9)
    between = np.abs(way * (1 - way))
    # an edge of the voltage bends the filter by `slope`; elsewhere it is as smooth as
    # its second derivative; neither can move a chord by more
    slope, sample = (33 - REST) / tau, every * dt
    bound = between * (sample * slope + sample**2 / 2 * slope / tau)
    assert (error <= bound + 1e-11).all()
    exact = between < 1e-9
    if abs(delay / dt - round(delay / dt)) < 1e-9:  # of each place, some whole steps
        assert exact.mean() == pytest.approx(1 / every, rel=0.1)
    # and that error is not rare: half of the bound is reached
    assert error.max() > bound.max() / 2 - 1e-9


def test_a_filter_starts_at_the_voltage_and_so_does_its_past():
    group = point(FilteredVoltage("slow", tau=9 * ms, delay=1 * ms)).make_neurongroup(2)
    monitor = StateMonitor(group, ["V_slow", "V_slow_late"], record=True)
    Network(group, monitor).run(3 * ms)
    assert np.array(monitor.V_slow / mV) == pytest.approx(REST, abs=1e-12)
    assert np.array(monitor.V_slow_late / mV) == pytest.approx(REST, abs=1e-12)


def test_a_delay_may_be_set_to_nothing_or_vary():
    model = point(FilteredVoltage("slow", tau=9 * ms, delay=1 * ms))
    group = model.make_neurongroup(3, per_neuron=["delay_V_slow"])
    group.delay_V_slow = [0, 0.1, 2] * ms
    group.I_ext = 100 * pA
    monitor = StateMonitor(group, ["V_slow", "V_slow_late"], record=True)
    Network(group, monitor).run(10 * ms)
    now, late = monitor.V_slow / mV, monitor.V_slow_late / mV
    for each, steps in enumerate([0, 1, 20]):
        then = now[each, : now.shape[1] - steps]
        # the filter of a current step is smooth: 0.5 ms between samples
        assert late[each, steps:] == pytest.approx(then, abs=0.02)
    assert late[0] == pytest.approx(np.array(now[0]), abs=1e-11)
    assert late[1, 1:] == pytest.approx(np.array(now[1, :-1]), abs=1e-11)
