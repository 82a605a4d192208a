"""What one dendritic spike does by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.structure import SpikeSite, Structure
from ..errors import located, look_up
from ..rig.rig import open_rig
from ..rig.steady import slowest
from ..rig.waveform import duration_above_half
from .options import DURATION, MeasurementOptions
from .results import Measurement, Traces, measured

__all__ = ["DendriticSpikeResponse", "dendritic_spike", "spike_of_event"]


@dataclass(frozen=True, eq=False, repr=False)
class DendriticSpikeResponse(Measurement):
    """What one dendritic spike does by itself.

    Attributes
    ----------
    amplitude : Quantity, shape (*points,)
        Its peak above rest, in its compartment (volt).
    after : Quantity, shape (*points,)
        The lowest voltage after the peak, above rest (volt); negative after a fall that
        ends below it.
    width : Quantity, shape (*points,)
        How long the voltage is above half of the amplitude (second).
    reached : Quantity, shape (*points,)
        The peak above rest where else it was measured, the soma by default (volt).
    attenuation : ndarray, shape (*points,)
        `reached` over `amplitude`.
    """

    amplitude: Quantity = measured("peak above rest")
    after: Quantity = measured("lowest voltage after it")
    width: Quantity = measured("at half of the amplitude")
    reached: Quantity = measured("peak where else it was measured")
    attenuation: np.ndarray = measured("reached over amplitude")


def dendritic_spike(
    model: Model,
    event: str,
    at: str | None = None,
    duration: Quantity | None = None,
    **conditions: Any,
) -> DendriticSpikeResponse:
    """Measure one dendritic spike by itself: amplitude, width, what reaches the soma.

    All compartments are at rest but the one of the spike: its voltage is put at the
    threshold, where the spike starts. No input is needed.

    Parameters
    ----------
    model : NeuronModel
        The cell.
    event : str
        The spike by the name of its event, such as ``'spike_Na_dend'``.
    at : str, optional
        Where else the voltage is measured; the soma if left out.
    duration : Quantity, optional
        How long (second); the durations of the spike and five times the longest time
        constant of a compartment if left out.
    **conditions
        `vary`, `dt`, `target`, `progress` and what `make_neurongroup` takes; see
        `MeasurementOptions`.

    Returns
    -------
    DendriticSpikeResponse
        `amplitude`, `after`, `width`, `reached`, `attenuation`, and `traces` (the first
        of two stimuli is no spike).

    Raises
    ------
    UnknownNameError
        If there is no such dendritic spike or compartment.
    UnitError, InvalidValueError
        If an argument is wrong, or the cell does not come to rest by itself.

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import Dendrite, NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=20*pF, gl_abs=1*nS, v_rest=-70*mV)
    >>> dend.dspikes('Na', threshold=-40*mV, g_rise=20*nS, duration_rise=1*ms,
    ...              duration_fall=2*ms, offset_fall=1*ms, g_fall=20*nS,
    ...              reversal_rise='E_Na', reversal_fall='E_K', refractory=5*ms)
    >>> model = NeuronModel([(soma, dend, 5*nS)])
    >>> print(f"{measure.dendritic_spike(model, 'spike_Na_dend').amplitude/mV:.1f} mV")
    86.8 mV
    """
    title = "dendritic_spike"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        spike, compartment = spike_of_event(structure, event)
        names = spike.parameter_names(compartment.names)
        values = {**model.parameters, **known.vary}
        lasts = _duration(model, duration, known, values, names)
        V, other = compartment.voltage, structure.compartment(at, "at").voltage
        threshold = np.asarray(values[names["threshold"]], dtype=float)
        spiketime = compartment.names("spiketime", spike.name)
        with open_rig(
            model,
            2,
            known,
            record=[each.voltage for each in structure.compartments.values()],
        ) as rig:
            start = {
                V: np.stack(np.broadcast_arrays(np.nan, threshold), axis=-1),
                # as if it had been detected in the step before the first
                spiketime: np.array([np.nan, rig.start - rig.dt]),
            }
            found = rig.run(lasts, start=start)
    moved, reached = (found.change(each)[..., 0, :] for each in (V, other))
    amplitude, far = moved.max(axis=-1), reached.max(axis=-1)
    late = np.arange(moved.shape[-1]) > moved.argmax(axis=-1)[..., np.newaxis]
    lowest = np.where(late, moved, np.inf).min(axis=-1)
    return DendriticSpikeResponse(
        Traces.of(found, volt),
        known.vary,
        amplitude * volt,
        np.where(late.any(-1), lowest, np.nan) * volt,
        duration_above_half(moved, amplitude, rig.dt) * second,
        far * volt,
        far / amplitude,
    )


def _duration(
    model: Model,
    given: Quantity | None,
    known: MeasurementOptions,
    values: dict[str, Any],
    names: dict[str, str],
) -> float:
    if given is not None:
        return float(DURATION.check(given, "duration"))
    spike = sum(
        np.max(np.asarray(values[names[each]], dtype=float))
        for each in ("duration_rise", "duration_fall", "offset_fall")
        if each in names and values[names[each]] is not None
    )
    return float(spike + 5 * slowest(model, known.vary))


def spike_of_event(structure: Structure, event: object) -> SpikeSite:
    """Return the dendritic spike of an event, and its compartment."""
    return look_up(event, structure.dendritic_spikes, "dendritic spike", "event")
