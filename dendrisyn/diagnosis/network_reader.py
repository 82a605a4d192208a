"""What a Brian2 network holds: the only place that knows Brian2's insides.

Nothing here evaluates, sets or compiles: code and equations are read as text, and
values from the arrays in which they are stored.
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
from .objects import itself, root, with_contained

__all__ = ["Model", "NetworkReader", "Write", "statements"]


class Write(NamedTuple):
    """One statement that changes a variable.

    Attributes
    ----------
    runner : BrianObject
        Whose code it is.
    group : Group
        Whose names the code uses.
    kind : str
        'pathway', 'input', 'reset', 'step' or 'sum'.
    name : str
        The variable, as the group names it.
    operator : str
        '=', '+=', ...
    value : expression
        The right-hand side, without local names and subexpressions.
    variable : Variable
        What is written.
    """

    runner: Any
    group: Any
    kind: str
    name: str
    operator: str
    value: Any
    variable: Any

    @property
    def after(self) -> Any:
        """What the variable is afterwards."""
        return _combined(self.operator, symbol(self.name), self.value)

    @property
    def change(self) -> Any:
        """The difference that the statement makes."""
        return expanded(self.after - symbol(self.name))

    @property
    def adds(self) -> bool:
        """Whether it adds something that does not depend on the variable."""
        return self.name not in names(self.change)

    @property
    def replaces(self) -> bool:
        """Whether what was there before is forgotten."""
        return self.name not in names(self.after)


class Model(NamedTuple):
    """The equations of a group, with subexpressions replaced by what they stand for."""

    derivatives: Mapping[str, Any]
    subexpressions: Mapping[str, Any]
    parameters: tuple[str, ...]


class NetworkReader:
    """The objects of a network, who writes what, and the caller's names.

    Parameters
    ----------
    objects : iterable of BrianObject
        The objects of the network.
    time : float
        How long it has run (second).
    scope : mapping
        The names that the caller of `diagnose` sees.
    """

    def __init__(
        self, objects: Iterable[Any], time: float, scope: Mapping[str, Any]
    ) -> None:
        self.time = time
        self.scope = scope
        self.objects = sorted(with_contained(objects), key=lambda each: each.name)
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
            each
            for each in self._all(NeuronGroup)
            if not isinstance(each, SpatialNeuron)
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
        """Whether something may write that cannot be read: a Python function."""
        return self._statements[1]

    @cached_property
    def _statements(self) -> tuple[list[Write], bool]:
        found: list[Write] = []
        opaque = False
        for each in self.objects:
            try:
                found += self._writes_of(each)
            except Exception:  # code of a kind that is not known here
                opaque = True
        return found, opaque

    def _all(self, kind: Any) -> list[Any]:
        return [each for each in self.objects if isinstance(each, kind)]

    def _writes_of(self, each: Any) -> list[Write]:
        if isinstance(each, NetworkOperation):
            raise TypeError("a Python function cannot be read")
        if isinstance(each, SynapticPathway):
            return list(self._read(each, each.synapses, "pathway", each.code))
        if isinstance(each, Resetter):
            code = each.group.event_codes[each.event]
            return list(self._read(each, each.group, "reset", code))
        if isinstance(each, SummedVariableUpdater):
            name = each.target_varname
            value = self.expanded(each.group, each.expression.code)
            return [Write(each, each.group, "sum", name, "=", value, each.target_var)]
        if isinstance(each, PoissonInput):
            group, name = each._group, each.target_var
            weight = each.weight if isinstance(each.weight, str) else "_weight"
            value, variable = self.expanded(group, weight), group.variables[name]
            return [Write(each, group, "input", name, "+=", value, variable)]
        if (
            isinstance(each, CodeRunner)
            and each.template == "stateupdate"
            and not hasattr(each, "method_choice")  # what integrates the equations
            and not isinstance(each, SpatialStateUpdater)
        ):
            return list(self._read(each, each.group, "step", each.abstract_code))
        if not isinstance(each, (CodeRunner, Group)) and not _is_plain(each):
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
        return [each for each in self.writes if each.variable is variable]

    def model(self, group: Any) -> Model:
        """Return the equations of a group, of `Synapses` or of what a part is of."""
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

    def name(self, each: Any) -> str:
        """Return the name by which the user's code calls an object."""
        return self._labels.get(id(itself(each)), each.name)

    def label(self, each: Any) -> str:
        """Return the name of an object, and that of its Python variable."""
        name = self.name(each)
        return each.name if name == each.name else f"{each.name} ({name})"

    def drivers(self, group: Any) -> list[Any]:
        """Return the objects that add to variables of a group."""
        found = {}
        for each in self.writes:
            if each.kind in ("pathway", "sum", "input"):
                owner = getattr(each.variable, "owner", None)
                if owner is not None and owner.name == group.name:
                    source = each.runner if each.kind == "input" else each.group
                    found[source.name] = source
        return [found[name] for name in sorted(found)]


def _is_plain(each: Any) -> bool:
    """Whether an object does what its class in Brian2 does."""
    return type(each).__module__.split(".")[0] in ("brian2", "dendrisyn")


def statements(code: str) -> Iterator[tuple[str, str, str]]:
    """Yield the target, the operator and the right-hand side of each statement."""
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
    equations = {name: each for part in sources for name, each in part.items()}
    subexpressions: dict[str, Any] = {}
    for name, each in equations.items():
        if each.type == SUBEXPRESSION:
            subexpressions[name] = _renamed(group, expression(each.expr.code))
    for _ in subexpressions:  # as deep as they may refer to each other
        subexpressions = {
            n: substitute(e, subexpressions) for n, e in subexpressions.items()
        }
    derivatives = {
        name: substitute(_renamed(group, expression(each.expr.code)), subexpressions)
        for name, each in equations.items()
        if each.type == DIFFERENTIAL_EQUATION
    }
    parameters = [name for name, each in equations.items() if each.type == PARAMETER]
    return Model(derivatives, subexpressions, tuple(parameters))
