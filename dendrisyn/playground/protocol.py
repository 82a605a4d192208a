"""`Protocol`: rest, current, and what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import ceil
from typing import Any

import numpy as np
from brian2.units.allunits import msecond
from brian2.units.fundamentalunits import Quantity

from ..errors import InvalidValueError, UnknownNameError, nearest
from ..units import Checked, quantity

__all__ = ["Protocol"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Protocol(Checked):
    """When the current is on.

    Attributes
    ----------
    idle_period, stim_time, post_stim_time : Quantity
        How long it is off, on, and off again (second).

    Raises
    ------
    UnitError, InvalidValueError
        If a duration has the wrong unit or is negative, or all are 0.
    """

    idle_period: Quantity = quantity(
        "second", "rest before the current", default=5 * msecond, sign="nonnegative"
    )
    stim_time: Quantity = quantity(
        "second", "duration of the current", default=100 * msecond, sign="nonnegative"
    )
    post_stim_time: Quantity = quantity(
        "second", "what comes after it", default=50 * msecond, sign="nonnegative"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not sum(map(float, self.values().values())) > 0:
            raise InvalidValueError("Protocol: all durations are 0.")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Protocol:
        """Return a protocol of these durations.

        Raises
        ------
        UnknownNameError
            If there is no such duration.
        UnitError, InvalidValueError
            If one is wrong.
        """
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise UnknownNameError(
                    f"there is no {name!r}.{nearest(str(name), known)}"
                )
        return cls(**given)

    def values(self) -> dict[str, Quantity]:
        """Return the durations by their names."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def steps(self, dt: float) -> tuple[int, int, int]:
        """Return the steps where the current starts and stops, and their number.

        They are those of three runs in a row: Brian2 rounds the end of a run up.
        """
        ends = np.cumsum([float(each) for each in self.values().values()])
        start, stop, number = (ceil(each / dt - 1e-6) for each in ends)
        return start, stop, max(number, 2)
