"""What one simulation of the playground gives: traces and what is measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from brian2.units.allunits import msecond, mvolt
from brian2.units.fundamentalunits import Quantity

__all__ = ["Measures", "Traces"]


@dataclass(frozen=True)
class Measures:
    """What a dendritic spike does.

    Attributes
    ----------
    spikes : int
        The number of dendritic spikes.
    amplitude : Quantity or None
        Largest difference that the first one makes to the voltage of its compartment,
        against the same cell without it (volt). None without a spike.
    peak : Quantity or None
        Largest voltage of the compartment between its start and the next (volt).
    half_width : Quantity or None
        How long the difference is above half the amplitude (second). None also if the
        simulation, or the next spike, is there before.
    attenuation : float or None
        Amplitude at the soma over that in the compartment, before the next spike. None
        also if no other compartment is a soma.
    somatic_spikes : int or None
        The number of action potentials. None without a threshold.
    """

    spikes: int
    amplitude: Quantity | None
    peak: Quantity | None
    half_width: Quantity | None
    attenuation: float | None
    somatic_spikes: int | None

    def __str__(self) -> str:
        return "\n".join(f"{name}: {text}" for name, text in self.lines())

    def lines(self) -> list[tuple[str, str]]:
        """Return names and values as text."""
        return [
            ("dendritic spikes", str(self.spikes)),
            ("amplitude", _in(self.amplitude, mvolt, "mV")),
            ("peak", _in(self.peak, mvolt, "mV")),
            ("half-width", _in(self.half_width, msecond, "ms")),
            *(
                [("attenuation to soma", f"{self.attenuation:.3f}")]
                if self.attenuation is not None
                else []
            ),
            *(
                [("somatic spikes", str(self.somatic_spikes))]
                if self.somatic_spikes is not None
                else []
            ),
        ]


def _in(value: Quantity | None, unit: Quantity, name: str) -> str:
    return "-" if value is None else f"{float(value / unit):.2f} {name}"


@dataclass(frozen=True, eq=False)
class Traces:
    """What one simulation gives.

    Attributes
    ----------
    t : Quantity
        Times, shape (n,), second.
    voltages : mapping of str to Quantity
        Voltages by compartment, shape (n,), volt.
    without : mapping of str to Quantity
        The same of a cell without the dendritic spike.
    g_rise, g_fall : Quantity
        Conductances of the spike, shape (n,), siemens; 0 for a spike without a fall.
    spike_times : Quantity
        When dendritic spikes start, shape (number,), second.
    somatic_spike_times : Quantity or None
        When the neuron spikes, second; None without a threshold.
    compartment : str
        Where the dendritic spike is.
    soma : str or None
        The soma, if that is another compartment.
    seconds : float
        How long the simulation took.
    """

    t: Quantity
    voltages: Mapping[str, Quantity]
    without: Mapping[str, Quantity]
    g_rise: Quantity
    g_fall: Quantity
    spike_times: Quantity
    somatic_spike_times: Quantity | None
    compartment: str
    soma: str | None
    seconds: float

    @cached_property
    def measures(self) -> Measures:
        """What is measured on these traces."""
        number = len(self.spike_times)
        action_potentials = self.somatic_spike_times
        somatic = None if action_potentials is None else len(action_potentials)
        if not number:
            return Measures(0, None, None, None, None, somatic)
        t = np.asarray(self.t)
        dt = t[1] - t[0]
        start = round(float(self.spike_times[0]) / dt)
        end = round(float(self.spike_times[1]) / dt) if number > 1 else len(t) - 1
        first = slice(start, end + 1)
        own = self._difference(self.compartment)[first]
        amplitude = own.max(initial=0.0)
        width = _half_width(own, dt)
        attenuation = None
        if self.soma is not None and amplitude > 0:
            attenuation = float(self._difference(self.soma)[first].max() / amplitude)
        return Measures(
            number,
            Quantity(amplitude, dim=mvolt.dim),
            self.voltages[self.compartment][first].max(),
            None if width is None else Quantity(width, dim=msecond.dim),
            attenuation,
            somatic,
        )

    def _difference(self, compartment: str) -> np.ndarray:
        return np.asarray(self.voltages[compartment]) - np.asarray(
            self.without[compartment]
        )


def _half_width(trace: np.ndarray, dt: float) -> float | None:
    """Return how long *trace* is above half its maximum, None if it does not return."""
    peak = int(trace.argmax()) if len(trace) else 0
    half = trace[peak] / 2 if len(trace) else 0
    if half <= 0:
        return None
    below = np.flatnonzero(trace < half)
    before, after = below[below < peak], below[below > peak]
    if not len(before) or not len(after):
        return None
    left, right = before[-1], after[0] - 1

    def crossing(index: int) -> float:
        return index + (half - trace[index]) / (trace[index + 1] - trace[index])

    return float((crossing(right) - crossing(left)) * dt)
