"""What a projection with a rule of plasticity writes, does and refuses."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    mV,
    nS,
)

from dendrisyn import (
    AMPA,
    NMDA,
    AboveThreshold,
    Dendrite,
    DendriticSpike,
    Depression,
    FilteredVoltage,
    InhibitorySTDP,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    PairSTDP,
    SaturatingNMDA,
    Soma,
    ThresholdCrossing,
    TraceSTDP,
    TripletSTDP,
    TsodyksMarkram,
    UnitError,
    UnknownNameError,
    VoltageSTDP,
)

from .helpers import PASSIVE, imposed, point, random_train, source

X = {"x": ("pre", 20 * ms)}


def cell():
    """A soma and a dendrite with receptors, one of which saturates, and a spike."""
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    soma.add(AMPA("x", g=0 * nS, t_decay=5 * ms))
    dend.add(
        AMPA("x", g=0 * nS, t_decay=5 * ms),
        NMDA("rec", g=0 * nS, kinetics=SaturatingNMDA()),
        DendriticSpike(
            "Na",
            threshold=-40 * mV,
            g_rise=5 * nS,
            duration_rise=1 * ms,
            reversal_rise="E_Na",
            refractory=5 * ms,
        ),
    )
    return NeuronModel([(soma, dend, 10 * nS)])


def state(model):
    """All that can be read of a model."""
    mechanisms = {k: list(each.mechanisms) for k, each in model.compartments.items()}
    values = {name: repr(value) for name, value in model.parameters.items()}
    return str(model), model.equations, model.events, values, mechanisms


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


# -- what it needs ---------------------------------------------------------------------


def as_a_user(line, model):
    """Run a line of a message as it stands."""
    scope = {"model": model}
    exec("from brian2 import *; from dendrisyn import *", scope)
    exec(line, scope)


@pytest.mark.parametrize(
    "rule",
    [
        VoltageSTDP(),
        VoltageSTDP.hippocampus(),
        VoltageSTDP(delay=0 * ms, theta_plus=-0.04 * mV, tau_plus=0.7 * ms),
        VoltageSTDP(theta_plus=-100 / 3 * mV, tau_minus=20 / 3 * ms),
        PairSTDP(post=ThresholdCrossing("V_dend", -45 * mV)),
        PairSTDP(post=ThresholdCrossing("V_soma", -45.3 * mV, name="low")),
        PairSTDP(post=ThresholdCrossing("V", -45 * mV)),
        TripletSTDP(post=ThresholdCrossing("V_dend", -100 / 3 * mV)),
        InhibitorySTDP(
            rate=5 * Hz, post=ThresholdCrossing("V_dend", -45.123456789012 * mV)
        ),
        TraceSTDP(traces=X, change_post="x", post=ThresholdCrossing("V_dend", 1 * mV)),
    ],
)
def test_what_is_missing_is_mended_by_the_line_in_the_message(rule):
    model = cell()
    before = state(model)
    with pytest.raises(InvalidValueError, match="Before you make the group") as caught:
        model.projection("AMPA_x_dend", plasticity=rule)
    assert state(model) == before
    message = str(caught.value)
    title = type(rule).__name__
    assert message.startswith(f"NeuronModel(soma, dend).projection: {title} needs")
    _, _, line = message.partition("add: ")
    as_a_user(line, model)
    made = model.projection("AMPA_x_dend", plasticity=rule)
    model.make_neurongroup(1)
    assert "on_event" in made


def test_what_is_missing_of_a_point_neuron_is_mended_too():
    for rule in (VoltageSTDP(), PairSTDP(post=ThresholdCrossing("V", -45 * mV))):
        model = point()
        with pytest.raises(InvalidValueError, match=r"add: model\.add\(") as caught:
            model.projection("AMPA_x", plasticity=rule)
        as_a_user(str(caught.value).partition("add: ")[2], model)
        assert "on_event" in model.projection("AMPA_x", plasticity=rule)


def test_only_what_is_missing_is_asked_for():
    model, rule = cell(), VoltageSTDP(delay=0 * ms)
    dend = model.compartments["dend"]
    dend.add(FilteredVoltage("plus", tau=7 * ms), AboveThreshold("V_dend", -45.3 * mV))
    with pytest.raises(
        InvalidValueError, match=r"add\(FilteredVoltage\('minus'"
    ) as caught:
        model.projection("AMPA_x_dend", plasticity=rule)
    assert "'plus'" not in str(caught.value)
    assert "Above" not in str(caught.value)
    # those of the soma do not count
    model.compartments["soma"].add(FilteredVoltage("minus", tau=10 * ms))
    with pytest.raises(
        InvalidValueError, match=r"\['dend'\]\.add\(FilteredVoltage\('minus'"
    ):
        model.projection("AMPA_x_dend", plasticity=rule)


@pytest.mark.parametrize(
    ("mechanism", "rule", "message"),
    [
        (
            FilteredVoltage("minus", tau=12 * ms),
            VoltageSTDP(delay=0 * ms),
            r"needs tau_V_minus_dend = 10\*msecond, but in the model it is 12\*m",
        ),
        (
            FilteredVoltage("minus", tau=10 * ms),
            VoltageSTDP(delay=4 * ms),
            r"needs FilteredVoltage\(.* but 'V_minus' of the model has another form",
        ),
        (
            AboveThreshold("V_dend", -45 * mV),
            VoltageSTDP(),
            r"needs theta_above_V_dend = -45\.3\*mvolt, but .* is -45\*mvolt",
        ),
        (
            ThresholdCrossing("V_dend", -45 * mV),
            PairSTDP(post=ThresholdCrossing("V_dend", -40 * mV)),
            r"needs theta_crossing_V_dend = -40\*mvolt, but .* -45\*mvolt\. Ch",
        ),
    ],
)
def test_what_is_there_with_another_value_is_refused(mechanism, rule, message):
    model = cell()
    model.compartments["dend"].add(mechanism)
    before = state(model)
    with pytest.raises(InvalidValueError, match=f"STDP {message}"):
        model.projection("AMPA_x_dend", plasticity=rule)
    assert state(model) == before


def test_a_value_that_was_changed_in_the_model_counts():
    model = cell()
    model.compartments["dend"].add(ThresholdCrossing("V_dend", -45 * mV))
    model.parameters["theta_crossing_V_dend"] = -40 * mV
    rules = [
        PairSTDP(post=ThresholdCrossing("V_dend", value * mV)) for value in (-45, -40)
    ]
    with pytest.raises(InvalidValueError, match="Change one of them"):
        model.projection("AMPA_x_dend", plasticity=rules[0])
    assert model.projection("AMPA_x_dend", plasticity=rules[1])
    # by its name, the event is followed whatever its threshold
    named = PairSTDP(post="crossing_V_dend")
    assert model.projection("AMPA_x_dend", plasticity=named)


def test_a_local_rule_reads_one_compartment():
    model = cell()
    for each in model.compartments.values():
        each.add(
            FilteredVoltage("minus", tau=10 * ms, delay=4 * ms),
            FilteredVoltage("plus", tau=7 * ms, delay=4 * ms),
        )
    for name in ("soma", "dend"):
        model.compartments[name].add(AboveThreshold(f"V_{name}", -45.3 * mV))
    before = state(model)
    message = r"VoltageSTDP reads .* several, with V_soma, V_dend.* projection to each"
    with pytest.raises(InvalidValueError, match=message):
        model.projection("AMPA_x_soma", "AMPA_x_dend", plasticity=VoltageSTDP())
    assert state(model) == before
    for name in ("soma", "dend"):
        made = model.projection(f"AMPA_x_{name}", plasticity=VoltageSTDP())
        assert f"V_minus_late_{name}_post" in made["on_pre"]
    # two receptors of one compartment are one place; another rule reads none
    assert model.projection("AMPA_x_dend", "NMDA_rec_dend", plasticity=VoltageSTDP())
    assert model.projection("AMPA_x_soma", "AMPA_x_dend", plasticity=PairSTDP())


def test_v_is_the_voltage_at_which_the_synapses_end():
    model = cell()
    crossing = ThresholdCrossing("V", -45 * mV)
    for each in model.compartments.values():
        each.add(crossing)
    for name in ("soma", "dend"):
        made = model.projection(f"AMPA_x_{name}", plasticity=PairSTDP(post=crossing))
        assert made["on_event"] == {"post": f"crossing_V_{name}"}
    with pytest.raises(InvalidValueError, match=r"PairSTDP reads .* on several"):
        model.projection(
            "AMPA_x_soma", "AMPA_x_dend", plasticity=PairSTDP(post=crossing)
        )
    # one that is named is the same for all
    named = PairSTDP(post=ThresholdCrossing("V_dend", -45 * mV))
    made = model.projection("AMPA_x_soma", "AMPA_x_dend", plasticity=named)
    assert made["on_event"] == {"post": "crossing_V_dend"}


# -- what it refuses -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"weight": 1.5},
            InvalidValueError,
            "w starts at 1.5, outside of the bounds of PairSTDP, w_min=0 and w_max=1",
        ),
        ({"weight": -0.1}, InvalidValueError, "w starts at -0.1, outside"),
        ({"weight": {"v": 2}}, InvalidValueError, "v starts at 2, outside"),
        (
            {"plasticity": PairSTDP(w_max=0.5)},
            InvalidValueError,
            "w starts at 1, outside of the bounds of PairSTDP, w_min=0 and w_max=0.5",
        ),
        ({"weight": 1 * nS}, UnitError, "expected a plain number"),
        ({"weight": float("nan")}, InvalidValueError, "expected a finite value"),
        ({"weight": [0.1, 0.2]}, InvalidValueError, "one number, or a text"),
        ({"weight": "x_stdp"}, NameConflictError, "'x_stdp'"),
        ({"weight": "A_plus_stdp"}, NameConflictError, "'A_plus_stdp'"),
        ({"weight": "V_dend"}, NameConflictError, "'V_dend' already"),
        ({"weight": "delay"}, NameConflictError, "'delay'"),
        ({"plasticity": PairSTDP}, UnitError, r"expected a rule, such as PairSTDP\(\)"),
        ({"plasticity": "PairSTDP"}, UnitError, "expected a rule, such as PairSTDP"),
        (
            {"plasticity": PairSTDP(post="spike_Na_den")},
            UnknownNameError,
            "PairSTDP.post: the model has no event 'spike_Na_den'. .*'spike_Na_dend'",
        ),
        (
            {"plasticity": TripletSTDP(post="spikes")},
            UnknownNameError,
            "TripletSTDP.post: the model has no event 'spikes'. Did you mean 'spike'",
        ),
        (
            {"plasticity": PairSTDP(post="crossing_V_dend")},
            UnknownNameError,
            "has no event 'crossing_V_dend'",
        ),
        (
            {"plasticity": PairSTDP(post=ThresholdCrossing("V_den", -45 * mV))},
            UnknownNameError,
            "no compartment with a voltage 'V_den'. Did you mean 'V_dend'",
        ),
        (
            {"plasticity": TraceSTDP(traces=X, change_post="x"), "weight": "x"},
            NameConflictError,
            "'x'",
        ),
        (
            {
                "plasticity": TraceSTDP(
                    traces={"V_soma": ("pre", 9 * ms)}, change_post="V_soma"
                )
            },
            NameConflictError,
            "'V_soma'",
        ),
        (
            {
                "plasticity": TraceSTDP(
                    traces={"z_stp": ("pre", 9 * ms)}, change_post="z_stp"
                ),
                "short_term": Depression(U=0.5, tau=9 * ms),
            },
            NameConflictError,
            "'z_stp'",
        ),
    ],
)
def test_a_projection_says_what_is_wrong_and_changes_nothing(arguments, error, message):
    model = cell()
    before = state(model)
    with pytest.raises(
        error, match=rf"^NeuronModel\(soma, dend\).projection: .*{message}"
    ):
        model.projection("AMPA_x_dend", **{"plasticity": PairSTDP(), **arguments})
    assert state(model) == before


def test_a_variable_of_the_model_cannot_have_the_name_of_a_trace():
    model = cell()
    model.add_equations("y_stdp : 1")
    with pytest.raises(NameConflictError, match="'y_stdp'"):
        model.projection("AMPA_x_dend", plasticity=PairSTDP())


def test_an_event_that_the_group_was_made_without_is_refused_by_brian():
    model = cell()
    made = model.projection("AMPA_x_dend", plasticity=PairSTDP(post="spike_Na_dend"))
    group = model.make_neurongroup(1, dspike_events=False)
    with pytest.raises(Exception, match="spike_Na_dend"):
        made.synapses(source([[1]]), group)
