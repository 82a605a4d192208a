"""BTSP against the published equation and the statements of the papers."""

from dataclasses import replace

import numpy as np
import pytest
from brian2 import Hz, Network, TimedArray, defaultclock, ms, mV, second
from scipy.integrate import solve_ivp

from dendrisyn import BTSP, PlateauSignal

from .btsp_synapses import STARTS, TEN, follow
from .helpers import point, source

#: Follows the signal to its end, and not until 0.001 of it is left.
SIGNAL = {"threshold": -40 * mV, "floor": 1e-7}


def signal(rule, plateaus, t):
    """The instructive signal at a time (s)."""
    tau, length = float(rule.plateau.tau), float(rule.plateau.duration)
    total = 0.0
    for start, stop in plateaus:
        rise = 1 - np.exp(-(np.clip(t, start, stop) - start) / tau)
        total += rise * np.exp(-np.maximum(t - stop, 0) / tau)
    return total / (1 - np.exp(-length / tau))


def sigmoid(x, alpha, beta):
    low, value, high = (1 / (1 + np.exp(-beta * (y - alpha))) for y in (0, x, 1))
    return (value - low) / (high - low)


def integrate(rule, train, starts, plateaus, end):
    """The weights at `end` (s), by scipy; a spike acts when it comes."""
    tau, k_plus, k_minus = (
        float(each) for each in (rule.tau_ET, rule.k_plus, rule.k_minus)
    )
    edges = sorted({0.0, end, *train, *(t for each in plateaus for t in each)})
    weights, trace, now = np.array(starts, float), 0.0, 0.0
    for time in edges:
        if time > now:

            def move(t, w, since=now, trace=trace):
                x = trace * np.exp(-(t - since) / tau) * signal(rule, plateaus, t)
                x = min(x, 1)
                up = k_plus * sigmoid(x, rule.alpha_plus, rule.beta_plus)
                down = k_minus * sigmoid(x, rule.alpha_minus, rule.beta_minus)
                return (rule.w_max - w) * up - (w - rule.w_min) * down

            weights = solve_ivp(
                move, (now, time), weights, method="DOP853", rtol=1e-10, atol=1e-12
            ).y[:, -1]
            trace *= np.exp(-(time - now) / tau)
            now = time
        if time in train:
            trace = min(trace + rule.eligibility, 1)
    return weights


#: Onset of presynaptic activity after that of the plateau (s).
ONSETS = np.arange(-4, 2.01, 0.25)


PLATEAU = 4.4, 4.7


END = 8.0


def compare(rule, trains, starts=STARTS, plateaus=(PLATEAU,), step=5):
    """By how much weights are off, at most, and by how much they change.

    A spike acts at the end of its step.
    """
    heard = [train + 1e-3 * step for train in trains]
    expected = [integrate(rule, each, starts, plateaus, END) for each in heard]
    weights, _ = follow(rule, trains, starts, plateaus, END, step)
    return abs(weights - expected).max(), weights - starts


def test_a_plateau_of_its_duration_takes_the_signal_to_one():
    rule = BTSP(plateau=PlateauSignal(**SIGNAL, tau=300 * ms, duration=200 * ms))
    plateaus = [(0.1, 0.3), (0.5, 0.55), (0.7, 1.2)]
    _, got = follow(rule, [[]], [0.5], plateaus, 1.5)
    expected = signal(rule, plateaus, 5e-3 * np.arange(300))
    assert got == pytest.approx(expected, abs=1e-12)
    assert got[60] == got[:100].max() == pytest.approx(1, abs=1e-12)
    assert got.max() > 1


def test_weights_follow_the_published_equation():
    """Spikes on the grid of updates: of the second order, 2e-5 for 10 ms."""
    rule = BTSP(plateau=PlateauSignal(**SIGNAL))
    trains = [PLATEAU[0] + each + TEN for each in ONSETS]
    error, change = compare(rule, trains, step=1)
    assert error < 3e-5
    assert change.max() > 0.25
    assert change.min() < -0.3


def test_the_error_is_of_the_second_order_in_the_time_between_updates():
    trains = [4.4 + each + 0.04 * np.arange(10) for each in np.arange(-4, 2, 0.48)]
    errors = []
    for update in (40, 20, 10):
        timing = {"update": update * ms, "duration": 320 * ms}
        rule = BTSP(plateau=PlateauSignal(**SIGNAL, **timing))
        errors.append(compare(rule, trains, plateaus=[(4.4, 4.72)], step=1)[0])
    assert errors[0] < 5e-4
    assert 3.5 < errors[0] / errors[1] < 6
    assert 3.5 < errors[1] / errors[2] < 6


def test_between_updates_spikes_and_plateaus_count_from_the_next_one_on():
    """Of the first order: a spike is up to an update late. Measured: 1e-3 for 20 ms."""
    rng = np.random.default_rng(3)
    trains = [np.flatnonzero(rng.random(8000) < 0.004) * 1e-3 for _ in range(5)]
    plateaus = [(2.013, 2.317), (3.221, 3.378), (5.508, 5.994)]
    for update, tolerance in [(20, 2e-3), (1, 3e-5)]:
        rule = BTSP(plateau=PlateauSignal(**SIGNAL, update=update * ms))
        error, change = compare(rule, trains, plateaus=plateaus, step=1)
        assert error < tolerance
        assert abs(change).max() > 0.2


def test_the_signal_below_the_floor_is_worth_little():
    """Depression by the tail of the signal below 0.001: measured, 6e-4."""
    rule = BTSP(plateau=PlateauSignal(threshold=-40 * mV))
    error, _ = compare(rule, [PLATEAU[0] + each + TEN for each in ONSETS])
    assert error < 1e-3


#: The network model of Milstein et al. (2021), doi:10.7554/eLife.73046, integrated by a
#: program of its own: inputs active for 300 ms, from so many ms after the onset of a
#: plateau of 300 ms on; both traces have a peak of 1. Weights that were .2 and .8.
BOX = {
    -4000: (0.1996, 0.6949),
    -2000: (0.2343, 0.5942),
    -1000: (0.2981, 0.5737),
    -500: (0.3421, 0.5721),
    0: (0.3642, 0.5723),
    500: (0.2419, 0.5900),
    1000: (0.2004, 0.6813),
    2000: (0.1997, 0.7866),
}


def test_one_plateau_moves_weights_as_in_the_network_model_of_the_paper():
    """Activity of 300 ms is a spike each ms, updates too; four digits are known."""
    fall = np.exp(-1 / 1664.103)
    once = (1 - fall) / (1 - fall**300)
    plateau = PlateauSignal(**SIGNAL, update=1 * ms)
    rule = BTSP(eligibility=once, plateau=plateau)
    box = 1e-3 * np.arange(300)
    trains = [4.4 + 1e-3 * onset + box for onset in BOX]
    weights, _ = follow(rule, trains, [0.2, 0.8], [PLATEAU], 9, step=1)
    assert weights == pytest.approx(np.array(list(BOX.values())), abs=2e-4)


# -- what the paper says ---------------------------------------------------------------
def kernel(start, onsets):
    """What one plateau changes of weights, by the time to the activity (s)."""
    rule = BTSP(plateau=PlateauSignal(**SIGNAL))
    trains = [PLATEAU[0] + each + TEN for each in onsets]
    return (follow(rule, trains, [start], [PLATEAU], END)[0] - start)[:, 0]


def test_the_kernel_lasts_seconds_and_longer_before_the_plateau_than_after_it():
    """Of weak weights; time constants of 1.31 s and 0.69 s were measured.

    Bittner et al. (2017), doi:10.1126/science.aan3846
    """
    onsets = np.arange(-4, 2.01, 0.125)
    change = kernel(0.05, onsets)
    peak = change.argmax()
    assert (change > 0).all()
    assert change[peak] > 0.25
    # Active just before the plateau, until it begins.
    assert -0.5 <= onsets[peak] < 0
    assert (np.diff(change[: peak + 1]) > 0).all()
    assert (np.diff(change[peak:]) < 0).all()
    e_fold = onsets[change > change[peak] / np.e]
    before, after = onsets[peak] - e_fold[0], e_fold[-1] - onsets[peak]
    assert 1 < before < 2
    assert 0.3 < after < 1
    assert before > 1.7 * after


def test_one_plateau_potentiates_weak_weights_and_depresses_strong_ones():
    onsets = np.arange(-4, 2.01, 0.5)
    weak, middle, strong = (kernel(start, onsets) for start in (0.1, 0.5, 0.9))
    near = (onsets >= -2) & (onsets <= 0.5)
    assert (weak[near] > 0.03).all()
    assert (strong[near] < -0.2).all()
    assert (strong < 0).all()
    assert (strong < middle).all()
    assert (middle < weak).all()
    # Far from the plateau a weight of .5, too, is only depressed.
    assert middle[0] < middle[onsets == -0.5][0] < 0


def test_nothing_moves_without_a_plateau_or_without_eligibility():
    rule = BTSP(plateau=PlateauSignal(threshold=-40 * mV))
    start = np.array([STARTS])
    active = PLATEAU[0] - 0.5 + TEN
    silent = replace(rule, eligibility=0.0)
    for each, train, plateaus in [
        (rule, active, []),
        (rule, [], [PLATEAU]),
        (rule, PLATEAU[0] + 3.4 + TEN, [PLATEAU]),  # the signal is below its floor
        (silent, active, [PLATEAU]),
    ]:
        assert (follow(each, [train], STARTS, plateaus, END)[0] == start).all()
    assert (follow(rule, [active], STARTS, [PLATEAU], END)[0] != start).all()


@pytest.mark.parametrize("overlap", [0.05, 0.3, 1])
def test_overlap_without_end_leads_to_the_fixed_point(overlap):
    """Where potentiation and depression are equal, from everywhere."""
    held = {"duration": 8 * second, "tau": 50 * ms}  # the signal stays at 1
    rule = BTSP(
        w_min=-1,
        w_max=3,
        eligibility=overlap,
        tau_ET=1e9 * second,
        k_plus=44 * Hz,
        k_minus=17 * Hz,
        plateau=PlateauSignal(**SIGNAL, **held),
    )
    got, _ = follow(rule, [[0.01]], [-1, 0, 1.7, 3], [(0.1, 8)], 8)
    up = 44 * sigmoid(overlap, rule.alpha_plus, rule.beta_plus)
    down = 17 * sigmoid(overlap, rule.alpha_minus, rule.beta_minus)
    left = np.exp(-7.9 * (up + down))
    assert left < 1e-9
    assert got == pytest.approx(-1 + 4 * up / (up + down), abs=1e-8)


def test_plateau_after_plateau_leads_weights_to_one_another():
    rule = BTSP(plateau=PlateauSignal(**SIGNAL))
    plateaus = [(t, t + 0.3) for t in (1.5, 3.0, 4.5, 6.0)]
    train = np.concatenate([t - 0.6 + TEN for t, _ in plateaus])
    spreads = [
        np.ptp(follow(rule, [train], STARTS, plateaus[:n], END)[0]) for n in (1, 2, 4)
    ]
    assert (np.diff(spreads) < 0).all()
    assert spreads[-1] < 0.2 * np.ptp(STARTS)
    error, _ = compare(rule, [train], plateaus=plateaus)
    assert error < 5e-5


def test_other_bounds_scale_the_weights():
    rules = [
        BTSP(w_min=low, w_max=high, plateau=PlateauSignal(threshold=-40 * mV))
        for low, high in [(0, 1), (0.2, 4)]
    ]
    trains = [PLATEAU[0] + each + TEN for each in (-1, 0.3)]
    unit, other = (
        follow(rule, trains, low + scale * np.array(STARTS), [PLATEAU], END)[0]
        for rule, low, scale in zip(rules, (0, 0.2), (1, 3.8), strict=True)
    )
    assert (other - 0.2) / 3.8 == pytest.approx(unit, abs=1e-13)  # rounding


def test_a_gate_multiplies_each_change_by_its_value_then():
    rule = BTSP(plateau=PlateauSignal(**SIGNAL))
    trains = [PLATEAU[0] + each + TEN for each in (-1, 0.1)]
    free, _ = follow(rule, trains, STARTS, [PLATEAU], END)
    switch = TimedArray([1] * 46 + [0] * 30, dt=100 * ms)
    namespace = {"namespace": {"reward": switch}}
    for gate, expected in [("0", np.array([STARTS] * 2)), ("1", free)]:
        gated, _ = follow(replace(rule, gate=gate), trains, STARTS, [PLATEAU], END)
        assert (gated == expected).all()
    stopped, _ = follow(
        replace(rule, gate="reward(t)"), trains, STARTS, [PLATEAU], END, **namespace
    )
    early, _ = follow(rule, trains, STARTS, [PLATEAU], 4.6)
    assert (stopped == early).all()
    assert abs(early - STARTS).max() > 0.05
    assert abs(free - early).max() > 0.05


def test_a_delay_of_the_connection_delays_eligibility():
    rule = BTSP(plateau=PlateauSignal(threshold=-40 * mV))
    train = PLATEAU[0] + np.array([-1, 0.2])
    late, _ = follow(rule, [train], STARTS, [PLATEAU], END, delay=250 * ms)
    same, _ = follow(rule, [train + 0.25], STARTS, [PLATEAU], END)
    at_once, _ = follow(rule, [train], STARTS, [PLATEAU], END)
    assert late == pytest.approx(same, abs=1e-14)
    assert abs(late - at_once).max() > 1e-3


def test_ten_spikes_at_twenty_hertz_fill_the_trace():
    defaultclock.dt = 1 * ms
    rule = BTSP()
    model = point(rule.plateau)
    group, spikes = model.make_neurongroup(1), source([1e3 * TEN, 500 + 0 * TEN[:1]])
    made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    Network(group, spikes, synapses).run(451 * ms)
    full = 0.114 * np.exp(-TEN / 1.664103).sum()
    assert synapses.et_stdp[0] == pytest.approx(full, abs=1e-12)
    assert full == pytest.approx(1, abs=0.01)
    assert synapses.et_stdp[1] == 0
