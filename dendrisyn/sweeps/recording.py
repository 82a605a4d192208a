"""`Recording`: the arrays that a run of a standalone build writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from brian2.core.variables import VariableView
from brian2.monitors.ratemonitor import PopulationRateMonitor
from brian2.monitors.spikemonitor import EventMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.fundamentalunits import Dimension

from ..errors import UnitError, UnknownNameError, look_up, nearest
from .grid import name_of
from .values import Point, as_quantity


@dataclass(frozen=True)
class File:
    """An array that a run writes."""

    name: str
    dimensions: Dimension
    dtype: np.dtype
    columns: int | None = None  # of a two-dimensional array
    transposed: bool = False  # a StateMonitor has shape (neurons, times) in Brian2
    scalar: bool = False

    def read(self, folder: Path) -> Any:
        """Return the array with its unit."""
        array = np.fromfile(folder / self.name, dtype=self.dtype)
        if self.columns is not None:
            array = array.reshape(-1, self.columns)
        if self.scalar:
            array = array.reshape(())
        return as_quantity(array.T if self.transposed else array, self.dimensions)


class Recording(Mapping[str, Any]):
    """The arrays that a run has written, by name: ``recording['spikes.count']``.

    Arrays have their units and the shapes of Brian2: ``'trace.V_soma'`` of a
    `StateMonitor` has the shape (neurons, times).

    Attributes
    ----------
    point : dict
        The values of the point.
    """

    def __init__(self, files: Mapping[str, File], folder: Path, point: Point) -> None:
        self._files = files
        self._folder = folder
        self.point = point

    def __getitem__(self, name: str) -> Any:
        file = look_up(name, self._files, "recorded variable", "Recording")
        return file.read(self._folder)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


#: A result of a run: the name of a recorded variable, or a function of the recording.
Source = str | Callable[[Recording], Any]


def collectable(
    collect: Any, files: Mapping[str, File]
) -> Callable[[Recording], Any] | tuple[tuple[str, Source], ...]:
    """Return the results of a run: a function, or pairs of a name and its source."""
    if isinstance(collect, Mapping):
        chosen: list[tuple[str, Source]] = []
        for label, source in collect.items():
            if callable(source) and not isinstance(source, VariableView):
                chosen.append((label, source))
                continue
            names = _names_of(source, files)
            if len(names) != 1:
                raise UnitError(
                    f"StandaloneBuild: collect[{label!r}]: expected one variable, got "
                    f"a monitor of {', '.join(names) or 'nothing'}."
                )
            chosen.append((label, names[0]))
        return tuple(chosen)
    if callable(collect) and not isinstance(collect, VariableView):
        return collect
    if isinstance(collect, (list, tuple)):
        names = [name for source in collect for name in _names_of(source, files)]
        return tuple((name, name) for name in dict.fromkeys(names))
    raise UnitError(
        "StandaloneBuild: collect: expected a list of names, a dict or a function, got "
        f"{collect!r}."
    )


def _names_of(source: Any, files: Mapping[str, File]) -> list[str]:
    """Return the recorded variables of a name, a variable or a monitor."""
    if isinstance(source, (EventMonitor, StateMonitor, PopulationRateMonitor)):
        names = (name.rpartition(".") for name in files)
        return [
            f"{group}.{name}"
            for group, _, name in names
            if group == source.name and name != "N" and not name.startswith("_")
        ]
    name = name_of(source, "StandaloneBuild: collect")
    if name not in files:
        raise UnknownNameError(
            f"StandaloneBuild: collect: no run records {name!r}.{nearest(name, files)}"
        )
    return [name]
