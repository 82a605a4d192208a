"""Dendritic spikes tuned by hand: one model, and a front end where the user is."""

from .playground import Playground
from .traces import Measures, Traces

__all__ = ["Measures", "Playground", "Traces"]
