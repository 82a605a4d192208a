"""What one spike does: the postsynaptic potential."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import coulomb, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import located
from ..plasticity.short_term import ShortTermPlasticity
from ..rig.waveform import Shape, integral, largest
from .drawing import at_where, deflections, labels, until
from .options import MeasurementOptions
from .results import Measurement, measured
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

#: How many sums of time constants a response is looked at: e**-12 is 6e-6.
_DECAYED = 12


@dataclass(frozen=True, eq=False, repr=False)
class PSP(Measurement):
    """A postsynaptic potential: the deflection from rest after one spike.

    Without an axis of weights if one weight was given. Times are NaN where the
    deflection is 0 or still grows at the end of the window.

    Attributes
    ----------
    weight : float, or ndarray, shape (weights,)
        The weight of the synapse.
    amplitude : Quantity, shape (*points, weights)
        The largest deflection (volt), negative where it hyperpolarises.
    time_to_peak : Quantity, shape (*points, weights)
        From the arrival of the spike to it (second).
    rise_time : Quantity, shape (*points, weights)
        From 10 % to 90 % of the amplitude (second).
    half_width : Quantity, shape (*points, weights)
        Between half of the amplitude before and after the peak (second); NaN also if
        it does not decay to half within the window.
    area : Quantity, shape (*points, weights)
        Integral of the deflection over the window (volt*second).
    charge : Quantity, shape (*points, weights)
        Of the synaptic currents over the window (coulomb), positive where they
        depolarise; NaN if no receptor has a current.
    amplitudes : dict of str to Quantity, shape (*points, weights)
        The amplitude at each compartment (volt), ``''`` for a point neuron.
    charges : dict of str to Quantity, shape (*points, weights)
        The charge of each receptor (coulomb) that has a current.
    at : str
        Where the deflection was measured.
    start : Quantity
        When the spike arrives, in the time of the traces (second).
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
        return {**values, "area (mV ms)": area}  # which Brian2 would call weber

    def _draw(self, ax: Any) -> None:
        """Draw the deflection where it was measured, with its peak."""
        from ..plotting.style import finish, line

        t = np.asarray(self.traces.t - self.start) * 1e3
        lines = deflections(self.traces[f"V_{self.at}" if self.at else "V"])
        texts = labels(self.points, {"weight": self.weight})
        times, heights = np.ravel(self.time_to_peak), np.ravel(self.amplitude)
        for index, each in enumerate(lines):
            style = line(index)
            ax.plot(t, each, label=texts[index], **style)
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
    **conditions: Any,
) -> PSP:
    """Measure the postsynaptic potential: what one spike at a receptor does, from rest.

    Compared with a neuron that gets no spike. Between samples, voltages and currents
    are read from cubics.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    receptor : str or sequence of str
        A receptor, such as ``'AMPA_x_dend'``, or several that the spike reaches.
    at : str, optional
        The compartment where it is measured; the soma if left out.
    weight : float or sequence of float
        The weight of the synapse; all of several are measured at once.
    short_term : Depression or TsodyksMarkram, optional
        Short-term plasticity: the spike is the first.
    duration : Quantity, optional
        How long the response is looked at (second). Left out, 12 times the sum of the
        longest time constant of a compartment and those of the slowest receptor, by
        when a linear response has decayed to 1e-5; at most 3 s.
    **conditions
        `vary`, `dt`, `target`, `progress` and what `make_neurongroup` takes; see
        `MeasurementOptions`. Without a threshold, the soma does not spike.

    Returns
    -------
    PSP
        `amplitude`, `time_to_peak`, `rise_time`, `half_width`, `area`, `charge`,
        `amplitudes`, `charges`, `traces` (all voltages and synaptic currents; the first
        stimulus is no spike).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, or the cell does not come to rest by itself.

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import AMPA, Dendrite, NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=50*pF, gl_abs=3*nS, v_rest=-70*mV)
    >>> dend.add(AMPA('x', g=1*nS, t_rise=.5*ms, t_decay=3*ms))
    >>> model = NeuronModel([(soma, dend, 10*nS)])
    >>> found = measure.psp(model, 'AMPA_x_dend')
    >>> round(float(found.amplitude / mV), 2)
    1.06
    """
    title = "psp"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        where = structure.compartment(at, "at").name
        names = receptors_of(structure, receptor)
        weights, several = listed(weight, WEIGHT, "weight")
        lasts = window(model, names, known, duration, _DECAYED)
        equations = model._assembly().equations
        currents = {each: f"I_{each}" for each in names if f"I_{each}" in equations}
        response = respond(
            model,
            names,
            known,
            SpikeSchedule.of([(1 + index, 0, 0) for index in range(len(weights))]),
            np.array([0, *weights]),
            lasts,
            short_term=short_term,
            currents=list(currents.values()),
        )

    def shown(values: np.ndarray, unit: Quantity) -> Quantity:
        return without_axes(values[..., 1:], [several]) * unit

    moved = {
        name: response.deflection(each.voltage)
        for name, each in structure.compartments.items()
    }
    shape = Shape(moved[where], response.dt)
    nothing = shown(np.full_like(shape.amplitude, np.nan), coulomb)
    charges = {
        each: shown(integral(response.deflection(name), response.dt), coulomb)
        for each, name in currents.items()
    }
    return PSP(
        traces=response.traces(),
        points=known.vary,
        weight=weights if several else weights[0],
        amplitude=shown(shape.amplitude, volt),
        time_to_peak=shown(shape.time, second),
        rise_time=shown(shape.rise, second),
        half_width=shown(shape.width, second),
        area=shown(integral(moved[where], response.dt), volt * second),
        charge=sum(charges.values()) if charges else nothing,
        amplitudes={each: shown(largest(one), volt) for each, one in moved.items()},
        charges=charges,
        at=where,
        start=response.start,
    )
