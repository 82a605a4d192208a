"""Calibration: parameters that give a measured value, the inverse of `measure`."""

from .conductances import coupling, dendritic_spike, psp
from .current import current
from .membrane import membrane
from .report import Calibration

__all__ = [
    "Calibration",
    "coupling",
    "current",
    "dendritic_spike",
    "membrane",
    "psp",
]


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
