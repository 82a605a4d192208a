"""`plotting.dendritic_spikes`: rates on the graph of a model."""

from itertools import pairwise

import pytest
from brian2 import (
    EventMonitor,
    Network,
    ms,
    mV,
    nA,
    nS,
    pF,
)
from helpers.plots import model, planned, recorded
from numpy.testing import assert_allclose

from dendrisyn import (
    Dendrite,
    DendriticSpike,
    InvalidValueError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    ThresholdCrossing,
    UnitError,
    UnknownNameError,
    plotting,
)
from dendrisyn.cell.display import tree_of
from dendrisyn.plotting.style import MAP

plt = pytest.importorskip("matplotlib.pyplot")
colors = pytest.importorskip("matplotlib.colors")


def nodes(ax):
    """Return text and colour of the nodes by compartment."""
    by_name = {}
    for text in ax.texts:
        name, *numbers = text.get_text().split("\n")
        if " nS" not in name:
            by_name[name] = numbers, text.get_bbox_patch().get_facecolor()
    return by_name


def color_bar(ax):
    (bar,) = [each for each in ax.figure.axes if each is not ax]
    return bar


def test_dendritic_spikes_are_rates_on_the_graph():
    # two neurons, 50 ms: 4 spikes are 40 Hz, 1 is 10 Hz
    monitors = planned(
        2,
        [(0, 100), (1, 200), (1, 400)],
        spike_Na_dend=[(0, 12), (0, 90), (1, 205), (1, 460)],
        spike_Na_tip=[(0, 112)],
    )
    spikes = monitors.pop("spike")
    ax = plotting.dendritic_spikes(model(), monitors, 50 * ms)
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
    for node, place in tree_of(model().structure).layout().items():
        assert places[node] == place

    # Latencies of -1 and 0.5 ms; events 8.8 and 6 ms from a spike count as well.
    ax = plotting.dendritic_spikes(model(), monitors, spikes=spikes)
    assert_numbers(
        ax,
        {"dend": ["2", "-0.2 ms"], "tip": ["0.5", "+1.2 ms"], "soma": ["1.5"]},
    )
    assert color_bar(ax).get_ylabel() == "spikes of a neuron"
    # An event 1.2 ms from the spike has no latency now.
    ax = plotting.dendritic_spikes(
        model(), monitors, spikes=spikes, within=1.1 * ms, duration=25 * ms
    )
    assert_numbers(
        ax, {"dend": ["80 Hz", "-0.2 ms"], "tip": ["20 Hz"], "soma": ["60 Hz"]}
    )


def assert_numbers(ax, expected):
    assert {name: numbers for name, (numbers, _) in nodes(ax).items()} == expected


def test_latency_is_to_the_nearest_spike_of_the_same_neuron():
    monitors = planned(
        3,
        [(0, 100), (0, 140), (2, 300)],
        spike_Na_dend=[(0, 119), (0, 122), (1, 140), (2, 290), (2, 309)],
    )
    spikes = monitors.pop("spike")
    # 1.9, -1.8, (no spike), -1, 0.9: the median is the mean of -1 and 0.9
    ax = plotting.dendritic_spikes(model(), monitors, spikes=spikes)
    assert nodes(ax)["dend"][0] == ["1.67", "-0.1 ms"]


def test_rates_of_a_list_and_of_a_single_monitor():
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
    monitors = planned(
        1, [], crossing_V_dend=[(0, 3), (0, 9)], crossing_high_V_dend=[(0, 5)]
    )
    del monitors["spike"]
    ax = plotting.dendritic_spikes(both, monitors)
    assert nodes(ax)["dend"][0] == ["3"]


def test_text_can_be_read_on_its_colour():
    monitors = planned(1, [], spike_Na_dend=[(0, 3), (0, 9)], spike_Na_tip=[])
    del monitors["spike"]
    ax = plotting.dendritic_spikes(model(), monitors)
    written = {t.get_text().split("\n")[0]: t.get_color() for t in ax.texts}
    assert written["dend"] == "black"  # on yellow
    assert written["tip"] == "white"  # on dark purple
    assert written["soma"] == "black"  # on grey
    monitors = planned(1, [], spike_Na_dend=[(0, 3)] * 10, spike_Na_tip=[(0, 3)] * 6)
    del monitors["spike"]
    ax = plotting.dendritic_spikes(model(), monitors)
    written = {t.get_text().split("\n")[0]: t.get_color() for t in ax.texts}
    assert written["tip"] == "black"  # on green, 6.8:1 instead of 3.1:1


def test_long_names_on_small_axes_do_not_overlap():
    lumped = {"cm_abs": 50 * pF, "gl_abs": 3 * nS, "v_rest": -70 * mV}
    soma = Soma("soma", **lumped)
    branches = [Dendrite(f"apical_branch_{k}", **lumped) for k in range(4)]
    for branch in branches:
        branch.add(
            DendriticSpike(
                "Na",
                threshold=-60 * mV,
                g_rise=8 * nS,
                duration_rise=1 * ms,
                reversal_rise="E_Na",
                refractory=5 * ms,
            )
        )
    cell = NeuronModel([(soma, branch, 5 * nS) for branch in branches])
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
    with pytest.raises(InvalidValueError, match=r"the monitor is of 'spike_Na_dend'"):
        plotting.dendritic_spikes(model(), {"spike_Na_tip": Na})
    with pytest.raises(
        InvalidValueError,
        match=r"a monitor of an event is required. There is 'spike_Na",
    ):
        plotting.dendritic_spikes(model(), [])
    for arguments in [{"duration": 1 * mV}, {"within": 3}]:
        with pytest.raises(UnitError, match=next(iter(arguments))):
            plotting.dendritic_spikes(model(), Na, **arguments)
    with pytest.raises(UnitError, match="model: expected a NeuronModel"):
        plotting.dendritic_spikes(Na, Na)
    assert plt.get_fignums() == []
