"""`CompartmentGroup`, the Brian2 group of a model, and `make_group`, which makes it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
from brian2.core.clocks import defaultclock
from brian2.core.variables import ArrayVariable
from brian2.devices.device import RuntimeDevice, get_device
from brian2.equations.equations import Equations
from brian2.groups.neurongroup import NeuronGroup
from brian2.units.fundamentalunits import Quantity

from ..circuits.stability import StabilityCheck
from ..equations.assembly import Assembly
from ..equations.fragment import Formula
from ..equations.parameters import evaluate
from ..errors import AssemblyError, InvalidValueError, NumericsWarning
from .arguments import (
    check_arguments,
    chosen_events,
    merged_namespace,
    user_events,
    variable_dtypes,
)
from .listening import OnDemandThresholder, observers_of
from .resets import Spiking
from .state_update import CompartmentStateUpdater, Refractoriness
from .step_operation import SLOT, StepOperation

__all__ = ["CompartmentGroup", "duration_problems", "make_group"]


@dataclass(frozen=True, kw_only=True)
class GroupChecks:
    """The data with which a group checks its time step and updates its constants."""

    #: Durations that must last at least one time step (second).
    durations: Mapping[str, Quantity]
    #: Constants that are computed from other constants.
    formulas: Mapping[str, Formula]
    #: The constants for which the stability is checked.
    constants: Mapping[str, Any]
    #: The check of whether the integration method resolves the model.
    stability: StabilityCheck


class CompartmentGroup(NeuronGroup):
    """The `brian2.NeuronGroup` of a model.

    Before each run it checks that all durations last at least one step of `dt`, and it
    leaves out events without a listener.

    Attributes
    ----------
    step_operation : StepOperation or None
        The statements that run once a step; the group contains it.
    """

    events: dict[str, str]
    state_updater: CompartmentStateUpdater
    # Brian2 accepts new attributes of a group only if the class has them.
    step_operation: StepOperation | None = None

    def __init__(
        self,
        N: int,
        model: Equations,
        *,
        model_events: Mapping[str, str],
        statements: Sequence[str],
        checks: GroupChecks,
        method: Any,
        method_options: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self._model_events = dict(model_events)
        super().__init__(
            N, model, method=method, method_options=method_options, **kwargs
        )
        self._checks = checks
        self._computed = {name: checks.constants[name] for name in checks.formulas}
        self._checked_dt: float | None = None
        self.contained_objects.remove(self.state_updater)  # the state updater of Brian2
        self.state_updater = CompartmentStateUpdater(self, method, method_options)
        self.contained_objects.append(self.state_updater)
        if Refractoriness.is_separate(self):
            self.contained_objects.append(Refractoriness(self))
        self.events = {**self._model_events, **self.events}
        for event in self._model_events:
            thresholder = OnDemandThresholder(self, when=SLOT, event=event)
            self.thresholder[event] = thresholder
            self.contained_objects.append(thresholder)
        if statements:
            self.step_operation = StepOperation(self, statements)
            self.contained_objects.append(self.step_operation)

    def _create_variables(self, user_dtype: Any, events: Sequence[str]) -> None:
        """Create the variables of Brian2, also those of the events of the model."""
        super()._create_variables(user_dtype, [*self._model_events, *events])

    def before_run(self, run_namespace: Any = None) -> None:
        """Check durations and stability, then prepare the run as Brian2 does."""
        self._update_computed_constants()
        dt = float(self.clock.dt)
        problems = self.duration_problems(dt)
        if problems:
            raise InvalidValueError(" ".join(problems))
        self.warn_of_unresolved(dt, stacklevel=2)
        self._prepare_step()
        super().before_run(run_namespace)

    def duration_problems(self, dt: float) -> list[str]:
        """Return a sentence for any duration that rounds to no step at *dt*."""
        return duration_problems(self._current_durations(), dt)

    def stability_problems(self, dt: float) -> list[str]:
        """Return a sentence for any quantity that *dt* (second) does not resolve."""
        return self._checks.stability.problems(self._checks.constants, dt)

    def warn_of_unresolved(self, dt: float, stacklevel: int) -> None:
        """Warn of stability problems, once for any value of *dt* (second)."""
        if dt == self._checked_dt:
            return
        self._checked_dt = dt
        for problem in self.stability_problems(dt):
            message = f"{self.name}: {problem}"
            warnings.warn(message, NumericsWarning, stacklevel=stacklevel + 1)

    def _prepare_step(self) -> None:
        """Skip events without a listener; join the step operation if this is safe."""
        observers = observers_of(self)
        for event in self._model_events:
            self.thresholder[event].has_listener = event in observers.events
        if self.step_operation is not None:
            unobserved = not observers.acts_between and observers.events.isdisjoint(
                self._model_events
            )
            self.step_operation.is_joined = unobserved and self.step_operation.can_join

    def _update_computed_constants(self) -> None:
        """Compute constants again whose inputs the user changed in `namespace`."""
        for name, formula in self._checks.formulas.items():
            if self.namespace.get(name) is self._computed[name]:
                self.namespace[name] = evaluate(formula, self.namespace)
                self._computed[name] = self.namespace[name]

    def _current_durations(self) -> dict[str, Quantity]:
        """Return the present durations; those per neuron may have been assigned."""
        current = {}
        for name, duration in self._checks.durations.items():
            variable = self.variables.get(name)
            if not isinstance(variable, ArrayVariable):
                current[name] = self.namespace.get(name, duration)
            elif isinstance(get_device(), RuntimeDevice):
                current[name] = variable.get_value()
        return current


def make_group(
    assembly: Assembly,
    N: int,
    spiking: Spiking,
    *,
    detect: bool,
    at_rest: bool,
    method: Any,
    namespace: Mapping[str, Any] | None,
    events: Mapping[str, str] | None,
    dspike_events: bool | Iterable[str],
    stability: StabilityCheck,
    arguments: Iterable[str],
    **kwargs: Any,
) -> CompartmentGroup:
    """Make the group of a model; see `NeuronModel.make_neurongroup`.

    *detect* and *at_rest* are `init_events` and `init_rest` there; *arguments* are its
    arguments, for errors about misspelt names.
    """
    N = check_arguments(assembly, N, method, events, arguments, kwargs)
    model_events = chosen_events(dspike_events, assembly)
    added_events = user_events(model_events, events, spiking)
    constants = merged_namespace(assembly, namespace, spiking)
    spiking.check(assembly.equations, constants)
    code = [*spiking.code, *model_events.values(), *added_events.values()]
    dt = _time_step(kwargs)
    durations = _durations(assembly, constants)
    problems = [
        *assembly.complaints,
        *_missing_values(assembly, constants, code, at_rest),
        *assembly.mixed_units(),
        *duration_problems(durations, dt),
    ]
    if problems:
        raise AssemblyError("this model cannot be made into a group", problems)
    for sentence in assembly.unused(code):
        warnings.warn(sentence, UserWarning, stacklevel=3)
    group = CompartmentGroup(
        N,
        assembly.parsed(),
        model_events=model_events,
        statements=[
            *(assembly.detection if detect else ()),
            *assembly.each_step,
            *spiking.statements(assembly.equations),
        ],
        checks=GroupChecks(
            durations=durations,
            formulas=_formulas(assembly, constants),
            constants=constants,
            stability=stability,
        ),
        method=method,
        threshold=spiking.threshold,
        reset=spiking.reset,
        refractory=spiking.refractory,
        events=added_events,
        namespace=constants,
        dtype=variable_dtypes(assembly, kwargs.pop("dtype", None)),
        **kwargs,
    )
    group.warn_of_unresolved(dt, stacklevel=3)
    return group


def duration_problems(durations: Mapping[str, Quantity], dt: float) -> list[str]:
    """Return a sentence for any duration that rounds to no step at *dt* (second)."""
    problems = []
    for name, value in durations.items():
        shortest = float(np.min(np.asarray(value)))
        if shortest > 0 and floor(shortest / dt + 0.5) < 1:
            problems.append(
                f"{name} = {shortest * 1e3:g} ms rounds to no step at dt = "
                f"{dt * 1e3:g} ms: give at least {dt * 500:g} ms, or lower dt."
            )
    return problems


def _time_step(kwargs: Mapping[str, Any]) -> float:
    """Return the time step (second) that the arguments of a group ask for."""
    clock, dt = kwargs.get("clock"), kwargs.get("dt")
    return float(clock.dt if clock else defaultclock.dt if dt is None else dt)


def _durations(assembly: Assembly, constants: Mapping[str, Any]) -> dict[str, Quantity]:
    """Return the durations that must last at least one time step."""
    names = [*assembly.durations, "spike_width"]
    values = {name: {**constants, **assembly.per_neuron}.get(name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _missing_values(
    assembly: Assembly, constants: Mapping[str, Any], code: list[str], at_rest: bool
) -> list[str]:
    """Return sentences on missing values, or on missing start values."""
    missing = assembly.missing(constants, code)
    if missing or not at_rest:
        return missing
    return [
        f"{name} has no value to start from: give v_rest, or init_rest=False."
        for name, value in assembly.rest.items()
        if value is None
    ]


def _formulas(assembly: Assembly, constants: Mapping[str, Any]) -> dict[str, Formula]:
    """Return the formulas of the constants that are computed from others."""
    return {
        name: parameter.value
        for name, parameter in assembly.parameters.items()
        if isinstance(parameter.value, Formula) and name in constants
    }
