"""Progress of long runs: a bar of tqdm, or a function of the user's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import inf
from time import time
from typing import Any

from ..errors import UnitError

__all__ = ["Report", "progress_report"]

#: A function of the number of finished items, of all items, and of those that failed.
Report = Callable[[int, int, int], object]


def progress_report(progress: bool | Report | None, title: str) -> Report:
    """Return the function to call with the progress of a run."""
    if progress is None:
        return _Bar(title, quiet=5)
    if progress is True:
        return _Bar(title)
    if progress is False:
        return _silent
    if not callable(progress):
        raise UnitError(
            f"progress: expected True, False or a function, got {progress!r}."
        )
    return progress


def _silent(done: int, total: int, failed: int) -> None:
    """Show nothing."""


class _Bar:
    """A bar of tqdm, which is imported when the bar is drawn, *quiet* seconds later."""

    def __init__(self, title: str, quiet: float = 0) -> None:
        self._title = title
        self._start = time()
        self._first_draw = self._start + quiet
        self._before: int | None = None
        self._bar: Any = None

    def __call__(self, done: int, total: int, failed: int) -> None:
        if self._before is None:  # the first call comes before anything is run
            self._before = done
        if self._bar is None:
            if time() < self._first_draw:
                return
            self._bar = _drawn_by_tqdm(self._title, self._start, self._before, total)
        bar = self._bar
        if failed:
            bar.set_postfix(failed=failed, refresh=False)
        if not bar.gui and not bar.fp.isatty():
            # A file gets few lines: 20 while the time grows e-fold.
            bar.mininterval = max(30, (time() - self._start) / 20)
        bar.update(done - bar.n)
        if done + failed >= total:
            bar.close()
            self._bar = None  # the next run may start a new bar
            self._first_draw = time() + 0.5


def _drawn_by_tqdm(title: str, start: float, before: int, total: int) -> Any:
    """Return a bar of tqdm that counts the time from *start* on."""
    from threading import RLock

    from tqdm.auto import tqdm

    # tqdm starts a thread and takes a lock of multiprocessing, which would fix the
    # start method of processes; neither is used here.
    bar_class: Any = type("Bar", (tqdm,), {"monitor_interval": 0})
    bar_class.set_lock(RLock())
    bar = bar_class(
        desc=title,
        initial=before,
        total=total,
        file=sys.stderr,
        delay=1e-9,  # nothing is drawn before the start is set
        mininterval=0.5,
        miniters=0,
        smoothing=0,
        bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]",
    )
    bar.start_t, bar.last_print_t = start, -inf
    return bar
