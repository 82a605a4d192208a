"""What a calibration reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity

from ..tables import as_html, as_text

__all__ = ["Calibration", "Calibrations"]


@dataclass(frozen=True, eq=False, repr=False)
class Calibration:
    """What was asked for, and what was found.

    Attributes
    ----------
    measured : str
        What was measured, such as ``'amplitude'``.
    target, achieved : Quantity, shape () or (targets,)
        What was asked for, and what the calibrated models give.
    error : ndarray, shape () or (targets,)
        Their relative difference.
    values : dict of str to Quantity, shape () or (targets,)
        The parameters that were changed.
    rounds : int
        How often the model was run.
    curve : dict of str to Quantity, shape (points,)
        All that was measured on the way: the first of the changed parameters, and what
        it gave.
    """

    measured: str
    target: Quantity
    achieved: Quantity
    values: Mapping[str, Quantity]
    rounds: int
    curve: Mapping[str, Quantity] = field(default_factory=dict)

    @property
    def error(self) -> Any:
        """Relative difference of what was achieved from the target."""
        return np.asarray(self.achieved) / np.asarray(self.target) - 1

    def plot(self, ax: Any = None) -> Any:
        """Draw what was measured on the way, and the targets, with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure when left out.

        Returns
        -------
        matplotlib.axes.Axes
            The drawing.
        """
        from ..plotting.style import COLORS, axes, finish

        ax = axes(ax)
        (name, x), (measured, y) = self.curve.items()
        found = next(iter(self.values.values()))
        scales = [_unit(each) for each in (found, self.target)]
        ax.semilogx(x / scales[0], y / scales[1], ".-", color="0.6", label="measured")
        ax.semilogx(
            np.atleast_1d(found / scales[0]),
            np.atleast_1d(self.target / scales[1]),
            "o",
            color=COLORS[1],
            label="target",
        )
        # around the targets; the first round looks everywhere
        places, levels = np.atleast_1d(found / scales[0]), self.target / scales[1]
        ax.set_xlim(places.min() / 10, places.max() * 10)
        ends = np.sort([0, 1.5 * np.max(levels), 1.5 * np.min(levels)])
        ax.set_ylim(ends[0], ends[-1])
        return finish(
            ax, xlabel=_label(name, scales[0]), ylabel=_label(measured, scales[1])
        )

    def _columns(self) -> list[tuple[str, Any]]:
        return [
            (f"target {self.measured}", self.target),
            ("achieved", self.achieved),
            ("error", self.error),
            *self.values.items(),
        ]

    def __str__(self) -> str:
        return as_text("Calibration", self._columns())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html("Calibration", self._columns())


def _unit(values: Any) -> Any:
    """Return the unit in which an axis is shown; 1 if there is none."""
    plain = np.asarray(values, dtype=float)
    if not isinstance(values, Quantity):
        return 1.0
    middle = Quantity(np.nanmedian(np.abs(plain)), dim=values.dim)
    return middle.get_best_unit()


def _label(name: str, unit: Any) -> str:
    return f"{name} ({unit})" if isinstance(unit, Quantity) else name


class Calibrations(dict[str, Calibration]):
    """Several reports by name, which print one after the other."""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.values()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(each._repr_html_() for each in self.values())
