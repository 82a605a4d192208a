"""`Projection`: the arguments of a plain `brian2.Synapses`, written for receptors."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brian2.equations.equations import Equations
from brian2.synapses.synapses import Synapses
from brian2.units.fundamentalunits import Quantity

from .errors import (
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
    nearest,
)
from .fragment import Parameter, SynapticFragment, identifiers_of
from .naming import Names, check_identifier
from .parameters import resolve
from .quantities import Spec, Value, show
from .short_term import ShortTermPlasticity
from .synapses import Synapse
from .synapses.synapse import product

__all__ = ["Projection", "Receptor", "poisson_arguments", "project"]

#: A receptor and the names of its compartment.
Receptor = tuple[Synapse, Names]

_NUMBER = Spec("1")

#: What Brian2 calls its own in synapses.
_RESERVED = ("N", "N_incoming", "N_outgoing", "N_post", "N_pre", "delay", "i", "j", "k")

#: What a rule of plasticity may give.
_RULE = ("model", "on_pre", "on_post", "on_event", "namespace", "method")


class Projection(Mapping[str, Any]):
    """The arguments of a `brian2.Synapses`: ``Synapses(pre, post, **projection)``.

    It prints as the strings that it holds. `synapses` makes the synapses with weights
    that start where they should.

    Attributes
    ----------
    start : dict of str to float or str
        Where the variables of new synapses start, if that is not 0.
    """

    def __init__(self, arguments: Mapping[str, Any], start: Mapping[str, Any]) -> None:
        self._arguments = dict(arguments)
        self.start = dict(start)

    def __getitem__(self, key: str) -> Any:
        return self._arguments[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arguments)

    def __len__(self) -> int:
        return len(self._arguments)

    def synapses(self, source: Any, target: Any = None, **kwargs: Any) -> Synapses:
        """Make the synapses.

        Parameters
        ----------
        source, target : object
            Groups, as in `brian2.Synapses`.
        **kwargs
            What else `brian2.Synapses` takes, such as `delay`. A `method` replaces that
            of the projection; a `namespace` is added to it.

        Returns
        -------
        Synapses
            A `brian2.Synapses` whose variables start where `start` says, in each call
            of ``connect``.

        Raises
        ------
        NameConflictError
            If an argument is one that the projection writes.
        """
        for name in sorted(kwargs.keys() & self._arguments.keys()):
            if name not in ("method", "namespace"):
                raise NameConflictError(
                    f"Projection.synapses: the projection writes {name} itself. Give "
                    "statements of your own as plasticity=... to projection."
                )
        # A parameter that varies per neuron is a variable of the target.
        varying = getattr(source if target is None else target, "variables", {})
        constants = self.get("namespace", {})
        namespace = {name: constants[name] for name in constants if name not in varying}
        namespace |= kwargs.pop("namespace", None) or {}
        arguments = {**self._arguments, **kwargs, "namespace": namespace}
        made = _Synapses(source, target, **arguments)
        made._start = self.start
        return made

    def __str__(self) -> str:
        texts = []
        for name, value in self._arguments.items():
            if name == "namespace":
                inside = ", ".join(f"{key!r}: {show(v)}" for key, v in value.items())
                texts.append(f"namespace = {{{inside}}}")
            elif isinstance(value, str) and name in ("model", "on_pre", "on_post"):
                texts.append(f"{name} = '''\n{value}\n'''")
            else:
                texts.append(f"{name} = {value!r}")
        texts += [f"{name} starts at {value}" for name, value in self.start.items()]
        return "\n".join(texts)

    def __repr__(self) -> str:
        return f"<Projection: {', '.join(self._arguments)}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


class _Synapses(Synapses):
    """`brian2.Synapses` whose variables start at stated values."""

    _start: Mapping[str, Any] = {}
    _connected = False

    def connect(self, *args: Any, level: int = 0, **kwargs: Any) -> None:
        try:
            before = len(self) if self._connected else 0
        except NotImplementedError as error:  # standalone: the number is not known yet
            if self._start:
                raise InvalidValueError(
                    f"{self.name}.connect: in standalone mode, only the first call can "
                    f"set {', '.join(self._start)}. Connect in one call."
                ) from error
            before = 0
        super().connect(*args, level=level + 1, **kwargs)
        self._connected = True
        new = slice(before, None) if before else slice(None)
        for name, value in self._start.items():
            getattr(self, name).set_item(new, value, level=level + 1)


def project(
    receptors: Sequence[Any],
    known: Mapping[str, Receptor],
    parameters: Mapping[str, Parameter],
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
    known : mapping of str to Receptor
        The receptors of the model.
    parameters : mapping of str to Parameter
        The parameters of the model.
    weight, short_term, plasticity : object
        As in `NeuronModel.projection`.
    """
    if not receptors:
        raise InvalidValueError(f"name a receptor.{nearest('', known)}")
    name, start = _weight(weight)
    rule = _rule(plasticity, name)
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
    for (synapse, names), ratio in _chosen(receptors, known):
        factor = product(_text(ratio * scale), name or "1")
        pieces.append(synapse.transmission(names, factor, release))

    model = [str(each) for piece in pieces for each in piece.equations]
    on_pre = [each for piece in pieces for each in piece.on_pre]
    ours = Equations("\n".join(model))
    theirs = Equations(rule.get("model", ""))
    for clash in sorted(ours.keys() & theirs.keys()):
        raise NameConflictError(
            f"plasticity: the projection has a variable {clash!r} already."
        )
    if name is not None and name not in theirs:
        if name in ours:
            raise NameConflictError(
                f"weight: the projection has a variable {name!r} already."
            )
        model.insert(0, f"{name} : 1")
    code = {
        "model": "\n".join([*model, rule.get("model", "")]).strip(),
        "on_pre": "\n".join([*on_pre, rule.get("on_pre", "")]).strip(),
        "on_post": rule.get("on_post", ""),
    }
    namespace = _constants(code, pieces, parameters) | rule.get("namespace", {})
    methods = {piece.method for piece in pieces if piece.method}
    if any("clock-driven" in each.flags for each in theirs.values()):
        methods.add("rk4")
    arguments = {
        **{key: text for key, text in code.items() if text},
        **({"on_event": rule["on_event"]} if "on_event" in rule else {}),
        **({"namespace": namespace} if namespace else {}),
    }
    if "method" in rule:
        arguments["method"] = rule["method"]
    elif methods:
        # rk4 integrates all of them, each of the others only some
        arguments["method"] = methods.pop() if len(methods) == 1 else "rk4"
    return Projection(arguments, {} if name is None else {name: start})


def poisson_arguments(
    receptor: Any,
    known: Mapping[str, Receptor],
    parameters: Mapping[str, Parameter],
    N: Any,
    rate: Any,
    weight: Any,
) -> dict[str, Any]:
    """Return the arguments of a `brian2.PoissonInput`; see `NeuronModel.poisson_input`.

    Parameters
    ----------
    receptor : str
        What the user named.
    known : mapping of str to Receptor
        The receptors of the model.
    parameters : mapping of str to Parameter
        The parameters of the model.
    N, rate, weight : object
        As in `NeuronModel.poisson_input`.
    """
    ((synapse, names), ratio) = _chosen([receptor], known)[0]
    if synapse.per_synapse:
        raise InvalidValueError(
            f"{receptor} has a gate for each synapse, so the spikes of many synapses "
            "cannot be added up. Use a PoissonGroup and Synapses(..., "
            f"**model.projection({receptor!r}))."
        )
    amount = _text(ratio * _number(weight, "weight"))
    (statement,) = synapse.transmission(names, amount).on_pre
    target, expression = statement.split("_post += ")
    values = _needed(identifiers_of(expression), parameters)
    jump: Any = 1.0
    for each in expression.split(" * "):
        jump = jump * (values[each] if each in values else float(each))
    return {"target_var": target, "N": N, "rate": rate, "weight": jump}


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
    if name in _RESERVED:
        raise NameConflictError(
            f"weight: Brian2 keeps {name!r} for itself in synapses."
        )
    if not isinstance(start, str):
        start = _number(start, f"weight: the start of {name!r}")
    return name, start


def _rule(plasticity: Any, weight: str | None) -> dict[str, Any]:
    """Return what a rule of plasticity gives, checked."""
    if plasticity is None:
        return {}
    if not isinstance(plasticity, Mapping):
        raise UnitError(
            "plasticity: expected a dict with the arguments of brian2.Synapses that "
            f"make up a rule ({', '.join(_RULE)}), got {plasticity!r}."
        )
    for key, value in plasticity.items():
        if key not in _RULE:
            raise UnknownNameError(
                f"plasticity: there is no argument {key!r}.{nearest(str(key), _RULE)}"
            )
        if key in ("model", "on_pre", "on_post") and not isinstance(value, str):
            raise UnitError(f"plasticity: expected text as {key}, got {value!r}.")
    if weight is None:
        raise InvalidValueError(
            "plasticity: there is no weight that it could change. Give weight='w', or "
            "the name that the rule uses."
        )
    code = "\n".join(plasticity.get(key, "") for key in ("on_pre", "on_post", "model"))
    if weight not in identifiers_of(code):
        raise InvalidValueError(
            f"plasticity: the rule does not contain the weight {weight!r}, so it would "
            "change nothing."
        )
    return {
        key: "\n".join(line.strip() for line in value.strip().splitlines())
        if key in ("model", "on_pre", "on_post")
        else value
        for key, value in plasticity.items()
    }


def _constants(
    code: Mapping[str, str],
    pieces: Sequence[SynapticFragment],
    parameters: Mapping[str, Parameter],
) -> dict[str, Any]:
    """Return the values of what *code* refers to."""
    own = {name: each for piece in pieces for name, each in piece.parameters.items()}
    used = frozenset().union(*(identifiers_of(text) for text in code.values()))
    return _needed(used, {**parameters, **own})


def _needed(
    names: frozenset[str], parameters: Mapping[str, Parameter]
) -> dict[str, Quantity | float]:
    values: dict[str, Value] = resolve(parameters)
    for name, parameter in parameters.items():
        if name in names and values[name] is None:
            raise InvalidValueError(
                f"{name} ({parameter.spec.meaning}, {parameter.spec.unit}) is not "
                f"given: {parameter.remedy}."
            )
    return {name: values[name] for name in parameters if name in names}
