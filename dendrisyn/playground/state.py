"""`State`: the values of the playground, the traces they give, and their listeners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

from ..cell.base import Model
from ..errors import InvalidValueError, UnitError, located, look_up
from ..units import Spec, same_value
from .controls import Control, read_slider
from .simulation import PROTOCOL, Simulation
from .spike import TunedSpike
from .traces import Traces

__all__ = ["State"]

#: Units in which boxes show values.
_UNITS: dict[Any, Unit] = {
    unit.dim: unit
    for unit in (pfarad, nsiemens, mvolt, msecond, get_unit(DIMENSIONLESS))
}

_DURATION = Spec("second", "duration of a part of the protocol", "nonnegative")


class State:
    """The state that scripts, windows and notebooks show and set.

    The three dicts belong to the user: `read` reads them again after a change. They
    also hold the values that were set last.
    """

    def __init__(
        self,
        spike: TunedSpike,
        sliders: Mapping[str, Any],
        boxes: Mapping[str, Any],
        durations: Mapping[str, Any],
        may_add: bool,
        simulation: Callable[[list[str]], Simulation],
    ) -> None:
        self.spike, self._may_add, self._make = spike, may_add, simulation
        self.slider_params: Any = {name: list(given) for name, given in sliders.items()}
        self.model_params: Any = dict(boxes)
        self.simulation_params: Any = dict(durations)
        self.groups: dict[str, dict[str, Control]] = {}
        self._values: dict[str, Any] = {}
        self._initial: dict[str, Any] = {}  # of boxes and durations
        self._seen: tuple[str, dict[str, Any]] = "", {}  # the dicts, as last read
        self._simulation: Simulation | None = None
        self._traces: Traces | None = None
        self._listeners: list[Callable[[], None]] = []

    # -- the dicts of the user --------------------------------------------------------

    def set_sliders(self, given: Mapping[str, Any]) -> None:
        """Change sliders; see `Playground.set_slider_params`."""
        for name, slider in _mapping(given).items():
            look_up(name, self.slider_params, "slider")
            read_slider(name, slider, self.spike.specs[name])
        self.slider_params |= {name: list(slider) for name, slider in given.items()}
        for name in given:
            self.model_params.pop(name, None)

    def set_boxes(self, given: Mapping[str, Any]) -> None:
        """Change boxes; see `Playground.set_model_params`."""
        spike = self.spike
        legal = self.model_params.keys() - self.slider_params.keys()
        if self._may_add:
            legal |= spike.values.keys() - spike.parameters.values()
        checked = {}
        for name, value in _mapping(given).items():
            look_up(name, dict.fromkeys(legal), "value to set")
            checked[name] = spike.specs[name].check(value, name)
        self.model_params |= checked
        self._initial |= checked

    def read(self) -> State:
        """Read the dicts if the user has changed them, and return this state."""
        now = {**_mapping(self.model_params), **_mapping(self.simulation_params)}
        sliders, seen = self._seen
        if (
            sliders == repr(self.slider_params)
            and seen.keys() == now.keys()
            and all(same_value(seen[name], now[name]) for name in now)
        ):
            return self
        self._read()
        return self

    def _read(self) -> None:
        """Read the dicts; nothing changes if anything in them is wrong."""
        specs, seen = self.spike.specs, self._seen[1]
        with located("simulation_params"):
            for name in self.simulation_params:
                look_up(name, PROTOCOL, "duration")
            durations = {
                name: _DURATION.check(self.simulation_params.get(name, default), name)
                for name, default in PROTOCOL.items()
            }
        with located("model_params"):
            boxes = {
                name: look_up(name, specs, "parameter").check(value, name)
                for name, value in self.model_params.items()
                if name not in self.slider_params
            }
        # A value that the user has set is the value after a reset.
        initial = {
            name: value
            if name not in self._initial
            or (name in seen and not same_value(seen[name], value))
            else self._initial[name]
            for name, value in (boxes | durations).items()
        }
        groups = {
            "Dendritic spike": {
                name: self._exact(read_slider(name, slider, specs[name]))
                for name, slider in self.slider_params.items()
            },
            "Cell": {
                name: self._box(name, initial[name], specs[name]) for name in boxes
            },
            "Protocol": {
                name: self._box(name, initial[name], _DURATION) for name in durations
            },
        }
        values = {**self.model_params, **boxes, **durations}
        with located("model_params"):
            values = {
                name: control.check(values.get(name, control.initial))
                for name, control in _all(groups).items()
            }
        simulation, extra = (
            self._simulation,
            sorted(boxes.keys() - self.spike.parameters),
        )
        if simulation is None or simulation.extra != extra:
            simulation = self._make(extra)
        simulation.rig()
        _check_protocol(values)
        self.groups, self._initial, self._simulation = groups, initial, simulation
        self._values, self._traces = values, None
        self._write()

    def _box(self, name: str, value: Any, spec: Spec) -> Control:
        """Return the control of a box: no bounds but those of physics."""
        unit = _UNITS.get(get_dimensions(value)) or Quantity(value).get_best_unit()
        return self._exact(Control(name, value, unit, spec))

    def _exact(self, control: Control) -> Control:
        """Start from the value of the model, to the last digit, if that is shown."""
        own, number = self.spike.start(control.name), control.number(control.initial)
        is_shown = own is not None and control.number(own) == number
        return replace(control, initial=own if is_shown else number * control.unit)

    def _write(self) -> None:
        """Write the values to the dicts."""
        durations = {name: self._values[name] for name in PROTOCOL}
        self.model_params.update(self.values)
        self.simulation_params.update(durations)
        self._seen = repr(self.slider_params), {**self.values, **durations}

    # -- values and traces ------------------------------------------------------------

    @property
    def controls(self) -> dict[str, Control]:
        """All controls by name."""
        return _all(self.groups)

    @property
    def values(self) -> dict[str, Any]:
        """The current, the spike and the rest of the compartment."""
        return {n: value for n, value in self._values.items() if n not in PROTOCOL}

    @property
    def numbers(self) -> dict[str, float]:
        """All values and durations, in the units of their controls."""
        controls = self.controls
        return {n: controls[n].number(value) for n, value in self._values.items()}

    @property
    def traces(self) -> Traces:
        """Traces of the values, simulated when they are first read."""
        if self._traces is None:
            self._traces = self.simulate({})
        return self._traces

    def simulate(self, values: Mapping[str, Any]) -> Traces:
        """Return the traces after these changes, without setting them."""
        return self._run(self._changed(values))

    def change(self, values: Mapping[str, Any]) -> None:
        """Set values, simulate and tell the listeners; nothing if a value is wrong."""
        after = self._changed(values)
        if after != self._values or self._traces is None:
            self._traces, self._values = self._run(after), after
            self._write()
        for listener in list(self._listeners):
            listener()

    def reset(self) -> None:
        """Set all values to their initial values."""
        self.change({name: control.initial for name, control in self.controls.items()})

    def listen(self, listener: Callable[[], None]) -> None:
        """Call *listener* after all changes from now on."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        """Call *listener* no more."""
        self._listeners = [other for other in self._listeners if other != listener]

    def _changed(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return all values after these changes."""
        controls = self.controls
        checked = {
            name: look_up(name, controls, "value to set").check(value)
            for name, value in changes.items()
        }
        after = self._values | checked
        _check_protocol(after)
        return after

    def _run(self, values: Mapping[str, Any]) -> Traces:
        assert self._simulation is not None
        return self._simulation.run(values)

    # -- results ----------------------------------------------------------------------

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `Dendrite.dspikes`, except the name."""
        assert self._simulation is not None
        return self.spike.arguments(self._values, self._simulation.dt)

    def code(self) -> str:
        """Return the line of Python that makes the spike."""
        return self.spike.code(self.arguments())

    def model(self) -> Model:
        """Return a new model with the values."""
        values = self.values | self.arguments()
        values.pop("current", None)
        return self.spike.tuned(values)


def _all(groups: Mapping[str, Mapping[str, Control]]) -> dict[str, Control]:
    """Return the controls of all groups by name."""
    return {name: c for group in groups.values() for name, c in group.items()}


def _mapping(given: Any) -> Mapping[str, Any]:
    """Return a dict of the user."""
    if not isinstance(given, Mapping):
        raise UnitError(f"expected a dict, got {given!r}.")
    return given


def _check_protocol(values: Mapping[str, Any]) -> None:
    """Raise if the protocol lasts no time."""
    if not sum(float(values[name]) for name in PROTOCOL) > 0:
        raise InvalidValueError(
            f"all durations are 0. Give at least one of {', '.join(PROTOCOL)}."
        )
