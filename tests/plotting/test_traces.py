"""`plotting.traces`: recorded variables over time."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    nS,
    pF,
    uvolt,
)
from helpers.plots import curve, curves, labels, model, recorded
from numpy.testing import assert_allclose, assert_array_equal

from dendrisyn import (
    AMPA,
    InvalidValueError,
    PointNeuronModel,
    UnitError,
    UnknownNameError,
    plotting,
)

plt = pytest.importorskip("matplotlib.pyplot")


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
    monitors = recorded()
    ax = plotting.traces(monitors["state"], "V_soma", spikes=monitors["spikes"])
    ax.plot([0, 1], [-300, 300])
    low, high = ax.get_ylim()
    assert low < -300 < 300 < high
    ax.set_ylim(-80, 40)  # what the user has set stays
    plotting.traces(monitors["state"], "V_dend", ax=ax)
    assert ax.get_ylim() == (-80, 40)


def test_traces_mark_events_of_the_neuron_in_rows_above():
    monitors = recorded()
    marks = {"Na of dend": monitors["Na"], "Na of tip": monitors["tip"]}
    ax = plotting.traces(
        monitors["state"], neuron=2, spikes=monitors["spikes"], events=marks
    )
    rows = ["spikes", *marks]
    assert labels(ax)[3:] == rows
    highest = max(y.max() for _, y in curves(ax)[:3])
    heights = []
    for (t, y), monitor in zip(
        curves(ax)[3:], [monitors["spikes"], *marks.values()], strict=True
    ):
        assert_allclose(t, np.array(monitor.t / ms)[np.array(monitor.i) == 2])
        assert len(t)
        heights.append(set(y))
    assert heights[0] > {highest} or min(heights[0]) > min(heights[1])
    assert min(heights[1]) > min(heights[2]) > highest
    assert ax.get_ylim()[1] > max(heights[0])
    # Marks have the colour of their compartment, and different shapes.
    handles = ax.get_legend_handles_labels()[0]
    by_label = dict(zip(labels(ax), handles, strict=True))
    assert by_label["Na of dend"].get_color() == by_label["dend"].get_color()
    assert by_label["Na of tip"].get_color() == by_label["tip"].get_color()
    assert len({by_label[row].get_marker() for row in rows}) == 3


def test_events_without_labels_have_their_names():
    monitors = recorded()
    ax = plotting.traces(monitors["state"], events=[monitors["Na"], monitors["tip"]])
    assert labels(ax)[3:] == ["spike_Na_dend", "spike_Na_tip"]
    handles = ax.get_legend_handles_labels()[0][3:]
    assert len({handle.get_marker() for handle in handles}) == 2


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
        ("V_som", "there is no recorded variable 'V_som'. Did you mean 'V_soma'"),
        (["V_soma", "V_den"], "no recorded variable 'V_den'. Did you mean"),
    ]:
        with pytest.raises(UnknownNameError, match=message):
            plotting.traces(state, names)
    for arguments, message in [
        ({"neuron": 1}, r"no neuron 1. It has the neurons 0, 2, 3"),
        ({"variables": []}, "variables: name a recorded variable"),
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
    with pytest.raises(
        InvalidValueError, match="monitor: the monitor has recorded nothing"
    ):
        plotting.traces(state)
    with pytest.raises(
        InvalidValueError, match="spikes: the monitor has recorded nothing"
    ):
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
