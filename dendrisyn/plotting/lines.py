"""`traces`: variables of one neuron over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from brian2.monitors.spikemonitor import EventMonitor, SpikeMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.allunits import second, volt
from brian2.units.fundamentalunits import Quantity, get_unit

from ..errors import InvalidValueError, UnitError, located
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
        What was recorded.
    variables : str or iterable of str, optional
        What to plot, all of one unit; by default the voltages of all compartments, the
        soma first.
    neuron : int
        Which neuron, as an index of the group that is monitored.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure when left out.
    unit : Quantity, optional
        The unit of the vertical axis, such as ``mV``; by default mV, pA, nS, ... as
        the values need, or that of the lines that are there already.
    spikes : SpikeMonitor, optional
        Spikes of the same group, which are marked above the traces.
    events : EventMonitor, iterable or mapping of them, optional
        Dendritic events of the same group, which are marked in a row each, below that
        of the spikes. The keys of a mapping are their labels.

    Returns
    -------
    matplotlib.axes.Axes
        One line for each variable, then one for the marks of each event.

    Raises
    ------
    UnknownNameError
        If a variable was not recorded.
    InvalidValueError
        If the neuron was not recorded, the variables have different units, a monitor
        has recorded nothing, or is of another group.
    UnitError
        If an argument is of the wrong type or unit.

    Examples
    --------
    >>> from brian2 import Network, StateMonitor, ms, mV, nS, pF, prefs
    >>> prefs.codegen.target = 'numpy'
    >>> from dendrisyn import Dendrite, NeuronModel, Soma
    >>> from dendrisyn.plotting import traces
    >>> soma, dend = (each(name, cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    ...               for each, name in [(Soma, 'soma'), (Dendrite, 'dend')])
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
                    "Give another."
                )
            marked = {"spikes": spikes, **marked}
        for label, each in marked.items():
            check_same_group(monitor, each, f"events[{label!r}]")
        ax = axes(ax)

    seconds = np.array(monitor.t_)
    time = unit_for(second.dim, largest(seconds), axis=ax.xaxis)
    unit = unit_for(unit.dim, 0, unit, ax.yaxis)  # what is drawn next has it, too
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
    """Return where the monitor keeps a neuron."""
    if isinstance(neuron, bool) or not isinstance(neuron, (Integral, np.integer)):
        raise UnitError(f"neuron: expected the index of a neuron, got {neuron!r}.")
    recorded = np.asarray(monitor.record)
    (rows,) = np.nonzero(recorded == neuron)
    if not len(rows):
        few = ", ".join(map(str, recorded[:8])) + (", ..." if len(recorded) > 8 else "")
        raise InvalidValueError(
            f"neuron: the monitor has no neuron {neuron}. It has {few}."
        )
    return int(rows[0])


def _unit(
    monitor: StateMonitor, values: Mapping[str, np.ndarray], given: Any, axis: Any
) -> Quantity:
    """Return the unit of all variables."""
    first, *others = values
    dimensions = monitor.source.variables[first].dim
    for name in others:
        other = monitor.source.variables[name].dim
        if other is not dimensions:
            raise InvalidValueError(
                f"variables: {first!r} is in {get_unit(dimensions)!r} and {name!r} in "
                f"{get_unit(other)!r}. Plot them on two axes."
            )
    return unit_for(dimensions, largest(*values.values()), given, axis)


def _mark(
    ax: Any,
    marked: Mapping[str, EventMonitor],
    first: int,
    names: Sequence[str],
    neuron: int,
    time: float,
) -> None:
    """Mark events in rows above the traces, those of the soma in the uppermost."""
    if not marked:
        return
    low, high = ax.get_ylim()
    step = 0.07 * (high - low)
    shape = 0
    for index, (label, monitor) in enumerate(marked.items()):
        _, t = events_of(monitor, neuron)
        height = high + step * (len(marked) - index - 0.5)
        is_spike = isinstance(monitor, SpikeMonitor)  # the first shape is for those
        shape += not is_spike
        place = _place(monitor, names, 0 if is_spike else shape)
        style = mark(first + place, 0 if is_spike else shape)
        ax.plot(t / time, np.full(len(t), height), label=label, **style)
    # auto=None: traces that are added later still widen the axes
    ax.set_ylim(low, high + step * len(marked), auto=None)


def _place(monitor: EventMonitor, names: Sequence[str], otherwise: int) -> int:
    """Return the trace whose colour the marks of an event have."""
    for place, name in enumerate(names):
        if monitor.event.endswith(name[1:]):
            return place
    return otherwise
