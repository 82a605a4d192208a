"""Times of spikes: counts, first times, and conditions of spiking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InvalidValueError
from ..rig.experiment import Events
from .options import MeasurementOptions

__all__ = ["count", "first", "mapped", "require_reset", "require_threshold"]


def count(events: Events, until: float = np.inf) -> np.ndarray:
    """Return the number of events of all neurons before a time (second)."""
    counts = [int((times < until).sum()) for times in events.ravel()]
    return np.array(counts, dtype=int).reshape(events.shape)


def first(events: Events) -> np.ndarray:
    """Return the times of the first events (second), NaN without one."""
    times = [train[0] if len(train) else np.nan for train in events.ravel()]
    return np.array(times, dtype=float).reshape(events.shape)


def mapped(function: Callable[..., Any], events: Events, *others: np.ndarray) -> Events:
    """Return an array of the values of a function of the events of all neurons."""
    values = np.empty(events.shape, dtype=object)
    for index in np.ndindex(events.shape):
        values[index] = function(events[index], *(other[index] for other in others))
    return values


def require_threshold(options: MeasurementOptions) -> None:
    """Raise an error if there is no threshold of somatic spikes."""
    if options.arguments.get("threshold") is None:
        raise InvalidValueError(
            "threshold is required, for example threshold='V_soma > -50*mV'. Give a "
            "reset as well, for example reset='V_soma = -60*mV'."
        )


def require_reset(options: MeasurementOptions) -> None:
    """Raise an error if there is neither a reset nor a refractory period."""
    if all(options.arguments.get(name) is None for name in ("reset", "refractory")):
        raise InvalidValueError(
            "reset is required: without reset and refractory period a cell spikes in "
            "every time step above its threshold. Give a reset, for example "
            "reset='V_soma = -60*mV' (or reset='')."
        )
