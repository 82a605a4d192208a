"""`plotting.raster`: spikes and dendritic events of a group."""

import numpy as np
from brian2 import (
    EventMonitor,
    Network,
    NeuronGroup,
    SpikeMonitor,
    ms,
)
from helpers.plots import curve, curves, labels, planned
from numpy.testing import assert_allclose, assert_array_equal

from dendrisyn import (
    plotting,
)


def test_raster_has_spikes_at_their_neuron_and_events_beneath():
    monitors = planned(
        4,
        [(0, 10), (2, 15), (2, 300)],
        spike_Na_a=[(1, 20), (2, 14)],
        spike_Ca_b=[(3, 400)],
    )
    spikes, Na, Ca = monitors.values()
    ax = plotting.raster(spikes, {"Na": Na, "Ca": Ca})
    assert labels(ax) == ["spikes", "Na", "Ca"]
    (t, i), (t_Na, y_Na), (t_Ca, y_Ca) = curves(ax)
    assert_allclose(t, [1, 1.5, 30])
    assert_array_equal(i, [0, 2, 2])
    assert_allclose(t_Na, [1.4, 2])
    assert_allclose(t_Ca, [40])
    # Marks are nearer to their neuron than to the next one, in a fixed order.
    assert_array_equal(np.ceil(y_Na), [2, 1])
    assert_array_equal(np.ceil(y_Ca), [3])
    assert 0 < 2 - y_Na[0] < 3 - y_Ca[0] < 1 - 0.25
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "neuron")
    low, high = ax.get_ylim()
    assert low < -0.6
    assert high > 3
    markers = {line.get_marker() for line in ax.lines}
    assert len(markers) == 3
    assert {line.get_linestyle() for line in ax.lines} == {"None"}


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
