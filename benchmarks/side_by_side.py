"""Time sides that do the same, in turn, each in a process of its own.

A side makes what it is to run, once, and returns a function that runs it from the start
and reports its time. The first run of each side, which compiles, is not counted; what
it reports is what the sides are checked by. Sides of Brian2 are functions that build a
network; their times are those of the loop over steps: making code, compiling and
connecting are not in them.

Times are those that the processor spends on a side, which other work on the machine
changes little; with OpenMP, those of the clock on the wall.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import dataclass
from functools import partial
from statistics import median
from types import MappingProxyType, SimpleNamespace
from typing import Any

import brian2
from brian2.core.base import BrianObject
from brian2.core.variables import ArrayVariable
from brian2.monitors import EventMonitor, StateMonitor

SEED = 20261121
TARGETS = ["numpy", "cython", "cpp_standalone"]
NAMES = {"numpy": "numpy", "cython": "Cython", "cpp_standalone": "C++ standalone"}

#: What a side of Brian2 builds, and what tells its results.
Built = tuple[brian2.Network, Callable[[], dict[str, Any]]]
Side = Callable[[], Built]

#: What runs a side once and reports: its "time" (second), and what it likes.
Run = Callable[[], dict[str, Any]]

#: Set it to run all sides in this process: quicker to start, no measurement.
here = False


def arguments(
    description: str,
    choices: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    **sizes: tuple[int, int],
) -> argparse.Namespace:
    """Read the command line.

    Parameters
    ----------
    description : str
        What the script compares.
    choices : mapping of str to tuple of str
        Options of the script with a choice; None where none is made.
    **sizes : (int, int)
        The sizes that can be set: what they are by default, and with ``--quick``.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--target", choices=TARGETS, default="cython")
    parser.add_argument("--quick", action="store_true", help="small and short")
    for name, legal in choices.items():
        parser.add_argument(f"--{name}", choices=legal, help="all if left out")
    for name, (full, quick) in sizes.items():
        parser.add_argument(
            f"--{name}", type=int, metavar="N", help=f"{full}; {quick} if quick"
        )
    parser.add_argument("--sides", nargs="+", metavar="SIDE", help="only these")
    parser.add_argument(
        "--profile", action="store_true", help="print where each side spends its time"
    )
    parser.add_argument(
        "--here", action="store_true", help="all in this process; no measurement"
    )
    given = parser.parse_args()
    for name, values in sizes.items():
        if getattr(given, name) is None:
            setattr(given, name, values[given.quick])
    return given


def compare(
    sides: dict[str, Side],
    check: Callable[[dict[str, Any], dict[str, Any], str], str],
    given: argparse.Namespace,
) -> dict[str, float]:
    """Run the sides in turn and print the time and memory of each.

    Parameters
    ----------
    sides : dict of str to callable
        The first is what the others are compared with.
    check : callable
        Is given the results of the first and of another side, and the name of that;
        raises if they differ, and returns what it found.
    given : argparse.Namespace
        The command line: `target`, `duration` (ms), `repeats`, `sides`, `profile`.

    Returns
    -------
    dict of str to float
        The best time of each side (second).
    """
    first = next(iter(sides))
    chosen = [
        name for name in sides if given.sides is None or name in [first, *given.sides]
    ]
    global here
    here = given.here
    setting = Setting(given.target, given.duration, profile=given.profile)
    timed = in_turn(
        {name: partial(network_of, sides[name], setting) for name in chosen},
        given.repeats,
    )
    for name in chosen[1:]:
        results = (timed[each].report["results"] for each in (first, name))
        print(f"{first} and {name}: {check(*results, name)}")

    print(f"{given.target}, {given.duration} ms simulated, {given.repeats} times each")
    print("seconds per simulated second; how many times the first; memory of variables")
    print(f"{'':24}{'best':>9}{'median':>9}{'best':>8}{'median':>8}{'MB':>9}")
    for name, own in timed.items():
        scale = 1e3 / given.duration
        print(
            f"{name:24}{scale * own.best:9.3f}{scale * own.median:9.3f}"
            f"{own.best / timed[first].best:8.2f}{own.ratio(timed[first]):8.2f}"
            f"{own.report['bytes'] / 1e6:9.2f}"
        )
    if given.profile:
        for name, own in timed.items():
            print(f"\n{name}\n{own.report['profile']}")
    return {name: own.best for name, own in timed.items()}


@dataclass(frozen=True)
class Timed:
    """The first report of a side, and its times in each turn (second)."""

    report: dict[str, Any]
    times: list[float]

    @property
    def best(self) -> float:
        return min(self.times)

    @property
    def median(self) -> float:
        return median(self.times)

    def ratio(self, other: Timed) -> float:
        """Return how many times those of another side: the median over turns."""
        turns = zip(self.times, other.times, strict=True)
        return median(own / others for own, others in turns)


def in_turn(sides: Mapping[str, Callable[[], Run]], repeats: int) -> dict[str, Timed]:
    """Make each side in a process of its own, then run them in turn.

    Parameters
    ----------
    sides : mapping of str to callable
        What makes a side. It is called in another process, so it must be importable.
    repeats : int
        How many turns are counted.
    """
    workers = {}
    try:
        reports = {}
        for name, make in sides.items():
            workers[name] = _worker(make)
            reports[name] = workers[name].run()
        times: dict[str, list[float]] = {name: [] for name in sides}
        for turn in range(repeats):
            # Every other turn the other way round, so that drift favours none.
            for name in sides if turn % 2 == 0 else reversed(sides):
                times[name].append(workers[name].run()["time"])
    finally:
        for worker in workers.values():
            worker.stop()
    return {name: Timed(reports[name], times[name]) for name in sides}


def once(make: Callable[[], Run]) -> dict[str, Any]:
    """Make and run one side in a fresh process, and return what it reports."""
    worker = _worker(make)
    try:
        return worker.run()
    finally:
        worker.stop()


def _worker(make: Callable[[], Run]) -> _Worker | _Here:
    return _Here(make) if here else _Worker(make)


def parts(make: Callable[[], Run], repeats: int) -> dict[str, float]:
    """Return the time of each part of a side that profiles: the best of all runs."""
    worker = _worker(make)
    try:
        worker.run()
        found = [worker.run()["parts"] for _ in range(repeats)]
    finally:
        worker.stop()
    return {name: min(each[name] for each in found) for name in found[0]}


class _Here:
    """A side that is made and run in this process."""

    def __init__(self, make: Callable[[], Run]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        with chdir(self.folder.name):
            self.side = make()

    def run(self) -> dict[str, Any]:
        with chdir(self.folder.name):
            return self.side()

    def stop(self) -> None:
        self.folder.cleanup()


class _Worker:
    """A process that has made one side and runs it when it is asked to."""

    def __init__(self, make: Callable[[], Run]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, make), daemon=True)
        self.process.start()
        theirs.close()

    def run(self) -> dict[str, Any]:
        self.connection.send("run")
        try:
            report = self.connection.recv()
        except EOFError:
            self.process.join()
            raise RuntimeError(
                f"a side ended with exit code {self.process.exitcode}"
            ) from None
        if "error" in report:
            raise RuntimeError(f"a side failed:\n{report['error']}")
        return report

    def stop(self) -> None:
        if self.process.is_alive():
            self.connection.send("stop")
        self.process.join()


def _work(connection: Any, make: Callable[[], Run]) -> None:
    try:
        # What a simulator writes goes with the folder.
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            run = make()
            while connection.recv() == "run":
                connection.send(run())
    except Exception:
        connection.send({"error": traceback.format_exc()})


@dataclass(frozen=True)
class Setting:
    """How a side of Brian2 is run.

    Attributes
    ----------
    target : str
        One of `TARGETS`.
    duration : float
        The time that is simulated (ms).
    threads : int
        OpenMP threads, in standalone mode; 0 for code without OpenMP.
    prepare : callable, optional
        Called before the network is built.
    profile : bool
        Whether runs report where their time goes.
    """

    target: str
    duration: float
    threads: int = 0
    prepare: Callable[[], Any] | None = None
    profile: bool = False


def network_of(build: Side, setting: Setting) -> Run:
    """Build a network and return what runs it from its start."""
    duration = setting.duration * brian2.ms
    standalone = setting.target == "cpp_standalone"
    if setting.prepare is not None:
        setting.prepare()
    if standalone:
        brian2.set_device("cpp_standalone", build_on_run=False)
        brian2.prefs.devices.cpp_standalone.openmp_threads = setting.threads
    else:
        brian2.prefs.codegen.target = setting.target
        # Brian2 times its loop by this clock; that of standalone mode is of its kind.
        brian2.core.network.time = SimpleNamespace(time=time.process_time)
    brian2.seed(SEED)
    network, results = build()
    if standalone:
        network.run(duration, profile=setting.profile)
        brian2.device.build(directory=os.path.join(os.getcwd(), "built"), run=False)
    else:
        network.store()
    first = True

    def run() -> dict[str, Any]:
        nonlocal first
        if standalone:
            brian2.device.run(with_output=False)
        else:
            network.restore()
            brian2.seed(SEED)
            network.run(duration, profile=setting.profile)
        # Brian2 has no public name for it in all devices.
        report = {"time": brian2.get_device()._last_run_time}
        if first:
            report["results"] = results()
            report["bytes"] = sum(state_bytes(each) for each in network.objects)
        if setting.profile:
            report["profile"] = str(brian2.profiling_summary(network))
            report["parts"] = {
                name: float(time) for name, time in network.profiling_info
            }
        first = False
        return report

    return run


def state_arrays(group: BrianObject) -> list[ArrayVariable]:
    """Return the arrays of a group that the simulation needs, monitors aside."""
    if isinstance(group, (EventMonitor, StateMonitor)):
        return []
    own = (
        each
        for each in getattr(group, "variables", {}).values()
        if isinstance(each, ArrayVariable) and each.owner.name == group.name
    )
    # One array may have several names.
    return list({id(each): each for each in own}.values())


def state_bytes(group: BrianObject) -> int:
    """Return how much they take."""
    return sum(each.device.get_value(each).nbytes for each in state_arrays(group))


def vector_code() -> None:
    """Make the call of dendrisyn that sets the flags of the compiler."""
    from dendrisyn.brian.vector_code import enable_vector_code

    enable_vector_code()
