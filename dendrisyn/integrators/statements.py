"""`Writer`: statements of Brian2 from expressions of sympy, without repeated work."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import sympy
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.parsing.sympytools import sympy_to_str
from brian2.stateupdaters.base import UnsupportedEquationsException
from sympy.core.function import AppliedUndef

from .functions import EXP, EXPREL
from .system import symbol_of

__all__ = ["Writer"]

_NAME = re.compile(r"\b_\w+")

#: Names of sympy's functions in Brian2.
_FUNCTIONS = {
    function.sympy_func: name
    for name, function in DEFAULT_FUNCTIONS.items()
    if isinstance(function.sympy_func, sympy.FunctionClass)
}
_COMPARISONS = {
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.Equality: "==",
    sympy.Unequality: "!=",
}
_LOGIC = {sympy.And: " and ", sympy.Or: " or "}

#: Functions that compilers cannot vectorise, and replacements that they can.
_VECTORISED = {"exp": EXP, "exprel": EXPREL}

#: The largest power that is written as a product; `pow` is many times slower.
_LARGEST_PRODUCT = 4


class Writer:
    """Statements of one step, in single assignment: scalars first, then vectors.

    Values that are the same for all neurons are computed once a step. A function or a
    reciprocal of the same argument is computed once. No variable is divided by another:
    targets that test for division by zero cannot vectorise the loop. Compilers make
    ``x**-1.0`` a division without a test.
    """

    def __init__(self, vectors: Collection[str]) -> None:
        #: Names and expressions of values that are the same for all neurons.
        self.scalars: dict[str, str] = {}
        #: Names and expressions of values that differ between neurons.
        self.vectors: dict[str, str] = {}
        #: The statements that assign to variables of the group; they come last.
        self.writes: list[str] = []
        self._differs = set(vectors)
        self._counts: Counter[str] = Counter()
        self._known: dict[sympy.Basic, sympy.Symbol] = {}
        self._scalar_known: dict[sympy.Basic, bool] = {}

    @property
    def lines(self) -> list[str]:
        """All statements.

        A value that is used once is inserted where it is used, since Brian2 takes time
        for every statement. Assignments to variables are an exception: all values are
        computed before them.
        """
        written = {name for text in self.writes for name in _NAME.findall(text)}
        needed, uses = set(written), Counter[str]()
        for name, text in reversed(self.vectors.items()):
            if name in needed:
                uses.update(_NAME.findall(text))
                needed.update(_NAME.findall(text))
        inlined: dict[str, str] = {}

        def replaced(text: str) -> str:
            return _NAME.sub(lambda match: inlined.get(match[0], match[0]), text)

        lines = []
        for name, text in self.vectors.items():
            if name not in needed:
                continue
            if uses[name] == 1 and name not in written:
                inlined[name] = f"({replaced(text)})"
            else:
                lines.append(f"{name} = {replaced(text)}")
        for name, text in reversed(self.scalars.items()):
            if name in needed:
                needed.update(_NAME.findall(text))
                lines.insert(0, f"{name} = {text}")
        return lines + self.writes

    # -- names -------------------------------------------------------------------------

    def statement(self, stem: str, text: str) -> sympy.Symbol:
        """Write a value that differs between neurons; return its name."""
        symbol = self._fresh(stem)
        self._differs.add(symbol.name)
        self.vectors[symbol.name] = text
        return symbol

    def _fresh(self, stem: str) -> sympy.Symbol:
        name = f"_{stem}"
        while name in self.scalars or name in self.vectors:
            self._counts[stem] += 1
            name = f"_{stem}_{self._counts[stem] + 1}"
        return symbol_of(name)

    def write(self, stem: str, expression: sympy.Basic) -> sympy.Expr:
        """Write an expression, unless it is a name or a number; return its name."""
        expression = sympy.sympify(expression)
        if expression.is_Symbol or expression.is_number:
            return expression
        if self.is_scalar(expression):
            return self._hoisted(expression)
        known = self._known.get(expression)
        if known is None:
            text = self.text(expression)
            known = self._known.get(
                expression
            )  # the text above may have written this value
            if known is None:
                known = self.statement(stem, text)
                self._known[expression] = known
        return known

    def assign(self, name: str, operator: str, expression: sympy.Basic) -> None:
        """Assign to a variable of the group by ``=``, ``+=`` or ``*=``."""
        value = self.write(f"new_{name}", expression)
        self.writes.append(f"{name} {operator} {self._atom(value)}")

    def is_scalar(self, expression: sympy.Basic) -> bool:
        """Return True if a value is the same for all neurons."""
        if expression.is_Symbol:
            return expression.name not in self._differs
        known = self._scalar_known.get(expression)
        if known is None:
            known = all(self.is_scalar(part) for part in expression.args)
            if isinstance(expression, AppliedUndef):
                known = known and expression.func.__name__ not in self._differs
            self._scalar_known[expression] = known
        return known

    # -- text --------------------------------------------------------------------------

    def text(self, expression: sympy.Basic) -> str:
        """Return an expression as code; write the values that it refers to."""
        if _is_atom(expression):
            return self._atom(expression)
        if self.is_scalar(expression):
            return self._atom(self._hoisted(expression))
        if expression.is_Add:
            return self._sum(expression)
        if expression.is_Mul:
            return self._product(expression)
        if expression.is_Pow:
            return self._power(expression)
        known = self._known.get(expression)
        if known is None:
            text = self._call(expression, self.text)
            known = self.statement("term", text)
            self._known[expression] = known
        return str(known)

    def _hoisted(self, expression: sympy.Basic) -> sympy.Expr:
        """Write a value that is the same for all neurons; return its name."""
        known = self._known.get(expression)
        if known is not None:
            return known
        text = self._raw(expression)
        known = self._fresh("scalar")
        self.scalars[known.name] = text
        self._known[expression] = known
        return known

    def _raw(self, expression: sympy.Basic) -> str:
        """Return an expression as code that refers to no other values."""
        if _is_atom(expression):
            return self._atom(expression)
        if expression.is_Add or expression.is_Mul:
            sign = " + " if expression.is_Add else "*"
            return "(" + sign.join(map(self._raw, expression.args)) + ")"
        if expression.is_Pow:
            base, exponent = expression.args
            if exponent == sympy.Rational(1, 2):
                return f"sqrt({self._raw(base)})"
            if exponent.is_Integer and 0 < exponent <= _LARGEST_PRODUCT:
                return "(" + "*".join([self._raw(base)] * int(exponent)) + ")"
            if exponent.is_number and exponent < 0:
                return f"(1.0/{self._raw(base**-exponent)})"
            return f"({self._raw(base)}**{self._raw(exponent)})"
        return self._call(expression, self._raw)

    def _call(self, expression: sympy.Basic, text: Callable[[Any], str]) -> str:
        """Return a function, a comparison or a logical expression as code."""
        if isinstance(expression, sympy.core.relational.Relational):
            left, right = (
                self._operand(argument, text) for argument in expression.args
            )
            return f"({left} {_COMPARISONS[type(expression)]} {right})"
        if isinstance(expression, sympy.logic.boolalg.BooleanFunction):
            parts = [text(argument) for argument in expression.args]
            if isinstance(expression, sympy.Not):
                return f"(not {parts[0]})"
            if type(expression) in _LOGIC:
                return "(" + _LOGIC[type(expression)].join(parts) + ")"
        if isinstance(expression, sympy.Mod):
            left, right = map(text, expression.args)
            return f"(({left}) % ({right}))"
        if isinstance(expression, sympy.Function):
            name = _FUNCTIONS.get(expression.func, expression.func.__name__)
            if name == "sign":
                value = self._operand(expression.args[0], text)
                return f"(int({value} > 0) - int({value} < 0))"
            if text == self.text:
                name = _VECTORISED.get(name, name)
            name = "int" if name == "int_" else name
            # Functions of the user may take whole numbers, such as indices.
            known = name in DEFAULT_FUNCTIONS
            arguments = [
                text(argument) if known else sympy_to_str(argument)
                for argument in expression.args
                if not getattr(argument, "name", "").startswith("_placeholder_arg")
            ]
            return f"{name}({', '.join(arguments)})"
        raise UnsupportedEquationsException(f"{expression} cannot be written as code.")

    def _operand(
        self, expression: sympy.Basic, text: Callable[[sympy.Basic], str]
    ) -> str:
        """Return a side of a comparison as code; a sum gets a name."""
        if expression.is_Add and text == self.text:
            return str(self.write("sum", expression))
        return text(expression)

    def _atom(self, expression: sympy.Basic) -> str:
        if expression.is_Symbol:
            return expression.name
        if isinstance(expression, sympy.logic.boolalg.BooleanAtom):
            return str(bool(expression))
        for name, constant in DEFAULT_CONSTANTS.items():
            if expression == constant.sympy_obj:
                return name
        value = float(expression)
        return repr(value) if value >= 0 else f"({value!r})"

    def _sum(self, expression: sympy.Basic) -> str:
        scalar, vector = self._split(expression)
        negative = [term for term in vector if term.could_extract_minus_sign()]
        positive = [term for term in vector if term not in negative]
        parts = [self.text(term) for term in positive]
        if scalar:
            parts.append(self._atom(self.write("scalar", sympy.Add(*scalar))))
        less = [self.text(-term) for term in negative]
        lead = " + ".join(parts) if parts else f"-{less.pop(0)}"
        return "(" + " - ".join([lead, *less]) + ")"

    def _product(self, expression: sympy.Basic) -> str:
        scalar, vector = self._split(expression)
        factor = sympy.Mul(*scalar)
        if len(vector) == 1 and vector[0].is_Add and factor not in (1, -1):
            constant, rest = self._split(vector[0])
            if len(rest) == 1:
                spread = factor * rest[0] + factor * sympy.Add(*constant)
                return self.text(spread)
        parts = [
            str(self.write("sum", factor)) if factor.is_Add else self.text(factor)
            for factor in vector
        ]
        if factor == -1:
            return "(-" + "*".join(parts) + ")"
        if factor != 1:
            parts.insert(0, self._atom(self.write("scalar", factor)))
        return "*".join(parts)

    def _power(self, expression: sympy.Basic) -> str:
        base, exponent = expression.args
        if exponent == sympy.Rational(1, 2):
            return self._named(f"sqrt({self.text(base)})", expression).name
        if exponent.is_number and exponent < 0:
            count = int(-exponent) if exponent.is_Integer else 1
            whole = base if exponent.is_Integer else base**-exponent
            # A power and not a division, for which targets would test for zero.
            inverse = self._named(f"({self.text(whole)})**-1.0", 1 / whole)
            if count <= _LARGEST_PRODUCT:
                return "*".join([inverse.name] * count)
            return f"{inverse}**{count}"
        if exponent.is_Integer and exponent <= _LARGEST_PRODUCT:
            name = str(self.write("power", base))
            return "*".join([name] * int(exponent))
        return f"({self.text(base)})**({self.text(exponent)})"

    def _named(self, text: str, expression: sympy.Basic) -> sympy.Symbol:
        known = self._known.get(expression)
        if known is None:
            known = self.statement("term", text)
            self._known[expression] = known
        return known

    def _split(self, expression: sympy.Basic) -> tuple[list, list]:
        """Return the scalar and the other parts of a sum or a product."""
        scalar: list[sympy.Basic] = []
        vector: list[sympy.Basic] = []
        for part in expression.args:
            (scalar if self.is_scalar(part) else vector).append(part)
        return scalar, vector


def _is_atom(expression: sympy.Basic) -> bool:
    if isinstance(expression, sympy.logic.boolalg.BooleanAtom):
        return True
    return bool(expression.is_Symbol or expression.is_number)
