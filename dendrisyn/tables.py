"""Tables and values with units, as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

__all__ = [
    "along_first",
    "as_html",
    "as_text",
    "rows_as_html",
    "rows_as_text",
    "with_unit",
]

#: A head, and values of any shape that broadcasts with those of the other columns.
Column = tuple[str, Any]

#: The head and the lines of a table, or lines only: cells as text.
Rows = Sequence[Sequence[str]]


def along_first(value: Any, ndim: int) -> Any:
    """Return a one-dimensional array along the first of *ndim* dimensions."""
    if np.ndim(value) != 1 or ndim < 2:
        return value
    return value.reshape(-1, *[1] * (ndim - 1))


def as_text(title: str, columns: Sequence[Column]) -> str:
    """Return a table of numbers as text, with units in its heads."""
    return rows_as_text(title, _rows(columns), align=">")


def as_html(title: str, columns: Sequence[Column]) -> str:
    """Return a table of numbers as HTML, with units in its heads."""
    return f"<b>{escape(title)}</b>{rows_as_html(_rows(columns))}"


def rows_as_text(title: str, rows: Rows, align: str = "<") -> str:
    """Return a table as text: a title, the head, a line and the other rows."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *lines = (
        "  ".join(
            f"{cell:{align}{width}}" for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    )
    text = [title, head, "-" * len(head), *lines]
    return "\n".join(line.rstrip() for line in text)


def rows_as_html(rows: Rows) -> str:
    """Return a table as HTML; the first row is the head."""
    head, *lines = rows
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>"
        for line in lines
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def with_unit(*values: Any, digits: int = 4) -> list[str]:
    """Return values as text, all in the best unit for the largest value."""
    first = values[0]
    if not isinstance(first, Quantity):
        return [_cell(value, digits) for value in values]
    unit, numbers = _in_best_unit(Quantity([float(v) for v in values], dim=first.dim))
    return [f"{_cell(number, digits)} {unit}".rstrip() for number in numbers]


def _rows(columns: Sequence[Column]) -> list[list[str]]:
    """Return the head and the rows of a table of numbers."""
    shape = np.broadcast_shapes(*(np.shape(value) for _, value in columns))
    heads, cells = [], []
    for name, value in columns:
        unit, numbers = _in_best_unit(value)
        heads.append(f"{name} ({unit})" if unit else name)
        cells.append([_cell(item) for item in np.broadcast_to(numbers, shape).ravel()])
    return [heads, *(list(row) for row in zip(*cells, strict=True))]


def _in_best_unit(value: Any) -> tuple[str, np.ndarray]:
    """Return the best unit for the largest value, and the values in this unit."""
    if not isinstance(value, Quantity) or value.dim is DIMENSIONLESS:
        return "", np.asarray(value)
    plain = np.asarray(value)
    finite = plain[np.isfinite(plain)]
    largest = np.abs(finite).max() if finite.size else 0
    unit = Quantity(largest, dim=value.dim).get_best_unit()
    return str(unit), plain / float(unit)


def _cell(value: Any, digits: int = 4) -> str:
    """Return text and truth values as they are, numbers to some digits."""
    if isinstance(value, (str, bool, np.bool_)):
        return str(value)
    return f"{float(value):.{digits}g}"
