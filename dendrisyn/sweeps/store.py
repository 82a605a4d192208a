"""Stores of results: memory, or a folder with a file per point."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import get_or_create_dimension

from ..units import powers_of
from .job import Values
from .values import Point, key_of, show_point

#: Version of the format of the files.
_FORMAT = 1


class Memory:
    """Results in the memory of this process, by the number of the point."""

    def __init__(self) -> None:
        self._values: dict[int, Values] = {}

    def has(self, index: int) -> bool:
        """Return whether there are results of this point."""
        return index in self._values

    def put(self, index: int, values: Values) -> None:
        """Store the results of a point."""
        self._values[index] = values

    def names(self, index: int) -> tuple[str, ...]:
        """Return the names of the results of a point."""
        return tuple(self._values[index])

    def get(self, index: int, name: str) -> tuple[np.ndarray, Any]:
        """Return a result: the array and its dimensions."""
        return self._values[index][name]


class Folder:
    """Results in files whose names follow from the code and the values of the point.

    A file is ``<folder>/<fingerprint of the code>/<key of the point>.npz``. It holds
    arrays and a line of JSON, no code, and appears when it is complete.
    """

    def __init__(self, folder: Path, fingerprint: str, points: Sequence[Point]) -> None:
        self._points = points
        self.folder = folder
        self._of_this_code = folder / fingerprint[:16]
        self._files = [
            self._of_this_code / f"{key_of(point)[:32]}.npz" for point in points
        ]
        self._heads: dict[int, list[dict[str, Any]]] = {}

    def of_other_code(self) -> int:
        """Return the number of results in the folder that other code has made."""
        files = self.folder.glob("*/*.npz")
        return sum(file.parent != self._of_this_code for file in files)

    def has(self, index: int) -> bool:
        if index not in self._heads and self._files[index].exists():
            try:
                with np.load(self._files[index], allow_pickle=False) as file:
                    head = json.loads(str(file["head"]))
            except (OSError, ValueError, KeyError, zipfile.BadZipFile):
                return False  # incomplete, such as by a full disk: run it again
            if head["format"] == _FORMAT:
                self._heads[index] = head["results"]
        return index in self._heads

    def put(self, index: int, values: Values) -> None:
        self._of_this_code.mkdir(parents=True, exist_ok=True)
        results = [
            {"name": name, "dimensions": powers_of(dimensions)}
            for name, (_, dimensions) in values.items()
        ]
        head = {
            "format": _FORMAT,
            "point": show_point(self._points[index]),
            "results": results,
        }
        arrays: dict[str, Any] = {"head": np.array(json.dumps(head))}
        arrays |= {f"r{k}": array for k, (array, _) in enumerate(values.values())}
        handle, path = tempfile.mkstemp(dir=self._of_this_code, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, **arrays)
            os.replace(path, self._files[index])
        except BaseException:
            os.unlink(path)
            raise
        self._heads[index] = results

    def names(self, index: int) -> tuple[str, ...]:
        return tuple(result["name"] for result in self._heads[index])

    def get(self, index: int, name: str) -> tuple[np.ndarray, Any]:
        number = self.names(index).index(name)
        dimensions = self._heads[index][number]["dimensions"]
        with np.load(self._files[index], allow_pickle=False) as file:
            return file[f"r{number}"], get_or_create_dimension(dimensions)


#: Both have the methods of `Memory`.
Store = Memory | Folder
