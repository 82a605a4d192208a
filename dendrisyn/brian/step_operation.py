"""What a group does in each step: integration, then the step operation.

Each object that acts in a step is a function of its own to compile and to call, so what
nothing listens to is left out, and what nothing can tell apart is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from brian2.core.base import BrianObject
from brian2.core.network import Network
from brian2.equations.unitcheck import check_units_statements
from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import NeuronGroup, StateUpdater, Thresholder
from brian2.monitors.spikemonitor import EventMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.utils.stringtools import get_identifiers

from ..integrators import (
    MANY,
    THETA_METHODS,
    constants_of,
    forget_constants,
    told_of_loops,
    written,
)
from .code_cache import CachedCode

__all__ = [
    "SLOT",
    "CompartmentStateUpdater",
    "Listened",
    "Refractoriness",
    "StepOperation",
    "listen",
]

#: Slot of the step operation: after integration, before thresholds are tested.
SLOT = "before_thresholds"

#: Slots before integration and after the step operation, if thresholds are tested next.
_OUTSIDE = {
    *("before_start", "start", "after_start", "before_groups"),
    *(
        f"{when}{slot}"
        for slot in ("thresholds", "synapses", "resets", "end")
        for when in ("before_", "", "after_")
    ),
} - {SLOT}

#: What sees one group and acts on nothing.
_MONITORS = (EventMonitor, StateMonitor)

_TARGET = re.compile(r"\s*(\w+)\s*[-+*/]?=")


class StepOperation(CachedCode):
    """What a group does once a step: detect dendritic spikes, reset a second time."""

    def __init__(self, group: NeuronGroup, statements: Iterable[str]) -> None:
        self._statements = tuple(statements)
        super().__init__(
            group,
            "stateupdate",
            code="\n".join(self._statements),
            clock=group.clock,
            when=SLOT,
            # After the events of this slot, which see the state before the operation,
            # and after their monitors, which follow them.
            order=group.order + 2,
            # Brian2GeNN knows such objects by their names, and drops others silently.
            name=f"{group.name}_run_regularly_step_operation",
            check_units=False,  # done below: numbers have no units
            # The second reset acts while the neuron is refractory.
            override_conditional_write=["not_refractory"],
            template_kwds=told_of_loops(self._statements),
            codeobj_class=group.codeobj_class,
        )

    #: Whether its statements are part of the state update in this run.
    is_joined = False
    active = property(
        lambda self: self._active and not self.is_joined, BrianObject._set_active
    )

    @property
    def can_join(self) -> bool:
        """Whether the statements can be part of the state update."""
        if not self._active:
            return False
        variables = self.group.variables
        written = (_TARGET.match(each) for each in self._statements)
        names = {match[1] for match in written if match} & set(variables)
        # The state update does not write to them while the neuron is refractory.
        return not any(variables[name].conditional_write for name in names)

    def _names(self) -> Iterable[str]:
        set_here = {match[1] for match in map(_TARGET.match, self._statements) if match}
        names = get_identifiers("\n".join(self._statements))
        return names - (set_here - set(self.group.variables))

    def lines(self, run_namespace: Any, runner: CodeRunner) -> list[str]:
        """Return the statements, for whatever object runs them."""
        resolved = self._resolved(run_namespace)
        check_units_statements("\n".join(self._statements), dict(resolved))
        return written(runner, self._statements, constants_of(resolved))

    def update_abstract_code(self, run_namespace: Any) -> None:
        """Write the statements."""
        self.abstract_code = "\n".join(self.lines(run_namespace, self))


class Refractoriness(CodeRunner):
    """Ends refractory periods, before the integration of large groups.

    A flag of 8 bits is the smallest number in a loop. Compilers do as many neurons at
    once as there are of these in a vector, with 64 variables in the place of each.
    """

    def __init__(self, group: NeuronGroup) -> None:
        super().__init__(
            group,
            "stateupdate",
            clock=group.clock,
            # Just before the state update, whose name comes after this one.
            when="groups",
            order=group.order,
            name=f"{group.name}_run_regularly_refractoriness",
            check_units=False,
            codeobj_class=group.codeobj_class,
        )

    @staticmethod
    def is_apart(group: NeuronGroup) -> bool:
        """Whether a group is large, and does not look at the flag as it integrates."""
        variables = group.variables.values()
        held = any(getattr(each, "conditional_write", None) for each in variables)
        return group._refractory is not False and group.N >= MANY and not held

    def update_abstract_code(self, run_namespace: Any) -> None:
        """Write the statement."""
        updater = self.group.state_updater
        self.abstract_code = updater.refractory_code(run_namespace)


class CompartmentStateUpdater(CachedCode, StateUpdater):
    """Brian2's, which compares the refractory period in seconds and not in steps.

    Whole numbers of steps keep compilers from doing several neurons at once.
    """

    abstract_code: str

    _STEPS = re.compile(r"timestep\(t - lastspike, dt\) >= timestep\((.*), dt\)")

    def _names(self) -> Iterable[str]:
        equations = self.group.equations
        names = {*equations.names, *equations.identifiers, "t", "dt"}
        names |= get_identifiers(str(self.group._refractory))
        operation = self._joined()
        return names if operation is None else names.union(operation._names())

    def _made_of(self) -> tuple[Any, ...] | None:
        if self.method_choice not in THETA_METHODS:
            return None  # others may look at anything
        return (
            self.method_choice,
            dict(self.method_options or {}),
            str(self.group._refractory),
            self._joined() is not None,
            float(self.clock.dt_),
        )

    def _joined(self) -> StepOperation | None:
        """Return the step operation if it is part of the state update in this run."""
        operation = self.group.step_operation
        return operation if operation is not None and operation.is_joined else None

    def update_abstract_code(self, run_namespace: Any) -> None:
        """Write the statements of integration and those of the step operation."""
        forget_constants(self)
        equations = self.group.equations
        substituted = equations._substituted_expressions
        if self.method_choice in THETA_METHODS:
            # Brian2 writes each subexpression into all equations that refer to it, to
            # look for names only; that takes most of the time before a run.
            equations._substituted_expressions = list(equations.eq_expressions)
        try:
            super().update_abstract_code(run_namespace)
        finally:
            equations._substituted_expressions = substituted
        lines = self.abstract_code.splitlines()
        if lines and lines[0].startswith("not_refractory"):
            lines[:1] = written(self, lines[:1], {})
        operation = self._joined()
        if operation is not None:
            lines += operation.lines(run_namespace, self)
        self.abstract_code = "\n".join(lines)

    def _get_refractory_code(self, run_namespace: Any) -> str:
        is_apart = Refractoriness.is_apart(self.group)
        return "" if is_apart else self.refractory_code(run_namespace)

    def refractory_code(self, run_namespace: Any) -> str:
        """Return the statement that ends refractory periods."""
        code = super()._get_refractory_code(run_namespace)
        return self._STEPS.sub(
            r"t - lastspike > (floor((\1)/dt + 0.001) - 0.5)*dt", code
        )


class Listened(Thresholder):
    """Brian2's, which is silent while nothing listens to its event."""

    is_heard = True
    active = property(
        lambda self: self._active and self.is_heard, BrianObject._set_active
    )


def listen(group: NeuronGroup, events: Iterable[str]) -> bool:
    """Test the conditions of events where something listens to them.

    Parameters
    ----------
    group : NeuronGroup
        The group of the events.
    events : iterable of str
        The events of its model, tested by `Listened`. Others are tested always.

    Returns
    -------
    bool
        Whether nothing can tell the step operation from the integration before it.
    """
    own = {
        *(id(group.thresholder[event]) for event in events),
        *(id(each) for each in (group.state_updater, group.step_operation)),
    }
    heard, alone = set(), _thresholds_are_next(group)
    for each in list(BrianObject.__instances__()):
        found = each()
        if found is None or id(found) in own:
            continue
        listens = hasattr(found, "event") and not isinstance(found, Thresholder)
        if listens and group in _sources(found):
            heard.add(found.event)
        alone = alone and not _acts_between(found, group)
    for event in events:
        group.thresholder[event].is_heard = event in heard
    return alone and heard.isdisjoint(events)


def _thresholds_are_next(group: NeuronGroup) -> bool:
    """Whether networks with the group test thresholds just after integration."""
    networks = [each() for each in list(Network.__instances__())]
    schedules = [
        each.schedule
        for each in networks
        if each is not None and any(known is group for known in each.objects)
    ]
    return bool(schedules) and all(
        ("groups", "thresholds") in pairwise(each) for each in schedules
    )


def _acts_between(found: BrianObject, group: NeuronGroup) -> bool:
    """Whether an object may act on a group, or see it, before the step operation."""
    if isinstance(found, _MONITORS) and group not in _sources(found):
        return False  # it sees another group, perhaps one that nobody needs any more
    if found.when in _OUTSIDE or isinstance(found, (StepOperation, Refractoriness)):
        return False
    if isinstance(found, Listened):
        return False  # in the slot of the step operation of another group
    if not isinstance(found, StateUpdater):
        return True
    try:  # the integration of another group sees this one by a link only
        return bool(getattr(found.group, "_linked_variables", True))
    except ReferenceError:  # that group is gone
        return False


def _sources(listener: Any) -> list[Any]:
    """Return the groups whose events an object sees: also a part's whole."""
    found = []
    for name in ("source", "group"):
        try:
            group = getattr(listener, name, None)
            found += [group, getattr(group, "source", None)]
        except ReferenceError:  # it listened to a group that is gone
            continue
    return [each for each in found if each is not None]
