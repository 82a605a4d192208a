"""`SweepResults`: results in the order of the points, and failed points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DendrisynError, UnknownNameError, nearest
from .grid import Points
from .store import Store
from .values import as_quantity, show_point, stack


class SweepError(DendrisynError, RuntimeError):
    """A run of a sweep failed, or results are missing."""


class SweepWarning(UserWarning):
    """Points of a sweep failed, or stored results of other code are not used."""


@dataclass(frozen=True)
class Failure:
    """A point that failed.

    Attributes
    ----------
    index : int
        The number of the point.
    point : dict
        The values of the point.
    error : str
        The type and the message of the error.
    trace : str
        The traceback; empty without an error, such as for a worker that died.
    lost : bool
        Whether the point was not run at all, because its executor broke.
    """

    index: int
    point: Mapping[str, Any]
    error: str
    trace: str = ""
    lost: bool = False

    def __str__(self) -> str:
        return f"point {self.index} ({show_point(self.point)}): {self.error}"


class SweepResults:
    """The results of a sweep, in the order of its points.

    ``results['rate']`` is an array with its unit; its first axis is that of the points.
    It raises an error while the result of a point is missing: `completed` has the
    results of the other points.

    Attributes
    ----------
    points : Points
        The points of the sweep.
    failures : tuple of Failure
        The points that failed in the last run.
    missing : tuple of int
        The numbers of all points without results: failed points, and points that were
        not run.
    """

    def __init__(
        self,
        points: Points,
        store: Store,
        indices: Sequence[int],
        failures: Sequence[Failure] = (),
    ) -> None:
        self.points = points
        self.failures = tuple(failures)
        self._store = store
        self._indices = tuple(indices)  # numbers of the points in the store
        self.missing = tuple(
            place for place, index in enumerate(indices) if not store.has(index)
        )

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        done = len(self) - len(self.missing)
        failed = f", {len(self.failures)} failed" if self.failures else ""
        return f"<SweepResults of {len(self)} points: {done} done{failed}>"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the results."""
        missing = set(self.missing)
        return tuple(
            dict.fromkeys(
                name
                for place, index in enumerate(self._indices)
                if place not in missing
                for name in self._store.names(index)
            )
        )

    @property
    def completed(self) -> SweepResults:
        """The results of the points that have results."""
        missing = set(self.missing)
        places = [place for place in range(len(self)) if place not in missing]
        if not places:
            raise SweepError(
                f"SweepResults: none of {len(self)} points has results. Run the sweep "
                "first."
            )
        return SweepResults(
            Points([self.points[place] for place in places]),
            self._store,
            [self._indices[place] for place in places],
        )

    def each(self, name: str) -> list[Any]:
        """Return a result of all points as a list, also if the shapes differ.

        Raises
        ------
        SweepError
            If points have no results.
        UnknownNameError
            If there is no such result.
        """
        if self.missing:
            raise SweepError(self._text_of_missing())
        values = []
        for place, index in enumerate(self._indices):
            names = self._store.names(index)
            if name not in names:
                raise UnknownNameError(
                    f"SweepResults: point {place} has no result {name!r}."
                    f"{nearest(name, names)}"
                )
            values.append(as_quantity(*self._store.get(index, name)))
        return values

    def __getitem__(self, name: str) -> Any:
        return stack(self.each(name), name)

    def on_grid(self, name: str) -> Any:
        """Return a result with an axis for each parameter of the grid.

        Returns
        -------
        array or Quantity, shape (values of the first parameter, of the second, ...)
            The results of all points.
        """
        return self.points.on_grid(self[name])

    def _text_of_missing(self) -> str:
        """Return the error text for missing results."""
        text = (
            f"SweepResults: {len(self.missing)} of {len(self)} points have no results "
            f"({_some_of(self.missing)})."
        )
        for failure in self.failures[:3]:
            text += f"\n  - {failure}"
        return (
            f"{text}\nUse results.completed for the other points, or run the sweep "
            "again: it runs the missing points only."
        )


def report(failures: Sequence[Failure], total: int) -> str:
    """Return a text about failed points, with their values."""
    lost = [failure for failure in failures if failure.lost]
    failed = [failure for failure in failures if not failure.lost]
    lines = []
    if failed:
        lines.append(f"{len(failed)} of {total} points failed, the others are kept:")
        lines += [f"  - {failure}" for failure in failed[:5]]
        if len(failed) > 5:
            lines.append(f"  - and {len(failed) - 5} more, see results.failures")
    if lost:
        lines.append(
            f"{len(lost)} of {total} points were not run "
            f"({_some_of([failure.index for failure in lost])}): {lost[0].error}"
        )
    lines.append("Run the sweep again to run the missing points.")
    return "\n".join(lines)


def _some_of(indices: Sequence[int]) -> str:
    """Return the first numbers as text."""
    shown = ", ".join(map(str, np.asarray(indices[:6])))
    return f"{shown}, ..." if len(indices) > 6 else shown
