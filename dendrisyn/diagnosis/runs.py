"""Checks after a run: silent groups, values that are not a number."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np
from brian2.core.variables import ArrayVariable
from brian2.monitors.ratemonitor import PopulationRateMonitor
from brian2.monitors.spikemonitor import EventMonitor
from brian2.spatialneuron.spatialneuron import SpatialNeuron
from brian2.synapses.synapses import Synapses
from brian2.units.fundamentalunits import Quantity

from .algebra import expression, names
from .finding import Finding
from .network_reader import NetworkReader
from .objects import constant, monitors, network_id, root, values

__all__ = ["LONG_ENOUGH", "not_a_number", "silent"]

#: After a run of this length (second) a constant input has brought most membranes to
#: their steady state: five time constants of 20 ms.
LONG_ENOUGH = 0.1

#: The value of `lastspike` before the first spike (second).
_NEVER = -1e4


def silent(reader: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find groups without any spike in a run of 100 ms or more.

    The check covers groups with a monitor of their spikes, or with `Synapses` from
    them or from a part of them. That there was no spike is read from `lastspike`, which
    groups with a refractory period have, or from a monitor of all of them that has run.
    """
    if "spike" not in group.events or reader.time < LONG_ENOUGH - 1e-9:
        return
    if network_id(group) is None:
        return  # the monitor was added after the run
    counts = [
        values(monitor.variables["N"])
        for monitor in monitors(reader.objects, group, "spikes")
        if network_id(monitor) is not None
    ]
    rates = [
        values(monitor.variables["rate"])
        for monitor in monitors(reader.objects, group, "rate")
        if network_id(monitor) is not None
    ]
    listeners = _listeners(reader, group)
    last = values(group.variables.get("lastspike"))
    if any(monitor is None or np.any(monitor) for monitor in (*counts, *rates)):
        return
    if last is None and not (counts or rates):
        return
    if not (counts or rates or listeners) or np.any(
        last is not None and last > _NEVER / 2
    ):
        return
    if any(_broken(group, name) for name in reader.model(group).derivatives):
        return  # NaN is another finding
    drivers = reader.drivers(group)
    if drivers:
        driven = " and ".join(reader.label(monitor) for monitor in drivers)
        verb = "drives" if len(drivers) == 1 else "drive"
        problem = f"no neuron spiked in {reader.time:g} s, although {driven} {verb} it"
        remedy = f"a larger weight, rate or number of inputs in {driven}"
    else:
        problem = f"no neuron spiked in {reader.time:g} s, and no input drives it"
        remedy = f"PoissonInput({reader.name(group)}, ...), or a constant current"
    yield Finding(
        "silent group",
        reader.label(group),
        f"{problem}.{_nearness(reader, group)}",
        "Its synapses and monitors get nothing. The threshold is "
        f"{group.events['spike']!r}.",
        remedy,
    )


def _listeners(reader: NetworkReader, group: Any) -> list[Any]:
    """Return the `Synapses` and the monitors of the spikes of a group or of a part."""
    return [
        listener
        for listener in reader.objects
        if isinstance(listener, (Synapses, EventMonitor, PopulationRateMonitor))
        and root(listener.source).name == group.name
    ]


def not_a_number(reader: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find NaN in variables in use, and infinity in variables with an equation."""
    if getattr(group, "equations", None) is None:
        return
    moving = reader.model(group).derivatives
    for name, variable in sorted(group.variables.items()):
        if name.startswith("_") or not isinstance(variable, ArrayVariable):
            continue
        if variable.owner.name != group.name or not _broken(
            group, name, name in moving
        ):
            continue
        if name not in moving and not _is_read(reader, group, name):
            continue
        stored = values(variable)
        assert stored is not None
        bad = np.flatnonzero(~np.isfinite(stored))
        first = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
        state = "NaN" if np.isnan(stored).any() else "infinite"
        yield Finding(
            "not a number",
            reader.label(group),
            f"{name} is {state} in {len(bad)} of {stored.size} places (index {first}).",
            "All that reads it becomes NaN as well: comparisons with it are false, so "
            "these neither spike nor transmit.",
            f"{reader.name(group)}.{name} = ... before the run if it starts so; "
            "otherwise a smaller dt or another method, and no division by zero",
        )


def _is_read(reader: NetworkReader, group: Any, name: str) -> bool:
    """Return True if an equation, a condition or a statement refers to a variable."""
    if reader.opaque or isinstance(group, SpatialNeuron):
        return True
    model = reader.model(group)
    equations = (*model.derivatives.values(), *model.subexpressions.values())
    read = [names(text) for text in equations]
    read += [names(text.value) for text in reader.writes]
    conditions = getattr(group, "events", {}).values()
    read += [names(reader.expanded(group, text)) for text in conditions if text]
    spellings = {name, f"{name}_pre", f"{name}_post"}
    return any(spellings & text for text in read)


def _broken(group: Any, name: str, moving: bool = True) -> bool:
    stored = values(group.variables.get(name))
    if stored is None or stored.dtype.kind != "f":
        return False
    return bool(np.isnan(stored).any() or (moving and np.isinf(stored).any()))


def _nearness(reader: NetworkReader, group: Any) -> str:
    """Return a sentence on how near a recorded variable came to the threshold."""
    node = ast.parse(group.events["spike"].strip(), mode="eval").body
    if not (
        isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.ops[0], (ast.Gt, ast.GtE))
        and isinstance(node.left, ast.Name)
    ):
        return ""
    name, limit = node.left.id, ast.unparse(node.comparators[0])
    peaks = [
        values(monitor.variables[name])
        for monitor in monitors(reader.objects, group, "states")
        if name in monitor.record_variables
    ]
    highest = [
        np.nanmax(monitor) for monitor in peaks if monitor is not None and monitor.size
    ]
    if not highest:
        return ""
    dim = group.variables[name].dim
    peak = Quantity(max(highest), dim=dim)
    value = _evaluated(group, limit, reader.scope)
    reached = f" of {Quantity(value, dim=dim)}" if value is not None else f" ({limit})"
    return f" {name} came to {peak} at most, the threshold{reached}."


def _evaluated(group: Any, text: str, scope: Any) -> float | None:
    expr = expression(text)
    constants = {name: constant(group, name, scope) for name in names(expr)}
    if set(constants) & set(group.variables) or None in constants.values():
        return None
    return float(
        expr.xreplace({s: float(constants[s.name]) for s in expr.free_symbols})
    )
