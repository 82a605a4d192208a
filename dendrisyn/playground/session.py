"""`Session`: the values as they are, the traces they give, and who wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import UnknownNameError, located, nearest
from .controls import Control, off_or
from .experiment import Experiment
from .protocol import Protocol
from .traces import Measures, Traces

__all__ = ["Session"]


class Session:
    """The state behind every front end: no front end has one of its own.

    Parameters
    ----------
    experiment : Experiment
        What is simulated.
    sliders : iterable of Control
        What is set with sliders.
    boxes : iterable of Control
        Other values of the cell; they have no bounds but those of physics.
    durations : iterable of Control
        Those of the protocol.
    """

    def __init__(
        self,
        experiment: Experiment,
        sliders: Iterable[Control],
        boxes: Iterable[Control],
        durations: Iterable[Control],
    ) -> None:
        self.sliders = {each.name: each for each in sliders}
        self.boxes = {each.name: each for each in boxes}
        self.durations = {each.name: each for each in durations}
        self.controls = {**self.sliders, **self.boxes, **self.durations}
        self._experiment = experiment
        self._numbers = self.initial
        self._traces: Traces | None = None
        self._listeners: list[Callable[[], None]] = []

    def begin(self, numbers: Mapping[str, float]) -> None:
        """Start at other numbers.

        Raises
        ------
        DendrisynError
            If a number is wrong.
        """
        self._numbers = self.check(numbers)

    def prepare(self) -> None:
        """Build the group, so that errors are raised now.

        Raises
        ------
        DendrisynError
            If the model cannot be made into one.
        """
        self._experiment.prepare()

    @property
    def initial(self) -> dict[str, float]:
        """What everything starts at, in the unit of its control."""
        return {name: each.initial for name, each in self.controls.items()}

    @property
    def numbers(self) -> dict[str, float]:
        """What everything is now, in the unit of its control."""
        return dict(self._numbers)

    @property
    def values(self) -> dict[str, Quantity]:
        """The current and the parameters, with units."""
        return self._values(self._numbers)

    @property
    def protocol(self) -> Protocol:
        """When the current is on."""
        return self._protocol(self._numbers)

    @property
    def traces(self) -> Traces:
        """What the values give; simulated when it is first asked for."""
        if self._traces is None:
            self._traces = self._simulate(self._numbers)
        return self._traces

    @property
    def measures(self) -> Measures:
        """What is measured on the traces."""
        return self.traces.measures

    def listen(self, listener: Callable[[], None]) -> None:
        """Call *listener* after each change."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        """Call *listener* no more."""
        self._listeners = [each for each in self._listeners if each != listener]

    def check(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """Return what everything is with these numbers.

        Raises
        ------
        UnknownNameError
            If there is no such control.
        InvalidValueError
            If a number is out of bounds.
        """
        for name, number in numbers.items():
            if name not in self.controls:
                raise UnknownNameError(
                    f"there is nothing called {name!r} to set."
                    f"{nearest(str(name), self.controls)}"
                )
            control = self.controls[name]
            if name in self.sliders:
                control.check(number, name)
            elif name in self.boxes:
                spec = off_or(self._experiment.target.spec(name))
                spec.check(control.quantity(number), name)
        after = {**self._numbers, **{k: float(v) for k, v in numbers.items()}}
        self._protocol(after)
        return after

    def change(self, numbers: Mapping[str, float]) -> None:
        """Set numbers, simulate and tell the listeners; nothing if one is wrong."""
        after = self.check(numbers)
        if after == self._numbers and self._traces is not None:
            return
        self._traces, self._numbers = self._simulate(after), after
        for each in list(self._listeners):
            each()

    def reset(self) -> None:
        """Set everything to where it started."""
        self.change(self.initial)

    def simulate(self, numbers: Mapping[str, float]) -> Traces:
        """Return what these numbers would give; nothing is set."""
        return self._simulate(self.check(numbers))

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `Dendrite.dspikes` now."""
        return self._experiment.target.arguments(self.values, self._experiment.dt)

    def code(self) -> str:
        """Return the line of Python that makes the spike."""
        return self._experiment.target.code(self.arguments())

    def model(self) -> Model:
        """Return a new model with the values."""
        return self._experiment.target.tuned(self.values, self.arguments())

    def _values(self, numbers: Mapping[str, float]) -> dict[str, Quantity]:
        return {
            name: control.quantity(numbers[name])
            for name, control in self.controls.items()
            if name not in self.durations
        }

    def _protocol(self, numbers: Mapping[str, float]) -> Protocol:
        durations = {
            name: control.quantity(numbers[name])
            for name, control in self.durations.items()
        }
        return Protocol.of(durations)

    def _simulate(self, numbers: Mapping[str, float]) -> Traces:
        with located("Playground"):
            return self._experiment.simulate(
                self._values(numbers), self._protocol(numbers)
            )
