"""`Control`: a number that can be set between bounds, with a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Any

import numpy as np
from brian2.units import allunits, stdunits
from brian2.units.fundamentalunits import Quantity, Unit

from ..errors import InvalidValueError, UnitError
from ..units import Spec, exactly, show

__all__ = ["Control", "around", "code_of", "off_or", "read_control"]


def code_of(value: Quantity, unit: Unit) -> str:
    """Return code that gives *value* to the last digit, in a unit: ``'20*nS'``."""
    number = float(f"{float(value / unit):.12g}")
    if number * unit != value:
        return exactly(value)
    text = f"{number:g}"
    short = str(unit)
    known = any(getattr(each, short, None) is unit for each in (stdunits, allunits))
    return (
        f"{text if float(text) == number else repr(number)}*"
        f"{short if known else repr(unit)}"
    )


@dataclass(frozen=True, eq=False)
class Control:
    """A number that can be set between bounds.

    Attributes
    ----------
    name : str
        What it sets.
    minimum, maximum, initial : float
        Bounds, and where it starts, in `unit`.
    step : float, tuple of float, or None
        The step of a slider, or the only values that it has; None for any.
    unit : brian2.Unit
        The unit.
    exact : Quantity, optional
        The initial value to its last digit, where that matters.
    """

    name: str
    minimum: float
    maximum: float
    initial: float
    step: float | tuple[float, ...] | None
    unit: Unit
    exact: Any = None

    @property
    def label(self) -> str:
        """Name and unit, such as ``'g_rise (nS)'``."""
        return f"{self.name} ({self.unit!s})"

    @property
    def choices(self) -> tuple[float, ...] | None:
        """The only values that it has, None if any number between the bounds."""
        return self.step if isinstance(self.step, tuple) else None

    def quantity(self, number: float) -> Quantity:
        """Return a number of this unit with its unit."""
        if self.exact is not None and number == self.initial:
            return self.exact
        return number * self.unit

    def number(self, value: Quantity) -> float:
        """Return a value as a number of this unit, 12 digits of it."""
        return float(f"{float(value / self.unit):.12g}")

    def code(self, number: float) -> str:
        """Return a number with its unit as a line of Python: ``'20*nS'``."""
        return code_of(self.quantity(number), self.unit)

    def nearest(self, number: float) -> float:
        """Return the legal number that is nearest."""
        if self.choices:
            return min(self.choices, key=lambda each: abs(each - number))
        return min(max(number, self.minimum), self.maximum)

    def check(self, number: float, where: str) -> float:
        """Return *number* if it is between the bounds, or one of the choices.

        Raises
        ------
        InvalidValueError
            If it is not.
        """
        if self.choices and number not in self.choices:
            texts = " or ".join(self.code(each) for each in self.choices)
            raise InvalidValueError(
                f"{where}: expected {texts}, got {self.code(number)}. {self._advice()}"
            )
        if not self.minimum <= number <= self.maximum:
            raise InvalidValueError(
                f"{where}: expected {self.code(self.minimum)} to "
                f"{self.code(self.maximum)}, got {self.code(number)}. {self._advice()}"
            )
        return number

    def _advice(self) -> str:
        return f"Other bounds: set_slider_params({{{self.name!r}: [...]}})."


def read_control(name: str, given: Any, spec: Spec, where: str) -> Control:
    """Return what ``[minimum, maximum, initial, step, unit]`` describes.

    Parameters
    ----------
    name : str
        What it sets.
    given : sequence
        Three numbers; a step, a sequence of the only values, or None; and a unit.
    spec : Spec
        Unit and range of what it sets; a duration may also be 0, which is off.
    where : str
        What the user wrote, for messages.

    Raises
    ------
    UnitError
        If there are not five elements, or one is of the wrong type or unit.
    InvalidValueError
        If the bounds or the step make no sense.
    """
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 5:
        raise UnitError(
            f"{where}: expected [minimum, maximum, initial, step, unit], such as "
            f"[0, 40, 20, 0.5, nS], got {given!r}."
        )
    *numbers, step, unit = given
    if not isinstance(unit, Quantity) or unit.shape != ():
        raise UnitError(f"{where}: the last element must be a unit, got {unit!r}.")
    if not float(unit) > 0:
        raise InvalidValueError(f"{where}: the unit must be positive, got {unit!r}.")
    steps = tuple(step) if isinstance(step, (list, tuple, np.ndarray)) else None
    for each in (*numbers, *(steps or ([] if step is None else [step]))):
        _check_number(each, where)
    scale = 1.0
    if not isinstance(unit, Unit):  # such as 2*nS, or one that was computed
        best = unit.get_best_unit()
        scale, unit = float(unit / best), best
    low, high, initial = (float(each) * scale for each in numbers)
    control = Control(
        name,
        low,
        high,
        initial,
        tuple(sorted({float(each) * scale for each in steps}))
        if steps
        else (None if step is None else float(step) * scale),
        unit,
    )
    if not low < high:
        raise InvalidValueError(
            f"{where}: the minimum must be below the maximum, got {low:g} and {high:g}."
        )
    if not low <= initial <= high:
        raise InvalidValueError(
            f"{where}: the initial value must be between {low:g} and {high:g}, got "
            f"{initial:g}."
        )
    if control.choices and not all(low <= each <= high for each in control.choices):
        raise InvalidValueError(
            f"{where}: all of the values {control.choices} must be between {low:g} and "
            f"{high:g}."
        )
    if control.choices and initial not in control.choices:
        raise InvalidValueError(
            f"{where}: the initial value must be one of {control.choices}, got "
            f"{initial:g}."
        )
    if isinstance(control.step, float) and not control.step > 0:
        raise InvalidValueError(f"{where}: the step must be positive, got {step!r}.")
    spec = off_or(spec)
    for number in (low, high, initial):
        spec.check(control.quantity(number), where)
    return control


def off_or(spec: Spec) -> Spec:
    """Return the range of a control: that of a parameter, or 0, which is off."""
    if spec.unit == "second" and spec.sign == "positive":
        return Spec(spec.unit, spec.meaning, "nonnegative")
    return spec


def _check_number(value: Any, where: str) -> None:
    plain = isinstance(value, (int, float, np.integer, np.floating))
    if not plain or isinstance(value, (bool, Quantity)):
        raise UnitError(
            f"{where}: expected numbers before the unit, got {show(value)}."
        )
    if not isfinite(value):
        raise InvalidValueError(f"{where}: expected finite numbers, got {value!r}.")


def around(given: Sequence[Any], value: Quantity) -> list[Any]:
    """Return a slider for a value: room above and below, and a step that meets it.

    Parameters
    ----------
    given : sequence
        A slider of the same thing, which gives unit, choices and least bounds.
    value : Quantity
        Where it starts.
    """
    low, high, _, step, unit = given
    number = float(f"{float(value / unit):.12g}")
    if isinstance(step, tuple) and number in step:
        return [low, high, number, step, unit]
    if low == 0 and number > 0:
        high = _round_up(3 * number)
    elif not low <= number <= high:
        reach = _round_up(2 * abs(number))
        low, high = min(low, -reach), max(high, reach)
    return [low, high, number, _step(low, high, number), unit]


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
