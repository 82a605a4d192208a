"""`dendrisyn.plotting`: what is drawn is what was recorded, or the closed form."""

import subprocess
import sys
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Hz,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    get_device,
    mA,
    ms,
    mV,
    nA,
    nS,
    pA,
    pF,
    prefs,
    seed,
    set_device,
    uF,
    um,
    uS,
    uvolt,
)
from brian2 import cm as centimetre
from brian2.devices.device import reset_device
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import solve_ivp

from dendrisyn import (
    AMPA,
    BTSP,
    GABA,
    GABAB,
    NMDA,
    Alpha,
    CalciumPool,
    CalciumSTDP,
    CurrentBased,
    Delta,
    DendrisynError,
    Dendrite,
    DendriticSpike,
    DualExponential,
    Exponential,
    InhibitorySTDP,
    InvalidValueError,
    MagnesiumBlock,
    NeuronModel,
    PairSTDP,
    PlateauSignal,
    PointNeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    ThresholdCrossing,
    TraceSTDP,
    TripletSTDP,
    TwoStateKinetics,
    UnitError,
    UnknownNameError,
    VoltageSTDP,
    magnesium_blocks,
    plotting,
)
from dendrisyn.plotting.style import COLORS, LINES, MAP, line

plt = pytest.importorskip("matplotlib.pyplot")
colors = pytest.importorskip("matplotlib.colors")


@pytest.fixture(autouse=True)
def without_display(monkeypatch):
    """Draw into memory; showing is an error, and so is changing a setting."""

    def refuse(*args, **kwargs):
        raise AssertionError("a plot must not be shown")

    backend = plt.get_backend()
    plt.switch_backend("Agg")
    monkeypatch.setattr(plt, "show", refuse)
    before = dict(plt.rcParams)
    yield
    assert {name: plt.rcParams[name] for name in before} == before
    plt.close("all")
    plt.switch_backend(backend)


def labels(ax):
    return ax.get_legend_handles_labels()[1]


def curves(ax):
    """Return x and y of the lines that have a label."""
    return [each.get_data() for each in ax.get_legend_handles_labels()[0]]


def curve(ax):
    (only,) = curves(ax)
    return only


# -- what all have in common -------------------------------------------------------


def test_importing_it_imports_no_matplotlib():
    code = """
import sys, brian2.only
sys.modules['matplotlib'] = None
import dendrisyn.plotting
from brian2.units import ms, nS
from dendrisyn import AMPA, DendrisynError
try:
    dendrisyn.plotting.conductance(AMPA('x', g=1*nS, t_decay=5*ms))
except DendrisynError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install 'dendrisyn[plot]'" in ran.stdout


def test_28_lines_differ_in_more_than_colour():
    styles = [line(index) for index in range(28)]
    assert len({str(style) for style in styles}) == 28
    for one, other in pairwise(styles):
        assert one["linestyle"] != other["linestyle"]
    assert len(set(COLORS)) == len(COLORS) == 7
    assert len(LINES) == 4


def cell_draw(ax=None):
    return [
        plotting.conductance(AMPA("x", g=1 * nS, t_decay=5 * ms), ax=ax),
        plotting.magnesium_block(ax=ax),
        plotting.nmda_current(ax=ax),
        plotting.stdp_window(PairSTDP(), times=[-5, 5] * ms, ax=ax),
        plotting.traces(recorded()["state"], ax=ax),
        plotting.raster(recorded()["spikes"], ax=ax),
        plotting.dendritic_spikes(model(), recorded()["Na"], ax=ax),
    ]


def test_all_draw_on_the_axes_that_they_are_given():
    _, ax = plt.subplots()
    assert all(each is ax for each in cell_draw(ax))
    assert plt.get_fignums() == [1]
    assert len({id(each) for each in cell_draw()}) == 7
    assert len(plt.get_fignums()) == 8


@pytest.mark.parametrize("name", plotting.__all__)
def test_axes_must_be_axes(name):
    given = {
        "conductance": (AMPA("x", t_decay=5 * ms),),
        "stdp_window": (PairSTDP(),),
        "traces": (recorded()["state"],),
        "raster": (recorded()["spikes"],),
        "dendritic_spikes": (model(), recorded()["Na"]),
    }.get(name, ())
    with pytest.raises(UnitError, match=f"{name}: ax: expected matplotlib axes"):
        getattr(plotting, name)(*given, ax=3)


def test_a_second_call_goes_on_with_the_next_style():
    ax = plotting.magnesium_block("nest_cm")
    plotting.magnesium_block("brainpy", ax=ax)
    one, other = ax.lines
    assert (one.get_color(), other.get_color()) == COLORS[:2]
    assert labels(ax) == ["nest_cm", "brainpy"]
    assert [text.get_text() for text in ax.get_legend().texts] == labels(ax)


# -- traces ------------------------------------------------------------------------


@cache
def model():
    """Return a model whose dendrites are written before the soma."""
    tip, dend = (
        Dendrite(name, cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
        for name in ("tip", "dend")
    )
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    spike = DendriticSpike(
        "Na",
        threshold=-60 * mV,
        g_rise=8 * nS,
        duration_rise=1 * ms,
        reversal_rise="E_Na",
        refractory=5 * ms,
    )
    dend.add(AMPA("x", g=2 * nS, t_decay=4 * ms), spike)
    tip.add(spike)
    return NeuronModel([(tip, dend, 8 * nS), (dend, soma, 10 * nS)])


@cache
def recorded():
    """Return monitors of four cells of this model, which fire."""
    cells = model().make_neurongroup(
        4, threshold="V_soma > -58*mV", reset="V_soma = -70*mV", refractory=3 * ms
    )
    names = ["I_AMPA_x_dend", "g_rise_Na_dend", "V_tip", "V_dend", "V_soma"]
    found = {
        "cells": cells,
        "state": StateMonitor(cells, [*names, "s_AMPA_x_dend"], record=[0, 2, 3]),
        "spikes": SpikeMonitor(cells),
        "Na": EventMonitor(cells, "spike_Na_dend"),
        "tip": EventMonitor(cells, "spike_Na_tip"),
    }
    cells.I_ext_dend = [0, 0.1, 0.3, 0.5] * nA
    cells.s_AMPA_x_dend = 1
    Network(found.values()).run(40 * ms)
    assert len(found["spikes"].t) > 5
    return found


def test_traces_are_the_voltages_with_the_soma_first():
    state = recorded()["state"]
    ax = plotting.traces(state, neuron=2)
    assert labels(ax) == ["soma", "tip", "dend"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "voltage (mV)")
    for (t, V), name in zip(curves(ax), labels(ax), strict=True):
        # rounding of the unit
        assert_allclose(t, np.array(state.t / ms), rtol=1e-12)
        assert_allclose(V, np.array(getattr(state, f"V_{name}")[1] / mV), rtol=1e-12)


@pytest.mark.parametrize(
    ("names", "label", "size"),
    [
        ("I_AMPA_x_dend", "I_AMPA_x_dend (pA)", 1e-12),
        ("g_rise_Na_dend", "g_rise_Na_dend (nS)", 1e-9),
        ("s_AMPA_x_dend", "s_AMPA_x_dend", 1),
        (["V_dend"], "voltage (mV)", 1e-3),
    ],
)
def test_traces_of_other_variables_have_their_units(names, label, size):
    state = recorded()["state"]
    ax = plotting.traces(state, names, neuron=3)
    assert ax.get_ylabel() == label
    name = names if isinstance(names, str) else names[0]
    assert_allclose(curve(ax)[1], np.array(getattr(state, name + "_")[2]) / size)


def test_traces_in_the_unit_of_the_user():
    ax = plotting.traces(recorded()["state"], "V_soma", unit=uvolt)
    assert ax.get_ylabel() == "voltage (uV)"
    assert_allclose(curve(ax)[1], np.array(recorded()["state"].V_soma[0] / uvolt))
    with pytest.raises(UnitError, match="unit: expected a unit of volt, got nS"):
        plotting.traces(recorded()["state"], "V_soma", unit=nS)
    with pytest.raises(UnitError, match="unit: expected a unit of volt, got 'mV'"):
        plotting.traces(recorded()["state"], "V_soma", unit="mV")
    with pytest.raises(InvalidValueError, match="unit: must be positive"):
        plotting.traces(recorded()["state"], "V_soma", unit=0 * mV)


def test_lines_that_are_added_are_in_the_unit_of_those_that_are_there():
    ax = plotting.conductance(AMPA("x", g=0.005 * nS, t_decay=5 * ms))
    assert ax.get_ylabel() == "conductance (pS)"
    plotting.conductance(AMPA("x", g=1 * nS, t_decay=5 * ms), ax=ax)
    assert ax.get_ylabel() == "conductance (pS)"
    # numbers of about 1, in other units
    assert_allclose([y.max() for _, y in curves(ax)], [5, 1000], rtol=1e-12)
    ax.clear()
    plotting.conductance(AMPA("x", g=1 * nS, t_decay=5 * ms), ax=ax)
    assert ax.get_ylabel() == "conductance (nS)"
    state = recorded()["state"]
    ax = plotting.traces(state, "V_soma", unit=uvolt)
    plotting.traces(state, "V_dend", ax=ax)
    assert ax.get_ylabel() == "voltage (uV)"
    assert_allclose(curves(ax)[1][1], np.array(state.V_dend[0] / uvolt))
    with pytest.raises(InvalidValueError, match="the axes have lines in uV, got mV"):
        plotting.traces(state, "V_dend", ax=ax, unit=mV)
    assert len(ax.lines) == 2


def test_traces_that_are_added_to_marked_ones_are_seen():
    found = recorded()
    ax = plotting.traces(found["state"], "V_soma", spikes=found["spikes"])
    ax.plot([0, 1], [-300, 300])
    low, high = ax.get_ylim()
    assert low < -300 < 300 < high
    ax.set_ylim(-80, 40)  # what the user has set stays
    plotting.traces(found["state"], "V_dend", ax=ax)
    assert ax.get_ylim() == (-80, 40)


def test_traces_mark_events_of_the_neuron_in_rows_above():
    found = recorded()
    marks = {"Na of dend": found["Na"], "Na of tip": found["tip"]}
    ax = plotting.traces(found["state"], neuron=2, spikes=found["spikes"], events=marks)
    rows = ["spikes", *marks]
    assert labels(ax)[3:] == rows
    highest = max(y.max() for _, y in curves(ax)[:3])
    heights = []
    for (t, y), monitor in zip(
        curves(ax)[3:], [found["spikes"], *marks.values()], strict=True
    ):
        assert_allclose(t, np.array(monitor.t / ms)[np.array(monitor.i) == 2])
        assert len(t)
        heights.append(set(y))
    assert heights[0] > {highest} or min(heights[0]) > min(heights[1])
    assert min(heights[1]) > min(heights[2]) > highest
    assert ax.get_ylim()[1] > max(heights[0])
    # marks have the colour of their compartment, and a shape each
    handles = ax.get_legend_handles_labels()[0]
    by_label = dict(zip(labels(ax), handles, strict=True))
    assert by_label["Na of dend"].get_color() == by_label["dend"].get_color()
    assert by_label["Na of tip"].get_color() == by_label["tip"].get_color()
    assert len({by_label[row].get_marker() for row in rows}) == 3


def test_events_without_labels_have_their_names():
    found = recorded()
    ax = plotting.traces(found["state"], events=[found["Na"], found["tip"]])
    assert labels(ax)[3:] == ["spike_Na_dend", "spike_Na_tip"]
    handles = ax.get_legend_handles_labels()[0][3:]
    assert len({each.get_marker() for each in handles}) == 2


def test_traces_of_plain_brian_and_of_subgroups():
    group = NeuronGroup(5, "dv/dt = -v/(10*ms) : volt\nu : 1", method="exact")
    group.v = np.arange(5) * mV
    whole = StateMonitor(group, ["u", "v"], record=True)
    part = StateMonitor(group[2:4], "v", record=[1])
    Network(group, whole, part).run(1 * ms)
    ax = plotting.traces(whole, neuron=3)
    assert labels(ax) == ["v"]
    (_, V), (_, other) = curve(ax), curve(plotting.traces(part, neuron=1))
    assert_array_equal(V, other)
    assert V[0] == pytest.approx(3)


def test_filters_of_a_voltage_are_no_compartments():
    point = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    point.add_equations("dV_slow/dt = (V - V_slow)/(10*ms) : volt")
    cell = point.make_neurongroup(1)
    state = StateMonitor(cell, ["V_slow", "V"], record=True)
    Network(cell, state).run(1 * ms)
    assert labels(plotting.traces(state)) == ["V"]
    assert labels(plotting.traces(state, ["V_slow", "V"])) == ["slow", "V"]


def test_traces_say_what_is_wrong():
    state = recorded()["state"]
    for names, message in [
        ("V_som", "the monitor has no 'V_som'. Did you mean 'V_soma'"),
        (["V_soma", "V_den"], "no 'V_den'. Did you mean"),
    ]:
        with pytest.raises(UnknownNameError, match=message):
            plotting.traces(state, names)
    for arguments, message in [
        ({"neuron": 1}, r"no neuron 1. It has 0, 2, 3"),
        ({"variables": []}, "variables: name one"),
        ({"variables": ["V_soma", "s_AMPA_x_dend"]}, "Plot them on two axes"),
        ({"events": [recorded()["Na"]] * 2}, "two monitors of 'spike_Na_dend'"),
        (
            {"events": {"spikes": recorded()["Na"]}, "spikes": recorded()["spikes"]},
            "the label 'spikes' is that of the spikes of the soma",
        ),
    ]:
        with pytest.raises(InvalidValueError, match=f"^traces: .*{message}"):
            plotting.traces(state, **arguments)
    for arguments, message in [
        ({"neuron": 1.5}, "neuron: expected the index of a neuron, got 1.5"),
        ({"neuron": True}, "neuron: expected the index"),
        ({"variables": 5}, "variables: expected names, got 5"),
        ({"spikes": recorded()["Na"]}, "spikes: expected a brian2.SpikeMonitor"),
        ({"events": "spike_Na_dend"}, "events: expected monitors"),
        ({"events": 3}, "events: expected monitors"),
        ({"events": {"a": state}}, r"events\['a'\]: expected a brian2.EventMonitor"),
    ]:
        with pytest.raises(UnitError, match=f"^traces: {message}"):
            plotting.traces(state, **arguments)
    with pytest.raises(UnitError, match=r"monitor: expected a brian2.StateMonitor"):
        plotting.traces(recorded()["spikes"])
    assert plt.get_fignums() == []  # nothing is half drawn


def test_monitors_that_recorded_nothing_or_of_another_group():
    group = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0", name="another")
    state, spikes = StateMonitor(group, "v", record=True), SpikeMonitor(group)
    counts = SpikeMonitor(group, record=False)
    with pytest.raises(InvalidValueError, match="monitor: it has recorded nothing"):
        plotting.traces(state)
    with pytest.raises(InvalidValueError, match="spikes: it has recorded nothing"):
        plotting.raster(spikes)
    Network(group, state, spikes, counts).run(1 * ms)
    with pytest.raises(InvalidValueError, match=r"no voltage. .*There is 'v'"):
        plotting.traces(state)
    with pytest.raises(InvalidValueError, match="keeps no times"):
        plotting.raster(counts)
    for call in [
        lambda: plotting.raster(spikes, recorded()["Na"]),
        lambda: plotting.traces(recorded()["state"], spikes=spikes),
        lambda: plotting.dendritic_spikes(model(), recorded()["Na"], spikes=spikes),
    ]:
        with pytest.raises(InvalidValueError, match=r"group .*another"):
            call()


# -- raster ------------------------------------------------------------------------


def planned(N, spikes, **events):
    """Return monitors of a group that fires in these steps of 0.1 ms.

    Each plan is a list of (neuron, step); all of them are of one group.
    """
    plans = {"spike": spikes, **events}

    def due(name):
        steps = [f"(i == {i} and t_in_timesteps == {k})" for i, k in plans[name]]
        return " or ".join(steps) or "False"

    group = NeuronGroup(
        N,
        "v : 1",
        threshold=due("spike"),
        reset="v = 0",
        events={name: due(name) for name in events},
    )
    monitors = {
        name: SpikeMonitor(group) if name == "spike" else EventMonitor(group, name)
        for name in plans
    }
    Network(group, *monitors.values()).run(50 * ms)
    return monitors


def test_raster_has_spikes_at_their_neuron_and_events_beneath():
    found = planned(
        4,
        [(0, 10), (2, 15), (2, 300)],
        spike_Na_a=[(1, 20), (2, 14)],
        spike_Ca_b=[(3, 400)],
    )
    spikes, Na, Ca = found.values()
    ax = plotting.raster(spikes, {"Na": Na, "Ca": Ca})
    assert labels(ax) == ["spikes", "Na", "Ca"]
    (t, i), (t_Na, y_Na), (t_Ca, y_Ca) = curves(ax)
    assert_allclose(t, [1, 1.5, 30])
    assert_array_equal(i, [0, 2, 2])
    assert_allclose(t_Na, [1.4, 2])
    assert_allclose(t_Ca, [40])
    # nearer to their own neuron than to the next, in an order that stays
    assert_array_equal(np.ceil(y_Na), [2, 1])
    assert_array_equal(np.ceil(y_Ca), [3])
    assert 0 < 2 - y_Na[0] < 3 - y_Ca[0] < 1 - 0.25
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "neuron")
    low, high = ax.get_ylim()
    assert low < -0.6
    assert high > 3
    markers = {each.get_marker() for each in ax.lines}
    assert len(markers) == 3
    assert {each.get_linestyle() for each in ax.lines} == {"None"}


def test_raster_of_a_silent_group_is_empty():
    (spikes,) = planned(3, []).values()
    ax = plotting.raster(spikes)
    assert len(curve(ax)[0]) == 0
    assert 4 <= ax.lines[0].get_markersize() <= 18  # few neurons, or many
    assert ax.get_ylim()[1] > 2


def test_raster_of_a_subgroup_has_the_indices_of_the_group():
    group = NeuronGroup(6, "v : 1", threshold="i == 4 and t_in_timesteps == 3")
    spikes, whole = SpikeMonitor(group[3:]), EventMonitor(group, "spike")
    Network(group, spikes, whole).run(1 * ms)
    ax = plotting.raster(spikes, {"all": whole})
    assert_array_equal(curves(ax)[0][1], [4])
    assert_array_equal(np.ceil(curves(ax)[1][1]), [4])
    low, high = ax.get_ylim()
    assert 2 < low < 3
    assert 5 < high < 6


# -- dendritic spikes on the graph -------------------------------------------------


def nodes(ax):
    """Return text and colour of the nodes by compartment."""
    found = {}
    for text in ax.texts:
        name, *numbers = text.get_text().split("\n")
        if " nS" not in name:
            found[name] = numbers, text.get_bbox_patch().get_facecolor()
    return found


def color_bar(ax):
    (bar,) = [each for each in ax.figure.axes if each is not ax]
    return bar


def test_dendritic_spikes_are_rates_on_the_graph():
    # two neurons, 50 ms: 4 spikes are 40 Hz, 1 is 10 Hz
    found = planned(
        2,
        [(0, 100), (1, 200), (1, 400)],
        spike_Na_dend=[(0, 12), (0, 90), (1, 205), (1, 460)],
        spike_Na_tip=[(0, 112)],
    )
    spikes = found.pop("spike")
    ax = plotting.dendritic_spikes(model(), found, 50 * ms)
    assert_numbers(ax, {"dend": ["40 Hz"], "tip": ["10 Hz"], "soma": []})
    scale = plt.colormaps[MAP]
    assert_allclose(nodes(ax)["dend"][1], scale(1.0))
    assert_allclose(nodes(ax)["tip"][1], scale(0.25))
    assert nodes(ax)["soma"][1] == colors.to_rgba("#D9D9D9")
    assert color_bar(ax).get_ylabel() == "spikes (Hz)"
    assert color_bar(ax).get_ylim() == (0, 40)

    # The graph is that of the model.
    places = {
        text.get_text().split("\n")[0]: tuple(map(float, text.xy)) for text in ax.texts
    }
    for node, place in model()._tree().layout().items():
        assert places[node] == place

    # -1 and .5 ms from the nearest spike; those at 8.8 and at 6 ms count as well
    ax = plotting.dendritic_spikes(model(), found, spikes=spikes)
    assert_numbers(
        ax,
        {"dend": ["2", "-0.2 ms"], "tip": ["0.5", "+1.2 ms"], "soma": ["1.5"]},
    )
    assert color_bar(ax).get_ylabel() == "spikes of a neuron"
    # one that is 1.2 ms away is too far now
    ax = plotting.dendritic_spikes(
        model(), found, spikes=spikes, within=1.1 * ms, duration=25 * ms
    )
    assert_numbers(
        ax, {"dend": ["80 Hz", "-0.2 ms"], "tip": ["20 Hz"], "soma": ["60 Hz"]}
    )


def assert_numbers(ax, expected):
    assert {name: numbers for name, (numbers, _) in nodes(ax).items()} == expected


def test_latency_is_to_the_nearest_spike_of_the_same_neuron():
    found = planned(
        3,
        [(0, 100), (0, 140), (2, 300)],
        spike_Na_dend=[(0, 119), (0, 122), (1, 140), (2, 290), (2, 309)],
    )
    spikes = found.pop("spike")
    # 1.9, -1.8, (no spike), -1, .9: the median is that of -1 and .9
    ax = plotting.dendritic_spikes(model(), found, spikes=spikes)
    assert nodes(ax)["dend"][0] == ["1.67", "-0.1 ms"]


def test_a_list_a_single_monitor_and_what_really_happened():
    Na, tip, spikes = (recorded()[each] for each in ("Na", "tip", "spikes"))
    ax = plotting.dendritic_spikes(model(), [Na, tip], 40 * ms, spikes=spikes)
    for name, monitor in [("dend", Na), ("tip", tip), ("soma", spikes)]:
        rate = len(monitor.t) / 4 / 0.040
        assert nodes(ax)[name][0][0] == f"{rate:.3g} Hz"
    # a point neuron has a graph, too
    point = PointNeuronModel(cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    point.add(ThresholdCrossing("V", -60 * mV))
    cell = point.make_neurongroup(1)
    crossing = EventMonitor(cell, "crossing_V")
    cell.I_ext = 1 * nA
    Network(cell, crossing).run(5 * ms)
    ax = plotting.dendritic_spikes(point, crossing)
    assert nodes(ax)["V"][0] == ["1"]


def test_events_of_one_compartment_are_added_up():
    soma, dend = (
        each(name, cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
        for each, name in [(Soma, "soma"), (Dendrite, "dend")]
    )
    dend.add(
        ThresholdCrossing("V_dend", -50 * mV),
        ThresholdCrossing("V_dend", -20 * mV, name="high"),
    )
    both = NeuronModel([(soma, dend, 10 * nS)])
    found = planned(
        1, [], crossing_V_dend=[(0, 3), (0, 9)], crossing_high_V_dend=[(0, 5)]
    )
    del found["spike"]
    ax = plotting.dendritic_spikes(both, found)
    assert nodes(ax)["dend"][0] == ["3"]


def test_text_can_be_read_on_its_colour():
    found = planned(1, [], spike_Na_dend=[(0, 3), (0, 9)], spike_Na_tip=[])
    del found["spike"]
    ax = plotting.dendritic_spikes(model(), found)
    written = {t.get_text().split("\n")[0]: t.get_color() for t in ax.texts}
    assert written["dend"] == "black"  # on yellow
    assert written["tip"] == "white"  # on dark purple
    assert written["soma"] == "black"  # on grey
    found = planned(1, [], spike_Na_dend=[(0, 3)] * 10, spike_Na_tip=[(0, 3)] * 6)
    del found["spike"]
    ax = plotting.dendritic_spikes(model(), found)
    written = {t.get_text().split("\n")[0]: t.get_color() for t in ax.texts}
    assert written["tip"] == "black"  # on green, 6.8:1 instead of 3.1:1


def test_long_names_on_small_axes_do_not_overlap():
    lumped = {"cm_abs": 50 * pF, "gl_abs": 3 * nS, "v_rest": -70 * mV}
    soma = Soma("soma", **lumped)
    branches = [Dendrite(f"apical_branch_{k}", **lumped) for k in range(4)]
    for each in branches:
        each.add(
            DendriticSpike(
                "Na",
                threshold=-60 * mV,
                g_rise=8 * nS,
                duration_rise=1 * ms,
                reversal_rise="E_Na",
                refractory=5 * ms,
            )
        )
    cell = NeuronModel([(soma, each, 5 * nS) for each in branches])
    group = cell.make_neurongroup(1)
    monitor = EventMonitor(group, cell.event_names[0])
    Network(group, monitor).run(1 * ms)
    _, ax = plt.subplots(figsize=(5, 3))
    plotting.dendritic_spikes(cell, monitor, ax=ax)
    ax.figure.canvas.draw()
    boxes = sorted(
        (box.x0, box.x1)
        for box in (
            text.get_bbox_patch().get_window_extent()
            for text in ax.texts
            if text.get_text().startswith("apical")
        )
    )
    assert len(boxes) == 4
    assert all(one[1] < other[0] for one, other in pairwise(boxes))


def test_dendritic_spikes_say_what_is_wrong():
    Na = recorded()["Na"]
    with pytest.raises(UnknownNameError, match=r"'spike_Na_den'. Did you mean 'spike_"):
        plotting.dendritic_spikes(model(), {"spike_Na_den": Na})
    with pytest.raises(InvalidValueError, match=r"it is a monitor of 'spike_Na_dend'"):
        plotting.dendritic_spikes(model(), {"spike_Na_tip": Na})
    with pytest.raises(InvalidValueError, match=r"give a monitor. There is 'spike_Na"):
        plotting.dendritic_spikes(model(), [])
    for arguments in [{"duration": 1 * mV}, {"within": 3}]:
        with pytest.raises(UnitError, match=next(iter(arguments))):
            plotting.dendritic_spikes(model(), Na, **arguments)
    with pytest.raises(UnitError, match="model: expected a NeuronModel"):
        plotting.dendritic_spikes(Na, Na)
    assert plt.get_fignums() == []


# -- conductance -------------------------------------------------------------------


def dual(t, rise, decay):
    """Return the gate with a peak of 1, and when that is."""
    if rise == decay:
        return t / rise * np.exp(1 - t / rise), rise
    peak = rise * decay / (decay - rise) * np.log(decay / rise)

    def shape(t):
        return np.exp(-t / decay) - np.exp(-t / rise)

    return shape(t) / shape(peak), peak


@pytest.mark.parametrize(
    ("rise", "decay"), [(2, 60), (0.05, 3), (5, 5), (8, 2), (5, 5.0001)]
)
@pytest.mark.parametrize("dt", [None, 0.5 * ms])
def test_conductance_with_a_rise_is_exact_and_peaks_at_g(rise, decay, dt):
    receptor = NMDA("x", g=2.5 * nS, t_rise=rise * ms, t_decay=decay * ms)
    ax = plotting.conductance(receptor, dt=dt, duration=40 * ms)
    t, g = curve(ax)
    expected, peak = dual(t, rise, decay)
    # The factor that normalises is off by up to 1e-9 where time constants are equal,
    # and rates are moved apart where they nearly are (see docs/design.md).
    assert_allclose(g, 2.5 * expected, atol=1e-7 if decay == 5.0001 else 2e-9)
    assert g.max() == pytest.approx(2.5, rel=1e-7 if decay == 5.0001 else 1e-9)
    assert t[g.argmax()] == pytest.approx(peak, rel=1e-6)
    assert t[-1] == pytest.approx(40)
    assert np.all(np.diff(t) > 0)
    assert ax.get_xlabel() == "time after the spike (ms)"
    assert ax.get_ylabel() == "conductance (nS)"
    assert labels(ax) == ["NMDA_x"]


@pytest.mark.parametrize(
    ("kinetics", "gate"),
    [
        (Exponential(t_decay=5 * ms), lambda t: np.exp(-t / 5)),
        (Alpha(tau=3 * ms), lambda t: t / 3 * np.exp(1 - t / 3)),
        (
            DualExponential(t_rise=2 * ms, t_decay=6 * ms, normalize=False),
            lambda t: (np.exp(-t / 6) - np.exp(-t / 2)) / (1 / 2 - 1 / 6),
        ),
        (
            TwoStateKinetics.gaba_a(),  # rates .53 and .18 per ms, a pulse of 1 ms
            lambda t: (
                0.53
                / 0.71
                * (1 - np.exp(-0.71 * np.minimum(t, 1)))
                * np.exp(-0.18 * np.maximum(t - 1, 0))
            ),
        ),
    ],
)
def test_conductance_is_the_closed_form(kinetics, gate):
    receptor = GABA("x", g=3 * nS, w=2.0, kinetics=kinetics)
    t, g = curve(plotting.conductance(receptor))
    assert t[0] == 0
    # all of them are integrated exactly
    assert_allclose(g, 6 * gate(t), atol=1e-9)
    # to 1 % of the peak
    assert g[-1] <= 0.01 * g.max() < g[-4]


def test_conductance_that_saturates_is_that_of_a_slow_reference():
    t, g = curve(
        plotting.conductance(
            NMDA("x", g=1 * nS, kinetics=SaturatingNMDA()), duration=300 * ms
        )
    )
    solved = solve_ivp(
        lambda t, y: [-y[0] / 100 + 0.5 * y[1] * (1 - y[0]), -y[1] / 2],
        (0, 300),
        [0, 1],
        t_eval=t,
        rtol=1e-10,
        atol=1e-12,
    )
    # what the method of the kinetics is off by at 0.1 ms
    assert_allclose(g, solved.y[0], atol=5e-6)
    assert g.max() == pytest.approx(0.592, abs=5e-4)


def test_conductance_of_gaba_b_is_followed_until_it_closes():
    t, g = curve(plotting.conductance(GABAB("x"), dt=0.3 * ms))
    K1, K2, K3, K4 = 0.18, 0.034, 0.09 * 0.5, 0.0012
    bound = K3 / (K3 + K4) * (1 - np.exp(-(K3 + K4) * 0.3))

    def change(t, y):
        r, s = y
        return [-K4 * r, K1 * r - K2 * s]

    pulse = solve_ivp(
        lambda t, y: [K3 * (1 - y[0]) - K4 * y[0], K1 * y[0] - K2 * y[1]],
        (0, 0.3),
        [0, 0],
        rtol=1e-10,
        atol=1e-14,
    ).y[:, -1]
    assert pulse[0] == pytest.approx(bound)
    later = solve_ivp(change, (0.3, t[-1]), pulse, t_eval=t[1:], rtol=1e-10, atol=1e-14)
    s = later.y[1]
    # rk4, whose steps are 1 % of the fastest time constant
    assert_allclose(g[1:], s**4 / (s**4 + 100), rtol=1e-6, atol=1e-16)
    assert t[-1] > 500


def test_conductance_of_a_model_has_the_values_of_the_model():
    lumped = {"cm": 1 * uF / centimetre**2, "gl": 40 * uS / centimetre**2}
    soma = Soma("soma", length=20 * um, diameter=20 * um)
    dend = Dendrite("dend", length=100 * um, diameter=2 * um)
    dend.add(
        AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms),
        GABA("y", g=100 * uS / centimetre**2, t_decay=9 * ms),
    )
    whole = NeuronModel([(soma, dend, 5 * nS)], **lumped)
    whole.parameters["g_AMPA_x_dend"] = 4 * nS
    whole.parameters["t_AMPA_decay_x_dend"] = 20 * ms
    whole.parameters["w_GABA_y_dend"] = 3
    ax = plotting.conductance(whole, duration=30 * ms)
    assert labels(ax) == ["AMPA_x_dend", "GABA_y_dend"]
    (t, ampa), (t_gaba, gaba) = curves(ax)
    assert_allclose(ampa, 4 * dual(t, 1, 20)[0], atol=1e-9)
    # 100 uS/cm^2 = 1 pS/um^2
    total = 3 * 1e-3 * np.pi * 200
    assert_allclose(gaba, total * np.exp(-t_gaba / 9), rtol=1e-9)
    # a compartment that belongs to no model
    ax = plotting.conductance(dend, duration=30 * ms)
    assert_allclose(curves(ax)[0][1].max(), 1, rtol=1e-9)


def test_conductance_shows_what_a_receptor_has():
    kinetics = Exponential(t_decay=5 * ms)
    output = CurrentBased(J=-30 * pA)
    for receptor, label, start in [
        (Synapse("inh", "x", kinetics=kinetics, output=output), "current (pA)", -30),
        (AMPA("x", t_decay=5 * ms), "gate", 1),
        (AMPA("x", g=2e-3 * nS, t_decay=5 * ms), "conductance (pS)", 2),
        (AMPA("x", g=5 * uS, t_decay=5 * ms), "conductance (uS)", 5),
        (AMPA("x", g=0 * nS, t_decay=5 * ms), "conductance (pS)", 0),
    ]:
        ax = plotting.conductance(receptor)
        assert ax.get_ylabel() == label
        assert curve(ax)[1][0] == pytest.approx(start)
    ax = plotting.conductance(AMPA("x", g=1 * uS / um**2, t_decay=5 * ms))
    assert ax.get_ylabel().startswith("conductance per area (")


def test_conductance_says_what_is_wrong():
    ampa = AMPA("x", g=1 * nS, t_decay=5 * ms)
    kick = Synapse("kick", "x", kinetics=Delta(J=1 * mV))
    gaba = GABA("x", g=1 * nS, kinetics=TwoStateKinetics.gaba_a())
    bare = AMPA("x", t_decay=5 * ms)
    unknown = AMPA("x", g=1 * nS, kinetics=Exponential())
    for given, message in [
        ([], "there is no receptor"),
        ([Dendrite("dend")], "there is no receptor"),
        ([kick], "kick_x: Delta moves the voltage itself"),
        ([ampa, bare], "AMPA_x is in siemens and AMPA_x in units of g, which is not"),
        ([unknown], "AMPA_x: t_AMPA_decay_x has no value: give t_decay"),
    ]:
        with pytest.raises(InvalidValueError, match=f"^conductance: .*{message}"):
            plotting.conductance(*given)
    with pytest.raises(InvalidValueError, match="T_dur_GABA_x = 1 ms rounds to no st"):
        plotting.conductance(gaba, dt=3 * ms)
    with pytest.raises(InvalidValueError, match="1 curves and 2 labels"):
        plotting.conductance(ampa, labels=["a", "b"])
    for arguments in [
        {"duration": 3},
        {"dt": 1 * mV},
        {"labels": "ab"},
        {"labels": 5},
        {"labels": {"a": 1}},
    ]:
        with pytest.raises(UnitError, match=next(iter(arguments))):
            plotting.conductance(ampa, **arguments)
    with pytest.raises(UnitError, match="expected a receptor"):
        plotting.conductance("AMPA")
    assert plt.get_fignums() == []


# -- magnesium ---------------------------------------------------------------------


def fraction(V, Mg=1.0, alpha=0.062, beta=3.57, gamma=0.0):
    return 1 / (1 + Mg / beta * np.exp(-alpha * (V + gamma)))


def test_magnesium_block_is_the_equation():
    receptor = NMDA("x", g=1 * nS, t_decay=60 * ms, output=MagnesiumBlock(Mg=0.5))
    ax = plotting.magnesium_block("pagkalos_2023", MagnesiumBlock(gamma=5), receptor)
    assert labels(ax) == ["pagkalos_2023", "magnesium block", "NMDA_x"]
    for (V, B), expected in zip(
        curves(ax),
        [{"alpha": 0.087, "gamma": 10}, {"gamma": 5}, {"Mg": 0.5}],
        strict=True,
    ):
        assert (V[0], V[-1]) == (-100, 40)
        assert_allclose(B, fraction(V, **expected), rtol=1e-12)
    assert ax.get_xlabel() == "voltage (mV)"
    assert ax.get_ylabel() == "unblocked fraction"
    # all by default; a published block is called by its name
    assert labels(plotting.magnesium_block()) == list(magnesium_blocks)
    block = magnesium_blocks["brainpy"]
    ax = plotting.magnesium_block(block, block, labels=["a", "b"])
    assert labels(ax) == ["a", "b"]
    assert labels(plotting.magnesium_block(block)) == ["brainpy"]


def test_nmda_current_is_the_equation():
    V = np.array([-70, -20, 0.35, 30])
    receptor = NMDA("x", g=3 * nS, t_decay=60 * ms)
    for given, arguments, size, E, block in [
        ("pagkalos_2023", {}, 1, 0.35, {"alpha": 0.087, "gamma": 10}),
        (receptor, {}, 3, 0, {}),
        (receptor, {"g": 7 * nS}, 7, 0, {}),
        (MagnesiumBlock(E=-5 * mV), {}, 1, -5, {}),
    ]:
        ax = plotting.nmda_current(given, voltages=V * mV, **arguments)
        assert_allclose(curve(ax)[0], V)
        # 1 nS mV is 1 pA; the current at the reversal potential is a rounding error
        expected = size * (E - V) * fraction(V, **block)
        assert_allclose(curve(ax)[1], expected, rtol=1e-12, atol=1e-12)
        assert ax.get_ylabel() == "current (pA)"


@pytest.mark.parametrize("name", ["magnesium_block", "nmda_current"])
def test_magnesium_says_what_is_wrong(name):
    plot = getattr(plotting, name)
    with pytest.raises(UnknownNameError, match=r"'nest'. Did you mean 'nest_cm'"):
        plot("nest")
    with pytest.raises(InvalidValueError, match="AMPA_x has no magnesium block"):
        plot(AMPA("x", t_decay=5 * ms))
    for given in [3, model()]:
        with pytest.raises(UnitError, match="expected a MagnesiumBlock"):
            plot(given)
    for V in [3 * nS, [-70, 0], -70 * mV, "all", plot]:
        with pytest.raises(UnitError, match="voltages: expected voltages"):
            plot(voltages=V)


def test_the_current_needs_a_conductance():
    receptor = NMDA("x", g=1 * uS / centimetre**2, t_decay=60 * ms)
    with pytest.raises(InvalidValueError, match="NMDA_x: its g is per membrane area"):
        plotting.nmda_current(receptor)
    with pytest.raises(UnitError, match="g: expected a value in siemens"):
        plotting.nmda_current(g=1 * mA)


# -- STDP windows ------------------------------------------------------------------

PAIR = {"A_plus": 0.01, "A_minus": 0.006, "tau_plus": 15 * ms, "tau_minus": 30 * ms}


def window(d, up=0.01, down=0.006):
    """Return the window of a pair with these parameters, *d* in ms."""
    return np.where(d >= 0, up * np.exp(-d / 15), -down * np.exp(d / 30))


def test_window_of_pairs_is_the_closed_form():
    ax = plotting.stdp_window(PairSTDP(**PAIR))
    d, change = curve(ax)
    # every millisecond, and the step before the jump
    assert_allclose(d, np.union1d(np.arange(-100, 101), [-0.1]), atol=1e-9)
    # traces are exact; what is left is the rounding of 0.5 + change
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
            for each in post:  # with the last one before it
                before = pre[pre <= each]
                total += window(each - before[-1]) if len(before) else 0
            for each in pre:
                before = post[post < each]
                total += window(before[-1] - each) if len(before) else 0
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
    # The first pair knows no triplets.
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
        ([], {}, "give a rule"),
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
        ([PairSTDP()], {"pairs": 0}, "pairs: must be positive"),
        ([PairSTDP()], {"start": 0, "relative": True}, "weight at the start is 0"),
        ([PairSTDP()], {"times": [] * ms}, "times: expected finite values"),
        ([PairSTDP()], {"times": [np.nan] * ms}, "times: expected finite values"),
        (
            [TraceSTDP(traces={}, change_post="0.01 * int(V_dend_post > -40*mV)")],
            {},
            "a rule cannot be run by itself: it may read variables of neurons",
        ),
        (
            [TraceSTDP(traces={}, change_post="amount")],
            {},
            "a rule cannot be run by itself",
        ),
    ]:
        with pytest.raises(InvalidValueError, match=f"^stdp_window: .*{message}"):
            plotting.stdp_window(*rules, **arguments)
    for arguments, message in [
        ({"times": [1, 2]}, "times: expected times"),
        ({"times": 3 * ms}, "times: expected times"),
        ({"times": "all"}, "times: expected times"),
        ({"pairs": 2.5}, "pairs: expected a whole number"),
        ({"frequency": 3}, "frequency"),
        ({"dt": 3}, "dt"),
        ({"start": 1 * mV}, "start"),
    ]:
        with pytest.raises(UnitError, match=f"^stdp_window: {message}"):
            plotting.stdp_window(PairSTDP(), **arguments)
    with pytest.raises(UnitError, match="expected a rule"):
        plotting.stdp_window("PairSTDP")
    assert plt.get_fignums() == []


def test_what_is_run_leaves_the_simulation_of_the_user_alone():
    defaultclock.dt = 0.2 * ms
    group = NeuronGroup(3, "dv/dt = xi*(1*ms)**-0.5 : 1", method="euler")
    state = StateMonitor(group, "v", record=True)
    network = Network(group, state)

    def run(between):
        seed(4)
        network.store()
        network.run(1 * ms)
        between()
        network.run(1 * ms)
        found = np.array(state.v)
        network.restore()
        return found

    def draw():
        plotting.stdp_window(PairSTDP(), CalciumSTDP(), times=[1] * ms)
        plotting.conductance(GABAB("x"), duration=2 * ms)

    alone = run(lambda: None)
    assert_array_equal(run(draw), alone)
    assert defaultclock.dt == 0.2 * ms
    assert prefs.codegen.target == "numpy"
    # the step is that of the user
    t, _ = curve(plotting.conductance(AMPA("x", t_decay=2 * ms)))
    assert_allclose(np.diff(t), 0.2)


def test_curves_can_be_drawn_in_standalone_mode(tmp_path):
    set_device("cpp_standalone", directory=str(tmp_path), build_on_run=False)
    chosen = get_device()
    try:
        prefs.codegen.target = "auto"
        assert curve(plotting.conductance(GABAB("x"), duration=5 * ms))[1].max() > 0
        _, change = curve(plotting.stdp_window(PairSTDP(**PAIR), times=[5] * ms))
        assert_allclose(change, window(np.array([5])), atol=1e-15)
        assert get_device() is chosen
        assert prefs.codegen.target == "auto"
        assert not list(tmp_path.iterdir())  # nothing is built

        group = NeuronGroup(1, "v : 1", threshold="v > 1", reset="")
        spikes = SpikeMonitor(group)
        Network(group, spikes).run(1 * ms)
        with pytest.raises(InvalidValueError, match="spikes: it has recorded nothing"):
            plotting.raster(spikes)
    finally:
        reset_device()
        chosen.reinit()


def test_errors_are_those_of_the_package():
    for error in (InvalidValueError, UnitError, UnknownNameError):
        assert issubclass(error, DendrisynError)
