"""Time sides that do the same, in turn, each in a process of its own.

A side is a function without arguments that builds a network and returns it with a
function that tells its results. One run of each side, which compiles, is not counted;
its results are what the sides are checked by. Times are those of Brian2's loop over
steps: making code, compiling and connecting are not in them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from collections.abc import Callable, Mapping
from statistics import median
from types import MappingProxyType
from typing import Any

import brian2
from brian2.core.base import BrianObject
from brian2.core.variables import ArrayVariable
from brian2.monitors import SpikeMonitor, StateMonitor

SEED = 20261121
TARGETS = ["numpy", "cython", "cpp_standalone"]

#: What a side builds, and what tells its results.
Built = tuple[brian2.Network, Callable[[], dict[str, Any]]]
Side = Callable[[], Built]


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
    workers, warm = {}, {}
    for name in chosen:
        workers[name] = _Worker(sides[name], given)
        warm[name] = workers[name].run()
    for name in chosen[1:]:
        found = check(warm[first]["results"], warm[name]["results"], name)
        print(f"{first} and {name}: {found}")
    times: dict[str, list[float]] = {name: [] for name in chosen}
    for turn in range(given.repeats):
        # Every other turn the other way round, so that drift favours none.
        for name in chosen if turn % 2 == 0 else reversed(chosen):
            times[name].append(workers[name].run()["time"])
    for worker in workers.values():
        worker.stop()

    print(f"{given.target}, {given.duration} ms simulated, {given.repeats} times each")
    print("seconds per simulated second; how many times the first; memory of variables")
    print(f"{'':24}{'best':>9}{'median':>9}{'best':>8}{'median':>8}{'MB':>9}")
    for name in chosen:
        scaled = [1e3 * each / given.duration for each in times[name]]
        turns = zip(times[name], times[first], strict=True)
        print(
            f"{name:24}{min(scaled):9.3f}{median(scaled):9.3f}"
            f"{min(times[name]) / min(times[first]):8.2f}"
            f"{median(own / other for own, other in turns):8.2f}"
            f"{warm[name]['bytes'] / 1e6:9.2f}"
        )
    if given.profile:
        for name in chosen:
            print(f"\n{name}\n{warm[name]['profile']}")
    return {name: min(times[name]) for name in chosen}


class _Worker:
    """A process that has built one side and runs it when it is asked to."""

    def __init__(self, side: Side, given: argparse.Namespace) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=_work, args=(theirs, side, given), daemon=True
        )
        self.process.start()
        theirs.close()

    def run(self) -> dict[str, Any]:
        self.connection.send("run")
        return self.connection.recv()

    def stop(self) -> None:
        self.connection.send("stop")
        self.process.join()


def _work(connection: Any, side: Side, given: argparse.Namespace) -> None:
    duration = given.duration * brian2.ms
    with tempfile.TemporaryDirectory() as directory:
        if given.target == "cpp_standalone":
            brian2.set_device("cpp_standalone", build_on_run=False)
        else:
            brian2.prefs.codegen.target = given.target
        brian2.seed(SEED)
        network, results = side()
        if given.target == "cpp_standalone":
            network.run(duration, profile=given.profile)
            brian2.device.build(directory=directory, run=False)
        else:
            network.store()
        warm = False
        while connection.recv() == "run":
            if given.target == "cpp_standalone":
                brian2.device.run(with_output=False)
            else:
                network.restore()
                brian2.seed(SEED)
                network.run(duration, profile=given.profile)
            # Brian2 has no public name for it in all devices.
            report = {"time": brian2.get_device()._last_run_time}
            if not warm:
                report["results"] = results()
                report["bytes"] = sum(_bytes(each) for each in network.objects)
                if given.profile:
                    report["profile"] = str(brian2.profiling_summary(network))
            connection.send(report)
            warm = True


def _bytes(group: BrianObject) -> int:
    """Return how much the variables of a group take that the simulation needs."""
    if isinstance(group, (SpikeMonitor, StateMonitor)):
        return 0
    return sum(
        each.device.get_value(each).nbytes
        for each in getattr(group, "variables", {}).values()
        if isinstance(each, ArrayVariable) and each.owner.name == group.name
    )
