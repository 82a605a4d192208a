"""Results in a folder: stored by point and code, and used for these only."""

import textwrap

import brian2
import numpy as np
import pytest
from brian2 import defaultclock, ms, mV

import dendrisyn
from dendrisyn.sweeps import Sweep, SweepWarning, parameter_grid

from . import jobs

POINTS = parameter_grid({"a": [1, 2, 3] * mV, "b": [1, 10]})


def function(body="a*b", scope=None):
    """Return a function of a script that is run again."""
    scope = {"__name__": "__main__", "ran": [], **(scope or {})}
    script = f"""
    def simulate(a, b):
        record(a, b)
        return {{"x": {body}, "n": 3, "text": "ok", "flag": True}}
    """
    scope["record"] = Record(scope["ran"])
    exec(textwrap.dedent(script), scope)
    return scope["simulate"], scope["ran"]


class Record:
    """Records calls; it does not count in the fingerprint."""

    def __init__(self, ran):
        self.ran = ran

    def __call__(self, *values):
        self.ran.append(values)

    def __reduce__(self):
        return (Record, ())


def test_a_sweep_goes_on_in_another_process(tmp_path):
    first, ran = function()
    sweep = Sweep(first, POINTS[:4], directory=tmp_path)
    expected = sweep.run()
    assert len(ran) == 4

    again, ran = function()
    sweep = Sweep(again, POINTS, directory=tmp_path)
    assert sweep.missing == (4, 5)
    results = sweep.run()
    assert [a / mV for a, _ in ran] == [3, 3]
    np.testing.assert_array_equal(results["x"][:4], expected["x"])
    np.testing.assert_allclose(results.on_grid("x") / mV, [[1, 10], [2, 20], [3, 30]])
    assert results["n"].tolist() == [3] * 6
    assert results["text"].tolist() == ["ok"] * 6
    assert results["flag"].tolist() == [True] * 6
    assert results.names == ("x", "n", "text", "flag")
    # the order of the points does not matter
    other = Sweep(again, POINTS[::-1], directory=tmp_path)
    assert other.missing == ()
    np.testing.assert_array_equal(other.results["x"], results["x"][::-1])


def test_results_of_other_code_are_not_used_with_a_warning(tmp_path):
    first, _ = function("a*b")
    Sweep(first, POINTS, directory=tmp_path).run()
    second, ran = function("a*b*2")
    with pytest.warns(SweepWarning, match="holds 6 results of other code"):
        sweep = Sweep(second, POINTS, directory=tmp_path)
    results = sweep.run()
    assert len(ran) == 6
    np.testing.assert_allclose(results["x"][0] / mV, 2)
    # The results of the first code are still stored.
    assert Sweep(function("a*b")[0], POINTS, directory=tmp_path).missing == ()


def change_dt():
    defaultclock.dt = 0.05 * ms


def change_default():
    dendrisyn.update_default_params({"E_GABA": -71 * mV})


def change_preference():
    brian2.prefs.core.default_float_dtype = np.float32


@pytest.mark.parametrize("change", [change_dt, change_default, change_preference])
def test_results_of_other_settings_are_not_used(tmp_path, change):
    Sweep(function()[0], POINTS, directory=tmp_path).run()
    change()
    with pytest.warns(SweepWarning, match="of other settings"):
        sweep = Sweep(function()[0], POINTS, directory=tmp_path)
    assert len(sweep.missing) == 6


def test_other_values_and_other_units_are_other_points(tmp_path):
    simulate, _ = function()
    Sweep(simulate, [{"a": 1 * mV, "b": 1}], directory=tmp_path).run()
    for point in [{"a": 1 * mV, "b": 2}, {"a": 1 * ms, "b": 1}]:
        assert Sweep(simulate, [point], directory=tmp_path).missing == (0,)
    same = [{"a": 0.001 * brian2.volt, "b": 1}]
    assert Sweep(simulate, same, directory=tmp_path).missing == ()


def test_a_version_stands_for_the_code(tmp_path):
    first, other = function("a*b")[0], function("a*b*2")[0]
    Sweep(first, POINTS, directory=tmp_path, version="1").run()
    assert Sweep(other, POINTS, directory=tmp_path, version="1").missing == ()
    with pytest.warns(SweepWarning, match="other code"):
        assert len(Sweep(other, POINTS, directory=tmp_path, version="2").missing) == 6


def test_a_file_that_was_cut_off_is_run_again(tmp_path):
    simulate, ran = function()
    expected = Sweep(simulate, POINTS, directory=tmp_path).run()["x"]
    path = sorted(tmp_path.glob("*/*.npz"))[2]
    path.write_bytes(path.read_bytes()[:-100])
    ran.clear()
    sweep = Sweep(simulate, POINTS, directory=tmp_path)
    assert len(sweep.missing) == 1
    np.testing.assert_array_equal(sweep.run()["x"], expected)
    assert len(ran) == 1


def test_nothing_half_written_is_left(tmp_path, monkeypatch):
    simulate, _ = function()

    def full(*arguments, **values):
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space left"):
        Sweep(simulate, POINTS, directory=tmp_path).run()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_points_that_failed_are_run_again(tmp_path):
    six = parameter_grid({"a": range(6)})
    with pytest.warns(SweepWarning, match="1 of 6 points failed"):
        Sweep(jobs.fails, six, directory=tmp_path).run()
    sweep = Sweep(jobs.fails, six, directory=tmp_path)
    assert sweep.missing == (3,)
    # Only this point runs, and fails again.
    with pytest.warns(SweepWarning, match=r"point 3 \(a = 3\)"):
        results = sweep.run()
    assert len(results.completed) == 5


def test_arrays_keep_type_shape_and_unit(tmp_path):
    sweep = Sweep(jobs.ragged, parameter_grid({"n": [2, 0, 3]}), directory=tmp_path)
    memory = Sweep(jobs.ragged, sweep.points).run()
    results = sweep.run()
    for name in results.names:
        for kept, expected in zip(results.each(name), memory.each(name), strict=True):
            assert brian2.have_same_dimensions(kept, expected)
            assert np.asarray(kept).dtype == np.asarray(expected).dtype
            np.testing.assert_array_equal(kept, expected)
