"""Methods of integration for Brian2: they know equations, nothing of compartments."""

from .constant_folding import MANY, constants_of, forget_constants, written
from .functions import CHOSEN
from .mean_drive import MEAN_DRIVE, MeanDrive
from .theta import (
    CRANK_NICOLSON,
    THETA_METHODS,
    ThetaMethod,
)
from .vectorisation import ALIAS_FLAG, preference_of_flags, told_of_loops

__all__ = [
    "ALIAS_FLAG",
    "CHOSEN",
    "CRANK_NICOLSON",
    "MANY",
    "MEAN_DRIVE",
    "THETA_METHODS",
    "MeanDrive",
    "ThetaMethod",
    "constants_of",
    "forget_constants",
    "preference_of_flags",
    "told_of_loops",
    "written",
]
