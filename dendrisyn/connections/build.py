"""From the receptors of a model to a `Projection`, and to Poisson input."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from brian2.equations.equations import Equations
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import (
    ODE,
    Equation,
    Parameter,
    Pathway,
    SynapticFragment,
    identifiers_of,
)
from ..equations.parameters import resolve
from ..errors import (
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
    nearest,
)
from ..names import SynapseNames, check_in_synapses
from ..plasticity.rule import LongTermPlasticity
from ..plasticity.short_term import ShortTermPlasticity
from ..synapses.kinetics import product
from ..units import Spec
from .model_interface import ModelInterface, Receptor
from .projection import Projection
from .rule_checks import learned, parsed, rule_of_the_user

__all__ = ["poisson_arguments", "project"]

_NUMBER = Spec("1")
_RATE = Spec("hertz", sign="nonnegative")


def project(
    receptors: Sequence[Any],
    catalogue: ModelInterface,
    *,
    weight: Any,
    short_term: ShortTermPlasticity | None,
    plasticity: LongTermPlasticity | Mapping[str, Any] | None,
) -> Projection:
    """Return the projection to *receptors*; see `NeuronModel.projection`.

    Parameters
    ----------
    receptors : sequence of str or (str, float)
        What the user named.
    catalogue : Catalogue
        What the model has.
    weight, short_term, plasticity : object
        As in `NeuronModel.projection`.
    """
    if not receptors:
        raise InvalidValueError(f"name a receptor.{nearest('', catalogue.receptors)}")
    chosen = _chosen(receptors, catalogue.receptors)
    name, start = _weight(weight, isinstance(plasticity, LongTermPlasticity))
    pieces = []
    release = "1"
    if short_term is not None:
        if not isinstance(short_term, ShortTermPlasticity):
            raise UnitError(
                "short_term: expected Depression(...) or TsodyksMarkram(...), got "
                f"{short_term!r}."
            )
        pieces.append(short_term.fragment())
        release = short_term.release
    scale = _number(weight, "weight") if name is None else 1.0
    for (synapse, names), ratio in chosen:
        factor = product(_text(ratio * scale), name or "1")
        pieces.append(synapse.transmission(names, factor, release))
    made = set().union(*(piece.names for piece in pieces))
    rule: dict[str, Any] = {}
    if isinstance(plasticity, LongTermPlasticity):
        piece = learned(plasticity, str(name), start, chosen, catalogue)
        for each in sorted(made & piece.names - {name}):
            raise NameConflictError(
                f"plasticity: the projection has a variable {each!r} already."
            )
        made |= piece.names - {name} | piece.defined
        pieces.append(piece)
    else:
        rule = rule_of_the_user(plasticity, name)
    _check_clashes(made, name, rule, catalogue)
    return _write(pieces, rule, name, start, catalogue)


def _write(
    pieces: Sequence[SynapticFragment],
    rule: Mapping[str, Any],
    weight: str | None,
    start: Any,
    catalogue: ModelInterface,
) -> Projection:
    """Join what goes into the synapses, *rule* being that of the user."""
    theirs = Equations(rule.get("model", ""))
    own = {key: each for piece in pieces for key, each in piece.parameters.items()}
    model = [each for piece in pieces for each in piece.equations]
    on_pre = [each for piece in pieces for each in piece.before_pre]
    on_pre += [each for piece in pieces for each in piece.on_pre]
    pathways = [each for piece in pieces for each in piece.pathways]
    code = [*on_pre, *(line for each in pathways for line in each.statements)]

    text = [str(each) for each in model]
    if weight is not None and weight not in theirs:
        text.insert(0, f"{weight} : 1")
    used = frozenset().union(*map(identifiers_of, [*map(str, model), *code]))
    used = _written_out(used, catalogue.variables)
    constants = _needed(used, {**catalogue.parameters, **own})
    arguments = {
        "model": "\n".join([*text, rule.get("model", "")]).strip(),
        **_pathways([*on_pre, *rule.get("on_pre", "").splitlines()], pathways, rule),
        "namespace": {**constants, **rule.get("namespace", {})},
        "method": rule.get("method", _method(pieces, theirs)),
    }
    return Projection(
        {key: each for key, each in arguments.items() if each or key in rule},
        {} if weight is None else {weight: start},
        constants=constants.keys() - own.keys(),
        reached=sorted(
            each.removesuffix("_post") for each in used if each.endswith("_post")
        ),
        durations=[each for piece in pieces for each in piece.durations],
        update="\n".join(line for piece in pieces for line in piece.update),
        times=[each for piece in pieces for each in piece.times],
    )


def _method(pieces: Sequence[SynapticFragment], theirs: Equations) -> str:
    """Return what integrates all that is clock-driven; empty if nothing is."""
    methods = {piece.method for piece in pieces if piece.method}
    if any("clock-driven" in each.flags for each in theirs.values()):
        methods.add("rk4")
    # rk4 integrates all of them, each of the others only some
    return methods.pop() if len(methods) == 1 else "rk4" if methods else ""


def _pathways(
    on_pre: Sequence[str], others: Sequence[Pathway], rule: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments that say what events run."""
    sides: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
    if on_pre:
        sides["pre"]["pre"] = "\n".join(on_pre)
    if "on_post" in rule:
        sides["post"]["post"] = rule["on_post"]
    for each in others:
        sides[each.side][each.name] = "\n".join(each.statements)
    events = {each.name: each.event for each in others if each.event != "spike"}
    delays = {each.name: each.delay for each in others if each.delay is not None}
    return {
        **{
            f"on_{side}": code.get(side, "") if code.keys() <= {side} else code
            for side, code in sides.items()
        },
        "on_event": rule.get("on_event", events),
        "delay": delays,
    }


def _check_clashes(
    made: Collection[str],
    weight: str | None,
    rule: Mapping[str, Any],
    catalogue: ModelInterface,
) -> None:
    """Raise if two things in the synapses, or at their ends, would have one name."""
    theirs = Equations(rule.get("model", ""))
    ends = {*catalogue.variables, *catalogue.parameters}
    for name in sorted(set(made) & set(catalogue.variables)):
        raise NameConflictError(
            f"the projection needs the name {name!r} in the synapses, but the model "
            "has a variable of that name."
        )
    if weight is not None and weight in {*made, *ends}:
        whose = "the projection" if weight in made else "the model"
        raise NameConflictError(
            f"weight: {whose} has a variable or parameter {weight!r} already. Choose "
            "another name, such as 'weight'."
        )
    others = {*theirs, *rule.get("namespace", {})} - {weight}
    for name in sorted(others & set(made)):
        raise NameConflictError(
            f"plasticity: the projection has a variable {name!r} already."
        )
    for name in sorted(set(theirs) & set(catalogue.variables)):
        raise NameConflictError(
            f"plasticity: the model has a variable {name!r} already."
        )


def poisson_arguments(
    receptor: Any, catalogue: ModelInterface, N: Any, rate: Any, weight: Any
) -> dict[str, Any]:
    """Return the arguments of a `brian2.PoissonInput`; see `NeuronModel.poisson_input`.

    Parameters
    ----------
    receptor : str
        What the user named.
    catalogue : Catalogue
        What the model has.
    N, rate, weight : object
        As in `NeuronModel.poisson_input`.
    """
    if isinstance(receptor, tuple):
        raise UnitError(f"expected the name of a receptor, got {receptor!r}.")
    (((synapse, names), _),) = _chosen([receptor], catalogue.receptors)
    if synapse.per_synapse:
        raise InvalidValueError(
            f"{receptor} has a gate for each synapse, so the spikes of many synapses "
            "cannot be added up. Use a PoissonGroup and Synapses(..., "
            f"**model.projection({receptor!r}))."
        )
    if isinstance(N, bool) or not isinstance(N, (Integral, np.integer)) or N < 1:
        raise InvalidValueError(f"N: expected a positive integer, got {N!r}.")
    own = SynapseNames(names, synapse.channel, synapse.tag)
    target, factors = synapse.kinetics.increment(own)
    values = _needed(frozenset(factors), catalogue.parameters)
    jump: Any = _number(weight, "weight")
    for each in factors:
        jump = jump * values[each]
    rate = _RATE.check(rate, "rate")
    return {"target_var": target, "N": int(N), "rate": rate, "weight": jump}


def _chosen(
    receptors: Sequence[Any], known: Mapping[str, Receptor]
) -> list[tuple[Receptor, float]]:
    """Return each receptor that the user named, and its ratio."""
    found: dict[str, tuple[Receptor, float]] = {}
    for each in receptors:
        name, ratio = each if isinstance(each, tuple) and len(each) == 2 else (each, 1)
        if not isinstance(name, str):
            raise UnitError(
                "expected the name of a receptor, such as 'AMPA_x_dend', or a name and "
                f"a ratio, got {each!r}."
            )
        if name not in known:
            raise UnknownNameError(
                f"there is no receptor {name!r}.{nearest(name, known)}"
            )
        if name in found:
            raise InvalidValueError(f"{name} is named twice.")
        found[name] = known[name], _number(ratio, f"the ratio of {name}")
    return list(found.values())


def _number(value: Any, where: str) -> float:
    return float(_NUMBER.check(value, where))


def _text(number: float) -> str:
    """Return a number as text that Brian2 reads back as the same, ``'1'`` for 1."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _weight(weight: Any, learning: bool) -> tuple[str | None, Any]:
    """Return the variable that holds the weight, None for a number, and its start."""
    if learning and not isinstance(weight, (str, Mapping)):
        name, start = "w", weight
    elif isinstance(weight, str):
        name, start = weight, 1.0
    elif isinstance(weight, Mapping):
        if len(weight) != 1:
            raise InvalidValueError(
                f"weight: expected one variable, such as {{'w': 0.5}}, got {weight!r}."
            )
        ((name, start),) = weight.items()
    else:
        return None, None
    if not isinstance(name, str):
        raise UnitError(f"weight: expected the name of a variable, got {name!r}.")
    check_in_synapses(name, "weight")
    if isinstance(start, str):
        parsed(start, f"weight: the start of {name!r}", "eval")
    elif np.ndim(start) > 0:
        raise InvalidValueError(
            f"weight: the start of {name!r} is one number or a text that Brian2 "
            f"evaluates for each synapse. Assign arrays after connect: S.{name} = ..."
        )
    else:
        start = _number(start, f"weight: the start of {name!r}")
    return name, start


def _written_out(
    names: frozenset[str], equations: Mapping[str, Equation]
) -> frozenset[str]:
    """Return the names, with those that subexpressions of the target refer to.

    Brian2 writes such a subexpression out in the code of synapses, where its constants
    are not known.
    """
    found: set[str] = set()
    new = set(names)
    while new:
        found |= new
        known = (equations.get(name.removesuffix("_post")) for name in new)
        read = (each.identifiers for each in known if each and each.kind != ODE)
        new = set().union(*read) - found
    return frozenset(found)


def _needed(
    names: frozenset[str], parameters: Mapping[str, Parameter]
) -> dict[str, Quantity | float]:
    """Return the values of those parameters that are named."""
    values: dict[str, Quantity] = resolve(parameters)
    for name, parameter in parameters.items():
        if name in names and values[name] is None:
            raise InvalidValueError(
                f"{name} ({parameter.spec.meaning}, {parameter.spec.unit}) is not "
                f"given: {parameter.remedy}."
            )
    return {name: values[name] for name in parameters if name in names}
