"""Checks of transmission: weights that are zero, variables without effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import get_unit_for_display

from .algebra import names, substitute, symbol, vanishes
from .finding import Finding
from .network_reader import NetworkReader, Write
from .objects import pathways, values
from .runs import LONG_ENOUGH

__all__ = ["without_effect", "zero_weights"]


def zero_weights(reader: NetworkReader, synapses: Any) -> Iterator[Finding]:
    """Find parameters whose stored zeros keep synapses from transmitting anything.

    The check collects all variables that are zero and stay zero: every statement and
    every equation gives zero again as long as the others are zero. If every statement
    that reaches a neuron then adds nothing, the finding names the parameters that could
    change this. A parameter that a learning rule changes counts as zero only if it
    still is after a run.
    """
    if not synapses.active or (reader.opaque and not reader.time):
        return
    count = values(synapses.variables["N"])
    if count is None or not count.any() or _read_elsewhere(reader, synapses):
        return
    zero = {name for name in _own(synapses) if _is_zero(synapses.variables[name])}
    parameters = zero & set(reader.model(synapses).parameters)
    stuck = {name for name in parameters if _still_zero(reader, synapses, name)}
    reach = _reach(reader, synapses)
    if not reach or not _is_dead(reach, _stay_zero(reader, synapses, zero, stuck)):
        return
    guilty = [
        name
        for name in sorted(parameters)
        if not _is_dead(
            reach, _stay_zero(reader, synapses, zero - {name}, stuck - {name})
        )
    ]
    if not guilty or _has_transmitted(reader, synapses):
        return
    variable = reader.name(synapses)
    after = f" after {reader.time:g} s" if reader.time else ""
    verb, pronoun = ("is", "it") if len(guilty) == 1 else ("are", "them")
    changes = "has changed" if stuck & set(guilty) else "changes"
    yield Finding(
        "zero weights",
        reader.label(synapses),
        f"{' and '.join(guilty)} {verb} zero in all {count[0]} synapses{after}, and "
        f"nothing in the network {changes} {pronoun}.",
        "No spike has any effect on the neurons: the transmitted amount is multiplied "
        "by zero.",
        "; ".join(f"{variable}.{name} = {_example(synapses, name)}" for name in guilty)
        + f" after {variable}.connect(...); with dendrisyn, weight={{{guilty[0]!r}: 1}}"
        " in the projection",
    )


def without_effect(reader: NetworkReader, synapses: Any) -> Iterator[Finding]:
    """Find variables with an equation that spikes change, and that reach no neuron.

    A variable reaches the variables whose statements and equations use it, and so on,
    up to a variable of the neurons or a sum. A monitor is no effect. Learning rules of
    both neurons without any transmission, as in a plot of the rule, are no finding.
    """
    if reader.opaque or _read_elsewhere(reader, synapses):
        return
    derivatives = reader.model(synapses).derivatives
    own = [write for write in reader.writes if write.group.name == synapses.name]
    uses = [(name, names(derivatives[name])) for name in derivatives]
    uses += [
        (write.name, names(write.value))
        for write in own
        if _owner(write) == synapses.name
    ]
    alive: set[str] = set()
    for write in _reach(reader, synapses):
        alive |= names(write.value)
    for _ in range(len(uses) + 1):
        alive |= {name for target, used in uses if target in alive for name in used}
    changed = {write.name for write in own if write.kind == "pathway"} & set(
        derivatives
    )
    dead = sorted(changed - alive)
    if not dead:
        return
    several = " and ".join(dead)
    one = len(dead) == 1
    sent = _reach(reader, synapses)
    if not sent and any(path.prepost == "post" for path in pathways(synapses)):
        return  # a learning rule: its weights are read later
    reached = sent[0].name if sent else "g_post"
    if sent:
        problem = (
            f"spikes change {several}, but the transmitted amount, {sent[0].name} "
            f"{sent[0].operator} {sent[0].value}, does not depend on "
            f"{'it' if one else 'them'}."
        )
    else:
        problem = f"spikes change {several}, but nothing of it is passed to a neuron."
    yield Finding(
        "without effect",
        reader.label(synapses),
        problem,
        "The network behaves as without "
        f"{'this variable' if one else 'these variables'}, whatever the spikes do.",
        f"let {several} scale the transmission: on_pre='{reached} += w*{dead[-1]}', "
        f"or a summed variable '{reached} = w*{dead[-1]} : 1 (summed)'",
    )


def _own(synapses: Any) -> list[str]:
    """Return the names of the variables of the synapses themselves."""
    own = []
    for name, variable in synapses.variables.items():
        owner = getattr(variable, "owner", None)
        if owner is not None and owner.name == synapses.name and name[0] != "_":
            own.append(name)
    return own


def _owner(write: Write) -> str | None:
    owner = getattr(write.variable, "owner", None)
    return None if owner is None else owner.name


def _is_zero(variable: Any) -> bool:
    stored = values(variable)
    return stored is not None and stored.size > 0 and not np.any(stored)


def _reach(reader: NetworkReader, synapses: Any) -> list[Write]:
    """Return the statements that write into variables of other groups."""
    return [
        write
        for write in reader.writes
        if write.group.name == synapses.name
        and write.kind in ("pathway", "sum", "step")
        and _owner(write) != synapses.name
    ]


def _is_dead(reach: Iterable[Write], zero: set[str]) -> bool:
    for write in reach:
        if write.operator == "=" and write.replaces:
            # Setting something to zero is an effect, unless a zero weight made it so.
            if not names(write.value) & zero or not vanishes(write.value, zero):
                return False
        elif not vanishes(write.change, zero):
            return False
    return True


def _stay_zero(
    reader: NetworkReader, synapses: Any, zero: set[str], stuck: set[str]
) -> set[str]:
    """Return the variables in *zero* that no statement or equation changes."""
    derivatives = reader.model(synapses).derivatives
    staying = set(zero)
    while True:
        leaving = set()
        for name in staying - stuck:
            results = [derivatives[name]] if name in derivatives else []
            for write in reader.writes_to(synapses.variables[name]):
                foreign = write.group.name != synapses.name
                results.append(symbol("_foreign") if foreign else write.after)
            if not all(vanishes(result, staying) for result in results):
                leaving.add(name)
        if not leaving:
            return staying
        staying -= leaving


def _still_zero(reader: NetworkReader, synapses: Any, name: str) -> bool:
    """Return True if a parameter is still zero after 100 ms of code that may change it.

    A statement that assigns a constant, such as that of a counter, has not been
    executed if the parameter is zero; that says nothing about the parameter.
    """
    writes = reader.writes_to(synapses.variables[name])
    if reader.time < LONG_ENOUGH - 1e-9 or not writes:
        return False
    states = set(synapses.variables) - set(reader.model(synapses).parameters)
    states -= {"t", "dt", "i", "j"}
    for write in writes:
        if write.group.name != synapses.name:
            return False
        left = substitute(write.after, {name: symbol("_zero") * 0})
        if not names(left) & states and not vanishes(left):
            return False
    return True


def _read_elsewhere(reader: NetworkReader, synapses: Any) -> bool:
    """Return True if other synapses connect to these; nothing can be linked to them."""
    return any(
        synapses.name in (other.source.name, other.target.name)
        for other in reader.synapses
    )


def _has_transmitted(reader: NetworkReader, synapses: Any) -> bool:
    """Return True if a variable that only these synapses drive is not zero after a run.

    The synapses have transmitted then, and were set to zero on purpose afterwards.
    """
    if not reader.time:
        return False
    for write in _reach(reader, synapses):
        group = next((g for g in reader.groups if g.name == _owner(write)), None)
        if group is None:
            continue
        name = write.variable.name
        derivatives = reader.model(group).derivatives
        others = [
            other
            for other in reader.writes_to(write.variable)
            if other.group.name != synapses.name
        ]
        if name in derivatives and not others and vanishes(derivatives[name], {name}):
            stored = values(write.variable)
            if stored is not None and np.any(stored):
                return True
    return False


def _example(synapses: Any, name: str) -> str:
    unit = get_unit_for_display(synapses.variables[name].dim)
    return "1" if unit == "1" else f"...*{unit}"
