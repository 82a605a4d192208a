"""Each test starts from Brian2's defaults, on the numpy target."""

import brian2
import numpy as np
import pytest
from helpers.modes import compile_quickly
from helpers.trap_models import SCRIPT, run_python

import dendrisyn


@pytest.fixture(autouse=True)
def fresh_brian():
    target = brian2.prefs.codegen.target
    defaults = dendrisyn.default_params()
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    brian2.defaultclock.dt = 0.1 * brian2.ms
    brian2.seed(20240229)
    yield
    dendrisyn.update_default_params(defaults)
    brian2.defaultclock.dt = 0.1 * brian2.ms
    brian2.prefs.codegen.target = target
    brian2.seed(None)


@pytest.fixture(scope="package")
def both_devices(tmp_path_factory):
    """Return what the script saves under each device."""
    folder = tmp_path_factory.mktemp("standalone")
    compile_quickly(folder)
    results = []
    for device in ("numpy", "cpp_standalone"):
        out = folder / f"{device}.npz"
        run_python(SCRIPT, device, str(out), str(folder / "build"), cwd=folder)
        results.append(np.load(out))
    return results
