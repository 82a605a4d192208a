"""`Projection`: the arguments of a plain `brian2.Synapses`, written for receptors."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from brian2.equations.equations import Equations
from brian2.synapses.synapses import Synapses

from ..brian.projection_synapses import ProjectionSynapses
from ..errors import NameConflictError, UnitError, UnknownNameError
from ..units import show

__all__ = ["Projection"]


class Projection(Mapping[str, Any]):
    """The arguments of a `brian2.Synapses`: ``Synapses(pre, post, **projection)``.

    It prints as the strings that it holds. `synapses` makes the synapses with the
    right starting weights.

    Attributes
    ----------
    start : dict of str to float or str
        Values of variables in new synapses of `synapses`, if not 0.
    update : str
        Code that brings the weights up to date, for ``run_regularly`` of the synapses;
        empty if they always are.
    """

    def __init__(
        self,
        arguments: Mapping[str, Any],
        start: Mapping[str, Any],
        constants: Collection[str],
        target_variables: Collection[str],
        durations: Collection[str],
        update: str = "",
        times: Collection[str] = (),
    ) -> None:
        self._arguments = dict(arguments)
        self.start = dict(start)
        self._constants = frozenset(constants)  # constants of the model
        self._target_variables = tuple(target_variables)
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
            Further arguments of `brian2.Synapses`, such as `delay`. A `method` replaces
            that of the projection; a `namespace` is added to it. Without `dt` or
            `clock`, the clock is that of the target.

        Returns
        -------
        Synapses
            A `brian2.Synapses` whose variables start at the values in `start`, in every
            call of ``connect``.

        Raises
        ------
        NameConflictError
            If the projection sets an argument itself, or a name is that of a variable
            of the groups.
        UnknownNameError
            If the target lacks the receptor.
        """
        for name in sorted(kwargs.keys() & self._arguments.keys()):
            if name not in ("method", "namespace", "delay"):
                raise NameConflictError(
                    f"Projection.synapses: the projection writes {name} itself. Give "
                    "statements of your own as plasticity=... to projection."
                )
        added = kwargs.pop("namespace", None) or {}
        if not isinstance(added, Mapping):
            raise UnitError(
                f"Projection.synapses: expected a dict as namespace, got {added!r}."
            )
        end = source if target is None else target
        self._check_names(source, end)
        self._check_events(end)
        # A parameter that varies per neuron is a variable of the target.
        varying = self._constants & _variables(end).keys()
        constants = {
            name: value
            for name, value in self.get("namespace", {}).items()
            if name not in varying
        }
        arguments = {**self, **kwargs, "namespace": {**constants, **added}}
        clock = getattr(end, "clock", None)
        if not {"dt", "clock"} & kwargs.keys() and clock is not None:
            arguments["clock"] = clock
        arguments["delay"] = self._delays(kwargs.get("delay"))
        return ProjectionSynapses(
            source,
            target,
            start=self.start,
            durations=self._durations,
            lags=self.get("delay", {}),
            times=self._times,
            **arguments,
        )

    def _check_events(self, target: Any) -> None:
        """Raise if the target lacks an event that the synapses follow."""
        code, events = self.get("on_post", {}), self.get("on_event", {})
        if isinstance(events, str) or not isinstance(
            getattr(target, "events", 0), dict
        ):
            return
        for pathway in code if isinstance(code, Mapping) else ["post"]:
            event = events.get(pathway, "spike")
            if code and event not in target.events:
                advice = (
                    "Give the group a threshold."
                    if event == "spike"
                    else "Was it made before the event was added, or without it?"
                )
                raise UnknownNameError(
                    f"Projection.synapses: the target has no event {event!r}. {advice}"
                )

    def _delays(self, transmission: Any) -> Any:
        """Return the delays of all pathways for a delay of transmission."""
        lags = self.get("delay", {})
        if not lags or isinstance(transmission, Mapping):
            return transmission
        if transmission is None:  # delays may vary by synapse; `connect` sets them
            return None
        later = {name: transmission + lag for name, lag in lags.items()}
        return {"pre": transmission, **later}

    def _check_names(self, source: Any, target: Any) -> None:
        """Raise if names of the projection are those of variables of the groups."""
        there = _variables(target)
        for name in self._target_variables:
            if name not in there:
                raise UnknownNameError(
                    f"Projection.synapses: the target has no variable {name!r}. Is it "
                    "a group of another model, or was it made before the receptor was "
                    "added?"
                )
        for name in Equations(self.get("model", "")):
            for group in (source, target):
                if name in _variables(group) and not name.endswith("_post"):
                    raise NameConflictError(
                        f"Projection.synapses: {group.name} has a variable {name!r}, "
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
                items = ", ".join(f"{key!r}: {show(v)}" for key, v in value.items())
                texts.append(f"namespace = {{{items}}}")
            elif isinstance(value, str) and name in ("model", "on_pre", "on_post"):
                texts.append(f"{name} = {_block(value)}")
            elif name in ("on_pre", "on_post"):
                items = ", ".join(f"{key!r}: {_block(v)}" for key, v in value.items())
                texts.append(f"{name} = {{{items}}}")
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


def _variables(group: Any) -> Mapping[str, Any]:
    """Return the variables of a group; none if it is no group of Brian2."""
    return getattr(group, "variables", {})


def _block(code: str) -> str:
    return f"'''\n{code}\n'''"
