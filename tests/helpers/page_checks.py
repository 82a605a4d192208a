"""Marks the functions that check pages, beside their code."""

from pathlib import Path
from types import FunctionType

ROOT = Path(__file__).resolve().parents[2]


def checks(function, folder=""):
    """Mark the check of the page that the function is named after."""
    function.checks_the_page = folder + function.__name__.replace("_", "-")
    return function


def collected(*modules):
    """Return the checks of these modules by the names of their pages."""
    return {
        value.checks_the_page: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, FunctionType) and hasattr(value, "checks_the_page")
    }
