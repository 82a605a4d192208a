"""Exceptions: every error of dendrisyn is a `DendrisynError` and a builtin."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

__all__ = [
    "AssemblyError",
    "DendrisynError",
    "GraphError",
    "InvalidValueError",
    "NameConflictError",
    "NumericsWarning",
    "UnitError",
    "UnknownNameError",
]


_T = TypeVar("_T")


class DendrisynError(Exception):
    """Base of all errors raised by dendrisyn.

    The message names the object, the value and the fix.
    """

    def __str__(self) -> str:
        # KeyError shows the repr of its argument; a message should read as text.
        return str(self.args[0]) if self.args else ""

    def located(self, where: str) -> DendrisynError:
        """Return the same error with *where* it happened in front."""
        return type(self)(f"{where}: {self}")


class InvalidValueError(DendrisynError, ValueError):
    """A value of the right unit that cannot be used: sign, NaN, unknown option."""


class UnitError(DendrisynError, TypeError):
    """A value of the wrong unit or of the wrong type."""


class UnknownNameError(DendrisynError, KeyError):
    """A name that nothing answers to; the message lists the nearest ones."""


class NameConflictError(DendrisynError, ValueError):
    """A name that is taken already, or that Brian2 does not accept."""


class GraphError(DendrisynError, ValueError):
    """Compartments that do not form one tree."""


class AssemblyError(DendrisynError, ValueError):
    """All problems of one assembly, reported together.

    Attributes
    ----------
    problems : tuple of str
        One sentence for each problem.
    """

    def __init__(self, title: str, problems: Sequence[str]) -> None:
        self.title = title
        self.problems = tuple(problems)
        super().__init__(title, self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        return f"{self.title} ({count} {noun}):{lines}"

    def located(self, where: str) -> DendrisynError:
        return type(self)(f"{where}: {self.title}", self.problems)


class NumericsWarning(UserWarning):
    """The chosen method and `dt` do not resolve the model."""


@contextmanager
def located(where: str) -> Iterator[None]:
    """Put *where* in front of the message of any `DendrisynError` raised inside."""
    try:
        yield
    except DendrisynError as error:
        raise error.located(where) from error


def nearest(name: str, legal: Iterable[str], *, most: int = 3) -> str:
    """Return ``" Did you mean 'x' or 'y'?"``, or what is legal if nothing is near."""
    names = sorted(set(legal))
    lowered = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(str(name).lower(), lowered, n=most, cutoff=0.6)
    if close:
        return " Did you mean " + " or ".join(repr(lowered[c]) for c in close) + "?"
    if not names:
        return " There are none."
    shown = ", ".join(repr(candidate) for candidate in names[:12])
    return f" There is {shown}{', ...' if len(names) > 12 else ''}."


def look_up(name: object, items: Mapping[str, _T], noun: str, where: str = "") -> _T:
    """Return the item called *name*; otherwise raise an error that lists near names."""
    if isinstance(name, str) and name in items:
        return items[name]
    prefix = f"{where}: " if where else ""
    raise UnknownNameError(
        f"{prefix}there is no {noun} {name!r}.{nearest(str(name), items)}"
    )
