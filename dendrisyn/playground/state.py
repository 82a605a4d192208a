"""`State`: the values of the playground, the traces they give, and their listeners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from ..errors import InvalidValueError, UnitError, look_up
from ..units import Spec, same_value
from .controls import Control, read_slider
from .simulation import PROTOCOL, Simulation
from .traces import Traces

__all__ = ["State"]

#: Units in which boxes show values.
_UNITS: dict[Any, Unit] = {
    unit.dim: unit
    for unit in (pfarad, nsiemens, mvolt, msecond, get_unit(DIMENSIONLESS))
}

_DURATIONS = dict.fromkeys(
    PROTOCOL, Spec("second", "duration of a part of the protocol", "nonnegative")
)


class State:
    """The state that scripts, windows and notebooks show and set.

    The three dicts belong to the user: `read` reads them again after a change. They
    also hold the values that were set last.
    """

    def __init__(
        self,
        simulation: Simulation,
        sliders: Mapping[str, Any],
        boxes: Mapping[str, Any],
        durations: Mapping[str, Any],
        may_add: bool,
    ) -> None:
        self.spike, self._simulation = simulation.spike, simulation
        self.slider_params: Any = {name: list(given) for name, given in sliders.items()}
        self.model_params: Any = dict(boxes)
        self.simulation_params: Any = dict(durations)
        self._may_add = may_add
        self.controls: dict[str, Control] = {}
        self._values: dict[str, Any] = {}
        self._initial: dict[str, Any] = {}  # values of boxes and durations
        self._seen: tuple[str, dict[str, Any]] = "", {}  # the dicts, as last read
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
        names = self.model_params.keys() - self.slider_params.keys()
        if self._may_add:
            names |= spike.values.keys() - spike.parameters.values()
        specs = {name: spike.specs[name] for name in names}
        checked = {
            name: look_up(name, specs, "value to set").check(value, name)
            for name, value in _mapping(given).items()
        }
        self.model_params |= checked
        self._initial |= checked
        self._seen = "", self._seen[1]  # also for values that do not change

    def read(self) -> State:
        """Read the dicts if the user has changed them, and return this state."""
        now = {**_mapping(self.model_params), **_mapping(self.simulation_params)}
        sliders, seen = self._seen
        if (
            sliders != repr(self.slider_params)
            or seen.keys() != now.keys()
            or not all(same_value(seen[name], now[name]) for name in now)
        ):
            self._read()
        return self

    def _read(self) -> None:
        """Read the dicts; nothing changes if a value is wrong."""
        specs, seen = self.spike.specs, self._seen[1]
        given = {
            name: look_up(name, specs, "parameter").check(value, name)
            for name, value in self.model_params.items()
            if name not in self.slider_params
        }
        for name, value in {**PROTOCOL, **self.simulation_params}.items():
            given[name] = look_up(name, _DURATIONS, "duration").check(value, name)
        # A value that the user has set is the value after a reset.
        initial = {
            name: self._initial.get(name, value)
            if same_value(seen.get(name, value), value)
            else value
            for name, value in given.items()
        }
        controls = {
            name: read_slider(
                name, slider, look_up(name, specs, "parameter"), self.spike.start(name)
            )
            for name, slider in self.slider_params.items()
        } | {name: self._box(name, value) for name, value in initial.items()}
        now = {**self.model_params, **given}
        values = _changed(
            {name: now.get(name, c.initial) for name, c in controls.items()},
            {},
            controls,
        )
        self._simulation.rig(values)  # errors of the model are raised here
        self.controls, self._initial = controls, initial
        self._values, self._traces = values, None
        self._write()

    def _box(self, name: str, value: Any) -> Control:
        """Return the control of a box, which has no bounds but those of physics."""
        unit = _UNITS.get(get_dimensions(value)) or Quantity(value).get_best_unit()
        if name in PROTOCOL:
            return Control(name, value, unit, _DURATIONS[name], "Protocol")
        return Control(name, value, unit, self.spike.specs[name], "Cell")

    def _write(self) -> None:
        """Write the values to the dicts."""
        durations = {name: self._values[name] for name in PROTOCOL}
        self.model_params.update(self.values)
        self.simulation_params.update(durations)
        self._seen = repr(self.slider_params), {**self.values, **durations}

    # -- values and traces ------------------------------------------------------------

    @property
    def values(self) -> dict[str, Any]:
        """The current, the spike and the rest of the compartment."""
        return {n: value for n, value in self._values.items() if n not in PROTOCOL}

    @property
    def numbers(self) -> dict[str, float]:
        """All values and durations, in the units of their controls."""
        return {n: self.controls[n].number(value) for n, value in self._values.items()}

    @property
    def traces(self) -> Traces:
        """Traces of the values, simulated when they are first read."""
        if self._traces is None:
            self._traces = self.simulate({})
        return self._traces

    def simulate(self, values: Mapping[str, Any]) -> Traces:
        """Return the traces after these changes, without setting them."""
        return self._simulation.run(_changed(values, self._values, self.controls))

    def change(self, values: Mapping[str, Any]) -> None:
        """Set values, simulate and tell the listeners; nothing if a value is wrong."""
        after = _changed(values, self._values, self.controls)
        if after != self._values or self._traces is None:
            self._traces, self._values = self._simulation.run(after), after
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

    # -- results ----------------------------------------------------------------------

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `Dendrite.dspikes`, except the name."""
        return self.spike.arguments(self._values, self._simulation.dt)

    def code(self) -> str:
        """Return the line of Python that makes the spike."""
        return self.spike.code(self.arguments())

    def model(self) -> Model:
        """Return a new model with the values."""
        values = self.values | self.arguments()
        values.pop("current", None)
        return self.spike.tuned(values)


def _mapping(given: Any) -> Mapping[str, Any]:
    """Return a dict of the user."""
    if not isinstance(given, Mapping):
        raise UnitError(f"expected a dict, got {given!r}.")
    return given


def _changed(
    changes: Mapping[str, Any],
    values: Mapping[str, Any],
    controls: Mapping[str, Control],
) -> dict[str, Any]:
    """Return all values after these changes, which are checked."""
    checked = {
        name: look_up(name, controls, "value to set").check(value)
        for name, value in changes.items()
    }
    after = {**values, **checked}
    if not sum(float(after[name]) for name in PROTOCOL) > 0:
        raise InvalidValueError(
            f"all durations are 0. Give at least one of {', '.join(PROTOCOL)}."
        )
    return after
