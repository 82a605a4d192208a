"""Integration methods for Brian2. They work with any equations, not only with cells."""

from .constant_folding import (
    LARGE_GROUP,
    clear_constants,
    float_constants,
    optimised_statements,
)
from .functions import IF_ELSE
from .mean_drive import MEAN_DRIVE, MeanDrive
from .symbolic_derivative import derivative
from .theta import (
    CRANK_NICOLSON,
    THETA_METHODS,
    ThetaMethod,
)
from .vectorisation import ALIAS_FLAG, loop_keywords, preference_of_flags

__all__ = [
    "ALIAS_FLAG",
    "CRANK_NICOLSON",
    "IF_ELSE",
    "LARGE_GROUP",
    "MEAN_DRIVE",
    "THETA_METHODS",
    "MeanDrive",
    "ThetaMethod",
    "clear_constants",
    "derivative",
    "float_constants",
    "loop_keywords",
    "optimised_statements",
    "preference_of_flags",
]
