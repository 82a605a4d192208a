"""The first run on an empty Cython cache: what compiling costs, against Dendrify.

Each run is a fresh process with an empty cache folder. Its time is that of making the
model, the group and the inputs, of compiling, and of the first 10 ms.
"""

import os
import sysconfig
from functools import partial
from pathlib import Path
from statistics import median

from active import build
from brian2 import ms, prefs
from report import Answer, Table, Target
from side_by_side import once

DURATION = 10  # ms


def first_run(name, alone, folder="cache"):
    """Return what makes cells and runs them with an empty cache."""
    prefs.codegen.target = "cython"
    prefs.codegen.runtime.cython.cache_dir = folder  # in the empty folder we are in

    def run():
        begin = spent()
        network, _ = build(name, 1, DURATION, alone)
        network.run(DURATION * ms)
        taken = spent() - begin
        return {"time": taken, "modules": modules(folder)}

    return run


def spent():
    """Return the time of the processor for this process and its compilers."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def modules(folder):
    """Return how many modules were compiled."""
    return len(list(Path(folder).glob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}")))


def measure(quick, targets, names):
    """Measure; *names* are the packages."""
    if "cython" not in targets:
        return Answer(remarks=["Needs the target cython."])
    rows, goals = [], []
    for alone in (False, True):
        reports = {name: [] for name in names}
        for turn in range(1 if quick else 3):
            for name in names if turn % 2 == 0 else reversed(names):
                reports[name].append(once(partial(first_run, name, alone)))
        times = {name: median(each["time"] for each in reports[name]) for name in names}
        ratio = None
        what = f"First run, Cython, N = 1{', without input' if alone else ''}"
        if "dendrify" in names:
            pairs = zip(reports["dendrify"], reports["dendrisyn"], strict=True)
            ratio = median(theirs["time"] / ours["time"] for theirs, ours in pairs)
            goals.append(Target(what, ratio, 3))
        row = ["none" if alone else "synapses"]
        for name in ("dendrify", "dendrisyn"):
            row += [times.get(name)]
            row += [reports[name][0]["modules"] if name in reports else None]
        rows.append([*row, ratio])
    columns = [
        "input",
        "Dendrify (s)",
        "modules",
        "dendrisyn (s)",
        "modules",
        "times faster",
    ]
    return Answer([Table("First run on an empty cache", columns, rows)], goals)
