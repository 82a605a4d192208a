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

__all__ = ["CHOSEN", "MOST_GROWTH", "PIVOT"]

#: ``_chosen(now, new, old)``: *new* where *now* is not 0. It is a function because a
#: sum of products is NaN where the other value is infinite.
CHOSEN = "_chosen"

#: ``_inverse_unless_growth(pivot, growth)``: 0 where *growth* is above `MOST_GROWTH`.
PIVOT = "_inverse_unless_growth"

#: Up to half the diagonal that a compartment has without couplings, the matrix stays
#: dominated by its diagonal, however strong the couplings. Beyond, the step does not
#: resolve the growth, and the linear system would be wrong in size or in sign.
MOST_GROWTH = 0.5


def _inverse_unless_growth(pivot: Any, growth: Any) -> Any:
    resolved = growth <= MOST_GROWTH
    return resolved / np.where(resolved, pivot, 1.0)


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


_register(
    _inverse_unless_growth,
    {"pivot": 1, "growth": 1},
    1,
    f"growth_ <= {MOST_GROWTH} ? 1.0/pivot_ : 0.0",
    f"1.0/pivot_ if growth_ <= {MOST_GROWTH} else 0.0",
)
_register(
    _chosen,
    {"now": 1, "new": None, "old": "new"},
    lambda now, new, old: get_dimensions(new),
    "now_ != 0 ? new_ : old_",
    "new_ if now_ != 0 else old_",
)
