"""`enable_vector_code`: flags with which GCC vectorises the loops of Brian2."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from brian2 import prefs

from ..deprecated import old_names
from ..integrators import ALIAS_FLAG, preference_of_flags

__all__ = ["FLAGS", "CompilerWarning", "VectorCode", "enable_vector_code"]

__getattr__ = old_names(__name__, "use_vector_code")

#: All three are needed, see `enable_vector_code`.
FLAGS = (
    "-D__FAST_MATH__",
    ALIAS_FLAG,
    "--param=builtin-expect-probability=100",
)

_CACHE = "codegen.runtime.cython.cache_dir"


class CompilerWarning(UserWarning):
    """The compiler makes no vector code, so the flags stay as they were."""


@dataclass(eq=False)
class VectorCode:
    """The settings of `enable_vector_code`, until `restore` or the end of a ``with``.

    Attributes
    ----------
    targets : tuple of str
        Those of 'cython' and 'cpp_standalone' with vector code.
    flags : tuple of str
        The flags added to the compiler's arguments.
    cache_dir : str or None
        The folder for compiled Cython code, if it was changed.
    reason : str
        The reason why a target is missing; empty if no target is missing.
    """

    targets: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    cache_dir: str | None = None
    reason: str = ""
    _preference: str = field(default="", repr=False)
    _cache_before: str | None = field(default=None, repr=False)

    def restore(self) -> None:
        """Remove the flags and the folder; other changes of preferences stay."""
        if self.flags:
            now = prefs[self._preference] or []
            prefs[self._preference] = [flag for flag in now if flag not in self.flags]
        if self.cache_dir is not None and prefs[_CACHE] == self.cache_dir:
            prefs[_CACHE] = self._cache_before
        if self.flags or self.cache_dir is not None:
            _forget_modules()
        self.flags, self.cache_dir = (), None

    def __enter__(self) -> VectorCode:
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def __str__(self) -> str:
        if not self.targets:
            return f"no vector code: {self.reason}"
        but = f"; {self.reason}" if self.reason else ""
        return f"vector code for {' and '.join(self.targets)}{but}"


def enable_vector_code() -> VectorCode:
    """Let GCC vectorise the loops over neurons, in Cython and C++ standalone mode.

    Brian2's default compiler flags give scalar loops. Three flags are added at the end
    of ``prefs.codegen.cpp.extra_compile_args_gcc``:

    - ``-D__FAST_MATH__`` makes the headers of glibc declare its vector functions
      (exp, log, ...). Brian2 compiles with ``-ffast-math -fno-finite-math-only``, for
      which GCC does not set the macro. NaN, infinite and denormal numbers stay correct.
      The error of vector functions is up to 4 units in the last place, that of scalar
      functions is 1.
    - ``--param=vect-max-version-for-alias-checks=1000``: GCC does not vectorise loops
      over more than a few arrays otherwise.
    - ``--param=builtin-expect-probability=100``: Brian2's Cython code tests all arrays
      before the loop. GCC expects each test to fail once in ten times, and does not
      vectorise a loop that it hardly expects to reach.

    The key of the cache of compiled Cython modules does not contain flags. Therefore
    ``prefs.codegen.runtime.cython.cache_dir`` is set to a folder inside the present
    folder, named after all flags.

    The call compiles a small test file for both targets and searches it for vector
    functions. Without them it changes nothing and warns: with compilers other than
    GCC, on Windows and macOS, with a C library without vector functions, or with flags
    of your own that prevent them. Call it before the first run. A second call adds
    nothing.

    Returns
    -------
    VectorCode
        The settings. They can be printed, restored, and used in a ``with`` statement.

    Warns
    -----
    CompilerWarning
        If a target stays scalar; the warning tells the reason.

    References
    ----------
    https://sourceware.org/glibc/wiki/libmvec

    Examples
    --------
    >>> from brian2 import prefs
    >>> from dendrisyn.brian.vector_code import enable_vector_code
    >>> before = list(prefs.codegen.cpp.extra_compile_args_gcc)
    >>> with enable_vector_code() as code:
    ...     pass  # build and run a simulation here
    >>> prefs.codegen.cpp.extra_compile_args_gcc == before
    True
    """
    preference = preference_of_flags()
    present = list(prefs[preference] or [])
    added = tuple(flag for flag in FLAGS if flag not in present)
    reasons = dict(_reasons((*present, *added)))
    code = VectorCode(
        targets=tuple(target for target, reason in reasons.items() if not reason),
        reason="; ".join(f"{target}: {why}" for target, why in reasons.items() if why),
        _preference=preference,
    )
    if code.targets:
        code.flags = added
        prefs[preference] = [*present, *added]
        _separate_cache(code)
        if code.flags or code.cache_dir is not None:
            _forget_modules()
    if code.reason:
        warnings.warn(str(code), CompilerWarning, stacklevel=2)
    return code


def _reasons(flags: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield both targets with the reason why they stay scalar, or an empty text."""
    from distutils.ccompiler import get_default_compiler

    kind = prefs["codegen.cpp.compiler"] or get_default_compiler()
    for target, command in [
        ("cython", _command_of_cython),
        ("cpp_standalone", _command_of_make),
    ]:
        if kind not in ("unix", "gcc"):
            yield target, f"Brian2 compiles with {kind!r}, these flags are of GCC"
        else:
            yield target, _why_scalar(command(), flags)


def _command_of_cython() -> tuple[str, ...]:
    """Return the command that compiles extensions of this Python."""
    from distutils.ccompiler import new_compiler
    from distutils.sysconfig import customize_compiler

    compiler: Any = new_compiler(compiler="unix")
    customize_compiler(compiler)
    # Old versions compile C++ with the command for C.
    return tuple(getattr(compiler, "compiler_so_cxx", None) or compiler.compiler_so)


def _command_of_make() -> tuple[str, ...]:
    """Return the command of the makefile in standalone mode."""
    return tuple(shlex.split(os.environ.get("CXX", "")) or ["g++"])


@cache
def _why_scalar(command: tuple[str, ...], flags: tuple[str, ...]) -> str:
    """Return the reason why *command* compiles scalar code, or an empty text."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "probe.cpp"), Path(folder, "probe.o")
        source.write_text(_PROBE, encoding="ascii")
        failed = _run([*command, *flags, "-fPIC", "-c", str(source), "-o", str(made)])
        if failed:
            return failed
        # The names of vector functions start with this, on x86 and on Arm.
        if b"_ZGV" not in made.read_bytes():
            return f"{command[0]!r} calls no vector functions with these flags"
        # Without linking, a library without them would fail only in Brian2.
        library = ["-shared", "-Wl,--no-undefined", "-lstdc++", "-lm"]
        return _run([*command, str(made), *library, "-o", str(Path(folder, "so"))])


def _run(command: Sequence[str]) -> str:
    """Return the reason why a command fails, or an empty text."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return f"there is no compiler {command[0]!r}"
    if ran.returncode == 0:
        return ""
    return f"{command[0]!r} fails with these flags ({ran.stderr.strip()[:200]!r})"


def _separate_cache(code: VectorCode) -> None:
    """Choose a folder for Cython modules that are compiled with the present flags."""
    from brian2.codegen.runtime.cython_rt import extension_manager

    folder = extension_manager.get_cython_cache_dir()
    if folder is None:  # Cython is not installed
        return
    flags: Sequence[str] = prefs[code._preference]
    name = "vector-" + hashlib.sha256("\0".join(flags).encode()).hexdigest()[:12]
    # An earlier call may have set a folder of this kind already.
    if os.path.basename(folder).startswith("vector-"):
        folder = os.path.dirname(folder)
    chosen = os.path.join(folder, name)
    if prefs[_CACHE] != chosen:
        code._cache_before, code.cache_dir = prefs[_CACHE], chosen
        prefs[_CACHE] = chosen


def _forget_modules() -> None:
    """Make Brian2 search for compiled modules on disk again."""
    from brian2.codegen.runtime.cython_rt import extension_manager

    # The key of this cache has no flags either. It is a private part of Brian2.
    cached = getattr(extension_manager.cython_extension_manager, "_code_cache", None)
    if isinstance(cached, dict):
        cached.clear()


#: A test file with the obstacles to vectorisation in Brian2's code: a vector function,
#: many arrays, and many tests before the loop.
_PROBE = """
#include <cmath>
#define TEN(test, from) test(from) test(from + 1) test(from + 2) test(from + 3) \\
    test(from + 4) test(from + 5) test(from + 6) test(from + 7) test(from + 8) \\
    test(from + 9)
#define IS_THERE(i) if (__builtin_expect(!found(i), 0)) return false;

extern "C" bool step(double **arrays, long n, bool (*found)(int))
{
    TEN(IS_THERE, 0) TEN(IS_THERE, 10) TEN(IS_THERE, 20) TEN(IS_THERE, 30)
    TEN(IS_THERE, 40) TEN(IS_THERE, 50) TEN(IS_THERE, 60) TEN(IS_THERE, 70)
    TEN(IS_THERE, 80) TEN(IS_THERE, 90) TEN(IS_THERE, 100) TEN(IS_THERE, 110)
    double *a = arrays[0], *b = arrays[1], *c = arrays[2], *d = arrays[3];
    double *e = arrays[4], *f = arrays[5], *g = arrays[6], *h = arrays[7];
    for (long k = 0; k < n; k++) {
        const double w = std::exp(-e[k]), x = f[k], y = g[k], z = h[k];
        a[k] = w + y;
        b[k] = x * w;
        c[k] = y + z;
        d[k] = x > y ? z : w;
    }
    return true;
}
"""
