"""Sweeps of the standalone build of the page on sweeps."""

import gc
import os
import pickle
import re
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA, prefs, volt
from brian2.devices.device import get_device, reset_device, set_device
from dask.distributed import Client, LocalCluster

from dendrisyn.errors import (
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
)
from dendrisyn.sweeps import (
    StandaloneBuild,
    Sweep,
    SweepError,
    SweepWarning,
    parameter_grid,
)

from . import jobs

PAGE = Path(__file__).parents[2] / "docs" / "sweeps.md"

pytestmark = [
    pytest.mark.compiled,
    pytest.mark.filterwarnings(
        "ignore:This process .* is multi-threaded:DeprecationWarning"
    ),
]

#: Objects that the tests need beside those of the page.
MORE = """
stimulus = TimedArray([0, 0, 0, 0]*pA, dt=5*ms, name='stimulus')
neurons.run_regularly('I_ext_soma = stimulus(t)', name='stimulation')
rates = PopulationRateMonitor(neurons, name='rates')
"""


def script():
    """Return the script of the page up to its build."""
    code = re.search(
        r"<!-- tests/sweeps builds this script -->\n```py\n(.*?)```",
        PAGE.read_text(encoding="utf-8"),
        re.DOTALL,
    )[1]
    before, after = code.split("device.build(run=False)\n")
    setting, network = before.split("directory='build')\n")
    assert "set_device" in setting
    return network, after


class Built:
    """The device and the script of a build, which can be built again."""

    def __init__(self, folder):
        self.folder = folder
        self.scope = {}
        self.make("")

    def make(self, change):
        """Build the script of the page with a change."""
        network, _ = script()
        network = network.replace(
            "seed_from_point()", MORE + change + "seed_from_point()"
        )
        flags = prefs.codegen.cpp.extra_compile_args_gcc
        # These flags are the fastest to compile and to run once.
        prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O1", "-std=c++11"]
        set_device("cpp_standalone", build_on_run=False, directory=str(self.folder))
        try:
            self.device = get_device()
            self.device.reinit()
            self.scope.clear()
            gc.collect()  # objects of the build before
            self.device.activate(build_on_run=False, directory=str(self.folder))
            imports = "from brian2 import *\nfrom dendrisyn import *\n"
            imports += "from dendrisyn.sweeps import *\n"
            exec(imports + network, self.scope)
            self.device.build(run=False, directory=str(self.folder))
        finally:
            reset_device()
            prefs.codegen.cpp.extra_compile_args_gcc = flags

    def collecting(self, *collect):
        what = collect[0] if len(collect) == 1 else list(collect)
        return StandaloneBuild(what, device=self.device)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    made = Built(tmp_path_factory.mktemp("sweeps") / "build")
    yield made
    made.scope.clear()
    made.device.reinit()


@pytest.fixture
def counts(built):
    return built.collecting(["spikes.count"])


def counted(sweep, **given):
    return sweep.run(progress=False, **given)["spikes.count"]


FEW = {"neurons.gL_dend": [0.1, 2] * nS, "inputs.rates": [100, 200] * Hz}


# -- 242 points ----------------------------------------------------------------------


def test_242_points_on_two_processes_are_those_of_sequential_runs(built, tmp_path):
    """The points of the page; one raises an error, and one kills its worker."""
    _, after = script()
    grid = after[after.index("points = ") : after.index("results = ")]
    scope = dict(built.scope)
    exec(grid, scope)
    points = scope["points"]
    assert len(points) == 242
    build = built.collecting(Killing(built, tmp_path / "killed"))

    with (
        ProcessPoolExecutor(2) as executor,
        pytest.warns(SweepWarning, match=r"(?s)1 of 242 .*point 100 .*cannot have 100"),
    ):
        parallel = Sweep(build, points).run(executor, progress=False)
    assert (tmp_path / "killed").exists()
    assert parallel.missing == (100,)

    sequential = Sweep(built.collecting("spikes.count", "trace.V_dend"), points)
    sequential = sequential.run(workers=1, progress=False)
    there = np.delete(np.arange(242), 100)
    for name, shape in [("spikes.count", (1000,)), ("trace.V_dend", (2, 200))]:
        expected = sequential[name]
        assert expected.shape == (242, *shape)
        np.testing.assert_array_equal(parallel.completed[name], expected[there])
    # The points differ: a larger leak gives fewer spikes, more input gives more.
    count = sequential.on_grid("spikes.count").sum(axis=-1)
    assert np.all(np.diff(count, axis=0) <= 0)
    assert np.all(np.diff(count[:, 1]) < 0)
    assert np.all(np.diff(count[:, :5], axis=1) > 0)
    # without input, 22 points are at rest
    last = np.asarray(sequential["trace.V_dend"])[:, 0, -1]
    assert len(np.unique(last)) == 242 - 21


class Killing:
    """Collects results, fails at point 100, and kills the worker of point 120 once."""

    def __init__(self, built, marker):
        self.marker = str(marker)

    def __call__(self, recording):
        gL = recording.point["neurons.gL_dend"] / nS
        rate = recording.point["inputs.rates"] / Hz
        number = round((gL - 0.1) / 0.1) * 11 + round(rate / 20)
        if number == 100:
            raise ValueError("cannot have 100")
        if number == 120 and not Path(self.marker).exists():
            Path(self.marker).touch()
            os.kill(os.getpid(), 9)
        return {name: recording[name] for name in ("spikes.count", "trace.V_dend")}


# -- values and results --------------------------------------------------------------


def test_values_reach_the_program(built):
    """A number, a value per neuron, a value per synapse, and a timed array."""
    leaks = np.linspace(0.1, 2, 1000) * nS
    weights = np.linspace(0, 3, 20000)
    point = {
        "neurons.gL_dend": leaks,
        "neurons.V_soma": -61 * mV,
        "inputs.rates": 0 * Hz,
        "drive.w": weights,
        "stimulus.values": [1, 2, 3, 4] * pA,
        "neurons.not_refractory": True,
    }
    names = ["neurons.gL_dend", "inputs.rates", "drive.w", "neurons.I_ext_soma"]
    results = Sweep(built.collecting(*names, "rates.t", "spikes.N"), [point]).run()
    np.testing.assert_array_equal(results["neurons.gL_dend"][0], leaks)
    np.testing.assert_array_equal(results["inputs.rates"][0], 0 * Hz)
    np.testing.assert_array_equal(results["drive.w"][0], weights)
    np.testing.assert_array_equal(results["neurons.I_ext_soma"][0], 4 * pA)
    assert results["rates.t"].shape == (1, 200)
    assert results["spikes.N"].shape == (1,)


def peak(recording):
    return recording["trace.V_dend"].max()


def both(recording):
    assert recording.point["inputs.rates"] >= 0 * Hz
    return {"n": recording["spikes.count"].sum(), "names": len(recording)}


def test_results_by_names_variables_monitors_and_functions(built):
    """All of them read the same run."""
    scope = built.scope
    points = parameter_grid({"inputs.rates": [100, 200] * Hz, "seed": [1, 2]})
    results = Sweep(
        built.collecting(scope["trace"], scope["spikes"].count, scope["rates"]), points
    ).run()
    assert set(results.names) == {
        *("trace.t", "trace.V_dend", "spikes.count", "rates.t", "rates.rate"),
    }
    V = results["trace.V_dend"]
    assert V.shape == (4, 2, 200)
    assert brian2.have_same_dimensions(V, volt)
    # The device of Brian2 reads the same arrays.
    set_device("cpp_standalone", build_on_run=False)
    try:
        device = get_device()
        os.environ["DENDRISYN_SEED"] = "2"
        device.run(
            results_directory="own",
            with_output=False,
            run_args={scope["inputs"].rates: 200 * Hz},
        )
        np.testing.assert_array_equal(V[3], scope["trace"].V_dend)
        np.testing.assert_array_equal(results["trace.t"][3], scope["trace"].t[:])
        np.testing.assert_array_equal(results["spikes.count"][3], scope["spikes"].count)
    finally:
        del os.environ["DENDRISYN_SEED"]
        reset_device()

    mixed = built.collecting({"peak": peak, "n": "spikes.count", "t": scope["trace"].t})
    mixed = Sweep(mixed, points).run()
    np.testing.assert_array_equal(mixed["peak"], V.max(axis=(1, 2)))
    np.testing.assert_array_equal(mixed["n"], results["spikes.count"])
    assert mixed["t"].shape == (4, 200)
    joint = Sweep(built.collecting(both), points).run()
    np.testing.assert_array_equal(joint["n"], results["spikes.count"].sum(axis=1))
    assert joint["names"][0] == len(built.collecting(both).recorded)


def test_seeds_are_those_of_the_points(counts):
    points = [{"inputs.rates": 150 * Hz, **seed} for seed in ({}, {"seed": 1})]
    points += [{"inputs.rates": 150 * Hz, "seed": 0, "drive.w": 1}]
    default, other, zero = counted(Sweep(counts, points))
    np.testing.assert_array_equal(default, zero)
    assert np.any(default != other)
    again = counted(Sweep(counts, points[1:2]))
    np.testing.assert_array_equal(again[0], other)


def test_a_group_without_processes_gives_the_same(counts):
    """A run with a value per neuron has the results of a point per value."""
    values = [0.1, 1, 2] * nS
    apart = counted(Sweep(counts, parameter_grid({"neurons.gL_dend": values})))
    choice = np.arange(1000) % 3
    together = counted(Sweep(counts, [{"neurons.gL_dend": values[choice]}]))[0]
    np.testing.assert_array_equal(together, apart[choice, np.arange(1000)])


# -- errors before the first run -----------------------------------------------------


@pytest.mark.parametrize(
    ("point", "error", "says"),
    [
        ({"neurons.gL_den": 1 * nS}, UnknownNameError, "'neurons.gL_dend'"),
        (
            {"neurons.gL_soma": 1 * nS},
            UnknownNameError,
            "is a constant that .*per_neuron",
        ),
        ({"neurons.I_dend": 1 * pA}, UnknownNameError, "computed from other variables"),
        (
            {"neuron.gL_dend": 1 * nS},
            UnknownNameError,
            "no 'neuron' .*name='neurons'",
        ),
        ({"gL_dend": 1 * nS}, UnknownNameError, "'neurons.gL_dend'"),
        ({"spikes.count": 1}, UnknownNameError, "Brian2 sets it itself"),
        ({"neurons.i": 1}, UnknownNameError, "Brian2 sets it itself"),
        ({"defaultclock.dt": 1 * ms}, UnknownNameError, "Brian2 sets it itself"),
        ({"drive.delay": 1 * ms}, UnknownNameError, r"apply_run_args\(\)"),
        ({"neurons.gL_dend": 1}, UnitError, "a value in siemens, got a plain number"),
        ({"neurons.gL_dend": 1 * mV}, UnitError, "a value in siemens, got a value in"),
        ({"neurons.gL_dend": np.inf * nS}, InvalidValueError, "is not finite"),
        (
            {"neurons.gL_dend": [1, 2] * nS},
            InvalidValueError,
            r"\(1000,\), got .*\(2,\)",
        ),
        ({"neurons.gL_dend": "1*nS"}, UnitError, "expected a value in siemens|numbers"),
        ({"drive.w": [[1, 2]]}, InvalidValueError, "shape"),
        ({"drive.w": True}, UnitError, "expected numbers"),
        ({"neurons.not_refractory": 1}, UnitError, "expected True or False"),
        ({"stimulus.values": [1, 2] * pA}, InvalidValueError, r"\(4,\), got .*\(2,\)"),
        ({"seed": -1}, UnitError, r"from 0 to 2\*\*32 - 1"),
        ({"seed": 1.5}, UnitError, "a whole number"),
    ],
)
def test_points_that_are_refused_before_anything_runs(counts, point, error, says):
    with pytest.raises(error, match=rf"(?s)Sweep: point 1: .*{says}"):
        Sweep(counts, [{}, point])


def test_results_that_cannot_be_collected(built):
    with pytest.raises(UnknownNameError, match=r"'spikes.counts'.*'spikes.count'"):
        built.collecting(["spikes.counts"])
    with pytest.raises(UnitError, match=r"collect\['x'\]: expected one variable, got"):
        built.collecting({"x": built.scope["trace"]})
    with pytest.raises(UnitError, match="expected a list of names, a dict or a func"):
        built.collecting("spikes.count")
    with pytest.raises(InvalidValueError, match="expected a device in C"):
        StandaloneBuild(["spikes.count"])


def test_an_array_of_the_wrong_length_for_synapses_is_found_when_it_runs(counts):
    """The number of synapses follows from the run; the program ignores the array."""
    with (
        pytest.warns(
            SweepWarning, match=r"point 1 .*drive\.w: the program did not read"
        ),
    ):
        Sweep(counts, [{}, {"drive.w": np.ones(7)}]).run()


# -- programs that fail --------------------------------------------------------------


def test_a_program_that_is_killed_is_reported_with_its_point(built):
    wrapper = built.folder / "wrapper.sh"
    wrapper.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "  *rates=200*) kill -KILL $$;;\n"
        "  *rates=300*) echo went wrong; exit 3;;\n"
        "esac\n"
        'exec ./main "$@"\n'
    )
    wrapper.chmod(0o755)
    prefs.devices.cpp_standalone.run_cmd_unix = "./wrapper.sh"
    try:
        build = built.collecting(["spikes.count"])
    finally:
        prefs.devices.cpp_standalone.run_cmd_unix = "./main"
    points = parameter_grid({"inputs.rates": [100, 200, 300, 400] * Hz})
    sweep = Sweep(build, points)
    with pytest.warns(SweepWarning, match="2 of 4 points failed") as warned:
        results = sweep.run()
    text = str(warned[0].message)
    assert re.search(
        r"point 1 \(inputs.rates = 200. Hz\): .*SIGKILL \(signal 9\)", text
    )
    assert re.search(r"point 2 .*exit status 3. went wrong", text)
    assert results.missing == (1, 2)
    # The corrected program runs the missing points.
    wrapper.write_text('#!/bin/sh\nexec ./main "$@"\n')
    assert len(counted(sweep)) == 4


def test_an_interruption_kills_the_programs(built):
    slow = built.folder / "slow.sh"
    slow.write_text("#!/bin/sh\nsleep 30\n")
    slow.chmod(0o755)
    prefs.devices.cpp_standalone.run_cmd_unix = "./slow.sh"
    try:
        build = built.collecting(["spikes.count"])
    finally:
        prefs.devices.cpp_standalone.run_cmd_unix = "./main"

    def interrupt(done, total, failed):
        if time.monotonic() > start + 0.5:
            raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        Sweep(build, parameter_grid(FEW)).run(workers=2, progress=interrupt)
    assert time.monotonic() - start < 10


def test_a_program_does_not_see_ctrl_c(built):
    """Otherwise it would end early, and write results as if they were complete."""
    group = built.folder / "group.sh"
    group.write_text('#!/bin/sh\nps -o pgid= -p $$ > group\nexec ./main "$@"\n')
    group.chmod(0o755)
    prefs.devices.cpp_standalone.run_cmd_unix = "./group.sh"
    try:
        counted(Sweep(built.collecting(["spikes.count"]), [{}]))
    finally:
        prefs.devices.cpp_standalone.run_cmd_unix = "./main"
    assert int((built.folder / "group").read_text()) != os.getpgrp()


# -- other executors -----------------------------------------------------------------


def test_dask(built, counts):
    """A local cluster; functions, builds, and a worker that is killed."""
    expected = counted(Sweep(counts, parameter_grid(FEW)))
    noise = parameter_grid({"tau": [5, 10] * ms, "trial": range(2)})
    here = Sweep(jobs.noisy, noise).run()["v"]
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=2, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        executor = client.get_executor()
        np.testing.assert_array_equal(
            counted(Sweep(counts, parameter_grid(FEW)), executor=executor), expected
        )
        np.testing.assert_array_equal(Sweep(jobs.noisy, noise).run(executor)["v"], here)
        with pytest.warns(SweepWarning, match=r"point 3 \(a = 3\)"):
            results = Sweep(jobs.fails, parameter_grid({"a": range(6)})).run(executor)
        assert results.missing == (3,)


def test_a_build_that_is_sent_is_small(counts):
    assert len(pickle.dumps(counts)) < 20e3
    copy = pickle.loads(pickle.dumps(counts))
    points = parameter_grid(FEW)
    np.testing.assert_array_equal(
        counted(Sweep(copy, points)), counted(Sweep(counts, points))
    )


def test_openmp_threads_take_workers(built):
    alone = built.collecting(["spikes.count"]).workers()
    assert alone == len(os.sched_getaffinity(0))
    prefs.devices.cpp_standalone.openmp_threads = 2
    try:
        assert built.collecting(["spikes.count"]).workers() == max(1, alone // 2)
    finally:
        prefs.devices.cpp_standalone.openmp_threads = 0


# -- other builds (last: they replace the build) -------------------------------------


def test_a_build_that_is_gone_or_replaced_is_not_run(built, counts, tmp_path):
    points = parameter_grid(FEW)
    expected = Sweep(counts, points, directory=tmp_path).run()["spikes.count"]
    assert Sweep(counts, points, directory=tmp_path).missing == ()
    other_collect = built.collecting(["spikes.count", "trace.t"])
    with pytest.warns(SweepWarning, match="other code"):
        assert len(Sweep(other_collect, points, directory=tmp_path).missing) == 4

    away = built.folder.with_name("away")
    built.folder.rename(away)
    with pytest.raises(SweepError, match=r"there is no program in .*see the folder"):
        Sweep(counts, points[:1]).run()
    away.rename(built.folder)

    # The same script makes the same build, another script another build.
    built.make("")
    same = Sweep(built.collecting(["spikes.count"]), points, directory=tmp_path)
    assert same.missing == ()
    np.testing.assert_array_equal(same.results["spikes.count"], expected)

    built.make("drive.w = 2\n")
    with pytest.raises(SweepError, match="another program was built there"):
        Sweep(counts, points[:1]).run()
    changed = built.collecting(["spikes.count"])
    with pytest.warns(SweepWarning, match="other code, of another build"):
        sweep = Sweep(changed, points, directory=tmp_path)
    assert len(sweep.missing) == 4
    assert np.all(counted(sweep).sum(axis=1) > expected.sum(axis=1))


def test_delays_are_swept_where_values_are_set_before_they_are_used(built):
    """By the name of the synapses, of their pathway, and as the variable itself."""
    built.make("device.apply_run_args()\n")
    build = built.collecting(["spikes.count", "drive.delay"])
    delays = [0, 1, 15] * ms
    expected = None
    for key in ("drive.delay", "drive_pre.delay", built.scope["drive"].delay):
        points = parameter_grid({key: delays, "inputs.rates": [200] * Hz})
        results = Sweep(build, points).run(progress=False)
        np.testing.assert_array_equal(results["drive.delay"][:, 0], delays)
        none, short, long = results["spikes.count"].sum(axis=1)
        assert none > short > long
        assert expected in (None, (none, short, long))
        expected = (none, short, long)
    with pytest.raises(
        NameConflictError, match=r"drive_pre\.delay is another name of drive\.delay, "
    ):
        Sweep(build, [{"drive.delay": 1 * ms, "drive_pre.delay": 2 * ms}])
    shutil.rmtree(built.folder)
