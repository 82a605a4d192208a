"""Marks the functions that check examples."""

from types import FunctionType


def checks(function):
    """Mark the check of the example that the function is named after."""
    function.checks_the_example = function.__name__
    return function


def collected(*modules):
    """Return the checks of these modules by the names of their examples."""
    return {
        value.checks_the_example: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, FunctionType) and hasattr(value, "checks_the_example")
    }
