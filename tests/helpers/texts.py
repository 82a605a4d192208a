"""Text of models, groups, projections and code, with all digits of numbers."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from brian2 import Equations, NeuronGroup, Synapses, TimedArray
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit_for_display

#: Arrays of more numbers are represented by a hash.
MANY = 30


def exact(value: Any) -> str:
    """Return a value as text that holds all its digits, in SI base units."""
    if isinstance(value, TimedArray):
        return f"TimedArray of dt {exact(value.dt)}, {exact(value.values)}"
    if value is None or isinstance(value, (bool, str)):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k!r}: {exact(v)}" for k, v in value.items()) + "}"
    if not isinstance(value, (int, float, np.number, np.ndarray)):
        return f"object of class {type(value).__name__}"
    dimensions = getattr(value, "dim", DIMENSIONLESS)
    numbers = np.ravel(np.asarray(value))
    if numbers.size and (numbers == numbers[0]).all():
        numbers = numbers[:1]
    text = ", ".join(repr(number.item()) for number in numbers)
    if numbers.size > MANY:
        text = f"{numbers.size} numbers of sha256 {sha256(text.encode()).hexdigest()}"
    unit = get_unit_for_display(dimensions)
    return text if str(unit) == "1" else f"{text} {unit}"


def lines_of(values: Mapping[str, Any]) -> str:
    """Return one line per name."""
    return "\n".join(f"{name} = {exact(value)}" for name, value in values.items())


def model_sections(model: Any) -> dict[str, str]:
    """Return equations, events and parameters of a model."""
    return {
        "equations": model.equations,
        "events": lines_of(model.events),
        "actions of events": lines_of(getattr(model, "event_actions", {})),
        "parameters": lines_of(dict(model.parameters.items())),
    }


def printed(model: Any) -> str:
    """Return a printed model without equations and meanings of parameters."""
    text = str(model).replace(model.equations, "(equations)")
    return re.sub(r"^(\w+ += .*?\S)  +\S.*$", r"\1", text, flags=re.MULTILINE)


def group_sections(group: NeuronGroup, model: Mapping[str, str]) -> dict[str, str]:
    """Return what a new group has beside its model: constants and initial values."""
    equations = group.user_equations
    stored = sorted(equations.diff_eq_names | equations.parameter_names)
    own = set(str(equations).split("\n"))
    own ^= set(str(Equations(model["equations"])).split("\n"))
    return {
        "equations of model or group only": "\n".join(sorted(own)),
        "events of the group": lines_of(group.events),
        "constants of the group": lines_of(group.namespace),
        "initial values": lines_of(
            {name: group.variables[name].get_value_with_unit() for name in stored}
        ),
    }


def projection_sections(projection: Mapping[str, Any]) -> dict[str, str]:
    """Return a projection as it is printed, and its constants with all digits."""
    return {
        "printed": str(projection),
        "constants": lines_of(projection.get("namespace", {})),
    }


def code_sections(group: NeuronGroup | Synapses) -> dict[str, str]:
    """Return the code of the objects that act on a group, in the order of their names.

    Numbers that the code takes from constants of its own are written out.
    """
    if isinstance(group, Synapses):
        runners = [group.state_updater]
    else:
        inside = group.contained_objects
        runners = [runner for runner in inside if hasattr(runner, "abstract_code")]
        runners.sort(key=lambda runner: runner.name)
    sections = {}
    for runner in runners:
        if runner.active and runner.abstract_code:
            title = runner.name.removeprefix(group.name).strip("_")
            code = _with_numbers(runner.abstract_code, getattr(runner, "variables", {}))
            sections[f"code of {title}, {runner.when}"] = code
    return sections


def _with_numbers(code: str, variables: Mapping[str, Any]) -> str:
    """Return code with the values of the runner's own constants in place of names."""

    def number(match: re.Match) -> str:
        name = match[0]
        if name not in variables:
            return name
        return ast.unparse(ast.Constant(float(variables[name].get_value())))

    return re.sub(r"\b_fixed_\d+\b", number, code)


def arithmetic() -> str:
    """Return a hash of values of functions that C libraries and processors round.

    Their last digits differ between machines, and so do those of a few parameters.
    """
    values = np.linspace(0.001, 5, 1000)
    results = [np.exp(-values), np.expm1(-values), np.log(values), values**0.37]
    for function in (math.exp, math.expm1, math.log, lambda value: value**0.37):
        results.append(np.array([function(value) for value in values.tolist()]))
    return sha256(np.concatenate(results).tobytes()).hexdigest()
