"""The objects of a Brian2 network: which there are, and the values that they store."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from brian2.core.base import BrianObject
from brian2.core.functions import DEFAULT_CONSTANTS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.network import Network
from brian2.core.variables import ArrayVariable
from brian2.groups.subgroup import Subgroup
from brian2.input.poissoninput import PoissonInput
from brian2.monitors.ratemonitor import PopulationRateMonitor
from brian2.monitors.spikemonitor import EventMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.synapses.synapses import Synapses

__all__ = [
    "constant",
    "itself",
    "monitors",
    "outsiders",
    "root",
    "values",
    "with_contained",
]

#: What acts on a group, and does nothing where it is not in the network.
_ACTING = (Synapses, PoissonInput, EventMonitor, PopulationRateMonitor, StateMonitor)


def constant(group: Any, name: str, scope: Mapping[str, Any]) -> Any:
    """Return an external constant as Brian2 would find it, or None."""
    for namespace in (DEFAULT_CONSTANTS, DEFAULT_UNITS, group.namespace or {}, scope):
        if name in namespace:
            value = namespace[name]
            value = value.get_value() if namespace is DEFAULT_CONSTANTS else value
            return value if np.ndim(value) == 0 and np.isreal(value) else None
    return None


def values(variable: Any) -> np.ndarray | None:
    """Return a copy of a stored array; None where it is not known."""
    if not isinstance(variable, ArrayVariable):
        return None
    try:
        return np.array(variable.get_value())
    except Exception:  # not known yet in standalone mode
        return None


def root(group: Any) -> Any:
    """Return the group that a `Subgroup` is a part of."""
    return group.source if isinstance(group, Subgroup) else group


def outsiders(inside: Iterable[Any]) -> Iterator[tuple[Any, list[Any], str]]:
    """Yield what acts on groups of a network that it is not in, and never was.

    Parameters
    ----------
    inside : iterable of BrianObject
        The objects of the network.

    Yields
    ------
    object, groups, where : BrianObject, list of Group, str
        The object, the groups of the network, and where it was created.
    """
    if _left_out(inside):
        # What nothing holds any longer is no finding: clear it away first.
        gc.collect()
    for each, groups in _left_out(inside):
        created = each._creation_stack.split(", in ")[0].strip()
        yield each, groups, created.removeprefix("File ")


def _left_out(inside: Iterable[Any]) -> list[tuple[Any, list[Any]]]:
    named = {each.name: each for each in inside}
    known = {id(each) for each in inside}
    for reference in set(Network.__instances__()):
        network = reference()
        known |= {id(each) for each in with_contained(getattr(network, "objects", ()))}
    found = []
    for reference in set(BrianObject.__instances__()):
        each = reference()
        if not isinstance(each, _ACTING) or id(each) in known or not each.active:
            continue
        if each._network is not None:  # it has been in a network, and was removed
            continue
        try:
            groups = _acts_on(each)
        except ReferenceError:  # what it is a part of is gone already
            continue
        if groups and all(named.get(one.name) is one for one in groups):
            found.append((each, groups))
    return sorted(found, key=lambda pair: pair[0].name)


def _acts_on(each: Any) -> list[Any]:
    if isinstance(each, Synapses):
        ends = [each.source, each.target]
    elif isinstance(each, PoissonInput):
        ends = [each._group]
    else:
        ends = [each.source]
    # What a part is of is known by a proxy only.
    found = [itself(root(end)) for end in ends]
    return [one for n, one in enumerate(found) if one not in found[:n]]


def itself(proxy: Any) -> Any:
    """Return the object behind a weak proxy."""
    return getattr(proxy.__repr__, "__self__", proxy)


def with_contained(objects: Iterable[Any]) -> list[Any]:
    """Return objects and all that they contain."""
    found: dict[int, Any] = {}
    waiting = list(objects)
    while waiting:
        each = itself(waiting.pop())
        if id(each) not in found:
            found[id(each)] = each
            waiting += getattr(each, "contained_objects", [])
    return list(found.values())


def monitors(objects: Iterable[Any], group: Any, kind: str) -> list[Any]:
    """Return the monitors of a group: of all its 'spikes', its 'rate', its 'states'."""
    found = []
    for each in objects:
        source: Any = getattr(each, "source", None)
        if kind == "states" and isinstance(each, StateMonitor):
            wanted = root(source).name == group.name
        elif kind == "rate" and isinstance(each, PopulationRateMonitor):
            wanted = source.name == group.name
        elif kind == "spikes" and isinstance(each, EventMonitor):
            wanted = source.name == group.name and each.event == "spike"
        else:
            continue
        if wanted:
            found.append(each)
    return found
