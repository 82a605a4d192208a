"""Sweeps of functions, in all executors, also where points or workers fail."""

import functools
import multiprocessing
import subprocess
import sys
import time
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)

import brian2
import loky
import numpy as np
import pytest
from brian2 import defaultclock, ms, mV, prefs

import dendrisyn
from dendrisyn.errors import InvalidValueError, UnitError, UnknownNameError
from dendrisyn.sweeps import Job, Sweep, SweepError, SweepWarning, parameter_grid

from . import jobs

pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)

SIX = parameter_grid({"a": range(6)})


def five_of_six(results, index=3):
    """Check that the results of all points but one are complete."""
    assert results.missing == (index,)
    rest = [a for a in range(6) if a != index]
    np.testing.assert_array_equal(results.completed["a"], rest)
    assert [point["a"] for point in results.completed.points] == rest
    with pytest.raises(SweepError, match=rf"1 of 6 points have no results \({index}\)"):
        results["a"]


# -- results -------------------------------------------------------------------------


def test_results_are_in_the_order_of_the_points():
    points = parameter_grid({"a": [3, 1, 2] * mV, "b": [1, 10]})
    results = Sweep(jobs.product, points).run()
    assert results.names == ("product", "shown")
    np.testing.assert_allclose(results["product"] / mV, [3, 30, 1, 10, 2, 20])
    np.testing.assert_allclose(
        results.on_grid("product") / mV, [[3, 30], [1, 10], [2, 20]]
    )
    assert results["shown"][1] == "3. mV x 10"
    assert len(results) == 6
    assert results.missing == ()
    assert repr(results) == "<SweepResults of 6 points: 6 done>"
    with pytest.raises(UnknownNameError, match=r"no result 'products'.*'product'"):
        results["products"]


def test_results_of_different_shapes_are_a_list():
    results = Sweep(jobs.ragged, parameter_grid({"n": [2, 0, 3]})).run()
    assert [list(np.round(times / ms)) for times in results.each("times")] == [
        [0, 1],
        [],
        [0, 1, 2],
    ]
    np.testing.assert_array_equal(results["count"], [2, 0, 3])
    np.testing.assert_array_equal(results["odd"], [False, False, True])
    with pytest.raises(InvalidValueError, match=r"times: the shape differs.*each"):
        results["times"]


def test_views_of_brian2_are_stored_as_arrays():
    results = Sweep(jobs.views, parameter_grid({"n": [1, 2]})).run()
    np.testing.assert_allclose(results["v"] / mV, [[0, 1, 2], [0, 2, 4]])
    np.testing.assert_array_equal(results["w"], [[1, 1, 1], [2, 2, 2]])
    np.testing.assert_allclose(results["one"] / mV, [1, 2])
    assert results["trace"].shape == (2, 3, 2)
    np.testing.assert_array_equal(results["trace"][:, :, 1], results["v"])


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (3, "expected a dict of names to results"),
        ({"x": object()}, "x: expected a number, text or an array"),
        ({1: 2}, "the name of a result must be a text"),
    ],
)
def test_results_that_cannot_be_stored_fail(returned, says):
    with pytest.raises(SweepError, match=says):
        Sweep(lambda a: returned, [{"a": 1}]).run()


# -- errors before the first run -----------------------------------------------------


def test_names_are_those_of_the_arguments():
    with pytest.raises(UnknownNameError, match=r"Sweep: point 1: product.*'c'.*'b'"):
        Sweep(jobs.product, [{"a": 1}, {"a": 1, "c": 2}])
    with pytest.raises(UnknownNameError, match="missing a required argument: 'a'"):
        Sweep(jobs.product, [{"b": 1}])


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        (
            {"workers": 0},
            InvalidValueError,
            "workers: expected a positive integer, got 0",
        ),
        ({"workers": 1.5}, UnitError, "workers: expected a positive integer, got 1.5"),
        ({"executor": 3}, UnitError, "expected a concurrent.futures.Executor"),
        ({"executor": int}, UnitError, "it made int"),
        (
            {"executor": ThreadPoolExecutor(1), "workers": 2},
            InvalidValueError,
            "got both",
        ),
    ],
)
def test_workers_that_are_refused(given, error, says):
    with pytest.raises(error, match=says):
        Sweep(jobs.product, [{"a": 1}]).run(**given)


def test_a_function_that_cannot_travel_is_refused_before_it_runs():
    sweep = Sweep(lambda a: {"a": a}, SIX)
    for given in [{"workers": 2}, {"executor": lambda: ProcessPoolExecutor(2)}]:
        with pytest.raises(InvalidValueError, match="cannot be sent to another"):
            sweep.run(**given)
    np.testing.assert_array_equal(sweep.run()["a"], range(6))


def test_other_objects_than_jobs_are_refused():
    with pytest.raises(UnitError, match="expected a StandaloneBuild or a function"):
        Sweep(3, [{"a": 1}])
    with pytest.raises(UnitError, match="version: expected a text"):
        Sweep(jobs.product, [{"a": 1}], version=2)


# -- the same wherever it runs -------------------------------------------------------


def noise_everywhere():
    return Sweep(jobs.noisy, parameter_grid({"tau": [5, 10] * ms, "trial": range(3)}))


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_results_of_processes_are_those_of_this_process_in_any_order(order):
    here = noise_everywhere().run()["v"]
    assert here.shape == (6, 3)
    # All points have different noise.
    assert len(np.unique(np.asarray(here))) == 18
    points = noise_everywhere().points[order]
    with ProcessPoolExecutor(2) as executor:
        there = Sweep(jobs.noisy, points).run(executor)["v"]
    np.testing.assert_array_equal(here[order], there)


def test_random_numbers_of_this_process_do_not_change():
    brian2.seed(5)
    expected = np.random.rand(3)
    brian2.seed(5)
    noise_everywhere().run()
    np.testing.assert_array_equal(np.random.rand(3), expected)


def test_a_run_finds_the_settings_of_the_process_that_made_the_sweep():
    """In a new process, too, and after a run that has changed the settings."""
    defaultclock.dt = 0.05 * ms
    dendrisyn.update_default_params({"E_GABA": -71 * mV})
    sweep = Sweep(jobs.settings, parameter_grid({"trial": range(3)}))
    defaultclock.dt = 0.1 * ms
    dendrisyn.update_default_params({"E_GABA": -80 * mV})
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as executor:
        there = sweep.run(executor)
    here = Sweep(jobs.settings, sweep.points)
    here.job = sweep.job
    for results in (there, here.run()):
        np.testing.assert_allclose(results["dt"] / ms, 0.05)
        np.testing.assert_allclose(results["E_GABA"] / mV, -71)
        assert set(results["target"]) == {"numpy"}
        # Otherwise Ctrl-C would end a run early, as if it were complete.
        assert not results["stops"].any()
    assert prefs.core.stop_on_keyboard_interrupt


def test_threads_take_turns():
    """Brian2 has one state for each process."""
    with ThreadPoolExecutor(3) as executor:
        results = Sweep(jobs.alone, SIX).run(executor)
    np.testing.assert_array_equal(results["a"], range(6))


def test_loky_runs_what_is_defined_anywhere():
    offset = 10
    sweep = Sweep(lambda a: {"a": a + offset}, SIX)
    results = sweep.run(functools.partial(loky.get_reusable_executor, 1))
    np.testing.assert_array_equal(results["a"], np.arange(6) + 10)


# -- points and workers that fail ----------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("job", "says"), [(jobs.fails, "LocalError: one and two"), (jobs.leaves, "Exit: 4")]
)
def test_a_point_that_fails_is_reported_and_the_others_are_kept(job, says, workers):
    sweep = Sweep(job, SIX)
    with pytest.warns(SweepWarning, match=r"point 3 \(a = 3\)"):
        results = sweep.run(workers=workers)
    five_of_six(results)
    (failure,) = results.failures
    assert failure.index == 3
    assert failure.point == {"a": 3}
    assert says in failure.error
    assert f"in {job.__name__}" in failure.trace
    assert not failure.lost
    assert repr(results) == "<SweepResults of 6 points: 5 done, 1 failed>"


def test_a_sweep_in_which_all_fail_is_an_error():
    sweep = Sweep(jobs.fails, [{"a": 3}])
    with pytest.raises(SweepError, match=r"(?s)point 0 \(a = 3\).*in fails"):
        sweep.run()
    assert sweep.results.missing == (0,)
    with pytest.raises(SweepError, match="none of 1 points has results"):
        _ = sweep.results.completed


def pools():
    """Yield arguments for two processes."""
    with ProcessPoolExecutor(2) as executor:
        yield {"executor": executor}
    yield {"executor": functools.partial(ProcessPoolExecutor, 2)}
    yield {"workers": 2}


@pytest.mark.parametrize("which", range(3))
def test_a_worker_that_is_killed_costs_nothing(which, tmp_path):
    points = parameter_grid({"a": range(6), "folder": [str(tmp_path)]})
    for number, given in enumerate(pools()):
        if number == which:
            results = Sweep(jobs.kills, points).run(**given)
    np.testing.assert_array_equal(results["a"], range(6))
    assert results.failures == ()
    # Points with results do not run again.
    runs = [path.name for path in tmp_path.iterdir()]
    assert sum(name.startswith("3-") for name in runs) == 2
    assert len(runs) < 12


def test_a_point_that_always_kills_its_worker_is_reported():
    points = parameter_grid({"a": range(6), "deadly": [(3,)]})
    with pytest.warns(SweepWarning, match=r"point 3 .*the worker died"):
        results = Sweep(jobs.always_kills, points).run(workers=2)
    five_of_six(results)


def test_where_no_worker_survives_the_sweep_stops():
    points = parameter_grid({"a": range(20), "deadly": [tuple(range(20))]})
    sweep = Sweep(jobs.always_kills, points)
    with pytest.raises(SweepError, match="all workers die"):
        sweep.run(functools.partial(ProcessPoolExecutor, 1))
    lost = [failure.lost for failure in sweep.results.failures]
    assert sum(lost) > 10
    assert not all(lost)


class Fragile(Executor):
    """An executor that breaks at its third point and cannot be restarted."""

    def __init__(self):
        self.count = 0

    def submit(self, function, *arguments):
        future = Future()
        self.count += 1
        if self.count < 3:
            future.set_result(function(*arguments))
        else:
            future.set_exception(BrokenExecutor())
        return future


def test_points_of_a_broken_executor_are_not_run():
    sweep = Sweep(jobs.product, SIX)
    with pytest.warns(SweepWarning, match=r"4 of 6 points were not run \(2, 3, 4, 5\)"):
        results = sweep.run(Fragile())
    assert results.missing == (2, 3, 4, 5)
    assert all(failure.lost for failure in results.failures)
    np.testing.assert_array_equal(sweep.run()["product"], range(6))


# -- resuming ------------------------------------------------------------------------


def test_a_sweep_that_is_interrupted_goes_on_where_it_was():
    ran = []

    def job(a):
        ran.append(a)
        if len(ran) == 3:
            raise KeyboardInterrupt
        return {"a": a}

    sweep = Sweep(job, SIX)
    with pytest.raises(KeyboardInterrupt):
        sweep.run()
    assert sweep.missing == (2, 3, 4, 5)
    assert repr(sweep) == "<Sweep of 6 points: 4 missing>"
    np.testing.assert_array_equal(sweep.results.completed["a"], [0, 1])
    np.testing.assert_array_equal(sweep.run()["a"], range(6))
    assert ran == [0, 1, 2, 2, 3, 4, 5]
    sweep.run()
    assert len(ran) == 7


def test_an_interruption_stops_processes(tmp_path):
    """Waiting points do not run."""

    def interrupt(done, total, failed):
        if done == 2:
            raise KeyboardInterrupt

    points = parameter_grid({"a": range(100, 1100), "folder": [str(tmp_path)]})
    sweep = Sweep(jobs.kills, points)
    with pytest.raises(KeyboardInterrupt):
        sweep.run(workers=2, progress=interrupt)
    assert len(sweep.missing) == 998
    counts = []
    for _ in range(2):
        time.sleep(0.5)  # a hundred points
        counts.append(len(list(tmp_path.iterdir())))
    assert 2 <= counts[0] == counts[1] < 1000


INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from brian2 import *
from dendrisyn.sweeps import Sweep, parameter_grid
prefs.codegen.target = 'numpy'

def job(a):
    group = NeuronGroup(1, 'dv/dt = 1*Hz : 1', method='euler')

    @network_operation
    def interrupt(t):
        if a == 1 and t > 5*ms:
            os.kill(os.getpid(), signal.SIGINT)

    Network(group, interrupt).run(10*ms)
    return {'v': group.v[0]}

sweep = Sweep(job, parameter_grid({'a': range(3)}))
try:
    sweep.run()
except KeyboardInterrupt:
    print(sweep.missing)
"""


def test_a_run_that_is_interrupted_is_not_taken_for_complete():
    """Brian2 ends a run early at the first Ctrl-C."""
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "(1, 2)"


def test_a_job_of_ones_own():
    class Squares(Job):
        def __call__(self, point):
            return {"square": point["x"] ** 2}

        def check(self, point, where):
            return {"x": point["x"] + 0}

        def fingerprint(self, version):
            return "squares"

    results = Sweep(Squares(), parameter_grid({"x": [1, 2, 3]})).run()
    np.testing.assert_array_equal(results["square"], [1, 4, 9])
