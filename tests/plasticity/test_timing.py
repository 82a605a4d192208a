"""Rules of spike timing against closed forms and against sums over all spikes."""

from functools import cache

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    PoissonGroup,
    PoissonInput,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    defaultclock,
    ms,
    nS,
    pA,
    second,
)
from helpers.modes import results_of
from helpers.stdp_windows import DELAYS, DELTAS, RULES, START, window
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dendrisyn import (
    AMPA,
    CurrentBased,
    Exponential,
    InhibitorySTDP,
    PairSTDP,
    PointNeuronModel,
    Synapse,
    TraceSTDP,
    TripletSTDP,
)

from .helpers import (
    PASSIVE,
    imposed,
    kernel,
    point,
    replay,
    run_pairs,
    source,
)
from .timing_rules import FAR, PAIRINGS, trains

results = results_of("helpers/stdp_windows.py")


# -- one pair --------------------------------------------------------------------------
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    "mode",
    [
        "numpy",
        pytest.param("cython", marks=pytest.mark.compiled),
        pytest.param("cpp", marks=pytest.mark.compiled),
    ],
)
def test_a_pair_of_spikes_changes_the_weight_by_the_window(results, mode, name):
    """For 128 times and four pairs of delays; measured: 5e-17."""
    got = results(mode)[name]
    for changes, (delay, post_delay) in zip(got, DELAYS, strict=True):
        # d is taken where the two spikes arrive; decimals, so that together is 0
        delta = np.round(DELTAS + post_delay - delay, 6)
        assert (delta == 0).any()
        assert changes == pytest.approx(window(RULES[name], delta, START), abs=1e-14)


def test_the_window_of_the_inhibitory_rule_has_one_sign_less_a_cost():
    """A pair adds eta exp(-|d|/tau), the presynaptic spike takes 2 eta rate tau."""
    rule = InhibitorySTDP(eta=0.02, tau=15 * ms, rate=7 * Hz)
    changes = run_pairs(rule, [[70 - d] for d in DELTAS], [[70]])[0, :, 0] - 0.5
    expected = 0.02 * (np.exp(-np.abs(DELTAS) / 15) - 2 * 0.007 * 15)
    assert changes == pytest.approx(expected, abs=1e-14)  # rounding


def test_spikes_of_one_step_count_as_pre_before_post():
    """Only potentiation, and in a triplet it does not hear the spike of its own."""
    for rule, expected in (
        (PairSTDP(A_plus=0.1, A_minus=0.3), 0.1),
        (InhibitorySTDP(eta=0.1, rate=0 * Hz), 0.1),
        (TripletSTDP(A2_plus=0.1, A3_plus=5, A2_minus=5, A3_minus=5), 0.1),
    ):
        changes = run_pairs(rule, [[3]], [[3]]) - 0.5
        assert changes.item() == pytest.approx(expected, abs=1e-15)


# -- many spikes -----------------------------------------------------------------------
def pair_changes(rule):
    """What each spike adds by `PairSTDP`, as sums over all spikes before it."""
    nearest, room = rule.pairing == "nearest", rule.w_max - rule.w_min

    def on_pre(now, heard, seen, w):
        scale = ((w - rule.w_min) / room) ** rule.mu_minus
        return -rule.A_minus * scale * kernel(now, seen, rule.tau_minus / ms, nearest)

    def on_post(now, heard, seen, w):
        scale = ((rule.w_max - w) / room) ** rule.mu_plus
        return rule.A_plus * scale * kernel(now, heard, rule.tau_plus / ms, nearest)

    return on_pre, on_post


def inhibitory_changes(rule):
    nearest, tau = rule.pairing == "nearest", rule.tau / ms
    cost = 2 * float(rule.rate * rule.tau)

    def on_pre(now, heard, seen, w):
        return rule.eta * (kernel(now, seen, tau, nearest) - cost)

    def on_post(now, heard, seen, w):
        return rule.eta * kernel(now, heard, tau, nearest)

    return on_pre, on_post


def check_against_sums(rule, changes, tolerance=1e-12, start=0.5):
    """Twelve pairs of trains, with delays, against sums over all spikes."""
    defaultclock.dt = 0.5 * ms
    pre, post = trains(1, 4), trains(2, 3)
    together = sum(len(np.intersect1d(a, b)) for a in pre for b in post)
    assert together > 5
    delays = [(0, 0), (2.5, 0), (1.0, 4.5)]
    got = run_pairs(rule, pre, post, start=start, delays=delays)
    bounds = rule.w_min, rule.w_max
    expected = [
        [[replay(a + to, b + back, start, *changes, bounds) for b in post] for a in pre]
        for to, back in delays
    ]
    assert got == pytest.approx(np.array(expected), abs=tolerance)
    return got


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize("mu", [0, 0.5, 1, 2.3])
def test_pairs_of_random_trains_are_sums_over_all_pairs(pairing, mu):
    times = {"tau_plus": 13 * ms, "tau_minus": 41 * ms}
    rule = PairSTDP(
        **times, A_plus=0.03, A_minus=0.02, pairing=pairing, mu_plus=mu, mu_minus=mu
    )
    if mu == 0:
        rule = PairSTDP(**times, A_plus=0.03, A_minus=0.02, pairing=pairing, **FAR)
    got = check_against_sums(rule, pair_changes(rule))  # rounding: 1e-15 a spike
    assert (got > rule.w_min).all()
    assert (got < rule.w_max).all()


def test_additive_all_to_all_pairs_are_one_sum_over_the_window():
    """The definition with no order of events: W(d) summed over all pairs."""
    defaultclock.dt = 0.5 * ms
    pre, post = trains(3, 4), trains(4, 3)
    rule = PairSTDP(A_plus=0.03, A_minus=0.02, tau_plus=13 * ms, **FAR)
    expected = [
        [window(rule, np.subtract.outer(b, a), 0).sum() for b in post] for a in pre
    ]
    got = run_pairs(rule, pre, post, start=0)[0]
    assert got == pytest.approx(np.array(expected), abs=1e-12)  # rounding


def test_the_pairings_differ():
    defaultclock.dt = 0.5 * ms
    pre, post = trains(1, 1), trains(2, 1)
    weights = [
        run_pairs(PairSTDP(pairing=each, **FAR), pre, post).item() for each in PAIRINGS
    ]
    assert abs(weights[0] - weights[1]) > 0.001


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_inhibitory_pairs_of_random_trains_are_sums_over_all_pairs(pairing):
    rule = InhibitorySTDP(eta=0.01, tau=17 * ms, rate=9 * Hz, pairing=pairing, **FAR)
    check_against_sums(rule, inhibitory_changes(rule))


@pytest.mark.parametrize("mu", [0, 1])
def test_bounds_cut_each_change(mu):
    """Large amplitudes: a weight at a bound forgets what went beyond it."""
    rule = PairSTDP(
        A_plus=0.6, A_minus=0.5, w_min=-0.2, w_max=0.9, mu_plus=mu, mu_minus=mu
    )
    got = check_against_sums(rule, pair_changes(rule))
    assert ((got >= -0.2) & (got <= 0.9)).all()


# -- bounds ----------------------------------------------------------------------------
NUMBERS = st.floats(0, 60)


TIMES = st.floats(0.5, 200).map(lambda value: value * ms)


MU = st.sampled_from([0, 0.5, 1, 1.7])


GATES = st.sampled_from(["", "-2.5", "cos(t/ms)", "1e3 * sin(t/(3*ms))"])


@st.composite
def bounds(draw):
    low = draw(st.floats(-3, 3))
    return {"w_min": low, "w_max": low + draw(st.floats(0.01, 5))}


def fields(**strategies):
    both = {"gate": GATES, "pairing": st.sampled_from(PAIRINGS), **strategies}
    return st.builds(lambda a, b: a | b, bounds(), st.fixed_dictionaries(both))


def any_rule():
    pair = fields(
        A_plus=NUMBERS,
        A_minus=NUMBERS,
        tau_plus=TIMES,
        tau_minus=TIMES,
        mu_plus=MU,
        mu_minus=MU,
    ).map(lambda given: PairSTDP(**given))
    names = ("A2_plus", "A3_plus", "A2_minus", "A3_minus")
    times = ("tau_plus", "tau_minus", "tau_x", "tau_y")
    triplet = fields(
        **dict.fromkeys(names, NUMBERS),
        **dict.fromkeys(times, TIMES),
        mu_plus=MU,
        mu_minus=MU,
    ).map(lambda given: TripletSTDP(**given))
    inhibitory = fields(
        eta=NUMBERS, tau=TIMES, rate=st.floats(0, 100).map(lambda value: value * Hz)
    ).map(lambda given: InhibitorySTDP(**given))
    trace = fields(traces=st.tuples(TIMES, TIMES)).map(
        lambda given: TraceSTDP(
            **given
            | {"traces": {"a": ("pre", given["traces"][0]), "b": ("post", 9 * ms)}},
            change_pre="-k * b * w",
            change_post="k * (a - 0.3) * exp(w)",
            constants={"k": 20},
        )
    )
    return st.one_of(pair, triplet, inhibitory, trace)


@settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rule=any_rule(),
    start=st.sampled_from([0, 0.3, 1]),
    seeds=st.tuples(st.integers(0, 99), st.integers(100, 199)),
    probability=st.sampled_from([0.03, 0.3]),
)
def test_no_train_takes_a_weight_out_of_its_bounds(rule, start, seeds, probability):
    defaultclock.dt = 0.5 * ms
    model = point()
    pre, post = (trains(each, 2, probability, n_steps=60) for each in seeds)
    assume(any(map(len, pre)) and any(map(len, post)))
    start = rule.w_min + start * (rule.w_max - rule.w_min)
    start = min(start, rule.w_max)  # the sum may be rounded up
    made = model.projection("AMPA_x", weight={"w": start}, plasticity=rule)
    group, spikes = imposed(model, post), source(pre)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    monitor = StateMonitor(synapses, "w", record=True)
    Network(group, spikes, synapses, monitor).run(40 * ms)
    weights = np.array(monitor.w)
    assert (weights >= rule.w_min).all()  # NaN is not
    assert (weights <= rule.w_max).all()


# -- homeostasis -----------------------------------------------------------------------
@pytest.mark.parametrize(("start", "target"), [(0, 8), (2, 14)])
def test_inhibition_leads_the_neuron_to_the_target_rate(start, target):
    """From too high a rate and from silence, with Poisson input at every synapse."""
    defaultclock.dt = 1 * ms
    n, inputs, learning, measured = 20, 100, 5, 8  # seconds
    model = PointNeuronModel(**PASSIVE)
    slow = Exponential(t_decay=50 * ms)  # acts long after the window of the rule
    model.add(
        AMPA("x", g=0.3 * nS, t_decay=5 * ms),
        Synapse("inh", "x", kinetics=slow, output=CurrentBased(J=-1 * pA)),
    )
    group = model.make_neurongroup(
        n, threshold="V > -50*mV", reset="V = -65*mV", refractory=2 * ms
    )
    excitation = PoissonInput(group, **model.poisson_input("AMPA_x", 300, 8 * Hz))
    inhibition = PoissonGroup(n * inputs, 20 * Hz)
    rule = InhibitorySTDP(eta=0.1, rate=target * Hz, w_max=10)
    made = model.projection("inh_x", weight=start, plasticity=rule)
    synapses = made.synapses(inhibition, group)
    which = np.arange(n * inputs)
    synapses.connect(i=which, j=which // inputs)
    spikes = SpikeMonitor(group, record=False)
    network = Network(group, excitation, inhibition, synapses, spikes)
    network.run(0.5 * second)
    before = spikes.num_spikes / (n * 0.5)
    assert not 0.6 < before / target < 1.6
    network.run((learning - 0.5) * second)
    first = spikes.num_spikes
    network.run(measured * second)
    rate = (spikes.num_spikes - first) / (n * measured)
    # three standard deviations of a Poisson count of this mean: 8 % of 8 Hz
    assert rate == pytest.approx(target, abs=3 * np.sqrt(target / (n * measured)))
    assert synapses.w[:].max() < 10


# -- the third factor ------------------------------------------------------------------
def every_rule(**given):
    """One rule of each kind, all of them additive and far from their bounds."""
    given = FAR | given
    return [
        PairSTDP(A_plus=0.03, A_minus=0.02, **given),
        TripletSTDP.hippocampus("nearest", **given),
        InhibitorySTDP(eta=0.01, rate=9 * Hz, **given),
        TraceSTDP(
            traces={"x": ("pre", 20 * ms), "y": ("post", 9 * ms)},
            change_pre="-0.01 - 0.02 * y",
            change_post="0.03 * x + 0.01",
            **given,
        ),
    ]


@cache
def ungated():
    """The weights that the rules give without a gate, and those after 100 ms."""
    return gated("", whole), gated("", first_half)


def gated(gate, simulate, **group_values):
    """The weights by each rule, with a gate, of three neurons with one train."""
    defaultclock.dt = 0.5 * ms
    model = point()
    model.add_equations("reward : 1")
    group = imposed(model, [trains(6, 1)[0]] * 3)
    for name, value in group_values.items():
        setattr(group, name, value)
    spikes = source(trains(5, 1))
    parts = []
    for rule in every_rule(gate=gate):
        made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
        parts.append(made.synapses(spikes, group))
        parts[-1].connect()
    network = Network(group, spikes, *parts)
    simulate(network, group, parts)
    return np.array([synapses.w[:] for synapses in parts])


def whole(network, group, parts):
    network.run(210 * ms)


def first_half(network, group, parts):
    network.run(100 * ms)


def test_a_gate_multiplies_every_change_by_a_variable_of_the_neuron():
    gains = np.array([1, -0.25, 3])
    weights = gated("reward_post", whole, reward=gains)
    changes = ungated()[0][:, 0] - 0.5
    assert (np.abs(changes) > 1e-3).all()
    # rounding, 1e-15 a spike
    assert weights == pytest.approx(0.5 + np.outer(changes, gains), abs=1e-13)


def test_a_gate_is_multiplied_as_a_whole():
    weights = gated("reward_post - 0.5", whole, reward=[0.5, 0, 1.5])
    changes = ungated()[0][:, 0] - 0.5
    expected = 0.5 + np.outer(changes, [0, -0.5, 1])
    assert weights == pytest.approx(expected, abs=1e-13)


def test_a_gate_of_0_freezes_the_weight_and_not_the_traces():
    assert (gated("reward_post", whole) == 0.5).all()  # to the last bit

    def late(network, group, parts):
        network.run(100 * ms)
        assert all((synapses.w[:] == 0.5).all() for synapses in parts)
        group.reward = 1
        network.run(110 * ms)

    changes = np.subtract(*ungated())
    assert gated("reward_post", late) == pytest.approx(0.5 + changes, abs=1e-13)


def test_a_gate_may_be_a_constant_that_changes_between_runs():
    def phasic(network, group, parts):
        network.run(100 * ms, namespace={"dopamine": 0.0})
        network.run(110 * ms, namespace={"dopamine": -2.0})

    weights = gated("dopamine", phasic)
    changes = np.subtract(*ungated())
    assert weights == pytest.approx(0.5 - 2 * changes, abs=1e-13)


def test_a_gate_may_be_a_timed_array():
    def phasic(network, group, parts):
        dopamine = TimedArray([0.0, -2.0, -2.0], dt=100 * ms)
        network.run(210 * ms, namespace={"dopamine": dopamine})

    weights = gated("dopamine(t)", phasic)
    changes = np.subtract(*ungated())
    assert weights == pytest.approx(0.5 - 2 * changes, abs=1e-13)
