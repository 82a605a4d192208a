"""Check for subexpressions that synapses read with old values.

In the code of a pathway, Brian2 renames the variables of a subexpression. Compiled code
(the default) reads these variables before the event-driven update and before every
statement, so that the subexpression keeps its old value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from brian2.core.variables import Subexpression

from .algebra import expression, names
from .finding import Finding
from .network_reader import NetworkReader, statements
from .objects import pathways

__all__ = ["stale_subexpression"]

#: A variable and the index with which it is read or written.
_Place = tuple[int, str]


def stale_subexpression(reader: NetworkReader, synapses: Any) -> Iterator[Finding]:
    """Find statements that read a subexpression of variables changed by the same code.

    Such variables are event-driven, since a pathway updates these first, or an earlier
    statement writes them.
    """
    reads: dict[str, tuple[str, str, str]] = {}
    driven = _event_driven(synapses)
    for pathway in pathways(synapses):
        changed = {_place(synapses, name): name for name in driven}
        try:
            code = list(statements(pathway.code))
        except SyntaxError:  # Brian2 will refuse it
            continue
        for target, operator, text in code:
            for name in sorted(names(expression(text))):
                stale = _sources(synapses, name) & set(changed)
                if stale and name not in reads:
                    changed_name = min(changed[place] for place in stale)
                    reads[name] = (
                        changed_name,
                        f"{target} {operator} {text}",
                        pathway.objname,
                    )
            if target in synapses.variables:
                changed[_place(synapses, target)] = target
    for name, (changed_name, statement, pathway) in reads.items():
        view = synapses.variables[name]
        first = (
            " (its event-driven update comes first)" if changed_name in driven else ""
        )
        yield Finding(
            "stale subexpression",
            reader.label(synapses),
            f"'{statement}' of {pathway!r} reads the subexpression {name} = "
            f"{view.expr}, after the same code has changed {changed_name}"
            f"{first}.",
            f"In compiled code (the default) {name} is computed from the value of "
            f"{changed_name} before that change; with 'numpy' as the code generation "
            "target it may not be, so the results differ.",
            f"write it out in the statement: ({view.expr}) instead of {name}",
        )


def _event_driven(synapses: Any) -> set[str]:
    equations = synapses.event_driven
    return set() if equations is None else set(equations.diff_eq_names)


def _place(synapses: Any, name: str) -> _Place:
    return id(synapses.variables[name]), synapses.variables.indices[name]


def _sources(synapses: Any, name: str) -> set[_Place]:
    """Return the variables that a subexpression reads; empty for others."""
    variable = synapses.variables.get(name)
    if not isinstance(variable, Subexpression):
        return set()
    index = synapses.variables.indices[name]
    places: set[_Place] = set()
    waiting = [(variable, index)]
    while waiting:
        view, index = waiting.pop()
        for used in view.identifiers & set(view.owner.variables):
            inner = view.owner.variables[used]
            place = view.owner.variables.indices[used]
            # The subexpression of a neuron uses variables of that neuron.
            where = index if place == "_idx" else place
            if isinstance(inner, Subexpression):
                waiting.append((inner, where))
            else:
                places.add((id(inner), where))
    return places
