"""`raster`: spikes of a group, with dendritic events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2.monitors.spikemonitor import EventMonitor, SpikeMonitor
from brian2.units.allunits import second

from ..errors import located
from .records import (
    check_monitor,
    check_same_group,
    events_of,
    largest,
    monitors_of,
    start_of,
)
from .style import axes, axis_label, finish, mark, unit_for

__all__ = ["raster"]

#: Height of the band below a neuron in which events are marked; neurons are 1 apart.
_BAND = 0.7


def raster(
    spikes: SpikeMonitor,
    events: EventMonitor
    | Iterable[EventMonitor]
    | Mapping[str, EventMonitor]
    | None = None,
    ax: Any = None,
) -> Any:
    """Plot the spikes of a group, with dendritic events beneath those of each neuron.

    Parameters
    ----------
    spikes : SpikeMonitor
        Spikes, drawn at the index of the neuron.
    events : EventMonitor, iterable or mapping of str to EventMonitor, optional
        Dendritic events of the same group, drawn below the spikes of the neuron. An
        event has its own mark. The keys of a mapping are the labels.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with a line of marks for the spikes, then a line of marks per event.

    Raises
    ------
    InvalidValueError
        If a monitor was not run, keeps no times, or is of another group.
    UnitError
        If an argument is not a monitor.

    Examples
    --------
    >>> from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, ms, prefs
    >>> prefs.codegen.target = 'numpy'
    >>> from dendrisyn.plotting import raster
    >>> group = SpikeGeneratorGroup(3, [0, 2], [1, 2]*ms)
    >>> spikes = SpikeMonitor(group)
    >>> Network(group, spikes).run(5*ms)
    >>> raster(spikes).lines[0].get_ydata().tolist()
    [0.0, 2.0]
    """
    with located("raster"):
        check_monitor(spikes, SpikeMonitor, "spikes")
        marked = monitors_of(events)
        for label, monitor in marked.items():
            check_same_group(spikes, monitor, f"events[{label!r}]")
        ax = axes(ax)

    recorded = [("spikes", *events_of(spikes))]
    recorded += [(label, *events_of(monitor)) for label, monitor in marked.items()]
    time = unit_for(second.dim, largest(*(t for *_, t in recorded)), axis=ax.xaxis)
    first, count = start_of(spikes), len(spikes.source)
    height = ax.get_window_extent().height * 72 / ax.figure.dpi / (count + 0.4)
    size = float(np.clip(_BAND * height / max(len(marked), 1), 2.5, 6))
    for index, (label, neurons, t) in enumerate(recorded):
        style = mark(index)
        style["markersize"] = size if index else np.clip(0.6 * height, 4, 18)
        style["markeredgewidth"] = max(0.8, min(1.2, size / 3))
        below = _BAND * index / max(len(marked), 1)
        ax.plot(t / float(time), neurons - below, label=label, **style)
    ax.yaxis.get_major_locator().set_params(integer=True)
    return finish(
        ax,
        max(1, 5 / size) if marked else None,
        xlabel=axis_label(time),
        ylabel="neuron",
        ylim=(first - _BAND - 0.2, first + count - 0.4),
    )
