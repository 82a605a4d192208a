"""Plots of models, of their activity, and of the curves behind them.

A plot is one call, which draws on the axes ``ax`` and returns them. matplotlib is
imported when a plot is drawn.
"""

from .curves import conductance, magnesium_block, nmda_current
from .lines import traces
from .rasters import raster
from .tree import dendritic_spikes
from .windows import stdp_window

__all__ = [
    "conductance",
    "dendritic_spikes",
    "magnesium_block",
    "nmda_current",
    "raster",
    "stdp_window",
    "traces",
]


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
