"""Time constants of cells, and the criterion for a steady voltage."""

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

#: Time constants after which a voltage is close to its steady value: e**-14 is 1e-6.
STEADY = 14
#: Longest time constants that decide a default duration: usual, and where a longer
#: duration does no harm.
_SLOWEST = 0.2  # s
SLOW = 1.0  # s
#: Rates below this share of the fastest count as 0.
_NO_RATE = 1e-12
#: Relative distance of a steady deflection from its limit.
_CLOSE = 1e-5
#: Rounding: relative change in a quarter of the time.
_ROUNDING = 1e-6
#: Longest default duration.
_LONGEST = 15.0  # s


def is_steady(deflections: np.ndarray) -> bool:
    """Return whether deflections are within 1e-5 of their limits.

    The limit is that of an exponential through three samples: the last, that at three
    quarters of the time and that in the middle. A passive cell is steady after 14 time
    constants; a cell that adapts may take longer, and a cell without leak never is.
    """
    last = deflections.shape[-1] - 1
    middle, later, end = (deflections[..., last * k // 4] for k in (2, 3, 4))
    before, change = np.abs(later - middle), np.abs(end - later)
    small = change <= _ROUNDING * np.abs(end)
    slows = change < before
    # Change times the sum of a geometric series.
    left = change * change / np.where(slows, before - change, 1)
    return bool((small | slows & (left <= _CLOSE * np.abs(end))).all())


def longer(duration: float, remedy: str) -> float:
    """Return twice the duration; an error that ends with *remedy* if it is too long."""
    if 2 * duration > _LONGEST:
        raise InvalidValueError(
            f"the voltage is not steady after {show(duration * second)} of a steady "
            f"current: the cell has no leak, or is too slow. {remedy}"
        )
    return 2 * duration


def slowest(model: Model, vary: Mapping[str, Any], most: float = _SLOWEST) -> float:
    """Return the longest time constant of a compartment by itself, at most *most* (s).

    No mode of the passive cell is slower. With a compartment that has no leak, the time
    constant is that of the slowest mode.
    """
    values = {**model.parameters, **vary}
    structure = model.structure
    C, gL = (
        [values.get(part.names(symbol)) for part in structure.compartments.values()]
        for symbol in ("C", "gL")
    )
    complete = [pair for pair in zip(C, gL, strict=True) if None not in pair]
    if len(complete) == len(C) and not all(np.all(np.asarray(g) > 0) for g in gL):
        couplings = [values.get(link.conductance) for link in structure.couplings]
        if None not in couplings:
            index = {name: i for i, name in enumerate(structure.compartments)}
            ends = [
                (index[link.first], index[link.second]) for link in structure.couplings
            ]
            return _slowest_mode(C, gL, ends, couplings, most)
    times = [
        np.max(np.asarray(c) / np.asarray(g))
        for c, g in complete
        if np.all(np.asarray(g) > 0)
    ]
    return float(min(max(times, default=_SLOWEST), most))


def _slowest_mode(
    C: Sequence[Any],
    gL: Sequence[Any],
    ends: Sequence[tuple[int, int]],
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
        for (one, other), g in zip(ends, plain[2 * len(C) :], strict=True)
    ]
    rates = decay_rates(capacitances, conductance_matrix(leaks, pairs))
    decaying = rates > _NO_RATE * rates.max()
    slow = 1 / rates[decaying].min() if decaying.any() else _SLOWEST
    return float(min(slow, most))
