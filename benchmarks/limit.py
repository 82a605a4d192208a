"""How far from the limit: the same arithmetic in a C++ loop written by hand.

The loop is `loop.cpp`; it is compiled with the flags that Brian2 uses after
`enable_vector_code`. The second part is about size: two threads against one, and the
memory of a cell.
"""

import shutil
import subprocess
from functools import partial
from math import exp, expm1
from pathlib import Path

import numpy as np
from brian2 import Network, ms, mV, prefs
from cells import (
    COMPARTMENTS,
    DENDRITES,
    DT,
    SOURCES,
    inputs,
    objects_of,
    package,
    pyramidal,
    schedule,
    wiring,
)
from report import Answer, Table, Target, shown
from side_by_side import (
    Setting,
    in_turn,
    network_of,
    once,
    state_arrays,
    state_bytes,
    vector_code,
)

SOURCE = Path(__file__).with_name("loop.cpp")


def constants():
    """Return the constants of the loop, in SI units, from those of the model."""
    pkg = package("dendrisyn")
    model = {name: float(value) for name, value in pyramidal(pkg).parameters.items()}
    dt = DT * 1e-3
    steps = lambda duration: round(duration / dt)  # noqa: E731
    rise, decay = model["t_NMDA_rise_in_dist"], model["t_NMDA_decay_in_dist"]
    half, whole = (driven(time, rise, decay) for time in (dt / 2, dt))
    slope = model["Alpha_NMDA"] * 1e3
    offset = steps(model["offset_fall_Na_dist"])
    found = {
        "DT": dt,
        "EL": model["EL_soma"],
        "E_AMPA": model["E_AMPA"],
        "E_NMDA": model["E_NMDA"],
        "g_AMPA": model["g_AMPA_in_dist"],
        "g_NMDA": model["g_NMDA_in_dist"],
        "MG_BLOCK": model["Mg_con"]
        / model["Beta_NMDA"]
        * exp(-model["Alpha_NMDA"] * model["Gamma_NMDA"]),
        "MG_SLOPE": slope,
        "LEFT_AMPA": exp(-dt / model["t_AMPA_decay_in_dist"]),
        "LEFT_S": exp(-dt / rise),
        "LEFT_X": exp(-dt / decay),
        "DRIVE": whole,
        # Exact means of what decays, Simpson's rule for what is driven.
        "MEAN_AMPA": mean_decay(dt / model["t_AMPA_decay_in_dist"]),
        "MEAN_X": mean_decay(dt / decay),
        "MEAN_DRIVE": (4 * half + whole) / 6,
        "E_RISE": model["E_Na"],
        "E_FALL": model["E_K"],
        "DSPIKE": model["Vth_Na_dist"],
        "RISE_END": (steps(model["duration_rise_Na_dist"]) + 0.5) * dt,
        "FALL_START": (offset + 0.5) * dt,
        "FALL_END": (offset + steps(model["duration_fall_Na_dist"]) + 0.5) * dt,
        "DSPIKE_APART": (steps(model["refractory_Na_dist"]) - 0.5) * dt,
        "THRESHOLD": -46e-3,
        "RESET": 30e-3,
        "SECOND_RESET": -60e-3,
        "SECOND_START": 5.5 * dt,
        "SECOND_END": 6.5 * dt,
        "REFRACTORY": 39.5 * dt,
    }
    for before, name in zip(COMPARTMENTS, DENDRITES, strict=False):
        found[f"g_{name.upper()}"] = model[f"g_{before}_{name}"]
        found[f"RISE_{name.upper()}"] = model[f"g_rise_max_Na_{name}"]
        found[f"FALL_{name.upper()}"] = model[f"g_fall_max_Na_{name}"]
    for name in COMPARTMENTS:
        found[f"C_{name.upper()}"] = model[f"C_{name}"]
        found[f"gL_{name.upper()}"] = model[f"gL_{name}"]
    return found


def mean_decay(z):
    """Return the mean of exp(-x) over 0 to *z*."""
    return -expm1(-z) / z


def driven(time, rise, decay):
    """Return what a gate of 1 that decays has added to the conductance (1/ms)."""
    return 1e3 * (exp(-time / decay) - exp(-time / rise)) / (1 / rise - 1 / decay)


def loop(N, duration, threads=0, prepare=None, own_exp=False):
    """Return what runs the loop by hand in the folder that we are in."""
    from brian2.codegen.cpp_prefs import get_compiler_and_args

    if prepare is not None:
        prepare()
    _, flags = get_compiler_and_args()
    lines = [
        f"constexpr double {name} = {value!r};" for name, value in constants().items()
    ]
    Path("cell.h").write_text("\n".join(lines) + "\n")
    options = ["-fopenmp"] * (threads > 0) + ["-DOWN_EXP"] * own_exp
    command = ["g++", *flags, *options, "-I.", str(SOURCE), "-o", "loop"]
    subprocess.run(command, check=True)
    write_input(N, duration)

    def run():
        environment = {"OMP_NUM_THREADS": str(threads)}
        command = ["./loop", "input", "output"]
        subprocess.run(command, check=True, env=environment)
        taken, spikes, dspikes, *V = np.fromfile("output")
        results = {"spikes": spikes, "dspikes": dspikes, "V": 1e3 * np.array(V)}
        return {"time": taken, "results": results}

    return run


def write_input(N, duration):
    """Write the inputs of the loop: the same as those of the network."""
    steps, sources = schedule(duration)
    i, j = wiring(N)
    order = np.argsort(i, kind="stable")
    first = np.searchsorted(i[order], np.arange(SOURCES + 1))
    sizes = [N, round(duration / DT), SOURCES, len(steps), len(j)]
    with open("input", "wb") as file:
        np.array(sizes, np.int64).tofile(file)
        for each in (steps, sources, first, j[order]):
            np.asarray(each, np.int32).tofile(file)


def ours(N, duration):
    """Return the network of dendrisyn, which tells its voltages at the end."""
    pkg = package("dendrisyn")
    objects = objects_of(pkg, pyramidal(pkg), N)
    group = objects[0]
    network = Network(*objects, *inputs(group, N, duration))
    return network, lambda: {"V": np.array(group.V_soma / mV)}


def agreement(one, other):
    """Return a sentence on how far final voltages are apart; raise if it is too far."""
    apart = np.abs(one["results"]["V"] - other["results"]["V"])
    same = np.mean(apart < 1e-6)
    # Rounding may move a spike by a step in a cell or two of a thousand.
    assert same >= 0.99, f"only {same:.1%} of the cells end at the same voltage"
    if same < 1:
        return f"The loop ends within 1e-6 mV in {same:.2%} of {len(apart)} cells."
    return (
        "The loop ends at the somatic voltages of dendrisyn: within "
        f"{shown(apart.max())} mV in all {len(apart)} cells."
    )


def memory(names, N):
    """Return what reports the bytes and the arrays of cells without their inputs."""

    def run():
        prefs.codegen.target = "numpy"
        found = {}
        for name in names:
            pkg = package(name)
            objects = objects_of(pkg, pyramidal(pkg), N)
            Network(*objects).run(1 * ms)
            arrays = [
                each for one in objects for each in state_arrays(one) if not each.scalar
            ]
            doubles = sum(each.dtype == np.float64 for each in arrays)
            found[name] = sum(map(state_bytes, objects)) / N, len(arrays), doubles
        return found

    return run


def measure(quick, targets, names):
    """Measure; *names* are the packages whose memory is compared."""
    remarks, tables, goals, curves = [], [], [], {}
    N, duration, repeats = (20, 50, 1) if quick else (10_000, 200, 9)
    if shutil.which("g++") is None:
        remarks.append("The loop needs g++, which is not installed.")
    elif "cpp_standalone" not in targets:
        setting = Setting(targets[0], duration)
        own = once(partial(network_of, partial(ours, N, duration), setting))
        remarks.append(agreement(own, once(partial(loop, N, duration))))
    else:
        tables.append(against_the_loop(N, duration, repeats, remarks, goals))
        N, duration = (200, 50) if quick else (100_000, 50)
        tables.append(threads(N, duration, repeats, goals))
    found = once(partial(memory, names, 1000))
    rows = [[name, *numbers] for name, numbers in found.items()]
    columns = ["package", "bytes per cell", "arrays", "of doubles"]
    tables.append(Table("Memory of 1000 cells without inputs", columns, rows))
    return Answer(tables, goals, remarks, curves)


def against_the_loop(N, duration, repeats, remarks, goals):
    """Compare with the loop, all with the flags for vectors."""
    setting = Setting("cpp_standalone", duration, prepare=vector_code)
    by_hand = partial(loop, N, duration, prepare=vector_code)
    sides = {
        "dendrisyn": partial(network_of, partial(ours, N, duration), setting),
        "by hand": by_hand,
        "by hand, exp written out": partial(by_hand, own_exp=True),
    }
    timed = in_turn(sides, repeats)
    for name in sides:
        found = agreement(timed["dendrisyn"].report, timed[name].report)
        if name == "by hand":
            remarks.append(found)
    rows = []
    for name, each in timed.items():
        step = each.median * DT / duration
        ratio = each.ratio(timed["by hand"])
        rows.append([name, 1e6 * step, 1e9 * step / N, ratio])
    what = f"C++ standalone, N = {N}, vector code, times the loop by hand"
    goals.append(Target(what, rows[0][-1], 1.3, False))
    columns = ["side", "a step (µs)", "for each cell (ns)", "times by hand"]
    return Table(f"A step of {N} cells, one thread, vector code", columns, rows)


def threads(N, duration, repeats, goals):
    """Compare two threads with one."""
    sides = {}
    for count in (1, 2):
        setting = Setting("cpp_standalone", duration, count, vector_code)
        side = partial(ours, N, duration)
        sides["dendrisyn", count] = partial(network_of, side, setting)
        sides["by hand", count] = partial(loop, N, duration, count, vector_code)
    timed = in_turn(sides, repeats)
    rows = []
    for name in ("dendrisyn", "by hand"):
        one, two = timed[name, 1], timed[name, 2]
        scale = 1e6 * DT / duration
        rows.append([name, scale * one.median, scale * two.median, one.ratio(two)])
    goals.append(Target(f"C++ standalone, N = {N}, two threads", rows[0][-1], 1.7))
    columns = ["side", "one thread (µs)", "two threads (µs)", "times faster"]
    return Table(f"A step of {N} cells, OpenMP, vector code", columns, rows)
