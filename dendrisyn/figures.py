"""matplotlib, imported when a figure is drawn, and what several figures share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import DendrisynError

__all__ = ["DENDRITE_COLOR", "SOMA_COLOR", "heat_map", "pyplot"]

SOMA_COLOR = "#4C6C92"
DENDRITE_COLOR = "#A7361C"


def pyplot(what: str = "drawing") -> Any:
    """Return matplotlib's pyplot, for what needs it.

    Raises
    ------
    DendrisynError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise DendrisynError(
            f"{what} needs matplotlib: pip install 'dendrisyn[plot]'."
        ) from error
    return plt


def heat_map(
    values: np.ndarray,
    names: Sequence[str],
    *,
    ax: Any,
    label: str,
    title: str,
    xlabel: str,
    ylabel: str,
) -> Any:
    """Draw numbers between 0 and 1 of each pair of compartments."""
    count = len(names)
    if ax is None:
        side = min(2.5 + 0.4 * count, 9)
        figsize = (side + 1, side)
        _, ax = pyplot().subplots(figsize=figsize, layout="constrained")
    image = ax.imshow(values, cmap="cividis", vmin=0, vmax=1)
    ax.figure.colorbar(image, ax=ax, label=label)
    # Names that would not be read are left out: the rest stand at equal distances.
    places = range(0, count, -(-count // 40))
    shown = [names[place] for place in places]
    ax.set_xticks(places, shown, rotation=90)
    ax.set_yticks(places, shown)
    if count <= 10:
        for (row, column), value in np.ndenumerate(values):
            color = "black" if value > 0.5 else "white"
            ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=color)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    return ax
