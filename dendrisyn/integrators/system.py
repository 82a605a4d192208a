"""`System`: differential equations and the dependencies of their variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER
from brian2.input.timedarray import TimedArray
from brian2.parsing.sympytools import str_to_sympy
from brian2.units.allunits import volt
from sympy.core.function import AppliedUndef

from .symbolic_derivative import derivative

__all__ = ["DT", "System", "Values", "symbol_of"]


def symbol_of(name: str) -> sympy.Symbol:
    """Return the symbol that Brian2 makes of a name."""
    return sympy.Symbol(name, real=True)


DT = sympy.Symbol("dt", real=True, positive=True)
_TIME = sympy.Symbol("t", real=True, positive=True)

#: The number of the step, expressed by `t`: some targets do not have this variable.
_STEPS = {symbol_of("t_in_timesteps"): _TIME / DT}

#: Expressions that are constant within a step: they jump, or are drawn once a step.
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

#: Values that are substituted for states and noises.
Values = Mapping[sympy.Symbol, sympy.Expr]


@dataclass(frozen=True)
class System:
    """The equations of a group as the user wrote them, and their dependencies."""

    #: Right-hand sides by name; equations refer to earlier ones only.
    expressions: dict[str, sympy.Expr]
    #: Terms that are constant within a step, by the symbols that replace them.
    held: dict[sympy.Symbol, sympy.Expr]
    #: The variables with differential equations.
    states: tuple[str, ...]
    #: The states that do not change during the refractory period.
    frozen: frozenset[str]
    #: The states that are voltages.
    volts: frozenset[str]
    #: The names of the white noises.
    noises: frozenset[str]
    #: The states and noises on which a right-hand side depends.
    depends: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, equations: Any, variables: Mapping[str, Any]) -> System:
        """Read Brian2's equations; *variables* are the objects behind their names."""
        held: dict[sympy.Expr, sympy.Symbol] = {}
        expressions = {
            equation.varname: _hold(
                str_to_sympy(equation.expr.code, variables), held, variables
            )
            for equation in equations.ordered
            if equation.type != PARAMETER
        }
        states = [
            equation
            for equation in equations.ordered
            if equation.type == DIFFERENTIAL_EQUATION
        ]
        system = cls(
            expressions,
            {symbol: term for term, symbol in held.items()},
            tuple(state.varname for state in states),
            frozenset(
                state.varname for state in states if "unless refractory" in state.flags
            ),
            frozenset(state.varname for state in states if state.dim is volt.dim),
            frozenset(name for state in states for name in state.stochastic_variables),
        )
        for name, expression in expressions.items():
            system.depends[name] = system.reached(expression)
        return system

    def reached(self, expression: sympy.Expr) -> frozenset[str]:
        """Return the states and noises on which an expression depends."""
        names = {symbol.name for symbol in expression.free_symbols}
        found = names & {*self.states, *self.noises}
        return frozenset(found).union(
            *(self.depends[child] for child in self.children(expression))
        )

    def children(self, expression: sympy.Expr) -> Iterator[str]:
        """Yield the names of subexpressions in an expression."""
        for name in sorted(symbol.name for symbol in expression.free_symbols):
            if name in self.expressions and name not in self.states:
                yield name

    def states_in(self, expression: sympy.Expr) -> frozenset[str]:
        """Return the states on which an expression depends."""
        return self.reached(expression) - self.noises

    def slope(self, name: str, by: str) -> sympy.Expr:
        """Return the derivative of a right-hand side by a state or noise.

        The names of subexpressions are not replaced by their expressions.
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
        """Return an expression with subexpressions inserted and values for states."""
        places: dict[sympy.Symbol, sympy.Expr] = {
            symbol_of(child): self.inlined(self.expressions[child], values)
            for child in self.children(expression)
        }
        return expression.xreplace({**values, **places})


def _hold(
    expression: Any, held: dict[sympy.Expr, sympy.Symbol], variables: Mapping[str, Any]
) -> sympy.Expr:
    """Replace terms that jump by symbols, and t by the middle of the step.

    A `TimedArray` changes at the start of a step and is looked up there.
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
            # Two calls of the same function draw two numbers.
            mark = symbol_of(f"_placeholder_arg_{len(held)}")
            expression = expression.func(*expression.args, mark)
        expression = expression.xreplace(_STEPS)
        return held.setdefault(expression, symbol_of(f"_constant_{len(held)}"))
    parts = [_hold(part, held, variables) for part in expression.args]
    if expression.func.__name__ == "sqrt":  # Brian2's has no derivative
        return sympy.sqrt(parts[0])
    if all(new is old for new, old in zip(parts, expression.args, strict=True)):
        return expression
    return expression.func(*parts)


def _jumps(name: str, variables: Mapping[str, Any]) -> bool:
    """Return True if the values of a function are constant within a step."""
    return (
        name in (*_JUMPING, *_DRAWN)
        or isinstance(variables.get(name), TimedArray)
        or not getattr(variables.get(name), "stateless", True)
    )


def _is_stateless(expression: sympy.Expr, variables: Mapping[str, Any]) -> bool:
    """Return True if two calls of a function return the same value."""
    name = expression.func.__name__
    known = getattr(variables.get(name), "stateless", True)
    return name not in _DRAWN and bool(known)
