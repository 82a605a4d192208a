"""The source code that calls `diagnose`: names that are bound twice."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

from brian2.core.base import BrianObject

from .finding import Finding

__all__ = ["bound_twice"]

#: Methods that create an object.
_MAKERS = ("make_neurongroup", "synapses")

#: Calls that may use an object or hold it elsewhere.
_USING = (
    "collect",
    "eval",
    "exec",
    "globals",
    "locals",
    "run",
    "start_scope",
    "vars",
)

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class _Double(NamedTuple):
    """A name that two lines bind to new objects."""

    name: str
    first: tuple[int, str]
    second: tuple[int, str]


def bound_twice(frame: FrameType, scope: Mapping[str, Any]) -> Iterator[Finding]:
    """Find names of an object that a second object takes, so that the first is lost.

    Both lines stand in one sequence of statements: loops and the branches of a
    condition bind no name twice. Only code before the call of `diagnose` counts. In a
    notebook, earlier cells are read too, if no later cell binds the name again.
    """
    for place, double in _everywhere(frame, scope):
        (line, kind), (again, other) = double.first, double.second
        yield Finding(
            "bound twice",
            double.name,
            f"{double.name} is the {kind} of line {line}, and from line {again} on the "
            f"{other} made there ({place}).",
            f"Nothing holds the object of line {line} any longer: it never enters the "
            "network, and does nothing.",
            f"two names: {double.name}_1 = {kind}(...) in line {line}, "
            f"{double.name}_2 = {other}(...) in line {again}",
        )


def _everywhere(
    frame: FrameType, scope: Mapping[str, Any]
) -> Iterator[tuple[str, _Double]]:
    code = frame.f_code
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    tree = _parsed("".join(lines))
    is_module = code.co_name == "<module>"
    cells = scope.get("In", []) if is_module and "_ih" in scope else []
    for number, cell in enumerate(cells[:-1]):
        plain = "\n".join("" if n[:1] in "%!" else n for n in cell.splitlines())
        later = [*cells[number + 1 : -1], "".join(lines)]
        for double in _doubles(_parsed(plain).body, float("inf"), scope):
            if not any(_binds(_parsed(other), double.name) for other in later):
                yield f"cell {number}", double
    body = tree.body if is_module else _body(tree, code.co_firstlineno, code.co_name)
    for double in _doubles(body, frame.f_lineno, scope):
        yield Path(code.co_filename).name, double


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _body(tree: ast.Module, line: int, name: str) -> list[ast.stmt]:
    """Return the statements of the function that starts in a line."""
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and node.name == name:
            starts = [
                node.lineno,
                *(decorator.lineno for decorator in node.decorator_list),
            ]
            if line == min(starts):
                return node.body
    return []


def _doubles(
    body: list[ast.stmt], last: float, scope: Mapping[str, Any]
) -> Iterator[_Double]:
    """Yield the names that a sequence of statements binds twice, up to a line."""
    bound: dict[str, tuple[int, str]] = {}
    for statement in body:
        if statement.lineno > last:
            break
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            continue
        for block in _blocks(statement):
            yield from _doubles(block, last, scope)
        if _uses_all(statement, scope):
            bound.clear()
        for held in [name for name in bound if _holds(statement, name)]:
            del bound[held]
        name, kind = _assignment(statement, scope)
        if name and kind:
            if name in bound:
                yield _Double(name, bound[name], (statement.lineno, kind))
            bound[name] = (statement.lineno, kind)
        else:
            for other in [name for name in bound if _binds(statement, name)]:
                del bound[other]


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, [])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _assignment(
    statement: ast.stmt, scope: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    """Return the one name that a statement binds to a new object, and the class."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    else:
        return None, None
    value = statement.value
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
        return None, None
    if isinstance(value.func, ast.Attribute) and value.func.attr in _MAKERS:
        return target.id, ast.unparse(value.func)
    created = _resolved(value.func, scope)
    if isinstance(created, type) and issubclass(created, BrianObject):
        return target.id, ast.unparse(value.func)
    return None, None


def _resolved(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    """Return the object behind a name or an attribute of a module."""
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.Attribute):
        module = _resolved(node.value, scope)
        if isinstance(module, ModuleType):
            return getattr(module, node.attr, None)
    return None


def _uses_all(statement: ast.stmt, scope: Mapping[str, Any]) -> bool:
    """Return True if a statement may use the objects in scope."""
    for node in ast.walk(statement):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = getattr(called, "id", None) or getattr(called, "attr", None)
        if name in _USING:
            return True
        function = _resolved(called, scope)
        if isinstance(function, FunctionType) and function.__globals__ is not None:
            home = str(function.__module__).split(".")[0]
            if home not in ("brian2", "dendrisyn", "numpy"):
                return True
    return False


def _holds(statement: ast.stmt, name: str) -> bool:
    """Return True if a statement passes on a whole object, and not only a part."""
    parts = {
        id(node.value)
        for node in ast.walk(statement)
        if isinstance(node, (ast.Attribute, ast.Subscript))
    }
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Load)
        and id(node) not in parts
        for node in ast.walk(statement)
    )


def _binds(tree: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(tree)
    )
