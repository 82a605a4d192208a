"""Searches: the smallest input with an effect, and values that give targets.

Both run many cells at once: first over a geometric grid, which gives a bracket, then
inside it. An effect is true or false, so `ThresholdSearch` divides brackets evenly.
Results are numbers, so `search_targets` ends with a cubic through the results so far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil, log
from typing import Any, NamedTuple

import numpy as np
from brian2.units.fundamentalunits import Quantity

from ..errors import InvalidValueError
from ..tables import with_unit
from ..units import Spec, show
from .options import MeasurementOptions

__all__ = [
    "LANES",
    "TargetValues",
    "ThresholdSearch",
    "as_tolerance",
    "point_of",
    "search_targets",
    "with_search_progress",
]

#: Number of inputs tried at once: a round divides a bracket into one more. A time step
#: of so many neurons takes hardly longer than that of a few.
LANES = 128

#: The first round reaches from the usual input divided by this to it times this.
_SPAN = 1e3
#: Smallest input that differs from none, over the usual input.
_LEAST = 1e-9

_TOLERANCE = Spec("1", "relative width of the bracket at the end", "fraction")
#: Smallest tolerance that rounding allows.
_FINEST = 1e-12

#: Values in the first round of a search for targets.
_GRID = 33
#: Largest number of rounds: brackets shrink by half in a round, at least.
_ROUNDS = 40
#: Relative width of a bracket that holds a jump.
_JUMP = 1e-10


@dataclass(frozen=True)
class ThresholdSearch:
    """Search for the smallest input with an effect."""

    effect: str  # for messages: 'makes a spike within 1. s'
    kind: str  # the name of the input, such as 'current'
    unit: Any  # 1 without one
    vary: Mapping[str, Quantity]

    def smallest(
        self,
        works: Callable[[np.ndarray], np.ndarray],
        usual: np.ndarray,
        limit: np.ndarray,
        tolerance: float,
        why: str = "",
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest input without the effect and the smallest with it.

        *works* tells which inputs of shape (*points, LANES) have the effect; *usual*
        and *limit* are initial guess and upper bound of shape (*points,), *why* is the
        reason for the bound. The tolerance is relative.
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

    def _refuse(self, where: np.ndarray, problem: str, *values: np.ndarray) -> None:
        """Raise an error that names the first point at which *where* is true."""
        if not where.any():
            return
        index = tuple(np.argwhere(where)[0])
        numbers = (
            with_unit(np.broadcast_to(v, where.shape)[index] * self.unit)[0]
            for v in values
        )
        point = point_of(index, self.vary)
        raise InvalidValueError(
            f"looked for the smallest {self.kind} that {self.effect}, but "
            + problem.format(*numbers)
            + (f", at {point}." if point else ".")
        )


def point_of(index: tuple[int, ...], vary: Mapping[str, Quantity]) -> str:
    """Return the parameters at a point, for messages."""
    return ", ".join(
        f"{name} = {show(value[index] if np.ndim(value) else value)}"
        for name, value in vary.items()
    )


def as_tolerance(tolerance: object) -> float:
    """Return a relative tolerance that a search can reach."""
    value = float(_TOLERANCE.check(tolerance, "tolerance"))
    if value < _FINEST:
        raise InvalidValueError(
            f"tolerance: rounding does not allow less than {_FINEST:g}, got {value:g}."
        )
    return value


def with_search_progress(
    options: MeasurementOptions, tolerance: float, more: int = 1
) -> MeasurementOptions:
    """Return options whose progress counts a search and *more* runs as one run."""
    ratio = _SPAN ** (2 / (LANES - 2))
    finer = max(0, ceil(log((ratio - 1) / tolerance) / log(LANES + 1)))
    total, run, before = 100 * (1 + finer + more), 0, 0

    def report(done: int, _: int, failed: int) -> object:
        nonlocal run, before
        if done < before:  # the next run
            run += 1
        before = done
        return options.report(min(100 * run + done, total), total, failed)

    return replace(options, report=report)


def _narrowed(
    tried: np.ndarray, works_at: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the brackets around the first inputs with the effect."""
    last = tried.shape[-1] - 1
    exists = works_at.any(axis=-1)
    at = np.where(exists, works_at.argmax(axis=-1), last + 1)[..., np.newaxis]
    above = np.take_along_axis(tried, np.minimum(at, last), axis=-1)[..., 0]
    below = np.take_along_axis(tried, np.maximum(at - 1, 0), axis=-1)[..., 0]
    return np.where(at[..., 0] > 0, below, low), np.where(exists, above, high)


def _between(
    low: np.ndarray, high: np.ndarray, least: np.ndarray, limit: np.ndarray
) -> np.ndarray:
    """Return the next inputs: up to the limit, down to the least, or in brackets."""
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


class TargetValues(NamedTuple):
    """Values that give targets."""

    values: np.ndarray
    achieved: np.ndarray  # the results of the values
    rounds: int
    curve: tuple[np.ndarray, np.ndarray]  # all tried values, ascending, and results


def search_targets(
    title: str,
    evaluate: Callable[[np.ndarray], np.ndarray],
    targets: np.ndarray,
    span: tuple[float, float],
    tolerance: float,
    unit: Any = 1,
    resolution: float = 0.0,
) -> TargetValues:
    """Return the smallest positive values that give targets.

    The first round tries values over the span. Further rounds try values near the
    crossings of the targets by inverse cubic interpolation, inside the brackets. All
    targets share all points.

    *evaluate* returns the results of an array of values, NaN where undefined. *title*
    and *unit* are those of the results, for messages. The tolerance is relative to the
    targets; two neighbouring values within *resolution* of a target, on both sides, are
    accepted.
    """
    tried = np.geomspace(*span, _GRID)
    results = np.asarray(evaluate(tried), dtype=float)
    if results.shape != tried.shape:
        raise InvalidValueError(
            f"{title}: expected one result per model, got {results.shape[1:]}. Give "
            "one stimulus, such as one weight or frequency, not a list."
        )

    def tell(value: float) -> str:
        return with_unit(float(value) * unit)[0]

    for rounds in range(1, _ROUNDS + 1):
        lefts = [_crossing(title, results, target, tell) for target in targets]
        best = [
            left + int(abs(results[left + 1] - target) < abs(results[left] - target))
            for left, target in zip(lefts, targets, strict=True)
        ]
        wanted: list[np.ndarray] = []
        for left, here, target in zip(lefts, best, targets, strict=True):
            ends = results[left : left + 2]
            if abs(results[here] - target) <= tolerance * abs(target):
                continue
            if np.abs(ends - target).max() <= resolution * abs(target):
                continue
            if tried[left + 1] / tried[left] - 1 <= _JUMP:
                raise InvalidValueError(
                    f"{title} of {tell(target)} cannot be reached: it jumps from "
                    f"{tell(ends[0])} to {tell(ends[1])}."
                )
            wanted.append(_candidates(tried, results, target, left))
        if not wanted:
            return TargetValues(tried[best], results[best], rounds, (tried, results))
        if rounds < _ROUNDS:
            fresh = np.setdiff1d(np.concatenate(wanted), tried)
            new = np.asarray(evaluate(fresh), dtype=float)
            tried = np.concatenate([tried, fresh])
            order = np.argsort(tried)
            tried, results = tried[order], np.concatenate([results, new])[order]
    raise InvalidValueError(
        f"{title} of {tell(targets[0])} was not reached in {_ROUNDS} rounds: it does "
        "not depend smoothly on the changed values."
    )


def _crossing(
    title: str, results: np.ndarray, target: float, tell: Callable[[float], str]
) -> int:
    """Return the index of the last value before the first crossing of the target."""
    side = results - target
    crosses = np.flatnonzero(side[:-1] * side[1:] <= 0)  # False where NaN
    if len(crosses) == 0:
        low, high = np.nanmin(results), np.nanmax(results)
        raise InvalidValueError(
            f"{title} of {tell(target)} is out of reach: between {tell(low)} and "
            f"{tell(high)} can be reached."
        )
    return int(crosses[0])


def _candidates(
    tried: np.ndarray, results: np.ndarray, target: float, left: int
) -> np.ndarray:
    """Return values inside a bracket, close to the crossing of the target."""
    x = np.log(tried)
    ends = x[left], x[left + 1]
    width = ends[1] - ends[0]
    guess = _inverse(x, results, target, left)
    around = guess + width * np.array([-0.1, -0.01, -1e-3, 0, 1e-3, 0.01, 0.1])
    inside = (around > ends[0]) & (around < ends[1])
    return np.exp(np.append(around[inside], sum(ends) / 2))


def _inverse(x: np.ndarray, results: np.ndarray, target: float, left: int) -> float:
    """Return the crossing on a cubic through four points, or on a line if they turn."""
    near = slice(max(left - 1, 0), left + 3)
    px, py = x[near], results[near]
    steps = np.diff(py)
    if len(px) > 2 and ((steps > 0).all() or (steps < 0).all()):
        weights = [
            np.prod((target - np.delete(py, k)) / (py[k] - np.delete(py, k)))
            for k in range(len(py))
        ]
        guess = float(np.dot(weights, px))
        if x[left] < guess < x[left + 1]:
            return guess
    share = (target - results[left]) / (results[left + 1] - results[left] or 1)
    return float(x[left] + share * (x[left + 1] - x[left]))
