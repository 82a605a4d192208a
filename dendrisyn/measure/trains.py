"""Responses to several spikes of one synapse: paired pulses and trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import msecond, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import UnitError
from ..plasticity.short_term import ShortTermPlasticity
from ..rig.waveform import largest
from ..units import Spec, positive_integer
from .options import measuring
from .results import Measurement, at_where, labels, measured
from .spike_schedule import (
    WEIGHT,
    SpikeSchedule,
    listed,
    ratio,
    receptors_of,
    respond,
    window,
    without_axes,
)

__all__ = ["PairedPulse", "Train", "paired_pulse", "train"]

_INTERVAL = Spec("second", "interval between two spikes", "positive")
_RATE = Spec("hertz", "rate of the spikes", "positive")

#: Default window of a peak, in sums of time constants. A linear response peaks within
#: one.
_PEAKED = 5


@dataclass(frozen=True, eq=False, repr=False)
class PairedPulse(Measurement):
    """The response to the second of two spikes, over that to the first.

    A single interval gives no axis of intervals. `traces` hold all voltages; the first
    stimulus is no spike, the second a single spike, the others are pairs.

    Attributes
    ----------
    interval : Quantity, shape (intervals,)
        Interval between the two spikes (second).
    ratio : ndarray, shape (*points, intervals)
        `second` over `first`; NaN where the first is 0.
    first : Quantity, shape (*points, intervals)
        Largest deflection after a single spike (volt).
    second : Quantity, shape (*points, intervals)
        Largest difference of the response to both spikes from the response to a single
        spike, after the second spike (volt).
    at : str
        The compartment of the measurement.
    start : Quantity
        Arrival of the first spike in `traces` (second).
    """

    at: str
    start: Quantity
    interval: Quantity = measured("between the spikes")
    ratio: np.ndarray = measured("second over first")
    first: Quantity = measured("response to a single spike")
    second: Quantity = measured("response added by the second spike")

    def _draw(self, ax: Any) -> None:
        """Draw the ratio against the interval."""
        from ..plotting.style import finish, line

        interval = np.atleast_1d(self.interval / msecond)
        ratios = np.asarray(self.ratio).reshape(-1, len(interval))
        texts = labels(self.points, {})
        ax.axhline(1, color="0.7", linewidth=1, zorder=0)
        for index, curve in enumerate(ratios):
            ax.plot(interval, curve, marker="o", label=texts[index], **line(index))
        finish(
            ax,
            xlabel="interval (ms)",
            ylabel=f"second over first response{at_where(self.at)}",
        )


def paired_pulse(
    model: Model,
    receptor: str | Sequence[str],
    intervals: Quantity | Sequence[Quantity],
    at: str | None = None,
    weight: float = 1,
    *,
    short_term: ShortTermPlasticity | None = None,
    duration: Quantity | None = None,
    **options: Any,
) -> PairedPulse:
    """Measure the paired-pulse ratio of one synapse at several intervals.

    The second response is the response added by the second spike: the response to a
    single spike is subtracted.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    receptor : str or sequence of str
        A receptor, such as ``'AMPA_x_dend'``, or several receptors of one spike.
    intervals : Quantity or sequence of Quantity
        Intervals between the spikes (second), rounded to whole steps; several are
        measured at once.
    at : str, optional
        The compartment of the measurement; the soma by default.
    weight : float
        Weight of the synapse.
    short_term : Depression or TsodyksMarkram, optional
        Short-term plasticity.
    duration : Quantity, optional
        Window of the peak after a spike (second). By default five times the sum of the
        longest time constant of a compartment and those of the slowest receptor; a
        linear response peaks within one.
    **options
        See `MeasurementOptions`.

    Returns
    -------
    PairedPulse
        Ratio, and both responses.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, an interval is shorter than a time step, or the cell
        does not come to rest.

    References
    ----------
    Zucker & Regehr (2002). Short-term synaptic plasticity. Annual Review of Physiology
    64, 355. doi:10.1146/annurev.physiol.64.092501.114547

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import AMPA, Depression, PointNeuronModel, measure
    >>> cell = PointNeuronModel(cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> cell.add(AMPA('x', g=0.1*nS, t_decay=3*ms))
    >>> rule = Depression(U=0.5, tau=100*ms)
    >>> found = measure.paired_pulse(cell, 'AMPA_x', [20, 200]*ms, short_term=rule)
    >>> found.ratio.round(2)
    array([0.59, 0.93])
    """
    with measuring("paired_pulse", model, options) as settings:
        structure = settings.structure
        compartment = structure.compartment(at, "at")
        receptors = receptors_of(structure, receptor)
        gaps, several = listed(intervals, _INTERVAL, "intervals")
        strength = float(WEIGHT.check(weight, "weight"))
        lasts = window(settings, receptors, duration, _PEAKED)
        # Stimulus 1 is a single spike, stimulus 2 + k a pair at the interval k.
        spikes = [(1 + index, 0, 0.0) for index in range(1 + len(gaps))]
        spikes += [(2 + index, 0, gap) for index, gap in enumerate(gaps)]
        response = respond(
            settings,
            receptors,
            SpikeSchedule.of(spikes),
            np.array([0, *[strength] * (1 + len(gaps))]),
            lasts + gaps.max(),
            short_term=short_term,
        )
    change = response.deflection(compartment.voltage)
    single = change[..., 1, :]
    first = np.empty((*single.shape[:-1], len(gaps)))
    second_ = np.empty_like(first)
    first[:] = largest(response.during(single, 0, lasts))[..., np.newaxis]
    for index, gap in enumerate(gaps):
        added = change[..., 2 + index, :] - single
        second_[..., index] = largest(response.during(added, gap, gap + lasts))
    first, second_ = (without_axes(values, [several]) for values in (first, second_))
    return PairedPulse(
        traces=response.traces(),
        points=settings.vary,
        interval=without_axes(gaps, [several]) * second,
        ratio=ratio(second_, first),
        first=first * volt,
        second=second_ * volt,
        at=compartment.name,
        start=response.start,
    )


@dataclass(frozen=True, eq=False, repr=False)
class Train(Measurement):
    """Responses to the spikes of a train.

    A single rate gives no axis of rates. `traces` hold all voltages; the first stimulus
    is no spike, then come trains of 1, 2, ... spikes at the first rate, at the second
    rate, ...

    Attributes
    ----------
    rate : Quantity, shape (rates,)
        Rate of the spikes (hertz).
    spike : ndarray of int, shape (number,)
        Number of the spike, from 1.
    amplitude : Quantity, shape (*points, rates, number)
        Largest deflection that a spike adds to the response to earlier spikes (volt).
    relative : ndarray, shape (*points, rates, number)
        Amplitude over that of the first spike.
    peak : Quantity, shape (*points, rates, number)
        Largest deflection from rest until the next spike, or within the window after
        the last spike (volt): with summation.
    summation : ndarray, shape (*points, rates)
        Largest deflection of the train over that of its first spike alone.
    steady_state : ndarray, shape (*points, rates)
        Amplitude of the last spike over that of the first.
    at : str
        The compartment of the measurement.
    start : Quantity
        Arrival of the first spike in `traces` (second).
    """

    at: str
    start: Quantity
    summation: np.ndarray
    steady_state: np.ndarray
    rate: Quantity = measured("of the spikes")
    spike: np.ndarray = measured("number of the spike")
    amplitude: Quantity = measured("response added by a spike")
    relative: np.ndarray = measured("over that of the first spike")
    peak: Quantity = measured("largest deflection until the next spike")

    def _values(self) -> dict[str, Any]:
        return {**super()._values(), "rate": self.rate[..., np.newaxis]}

    def _draw(self, ax: Any) -> None:
        """Draw the amplitudes over that of the first spike."""
        from ..plotting.style import finish, line

        texts = labels(self.points, {"": self.rate})
        ax.axhline(1, color="0.7", linewidth=1, zorder=0)
        for index, curve in enumerate(self.relative.reshape(-1, len(self.spike))):
            ax.plot(self.spike, curve, marker="o", label=texts[index], **line(index))
        finish(
            ax,
            xlabel="spike",
            ylabel=f"response{at_where(self.at)} over that to the first",
        )


def train(
    model: Model,
    receptor: str | Sequence[str],
    rate: Quantity | Sequence[Quantity],
    number: int = 10,
    at: str | None = None,
    weight: float = 1,
    *,
    short_term: ShortTermPlasticity | None = None,
    duration: Quantity | None = None,
    **options: Any,
) -> Train:
    """Measure the responses to the spikes of regular trains, at several rates.

    The response to a spike is the response that it adds: the response to the earlier
    spikes, measured in other neurons, is subtracted.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    receptor : str or sequence of str
        A receptor, such as ``'AMPA_x_dend'``, or several receptors of one spike.
    rate : Quantity or sequence of Quantity
        Rates of the trains (hertz); spike times are rounded to whole steps. Several are
        measured at once.
    number : int
        Number of spikes.
    at : str, optional
        The compartment of the measurement; the soma by default.
    weight : float
        Weight of the synapse.
    short_term : Depression or TsodyksMarkram, optional
        Short-term plasticity.
    duration : Quantity, optional
        Window of the peak after a spike (second); see `paired_pulse`.
    **options
        See `MeasurementOptions`.

    Returns
    -------
    Train
        Amplitudes, peaks, summation and steady state.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, two spikes arrive in one step, or the cell does not
        come to rest.

    References
    ----------
    Zucker & Regehr (2002). Short-term synaptic plasticity. Annual Review of Physiology
    64, 355. doi:10.1146/annurev.physiol.64.092501.114547

    Examples
    --------
    >>> from brian2 import Hz, ms, mV, nS, pF
    >>> from dendrisyn import AMPA, Depression, PointNeuronModel, measure
    >>> cell = PointNeuronModel(cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> cell.add(AMPA('x', g=0.1*nS, t_decay=3*ms))
    >>> rule = Depression(U=0.5, tau=100*ms)
    >>> measure.train(cell, 'AMPA_x', 50*Hz, 5, short_term=rule).relative.round(2)
    array([1.  , 0.59, 0.42, 0.35, 0.33])
    """
    with measuring("train", model, options) as settings:
        structure = settings.structure
        compartment = structure.compartment(at, "at")
        receptors = receptors_of(structure, receptor)
        rates, several = listed(rate, _RATE, "rate")
        many = positive_integer(number, "number", wrong_type=UnitError)
        strength = float(WEIGHT.check(weight, "weight"))
        lasts = window(settings, receptors, duration, _PEAKED)
        gaps = 1 / rates
        # Stimulus 1 + many*r + k has the first k + 1 spikes of the train of rate r.
        spikes = [
            (1 + many * r + k, 0, spike * gap)
            for r, gap in enumerate(gaps)
            for k in range(many)
            for spike in range(k + 1)
        ]
        response = respond(
            settings,
            receptors,
            SpikeSchedule.of(spikes),
            np.array([0, *[strength] * (many * len(rates))]),
            lasts + (many - 1) * gaps.max(),
            short_term=short_term,
        )
    change = response.deflection(compartment.voltage)
    trains = change[..., 1:, :].reshape(*change.shape[:-2], len(rates), many, -1)
    # Responses added by the last spikes to the trains without them.
    added = np.diff(trains, axis=-2, prepend=0)
    amplitude, peak = (np.empty(trains.shape[:-1]) for _ in range(2))
    for r, gap in enumerate(gaps):
        for k in range(many):
            start, end = k * gap, k * gap + lasts
            amplitude[..., r, k] = largest(
                response.during(added[..., r, k, :], start, end)
            )
            if k < many - 1:
                end = min(end, (k + 1) * gap)
            peak[..., r, k] = largest(response.during(trains[..., r, k, :], start, end))
    amplitude, peak = (
        without_axes(values, [several, True]) for values in (amplitude, peak)
    )
    summed = np.take_along_axis(
        peak, np.abs(peak).argmax(axis=-1)[..., np.newaxis], axis=-1
    )[..., 0]
    return Train(
        traces=response.traces(),
        points=settings.vary,
        rate=without_axes(rates, [several]) / second,
        spike=np.arange(1, many + 1),
        amplitude=amplitude * volt,
        relative=ratio(amplitude, amplitude[..., :1]),
        peak=peak * volt,
        summation=ratio(summed, amplitude[..., 0]),
        steady_state=ratio(amplitude[..., -1], amplitude[..., 0]),
        at=compartment.name,
        start=response.start,
    )
