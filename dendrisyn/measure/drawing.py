"""What the drawings of several measurements share."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

__all__ = ["at_where", "deflections", "labels", "until"]

#: More lines than that get no legend.
_MOST = 6


def labels(points: Mapping[str, Any], axes: Mapping[str, Any]) -> list[str | None]:
    """Return a label for each line: one for each point, and each value of each axis.

    Parameters
    ----------
    points : dict of str to Quantity
        What was varied.
    axes : dict of str to Quantity or ndarray
        What else differs, in the order of the axes of the result. What is a single
        value, everywhere, is in no label.
    """
    varied = {name: each for name, each in points.items() if np.ndim(each)}
    size = max(map(len, varied.values()), default=1)
    parts = [
        [
            ", ".join(f"{name} = {_text(each[index])}" for name, each in varied.items())
            for index in range(size)
        ]
    ]
    for name, values in axes.items():
        texts = map(_text, values) if np.ndim(values) else []
        parts.append([f"{name} {each}".strip() for each in texts] or [""])
    found = [", ".join(filter(None, each)) for each in product(*parts)]
    few = 1 < len(found) <= _MOST
    return [each if few else None for each in found]


def deflections(values: Any) -> np.ndarray:
    """Return lines (mV) by which stimuli differ from the first, of voltages (volt)."""
    plain = np.asarray(values) * 1e3
    moved = plain[..., 1:, :] - plain[..., :1, :]
    return moved.reshape(-1, plain.shape[-1])


def until(lines: np.ndarray, t: np.ndarray) -> float:
    """Return until when lines are worth drawing: the last is 2 % of its largest."""
    size = np.abs(lines)
    large = size > 0.02 * size.max(axis=-1, keepdims=True)
    return float(t[large.any(axis=0)].max(initial=t[1]))


def at_where(at: str) -> str:
    """Return a compartment for a label; nothing for a point neuron."""
    return f" at {at}" if at else ""


def _text(value: Any) -> str:
    if isinstance(value, Quantity) and value.dim is not DIMENSIONLESS:
        unit = value.get_best_unit()
        return f"{float(value / unit):.3g} {unit}"
    return f"{float(value):g}"
