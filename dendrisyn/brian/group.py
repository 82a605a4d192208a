"""`Assembly` -> Brian2 group: its events, its constants and the checks of `dt`."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from math import floor
from numbers import Integral
from typing import Any

import numpy as np
from brian2.core.clocks import Clock, defaultclock
from brian2.core.variables import ArrayVariable
from brian2.devices.device import RuntimeDevice, get_device
from brian2.groups.neurongroup import NeuronGroup
from brian2.stateupdaters.base import StateUpdateMethod
from brian2.units.fundamentalunits import Quantity

from ..circuits.stability import StabilityCheck
from ..equations.assembly import Assembly
from ..equations.fragment import Formula
from ..equations.parameters import evaluate
from ..errors import (
    AssemblyError,
    InvalidValueError,
    NameConflictError,
    NumericsWarning,
    UnitError,
    UnknownNameError,
    nearest,
)
from ..integrators import THETA_METHODS
from ..names import as_names, check_label
from ..units import Spec
from .resets import Spiking
from .step_operation import (
    SLOT,
    CompartmentStateUpdater,
    Listened,
    Refractoriness,
    StepOperation,
    listen,
)

__all__ = ["CompartmentGroup", "make_group"]

_STEP = Spec("second", "step of the integration", "positive")

#: The methods that can integrate noise.
_STOCHASTIC = (*THETA_METHODS, "euler", "heun", "milstein")

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
    _durations: Mapping[str, Quantity] = {}
    _own_events: Collection[str] = ()
    _stability: StabilityCheck | None = None
    _constants: Mapping[str, Any] = {}
    _judged_dt: float | None = None
    _formulas: Mapping[str, Formula] = {}
    _derived: dict[str, Any] = {}

    def before_run(self, run_namespace: Any = None) -> None:
        """Check the durations against `dt`, then do what Brian2 does."""
        self._derive()
        dt = float(self.clock.dt)
        problems = self.duration_problems(dt)
        if problems:
            raise InvalidValueError(" ".join(problems))
        self._judge(dt, stacklevel=2)
        self._listen()
        super().before_run(run_namespace)

    def duration_problems(self, dt: float) -> list[str]:
        """Return a sentence for each duration that rounds to no step at *dt*."""
        return duration_problems(self._current_durations(), dt)

    def stability_problems(self, dt: float) -> list[str]:
        """Return a sentence for each quantity that *dt* (second) does not resolve."""
        if self._stability is None:
            return []
        return self._stability.problems(self._constants, dt)

    def _listen(self) -> None:
        """Leave out what nothing listens to, and join what nothing can tell apart."""
        is_alone = listen(self, self._own_events)
        if self.step_operation is not None:
            self.step_operation.is_joined = is_alone and self.step_operation.can_join

    def _judge(self, dt: float, stacklevel: int) -> None:
        """Warn of what the method does not resolve, once for each *dt*."""
        if dt == self._judged_dt:
            return
        self._judged_dt = dt
        for finding in self.stability_problems(dt):
            message = f"{self.name}: {finding}"
            warnings.warn(message, NumericsWarning, stacklevel=stacklevel + 1)

    def _derive(self) -> None:
        """Let derived constants follow those that the user changed in `namespace`."""
        for name, formula in self._formulas.items():
            if self.namespace.get(name) is self._derived[name]:
                self.namespace[name] = evaluate(formula, self.namespace)
                self._derived[name] = self.namespace[name]

    def _current_durations(self) -> dict[str, Quantity]:
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
    at_rest: bool,
    method: Any,
    namespace: Mapping[str, Any] | None,
    events: Mapping[str, str] | None,
    dspike_events: bool | Iterable[str],
    stability: StabilityCheck,
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
    at_rest : bool
        Whether all voltages start at rest.
    method : object
        Brian2's method.
    namespace, events : mapping, optional
        What the user adds.
    dspike_events : bool or iterable of str
        The dendritic spikes that have an event.
    stability : StabilityCheck
        The check of whether the method resolves the model.
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
    clock, dt, order = (kwargs.get(name) for name in ("clock", "dt", "order"))
    if order is not None and (
        isinstance(order, bool) or not isinstance(order, Integral)
    ):
        raise UnitError(f"order: expected an integer, got {order!r}.")
    if dt is not None:
        _STEP.check(dt, "dt")
    if events is not None and not isinstance(events, Mapping):
        raise UnitError(f"events: expected a dict, got {events!r}.")
    if clock is not None and not isinstance(clock, Clock):
        raise UnitError(f"clock: expected a Clock, got {clock!r}.")
    _check_dtype(assembly, kwargs.get("dtype"))
    _check_method(assembly, method)
    if method in THETA_METHODS:
        updater = StateUpdateMethod.stateupdaters[method]
        updater.theta_of(kwargs.get("method_options"))
    own_events = _chosen_events(dspike_events, assembly)
    all_events = _merge_events(own_events, events, spiking)
    constants = _merge_namespace(assembly, namespace, spiking)
    spiking.check(assembly.equations, constants)
    code = [*spiking.code, *all_events.values()]
    durations = _durations(assembly, constants)
    dt = float(clock.dt if clock else defaultclock.dt if dt is None else dt)
    missing = assembly.missing(constants, code)
    if at_rest and not missing:
        missing = [
            f"{name} has no value to start from: give v_rest, or init_rest=False."
            for name, value in assembly.rest.items()
            if value is None
        ]
    problems = [
        *assembly.complaints,
        *missing,
        *assembly.mixed_units(),
        *duration_problems(durations, dt),
    ]
    if problems:
        raise AssemblyError("this model cannot be made into a group", problems)

    for sentence in assembly.unused(code):
        warnings.warn(sentence, UserWarning, stacklevel=3)
    detection = assembly.detection if detect else ()
    statements = [
        *detection,
        *assembly.each_step,
        *spiking.statements(assembly.equations),
    ]
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
    group.state_updater.__class__ = CompartmentStateUpdater
    if Refractoriness.is_apart(group):
        group.contained_objects.append(Refractoriness(group))
    for event in own_events:
        group.thresholder[event].__class__ = Listened
        group.set_event_schedule(event, when=SLOT, order=group.order)
    group._own_events = tuple(own_events)
    group._durations = durations
    group._formulas = {
        name: parameter.value
        for name, parameter in assembly.parameters.items()
        if isinstance(parameter.value, Formula) and name in constants
    }
    group._derived = {name: constants[name] for name in group._formulas}
    group._stability, group._constants = stability, constants
    if statements:
        group.step_operation = StepOperation(group, statements)
        group.contained_objects.append(group.step_operation)
    group._judge(dt, stacklevel=3)
    return group


def duration_problems(durations: Mapping[str, Quantity], dt: float) -> list[str]:
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


def _check_method(assembly: Assembly, method: object) -> None:
    legal = StateUpdateMethod.stateupdaters
    for name in as_names(method, "method") if not callable(method) else ():
        if name not in legal:
            raise UnknownNameError(
                f"there is no method {name!r}.{nearest(name, legal)}"
            )
    noisy = any(
        name == "xi" or name.startswith("xi_")
        for each in assembly.equations.values()
        for name in each.identifiers
    )
    if noisy and isinstance(method, str) and method not in _STOCHASTIC:
        raise InvalidValueError(
            f"method={method!r} cannot integrate noise. Use one of {_STOCHASTIC}."
        )


def _chosen_events(chosen: bool | Iterable[str], assembly: Assembly) -> dict[str, str]:
    """Return the events of the model, those of dendritic spikes if they are chosen."""
    dspikes = assembly.event_actions
    if isinstance(chosen, bool):
        names = tuple(dspikes) if chosen else ()
    else:
        names = as_names(chosen, "dspike_events")
    for name in names:
        if name not in dspikes:
            raise UnknownNameError(
                f"dspike_events: there is no dendritic spike with an event {name!r}."
                f"{nearest(name, dspikes)}"
            )
    return {
        name: condition
        for name, condition in assembly.events.items()
        if name in names or name not in dspikes
    }


def _merge_events(
    own: Mapping[str, str], events: Mapping[str, str] | None, spiking: Spiking
) -> dict[str, str]:
    for name, condition in (events or {}).items():
        if not isinstance(name, str) or not isinstance(condition, str):
            raise UnitError(
                f"events: expected names and conditions as text, got {name!r}: "
                f"{condition!r}."
            )
        check_label(name, "events")
        if name in own or (name == "spike" and spiking.threshold is not None):
            raise NameConflictError(
                f"events: {name!r} is an event of the model already. Choose another "
                "name."
            )
    return {**own, **(events or {})}


def _merge_namespace(
    assembly: Assembly, namespace: Mapping[str, Any] | None, spiking: Spiking
) -> dict[str, Any]:
    given = dict(namespace or {})
    for name in given:
        if name in assembly.equations:
            raise NameConflictError(
                f"namespace: {name!r} is a variable. Assign to the group afterwards."
            )
    if spiking.spike_width is not None:
        taken = {*given, *assembly.parameters, *assembly.equations}
        if "spike_width" in taken:
            raise NameConflictError(
                "'spike_width' is the time between the two resets; give your own "
                "parameter another name."
            )
        given["spike_width"] = spiking.spike_width
    # Parameters of the model that the user named are in the assembly already.
    return {**given, **assembly.namespace}


def _durations(assembly: Assembly, constants: Mapping[str, Any]) -> dict[str, Quantity]:
    names = [*assembly.durations, "spike_width"]
    values = {name: {**constants, **assembly.per_neuron}.get(name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _check_dtype(assembly: Assembly, dtype: Any) -> None:
    if isinstance(dtype, Mapping):
        for name in dtype:
            if name not in assembly.equations:
                raise UnknownNameError(
                    f"dtype: there is no variable {name!r}."
                    f"{nearest(str(name), assembly.equations)}"
                )


def _dtypes(assembly: Assembly, dtype: Any) -> Any:
    """Times of spikes are doubles, as Brian2's t: a float has too few digits."""
    kept = (assembly.equations[name] for name in assembly.initial)
    times = {each.name: np.float64 for each in kept if each.unit == "second"}
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
