"""Thresholds of dendritic spikes, and back-propagation, against closed forms."""

import matplotlib
import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    SpikeMonitor,
    ms,
    mV,
    nS,
    pA,
    pF,
    prefs,
    second,
    us,
)
from helpers.passive_tree import TREE, matrices, passive_tree
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.optimize import brentq

from dendrisyn import (
    AMPA,
    NMDA,
    Dendrite,
    DendriticSpike,
    InvalidValueError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    UnitError,
    UnknownNameError,
)
from dendrisyn.measure.dendritic import backpropagation, dspike_threshold
from dendrisyn.measure.excitability import rheobase

matplotlib.use("Agg")
from matplotlib import pyplot as plt

#: pF, nS, mV
REST, VTH = -70.0, -45.0
SOMA, DEND, COUPLING = (100.0, 10.0), (40.0, 4.0), 6.0
MATRIX = np.array([[SOMA[1] + COUPLING, -COUPLING], [-COUPLING, DEND[1] + COUPLING]])
#: An input is found from above, this close.
FOUND = 1e-5
SPIKING = {
    "threshold": "V_soma > -50*mV",
    "reset": "V_soma = 40*mV",
    "second_reset": "V_soma = -60*mV",
    "spike_width": 1 * ms,
    "refractory": 2 * ms,
}


def pair(threshold=VTH, g=20):
    soma, dend = (
        kind(name, cm_abs=C * pF, gl_abs=g * nS, v_rest=REST * mV)
        for kind, name, (C, g) in [(Soma, "soma", SOMA), (Dendrite, "dend", DEND)]
    )
    dend.dspikes(
        "Ca",
        threshold=threshold * mV,
        g_rise=g * nS,
        duration_rise=3 * ms,
        reversal_rise="E_Ca",
        refractory=20 * ms,
    )
    dend.add(AMPA("x", g=1 * nS, t_decay=4 * ms))
    dend.add(NMDA("x", g=1 * nS, t_rise=2 * ms, t_decay=40 * ms))
    return NeuronModel([(soma, dend, COUPLING * nS)])


def above(expected, tolerance=FOUND, numerics=1e-8):
    """Equal, or larger by up to the tolerance; on both sides, what numerics allow."""
    middle = expected * (1 + tolerance / 2)
    return pytest.approx(middle, rel=tolerance / 2 + numerics)


# -- the threshold of a dendritic spike ------------------------------------------------


@pytest.mark.parametrize("at", [None, "soma"])
def test_threshold_current_follows_from_the_resistance_matrix(at):
    resistance = np.linalg.inv(MATRIX)[1, int(at != "soma")]
    found = dspike_threshold(pair(), "spike_Ca_dend", at, duration=180 * ms)
    # 18 time constants, which are 10 ms: exp(-18) is 2e-8
    assert found.threshold / pA == above((VTH - REST) / resistance, numerics=3e-8)
    assert found.voltage / mV == pytest.approx(VTH, abs=FOUND * (VTH - REST))
    assert found.voltage < VTH * mV


def test_threshold_of_a_pulse_is_exact_in_its_steps():
    """One linear variable, one step at a time: (Vth - E) gL/(1 - exp(-T/tau))."""
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=10 * nS, v_rest=REST * mV)
    spike = DendriticSpike(
        "Na",
        threshold=VTH * mV,
        g_rise=20 * nS,
        duration_rise=1 * ms,
        reversal_rise="E_Na",
        refractory=5 * ms,
    )
    cell.add(spike)
    found = dspike_threshold(cell, "spike_Na", duration=2 * ms, tolerance=1e-10)
    exact = 10 * (VTH - REST) / (1 - np.exp(-0.2))
    # at the start, the cell is at rest to 1e-10 V of 25 mV
    assert found.threshold / pA == pytest.approx(exact, rel=1e-8)
    assert found.latency / ms == pytest.approx(1.9)  # the last of 20 steps
    # a spike begins: the rise is on from the next step
    assert found.traces["V"].shape == (2, 21)


def peak_of_activation(weight):
    """The largest voltage of the dendrite (mV), and when it is (ms), from scipy."""

    def slope(t, y):
        soma, dend, gate = y
        flow = COUPLING * (dend - soma)
        return [
            (SOMA[1] * (REST - soma) + flow) / SOMA[0],
            (DEND[1] * (REST - dend) - flow + weight * gate * (0 - dend)) / DEND[0],
            -gate / 4,
        ]

    times = np.linspace(0, 30, 6001)
    found = solve_ivp(
        slope, (0, 30), [REST, REST, 1], t_eval=times, rtol=1e-10, atol=1e-10
    )
    return found.y[1].max(), times[found.y[1].argmax()]


def test_threshold_weight_against_an_independent_integration():
    found = dspike_threshold(
        pair(), "spike_Ca_dend", by="AMPA_x_dend", duration=20 * ms, dt=0.02 * ms
    )
    exact = brentq(
        lambda weight: peak_of_activation(weight)[0] - VTH, 1, 50, xtol=1e-10
    )
    # the second-order error of 0.02 ms steps: (0.02/4)**2 is 2.5e-5
    assert found.threshold == pytest.approx(exact, rel=2.5e-5 + FOUND)
    # seen up to a step early, and by 1e-5 above the peak, which is flat
    late = found.latency / ms - peak_of_activation(exact)[1]
    assert -0.04 < late < 0
    assert isinstance(found.threshold, float)
    assert found.voltage / mV == pytest.approx(VTH, abs=1e-3)


def test_the_number_of_synapses_goes_with_the_inverse_of_their_conductance():
    values = [0, 0.1, 1, 5]
    found = dspike_threshold(
        pair(),
        "spike_Ca_dend",
        by=("AMPA_x_dend", "NMDA_x_dend"),
        duration=40 * ms,
        vary={"g_AMPA_x_dend": values * nS, "g_NMDA_x_dend": values[::-1] * nS},
    )
    assert found.threshold.shape == found.voltage.shape == (4,)
    # both alone, then as mixed as the other way round
    alone = [
        dspike_threshold(pair(), "spike_Ca_dend", by=each, duration=40 * ms).threshold
        for each in ("NMDA_x_dend", "AMPA_x_dend")
    ]
    assert found.threshold[[0, 3]] * 5 == pytest.approx(alone, rel=FOUND)
    assert found.threshold[1] < 10 * alone[0]
    assert found.latency[0] > 2 * found.latency[3]  # NMDA is slower


def test_a_spike_of_the_soma_may_trigger_that_of_the_dendrite():
    """Then the threshold is that of the soma: the rheobase, if it spreads well."""
    asked = {"duration": 60 * ms, **SPIKING}
    cell = pair(threshold=-48)
    found = dspike_threshold(cell, "spike_Ca_dend", "soma", **asked)
    spike = rheobase(cell, after=0 * ms, **asked)
    silent = dspike_threshold(cell, "spike_Ca_dend", "soma", duration=60 * ms)
    # it takes some steps of 60 ms more, when the soma is close to its end: exp(-6)/6
    assert 1 < found.threshold / spike.current < 1 + 5e-4
    assert silent.threshold > 1.2 * found.threshold
    assert found.voltage < -48 * mV


def test_thresholds_of_several_cells_at_once_are_those_of_each():
    couplings = [1, 40]
    asked = {"duration": 10 * ms}
    at_once = dspike_threshold(
        pair(), "spike_Ca_dend", vary={"g_soma_dend": couplings * nS}, **asked
    )
    for index, coupling in enumerate(couplings):
        cell = pair()
        cell.parameters["g_soma_dend"] = coupling * nS
        alone = dspike_threshold(cell, "spike_Ca_dend", **asked)
        for name in ("threshold", "voltage", "latency"):
            values = np.asarray(getattr(at_once, name))
            assert values[index] == pytest.approx(float(getattr(alone, name)), rel=1e-9)


def test_a_threshold_is_drawn_on_both_sides():
    axes = dspike_threshold(pair(), "spike_Ca_dend", duration=5 * ms).plot()
    labels = [each.get_label() for each in axes.lines]
    assert labels[:2] == ["just above", "just below"]
    assert axes.get_ylabel() == "V_dend (mV)"
    level = axes.lines[2].get_ydata()[0]
    assert level == pytest.approx(VTH, abs=FOUND * (VTH - REST))
    plt.close("all")


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (
            {"event": "spike_Na_dend"},
            UnknownNameError,
            "no dendritic spike 'spike_Na_dend'. Did you mean 'spike_Ca_dend'",
        ),
        ({"at": "den"}, UnknownNameError, "at: .* 'den'. Did you mean 'dend'"),
        (
            {"by": "AMPA_y_dend"},
            UnknownNameError,
            "by: expected 'current' or a receptor, got 'AMPA_y_dend'. Did you mean",
        ),
        ({"by": 3}, UnknownNameError, "by: expected 'current' or a receptor, got 3"),
        ({"by": []}, InvalidValueError, "by: expected a receptor, got none"),
        (
            {"by": "AMPA_x_dend", "at": "dend"},
            InvalidValueError,
            "at: must be left out if receptors are activated.* got 'dend'",
        ),
        ({"duration": 0 * ms}, InvalidValueError, "duration: must be positive"),
        (
            {"duration": 1 * us},
            InvalidValueError,
            "duration: must be at least one time step",
        ),
        ({"tolerance": 2}, InvalidValueError, "tolerance: must be above 0 and at most"),
        (
            {"vary": {"Vth_Ca_dend": [-40 * mV, 600000 * mV]}},
            InvalidValueError,
            "smallest current into dend that triggers spike_Ca_dend within 5. ms, "
            "but none does, from 120 fA to 1.2 uA, at Vth_Ca_dend = 0.6 kV",
        ),
        (
            # 2 C/dt = 800 nS
            {"by": "AMPA_x_dend", "vary": {"Vth_Ca_dend": [-40, 5] * mV}},
            InvalidValueError,
            "weight of AMPA_x_dend that .* none does, from 0.0008 to 800; larger "
            "weights need a time step below 100. us, at Vth_Ca_dend = 5. mV",
        ),
        (
            {"vary": {"Vth_Ca_dend": [-80, -40] * mV}, "dt": 1 * ms},
            InvalidValueError,
            "does not come to rest: .* it still spikes",
        ),
    ],
)
def test_what_dspike_threshold_refuses(wrong, error, message):
    asked = {"event": "spike_Ca_dend", "duration": 5 * ms, **wrong}
    with pytest.raises(error, match=rf"measure\.dspike_threshold: .*{message}"):
        dspike_threshold(pair(), **asked)


# -- back-propagation ------------------------------------------------------------------


def test_a_spike_of_fixed_shape_spreads_as_the_cable_says():
    """The soma is held, at 40 mV for 1 ms and at -60 mV for as long; then it is free.

    From there on the cell is linear: matrix exponentials, of steps of 1 us.
    """
    found = backpropagation(passive_tree(), hold_refractory=True, **SPIKING)
    names, C, G = matrices()
    slope = -np.linalg.solve(C, G) * 1e-3  # per ms
    held = slope.copy()
    held[0] = 0
    dt, fine = 0.1, 0.001
    # the spike is seen at the end of its step
    start = round(found.spike_time / (dt * ms)) + 1
    traces = np.array([found.traces[f"V_{each}"][1] for each in names]) * 1e3
    voltage = traces[:, start] + 70
    assert voltage[0] == 110
    course = [voltage]
    # held until it is not refractory, in step 20 after that of the spike
    for matrix, end, level in [(held, 1.0, 110), (held, 1.9, 10), (slope, 40, 10)]:
        step = expm(matrix * fine)
        voltage[0] = level
        while len(course) * fine < end + fine / 2:
            voltage = step @ voltage
            course.append(voltage)
    course = np.array(course)
    assert found.compartments == tuple(names)
    for index in range(1, len(names)):
        height = course[:, index].max()
        # second-order error of 0.1 ms where the fastest constant is 1.2 ms: 6e-4
        assert found.amplitude[index] / mV == pytest.approx(height, rel=6e-4)
        late = course[:, index].argmax() * fine
        assert found.delay[index] / ms == pytest.approx(late, abs=0.01)
        assert found.attenuation[index] == pytest.approx(height / 110, rel=6e-4)
        above = np.flatnonzero(course[:, index] > height / 2)
        before = voltage_before(traces[index] + 70, height / 2, start) * dt
        width = above[-1] * fine - min(before, above[0] * fine)
        assert found.width[index] / ms == pytest.approx(width, abs=0.02)
    assert found.amplitude[0] / mV == pytest.approx(110, abs=1e-9)
    assert found.attenuation[0] == 1
    assert found.delay[0] == 0 * ms


def voltage_before(trace, level, start):
    """Return when a voltage is above a level before a sample (steps), if it is."""
    early = trace[: start + 1] > level
    return early.argmax() - start if early.any() else np.inf


def test_a_free_soma_against_short_steps():
    asked = {**SPIKING, "current": 3000 * pA}
    found, slow = (
        backpropagation(passive_tree(), dt=dt * ms, **asked) for dt in (0.1, 0.005)
    )
    # the spike is up to a step of 0.1 ms late, and drifts by some of 110 mV in it
    assert np.asarray(found.amplitude) == pytest.approx(
        np.asarray(slow.amplitude), rel=0.011
    )
    assert found.delay / ms == pytest.approx(slow.delay / ms, abs=0.1)
    assert found.width / ms == pytest.approx(slow.width / ms, abs=0.03)
    assert (np.diff(slow.delay) > 0).all()
    assert found.width[0] / ms == pytest.approx(1, abs=0.1)


def test_compartments_are_told_from_the_soma_outwards():
    parts = {
        name: (Soma if name == "soma" else Dendrite)(
            name, cm_abs=C * pF, gl_abs=g * nS, v_rest=REST * mV
        )
        for name, (C, g) in TREE.items()
    }
    edges = [("tip", "right"), ("left", "trunk"), ("right", "trunk"), ("trunk", "soma")]
    cell = NeuronModel([(parts[a], parts[b], 8 * nS) for a, b in edges])
    found = backpropagation(cell, current=4000 * pA, **SPIKING)
    assert found.compartments[:2] == ("soma", "trunk")
    assert found.compartments[-1] == "tip"
    assert list(found.traces.values) == [f"V_{each}" for each in found.compartments]
    assert "compartment" in str(found).splitlines()[1]
    assert len(str(found).splitlines()) == 3 + len(TREE)


def test_the_pulse_is_half_as_much_again_as_the_smallest():
    smallest = rheobase(pair(), duration=1 * ms, tolerance=0.01, **SPIKING)
    found = backpropagation(pair(), **SPIKING)
    assert found.current / pA == pytest.approx(1.5 * smallest.current / pA, rel=0.01)
    assert len(found.traces["V_soma"]) == 2
    assert np.ptp(found.traces["V_soma"][0] / mV) < 1e-6


def test_the_pulse_is_smaller_if_there_would_be_two_spikes():
    asked = {**SPIKING, "refractory": 1 * ms, "pulse": 20 * ms}
    smallest = rheobase(pair(), duration=20 * ms, **{**SPIKING, "refractory": 1 * ms})
    found = backpropagation(pair(), **asked)
    assert 1 < found.current / smallest.current < 1.45
    with pytest.raises(InvalidValueError, match=r"makes 5 \(at .*, \.\.\. ms\)"):
        backpropagation(pair(), **asked, current=1.5 * smallest.current)


def test_dendritic_spikes_that_a_spike_triggers_against_a_group():
    thresholds = [-62, -55, 0]
    cell = pair(g=5)  # weak, so that the soma spikes once
    current = 3500 * pA
    found = backpropagation(
        cell, current=current, vary={"Vth_Ca_dend": thresholds * mV}, **SPIKING
    )
    assert found.dspikes.tolist() == [[0, 1], [0, 1], [0, 0]]
    group, _ = cell.make_neurongroup(3, per_neuron=["Vth_Ca_dend"], **SPIKING)
    group.Vth_Ca_dend = thresholds * mV
    group.I_ext_soma = current
    spikes = SpikeMonitor(group)
    events = [EventMonitor(group, "spike_Ca_dend"), spikes]
    network = Network(group, *events)
    network.run(1 * ms)
    group.I_ext_soma = 0 * pA
    network.run(30 * ms)
    for index in range(3):
        spike = spikes.spike_trains()[index] / ms
        late = events[0].event_trains()[index] / ms - spike
        assert found.spike_time[index] / ms == pytest.approx(spike[0], abs=1e-9)
        assert found.events["spike_Ca_dend"][index] / ms == pytest.approx(late)
    assert found.amplitude[0, 1] > 1.3 * found.amplitude[2, 1]


def test_back_propagation_of_several_cells_at_once_is_that_of_each():
    couplings = [2, 6]
    asked = {"duration": 15 * ms, **SPIKING}
    at_once = backpropagation(pair(), vary={"g_soma_dend": couplings * nS}, **asked)
    assert at_once.amplitude.shape == at_once.dspikes.shape == (2, 2)
    for index, coupling in enumerate(couplings):
        cell = pair()
        cell.parameters["g_soma_dend"] = coupling * nS
        alone = backpropagation(cell, **asked)
        assert isinstance(alone.events["spike_Ca_dend"] / second, np.ndarray)
        for name in ("amplitude", "attenuation", "delay", "width", "current"):
            values = np.asarray(getattr(at_once, name))[index]
            assert values == pytest.approx(np.asarray(getattr(alone, name)), rel=1e-9)


def test_amplitudes_are_drawn_over_compartments():
    cell = pair(g=5)  # weak, so that the soma spikes once
    found = backpropagation(
        cell, current=3500 * pA, vary={"Vth_Ca_dend": [-60, 0] * mV}, **SPIKING
    )
    axes = found.plot()
    assert [each.get_text() for each in axes.get_xticklabels()] == ["soma", "dend"]
    points = {
        (x, round(y, 6), line.get_markerfacecolor() != "white")
        for line in axes.lines
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }
    heights = (found.amplitude / mV).round(6)
    assert points == {
        (x, heights[point, x], bool(found.dspikes[point, x]))
        for point in (0, 1)
        for x in (0, 1)
    }
    plt.close("all")


def test_a_point_neuron_has_one_row():
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=10 * nS, v_rest=REST * mV)
    found = backpropagation(
        cell, threshold="V > -50*mV", reset="V = -60*mV", refractory=2 * ms
    )
    assert found.compartments == ("",)
    assert found.amplitude.shape == (1,)
    assert 15 < found.amplitude[0] / mV < 20
    assert found.plot().get_xticklabels()[0].get_text() == "cell"
    plt.close("all")


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"threshold": None}, InvalidValueError, r"threshold='V_soma > -50\*mV'"),
        ({"at": "den"}, UnknownNameError, "at: .* 'den'. Did you mean 'dend'"),
        ({"pulse": 0 * ms}, InvalidValueError, "pulse: must be positive"),
        (
            {"pulse": 1 * us},
            InvalidValueError,
            "pulse: must be at least one time step, 100. us, got 1. us",
        ),
        ({"duration": 0.5 * ms}, InvalidValueError, "not be shorter than the pulse"),
        ({"current": 1 * mV}, UnitError, "current: expected a value in amp"),
        (
            {"current": 1 * pA, "vary": {"gL_soma": [5, 6] * nS}},
            InvalidValueError,
            "expected one spike within 5. ms, but a pulse of 1 pA makes 0, at "
            "gL_soma = 5. nS",
        ),
        (
            {"threshold": "V_soma > 1e4*volt"},
            InvalidValueError,
            "smallest pulse into soma that makes a spike within 5. ms, but none does",
        ),
    ],
)
def test_what_backpropagation_refuses(wrong, error, message):
    asked = {"duration": 5 * ms, **SPIKING, **wrong}
    with pytest.raises(error, match=rf"measure\.backpropagation: .*{message}"):
        backpropagation(pair(), **asked)


@pytest.mark.compiled
@pytest.mark.usefixtures("quick_cython")
def test_numpy_and_cython_agree():
    old = prefs.codegen.cpp.extra_compile_args_gcc
    prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O0", "-std=c++11"]
    try:
        asked = {"current": 3500 * pA, "duration": 10 * ms, **SPIKING}
        one = backpropagation(pair(-60, g=5), **asked)
        other = backpropagation(pair(-60, g=5), target="cython", **asked)
    finally:
        prefs.codegen.cpp.extra_compile_args_gcc = old
    assert one.dspikes.tolist() == other.dspikes.tolist() == [0, 1]
    for name in ("amplitude", "delay", "width", "spike_time"):
        # operations are in another order: rounding
        values = [np.asarray(getattr(each, name)) for each in (one, other)]
        assert values[0] == pytest.approx(values[1], rel=1e-9)
