"""The symbolic derivative of expressions that Brian2 reads."""

from __future__ import annotations

import sympy
from brian2.stateupdaters.base import UnsupportedEquationsException

__all__ = ["derivative"]

_INT = sympy.Function("int_")


def derivative(expression: sympy.Expr, by: sympy.Symbol) -> sympy.Expr:
    """Return the partial derivative of an expression by a symbol.

    The slope of ``int(...)`` is 0 and ``clip(...)`` has the slope 1 between its limits.

    Raises
    ------
    UnsupportedEquationsException
        If the expression contains a function without a known derivative.
    """
    if by not in expression.free_symbols:
        return sympy.S.Zero
    if expression == by:
        return sympy.S.One
    # The rules for sums and products are written out: sympy takes ten times as long.
    if expression.is_Add:
        return sympy.Add(*(derivative(term, by) for term in expression.args))
    if expression.is_Mul:
        factors = expression.args
        return sympy.Add(
            *(
                sympy.Mul(*factors[:n], derivative(factor, by), *factors[n + 1 :])
                for n, factor in enumerate(factors)
                if by in factor.free_symbols
            )
        )
    if expression.is_Pow and by not in expression.exp.free_symbols:
        # sympy may write n*x**n/x, which is not a number at 0.
        base, exponent = expression.args
        return exponent * base ** (exponent - 1) * derivative(base, by)
    name = expression.func.__name__
    if name == "int_":
        return sympy.S.Zero
    if name == "clip":
        value, low, high = expression.args
        inside = _INT(value > low) * _INT(value < high)
        return inside * derivative(value, by)
    result = expression.diff(by)
    if name == "exprel":
        result = sympy.Derivative(expression, by)  # 0/0 where the argument is 0
    if result.has(sympy.Derivative, sympy.Subs):
        raise UnsupportedEquationsException(
            f"the derivative of {expression} with respect to {by} is not known"
        )
    return result
