"""Checks that a rule of long-term plasticity fits the model and its synapses."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from brian2.equations.equations import PARAMETER, Equations
from brian2.units.fundamentalunits import DIMENSIONLESS

from ..equations.fragment import SynapticFragment
from ..equations.parameters import resolve
from ..errors import (
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
    nearest,
)
from ..names import Names
from ..plasticity.rule import LongTermPlasticity, Need
from ..units import exactly, same_value
from .model_interface import ModelInterface
from .weight import WeightVariable

__all__ = ["ARGUMENTS", "checked_fragment", "checked_user_rule"]

#: The keys of a rule that is a dict.
ARGUMENTS = ("model", "on_pre", "on_post", "on_event", "namespace", "method")


def checked_fragment(
    rule: LongTermPlasticity,
    weight: WeightVariable,
    compartments: Sequence[Names],
    interface: ModelInterface,
) -> SynapticFragment:
    """Return the equations and statements of a rule; raise if it does not fit.

    *compartments* are those of the receptors.
    """
    title = type(rule).__name__
    voltages = {names("V"): names for names in compartments}
    if rule.local and len(voltages) > 1:
        raise InvalidValueError(
            f"{title} reads the voltage of one compartment, but the receptors are on "
            f"several, with {', '.join(voltages)}. Make a projection to each."
        )
    names = next(iter(voltages.values()))
    _check_needs(rule, names, interface)
    if weight.name.endswith("_stdp"):
        raise NameConflictError(
            f"weight: {weight.name!r} ends as the variables of {title} do. Choose "
            "another name, such as 'weight'."
        )
    fragment = rule.fragment(weight.name, names)
    followed = [path.event for path in fragment.pathways if path.side == "post"]
    events = ["spike", *interface.events]
    for event in [*followed, rule.event_at(names)]:
        if event not in events:
            raise UnknownNameError(
                f"{title}.post: the model has no event {event!r}."
                f"{nearest(event, events)} (Events that you give to make_neurongroup "
                "can be followed by a rule that is a dict, with on_event.)"
            )
    start = weight.start
    if not isinstance(start, str) and not rule.w_min <= start <= rule.w_max:
        raise InvalidValueError(
            f"weight: {weight.name} starts at {start:g}, outside of the bounds of "
            f"{title}, w_min={rule.w_min:g} and w_max={rule.w_max:g}."
        )
    return fragment


def _check_needs(
    rule: LongTermPlasticity, names: Names, interface: ModelInterface
) -> None:
    """Raise if the model lacks a mechanism that the rule reads."""
    title = type(rule).__name__
    missing: dict[str, list[str]] = {}
    for need in rule.needs(names):
        if not _fulfilled(need, title, interface):
            missing.setdefault(_add_call(need.names), []).append(need.code)
    if missing:
        lines = (f"{call}({', '.join(code)})" for call, code in missing.items())
        raise InvalidValueError(
            f"{title} needs a mechanism that the model does not have. Before you make "
            f"the group, add: {'; '.join(lines)}"
        )


def _fulfilled(need: Need, title: str, interface: ModelInterface) -> bool:
    """Return True if the model has the mechanism; raise if it differs."""
    voltage, mechanism = need.names("V"), need.mechanism
    if voltage not in interface.mechanisms:
        raise UnknownNameError(
            f"{title}: the model has no compartment with a voltage {voltage!r}."
            f"{nearest(voltage, interface.mechanisms)}"
        )
    present = interface.mechanisms[voltage].get(mechanism.label)
    if present is None:
        return False
    required, actual = mechanism.fragment(need.names), present.fragment(need.names)
    if (actual.equations, actual.events) != (required.equations, required.events):
        raise InvalidValueError(
            f"{title} needs {need.code}, but {mechanism.label!r} of the model has "
            "another form. Remove it and add this mechanism."
        )
    values = resolve(interface.parameters)
    for name, parameter in required.parameters.items():
        if not same_value(values[name], parameter.value):
            raise InvalidValueError(
                f"{title} needs {name} = {exactly(parameter.value)}, but in the model "
                f"it is {exactly(values[name])}. Change one of them."
            )
    return True


def _add_call(names: Names) -> str:
    """Return the code of the method that adds mechanisms to a compartment."""
    compartment = names.suffix.removeprefix("_")
    return f"model.compartments[{compartment!r}].add" if compartment else "model.add"


def checked_user_rule(plasticity: Any, weight: WeightVariable | None) -> dict[str, Any]:
    """Return a rule given as a dict; raise if Brian2 cannot use it.

    The result holds arguments of `brian2.Synapses`, and nothing without a rule.
    """
    if plasticity is None:
        return {}
    if not isinstance(plasticity, Mapping):
        raise UnitError(
            "plasticity: expected a rule, such as PairSTDP(), or a dict with the "
            f"arguments of brian2.Synapses that make up one ({', '.join(ARGUMENTS)}), "
            f"got {plasticity!r}."
        )
    rule = {key: _checked_argument(key, value) for key, value in plasticity.items()}
    if weight is None:
        raise InvalidValueError(
            "plasticity: the projection has no variable weight that the rule could "
            "change. Give weight='w', or the name that the rule uses."
        )
    try:
        equations = Equations(rule.get("model", ""))
    except Exception as error:  # Brian2 raises many kinds; all mean the same here
        raise InvalidValueError(
            f"plasticity: Brian2 refuses the model: {error}"
        ) from error
    used = frozenset().union(*(line.identifiers for line in equations.values()))
    for key in ("on_pre", "on_post"):
        used |= _names_in(rule.get(key, ""), f"plasticity: {key}")
    if weight.name not in used:
        raise InvalidValueError(
            f"plasticity: the rule does not contain the weight {weight.name!r}, so it "
            "would change nothing. Use this name in the rule."
        )
    own = equations.get(weight.name)
    if own is not None and (own.type != PARAMETER or own.dim is not DIMENSIONLESS):
        raise InvalidValueError(
            f"plasticity: the weight {weight.name!r} is a plain number of each "
            f"synapse. Write '{weight.name} : 1' in the model, or leave it out."
        )
    return rule


def _checked_argument(key: Any, value: Any) -> Any:
    """Return an argument of a rule given as a dict, text without indentation."""
    if key not in ARGUMENTS:
        hint = nearest(str(key), ARGUMENTS)
        raise UnknownNameError(f"plasticity: there is no argument {key!r}.{hint}")
    if key in ("model", "on_pre", "on_post"):
        if not isinstance(value, str):
            raise UnitError(f"plasticity: expected text as {key}, got {value!r}.")
        return "\n".join(line.strip() for line in value.strip().splitlines())
    if key == "namespace" and not isinstance(value, Mapping):
        raise UnitError(f"plasticity: expected a dict as namespace, got {value!r}.")
    return value


def _names_in(code: str, where: str) -> set[str]:
    """Return the names in statements; raise if Python cannot read them."""
    try:
        tree = ast.parse(code.strip())
    except SyntaxError as error:
        raise InvalidValueError(f"{where}: Python cannot read {code!r}.") from error
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
