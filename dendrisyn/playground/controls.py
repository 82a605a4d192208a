"""`Control`: a value between bounds, shown as a number of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite, log10
from typing import Any

import numpy as np
from brian2.units import allunits, stdunits
from brian2.units.fundamentalunits import Quantity, Unit

from ..errors import InvalidValueError, UnitError
from ..units import Spec, exactly, show

__all__ = ["SPIKE", "Control", "around", "code_of", "read_slider"]


#: Title above sliders.
SPIKE = "Dendritic spike"


def code_of(value: Quantity, unit: Unit) -> str:
    """Return code for a value to the last digit, in a unit if possible: ``'20*nS'``."""
    number = _number_of(value, unit)
    if number * unit != value:
        return exactly(value)
    short, text = str(unit), f"{number:g}"
    is_brian_name = any(getattr(u, short, None) is unit for u in (stdunits, allunits))
    text = text if float(text) == number else repr(number)
    return f"{text}*{short if is_brian_name else repr(unit)}"


@dataclass(frozen=True, eq=False)
class Control:
    """A value that a slider or a box sets, as a number of `unit` between bounds.

    `step` is the step of a slider, a tuple of the only values, or None for any value.
    `group` is the title above the controls of this kind.
    """

    name: str
    initial: Any
    unit: Unit
    spec: Spec
    group: str
    minimum: float = -inf
    maximum: float = inf
    step: float | tuple[float, ...] | None = None

    @property
    def label(self) -> str:
        """Name and unit, such as ``'g_rise (nS)'``."""
        return f"{self.name} ({self.unit!s})"

    @property
    def is_bounded(self) -> bool:
        """True if a slider sets it."""
        return isfinite(self.maximum)

    @property
    def choices(self) -> tuple[float, ...]:
        """The only values, in `unit`; empty if all values between the bounds are."""
        return self.step if isinstance(self.step, tuple) else ()

    def number(self, value: Any) -> float:
        """Return a value as a number of `unit`, rounded to 12 digits."""
        return _number_of(value, self.unit)

    def quantity(self, number: float) -> Any:
        """Return a number with its unit; the initial value to its last digit."""
        is_initial = number == self.number(self.initial)
        return self.initial if is_initial else float(number) * self.unit

    def nearest(self, number: float) -> float:
        """Return the legal number that is nearest."""
        if self.choices:
            return min(self.choices, key=lambda choice: abs(choice - number))
        return min(max(number, self.minimum), self.maximum)

    def check(self, value: Any) -> Any:
        """Return a value of the right unit within the bounds; otherwise raise."""
        number = self.number(self.spec.check(value, self.name))
        if number == self.nearest(number):
            return self.quantity(number)
        bounds = self.choices or (self.minimum, self.maximum)
        between = " or " if self.choices else " to "
        legal = [code_of(bound * self.unit, self.unit) for bound in bounds]
        raise InvalidValueError(
            f"{self.name}: expected {between.join(legal)}, "
            f"got {code_of(value, self.unit)}. "
            f"Other bounds: set_slider_params({{{self.name!r}: [...]}})."
        )


def read_slider(name: str, given: Any, spec: Spec, in_model: Any = None) -> Control:
    """Return the control that ``[minimum, maximum, initial, step, unit]`` describes.

    The value of the model replaces an initial value that agrees in 12 digits.
    """
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 5:
        raise UnitError(
            f"{name}: expected [minimum, maximum, initial, step, unit], such as "
            f"[0, 40, 20, 0.5, nS], got {given!r}."
        )
    *bounds, step, unit = given
    if not isinstance(unit, Quantity) or unit.shape != ():
        raise UnitError(f"{name}: the last element must be a unit, got {unit!r}.")
    if not float(unit) > 0:
        raise InvalidValueError(f"{name}: the unit must be positive, got {unit!r}.")
    scale = 1.0
    if not isinstance(unit, Unit):  # such as 2*nS
        best = unit.get_best_unit()
        scale, unit = float(unit / best), best
    low, high, initial = (_scaled(number, scale, name) for number in bounds)
    choices: tuple[float, ...] = ()
    if isinstance(step, (list, tuple, np.ndarray)):
        choices = tuple(sorted({_scaled(number, scale, name) for number in step}))
        step = choices or None
    elif step is not None:
        step = _scaled(step, scale, name)
    for is_right, problem in (
        (low < high, f"the minimum must be below the maximum, got {low:g}, {high:g}"),
        (
            low <= initial <= high,
            f"the initial value must be between {low:g} and {high:g}, got {initial:g}",
        ),
        (
            all(low <= choice <= high for choice in choices),
            f"all of the values {choices} must be between {low:g} and {high:g}",
        ),
        (
            not choices or initial in choices,
            f"the initial value must be one of {choices}, got {initial:g}",
        ),
        (
            not isinstance(step, float) or step > 0,
            f"the step must be positive, got {step!r}",
        ),
    ):
        if not is_right:
            raise InvalidValueError(f"{name}: {problem}.")
    for number in (low, high, initial):
        spec.check(number * unit, name)
    is_in_model = in_model is not None and _number_of(in_model, unit) == initial
    start = in_model if is_in_model else initial * unit
    any_sign = Spec(spec.unit, spec.meaning)  # the bounds are legal
    return Control(name, start, unit, any_sign, SPIKE, low, high, step)


def around(given: Sequence[Any], value: Quantity) -> list[Any]:
    """Return a slider like *given* around a value, with a step that meets the value."""
    low, high, _, step, unit = given
    number = _number_of(value, unit)
    if isinstance(step, tuple) and number in step:
        return [low, high, number, step, unit]
    if low == 0 and number > 0:
        high = _round_up(3 * number)
    elif not low <= number <= high:
        reach = _round_up(2 * abs(number))
        low, high = min(low, -reach), max(high, reach)
    return [low, high, number, _step(low, high, number), unit]


def _number_of(value: Any, unit: Unit) -> float:
    """Return a value as a number of a unit, rounded to 12 digits."""
    return float(f"{float(value / unit):.12g}")


def _scaled(value: Any, scale: float, where: str) -> float:
    """Return a finite number without a unit, times a scale, rounded to 12 digits."""
    is_plain = isinstance(value, (int, float, np.integer, np.floating))
    if not is_plain or isinstance(value, (bool, Quantity)):
        raise UnitError(
            f"{where}: expected numbers before the unit, got {show(value)}."
        )
    if not isfinite(value):
        raise InvalidValueError(f"{where}: expected finite numbers, got {value!r}.")
    return float(f"{float(value) * scale:.12g}")


def _round_up(number: float) -> float:
    """Return the next number above with one digit."""
    digit = 10.0 ** floor(log10(number))
    return float(f"{ceil(number / digit * (1 - 1e-9)) * digit:.12g}")


def _step(low: float, high: float, number: float) -> float | None:
    """Return a round step of about a fiftieth, finer if the number asks for it."""
    power = floor(log10((high - low) / 50))
    for digits in (5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01):
        step = float(f"{digits * 10.0**power:.12g}")
        count = (number - low) / step
        if step <= (high - low) / 50 and abs(count - round(count)) < 1e-6:
            return step
    return None
