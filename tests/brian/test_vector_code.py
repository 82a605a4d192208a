"""The call that lets GCC vectorise: what it sets, where it refuses, what stays."""

import importlib.util
import os
import platform
import shutil
import stat
import subprocess
import sys
import warnings

import numpy as np
import pytest
from brian2 import prefs
from helpers.modes import results_of

from dendrisyn.brian import vector_code
from dendrisyn.brian.vector_code import (
    FLAGS,
    CompilerWarning,
    VectorCode,
    enable_vector_code,
)

GCC, ALL = "codegen.cpp.extra_compile_args_gcc", "codegen.cpp.extra_compile_args"
CACHE = "codegen.runtime.cython.cache_dir"
COMPILER = "codegen.cpp.compiler"

#: Where vector functions exist for sure: with GCC and glibc on x86-64.
EXPECTED = (
    platform.machine() == "x86_64"
    and platform.libc_ver()[0] == "glibc"
    and "CXX" not in os.environ
    and "CC" not in os.environ
)

compiled = pytest.mark.compiled


@pytest.fixture(autouse=True)
def _preferences():
    """Put the preferences back."""
    names = (GCC, ALL, CACHE, COMPILER)
    before = {name: prefs[name] for name in names}
    yield
    for name, value in before.items():
        prefs[name] = value


@pytest.fixture
def willing(monkeypatch):
    """Every compiler gives vector code."""
    monkeypatch.setattr(vector_code, "_why_scalar", lambda command, flags: "")


@pytest.fixture
def unwilling(monkeypatch):
    """Return a function that makes an executable script the only compiler."""
    vector_code._why_scalar.cache_clear()

    def make(path, lines):
        path.write_text(f"#!{sys.executable}\n{lines}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        for name in ("CC", "CXX"):
            monkeypatch.setenv(name, str(path))

    return make


def preferences():
    return {name: prefs[name] for name in (GCC, ALL, CACHE)}


# -- what it sets ------------------------------------------------------------------


def test_flags_are_added_behind_those_of_the_user(willing):
    prefs[GCC] = ["-O1", "-my-flag"]
    code = enable_vector_code()
    assert prefs[GCC] == ["-O1", "-my-flag", *FLAGS]
    assert code.flags == FLAGS
    assert code.targets == ("cython", "cpp_standalone")
    assert not code.reason
    assert str(code) == "vector code for cython and cpp_standalone"


def test_flags_that_are_there_are_not_added_and_not_taken_away(willing):
    prefs[GCC] = ["-O1", FLAGS[0]]
    code = enable_vector_code()
    assert prefs[GCC] == ["-O1", *FLAGS]
    assert code.flags == FLAGS[1:]
    code.restore()
    assert prefs[GCC] == ["-O1", FLAGS[0]]


def test_the_list_of_all_compilers_goes_first_as_in_brian2(willing):
    prefs[ALL], before = ["-O1"], prefs[GCC]
    with enable_vector_code():
        assert prefs[ALL] == ["-O1", *FLAGS]
        assert prefs[GCC] == before
    assert prefs[ALL] == ["-O1"]


def test_restored_as_it_was(willing):
    before = preferences()
    default = prefs[GCC]
    copied = list(default)
    code = enable_vector_code()
    # Brian2's own list of defaults must not grow
    assert default == copied
    assert preferences() != before
    code.restore()
    assert preferences() == before
    code.restore()
    assert preferences() == before


def test_restored_at_the_end_of_with_even_after_an_error(willing):
    before = preferences()
    with pytest.raises(ZeroDivisionError), enable_vector_code():
        1 / 0  # noqa: B018
    assert preferences() == before


def test_a_second_call_adds_nothing_and_takes_nothing_away(willing):
    outer = enable_vector_code()
    after = preferences()
    with enable_vector_code() as inner:
        assert preferences() == after
        assert inner.flags == ()
        assert inner.cache_dir is None
        assert inner.targets == outer.targets
    assert preferences() == after


def test_what_the_user_changes_later_stays(willing):
    code = enable_vector_code()
    prefs[GCC] = [*prefs[GCC], "-later"]
    prefs[CACHE] = "elsewhere"
    code.restore()
    assert prefs[GCC][-1] == "-later"
    assert not set(FLAGS) & set(prefs[GCC])
    assert prefs[CACHE] == "elsewhere"


def test_cython_modules_have_a_folder_for_their_flags(willing, tmp_path):
    """Brian2 finds modules by their code alone: those of other flags would be used."""
    prefs[CACHE] = str(tmp_path)
    folders = []
    for flags in (["-O1"], ["-O2"]):
        prefs[GCC] = flags
        with enable_vector_code() as code:
            folders.append(prefs[CACHE])
            assert code.cache_dir == prefs[CACHE]
        assert prefs[CACHE] == str(tmp_path)
    assert len(set(folders)) == 2
    assert all(os.path.dirname(each) == str(tmp_path) for each in folders)
    # the same flags, the same folder: compiled once
    prefs[GCC] = ["-O1"]
    with enable_vector_code():
        assert prefs[CACHE] == folders[0]
        # other flags after the call: beside the first folder, not in it
        prefs[GCC] = [*prefs[GCC], "-O2"]
        with enable_vector_code():
            assert os.path.dirname(prefs[CACHE]) == str(tmp_path)
            assert prefs[CACHE] not in folders


def test_modules_in_memory_are_forgotten_when_flags_change(willing):
    from brian2.codegen.runtime.cython_rt import extension_manager

    known = extension_manager.cython_extension_manager._code_cache
    before = dict(known)
    try:
        known["a module"] = None
        code = enable_vector_code()
        assert not known
        known["a vectorised module"] = None
        enable_vector_code()
        assert known
        code.restore()
        assert not known
    finally:
        known.update(before)


def test_importing_sets_nothing():
    before = str(prefs)
    spec = importlib.util.find_spec("dendrisyn.brian.vector_code")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert str(prefs) == before


# -- where it refuses --------------------------------------------------------------


def refused(match):
    """Check that nothing is set, and return what was said."""
    before = preferences()
    with pytest.warns(CompilerWarning, match=match) as caught:
        code = enable_vector_code()
    # the line of the user, not of the package
    assert caught[0].filename == __file__
    assert isinstance(code, VectorCode)
    assert code.targets == code.flags == ()
    assert code.cache_dir is None
    assert preferences() == before
    assert str(code).startswith("no vector code: cython: ")
    code.restore()
    assert preferences() == before
    return str(code)


def test_other_compilers_are_left_alone():
    prefs[COMPILER] = "msvc"
    assert "cpp_standalone" in refused("Brian2 compiles with 'msvc'")


def test_without_a_compiler(monkeypatch, tmp_path):
    for name in ("CC", "CXX"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    refused("there is no compiler .*missing")


def test_a_compiler_that_does_not_know_the_flags(unwilling, tmp_path):
    unwilling(tmp_path / "old", "raise SystemExit('unknown option')")
    refused("old.* fails with these flags .*unknown option")


@compiled
def test_a_compiler_that_ignores_the_flags(unwilling, tmp_path):
    """As clang does, which warns of them."""
    real = shutil.which("g++") or shutil.which("clang++")
    unwilling(
        tmp_path / "clang",
        "import os, sys\n"
        "kept = [each for each in sys.argv[1:]\n"
        "        if not each.startswith(('-D__FAST', '--param'))]\n"
        f"os.execv({real!r}, [{real!r}, *kept])",
    )
    refused("clang.* calls no vector functions")


@compiled
def test_flags_of_the_user_that_forbid_vectors():
    prefs[GCC] = ["-O0"]
    refused("calls no vector functions with these flags")


def test_one_target_is_better_than_none(monkeypatch):
    monkeypatch.setattr(
        vector_code,
        "_why_scalar",
        lambda command, flags: "" if command == ("the-one",) else "none",
    )
    monkeypatch.setattr(vector_code, "_command_of_make", lambda: ("the-one",))
    with pytest.warns(CompilerWarning, match="vector code for cpp_standalone; cython"):
        code = enable_vector_code()
    assert code.targets == ("cpp_standalone",)
    assert set(FLAGS) <= set(prefs[GCC])
    code.restore()


@compiled
def test_this_machine():
    """Vector code wherever GCC and glibc are; a reason elsewhere."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        code = enable_vector_code()
    if EXPECTED:
        assert code.targets == ("cython", "cpp_standalone")
    assert (len(code.targets) < 2) == bool(caught) == bool(code.reason)


@compiled
def test_each_flag_is_needed():
    """Or the list should be shorter: the probe is scalar without any one of them."""
    present = tuple(prefs[GCC])
    for command in (vector_code._command_of_cython(), vector_code._command_of_make()):
        if EXPECTED:
            assert not vector_code._why_scalar(command, (*present, *FLAGS))
        for flag in FLAGS:
            rest = tuple(each for each in FLAGS if each != flag)
            assert vector_code._why_scalar(command, (*present, *rest)), flag


# -- what the code is, and what it computes ----------------------------------------

results = results_of("helpers/every_number.py")
vectors = results_of("helpers/vector_code.py")


@pytest.mark.parametrize("mode", ["cython", "cpp"])
@compiled
def test_loops_over_neurons_are_vectorised(vectors, mode):
    """State update and step operation, with AVX2: what most processors have."""
    if EXPECTED:
        assert vectors(mode) == {"state_update": True, "step_operation": True}


@pytest.mark.parametrize("mode", ["cython", "cpp"])
@compiled
def test_nan_infinite_and_denormal_numbers_are_what_they_are(results, mode):
    got, expected = results(mode), results("numpy")
    assert got.pop("vectors") == EXPECTED
    for name, values in got.items():
        # glibc: vector functions err by at most 4 units in the last place; a quotient
        # is a product with a reciprocal under Brian2's own flags
        assert values == pytest.approx(
            expected[name], rel=4 * np.finfo(float).eps, abs=5e-324, nan_ok=True
        ), name
    assert np.isnan(got["exponential"]).sum() == np.isnan(got["x"]).sum() > 0
    assert (got["denormal"] > 0).all()


@compiled
def test_numbers_are_not_taken_for_finite(willing):
    """What the macro __FAST_MATH__ stands for where the compiler itself sets it."""

    def finite_only(flags):
        command = [*vector_code._command_of_make(), *flags, "-dM", "-E", "-xc++", "-"]
        ran = subprocess.run(
            command, input="", capture_output=True, text=True, check=True
        )
        assert "#define __FAST_MATH__ 1" in ran.stdout
        return "#define __FINITE_MATH_ONLY__ 1" in ran.stdout

    with enable_vector_code():
        assert not finite_only(prefs[GCC])
    assert finite_only(["-ffast-math"])
