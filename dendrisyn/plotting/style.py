"""Style of all plots: colours, lines, marks, axes and the units of their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from brian2.units.allunits import (
    mamp,
    msecond,
    msiemens,
    mvolt,
    namp,
    nsiemens,
    pamp,
    psiemens,
    second,
    siemens,
    uamp,
    usiemens,
    uvolt,
    volt,
)
from brian2.units.fundamentalunits import (
    DIMENSIONLESS,
    Dimension,
    Quantity,
    get_dimensions,
    get_unit,
)

from ..errors import InvalidValueError, UnitError
from ..figures import pyplot
from ..units import is_number, show

__all__ = [
    "BARE",
    "COLORS",
    "LINES",
    "MAP",
    "MARKS",
    "ZERO",
    "axes",
    "axis_label",
    "drawn",
    "finish",
    "labels_of",
    "line",
    "mark",
    "unit_for",
]

#: The colours of Okabe & Ito (2008), Color Universal Design, which people with any
#: colour vision can tell apart; yellow is left out, since it is faint on white.
COLORS = (
    "#000000",  # black
    "#0072B2",  # blue
    "#D55E00",  # vermillion
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
    "#56B4E9",  # sky blue
    "#E69F00",  # orange
)

#: Line styles. They repeat with another period than the colours, so 28 lines differ.
LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1.2, 1.2, 1.2)))

#: Marks of events; somatic spikes have the first mark.
MARKS = ("|", "v", "o", "s", "D", "^", "x")

#: The colour map of rates and counts: larger values are lighter.
MAP = "viridis"

#: The colour of compartments without records.
BARE = "#D9D9D9"

#: The style of a line at zero, behind the other lines.
ZERO = {"color": "0.8", "linewidth": 0.8, "zorder": 0}

#: Units from small to large, with the largest value that is shown in the unit.
_UNITS = {
    volt.dim: ((uvolt, 1e-5), (mvolt, 1e1), (volt, np.inf)),
    pamp.dim: ((pamp, 2e-9), (namp, 2e-6), (uamp, 2e-3), (mamp, np.inf)),
    siemens.dim: (
        (psiemens, 1e-11),
        (nsiemens, 1e-6),
        (usiemens, 1e-3),
        (msiemens, np.inf),
    ),
    second.dim: ((msecond, 10.0), (second, np.inf)),
}

#: The unit of each axis with lines; lines that are added later have the same unit.
_UNIT_OF_AXIS: WeakKeyDictionary[Any, Quantity] = WeakKeyDictionary()

#: Names of quantities by their dimensions.
_WORDS = {
    volt.dim: "voltage",
    pamp.dim: "current",
    siemens.dim: "conductance",
    second.dim: "time",
}


def axes(ax: Any = None) -> Any:
    """Return axes to draw on: *ax*, or those of a new figure."""
    if ax is not None:
        if not hasattr(ax, "plot") or not hasattr(ax, "set_xlabel"):
            raise UnitError(f"ax: expected matplotlib axes, got {ax!r}.")
        return ax
    return pyplot("plotting").subplots(layout="constrained")[1]


def drawn(ax: Any) -> int:
    """Return the number of lines with a label on the axes."""
    return len(ax.get_legend_handles_labels()[1])


def labels_of(labels: Sequence[str] | None, default: Sequence[str]) -> Sequence[str]:
    """Return the labels of curves, after a check."""
    if labels is None:
        return default
    is_list = isinstance(labels, (Sequence, np.ndarray)) and not isinstance(labels, str)
    if not is_list or not all(isinstance(label, str) for label in labels):
        raise UnitError(f"labels: expected a list of text, got {labels!r}.")
    if len(labels) != len(default):
        raise InvalidValueError(
            f"labels: there are {len(default)} curves and {len(labels)} labels. Give "
            "one label per curve."
        )
    return labels


def line(index: int) -> dict[str, Any]:
    """Return colour and style of the line number *index*."""
    return {
        "color": COLORS[index % len(COLORS)],
        "linestyle": LINES[index % len(LINES)],
    }


def mark(color: int, shape: int | None = None) -> dict[str, Any]:
    """Return the style of event marks by numbers of colour and shape (spikes: 0)."""
    shape = (color if shape is None else shape) % len(MARKS)
    size = {"markersize": 9, "markeredgewidth": 1.8} if shape == 0 else {}
    return {
        "color": COLORS[color % len(COLORS)],
        "marker": MARKS[shape],
        "linestyle": "none",
        "markersize": 5,
        **size,
    }


def unit_for(
    dimensions: Dimension, largest: float, unit: Any = None, axis: Any = None
) -> Quantity:
    """Return the unit in which values are shown: all lines of an axis have one unit.

    *largest* is the largest absolute value, in SI units; *unit* is the user's choice.
    """
    _check_unit(dimensions, unit)
    best = _best(dimensions, largest) if unit is None else unit
    if axis is None:
        return best
    present = _UNIT_OF_AXIS.get(axis) if drawn(axis.axes) else None
    if present is not None and get_dimensions(present) is dimensions:
        if unit is not None and not unit == present:
            raise InvalidValueError(
                f"unit: the axes have lines in {present!s}, got {show(unit)}. Leave "
                "unit out, or draw on other axes."
            )
        return present
    _UNIT_OF_AXIS[axis] = best
    return best


def _check_unit(dimensions: Dimension, unit: Any) -> None:
    """Raise an error if the unit that the user wants does not fit."""
    if unit is None:
        return
    right = is_number(unit) and get_dimensions(unit) is dimensions
    if not right or np.shape(unit) != ():
        raise UnitError(
            f"unit: expected a unit of {get_unit(dimensions)!r}, got {show(unit)}."
        )
    if not 0 < float(unit) < np.inf:
        raise InvalidValueError(f"unit: must be positive, got {show(unit)}.")


def _best(dimensions: Dimension, largest: float) -> Quantity:
    """Return the unit for values up to *largest*."""
    if dimensions is DIMENSIONLESS:
        return get_unit(DIMENSIONLESS)
    if dimensions in _UNITS:
        return next(unit for unit, most in _UNITS[dimensions] if largest <= most)
    return Quantity(largest, dim=dimensions).get_best_unit()


def axis_label(unit: Quantity, word: str = "") -> str:
    """Return the label of an axis: a word (by default that of the unit) and unit."""
    dimensions = get_dimensions(unit)
    word = word or _WORDS.get(dimensions, "value")
    return word if dimensions is DIMENSIONLESS else f"{word} ({unit!s})"


def finish(ax: Any, scale: float | None = None, **properties: Any) -> Any:
    """Set properties of axes, add a legend of labelled lines, and return the axes.

    With *scale*, marks are larger in the legend by this factor, and the legend stands
    beside the axes, since marks fill them.
    """
    ax.set(**properties)
    ax.spines[["top", "right"]].set_visible(False)
    if drawn(ax):
        beside = {"loc": "upper left", "bbox_to_anchor": (1, 1), "markerscale": scale}
        ax.legend(frameon=False, fontsize="small", **({} if scale is None else beside))
    return ax
