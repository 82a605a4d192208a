"""The units of equations that the user wrote."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any

from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS
from brian2.equations.unitcheck import check_dimensions
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DimensionMismatchError, Quantity

from ..units import dimensions_of
from .fragment import ODE, Equation

__all__ = ["mixed_units"]

#: What Brian2 defines in every group.
_BUILTIN = {"t": "second", "dt": "second", "t_in_timesteps": "1", "i": "1", "N": "1"}


def mixed_units(
    equations: Iterable[Equation],
    units: Mapping[str, str],
    namespace: Mapping[str, Any],
) -> Iterable[str]:
    """Yield a sentence for each equation whose sides have different units."""
    variables = {
        name: Quantity.with_dimensions(1.0, dimensions_of(unit))
        for name, unit in {**units, **_BUILTIN}.items()
    }
    known = ChainMap(
        variables, dict(namespace), DEFAULT_FUNCTIONS, DEFAULT_CONSTANTS, DEFAULT_UNITS
    )
    for equation in equations:
        if not equation.expression:
            continue
        dimensions = dimensions_of(equation.unit)
        if equation.kind == ODE:
            dimensions = dimensions / second.dim
        try:
            check_dimensions(equation.expression, dimensions, known)
        except DimensionMismatchError as error:
            yield f"the equation of {equation.name} mixes units: {error}"
        except (KeyError, SyntaxError, ValueError):
            continue  # a name that Brian2 looks up, or complains of, at run time
