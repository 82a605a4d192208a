"""Evaluates what is constant in a run before the run.

In Python each operation takes time, whatever the number of neurons; compilers fold
constants themselves.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping
from typing import Any

from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import Constant
from brian2.devices.device import RuntimeDevice, get_device
from brian2.groups.group import CodeRunner

from .functions import EXPREL

__all__ = ["constants_of", "folded", "is_interpreted"]

#: What constant expressions may be made of.
_FUNCTIONS = {
    name: each.pyfunc
    for name, each in DEFAULT_FUNCTIONS.items()
    if name in {"abs", "exp", "expm1", "floor", "log", "log1p", "sqrt", EXPREL}
}


def is_interpreted(runner: CodeRunner) -> bool:
    """Whether Python runs the code of an object, in arrays."""
    device = get_device()
    target = device.code_object_class(runner.codeobj_class)
    return isinstance(device, RuntimeDevice) and target.class_name == "numpy"


def constants_of(variables: Mapping[str, Any]) -> dict[str, float]:
    """Return the values of constants: what can change during a run is not in it."""
    return {
        name: float(each.get_value())
        for name, each in variables.items()
        if isinstance(each, Constant)
    }


def folded(statements: Iterable[str], values: Mapping[str, float]) -> list[str]:
    """Return statements with constant expressions replaced by their values.

    Parameters
    ----------
    statements : iterable of str
        Statements, each a line.
    values : mapping of str to float
        The constants. A name that starts with an underscore and is set to a constant
        is one for the following lines.
    """
    known = dict(values)
    lines = []
    for line in statements:
        node = ast.parse(line.strip()).body[0]
        if not isinstance(node, (ast.Assign, ast.AugAssign)):
            lines.append(line)
            continue
        node.value = _Folder(known).visit(node.value)
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        value = _number(node.value)
        if isinstance(target, ast.Name) and target.id[0] == "_" and value is not None:
            known[target.id] = value
        else:
            lines.append(ast.unparse(node))
    return lines


class _Folder(ast.NodeTransformer):
    """Replaces constant expressions, from the inside out."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return _literal(self.values[node.id]) if node.id in self.values else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [self.visit(each) for each in node.args]
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
        return self._evaluated(node, [node.left, node.right])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return self._evaluated(node, [node.operand])

    @staticmethod
    def _evaluated(node: ast.expr, parts: list[ast.expr]) -> ast.expr:
        if any(_number(each) is None for each in parts):
            return node
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "", "eval")
        try:
            value = float(eval(code, {"__builtins__": {}}, _FUNCTIONS))
        except (ArithmeticError, TypeError, ValueError):
            return node
        return _literal(value) if math.isfinite(value) else node


def _literal(value: float) -> ast.expr:
    """Return a number; a negative one in the form that is written in parentheses."""
    if math.copysign(1, value) > 0:
        return ast.Constant(value)
    return ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _number(node: ast.AST) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = _number(node.operand)
        return None if operand is None else -operand
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)
