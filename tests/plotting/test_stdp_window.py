"""`plotting.stdp_window`: windows in closed form."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    ms,
    mV,
    pA,
)
from helpers.plots import PAIR, curve, curves, labels, window
from numpy.testing import assert_allclose

from dendrisyn import (
    BTSP,
    CalciumPool,
    CalciumSTDP,
    InhibitorySTDP,
    InvalidValueError,
    PairSTDP,
    PlateauSignal,
    ThresholdCrossing,
    TraceSTDP,
    TripletSTDP,
    UnitError,
    VoltageSTDP,
    plotting,
)

plt = pytest.importorskip("matplotlib.pyplot")


def test_window_of_pairs_is_the_closed_form():
    ax = plotting.stdp_window(PairSTDP(**PAIR))
    d, change = curve(ax)
    # every millisecond, and the step before the jump
    assert_allclose(d, np.union1d(np.arange(-100, 101), [-0.1]), atol=1e-9)
    # Traces are exact; 0.5 + change is rounded.
    assert_allclose(change, window(d), atol=1e-15)
    assert ax.get_xlabel() == "post minus pre (ms)"
    assert ax.get_ylabel() == "change of the weight"
    assert labels(ax) == ["PairSTDP"]


def test_window_depends_on_the_start_and_can_be_relative():
    rule = PairSTDP(**PAIR, mu_plus=1, mu_minus=1, w_min=1, w_max=5)
    times = [-20, 20] * ms
    d = np.array([-20, 20])
    for start, room in [(None, 2), (2, 3)]:
        begin = 3 if start is None else start
        ax = plotting.stdp_window(rule, times=times, start=start)
        up, down = 0.01 * (5 - begin) / 4, 0.006 * (begin - 1) / 4
        assert room == 5 - begin
        assert_allclose(curve(ax)[1], window(d, up, down), atol=1e-15)
    ax = plotting.stdp_window(rule, times=times, start=2, relative=True)
    assert_allclose(curve(ax)[1], 50 * window(d, 0.0075, 0.0015), atol=1e-12)
    assert ax.get_ylabel() == "change of the weight (%)"


@pytest.mark.parametrize("pairing", ["all-to-all", "nearest"])
def test_window_of_several_pairs(pairing):
    d = np.array([-30, -10, 0, 10, 30])
    ax = plotting.stdp_window(
        PairSTDP(**PAIR, pairing=pairing),
        times=d * ms,
        pairs=4,
        frequency=20 * Hz,
        start=0.5,
    )
    pre = 50 * np.arange(4)
    expected = []
    for apart in d:
        post = pre + apart
        total = 0
        if pairing == "all-to-all":
            total = window(post[:, None] - pre).sum()
        else:
            for t in post:  # paired with the last presynaptic spike
                before = pre[pre <= t]
                total += window(t - before[-1]) if len(before) else 0
            for t in pre:
                before = post[post < t]
                total += window(before[-1] - t) if len(before) else 0
        expected.append(total)
    assert_allclose(curve(ax)[1], expected, atol=1e-14)  # rounding


def test_windows_of_other_rules():
    d = np.array([-40, -7, 0, 7, 40])
    hippocampus = TripletSTDP.hippocampus(w_max=2)
    inhibitory = InhibitorySTDP(rate=8 * Hz, eta=0.01)
    own = TraceSTDP(
        traces={"x": ("pre", 15 * ms), "y": ("post", 30 * ms)},
        change_pre="-B * y",
        change_post="A * x",
        constants={"A": 0.01, "B": 0.006},
    )
    ax = plotting.stdp_window(hippocampus, inhibitory, own, times=d * ms)
    assert labels(ax) == ["TripletSTDP", "InhibitorySTDP", "TraceSTDP"]
    (_, triplet), (_, vogels), (_, traces) = curves(ax)
    # A single pair has no triplets.
    expected = np.where(d >= 0, 6.1e-3 * np.exp(-d / 16.8), -1.6e-3 * np.exp(d / 33.7))
    assert_allclose(triplet, expected, atol=1e-15)  # rounding, as below
    expected = 0.01 * (np.exp(-np.abs(d) / 20) - 2 * 0.008 * 20)
    assert_allclose(vogels, expected, atol=1e-14)
    assert_allclose(traces, window(d), atol=1e-15)


def test_window_of_calcium_is_that_of_its_equation():
    d = np.array([-25, 5, 20])
    rule = CalciumSTDP.published("DP")
    assert rule.sigma > 0
    ax = plotting.stdp_window(rule, times=d * ms, start=0.5)
    t = np.arange(-100, 500, 0.002)  # ms
    for apart, change in zip(d, curve(ax)[1], strict=True):
        calcium = sum(
            size * np.exp(-(t - at) / 20) * (t >= at)
            for size, at in [(1, 13.7), (2, apart)]
        )
        up, down = 321.808 * (calcium > 1.3), 200.0 * (calcium > 1)
        # The efficacy changes by a percent: exponentials of the linear part.
        rho = 0.5
        for gain, loss in zip(up, down, strict=True):
            if gain or loss:
                total = gain + loss
                rho += (gain / total - rho) * -np.expm1(-total * 0.002 / 150e3)
        # time above threshold to 0.002 ms of 15, and the two-well term
        assert change == pytest.approx(rho - 0.5, rel=2e-3)
        assert abs(change) > 1e-3


def test_post_events_of_dendrites_gates_and_noise_are_those_of_the_window():
    times = np.array([-10, 10]) * ms
    for changed in [
        {"post": "spike_Na_dend"},
        {"post": ThresholdCrossing("V_dend", -45 * mV)},
        {"gate": "reward(t) * V_dend_post"},
    ]:
        ax = plotting.stdp_window(PairSTDP(**PAIR, **changed), times=times)
        assert_allclose(curve(ax)[1], window(np.array([-10, 10])), atol=1e-15)


def test_times_are_rounded_to_steps():
    ax = plotting.stdp_window(
        PairSTDP(**PAIR), times=[-1.04, 0.26, 250] * ms, dt=0.5 * ms
    )
    d, change = curve(ax)
    assert_allclose(d, [-1, 0.5, 250])
    assert_allclose(change, window(d), atol=1e-15)


def test_window_says_what_is_wrong():
    plateau = PlateauSignal(threshold=-35 * mV)
    for rules, arguments, message in [
        ([], {}, "a rule is required"),
        ([VoltageSTDP()], {}, "VoltageSTDP follows the voltage of a dendrite"),
        ([BTSP(plateau=plateau)], {}, "BTSP follows"),
        (
            [
                CalciumSTDP(
                    pool=CalciumPool(["I_NMDA_x"], gain=1 / pA / ms, tau=20 * ms)
                )
            ],
            {},
            "CalciumSTDP: its pool",
        ),
        ([PairSTDP()], {"start": 2}, "within the bounds of PairSTDP, 0 and 1, got 2"),
        ([PairSTDP()], {"pairs": 0}, "pairs: expected a positive integer, got 0"),
        ([PairSTDP()], {"start": 0, "relative": True}, "weight at the start is 0"),
        ([PairSTDP()], {"times": [] * ms}, "times: expected finite values"),
        ([PairSTDP()], {"times": [np.nan] * ms}, "times: expected finite values"),
        (
            [TraceSTDP(traces={}, change_post="0.01 * int(V_dend_post > -40*mV)")],
            {},
            "a rule cannot be run without a cell: it may read variables of neurons",
        ),
        (
            [TraceSTDP(traces={}, change_post="amount")],
            {},
            "a rule cannot be run without a cell",
        ),
    ]:
        with pytest.raises(InvalidValueError, match=f"^stdp_window: .*{message}"):
            plotting.stdp_window(*rules, **arguments)
    for arguments, message in [
        ({"times": [1, 2]}, "times: expected times"),
        ({"times": 3 * ms}, "times: expected times"),
        ({"times": "all"}, "times: expected times"),
        ({"pairs": 2.5}, "pairs: expected a positive integer"),
        ({"frequency": 3}, "frequency"),
        ({"dt": 3}, "dt"),
        ({"start": 1 * mV}, "start"),
    ]:
        with pytest.raises(UnitError, match=f"^stdp_window: {message}"):
            plotting.stdp_window(PairSTDP(), **arguments)
    with pytest.raises(UnitError, match="expected a rule"):
        plotting.stdp_window("PairSTDP")
    assert plt.get_fignums() == []
