"""`Assembly` -> Brian2 group: the step operation, the events and the checks of `dt`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from math import floor
from numbers import Integral
from typing import Any

import numpy as np
from brian2.core.clocks import defaultclock
from brian2.core.variables import ArrayVariable
from brian2.devices.device import RuntimeDevice, get_device
from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import NeuronGroup
from brian2.parsing.statements import parse_statement
from brian2.stateupdaters.base import StateUpdateMethod
from brian2.units.fundamentalunits import Quantity

from .assembly import Assembly
from .dspikes import steps
from .errors import (
    AssemblyError,
    InvalidValueError,
    NameConflictError,
    NumericsWarning,
    UnitError,
    UnknownNameError,
    nearest,
)
from .fragment import SUBEXPRESSION, Equation, identifiers_of
from .quantities import Spec, Value

__all__ = ["CompartmentGroup", "Spiking", "StepOperation", "make_group"]

#: Slot of the step operation: after integration, before thresholds are tested.
_SLOT = "before_thresholds"

_SPIKE_WIDTH = Spec("second", "time between the two resets", "positive")
_STEP = Spec("second", "step of the integration", "positive")
_REFRACTORY = Spec("second", "refractory period", "nonnegative")

#: What `NeuronGroup` takes beside the arguments of `make_neurongroup`.
_OTHER_ARGUMENTS = (
    "clock",
    "codeobj_class",
    "dt",
    "dtype",
    "method_options",
    "name",
    "order",
)


@dataclass(frozen=True)
class Spiking:
    """How the somatic action potential of a group is made.

    Attributes
    ----------
    threshold, reset, second_reset : str or None
        Condition of a spike, and what is done at it and `spike_width` later.
    spike_width : Quantity or None
        Time between the two resets (second).
    refractory : Quantity, str or False
        Refractory period.
    """

    threshold: str | None = None
    reset: str | None = None
    second_reset: str | None = None
    spike_width: Value = None
    refractory: Quantity | str | bool = False

    @property
    def code(self) -> list[str]:
        """All of it that is code."""
        parts = (self.threshold, self.reset, self.second_reset, self.refractory)
        return [part for part in parts if isinstance(part, str)]

    def check(self, equations: Mapping[str, Equation]) -> None:
        """Raise an `InvalidValueError` if a reset or second reset cannot be done."""
        for what in ("reset", "second_reset"):
            code = getattr(self, what)
            if isinstance(code, str):
                _check_targets(code, what, equations)
        if not isinstance(self.refractory, (bool, str)):
            _REFRACTORY.check(self.refractory, "refractory")
        if self.second_reset is None and self.spike_width is None:
            return
        if self.second_reset is None or self.spike_width is None:
            raise InvalidValueError(
                "second_reset and spike_width belong together: give both or none."
            )
        _SPIKE_WIDTH.check(self.spike_width, "spike_width")
        if self.threshold is None or self.reset is None:
            raise InvalidValueError(
                "second_reset needs a threshold and a reset that start the spike."
            )
        refractory = self.refractory
        if isinstance(refractory, str):
            return
        if refractory is False or refractory < self.spike_width:
            raise InvalidValueError(
                f"second_reset needs a refractory period at least as long as "
                f"spike_width (got refractory={refractory}, spike_width="
                f"{self.spike_width}): another spike before the second reset would "
                f"put it off. Give refractory={self.spike_width} or more."
            )

    def statements(self, variables: Collection[str]) -> list[str]:
        """Return what the step operation does for the second reset."""
        if self.second_reset is None:
            return []
        return second_reset_code(self.second_reset, "spike_width", variables)


class StepOperation(CodeRunner):
    """What a group does once a step: detect dendritic spikes, reset a second time."""

    def __init__(self, group: NeuronGroup, statements: Iterable[str]) -> None:
        super().__init__(
            group,
            "stateupdate",
            code="\n".join(statements),
            clock=group.clock,
            when=_SLOT,
            # After the events of this slot, which see the state before the operation.
            order=group.order + 1,
            name=f"{group.name}_step_operation",
            # The second reset acts while the neuron is refractory.
            override_conditional_write=["not_refractory"],
        )


class CompartmentGroup(NeuronGroup):
    """The `brian2.NeuronGroup` that models make.

    It is a plain `NeuronGroup` that looks once more, at the start of each run, whether
    all durations last a step at the `dt` then in force.

    Attributes
    ----------
    step_operation : StepOperation or None
        What it does once a step; it is contained in the group.
    """

    step_operation: StepOperation | None = None
    _durations: Mapping[str, Value] = {}
    _unresolved: Callable[[float], list[str]] | None = None
    _judged_dt: float | None = None

    def before_run(self, run_namespace: Any = None) -> None:
        """Check the durations against `dt`, then do what Brian2 does."""
        dt = float(self.clock.dt)
        problems = duration_problems(self._current_durations(), dt)
        if problems:
            raise InvalidValueError(" ".join(problems))
        self._judge(dt, stacklevel=2)
        super().before_run(run_namespace)

    def _judge(self, dt: float, stacklevel: int) -> None:
        """Warn of what the method does not resolve, once for each *dt*."""
        if dt == self._judged_dt or self._unresolved is None:
            return
        self._judged_dt = dt
        for finding in self._unresolved(dt):
            message = f"{self.name}: {finding}"
            warnings.warn(message, NumericsWarning, stacklevel=stacklevel + 1)

    def _current_durations(self) -> dict[str, Value]:
        """Durations as they are now: per-neuron ones may have been assigned."""
        current = {}
        for name in self._durations:
            variable = self.variables.get(name)
            if not isinstance(variable, ArrayVariable):
                current[name] = self.namespace.get(name, self._durations[name])
            elif isinstance(get_device(), RuntimeDevice):
                current[name] = variable.get_value()
        return current


def make_group(
    assembly: Assembly,
    N: int,
    spiking: Spiking,
    *,
    detect: bool,
    method: Any,
    namespace: Mapping[str, Any] | None,
    events: Mapping[str, str] | None,
    dspike_events: bool | Iterable[str],
    unresolved: Callable[[Mapping[str, Any], float], list[str]],
    arguments: Iterable[str],
    **kwargs: Any,
) -> CompartmentGroup:
    """Make a group of *assembly*; see `NeuronModel.make_neurongroup`.

    Parameters
    ----------
    assembly : Assembly
        The model.
    N : int
        The number of neurons.
    spiking : Spiking
        Threshold and resets.
    detect : bool
        Whether the group detects dendritic spikes.
    method : object
        Brian2's method.
    namespace, events : mapping, optional
        What the user adds.
    dspike_events : bool or iterable of str
        The dendritic spikes that have an event.
    unresolved : callable
        Takes the namespace and `dt` (second); says what the method does not resolve.
    arguments : iterable of str
        The arguments of `make_neurongroup`, for the message where one is misspelt.
    **kwargs
        What else `NeuronGroup` takes.

    Raises
    ------
    AssemblyError
        All that is wrong with the model.
    DendrisynError
        If an argument is wrong.
    """
    if isinstance(N, bool) or not isinstance(N, (Integral, np.integer)) or N < 1:
        raise InvalidValueError(f"N: expected a positive integer, got {N!r}.")
    for name in kwargs:
        if name not in _OTHER_ARGUMENTS:
            legal = (*arguments, *_OTHER_ARGUMENTS)
            hint = nearest(name, legal)
            raise UnknownNameError(f"there is no argument {name!r}.{hint}")
    order = kwargs.get("order", 0)
    if not isinstance(order, Integral):
        raise UnitError(f"order: expected an integer, got {order!r}.")
    if kwargs.get("dt") is not None:
        _STEP.check(kwargs["dt"], "dt")
    for name, given in (("namespace", namespace), ("events", events)):
        if given is not None and not isinstance(given, Mapping):
            raise UnitError(f"{name}: expected a dict, got {given!r}.")
    spiking.check(assembly.equations)
    _check_method(assembly, method)
    dspikes = _chosen_events(dspike_events, assembly.events)
    all_events = _merge_events(dspikes, events, spiking)
    constants = _merge_namespace(assembly, namespace, spiking)
    code = [*spiking.code, *all_events.values()]
    durations = _durations(assembly, constants)
    clock, dt = kwargs.get("clock"), kwargs.get("dt")
    dt = float(clock.dt if clock else defaultclock.dt if dt is None else dt)
    problems = [
        *assembly.complaints,
        *assembly.missing(constants, code),
        *assembly.mixed_units(),
        *assembly.unused(code),
        *duration_problems(durations, dt),
    ]
    if problems:
        raise AssemblyError("this model cannot be made into a group", problems)

    detection = assembly.each_step if detect else ()
    statements = [*detection, *spiking.statements(assembly.equations)]
    group = CompartmentGroup(
        int(N),
        assembly.parsed(),
        method=method,
        threshold=spiking.threshold,
        reset=spiking.reset,
        refractory=spiking.refractory,
        events=all_events,
        namespace=constants,
        dtype=_dtypes(assembly, kwargs.pop("dtype", None)),
        **kwargs,
    )
    for event in dspikes:
        group.set_event_schedule(event, when=_SLOT, order=group.order)
    group._durations = durations
    group._unresolved = lambda dt: unresolved(constants, dt)
    if statements:
        group.step_operation = StepOperation(group, statements)
        group.contained_objects.append(group.step_operation)
    group._judge(dt, stacklevel=3)
    return group


def duration_problems(durations: Mapping[str, Value], dt: float) -> list[str]:
    """Return a sentence for each duration that rounds to no step at *dt* (second)."""
    problems = []
    for name, value in durations.items():
        shortest = float(np.min(np.asarray(value)))
        if shortest > 0 and floor(shortest / dt + 0.5) < 1:
            problems.append(
                f"{name} = {shortest * 1e3:g} ms rounds to no step at dt = "
                f"{dt * 1e3:g} ms: give at least {dt * 500:g} ms, or lower dt."
            )
    return problems


def second_reset_code(
    code: str, spike_width: str, variables: Collection[str]
) -> list[str]:
    """Return statements that do *code* once, `spike_width` after each spike.

    Parameters
    ----------
    code : str
        Brian2 statements, one a line.
    spike_width : str
        The name of the constant with the time between the two resets.
    variables : collection of str
        The variables of the group; what else is assigned to is a name that the
        following lines use.

    Raises
    ------
    InvalidValueError
        If a line is not a statement.
    """
    since, whole, now = "t - lastspike", steps(spike_width), "second_reset_now"
    statements = [
        f"{now} = int({since} > ({whole} - 0.5)*dt and {since} < ({whole} + 0.5)*dt)"
    ]
    for line, name, operator, expression in _statements(code, "second_reset"):
        if name not in variables:
            statements.append(f"{name} {operator} {expression}")
        elif operator == "=":
            kept = f"{name}*(1 - {now})"
            statements.append(f"{name} = {kept} + ({expression})*{now}")
        elif operator in ("+=", "-="):
            statements.append(f"{name} {operator} ({expression})*{now}")
        elif operator in ("*=", "/="):
            statements.append(f"{name} {operator} (1 + (({expression}) - 1)*{now})")
        else:
            raise InvalidValueError(
                f"second_reset: {line!r}: {operator!r} is not legal."
            )
    return statements


def _statements(code: str, what: str) -> list[tuple[str, str, str, str]]:
    """Return each line of *code*, and the name, operator and expression in it."""
    statements = []
    for line in filter(None, map(str.strip, code.replace(";", "\n").splitlines())):
        if line.startswith("#"):
            continue
        try:
            name, operator, expression, _ = parse_statement(line)
        except (ValueError, SyntaxError) as error:
            raise InvalidValueError(
                f"{what}: {line!r} is not a statement such as 'V_soma = -60*mV'."
            ) from error
        statements.append((line, name, operator, expression))
    return statements


def _check_targets(code: str, what: str, equations: Mapping[str, Equation]) -> None:
    """Raise if a statement assigns to what is no variable.

    Brian2 would take a misspelt name for a new one and do nothing. A name that the
    following lines use is meant.
    """
    statements = _statements(code, what)
    states = [name for name, each in equations.items() if each.kind != SUBEXPRESSION]
    for index, (line, name, _, _) in enumerate(statements):
        if name in equations and name not in states:
            raise InvalidValueError(
                f"{what}: {line!r} assigns to {name}, which follows from an equation."
            )
        later = (expression for *_, expression in statements[index + 1 :])
        used = set().union(*map(identifiers_of, later))
        if name not in (*states, "lastspike", "not_refractory") and name not in used:
            raise InvalidValueError(
                f"{what}: {line!r} assigns to {name!r}, which is no variable of this "
                f"model.{nearest(name, states)}"
            )


def _check_method(assembly: Assembly, method: object) -> None:
    if isinstance(method, str) and method not in StateUpdateMethod.stateupdaters:
        legal = StateUpdateMethod.stateupdaters
        raise UnknownNameError(
            f"there is no method {method!r}.{nearest(method, legal)}"
        )
    noisy = any("xi_" in each.expression for each in assembly.equations.values())
    stochastic = ("euler", "heun", "milstein")
    if noisy and method in ("rk2", "rk4", "exponential_euler", "exact", "linear"):
        raise InvalidValueError(
            f"method={method!r} cannot integrate noise. Use one of {stochastic}."
        )


def _chosen_events(chosen: bool | Iterable[str], all_: Mapping[str, str]) -> dict:
    if isinstance(chosen, bool):
        return dict(all_) if chosen else {}
    names = [chosen] if isinstance(chosen, str) else list(chosen)
    for name in names:
        if name not in all_:
            raise UnknownNameError(
                f"dspike_events: there is no event {name!r}.{nearest(name, all_)}"
            )
    return {name: all_[name] for name in names}


def _merge_events(
    dspikes: Mapping[str, str], events: Mapping[str, str] | None, spiking: Spiking
) -> dict[str, str]:
    for name in events or {}:
        if name in dspikes or (name == "spike" and spiking.threshold is not None):
            raise NameConflictError(
                f"events: {name!r} is an event of the model already. Choose another "
                "name."
            )
    return {**dspikes, **(events or {})}


def _merge_namespace(
    assembly: Assembly, namespace: Mapping[str, Any] | None, spiking: Spiking
) -> dict[str, Any]:
    given = dict(namespace or {})
    if spiking.spike_width is not None:
        if "spike_width" in given or "spike_width" in assembly.parameters:
            raise NameConflictError(
                "'spike_width' is the time between the two resets; give your own "
                "parameter another name."
            )
        given["spike_width"] = spiking.spike_width
    for name, value in given.items():
        if name in assembly.per_neuron:
            raise NameConflictError(
                f"namespace: {name!r} is in per_neuron. Assign to the group afterwards."
            )
        if name in assembly.parameters:
            spec = assembly.parameters[name].spec
            given[name] = spec.check(value, f"namespace: {name}")
    return {**assembly.namespace, **given}


def _durations(assembly: Assembly, constants: Mapping[str, Any]) -> dict[str, Value]:
    names = [*assembly.durations, "spike_width"]
    values = {name: {**constants, **assembly.per_neuron}.get(name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _dtypes(assembly: Assembly, dtype: Any) -> Any:
    """Times of spikes are doubles, as Brian2's t: a float has too few digits."""
    times = dict.fromkeys(assembly.initial, np.float64)
    if not times:
        return dtype
    if dtype is None or isinstance(dtype, Mapping):
        return {**times, **(dtype or {})}
    floats = (
        name
        for name, equation in assembly.equations.items()
        if equation.unit not in ("boolean", "integer")
    )
    return {**dict.fromkeys(floats, dtype), **times}
