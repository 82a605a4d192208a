import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA, pF, second
from scipy.integrate import solve_ivp

from dendrisyn import (
    AMPA,
    NMDA,
    CurrentBased,
    Delta,
    Dendrite,
    Depression,
    DualExponential,
    InvalidValueError,
    NeuronModel,
    PointNeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    TsodyksMarkram,
    UnitError,
    UnknownNameError,
)
from dendrisyn.measure.summation import dendritic_io
from dendrisyn.measure.synaptic import psp
from dendrisyn.measure.trains import paired_pulse, train

REST = -70
LINEAR = Synapse(
    "exc",
    "x",
    kinetics=DualExponential(t_rise=0.5 * ms, t_decay=3 * ms),
    output=CurrentBased(J=50 * pA),
)
KICK = Synapse("kick", "x", kinetics=Delta(J=2 * mV))
SATURATING = NMDA(
    "s",
    g=4 * nS,
    kinetics=SaturatingNMDA(t_rise=2 * ms, t_decay=30 * ms, alpha=500 * Hz),
)
DEPRESSION = Depression(U=0.4, tau=150 * ms)
FACILITATION = TsodyksMarkram(U=0.1, tau_rec=100 * ms, tau_facil=300 * ms)
NA = {
    "threshold": -45 * mV,
    "g_rise": 22 * nS,
    "g_fall": 14 * nS,
    "duration_rise": 1.2 * ms,
    "duration_fall": 2.4 * ms,
    "offset_fall": 0.2 * ms,
    "refractory": 5 * ms,
    "reversal_rise": "E_Na",
    "reversal_fall": "E_K",
}


def cell(*mechanisms, dspikes=False):
    """Return a passive cell of two compartments, with receptors on the dendrite."""
    soma = Soma("soma", cm_abs=60 * pF, gl_abs=6 * nS, v_rest=REST * mV)
    dend = Dendrite("dend", cm_abs=20 * pF, gl_abs=2 * nS, v_rest=REST * mV)
    dend.add(*mechanisms)
    if dspikes:
        dend.dspikes("Na", **NA)
    return NeuronModel([(soma, dend, 3 * nS)])


def point(*mechanisms):
    """Return a cell of one compartment, of 10 ms."""
    made = PointNeuronModel(cm_abs=100 * pF, gl_abs=10 * nS, v_rest=REST * mV)
    made.add(*mechanisms)
    return made


def released(rule, times):
    """Return what each spike at *times* (ms) releases, of the rules as published."""
    u = used = 0.0
    amounts, last = [], None
    for time in times:
        since = 0 if last is None else time - last
        if isinstance(rule, Depression):
            used *= np.exp(-since / float(rule.tau / ms))
            u = rule.U
        else:
            used *= np.exp(-since / float(rule.tau_rec / ms))
            u *= np.exp(-since / float(rule.tau_facil / ms))
            u += rule.U * (1 - u)
        amounts.append(u * (1 - used))
        used += amounts[-1]
        last = time
    return np.array(amounts)


# Responses of a linear cell are sums of one response: what is left is rounding, of
# differences of voltages of 70 mV (1e-14 mV) that are some .1 mV.
ROUNDING = 1e-9


def same(one, other):
    np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-10)


# -- paired pulses ------------------------------------------------------------------


@pytest.mark.parametrize("rule", [DEPRESSION, FACILITATION])
def test_paired_pulse_ratio_is_that_of_the_release(rule):
    intervals = np.array([0.5, 5, 20, 100])
    model = cell(LINEAR)
    found = paired_pulse(model, "exc_x_dend", intervals * ms, short_term=rule)
    amounts = [released(rule, [0, each]) for each in intervals]
    expected = [second / first for first, second in amounts]
    np.testing.assert_allclose(found.ratio, expected, rtol=ROUNDING)
    np.testing.assert_allclose(found.second / found.first, found.ratio, rtol=1e-15)
    single = psp(model, "exc_x_dend", short_term=rule).amplitude
    np.testing.assert_allclose(found.first / single, 1, rtol=ROUNDING)
    np.testing.assert_array_equal(found.interval / ms, intervals)
    assert found.traces["V_soma"].shape[0] == 2 + len(intervals)


def test_paired_pulse_without_plasticity_is_one_where_all_is_linear():
    found = paired_pulse(cell(LINEAR), "exc_x_dend", 7 * ms, "dend", weight=-2)
    assert found.ratio == pytest.approx(1, rel=ROUNDING)
    assert found.ratio.shape == found.interval.shape == found.first.shape == ()
    assert found.first < 0 * mV
    assert found.at == "dend"


def saturating(t, y):
    Vs, Vd, s, x = y
    synaptic = 4 * s * (0 - Vd) / (1 + np.exp(-0.062 * Vd) / 3.57)
    axial = 3 * (Vd - Vs)
    return [
        (6 * (REST - Vs) + axial) / 60,
        (2 * (REST - Vd) - axial + synaptic) / 20,
        -s / 30 + 0.5 * x * (1 - s),
        -x / 2,
    ]


def solved(arrivals, t, release=None):
    """Return the somatic deflection at *t* after spikes at *arrivals* (ms)."""
    state, values = np.array([REST, REST, 0.0, 0.0]), np.zeros_like(t)
    ends = [*arrivals[1:], t[-1] + 1]
    amounts = np.ones(len(arrivals)) if release is None else release
    for start, end, amount in zip(arrivals, ends, amounts, strict=True):
        state[3] += amount
        run = solve_ivp(
            saturating,
            (start, end),
            state,
            "DOP853",
            rtol=1e-9,
            atol=1e-11,
            dense_output=True,
        )
        here = (t >= start) & (t < end)
        values[here] = run.sol(t[here])[0] - REST
        state = run.y[:, -1].copy()
    return values


def test_saturating_receptor_equals_slow_reference():
    # the second spike finds the gate half open
    t = np.arange(0, 150, 0.01)
    both, one = solved([0, 10], t), solved([0], t)
    first, second = one.max(), (both - one)[t >= 10].max()
    found = paired_pulse(cell(SATURATING), "NMDA_s_dend", 10 * ms)
    # a gate on a synapse is taken from the start of each step
    assert found.first / mV == pytest.approx(first, rel=1e-4)
    assert found.second / mV == pytest.approx(second, rel=1e-4)
    assert found.ratio < 0.85


def test_paired_pulse_of_many_points():
    intervals = [5, 50] * ms
    values = [1, 6] * nS
    many = paired_pulse(
        cell(AMPA("x", g=1 * nS, t_decay=3 * ms)),
        "AMPA_x_dend",
        intervals,
        short_term=DEPRESSION,
        vary={"g_AMPA_x_dend": values},
    )
    assert many.ratio.shape == many.first.shape == (2, 2)
    for row, g in enumerate(values):
        model = cell(AMPA("x", g=g, t_decay=3 * ms))
        one = paired_pulse(model, "AMPA_x_dend", intervals, short_term=DEPRESSION)
        for name in ("ratio", "first", "second"):
            same(getattr(many, name)[row], getattr(one, name))
    single = paired_pulse(
        cell(AMPA("x", g=1 * nS, t_decay=3 * ms)),
        "AMPA_x_dend",
        50 * ms,
        short_term=DEPRESSION,
    )
    same(single.ratio, many.ratio[0, 1])


def test_ratio_over_nothing_is_nan():
    found = paired_pulse(cell(LINEAR), "exc_x_dend", 5 * ms, weight=0, duration=5 * ms)
    assert np.isnan(found.ratio)
    assert found.first == 0 * mV


# -- trains -------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [DEPRESSION, FACILITATION])
def test_responses_to_a_train_are_those_of_the_release(rule):
    rates = np.array([20, 100])
    found = train(cell(LINEAR), "exc_x_dend", rates * Hz, 5, short_term=rule)
    assert found.amplitude.shape == found.peak.shape == (2, 5)
    for row, rate in enumerate(rates):
        amounts = released(rule, np.arange(5) * 1e3 / rate)
        np.testing.assert_allclose(
            found.relative[row], amounts / amounts[0], rtol=ROUNDING
        )
        steady = amounts[-1] / amounts[0]
        assert found.steady_state[row] == pytest.approx(steady, rel=ROUNDING)
    np.testing.assert_allclose(found.peak[:, 0], found.amplitude[:, 0], rtol=ROUNDING)
    assert np.all(found.peak[:, 1:] > found.amplitude[:, 1:])
    assert np.all(found.spike == [1, 2, 3, 4, 5])


def test_jumps_add_up_to_a_geometric_sum():
    found = train(point(KICK), "kick_x", 200 * Hz, 4)
    left = np.exp(-5 / 10) ** np.arange(4)
    sums = 2 * np.cumsum(left)
    # the peak after a spike is the jump, and does not contain the next one
    np.testing.assert_allclose(found.peak / mV, sums, rtol=1e-5)  # 0.1 ms of 10 ms
    np.testing.assert_allclose(found.amplitude / mV, 2, rtol=ROUNDING)
    assert found.summation == pytest.approx(sums[-1] / 2, rel=1e-5)
    assert found.steady_state == pytest.approx(1, rel=ROUNDING)
    assert found.rate == 200 * Hz


def test_train_at_a_saturating_receptor_equals_slow_reference():
    t = np.arange(0, 150, 0.01)
    amounts = released(DEPRESSION, [0, 20, 40])
    traces = [np.zeros_like(t)] + [
        solved([0, 20, 40][:k], t, amounts[:k]) for k in (1, 2, 3)
    ]
    found = train(cell(SATURATING), "NMDA_s_dend", 50 * Hz, 3, short_term=DEPRESSION)
    for k in range(3):
        later = t >= 20 * k
        added = (traces[k + 1] - traces[k])[later].max()
        # a gate on a synapse is taken from the start of each step
        assert found.amplitude[k] / mV == pytest.approx(added, rel=1e-4)
        until = later & (t <= 20 * (k + 1)) if k < 2 else later
        peak = traces[3][until].max()
        # half a step late at most, where it still rises at the next spike
        assert found.peak[k] / mV == pytest.approx(peak, rel=2e-3 if k < 2 else 1e-4)


def test_train_of_many_points():
    def made(g):
        return cell(AMPA("x", g=g, t_decay=3 * ms))

    values, rates = [1, 6] * nS, [50, 100] * Hz
    arguments = {"number": 3, "short_term": DEPRESSION, "duration": 40 * ms}
    many = train(
        made(1 * nS), "AMPA_x_dend", rates, vary={"g_AMPA_x_dend": values}, **arguments
    )
    assert many.relative.shape == (2, 2, 3)
    assert many.summation.shape == many.steady_state.shape == (2, 2)
    assert many.traces["V_soma"].shape[:2] == (2, 7)
    one = train(made(6 * nS), "AMPA_x_dend", 100 * Hz, **arguments)
    assert one.relative.shape == (3,)
    for name in ("amplitude", "relative", "peak", "summation", "steady_state"):
        same(getattr(many, name)[1, 1], getattr(one, name))


# -- summation ----------------------------------------------------------------------


def test_linear_cell_has_no_gain():
    found = dendritic_io(cell(LINEAR), "exc_x_dend", [1, 2, 7], interval=[0, 2] * ms)
    np.testing.assert_allclose(found.gain, 1, rtol=ROUNDING)
    assert found.gain.shape == (2, 3)
    single = psp(cell(LINEAR), "exc_x_dend").amplitude
    np.testing.assert_allclose(found.expected[0] / single, [1, 2, 7], rtol=ROUNDING)
    assert np.all(found.expected[1, 1:] < found.expected[0, 1:])
    assert found.dendritic_spikes == {}
    assert np.all(found.number == [1, 2, 7])


def test_each_input_has_a_synapse_of_its_own():
    # gates that saturate do so each by itself, so a current of them is linear
    kinetics = SaturatingNMDA(t_rise=2 * ms, t_decay=30 * ms, alpha=2000 * Hz)
    receptor = Synapse("sat", "x", kinetics=kinetics, output=CurrentBased(J=20 * pA))
    found = dendritic_io(cell(receptor), "sat_x_dend", 4, interval=1 * ms)
    assert found.gain == pytest.approx(1, rel=ROUNDING)
    again = train(cell(receptor), "sat_x_dend", 1000 * Hz, 2)
    assert again.relative[1] < 0.5
    # and so does short-term plasticity
    reduced = dendritic_io(
        cell(LINEAR), "exc_x_dend", 3, interval=1 * ms, short_term=DEPRESSION
    )
    assert reduced.gain == pytest.approx(1, rel=ROUNDING)


def test_jumps_at_an_interval_are_expected_to_decay():
    found = dendritic_io(point(KICK), "kick_x", [1, 3], interval=5 * ms)
    expected = 2 * np.cumsum(np.exp(-5 / 10) ** np.arange(3))[[0, 2]]
    np.testing.assert_allclose(found.expected / mV, expected, rtol=1e-5)
    np.testing.assert_allclose(found.gain, 1, rtol=ROUNDING)


def test_conductances_at_one_place_are_sublinear():
    # A conductance that never closes: (n g)(E - EL)/(gL + n g).
    receptor = AMPA("x", g=1 * nS, t_decay=1e6 * second)
    found = dendritic_io(point(receptor), "AMPA_x", [1, 10, 40], duration=200 * ms)
    n = np.array([1, 10, 40])
    observed = n * 70 / (10 + n)
    # 20 time constants: exp(-20) is 2e-9; the conductance has decayed by 2e-7
    np.testing.assert_allclose(found.observed / mV, observed, rtol=4e-7)
    np.testing.assert_allclose(found.gain, observed / (n * observed[0]), rtol=4e-7)


def test_receptors_reached_together_are_supralinear():
    both = (
        AMPA("x", g=0.5 * nS, t_decay=3 * ms),
        NMDA("x", g=1.5 * nS, t_rise=2 * ms, t_decay=30 * ms),
    )
    numbers = [1, 4, 8]
    names = ["AMPA_x_dend", "NMDA_x_dend"]
    found = dendritic_io(cell(*both), names, numbers)
    assert found.gain[0] == pytest.approx(1, rel=ROUNDING)
    assert np.all(np.diff(found.gain) > 0.05)
    # the pooled gates of n synapses are those of one with n times the weight
    heavy = psp(cell(*both), names, weight=numbers)
    np.testing.assert_allclose(found.observed / heavy.amplitude, 1, rtol=ROUNDING)


def test_dendritic_spike_is_counted_and_supralinear():
    model = cell(AMPA("x", g=0.5 * nS, t_decay=3 * ms), dspikes=True)
    passive = cell(AMPA("x", g=0.5 * nS, t_decay=3 * ms))
    numbers = range(2, 22, 3)
    active = dendritic_io(model, "AMPA_x_dend", numbers, "dend")
    without = dendritic_io(passive, "AMPA_x_dend", numbers, "dend")
    spikes = active.dendritic_spikes["spike_Na_dend"]
    fires = without.observed > (-45 - REST) * mV
    assert np.all(spikes == fires)
    assert 0 < fires.sum() < len(fires)
    assert np.all(active.gain[fires] > 1.2)
    assert np.all(without.gain < 1)
    same(active.observed[~fires], without.observed[~fires])


def test_dendritic_io_of_many_points():
    def made(g):
        return cell(AMPA("x", g=g, t_decay=3 * ms), dspikes=True)

    values, numbers, intervals = [0.5, 1] * nS, [1, 18], [0, 0.5] * ms
    many = dendritic_io(
        made(1 * nS),
        "AMPA_x_dend",
        numbers,
        interval=intervals,
        vary={"g_AMPA_x_dend": values},
    )
    assert many.gain.shape == (2, 2, 2)
    one = dendritic_io(made(0.5 * nS), "AMPA_x_dend", 18, interval=0.5 * ms)
    assert one.gain.shape == one.number.shape == one.interval.shape == ()
    # the window may be longer for others, and a peak does not know
    for name in ("expected", "observed", "gain"):
        same(getattr(many, name)[0, 1, 1], getattr(one, name))
    counts = many.dendritic_spikes["spike_Na_dend"]
    assert counts.shape == (2, 2, 2)
    assert counts[0, 1, 1] == one.dendritic_spikes["spike_Na_dend"]


@pytest.mark.compiled
@pytest.mark.usefixtures("quick_cython")
def test_numpy_and_cython_agree():
    model = cell(AMPA("x", g=0.5 * nS, t_decay=3 * ms), SATURATING, dspikes=True)
    one, other = (
        dendritic_io(
            model,
            ["AMPA_x_dend", "NMDA_s_dend"],
            [1, 10],
            interval=0.5 * ms,
            short_term=FACILITATION,
            weight=5,
            duration=60 * ms,
            target=target,
        )
        for target in ("numpy", "cython")
    )
    # other orders of operations and another exponential, over 600 steps
    np.testing.assert_allclose(one.observed, other.observed, rtol=1e-9)
    np.testing.assert_allclose(one.gain, other.gain, rtol=1e-9)
    counts = [each.dendritic_spikes["spike_Na_dend"] for each in (one, other)]
    assert np.all(counts[0] == counts[1])
    assert counts[0][1] > 0


# -- what is shown ------------------------------------------------------------------


def test_tables():
    vary = {"gL_soma": [5, 10] * nS}
    pairs = paired_pulse(cell(LINEAR), "exc_x_dend", [5, 9] * ms, vary=vary)
    assert str(pairs).splitlines()[1].split("  ")[0] == "gL_soma (nS)"
    assert len(str(pairs).splitlines()) == 3 + 4
    trains = train(cell(LINEAR), "exc_x_dend", [50, 100] * Hz, 3, vary=vary)
    lines = str(trains).splitlines()
    assert len(lines) == 3 + 2 * 2 * 3
    assert lines[3 + 4].split()[:3] == ["5", "100", "2"]
    model = cell(AMPA("x", g=0.5 * nS, t_decay=3 * ms), dspikes=True)
    io = dendritic_io(model, "AMPA_x_dend", [1, 18], interval=[0, 1] * ms, vary=vary)
    lines = str(io).splitlines()
    assert "spike_Na_dend" in lines[1]
    assert len(lines) == 3 + 8
    assert lines[3 + 3].split()[:3] == ["5", "1", "18"]


def test_plots():
    import matplotlib

    matplotlib.use("Agg")
    vary = {"gL_soma": [5, 10] * nS}
    intervals = [5, 20, 50] * ms
    pairs = paired_pulse(
        cell(LINEAR), "exc_x_dend", intervals, short_term=DEPRESSION, vary=vary
    )
    ax = pairs.plot()
    lines = [each for each in ax.lines if len(each.get_xdata()) == 3]
    assert [each.get_label() for each in lines] == ["gL_soma = 5 nS", "gL_soma = 10 nS"]
    np.testing.assert_allclose(lines[0].get_ydata(), pairs.ratio[0])
    np.testing.assert_allclose(lines[0].get_xdata(), [5, 20, 50])
    trains = train(cell(LINEAR), "exc_x_dend", [50, 100] * Hz, 3)
    lines = [each for each in trains.plot().lines if len(each.get_xdata()) == 3]
    assert [each.get_label() for each in lines] == ["50 Hz", "100 Hz"]
    np.testing.assert_allclose(lines[1].get_ydata(), trains.relative[1])
    model = cell(AMPA("x", g=0.5 * nS, t_decay=3 * ms), dspikes=True)
    io = dendritic_io(model, "AMPA_x_dend", [1, 5, 18], "dend")
    ax = io.plot()
    assert {"linear", "with dendritic spikes"} <= set(ax.get_legend_handles_labels()[1])
    (line,) = (each for each in ax.lines if len(each.get_xdata()) == 3)
    np.testing.assert_allclose(line.get_ydata(), io.observed / mV)
    (stars,) = (each for each in ax.lines if len(each.get_xdata()) == 1)
    assert stars.get_ydata()[0] == pytest.approx(float(io.observed[-1] / mV))
    assert ax.get_xlabel() == "expected deflection at dend (mV)"


# -- errors -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "error", "text", "kwargs"),
    [
        (paired_pulse, UnknownNameError, "no receptor 'exc'", {"receptor": "exc"}),
        (paired_pulse, UnknownNameError, "no compartment 'x'", {"at": "x"}),
        (paired_pulse, InvalidValueError, "be positive", {"intervals": 0 * ms}),
        (paired_pulse, UnitError, "in second", {"intervals": [1, 2]}),
        (paired_pulse, InvalidValueError, "shape", {"intervals": [] * ms}),
        (paired_pulse, InvalidValueError, "one step", {"intervals": 0.04 * ms}),
        (
            paired_pulse,
            InvalidValueError,
            "weight: expected one",
            {"weight": [1, 2] * nS / nS},
        ),
        (paired_pulse, UnitError, "short_term: expected", {"short_term": "weak"}),
        (paired_pulse, InvalidValueError, "duration: must", {"duration": -1 * ms}),
        (train, UnknownNameError, "no receptor 'exc'", {"receptor": "exc"}),
        (train, InvalidValueError, "rate: must be positive", {"rate": 0 * Hz}),
        (train, UnitError, "rate: expected a value in hertz", {"rate": 10}),
        (train, InvalidValueError, "one step of 0.1 ms", {"rate": 20000 * Hz}),
        (
            train,
            InvalidValueError,
            "number: expected a positive integer",
            {"number": 0},
        ),
        (train, UnitError, "number: expected a positive integer", {"number": 2.5}),
        (train, UnitError, "number: expected a positive integer", {"number": True}),
        (train, UnitError, "weight: expected a plain number", {"weight": "w"}),
        (dendritic_io, UnknownNameError, "no receptor 'exc'", {"receptor": "exc"}),
        (dendritic_io, InvalidValueError, "numbers: must be positive", {"numbers": 0}),
        (dendritic_io, InvalidValueError, "whole numbers", {"numbers": [1, 2.5]}),
        (dendritic_io, InvalidValueError, "numbers: expected one", {"numbers": []}),
        (dendritic_io, UnitError, "numbers: expected a plain", {"numbers": "all"}),
        (dendritic_io, InvalidValueError, "not be negative", {"interval": -1 * ms}),
        (dendritic_io, UnitError, "interval: expected", {"interval": 1}),
        (dendritic_io, UnknownNameError, "no argument 'rates'", {"rates": 1}),
    ],
)
def test_errors(protocol, error, text, kwargs):
    needed = {
        paired_pulse: {"intervals": 10 * ms},
        train: {"rate": 50 * Hz},
        dendritic_io: {"numbers": 3},
    }[protocol]
    arguments = {"model": cell(LINEAR), "receptor": "exc_x_dend", **needed, **kwargs}
    with pytest.raises(error, match=text) as raised:
        protocol(**arguments)
    assert str(raised.value).startswith(f"measure.{protocol.__name__}: ")
