"""How far something long is, on the standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from .errors import UnitError

__all__ = ["Bar", "Report", "shown", "silent"]

#: What is told how far it is: what is done, all there is, what of it failed.
Report = Callable[[int, int, int], object]


class Bar:
    """A line of text that tells how far something is.

    On a terminal, one line that is written again and again; in a file, a line now and
    then. Nothing is shown of what ends soon.

    Parameters
    ----------
    title : str
        What it is.
    stream : text file, optional
        The standard error by default.
    quiet : float
        Seconds before anything is shown.
    now : callable
        Returns the time in seconds.
    """

    WIDTH = 30

    def __init__(
        self,
        title: str,
        stream: TextIO | None = None,
        *,
        quiet: float = 5.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._title = title
        self._stream = sys.stderr if stream is None else stream
        self._terminal = bool(getattr(self._stream, "isatty", lambda: False)())
        self._now = now
        self._start = now()
        self._next = self._start + quiet
        self._before: int | None = None
        self._shown = False

    def __call__(self, done: int, total: int, failed: int) -> None:
        if self._before is None:  # the first call is before anything is run
            self._before = done
        now = self._now()
        last = done == total and self._shown
        if now < self._next and not last:
            return
        elapsed = now - self._start
        # On a terminal twice a second; in a file 20 times while the time grows e-fold.
        self._next = now + (0.5 if self._terminal else max(30.0, elapsed / 20))
        text = self._text(done, total, failed, elapsed)
        if self._terminal:
            self._stream.write(f"\r{text:<78}" + ("\n" if last else ""))
        else:
            self._stream.write(text + "\n")
        self._stream.flush()
        self._shown = not last

    def _text(self, done: int, total: int, failed: int, elapsed: float) -> str:
        filled = self.WIDTH * done // total
        bar = "#" * filled + "." * (self.WIDTH - filled)
        text = f"{self._title} [{bar}] {done}/{total}"
        if failed:
            text += f", {failed} failed"
        new = done - (self._before or 0)
        if done == total:
            return f"{text}, {_clock(elapsed)}"
        left = _clock(elapsed / new * (total - done)) if new else "?"
        return f"{text}, {_clock(elapsed)}, {left} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def silent(done: int, total: int, failed: int) -> None:
    """Say nothing."""


def shown(progress: bool | Report | None, title: str) -> Report:
    """Return what is told: a bar if None or True, nothing if False, or itself."""
    if progress is None:
        return Bar(title)
    if progress is True:
        return Bar(title, quiet=0)
    if progress is False:
        return silent
    if not callable(progress):
        raise UnitError(
            f"progress: expected True, False or a function, got {progress!r}."
        )
    return progress
