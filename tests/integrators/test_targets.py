"""The statements of one step in numpy, Cython and C++ standalone mode."""

import numpy as np
import pytest
from helpers.modes import results_of

results = results_of("integrators/targets.py")


def test_the_cells_are_worth_comparing(results):
    got = results("numpy")
    for name, values in got.items():
        assert np.all(np.ptp(values, axis=1) > 0), name
    soma = got["V_soma"][0]
    assert np.sum(np.diff(soma) < -0.01) > 4  # resets
    assert np.sum(np.diff(soma) == 0) > 20  # held in the refractory period


@pytest.mark.compiled
@pytest.mark.parametrize("mode", ["cython", "cpp"])
def test_compiled_modes_agree_with_numpy(results, mode):
    """1e-9: rounding, which an upstroke magnifies by e a step."""
    got, expected = results(mode), results("numpy")
    for name, values in expected.items():
        assert got[name] == pytest.approx(values, abs=1e-9 * np.abs(values).max())
