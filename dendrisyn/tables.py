"""Tables of numbers with units, as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

__all__ = ["along_first", "as_html", "as_text", "with_unit"]

#: A head, and its values: any shape that broadcasts with those of the others.
Column = tuple[str, Any]


def along_first(value: Any, ndim: int) -> Any:
    """Return an array of one dimension as the first of *ndim*, others as they are."""
    if np.ndim(value) != 1 or ndim < 2:
        return value
    return value.reshape(-1, *[1] * (ndim - 1))


def as_text(title: str, columns: Sequence[Column]) -> str:
    """Return a table as text, with the units in its heads."""
    heads, rows = _cells(columns)
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))
        for line in [heads, *rows]
    ]
    return "\n".join([title, lines[0], "-" * len(lines[0]), *lines[1:]])


def as_html(title: str, columns: Sequence[Column]) -> str:
    """Return a table as HTML, with the units in its heads."""
    heads, rows = _cells(columns)
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f"<b>{escape(title)}</b>"
        f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    )


def with_unit(*values: Any) -> list[str]:
    """Return values in the unit that is best for the largest, to four digits."""
    kind = values[0]
    if not isinstance(kind, Quantity):
        return [_cell(each) for each in values]
    unit, numbers = _in_best_unit(Quantity([float(v) for v in values], dim=kind.dim))
    return [f"{_cell(number)} {unit}".rstrip() for number in numbers]


def _cells(columns: Sequence[Column]) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows."""
    shape = np.broadcast_shapes(*(np.shape(value) for _, value in columns))
    heads, cells = [], []
    for name, value in columns:
        unit, numbers = _in_best_unit(value)
        heads.append(f"{name} ({unit})" if unit else name)
        cells.append([_cell(each) for each in np.broadcast_to(numbers, shape).ravel()])
    return heads, [list(row) for row in zip(*cells, strict=True)]


def _in_best_unit(value: Any) -> tuple[str, np.ndarray]:
    """Return the unit in which a value is shown, and its numbers."""
    if not isinstance(value, Quantity) or value.dim is DIMENSIONLESS:
        return "", np.asarray(value)
    plain = np.asarray(value)
    finite = plain[np.isfinite(plain)]
    largest = np.abs(finite).max() if finite.size else 0
    unit = Quantity(largest, dim=value.dim).get_best_unit()
    return str(unit), plain / float(unit)


def _cell(value: Any) -> str:
    if isinstance(value, (str, bool, np.bool_)):
        return str(value)
    return f"{float(value):.4g}"
