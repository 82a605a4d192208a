"""Playground: a dendritic spike tuned by hand, in a window, a notebook or a script."""

from .playground import Playground
from .traces import Measures, Traces

__all__ = ["Measures", "Playground", "Traces"]
