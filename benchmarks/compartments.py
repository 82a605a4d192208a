"""What more compartments cost: preparing a run, and a step, against Dendrify.

A chain of compartments, each with AMPA, NMDA and a dendritic spike. Preparing is making
the model and the group, and all that Brian2 does up to the first step; on the numpy
target, so nothing is compiled. Each is measured in a fresh process, after a small model
has been run there.
"""

import time
from functools import partial
from statistics import median

from brian2 import Network, defaultclock, get_device, mV, prefs, start_scope
from cells import chain, objects_of, package, start
from report import Answer, Table, Target
from side_by_side import once

STEPS = 100


def prepared(name, size):
    """Return what prepares a chain and runs it for some steps."""
    prefs.codegen.target = "numpy"
    pkg = package(name)

    def prepare(size):
        start_scope()
        objects = objects_of(pkg, chain(pkg, size), 1)
        suffixes = ["soma", *(f"d{index}" for index in range(1, size))]
        start(objects[0], suffixes[-2:])
        network = Network(*objects)
        network.run(defaultclock.dt)
        return network, objects[0]

    def run():
        prepare(2)
        begin = time.process_time()
        network, group = prepare(size)
        middle = time.process_time()
        network.run(STEPS * defaultclock.dt)
        end = time.process_time()
        return {
            "preparation": middle - begin,
            "again": end - middle,
            "steps": get_device()._last_run_time,
            "voltage": float(group.V_soma[0] / mV),
        }

    return run


def measure(quick, targets, names):
    """Measure; *names* are the packages."""
    sizes = [4] if quick else [4, 10, 20, 40, 60, 100]
    found = {}
    for size in sizes:
        for turn in range(1 if quick or size > 60 else 3):
            for name in names if turn % 2 == 0 else reversed(names):
                report = once(partial(prepared, name, size))
                found.setdefault((name, size), []).append(report)
    keys = ("preparation", "again", "steps")
    value = {
        (name, size, key): median(each[key] for each in reports)
        for (name, size), reports in found.items()
        for key in keys
    }
    rows, goals = [], []
    for size in sizes:
        row = [str(size)]
        for key in keys:
            ours, theirs = value["dendrisyn", size, key], None
            if "dendrify" in names:
                theirs = value["dendrify", size, key]
            row += [theirs, ours, None if theirs is None else theirs / ours]
        rows.append(row)
        if size == 60 and "dendrify" in names:
            what = "60 compartments, share of Dendrify's time: "
            for key, text, limit in (
                ("preparation", "preparation", 1 / 3),
                ("again", f"a further run of {STEPS} steps, numpy", 0.1),
                ("steps", f"{STEPS} steps, the loop alone, numpy", 0.1),
            ):
                share = value["dendrisyn", size, key] / value["dendrify", size, key]
                goals.append(Target(what + text, share, limit, False))
    if not quick:
        for key, text in (("preparation", "Preparation"), ("steps", f"{STEPS} steps")):
            low, high = (value["dendrisyn", size, key] for size in (20, 100))
            what = f"{text}, 20 to 100 compartments: growth over that of their number"
            goals.append(Target(what, high / low / 5, 1, False))
    columns = ["compartments"]
    for text in ("prepare", f"run {STEPS} steps more", f"{STEPS} steps"):
        columns += [f"{text}: Dendrify (s)", "dendrisyn (s)", "times faster"]
    curves = {
        f"{name}|{key}": [sizes, [value[name, size, key] for size in sizes]]
        for name in names
        for key in keys
    }
    title = "Chains of compartments, numpy target, one cell"
    remarks = [
        "“Run more” is a further call of run, for which Brian2 makes code again, and "
        f"dendrisyn where it would be other code; “{STEPS} steps” is the loop in it."
    ]
    return Answer([Table(title, columns, rows)], goals, remarks, curves)
