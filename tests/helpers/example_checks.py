"""The registry of what is checked of each example."""

CHECKS = {}


def checks(function):
    """Register the check of the example that the function is named after."""
    CHECKS[function.__name__] = function
    return function
