"""Sweeps: many runs of one build or one function, in parallel, stored and resumed."""

from .grid import Points, parameter_grid
from .job import Job
from .results import Failure, SweepError, SweepResults, SweepWarning
from .standalone import Recording, StandaloneBuild, seed_from_point
from .sweep import Sweep

__all__ = [
    "Failure",
    "Job",
    "Points",
    "Recording",
    "StandaloneBuild",
    "Sweep",
    "SweepError",
    "SweepResults",
    "SweepWarning",
    "parameter_grid",
    "seed_from_point",
]


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
