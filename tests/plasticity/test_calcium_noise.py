"""Noise of CalciumSTDP: the paper's protocol, and weights within their bounds."""

import numpy as np
import pytest
from brian2 import Network, StateMonitor, defaultclock, ms, nS, second, seed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import erf, ndtr

from dendrisyn import NMDA, CalciumSTDP

from .calcium_synapses import (
    POOL,
    SETS,
    efficacy,
    levels_of,
    scores,
    simulate,
    since,
    transients,
)
from .helpers import imposed, point, random_train, source


# -- noise: the paper's protocol -------------------------------------------------------
def drives(rule, pre, post, end):
    """When (s) calcium is above thresholds, for how long, and above which (d, p)."""
    found, c, now = [], 0.0, 0.0
    for time, jump in [*transients(rule, pre, post), (end, 0.0)]:
        falls = now + float(rule.tau_Ca) * np.log(max(c, 1e-300) / levels_of(rule))
        for until in sorted([*falls, time]):
            if now < until <= time:
                above = falls > 0.5 * (now + until)
                found.append((now, until - now, above))
                c, now = c * np.exp(-(until - now) / float(rule.tau_Ca)), until
        c += jump
    return found


def period(rule, delta, T):
    """What one of many pairs does to rho, and the times above thresholds.

    The mean becomes ``A rho + B``, with the variance V: an Ornstein-Uhlenbeck process
    while calcium is above a threshold.
    """
    post = np.arange(22) * 1e3 * T + 500
    begin = transients(rule, post - delta, post)[40][0] - 1e-9
    A, B, V, alpha = 1.0, 0.0, 0.0, np.zeros(2)
    for start, duration, above in drives(rule, post - delta, post, 30 * T + 1):
        if begin <= start < begin + T and above.any():
            gamma = np.array([rule.gamma_d, rule.gamma_p]) * above
            goal, decay = gamma[1] / gamma.sum(), duration / float(rule.tau)
            decay = np.exp(-gamma.sum() * decay)
            spread = rule.sigma**2 * above.sum() / (2 * gamma.sum())
            A, B = A * decay, goal + (B - goal) * decay
            V = V * decay**2 + spread * (1 - decay**2)
            alpha += duration * above / T
    return A, B, V, alpha


def averaged(rule, alpha, duration):
    """The paper's theory: rho averaged over a period, without the first term.

    The fractions that are up after `duration` (s), of those that were down and up, and
    after an infinite time. (The paper's sigma_rho**2 is twice the variance.)
    """
    Gd, Gp = alpha * [rule.gamma_d, rule.gamma_p]
    if Gd + Gp == 0:
        return 0.0, 1.0, np.nan
    mean, spread = Gp / (Gp + Gd), rule.sigma**2 * alpha.sum() / (Gp + Gd)
    e = np.exp(-duration * (Gp + Gd) / float(rule.tau))
    width = np.sqrt(spread * (1 - e**2))
    fractions = [
        0.5 * (1 + erf((mean + (rho - mean) * e - 0.5) / width)) for rho in (0, 1)
    ]
    return (*fractions, 0.5 * (1 + erf((mean - 0.5) / np.sqrt(spread))))


GRID = np.arange(-1.4, 2.4, 0.004)


def distribution(rule, delta, T, pairs):
    """rho after pairs, of those that start at 0 and at 1: the density, on a grid.

    It diffuses while calcium is above a threshold, and relaxes for a period. Returns
    its mean, variance, fourth moment, and the fraction that is up.
    """
    A, B, V, _ = period(rule, delta, T)
    relaxed = solve_ivp(
        lambda _, y: -y * (1 - y) * (0.5 - y) / float(rule.tau),
        (0, T),
        GRID,
        method="DOP853",
        rtol=1e-10,
        atol=1e-12,
    ).y[:, -1]
    step, means = GRID[1] - GRID[0], A * relaxed + B

    def normal(mean):
        return np.exp(-(np.subtract.outer(GRID, mean) ** 2) / (2 * V)) * (
            step / np.sqrt(2 * np.pi * V)
        )

    kernel = normal(means)
    density = normal([B, A + B])
    for _ in range(pairs - 2):
        density = kernel @ density
    up = ndtr((means - 0.5) / np.sqrt(V)) @ density
    density = kernel @ density
    mean = relaxed @ density
    away = np.subtract.outer(relaxed, mean)
    variance, fourth = ((away**n * density).sum(axis=0) for n in (2, 4))
    return mean, variance, fourth, up


#: What the authors' program gives for the paper's figure 2: by set and from pre- to
#: postsynaptic spike (ms), the parts of a second that calcium is above theta_d and
#: theta_p, and the fractions that go up and down by 60 pairs at 1 Hz.
#: doi:10.1073/pnas.1109359109
AUTHORS = {
    ("DP", -20): (0.020172, 0.009678, 0.244390, 0.597995),
    ("DP", 0): (0.027645, 0.017313, 0.487451, 0.475596),
    ("DP", 10): (0.023283, 0.018036, 0.643988, 0.311945),
    ("DPD", -10): (0.005759, 0.000512, 0.000030, 0.211288),
    ("DPD", 0): (0.009588, 0.004340, 0.242191, 0.247279),
    ("DPD", 20): (0.005503, 0.000255, 0.000005, 0.198771),
    ("DPD'", -20): (0.023989, 0.000000, 0.012204, 0.296216),
    ("DPD'", 0): (0.022733, 0.002207, 0.191416, 0.129601),
    ("DPD'", 20): (0.017598, 0.000000, 0.006446, 0.155972),
    ("P", -10): (0.033344, 0.026713, 0.662686, 0.317854),
    ("P", 0): (0.027726, 0.022479, 0.656826, 0.300364),
    ("P", 40): (0.030264, 0.019770, 0.507896, 0.439435),
    ("D", 0): (0.003646, 0.000000, 0.000710, 0.545083),
    ("D", 20): (0.000000, 0.000000, 0.000000, 0.000000),
    ("D'", -20): (0.024892, 0.000000, 0.010193, 0.407873),
    ("D'", 20): (0.017240, 0.000000, 0.004923, 0.202713),
}


@pytest.mark.parametrize(("name", "delta"), AUTHORS)
def test_the_theory_here_is_that_of_the_authors(name, delta):
    rule = CalciumSTDP.published(name)
    *_, V, alpha = period(rule, delta, 1.0)
    up, stay, _ = averaged(rule, alpha, 60)
    assert (*alpha, up, 1 - stay) == pytest.approx(AUTHORS[name, delta], abs=6e-7)
    if V > 0:
        # Theory leaves the first term of the equation out, which is worth 0.021 here.
        both = distribution(rule, delta, 1.0, 60)[-1]
        assert both == pytest.approx([up, stay], abs=0.025)


def test_the_distribution_here_is_that_of_the_equation():
    """Euler and Maruyama's method, in steps of calcium's time above thresholds."""
    rng = np.random.default_rng(5)
    rule, delta, n = CalciumSTDP.published("DPD"), 5, 8000
    tau, rho = float(rule.tau), np.repeat([0.0, 1.0], n)
    pair = [each for each in drives(rule, [500 - delta], [500], 1.0) if each[0] > 0.4]
    for _ in range(60):
        for _, duration, above in pair:
            d, p = above.astype(float)
            steps = 20 if d or p else 2
            h = duration / steps / tau
            for _ in range(steps):
                gain = rule.gamma_p * (1 - rho) * p - rule.gamma_d * rho * d
                rho += h * (gain - rho * (1 - rho) * (0.5 - rho))
                rho += rule.sigma * np.sqrt((p + d) * h) * rng.standard_normal(2 * n)
        h = (1 - sum(each[1] for each in pair)) / tau  # the rest of the second
        rho -= h * rho * (1 - rho) * (0.5 - rho)
    assert abs(scores(rho.reshape(2, n), distribution(rule, delta, 1.0, 60))).max() < 4


#: Steps (ms) of which the delays are a whole number.
STEPS = {"DP": 13.7 / 3, "DPD": 4.6, "DPD'": 2.2, "P": 5.0, "D": 5.0, "D'": 5.0}


def protocol(name, deltas, T, pairs, n, every=1, **fields):
    """rho after pairs of spikes: by times from pre to post, start (0, 1) and synapse.

    Also the rule, these times and the period, rounded to whole steps (ms).
    """
    step = STEPS[name]
    defaultclock.dt = step * ms
    rule = CalciumSTDP.published(name, **fields)
    T, half, *deltas = (np.round(t / step) * step for t in (T, T / 2, *deltas))
    post = np.arange(pairs) * T + half
    pre = [post - delta for delta in deltas]
    starts = np.repeat([rule.w_min, rule.w_max], n)
    end = (pairs + 0.6 * every) * T  # the last update is at the end of the last period
    (synapses,) = simulate([rule], pre, post, starts, end, update=every * T)
    assert since(synapses) == pytest.approx(1e-3 * pairs * T)
    return rule, deltas, T, efficacy(synapses, rule).reshape(-1, 2, n), synapses


@pytest.mark.parametrize("name", SETS)
def test_sixty_pairs_move_the_fractions_of_the_paper(name):
    """From both states, against the exact distribution and the paper's theory."""
    n = 2500
    rule, deltas, T, rho, _ = protocol(name, (-30, -10, 0, 10, 30), 1000, 60, n)
    found = []
    for delta, each in zip(deltas, rho, strict=True):
        *_, V, alpha = period(rule, delta, 1e-3 * T)
        *theory, _ = averaged(rule, alpha, 0.06 * T)
        up = (each > 0.5).mean(axis=1)
        error = np.sqrt(np.multiply(theory, 1 - np.array(theory)) / n)
        assert (abs(up - theory) < 0.025 + 4 * error).all()  # see above
        if V == 0:
            assert (each[0] == 0).all()
            assert (each[1] == 1).all()
            continue
        found.append(scores(each, distribution(rule, delta, 1e-3 * T, 60)))
        common = np.array(found[-1][:2])
        assert abs(common).max() < 4.5
        if up.min() > 0.01 and up.max() < 0.99:  # else no normal distribution
            assert abs(found[-1][2]).max() < 4.5
    # Together: the sum of squares of the scores of mean and variance, and what the
    # variances have in common.
    found = np.array(found)[:, :2]
    assert (found**2).sum() < found.size + 4 * np.sqrt(2 * found.size)
    spread = found[:, 1]
    assert abs(spread.sum()) < 4 * np.sqrt(spread.size)


@pytest.mark.parametrize("name", SETS)
def test_many_pairs_end_in_the_stationary_fractions_of_the_paper(name):
    """At 20 Hz for 30 s, wherever they start; the first term does hardly anything."""
    n, pairs = 1200, 600
    deltas = (0,) if name == "D" else (-10, 10)
    rule, deltas, T, rho, _ = protocol(name, deltas, 50, pairs, n, every=20)
    for delta, each in zip(deltas, rho, strict=True):
        *_, alpha = period(rule, delta, 1e-3 * T)
        _, _, expected = averaged(rule, alpha, np.inf)
        error = np.sqrt(expected * (1 - expected) / n)
        up = (each > 0.5).mean(axis=1)
        assert up == pytest.approx([expected, expected], abs=0.003 + 4 * error)
        assert 0.001 < expected < 0.8


# -- the weight and its bounds ---------------------------------------------------------
def test_hours_later_each_synapse_is_in_one_of_two_states():
    """What theory calls up and down is what is read out then."""
    rule, _, _, (rho,), synapses = protocol("P", [20], 1000, 60, 200)
    weights = np.array(synapses.w[:])
    assert ((weights > 0.5) == (rho > 0.5).ravel()).all()
    assert abs(weights - 0.5).min() < 0.01
    defaultclock.dt = 10 * second
    (later,) = simulate([rule], [[]], [], weights, 6.01 * 3600e3, update=600e3)
    # 6 h are 36 time constants of the escape from .5
    settled = (weights > 0.5).astype(float)
    assert np.array(later.w[:]) == pytest.approx(settled, abs=1e-9)
    assert 0.4 < settled.mean() < 0.8


def test_noise_takes_the_efficacy_beyond_the_bounds_but_not_the_weight():
    """The same random numbers with other bounds are the same efficacies."""
    fields = {"sigma": 8.0}
    runs = {}
    for low, high in [(0, 1), (0.1, 0.7), (-3, 4)]:
        seed(11)
        bounds = {"w_min": low, "w_max": high}
        *_, rho, synapses = protocol("P", [10], 100, 80, 300, **fields, **bounds)
        weights, beyond = np.array(synapses.w[:]), np.array(synapses.beyond_stdp[:])
        assert weights.min() == low
        assert weights.max() == high
        inside = (weights > low) & (weights < high)
        assert inside.mean() > 0.3
        assert (beyond[inside] == 0).all()
        assert (beyond[weights == low] <= 0).all()
        assert (beyond[weights == high] >= 0).all()
        runs[low] = rho
    assert runs[0].min() < -0.3
    assert runs[0].max() > 1.3
    for low in (0.1, -3):  # rounding, in some hundred events
        assert runs[low] == pytest.approx(runs[0], abs=1e-12)


GATES = st.sampled_from(["", "0.5", "-0.3", "cos(t/ms)"])


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    fields=st.fixed_dictionaries(
        {
            "w_min": st.floats(-3, 0.5),
            "w_max": st.floats(0.6, 5),
            "gate": GATES,
            "C_pre": st.floats(0, 3),
            "C_post": st.floats(0.1, 3),
            "theta_d": st.floats(0.1, 2),
            "theta_p": st.floats(0.1, 2),
            "gamma_d": st.floats(0.1, 1e5),
            "gamma_p": st.floats(0.1, 1e5),
            "sigma": st.sampled_from([0, 0.1, 3, 100]),
            "delay": st.sampled_from([0, 0.5, 13.7]).map(lambda value: value * ms),
            "tau": st.sampled_from([0.01, 1, 150]).map(lambda value: value * second),
            "pool": st.sampled_from([None, POOL]),
        }
    ),
    start=st.sampled_from([0, 0.3, 1]),
    key=st.integers(0, 99),
    probability=st.sampled_from([0.03, 0.3]),
)
def test_no_train_takes_a_weight_out_of_its_bounds(fields, start, key, probability):
    defaultclock.dt = 0.5 * ms
    rule = CalciumSTDP(**fields)
    model = point(NMDA("x", g=1 * nS, t_decay=20 * ms), POOL)
    rng = np.random.default_rng(key)
    pre, post = (
        [random_train(rng, 60, probability, 0.5) for _ in range(2)] for _ in range(2)
    )
    begin = min(rule.w_min + start * (rule.w_max - rule.w_min), rule.w_max)
    projection = model.projection("NMDA_x", weight={"w": begin}, plasticity=rule)
    group, spikes = imposed(model, post), source(pre)
    synapses = projection.synapses(spikes, group)
    synapses.connect()
    monitor = StateMonitor(synapses, "w", record=True)
    regular = synapses.run_regularly(projection.update, dt=3 * ms)
    Network(group, spikes, synapses, monitor, regular).run(40 * ms)
    weights = np.array(monitor.w)
    assert (weights >= rule.w_min).all()  # NaN is not
    assert (weights <= rule.w_max).all()
