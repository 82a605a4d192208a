"""The points of a sweep, and grids of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

import numpy as np
from brian2.core.variables import VariableView
from brian2.input.timedarray import TimedArray

from ..errors import InvalidValueError, NameConflictError, UnitError
from ..units import unit_text
from .values import Point, as_array, key_of, names_in, show_point, stack


class Points(Sequence[Point]):
    """The points of a sweep in their order; a point is a dict of names to values.

    `parameter_grid` makes them, and `Sweep` makes them from a list of dicts.

    Attributes
    ----------
    names : tuple of str
        The parameters.
    shape : tuple of int
        The number of values per axis of a grid; ``(len(points),)`` for a list.

    Raises
    ------
    UnitError, InvalidValueError, NameConflictError
        If a value is not a number, text or array, is NaN, or has another unit than at
        the other points, or if two points are the same.
    """

    def __init__(
        self, points: Iterable[Mapping[Any, Any]], shape: tuple[int, ...] | None = None
    ) -> None:
        self._points = tuple(
            _named(point, f"point {index}") for index, point in enumerate(points)
        )
        if not self._points:
            raise InvalidValueError("Points: expected at least one point, got none.")
        self.names = names_in(self._points)
        self.shape = (len(self._points),) if shape is None else shape
        _check(self._points)

    def __len__(self) -> int:
        return len(self._points)

    @overload
    def __getitem__(self, index: int) -> Point: ...

    @overload
    def __getitem__(self, index: slice) -> list[Point]: ...

    def __getitem__(self, index: int | slice) -> Point | list[Point]:
        if isinstance(index, slice):
            return [dict(point) for point in self._points[index]]
        return dict(self._points[index])

    def __repr__(self) -> str:
        return f"<{len(self)} points of {', '.join(self.names) or 'nothing'}>"

    def column(self, name: str) -> Any:
        """Return the values of a parameter at all points, as an array.

        Raises
        ------
        InvalidValueError
            If a point does not have the parameter, or the shapes of the values differ.
        """
        without = [i for i, point in enumerate(self._points) if name not in point]
        if without:
            raise InvalidValueError(
                f"Points: point {without[0]} has no {name!r}. Give it a value at all "
                "points."
            )
        return stack([point[name] for point in self._points], name)

    def columns(self) -> dict[str, Any]:
        """Return a dict of an array per parameter, with its values at all points.

        A group with a neuron per point takes these values in `set_states`.

        Examples
        --------
        >>> import numpy as np
        >>> from brian2 import NeuronGroup, ms, pA
        >>> from dendrisyn import parameter_grid
        >>> points = parameter_grid({'tau': [5, 10]*ms, 'I': [0, 20, 40]*pA})
        >>> equations = '''tau : second
        ... I : amp'''
        >>> neurons = NeuronGroup(len(points), equations)
        >>> neurons.set_states(points.columns())
        >>> points.on_grid(np.array(neurons.I/pA)).astype(int)
        array([[ 0, 20, 40],
               [ 0, 20, 40]])
        """
        return {name: self.column(name) for name in self.names}

    def on_grid(self, values: Any) -> Any:
        """Return values of the points as an array with the axes of the grid.

        Parameters
        ----------
        values : array or Quantity, shape (number of points, ...)
            Values of all points, such as those of `SweepResults`.

        Returns
        -------
        array or Quantity, shape (values of the first parameter, of the second, ...)
            The same values.

        Raises
        ------
        InvalidValueError
            If the number of values is not the number of points.
        """
        if np.ndim(values) == 0 or len(values) != len(self):
            raise InvalidValueError(
                f"Points.on_grid: expected {len(self)} values, one for each point, got "
                f"an array of shape {np.shape(values)}."
            )
        return values.reshape(self.shape + np.shape(values)[1:])


def parameter_grid(axes: Mapping[Any, Any]) -> Points:
    """Return all combinations of the values of some parameters.

    Parameters
    ----------
    axes : mapping of str to sequence
        Parameters and their values: an array with a unit, or a list. The name of a
        parameter of a `StandaloneBuild` is ``'group.variable'``; the variable itself
        (``neurons.gL_dend``) or a `brian2.TimedArray` can be the key, too. A row of a
        two-dimensional array is one value, with an item per neuron.

    Returns
    -------
    Points
        All combinations; the last parameter changes fastest.

    Raises
    ------
    UnitError, InvalidValueError, NameConflictError
        If the values of a parameter are not a sequence, or cannot be used, or a
        parameter is given twice.

    Examples
    --------
    >>> from brian2 import nS, pA
    >>> from dendrisyn import parameter_grid
    >>> points = parameter_grid({'g': [1, 2]*nS, 'I': [0, 50, 100]*pA})
    >>> len(points), points.shape, points[1]
    (6, (2, 3), {'g': 1. * nsiemens, 'I': 50. * pamp})
    """
    if not isinstance(axes, Mapping):
        raise UnitError(
            "parameter_grid: expected a mapping of names to values, got "
            f"{type(axes).__name__}."
        )
    values = {}
    for key, sequence in axes.items():
        name = name_of(key, "parameter_grid")
        if name in values:
            raise NameConflictError(
                f"parameter_grid: {name} is given twice. Leave one of them out."
            )
        if isinstance(sequence, (str, bytes, Mapping)) or np.ndim(sequence) == 0:
            raise UnitError(
                f"parameter_grid: {name}: expected a sequence of values, got "
                f"{sequence!r}. Write a single value as a list: [{sequence!r}]."
            )
        values[name] = list(sequence)
    shape = tuple(map(len, values.values()))
    if math.prod(shape) == 0:
        empty = [name for name, sequence in values.items() if not sequence]
        raise InvalidValueError(
            f"parameter_grid: {empty[0]} has no value. Give at least one value."
        )
    combinations = itertools.product(*values.values())
    return Points(
        (dict(zip(values, combination, strict=True)) for combination in combinations),
        shape,
    )


def name_of(key: object, where: str) -> str:
    """Return the name of a parameter from the name or the Brian2 object."""
    if isinstance(key, str):
        return key
    if isinstance(key, VariableView):
        return f"{key.group_name}.{key.name}"
    if isinstance(key, TimedArray):
        return f"{key.name}.values"
    raise UnitError(
        f"{where}: expected the name of a parameter, a variable of a group or a "
        f"TimedArray, got {type(key).__name__}."
    )


def _named(point: Mapping[Any, Any], where: str) -> Point:
    """Return a point with names as keys, also where the keys are Brian2 objects."""
    if not isinstance(point, Mapping):
        raise UnitError(
            f"{where}: expected a dict of names to values, got {point!r}. "
            "parameter_grid(...) makes all combinations of several values."
        )
    named: Point = {}
    for key, value in point.items():
        name = name_of(key, where)
        if name in named:
            raise NameConflictError(
                f"{where}: {name} is given twice. Leave one of them out."
            )
        named[name] = value
    return named


def _check(points: Sequence[Point]) -> None:
    """Raise an error if a value cannot be used, units differ, or points are equal."""
    units: dict[str, tuple[int, Any]] = {}
    seen: dict[str, int] = {}
    for index, point in enumerate(points):
        for name, value in point.items():
            where = f"point {index}: {name}"
            if value is None or isinstance(value, bytes):
                continue
            array, dimensions = as_array(value, where)
            if array.dtype.kind in "fc" and np.isnan(array).any():
                raise InvalidValueError(
                    f"{where}: the value is not a number (NaN). Give numbers only."
                )
            other, expected = units.setdefault(name, (index, dimensions))
            if expected is not dimensions:
                raise UnitError(
                    f"{where}: expected {unit_text(expected)} as at point {other}, got "
                    f"{unit_text(dimensions)}."
                )
        same = seen.setdefault(key_of(point, f"point {index}"), index)
        if same != index:
            raise InvalidValueError(
                f"points {same} and {index} are the same: {show_point(point)}. Add a "
                "parameter that differs, such as a seed, to run a point several times."
            )
