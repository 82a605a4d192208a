"""Functions that generated statements refer to, for each target of Brian2.

They are known everywhere, like those of Brian2: a statement of a method of integration
can be part of any group. Their names start with an underscore, which names of
variables do not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.units.fundamentalunits import get_dimensions

__all__ = ["CHOSEN", "PIVOT", "SMALLEST_PIVOT"]

#: ``_chosen(now, new, old)``: *new* where *now* is not 0. It is a function because a
#: sum of products is NaN where the other value is infinite.
CHOSEN = "_chosen"

#: ``_reciprocal_of_pivot(x)``: 0 where *x* is not above `SMALLEST_PIVOT`.
PIVOT = "_reciprocal_of_pivot"

#: A pivot is 1 less half the growth of a voltage in a step, relative to itself. Where
#: it is smaller, the step does not resolve the growth, and the solution of the linear
#: system would be wrong in size or in sign.
SMALLEST_PIVOT = 0.5


def _reciprocal_of_pivot(x: Any) -> Any:
    return (x > SMALLEST_PIVOT) / np.maximum(x, SMALLEST_PIVOT)


def _chosen(now: Any, new: Any, old: Any) -> Any:
    return np.where(now, new, old)


def _register(
    code: Callable[..., Any],
    arguments: dict[str, Any],
    unit: Any,
    c: str,
    cython: str,
) -> None:
    name = code.__name__
    function = Function(
        code,
        arg_units=list(arguments.values()),
        arg_names=list(arguments),
        return_unit=unit,
        stateless=True,
    )
    typed = ", ".join(f"double {each}_" for each in arguments)  # new: a word of C++
    inline = f"static inline double {name}({typed}) {{ return {c}; }}"
    compiled = (
        "@_cython.cdivision(True)\n"
        f"cdef inline double {name}({typed}) noexcept nogil:\n"
        f"    return {cython}\n"
    )
    implementations = function.implementations
    implementations.add_implementation("numpy", code)
    implementations.add_implementation("cpp", inline, name=name)
    implementations.add_implementation("cython", compiled, name=name)
    DEFAULT_FUNCTIONS[name] = function


def _inverse_unit(x: Any) -> Any:
    return get_dimensions(x) ** -1


_register(
    _reciprocal_of_pivot,
    {"x": None},
    _inverse_unit,
    f"x_ > {SMALLEST_PIVOT} ? 1.0/x_ : 0.0",
    f"1.0/x_ if x_ > {SMALLEST_PIVOT} else 0.0",
)
_register(
    _chosen,
    {"now": 1, "new": None, "old": "new"},
    lambda now, new, old: get_dimensions(new),
    "now_ != 0 ? new_ : old_",
    "new_ if now_ != 0 else old_",
)
