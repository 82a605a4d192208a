"""Fixtures of all tests: the numpy target, and nothing leaks from test to test."""

import functools
import gc
import shutil

import brian2
import pytest
from brian2.core.clocks import defaultclock
from brian2.stateupdaters import explicit
from helpers.modes import QUICK
from helpers.versions import depends_on_versions

import dendrisyn

NO_COMPILER = not any(map(shutil.which, ("g++", "clang++", "cl")))

# Brian2 takes the description of a method (rk4, ...) apart for every group anew, which
# is most of the time of a short run. It depends on nothing but that text.
explicit.split_expression = functools.cache(explicit.split_expression)


def pytest_addoption(parser):
    """Add the option with which `.ci/run` runs the other pairs."""
    parser.addoption(
        "--version-dependent",
        choices=["few", "most"],
        help="leave out tests that depend little on the versions of Python and Brian2",
    )


def pytest_collection_finish():
    """Keep what is imported and collected out of the garbage collection.

    Brian2 collects garbage at the start of every run: of all objects there are.
    """
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config, items):
    """Leave out what compiles where there is no compiler, and say so."""
    choice = config.getoption("version_dependent")
    if choice:
        others = [item for item in items if not depends_on_versions(item, choice)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if depends_on_versions(item, choice)]
    for item in items:
        if item.get_closest_marker("compiled"):
            reason = "no C++ compiler on this machine"
            item.add_marker(pytest.mark.skipif(NO_COMPILER, reason=reason))


@pytest.fixture(autouse=True, scope="module")
def _kept():
    """Keep what stays after a file, such as caches, out of it as well."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _clean_brian():
    """Run with the numpy target; put back what a test changed."""
    target, dtype = brian2.prefs.codegen.target, brian2.prefs.core.default_float_dtype
    defaults = dendrisyn.default_params()
    brian2.prefs.codegen.target = "numpy"
    defaultclock.dt = 0.1 * brian2.ms
    brian2.start_scope()
    brian2.seed(20261121)
    yield
    brian2.prefs.codegen.target = target
    brian2.prefs.core.default_float_dtype = dtype
    defaultclock.dt = 0.1 * brian2.ms
    dendrisyn.update_default_params(defaults)


@pytest.fixture
def quick_cython(monkeypatch):
    """Have Brian2 compile the Cython modules of this process in little time."""
    flags = "codegen.cpp.extra_compile_args_gcc"
    monkeypatch.setitem(brian2.prefs, flags, QUICK)
