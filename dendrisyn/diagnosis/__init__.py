"""Checks for silent mistakes in a finished Brian2 network."""

from .examine import diagnose
from .finding import Finding, Findings

__all__ = ["Finding", "Findings", "diagnose"]
