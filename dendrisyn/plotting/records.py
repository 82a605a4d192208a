"""Reading monitors: recorded variables, neurons and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2.groups.subgroup import Subgroup
from brian2.monitors.spikemonitor import EventMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.allunits import volt
from brian2.units.fundamentalunits import Quantity

from ..errors import InvalidValueError, UnitError, look_up, nearest

__all__ = [
    "check_monitor",
    "check_same_group",
    "events_of",
    "largest",
    "monitors_of",
    "start_of",
    "variables_of",
]


def check_monitor(monitor: Any, kind: Any, where: str) -> Any:
    """Return *monitor*, or raise an error if it has the wrong type or no records."""
    if not isinstance(monitor, kind):
        raise UnitError(f"{where}: expected a brian2.{kind.__name__}, got {monitor!r}.")
    if kind is not StateMonitor and not monitor.record:
        raise InvalidValueError(
            f"{where}: the monitor counts events and keeps no times (record=False). "
            "Make it with record=True."
        )
    try:
        times = np.array(monitor.t_)
        was_run = monitor._network is not None  # Brian2 sets it in the first run
        is_empty = not was_run or (kind is StateMonitor and not len(times))
    except NotImplementedError:  # standalone mode, before the program has run
        is_empty = True
    if is_empty:
        raise InvalidValueError(
            f"{where}: the monitor has recorded nothing. Run a network that contains "
            "it first."
        )
    return monitor


def monitors_of(events: Any) -> dict[str, EventMonitor]:
    """Return monitors of events by their labels, by default the names of the events."""
    if events is None:
        return {}
    if isinstance(events, EventMonitor):
        events = [events]
    if isinstance(events, Mapping):
        return {
            str(name): check_monitor(monitor, EventMonitor, f"events[{name!r}]")
            for name, monitor in events.items()
        }
    if not isinstance(events, Iterable) or isinstance(events, str):
        raise UnitError(
            "events: expected monitors of events, such as "
            f"{{'spike_Na_dend': monitor}}, got {events!r}."
        )
    by_event: dict[str, EventMonitor] = {}
    for index, monitor in enumerate(events):
        check_monitor(monitor, EventMonitor, f"events[{index}]")
        if monitor.event in by_event:
            raise InvalidValueError(
                f"events: there are two monitors of {monitor.event!r}. Give a dict "
                "whose keys tell them apart."
            )
        by_event[monitor.event] = monitor
    return by_event


def variables_of(monitor: StateMonitor, names: Any) -> list[str]:
    """Return the variables to plot: by default the voltages, the soma first."""
    recorded = list(monitor.record_variables)
    if isinstance(monitor.record_variables, set):  # all variables of the group
        order = list(monitor.source.variables)
        recorded.sort(key=order.index)
    if names is None:
        return _voltages(monitor, recorded)
    if not isinstance(names, Iterable):
        raise UnitError(f"variables: expected names, got {names!r}.")
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        noun = "recorded variable"
        look_up(name, dict.fromkeys(recorded), noun, "variables")
    if not chosen:
        raise InvalidValueError(
            f"variables: name a recorded variable.{nearest('', recorded)}"
        )
    return chosen


def _voltages(monitor: StateMonitor, recorded: list[str]) -> list[str]:
    """Return the recorded voltages of compartments, the soma first."""
    voltages = [
        name for name in recorded if monitor.source.variables[name].dim is volt.dim
    ]
    if not voltages:
        raise InvalidValueError(
            "variables: the monitor has no voltage. Name a recorded variable."
            f"{nearest('', recorded)}"
        )
    # A compartment has a current; a filtered voltage has none.
    equations = getattr(_group(monitor.source), "equations", ())
    of_compartments = [
        name for name in voltages if name[:1] == "V" and f"I{name[1:]}" in equations
    ]
    chosen = of_compartments or voltages
    return sorted(chosen, key=lambda name: "soma" not in name.lower())


def _group(source: Any) -> Any:
    """Return the group that contains a subgroup."""
    return source.source if isinstance(source, Subgroup) else source


def start_of(monitor: Any) -> int:
    """Return the index in the whole group of the first neuron that is monitored."""
    return int(getattr(monitor.source, "start", 0))


def check_same_group(monitor: Any, other: Any, where: str) -> None:
    """Raise `InvalidValueError` if two monitors are not of one group."""
    expected, group = _group(monitor.source), _group(other.source)
    if expected.id != group.id:
        raise InvalidValueError(
            f"{where}: the monitor is of the group {group.name!r}. Give a monitor of "
            f"{expected.name!r}."
        )


def events_of(monitor: EventMonitor, neuron: int | None = None) -> tuple[Any, Any]:
    """Return neurons, as indices in the whole group, and times (second, no unit)."""
    # Copies, since Brian2 2.11 frees the arrays together with the monitor.
    i = np.array(monitor.i) + start_of(monitor)
    t = np.array(monitor.t_)
    return (i, t) if neuron is None else (i[i == neuron], t[i == neuron])


def largest(*arrays: Quantity | np.ndarray) -> float:
    """Return the largest finite absolute value, 0 without a finite value."""
    return max(
        (
            float(np.max(np.abs(array[np.isfinite(array)]), initial=0))
            for array in arrays
        ),
        default=0.0,
    )
