"""Checks of inputs: into variables without dynamics, and into the voltage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from brian2.units.allunits import volt
from brian2.units.fundamentalunits import get_dimensions, get_unit_for_display

from .algebra import derivative, expanded, names, vanishes
from .finding import Finding
from .network_reader import NetworkReader, Write
from .objects import values

__all__ = ["plain_jump", "without_dynamics"]


def without_dynamics(reader: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find inputs into a variable without decay.

    The variable has no equation, an equation of the group reads it, and only spikes
    write it. No finding are variables that another statement sets, sums that cancel (a
    pulse: one pathway adds an amount, another takes it away), amounts that depend on
    the state of a neuron, and times.
    """
    model = reader.model(group)
    read = {used for expr in model.derivatives.values() for used in names(expr)}
    for name in model.parameters:
        variable = group.variables.get(name)
        writes = reader.writes_to(variable)
        if (
            reader.opaque
            or name not in read
            or variable.owner.name != group.name
            or not writes
            or not all(write.kind in ("pathway", "input") for write in writes)
            or any(_follows_a_state(reader, write) for write in writes)
            or any(_switches(write) for write in writes)
        ):
            continue
        if all(write.replaces for write in writes) and not _released(writes):
            yield from _findings(reader, group, name, writes, clamped=True)
        elif all(write.adds for write in writes) and not _cancelled(writes):
            yield from _findings(reader, group, name, writes, clamped=False)


def _findings(
    reader: NetworkReader,
    group: Any,
    name: str,
    writes: Iterable[Write],
    clamped: bool,
) -> Iterator[Finding]:
    for write in {_driver(write).name: write for write in writes}.values():
        unit = get_unit_for_display(write.variable.dim)
        remedy = (
            f"'d{name}/dt = -{name}/tau : {unit}' in the equations of "
            f"{reader.name(group)}, with a time constant tau"
        )
        written = f"{write.name} {write.operator} {write.value}".replace(
            "_weight", "weight"
        )
        if clamped:
            effect = (
                f"From the first spike on, {name} stays at that value for ever: no "
                "later spike adds to it, and nothing lets it decay."
            )
            remedy += f", and on_pre='{write.name} += {write.value}'"
        else:
            effect = f"{name} sums all input and never decays: it grows without limit."
        yield Finding(
            "clamped input" if clamped else "growing input",
            reader.label(_driver(write)),
            f"a spike does '{written}', but {name} of {reader.label(group)} has no "
            "equation, and the differential equations there read it.",
            effect,
            remedy,
        )


def plain_jump(reader: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find spikes that move the voltage itself beside an input that nothing drives.

    An input here is a variable with a linear, decaying equation that stays at zero as
    long as nothing is added to it, and that the equation of the voltage reads. A jump
    is intended, and no finding, if its amount contains a constant in volt of the
    `namespace` of the `Synapses`.
    """
    if reader.opaque:
        return
    derivatives = reader.model(group).derivatives
    idle = _idle(reader, group)
    if not idle:
        return
    threshold = group.events.get("spike")
    tested = names(reader.expanded(group, threshold)) if threshold else set()
    for name in set(derivatives) - idle:
        variable = group.variables[name]
        if variable.dim is not volt.dim and name not in tested:
            continue
        waiting = _feeding(derivatives, name) & idle
        waiting -= {n for n in waiting if names(derivatives[n]) & idle - {n}}
        if not waiting:
            continue
        jumps = {
            _driver(write).name: write
            for write in reader.writes_to(variable)
            if write.kind in ("pathway", "input")
            and write.adds
            and not _explicit(write)
        }
        several = " and ".join(sorted(waiting))
        first = min(waiting)
        for driver in sorted(jumps):
            write = jumps[driver]
            if write.kind == "input":
                remedy = f"PoissonInput({reader.name(group)}, {first!r}, ...)"
            else:
                remedy = f"on_pre='{first}_post += w'"
            yield Finding(
                "plain jump",
                reader.label(_driver(write)),
                f"a spike adds to {name} of {reader.label(group)} itself, while "
                f"nothing in the network ever drives {several}, which the equation of "
                f"{name} reads.",
                "Each spike is an instantaneous jump of the voltage (a delta synapse); "
                f"the dynamics of {several} have no part in it.",
                f"{remedy}; if jumps are meant, drop {several} from the equations, or "
                "give the jump as a constant in Synapses(..., namespace={'jump': "
                "0.5*mV})",
            )


def _driver(write: Write) -> Any:
    """Return the `Synapses` or the `PoissonInput` of a statement."""
    return write.runner if write.kind == "input" else write.runner.synapses


def _follows_a_state(reader: NetworkReader, write: Write) -> bool:
    """Return True if an amount depends on time or on a state variable of a neuron."""
    if write.kind == "input":
        return False
    for name in names(write.value) - {write.name}:
        variable = write.group.variables.get(name)
        owner = getattr(variable, "owner", None)
        if name == "t":
            return True
        if owner is None or owner.name == write.group.name:
            continue
        group = next((g for g in reader.groups if g.name == owner.name), None)
        if group is None or variable.name not in reader.model(group).parameters:
            return True
    return False


def _switches(write: Write) -> bool:
    """Return True if one synaptic weight switches an input on and another one off.

    For assignments, all weights of some source are zero and those of another are not;
    for additions, the weights onto every neuron cancel.
    """
    if write.kind == "input":
        return False
    group = write.group
    weights = [
        name
        for name in names(write.value)
        if getattr(group.variables.get(name), "owner", None) is not None
        and group.variables[name].owner.name == group.name
    ]
    if len(weights) != 1 or not vanishes(write.value, weights):
        return False
    ends = "_synaptic_pre" if write.replaces else "_synaptic_post"
    weight, end = values(group.variables[weights[0]]), values(group.variables[ends])
    if weight is None or end is None or weight.shape != end.shape or not weight.any():
        return False
    if write.replaces:
        return not np.bincount(end, weight != 0)[np.unique(end)].all()
    is_linear = weights[0] not in names(derivative(write.value, weights[0]))
    total, size = np.bincount(end, weight), np.bincount(end, np.abs(weight))
    return is_linear and bool(np.all(np.abs(total) <= 1e-9 * size))


def _released(writes: list[Write]) -> bool:
    """Return True if one assigned value switches on, and another one off."""
    for write in writes:
        for other in writes:
            if write.value != other.value and (
                write.group.name == other.group.name or write.value.is_number
            ):
                return True
    return False


def _cancelled(writes: list[Write]) -> bool:
    """Return True if the sum of all changes by the spikes of one source is zero."""
    total: dict[str, Any] = {}
    for write in writes:
        if write.kind == "pathway":
            source = write.runner.source.name
            before = total.get(source)
            total[source] = write.change if before is None else before + write.change
    return any(vanishes(amount) for amount in total.values())


def _idle(reader: NetworkReader, group: Any) -> set[str]:
    """Return the decaying variables that nothing in the network drives."""
    model = reader.model(group)
    idle = set()
    for name, change in model.derivatives.items():
        variable = group.variables.get(name)
        stored = values(variable)
        rate = expanded(derivative(change, name))
        if (
            stored is not None
            and not np.any(stored)
            and not reader.writes_to(variable)
            and name not in names(rate)
            and rate != 0
            and rate.could_extract_minus_sign()
        ):
            idle.add(name)
    while True:
        driven = {n for n in idle if not vanishes(model.derivatives[n], idle)}
        if not driven:
            return idle
        idle -= driven


def _feeding(derivatives: Any, name: str) -> set[str]:
    """Return the variables that the equation of *name* reads, directly or not."""
    feeding: set[str] = set()
    waiting = [name]
    while waiting:
        for used in names(derivatives[waiting.pop()]) & set(derivatives) - feeding:
            feeding.add(used)
            waiting.append(used)
    return feeding - {name}


def _explicit(write: Write) -> bool:
    """Return True if an amount has a constant in volt of the synapses' namespace."""
    if write.kind == "input":
        return False
    namespace = write.group.namespace or {}
    return any(
        name in namespace and get_dimensions(namespace[name]) is volt.dim
        for name in names(write.value)
    )
