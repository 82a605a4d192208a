"""`Traces` of one simulation of the playground, and the `Measures` of its spike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from brian2.units.allunits import msecond, mvolt
from brian2.units.fundamentalunits import Quantity

from ..rig.waveform import half_width

__all__ = ["Measures", "Traces"]


@dataclass(frozen=True)
class Measures:
    """Measures of a dendritic spike.

    Attributes
    ----------
    spikes : int
        Number of dendritic spikes.
    amplitude : Quantity or None
        Largest difference that the first spike makes to the voltage of its compartment,
        compared with the same cell without it (volt). None without a spike.
    peak : Quantity or None
        Largest voltage of the compartment between the start of the first spike and that
        of the next (volt).
    half_width : Quantity or None
        Time during which the difference is above half of the amplitude (second). None
        also if the simulation ends, or the next spike starts, before.
    attenuation : float or None
        Amplitude at the soma over that in the compartment, before the next spike. None
        also if no other compartment is a soma.
    somatic_spikes : int or None
        Number of action potentials. None without a threshold.
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
        lines = [
            ("dendritic spikes", str(self.spikes)),
            ("amplitude", _text(self.amplitude, mvolt)),
            ("peak", _text(self.peak, mvolt)),
            ("half-width", _text(self.half_width, msecond)),
        ]
        if self.attenuation is not None:
            lines.append(("attenuation to soma", f"{self.attenuation:.3f}"))
        if self.somatic_spikes is not None:
            lines.append(("somatic spikes", str(self.somatic_spikes)))
        return lines


def _text(value: Quantity | None, unit: Quantity) -> str:
    """Return a value with two decimals and its unit."""
    return "-" if value is None else f"{float(value / unit):.2f} {unit!s}"


@dataclass(frozen=True, eq=False)
class Traces:
    """Traces of one simulation.

    Attributes
    ----------
    t : Quantity
        Times, shape (n,), second.
    voltages : mapping of str to Quantity
        Voltages by compartment, shape (n,), volt.
    without : mapping of str to Quantity
        Voltages of the same cell without the dendritic spike.
    g_rise, g_fall : Quantity
        Conductances of the spike, shape (n,), siemens; 0 for a spike without a fall.
    spike_times : Quantity
        Times at which dendritic spikes start, shape (number,), second.
    somatic_spike_times : Quantity or None
        Times of the action potentials, second; None without a threshold.
    compartment : str
        Compartment of the dendritic spike.
    soma : str or None
        The soma, if it is another compartment.
    seconds : float
        Computing time of the simulation.
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
        """Measures of the first dendritic spike."""
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
        width, attenuation = np.nan, None
        if amplitude > 0:
            width = float(half_width(own, amplitude, dt))
            if self.soma is not None:
                reached = self._difference(self.soma)[first].max()
                attenuation = float(reached / amplitude)
        return Measures(
            number,
            Quantity(amplitude, dim=mvolt.dim),
            self.voltages[self.compartment][first].max(),
            None if np.isnan(width) else Quantity(width, dim=msecond.dim),
            attenuation,
            somatic,
        )

    def _difference(self, compartment: str) -> np.ndarray:
        """Return the change of a voltage by the dendritic spike (volt)."""
        with_spike, without = (v[compartment] for v in (self.voltages, self.without))
        return np.asarray(with_spike) - np.asarray(without)
