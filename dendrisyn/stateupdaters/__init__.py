"""Methods of integration for Brian2: they know equations, nothing of compartments."""

from .constants import MANY, constants_of, forget_constants, written
from .crank_nicolson import (
    CRANK_NICOLSON,
    THETA_METHODS,
    ThetaMethod,
)
from .functions import CHOSEN
from .loops import ALIAS_FLAG, preference_of_flags, told_of_loops
from .mean_drive import MEAN_DRIVE, MeanDrive

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
