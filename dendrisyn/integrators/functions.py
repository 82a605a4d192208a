"""Functions in generated statements, with an implementation for every target of Brian2.

They are registered like functions of Brian2, since any group can use the integration
methods. Their names start with an underscore, so they cannot be names of variables.
Compilers can vectorise loops that call them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.units.fundamentalunits import get_dimensions

__all__ = ["EXP", "EXPREL", "FLAG", "GROWTH_LIMIT", "IF_ELSE"]

#: ``_chosen(now, new, old)``: *new* where *now* is not 0, else *old*. A sum of products
#: would be NaN where the other value is infinite.
IF_ELSE = "_chosen"

#: ``_exponential(x)``. The exponential of the C library needs a library of vector
#: functions and then takes twice the time.
EXP = "_exponential"

#: ``_flag(condition)``: 1.0 or 0.0. ``int(...)`` is an integer of 32 bits, of which a
#: vector holds twice as many as of doubles.
FLAG = "_flag"

#: ``_relative_exponential(x)``: ``(exp(x) - 1)/x``, 1 at 0. Brian2's `exprel` can raise
#: an exception in Cython, which prevents vectorisation.
EXPREL = "_relative_exponential"

#: The largest growth (of a variable by itself, in a step) in the linear system, as a
#: fraction of the diagonal without couplings. Up to it the matrix is dominated by its
#: diagonal for any couplings. Beyond it, the step does not resolve the growth, and the
#: solution would be wrong in size or in sign.
GROWTH_LIMIT = 0.5

#: Coefficients of the exponential: 2**n times a polynomial in the remainder r, at most
#: log(2)/2. The polynomial interpolates ``(exp(r) - 1 - r)/r**2`` at the points of
#: Chebyshev, with an error of 1.2e-15. The last bits of ``n + 1.5*2**52`` are those of
#: n and make the power of 2. The argument is limited to the range where this holds, so
#: the result is never 0 or infinite; NaN stays NaN. The relative error is 3e-15 for
#: arguments up to 20, and 9e-14 at the limits.
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
        *(f"series = series*r + {number};" for number in _COEFFICIENTS[1:]),
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
    """Register a function; the arguments in its body in C end in an underscore."""
    function = Function(
        code,
        arg_units=list(arguments.values()),
        arg_names=list(arguments),
        return_unit=unit,
        stateless=True,
    )
    typed = ", ".join(
        f"{takes} {argument}_" for argument in arguments
    )  # "new" is a keyword of C++
    inline = f"inline double {name}({typed}) {{ {body} }}"
    # After a call of a Cython function, Cython would test for an exception.
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
