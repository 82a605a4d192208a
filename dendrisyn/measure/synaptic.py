"""Postsynaptic potentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import coulomb, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..plasticity.short_term import ShortTermPlasticity
from ..rig.waveform import Shape, integral, largest
from .options import measuring
from .results import Measurement, at_where, deflections, labels, measured, until
from .spike_schedule import (
    WEIGHT,
    SpikeSchedule,
    listed,
    receptors_of,
    respond,
    window,
    without_axes,
)

__all__ = ["PSP", "psp"]

#: Default window, in sums of time constants: e**-12 is 6e-6.
_DECAYED = 12


@dataclass(frozen=True, eq=False, repr=False)
class PSP(Measurement):
    """A postsynaptic potential: the deflection from rest after one spike.

    A single weight gives no axis of weights. Times are NaN where the deflection is 0 or
    still grows at the end of the window. `traces` hold all voltages and synaptic
    currents; the first stimulus is no spike.

    Attributes
    ----------
    weight : float, or ndarray, shape (weights,)
        Weight of the synapse.
    amplitude : Quantity, shape (*points, weights)
        Largest deflection (volt); negative if it hyperpolarises.
    time_to_peak : Quantity, shape (*points, weights)
        Time from the arrival of the spike to the peak (second).
    rise_time : Quantity, shape (*points, weights)
        Time from 10 % to 90 % of the amplitude (second).
    half_width : Quantity, shape (*points, weights)
        Time between half of the amplitude before and after the peak (second); NaN also
        if the deflection does not decay to half within the window.
    area : Quantity, shape (*points, weights)
        Integral of the deflection over the window (volt*second).
    charge : Quantity, shape (*points, weights)
        Charge of the synaptic currents over the window (coulomb), positive if they
        depolarise; NaN if no receptor has a current.
    amplitudes : dict of str to Quantity, shape (*points, weights)
        Amplitudes by compartment (volt); ``''`` in a point neuron.
    charges : dict of str to Quantity, shape (*points, weights)
        Charges by receptor (coulomb), for receptors with a current.
    at : str
        The compartment of the measurement.
    start : Quantity
        Arrival of the spike in `traces` (second).
    """

    at: str
    start: Quantity
    amplitudes: Mapping[str, Quantity]
    charges: Mapping[str, Quantity]
    weight: Any = measured("weight")
    amplitude: Quantity = measured("largest deflection")
    time_to_peak: Quantity = measured("from arrival to peak")
    rise_time: Quantity = measured("from 10 % to 90 %")
    half_width: Quantity = measured("between half amplitudes")
    area: Quantity = measured("integral of the deflection")
    charge: Quantity = measured("charge of the synaptic currents")

    def _values(self) -> dict[str, Any]:
        values = super()._values()
        area = np.asarray(values.pop("area")) * 1e6
        return {**values, "area (mV ms)": area}  # Brian2 would show this unit as weber

    def _draw(self, ax: Any) -> None:
        """Draw the deflections with their peaks."""
        from ..plotting.style import finish, line

        t = np.asarray(self.traces.t - self.start) * 1e3
        lines = deflections(self.traces[f"V_{self.at}" if self.at else "V"])
        texts = labels(self.points, {"weight": self.weight})
        times, heights = np.ravel(self.time_to_peak), np.ravel(self.amplitude)
        for index, curve in enumerate(lines):
            style = line(index)
            ax.plot(t, curve, label=texts[index], **style)
            peak = float(times[index]) * 1e3, float(heights[index]) * 1e3
            ax.plot(*peak, "o", color=style["color"], markersize=5)
        finish(
            ax,
            xlabel="time after the spike (ms)",
            ylabel=f"deflection{at_where(self.at)} (mV)",
            xlim=(t[0], until(lines, t)),
        )


def psp(
    model: Model,
    receptor: str | Sequence[str],
    at: str | None = None,
    weight: float | Sequence[float] = 1,
    *,
    short_term: ShortTermPlasticity | None = None,
    duration: Quantity | None = None,
    **options: Any,
) -> PSP:
    """Measure the postsynaptic potential of one spike at a receptor.

    The unstimulated control is subtracted. Between samples, voltages and currents are
    cubics.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    receptor : str or sequence of str
        A receptor, such as ``'AMPA_x_dend'``, or several receptors of one spike.
    at : str, optional
        The compartment of the measurement; the soma by default.
    weight : float or sequence of float
        Weight of the synapse; several weights are measured at once.
    short_term : Depression or TsodyksMarkram, optional
        Short-term plasticity: the spike is the first of its synapse.
    duration : Quantity, optional
        Duration of the window (second). By default 12 times the sum of the longest time
        constant of a compartment and those of the slowest receptor, after which a
        linear response has decayed to 1e-5; at most 3 s.
    **options
        See `MeasurementOptions`.

    Returns
    -------
    PSP
        Amplitude, times, area and charge.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, or the cell does not come to rest.

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import AMPA, Dendrite, NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=50*pF, gl_abs=3*nS, v_rest=-70*mV)
    >>> dend.add(AMPA('x', g=1*nS, t_rise=0.5*ms, t_decay=3*ms))
    >>> model = NeuronModel([(soma, dend, 10*nS)])
    >>> found = measure.psp(model, 'AMPA_x_dend')
    >>> round(float(found.amplitude / mV), 2)
    1.06
    """
    with measuring("psp", model, options) as settings:
        structure = settings.structure
        where = structure.compartment(at, "at").name
        receptors = receptors_of(structure, receptor)
        weights, several = listed(weight, WEIGHT, "weight")
        currents = {
            name: f"I_{name}"
            for name in receptors
            if f"I_{name}" in structure.equations
        }
        response = respond(
            settings,
            receptors,
            SpikeSchedule.of([(1 + index, 0, 0) for index in range(len(weights))]),
            np.array([0, *weights]),
            window(settings, receptors, duration, _DECAYED),
            short_term=short_term,
            currents=list(currents.values()),
        )

    def shown(values: np.ndarray, unit: Quantity) -> Quantity:
        return without_axes(values[..., 1:], [several]) * unit

    changes = {
        name: response.deflection(part.voltage)
        for name, part in structure.compartments.items()
    }
    shape = Shape(changes[where], response.dt)
    no_charge = shown(np.full_like(shape.amplitude, np.nan), coulomb)
    charges = {
        name: shown(integral(response.deflection(current), response.dt), coulomb)
        for name, current in currents.items()
    }
    return PSP(
        traces=response.traces(),
        points=settings.vary,
        weight=weights if several else weights[0],
        amplitude=shown(shape.amplitude, volt),
        time_to_peak=shown(shape.time, second),
        rise_time=shown(shape.rise, second),
        half_width=shown(shape.width, second),
        area=shown(integral(changes[where], response.dt), volt * second),
        charge=sum(charges.values()) if charges else no_charge,
        amplitudes={
            name: shown(largest(change), volt) for name, change in changes.items()
        },
        charges=charges,
        at=where,
        start=response.start,
    )
