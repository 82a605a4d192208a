"""Functions in generated statements have the same values for all targets."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    defaultclock,
    prefs,
)
from brian2.core.functions import DEFAULT_FUNCTIONS
from helpers.modes import QUICK


@pytest.fixture
def _compiled_quickly():
    names = ["codegen.target", "codegen.cpp.extra_compile_args_gcc"]
    before = {name: prefs[name] for name in names}
    prefs["codegen.target"] = "cython"
    prefs["codegen.cpp.extra_compile_args_gcc"] = QUICK
    yield
    for name, value in before.items():
        prefs[name] = value


@pytest.mark.compiled
@pytest.mark.usefixtures("_compiled_quickly")
def test_compiled_functions_are_those_of_numpy():
    inf, nan, tiny = np.inf, np.nan, 5e-324
    special = [0, -0.0, tiny, -tiny, 1e-17, 708, -708, 709, 709.5, -720, inf, -inf, nan]
    x = np.concatenate(
        [np.linspace(-20, 20, 8001), np.linspace(-700, 700, 8001), special]
    )
    other = np.resize([1.0, 0.5, -3, 0, inf, nan, -inf], len(x))
    group = NeuronGroup(len(x), "x : 1\nother : 1\nexp_x : 1\nr : 1\nnew : 1\nold : 1")
    group.x, group.other = x, other
    group.run_regularly(
        """exp_x = _exponential(x)
           r = _relative_exponential(x)
           new = _chosen(1, x, other)
           old = _chosen(x > other, x, other)"""
    )
    Network(group).run(defaultclock.dt)
    names = ["exp_x", "r", "new", "old"]
    e, r, new, old = (np.array(getattr(group, name)) for name in names)

    limited = np.clip(x, -708, 709)
    error = np.abs(e / np.exp(limited) - 1)
    # 1.2e-15 of the polynomial, and the rounding of n*log(2) where no instruction
    # multiplies and adds at once
    assert np.max(error[np.abs(x) <= 20]) < 3e-15
    assert np.nanmax(error) < 9e-14
    assert 0 < np.nanmin(e) < np.nanmax(e) < inf
    np.testing.assert_array_equal(np.isnan(e), np.isnan(x))
    assert e[x == inf] == pytest.approx(8.218407461554972e307, rel=9e-14)
    assert e[x == -inf] == pytest.approx(3.307553003638408e-308, rel=9e-14)

    with np.errstate(all="ignore"):
        relative = np.where(x == 0, 1, np.expm1(x) / x)
    np.testing.assert_allclose(r, relative, rtol=1e-15)
    assert np.all(r[np.abs(x) < 1e-16] == 1)
    np.testing.assert_array_equal(new, x)
    np.testing.assert_array_equal(old, np.where(x > other, x, other))

    # what the numpy target uses
    numpy = {name: each.pyfunc for name, each in DEFAULT_FUNCTIONS.items()}
    np.testing.assert_array_equal(numpy["_exponential"](limited), np.exp(limited))
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(numpy["_relative_exponential"](x), relative)
    np.testing.assert_array_equal(numpy["_chosen"](x > other, x, other), old)
