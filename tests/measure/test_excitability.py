"""Rheobase and F-I curve against closed forms, step by step and in continuous time."""

import matplotlib
import numpy as np
import pytest
from brian2 import Network, SpikeMonitor, mA, ms, mV, nS, pA, pF, prefs, second, us
from scipy.integrate import quad
from scipy.optimize import brentq

from dendrisyn import (
    EIF,
    AdaptiveIF,
    AdEx,
    Dendrite,
    InvalidValueError,
    Izhikevich,
    NeuronModel,
    PointNeuronModel,
    Soma,
    UnitError,
    UnknownNameError,
)
from dendrisyn.measure.excitability import fi_curve, rheobase

matplotlib.use("Agg")
from matplotlib import pyplot as plt

#: pF, nS, mV; tau is 10 ms.
C, GL, EL, VTH, RESET = 100.0, 10.0, -70.0, -50.0, -60.0
DT = 0.1  # ms
#: What is left of the distance to the goal after a step: one linear variable is exact.
Q = np.exp(-DT * GL / C)
LIF = {
    "threshold": "V_soma > -50*mV",
    "reset": "V_soma = -60*mV",
    "refractory": 2 * ms,
}
#: A current is found from above, this close.
FOUND = 1e-5


def leaky(gl=GL):
    return NeuronModel([Soma("soma", cm_abs=C * pF, gl_abs=gl * nS, v_rest=EL * mV)])


def steps_from(start, current):
    """Steps until the voltage exceeds the threshold, from the step's exact solution."""
    goal = EL + current / GL
    return np.floor(np.log((goal - VTH) / (goal - start)) / np.log(Q)) + 1


def above(expected, tolerance=FOUND):
    """Equal, or larger by up to the tolerance; 1e-9 for the rounding of the cell."""
    middle = expected * (1 + tolerance / 2)
    return pytest.approx(middle, rel=tolerance / 2 + 1e-9)


# -- F-I curve -------------------------------------------------------------------------


def test_rates_of_a_leaky_cell_are_those_of_its_steps():
    currents = np.array([150, 250, 350, 800, 3000])
    found = fi_curve(leaky(), currents * pA, duration=0.3 * second, **LIF)
    fires = currents > GL * (VTH - EL)
    first = steps_from(EL, currents[fires])
    # the voltage moves on while refractory, so intervals are as short as that at least
    interval = np.maximum(steps_from(RESET, currents[fires]), 2 / DT)
    # all are whole steps: right to rounding
    assert found.latency[fires] / ms == pytest.approx((first - 1) * DT, rel=1e-9)
    rate = 1e3 / (interval * DT)
    assert found.steady_rate[fires] / second**-1 == pytest.approx(rate, rel=1e-9)
    assert found.first_rate[fires] / second**-1 == pytest.approx(rate, rel=1e-9)
    assert (found.adaptation[fires] == 0).all()
    for at, (start, each) in enumerate(zip(first, interval, strict=True)):
        times = (start - 1 + each * np.arange(3000)) * DT
        late = np.count_nonzero((times > 150 - DT / 2) & (times < 300 - DT / 2))
        assert found.rate[fires][at] / second**-1 == pytest.approx(late / 0.15)
    assert (found.rate[~fires] == 0).all()
    assert (found.steady_rate[~fires] == 0).all()
    assert np.isnan(found.latency[~fires]).all()
    assert np.isnan(found.adaptation[~fires]).all()


def test_interval_of_a_leaky_cell_that_is_held_while_refractory():
    """The rate 1/(t_ref + tau ln((I R - dV_r)/(I R - dV_th))); spikes lie on steps."""
    currents = np.array([220, 300, 500, 900])
    found = fi_curve(
        leaky(), currents * pA, duration=0.3 * second, hold_refractory=True, **LIF
    )
    goal = EL + currents / GL
    exact = 2 + C / GL * np.log((goal - RESET) / (goal - VTH))
    early = exact - 1e3 / (found.steady_rate / second**-1)
    # A step is exact. The refractory period counts from the start of the step in which
    # a spike is seen, at its end: early by a step, and late by up to one.
    assert early.min() > -1e-9
    assert early.max() < DT + 1e-9
    assert np.ptp(early) > DT / 10  # they differ: this is not a matter of one offset


def adapting(jump):
    membrane = AdaptiveIF(a=2 * nS, tauw=60 * ms)
    cell = PointNeuronModel(membrane, cm_abs=C * pF, gl_abs=GL * nS, v_rest=EL * mV)
    rule = {
        "threshold": "V > -50*mV",
        "reset": f"V = -60*mV; w += {jump}*pA",
        "refractory": 2 * ms,
    }
    return cell, rule


def test_an_adapting_cell_against_a_group_of_it():
    cell, rule = adapting(40)
    currents = [300, 500, 900] * pA
    found = fi_curve(cell, currents, duration=200 * ms, transient=120 * ms, **rule)
    group = cell.make_neurongroup(3, **rule)
    group.I_ext = currents
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(200 * ms)
    for index, times in monitor.spike_trains().items():
        assert found.spikes[index] / ms == pytest.approx(times / ms, rel=1e-9)
        intervals = np.diff(times / second)
        late = times[1:] / ms > 120 - DT / 2
        steady, first = 1 / intervals[late].mean(), 1 / intervals[0]
        assert found.steady_rate[index] / second**-1 == pytest.approx(steady)
        assert found.first_rate[index] / second**-1 == pytest.approx(first)
        assert found.adaptation[index] == pytest.approx(1 - steady / first)
        assert found.adaptation[index] > 0.2
        number = np.count_nonzero(times / ms > 120 - DT / 2)
        assert found.rate[index] / second**-1 == pytest.approx(number / 0.08)


def test_a_cell_that_falls_silent():
    # at rest with a: EL + 238/12 mV, below threshold; before it follows, above
    cell, rule = adapting(15)
    found = fi_curve(cell, [238] * pA, duration=200 * ms, **rule)
    assert len(found.spikes[0]) > 1
    assert found.rate[0] == 0
    assert found.steady_rate[0] == 0
    assert found.first_rate[0] > 0
    assert found.adaptation[0] == 1


def test_curves_of_several_cells_at_once_are_those_of_each():
    leaks = [5, 10, 12]
    currents = [210, 260, 400] * pA
    asked = {"duration": 100 * ms, **LIF}
    at_once = fi_curve(leaky(), currents, vary={"gL_soma": leaks * nS}, **asked)
    assert at_once.rate.shape == at_once.latency.shape == at_once.spikes.shape == (3, 3)
    for index, leak in enumerate(leaks):
        alone = fi_curve(leaky(leak), currents, **asked)
        for name in ("rate", "steady_rate", "first_rate", "latency"):
            values = np.asarray(getattr(at_once, name))[index]
            assert values == pytest.approx(
                np.asarray(getattr(alone, name)), nan_ok=True
            )


def test_a_curve_is_drawn_with_its_marks():
    found = fi_curve(
        leaky(),
        [100, 300] * pA,
        duration=60 * ms,
        vary={"gL_soma": [8, 10] * nS},
        **LIF,
    )
    axes = found.plot()
    drawn = [each for each in axes.lines if "steady" in each.get_label()]
    assert [each.get_xdata().tolist() for each in drawn] == [[100, 300]] * 2
    for line, rates in zip(drawn, found.steady_rate, strict=True):
        assert line.get_ydata() == pytest.approx(np.asarray(rates))
        assert line.get_marker() == "o"
    assert axes.get_xlabel() == "current (pA)"
    assert "gL_soma = 8 nS" in drawn[0].get_label()
    plt.close("all")


# -- rheobase --------------------------------------------------------------------------


@pytest.mark.parametrize("duration", [DT, 3, 20])
def test_rheobase_of_a_pulse_on_a_leaky_cell(duration):
    """Lapicque's gL (Vth - EL)/(1 - exp(-T/tau)), and as exactly as one asks."""
    found = rheobase(leaky(), duration=duration * ms, tolerance=1e-11, **LIF)
    # a step is exact; at the start, the cell is at rest to 1e-10 V of 20 mV
    lapicque = GL * (VTH - EL) / (1 - np.exp(-duration * GL / C))
    assert found.current / pA == pytest.approx(lapicque, rel=1e-8)
    assert found.latency / ms == pytest.approx(duration - DT, abs=1e-9)


def test_rheobase_of_a_long_step_on_a_leaky_cell():
    found = rheobase(leaky(), duration=200 * ms, **LIF)
    # 20 time constants: exp(-20) is 2e-9
    assert found.current / pA == above(GL * (VTH - EL))
    assert found.voltage / mV == pytest.approx(VTH, abs=FOUND * (VTH - EL))
    assert found.voltage < VTH * mV


def test_default_duration_is_long():
    found = rheobase(leaky(1), dt=0.5 * ms, **LIF)
    # tau is 100 ms: exp(-10) of 1 s, with steps that are right to 1e-5 of it
    assert found.current / pA == above((VTH - EL) / (1 - np.exp(-10)))


def pair():
    soma = Soma("soma", cm_abs=C * pF, gl_abs=GL * nS, v_rest=EL * mV)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=EL * mV)
    return NeuronModel([(soma, dend, 8 * nS)])


#: Conductances (nS) of the soma and the dendrite.
MATRIX = np.array([[GL + 8, -8], [-8, 3 + 8]])


@pytest.mark.parametrize("at", [None, "dend"])
def test_rheobase_in_a_dendrite_follows_from_the_resistance_matrix(at):
    transfer = np.linalg.inv(MATRIX)[0, int(at == "dend")]
    found = rheobase(pair(), at, duration=200 * ms, after=0 * ms, **LIF)
    # 17 of the longest time constant, 11.6 ms: 3e-8
    assert found.current / pA == above((VTH - EL) / transfer)


def test_a_spike_after_a_pulse_into_a_dendrite_counts_for_as_long_as_said():
    """The peak at the soma comes after the pulse: linear, one step at a time."""
    slope = -MATRIX / np.array([[C], [50.0]])
    here, there = np.eye(2) - slope * DT / 2, np.eye(2) + slope * DT / 2
    voltage, soma = np.zeros(2), []
    for step in range(200):
        pulse = np.array([0, DT / 50.0]) * (step < 20)
        voltage = np.linalg.solve(here, there @ voltage + pulse)
        soma.append(voltage[0])
    for after, last in [(0, 20), (2, 40), (18, 200)]:
        found = rheobase(pair(), "dend", duration=2 * ms, after=after * ms, **LIF)
        assert found.current / pA == above((VTH - EL) / max(soma[:last]))
    assert np.argmax(soma) > 30


def passage(current, flow, start, end):
    """How long a cell of one variable takes from one voltage to another (ms)."""
    return quad(lambda v: C / (flow(v) + current), start, end, limit=400)[0]


@pytest.mark.parametrize(
    ("membrane", "flow", "rest", "end", "steady"),
    [
        (
            EIF(DeltaT=2 * mV, Vth=-50 * mV),
            lambda v: 5 * (-70 - v + 2 * np.exp((v + 50) / 2)),
            -70,
            -30,
            5 * (-50 + 70 - 2),  # Fourcaud-Trocme et al. 2003
        ),
        (
            Izhikevich(k=0.7 * nS / mV, vr=-60 * mV, vt=-40 * mV, a=1 / ms, b=0 * nS),
            lambda v: 0.7 * (v + 60) * (v + 40),
            -60,
            35,
            0.7 * 20**2 / 4,
        ),
    ],
    ids=["EIF", "quadratic"],
)
def test_rheobase_of_a_cell_that_creeps_past_its_threshold(
    membrane, flow, rest, end, steady
):
    """The current whose passage from rest takes as long as the step."""
    cell = PointNeuronModel(membrane, cm_abs=C * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    found = rheobase(
        cell,
        duration=80 * ms,
        after=0 * ms,
        threshold=f"V > {end}*mV",
        reset=f"V = {rest}*mV",
    )

    def exact(duration):
        def late(current):
            return passage(current, flow, rest, end) - duration

        return brentq(late, steady * 1.001, steady * 20, xtol=1e-9)

    # the last steps, of the upstroke, are coarse: two of 800 in time
    assert exact(80 + 2 * DT) < found.current / pA < exact(80 - 2 * DT)
    assert found.current / pA > 1.05 * steady


def test_rheobase_of_adex_approaches_its_saddle_node():
    """(gL + a)(Vth - EL - Delta + Delta ln(1 + a/gL)), Touboul & Brette 2008."""
    cell = PointNeuronModel(
        AdEx(a=2 * nS, tauw=5 * ms, DeltaT=2 * mV, Vth=-50 * mV),
        cm_abs=C * pF,
        gl_abs=5 * nS,
        v_rest=-70 * mV,
    )
    steady = 7 * (20 - 2 + 2 * np.log(7 / 5))
    rule = {"threshold": "V > -30*mV", "reset": "V = -70*mV"}
    found = rheobase(cell, duration=400 * ms, dt=0.2 * ms, **rule)
    # Close to it, a passage takes pi C/sqrt(f'' (I - I0)/2), with C - a tauw for C and
    # (gL + a)/Delta for f''; the way there takes some of the 400 ms.
    passed = (np.pi * (C - 2 * 5)) ** 2 * 2 / (7 / 2)
    excess = found.current / pA - steady
    assert passed / 400**2 < excess < passed / 370**2


def test_voltage_threshold_of_a_cell_that_makes_its_own_spike():
    """Without current, a cell returns from below where leak and upstroke cancel."""
    cell = PointNeuronModel(
        EIF(DeltaT=2 * mV, Vth=-50 * mV), cm_abs=C * pF, gl_abs=5 * nS, v_rest=-70 * mV
    )
    rule = {"threshold": "V > 0*mV", "reset": "V = -70*mV"}
    found = rheobase(cell, duration=5 * ms, tolerance=1e-7, **rule)
    balance = brentq(lambda v: -70 - v + 2 * np.exp((v + 50) / 2), -50, -30)
    # what the tolerance leaves of 26 mV, and the second-order error of the pulse
    assert found.voltage / mV == pytest.approx(balance, abs=2e-3)


def test_several_cells_at_once_have_the_rheobase_of_each():
    leaks = [0.1, 10, 1000]
    asked = {"duration": 10 * ms, "after": 0 * ms, **LIF}
    at_once = rheobase(leaky(), vary={"gL_soma": leaks * nS}, **asked)
    assert at_once.current.shape == at_once.voltage.shape == (3,)
    for index, leak in enumerate(leaks):
        alone = rheobase(leaky(leak), **asked)
        for name in ("current", "voltage", "latency"):
            values = np.asarray(getattr(at_once, name))
            assert values[index] == pytest.approx(float(getattr(alone, name)), rel=1e-9)


def test_thresholds_close_to_rest_and_far_from_it():
    """From 2 nV to 20 V: ten orders of magnitude, and no bounds given."""
    soma = Soma("soma", cm_abs=C * pF, gl_abs=GL * nS, v_rest=0 * mV)
    cell = NeuronModel([soma])
    cell.add_params({"Vt": 1 * mV})
    distances = np.array([2e-6, 1e-3, 1, 2e4])
    found = rheobase(
        cell,
        vary={"Vt": distances * mV},
        duration=200 * ms,
        threshold="V_soma > Vt",
        reset="V_soma = 0*mV",
    )
    # exp(-20) is 2e-9
    for current, distance in zip(found.current / pA, distances, strict=True):
        assert current == above(GL * distance)


def test_both_sides_of_a_rheobase_are_recorded_and_drawn():
    found = rheobase(leaky(), duration=5 * ms, after=5 * ms, **LIF)
    below, over = found.traces["V_soma"] / mV
    assert below.max() == pytest.approx(VTH, abs=FOUND * (VTH - EL))
    assert over[50] == RESET  # the end of the last step of the current
    axes = found.plot()
    labels = [each.get_label() for each in axes.lines]
    assert labels[:2] == ["just above", "just below"]
    assert axes.lines[1].get_ydata() == pytest.approx(below)
    plt.close("all")


def test_progress_counts_all_runs_as_one():
    told = []
    rheobase(leaky(), duration=3 * ms, progress=lambda *each: told.append(each), **LIF)
    done = [each[0] for each in told]
    assert done == sorted(done)
    assert done[-1] == told[-1][1] == 400  # the ladder, two rounds, and the recording


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"threshold": None}, InvalidValueError, r"threshold='V_soma > -50\*mV'"),
        ({"at": "sooma"}, UnknownNameError, r"at: .* 'sooma'\. Did you mean 'soma'"),
        ({"duration": 0 * ms}, InvalidValueError, "duration: must be positive"),
        ({"duration": 5 * mV}, UnitError, "duration: expected a value in second"),
        (
            {"duration": 1 * us},
            InvalidValueError,
            "duration: must be at least one time step",
        ),
        ({"dt": 5 * mV}, UnitError, "dt: expected a value in second"),
        ({"vary": {"gL_som": [1, 2] * nS}}, UnknownNameError, "Did you mean 'gL_soma'"),
    ],
)
@pytest.mark.parametrize("measure", [rheobase, fi_curve])
def test_arguments_that_both_refuse(measure, wrong, error, message):
    currents = [[1] * pA] if measure is fi_curve else []
    where = rf"measure\.{measure.__name__}: .*"
    with pytest.raises(error, match=where + message):
        measure(leaky(), *currents, **{"duration": 5 * ms, **LIF, **wrong})


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"tolerance": 0}, InvalidValueError, "tolerance: must be above 0"),
        ({"tolerance": 1e-13}, InvalidValueError, "does not allow less than 1e-12"),
        ({"tolerance": 1 * pA}, UnitError, "tolerance: expected a plain number"),
        ({"after": -1 * ms}, InvalidValueError, "after: must not be negative"),
        (
            {"threshold": "V_soma > 500*volt"},
            InvalidValueError,
            r"looked for the smallest current into soma that makes a spike within "
            r"55\. ms, but none does, from 300 fA to 3 uA\.",
        ),
        (
            # it does not move, and nothing but spikes tells that it is not at rest
            {
                "threshold": "V_soma > -80*mV",
                "reset": "V_soma = EL_soma",
                "refractory": False,
            },
            InvalidValueError,
            "but it happens without any",
        ),
        (
            {"threshold": "V_soma > -70*mV + 1e-14*volt"},
            InvalidValueError,
            "but as little as .* does",
        ),
        (
            {
                "threshold": "V_soma > -70*mV + gL_soma*volt/nS",
                "vary": {"gL_soma": [0.001, 900] * nS},
            },
            InvalidValueError,
            r"none does, .*, at gL_soma = 0?\.?9.*S\.",
        ),
    ],
)
def test_what_rheobase_refuses(wrong, error, message):
    with pytest.raises(error, match=message):
        rheobase(leaky(), **{"duration": 5 * ms, **LIF, **wrong})


@pytest.mark.parametrize(
    ("currents", "wrong", "error", "message"),
    [
        ([1, 2] * mV, {}, UnitError, r"currents\[0\]: expected a value in amp"),
        ([] * pA, {}, InvalidValueError, "currents: expected one value or a list"),
        ([[1]] * pA, {}, InvalidValueError, "currents: expected one value or a list"),
        ([1] * pA, {"transient": 5 * ms}, InvalidValueError, "shorter than the durat"),
        ([1] * pA, {"transient": -1 * ms}, InvalidValueError, "must not be negative"),
    ],
)
def test_what_fi_curve_refuses(currents, wrong, error, message):
    with pytest.raises(error, match=message):
        fi_curve(leaky(), currents, **{"duration": 5 * ms, **LIF, **wrong})


# -- targets ---------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.usefixtures("quick_cython")
def test_numpy_and_cython_agree():
    old = prefs.codegen.cpp.extra_compile_args_gcc
    prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O0", "-std=c++11"]
    try:
        asked = {"duration": 20 * ms, "dt": 0.1 * ms, **LIF}
        one = fi_curve(pair(), [300, 600] * pA, **asked)
        other = fi_curve(pair(), [300, 600] * pA, target="cython", **asked)
    finally:
        prefs.codegen.cpp.extra_compile_args_gcc = old
    assert one.rate[1] > 0
    assert other.rate.tolist() == one.rate.tolist()
    assert other.steady_rate.tolist() == one.steady_rate.tolist()
    assert len(one.spikes[1]) > 2
    assert other.spikes[1] / ms == pytest.approx(one.spikes[1] / ms, abs=1e-9)
    # operations are in another order: rounding
    assert other.traces["V_soma"] / mV == pytest.approx(
        one.traces["V_soma"] / mV, abs=1e-9
    )


def test_currents_beyond_all_numbers_say_nothing(caplog, recwarn):
    """The largest currents of a search make NaN of a cell with an upstroke."""
    cell = PointNeuronModel(
        EIF(DeltaT=0.1 * mV, Vth=-50 * mV), cm_abs=C * pF, gl_abs=5 * nS
    )
    cell.parameters["EL"] = -70 * mV
    rheobase(cell, duration=2 * ms, threshold="V > 1*volt", reset="V = EL")
    assert not caplog.records
    assert not [each for each in recwarn.list if each.category is RuntimeWarning]


def test_scalar_current_and_unused_units():
    found = fi_curve(leaky(), 1 * mA, duration=2 * ms, **LIF)
    assert found.currents.shape == found.rate.shape == (1,)
