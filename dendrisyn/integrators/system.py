"""Differential equations as a graph: what depends on what, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER
from brian2.input.timedarray import TimedArray
from brian2.parsing.sympytools import str_to_sympy
from brian2.stateupdaters.base import UnsupportedEquationsException
from brian2.units.allunits import volt
from sympy.core.function import AppliedUndef

__all__ = ["DT", "System", "derivative", "symbol_of"]


def symbol_of(name: str) -> sympy.Symbol:
    """Return the symbol of a name, as Brian2 makes it."""
    return sympy.Symbol(name, real=True)


DT = sympy.Symbol("dt", real=True, positive=True)
_TIME = sympy.Symbol("t", real=True, positive=True)

#: The number of the step; not all targets know it, and `t` is ``dt`` times it anyway.
_STEPS = {symbol_of("t_in_timesteps"): _TIME / DT}

#: What stays as it is within a step: it changes in jumps, or is drawn once.
_JUMPS = (
    sympy.core.relational.Relational,
    sympy.logic.boolalg.BooleanFunction,
    sympy.floor,
    sympy.ceiling,
    sympy.sign,
)
_JUMPING = ("int_", "timestep")
_DRAWN = ("rand", "randn", "poisson")
_INT = sympy.Function("int_")

#: The values that take the places of states and noises.
Values = Mapping[sympy.Symbol, sympy.Expr]


@dataclass(frozen=True)
class System:
    """The equations of a group, each as it is written, and their dependencies.

    Attributes
    ----------
    expressions : dict of str to Expr
        Right-hand sides of all equations by name; each comes after those that it
        refers to.
    held : dict of Symbol to Expr
        Terms that do not change within a step, by the symbols in their places.
    states : tuple of str
        The variables with differential equations.
    frozen : frozenset of str
        Those that do not move during the refractory period.
    volts : frozenset of str
        Those that are voltages.
    noises : frozenset of str
        The names of the white noises.
    depends : dict of str to frozenset of str
        The states and noises that a right-hand side depends on.
    """

    expressions: dict[str, sympy.Expr]
    held: dict[sympy.Symbol, sympy.Expr]
    states: tuple[str, ...]
    frozen: frozenset[str]
    volts: frozenset[str]
    noises: frozenset[str]
    depends: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, equations: Any, variables: Mapping[str, Any]) -> System:
        """Read Brian2's equations.

        Parameters
        ----------
        equations : brian2.Equations
            The equations.
        variables : mapping of str to object
            What their names mean, as far as it is known.
        """
        held: dict[sympy.Expr, sympy.Symbol] = {}
        expressions = {
            each.varname: _hold(
                str_to_sympy(each.expr.code, variables), held, variables
            )
            for each in equations.ordered
            if each.type != PARAMETER
        }
        states = [
            each for each in equations.ordered if each.type == DIFFERENTIAL_EQUATION
        ]
        system = cls(
            expressions,
            {symbol: what for what, symbol in held.items()},
            tuple(each.varname for each in states),
            frozenset(
                each.varname for each in states if "unless refractory" in each.flags
            ),
            frozenset(each.varname for each in states if each.dim is volt.dim),
            frozenset(name for each in states for name in each.stochastic_variables),
        )
        for name, expression in expressions.items():
            system.depends[name] = system.reached(expression)
        return system

    def reached(self, expression: sympy.Expr) -> frozenset[str]:
        """Return the states and noises that an expression depends on."""
        names = {each.name for each in expression.free_symbols}
        found = names & {*self.states, *self.noises}
        return frozenset(found).union(
            *(self.depends[child] for child in self.children(expression))
        )

    def children(self, expression: sympy.Expr) -> Iterator[str]:
        """Yield the subexpressions that an expression refers to."""
        for name in sorted(each.name for each in expression.free_symbols):
            if name in self.expressions and name not in self.states:
                yield name

    def states_in(self, expression: sympy.Expr) -> frozenset[str]:
        """Return the states that an expression depends on."""
        return self.reached(expression) - self.noises

    def slope(self, name: str, by: str) -> sympy.Expr:
        """Return how a right-hand side changes with a state or noise.

        It is expressed by the names of the equations.
        """
        expression = self.expressions[name]
        result = derivative(expression, symbol_of(by))
        for child in self.children(expression):
            if by in self.depends[child]:
                result += derivative(expression, symbol_of(child)) * self.slope(
                    child, by
                )
        return result

    def inlined(self, expression: sympy.Expr, values: Values) -> sympy.Expr:
        """Return an expression without subexpressions, with values for states."""
        places: dict[sympy.Symbol, sympy.Expr] = {
            symbol_of(child): self.inlined(self.expressions[child], values)
            for child in self.children(expression)
        }
        return expression.xreplace({**values, **places})


def derivative(expression: sympy.Expr, by: sympy.Symbol) -> sympy.Expr:
    """Return a partial derivative.

    Raises
    ------
    UnsupportedEquationsException
        If it is not known.
    """
    if by not in expression.free_symbols:
        return sympy.S.Zero
    if expression == by:
        return sympy.S.One
    # Sums and products by hand: sympy takes ten times as long.
    if expression.is_Add:
        return sympy.Add(*(derivative(each, by) for each in expression.args))
    if expression.is_Mul:
        parts = expression.args
        return sympy.Add(
            *(
                sympy.Mul(*parts[:n], derivative(each, by), *parts[n + 1 :])
                for n, each in enumerate(parts)
                if by in each.free_symbols
            )
        )
    if expression.is_Pow and by not in expression.exp.free_symbols:
        # sympy may write n*x**n/x, which is not a number at 0
        base, exponent = expression.args
        return exponent * base ** (exponent - 1) * derivative(base, by)
    if expression.func.__name__ == "clip":
        value, low, high = expression.args
        inside = _INT(value > low) * _INT(value < high)
        return inside * derivative(value, by)
    result = expression.diff(by)
    if expression.func.__name__ == "exprel":
        result = sympy.Derivative(expression, by)  # 0/0 where the argument is 0
    if result.has(sympy.Derivative, sympy.Subs):
        raise UnsupportedEquationsException(
            f"the derivative of {expression} with respect to {by} is not known"
        )
    return result


def _hold(
    expression: Any, held: dict[sympy.Expr, sympy.Symbol], variables: Mapping[str, Any]
) -> sympy.Expr:
    """Put symbols in the places of what jumps, and the middle of the step in that of t.

    The values of a `TimedArray` change at the start of steps, so that is where they
    are looked up.
    """
    expression = sympy.sympify(expression)
    if expression == _TIME:
        return _TIME + DT / 2
    if not expression.args:
        return expression.xreplace(_STEPS)
    if isinstance(expression, _JUMPS) or (
        isinstance(expression, AppliedUndef)
        and _jumps(expression.func.__name__, variables)
    ):
        if not _is_stateless(expression, variables):
            # Each call is another draw, also of the same function.
            mark = symbol_of(f"_placeholder_arg_{len(held)}")
            expression = expression.func(*expression.args, mark)
        expression = expression.xreplace(_STEPS)
        return held.setdefault(expression, symbol_of(f"_constant_{len(held)}"))
    parts = [_hold(each, held, variables) for each in expression.args]
    if expression.func.__name__ == "sqrt":  # whose derivative sympy does not know
        return sympy.sqrt(parts[0])
    if all(new is old for new, old in zip(parts, expression.args, strict=True)):
        return expression
    return expression.func(*parts)


def _jumps(name: str, variables: Mapping[str, Any]) -> bool:
    return (
        name in (*_JUMPING, *_DRAWN)
        or isinstance(variables.get(name), TimedArray)
        or not getattr(variables.get(name), "stateless", True)
    )


def _is_stateless(expression: sympy.Expr, variables: Mapping[str, Any]) -> bool:
    """Whether two calls of a function have the same value."""
    name = expression.func.__name__
    known = getattr(variables.get(name), "stateless", True)
    return name not in _DRAWN and bool(known)
