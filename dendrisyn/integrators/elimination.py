"""Statements that solve a sparse linear system by elimination."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy

from .statements import Writer

__all__ = ["order_of_elimination", "solve"]

#: The entries of a matrix that are not zero.
Matrix = dict[tuple[str, str], sympy.Expr]


def order_of_elimination(names: Sequence[str], entries: Sequence) -> list[str]:
    """Return the order in which unknowns are eliminated.

    The next unknown is always the one that creates the fewest new entries (Markowitz
    1957, doi:10.1287/mnsc.3.3.255). On a tree this is the order from the leaves to the
    root, without new entries.
    The entries are the rows and columns of the numbers that are not zero.
    """
    rows: dict[str, set[str]] = {name: set() for name in names}
    columns: dict[str, set[str]] = {name: set() for name in names}
    for row, column in entries:
        if row != column:
            rows[row].add(column)
            columns[column].add(row)
    left, order = list(names), []
    while left:
        pivot = min(left, key=lambda name: len(rows[name]) * len(columns[name]))
        left.remove(pivot)
        order.append(pivot)
        for row in columns[pivot]:
            rows[row] |= rows[pivot] - {row}
            rows[row].discard(pivot)
        for column in rows[pivot]:
            columns[column] |= columns[pivot] - {column}
            columns[column].discard(pivot)
    return order


def solve(
    writer: Writer,
    names: Sequence[str],
    matrix: Mapping[tuple[str, str], sympy.Expr],
    right: Mapping[str, sympy.Expr],
    inverse: Callable[[str, sympy.Expr], sympy.Expr],
) -> dict[str, sympy.Expr]:
    """Write the statements that solve ``matrix x = right``; return the names of x.

    Entries of the matrix that are missing are zero. The function *inverse* takes an
    unknown and its pivot, writes the reciprocal and returns its name.
    """
    entries: Matrix = dict(matrix)
    sides = dict(right)
    order = order_of_elimination(names, list(entries))
    later = {name: set(order[index + 1 :]) for index, name in enumerate(order)}
    rows: dict[str, set[str]] = {name: set() for name in names}
    columns: dict[str, set[str]] = {name: set() for name in names}
    for row, column in entries:
        rows[row].add(column)
        columns[column].add(row)
    inverses, shares = {}, {}
    for pivot in order:
        inverses[pivot] = inverse(pivot, entries[pivot, pivot])
        shares[pivot] = writer.write(f"share_{pivot}", inverses[pivot] * sides[pivot])
        ahead = [name for name in rows[pivot] if name in later[pivot]]
        ahead.sort(key=order.index)
        for row in sorted(columns[pivot] & later[pivot], key=order.index):
            factor = entries[row, pivot]
            sides[row] = sides[row] - factor * shares[pivot]
            for column in ahead:
                old = entries.get((row, column), sympy.S.Zero)
                new = factor * entries[pivot, column] * inverses[pivot]
                entries[row, column] = old - new
                rows[row].add(column)
                columns[column].add(row)
    values: dict[str, sympy.Expr] = {}
    for pivot in reversed(order):
        value = shares[pivot]
        for column in sorted(rows[pivot] & later[pivot], key=order.index):
            value = value - inverses[pivot] * entries[pivot, column] * values[column]
        values[pivot] = writer.write(f"change_{pivot}", value)
    return {name: values[name] for name in names}
