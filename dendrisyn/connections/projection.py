"""`Projection`: the arguments of a plain `brian2.Synapses`, written for receptors."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from brian2.core.namespace import get_local_namespace
from brian2.devices.device import RuntimeDevice, get_device
from brian2.equations.equations import Equations
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.synapses.synapses import Synapses
from brian2.units.fundamentalunits import DIMENSIONLESS
from brian2.utils.stringtools import get_identifiers

from ..brian.group import duration_problems
from ..errors import InvalidValueError, NameConflictError, UnitError, UnknownNameError
from ..units import show

__all__ = ["Projection"]


class Projection(Mapping[str, Any]):
    """The arguments of a `brian2.Synapses`: ``Synapses(pre, post, **projection)``.

    It prints as the strings that it holds. `synapses` makes the synapses with weights
    that start where they should.

    Attributes
    ----------
    start : dict of str to float or str
        Where `synapses` starts the variables of new synapses, if that is not 0.
    update : str
        Code that brings the weights up to date, for ``run_regularly`` of the synapses;
        empty if they always are.
    """

    def __init__(
        self,
        arguments: Mapping[str, Any],
        start: Mapping[str, Any],
        constants: Collection[str],
        reached: Collection[str],
        durations: Collection[str],
        update: str = "",
        times: Collection[str] = (),
    ) -> None:
        self._arguments = dict(arguments)
        self.start = dict(start)
        self._constants = frozenset(constants)  # those of the model
        self._reached = tuple(reached)  # variables of the target
        self._durations = tuple(durations)
        self._times = tuple(times)
        self.update = update

    def __getitem__(self, key: str) -> Any:
        value = self._arguments[key]
        return dict(value) if isinstance(value, Mapping) else value

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
            of the projection; a `namespace` is added to it. Without `dt` or `clock`,
            the clock is that of the target.

        Returns
        -------
        Synapses
            A `brian2.Synapses` whose variables start where `start` says, in each call
            of ``connect``.

        Raises
        ------
        NameConflictError
            If an argument is one that the projection writes, or a name is that of a
            variable of the groups.
        UnknownNameError
            If the target lacks the receptor.
        """
        for name in sorted(kwargs.keys() & self._arguments.keys()):
            if name not in ("method", "namespace", "delay"):
                raise NameConflictError(
                    f"Projection.synapses: the projection writes {name} itself. Give "
                    "statements of your own as plasticity=... to projection."
                )
        given = kwargs.pop("namespace", None) or {}
        if not isinstance(given, Mapping):
            raise UnitError(
                f"Projection.synapses: expected a dict as namespace, got {given!r}."
            )
        ends = source, source if target is None else target
        here, there = (getattr(end, "variables", {}) for end in ends)
        self._check_names(ends, here, there)
        self._check_events(ends[1])
        # A parameter that varies per neuron is a variable of the target.
        varying = {name for name in self._constants if name in there}
        constants = {
            name: value
            for name, value in self.get("namespace", {}).items()
            if name not in varying
        }
        arguments = {**self, **kwargs, "namespace": {**constants, **given}}
        clock = getattr(target if target is not None else source, "clock", None)
        if not {"dt", "clock"} & kwargs.keys() and clock is not None:
            arguments["clock"] = clock
        arguments["delay"] = self._delays(kwargs.get("delay"))
        made = _Synapses(source, target, **arguments)
        made._start, made._durations = self.start, self._durations
        made._later, made._times = self.get("delay", {}), self._times
        return made

    def _check_events(self, target: Any) -> None:
        """Raise if the target has not the events that the synapses follow."""
        code, events = self.get("on_post", {}), self.get("on_event", {})
        if isinstance(events, str) or not isinstance(
            getattr(target, "events", 0), dict
        ):
            return
        for pathway in code if isinstance(code, Mapping) else ["post"]:
            event = events.get(pathway, "spike")
            if code and event not in target.events:
                why = (
                    "Give the group a threshold."
                    if event == "spike"
                    else "Was it made before the event was added, or without it?"
                )
                raise UnknownNameError(
                    f"Projection.synapses: the target has no event {event!r}. {why}"
                )

    def _delays(self, given: Any) -> Any:
        """Return the delay of each pathway, *given* being that of transmission."""
        own = self.get("delay", {})
        if not own or isinstance(given, Mapping):
            return given
        if given is None:  # all may vary by synapse; `connect` sets them
            return None
        return {"pre": given, **{name: given + each for name, each in own.items()}}

    def _check_names(
        self, ends: Iterable[Any], here: Collection[str], there: Collection[str]
    ) -> None:
        """Raise if names of the projection are those of variables of the groups."""
        for name in self._reached:
            if name not in there:
                raise UnknownNameError(
                    f"Projection.synapses: the target has no variable {name!r}. Is it "
                    "a group of another model, or was it made before the receptor was "
                    "added?"
                )
        for name in Equations(self.get("model", "")):
            for end, variables in zip(ends, (here, there), strict=True):
                if name in variables and not name.endswith("_post"):
                    raise NameConflictError(
                        f"Projection.synapses: {end.name} has a variable {name!r}, "
                        "which Brian2 refuses as a name in synapses. Give the weight, "
                        "or the variable of the rule, another name."
                    )
        for name in self.get("namespace", {}):
            if name in there and name not in self._constants:
                raise NameConflictError(
                    f"Projection.synapses: the target has a variable {name!r}, which "
                    "would hide the constant of the rule. Rename the constant."
                )

    def __str__(self) -> str:
        texts = []
        for name, value in self._arguments.items():
            if name == "namespace":
                inside = ", ".join(f"{key!r}: {show(v)}" for key, v in value.items())
                texts.append(f"namespace = {{{inside}}}")
            elif isinstance(value, str) and name in ("model", "on_pre", "on_post"):
                texts.append(f"{name} = {_block(value)}")
            elif name in ("on_pre", "on_post"):
                inside = ", ".join(f"{key!r}: {_block(v)}" for key, v in value.items())
                texts.append(f"{name} = {{{inside}}}")
            else:
                texts.append(f"{name} = {value!r}")
        texts += [
            f".synapses(...) starts {name} at {value}"
            for name, value in self.start.items()
        ]
        if self.update:
            texts.append(f".update = {_block(self.update)}")
        return "\n".join(texts)

    def __repr__(self) -> str:
        return f"<Projection: {', '.join(self._arguments)}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _block(code: str) -> str:
    return f"'''\n{code}\n'''"


class _Synapses(Synapses):
    """`brian2.Synapses` whose variables start at stated values."""

    _start: Mapping[str, Any] = {}
    _durations: Collection[str] = ()
    _later: Mapping[str, Any] = {}  # pathways, and by how much after transmission
    _times: Collection[str] = ()
    _timed = 0  # synapses whose times are set
    _connected = False

    def connect(self, *args: Any, level: int = 0, **kwargs: Any) -> None:
        """Add synapses, as `brian2.Synapses` does, and set where they start."""
        for name, value in self._start.items():
            if isinstance(value, str):
                self._check_start(name, value, get_local_namespace(level + 1))
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
        for name, later in self._later.items():
            pathway = getattr(self, name)
            if not pathway.variables["delay"].scalar:
                pathway.delay.set_item(new, later, level=level + 1)
        for name, value in self._start.items():
            getattr(self, name).set_item(new, value, level=level + 1)

    def __setattr__(self, name: str, value: Any, level: int = 0) -> None:
        """Set an attribute; the other pathways of a rule follow a delay."""
        super().__setattr__(name, value, level=level + 1)
        if name != "delay":
            return
        for pathway, later in self._later.items():
            if isinstance(value, str):
                value_then: Any = f"({value}) + {float(later)!r}*second"
            else:
                value_then = value + later
            variable = getattr(self, pathway).delay
            variable.set_item(slice(None), value_then, level=level + 1)

    def before_run(self, run_namespace: Any = None) -> None:
        """Check the durations against `dt`, then do what Brian2 does."""
        values = {
            name: self.namespace[name]
            for name in self._durations
            if name in self.namespace and name not in self.variables
        }
        problems = duration_problems(values, float(self.clock.dt))
        if problems:
            raise InvalidValueError(f"{self.name}: {' '.join(problems)}")
        if isinstance(get_device(), RuntimeDevice):
            self._check_delays()
            # Only a network knows the time: that of the clock may be another's.
            for name in self._times:
                getattr(self, name)[self._timed :] = self.clock.t
            self._timed = len(self)
        super().before_run(run_namespace)

    def _check_delays(self) -> None:
        """Raise if transmission has another delay than the rule was told."""
        for name, later in self._later.items():
            own = np.asarray(getattr(self, name).delay[:])
            transmission = np.asarray(self.pre.delay[:])
            if not np.allclose(own - transmission, float(later), atol=1e-9, rtol=0):
                raise InvalidValueError(
                    f"{self.name}: the delay was changed, but the pathway {name!r} of "
                    "the rule of plasticity did not follow. Set it as a whole: "
                    "synapses.delay = ..."
                )

    def _check_start(self, name: str, text: str, scope: Mapping[str, Any]) -> None:
        """Raise if a variable cannot start at an expression, before connecting."""
        where = f"{self.name}.connect: {name} cannot start at {text!r}"
        try:
            known = self.resolve_all(get_identifiers(text), scope)
            dimensions = parse_expression_dimensions(text, known)
        except (KeyError, SyntaxError, TypeError, ValueError) as error:
            raise InvalidValueError(f"{where}: {error}") from error
        if dimensions is not DIMENSIONLESS:
            raise UnitError(f"{where}: expected a plain number.")
