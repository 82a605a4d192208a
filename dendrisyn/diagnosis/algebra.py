"""Symbolic algebra of Brian2's expressions; no other module here uses sympy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy
from brian2.parsing.sympytools import str_to_sympy
from brian2.stateupdaters.base import UnsupportedEquationsException

from .. import integrators

__all__ = [
    "computed",
    "derivative",
    "expanded",
    "expression",
    "names",
    "substitute",
    "symbol",
    "vanishes",
]


def expression(text: str) -> Any:
    """Return *text* as a sympy expression."""
    return sympy.sympify(str_to_sympy(text))


def symbol(name: str) -> Any:
    """Return the symbol that Brian2 makes for a name."""
    return expression(name)


def names(expr: Any) -> set[str]:
    """Return the names in an expression."""
    return {variable.name for variable in expr.free_symbols}


def substitute(expr: Any, values: Mapping[str, Any]) -> Any:
    """Return *expr* with some names replaced by expressions."""
    replaced = {
        name_: values[name_.name] for name_ in expr.free_symbols if name_.name in values
    }
    return expr.xreplace(replaced) if replaced else expr


def vanishes(expr: Any, zero: Iterable[str] = ()) -> bool:
    """Return True if *expr* is certainly zero if the names in *zero* are zero."""
    left = substitute(expr, dict.fromkeys(zero, sympy.Integer(0)))
    return bool(left == 0 or sympy.expand(left) == 0)


def expanded(expr: Any) -> Any:
    """Return *expr* as a sum of products."""
    return sympy.expand(expr)


def derivative(expr: Any, name: str) -> Any:
    """Return the derivative of *expr* by a name; unevaluated if it is unknown."""
    by = symbol(name)
    try:
        return integrators.derivative(expr, by)
    except UnsupportedEquationsException:
        return sympy.Derivative(expr, by)


def computed(expr: Any, values: Mapping[str, Any]) -> Any:
    """Return the number, or array of numbers, of *expr* at these values."""
    functions = [{"int_": lambda x: np.asarray(x, dtype=float)}, "numpy"]
    compute = sympy.lambdify([symbol(name) for name in values], expr, functions)
    with np.errstate(all="ignore"):
        return compute(*values.values())
