"""CalciumSTDP against the published equation; the weight, its delays and its gate."""

import gc
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from brian2 import Network, TimedArray, defaultclock, ms, nS, second, seed
from brian2.core.base import BrianObjectException
from brian2.utils.logger import catch_logs
from scipy.integrate import solve_ivp

from dendrisyn import NMDA, CalciumSTDP, InvalidValueError, UnitError

from .calcium_synapses import (
    POOL,
    POST,
    SETS,
    SPIKES,
    efficacy,
    levels_of,
    simulate,
    since,
    transients,
)
from .helpers import imposed, point, random_train, source


def derivative(rule, c, rho, above):
    """dc/dt and drho/dt where calcium is above thresholds as it says (d, p)."""
    d, p = above
    change = -rho * (1 - rho) * (0.5 - rho)
    change += rule.gamma_p * (1 - rho) * p - rule.gamma_d * rho * d
    return np.append(-c / float(rule.tau_Ca), change / float(rule.tau))


def crossing(level):
    """The event of solve_ivp in which calcium falls to a level."""

    def distance(_, state):
        return state[0] - level

    distance.terminal, distance.direction = True, -1
    return distance


def integrate(rule, pre, post, starts, end):
    """c, and rho from each start, at `end` (s): scipy finds where calcium crosses."""
    levels = levels_of(rule)
    now, state = 0.0, np.append(0.0, starts)
    for time, jump in [*transients(rule, pre, post), (end, 0.0)]:
        if time > end:
            break
        above = state[0] > levels
        while now < time:
            crossings = [crossing(level) for level in levels[above]]
            done = solve_ivp(
                lambda _, y, above=above: derivative(rule, y[0], y[1:], above),
                (now, time),
                state,
                method="DOP853",
                rtol=1e-11,
                atol=1e-13,
                events=crossings,
            )
            now, state = done.t[-1], done.y[:, -1]
            above &= state[0] > levels * (1 + 1e-12)  # rounding at a crossing
        state[0] += jump
    return state[0] * np.exp(-(end - now) / float(rule.tau_Ca)), state[1:]


STARTS = [0, 0.2, 0.55, 1]


TRAINS = [random_train(np.random.default_rng(k), 6000, 0.005, 0.1) for k in range(3)]


NO_NOISE = {
    **{name: CalciumSTDP.published(name, sigma=0) for name in SETS},
    **{f"{k}, late": CalciumSTDP.published(k, sigma=0, delay=7 * ms) for k in "PD"},
    "P, at once": CalciumSTDP.published("DP", sigma=0, delay=0 * ms),
    "swapped": CalciumSTDP.published("DP", sigma=0, theta_d=2.1, theta_p=0.8),
    "equal": CalciumSTDP(sigma=0, theta_d=1.2, theta_p=1.2, C_post=0.7),
    "silent": CalciumSTDP(sigma=0, C_post=0, delay=2 * ms),
    "deaf": CalciumSTDP(sigma=0, C_pre=0),
}


@cache
def random_trains(slower, update):
    """All rules without noise after two presynaptic trains and a postsynaptic one.

    The first term of the equation does less by the factor `slower`.
    """
    defaultclock.dt = 0.1 * ms
    rules = {
        name: replace(
            rule,
            gamma_d=rule.gamma_d * slower,
            gamma_p=rule.gamma_p * slower,
            tau=rule.tau * slower,
        )
        for name, rule in NO_NOISE.items()
    }
    pre, post = TRAINS[:2], TRAINS[2]
    made = simulate(rules.values(), pre, post, STARTS, 650, update=update)
    return {
        name: (rule, np.array(each.w[:]), np.array(each.c_stdp[:]), since(each))
        for (name, rule), each in zip(rules.items(), made, strict=True)
    }


def each_train(*arrays):
    """What belongs to each of the two presynaptic trains."""
    return zip(TRAINS, *(np.reshape(each, (2, -1)) for each in arrays), strict=False)


@pytest.mark.parametrize(
    ("slower", "update", "tolerance"),
    [(1, None, 5e-6), (1, 0.5, 2e-7), (1e6, None, 1e-11)],
)
@pytest.mark.parametrize("name", NO_NOISE)
def test_without_noise_it_is_the_published_equation(name, slower, update, tolerance):
    """However often it is brought up to date (every `update` ms).

    Its two terms are integrated one after the other. Measured: 2.1e-6, 8e-8 if that is
    done more often, 3e-12 if one of them does nothing.
    """
    rule, weights, _, times = random_trains(slower, update)[name]
    for pre, got, end in each_train(weights, times):
        _, rho = integrate(rule, pre, TRAINS[2], STARTS, end[0])
        assert got == pytest.approx(rho, abs=tolerance)
        assert np.ptp(got) > 0.01  # it has not forgotten where it started
        assert abs(got - STARTS).max() > 0.2  # but has moved


@pytest.mark.parametrize("name", NO_NOISE)
def test_calcium_is_a_sum_over_all_spikes(name):
    rule, _, calcium, ends = random_trains(1, None)[name]
    for pre, got, end in each_train(calcium, ends):
        times, jumps = np.array(transients(rule, pre, TRAINS[2])).T
        age = end[0] - times
        heard = age > -1e-9
        expected = (jumps * np.exp(-age / float(rule.tau_Ca)))[heard].sum()
        assert got == pytest.approx(expected, abs=1e-12)  # rounding
        assert expected > 0.4


# -- two stable states -----------------------------------------------------------------
@pytest.mark.parametrize("bounds", [(0, 1), (-2, 0.5)])
@pytest.mark.parametrize("every", [10, 200, 3600])
def test_without_calcium_the_efficacy_relaxes_for_an_hour(every, bounds):
    """One look after an hour, or one each 10 s; 0.5 is where the two ways part."""
    defaultclock.dt = 10 * second
    rule = CalciumSTDP(sigma=0, tau=110 * second, w_min=bounds[0], w_max=bounds[1])
    rho = np.append(np.linspace(0, 1, 21), [0.499, 0.501])
    weights = rule.w_min + (rule.w_max - rule.w_min) * rho
    (synapses,) = simulate([rule], [[]], [], weights, 3.61e6, update=1e3 * every)
    done = solve_ivp(
        lambda _, y: -y * (1 - y) * (0.5 - y) / 110,
        (0, 3600),
        rho,
        method="DOP853",
        rtol=1e-12,
        atol=1e-14,
    )
    assert (since(synapses) == 3600).all()
    # What is off grows by exp(3600/440) = 4e3 next to .5: of scipy, 1e-11.
    got = efficacy(synapses, rule)
    assert got == pytest.approx(done.y[:, -1], abs=1e-10)
    assert np.all(got[rho < 0.45] < 0.02)
    assert np.all(got[rho > 0.55] > 0.98)
    assert got[rho == 0.5] == 0.5


@pytest.mark.parametrize(
    ("error", "text", "fields"),
    [
        (UnitError, "pool: expected CalciumPool", {"pool": True}),
        (InvalidValueError, "there is no calcium", {"C_pre": 0, "C_post": 0}),
        (UnitError, "tau_Ca", {"tau_Ca": 20}),
        (InvalidValueError, "theta_p", {"theta_p": 0}),
        (InvalidValueError, "delay", {"delay": -1 * ms}),
        (InvalidValueError, "w_max", {"w_min": 1}),
    ],
)
def test_what_makes_no_rule(error, text, fields):
    with pytest.raises(error, match=text):
        CalciumSTDP(**fields)


def test_published_sets_can_be_varied():
    rule = CalciumSTDP.published("DPD'", sigma=0, tau=1 * second)
    assert (rule.theta_p, rule.gamma_p, rule.sigma) == (2.5, 600, 0)
    assert (rule.delay, rule.tau, rule.tau_Ca) == (2.2 * ms, 1 * second, 20 * ms)
    with pytest.raises(InvalidValueError, match="'DP' or 'DPD' or"):
        CalciumSTDP.published("DDP")


# -- delays ----------------------------------------------------------------------------
@pytest.mark.parametrize("sigma", [0, 4])
@pytest.mark.parametrize("late", [0, 5])
def test_a_delay_of_the_connection_delays_all_that_a_spike_does(sigma, late):
    """As if presynaptic spikes were 3 ms later, with the same random numbers."""
    defaultclock.dt = 0.5 * ms
    rule = CalciumSTDP(sigma=sigma, delay=late * ms)
    runs = []
    for shift, arguments in [(3, {}), (0, {"delay": 3 * ms})]:
        seed(4)
        pre = [SPIKES + shift]
        (made,) = simulate([rule], pre, POST, [0.2, 0.8], 420, **arguments)
        runs.append([np.array(each) for each in (made.w[:], made.c_stdp[:])])
    assert (runs[0][0] == runs[1][0]).all()
    assert runs[0][1] == pytest.approx(runs[1][1], abs=1e-14)
    (at_once,) = simulate([rule], [SPIKES], POST, [0.2, 0.8], 420)
    assert abs(runs[0][1] - at_once.c_stdp[:]).min() > 0.01


def delayed(delays, rule, pre):
    """Calcium after the spikes, of synapses from one train each with delays (ms)."""
    model = point()
    group, spikes = imposed(model, [[9.0]]), source(pre)
    synapses = model.projection("AMPA_x", weight=0.5, plasticity=rule).synapses(
        spikes, group
    )
    synapses.connect()
    synapses.delay = delays
    Network(group, spikes, synapses).run(40 * ms)
    return np.array(synapses.c_stdp[:])


@pytest.mark.parametrize("own", [{"sigma": 0}, {"delay": 0 * ms}, {}])
def test_synapses_may_have_delays_of_their_own(own):
    """All that a spike does follows the delay, as a number, as an array, as a text."""
    rule = CalciumSTDP(**own)
    delays = np.array([0, 1.5, 3, 4.5])
    expected = delayed(0 * ms, rule, 5 + delays[:, None])
    assert np.ptp(expected) > 0.05
    same = np.full((4, 1), 5.0)
    for each in (delays * ms, "1.5 * i * ms"):
        got = delayed(each, rule, same)
        assert got == pytest.approx(expected, abs=1e-12)
    later = delayed(3 * ms, rule, same)
    assert later == pytest.approx(np.full(4, expected[2]), abs=1e-12)


@pytest.mark.parametrize("own", [{"sigma": 0}, {"delay": 0 * ms}])
@pytest.mark.parametrize("given", [{}, {"delay": 3 * ms}])
def test_a_delay_that_the_rule_does_not_know_of_is_an_error(own, given):
    model = point()
    group, spikes = imposed(model, [[5]]), source([[1]])
    made = model.projection("AMPA_x", weight=0.5, plasticity=CalciumSTDP(**own))
    synapses = made.synapses(spikes, group, **given)
    synapses.connect()
    synapses.pre.delay = 4 * ms
    name = "'arrival'" if own.get("sigma", 1) else "'calcium'"
    network = Network(group, spikes, synapses)
    with pytest.raises(BrianObjectException) as error:
        network.run(1 * ms)
    assert isinstance(error.value.__cause__, InvalidValueError)
    assert f"the pathway {name}" in str(error.value.__cause__)
    assert "synapses.delay = " in str(error.value.__cause__)


@pytest.mark.parametrize("sigma", [0, 3])
@pytest.mark.parametrize("pool", [None, POOL])
@pytest.mark.parametrize("delay", [None, 3 * ms])
def test_brian2_has_nothing_to_say(sigma, pool, delay):
    """Such as that random numbers and sums over synapses do not go together."""
    rule = CalciumSTDP(sigma=sigma, pool=pool)
    gc.collect()  # Brian2 warns of what other tests have left, when it is deleted
    with catch_logs() as warnings:
        model = point(NMDA("x", g=1 * nS, t_decay=50 * ms), POOL)
        group, spikes = imposed(model, [[5, 9]]), source([[1, 3]])
        projection = model.projection("AMPA_x", "NMDA_x", weight=0.5, plasticity=rule)
        synapses = projection.synapses(spikes, group, delay=delay)
        synapses.connect()
        regular = synapses.run_regularly(projection.update, dt=2 * ms)
        Network(group, spikes, synapses, regular).run(20 * ms)
    assert warnings == []
    assert synapses.c_stdp[0] > 1


# -- the third factor ------------------------------------------------------------------
def gated(gate, factor, sigma, spikes):
    """Weights from 0, 0.5 and 1 after spikes at 5, 25 and 45 ms, and calcium."""
    defaultclock.dt = 0.5 * ms
    seed(6)
    rule = CalciumSTDP(C_pre=3, delay=0 * ms, gamma_p=2e3, sigma=sigma, gate=gate)
    namespace = {"factor": TimedArray(np.repeat(factor, 30), dt=1 * ms)}
    train = [5.0, 25.0, 45.0][:spikes]
    arguments = {"namespace": namespace} if gate else {}
    (made,) = simulate([rule], [train], [], [0, 0.5, 1], 50, **arguments)
    return np.array(made.w[:]), np.array(made.c_stdp[:])


@pytest.mark.parametrize("factor", [[1, 1], [0.4, 0.4], [0, 1], [1, 0], [-0.2, 0.7]])
def test_a_gate_multiplies_the_change_by_its_value_at_the_event(factor):
    """The event that sees what calcium did since the event before."""
    start = np.array([0, 0.5, 1])
    first, second = (gated("", factor, 0, spikes)[0] for spikes in (2, 3))
    assert abs(first - start).max() > 0.05
    assert abs(second - first).max() > 0.05
    # Changes are linear in the weight, but for the first term: 1e-5 in 20 ms.
    after = np.clip(start + factor[0] * (first - start), 0, 1)
    assert gated("factor(t)", factor, 0, 2)[0] == pytest.approx(after, abs=1e-14)
    then = second[0] + (second[2] - second[0]) * (after - first[0]) / np.diff(
        first[[0, 2]]
    )
    after = np.clip(after + factor[1] * (then - after), 0, 1)
    assert gated("factor(t)", factor, 0, 3)[0] == pytest.approx(after, abs=2e-5)


def test_a_closed_gate_stops_noise_but_not_calcium():
    free, calcium = gated("", [1, 1], 3, 3)
    for factor, expected in [([0, 0], [0, 0.5, 1]), ([1, 1], free)]:
        weights, c = gated("factor(t)", factor, 3, 3)
        assert weights == pytest.approx(expected, abs=1e-14)
        assert (c == calcium).all()
    assert abs(free - [0, 0.5, 1])[:2].min() > 0.1
    # Noise and drift are halved alike.
    half, _ = gated("factor(t)", [0.5, 0.5], 3, 2)
    whole, _ = gated("", [1, 1], 3, 2)
    assert half[1] - 0.5 == pytest.approx(0.5 * (whole[1] - 0.5), abs=1e-14)
