"""Evaluates constant expressions before the run.

With NumPy, an operation takes time for any number of neurons, so operations on
constants are done once. With Cython, numbers in the code would make Brian2 compile it
again for other values, and names of constants would be looked up in every step, so
all constants are in one array. In standalone mode, code is always compiled.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import Constant, Variables
from brian2.devices.device import RuntimeDevice, get_device
from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import StateUpdater

from .functions import EXP, EXPREL, FLAG, IF_ELSE
from .vectorisation import vectorises_cython

__all__ = [
    "LARGE_GROUP",
    "clear_constants",
    "float_constants",
    "optimised_statements",
]

#: The number of neurons from which the work per neuron takes most of a step.
LARGE_GROUP = 1000

#: The attribute of a group that holds the constants of its state update.
_ARRAY = "_constants_of_the_step"

#: Functions and operators that can be evaluated before a run.
_FUNCTIONS = {
    "abs": abs,
    "exp": math.exp,
    "expm1": math.expm1,
    "floor": math.floor,
    "log": math.log,
    "log1p": math.log1p,
    "sqrt": math.sqrt,
    EXPREL: DEFAULT_FUNCTIONS[EXPREL].pyfunc,
}
_OPERATORS = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Sub: operator.sub,
    ast.USub: operator.neg,
}


def optimised_statements(
    runner: CodeRunner,
    statements: Iterable[str],
    constants: Mapping[str, float],
) -> list[str]:
    """Return statements in the best form for the target of the object *runner*."""
    flagger = _Flagger()
    nodes = [
        flagger.visit(ast.parse(statement.strip()).body[0]) for statement in statements
    ]
    device = get_device()
    target = device.code_object_class(runner.codeobj_class).class_name
    known = {**constants, "dt": float(runner.group.clock.dt_)}
    if target == "numpy" or not isinstance(device, RuntimeDevice):
        nodes = _folded(nodes, known)
    # Only the state update has an array of constants and variables of its own.
    if isinstance(device, RuntimeDevice) and isinstance(runner, StateUpdater):
        if target == "numpy":
            nodes = [_Namer(runner.variables).visit(node) for node in nodes]
        elif target == "cython":
            if not vectorises_cython():
                nodes = [_Renamer({EXP: "exp"}).visit(node) for node in nodes]
            nodes = _in_one_array(nodes, known, getattr(runner.group, _ARRAY))
    return [ast.unparse(node) for node in nodes]


def clear_constants(runner: CodeRunner) -> None:
    """Remove the constants of earlier statements from a state update."""
    setattr(runner.group, _ARRAY, [])
    # Brian2 looks here for variables of the object, before those of the group.
    runner.variables = Variables(None)


def _array_of(group: Any) -> dict[str, np.ndarray]:
    return {"_constants": np.array(getattr(group, _ARRAY), dtype=float)}


def _constant(index: Any) -> Any:
    raise TypeError("constants are in an array in Cython only")


_LOOKED_UP = Function(
    _constant, arg_units=[1], arg_names=["index"], return_unit=1, stateless=True
)
_LOOKED_UP.implementations.add_dynamic_implementation(
    "cython",
    code=lambda group: (
        "cdef inline double _constant(int index) noexcept nogil:\n"
        "    return _namespace_constants[index]\n"
    ),
    namespace=_array_of,
    name="_constant",
)
DEFAULT_FUNCTIONS["_constant"] = _LOOKED_UP


def float_constants(variables: Mapping[str, Any]) -> dict[str, float]:
    """Return the values of all constants that are floating-point numbers.

    Whole numbers are left out, since they can be indices.
    """
    values = {
        name: variable.get_value()
        for name, variable in variables.items()
        if isinstance(variable, Constant)
    }
    return {
        name: float(value)
        for name, value in values.items()
        if np.issubdtype(np.asarray(value).dtype, np.floating)
    }


def _folded(nodes: Iterable[ast.stmt], values: Mapping[str, float]) -> list[ast.stmt]:
    """Return statements with constant expressions replaced by their values.

    A name of the method that is set to a constant is a constant in later statements.
    """
    known = dict(values)
    result: list[ast.stmt] = []
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            node.value = _Folder(known).visit(node.value)
            name, value = _own_name(node), _number(node.value)
            if name is not None and value is not None:
                known[name] = value
                continue
        result.append(node)
    return result


def _in_one_array(
    nodes: Iterable[ast.stmt], values: Mapping[str, float], array: list[float]
) -> list[ast.stmt]:
    """Return statements that read constants from an array; add the values to it.

    The statements do not depend on the values, so other values need no compilation.
    """
    known = dict(values)
    names: dict[str, str] = {}
    result: list[ast.stmt] = []
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            name = _own_name(node)
            if name is not None:
                value = _number(_Folder(known).visit(deepcopy(node.value)))
                if value is not None:
                    known[name] = value
                    continue
            for part in ast.walk(node.value):
                if isinstance(part, ast.Name) and part.id in known.keys() - names:
                    names[part.id] = f"_fixed_{len(array)}"
                    array.append(known[part.id])
            node.value = _Renamer(names).visit(node.value)
        result.append(node)
    loads = (f"{new} = _constant({new[7:]})" for new in names.values())
    return [*(ast.parse(load).body[0] for load in loads), *result]


def _own_name(node: ast.Assign | ast.AugAssign) -> str | None:
    """Return the name that a statement sets, if it is a name of the method."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    if isinstance(node, ast.Assign) and isinstance(target, ast.Name):
        return target.id if target.id[0] == "_" else None
    return None


class _Renamer(ast.NodeTransformer):
    """Replaces names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)


class _Namer(ast.NodeTransformer):
    """Replaces numbers by names, and writes operations in the fastest form for NumPy.

    A number becomes a constant of the object, an array without dimensions: NumPy needs
    twice the time for a Python number.
    """

    def __init__(self, variables: Variables) -> None:
        self.variables = variables

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return self._named(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return self._named(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        left = ast.parse(ast.unparse(node.target), mode="eval").body
        value = self.visit(ast.BinOp(left, node.op, node.value))
        return ast.Assign([node.target], value, lineno=1)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if isinstance(node.op, ast.Pow) and _number(node.right) == -1:
            node = ast.BinOp(ast.Constant(1.0), ast.Div(), node.left)
        if isinstance(node.op, ast.Mult) and _condition(node.left) is None:
            right = _condition(node.right) or node.right
            node = ast.BinOp(node.left, node.op, right)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == IF_ELSE:
            node.args = [_condition(argument) or argument for argument in node.args]
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def _named(self, node: ast.expr) -> ast.AST:
        value = _number(node)
        number = node.operand if isinstance(node, ast.UnaryOp) else node
        if value is None or not isinstance(getattr(number, "value", 0), float):
            return self.generic_visit(node)
        name = f"_fixed_{len(self.variables)}"
        self.variables._add_variable(name, _Number(name, value))
        return ast.Name(name, ast.Load())


class _Number(Constant):
    """A constant that is an array without dimensions in Python."""

    def get_value(self) -> np.ndarray:
        return np.array(self.value)


def _condition(node: ast.expr) -> ast.expr | None:
    """Return the condition in a flag; None if the node is not a flag."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == FLAG:
        return node.args[0]
    return None


class _Flagger(ast.NodeTransformer):
    """Replaces ``int(...)`` of a condition by a flag."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = ast.unparse(node.func)
        if name not in DEFAULT_FUNCTIONS:
            return node  # a function of the user, which may take whole numbers
        self.generic_visit(node)
        if name == "int" and (
            isinstance(node.args[0], (ast.Compare, ast.BoolOp))
            or ast.unparse(node.args[0]) == "not_refractory"
        ):
            node.func = ast.Name(FLAG, ast.Load())
        return node


class _Folder(ast.NodeTransformer):
    """Replaces constant expressions by numbers, from the inside out."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = self.values.get(node.id, math.nan)
        return node if math.isnan(value) else _literal(value)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [self.visit(argument) for argument in node.args]
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        return self._evaluated(node, node.args) if name in _FUNCTIONS else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            if _number(node.right) == 0:
                return node.left
            if _number(node.left) == 0:
                is_sum = isinstance(node.op, ast.Add)
                return node.right if is_sum else ast.UnaryOp(ast.USub(), node.right)
        if isinstance(node.op, ast.Mult) and _number(node.left) is not None:
            inner = node.right
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):
                factor = ast.BinOp(node.left, ast.Mult(), inner.left)
                if _number(inner.left) is not None:
                    left = self._evaluated(factor, [node.left, inner.left])
                    return ast.BinOp(left, ast.Mult(), inner.right)
        return self._evaluated(node, [node.left, node.right])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return self._evaluated(node, [node.operand])

    @staticmethod
    def _evaluated(
        node: ast.Call | ast.BinOp | ast.UnaryOp, parts: list[ast.expr]
    ) -> ast.expr:
        numbers = [_number(part) for part in parts]
        if None in numbers:
            return node
        if isinstance(node, ast.Call):
            function = _FUNCTIONS[ast.unparse(node.func)]
        else:
            function = _OPERATORS.get(type(node.op))
        try:
            value = float(function(*numbers)) if function else math.nan
        except (ArithmeticError, TypeError, ValueError):
            return node
        return _literal(value) if math.isfinite(value) else node


def _literal(value: float) -> ast.expr:
    """Return the node of a number; `ast` writes negated ones in parentheses."""
    if math.copysign(1, value) > 0:
        return ast.Constant(value)
    return ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _number(node: ast.AST) -> float | None:
    """Return the value of a node that is a number, else None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = _number(node.operand)
        return None if operand is None else -operand
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)
