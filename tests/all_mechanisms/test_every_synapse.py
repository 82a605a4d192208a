"""Every kinetics, static and plastic, in numpy, Cython and C++ standalone mode."""

import numpy as np
import pytest
from helpers.modes import results_of

results = results_of("helpers/every_synapse.py")


def test_every_receptor_acts(results):
    """The network is worth comparing: each current flows, and depression changes it."""
    got = results("numpy")
    currents = [name for name in got if name.startswith("I_")]
    assert len(currents) == 12
    for name in currents:
        assert np.abs(got[name]).max() > 0, name
    for name in currents:
        if "_static_" in name:
            other = got[name.replace("_static_", "_plastic_")]
            assert np.abs(other).max() < 0.9 * np.abs(got[name]).max(), name
    assert np.ptp(got["V_soma"]) > 0.001  # volt
    assert (got["z_stp"] > 0.1).all()


@pytest.mark.compiled
@pytest.mark.parametrize("mode", ["cython", "cpp"])
def test_compiled_modes_agree_with_numpy(results, mode):
    got, expected = results(mode), results("numpy")
    for name, values in expected.items():
        # the order of operations differs, and s**4 of GABA-B is a product
        assert got[name] == pytest.approx(values, abs=1e-9 * np.abs(values).max())
