"""Results of measurements: numbers with units, traces, a table and a plot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import product
from typing import Any

import numpy as np
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

from ..tables import along_first, as_html, as_text, with_unit

__all__ = [
    "Measurement",
    "Result",
    "Traces",
    "at_where",
    "deflections",
    "draw_bracket",
    "labels",
    "measured",
    "until",
]

#: Largest number of lines with a legend.
_MOST = 6


def measured(meaning: str) -> Any:
    """Declare a field that is a column of the table."""
    return field(metadata={"meaning": meaning})


@dataclass(frozen=True, eq=False)
class Traces:
    """Recorded variables over time.

    Attributes
    ----------
    t : Quantity, shape (samples,)
        Time since the start of the protocol (second).
    values : dict of str to Quantity, shape (*points, stimuli, samples)
        Variables by name, such as ``'V_soma'``. In protocols with an unstimulated
        control, the control is the first stimulus.
    """

    t: Quantity
    values: Mapping[str, Quantity]

    @classmethod
    def of(cls, recording: Any, unit: Quantity) -> Traces:
        """Return the traces of a recording whose variables have one unit."""
        values = {name: plain * unit for name, plain in recording.values.items()}
        return cls(recording.t * second, values)

    def __getitem__(self, name: str) -> Quantity:
        return self.values[name]

    def __repr__(self) -> str:
        shape = next(iter(self.values.values())).shape if self.values else ()
        return f"<Traces of {', '.join(self.values)}, shape {shape}>"


class Result(ABC):
    """Base of results, which print as tables and can be drawn."""

    def plot(self, ax: Any = None) -> Any:
        """Draw the result with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; by default a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            The drawing.
        """
        from ..plotting.style import axes

        ax = axes(ax)
        self._draw(ax)
        return ax

    @abstractmethod
    def _draw(self, ax: Any) -> None:
        """Draw the result on axes."""

    @abstractmethod
    def _columns(self) -> Iterable[tuple[str, Any]]:
        """Return the heads and values of the table, one value per row."""

    def __str__(self) -> str:
        return as_text(type(self).__name__, list(self._columns()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(type(self).__name__, list(self._columns()))


@dataclass(frozen=True, eq=False, repr=False)
class Measurement(Result):
    """Base of the results of measurements.

    Attributes
    ----------
    traces : Traces
        Recorded variables.
    points : dict of str to Quantity, shape (points,)
        Varied parameters.
    """

    traces: Traces
    points: Mapping[str, Quantity]

    def _draw(self, ax: Any) -> None:
        """Draw all voltages over time."""
        from ..plotting.style import finish, line

        t = np.asarray(self.traces.t) * 1e3
        for index, (name, value) in enumerate(self.traces.values.items()):
            lines = np.asarray(value).reshape(-1, value.shape[-1]) * 1e3
            ax.plot(t, lines[0], label=name, **line(index))
            ax.plot(t, lines[1:].T, **line(index))
        finish(ax, xlabel="time (ms)", ylabel="voltage (mV)")

    def _columns(self) -> Iterable[tuple[str, Any]]:
        values = self._values()
        shape = np.broadcast_shapes(*map(np.shape, values.values()))
        for name, value in self.points.items():
            yield name, along_first(value, len(shape))
        yield from values.items()

    def _values(self) -> dict[str, Any]:
        """Return the heads and values of the measured columns, which broadcast."""
        names = [column.name for column in fields(self) if "meaning" in column.metadata]
        return {name: getattr(self, name) for name in names}


def labels(points: Mapping[str, Any], axes: Mapping[str, Any]) -> list[str | None]:
    """Return labels of lines: all points times all values of the further axes."""
    varied = {name: values for name, values in points.items() if np.ndim(values)}
    size = max(map(len, varied.values()), default=1)
    parts = [
        [
            ", ".join(f"{name} = {_text(v[index])}" for name, v in varied.items())
            for index in range(size)
        ]
    ]
    for name, values in axes.items():
        texts = map(_text, values) if np.ndim(values) else []
        parts.append([f"{name} {text}".strip() for text in texts] or [""])
    lines = [", ".join(filter(None, line)) for line in product(*parts)]
    few = 1 < len(lines) <= _MOST
    return [line if few else None for line in lines]


def deflections(values: Any) -> np.ndarray:
    """Return changes relative to the control, the first stimulus, as lines (mV)."""
    plain = np.asarray(values) * 1e3
    changes = plain[..., 1:, :] - plain[..., :1, :]
    return changes.reshape(-1, plain.shape[-1])


def until(lines: np.ndarray, t: np.ndarray) -> float:
    """Return the last time at which a line is above 2 % of its largest value."""
    size = np.abs(lines)
    large = size > 0.02 * size.max(axis=-1, keepdims=True)
    return float(t[large.any(axis=0)].max(initial=t[1]))


def at_where(at: str) -> str:
    """Return a compartment for a label; nothing for a point neuron."""
    return f" at {at}" if at else ""


def draw_bracket(ax: Any, traces: Traces, level: Quantity) -> None:
    """Draw the first of the voltages, just below and just above a threshold."""
    from ..plotting.style import COLORS, finish

    (name, values), *_ = traces.values.items()
    t = np.asarray(traces.t) * 1e3
    # The wider line first, so that both are visible where they coincide.
    for side, label, color, width in [
        (1, "just above", COLORS[6], 3.0),
        (0, "just below", COLORS[1], 1.2),
    ]:
        lines = np.asarray(values)[..., side, :].reshape(-1, len(t)) * 1e3
        drawn = ax.plot(t, lines.T, color=color, linewidth=width)
        drawn[0].set_label(label)
    for height in np.ravel(level):
        ax.axhline(float(height) * 1e3, color="0.6", linewidth=0.8, zorder=0)
    finish(ax, xlabel="time (ms)", ylabel=f"{name} (mV)")


def _text(value: Any) -> str:
    """Return a value with three digits and its unit."""
    has_unit = isinstance(value, Quantity) and value.dim is not DIMENSIONLESS
    return with_unit(value, digits=3)[0] if has_unit else f"{float(value):g}"
