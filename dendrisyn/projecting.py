"""From the receptors of a model to a `Projection`, and to Poisson input."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from brian2.equations.equations import PARAMETER, Equations
from brian2.synapses.synapses import Synapses
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

from .errors import (
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
    nearest,
)
from .fragment import Parameter, identifiers_of
from .naming import Names, SynapseNames, check_identifier
from .parameters import resolve
from .projection import Projection
from .quantities import Spec, Value
from .short_term import ShortTermPlasticity
from .synapses import Synapse
from .synapses.kinetics import product

__all__ = ["Catalogue", "Receptor", "poisson_arguments", "project"]

#: A receptor and the names of its compartment.
Receptor = tuple[Synapse, Names]

_NUMBER = Spec("1")
_RATE = Spec("hertz", sign="nonnegative")

#: What Brian2 calls its own in synapses, beside the attributes of their class.
_RESERVED = [
    "N",
    "N_incoming",
    "N_outgoing",
    "N_post",
    "N_pre",
    "codeobj_class",
    "default_event",
    "delay",
    "equations",
    "event_driven",
    "events",
    "i",
    "j",
    "k",
    "lastupdate",
    "multisynaptic_index",
    "namespace",
    "post",
    "pre",
    "source",
    "state_updater",
    "summed_updaters",
    "target",
    "variables",
]

#: What a rule of plasticity may give.
_RULE = ("model", "on_pre", "on_post", "on_event", "namespace", "method")


class Catalogue(NamedTuple):
    """What a model has that projections end at.

    Attributes
    ----------
    receptors : mapping of str to Receptor
        By channel, tag and compartment.
    parameters : mapping of str to Parameter
        All parameters of the model.
    variables : collection of str
        The names of its variables.
    """

    receptors: Mapping[str, Receptor]
    parameters: Mapping[str, Parameter]
    variables: Collection[str]


def project(
    receptors: Sequence[Any],
    catalogue: Catalogue,
    *,
    weight: Any,
    short_term: ShortTermPlasticity | None,
    plasticity: Mapping[str, Any] | None,
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
    name, start = _weight(weight)
    rule, theirs = _rule(plasticity, name)
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
    for (synapse, names), ratio in _chosen(receptors, catalogue.receptors):
        factor = product(_text(ratio * scale), name or "1")
        pieces.append(synapse.transmission(names, factor, release))

    own = {key: each for piece in pieces for key, each in piece.parameters.items()}
    model = [each for piece in pieces for each in piece.equations]
    on_pre = [each for piece in pieces for each in piece.on_pre]
    made = {each.name for each in model} | {each.split()[0] for each in on_pre}
    _check_clashes(made | own.keys(), name, theirs, rule, catalogue)

    text = [str(each) for each in model]
    if name is not None and name not in theirs:
        text.insert(0, f"{name} : 1")
    code = {
        "model": "\n".join([*text, rule.get("model", "")]).strip(),
        "on_pre": "\n".join([*on_pre, rule.get("on_pre", "")]).strip(),
        "on_post": rule.get("on_post", ""),
    }
    used = frozenset().union(*map(identifiers_of, [*map(str, model), *on_pre]))
    constants = _needed(used, {**catalogue.parameters, **own})
    namespace = {**constants, **rule.get("namespace", {})}
    methods = {piece.method for piece in pieces if piece.method}
    if any("clock-driven" in each.flags for each in theirs.values()):
        methods.add("rk4")
    arguments = {
        **{key: each for key, each in code.items() if each},
        **({"on_event": rule["on_event"]} if "on_event" in rule else {}),
        **({"namespace": namespace} if namespace else {}),
    }
    if "method" in rule:
        arguments["method"] = rule["method"]
    elif methods:
        # rk4 integrates all of them, each of the others only some
        arguments["method"] = methods.pop() if len(methods) == 1 else "rk4"
    return Projection(
        arguments,
        {} if name is None else {name: start},
        constants=constants.keys() - own.keys(),
        reached=sorted(
            each.removesuffix("_post") for each in made if each.endswith("_post")
        ),
        durations=[each for piece in pieces for each in piece.durations],
    )


def _check_clashes(
    made: Collection[str],
    weight: str | None,
    theirs: Mapping[str, Any],
    rule: Mapping[str, Any],
    catalogue: Catalogue,
) -> None:
    """Raise if two things in the synapses, or at their ends, would have one name."""
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
    receptor: Any, catalogue: Catalogue, N: Any, rate: Any, weight: Any
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


def _weight(weight: Any) -> tuple[str | None, Any]:
    """Return the variable that holds the weight, None for a number, and its start."""
    if isinstance(weight, str):
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
    check_identifier(name, "weight")
    if name in _RESERVED or hasattr(Synapses, name):
        raise NameConflictError(
            f"weight: Brian2 keeps {name!r} for itself in synapses."
        )
    if isinstance(start, str):
        _parsed(start, f"weight: the start of {name!r}", "eval")
    elif np.ndim(start) > 0:
        raise InvalidValueError(
            f"weight: the start of {name!r} is one number or a text that Brian2 "
            f"evaluates for each synapse. Assign arrays after connect: S.{name} = ..."
        )
    else:
        start = _number(start, f"weight: the start of {name!r}")
    return name, start


def _parsed(code: str, where: str, mode: str = "exec") -> ast.AST:
    try:
        return ast.parse(code.strip(), mode=mode)
    except SyntaxError as error:
        raise InvalidValueError(f"{where}: Python cannot read {code!r}.") from error


def _rule(plasticity: Any, weight: str | None) -> tuple[dict[str, Any], Equations]:
    """Return what a rule of plasticity gives, checked, and its equations."""
    if plasticity is None:
        return {}, Equations("")
    if not isinstance(plasticity, Mapping):
        raise UnitError(
            "plasticity: expected a dict with the arguments of brian2.Synapses that "
            f"make up a rule ({', '.join(_RULE)}), got {plasticity!r}."
        )
    rule = dict(plasticity)
    for key, value in plasticity.items():
        if key not in _RULE:
            raise UnknownNameError(
                f"plasticity: there is no argument {key!r}.{nearest(str(key), _RULE)}"
            )
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
        tree = _parsed(rule.get(key, ""), f"plasticity: {key}")
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
    return rule, theirs


def _needed(
    names: frozenset[str], parameters: Mapping[str, Parameter]
) -> dict[str, Quantity | float]:
    """Return the values of those parameters that are named."""
    values: dict[str, Value] = resolve(parameters)
    for name, parameter in parameters.items():
        if name in names and values[name] is None:
            raise InvalidValueError(
                f"{name} ({parameter.spec.meaning}, {parameter.spec.unit}) is not "
                f"given: {parameter.remedy}."
            )
    return {name: values[name] for name in parameters if name in names}
