"""Compiler flags and pragmas with which loops over neurons are vectorised."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from brian2.core.preferences import prefs
from brian2.devices.cpp_standalone.codeobject import openmp_pragma

__all__ = ["ALIAS_FLAG", "loop_keywords", "preference_of_flags", "vectorises_cython"]

#: The flag with which GCC vectorises loops over many arrays.
ALIAS_FLAG = "--param=vect-max-version-for-alias-checks=1000"

#: Calls that draw random numbers; their order matters.
_DRAWS = re.compile(r"\b(rand|randn|poisson)\(")

_ARRAYS_ARE_APART = """#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#elif defined(__GNUC__)
#pragma GCC ivdep
#endif"""


def preference_of_flags() -> str:
    """Return the preference whose flags Brian2 passes to GCC."""
    every = "codegen.cpp.extra_compile_args"
    return every if prefs[every] is not None else f"{every}_gcc"


def vectorises_cython() -> bool:
    """Return True if the present flags let GCC vectorise the loops in Cython code."""
    return ALIAS_FLAG in (prefs[preference_of_flags()] or [])


def loop_keywords(statements: Iterable[str]) -> dict[str, Callable[[str], str]]:
    """Return template keywords of Brian2 that let compilers vectorise statements.

    Compilers assume that arrays may overlap, and do not vectorise loops over many
    arrays. The templates of standalone mode have a place for a pragma against this.
    """
    if any(_DRAWS.search(statement) for statement in statements):
        return {}
    return {"openmp_pragma": _pragma}


def _pragma(kind: str) -> str:
    text = openmp_pragma(kind)
    if kind != "parallel-static":
        return text
    return text.replace(" for ", " for simd ") or _ARRAYS_ARE_APART
