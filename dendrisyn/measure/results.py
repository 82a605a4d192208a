"""What measurements return: numbers with units, the traces, a table and a plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity

from ..tables import along_first, as_html, as_text

__all__ = ["Measurement", "Traces", "measured"]


def measured(meaning: str) -> Any:
    """Declare a field that is shown in the table, with its meaning."""
    return field(metadata={"meaning": meaning})


@dataclass(frozen=True, eq=False)
class Traces:
    """What was recorded.

    Attributes
    ----------
    t : Quantity, shape (samples,)
        Time since the start of the protocol (second).
    values : dict of str to Quantity, shape (*points, stimuli, samples)
        Variables by name, such as ``'V_soma'``. Where a protocol compares with a cell
        that gets nothing, that is the first of the stimuli.
    """

    t: Quantity
    values: Mapping[str, Quantity]

    @classmethod
    def of(cls, recording: Any, unit: Quantity) -> Traces:
        """Return what a bench recorded, all of one unit."""
        values = {name: each * unit for name, each in recording.values.items()}
        return cls(recording.t * second, values)

    def __getitem__(self, name: str) -> Quantity:
        return self.values[name]

    def __repr__(self) -> str:
        shape = next(iter(self.values.values())).shape if self.values else ()
        return f"<Traces of {', '.join(self.values)}, shape {shape}>"


@dataclass(frozen=True, eq=False, repr=False)
class Measurement:
    """Base of what measurements return.

    Attributes
    ----------
    traces : Traces
        What was recorded.
    points : dict of str to Quantity, shape (points,)
        The parameters that were varied, if any.
    """

    traces: Traces
    points: Mapping[str, Quantity]

    def plot(self, ax: Any = None) -> Any:
        """Draw the result with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure when left out.

        Returns
        -------
        matplotlib.axes.Axes
            The drawing.
        """
        from ..plotting.style import axes

        ax = axes(ax)
        self._draw(ax)
        return ax

    def _draw(self, ax: Any) -> None:
        """Draw on axes: all voltages over time, if nothing else is said."""
        from ..plotting.style import finish, line

        t = np.asarray(self.traces.t) * 1e3
        for index, (name, value) in enumerate(self.traces.values.items()):
            lines = np.asarray(value).reshape(-1, value.shape[-1]) * 1e3
            ax.plot(t, lines[0], label=name, **line(index))
            ax.plot(t, lines[1:].T, **line(index))
        finish(ax, xlabel="time (ms)", ylabel="voltage (mV)")

    # -- the table ----------------------------------------------------------------

    def _columns(self) -> Iterator[tuple[str, Any]]:
        """Yield the heads and values of the table, one value for each row."""
        values = self._values()
        shape = np.broadcast_shapes(*map(np.shape, values.values()))
        for name, value in self.points.items():
            yield name, along_first(value, len(shape))
        yield from values.items()

    def _values(self) -> dict[str, Any]:
        """Return the heads and values of what was measured, which broadcast."""
        own = [each.name for each in fields(self) if "meaning" in each.metadata]
        return {name: getattr(self, name) for name in own}

    def __str__(self) -> str:
        return as_text(type(self).__name__, list(self._columns()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(type(self).__name__, list(self._columns()))
