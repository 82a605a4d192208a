"""`Calibration`: the report of a calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity

from ..measure.results import Result

__all__ = ["Calibration", "Calibrations"]


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Result):
    """Targets, achieved values and calibrated parameters.

    Attributes
    ----------
    measured : str
        Name of the measured quantity, such as ``'amplitude'``.
    target, achieved : Quantity, shape () or (targets,)
        Targets, and measured values of the calibrated models.
    error : ndarray, shape () or (targets,)
        Relative difference between both.
    values : dict of str to Quantity, shape () or (targets,)
        The changed parameters.
    rounds : int
        Number of runs of the model.
    curve : dict of str to Quantity, shape (points,)
        All tried values of the first changed parameter, and the measured values.
    """

    measured: str
    target: Quantity
    achieved: Quantity
    values: Mapping[str, Quantity]
    rounds: int
    curve: Mapping[str, Quantity] = field(default_factory=dict)

    @property
    def error(self) -> Any:
        """Relative difference of the achieved value from the target."""
        return np.asarray(self.achieved) / np.asarray(self.target) - 1

    def _draw(self, ax: Any) -> None:
        """Draw all measured values, and the targets."""
        from ..plotting.style import COLORS, finish

        (name, x), (measured, y) = self.curve.items()
        found = next(iter(self.values.values()))
        scales = [_unit(quantity) for quantity in (found, self.target)]
        ax.semilogx(x / scales[0], y / scales[1], ".-", color="0.6", label="measured")
        ax.semilogx(
            np.atleast_1d(found / scales[0]),
            np.atleast_1d(self.target / scales[1]),
            "o",
            color=COLORS[1],
            label="target",
        )
        # Around the targets: the first round covers the whole span.
        places, levels = np.atleast_1d(found / scales[0]), self.target / scales[1]
        ax.set_xlim(places.min() / 10, places.max() * 10)
        ends = np.sort([0, 1.5 * np.max(levels), 1.5 * np.min(levels)])
        ax.set_ylim(ends[0], ends[-1])
        finish(ax, xlabel=_label(name, scales[0]), ylabel=_label(measured, scales[1]))

    def _columns(self) -> list[tuple[str, Any]]:
        return [
            (f"target {self.measured}", self.target),
            ("achieved", self.achieved),
            ("error", self.error),
            *self.values.items(),
        ]


def _unit(values: Any) -> Any:
    """Return the unit of an axis; 1 without a unit."""
    plain = np.asarray(values, dtype=float)
    if not isinstance(values, Quantity):
        return 1.0
    middle = Quantity(np.nanmedian(np.abs(plain)), dim=values.dim)
    return middle.get_best_unit()


def _label(name: str, unit: Any) -> str:
    """Return the label of an axis."""
    return f"{name} ({unit})" if isinstance(unit, Quantity) else name


class Calibrations(dict[str, Calibration]):
    """Reports by name, printed one below the other."""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.values()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(report._repr_html_() for report in self.values())
