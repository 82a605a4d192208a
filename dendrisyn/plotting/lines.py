"""`traces`: variables of one neuron over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from brian2.monitors.spikemonitor import EventMonitor, SpikeMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.allunits import second, volt
from brian2.units.fundamentalunits import Quantity, get_unit

from ..errors import InvalidValueError, UnitError, located
from ..units import is_whole_number
from .records import (
    check_monitor,
    check_same_group,
    events_of,
    largest,
    monitors_of,
    start_of,
    variables_of,
)
from .style import axes, axis_label, drawn, finish, line, mark, unit_for

__all__ = ["traces"]


def traces(
    monitor: StateMonitor,
    variables: str | Iterable[str] | None = None,
    neuron: int = 0,
    ax: Any = None,
    *,
    unit: Quantity | None = None,
    spikes: SpikeMonitor | None = None,
    events: EventMonitor
    | Iterable[EventMonitor]
    | Mapping[str, EventMonitor]
    | None = None,
) -> Any:
    """Plot the voltages of a neuron, or other variables, over time.

    Parameters
    ----------
    monitor : StateMonitor
        The monitor of the variables.
    variables : str or iterable of str, optional
        Variables of one unit; by default the voltages of all compartments, the soma
        first.
    neuron : int
        Index of the neuron in the group that is monitored.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; by default those of a new figure.
    unit : Quantity, optional
        Unit of the vertical axis, such as ``mV``; by default the unit of the lines on
        the axes, otherwise mV, pA, nS, ... as the values need.
    spikes : SpikeMonitor, optional
        Spikes of the same group, which are marked above the traces.
    events : EventMonitor, iterable or mapping of EventMonitor, optional
        Dendritic events of the same group. An event has a row of marks, below the row
        of the spikes. The keys of a mapping are the labels.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with one line per variable, then one line of marks per event.

    Raises
    ------
    UnknownNameError
        If a variable was not recorded.
    InvalidValueError
        If the neuron was not recorded, the variables have different units, a monitor
        has recorded nothing, or a monitor is of another group.
    UnitError
        If an argument has the wrong type or unit.

    Examples
    --------
    >>> from brian2 import Network, StateMonitor, ms, mV, nS, pF, prefs
    >>> prefs.codegen.target = 'numpy'
    >>> from dendrisyn import Dendrite, NeuronModel, Soma
    >>> from dendrisyn.plotting import traces
    >>> lumped = {'cm_abs': 100*pF, 'gl_abs': 5*nS, 'v_rest': -70*mV}
    >>> soma, dend = Soma('soma', **lumped), Dendrite('dend', **lumped)
    >>> cell = NeuronModel([(dend, soma, 10*nS)]).make_neurongroup(1)
    >>> voltages = StateMonitor(cell, ['V_dend', 'V_soma'], record=True)
    >>> Network(cell, voltages).run(1*ms)
    >>> [line.get_label() for line in traces(voltages).lines]
    ['soma', 'dend']
    """
    with located("traces"):
        check_monitor(monitor, StateMonitor, "monitor")
        names = variables_of(monitor, variables)
        row = _row(monitor, neuron)
        values = {name: np.array(getattr(monitor, f"{name}_"))[row] for name in names}
        unit = _unit(monitor, values, unit, getattr(ax, "yaxis", None))
        marked = monitors_of(events)
        if spikes is not None:
            check_monitor(spikes, SpikeMonitor, "spikes")
            if "spikes" in marked:
                raise InvalidValueError(
                    "events: the label 'spikes' is that of the spikes of the soma. "
                    "Give another label."
                )
            marked = {"spikes": spikes, **marked}
        for label, event_monitor in marked.items():
            check_same_group(monitor, event_monitor, f"events[{label!r}]")
        ax = axes(ax)

    seconds = np.array(monitor.t_)
    time = unit_for(second.dim, largest(seconds), axis=ax.xaxis)
    unit = unit_for(unit.dim, 0, unit, ax.yaxis)  # also the unit of later lines
    t = seconds / float(time)
    first = drawn(ax)
    for index, (name, value) in enumerate(values.items(), start=first):
        label = name[2:] if name.startswith("V_") else name
        ax.plot(t, value / float(unit), label=label, **line(index))
    _mark(ax, marked, first, names, neuron + start_of(monitor), float(time))
    word = names[0] if len(names) == 1 and unit.dim is not volt.dim else ""
    return finish(
        ax,
        1 if marked else None,
        xlabel=axis_label(time),
        ylabel=axis_label(unit, word),
    )


def _row(monitor: StateMonitor, neuron: int) -> int:
    """Return the row of a neuron in the monitor."""
    if not is_whole_number(neuron):
        raise UnitError(f"neuron: expected the index of a neuron, got {neuron!r}.")
    recorded = np.asarray(monitor.record)
    (rows,) = np.nonzero(recorded == neuron)
    if not len(rows):
        few = ", ".join(map(str, recorded[:8])) + (", ..." if len(recorded) > 8 else "")
        raise InvalidValueError(
            f"neuron: the monitor has no neuron {neuron}. It has the neurons {few}."
        )
    return int(rows[0])


def _unit(
    monitor: StateMonitor, values: Mapping[str, np.ndarray], unit: Any, axis: Any
) -> Quantity:
    """Return the unit in which the variables are shown."""
    first, *others = values
    dimensions = monitor.source.variables[first].dim
    for name in others:
        other = monitor.source.variables[name].dim
        if other is not dimensions:
            raise InvalidValueError(
                f"variables: {first!r} is in {get_unit(dimensions)!r} and {name!r} in "
                f"{get_unit(other)!r}. Plot them on two axes."
            )
    return unit_for(dimensions, largest(*values.values()), unit, axis)


def _mark(
    ax: Any,
    marked: Mapping[str, EventMonitor],
    first: int,
    names: Sequence[str],
    neuron: int,
    time: float,
) -> None:
    """Mark events in rows above the traces, somatic spikes in the uppermost row."""
    if not marked:
        return
    low, high = ax.get_ylim()
    step = 0.07 * (high - low)
    shape = 0
    for index, (label, monitor) in enumerate(marked.items()):
        _, t = events_of(monitor, neuron)
        height = high + step * (len(marked) - index - 0.5)
        is_spike = isinstance(monitor, SpikeMonitor)  # spikes have the first shape
        shape += not is_spike
        trace = _trace_of(monitor, names, 0 if is_spike else shape)
        style = mark(first + trace, 0 if is_spike else shape)
        ax.plot(t / time, np.full(len(t), height), label=label, **style)
    # With auto=None, traces that are added later still widen the axes.
    ax.set_ylim(low, high + step * len(marked), auto=None)


def _trace_of(monitor: EventMonitor, names: Sequence[str], default: int) -> int:
    """Return the index of the trace whose colour the marks of an event have."""
    for index, name in enumerate(names):
        if monitor.event.endswith(name[1:]):
            return index
    return default
