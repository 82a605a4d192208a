"""Plots of models, of what they do, and of the curves behind them.

Each is one line, takes the axes to draw on as ``ax=``, and returns them. matplotlib is
imported when something is drawn.
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
