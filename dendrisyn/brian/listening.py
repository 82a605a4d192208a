"""Objects that listen to the events of a group, or act within its step.

Brian2 compiles and calls a function for each object that acts in a step. Events without
a listener are therefore not tested, and the step operation joins the state update
unless an object acts between them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from brian2.core.base import BrianObject
from brian2.core.network import Network
from brian2.groups.neurongroup import NeuronGroup, StateUpdater, Thresholder
from brian2.monitors.spikemonitor import EventMonitor
from brian2.monitors.statemonitor import StateMonitor

from .state_update import Refractoriness
from .step_operation import SLOT, StepOperation

__all__ = ["Observers", "OnDemandThresholder", "observers_of"]

#: Slots before integration, and after the step operation if thresholds are tested next.
_OUTSIDE = {
    *("before_start", "start", "after_start", "before_groups"),
    *(
        f"{when}{slot}"
        for slot in ("thresholds", "synapses", "resets", "end")
        for when in ("before_", "", "after_")
    ),
} - {SLOT}

#: Monitors read one group and change no state.
_MONITORS = (EventMonitor, StateMonitor)


class OnDemandThresholder(Thresholder):
    """A `Thresholder` that is inactive while no object listens to its event."""

    has_listener = True
    active = property(
        lambda self: BrianObject.active.fget(self) and self.has_listener,
        BrianObject.active.fset,
        doc="True if Brian2 tests the condition of the event.",
    )


class Observers(NamedTuple):
    """The objects that can see a group between integration and thresholds."""

    #: Events of the group to which an object listens.
    events: set[str]
    #: True if an object may act, or read the group, before the step operation.
    acts_between: bool


def observers_of(group: NeuronGroup) -> Observers:
    """Return the observers of a group among all existing Brian2 objects."""
    own = {id(group.state_updater), id(group.step_operation)}
    own |= {
        id(thresholder)
        for thresholder in group.thresholder.values()
        if isinstance(thresholder, OnDemandThresholder)
    }
    events: set[str] = set()
    acts_between = not _thresholds_follow_integration(group)
    for reference in list(BrianObject.__instances__()):
        other = reference()
        if other is None or id(other) in own:
            continue
        # Monitors, pathways of synapses and resets; they share no class.
        event = getattr(other, "event", None)
        is_listener = event is not None and not isinstance(other, Thresholder)
        if is_listener and group in _sources(other):
            events.add(str(event))
        acts_between = acts_between or _acts_between(other, group)
    return Observers(events, acts_between)


def _thresholds_follow_integration(group: NeuronGroup) -> bool:
    """Return True if networks test thresholds directly after integration."""
    networks = [reference() for reference in list(Network.__instances__())]
    schedules = [
        network.schedule
        for network in networks
        if network is not None and any(member is group for member in network.objects)
    ]
    return bool(schedules) and all(
        ("groups", "thresholds") in pairwise(schedule) for schedule in schedules
    )


def _acts_between(other: BrianObject, group: NeuronGroup) -> bool:
    """Return True if an object may act, or read the group, before the operation."""
    if isinstance(other, _MONITORS) and group not in _sources(other):
        return False
    if other.when in _OUTSIDE or isinstance(other, (StepOperation, Refractoriness)):
        return False
    if isinstance(other, OnDemandThresholder):
        return False  # it tests an event of another group
    if not isinstance(other, StateUpdater):
        return True
    try:  # the state update of another group reads this one only by linked variables
        return bool(getattr(other.group, "_linked_variables", True))
    except ReferenceError:  # the group has been deleted
        return False


def _sources(listener: Any) -> list[Any]:
    """Return the groups whose events an object sees; for a subgroup, also the whole."""
    sources = []
    for name in ("source", "group"):
        try:
            group = getattr(listener, name, None)
            sources += [group, getattr(group, "source", None)]
        except ReferenceError:  # the group has been deleted
            continue
    return [source for source in sources if source is not None]
