"""The state update of a group: refractory periods, integration, the step operation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import NeuronGroup, StateUpdater
from brian2.utils.stringtools import get_identifiers

from ..integrators import (
    LARGE_GROUP,
    THETA_METHODS,
    clear_constants,
    optimised_statements,
)
from .code_cache import CachedCode
from .step_operation import StepOperation

__all__ = ["CompartmentStateUpdater", "Refractoriness"]


class CompartmentStateUpdater(CachedCode, StateUpdater):
    """The `StateUpdater` of a model.

    Refractory periods are compared in seconds: whole numbers of steps, as in Brian2,
    prevent compilers from vectorising the loop over neurons.
    """

    abstract_code: str

    _IN_STEPS = re.compile(r"timestep\(t - lastspike, dt\) >= timestep\((.*), dt\)")
    _IN_SECONDS = r"t - lastspike > (floor((\1)/dt + 0.001) - 0.5)*dt"

    def code_names(self) -> Iterable[str]:
        """Return all names in the equations, the refractory period, the operation."""
        equations = self.group.equations
        names = {*equations.names, *equations.identifiers, "t", "dt"}
        names |= get_identifiers(str(self.group._refractory))
        operation = self._joined_operation()
        return names if operation is None else names.union(operation.code_names())

    def code_settings(self) -> tuple[Any, ...] | None:
        """Return the other inputs; None for methods of Brian2, which may use any."""
        if self.method_choice not in THETA_METHODS:
            return None
        return (
            self.method_choice,
            dict(self.method_options or {}),
            str(self.group._refractory),
            self._joined_operation() is not None,
            float(self.clock.dt_),
        )

    def _joined_operation(self) -> StepOperation | None:
        """Return the step operation if it is part of the state update in this run."""
        operation = self.group.step_operation
        return operation if operation is not None and operation.is_joined else None

    def update_abstract_code(self, run_namespace: Any) -> None:
        """Write the statements of integration and those of the step operation."""
        clear_constants(self)
        equations = self.group.equations
        substituted = equations._substituted_expressions
        if self.method_choice in THETA_METHODS:
            # Brian2 substitutes each subexpression in all equations that refer to it,
            # only to find names. That takes most of the time before a run.
            equations._substituted_expressions = list(equations.eq_expressions)
        try:
            super().update_abstract_code(run_namespace)
        finally:
            equations._substituted_expressions = substituted
        lines = self.abstract_code.splitlines()
        if lines and lines[0].startswith("not_refractory"):
            lines[:1] = optimised_statements(self, lines[:1], {})
        operation = self._joined_operation()
        if operation is not None:
            lines += operation.lines(run_namespace, self)
        self.abstract_code = "\n".join(lines)

    def _get_refractory_code(self, run_namespace: Any) -> str:
        separate = Refractoriness.is_separate(self.group)
        return "" if separate else self.refractory_code(run_namespace)

    def refractory_code(self, run_namespace: Any) -> str:
        """Return the statement that ends refractory periods."""
        code = super()._get_refractory_code(run_namespace)
        return self._IN_STEPS.sub(self._IN_SECONDS, code)


class Refractoriness(CodeRunner):
    """Ends refractory periods of large groups, before the integration.

    The flag has 8 bits. In the loop of the integration, compilers would process as many
    neurons at once as a vector holds flags, with many registers for each variable.
    """

    def __init__(self, group: NeuronGroup) -> None:
        super().__init__(
            group,
            "stateupdate",
            clock=group.clock,
            # Just before the state update: Brian2 sorts by name within a slot.
            when="groups",
            order=group.order,
            name=f"{group.name}_run_regularly_refractoriness",
            check_units=False,
            codeobj_class=group.codeobj_class,
        )

    @staticmethod
    def is_separate(group: NeuronGroup) -> bool:
        """Return True for large groups without `(unless refractory)` variables."""
        variables = group.variables.values()
        held = any(
            getattr(variable, "conditional_write", None) for variable in variables
        )
        return group._refractory is not False and group.N >= LARGE_GROUP and not held

    def update_abstract_code(self, run_namespace: Any) -> None:
        """Write the statement as abstract code."""
        updater = self.group.state_updater
        self.abstract_code = updater.refractory_code(run_namespace)
