"""`StepOperation`: statements that a group runs once a step, after integration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from brian2.core.base import BrianObject
from brian2.equations.unitcheck import check_units_statements
from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import NeuronGroup
from brian2.utils.stringtools import get_identifiers

from ..integrators import float_constants, loop_keywords, optimised_statements
from .code_cache import CachedCode

__all__ = ["SLOT", "StepOperation"]

#: The slot of the step operation: after integration, before thresholds are tested.
SLOT = "before_thresholds"

_TARGET = re.compile(r"\s*(\w+)\s*[-+*/]?=")


class StepOperation(CachedCode):
    """Detects dendritic spikes and runs second resets, once a step.

    It joins the state update where no object can notice the difference: Brian2
    compiles and calls a function for each object that acts in a step.
    """

    def __init__(self, group: NeuronGroup, statements: Iterable[str]) -> None:
        self._statements = tuple(statements)
        super().__init__(
            group,
            "stateupdate",
            code="\n".join(self._statements),
            clock=group.clock,
            when=SLOT,
            # After the events of this slot and their monitors, which see the state
            # before the operation.
            order=group.order + 2,
            # Brian2GeNN recognises such objects by their names, and silently drops
            # others.
            name=f"{group.name}_run_regularly_step_operation",
            check_units=False,  # `lines` checks them: numbers have no units
            # The second reset acts while the neuron is refractory.
            override_conditional_write=["not_refractory"],
            template_kwds=loop_keywords(self._statements),
            codeobj_class=group.codeobj_class,
        )

    #: True if the statements are part of the state update in this run.
    is_joined = False
    active = property(
        lambda self: self.is_switched_on and not self.is_joined,
        BrianObject.active.fset,
        doc="True if Brian2 runs this object by itself.",
    )
    #: The value of `active` that the user set.
    is_switched_on = property(BrianObject.active.fget)

    @property
    def can_join(self) -> bool:
        """Return True if the statements can be part of the state update."""
        if not self.is_switched_on:
            return False
        variables = self.group.variables
        # The state update does not write to such variables during refractory periods.
        return not any(
            variables[name].conditional_write
            for name in self._targets() & set(variables)
        )

    def _targets(self) -> set[str]:
        """Return the names that the statements assign to."""
        matches = map(_TARGET.match, self._statements)
        return {match[1] for match in matches if match}

    def code_names(self) -> Iterable[str]:
        """Return all names in the statements but those of their own values."""
        names = get_identifiers("\n".join(self._statements))
        return names - (self._targets() - set(self.group.variables))

    def lines(self, run_namespace: Any, runner: CodeRunner) -> list[str]:
        """Return the statements in the best form for the object that runs them."""
        variables = self.resolve_names(run_namespace)
        check_units_statements("\n".join(self._statements), dict(variables))
        constants = float_constants(variables)
        return optimised_statements(runner, self._statements, constants)

    def update_abstract_code(self, run_namespace: Any) -> None:
        """Write the statements as abstract code."""
        self.abstract_code = "\n".join(self.lines(run_namespace, self))
