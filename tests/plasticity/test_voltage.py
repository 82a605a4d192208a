"""VoltageSTDP against NEST, closed forms, and the data of its published protocols."""

from functools import cache
from typing import NamedTuple

import brian2
import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import dendrisyn
from dendrisyn import (
    AMPA,
    AboveThreshold,
    Dendrite,
    FilteredVoltage,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    UnitError,
    VoltageSTDP,
)

from .helpers import PASSIVE, point, source

#: Bounds that no weight of these tests reaches.
FAR = {"w_min": -100, "w_max": 100}

#: What makes a rule of one of the two terms.
DEPRESSION = {"A_LTP": 0 / mV**2}
POTENTIATION = {"A_LTD": 0 / mV}

REST = PASSIVE["v_rest"] / mV


# -- cells whose voltage is imposed ----------------------------------------------------


def needed(rule, voltage="V"):
    """What the rule reads, made by hand."""
    return (
        FilteredVoltage("minus", tau=rule.tau_minus, delay=rule.delay),
        FilteredVoltage("plus", tau=rule.tau_plus, delay=rule.delay),
        AboveThreshold(voltage, rule.theta_plus),
    )


def imposed(model, voltages):
    """A group whose cell k has the voltages (mV) of column k at the ends of steps."""
    values = TimedArray(np.asarray(voltages) * mV, dt=defaultclock.dt)
    group = model.make_neurongroup(
        np.shape(voltages)[1],
        method="exponential_euler",  # of filters, as if the voltage stayed for a step
        namespace={"V_of": values},
    )
    group.run_regularly("V = V_of(t, i)", when="before_thresholds", order=-1)
    return group


def settle(group, voltage):
    """Put cells, with their filters and the samples of these, at voltages (mV)."""
    for name, equation in group.equations.items():
        if name.startswith("V") and name != "V_T" and equation.type != "subexpression":
            setattr(group, name, np.asarray(voltage) * mV)


def learned(rule, voltages, trains, *, start=0.0, at=REST, delay=0.0, **values):
    """The weights of a synapse per cell, from voltages (mV) and trains (ms) of each."""
    model = point(*needed(rule))
    model.add_equations("reward : 1")
    group = imposed(model, voltages)
    settle(group, at)
    for name, value in values.items():
        setattr(group, name, value)
    made = model.projection("AMPA_x", weight=start, plasticity=rule)
    spikes = source(trains)
    synapses = made.synapses(spikes, group)
    synapses.connect(j="i")
    synapses.pre.delay = delay * ms
    Network(group, spikes, synapses).run(len(voltages) * defaultclock.dt)
    return np.array(synapses.w[:])


# -- the rule as a sum over all steps --------------------------------------------------


def excess(voltage, threshold):
    return np.maximum(voltage - threshold, 0)


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


def excursions(seed_, n_steps, n_cells):
    """Voltages (mV) that jump every 7 steps, below and above each threshold."""
    rng = np.random.default_rng(seed_)
    levels = rng.choice([-110, -75, -65, -55, -46, -44, -20, 30], (n_steps, n_cells))
    return np.repeat(levels + rng.uniform(-1, 1, levels.shape), 7, axis=0)[:n_steps]


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


# -- the voltage clamp -----------------------------------------------------------------

SETS = {"visual cortex": VoltageSTDP, "hippocampus": VoltageSTDP.hippocampus}

#: Artola, Bröcher & Singer (1990), doi:10.1038/347069a0, and Ngezahayo, Schachner &
#: Artola (2000), doi:10.1523/JNEUROSCI.20-07-02451.2000: nothing, then depression, then
#: potentiation as the cell is depolarised. What one pulse adds to the weight (1e-3) at
#: a voltage (mV), -A_LTD [V - theta_minus]+ + A_LTP [V - theta_plus]+ [V -
#: theta_minus]+, worked out by hand. The parameters are in ModelDB 144566 and, for
#: hippocampus, in Larisch (2019), ReScience C 5(3), with the change of sign at -20 mV.
CLAMPED = {
    "visual cortex": {
        -80: 0,
        -70: -0.084,
        -60: -1.484,
        -50: -2.884,
        -46: -3.444,
        -44: -0.9576,
        -43.55: 0,
        -43: 1.2144,
        -40: 8.6904,
        -20: 95.3304,
        0: 245.9704,
    },
    "hippocampus": {
        -80: 0,
        -42: 0,
        -40: -0.38,
        -38: -1.14,
        -30: -2.42,
        -20: -0.42,
        -19: 0,
        -18: 0.46,
        -10: 5.58,
        0: 15.58,
    },
}


@pytest.mark.parametrize("name", SETS)
def test_in_a_voltage_clamp_a_pulse_adds_a_product(name):
    """Of one pulse, and of 25 at 50 Hz."""
    dt, n_steps = 0.25, 2600
    defaultclock.dt = dt * ms
    voltages = np.array(list(CLAMPED[name]))
    tau = SETS[name]().tau_x / ms
    times = [1 + 20 * np.arange(number) for number in (1, 25)]
    # of each pulse a sum over steps, which would be 1 in continuous time
    step = dt / tau / (1 - np.exp(-dt / tau))
    assert step == pytest.approx(1 + dt / (2 * tau), abs=1e-4)  # 0.8 % at this dt
    ends = np.exp(-(n_steps - np.rint(times[1] / dt)) * dt / tau)
    clamped = np.tile(voltages, 2)
    trains = np.repeat([0, 1], len(voltages))
    down, up = (
        learned(
            SETS[name](**FAR, **term),
            np.broadcast_to(clamped, (n_steps, len(clamped))),
            [times[k] for k in trains],
            at=clamped,
        ).reshape(2, -1)
        for term in (DEPRESSION, POTENTIATION)
    )
    assert (down <= 0).all()
    assert (up >= 0).all()
    table = np.array(list(CLAMPED[name].values())) * 1e-3
    assert down[0] + up[0] / step == pytest.approx(table, abs=1e-9)
    assert down[1] == pytest.approx(25 * down[0], abs=1e-12)
    assert up[1] == pytest.approx((1 - ends).sum() * up[0], rel=1e-9)


@pytest.mark.parametrize(("name", "crossing"), [*zip(SETS, (-43.55, -19), strict=True)])
def test_depression_turns_into_potentiation_at_one_voltage(name, crossing):
    """At theta_plus + A_LTD/A_LTP, which the size of a step lowers by 0.3 % of it."""
    rule = SETS[name](**FAR)
    exact = (rule.theta_plus + rule.A_LTD / rule.A_LTP) / mV
    assert exact == pytest.approx(crossing, abs=1e-9)
    voltages = np.array([exact - 0.1, exact + 0.03])
    clamped = np.broadcast_to(voltages, (2000, 2))
    changes = learned(rule, clamped, [[1], [1]], at=voltages)
    assert changes[0] < 0 < changes[1]


# -- the neuron of the paper -----------------------------------------------------------

#: Exponential integrate-and-fire with adaptation, with a depolarising current after a
#: spike and a threshold that moves: ModelDB 144566 (aEIF.m).
NEURON = """
dV{0}/dt = free*(gL*(EL - V) + gL*DeltaT*exp((V - V_T)/DeltaT) - w_ad + z + I)/C : volt
dw_ad/dt = free*(a*(V - EL) - w_ad)/tau_w : amp
dz/dt = -z/tau_z : amp
dV_T/dt = (V_Trest - V_T)/tau_T : volt
free : 1
b : amp
"""
CONSTANTS = {
    "DeltaT": 2 * mV,
    "a": 4 * nS,
    "tau_w": 144 * ms,
    "tau_z": 40 * ms,
    "tau_T": 50 * ms,
    "V_Trest": -50.4 * mV,
}

#: A spike is 2 ms at 33 mV, and starts a step after a kick of 80 mV.
SPIKE = """
on = int(spiking(t, i) == 1)
off = int(spiking(t, i) == 2)
kick = int(spiking(t, i) == 3)
V = on*33*mV + off*(-49.6*mV) + (1 - on - off)*V + kick*80*mV
z = on*400*pA + (1 - on)*z
V_T = on*(-30.4*mV) + (1 - on)*V_T
w_ad = w_ad + on*b
free = free - on + off
"""

#: What a spike adds to the adaptation (pA): the published code means .0805 nA, but adds
#: .0805 to a current in pA, and so does the example of NEST.
MEANT, CODE = 80.5, 0.0805

STEP, LEAK = 0.02, -70.6  # ms, mV


class Case(NamedTuple):
    """A synapse and its cell: times (ms) of pre- and postsynaptic spikes."""

    pre: tuple
    post: tuple
    b: float = MEANT
    current: float = 0.0  # pA


def pairs(rate, lag, extra=0, **values):
    """Five pairs, and *extra* postsynaptic spikes; one pair, if they are 10 s apart."""
    number = 1 if rate < 1 else 5
    times = 30 + 1000 / rate * np.arange(number + extra)
    return Case(tuple(times[:number]), tuple(times + lag), **values)


def burst(lag, number=3, rate=50):
    """A presynaptic spike, and a burst whose nearest spike is *lag* later."""
    times = 1000 / rate * np.arange(number)
    return Case((130,), tuple(130 + lag + (times if lag > 0 else -times[::-1])))


def burst_from(lag):
    """A presynaptic spike, and a burst of three at 50 Hz that begins *lag* later."""
    return Case((130,), (130 + lag, 150 + lag, 170 + lag))


RATES = [0.1, 10, 20, 30, 40, 50]  # Hz
FAST = [20, 40, 50]
LAGS = [-100, -80, -60, -50, -40, -30, -20, -10, 10, 20, 30, 40, 60]  # ms
BURST_RATES = [20, 40, 60, 80, 100]
CURRENTS = [-400, -200, 0, 100, 200, 300, 400, 500]  # pA; with more it fires by itself

#: What NEST 3.10.0 adds to the weight (1e-3): models aeif_psc_delta_clopath and
#: clopath_synapse; resolution and synaptic delay .02 ms; C_m 281, g_L 30, E_L and V_m
#: -70.6, Delta_T 2, a 4, tau_w 144, I_sp 400, tau_z 40, V_th_rest -50.4, V_th_max
#: -30.4, tau_V_th 50, V_peak and V_clamp 33, t_clamp 2, t_ref 0, V_reset -49.6; the
#: rule's parameters as in VoltageSTDP(), A_LTD_const true, delay_u_bars 4; currents
#: for 1.5 s before. NEST adds what potentiates at the next presynaptic spike: one comes
#: a second later, and its own depression is left out. A synapse of NEST also moves the
#: voltage, by its weight in mV: so the amplitudes are 1e-4 of these, and the weight
#: starts at 1e-3.
NEST = {
    "pairs, b = 80.5 pA, +10 ms": (
        [pairs(rate, 10) for rate in RATES],
        [0.0002, -0.0846, 0.4959, 3.5676, 8.5835, 15.2763],
    ),
    "pairs, b = 80.5 pA, -10 ms": (
        [pairs(rate, -10) for rate in RATES],
        [-2.6442, -12.8812, -13.3304, -10.7085, -2.9816, 9.7528],
    ),
    "pairs, b = .0805 pA, +10 ms": (
        [pairs(rate, 10, b=CODE) for rate in RATES],
        [0.0002, 0.9049, 4.8013, 9.4048, 15.0265, 21.5704],
    ),
    "pairs, b = .0805 pA, -10 ms": (
        [pairs(rate, -10, b=CODE) for rate in RATES],
        [-2.6680, -13.7201, -13.8670, -9.1661, 0.8797, 15.2886],
    ),
    "pairs and a sixth spike, b = .0805 pA, -10 ms": (
        [pairs(rate, -10, extra=1, b=CODE) for rate in FAST],
        [-13.5481, 5.6806, 24.5198],
    ),
    "1, 2, 3 spikes, +10 ms": (
        [burst(10, number) for number in (1, 2, 3)],
        [0.0002, 1.5484, 1.9504],
    ),
    "1, 2, 3 spikes, -10 ms": (
        [burst(-10, number) for number in (1, 2, 3)],
        [-2.6442, -3.6482, -3.6632],
    ),
    "rate of a burst, +10 ms": (
        [burst(10, rate=rate) for rate in BURST_RATES],
        [0.0630, 1.0485, 3.0102, 5.3263, 7.6459],
    ),
    "rate of a burst, -10 ms": (
        [burst(-10, rate=rate) for rate in BURST_RATES],
        [-2.8243, -3.4173, -3.8715, -4.1926, -4.4214],
    ),
    "beginning of a burst": (
        [burst_from(lag) for lag in LAGS],
        [
            0,
            -0.6028,
            -2.2350,
            -3.6632,
            8.9180,
            2.1372,
            12.2912,
            4.7543,
            1.9504,
            1.0013,
            0.5141,
            0.2639,
            0.0696,
        ],
    ),
    "current, 0.1 Hz, +10 ms": (
        [pairs(0.1, 10, current=current) for current in CURRENTS],
        [0, 0, 0.0002, 0.7761, 1.5532, 2.3322, 3.1163, 3.9209],
    ),
    "current, 0.1 Hz, -10 ms": (
        [pairs(0.1, -10, current=current) for current in CURRENTS],
        [-1.6329, -2.1385, -2.6442, -2.8970, -3.1500, -3.4031, -3.6575, -3.9174],
    ),
    "current, 40 Hz, +10 ms": (
        [pairs(40, 10, current=current) for current in CURRENTS],
        [-4.8163, 1.6078, 8.5835, 12.8518, 17.1243, 21.4014, 25.6846, 29.9812],
    ),
    "current, 40 Hz, -10 ms": (
        [pairs(40, -10, current=current) for current in CURRENTS],
        [-10.2140, -6.7949, -2.9816, -1.0718, 0.8401, 2.7536, 4.6671, 6.5728],
    ),
}

#: Potentiation and depression by themselves (1e-3), by rate and lag; b of the code.
NEST_TERMS = {
    (10, 10): (2.0844, 1.1794),
    (10, -10): (0.0101, 13.7302),
    (50, 10): (35.9341, 14.3637),
    (50, -10): (33.5972, 18.3086),
}


def resting(current):
    """The voltage (mV) at which a current (pA) holds the neuron."""

    def flow(voltage):
        spike = 30 * 2 * np.exp((voltage + 50.4) / 2)
        return -(30 + 4) * (voltage - LEAK) + spike + current

    return brentq(flow, -100, -51, xtol=1e-12)


@cache
def simulated():
    """Sums of potentiation and of depression for each case, all run at once."""
    defaultclock.dt = STEP * ms
    cases = [case for table, _ in NEST.values() for case in table]
    cases = list(dict.fromkeys(cases))
    last = max(time for case in cases for time in (*case.pre, *case.post))
    spikes = np.zeros((round((last + 4) / STEP), len(cases)))
    for k, case in enumerate(cases):
        # the voltage at a time is that of the end of a step
        kick = np.rint(np.array(case.post) / STEP).astype(int) - 1
        spikes[kick, k] = 3
        spikes[kick + 1, k] = 1
        spikes[kick + 1 + round(2 / STEP), k] = 2
    # in NEST the voltage reaches the synapse later by its delay: one more step
    trains = [np.rint(np.array(case.pre) / STEP - 2) * STEP for case in cases]
    rule = VoltageSTDP()
    model = PointNeuronModel(NEURON, cm_abs=281 * pF, gl_abs=30 * nS, v_rest=LEAK * mV)
    model.add_params(CONSTANTS)
    model.add(AMPA("x", g=0 * nS, t_decay=5 * ms), *needed(rule))
    values = TimedArray(spikes, dt=defaultclock.dt)
    # As in NEST, a voltage moves by its derivative at the start of a step.
    group = model.make_neurongroup(
        len(cases), method="euler", namespace={"spiking": values}
    )
    group.run_regularly(SPIKE, when="before_thresholds", order=-1)
    group.free, group.V_T = 1, CONSTANTS["V_Trest"]
    group.b = [case.b for case in cases] * pA
    group.I_ext = [case.current for case in cases] * pA
    settle(group, [resting(case.current) for case in cases])
    group.w_ad = "a*(V - EL)"
    inputs = source(trains)
    parts = []
    for term in (POTENTIATION, DEPRESSION, {}):
        rule = VoltageSTDP(**FAR, **term)
        made = model.projection("AMPA_x", weight=0, plasticity=rule)
        parts.append(made.synapses(inputs, group))
        parts[-1].connect(j="i")
    Network(group, inputs, *parts).run(len(spikes) * defaultclock.dt)
    up, down, both = (np.array(synapses.w[:]) for synapses in parts)
    assert both == pytest.approx(up + down, abs=1e-15)
    return dict(zip(cases, zip(up, -down, strict=True), strict=True))


@pytest.mark.parametrize("name", NEST)
def test_nest_finds_the_same(name):
    """To 0.03 % of each term, and 0.02 mV of the filtered voltage at a spike.

    The delayed filter is a chord between samples of 1 ms, and NEST integrates what is
    within a step.
    """
    for case, value in zip(*NEST[name], strict=True):
        up, down = simulated()[case]
        tolerance = 3e-4 * (up + down) + 3e-6 * len(case.pre)
        assert up - down == pytest.approx(value * 1e-3, abs=tolerance)


@pytest.mark.parametrize(("rate", "lag"), NEST_TERMS)
def test_nest_finds_the_same_terms(rate, lag):
    terms = simulated()[pairs(rate, lag, b=CODE)]
    for got, value in zip(terms, NEST_TERMS[rate, lag], strict=True):
        tolerance = 3e-4 * got + 3e-6 * 5
        assert got == pytest.approx(value * 1e-3, abs=tolerance)


# -- the data --------------------------------------------------------------------------


def percent(case):
    """The weight after the full protocol, if it was 0.5.

    Five pairs are repeated 15 times, each 10 s, or one pair 50 times. After 10 s
    nothing is left of a pair: the slowest time constant is 144 ms.
    """
    up, down = simulated()[case]
    return 100 + (50 if len(case.pre) == 1 else 15) * (up - down) / 0.5 * 100


#: Sjöström, Turrigiano & Nelson (2001), doi:10.1016/S0896-6273(01)00542-6: change of
#: the weight, and standard error, by rate (Hz), for lags of +10 and -10 ms.
DATA = {
    10: {
        0.1: (-0.04, 0.05),
        10: (0.14, 0.10),
        20: (0.29, 0.14),
        40: (0.53, 0.11),
        50: (0.56, 0.26),
    },
    -10: {
        0.1: (-0.29, 0.08),
        10: (-0.41, 0.11),
        20: (-0.34, 0.10),
        40: (0.56, 0.32),
        50: (0.75, 0.19),
    },
}

#: The curve of the published code (ModelDB 144566, FrequencyDependence.m), by its steps
#: done again; the screenshot there shows it, as far as one can read it: 1 %.
DRAWN = {
    10: {0.1: 100.00, 10: 102.90, 20: 115.71, 40: 146.27, 50: 165.00},
    -10: {0.1: 71.69, 10: 59.62, 20: 60.51, 40: 117.78, 50: 173.56},
}


def curve(lag, b=CODE, extra=0):
    """The weight (%) by rate; *extra* spikes only at rates at which they matter."""
    return {
        rate: percent(pairs(rate, lag, b=b, extra=extra if rate in FAST else 0))
        for rate in DATA[lag]
    }


@pytest.mark.parametrize("lag", DRAWN)
def test_the_curve_is_that_of_the_published_code(lag):
    """To 2 % of the weight: that code makes steps of 1 ms, a spike 2 of them.

    At -10 ms, it has six postsynaptic spikes for five presynaptic ones.
    """
    got = curve(lag, extra=1 if lag < 0 else 0)
    assert got == pytest.approx(DRAWN[lag], abs=2)


def chi_squared(b):
    return sum(
        ((curve(lag, b)[rate] / 100 - 1 - change) / error) ** 2
        for lag, table in DATA.items()
        for rate, (change, error) in table.items()
    )


def test_pairs_at_different_rates_change_the_weight_as_in_visual_cortex():
    after, before = curve(10), curve(-10)
    assert all(before[rate] < 75 for rate in (0.1, 10, 20))
    assert all(before[rate] > 102 for rate in (40, 50))
    assert after[0.1] == pytest.approx(100, abs=0.01)
    assert list(after.values()) == sorted(after.values())
    assert after[50] > 160
    # of ten points: 9.4; beyond 18.3 a model of no free parameters is refused at 5 %
    assert chi_squared(CODE) < 10
    # 23 with the adaptation that is meant
    assert 18.3 < chi_squared(MEANT) < 25


def test_bursts():
    """Nevian & Sakmann (2006), doi:10.1523/JNEUROSCI.1749-06.2006: the signs.

    A spike after the presynaptic one does nothing, the next ones potentiate, more so at
    higher rates; a burst that ends before the presynaptic spike depresses.
    """
    change = {case: up - down for case, (up, down) in simulated().items()}
    one, two, three = (change[burst(10, number)] for number in (1, 2, 3))
    assert abs(one) < 1e-3 * two
    assert 0 < two < three
    by_rate = [change[burst(10, rate=rate)] for rate in BURST_RATES]
    assert by_rate[0] > 0
    assert by_rate == sorted(by_rate)
    early = [change[burst(-10, number)] for number in (1, 2, 3)]
    early += [change[burst(-10, rate=rate)] for rate in BURST_RATES]
    assert max(early) < -2e-3


def test_depolarisation_decides():
    """Sjöström, Turrigiano & Nelson (2001): the signs.

    A rate that is too low potentiates a depolarised cell; 40 Hz do nothing of the kind
    in a hyperpolarised one.
    """
    slow, fast = (
        [percent(pairs(rate, 10, current=current)) for current in CURRENTS]
        for rate in (0.1, 40)
    )
    rest = CURRENTS.index(0)
    assert slow[: rest + 1] == pytest.approx([100] * (rest + 1), abs=0.01)
    assert np.diff(slow[rest:]).min() > 5
    assert fast[0] < 90 < 120 < fast[rest]
    assert np.diff(fast).min() > 5


# -- the place -------------------------------------------------------------------------


def two_compartments(*mechanisms):
    """A soma, and a dendrite that has the mechanisms, each with a receptor."""
    passive = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": LEAK * mV}
    soma, dend = Soma("soma", **passive), Dendrite("dend", **passive)
    for each in (soma, dend):
        each.add(AMPA("x", g=0 * nS, t_decay=5 * ms))
    dend.add(*mechanisms)
    return NeuronModel([(soma, dend, 3 * nS)])


def test_a_dendrite_learns_by_itself():
    """Depolarised, it potentiates without a spike of the soma, and the soma does not.

    The dendrite is at -26 mV; what is left of it in the soma, -54 mV, only depresses.
    """
    rule = VoltageSTDP()
    model = two_compartments(*needed(rule, "V_dend"))
    model.compartments["soma"].add(*needed(rule, "V_soma"))
    group = model.make_neurongroup(
        2, threshold="V_soma > -45*mV", reset="V_soma = -70*mV"
    )
    group.I_ext_dend = [0, 310] * pA
    spikes = source([[60, 80, 100, 120]])
    parts = []
    for place in ("dend", "soma"):
        made = model.projection(f"AMPA_x_{place}", weight=0.5, plasticity=rule)
        parts.append(made.synapses(spikes, group))
        parts[-1].connect()
    somatic = SpikeMonitor(group)
    names = ["V_dend", "V_soma", "V_minus_late_dend", "V_plus_late_dend"]
    recorded = StateMonitor(group, names, record=1, when="synapses")
    Network(group, spikes, *parts, somatic, recorded).run(180 * ms)
    assert somatic.num_spikes == 0
    (rest, dend), (_, soma) = (np.array(synapses.w[:]) for synapses in parts)
    # at rest the leak is at theta_minus
    assert rest == pytest.approx(0.5, abs=1e-9)
    assert soma < 0.5 - 4 * 14e-5 * 10
    assert dend > 0.5 + 4 * 0.01

    V, minus, plus = (
        np.array(getattr(recorded, name)[0] / mV)
        for name in ("V_dend", "V_minus_late_dend", "V_plus_late_dend")
    )
    times = np.arange(len(V)) * 0.1
    arrived = [times >= time - 1e-9 for time in (60, 80, 100, 120)]
    trace = sum(
        np.where(each, np.exp(-(times - times[each][0]) / 15), 0) for each in arrived
    )
    both = excess(V, -45.3) * excess(plus, -70.6)
    expected = 0.5 + 8e-5 * (trace / 15 * 0.1 * both).sum()
    expected -= 14e-5 * sum(excess(minus[each][0], -70.6) for each in arrived)
    assert dend == pytest.approx(expected, abs=1e-12)
    assert (recorded.V_soma < -50 * mV).all()


def test_potentiation_costs_nothing_below_its_threshold():
    """The event that looks at potentiation happens in the steps above it, only."""
    defaultclock.dt = 0.5 * ms
    voltages = np.full((100, 3), -50.0)
    voltages[20:27, 1] = -45.3  # not above
    voltages[40:47, 2] = -45.2
    rule = VoltageSTDP(A_LTD=0 / mV)
    model = point(*needed(rule))
    group = imposed(model, voltages)
    spikes = source([[5]])
    made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    events = EventMonitor(group, "above_V")
    Network(group, spikes, synapses, events).run(50 * ms)
    assert (np.array(events.i) == 2).all()
    assert np.array(events.t / ms) == pytest.approx(20 + 0.5 * np.arange(7))
    weights = np.array(synapses.w[:])
    assert (weights[:2] == 0.5).all()
    assert weights[2] > 0.5


def test_an_event_that_comes_late_does_not_depress():
    """With a delay of its pathway, it finds a voltage that is low again."""
    defaultclock.dt = 0.5 * ms
    voltages = np.full((60, 1), -60.0)
    voltages[20:24] = 0
    rule = VoltageSTDP(A_LTD=0 / mV)
    model = point(*needed(rule))
    group, spikes = imposed(model, voltages), source([[5]])
    made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
    now, late = (made.synapses(spikes, group) for _ in range(2))
    for synapses in (now, late):
        synapses.connect()
    late.post.delay = 5 * ms
    Network(group, spikes, now, late).run(30 * ms)
    assert now.w[0] > 0.5
    assert late.w[0] == 0.5


def depolarised(dt):
    """The weight of a synapse of a cell with a step of its own, when it is steady."""
    rule = VoltageSTDP(**FAR)
    model = point(*needed(rule))
    group = model.make_neurongroup(1, dt=dt * ms)
    group.I_ext = 200 * pA
    spikes = SpikeGeneratorGroup(1, [0, 0], [20, 50] * ms, dt=dt * ms)
    made = model.projection("AMPA_x", weight=0, plasticity=rule)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    Network(group, spikes, synapses).run(80 * ms)
    return synapses.w[0]


def test_the_steps_are_those_of_the_cell():
    weights = []
    for default in (0.05, 0.2):
        defaultclock.dt = default * ms
        weights.append(depolarised(0.05))
    assert weights[0] == weights[1] > 0.05


# -- the third factor, and the bounds --------------------------------------------------


@pytest.mark.parametrize("term", [DEPRESSION, POTENTIATION, {}])
def test_a_gate_multiplies_both_terms(term):
    defaultclock.dt = 0.25 * ms
    voltages = np.repeat(excursions(3, 400, 1), 4, axis=1)
    trains = [[10, 22.5, 40, 61.25]] * 4
    gains = np.array([1, -0.25, 3, 0])
    rule = VoltageSTDP(**FAR, **term)
    change = learned(rule, voltages, trains)[0]
    assert abs(change) > 1e-3
    gated = VoltageSTDP(**FAR, **term, gate="reward_post - 0.5")
    weights = learned(gated, voltages, trains, reward=gains + 0.5)
    # rounding, 1e-16 a step
    assert weights == pytest.approx(gains * change, abs=1e-13)
    assert weights[3] == 0


NUMBERS = st.floats(0, 60)
SPANS = st.floats(0.5, 50).map(lambda value: value * ms)


@st.composite
def rules(draw):
    low = draw(st.floats(-3, 3))
    theta = draw(st.floats(-80, 0))
    return VoltageSTDP(
        w_min=low,
        w_max=low + draw(st.floats(0.01, 5)),
        gate=draw(st.sampled_from(["", "-2.5", "cos(t/ms)", "1e3 * sin(t/(3*ms))"])),
        mu_plus=draw(st.sampled_from([0, 0.5, 1, 1.7])),
        mu_minus=draw(st.sampled_from([0, 0.5, 1, 1.7])),
        A_LTD=draw(NUMBERS) * 1e-2 / mV,
        A_LTP=draw(NUMBERS) * 1e-2 / mV**2,
        theta_minus=theta * mV,
        theta_plus=(theta + draw(st.floats(-20, 40))) * mV,
        tau_x=draw(SPANS),
        tau_minus=draw(SPANS),
        tau_plus=draw(SPANS),
        delay=draw(st.sampled_from([0, 1, 2.5, 4])) * ms,
    )


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rule=rules(),
    start=st.sampled_from([0, 0.3, 1]),
    seed_=st.integers(0, 99),
    probability=st.sampled_from([0.03, 0.3]),
)
def test_no_voltage_takes_a_weight_out_of_its_bounds(rule, start, seed_, probability):
    defaultclock.dt = 0.5 * ms
    voltages = excursions(seed_, 80, 3)
    hit = np.random.default_rng(seed_).random((80, 2)) < probability
    trains = [[0.5, *np.flatnonzero(each) * 0.5 + 1] for each in hit.T]
    model = point(*needed(rule))
    group, spikes = imposed(model, voltages), source(trains)
    start = min(rule.w_min + start * (rule.w_max - rule.w_min), rule.w_max)
    made = model.projection("AMPA_x", weight={"w": start}, plasticity=rule)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    monitor = StateMonitor(synapses, "w", record=True)
    Network(group, spikes, synapses, monitor).run(40 * ms)
    weights = np.array(monitor.w)
    assert (weights >= rule.w_min).all()  # NaN is not
    assert (weights <= rule.w_max).all()


# -- what a user sees ------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        VoltageSTDP(),
        VoltageSTDP.hippocampus(),
        VoltageSTDP(delay=0 * ms),
        VoltageSTDP(delay=2.5 * ms, tau_minus=12 * ms, theta_plus=-50 * mV),
    ],
)
@pytest.mark.parametrize("receptor", ["AMPA_x", "AMPA_x_dend"])
def test_the_line_of_the_message_is_all_that_is_missing(rule, receptor):
    model = two_compartments() if receptor.count("_") > 1 else point()
    with pytest.raises(
        InvalidValueError, match=r"VoltageSTDP needs .* add: "
    ) as caught:
        model.projection(receptor, plasticity=rule)
    line = str(caught.value).split("add: ")[1]
    assert line.count("FilteredVoltage") == 2
    exec(line, {**vars(brian2), **vars(dendrisyn.plasticity), "model": model})
    made = model.projection(receptor, weight=0.5, plasticity=rule)
    group = model.make_neurongroup(2)
    spikes = source([[1, 2]])
    synapses = made.synapses(spikes, group)
    synapses.connect()
    Network(group, spikes, synapses).run(3 * ms)
    assert ("late" in made["on_pre"]) == (rule.delay > 0 * ms)


def test_a_message_names_only_what_is_missing():
    model = point(FilteredVoltage("plus", tau=7 * ms, delay=4 * ms))
    message = (
        r"add: model\.add\(FilteredVoltage\('minus', .*\), "
        r"AboveThreshold\('V', -45.3\*mvolt\)\)$"
    )
    with pytest.raises(InvalidValueError, match=message):
        model.projection("AMPA_x", plasticity=VoltageSTDP())


@pytest.mark.parametrize(
    ("has", "asked", "message"),
    [
        ({}, {"tau_minus": 11 * ms}, r"tau_V_minus = 11\*ms.*, but .* is 10\*ms"),
        ({}, {"tau_plus": 11 * ms}, r"tau_V_plus = 11\*ms.*, but .* is 7\*ms"),
        ({}, {"delay": 5 * ms}, r"delay_V_minus = 5\*ms.*, but .* is 4\*ms"),
        ({"delay": 0 * ms}, {}, r"FilteredVoltage\('minus'.* has another form"),
        ({}, {"theta_plus": -45 * mV}, r"theta_above_V = -45\*mv.* is -45.3\*mv"),
    ],
)
def test_other_filters_than_the_rule_wants_are_an_error(has, asked, message):
    model = point(*needed(VoltageSTDP(**has)))
    with pytest.raises(InvalidValueError, match=f"VoltageSTDP needs {message}"):
        model.projection("AMPA_x", plasticity=VoltageSTDP(**asked))


def test_a_rule_reads_one_compartment():
    model = two_compartments()
    with pytest.raises(InvalidValueError, match=r"one compartment, .* on several"):
        model.projection("AMPA_x_dend", "AMPA_x_soma", plasticity=VoltageSTDP())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"A_LTD": 14e-5}, UnitError, "A_LTD: expected a value in 1/volt"),
        ({"A_LTP": 8e-5 / mV}, UnitError, r"A_LTP: expected a value in 1/volt\*\*2"),
        ({"theta_minus": -70}, UnitError, "theta_minus: expected a value in volt"),
        ({"theta_plus": 1 * ms}, UnitError, "theta_plus: expected a value in volt"),
        ({"tau_x": 15}, UnitError, "tau_x: expected a value in second"),
        ({"delay": 4}, UnitError, "delay: expected a value in second"),
        ({"A_LTD": -1 / mV}, InvalidValueError, "A_LTD: must not be negative"),
        ({"A_LTP": -1 / mV**2}, InvalidValueError, "A_LTP: must not be negative"),
        ({"tau_x": 0 * ms}, InvalidValueError, "tau_x: must be positive"),
        ({"tau_minus": 0 * ms}, InvalidValueError, "tau_minus: must be positive"),
        ({"tau_plus": -1 * ms}, InvalidValueError, "tau_plus: must be positive"),
        ({"delay": -1 * ms}, InvalidValueError, "delay: must not be negative"),
        ({"theta_plus": np.nan * mV}, InvalidValueError, "expected a finite value"),
        ({"w_max": 0}, InvalidValueError, "w_max: must be above w_min = 0"),
        ({"mu_plus": -1}, InvalidValueError, "mu_plus: must not be negative"),
        ({"gate": "a +"}, InvalidValueError, "gate: Python cannot read"),
    ],
)
def test_values_are_checked(arguments, error, message):
    for make in SETS.values():
        with pytest.raises(error, match=rf"VoltageSTDP\..*{message}"):
            make(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("minus",), TypeError, "tau"),
        (("minus", 10 * ms), TypeError, "positional"),
    ],
)
def test_a_filter_needs_a_time_constant(arguments, error, message):
    with pytest.raises(error, match=message):
        FilteredVoltage(*arguments)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"tau": 0 * ms}, InvalidValueError, "tau: must be positive"),
        ({"tau": 10}, UnitError, "tau: expected a value in second"),
        ({"delay": -1 * ms}, InvalidValueError, "delay: must not be negative"),
        ({"delay": 4}, UnitError, "delay: expected a value in second"),
        ({"name": "2 x"}, NameConflictError, "name: '2 x'"),
        ({"name": 3}, NameConflictError, "name: 3"),
    ],
)
def test_values_of_a_filter_are_checked(values, error, message):
    values = {"name": "slow", "tau": 10 * ms, **values}
    with pytest.raises(error, match=rf"FilteredVoltage\.{message}"):
        FilteredVoltage(values.pop("name"), **values)


def test_hippocampus_has_its_own_parameters():
    """Of Larisch (2019); filters do not matter in a clamp, and are those of cortex."""
    rule, cortex = VoltageSTDP.hippocampus(), VoltageSTDP()
    assert rule.tau_x == 16 * ms
    for name in ("tau_minus", "tau_plus", "delay"):
        assert getattr(rule, name) == getattr(cortex, name)
    own = VoltageSTDP.hippocampus(tau_x=5 * ms, w_max=3)
    assert own.tau_x == 5 * ms
    assert own.w_max == 3
    assert own.theta_plus == -38 * mV


def test_plain_synapses_take_the_steps_of_the_cell():
    weights = []
    for default in (0.05, 0.1):
        defaultclock.dt = default * ms
        rule = VoltageSTDP(**FAR)
        model = point(*needed(rule))
        group = model.make_neurongroup(1, dt=0.05 * ms)
        group.I_ext = 200 * pA
        spikes = SpikeGeneratorGroup(1, [0, 0], [20, 50] * ms, dt=0.05 * ms)
        made = model.projection("AMPA_x", weight="w", plasticity=rule)
        synapses = Synapses(spikes, group, **made)
        synapses.connect()
        Network(group, spikes, synapses).run(80 * ms)
        weights.append(synapses.w[0])
    # the times of spikes are rounded to the clock of the synapses
    assert weights[0] == pytest.approx(weights[1], rel=0.01)


def test_the_line_of_the_message_has_all_digits():
    rule = VoltageSTDP(tau_minus=10 / 3 * ms, theta_plus=-45.123456789012 * mV)
    model = point()
    with pytest.raises(InvalidValueError) as caught:
        model.projection("AMPA_x", plasticity=rule)
    line = str(caught.value).split("add: ")[1]
    exec(line, {**vars(brian2), **vars(dendrisyn.plasticity), "model": model})
    model.projection("AMPA_x", plasticity=rule)
