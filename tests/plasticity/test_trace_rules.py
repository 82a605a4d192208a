"""TraceSTDP, and the values that all rules of spike timing refuse."""

import numpy as np
import pytest
from brian2 import Hz, Network, defaultclock, ms, mV

from dendrisyn import (
    AboveThreshold,
    InhibitorySTDP,
    InvalidValueError,
    NameConflictError,
    PairSTDP,
    TraceSTDP,
    TripletSTDP,
    UnitError,
)

from .helpers import imposed, point, run_pairs, source
from .timing_rules import FAR, PAIRINGS, trains


# -- a rule of one's own ---------------------------------------------------------------
def own_pair_rule(pairing):
    """`PairSTDP` as a `TraceSTDP`."""
    return TraceSTDP(
        traces={"x": ("pre", 13 * ms), "y": ("post", 41 * ms)},
        change_pre="-A_minus * y * (w - w_min_stdp)",
        change_post="A_plus * x * (w_max_stdp - w)",
        constants={"A_plus": 0.03, "A_minus": 0.02},
        pairing=pairing,
    )


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_pairs_of_spikes_are_a_rule_of_traces(pairing):
    defaultclock.dt = 0.5 * ms
    pre, post = trains(5, 4), trains(6, 3)
    rule = PairSTDP(
        A_plus=0.03,
        A_minus=0.02,
        tau_plus=13 * ms,
        tau_minus=41 * ms,
        mu_plus=1,
        mu_minus=1,
        pairing=pairing,
    )
    one, other = (run_pairs(each, pre, post) for each in (rule, own_pair_rule(pairing)))
    assert other == pytest.approx(one, abs=1e-15)  # the room is divided by 1
    assert np.ptp(one) > 0.01


def test_a_rule_may_read_the_voltage_at_an_event():
    """V decays from -45 mV; a spike finds it as the step has left it."""
    rule = TraceSTDP(
        traces={"x": ("pre", 20 * ms)},
        change_pre="-slope * (V_post - V0)",
        change_post="slope * (V_post - V0) * x",
        constants={"V0": -65 * mV, "slope": 0.01 / mV},
    )
    model = point()
    group = imposed(model, [[30]], method="exponential_euler")
    group.V = -45 * mV
    spikes = source([[10], [25]])
    made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    Network(group, spikes, synapses).run(31 * ms)
    before, after = np.array([10.1, 25.1]), 30.1
    expected = 0.5 - 0.2 * np.exp(-before / 20)
    expected += 0.2 * np.exp(-after / 20) * np.exp(-(30 - (before - 0.1)) / 20)
    # exact for a leak alone, but for rounding in volts: 1e-15 in 300 steps
    assert np.array(synapses.w[:]) == pytest.approx(expected, abs=1e-12)


def test_a_rule_may_have_no_trace_and_one_side():
    rule = TraceSTDP(traces={}, change_pre="-0.125")
    assert run_pairs(rule, [[1, 5, 9]], [[7]]).item() == 0.125
    made = point().projection("AMPA_x", plasticity=rule)
    assert "on_post" not in made
    assert made["model"] == "w : 1"


def test_a_rule_does_not_change_with_the_dict_that_it_was_made_of():
    traces, constants = {"x": ("pre", 20 * ms)}, {"A": 0.1}
    rule = TraceSTDP(traces=traces, change_post="A * x", constants=constants)
    traces["y"], constants["A"] = ("post", 3 * ms), 5
    assert list(rule.traces) == ["x"]
    assert rule.constants["A"] == 0.1
    with pytest.raises(TypeError):
        rule.constants["A"] = 5


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("x > 0.25", 1.0),
        ("-x % 3", 2.5),
        ("-x // 3", -1.0),
        ("-x + 1", 0.5),
        ("--x", 0.5),
        ("x  # half", 0.5),
        ("(x +\n x)", 1.0),
        ("\n  x\n", 0.5),
    ],
)
def test_what_a_spike_adds_is_the_value_of_the_expression(text, change):
    """Of any expression, whatever its operators bind to: here x is 0.5."""
    rule = TraceSTDP(traces={"x": ("pre", 1 / np.log(2) * ms)}, change_post=text, **FAR)
    weight = run_pairs(rule, [[1]], [[2]], start=10).item()
    assert weight == pytest.approx(10 + change)


X = {"x": ("pre", 20 * ms)}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, InvalidValueError, "Give change_pre or change_post"),
        ({"traces": [("x", "pre")]}, UnitError, r"traces: expected a dict, got \[\("),
        (
            {"traces": {3: ("pre", 20 * ms)}},
            UnitError,
            "traces: expected names as text, got 3",
        ),
        ({"traces": {"2x": ("pre", 20 * ms)}}, NameConflictError, "'2x'"),
        ({"traces": {"x_post": ("pre", 20 * ms)}}, NameConflictError, "'_post'"),
        ({"traces": {"t": ("pre", 20 * ms)}}, NameConflictError, "'t'"),
        ({"traces": {"mV": ("pre", 20 * ms)}}, NameConflictError, "'mV'"),
        ({"traces": {"lastspike": ("pre", 20 * ms)}}, NameConflictError, "lastspike"),
        ({"traces": {"j": ("pre", 20 * ms)}}, NameConflictError, "'j'"),
        ({"traces": {"delay": ("pre", 20 * ms)}}, NameConflictError, "'delay'"),
        ({"traces": {"lastupdate": ("pre", 9 * ms)}}, NameConflictError, "lastupdate"),
        ({"traces": {"w_min_stdp": ("pre", 9 * ms)}}, NameConflictError, "w_min_stdp"),
        ({"traces": {"x": "pre"}}, UnitError, r"traces\['x'\]: expected a side and"),
        ({"traces": {"x": ("pre",)}}, UnitError, r"traces\['x'\]: expected a side and"),
        (
            {"traces": {"x": ("both", 20 * ms)}},
            InvalidValueError,
            r"traces\['x'\]: expected 'pre' or 'post', got 'both'",
        ),
        (
            {"traces": {"x": ("pre", 20)}},
            UnitError,
            r"traces\['x'\]: expected a value in second .*, got 20",
        ),
        ({"traces": {"x": ("pre", 20 * mV)}}, UnitError, "got 20. mV"),
        ({"traces": {"x": ("pre", 0 * ms)}}, InvalidValueError, "must be positive"),
        ({"traces": {"x": ("pre", -1 * ms)}}, InvalidValueError, "must be positive"),
        ({"traces": {"x": ("pre", np.inf * ms)}}, InvalidValueError, "finite"),
        ({"change_pre": 3}, UnitError, "change_pre: expected an expression as text"),
        ({"change_post": None}, UnitError, "change_post: expected an expression"),
        ({"change_pre": "w += x"}, InvalidValueError, "change_pre: Python cannot read"),
        ({"change_post": "x +"}, InvalidValueError, "change_post: Python cannot read"),
        ({"change_post": "x; w"}, InvalidValueError, "cannot read 'x; w'"),
        ({"change_post": " "}, InvalidValueError, "change_post: Python cannot read"),
        ({"constants": [3]}, UnitError, r"constants: expected a dict, got \[3\]"),
        ({"constants": {3: 4}}, UnitError, "constants: expected names as text, got 3"),
        ({"constants": {"k_pre": 4}}, NameConflictError, "'_pre'"),
        ({"constants": {"xi": 4}}, NameConflictError, "'xi'"),
        ({"constants": {"k": "4"}}, UnitError, r"constants\['k'\]: expected a value"),
        ({"constants": {"k": True}}, UnitError, r"constants\['k'\]: expected a value"),
        ({"constants": {"k": np.nan}}, InvalidValueError, r"\['k'\]: expected a finit"),
        ({"constants": {"k": [1, 2] * mV}}, InvalidValueError, "expected one value"),
        ({"constants": {"w_max_stdp": 7}}, NameConflictError, "w_max_stdp"),
        ({"constants": {"tau_x_stdp": 7 * ms}}, NameConflictError, "tau_x_stdp"),
        ({"constants": {"x": 7}}, NameConflictError, "'x'"),
    ],
)
def test_a_rule_of_ones_own_says_what_is_wrong_with_it(arguments, error, message):
    change = {} if not arguments else {"change_post": "0.1"}
    with pytest.raises(error, match=rf"TraceSTDP.*{message}"):
        TraceSTDP(**{"traces": X, **change, **arguments})


@pytest.mark.parametrize(
    "make",
    [
        PairSTDP,
        TripletSTDP,
        lambda **given: InhibitorySTDP(rate=5 * Hz, **given),
        lambda **given: TraceSTDP(traces=X, change_post="x", **given),
    ],
)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"post": 3}, UnitError, r"post: expected the name of an event.*Crossing\("),
        ({"post": None}, UnitError, "post: expected the name of an event"),
        ({"pairing": "all"}, InvalidValueError, "pairing: .*'nearest', got 'all'"),
        ({"w_max": 0}, InvalidValueError, "w_max: must be above w_min = 0, got 0"),
        ({"w_min": 20}, InvalidValueError, "w_max: must be above w_min = 20, got 1"),
        (
            {"post": AboveThreshold("V", 0 * mV)},
            UnitError,
            "post: expected the name of an ev",
        ),
        ({"w_min": 0 * mV}, UnitError, "w_min: expected a plain number"),
        ({"w_max": np.inf}, InvalidValueError, "w_max: expected a finite value"),
        ({"gate": 3}, UnitError, "gate: expected an expression as text, got 3"),
        ({"gate": "reward = 1"}, InvalidValueError, "gate: Python cannot read"),
        ({"gate": "reward +"}, InvalidValueError, "gate: Python cannot read"),
        ({"gate": "a; b"}, InvalidValueError, "gate: Python cannot read"),
        ({"gate": "if a: b"}, InvalidValueError, "gate: Python cannot read"),
        ({"gate": " "}, InvalidValueError, "gate: Python cannot read"),
    ],
)
def test_what_all_rules_have_is_checked_when_they_are_made(
    make, arguments, error, message
):
    with pytest.raises(error, match=rf"STDP\.{message}"):
        make(**arguments)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PairSTDP(A_plus=-1), "PairSTDP.A_plus: must not be negative"),
        (lambda: PairSTDP(tau_plus=0 * ms), "PairSTDP.tau_plus: must be positive"),
        (lambda: PairSTDP(mu_minus=-1), "PairSTDP.mu_minus: must not be negative"),
        (lambda: TripletSTDP(A3_plus=-1), "TripletSTDP.A3_plus: must not be negative"),
        (lambda: TripletSTDP(tau_y=0 * ms), "TripletSTDP.tau_y: must be positive"),
        (lambda: InhibitorySTDP(rate=-1 * Hz), "rate: must not be negative"),
        (lambda: InhibitorySTDP(rate=1 * Hz, eta=-1), "eta: must not be negative"),
        (lambda: PairSTDP(A_plus=np.nan), "PairSTDP.A_plus: expected a finite"),
    ],
)
def test_numbers_have_a_range(make, message):
    with pytest.raises(InvalidValueError, match=message):
        make()


def test_units_are_checked():
    with pytest.raises(UnitError, match=r"PairSTDP.tau_plus: expected a value in sec"):
        PairSTDP(tau_plus=20)
    with pytest.raises(UnitError, match=r"InhibitorySTDP.rate: .* hertz .*got 5. ms"):
        InhibitorySTDP(rate=5 * ms)
    with pytest.raises(TypeError):
        InhibitorySTDP()  # a rate has no default
