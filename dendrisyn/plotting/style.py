"""How plots look: colours, lines, marks, axes and the units of their labels.

This is the only place that says so.
"""

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
#: kind of colour vision tell apart; without the yellow, which is faint on white.
COLORS = (
    "#000000",  # black
    "#0072B2",  # blue
    "#D55E00",  # vermillion
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
    "#56B4E9",  # sky blue
    "#E69F00",  # orange
)

#: Line styles, which go round with another period than colours, so that 28 lines
#: differ.
LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1.2, 1.2, 1.2)))

#: Marks of events; the first is that of the spikes of the soma.
MARKS = ("|", "v", "o", "s", "D", "^", "x")

#: The colour map of what has a size: light is more, whatever the colour vision.
MAP = "viridis"

#: The colour of what was not recorded.
BARE = "#D9D9D9"

#: A line at zero, behind the others.
ZERO = {"color": "0.8", "linewidth": 0.8, "zorder": 0}

#: Units from small to large, each with the largest value that is shown in it.
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

#: The unit of each axis that was drawn on, in which what is added to it is shown.
_SHOWN: WeakKeyDictionary[Any, Quantity] = WeakKeyDictionary()

#: What a value of these dimensions is called.
_WORDS = {
    volt.dim: "voltage",
    pamp.dim: "current",
    siemens.dim: "conductance",
    second.dim: "time",
}


def axes(ax: Any = None) -> Any:
    """Return axes to draw on: *ax*, or those of a new figure.

    Raises
    ------
    UnitError
        If *ax* is no matplotlib axes.
    DendrisynError
        If matplotlib is not installed.
    """
    if ax is not None:
        if not hasattr(ax, "plot") or not hasattr(ax, "set_xlabel"):
            raise UnitError(f"ax: expected matplotlib axes, got {ax!r}.")
        return ax
    return pyplot("plotting").subplots(layout="constrained")[1]


def drawn(ax: Any) -> int:
    """Return the number of lines with a label that axes have already."""
    return len(ax.get_legend_handles_labels()[1])


def labels_of(given: Sequence[str] | None, own: Sequence[str]) -> Sequence[str]:
    """Return the labels of curves: those of the user, or their own."""
    if given is None:
        return own
    is_list = isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str)
    if not is_list or not all(isinstance(each, str) for each in given):
        raise UnitError(f"labels: expected a list of text, got {given!r}.")
    if len(given) != len(own):
        raise InvalidValueError(
            f"labels: there are {len(own)} curves and {len(given)} labels."
        )
    return given


def line(index: int) -> dict[str, Any]:
    """Return colour and style of a line, the first for *index* 0."""
    return {
        "color": COLORS[index % len(COLORS)],
        "linestyle": LINES[index % len(LINES)],
    }


def mark(color: int, shape: int | None = None) -> dict[str, Any]:
    """Return colour, shape and size of the marks of an event, those of spikes for 0.

    Parameters
    ----------
    color : int
        Which colour.
    shape : int, optional
        Which shape, by default that of the same number.
    """
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
    dimensions: Dimension, largest: float, given: Any = None, axis: Any = None
) -> Quantity:
    """Return the unit in which values are shown.

    Parameters
    ----------
    dimensions : Dimension
        Those of the values.
    largest : float
        The largest absolute value, in SI units.
    given : Unit, optional
        What the user wants.
    axis : matplotlib.axis.Axis, optional
        Where they are shown: with lines there, all have the unit of the first.

    Raises
    ------
    UnitError
        If *given* is no unit of these dimensions.
    InvalidValueError
        If *given* is not positive, or not the unit of the lines that are there.
    """
    unit = _checked(dimensions, given)
    suits = _best(dimensions, largest) if unit is None else unit
    if axis is None:
        return suits
    known = _SHOWN.get(axis) if drawn(axis.axes) else None
    if known is not None and get_dimensions(known) is dimensions:
        if unit is not None and not unit == known:
            raise InvalidValueError(
                f"unit: the axes have lines in {known!s}, got {show(unit)}."
            )
        return known
    _SHOWN[axis] = suits
    return suits


def _checked(dimensions: Dimension, given: Any) -> Any:
    """Return the unit that the user wants, None if any will do."""
    if given is None:
        return None
    right = is_number(given) and get_dimensions(given) is dimensions
    if not right or np.shape(given) != ():
        raise UnitError(
            f"unit: expected a unit of {get_unit(dimensions)!r}, got {show(given)}."
        )
    if not 0 < float(given) < np.inf:
        raise InvalidValueError(f"unit: must be positive, got {show(given)}.")
    return given


def _best(dimensions: Dimension, largest: float) -> Quantity:
    """Return the unit that suits values up to a size."""
    if dimensions is DIMENSIONLESS:
        return get_unit(DIMENSIONLESS)
    if dimensions in _UNITS:
        return next(unit for unit, most in _UNITS[dimensions] if largest <= most)
    return Quantity(largest, dim=dimensions).get_best_unit()


def axis_label(unit: Quantity, word: str = "") -> str:
    """Return the label of an axis: what it shows, and the unit.

    Parameters
    ----------
    unit : Unit
        The unit.
    word : str
        What is shown; by default what a value of this unit is called.
    """
    dimensions = get_dimensions(unit)
    word = word or _WORDS.get(dimensions, "value")
    return word if dimensions is DIMENSIONLESS else f"{word} ({unit!s})"


def finish(ax: Any, scale: float | None = None, **properties: Any) -> Any:
    """Set properties of axes, add a legend if there is anything to tell, return them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    scale : float, optional
        How much larger marks are in the legend; with it, the legend stands beside the
        axes, which marks fill.
    **properties
        Those of ``Axes.set``.
    """
    ax.set(**properties)
    ax.spines[["top", "right"]].set_visible(False)
    if drawn(ax):
        beside = {"loc": "upper left", "bbox_to_anchor": (1, 1), "markerscale": scale}
        ax.legend(frameon=False, fontsize="small", **({} if scale is None else beside))
    return ax
