"""What reaches the neurons: weights that are zero, variables without effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import get_unit_for_display

from .algebra import names, substitute, symbol, vanishes
from .finding import Finding
from .network_reader import NetworkReader, Write
from .objects import values
from .runs import LONG_ENOUGH

__all__ = ["without_effect", "zero_weights"]


def zero_weights(reading: NetworkReader, synapses: Any) -> Iterator[Finding]:
    """Find parameters whose stored zeros keep synapses from transmitting anything.

    All variables are looked for that are zero and stay so: every statement and every
    equation gives zero again as long as the others are zero. If with these each
    statement that reaches a neuron adds nothing, the parameters among them that could
    change this are named. What code changes in a way that is not known beforehand (a
    learning rule) counts as zero only if it still is after a run.

    Parameters
    ----------
    reading : Reading
        The network.
    synapses : Synapses
        What is looked at.

    Yields
    ------
    Finding
        'zero weights'.
    """
    if not synapses.active or (reading.opaque and not reading.time):
        return
    count = values(synapses.variables["N"])
    if count is None or not count.any() or _read_elsewhere(reading, synapses):
        return
    zero = {name for name in _own(synapses) if _is_zero(synapses.variables[name])}
    parameters = zero & set(reading.model(synapses).parameters)
    stuck = {each for each in parameters if _still_zero(reading, synapses, each)}
    reach = _reach(reading, synapses)
    if not reach or not _is_dead(reach, _stay_zero(reading, synapses, zero, stuck)):
        return
    guilty = [
        each
        for each in sorted(parameters)
        if not _is_dead(
            reach, _stay_zero(reading, synapses, zero - {each}, stuck - {each})
        )
    ]
    if not guilty or _has_transmitted(reading, synapses):
        return
    name = reading.name(synapses)
    after = f" after {reading.time:g} s" if reading.time else ""
    what, it = ("is", "it") if len(guilty) == 1 else ("are", "them")
    changes = "has changed" if stuck & set(guilty) else "changes"
    yield Finding(
        "zero weights",
        reading.label(synapses),
        f"{' and '.join(guilty)} {what} zero in all {count[0]} synapses{after}, and "
        f"nothing in the network {changes} {it}.",
        "No spike has any effect on the neurons: what is transmitted is multiplied by "
        "zero.",
        "; ".join(f"{name}.{each} = {_example(synapses, each)}" for each in guilty)
        + f" after {name}.connect(...); with dendrisyn, weight={{{guilty[0]!r}: 1}} in "
        "the projection",
    )


def without_effect(reading: NetworkReader, synapses: Any) -> Iterator[Finding]:
    """Find variables with an equation that spikes change, and that reach no neuron.

    A variable reaches what the statements and equations that use it write, and so on,
    up to a variable of the neurons or a sum. A monitor is no effect. Left out are
    learning rules of both neurons without any transmission, as in a plot of the rule.

    Parameters
    ----------
    reading : Reading
        The network.
    synapses : Synapses
        What is looked at.

    Yields
    ------
    Finding
        'without effect'.
    """
    if reading.opaque or _read_elsewhere(reading, synapses):
        return
    derivatives = reading.model(synapses).derivatives
    own = [each for each in reading.writes if each.group.name == synapses.name]
    uses = [(name, names(derivatives[name])) for name in derivatives]
    uses += [
        (each.name, names(each.value)) for each in own if _owner(each) == synapses.name
    ]
    alive: set[str] = set()
    for each in _reach(reading, synapses):
        alive |= names(each.value)
    for _ in range(len(uses) + 1):
        alive |= {name for target, used in uses if target in alive for name in used}
    changed = {each.name for each in own if each.kind == "pathway"} & set(derivatives)
    dead = sorted(changed - alive)
    if not dead:
        return
    several = " and ".join(dead)
    one = len(dead) == 1
    sent = _reach(reading, synapses)
    if not sent and any(each.prepost == "post" for each in synapses._pathways):
        return  # a learning rule of its own, whose weights are looked at afterwards
    reached = sent[0].name if sent else "g_post"
    if sent:
        problem = (
            f"spikes change {several}, but what is transmitted, {sent[0].name} "
            f"{sent[0].operator} {sent[0].value}, does not depend on "
            f"{'it' if one else 'them'}."
        )
    else:
        problem = f"spikes change {several}, but nothing of it is passed to a neuron."
    yield Finding(
        "without effect",
        reading.label(synapses),
        problem,
        "The network behaves as without "
        f"{'this variable' if one else 'these variables'}, whatever the spikes do.",
        f"let {several} scale what is transmitted: on_pre='{reached} += w*{dead[-1]}', "
        f"or a summed variable '{reached} = w*{dead[-1]} : 1 (summed)'",
    )


def _own(synapses: Any) -> list[str]:
    """Return the names of the variables of the synapses themselves."""
    found = []
    for name, variable in synapses.variables.items():
        owner = getattr(variable, "owner", None)
        if owner is not None and owner.name == synapses.name and name[0] != "_":
            found.append(name)
    return found


def _owner(write: Write) -> str | None:
    owner = getattr(write.variable, "owner", None)
    return None if owner is None else owner.name


def _is_zero(variable: Any) -> bool:
    stored = values(variable)
    return stored is not None and stored.size > 0 and not np.any(stored)


def _reach(reading: NetworkReader, synapses: Any) -> list[Write]:
    """Return what these synapses write into variables that are not their own."""
    return [
        each
        for each in reading.writes
        if each.group.name == synapses.name
        and each.kind in ("pathway", "sum", "step")
        and _owner(each) != synapses.name
    ]


def _is_dead(reach: Iterable[Write], zero: set[str]) -> bool:
    for each in reach:
        if each.operator == "=" and each.replaces:
            # Setting something to zero is an effect, unless a zero weight made it so.
            if not names(each.value) & zero or not vanishes(each.value, zero):
                return False
        elif not vanishes(each.change, zero):
            return False
    return True


def _stay_zero(
    reading: NetworkReader, synapses: Any, zero: set[str], stuck: set[str]
) -> set[str]:
    """Return those of the variables that nothing makes different from zero."""
    derivatives = reading.model(synapses).derivatives
    staying = set(zero)
    while True:
        leaving = set()
        for name in staying - stuck:
            results = [derivatives[name]] if name in derivatives else []
            for each in reading.writes_to(synapses.variables[name]):
                foreign = each.group.name != synapses.name
                results.append(symbol("_foreign") if foreign else each.after)
            if not all(vanishes(result, staying) for result in results):
                leaving.add(name)
        if not leaving:
            return staying
        staying -= leaving


def _still_zero(reading: NetworkReader, synapses: Any, name: str) -> bool:
    """Whether code that could have changed a parameter has not done so in 100 ms.

    A statement that gives a constant, as that of a counter does, has not been executed
    if the parameter is zero, which says nothing about the parameter.
    """
    writes = reading.writes_to(synapses.variables[name])
    if reading.time < LONG_ENOUGH - 1e-9 or not writes:
        return False
    states = set(synapses.variables) - set(reading.model(synapses).parameters)
    states -= {"t", "dt", "i", "j"}
    for each in writes:
        if each.group.name != synapses.name:
            return False
        left = substitute(each.after, {name: symbol("_zero") * 0})
        if not names(left) & states and not vanishes(left):
            return False
    return True


def _read_elsewhere(reading: NetworkReader, synapses: Any) -> bool:
    """Whether other synapses connect to these; nothing can be linked to them."""
    return any(
        synapses.name in (each.source.name, each.target.name)
        for each in reading.synapses
    )


def _has_transmitted(reading: NetworkReader, synapses: Any) -> bool:
    """Whether a variable that only these synapses drive is not at zero after a run.

    Then they have transmitted, and were set to zero on purpose since.
    """
    if not reading.time:
        return False
    for each in _reach(reading, synapses):
        group = next((g for g in reading.groups if g.name == _owner(each)), None)
        if group is None:
            continue
        name = each.variable.name
        derivatives = reading.model(group).derivatives
        others = [
            other
            for other in reading.writes_to(each.variable)
            if other.group.name != synapses.name
        ]
        if name in derivatives and not others and vanishes(derivatives[name], {name}):
            stored = values(each.variable)
            if stored is not None and np.any(stored):
                return True
    return False


def _example(synapses: Any, name: str) -> str:
    unit = get_unit_for_display(synapses.variables[name].dim)
    return "1" if unit == "1" else f"...*{unit}"
