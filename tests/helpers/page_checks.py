"""The registry of what is checked of each page, beside its code."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECKS = {}


def checks(function):
    """Register what a page says beside its code, under the name of the page."""
    CHECKS[function.__name__.replace("_", "-")] = function
    return function
