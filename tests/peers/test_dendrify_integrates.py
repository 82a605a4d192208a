"""Equations of Dendrify, in groups that Dendrify makes, by `crank_nicolson`."""

from dataclasses import replace

import numpy as np
import pytest
from brian2 import ms
from dendrify_cases import CASES
from side_by_side import simulate

dendrify = pytest.importorskip("dendrify")

#: Models of the cases, without duplicates: all run at the same step here.
NAMES = [name for name in CASES if not name.endswith("at another step")]


def run(name, method, dt=0.05):
    """Run a case by a method at a step (ms)."""
    case = CASES[name]
    # Shorter than in the comparison of packages, since the equations are the same.
    phases = [(min(length, 12 * ms), values) for length, values in case.phases]
    group = {**case.group, "method": method}
    return simulate(dendrify, replace(case, group=group, phases=phases, dt=dt))


def differences(first, second):
    """Return the differences of voltages (mV), with a row per voltage."""
    names = [name for name in first.traces if name.startswith("V")]
    return 1e3 * np.concatenate(
        [np.abs(first.traces[name] - second.traces[name]) for name in names]
    )


@pytest.mark.parametrize("name", NAMES)
def test_all_equations_of_dendrify_are_integrated(name):
    """The difference from Euler's method is at most the error of Euler's method.

    Cells that fire a step earlier or later differ by 100 mV in this step.
    """
    euler, ours = run(name, "euler"), run(name, "crank_nicolson")
    for variable, trace in ours.traces.items():
        assert np.all(np.isfinite(trace)), variable
    found = differences(euler, ours)
    assert np.max(found) > 0
    fires = any(np.size(times) for times in euler.events.values())
    if fires:
        assert np.max(np.median(found, axis=1)) < 1
    else:
        assert np.max(found) < 0.4
    for event, when in euler.events.items():
        assert abs(when.shape[1] - ours.events[event].shape[1]) <= 1, event


@pytest.mark.parametrize("name", ["receptors with scale_g", "branches"])
def test_the_difference_of_the_methods_is_of_first_order(name):
    """Tolerance 0.2: at these steps, terms of second order make five per cent."""
    found = [
        np.max(differences(run(name, "euler", dt), run(name, "crank_nicolson", dt)))
        for dt in (0.05, 0.025)
    ]
    assert found[0] / found[1] == pytest.approx(2, abs=0.2), found
