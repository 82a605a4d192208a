"""Measurement of one dendritic spike in isolation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.structure import SpikeSite, Structure
from ..errors import look_up
from ..rig.steady import slowest
from ..rig.waveform import duration_above_half
from .options import DURATION, MeasurementOptions, measuring
from .results import Measurement, Traces, measured

__all__ = ["DendriticSpikeResponse", "dendritic_spike", "spike_of_event"]


@dataclass(frozen=True, eq=False, repr=False)
class DendriticSpikeResponse(Measurement):
    """Voltages after one dendritic spike in isolation.

    `traces` hold all voltages; the first of two stimuli is no spike.

    Attributes
    ----------
    amplitude : Quantity, shape (*points,)
        Peak above rest in the compartment of the spike (volt).
    after : Quantity, shape (*points,)
        Lowest voltage after the peak, above rest (volt); negative after a fall that
        ends below rest.
    width : Quantity, shape (*points,)
        Time that the voltage is above half of the amplitude (second).
    reached : Quantity, shape (*points,)
        Peak above rest in the compartment `at`, by default the soma (volt).
    attenuation : ndarray, shape (*points,)
        `reached` over `amplitude`.
    """

    amplitude: Quantity = measured("peak above rest")
    after: Quantity = measured("lowest voltage after it")
    width: Quantity = measured("at half of the amplitude")
    reached: Quantity = measured("peak in the other compartment")
    attenuation: np.ndarray = measured("reached over amplitude")


def dendritic_spike(
    model: Model,
    event: str,
    at: str | None = None,
    duration: Quantity | None = None,
    **options: Any,
) -> DendriticSpikeResponse:
    """Measure amplitude, width and attenuation of one dendritic spike in isolation.

    All compartments are at rest except the compartment of the spike: its voltage starts
    at the threshold, where the spike is triggered. No input is needed.

    Parameters
    ----------
    model : NeuronModel
        The cell.
    event : str
        The spike by its event, such as ``'spike_Na_dend'``.
    at : str, optional
        The other compartment in which the voltage is measured; the soma by default.
    duration : Quantity, optional
        Duration of the recording (second); by default the durations of the spike plus
        five times the longest time constant of a compartment.
    **options
        See `MeasurementOptions`.

    Returns
    -------
    DendriticSpikeResponse
        Amplitude, width, lowest voltage, and the peak in the other compartment.

    Raises
    ------
    UnknownNameError
        If there is no such dendritic spike or compartment.
    UnitError, InvalidValueError
        If an argument is wrong, or the cell does not come to rest.

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
    with measuring("dendritic_spike", model, options) as settings:
        structure = settings.structure
        spike, compartment = spike_of_event(structure, event)
        names = spike.parameter_names(compartment.names)
        if duration is None:
            lasts = _default_duration(settings, names)
        else:
            lasts = float(DURATION.check(duration, "duration"))
        other = structure.compartment(at, "at")
        threshold = np.asarray(settings.values[names["threshold"]], dtype=float)
        spiketime = compartment.names("spiketime", spike.name)
        with settings.rig(
            2, record=[part.voltage for part in structure.compartments.values()]
        ) as rig:
            start = {
                compartment.voltage: np.stack(
                    np.broadcast_arrays(np.nan, threshold), axis=-1
                ),
                # As if it had been detected in the step before the first.
                spiketime: np.array([np.nan, rig.start - rig.dt]),
            }
            recording = rig.run(lasts, start=start)
    local, far = (
        recording.change(part.voltage)[..., 0, :] for part in (compartment, other)
    )
    amplitude, reached = local.max(axis=-1), far.max(axis=-1)
    late = np.arange(local.shape[-1]) > local.argmax(axis=-1)[..., np.newaxis]
    lowest = np.where(late, local, np.inf).min(axis=-1)
    return DendriticSpikeResponse(
        traces=Traces.of(recording, volt),
        points=settings.vary,
        amplitude=amplitude * volt,
        after=np.where(late.any(-1), lowest, np.nan) * volt,
        width=duration_above_half(local, amplitude, rig.dt) * second,
        reached=reached * volt,
        attenuation=reached / amplitude,
    )


def _default_duration(settings: MeasurementOptions, names: dict[str, str]) -> float:
    """Return the durations of the spike plus five time constants (second)."""
    values = settings.values
    spike = sum(
        np.max(np.asarray(values[names[symbol]], dtype=float))
        for symbol in ("duration_rise", "duration_fall", "offset_fall")
        if symbol in names and values[names[symbol]] is not None
    )
    return float(spike + 5 * slowest(settings.model, settings.vary))


def spike_of_event(structure: Structure, event: object) -> SpikeSite:
    """Return the dendritic spike of an event, and its compartment."""
    return look_up(event, structure.dendritic_spikes, "dendritic spike", "event")
