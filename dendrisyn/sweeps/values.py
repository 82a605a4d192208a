"""Values of parameters and results, as arrays with their dimensions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import (
    DIMENSIONLESS,
    Dimension,
    DimensionMismatchError,
    Quantity,
)
from brian2.units.fundamentalunits import get_dimensions as dimensions_of

from ..errors import InvalidValueError, UnitError
from ..units import powers_of, show, unit_text

#: Values by name.
Point = dict[str, Any]


def as_array(value: object, where: str) -> tuple[np.ndarray, Dimension]:
    """Return a copy of *value* without its unit, and its dimensions."""
    try:
        array = np.array(value)
        if array.dtype.kind == "U":
            return array, DIMENSIONLESS
        if array.dtype.kind not in "biufc":
            raise TypeError(f"it makes an array of {array.dtype}")
        # Brian2 takes the unit of a list from its items, and refuses mixed ones.
        items = isinstance(value, (list, tuple))
        dimensions = dimensions_of(Quantity(value) if items else value)
    except (TypeError, ValueError, DimensionMismatchError) as error:
        raise UnitError(
            f"{where}: expected a number, text or an array of these, with or without a "
            f"unit, got {_short(value)} ({error})."
        ) from error
    return array, dimensions


def as_quantity(array: np.ndarray, dimensions: Dimension) -> Any:
    """Return an array with its unit."""
    if dimensions is DIMENSIONLESS:
        return array
    return Quantity(array, dim=dimensions)


def stack(values: Sequence[Any], where: str) -> Any:
    """Return values of one shape and one unit as an array, along its first axis."""
    arrays, dimensions = zip(*(as_array(value, where) for value in values), strict=True)
    for other in dimensions:
        if other is not dimensions[0]:
            raise UnitError(
                f"{where}: the unit is {unit_text(dimensions[0])} at a point and "
                f"{unit_text(other)} at another. Use one unit at all points."
            )
    shapes = sorted({array.shape for array in arrays})
    if len(shapes) > 1:
        raise InvalidValueError(
            f"{where}: the shape differs from point to point ({shapes[0]}, "
            f"{shapes[1]}{', ...' if len(shapes) > 2 else ''}), so the values do not "
            "form an array. SweepResults.each(name) returns a list."
        )
    return as_quantity(np.stack(arrays), dimensions[0])


def canonical(value: object, where: str) -> bytes:
    """Return bytes that are the same for equal values only."""
    if value is None:
        return b"none"
    if isinstance(value, (bool, np.bool_)):
        return b"true" if value else b"false"
    if isinstance(value, bytes):
        return b"bytes:" + value
    array, dimensions = as_array(value, where)
    if array.dtype.kind == "U" and isinstance(value, (list, tuple)):
        # The array has text in place of numbers.
        parts = [canonical(item, where) for item in value]
        return b"items" + b"".join(len(p).to_bytes(8, "little") + p for p in parts)
    unit = ",".join(f"{power:g}" for power in powers_of(dimensions))
    if array.dtype.kind == "f":
        # 0.0 equals -0.0, and numbers are equal in any precision.
        array = array.astype(np.float64) + 0.0
    elif array.dtype.kind in "iu":
        array = array.astype(np.int64 if array.dtype.kind == "i" else np.uint64)
    header = f"{array.dtype.kind}{array.dtype.itemsize}|{array.shape}|{unit}|"
    return header.encode() + np.ascontiguousarray(array).tobytes()


def key_of(point: Mapping[str, Any], where: str = "point") -> str:
    """Return a key of the values of a point, the same in all processes."""
    digest = hashlib.sha256()
    for name in sorted(point):
        for part in (name.encode(), canonical(point[name], f"{where}: {name}")):
            digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def show_point(point: Mapping[str, Any]) -> str:
    """Return a point as a line of text, for messages."""
    return ", ".join(f"{name} = {_short(value)}" for name, value in point.items())


def _short(value: object) -> str:
    """Return a value as a user would write it, a large array by its shape."""
    if isinstance(value, np.ndarray) and value.size > 6:
        return f"<array of shape {value.shape}>"
    text = show(value)
    return text if len(text) <= 80 else text[:77] + "..."


def all_finite(array: np.ndarray) -> bool:
    """Return whether all values are finite; text and whole numbers are."""
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def names_in(values: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names in all mappings, in the order of their first use."""
    return tuple(dict.fromkeys(name for mapping in values for name in mapping))
