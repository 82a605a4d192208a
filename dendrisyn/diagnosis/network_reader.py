"""`NetworkReader`: the equations and statements of a Brian2 network as expressions.

Nothing here evaluates, sets or compiles: code and equations are read as text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from brian2.core.base import BrianObject
from brian2.core.operations import NetworkOperation
from brian2.equations.equations import (
    DIFFERENTIAL_EQUATION,
    PARAMETER,
    SUBEXPRESSION,
)
from brian2.groups.group import CodeRunner, Group
from brian2.groups.neurongroup import NeuronGroup, Resetter
from brian2.input.poissoninput import PoissonInput
from brian2.spatialneuron.spatialneuron import SpatialNeuron, SpatialStateUpdater
from brian2.synapses.synapses import (
    SummedVariableUpdater,
    Synapses,
    SynapticPathway,
)

from .algebra import expanded, expression, names, substitute, symbol
from .objects import input_target, itself, root, with_contained

__all__ = ["Model", "NetworkReader", "Write", "statements"]


class Write(NamedTuple):
    """One statement that changes a variable."""

    runner: Any  # the object that runs the code
    group: Any  # the group whose names the code uses
    kind: str  # 'pathway', 'input', 'reset', 'step' or 'sum'
    name: str  # the variable, as the group names it
    operator: str  # '=', '+=', ...
    value: Any  # the right-hand side, without local names and subexpressions
    variable: Any  # the variable of Brian2

    @property
    def after(self) -> Any:
        """The value after the statement."""
        return _combined(self.operator, symbol(self.name), self.value)

    @property
    def change(self) -> Any:
        """The difference that the statement makes."""
        return expanded(self.after - symbol(self.name))

    @property
    def adds(self) -> bool:
        """True if it adds an amount that does not depend on the variable."""
        return self.name not in names(self.change)

    @property
    def replaces(self) -> bool:
        """True if the new value does not depend on the old one."""
        return self.name not in names(self.after)


class Model(NamedTuple):
    """The equations of a group, with subexpressions inserted."""

    derivatives: Mapping[str, Any]
    subexpressions: Mapping[str, Any]
    parameters: tuple[str, ...]


class NetworkReader:
    """The objects of a network, their statements, and the caller's names.

    *time* is the simulated time (second); *scope* holds the names that the caller of
    `diagnose` sees.
    """

    def __init__(
        self, objects: Iterable[Any], time: float, scope: Mapping[str, Any]
    ) -> None:
        self.time = time
        self.scope = scope
        self.objects = sorted(with_contained(objects), key=lambda obj: obj.name)
        self._models: dict[str, Model] = {}
        self._labels = {
            id(value): name
            for name, value in reversed(list(scope.items()))
            if isinstance(value, BrianObject) and not name.startswith("_")
        }

    @cached_property
    def synapses(self) -> list[Any]:
        """All `Synapses`."""
        return self._all(Synapses)

    @cached_property
    def groups(self) -> list[Any]:
        """All `NeuronGroup`s but `SpatialNeuron`s, whose voltage has no equation."""
        return [
            obj for obj in self._all(NeuronGroup) if not isinstance(obj, SpatialNeuron)
        ]

    @cached_property
    def owners(self) -> list[Any]:
        """All groups that own variables."""
        return self._all(Group)

    @cached_property
    def writes(self) -> list[Write]:
        """All statements of the network."""
        return self._statements[0]

    @property
    def opaque(self) -> bool:
        """True if the network contains code that cannot be read: a Python function."""
        return self._statements[1]

    @cached_property
    def _statements(self) -> tuple[list[Write], bool]:
        writes: list[Write] = []
        opaque = False
        for obj in self.objects:
            try:
                writes += self._writes_of(obj)
            except Exception:  # code of an unknown kind
                opaque = True
        return writes, opaque

    def _all(self, kind: Any) -> list[Any]:
        return [obj for obj in self.objects if isinstance(obj, kind)]

    def _writes_of(self, obj: Any) -> list[Write]:
        if isinstance(obj, NetworkOperation):
            raise TypeError("a Python function cannot be read")
        if isinstance(obj, SynapticPathway):
            return list(self._read(obj, obj.synapses, "pathway", obj.code))
        if isinstance(obj, Resetter):
            code = obj.group.event_codes[obj.event]
            return list(self._read(obj, obj.group, "reset", code))
        if isinstance(obj, SummedVariableUpdater):
            name = obj.target_varname
            value = self.expanded(obj.group, obj.expression.code)
            return [Write(obj, obj.group, "sum", name, "=", value, obj.target_var)]
        if isinstance(obj, PoissonInput):
            group, name = input_target(obj), obj.target_var
            weight = obj.weight if isinstance(obj.weight, str) else "_weight"
            value, variable = self.expanded(group, weight), group.variables[name]
            return [Write(obj, group, "input", name, "+=", value, variable)]
        if (
            isinstance(obj, CodeRunner)
            and obj.template == "stateupdate"
            and not hasattr(obj, "method_choice")  # the integration itself
            and not isinstance(obj, SpatialStateUpdater)
        ):
            return list(self._read(obj, obj.group, "step", obj.abstract_code))
        if not isinstance(obj, (CodeRunner, Group)) and not _is_plain(obj):
            raise TypeError("an object of a class of the user cannot be read")
        return []

    def _read(self, runner: Any, group: Any, kind: str, code: Any) -> Iterator[Write]:
        local: dict[str, Any] = {}
        for name, operator, text in statements(getattr(code, "code", code)):
            value = substitute(self.expanded(group, text, local), local)
            variable = group.variables.get(name)
            if variable is None:
                before = local.get(name, symbol(name))
                local[name] = _combined(operator, before, value)
            else:
                written = _canonical(group, name)
                yield Write(runner, group, kind, written, operator, value, variable)

    def writes_to(self, variable: Any) -> list[Write]:
        """Return the statements that change a variable."""
        return [write for write in self.writes if write.variable is variable]

    def model(self, group: Any) -> Model:
        """Return the equations of a group; those of the whole group for a part."""
        group = root(group)
        if group.name not in self._models:
            self._models[group.name] = _model(group)
        return self._models[group.name]

    def expanded(self, group: Any, text: str, local: Iterable[str] = ()) -> Any:
        """Return an expression of a group without its subexpressions."""
        subexpressions = self.model(group).subexpressions
        expr = _renamed(group, expression(text))
        return substitute(
            expr, {n: e for n, e in subexpressions.items() if n not in local}
        )

    def name(self, obj: Any) -> str:
        """Return the name by which the user's code calls an object."""
        return self._labels.get(id(itself(obj)), obj.name)

    def label(self, obj: Any) -> str:
        """Return the name of an object, and that of its Python variable."""
        name = self.name(obj)
        return obj.name if name == obj.name else f"{obj.name} ({name})"

    def drivers(self, group: Any) -> list[Any]:
        """Return the objects that add to variables of a group."""
        drivers = {}
        for write in self.writes:
            if write.kind in ("pathway", "sum", "input"):
                owner = getattr(write.variable, "owner", None)
                if owner is not None and owner.name == group.name:
                    source = write.runner if write.kind == "input" else write.group
                    drivers[source.name] = source
        return [drivers[name] for name in sorted(drivers)]


def _is_plain(obj: Any) -> bool:
    """Return True if the class of an object is one of Brian2 or dendrisyn."""
    return type(obj).__module__.split(".")[0] in ("brian2", "dendrisyn")


def statements(code: str) -> Iterator[tuple[str, str, str]]:
    """Yield the target, the operator and the right-hand side of every statement."""
    lines = "\n".join(line.strip() for line in code.splitlines())
    for node in ast.parse(lines).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, operator = node.targets[0], "="
        elif isinstance(node, ast.AugAssign):
            target, operator = node.target, f"{_OPERATORS[type(node.op)]}="
        else:
            raise SyntaxError(f"not a statement of Brian2: {ast.unparse(node)}")
        yield ast.unparse(target), operator, ast.unparse(node.value)


_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def _combined(operator: str, before: Any, value: Any) -> Any:
    if operator == "=":
        return value
    if operator in ("+=", "-="):
        return before + value if operator == "+=" else before - value
    if operator in ("*=", "/="):
        return before * value if operator == "*=" else before / value
    return before**value


def _canonical(group: Any, name: str) -> str:
    """Return the name with its suffix: 'v' of `Synapses` is 'v_post'."""
    full = f"{name}_post"
    variables = group.variables
    if isinstance(group, Synapses) and name in variables and full in variables:
        return full if variables[name] is variables[full] else name
    return name


def _renamed(group: Any, expr: Any) -> Any:
    return substitute(expr, {n: symbol(_canonical(group, n)) for n in names(expr)})


def _model(group: Any) -> Model:
    sources = [getattr(group, "user_equations", None) or group.equations or {}]
    sources.append(getattr(group, "event_driven", None) or {})
    equations = {name: line for part in sources for name, line in part.items()}
    subexpressions: dict[str, Any] = {}
    for name, line in equations.items():
        if line.type == SUBEXPRESSION:
            subexpressions[name] = _renamed(group, expression(line.expr.code))
    for _ in subexpressions:  # the limit of nested subexpressions
        subexpressions = {
            n: substitute(e, subexpressions) for n, e in subexpressions.items()
        }
    derivatives = {
        name: substitute(_renamed(group, expression(line.expr.code)), subexpressions)
        for name, line in equations.items()
        if line.type == DIFFERENTIAL_EQUATION
    }
    parameters = [name for name, line in equations.items() if line.type == PARAMETER]
    return Model(derivatives, subexpressions, tuple(parameters))
