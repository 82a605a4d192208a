"""How slow a cell is, and whether a steady current has done all it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from brian2.units.allunits import second

from ..cell.base import Model
from ..circuits.linear_system import conductance_matrix, decay_rates
from ..errors import InvalidValueError
from ..units import show

__all__ = ["SLOW", "STEADY", "is_steady", "longer", "slowest"]

#: How many time constants bring a voltage close to where it goes: e**-14 is 1e-6.
STEADY = 14
#: Longest time constant that decides how long one waits at once; and where it is not
#: a fault to wait longer.
_SLOWEST = 0.2  # s
SLOW = 1.0  # s
#: A rate that is less than this of the fastest is 0.
_NO_RATE = 1e-12
#: How far from steady a deflection may be, relative to it.
_CLOSE = 1e-5
#: A change in a quarter of the time that is rounding, relative to the deflection.
_ROUNDING = 1e-6
#: How long one waits at most.
_LONGEST = 15.0  # s


def is_steady(moved: np.ndarray) -> bool:
    """Return whether deflections have come as close as 1e-5 to where they go.

    What is left is that of an exponential through three samples: the last, that at
    three quarters of the time and that in the middle. A passive cell is steady after 14
    time constants; one that adapts may take longer, and one without leak never is.

    Parameters
    ----------
    moved : ndarray, shape (..., samples)
        Deflections since the start of a steady current.
    """
    last = moved.shape[-1] - 1
    middle, later, end = (moved[..., last * k // 4] for k in (2, 3, 4))
    before, change = np.abs(later - middle), np.abs(end - later)
    small = change <= _ROUNDING * np.abs(end)
    slows = change < before
    # change times the sum of a geometric series
    left = change * change / np.where(slows, before - change, 1)
    return bool((small | slows & (left <= _CLOSE * np.abs(end))).all())


def longer(lasts: float, remedy: str) -> float:
    """Return twice the time.

    Raises
    ------
    InvalidValueError
        If that is too long; the message ends with the remedy.
    """
    if 2 * lasts > _LONGEST:
        raise InvalidValueError(
            f"the voltage is not steady after {show(lasts * second)} of a steady "
            f"current: the cell has no leak, or is too slow. {remedy}"
        )
    return 2 * lasts


def slowest(model: Model, vary: Mapping[str, Any], most: float = _SLOWEST) -> float:
    """Return the longest time constant of a compartment by itself (second).

    No mode of the passive cell is slower. Where a compartment has no leak, it is that
    of the slowest mode. At most *most*, also where it is not known.
    """
    values = {**model.parameters, **vary}
    patches, edges = model._patches(), model._edges()
    C, gL = (
        [values.get(patch._names(each)) for patch in patches] for each in ("C", "gL")
    )
    known = [pair for pair in zip(C, gL, strict=True) if None not in pair]
    if len(known) == len(C) and not all(np.all(np.asarray(g) > 0) for g in gL):
        couplings = [values.get(name) for *_, name in edges]
        if None not in couplings:
            return _slowest_mode(C, gL, edges, couplings, most)
    times = [
        np.max(np.asarray(c) / np.asarray(g))
        for c, g in known
        if np.all(np.asarray(g) > 0)
    ]
    return float(min(max(times, default=_SLOWEST), most))


def _slowest_mode(
    C: Sequence[Any],
    gL: Sequence[Any],
    edges: Sequence[tuple[int, int, str]],
    couplings: Sequence[Any],
    most: float,
) -> float:
    """Return the time constant of the slowest passive mode that decays (second)."""
    plain = np.broadcast_arrays(*(np.asarray(v, float) for v in (*C, *gL, *couplings)))
    capacitances, leaks = (
        np.stack(plain[start : start + len(C)], axis=-1) for start in (0, len(C))
    )
    pairs = [
        (one, other, g)
        for (one, other, _), g in zip(edges, plain[2 * len(C) :], strict=True)
    ]
    rates = decay_rates(capacitances, conductance_matrix(leaks, pairs))
    decaying = rates > _NO_RATE * rates.max()
    slow = 1 / rates[decaying].min() if decaying.any() else _SLOWEST
    return float(min(slow, most))
