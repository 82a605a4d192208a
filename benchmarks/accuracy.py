"""Accuracy against cost: the error and the time of every method, at several steps.

A cell of four compartments without spikes, whose AMPA and NMDA receptors at the tip
open a few times; all voltages at all steps, against the Runge-Kutta method at 1 us.
"""

import warnings
from functools import partial

import numpy as np
from brian2 import (
    Network,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    prefs,
    start_scope,
)
from brian2.stateupdaters.base import UnsupportedEquationsException
from cells import COMPARTMENTS, package, pyramidal
from report import Answer, Table, Target
from side_by_side import Setting, in_turn, network_of, once

METHODS = (
    "crank_nicolson",
    "implicit_euler",
    "exponential_euler",
    "euler",
    "rk2",
    "rk4",
)
QUICK = ("crank_nicolson", "euler")
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # ms
REFERENCE = "rk4", 0.001
END = 100.0  # ms
#: When (ms) and how many synapses open at once, at the tip.
OPENINGS = ((5.0, 1), (20.0, 1), (22.0, 1), (30.0, 2), (60.0, 1), (61.0, 2))
TIP = "dist"


def trace(method, step, target, recorded=None, end=END):
    """Return the voltages (mV) at all steps, or at those that *recorded* ms are apart.

    A spike is what it is for Brian2: something that happens between two steps.
    """
    start_scope()
    prefs.codegen.target = target
    usual, defaultclock.dt = defaultclock.dt, step * ms
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a step is too long is the question
        group = pyramidal(package("dendrisyn"), active=False).make_neurongroup(
            1, method=method
        )
        names = [f"V_{name}" for name in COMPARTMENTS]
        monitor = StateMonitor(group, names, record=0, dt=(recorded or step) * ms)
        network = Network(group, monitor)
        now = 0.0
        openings = [each for each in OPENINGS if each[0] < end]
        for at, synapses in (*openings, (end, 0)):
            network.run((at - now) * ms)
            now = at
            for kind in ("AMPA", "NMDA"):
                variable = getattr(group, f"s_{kind}_in_{TIP}")
                variable[:] = variable[:] + synapses
    defaultclock.dt = usual
    return np.array([np.array(getattr(monitor, name)[0] / mV) for name in names])


def traces(cases, target, recorded, end):
    """Return what runs methods and steps, and reports the voltages of each."""

    def run():
        found = {}
        for method, step in cases:
            try:
                found[method, step] = trace(method, step, target, recorded, end)
            except UnsupportedEquationsException:
                found[method, step] = None
        return {"V": found}

    return run


def build(method, N):
    """Return the same cells, many of them, to time a step."""
    group = pyramidal(package("dendrisyn"), active=False).make_neurongroup(
        N, method=method
    )
    return Network(group), dict


def error(found, step, reference, fine):
    """Return the largest difference over all compartments (mV)."""
    stride = round(step / fine)
    expected = reference[:, ::stride]
    size = min(found.shape[1], expected.shape[1])
    difference = np.abs(found[:, :size] - expected[:, :size]).max()
    return difference if np.isfinite(difference) else np.inf


def measure(quick, targets):
    """Measure the errors, then the times of all methods in turn."""
    target = "cython" if "cython" in targets else "numpy"
    steps = (0.1, 0.5) if quick else STEPS
    end, N, repeats = (15.0, 10, 1) if quick else (END, 1000, 7)
    methods = [each for each in METHODS if not quick or each in QUICK]
    reference = (REFERENCE[0], 0.1) if quick else REFERENCE
    finest = min(steps)
    expected = once(partial(traces, [reference], target, finest, end))["V"][reference]
    reach = np.ptp(expected)
    assert reach > 1, f"the voltages hardly move: by {reach} mV"
    cases = [(method, step) for method in methods for step in steps]
    found = once(partial(traces, cases, target, None, end))["V"]
    refused = [each for each in methods if found[each, finest] is None]
    errors = {
        method: [error(found[method, step], step, expected, finest) for step in steps]
        for method in methods
        if method not in refused
    }
    duration = 100 if quick else 500
    sides = {
        method: partial(
            network_of, partial(build, method, N), Setting(target, duration)
        )
        for method in errors
    }
    timed = in_turn(sides, repeats)
    step_time = {name: each.median / (duration / 0.1) for name, each in timed.items()}
    rows = []
    for name in errors:
        rows.append(
            [
                name,
                *errors[name],
                1e6 * step_time[name],
                timed[name].ratio(timed["euler"]),
            ]
        )
    columns = [
        "method",
        *(f"{step:g} ms" for step in steps),
        "a step (µs)",
        "times euler",
    ]
    remarks = [
        f"Voltages between {expected.min():.1f} and {expected.max():.1f} mV, against "
        f"{reference[0]} at {reference[1] * 1000:g} µs. Times: {N} cells, {target}."
    ]
    remarks += [f"{name} does not integrate these equations." for name in refused]
    curves = {
        name: [[1e3 / step * step_time[name] for step in steps], errors[name]]
        for name in errors
    }
    goals = []
    if not quick and "crank_nicolson" in errors:
        at = errors["crank_nicolson"][steps.index(0.1)]
        goals.append(Target("Error of crank_nicolson at 0.1 ms (mV)", at, 0.01, False))
    title = "Largest error (mV) at steps of 0.01 to 0.5 ms, and the time of a step"
    return Answer([Table(title, columns, rows)], goals, remarks, curves)
