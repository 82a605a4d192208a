"""From receptors, a weight and rules of plasticity to a `Projection`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from brian2.equations.equations import Equations

from ..equations.fragment import (
    ODE,
    Equation,
    Pathway,
    SynapticFragment,
    identifiers_of,
)
from ..errors import InvalidValueError, NameConflictError, UnitError, nearest
from ..plasticity.rule import LongTermPlasticity
from ..plasticity.short_term import ShortTermPlasticity
from ..synapses.kinetics import product
from .model_interface import ModelInterface, Receptor, constants_of
from .projection import Projection
from .rule_checks import checked_fragment, checked_user_rule
from .weight import WeightVariable, number_text, plain_number, weight_variable

__all__ = ["build_projection"]


def build_projection(
    receptors: Sequence[Any],
    interface: ModelInterface,
    *,
    weight: Any,
    short_term: ShortTermPlasticity | None,
    plasticity: LongTermPlasticity | Mapping[str, Any] | None,
) -> Projection:
    """Return the projection described in `NeuronModel.projection`."""
    if not receptors:
        raise InvalidValueError(f"name a receptor.{nearest('', interface.receptors)}")
    targets = _targets(receptors, interface)
    variable = weight_variable(weight, isinstance(plasticity, LongTermPlasticity))
    fragments, release = _release(short_term)
    scale = plain_number(weight, "weight") if variable is None else 1.0
    weight_text = "1" if variable is None else variable.name
    for (synapse, names), ratio in targets:
        factor = product(number_text(ratio * scale), weight_text)
        fragments.append(synapse.transmission(names, factor, release))
    taken = set().union(*(fragment.names for fragment in fragments))
    user_rule: dict[str, Any] = {}
    if variable is not None and isinstance(plasticity, LongTermPlasticity):
        compartments = [names for (_, names), _ in targets]
        fragment = checked_fragment(plasticity, variable, compartments, interface)
        _check_rule_names(taken & fragment.names - {variable.name})
        taken |= fragment.names - {variable.name} | fragment.defined
        fragments.append(fragment)
    else:
        user_rule = checked_user_rule(plasticity, variable)
    _check_names(taken, variable, user_rule, interface)
    return _join(fragments, user_rule, variable, interface)


def _targets(
    receptors: Sequence[Any], interface: ModelInterface
) -> list[tuple[Receptor, float]]:
    """Return the receptors that the user named, with their ratios."""
    targets: dict[str, tuple[Receptor, float]] = {}
    for entry in receptors:
        pair = isinstance(entry, tuple) and len(entry) == 2
        name, ratio = entry if pair else (entry, 1)
        if not isinstance(name, str):
            raise UnitError(
                "expected the name of a receptor, such as 'AMPA_x_dend', or a name and "
                f"a ratio, got {entry!r}."
            )
        receptor = interface.receptor(name)
        if name in targets:
            raise InvalidValueError(f"{name} is named twice. Name it once.")
        targets[name] = receptor, plain_number(ratio, f"the ratio of {name}")
    return list(targets.values())


def _release(
    short_term: ShortTermPlasticity | None,
) -> tuple[list[SynapticFragment], str]:
    """Return the fragments of short-term plasticity and the release by a spike."""
    if short_term is None:
        return [], "1"
    if not isinstance(short_term, ShortTermPlasticity):
        raise UnitError(
            "short_term: expected Depression(...) or TsodyksMarkram(...), got "
            f"{short_term!r}."
        )
    return [short_term.fragment()], short_term.release


def _join(
    fragments: Sequence[SynapticFragment],
    user_rule: Mapping[str, Any],
    weight: WeightVariable | None,
    interface: ModelInterface,
) -> Projection:
    """Join the fragments and the rule of the user in one projection."""
    user_equations = Equations(user_rule.get("model", ""))
    own = {
        name: parameter
        for fragment in fragments
        for name, parameter in fragment.parameters.items()
    }
    equations = [str(line) for fragment in fragments for line in fragment.equations]
    on_pre = [line for fragment in fragments for line in fragment.before_pre]
    on_pre += [line for fragment in fragments for line in fragment.on_pre]
    pathways = [path for fragment in fragments for path in fragment.pathways]
    code = [*on_pre, *(line for path in pathways for line in path.statements)]

    used = frozenset().union(*map(identifiers_of, [*equations, *code]))
    used = _with_subexpressions(used, interface.variables)
    constants = constants_of({**interface.parameters, **own}, used)
    if weight is not None and weight.name not in user_equations:
        equations.insert(0, f"{weight.name} : 1")
    arguments = {
        "model": "\n".join([*equations, user_rule.get("model", "")]).strip(),
        **_pathway_arguments(
            [*on_pre, *user_rule.get("on_pre", "").splitlines()], pathways, user_rule
        ),
        "namespace": {**constants, **user_rule.get("namespace", {})},
        "method": user_rule.get("method", _method(fragments, user_equations)),
    }
    return Projection(
        {name: text for name, text in arguments.items() if text or name in user_rule},
        {} if weight is None else {weight.name: weight.start},
        constants=constants.keys() - own.keys(),
        target_variables=sorted(
            name.removesuffix("_post") for name in used if name.endswith("_post")
        ),
        durations=[name for fragment in fragments for name in fragment.durations],
        update="\n".join(line for fragment in fragments for line in fragment.update),
        times=[name for fragment in fragments for name in fragment.times],
    )


def _method(fragments: Sequence[SynapticFragment], user_equations: Equations) -> str:
    """Return the method for clock-driven equations; empty if there are none."""
    methods = {fragment.method for fragment in fragments if fragment.method}
    if any("clock-driven" in line.flags for line in user_equations.values()):
        methods.add("rk4")
    # rk4 integrates all equations, the other methods only some of them
    return methods.pop() if len(methods) == 1 else "rk4" if methods else ""


def _pathway_arguments(
    on_pre: Sequence[str], others: Sequence[Pathway], user_rule: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments `on_pre`, `on_post`, `on_event` and `delay`."""
    sides: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
    if on_pre:
        sides["pre"]["pre"] = "\n".join(on_pre)
    if "on_post" in user_rule:
        sides["post"]["post"] = user_rule["on_post"]
    for path in others:
        sides[path.side][path.name] = "\n".join(path.statements)
    events = {path.name: path.event for path in others if path.event != "spike"}
    delays = {path.name: path.delay for path in others if path.delay is not None}
    return {
        **{
            f"on_{side}": code.get(side, "") if code.keys() <= {side} else code
            for side, code in sides.items()
        },
        "on_event": user_rule.get("on_event", events),
        "delay": delays,
    }


def _check_rule_names(names: Collection[str]) -> None:
    """Raise if a rule uses *names* that the projection has already."""
    for name in sorted(names):
        raise NameConflictError(
            f"plasticity: the projection has a variable {name!r} already."
        )


def _check_names(
    taken: Collection[str],
    weight: WeightVariable | None,
    user_rule: Mapping[str, Any],
    interface: ModelInterface,
) -> None:
    """Raise if a name in the synapses is used twice, or is a name of the model."""
    user_variables = Equations(user_rule.get("model", "")).keys()
    for name in sorted(set(taken) & set(interface.variables)):
        raise NameConflictError(
            f"the projection needs the name {name!r} in the synapses, but the model "
            "has a variable of that name."
        )
    own = set() if weight is None else {weight.name}
    for name in own & {*taken, *interface.variables, *interface.parameters}:
        owner = "the projection" if name in taken else "the model"
        raise NameConflictError(
            f"weight: {owner} has a variable or parameter {name!r} already. Choose "
            "another name, such as 'weight'."
        )
    _check_rule_names(
        ({*user_variables, *user_rule.get("namespace", {})} - own) & set(taken)
    )
    for name in sorted(set(user_variables) & set(interface.variables)):
        raise NameConflictError(
            f"plasticity: the model has a variable {name!r} already."
        )


def _with_subexpressions(
    names: frozenset[str], equations: Mapping[str, Equation]
) -> frozenset[str]:
    """Return *names* and the names in the subexpressions of the target among them.

    Brian2 inserts such a subexpression into the code of the synapses, whose namespace
    must therefore contain its constants.
    """
    complete: set[str] = set()
    new = set(names)
    while new:
        complete |= new
        defining = [equations.get(name.removesuffix("_post")) for name in new]
        inserted = [line.identifiers for line in defining if line and line.kind != ODE]
        new = set().union(*inserted) - complete
    return frozenset(complete)
