"""What a run shows: groups that stay silent, values that are not a number."""

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
from .objects import constant, monitors, root, values

__all__ = ["LONG_ENOUGH", "not_a_number", "silent"]

#: A run of this length (second) has brought most membranes where a constant input
#: takes them: five time constants of 20 ms.
LONG_ENOUGH = 0.1

#: Where Brian2 puts `lastspike` before the first spike (second).
_NEVER = -1e4


def silent(reading: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find groups without any spike in a run of 100 ms or more.

    Only groups that something listens to: a monitor of their spikes, or `Synapses` from
    them or from a part of them. That there was no spike is read from `lastspike`, which
    groups with a refractory period have, or from a monitor of all of them that has run.

    Parameters
    ----------
    reading : Reading
        The network.
    group : NeuronGroup
        What is looked at.

    Yields
    ------
    Finding
        'silent group'.
    """
    if "spike" not in group.events or reading.time < LONG_ENOUGH - 1e-9:
        return
    if group._network is None:
        return  # it was added after the run
    counts = [
        values(each.variables["N"])
        for each in monitors(reading.objects, group, "spikes")
        if each._network is not None
    ]
    rates = [
        values(each.variables["rate"])
        for each in monitors(reading.objects, group, "rate")
        if each._network is not None
    ]
    listeners = _listeners(reading, group)
    last = values(group.variables.get("lastspike"))
    if any(each is None or np.any(each) for each in (*counts, *rates)):
        return
    if last is None and not (counts or rates):
        return
    if not (counts or rates or listeners) or np.any(
        last is not None and last > _NEVER / 2
    ):
        return
    if any(_broken(group, name) for name in reading.model(group).derivatives):
        return  # which is a finding of its own
    drivers = reading.drivers(group)
    if drivers:
        driven = " and ".join(reading.label(each) for each in drivers)
        verb = "drives" if len(drivers) == 1 else "drive"
        problem = f"no neuron spiked in {reading.time:g} s, although {driven} {verb} it"
        remedy = f"a larger weight, rate or number of inputs in {driven}"
    else:
        problem = f"no neuron spiked in {reading.time:g} s, and no input drives it"
        remedy = f"PoissonInput({reading.name(group)}, ...), or a constant current"
    yield Finding(
        "silent group",
        reading.label(group),
        f"{problem}.{_nearness(reading, group)}",
        f"What listens to it gets nothing. The threshold is {group.events['spike']!r}.",
        remedy,
    )


def _listeners(reading: NetworkReader, group: Any) -> list[Any]:
    """Return the `Synapses` and the monitors of the spikes of a group or of a part."""
    return [
        each
        for each in reading.objects
        if isinstance(each, (Synapses, EventMonitor, PopulationRateMonitor))
        and root(each.source).name == group.name
    ]


def not_a_number(reading: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find NaN in variables that something reads, and infinity where there is an ODE.

    Parameters
    ----------
    reading : Reading
        The network.
    group : Group
        What is looked at.

    Yields
    ------
    Finding
        'not a number'.
    """
    if getattr(group, "equations", None) is None:
        return
    moving = reading.model(group).derivatives
    for name, variable in sorted(group.variables.items()):
        if name.startswith("_") or not isinstance(variable, ArrayVariable):
            continue
        if variable.owner.name != group.name or not _broken(
            group, name, name in moving
        ):
            continue
        if name not in moving and not _is_read(reading, group, name):
            continue
        stored = values(variable)
        assert stored is not None
        bad = np.flatnonzero(~np.isfinite(stored))
        first = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
        what = "NaN" if np.isnan(stored).any() else "infinite"
        yield Finding(
            "not a number",
            reading.label(group),
            f"{name} is {what} in {len(bad)} of {stored.size} places (index {first}).",
            "All that reads it becomes NaN as well: comparisons with it are false, so "
            "these neither spike nor transmit.",
            f"{reading.name(group)}.{name} = ... before the run if it starts so; "
            "otherwise a smaller dt or another method, and no division by zero",
        )


def _is_read(reading: NetworkReader, group: Any, name: str) -> bool:
    """Whether an equation, a condition or a statement refers to a variable."""
    if reading.opaque or isinstance(group, SpatialNeuron):
        return True
    model = reading.model(group)
    equations = (*model.derivatives.values(), *model.subexpressions.values())
    read = [names(each) for each in equations]
    read += [names(each.value) for each in reading.writes]
    conditions = getattr(group, "events", {}).values()
    read += [names(reading.expanded(group, each)) for each in conditions if each]
    spellings = {name, f"{name}_pre", f"{name}_post"}
    return any(spellings & each for each in read)


def _broken(group: Any, name: str, moving: bool = True) -> bool:
    stored = values(group.variables.get(name))
    if stored is None or stored.dtype.kind != "f":
        return False
    return bool(np.isnan(stored).any() or (moving and np.isinf(stored).any()))


def _nearness(reading: NetworkReader, group: Any) -> str:
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
        values(each.variables[name])
        for each in monitors(reading.objects, group, "states")
        if name in each.record_variables
    ]
    highest = [np.nanmax(each) for each in peaks if each is not None and each.size]
    if not highest:
        return ""
    dim = group.variables[name].dim
    peak = Quantity(max(highest), dim=dim)
    known = _evaluated(group, limit, reading.scope)
    reached = f" of {Quantity(known, dim=dim)}" if known is not None else f" ({limit})"
    return f" {name} came to {peak} at most, the threshold{reached}."


def _evaluated(group: Any, text: str, scope: Any) -> float | None:
    expr = expression(text)
    found = {name: constant(group, name, scope) for name in names(expr)}
    if set(found) & set(group.variables) or None in found.values():
        return None
    return float(expr.xreplace({s: float(found[s.name]) for s in expr.free_symbols}))
