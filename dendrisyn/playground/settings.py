"""`Settings`: three dicts that users read and change, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from brian2.units.allunits import msecond, mvolt, nsiemens, pfarad
from brian2.units.fundamentalunits import (
    DIMENSIONLESS,
    Quantity,
    Unit,
    get_dimensions,
    get_unit,
)

from ..errors import InvalidValueError, UnitError, UnknownNameError, located, nearest
from ..units import is_number, same_value
from .controls import Control, off_or, read_control
from .experiment import Experiment
from .protocol import Protocol
from .session import Session
from .target import Target

__all__ = ["Settings"]

#: Units in which boxes show values.
_UNITS = {
    unit.dim: unit
    for unit in (pfarad, nsiemens, mvolt, msecond, get_unit(DIMENSIONLESS))
}


class Settings:
    """What is shown and where it starts.

    Parameters
    ----------
    target : Target
        What is tuned.
    sliders, boxes, durations : mapping
        What the dicts hold at first; they are copied.
    may_add : bool
        Whether any parameter of the model may get a box.
    experiment : callable
        Makes an `Experiment` that sets the parameters named, too.

    Attributes
    ----------
    sliders : dict of str to list
        ``[minimum, maximum, initial, step, unit]`` by what it sets.
    values : dict of str to Quantity
        The boxes; and, once there is a session, what sliders are set to.
    durations : dict of str to Quantity
        The protocol.
    """

    def __init__(
        self,
        target: Target,
        sliders: Mapping[str, Sequence],
        boxes: Mapping[str, Any],
        durations: Mapping[str, Any],
        *,
        may_add: bool,
        experiment: Callable[[Iterable[str]], Experiment],
    ) -> None:
        self._target, self._may_add, self._make = target, may_add, experiment
        self._experiment: tuple[list[str], Experiment] | None = None
        self.sliders: dict[str, Any] = {k: list(each) for k, each in sliders.items()}
        self.values: dict[str, Any] = dict(boxes)
        self.durations: dict[str, Any] = dict(durations)
        self._start: dict[str, Any] = {}
        self._kept: dict[str, Any] = {}
        self._read = ""
        self._session: Session | None = None

    def set_sliders(self, given: Mapping[str, Sequence]) -> None:
        """Change sliders; see `Playground.set_slider_params`."""
        _check_names(_as_dict(given), self.sliders)
        for name, each in given.items():
            self._slider(name, each)
        self.sliders.update({name: list(each) for name, each in given.items()})
        for name in given:
            self.values.pop(name, None)

    def set_boxes(self, given: Mapping[str, Any]) -> None:
        """Change boxes; see `Playground.set_model_params`."""
        target = self._target
        legal = {name for name in self.values if name not in self.sliders}
        if self._may_add:
            legal |= target.model._parameters().keys() - {*target.parameters.values()}
        _check_names(_as_dict(given), legal)
        checked = {
            name: target.spec(name).check(value, name) for name, value in given.items()
        }
        self.values.update(checked)
        self._start.update(checked)

    def session(self) -> Session:
        """Return the session; a new one if the dicts are not as it left them.

        Raises
        ------
        DendrisynError
            If the dicts make no sense, or the model cannot be made into a group.
        """
        if self._session is None or not self._agree():
            self._session = self._begin()
            self._session.listen(self._keep)
            self._keep()
        return self._session

    def numbers(self, values: Mapping[str, Any]) -> dict[str, float]:
        """Return values with units as numbers of their controls."""
        controls = self.session().controls
        _check_names(values, controls)
        return {name: _number(controls[name], each) for name, each in values.items()}

    def _agree(self) -> bool:
        now = {**self.values, **self.durations}
        return (
            repr(self.sliders) == self._read
            and self._kept.keys() == now.keys()
            and all(same_value(self._kept[name], now[name]) for name in now)
        )

    def _keep(self) -> None:
        """Write what is set to the dicts."""
        assert self._session is not None
        durations = self._session.protocol.values()
        self.values.update(self._session.values)
        self.durations.update(durations)
        self._kept = {**self._session.values, **durations}
        self._read = repr(self.sliders)

    def _begin(self) -> Session:
        """Read the dicts, which the user may have changed."""
        with located("simulation_params"):
            durations = Protocol.of(_as_dict(self.durations)).values()
        with located("model_params"):
            boxes = {
                name: off_or(self._target.spec(name)).check(value, name)
                for name, value in _as_dict(self.values).items()
                if name not in self.sliders
            }
        sliders = [self._slider(name, each) for name, each in self.sliders.items()]
        given = {**boxes, **durations}
        for name, value in given.items():  # what the user has set is where it starts
            kept = self._kept.get(name)
            if name not in self._start or not (kept is None or same_value(kept, value)):
                self._start[name] = value
        known = self._target.parameters
        session = Session(
            self._experiment_with([n for n in boxes if n not in known]),
            sliders,
            [self._box(name, self._start[name]) for name in boxes],
            [self._control(name, self._start[name], msecond) for name in durations],
        )
        now = {**self.values, **given}
        with located("model_params"):
            numbers = {name: _number(session.controls[name], now[name]) for name in now}
            session.begin(numbers)
        session.prepare()
        return session

    def _experiment_with(self, extra: list[str]) -> Experiment:
        """Return the experiment that there is, unless more parameters are set."""
        if self._experiment is None or self._experiment[0] != extra:
            self._experiment = extra, self._make(extra)
        return self._experiment[1]

    def _slider(self, name: str, given: Any) -> Control:
        return self._exact(read_control(name, given, self._target.spec(name), name))

    def _box(self, name: str, value: Any) -> Control:
        unit = _UNITS.get(get_dimensions(value)) or Quantity(value).get_best_unit()
        return self._exact(self._control(name, value, unit))

    @staticmethod
    def _control(name: str, value: Any, unit: Unit) -> Control:
        number = float(f"{float(value / unit):.12g}")
        return Control(name, -float("inf"), float("inf"), number, None, unit)

    def _exact(self, control: Control) -> Control:
        """Keep all digits of what the model has."""
        if control.name == "current":
            return control
        own = self._target.start(control.name)
        if own is None or control.number(own) != control.initial:
            return control
        return replace(control, exact=own)


def _number(control: Control, value: Any) -> float:
    if not is_number(value) or get_dimensions(value) is not control.unit.dim:
        example = control.code(control.initial)
        raise UnitError(
            f"{control.name}: expected a value such as {example}, got {value!r}."
        )
    if getattr(value, "shape", ()) != ():
        raise InvalidValueError(f"{control.name}: expected one value, got {value!r}.")
    return control.number(value)


def _as_dict(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise UnitError(f"expected a dict, got {given!r}.")
    return given


def _check_names(given: Mapping[str, Any], legal: Iterable[str]) -> None:
    for name in given:
        if name not in legal:
            raise UnknownNameError(
                f"there is nothing called {name!r} to set.{nearest(str(name), legal)}"
            )
