"""Access to Brian2's objects: their values, networks and groups.

This module alone reads members of Brian2's objects that begin with an underscore, in
`created_in`, `input_target`, `network_id` and `pathways`: Brian2 has no public member
for the line that created an object, the target of a `PoissonInput`, the network of an
object, or the pathways of `Synapses`.
"""

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
    "created_in",
    "input_target",
    "itself",
    "monitors",
    "network_id",
    "outsiders",
    "pathways",
    "root",
    "values",
    "with_contained",
]

#: Objects that act on a group, and do nothing outside of a network.
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
    """Return a copy of a stored array; None if it is not available."""
    if not isinstance(variable, ArrayVariable):
        return None
    try:
        return np.array(variable.get_value())
    except Exception:  # standalone mode, before the run
        return None


def root(group: Any) -> Any:
    """Return the group that a `Subgroup` is a part of."""
    return group.source if isinstance(group, Subgroup) else group


def created_in(obj: Any) -> str:
    """Return the line of code that created an object."""
    return obj._creation_stack.split(", in ")[0].strip().removeprefix("File ")


def input_target(source: PoissonInput) -> Any:
    """Return the group that a `PoissonInput` drives."""
    return source._group


def network_id(obj: Any) -> Any:
    """Return the id of the network that an object was in at its last run, or None."""
    return obj._network


def pathways(synapses: Any) -> list[Any]:
    """Return the pathways of `Synapses`."""
    return synapses._pathways


def outsiders(inside: Iterable[Any]) -> Iterator[tuple[Any, list[Any], str]]:
    """Yield objects that act on a network without ever having been in one.

    With the object come its groups and the line that created it.
    """
    if _left_out(inside):
        # Objects without any reference are no finding: delete them first.
        gc.collect()
    for obj, groups in _left_out(inside):
        yield obj, groups, created_in(obj)


def _left_out(inside: Iterable[Any]) -> list[tuple[Any, list[Any]]]:
    named = {obj.name: obj for obj in inside}
    inside_ids = {id(obj) for obj in inside}
    for reference in set(Network.__instances__()):
        network = reference()
        inside_ids |= {
            id(obj) for obj in with_contained(getattr(network, "objects", ()))
        }
    outside = []
    for reference in set(BrianObject.__instances__()):
        obj = reference()
        if not isinstance(obj, _ACTING) or id(obj) in inside_ids or not obj.active:
            continue
        if network_id(obj) is not None:  # the object was removed from its network
            continue
        try:
            groups = _acts_on(obj)
        except ReferenceError:  # the group has been deleted
            continue
        if groups and all(named.get(one.name) is one for one in groups):
            outside.append((obj, groups))
    return sorted(outside, key=lambda pair: pair[0].name)


def _acts_on(obj: Any) -> list[Any]:
    if isinstance(obj, Synapses):
        ends = [obj.source, obj.target]
    elif isinstance(obj, PoissonInput):
        ends = [input_target(obj)]
    else:
        ends = [obj.source]
    # The whole group of a part is available as a proxy only.
    groups = [itself(root(end)) for end in ends]
    return [group for n, group in enumerate(groups) if group not in groups[:n]]


def itself(proxy: Any) -> Any:
    """Return the object behind a weak proxy."""
    return getattr(proxy.__repr__, "__self__", proxy)


def with_contained(objects: Iterable[Any]) -> list[Any]:
    """Return objects and the objects that they contain."""
    complete: dict[int, Any] = {}
    waiting = list(objects)
    while waiting:
        obj = itself(waiting.pop())
        if id(obj) not in complete:
            complete[id(obj)] = obj
            waiting += getattr(obj, "contained_objects", [])
    return list(complete.values())


def monitors(objects: Iterable[Any], group: Any, kind: str) -> list[Any]:
    """Return the monitors of a group: of all its 'spikes', its 'rate', its 'states'."""
    result = []
    for obj in objects:
        source: Any = getattr(obj, "source", None)
        if kind == "states" and isinstance(obj, StateMonitor):
            wanted = root(source).name == group.name
        elif kind == "rate" and isinstance(obj, PopulationRateMonitor):
            wanted = source.name == group.name
        elif kind == "spikes" and isinstance(obj, EventMonitor):
            wanted = source.name == group.name and obj.event == "spike"
        else:
            continue
        if wanted:
            result.append(obj)
    return result
