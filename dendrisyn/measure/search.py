"""The smallest input that does something: many are tried at once, in a few rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil, log
from typing import Any

import numpy as np
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

from ..cell.base import Model
from ..errors import InvalidValueError
from ..rig.rig import Events
from ..units import Spec, show
from .options import MeasurementOptions
from .results import Traces

__all__ = [
    "LANES",
    "Search",
    "as_tolerance",
    "count",
    "draw_bracket",
    "first",
    "into",
    "needs_reset",
    "needs_threshold",
    "nonzero_current",
    "point_of",
    "roughly",
    "rounds",
    "timed",
    "usual_current",
]

#: How many inputs are tried at once: each round divides a bracket by one more. A step
#: of so many neurons takes hardly longer than one of a few.
LANES = 128

#: The first round reaches from the usual input divided by this to it times this.
_SPAN = 1e3
#: From this share of the usual input on, it is told from none.
_LEAST = 1e-9
#: The largest current, in usual ones: it would move the voltage by 100 V.
_MOST = 1e4

_INJECTED = Spec("amp", "injected current")
_TOLERANCE = Spec("1", "relative width of the bracket at the end", "fraction")
#: What rounding allows.
_FINEST = 1e-12

#: The deflection of a usual current; and a usual current, where C is not known.
_DEFLECTION = 10e-3  # V
_CURRENT = 100e-12  # A


@dataclass(frozen=True)
class Search:
    """What is looked for.

    Attributes
    ----------
    effect : str
        What the input is to do, for messages: ``'makes a spike within 1. s'``.
    kind : str
        What the input is: ``'current'``.
    unit : Quantity
        That of the input; 1 without one.
    vary : dict of str to Quantity
        The points.
    """

    effect: str
    kind: str
    unit: Any
    vary: Mapping[str, Quantity]

    def smallest(
        self,
        works: Callable[[np.ndarray], np.ndarray],
        usual: np.ndarray,
        limit: np.ndarray,
        tolerance: float,
        why: str = "",
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest input that does nothing, and the smallest that works.

        Parameters
        ----------
        works : callable
            Tells of inputs of shape (*points, LANES) which of them work.
        usual, limit : ndarray, shape (*points,)
            Around what one looks first, and what no input exceeds.
        tolerance : float
            How far apart they are at the end, relative to the larger.
        why : str
            Why the limit is one, for a message.

        Raises
        ------
        InvalidValueError
            If none works up to the limit, or it happens without input.
        """
        usual, limit = np.broadcast_arrays(usual, limit)
        least = usual * _LEAST
        low, high = np.zeros(usual.shape), np.full(usual.shape, np.inf)
        ladder = _geometric(usual / _SPAN, np.minimum(usual * _SPAN, limit), LANES - 1)
        tried = np.concatenate([np.zeros_like(ladder[..., :1]), ladder], axis=-1)
        works_at = works(tried)
        self._refuse(works_at[..., 0], "it happens without any")
        while True:
            low, high = _narrowed(tried, works_at, low, high)
            self._refuse(
                np.isinf(high) & (low >= limit * (1 - 1e-9)),
                "none does, from {} to {}" + why,
                usual / _SPAN,
                limit,
            )
            self._refuse(high <= least, "as little as {} does", least)
            close = high - low <= tolerance * high
            if ((low > 0) & np.isfinite(high) & close).all():
                return low, high
            tried = _between(low, high, least, limit)
            works_at = works(tried)

    def _refuse(self, where: np.ndarray, what: str, *values: np.ndarray) -> None:
        """Raise if *where* is true at a point, and say at which."""
        if not where.any():
            return
        index = tuple(np.argwhere(where)[0])
        numbers = (
            roughly(np.broadcast_to(v, where.shape)[index] * self.unit) for v in values
        )
        point = point_of(index, self.vary)
        raise InvalidValueError(
            f"looked for the smallest {self.kind} that {self.effect}, but "
            + what.format(*numbers)
            + (f", at {point}." if point else ".")
        )


def roughly(value: Any) -> str:
    """Return a value for a message, with four digits."""
    plain = Quantity(value)
    unit = plain.get_best_unit()
    number = f"{float(plain / unit):.4g}"
    return number if plain.dim is DIMENSIONLESS else f"{number} {unit!s}"


def point_of(index: tuple[int, ...], vary: Mapping[str, Quantity]) -> str:
    """Return the parameters at a point, for a message."""
    return ", ".join(
        f"{name} = {show(value[index] if np.ndim(value) else value)}"
        for name, value in vary.items()
    )


def _narrowed(
    tried: np.ndarray, works_at: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bracket around the first input that works."""
    last = tried.shape[-1] - 1
    found = works_at.any(axis=-1)
    at = np.where(found, works_at.argmax(axis=-1), last + 1)[..., np.newaxis]
    above = np.take_along_axis(tried, np.minimum(at, last), axis=-1)[..., 0]
    below = np.take_along_axis(tried, np.maximum(at - 1, 0), axis=-1)[..., 0]
    return np.where(at[..., 0] > 0, below, low), np.where(found, above, high)


def _between(
    low: np.ndarray, high: np.ndarray, least: np.ndarray, limit: np.ndarray
) -> np.ndarray:
    """Return what to try next: up to the limit, down to the least, or in between."""
    up, down = np.isinf(high), low == 0
    rungs = _geometric(
        np.where(up, low, np.where(down, least, 1)),
        np.where(up, limit, np.where(down, high, 1)),
        LANES,
    )
    width = np.where(up, 0, high - low)[..., np.newaxis]
    inside = low[..., np.newaxis] + width * np.arange(1, LANES + 1) / (LANES + 1)
    return np.where((up | down)[..., np.newaxis], rungs, inside)


def _geometric(start: np.ndarray, stop: np.ndarray, number: int) -> np.ndarray:
    """Return a geometric series along a new last axis."""
    return np.geomspace(start, stop, number, axis=-1)


def rounds(
    known: MeasurementOptions, tolerance: float, more: int = 1
) -> MeasurementOptions:
    """Return conditions whose report counts the runs of a search as one.

    Parameters
    ----------
    known : Conditions
        Those of the measurement.
    tolerance : float
        That of the search.
    more : int
        How many runs follow it.
    """
    ratio = _SPAN ** (2 / (LANES - 2))
    finer = max(0, ceil(log((ratio - 1) / tolerance) / log(LANES + 1)))
    total, run, before = 100 * (1 + finer + more), 0, 0

    def report(done: int, _: int, failed: int) -> object:
        nonlocal run, before
        if done < before:  # the next run
            run += 1
        before = done
        return known.report(min(100 * run + done, total), total, failed)

    return replace(known, report=report)


def as_tolerance(tolerance: object) -> float:
    """Return a relative tolerance.

    Raises
    ------
    UnitError, InvalidValueError
        If it is no number, or not one that a search can reach.
    """
    value = float(_TOLERANCE.check(tolerance, "tolerance"))
    if value < _FINEST:
        raise InvalidValueError(
            f"tolerance: rounding does not allow less than {_FINEST:g}, got {value:g}."
        )
    return value


def usual_current(
    model: Model, known: MeasurementOptions, at: str, duration: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return a current of the right order, and the largest (amp), at each point."""
    values = {**model.parameters, **known.vary}
    names = model.structure.compartments[at].names
    capacitance, leak = (values.get(names(each)) for each in ("C", "gL"))
    usual = np.asarray(_CURRENT)
    if capacitance is not None:
        flow = np.asarray(capacitance, dtype=float) / duration
        if leak is not None:
            flow = flow + np.asarray(leak, dtype=float)
        usual = _DEFLECTION * flow
    usual = np.broadcast_to(usual, known.points)
    return usual, usual * _MOST


def nonzero_current(current: object) -> float:
    """Return a current that is not 0 (amp)."""
    value = float(_INJECTED.check(current, "current"))
    if value == 0:
        raise InvalidValueError("current: must not be zero.")
    return value


def count(events: Events, until: float) -> np.ndarray:
    """Return how many events each neuron has before a time (second)."""
    counts = [int((each < until).sum()) for each in events.ravel()]
    return np.array(counts).reshape(events.shape)


def first(events: Events) -> np.ndarray:
    """Return the time of the first event of each neuron (second), NaN without one."""
    times = [each[0] if len(each) else np.nan for each in events.ravel()]
    return np.array(times, dtype=float).reshape(events.shape)


def needs_threshold(known: MeasurementOptions) -> None:
    """Raise if no condition of a somatic spike was given."""
    if known.arguments.get("threshold") is None:
        raise InvalidValueError(
            "a spike of the soma is what `threshold` says, as in make_neurongroup. "
            "Give it, and a reset, such as threshold='V_soma > -50*mV', "
            "reset='V_soma = -60*mV'."
        )


def needs_reset(known: MeasurementOptions) -> None:
    """Raise if a cell would spike in every step above its threshold.

    Raises
    ------
    InvalidValueError
        If there is neither a reset nor a refractory period.
    """
    if all(known.arguments.get(each) is None for each in ("reset", "refractory")):
        raise InvalidValueError(
            "above its threshold, a cell without reset and refractory period spikes in "
            "every step. Give a reset, such as reset='V_soma = -60*mV' (or reset='')."
        )


def timed(duration: float, dt: float, argument: str = "duration") -> int:
    """Return how many steps a current is on.

    Raises
    ------
    InvalidValueError
        If it is on for none.
    """
    steps = round(duration / dt)
    if steps == 0:
        raise InvalidValueError(
            f"{argument}: {show(duration * second)} is no step of {show(dt * second)}."
        )
    return steps


def into(compartment: str) -> str:
    """Return where a current flows, for a message."""
    return f"into {compartment}" if compartment else "into the cell"


def draw_bracket(ax: Any, traces: Traces, level: Quantity) -> None:
    """Draw the first of the voltages, just below and just above a threshold."""
    from ..plotting.style import COLORS, finish

    (name, values), *_ = traces.values.items()
    t = np.asarray(traces.t) * 1e3
    # the wider first, so that both show where they are one
    for side, label, color, width in [
        (1, "just above", COLORS[6], 3.0),
        (0, "just below", COLORS[1], 1.2),
    ]:
        lines = np.asarray(values)[..., side, :].reshape(-1, len(t)) * 1e3
        drawn = ax.plot(t, lines.T, color=color, linewidth=width)
        drawn[0].set_label(label)
    for each in np.ravel(level):
        ax.axhline(float(each) * 1e3, color="0.6", linewidth=0.8, zorder=0)
    finish(ax, xlabel="time (ms)", ylabel=f"{name} (mV)")
