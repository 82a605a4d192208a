"""Validation of a model: measurements against ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity, get_dimensions

from .. import measure
from ..cell.base import Model
from ..errors import InvalidValueError, UnitError, located, look_up
from ..tables import rows_as_html, rows_as_text, with_unit
from ..units import show, unit_text

__all__ = ["Check", "Validation", "validate"]

#: Names of checks: the measurement, and the attribute of its result.
MEASUREMENTS: dict[str, tuple[str, str]] = {
    "input_resistance": ("input_resistance", "resistance"),
    "sag": ("input_resistance", "sag"),
    "time_constant": ("time_constant", "time_constant"),
    "attenuation": ("attenuation", "forward"),
    "backward_attenuation": ("attenuation", "backward"),
    "rheobase": ("rheobase", "current"),
    "psp": ("psp", "amplitude"),
    "psp_time_to_peak": ("psp", "time_to_peak"),
    "psp_rise_time": ("psp", "rise_time"),
    "psp_half_width": ("psp", "half_width"),
    "dendritic_spike": ("dendritic_spike", "amplitude"),
    "dendritic_spike_width": ("dendritic_spike", "width"),
    "dendritic_spike_attenuation": ("dendritic_spike", "attenuation"),
}

#: Key of a range: a name of `MEASUREMENTS` or a function of the model, alone or with
#: further arguments.
Key = str | Callable[..., Any] | tuple


@dataclass(frozen=True)
class Check:
    """A measured value and its range."""

    #: The measured quantity.
    name: str
    #: The measured value, and the ends of the range.
    value: Any
    low: Any
    high: Any
    #: Reason if the measurement failed; empty otherwise.
    problem: str = ""

    @property
    def passed(self) -> bool:
        """True if the value is in the range, ends included."""
        return not self.problem and bool(self.low <= self.value <= self.high)


@dataclass(frozen=True)
class Validation:
    """All checks of a model, printed as a table; true if all have passed.

    Attributes
    ----------
    checks : tuple of Check
        The checks in the order of the ranges.
    """

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """True if all checks have passed."""
        return all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that have not passed."""
        return tuple(check for check in self.checks if not check.passed)

    def __bool__(self) -> bool:
        return self.passed

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def _rows(self) -> list[tuple[str, str, str, str]]:
        """Return the head and the rows of the table."""
        rows = [
            (
                "pass" if check.passed else "FAIL",
                check.name,
                check.problem or with_unit(check.value)[0],
                " to ".join(with_unit(check.low, check.high)),
            )
            for check in self.checks
        ]
        return [("", "measured", "value", "range"), *rows]

    def __str__(self) -> str:
        count = sum(check.passed for check in self.checks)
        title = f"Validation: {count} of {len(self.checks)} passed"
        return rows_as_text(title, self._rows())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return rows_as_html(self._rows())


def validate(model: Model, ranges: Mapping[Key, Any], **options: Any) -> Validation:
    """Measure a model and compare the results with ranges.

    In a test suite, ``assert validate(model, {...})`` shows the table of checks.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    ranges : dict
        Measurements (see the notes) and their lowest and highest values:
        ``(80, 120)*Mohm``, ``(0.2, 0.4)``.
    **options
        Options of all measurements, such as `dt` or `threshold`; see
        `measure.MeasurementOptions`.

    Returns
    -------
    Validation
        True if all checks passed; it prints as a table. If a measurement is not
        possible (a cell that never rests), its check has failed, with the reason.

    Raises
    ------
    UnknownNameError
        If there is no such measurement, or no such compartment, receptor or spike.
    UnitError, InvalidValueError
        If a range is not a pair of ascending values, its unit is not that of the
        result, or a result is not a single value.

    Notes
    -----
    A key of `ranges` is one of

    * a name: 'input_resistance', 'sag', 'time_constant', 'attenuation',
      'backward_attenuation', 'rheobase', 'psp', 'psp_time_to_peak', 'psp_rise_time',
      'psp_half_width', 'dendritic_spike', 'dendritic_spike_width',
      'dendritic_spike_attenuation';
    * a name and further arguments of the function of `dendrisyn.measure`, such as
      ``('psp', 'NMDA_x_dend')`` or ``('input_resistance', 'dend')``;
    * your own function that takes the model and returns a single value.

    Examples
    --------
    >>> from brian2 import Mohm, mV, ms, nS, pF
    >>> from dendrisyn import NeuronModel, Soma, validate
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> print(validate(NeuronModel([soma]), {
    ...     'input_resistance': (80, 120)*Mohm, 'time_constant': (15, 25)*ms}))
    Validation: 1 of 2 passed
          measured          value     range
    -----------------------------------------------------
    pass  input_resistance  100 Mohm  80 Mohm to 120 Mohm
    FAIL  time_constant     10 ms     15 ms to 25 ms
    """
    with located("validate"):
        if not isinstance(ranges, Mapping) or not ranges:
            raise UnitError(
                "ranges: expected a dict such as {'input_resistance': "
                f"(80, 120)*Mohm}}, got {ranges!r}."
            )
        wanted = [(*_read(key), *_range(key, ends)) for key, ends in ranges.items()]
        return Validation(tuple(_check(model, options, *parts) for parts in wanted))


def _read(key: Any) -> tuple[str, Callable[..., Any]]:
    """Return the title of a check and the function that measures."""
    first, *rest = (key or (None,)) if isinstance(key, tuple) else (key,)
    title = " ".join([getattr(first, "__name__", str(first)), *map(str, rest)])
    if callable(first):
        return title, lambda model, **_: first(model, *rest)
    name, result = look_up(first, MEASUREMENTS, "measurement")
    function = getattr(measure, name)
    try:
        signature(function).bind(None, *rest)
    except TypeError as error:
        raise UnitError(
            f"{first!r}: measure.{name}: {error}. Give a name and the arguments after "
            "the model, such as ('attenuation', 'dend') or ('psp', 'NMDA_x_dend')."
        ) from None
    return title, lambda model, **options: getattr(
        function(model, *rest, **options), result
    )


def _range(key: Any, values: Any) -> tuple[Any, Any]:
    """Return the ends of a range."""
    ends = values if isinstance(values, Quantity) else np.asarray(values, dtype=object)
    if np.shape(ends) != (2,):
        raise UnitError(
            f"{key!r}: expected a lowest and a highest value, got {values!r}."
        )
    low, high = ends
    if not all(map(_is_number, (low, high))):
        raise UnitError(f"{key!r}: expected two numbers with units, got {values!r}.")
    if get_dimensions(low) is not get_dimensions(high):
        raise UnitError(f"{key!r}: the two ends of {values!r} are of different units.")
    if not low <= high:
        raise InvalidValueError(f"{key!r}: {show(low)} is above {show(high)}.")
    return low, high


def _is_number(value: Any) -> bool:
    """Return whether a value is a single number, with or without a unit."""
    return np.shape(value) == () and np.asarray(value).dtype.kind in "biuf"


def _check(
    model: Model,
    options: Mapping[str, Any],
    title: str,
    function: Callable[..., Any],
    low: Any,
    high: Any,
) -> Check:
    """Measure a value and compare it with a range."""
    try:
        value = function(model, **options)
    except InvalidValueError as error:
        return Check(title, np.nan, low, high, str(error))
    if not _is_number(value):
        raise UnitError(f"{title}: expected one value, got {value!r}.")
    if get_dimensions(value) is not get_dimensions(low):
        unit = unit_text(get_dimensions(value))
        raise UnitError(f"{title}: expected a range in {unit}, got {show(low)}.")
    return Check(title, value, low, high)
