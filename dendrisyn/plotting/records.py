"""Reading monitors: what they recorded, of which neurons, and whether they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2.groups.subgroup import Subgroup
from brian2.monitors.spikemonitor import EventMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.allunits import volt
from brian2.units.fundamentalunits import Quantity

from ..errors import InvalidValueError, UnitError, UnknownNameError, nearest

__all__ = [
    "check_monitor",
    "check_same_group",
    "events_of",
    "largest",
    "monitors_of",
    "start_of",
    "variables_of",
]


def check_monitor(monitor: Any, kind: Any, what: str) -> Any:
    """Return *monitor* if it is of this kind and has recorded.

    Parameters
    ----------
    monitor : object
        What the user gave.
    kind : {StateMonitor, SpikeMonitor, EventMonitor}
        What is expected.
    what : str
        What was given, for messages.

    Raises
    ------
    UnitError
        If it is something else.
    InvalidValueError
        If it has no times, because it did not keep them or nothing was run.
    """
    if not isinstance(monitor, kind):
        raise UnitError(f"{what}: expected a brian2.{kind.__name__}, got {monitor!r}.")
    if kind is not StateMonitor and not monitor.record:
        raise InvalidValueError(
            f"{what}: it counts events and keeps no times (record=False). Make it "
            "with record=True."
        )
    try:
        times = np.array(monitor.t_)
        was_run = monitor._network is not None  # Brian2 knows since its first run
        nothing = not was_run or (kind is StateMonitor and not len(times))
    except NotImplementedError:  # standalone mode, before the program has run
        nothing = True
    if nothing:
        raise InvalidValueError(
            f"{what}: it has recorded nothing. Run a network that contains it first."
        )
    return monitor


def monitors_of(events: Any, what: str = "events") -> dict[str, EventMonitor]:
    """Return monitors of events by their labels.

    Parameters
    ----------
    events : EventMonitor, iterable of EventMonitor, or mapping of str to EventMonitor
        What the user gave; without labels, those are the names of the events.
    what : str
        The argument, for messages.
    """
    if events is None:
        return {}
    if isinstance(events, EventMonitor):
        events = [events]
    if isinstance(events, Mapping):
        return {
            str(name): check_monitor(each, EventMonitor, f"{what}[{name!r}]")
            for name, each in events.items()
        }
    if not isinstance(events, Iterable) or isinstance(events, str):
        raise UnitError(
            f"{what}: expected monitors of events, such as "
            f"{{'spike_Na_dend': monitor}}, got {events!r}."
        )
    named: dict[str, EventMonitor] = {}
    for index, each in enumerate(events):
        check_monitor(each, EventMonitor, f"{what}[{index}]")
        if each.event in named:
            raise InvalidValueError(
                f"{what}: there are two monitors of {each.event!r}. Give a dict, which "
                "tells them apart."
            )
        named[each.event] = each
    return named


def variables_of(monitor: StateMonitor, names: Any) -> list[str]:
    """Return the variables to plot: those named, or the voltages, the soma first.

    Raises
    ------
    UnknownNameError
        If one was not recorded.
    InvalidValueError
        If none is named, and none of those recorded is a voltage.
    UnitError
        If these are no names.
    """
    recorded = list(monitor.record_variables)
    if isinstance(monitor.record_variables, set):  # all of the group
        order = list(monitor.source.variables)
        recorded.sort(key=order.index)
    if names is None:
        return _voltages(monitor, recorded)
    if not isinstance(names, Iterable):
        raise UnitError(f"variables: expected names, got {names!r}.")
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in recorded:
            raise UnknownNameError(
                f"variables: the monitor has no {name!r}.{nearest(str(name), recorded)}"
            )
    if not chosen:
        raise InvalidValueError(f"variables: name one.{nearest('', recorded)}")
    return chosen


def _voltages(monitor: StateMonitor, recorded: list[str]) -> list[str]:
    found = [
        name for name in recorded if monitor.source.variables[name].dim is volt.dim
    ]
    if not found:
        raise InvalidValueError(
            "variables: the monitor has no voltage. Name what to plot."
            f"{nearest('', recorded)}"
        )
    # Filters of a voltage are no compartments: they have no current.
    known = getattr(_group(monitor.source), "equations", ())
    own = [name for name in found if name[:1] == "V" and f"I{name[1:]}" in known]
    return sorted(own or found, key=lambda name: "soma" not in name.lower())


def _group(source: Any) -> Any:
    """Return the group that a subgroup is a part of."""
    return source.source if isinstance(source, Subgroup) else source


def start_of(monitor: Any) -> int:
    """Return the index in the whole group of the first neuron that is monitored."""
    return int(getattr(monitor.source, "start", 0))


def check_same_group(monitor: Any, other: Any, what: str) -> None:
    """Raise `InvalidValueError` if two monitors are not of one group."""
    here, there = _group(monitor.source), _group(other.source)
    if here.id != there.id:
        raise InvalidValueError(
            f"{what}: it is of the group {there.name!r}, not of {here.name!r}."
        )


def events_of(monitor: EventMonitor, neuron: int | None = None) -> tuple[Any, Any]:
    """Return neurons, as indices in the whole group, and times (second, no unit).

    Parameters
    ----------
    monitor : EventMonitor
        The monitor.
    neuron : int, optional
        The only neuron to look at.
    """
    # Copies: Brian2 2.11 frees what a monitor holds when it is gone.
    i = np.array(monitor.i) + start_of(monitor)
    t = np.array(monitor.t_)
    return (i, t) if neuron is None else (i[i == neuron], t[i == neuron])


def largest(*values: Quantity | np.ndarray) -> float:
    """Return the largest absolute value that is finite, 0 if there is none."""
    return max(
        (float(np.max(np.abs(each[np.isfinite(each)]), initial=0)) for each in values),
        default=0.0,
    )
