"""Equations that the user writes: read by Brian2, kept as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from brian2.equations.equations import FLOAT, Equations
from brian2.parsing.sympytools import str_to_sympy

from ..errors import InvalidValueError, UnitError, UnknownNameError, nearest
from ..names import Names
from ..units import dimensions_of, unit_text
from .fragment import Equation, Fragment, identifiers_of
from .mechanism import Mechanism

__all__ = [
    "AddedEquations",
    "ReplacedEquations",
    "parse_equations",
    "replacement_of",
    "same_equation",
]


def parse_equations(text: object, where: str) -> tuple[Equation, ...]:
    """Read Brian2 equations, in the order of the text."""
    if isinstance(text, Equations):
        parsed = text
    elif isinstance(text, str):
        try:
            parsed = Equations(text)
        except Exception as error:  # Brian2 raises many kinds; all mean the same here
            raise InvalidValueError(
                f"{where}: Brian2 cannot read these equations: {error}"
            ) from error
    else:
        raise InvalidValueError(
            f"{where}: expected Brian2 equations as text, got {text!r}."
        )
    if not len(parsed):
        raise InvalidValueError(f"{where}: there is no equation in {text!r}.")
    return tuple(
        Equation(
            each.varname,
            _unit(each),
            each.expr.code if each.expr is not None else "",
            each.type,
            tuple(each.flags),
        )
        for each in parsed.values()
    )


def _unit(equation: object) -> str:
    if equation.var_type != FLOAT:  # type: ignore[attr-defined]
        return equation.var_type  # type: ignore[attr-defined]
    return unit_text(equation.dim)  # type: ignore[attr-defined]


def same_equation(one: Equation, other: Equation, factors: Mapping[str, str]) -> bool:
    """Return True if two equations say the same, up to the order of terms."""
    if (one.name, one.kind) != (other.name, other.kind) or not _same_unit(one, other):
        return False
    if one.expression == other.expression:
        return True
    if not one.expression or not other.expression:
        return False

    def symbolic(expression: str) -> Any:
        result = str_to_sympy(expression)
        for name in identifiers_of(expression) & factors.keys():
            result = result.subs(str_to_sympy(name), str_to_sympy(factors[name]))
        return result

    difference = symbolic(one.expression) - symbolic(other.expression)
    return difference.equals(0) is True


def _same_unit(one: Equation, other: Equation) -> bool:
    kinds = ("boolean", "integer")
    if one.unit in kinds or other.unit in kinds:
        return one.unit == other.unit
    return dimensions_of(one.unit) is dimensions_of(other.unit)


@dataclass(frozen=True, kw_only=True, eq=False)
class AddedEquations(Mechanism):
    """Equations that the user adds.

    Parameters
    ----------
    equations : tuple of Equation
        The equations.
    currents : tuple of str
        Those of their variables that are summed into the compartment's current.
    number : int
        Tells it from other additions.
    """

    equations: tuple[Equation, ...]
    currents: tuple[str, ...] = ()
    number: int = 1

    @property
    def label(self) -> str:
        return f"equations {self.number}"

    def fragment(self, names: Names) -> Fragment:
        return Fragment(equations=self.equations, currents=self.currents)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplacedEquations(Mechanism):
    """Equations that take the place of others.

    Parameters
    ----------
    names : tuple of str
        The variables whose equations are taken out.
    equations : tuple of Equation
        What is put in.
    summed : frozenset of str
        The currents that existed then: a replaced total current is not given them
        again, but it is given those that are added later.
    number : int
        Tells it from other replacements.
    """

    names: tuple[str, ...]
    equations: tuple[Equation, ...]
    summed: frozenset[str]
    number: int = 1

    @property
    def label(self) -> str:
        return f"replacement {self.number}"

    def fragment(self, names: Names) -> Fragment:
        return Fragment(
            equations=self.equations, replaces=self.names, summed=self.summed
        )


def replacement_of(
    eqs_old: str,
    eqs_new: str,
    existing: Mapping[str, Equation],
    factors: Iterable[str],
    currents: frozenset[str],
    number: int,
) -> ReplacedEquations:
    """Return the mechanism that replaces *eqs_old* by *eqs_new*."""
    written_out = {name: f"({existing[name].expression})" for name in factors}
    old = parse_equations(eqs_old, "eqs_old")
    for equation in old:
        if equation.name not in existing:
            raise UnknownNameError(
                f"there is no equation of {equation.name!r}."
                f"{nearest(equation.name, existing)}"
            )
        if not same_equation(equation, existing[equation.name], written_out):
            raise InvalidValueError(
                f"the equation of {equation.name!r} is not the one you give as old. "
                f"It is:\n    {existing[equation.name]}"
            )
    new = parse_equations(eqs_new, "eqs_new")
    for equation in new:
        before = existing.get(equation.name)
        if before is not None and not _same_unit(equation, before):
            raise UnitError(
                f"eqs_new: {equation.name} is in {before.unit}, not in {equation.unit}."
            )
    return ReplacedEquations(
        names=tuple(each.name for each in old),
        equations=new,
        summed=currents,
        number=number,
    )
