"""Functions that generated statements refer to, for each target of Brian2.

They are known everywhere, like those of Brian2: a statement of a method of integration
can be part of any group. Their names start with an underscore, which names of
variables do not. Compilers can do several neurons at once with each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.units.fundamentalunits import get_dimensions

__all__ = ["EXP", "EXPREL", "FLAG", "GROWTH_LIMIT", "IF_ELSE"]

#: ``_chosen(now, new, old)``: *new* where *now* is not 0. It is a function because a
#: sum of products is NaN where the other value is infinite.
IF_ELSE = "_chosen"

#: ``_exponential(x)``: that of the C library needs a library of vector functions, and
#: takes twice the time then, for its rounding.
EXP = "_exponential"

#: ``_flag(condition)``: 1 or 0. ``int(...)`` is an integer, and a vector has twice as
#: many of these.
FLAG = "_flag"

#: ``_relative_exponential(x)``: ``(exp(x) - 1)/x``, 1 at 0. That of Brian2 can fail in
#: Cython, which keeps a loop from doing several neurons at once.
EXPREL = "_relative_exponential"

#: Up to half the diagonal that a compartment has without couplings, the matrix stays
#: dominated by its diagonal, however strong the couplings. Beyond, the step does not
#: resolve the growth, and the linear system would be wrong in size or in sign.
GROWTH_LIMIT = 0.5

#: 2**n times a polynomial for what is left, at most log(2)/2: that of
#: ``(exp(r) - 1 - r)/r**2`` at the points of Chebyshev, which errs by 1.2e-15. The
#: power of 2 is made of the last bits of ``n + 1.5*2**52``, which are those of n. The
#: argument is limited to where this holds, so the result is never 0 nor infinite; NaN
#: stays NaN. In all it errs by 3e-15 of it for arguments up to 20, and by 9e-14 at the
#: limits.
_COEFFICIENTS = (
    2.761380686153829e-07,
    2.762511557828763e-06,
    2.4801536388690766e-05,
    0.00019841208732536384,
    0.0013888888905881542,
    0.008333333353729397,
    0.04166666666665136,
    0.1666666666664829,
    0.5,
    1.0,
    1.0,
)
_POWER_OF_E = "\n".join(
    [
        "x_ = -708.0 > x_ ? -708.0 : x_;",
        "x_ = 709.0 < x_ ? 709.0 : x_;",
        "const double n = floor(x_*1.4426950408889634 + 0.5);",
        "const double r = x_ - n*0.6931471805599453;",
        "union { double value; unsigned long long bits; } shifted, power;",
        "shifted.value = n + 6755399441055744.0;",
        f"double series = {_COEFFICIENTS[0]};",
        *(f"series = series*r + {each};" for each in _COEFFICIENTS[1:]),
        "power.value = series;",
        "power.bits += shifted.bits << 52;",
        "return power.value;",
    ]
)


def _flag(condition: Any) -> Any:
    return np.multiply(condition, 1.0)


def _relative_exponential(x: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x == 0, 1.0, np.expm1(x) / x)


def _register(
    name: str,
    code: Callable[..., Any],
    arguments: dict[str, Any],
    unit: Any,
    body: str,
    takes: str = "double",
) -> None:
    """Make a function known, with a body in C whose arguments end in an underscore."""
    function = Function(
        code,
        arg_units=list(arguments.values()),
        arg_names=list(arguments),
        return_unit=unit,
        stateless=True,
    )
    typed = ", ".join(f"{takes} {each}_" for each in arguments)  # new: a word of C++
    inline = f"inline double {name}({typed}) {{ {body} }}"
    # Cython would look for an exception after each call of a function of its own.
    cython = f'cdef extern from *:\n    """\n    static {inline}\n    """\n'
    cython += f"    double {name}({typed.replace('bool', 'bint')}) noexcept nogil\n"
    add = function.implementations.add_implementation
    add("numpy", code)
    add("cython", cython, name=name)
    add("cpp", f"static {inline}", name=name)
    add("genn", f"SUPPORT_CODE_FUNC {inline.removeprefix('inline ')}", name=name)
    add("cuda", f"__host__ __device__ {inline}", name=name)
    DEFAULT_FUNCTIONS[name] = function


_register(
    IF_ELSE,
    np.where,
    {"now": 1, "new": None, "old": "new"},
    lambda now, new, old: get_dimensions(new),
    "return now_ != 0 ? new_ : old_;",
)
_register(
    FLAG, _flag, {"condition": 1}, 1, "return condition_ ? 1.0 : 0.0;", takes="bool"
)
_register(EXP, np.exp, {"x": 1}, 1, _POWER_OF_E)
_register(
    EXPREL,
    _relative_exponential,
    {"x": 1},
    1,
    "return x_ == 0 ? 1.0 : expm1(x_)/x_;",
)
