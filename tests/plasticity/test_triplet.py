"""`TripletSTDP` against sums over all triplets, its paper's protocols, and the data.

Pfister & Gerstner (2006). Triplets of spikes in a model of spike timing-dependent
plasticity. Journal of Neuroscience 26, 9673. doi:10.1523/JNEUROSCI.1425-06.2006
"""

from functools import cache

import numpy as np
import pytest
from brian2 import Network, defaultclock, ms

from dendrisyn import InvalidValueError, TripletSTDP, UnitError

from .helpers import imposed, kernel, point, random_train, replay, run_pairs, source

#: Bounds that no weight of these tests reaches.
FAR = {"w_min": -100, "w_max": 100}

PAIRINGS = ["all-to-all", "nearest"]

#: Tables 3 (visual cortex) and 4 (hippocampal culture) of the paper, by tissue, pairing
#: and whether the model is the minimal one: A2+, A3+, A2-, A3-, tau_x, tau_y (ms), and
#: the error of the fit, E. The minimal models have one slow time constant.
TABLES = {
    ("visual_cortex", "all-to-all", False): (5e-10, 6.2e-3, 7e-3, 2.3e-4, 101, 125),
    ("visual_cortex", "all-to-all", True): (0, 6.5e-3, 7.1e-3, 0, None, 114),
    ("visual_cortex", "nearest", False): (8.8e-11, 5.3e-2, 6.6e-3, 3.1e-3, 714, 40),
    ("visual_cortex", "nearest", True): (0, 5e-2, 8e-3, 0, None, 40),
    ("hippocampus", "all-to-all", False): (6.1e-3, 6.7e-3, 1.6e-3, 1.4e-3, 946, 27),
    ("hippocampus", "all-to-all", True): (5.3e-3, 8e-3, 3.5e-3, 0, None, 40),
    ("hippocampus", "nearest", False): (4.6e-3, 9.1e-3, 3e-3, 7.5e-9, 575, 47),
    ("hippocampus", "nearest", True): (4.6e-3, 9.1e-3, 3e-3, 0, None, 48),
}
TAU_PLUS, TAU_MINUS = 16.8, 33.7  # ms, of all of them

SETS = pytest.mark.parametrize(
    ("tissue", "pairing", "minimal"),
    TABLES,
    ids=[f"{a} {b} {'minimal' if c else 'full'}" for a, b, c in TABLES],
)


def published(tissue, pairing, minimal, **other):
    return getattr(TripletSTDP, tissue)(pairing, minimal, **other)


@SETS
def test_the_parameters_are_those_of_the_tables(tissue, pairing, minimal):
    *amplitudes, tau_x, tau_y = TABLES[tissue, pairing, minimal]
    rule = published(tissue, pairing, minimal)
    assert rule.pairing == pairing
    got = [rule.A2_plus, rule.A3_plus, rule.A2_minus, rule.A3_minus]
    assert got == amplitudes
    assert rule.tau_y / ms == pytest.approx(tau_y)
    if tau_x is not None:
        assert rule.tau_x / ms == pytest.approx(tau_x)
    assert rule.tau_plus / ms == pytest.approx(TAU_PLUS)
    assert rule.tau_minus / ms == pytest.approx(TAU_MINUS)


def test_the_defaults_are_the_full_all_to_all_model_of_visual_cortex():
    made = point().projection("AMPA_x", plasticity=TripletSTDP())
    again = point().projection("AMPA_x", plasticity=TripletSTDP.visual_cortex())
    assert str(made) == str(again)
    assert made["namespace"]["A3_plus_stdp"] == 6.2e-3


def test_other_parameters_may_be_given_with_a_published_set():
    rule = TripletSTDP.hippocampus("nearest", w_max=2, tau_y=5 * ms, A3_plus=0)
    assert rule.w_max == 2
    assert rule.tau_y / ms == pytest.approx(5)
    assert rule.A3_plus == 0
    assert rule.A2_plus == 4.6e-3


@pytest.mark.parametrize("make", [TripletSTDP.visual_cortex, TripletSTDP.hippocampus])
def test_a_set_that_was_not_published_is_refused(make):
    with pytest.raises(InvalidValueError, match=r"TripletSTDP.pairing: .* got 'both'"):
        make("both")
    with pytest.raises(UnitError, match="minimal: expected True or False, got 'yes'"):
        make(minimal="yes")


def test_a_slow_trace_without_an_amplitude_is_left_out():
    made = point().projection(
        "AMPA_x", plasticity=TripletSTDP.visual_cortex(minimal=True)
    )
    assert "r2_stdp" not in made["model"]
    assert "o2_stdp" in made["model"]
    assert "tau_x_stdp" not in made["namespace"]
    assert "A3_minus_stdp" not in made["namespace"]


# -- sums over all spikes --------------------------------------------------------------


def triplet_changes(parameters, pairing):
    """What each spike adds, as sums over all spikes before it (times in ms).

    A postsynaptic one at t: the sum over the presynaptic spikes until t of their pair
    with it, A2+, and of their triplets with each postsynaptic spike before t, A3+; a
    presynaptic one likewise.
    """
    a2_plus, a3_plus, a2_minus, a3_minus, tau_x, tau_y = parameters
    nearest = pairing == "nearest"

    def on_pre(now, heard, seen, w):
        earlier = heard[heard < now - 1e-9]
        slow = kernel(now, earlier, tau_x, nearest) if a3_minus else 0
        pairs = kernel(now, seen, TAU_MINUS, nearest)
        return -pairs * (a2_minus + a3_minus * slow)

    def on_post(now, heard, seen, w):
        earlier = seen[seen < now - 1e-9]
        slow = kernel(now, earlier, tau_y, nearest) if a3_plus else 0
        return kernel(now, heard, TAU_PLUS, nearest) * (a2_plus + a3_plus * slow)

    return on_pre, on_post


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize(
    "amplitudes",
    [(0.004, 0.011, 0.007, 0.005), (0, 0.011, 0.007, 0), (0.004, 0, 0, 0.005)],
)
def test_triplets_of_random_trains_are_sums_over_all_triplets(pairing, amplitudes):
    """Trains on a grid, so that many spikes come together, and with delays."""
    defaultclock.dt = 0.5 * ms
    rng = np.random.default_rng(7)
    pre, post = ([random_train(rng, 400, 0.06, 0.5) for _ in range(n)] for n in (4, 3))
    assert sum(len(np.intersect1d(a, b)) for a in pre for b in post) > 5
    names = ("A2_plus", "A3_plus", "A2_minus", "A3_minus")
    rule = TripletSTDP(
        **dict(zip(names, amplitudes, strict=True)),
        tau_x=51 * ms,
        tau_y=87 * ms,
        pairing=pairing,
        **FAR,
    )
    delays = [(0, 0), (2.5, 0), (1.0, 4.5)]
    got = run_pairs(rule, pre, post, delays=delays)
    changes = triplet_changes((*amplitudes, 51, 87), pairing)
    expected = [
        [[replay(a + to, b + back, 0.5, *changes) for b in post] for a in pre]
        for to, back in delays
    ]
    assert got == pytest.approx(np.array(expected), abs=1e-12)  # rounding
    assert np.ptp(got) > 0.01


def test_bounds_cut_each_change_of_a_triplet():
    defaultclock.dt = 0.5 * ms
    rng = np.random.default_rng(8)
    pre, post = ([random_train(rng, 200, 0.06, 0.5)] for _ in range(2))
    rule = TripletSTDP(A3_plus=0.4, A2_minus=0.9, w_min=-0.2, w_max=0.9)
    changes = triplet_changes((5e-10, 0.4, 0.9, 2.3e-4, 101, 125), "all-to-all")
    expected = replay(pre[0], post[0], 0.5, *changes, (-0.2, 0.9))
    assert run_pairs(rule, pre, post).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize("mu", [(1, 0.5), (0.5, 0), (2, 1)])
def test_changes_may_depend_on_the_room_that_is_left(pairing, mu):
    """Each times the share of the room to its bound, to the power of mu."""
    defaultclock.dt = 0.5 * ms
    rng = np.random.default_rng(9)
    pre, post = ([random_train(rng, 200, 0.08, 0.5) for _ in range(2)] for _ in "ab")
    low, high = -0.2, 1.3
    rule = TripletSTDP(
        A3_plus=0.02,
        A2_minus=0.02,
        mu_plus=mu[0],
        mu_minus=mu[1],
        w_min=low,
        w_max=high,
        pairing=pairing,
    )
    parameters = (5e-10, 0.02, 0.02, 2.3e-4, 101, 125)
    down, up = triplet_changes(parameters, pairing)
    changes = (
        lambda *at: down(*at) * ((at[-1] - low) / (high - low)) ** mu[1],
        lambda *at: up(*at) * ((high - at[-1]) / (high - low)) ** mu[0],
    )
    expected = [[replay(a, b, 0.5, *changes, (low, high)) for b in post] for a in pre]
    got = run_pairs(rule, pre, post)[0]
    assert got == pytest.approx(np.array(expected), abs=1e-12)  # rounding
    assert np.ptp(got) > 0.001


def test_without_triplets_it_is_the_rule_of_pairs():
    """A triplet amplitude of 0: the window of one pair, on both sides."""
    rule = TripletSTDP(A2_plus=0.03, A3_plus=0, A2_minus=0.02, A3_minus=0)
    delta = np.array([-40, -7.3, -0.1, 0, 0.1, 7.3, 40])
    got = run_pairs(rule, [[50 - d] for d in delta], [[50]])[0, :, 0] - 0.5
    expected = np.where(
        delta >= 0,
        0.03 * np.exp(-np.abs(delta) / TAU_PLUS),
        -0.02 * np.exp(-np.abs(delta) / TAU_MINUS),
    )
    assert got == pytest.approx(expected, abs=1e-14)


# -- pairing at a frequency ------------------------------------------------------------

FREQUENCIES = [0.1, 1, 10, 20, 40, 50]  # Hz
PROTOCOLS = [(f, d) for f in FREQUENCIES for d in (10.0, -10.0)]


def trains_of(frequency, delta, n):
    """Spikes (ms) of *n* pairs: the later one of a pair comes |delta| after."""
    first = 20 + np.arange(n) * 1000 / frequency
    return first + max(-delta, 0), first + max(delta, 0)


def geometric(period, tau, n, all_to_all):
    """For k < n: the sum of exp(-m period/tau), over m = 1 to k or over the last one.

    Sum of a geometric series of k terms; with nearest spikes, its first term.
    """
    k, q = np.arange(n), np.exp(-period / tau)
    return q * (1 - q**k) / (1 - q) if all_to_all else np.where(k > 0, q, 0)


def pairing_curve(parameters, pairing, frequency, delta, n):
    """The change of the weight by *n* pairs at a frequency, in closed form.

    With q = exp(-T/tau), the k-th spike of a side finds a trace of its own side of
    S_k = q + ... + q^k. If the other side is |delta| ahead in each pair, the trace of
    that side is (1 + S_k) exp(-|delta|/tau); if it is behind, its last spike was
    T - |delta| before, and the trace is S_k exp(|delta|/tau). Only spikes of the last
    pair, or of the one before, if pairs are with nearest spikes.
    """
    a2_plus, a3_plus, a2_minus, a3_minus, tau_x, tau_y = parameters
    period, gap = 1000 / frequency, abs(delta)

    def own(tau):
        return geometric(period, tau, n, pairing == "all-to-all")

    def other(tau, ahead):
        if ahead and pairing == "nearest":
            return np.full(n, np.exp(-gap / tau))
        if ahead:
            return (1 + own(tau)) * np.exp(-gap / tau)
        return own(tau) * np.exp(gap / tau)

    up = other(TAU_PLUS, delta > 0) * (a2_plus + a3_plus * own(tau_y))
    slow = own(tau_x) if a3_minus else 0
    down = other(TAU_MINUS, delta < 0) * (a2_minus + a3_minus * slow)
    return float((up - down).sum())


@SETS
def test_the_closed_form_of_pairing_is_the_sum_over_all_triplets(
    tissue, pairing, minimal
):
    """Two derivations of one number, for the 60 pairs of the paper."""
    parameters = TABLES[tissue, pairing, minimal]
    for frequency, delta in PROTOCOLS:
        pre, post = trains_of(frequency, delta, 60)
        expected = replay(pre, post, 0, *triplet_changes(parameters, pairing))
        got = pairing_curve(parameters, pairing, frequency, delta, 60)
        assert got == pytest.approx(expected, abs=1e-13)


@cache
def simulated():
    """The changes of the weight of all sets by all protocols within 60 s.

    Steps of 5 ms hold all times; between events the traces decay exactly.
    """
    defaultclock.dt = 5 * ms
    trains = [trains_of(f, d, pairs(f)) for f, d in PROTOCOLS]
    model = point()
    group = imposed(model, [post for _, post in trains], method="exponential_euler")
    spikes = source([pre for pre, _ in trains])
    parts = []
    for each in TABLES:
        rule = published(*each, **FAR)
        made = model.projection("AMPA_x", weight={"w": 1}, plasticity=rule)
        parts.append(made.synapses(spikes, group))
        parts[-1].connect(j="i")
    Network(group, spikes, *parts).run(60_000 * ms)
    return {
        each: np.array(synapses.w[:]) - 1
        for each, synapses in zip(TABLES, parts, strict=True)
    }


def pairs(frequency):
    """60, as in the paper, but at .1 Hz, where pairs are 10 s apart, six."""
    return 6 if frequency == 0.1 else 60


@SETS
def test_simulated_pairing_is_the_closed_form(tissue, pairing, minimal):
    """From .1 to 50 Hz, +-10 ms; measured: below 1e-14."""
    parameters = TABLES[tissue, pairing, minimal]
    expected = [
        pairing_curve(parameters, pairing, f, d, pairs(f)) for f, d in PROTOCOLS
    ]
    got = simulated()[tissue, pairing, minimal]
    assert got == pytest.approx(np.array(expected), abs=1e-12)  # rounding


# -- the data --------------------------------------------------------------------------

#: Sjöström, Turrigiano & Nelson (2001). Rate, timing, and cooperativity jointly
#: determine cortical synaptic plasticity. Neuron 32, 1149.
#: doi:10.1016/S0896-6273(01)00542-6. Change of the weight and its standard error, as
#: Pfister & Gerstner (2006) fit them: by frequency (Hz), at +10 and -10 ms.
VISUAL_CORTEX = {
    (0.1, 10): (-0.04, 0.05),
    (10, 10): (0.14, 0.10),
    (20, 10): (0.29, 0.14),
    (40, 10): (0.53, 0.11),
    (50, 10): (0.56, 0.26),
    (0.1, -10): (-0.29, 0.08),
    (10, -10): (-0.41, 0.11),
    (20, -10): (-0.34, 0.10),
    (40, -10): (0.56, 0.32),
    (50, -10): (0.75, 0.19),
}


def deviations(tissue, pairing, minimal):
    """Of the model from each point, in standard errors."""
    parameters = TABLES[tissue, pairing, minimal]
    data = np.array(list(VISUAL_CORTEX.values()))
    model = [pairing_curve(parameters, pairing, f, d, 60) for f, d in VISUAL_CORTEX]
    return dict(
        zip(VISUAL_CORTEX, (np.array(model) - data[:, 0]) / data[:, 1], strict=True)
    )


@pytest.mark.parametrize(
    ("pairing", "minimal", "published_error"),
    [
        ("all-to-all", False, 0.33),
        ("all-to-all", True, 0.34),
        ("nearest", False, 0.22),
        ("nearest", True, 0.34),
    ],
)
def test_it_fits_visual_cortex_as_well_as_published(pairing, minimal, published_error):
    """E of table 3, the mean square deviation in standard errors, is met to .02.

    Nine of the ten points are within one standard error, .85 at most. At 40 Hz and
    -10 ms the models stay below the data: by .94 with nearest spikes, by 1.27 in the
    full and 1.21 in the minimal all-to-all model.
    """
    off = deviations("visual_cortex", pairing, minimal)
    error = np.mean(np.square(list(off.values())))
    assert error == pytest.approx(published_error, abs=0.02)
    weakest = off.pop((40, -10))
    assert -(1.28 if pairing == "all-to-all" else 0.95) < weakest < 0
    assert max(map(abs, off.values())) < 0.85


#: Wang, Gerkin, Nauen & Bi (2005). Coactivation and timing-dependent integration of
#: synaptic potentiation and depression. Nature Neuroscience 8, 187. doi:10.1038/nn1387.
#: Spikes (ms) of each of 60 repetitions at 1 Hz, pre and post, and the change of the
#: weight and its standard error, as Pfister & Gerstner (2006) fit them.
HIPPOCAMPUS = [
    ([0], [10], 0.25, 0.05),
    ([0], [-10], -0.17, 0.05),
    # pre-post-pre, by the times of the postsynaptic spike from either
    ([0, 10], [5], -0.01, 0.04),
    ([0, 20], [10], 0.03, 0.04),
    ([0, 20], [15], 0.01, 0.03),
    ([0, 20], [5], 0.24, 0.06),
    # post-pre-post
    ([0], [-5, 5], 0.33, 0.04),
    ([0], [-10, 10], 0.34, 0.04),
    ([0], [-5, 15], 0.22, 0.08),
    ([0], [-15, 5], 0.29, 0.05),
    # pre-post, then post-pre, and the reverse; 5 ms within a pair, between the middles
    # of the pairs 88.5, 20 and 83.7 ms
    ([0, 93.5], [5, 88.5], -0.003, 0.03),
    ([5, 20], [0, 25], 0.21, 0.04),
    ([5, 83.7], [0, 88.7], 0.06, 0.04),
]


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize("minimal", [False, True])
def test_it_fits_hippocampal_culture_as_well_as_published(pairing, minimal):
    """E of table 4 is 2.9 for all; it is met to .4, from 2.7 to 3.3.

    Without the triplets it is above 10.
    """
    parameters = TABLES["hippocampus", pairing, minimal]
    pairs_only = (parameters[0], 0, parameters[2], 0, *parameters[4:])
    starts = 1000.0 * np.arange(1, 61)[:, None]
    errors = []
    for each in (parameters, pairs_only):
        changes = triplet_changes(each, pairing)
        off = [
            (
                replay(*((starts + side).ravel() for side in (pre, post)), 0, *changes)
                - w
            )
            / sem
            for pre, post, w, sem in HIPPOCAMPUS
        ]
        errors.append(np.mean(np.square(off)))
    assert errors[0] == pytest.approx(2.9, abs=0.4)
    assert errors[1] > 10
