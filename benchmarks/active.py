"""Active cells of four compartments: the time of a step, by dendrisyn and Dendrify."""

from functools import partial

from brian2 import EventMonitor, Network, ms, prefs
from cells import DT, inputs, objects_of, package, pyramidal, start
from report import Answer, Table, Target
from side_by_side import NAMES, Setting, in_turn, network_of, once, parts, vector_code

#: Durations (ms) by target and number of cells: a second or so of computing.
DURATIONS = {
    "numpy": {1: 300, 1000: 200, 10_000: 50},
    "cython": {1: 1000, 1000: 300, 10_000: 100},
    "cpp_standalone": {1: 10_000, 1000: 1000, 10_000: 200},
}
#: How many times faster than Dendrify the issue of this release asks for.
LEAST = {
    ("cpp_standalone", 0, 10_000): 4,
    ("cython", 0, 1): 3,
    ("cython", 0, 10_000): 3,
    ("numpy", 0, 1): 1.5,
}
PROFILED = [
    ("numpy", 1),
    ("cython", 1),
    ("cython", 10_000),
    ("cpp_standalone", 10_000),
]


def build(name, N, duration, alone=False):
    """Return cells with inputs, or that start with open receptors and a current."""
    pkg = package(name)
    objects = objects_of(pkg, pyramidal(pkg), N)
    if alone:
        start(objects[0])
    else:
        objects += inputs(objects[0], N, duration)
    return Network(*objects), dict


def rates(names, N, duration):
    """Return what counts the spikes of the soma and of the dendrites (Hz)."""
    prefs.codegen.target = "numpy"

    def run():
        found = {}
        for name in names:
            pkg = package(name)
            objects = objects_of(pkg, pyramidal(pkg), N)
            group = objects[0]
            monitors = {event: EventMonitor(group, event) for event in group.events}
            objects += [*inputs(group, N, duration), *monitors.values()]
            Network(*objects).run(duration * ms)
            scale = N * duration / 1000
            found[name] = {
                event: len(each.t) / scale for event, each in monitors.items()
            }
        return found

    return run


def sides_of(target, threads, N, duration, alone, names, profile=False):
    """Return the sides of one comparison."""
    made = {}
    for name in names:
        side = partial(build, name, N, duration, alone)
        setting = Setting(target, duration, threads, profile=profile)
        made[name] = partial(network_of, side, setting)
        if name == "dendrisyn" and target != "numpy":
            setting = Setting(target, duration, threads, vector_code, profile)
            made["vector"] = partial(network_of, side, setting)
    return made


def firing(names, N, duration):
    """Return a sentence that compares what the sides do; raise if it differs."""
    found = once(partial(rates, names, N, duration))
    for event, expected in found[names[0]].items():
        for name in names:
            # A method that is off by a millivolt shifts spikes, and makes a few more.
            rate = found[name][event]
            assert abs(rate - expected) <= 0.1 * expected + 2, f"{name}: {event} {rate}"
    listed = "; ".join(
        f"{name}: " + ", ".join(f"{event} {rate:.1f}" for event, rate in each.items())
        for name, each in found.items()
    )
    return f"Spikes and dendritic spikes per second and cell: {listed}."


#: What the name of a code object begins or ends with, and what it does.
PARTS = {
    "inputs": "input",
    "stateupdater": "state update",
    "step_operation": "step operation",
    "spike_thresholder": "threshold",
    "spike_resetter": "reset",
    "thresholder": "dendritic spikes",
    "resetter": "dendritic spikes",
    "synapses": "second reset",
}


def part_of(name):
    """Return what a code object does."""
    bare = name.removesuffix("_codeobject")
    for key, what in PARTS.items():
        if bare.startswith(key) or bare.endswith(key):
            return what
    return "other"


def profile(cases, names, quick):
    """Return the table of where the time of a step goes."""
    kinds = [*dict.fromkeys(PARTS.values()), "other"]
    rows = []
    for target, N in cases:
        duration = 20 if quick else DURATIONS[target][N] / 2
        sides = sides_of(target, 0, N, duration, False, names, profile=True)
        for name, make in sides.items():
            sums = dict.fromkeys(kinds)
            for part, time in parts(make, 1 if quick else 7).items():
                kind = part_of(part)
                sums[kind] = (sums[kind] or 0) + 1e6 * time * DT / duration
            rows.append([f"{NAMES[target]}, N = {N}: {name}", *sums.values()])
    return Table("Where the time of a step goes (µs)", ["side", *kinds], rows)


def measure(quick, targets, names):
    """Measure; *names* are the packages."""
    answer = Answer()
    answer.remarks.append(firing(names, 20 if quick else 100, 200 if quick else 1000))
    rows = []
    for target in targets:
        for threads in [0, 2] if target == "cpp_standalone" else [0]:
            for N in [1] if quick else [1, 1000, 10_000]:
                rows.append(one_case(target, threads, N, False, names, quick, answer))
                if (threads, N) == (0, 1) and not quick:
                    rows.append(one_case(target, 0, 1, True, names, quick, answer))
    columns = [
        "target",
        "cells",
        "input",
        "Dendrify (µs)",
        "dendrisyn (µs)",
        "times faster",
        "vector code (µs)",
        "times faster",
    ]
    answer.tables.append(Table("Time of a step", columns, rows))
    cases = [each for each in PROFILED if each[0] in targets]
    if quick:
        cases = [(target, 1) for target in targets]
    answer.tables.append(profile(cases, names, quick))
    return answer


def one_case(target, threads, N, alone, names, quick, answer):
    """Return the row of a case, and add what it says to the answer."""
    duration = 20 if quick else DURATIONS[target][N]
    sides = sides_of(target, threads, N, duration, alone, names)
    timed = in_turn(sides, 1 if quick else 7)
    step = {name: 1e6 * each.median * DT / duration for name, each in timed.items()}
    ratio = {}
    if "dendrify" in timed:
        ratio = {name: timed["dendrify"].ratio(each) for name, each in timed.items()}
    where = NAMES[target] + (f", {threads} threads" if threads else "")
    what = f"{where}, N = {N}{', without input' if alone else ''}"
    listed = ", ".join(f"{name} {time:.3g} us" for name, time in step.items())
    print(f"  {what}: {listed}", flush=True)
    least = LEAST.get((target, threads, N))
    if ratio and least and not quick:
        answer.targets.append(Target(what, ratio["dendrisyn"], least))
        if "vector" in ratio:
            vector = Target(f"{what}, vector code", ratio["vector"], least)
            answer.targets.append(vector)
    if ratio and not alone:
        answer.curves[f"{where}|{N}"] = [ratio["dendrisyn"], ratio.get("vector")]
    return [
        where,
        N,
        "none" if alone else "synapses",
        step.get("dendrify"),
        step["dendrisyn"],
        ratio.get("dendrisyn"),
        step.get("vector"),
        ratio.get("vector"),
    ]
