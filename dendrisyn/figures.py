"""matplotlib, imported when a figure is drawn, and heat maps of compartments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import DendrisynError

__all__ = ["DENDRITE_COLOR", "SOMA_COLOR", "heat_map", "pyplot"]

SOMA_COLOR = "#4C6C92"
DENDRITE_COLOR = "#A7361C"


def pyplot(task: str = "drawing") -> Any:
    """Return matplotlib's pyplot, or raise an error that tells how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise DendrisynError(
            f"{task} needs matplotlib: pip install 'dendrisyn[plot]'."
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
    """Draw values from 0 to 1 of all pairs of compartments."""
    count = len(names)
    if ax is None:
        side = min(2.5 + 0.4 * count, 9)
        figsize = (side + 1, side)
        _, ax = pyplot().subplots(figsize=figsize, layout="constrained")
    image = ax.imshow(values, cmap="cividis", vmin=0, vmax=1)
    ax.figure.colorbar(image, ax=ax, label=label)
    # At most 40 names, at equal distances, can be read.
    ticks = range(0, count, -(-count // 40))
    labels = [names[tick] for tick in ticks]
    ax.set_xticks(ticks, labels, rotation=90)
    ax.set_yticks(ticks, labels)
    if count <= 10:
        for (row, column), value in np.ndenumerate(values):
            color = "black" if value > 0.5 else "white"
            ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=color)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    return ax
