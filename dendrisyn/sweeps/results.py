"""What a sweep gives: results in the order of the points, and what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DendrisynError, UnknownNameError, nearest
from .grid import Points
from .store import Store
from .values import show_point, stack, with_unit


class SweepError(DendrisynError, RuntimeError):
    """A run that failed, or results that are not there."""


class SweepWarning(UserWarning):
    """Points of a sweep failed, or results of other code are not used."""


@dataclass(frozen=True)
class Failure:
    """A point that failed.

    Attributes
    ----------
    index : int
        The number of the point.
    point : dict
        Its values.
    error : str
        What was raised: the type and the message.
    trace : str
        Where it was raised, as Python shows it; empty where no error was raised, such
        as of a worker that died.
    lost : bool
        Whether the point was not run at all, since its executor broke.
    """

    index: int
    point: Mapping[str, Any]
    error: str
    trace: str = ""
    lost: bool = False

    def __str__(self) -> str:
        return f"point {self.index} ({show_point(self.point)}): {self.error}"


class SweepResults:
    """Results of the points of a sweep, in their order.

    ``results['rate']`` is an array with its unit, whose first axis is that of the
    points. It is an error while the result of a point is missing: `completed` has the
    results of the others, with their points.

    Attributes
    ----------
    points : Points
        What was swept.
    failures : tuple of Failure
        The points that failed when they were run last.
    missing : tuple of int
        The numbers of all points without results: those that failed, and those that
        have not been run.
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
        self._indices = tuple(indices)  # of the points in the store
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
        return tuple(
            dict.fromkeys(
                name
                for place, index in enumerate(self._indices)
                if place not in self._without
                for name in self._store.names(index)
            )
        )

    @property
    def _without(self) -> set[int]:
        return set(self.missing)

    @property
    def completed(self) -> SweepResults:
        """The results of those points that have some."""
        without = self._without
        places = [place for place in range(len(self)) if place not in without]
        if not places:
            raise SweepError(f"SweepResults: none of {len(self)} points is done.")
        return SweepResults(
            Points([self.points[place] for place in places]),
            self._store,
            [self._indices[place] for place in places],
        )

    def each(self, name: str) -> list[Any]:
        """Return one result of all points, as a list: for those that differ in shape.

        Raises
        ------
        SweepError
            If points are missing.
        UnknownNameError
            If there is no such result.
        """
        if self.missing:
            raise SweepError(self._of_missing())
        values = []
        for place, index in enumerate(self._indices):
            names = self._store.names(index)
            if name not in names:
                raise UnknownNameError(
                    f"SweepResults: point {place} has no result {name!r}."
                    f"{nearest(name, names)}"
                )
            values.append(with_unit(*self._store.get(index, name)))
        return values

    def __getitem__(self, name: str) -> Any:
        return stack(self.each(name), name)

    def on_grid(self, name: str) -> Any:
        """Return one result with an axis for each parameter of the grid.

        Returns
        -------
        array or Quantity, shape (values of the first parameter, of the second, ...)
        """
        return self.points.on_grid(self[name])

    def _of_missing(self) -> str:
        text = (
            f"SweepResults: {len(self.missing)} of {len(self)} points have no results "
            f"({_some(self.missing)})."
        )
        for failure in self.failures[:3]:
            text += f"\n  - {failure}"
        return (
            f"{text}\nUse results.completed for the others, or run the sweep again: it "
            "runs what is missing."
        )


def report(failures: Sequence[Failure], total: int) -> str:
    """Return a text on points that failed, with their values."""
    lost = [each for each in failures if each.lost]
    failed = [each for each in failures if not each.lost]
    lines = []
    if failed:
        lines.append(f"{len(failed)} of {total} points failed, the others are kept:")
        lines += [f"  - {each}" for each in failed[:5]]
        if len(failed) > 5:
            lines.append(f"  - and {len(failed) - 5} more, see results.failures")
    if lost:
        lines.append(
            f"{len(lost)} of {total} points were not run "
            f"({_some([each.index for each in lost])}): {lost[0].error}"
        )
    lines.append("Run the sweep again to run what is missing.")
    return "\n".join(lines)


def _some(indices: Sequence[int]) -> str:
    shown = ", ".join(map(str, np.asarray(indices[:6])))
    return f"{shown}, ..." if len(indices) > 6 else shown
