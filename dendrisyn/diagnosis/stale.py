"""Subexpressions that a statement of synapses reads before they are brought up to date.

Brian2 gives what a subexpression refers to names of its own in the code of a pathway.
Compiled code (the default) reads these before the event-driven update and before every
statement, so that the subexpression keeps the value from before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from brian2.core.variables import Subexpression

from .algebra import expression, names
from .finding import Finding
from .network_reader import NetworkReader, statements

__all__ = ["stale_subexpression"]

#: A variable and the index with which it is read or written.
_Place = tuple[int, str]


def stale_subexpression(reading: NetworkReader, synapses: Any) -> Iterator[Finding]:
    """Find statements that read a subexpression of what the same code has changed.

    Changed are the event-driven variables, which each pathway updates first, and what
    an earlier statement writes.

    Parameters
    ----------
    reading : Reading
        The network.
    synapses : Synapses
        What is looked at.

    Yields
    ------
    Finding
        'stale subexpression', one for each subexpression.
    """
    found: dict[str, tuple[str, str, str]] = {}
    driven = _event_driven(synapses)
    for pathway in synapses._pathways:
        changed = {_place(synapses, name): name for name in driven}
        try:
            code = list(statements(pathway.code))
        except SyntaxError:  # Brian2 will refuse it
            continue
        for target, operator, text in code:
            for name in sorted(names(expression(text))):
                stale = _sources(synapses, name) & set(changed)
                if stale and name not in found:
                    which = min(changed[place] for place in stale)
                    found[name] = which, f"{target} {operator} {text}", pathway.objname
            if target in synapses.variables:
                changed[_place(synapses, target)] = target
    for name, (which, statement, pathway) in found.items():
        view = synapses.variables[name]
        first = " (its event-driven update comes first)" if which in driven else ""
        yield Finding(
            "stale subexpression",
            reading.label(synapses),
            f"'{statement}' of {pathway!r} reads the subexpression {name} = "
            f"{view.expr}, after the same code has changed {which}"
            f"{first}.",
            f"In compiled code (the default) {name} is computed from what {which} was "
            "before that change; with 'numpy' as the code generation target it may "
            "not be, so the results differ.",
            f"write it out in the statement: ({view.expr}) instead of {name}",
        )


def _event_driven(synapses: Any) -> set[str]:
    equations = synapses.event_driven
    return set() if equations is None else set(equations.diff_eq_names)


def _place(synapses: Any, name: str) -> _Place:
    return id(synapses.variables[name]), synapses.variables.indices[name]


def _sources(synapses: Any, name: str) -> set[_Place]:
    """Return what a subexpression is computed from; nothing for other variables."""
    variable = synapses.variables.get(name)
    if not isinstance(variable, Subexpression):
        return set()
    index = synapses.variables.indices[name]
    found: set[_Place] = set()
    waiting = [(variable, index)]
    while waiting:
        each, index = waiting.pop()
        for used in each.identifiers & set(each.owner.variables):
            inner = each.owner.variables[used]
            place = each.owner.variables.indices[used]
            # What a neuron's subexpression uses is that neuron's.
            where = index if place == "_idx" else place
            if isinstance(inner, Subexpression):
                waiting.append((inner, where))
            else:
                found.add((id(inner), where))
    return found
