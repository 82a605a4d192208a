"""The graph of a model: its compartments and couplings must form one tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from brian2.units.fundamentalunits import Quantity

from ..errors import GraphError, UnitError
from .compartment import Compartment

__all__ = ["Graph", "couple"]


class Graph(NamedTuple):
    """Compartments and their couplings."""

    #: In reading order.
    compartments: tuple[Compartment, ...]
    #: Names of the two ends, and how they are coupled.
    couplings: tuple[tuple[str, str, Any], ...]


def couple(connections: Sequence[Any]) -> Graph:
    """Read a list of connections, together with earlier calls of `connect`."""
    if isinstance(connections, Compartment):
        connections = [connections]
    if not isinstance(connections, Iterable) or isinstance(
        connections, (str, Quantity)
    ):
        raise UnitError(
            f"expected a list such as [(soma, dend, 10*nS)], got {connections!r}."
        )
    compartments: dict[str, Compartment] = {}
    couplings: dict[frozenset[str], tuple[str, str, Any]] = {}
    problems: list[str] = []
    for item in connections:
        ends, how = _read(item)
        for end in ends:
            if compartments.setdefault(end.name, end) is not end:
                problems.append(
                    f"two compartments are called {end.name!r}: rename one."
                )
        if len(ends) == 1:
            continue
        one, other = (end.name for end in ends)
        if ends[0] is ends[1]:
            problems.append(f"{one!r} is coupled to itself: leave this coupling out.")
        elif frozenset((one, other)) in couplings:
            problems.append(f"{one!r} and {other!r} are coupled twice: leave one out.")
        else:
            couplings[frozenset((one, other))] = (one, other, how)
    stated = set(couplings)
    for here in compartments.values():
        for there, coupling in here.neighbours:
            pair = frozenset(coupling.ends)
            if compartments.get(there.name) is not there:
                problems.append(
                    f"{here.name!r} was connected to {there.name!r}, which is not part "
                    "of this model. Add it to the connections."
                )
            elif pair in stated:
                first, second = coupling.ends
                problems.append(
                    f"{first!r} and {second!r} are coupled twice: by connect() and "
                    "here. Leave one of them out."
                )
            else:
                couplings[pair] = (*coupling.ends, coupling.how)
    problems += _not_one_tree(list(compartments), list(couplings.values()))
    if problems:
        raise GraphError(" ".join(dict.fromkeys(problems)))
    return Graph(tuple(compartments.values()), tuple(couplings.values()))


def _read(item: Any) -> tuple[tuple[Compartment, ...], Any]:
    if isinstance(item, Compartment):
        return (item,), None
    parts = tuple(item) if isinstance(item, (tuple, list)) else ()
    ends, how = parts[:2], parts[2:]
    if len(ends) != 2 or len(how) > 1:
        raise UnitError(
            "expected (one, other) or (one, other, g) for each connection, got "
            f"{item!r}."
        )
    for end in ends:
        if not isinstance(end, Compartment):
            raise UnitError(f"expected a Compartment in {item!r}, got {end!r}.")
    return ends, how[0] if how else None


def _not_one_tree(names: list[str], couplings: list[tuple[str, str, Any]]) -> list[str]:
    """Return a sentence for each reason why this is not one tree."""
    if not names:
        return ["there is no compartment. Give a list such as [(soma, dend, 10*nS)]."]
    leader = {name: name for name in names}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    problems = []
    for one, other, _ in couplings:
        if find(one) == find(other):
            problems.append(
                f"the coupling of {one!r} and {other!r} closes a loop: leave it out, "
                "compartments form a tree."
            )
        leader[find(one)] = find(other)
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(find(name), []).append(name)
    if len(groups) > 1:
        parts = " and ".join(", ".join(group) for group in groups.values())
        problems.append(
            f"the compartments are not connected: {parts}. Couple these parts."
        )
    return problems
