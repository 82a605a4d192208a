"""Checks of the arguments of `make_neurongroup`, merged with the data of the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from brian2.core.clocks import Clock
from brian2.stateupdaters.base import StateUpdateMethod

from ..equations.assembly import Assembly
from ..errors import (
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
    look_up,
    nearest,
)
from ..integrators import THETA_METHODS
from ..names import as_names, check_label
from ..units import Spec, positive_integer
from .resets import Spiking

__all__ = [
    "check_arguments",
    "chosen_events",
    "merged_namespace",
    "user_events",
    "variable_dtypes",
]

_STEP = Spec("second", "time step of the integration", "positive")

#: The methods that integrate noise.
_STOCHASTIC = (*THETA_METHODS, "euler", "heun", "milstein")

#: The arguments of `NeuronGroup` beside those of `make_neurongroup`.
_OTHER_ARGUMENTS = (
    "clock",
    "codeobj_class",
    "dt",
    "dtype",
    "method_options",
    "name",
    "order",
)


def check_arguments(
    assembly: Assembly,
    N: Any,
    method: Any,
    events: Any,
    arguments: Iterable[str],
    kwargs: Mapping[str, Any],
) -> int:
    """Check the arguments of `make_group`; return *N* as an int."""
    N = positive_integer(N, "N")
    for name in kwargs:
        if name not in _OTHER_ARGUMENTS:
            hint = nearest(name, (*arguments, *_OTHER_ARGUMENTS))
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
    return N


def _check_dtype(assembly: Assembly, dtype: Any) -> None:
    """Raise an error if *dtype* names an unknown variable."""
    for name in dtype if isinstance(dtype, Mapping) else ():
        look_up(name, assembly.equations, "variable", "dtype")


def _check_method(assembly: Assembly, method: object) -> None:
    """Raise an error if a method is unknown, or cannot integrate the noise."""
    for name in as_names(method, "method") if not callable(method) else ():
        look_up(name, StateUpdateMethod.stateupdaters, "method", "method")
    noisy = any(
        name == "xi" or name.startswith("xi_")
        for equation in assembly.equations.values()
        for name in equation.identifiers
    )
    if noisy and isinstance(method, str) and method not in _STOCHASTIC:
        raise InvalidValueError(
            f"method={method!r} cannot integrate noise. Use one of {_STOCHASTIC}."
        )


def chosen_events(chosen: bool | Iterable[str], assembly: Assembly) -> dict[str, str]:
    """Return the events of the model, with those dendritic spikes that are chosen."""
    dspikes = assembly.event_actions
    if isinstance(chosen, bool):
        names = tuple(dspikes) if chosen else ()
    else:
        names = as_names(chosen, "dspike_events")
    for name in names:
        look_up(name, dspikes, "dendritic spike with an event", "dspike_events")
    return {
        name: condition
        for name, condition in assembly.events.items()
        if name in names or name not in dspikes
    }


def user_events(
    own: Mapping[str, str], events: Mapping[str, str] | None, spiking: Spiking
) -> dict[str, str]:
    """Return the events of the user; raise an error if a name is taken."""
    for name, condition in (events or {}).items():
        if not isinstance(name, str) or not isinstance(condition, str):
            raise UnitError(
                f"events: expected names and conditions as text, got {name!r}: "
                f"{condition!r}."
            )
        check_label(name, "events")
        if name in own or (name == "spike" and spiking.threshold is not None):
            raise NameConflictError(
                f"events: the model already has an event {name!r}. Choose another name."
            )
    return dict(events or {})


def merged_namespace(
    assembly: Assembly, namespace: Mapping[str, Any] | None, spiking: Spiking
) -> dict[str, Any]:
    """Return the constants of the model and those of the user."""
    constants = dict(namespace or {})
    for name in constants:
        if name in assembly.equations:
            raise NameConflictError(
                f"namespace: {name!r} is a variable. Assign to the group afterwards."
            )
    if spiking.spike_width is not None:
        taken = {*constants, *assembly.parameters, *assembly.equations}
        if "spike_width" in taken:
            raise NameConflictError(
                "'spike_width' is the time between the two resets. Give your own "
                "parameter another name."
            )
        constants["spike_width"] = spiking.spike_width
    # The assembly already has the values that the user set for model parameters.
    return {**constants, **assembly.namespace}


def variable_dtypes(assembly: Assembly, dtype: Any) -> Any:
    """Return the dtypes of all variables.

    Spike times are doubles, as `t` in Brian2: numbers of 32 bits have too few digits.
    """
    started = (assembly.equations[name] for name in assembly.initial)
    times = {
        equation.name: np.float64 for equation in started if equation.unit == "second"
    }
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
