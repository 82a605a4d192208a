"""Methods of integration for Brian2: they know equations, nothing of compartments."""

from .constants import ALIAS_FLAG, MANY, constants_of, forget_constants, written
from .crank_nicolson import CRANK_NICOLSON, IMPLICIT_EULER, ThetaMethod
from .functions import CHOSEN
from .loops import told_of_loops
from .mean_drive import MEAN_DRIVE, MeanDrive

__all__ = [
    "ALIAS_FLAG",
    "CHOSEN",
    "CRANK_NICOLSON",
    "IMPLICIT_EULER",
    "MANY",
    "MEAN_DRIVE",
    "MeanDrive",
    "ThetaMethod",
    "constants_of",
    "forget_constants",
    "told_of_loops",
    "written",
]
