"""The flags with which GCC vectorises the loops that Brian2 writes."""

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

from ..integrators import ALIAS_FLAG, preference_of_flags

__all__ = ["FLAGS", "CompilerWarning", "VectorCode", "enable_vector_code"]

#: Each is needed, see `enable_vector_code`.
FLAGS = (
    "-D__FAST_MATH__",
    ALIAS_FLAG,
    "--param=builtin-expect-probability=100",
)

_CACHE = "codegen.runtime.cython.cache_dir"


class CompilerWarning(UserWarning):
    """Code is compiled as before, since vector code would not come out."""


@dataclass(eq=False)
class VectorCode:
    """What `enable_vector_code` did; ends at the end of a ``with``, or by `restore`.

    Attributes
    ----------
    targets : tuple of str
        For which of 'cython' and 'cpp_standalone' the compiler writes vector code.
    flags : tuple of str
        The flags that were added to the compiler's arguments.
    cache_dir : str or None
        The folder of compiled Cython code that was chosen.
    reason : str
        Why a target is missing; empty if none is.
    """

    targets: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    cache_dir: str | None = None
    reason: str = ""
    _preference: str = field(default="", repr=False)
    _cache_before: str | None = field(default=None, repr=False)

    def restore(self) -> None:
        """Take back what was added; what else has changed since then stays."""
        if self.flags:
            now = prefs[self._preference] or []
            prefs[self._preference] = [each for each in now if each not in self.flags]
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

    As shipped, Brian2's compiler flags give scalar loops. These are added to
    ``prefs.codegen.cpp.extra_compile_args_gcc``, behind what is there:

    - ``-D__FAST_MATH__`` makes the headers of glibc declare its vector functions
      (exp, log, ...). Brian2 compiles with ``-ffast-math -fno-finite-math-only``, where
      GCC leaves the macro out. It is no more than this macro: NaN, infinite and
      denormal numbers stay what they are. Vector functions err by up to 4 units in the
      last place, scalar ones by one.
    - ``--param=vect-max-version-for-alias-checks=1000`` since a loop with more than a
      few arrays is given up otherwise.
    - ``--param=builtin-expect-probability=100`` since Brian2's Cython code tests every
      array before the loop. GCC takes each failure for one in ten, and the loop
      for one that is never reached, which is not worth a vector.

    Cython code has its own cache of compiled modules, whose key does not contain flags.
    Therefore ``prefs.codegen.runtime.cython.cache_dir`` is set to a folder in the
    present one, named after all flags.

    The call compiles a small file in the way of each target and looks whether vector
    functions are in it. Without them it changes nothing and warns: with other compilers
    than GCC, on Windows and macOS, with a C library that has no vector functions, or
    with flags of your own that forbid them. Call it before the first run. A second
    call adds nothing.

    Returns
    -------
    VectorCode
        What was set. It can be printed, restored, and used in a ``with`` statement.

    Warns
    -----
    CompilerWarning
        Where a target stays scalar, with the reason.

    References
    ----------
    https://sourceware.org/glibc/wiki/libmvec

    Examples
    --------
    >>> from brian2 import prefs
    >>> from dendrisyn.brian.vector_code import enable_vector_code
    >>> before = list(prefs.codegen.cpp.extra_compile_args_gcc)
    >>> with enable_vector_code() as code:
    ...     pass  # what is built and run in here
    >>> prefs.codegen.cpp.extra_compile_args_gcc == before
    True
    """
    preference = preference_of_flags()
    present = list(prefs[preference] or [])
    added = tuple(each for each in FLAGS if each not in present)
    reasons = dict(_reasons((*present, *added)))
    code = VectorCode(
        targets=tuple(each for each, reason in reasons.items() if not reason),
        reason="; ".join(f"{each}: {why}" for each, why in reasons.items() if why),
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
    """Yield each target and why its compiler gives no vector code; '' if it does."""
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
    # Newer versions compile C++ by a command of its own, older by that of C.
    return tuple(getattr(compiler, "compiler_so_cxx", None) or compiler.compiler_so)


def _command_of_make() -> tuple[str, ...]:
    """Return the command of the makefile in standalone mode."""
    return tuple(shlex.split(os.environ.get("CXX", "")) or ["g++"])


@cache
def _why_scalar(command: tuple[str, ...], flags: tuple[str, ...]) -> str:
    """Return why *command* compiles a loop to scalar code, '' if it does not."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "probe.cpp"), Path(folder, "probe.o")
        source.write_text(_PROBE, encoding="ascii")
        failed = _run([*command, *flags, "-fPIC", "-c", str(source), "-o", str(made)])
        if failed:
            return failed
        # Names of vector functions begin so, on x86 and on Arm.
        if b"_ZGV" not in made.read_bytes():
            return f"{command[0]!r} calls no vector functions with these flags"
        # A library without them would show only when Brian2 loads or runs the code.
        library = ["-shared", "-Wl,--no-undefined", "-lstdc++", "-lm"]
        return _run([*command, str(made), *library, "-o", str(Path(folder, "so"))])


def _run(command: Sequence[str]) -> str:
    """Return why a command fails, '' if it does not."""
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
    if folder is None:  # no Cython
        return
    flags: Sequence[str] = prefs[code._preference]
    name = "vector-" + hashlib.sha256("\0".join(flags).encode()).hexdigest()[:12]
    if os.path.basename(folder).startswith("vector-"):  # of an earlier call
        folder = os.path.dirname(folder)
    chosen = os.path.join(folder, name)
    if prefs[_CACHE] != chosen:
        code._cache_before, code.cache_dir = prefs[_CACHE], chosen
        prefs[_CACHE] = chosen


def _forget_modules() -> None:
    """Have Brian2 look for compiled modules on disk again."""
    from brian2.codegen.runtime.cython_rt import extension_manager

    # Its key has no flags either. A detail of Brian2, so it may be missing.
    known = getattr(extension_manager.cython_extension_manager, "_code_cache", None)
    if isinstance(known, dict):
        known.clear()


#: What stands in the way of vectors in Brian2's code: a vector function, many arrays,
#: and many tests before the loop.
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
