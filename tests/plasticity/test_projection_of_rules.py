"""Projections with a rule: the code that they write, and its effect."""

import numpy as np
import pytest
from brian2 import Hz, Network, StateMonitor, Synapses, defaultclock, ms, mV

from dendrisyn import (
    Depression,
    InhibitorySTDP,
    PairSTDP,
    ThresholdCrossing,
    TraceSTDP,
    TripletSTDP,
    TsodyksMarkram,
)

from .helpers import imposed, point, random_train, source
from .rule_cells import X, cell


# -- what it writes --------------------------------------------------------------------
def test_a_rule_of_pairs_is_these_strings():
    rule = PairSTDP(A_plus=0.25, tau_plus=15 * ms, mu_minus=1, w_max=2)
    made = cell().projection("AMPA_x_dend", weight=0.5, plasticity=rule)
    assert made["model"].splitlines() == [
        "w : 1",
        "dx_stdp/dt = -x_stdp / tau_plus_stdp : 1 (event-driven)",
        "dy_stdp/dt = -y_stdp / tau_minus_stdp : 1 (event-driven)",
    ]
    room = "(w - w_min_stdp) / (w_max_stdp - w_min_stdp)"
    down = f"A_minus_stdp * y_stdp * {room}"
    assert made["on_pre"].splitlines() == [
        "s_AMPA_x_dend_post += w",
        f"w = clip(w - {down}, w_min_stdp, w_max_stdp)",
        "x_stdp += 1",
    ]
    assert made["on_post"].splitlines() == [
        "w = clip(w + A_plus_stdp * x_stdp, w_min_stdp, w_max_stdp)",
        "y_stdp += 1",
    ]
    assert made["namespace"] == {
        "w_min_stdp": 0,
        "w_max_stdp": 2,
        "A_plus_stdp": 0.25,
        "A_minus_stdp": 0.00525,
        "tau_plus_stdp": 15 * ms,
        "tau_minus_stdp": 20 * ms,
    }
    assert set(made) == {"model", "on_pre", "on_post", "namespace"}
    assert made.start == {"w": 0.5}


def test_another_event_is_that_of_the_pathway():
    rule = PairSTDP(post="spike_Na_dend")
    made = cell().projection("AMPA_x_dend", plasticity=rule)
    assert made["on_event"] == {"post": "spike_Na_dend"}
    model = cell()
    model.compartments["soma"].add(ThresholdCrossing("V_soma", -50 * mV, name="low"))
    rule = PairSTDP(post=ThresholdCrossing("V_soma", -50 * mV, name="low"))
    made = model.projection("AMPA_x_dend", plasticity=rule)
    assert made["on_event"] == {"post": "crossing_low_V_soma"}
    again = model.projection(
        "AMPA_x_dend", plasticity=PairSTDP(post="crossing_low_V_soma")
    )
    assert str(again) == str(made)


@pytest.mark.parametrize(
    ("weight", "start"),
    [
        (1, {"w": 1.0}),
        (0.25, {"w": 0.25}),
        (0, {"w": 0.0}),
        ("efficacy", {"efficacy": 1.0}),
        ({"efficacy": 0.5}, {"efficacy": 0.5}),
        ({"w": "0.2 + 0.1 * i"}, {"w": "0.2 + 0.1 * i"}),
    ],
)
def test_the_weight_starts_where_it_is_said_to(weight, start):
    model = point()
    made = model.projection("AMPA_x", weight=weight, plasticity=PairSTDP())
    assert made.start == start
    ((name, value),) = start.items()
    assert f"{name} : 1" in made["model"].splitlines()
    synapses = made.synapses(source([[1], [2]]), imposed(model, [[3]]))
    synapses.connect()
    expected = [0.2, 0.3] if isinstance(value, str) else [value, value]
    assert getattr(synapses, name)[:] == pytest.approx(expected, abs=1e-16)


@pytest.mark.parametrize("bounds", [(-1, 0.5), (0.5, 3)])
def test_a_weight_may_start_at_a_bound(bounds):
    rule = PairSTDP(w_min=bounds[0], w_max=bounds[1])
    for start in bounds:
        made = point().projection("AMPA_x", weight=start, plasticity=rule)
        assert made.start == {"w": start}


@pytest.mark.parametrize("mu", [0, 0.5, 1])
@pytest.mark.parametrize(("start", "end"), [("1.5", 1.0), ("-0.5", 0.0)])
def test_the_first_change_brings_a_text_that_starts_beyond_a_bound_back(mu, start, end):
    """It cannot be checked before; the room is not below 0, nor is a root of it NaN."""
    rule = PairSTDP(mu_plus=mu, mu_minus=mu)
    made = point().projection("AMPA_x", weight={"w": start}, plasticity=rule)
    group, spikes = imposed(point(), [[3]]), source([[2]])
    synapses = made.synapses(spikes, group)
    synapses.connect()
    Network(group, spikes, synapses).run(2.5 * ms)  # nothing to depress with
    assert synapses.w[0] == end


@pytest.mark.parametrize(
    "rule",
    [
        PairSTDP(mu_plus=0.5, post="spike_Na_dend", gate="reward_post"),
        TripletSTDP(),
        InhibitorySTDP(rate=5 * Hz),
        TraceSTDP(traces=X, change_post="k * x", constants={"k": 0.1}),
    ],
)
def test_it_prints_all_its_strings(rule):
    model = cell()
    model.add_equations("reward : 1")
    made = model.projection(
        "AMPA_x_dend",
        "NMDA_rec_dend",
        weight={"efficacy": 0.5},
        short_term=Depression(U=0.5, tau=100 * ms),
        plasticity=rule,
    )
    text = str(made)
    for name in ("model", "on_pre"):
        assert f"{name} = '''\n{made[name]}\n'''" in text
    post = made["on_post"]
    assert (post["post"] if isinstance(post, dict) else post) in text
    for name in made["namespace"]:
        assert f"'{name}': " in text
    if "on_event" in made:
        assert f"on_event = {made['on_event']!r}" in text
    assert ".synapses(...) starts efficacy at 0.5" in text


# -- what it does ----------------------------------------------------------------------
def run_with(make, n=3):
    """The weights after random trains, of the synapses that *make* makes."""
    defaultclock.dt = 0.5 * ms
    rng = np.random.default_rng(3)
    pre, post = ([random_train(rng, 200, 0.08, 0.5) for _ in range(n)] for _ in "ab")
    model = point()
    group, spikes = imposed(model, post), source(pre)
    synapses = make(model, spikes, group)
    Network(group, spikes, synapses).run(110 * ms)
    return np.array(synapses.w[:])


def test_plain_synapses_do_the_same_with_a_start_of_their_own():
    rule = TripletSTDP.hippocampus()

    def by_brian(model, spikes, group):
        made = model.projection("AMPA_x", plasticity=rule)
        synapses = Synapses(spikes, group, **made)
        synapses.connect()
        assert (synapses.w[:] == 0).all()  # where Brian2 starts
        synapses.w = 0.5
        return synapses

    def by_projection(model, spikes, group):
        made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
        synapses = made.synapses(spikes, group)
        synapses.connect()
        return synapses

    one, other = run_with(by_brian), run_with(by_projection)
    assert one.tolist() == other.tolist()
    assert np.ptp(one) > 0.001


def test_a_group_learns_its_own_connections():
    defaultclock.dt = 0.5 * ms
    model = point()
    group = imposed(model, [[10], [15]])
    rule = PairSTDP(A_plus=0.1, A_minus=0.05)
    synapses = model.projection("AMPA_x", weight=0.5, plasticity=rule).synapses(group)
    synapses.connect(condition="i != j")
    Network(group, synapses).run(20 * ms)
    up, down = 0.1 * np.exp(-5 / 20), -0.05 * np.exp(-5 / 20)
    weights = dict(zip(np.array(synapses.i), np.array(synapses.w) - 0.5, strict=True))
    assert weights == pytest.approx({0: up, 1: down}, abs=1e-15)


def transmitted(made, model, pre, post):
    """What each spike adds to the gate, and the weights before and after it."""
    group = imposed(model, [post], method="exponential_euler")
    spikes = source([pre])
    synapses = made.synapses(spikes, group)
    synapses.connect()
    gate = StateMonitor(group, "s_AMPA_x", record=0)
    weight = StateMonitor(synapses, "w", record=0)
    Network(group, spikes, synapses, gate, weight).run((max(pre) + 1) * ms)
    steps = np.rint(np.array(pre) / 0.1).astype(int)
    s = np.array(gate.s_AMPA_x[0])
    # s decays in the step, and then a spike adds its weight
    jumps = s[steps + 1] - s[steps] * np.exp(-0.1 / 5)
    weights = np.array(weight.w[0])
    return jumps, weights[steps], weights[steps + 1]


def test_a_spike_is_transmitted_with_the_weight_before_its_own_change():
    """And the next one with the changed weight."""
    model = point()
    rule = PairSTDP(A_plus=0.2, A_minus=0.1)
    made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
    pre, post = [5, 15, 30, 31.5], [8, 12, 22]
    jumps, before, after = transmitted(made, model, pre, post)
    assert jumps == pytest.approx(before, abs=1e-14)  # rounding
    assert before[0] == 0.5
    assert (np.abs(np.diff(before)) > 0.01).all()
    assert (after[1:] < before[1:] - 0.01).all()  # each takes some weight away


@pytest.mark.parametrize(
    "short_term",
    [
        Depression(U=0.5, tau=50 * ms),
        TsodyksMarkram(U=0.2, tau_rec=50 * ms, tau_facil=200 * ms),
    ],
)
def test_the_release_multiplies_the_weight_that_has_been_learned(short_term):
    """Jumps of the gate divided by the weights: as with a constant weight."""
    pre, post = [5.0, 15.0, 25.0, 35.0], [8.0, 18.0, 28.0]
    ratios = []
    for rule in (PairSTDP(A_plus=0.2, A_minus=0.01), PairSTDP(A_plus=0, A_minus=0)):
        model = point()
        made = model.projection(
            "AMPA_x", weight=0.25, short_term=short_term, plasticity=rule
        )
        jumps, before, _ = transmitted(made, model, pre, post)
        ratios.append(jumps / before)
        spread = np.ptp(before)
        assert spread > 0.1 if rule.A_plus else spread == 0
    assert ratios[0] == pytest.approx(ratios[1], abs=1e-13)
    assert ratios[0][0] == pytest.approx(short_term.U, abs=1e-14)  # all is there
    assert np.abs(ratios[0][1:] / short_term.U - 1).min() > 0.05


def test_short_term_plasticity_leaves_learning_alone():
    """Spikes change the weight as if all of them were released."""

    def of(short_term):
        def make(model, spikes, group):
            made = model.projection(
                "AMPA_x",
                weight=0.5,
                short_term=short_term,
                plasticity=PairSTDP(mu_plus=0.5),
            )
            synapses = made.synapses(spikes, group)
            synapses.connect()
            return synapses

        return run_with(make)

    alone = of(None)
    assert of(Depression(U=0.5, tau=50 * ms)).tolist() == alone.tolist()


@pytest.mark.parametrize("short_term", [None, Depression(U=0.5, tau=50 * ms)])
def test_a_saturating_receptor_weighs_its_gate_by_what_has_been_learned(short_term):
    """The sum of the gates follows the weight as soon as it changes."""
    model = cell()
    rule = PairSTDP(A_plus=0.4, A_minus=0)
    made = model.projection(
        "NMDA_rec_dend", weight=0.5, short_term=short_term, plasticity=rule
    )
    group, spikes = imposed(model, [[20], [30]]), source([[5], [8]])
    synapses = made.synapses(spikes, group)
    synapses.connect()
    gates = StateMonitor(synapses, ["s_NMDA_rec_dend_syn", "w"], record=True)
    total = StateMonitor(group, "s_tot_NMDA_rec_dend", record=True)
    Network(group, spikes, synapses, gates, total).run(40 * ms)
    # the sum is taken before the integration of a step: as a step begins with
    products = np.array(gates.w) * np.array(gates.s_NMDA_rec_dend_syn)
    expected = [products[np.array(synapses.j) == j].sum(0) for j in (0, 1)]
    got = np.array(total.s_tot_NMDA_rec_dend)
    assert got[:, 1:] == pytest.approx(np.array(expected)[:, :-1], abs=1e-15)
    # both synapses of neuron 0 rise at 20 ms, by what its presynaptic spike left
    assert got[0, 202] / got[0, 201] > 1.2
    weights = np.array(synapses.w[:]).reshape(2, 2)
    pairs = np.subtract.outer([20, 30], [5, 8]).T
    assert weights == pytest.approx(0.5 + 0.4 * np.exp(-pairs / 20), abs=1e-14)


def test_a_rule_does_not_change_the_method_of_a_receptor():
    model = cell()
    for rule in (None, PairSTDP()):
        made = model.projection("NMDA_rec_dend", weight="w", plasticity=rule)
        assert made["method"] == "mean_drive"
        assert "method" not in model.projection("AMPA_x_dend", plasticity=rule)


def test_the_delay_of_the_connection_does_not_delay_the_postsynaptic_spike():
    model = point()
    made = model.projection("AMPA_x", weight=0.5, plasticity=PairSTDP(A_plus=0.1))
    group, spikes = imposed(model, [[10]]), source([[5]])
    synapses = made.synapses(spikes, group, delay=3 * ms)
    synapses.connect()
    Network(group, spikes, synapses).run(12 * ms)
    expected = 0.5 + 0.1 * np.exp(-2 / 20)
    assert synapses.w[0] == pytest.approx(expected, abs=1e-15)
