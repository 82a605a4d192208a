"""The only place that checks units, finiteness and sign."""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from numbers import Integral, Number
from typing import Any, Literal

import numpy as np
from brian2.equations.equations import dimensions_and_type_from_string
from brian2.units.fundamentalunits import (
    DIMENSIONLESS,
    Dimension,
    Quantity,
    get_dimensions,
    get_unit,
    have_same_dimensions,
)

from .errors import DendrisynError, InvalidValueError, UnitError

__all__ = [
    "ADDED",
    "Checked",
    "Spec",
    "array_of",
    "as_spec",
    "check_bool",
    "dimensions_of",
    "exactly",
    "is_number",
    "is_whole_number",
    "number",
    "positive_integer",
    "powers_of",
    "quantity",
    "same_value",
    "seconds",
    "show",
    "unit_text",
]

#: The meaning of parameters that the user made up.
ADDED = "added by the user"

Sign = Literal["any", "nonnegative", "positive", "fraction"]

#: How users write a unit, for messages.
_EXAMPLES = {
    "siemens": "1*nS",
    "volt": "-65*mV",
    "second": "5*ms",
    "amp": "10*pA",
    "farad": "100*pF",
    "metre": "20*um",
    "farad/metre**2": "1*uF/cm**2",
    "siemens/metre**2": "40*uS/cm**2",
    "ohm*metre": "150*ohm*cm",
    "siemens/volt": "1*nS/mV",
    "hertz": "30*Hz",
    "mmolar": "0.5*mmolar",
    "hertz/mmolar": "1/(mmolar*ms)",
}


#: Brian2's names of base quantities, in its order, and their units.
_BASE_UNITS = {
    "length": "metre",
    "mass": "kilogram",
    "time": "second",
    "current": "amp",
    "temperature": "kelvin",
    "substance": "mole",
    "luminosity": "candela",
}


@cache
def dimensions_of(unit: str) -> Dimension:
    """Return the dimensions of a Brian2 unit expression such as ``'siemens'``."""
    return dimensions_and_type_from_string(unit)[0]


def powers_of(dimensions: Dimension) -> list[float]:
    """Return the powers of the seven base units, in the order of `_BASE_UNITS`."""
    return [float(dimensions.get_dimension(kind)) for kind in _BASE_UNITS]


def unit_text(dimensions: Dimension) -> str:
    """Return a unit expression of these dimensions that Brian2 can read back."""
    text = repr(get_unit(dimensions))
    if dimensions is DIMENSIONLESS:
        return "1"
    if "(" not in text:
        return text
    powers = zip(_BASE_UNITS.values(), powers_of(dimensions), strict=True)
    return "*".join(f"{name}**{power:g}" for name, power in powers if power)


def show(value: object) -> str:
    """Return a value as a user would write it in a message."""
    if isinstance(value, Quantity) and value.dim is not DIMENSIONLESS:
        return str(value) if value.shape == () else repr(value)
    return repr(value)


def exactly(value: object) -> str:
    """Return code for a value that gives the same value, to the last digit."""
    if not isinstance(value, Quantity) or value.dim is DIMENSIONLESS:
        return repr(value)
    unit = value.get_best_unit()
    number = float(value / unit)
    if number * unit == value:
        short = f"{number:g}"
        return f"{short if float(short) == number else repr(number)}*{unit!r}"
    return f"{float(value)!r}*{unit_text(value.dim)}"


def same_value(one: Quantity, other: Quantity) -> bool:
    """Return True if two values are of one unit and equal."""
    if one is other or not (is_number(one) and is_number(other)):
        return one is other
    return have_same_dimensions(one, other) and bool(one == other)


def is_number(value: object) -> bool:
    """Return True if *value* is a number or an array, with or without a unit."""
    return isinstance(value, (Number, np.ndarray)) and not isinstance(
        value, (bool, np.bool_)
    )


@dataclass(frozen=True)
class Spec:
    """The unit, meaning and range of a parameter.

    Attributes
    ----------
    unit : str
        A Brian2 unit expression (``'siemens'``; ``'1'`` for a plain number).
    meaning : str
        One line that says what the parameter is.
    sign : {'any', 'nonnegative', 'positive', 'fraction'}
        The range; a fraction is above 0 and at most 1.
    density : bool
        Whether a value per membrane area is accepted as well.
    """

    unit: str
    meaning: str = ""
    sign: Sign = "any"
    density: bool = False

    @property
    def dimensions(self) -> Dimension:
        return dimensions_of(self.unit)

    def is_density(self, value: Quantity) -> bool:
        """Return True if *value* is given per membrane area."""
        if not self.density or not isinstance(value, Quantity):
            return False
        return value.dim is dimensions_of(f"{self.unit}/metre**2")

    def check(self, value: object, where: str) -> Quantity:
        """Return *value* as a scalar of this unit.

        Raises
        ------
        UnitError
            If the unit or the type is wrong.
        InvalidValueError
            If it is not finite, not a scalar, or of the wrong sign.
        """
        if not is_number(value):
            raise UnitError(f"{where}: expected {self._expected()}, got {value!r}.")
        dimensions = get_dimensions(value)
        if dimensions is not self.dimensions and not self.is_density(value):
            raise UnitError(f"{where}: expected {self._expected()}, got {show(value)}.")
        plain = np.asarray(value)
        if plain.shape != ():
            raise InvalidValueError(
                f"{where}: expected one value, got {plain.size}. For a value per "
                "neuron, name the parameter in make_neurongroup(per_neuron=[...]) "
                "and assign to the group afterwards."
            )
        if plain.dtype.kind not in "iuf":
            raise UnitError(f"{where}: expected {self._expected()}, got {value!r}.")
        number = float(plain)
        if not np.isfinite(number):
            raise InvalidValueError(f"{where}: expected a finite value, got {number}.")
        if self.sign == "nonnegative" and number < 0:
            raise InvalidValueError(
                f"{where}: must not be negative, got {show(value)}."
            )
        if self.sign == "positive" and number <= 0:
            raise InvalidValueError(f"{where}: must be positive, got {show(value)}.")
        if self.sign == "fraction" and not 0 < number <= 1:
            raise InvalidValueError(
                f"{where}: must be above 0 and at most 1, got {show(value)}."
            )
        if dimensions is DIMENSIONLESS:
            return number
        return Quantity(number, dim=dimensions)

    def _expected(self) -> str:
        if self.dimensions is DIMENSIONLESS:
            return "a plain number"
        example = _EXAMPLES.get(self.unit)
        text = f"a value in {self.unit}" + (f" (such as {example})" if example else "")
        return text + (f" or {self.unit}/metre**2" if self.density else "")


def array_of(values: Any, spec: Spec, where: str) -> Any:
    """Return a value, or a sequence of them, as `Spec.check` returns one."""
    given = values
    if isinstance(values, (list, tuple)):
        try:
            given = Quantity(values)
        except (TypeError, ValueError) as error:
            raise UnitError(
                f"{where}: expected values of one unit, got {values!r}."
            ) from error
    if not is_number(given) or np.ndim(given) == 0:
        return spec.check(given, where)
    if np.ndim(given) > 1 or np.size(given) == 0:
        raise InvalidValueError(
            f"{where}: expected one value or a list of them, got an array of shape "
            f"{np.shape(given)}."
        )
    checked = [
        spec.check(each, f"{where}[{index}]") for index, each in enumerate(given)
    ]
    return Quantity(checked)


def as_spec(value: object) -> Spec | None:
    """Return the `Spec` of a value that a user made up, None if it is no number."""
    if not is_number(value):
        return None
    dimensions = get_dimensions(value)
    return Spec(unit_text(dimensions), ADDED)


def quantity(
    unit: str,
    meaning: str,
    *,
    default: Any = MISSING,
    sign: Sign = "any",
    density: bool = False,
    kw_only: Any = MISSING,
) -> Any:
    """Declare a dataclass field that carries its unit and its meaning.

    Parameters
    ----------
    unit : str
        A Brian2 unit expression, ``'1'`` for a plain number.
    meaning : str
        One line for documentation and messages.
    default : optional
        Left out, the field must be given; None means "not given".
    sign : {'any', 'nonnegative', 'positive', 'fraction'}
        The range; a fraction is above 0 and at most 1.
    density : bool
        Whether a value per membrane area is accepted as well.
    kw_only : bool, optional
        Whether it is given by name only, where that differs from the other fields.
    """
    how: dict[str, Any] = {
        "metadata": {"spec": Spec(unit, meaning, sign, density)},
        "kw_only": kw_only,
    }
    if isinstance(default, Quantity):  # a dataclass refuses values without a hash
        return field(default_factory=lambda: default, **how)
    return field(default=default, **how)


def seconds(meaning: str, default: Any = MISSING, sign: Sign = "positive") -> Any:
    """Declare a field for a time in seconds, see `quantity`."""
    return quantity("second", meaning, default=default, sign=sign)


def number(meaning: str, default: Any = MISSING, sign: Sign = "nonnegative") -> Any:
    """Declare a field for a plain number, see `quantity`."""
    return quantity("1", meaning, default=default, sign=sign)


class Checked:
    """Base of dataclasses whose `quantity` fields are checked when they are made."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]
            spec = each.metadata.get("spec")
            value = getattr(self, each.name)
            if spec is None or (value is None and each.default is None):
                continue
            where = f"{type(self).__name__}.{each.name}"
            object.__setattr__(self, each.name, spec.check(value, where))

    @classmethod
    def spec(cls, name: str) -> Spec:
        """Return the `Spec` of the field *name*."""
        for each in dataclasses.fields(cls):  # type: ignore[arg-type]
            if each.name == name:
                return each.metadata["spec"]
        raise AttributeError(name)


def check_bool(value: object, where: str) -> None:
    """Raise `UnitError` if *value* is neither True nor False."""
    if not isinstance(value, bool):
        raise UnitError(f"{where}: expected True or False, got {value!r}.")


def is_whole_number(value: object) -> bool:
    """Return True if *value* is an integer of Python or numpy."""
    return isinstance(value, (Integral, np.integer)) and not isinstance(value, bool)


def positive_integer(
    value: object,
    where: str,
    *,
    at_least: int = 1,
    wrong_type: type[DendrisynError] = InvalidValueError,
) -> int:
    """Return *value* as an int of at least *at_least*."""
    whole = is_whole_number(value)
    if not whole or value < at_least:  # type: ignore[operator]
        kind = "a positive integer" if at_least == 1 else f"an integer >= {at_least}"
        error = InvalidValueError if whole else wrong_type
        raise error(f"{where}: expected {kind}, got {value!r}.")
    return int(value)  # type: ignore[call-overload]
