"""Points, grids of points, and errors before the first run."""

import numpy as np
import pytest
from brian2 import Hz, NeuronGroup, TimedArray, ms, mV, nS, pA, second

from dendrisyn.errors import InvalidValueError, NameConflictError, UnitError
from dendrisyn.sweeps import Points, Sweep, parameter_grid
from dendrisyn.sweeps.values import key_of

from .jobs import product


def test_a_grid_has_all_combinations_the_last_parameter_first():
    points = parameter_grid({"g": [1, 2] * nS, "n": range(3), "kind": ["a", "b"]})
    assert points.shape == (2, 3, 2)
    assert len(points) == 12
    assert points.names == ("g", "n", "kind")
    assert [(point["g"] / nS, point["n"], point["kind"]) for point in points[:4]] == [
        (1, 0, "a"),
        (1, 0, "b"),
        (1, 1, "a"),
        (1, 1, "b"),
    ]
    g = points.column("g")
    np.testing.assert_array_equal(g / nS, np.repeat([1, 2], 6))
    expected = np.broadcast_to([[[1]], [[2]]], (2, 3, 2))
    np.testing.assert_array_equal(points.on_grid(g) / nS, expected)
    assert points.on_grid(np.zeros((12, 5))).shape == (2, 3, 2, 5)
    with pytest.raises(InvalidValueError, match="expected 12 values"):
        points.on_grid(np.zeros(3))


def test_points_cannot_be_changed_from_outside():
    points = parameter_grid({"a": [1, 2]})
    points[0]["a"] = 5
    points[:2][1]["a"] = 5
    assert [point["a"] for point in points] == [1, 2]


def test_columns_are_the_states_of_a_group():
    points = parameter_grid({"tau": [5, 10] * ms, "I": [0, 20, 40] * pA})
    group = NeuronGroup(len(points), "tau : second\nI : amp")
    group.set_states(points.columns())
    np.testing.assert_array_equal(group.tau_, np.repeat([5e-3, 10e-3], 3))
    np.testing.assert_array_equal(group.I_, np.tile([0, 20e-12, 40e-12], 2))


def test_brian2_objects_are_names():
    group = NeuronGroup(2, "tau : second\nI : amp", name="cells")
    stimulus = TimedArray([1, 2] * pA, dt=1 * ms, name="stimulus")
    points = parameter_grid(
        {group.tau: [1, 2] * ms, group.I: [3] * pA, stimulus: [[1, 2], [3, 4]] * pA}
    )
    assert points.names == ("cells.tau", "cells.I", "stimulus.values")
    assert points.column("stimulus.values").shape == (4, 2)
    assert Points([{group.tau: 1 * ms}])[0] == {"cells.tau": 1 * ms}


def test_a_column_that_not_all_points_have():
    points = Points([{"a": 1}, {"a": 1, "b": 2}])
    assert points.names == ("a", "b")
    with pytest.raises(InvalidValueError, match="point 0 has no 'b'"):
        points.columns()


@pytest.mark.parametrize(
    ("points", "error", "says"),
    [
        ([], InvalidValueError, "at least one point"),
        ([{"a": np.nan}], InvalidValueError, "point 0: a: the value is not a number"),
        ([{"a": 1 * ms}, {"a": 1 * mV}], UnitError, "point 1: a: expected second"),
        ([{"a": 1 * ms}, {"a": 1}], UnitError, "point 1: a: expected second as at"),
        ([{"a": 1}, {"a": 2}, {"a": 1}], InvalidValueError, "points 0 and 2 are the"),
        ([{"a": 1}, {"a": np.int32(1)}], InvalidValueError, "points 0 and 1 are the"),
        ([{"a": 0.0}, {"a": -0.0}], InvalidValueError, "points 0 and 1 are the same"),
        ([{"a": object()}], UnitError, "point 0: a: expected a number, text"),
        ([{"a": [1 * ms, 1 * mV]}], UnitError, "point 0: a: expected a number, text"),
        ([{3: 1}], UnitError, "point 0: expected the name of a parameter"),
        ([[1, 2]], UnitError, "point 0: expected a dict"),
        ({"a": [1, 2]}, UnitError, "makes all combinations of its values"),
    ],
)
def test_points_that_are_refused(points, error, says):
    with pytest.raises(error, match=says):
        Sweep(product, points)


@pytest.mark.parametrize(
    ("axes", "error", "says"),
    [
        ([1, 2], UnitError, "expected a mapping"),
        ({"a": 5 * ms}, UnitError, "a: expected a sequence of values"),
        ({"a": "text"}, UnitError, "a: expected a sequence of values"),
        ({"a": [1], "b": []}, InvalidValueError, "b has no value"),
    ],
)
def test_grids_that_are_refused(axes, error, says):
    with pytest.raises(error, match=says):
        parameter_grid(axes)


def test_a_name_that_is_given_twice():
    group = NeuronGroup(1, "r : Hz", name="cells")
    with pytest.raises(NameConflictError, match=r"cells\.r is given twice"):
        parameter_grid({group.r: [1] * Hz, "cells.r": [2] * Hz})


def test_a_key_is_that_of_the_values():
    one = key_of({"a": 1 * ms, "b": [1, 2] * nS, "c": "x", "d": None})
    assert one == key_of({"d": None, "c": "x", "b": [1, 2] * nS, "a": 0.001 * second})
    others = [
        {"a": 1 * mV, "b": [1, 2] * nS, "c": "x", "d": None},
        {"a": 1 * ms, "b": [1, 3] * nS, "c": "x", "d": None},
        {"a": 1 * ms, "b": [[1, 2]] * nS, "c": "x", "d": None},
        {"a": 1 * ms, "b": [1, 2] * nS, "c": "y", "d": None},
        {"a": 1 * ms, "b": [1, 2] * nS, "c": "x", "d": "None"},
        {"a": 1 * ms, "b": [1, 2] * nS, "c": "x"},
        {"a": 1 * ms, "b": [1, 2] * nS, "c": "x", "e": None},
        {"a": True, "b": [1, 2] * nS, "c": "x", "d": None},
    ]
    assert len({one, *map(key_of, others)}) == 9
    mixed = [{"a": (1, "x")}, {"a": ("1", "x")}, {"a": ("1x",)}, {"a": "1x"}]
    assert len(set(map(key_of, mixed))) == 4
