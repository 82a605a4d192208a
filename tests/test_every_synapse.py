"""Every kinetics, static and plastic, in numpy, Cython and C++ standalone mode."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parent / "every_synapse.py"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results of a mode, each run once in a process of its own."""
    folder = tmp_path_factory.mktemp("every_synapse")
    done = {}

    def of(mode):
        if mode not in done:
            output = folder / f"{mode}.npz"
            command = [sys.executable, str(SCRIPT), mode, str(output)]
            command.append(str(folder / mode))
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stderr[-4000:]
            with np.load(output) as file:
                done[mode] = dict(file)
        return done[mode]

    return of


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
