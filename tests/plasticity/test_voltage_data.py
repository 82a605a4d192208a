"""VoltageSTDP against the voltage clamps, the neuron and the data of the paper."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from brian2 import Network, TimedArray, defaultclock, ms, mV, nS, pA, pF
from scipy.optimize import brentq

from dendrisyn import AMPA, PointNeuronModel, VoltageSTDP

from .helpers import source
from .voltage_cells import (
    DEPRESSION,
    FAR,
    LEAK,
    POTENTIATION,
    SETS,
    STEP,
    learned,
    needed,
    settle,
)

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
