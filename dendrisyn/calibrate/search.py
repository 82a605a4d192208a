"""Finding what gives a target: a search that asks for many values at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..errors import InvalidValueError

__all__ = ["Found", "search"]

#: Values in the first round.
_GRID = 33
#: Rounds before it is given up: a bracket shrinks by half in each, at least.
_ROUNDS = 40
#: A bracket as narrow as this (relative) holds a jump.
_JUMP = 1e-10


class Found(NamedTuple):
    """What a search has found.

    Attributes
    ----------
    values : ndarray, shape (targets,)
        What gives the targets.
    achieved : ndarray, shape (targets,)
        What they give.
    rounds : int
        How often was asked.
    curve : (ndarray, ndarray)
        All values that were asked, ascending, and what they gave.
    """

    values: np.ndarray
    achieved: np.ndarray
    rounds: int
    curve: tuple[np.ndarray, np.ndarray]


def search(
    what: str,
    evaluate: Callable[[np.ndarray], np.ndarray],
    targets: np.ndarray,
    span: tuple[float, float],
    tolerance: float,
    tell: Callable[[float], str],
    resolution: float = 0.0,
) -> Found:
    """Return the smallest positive values that give the targets.

    The first round asks for values all over the span; each further one for some near
    the place where the points so far cross each target (inverse interpolation), within
    the bracket. All targets share all points.

    Parameters
    ----------
    what : str
        What is measured, for messages.
    evaluate : callable
        Returns what an array of values gives, of the same shape; NaN where that is not
        defined.
    targets : ndarray, shape (targets,)
        What is to be reached.
    span : (float, float)
        Between which values is searched.
    tolerance : float
        Relative to each target.
    tell : callable
        Writes a result for messages, such as ``'0.5 mV'``.
    resolution : float
        How finely results are known, relative to each target: two neighbours this close
        to the target, one on each side, are as good as it gets.

    Raises
    ------
    InvalidValueError
        If a target is out of reach, or the results jump over it.
    """
    asked = np.geomspace(*span, _GRID)
    given = np.asarray(evaluate(asked), dtype=float)
    if given.shape != asked.shape:
        raise InvalidValueError(
            f"{what}: expected one result for each model, got {given.shape[1:]}: give "
            "one stimulus, such as one weight or frequency, not a list."
        )
    rounds = 1
    while True:
        lefts = [_crossing(what, given, target, tell) for target in targets]
        best = [
            left + int(abs(given[left + 1] - target) < abs(given[left] - target))
            for left, target in zip(lefts, targets, strict=True)
        ]
        wanted: list[np.ndarray] = []
        for left, here, target in zip(lefts, best, targets, strict=True):
            if abs(given[here] - target) <= tolerance * abs(target):
                continue
            ends = given[left : left + 2]
            if np.abs(ends - target).max() <= resolution * abs(target):
                continue
            if asked[left + 1] / asked[left] - 1 <= _JUMP:
                raise InvalidValueError(
                    f"{what} of {tell(target)} cannot be reached: it jumps from "
                    f"{tell(ends[0])} to {tell(ends[1])}."
                )
            wanted.append(_candidates(asked, given, target, left))
        if not wanted:
            return Found(asked[best], given[best], rounds, (asked, given))
        if rounds == _ROUNDS:
            raise InvalidValueError(
                f"{what} of {tell(targets[0])} was not reached in {_ROUNDS} rounds: "
                "it does not depend smoothly on what is changed."
            )
        fresh = np.setdiff1d(np.concatenate(wanted), asked)
        asked = np.concatenate([asked, fresh])
        given = np.concatenate([given, np.asarray(evaluate(fresh), dtype=float)])
        order = np.argsort(asked)
        asked, given = asked[order], given[order]
        rounds += 1


def _crossing(
    what: str, given: np.ndarray, target: float, tell: Callable[[float], str]
) -> int:
    """Return the first point after which the target is crossed."""
    side = given - target
    crosses = np.flatnonzero(side[:-1] * side[1:] <= 0)  # False where NaN
    if len(crosses) == 0:
        low, high = np.nanmin(given), np.nanmax(given)
        raise InvalidValueError(
            f"{what} of {tell(target)} is out of reach: between {tell(low)} and "
            f"{tell(high)} can be reached."
        )
    return int(crosses[0])


def _candidates(
    asked: np.ndarray, given: np.ndarray, target: float, left: int
) -> np.ndarray:
    """Return values inside a bracket, close to where it crosses the target."""
    x = np.log(asked)
    ends = x[left], x[left + 1]
    width = ends[1] - ends[0]
    guess = _inverse(x, given, target, left)
    around = guess + width * np.array([-0.1, -0.01, -1e-3, 0, 1e-3, 0.01, 0.1])
    inside = (around > ends[0]) & (around < ends[1])
    return np.exp(np.append(around[inside], sum(ends) / 2))


def _inverse(x: np.ndarray, given: np.ndarray, target: float, left: int) -> float:
    """Return where a cubic through the four points around crosses the target.

    Where these points do not ascend or descend, a straight line through two.
    """
    near = slice(max(left - 1, 0), left + 3)
    px, py = x[near], given[near]
    steps = np.diff(py)
    if len(px) > 2 and ((steps > 0).all() or (steps < 0).all()):
        weights = [
            np.prod((target - np.delete(py, k)) / (py[k] - np.delete(py, k)))
            for k in range(len(py))
        ]
        guess = float(np.dot(weights, px))
        if x[left] < guess < x[left + 1]:
            return guess
    share = (target - given[left]) / (given[left + 1] - given[left] or 1)
    return float(x[left] + share * (x[left + 1] - x[left]))
