"""Each test starts from Brian2's defaults, on the numpy target."""

import brian2
import pytest

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
