"""Whether rules of plasticity fit a model and its synapses."""

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
from .model_interface import ModelInterface, Receptor

__all__ = ["ARGUMENTS", "learned", "parsed", "rule_of_the_user"]

#: What a rule of plasticity may give.
ARGUMENTS = ("model", "on_pre", "on_post", "on_event", "namespace", "method")


def learned(
    rule: LongTermPlasticity,
    weight: str,
    start: Any,
    chosen: Sequence[tuple[Receptor, float]],
    catalogue: ModelInterface,
) -> SynapticFragment:
    """Return what a rule puts into the synapses.

    Parameters
    ----------
    rule : LongTermPlasticity
        The rule.
    weight : str
        The variable that holds the weight.
    start : float or str
        Where it starts.
    chosen : sequence of (Receptor, float)
        The receptors that the synapses end at.
    catalogue : Catalogue
        What the model has.

    Raises
    ------
    DendrisynError
        If the model has not what the rule needs, or the weight starts out of bounds.
    """
    title = type(rule).__name__
    places = {names("V"): names for (_, names), _ in chosen}
    if rule.local and len(places) > 1:
        raise InvalidValueError(
            f"{title} reads the voltage of one compartment, but the receptors are on "
            f"several, with {', '.join(places)}. Make a projection to each."
        )
    names = next(iter(places.values()))
    missing: dict[str, list[str]] = {}
    for need in rule.needs(names):
        if not _has(need, title, catalogue):
            missing.setdefault(_adding(need.names), []).append(need.code)
    if missing:
        lines = (f"{add}({', '.join(each)})" for add, each in missing.items())
        raise InvalidValueError(
            f"{title} needs what the model does not have. Before you make the group, "
            f"add: {'; '.join(lines)}"
        )
    if weight.endswith("_stdp"):
        raise NameConflictError(
            f"weight: {weight!r} ends as the variables of {title} do. Choose another "
            "name, such as 'weight'."
        )
    fragment = rule.fragment(weight, names)
    known = ["spike", *catalogue.events]
    events = [each.event for each in fragment.pathways if each.side == "post"]
    if hasattr(rule, "event_at"):
        events.append(rule.event_at(names))
    for event in events:
        if event not in known:
            raise UnknownNameError(
                f"{title}.post: the model has no event {event!r}."
                f"{nearest(event, known)} (Events that you give to make_neurongroup "
                "can be followed by a rule that is a dict, with on_event.)"
            )
    if not isinstance(start, str) and not rule.w_min <= start <= rule.w_max:
        raise InvalidValueError(
            f"weight: {weight} starts at {start:g}, outside of the bounds of {title}, "
            f"w_min={rule.w_min:g} and w_max={rule.w_max:g}."
        )
    return fragment


def _has(need: Need, title: str, catalogue: ModelInterface) -> bool:
    """Whether the model has what a rule needs; raise if it has other values."""
    place, mechanism = need.names("V"), need.mechanism
    if place not in catalogue.mechanisms:
        raise UnknownNameError(
            f"{title}: the model has no compartment with a voltage {place!r}."
            f"{nearest(place, catalogue.mechanisms)}"
        )
    if mechanism.label not in catalogue.mechanisms[place]:
        return False
    wanted = mechanism.fragment(need.names)
    there = catalogue.mechanisms[place][mechanism.label].fragment(need.names)
    if (there.equations, there.events) != (wanted.equations, wanted.events):
        raise InvalidValueError(
            f"{title} needs {need.code}, but {mechanism.label!r} of the model is of "
            "another form. Remove it and add this one."
        )
    values = resolve(catalogue.parameters)
    for name, parameter in wanted.parameters.items():
        if not same_value(values[name], parameter.value):
            raise InvalidValueError(
                f"{title} needs {name} = {exactly(parameter.value)}, but in the model "
                f"it is {exactly(values[name])}. Change one of them."
            )
    return True


def _adding(names: Names) -> str:
    """Return the code that adds mechanisms to a compartment."""
    compartment = names.suffix.removeprefix("_")
    return f"model.compartments[{compartment!r}].add" if compartment else "model.add"


def rule_of_the_user(plasticity: Any, weight: str | None) -> dict[str, Any]:
    """Return the arguments of `brian2.Synapses` that make up a rule.

    Parameters
    ----------
    plasticity : mapping, optional
        What the user gave.
    weight : str or None
        The variable that holds the weight.

    Raises
    ------
    DendrisynError
        If it is no rule, or does not contain the weight.
    """
    if plasticity is None:
        return {}
    if not isinstance(plasticity, Mapping):
        raise UnitError(
            "plasticity: expected a rule, such as PairSTDP(), or a dict with the "
            f"arguments of brian2.Synapses that make up one ({', '.join(ARGUMENTS)}), "
            f"got {plasticity!r}."
        )
    rule = dict(plasticity)
    for key, value in plasticity.items():
        if key not in ARGUMENTS:
            hint = nearest(str(key), ARGUMENTS)
            raise UnknownNameError(f"plasticity: there is no argument {key!r}.{hint}")
        if key in ("model", "on_pre", "on_post"):
            if not isinstance(value, str):
                raise UnitError(f"plasticity: expected text as {key}, got {value!r}.")
            lines = (line.strip() for line in value.strip().splitlines())
            rule[key] = "\n".join(lines)
        elif key == "namespace" and not isinstance(value, Mapping):
            raise UnitError(f"plasticity: expected a dict as namespace, got {value!r}.")
    if weight is None:
        raise InvalidValueError(
            "plasticity: there is no weight that it could change. Give weight='w', or "
            "the name that the rule uses."
        )
    try:
        theirs = Equations(rule.get("model", ""))
    except Exception as error:  # Brian2 raises many kinds; all mean the same here
        raise InvalidValueError(
            f"plasticity: Brian2 refuses the model: {error}"
        ) from error
    used = frozenset().union(*(each.identifiers for each in theirs.values()))
    for key in ("on_pre", "on_post"):
        tree = parsed(rule.get(key, ""), f"plasticity: {key}")
        used |= {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    if weight not in used:
        raise InvalidValueError(
            f"plasticity: the rule does not contain the weight {weight!r}, so it would "
            "change nothing."
        )
    mine = theirs.get(weight)
    if mine is not None and (mine.type != PARAMETER or mine.dim is not DIMENSIONLESS):
        raise InvalidValueError(
            f"plasticity: the weight {weight!r} is a plain number of each synapse. "
            f"Write '{weight} : 1' in the model, or leave it out."
        )
    return rule


def parsed(code: str, where: str, mode: str = "exec") -> ast.AST:
    """Return code as Python reads it; raise if it cannot."""
    try:
        return ast.parse(code.strip(), mode=mode)
    except SyntaxError as error:
        raise InvalidValueError(f"{where}: Python cannot read {code!r}.") from error
