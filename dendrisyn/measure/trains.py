"""What a spike does after other spikes: paired pulses and trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import msecond, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import located
from ..plasticity.short_term import ShortTermPlasticity
from ..rig.waveform import largest
from ..units import Spec
from .drawing import at_where, labels
from .options import MeasurementOptions
from .results import Measurement, measured
from .spike_schedule import (
    WEIGHT,
    SpikeSchedule,
    counted,
    listed,
    over,
    receptors_of,
    respond,
    window,
    without_axes,
)

__all__ = ["PairedPulse", "Train", "paired_pulse", "train"]

_INTERVAL = Spec("second", "interval between two spikes", "positive")
_RATE = Spec("hertz", "rate of the spikes", "positive")

#: How many sums of time constants after a spike its peak is looked for. That of a
#: linear response comes within one.
_PEAKED = 5


@dataclass(frozen=True, eq=False, repr=False)
class PairedPulse(Measurement):
    """The response to the second of two spikes, over that to the first.

    Without an axis of intervals if one interval was given.

    Attributes
    ----------
    interval : Quantity, shape (intervals,)
        Between the two spikes (second).
    ratio : ndarray, shape (*points, intervals)
        `second` over `first`; NaN where the first is 0.
    first : Quantity, shape (*points, intervals)
        The largest deflection after a single spike (volt).
    second : Quantity, shape (*points, intervals)
        The largest, after the second spike, of what it adds to the response to a
        single one (volt).
    at : str
        Where it was measured.
    start : Quantity
        When the first spike arrives, in the time of the traces (second).
    """

    at: str
    start: Quantity
    interval: Quantity = measured("between the spikes")
    ratio: np.ndarray = measured("second over first")
    first: Quantity = measured("response to a single spike")
    second: Quantity = measured("what the second spike adds")

    def _draw(self, ax: Any) -> None:
        """Draw the ratio against the interval."""
        from ..plotting.style import finish, line

        interval = np.atleast_1d(self.interval / msecond)
        ratios = np.asarray(self.ratio).reshape(-1, len(interval))
        texts = labels(self.points, {})
        ax.axhline(1, color="0.7", linewidth=1, zorder=0)
        for index, each in enumerate(ratios):
            ax.plot(interval, each, marker="o", label=texts[index], **line(index))
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
    **conditions: Any,
) -> PairedPulse:
    """Measure the paired-pulse ratio: two spikes of one synapse, at each interval.

    The second response is what the second spike adds: the response to a single spike
    is subtracted.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    receptor : str or sequence of str
        A receptor, such as ``'AMPA_x_dend'``, or several that each spike reaches.
    intervals : Quantity or sequence of Quantity
        Between the spikes (second), rounded to whole steps; all of several are
        measured at once.
    at : str, optional
        The compartment where it is measured; the soma if left out.
    weight : float
        The weight of the synapse.
    short_term : Depression or TsodyksMarkram, optional
        Short-term plasticity.
    duration : Quantity, optional
        How long after a spike its peak is looked for (second). Left out, five times
        the sum of the longest time constant of a compartment and those of the slowest
        receptor; a linear response peaks within one.
    **conditions
        `vary`, `dt`, `target`, `progress` and what `make_neurongroup` takes; see
        `MeasurementOptions`.

    Returns
    -------
    PairedPulse
        `interval`, `ratio`, `first`, `second`, `traces` (all voltages; the first
        stimulus is no spike, the second a single one, the others are pairs).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, an interval is shorter than a step, or the cell does
        not come to rest by itself.

    References
    ----------
    Zucker & Regehr (2002). Short-term synaptic plasticity. Annual Review of Physiology
    64, 355. doi:10.1146/annurev.physiol.64.092501.114547

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import AMPA, Depression, PointNeuronModel, measure
    >>> cell = PointNeuronModel(cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> cell.add(AMPA('x', g=.1*nS, t_decay=3*ms))
    >>> rule = Depression(U=.5, tau=100*ms)
    >>> found = measure.paired_pulse(cell, 'AMPA_x', [20, 200]*ms, short_term=rule)
    >>> found.ratio.round(2)
    array([0.59, 0.93])
    """
    title = "paired_pulse"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        where = structure.compartment(at, "at").name
        names = receptors_of(structure, receptor)
        gaps, several = listed(intervals, _INTERVAL, "intervals")
        strength = float(WEIGHT.check(weight, "weight"))
        lasts = window(model, names, known, duration, _PEAKED)
        pairs = range(len(gaps))
        response = respond(
            model,
            names,
            known,
            SpikeSchedule.of(
                [
                    *[(1 + index, 0, 0) for index in range(1 + len(gaps))],
                    *[(2 + index, 0, gaps[index]) for index in pairs],
                ]
            ),
            np.array([0, *[strength] * (1 + len(gaps))]),
            lasts + gaps.max(),
            short_term=short_term,
        )
    moved = response.deflection(structure.compartments[where].voltage)
    single = moved[..., 1, :]
    first = np.empty((*single.shape[:-1], len(gaps)))
    second_ = np.empty_like(first)
    first[:] = largest(response.during(single, 0, lasts))[..., np.newaxis]
    for index, gap in enumerate(gaps):
        added = moved[..., 2 + index, :] - single
        second_[..., index] = largest(response.during(added, gap, gap + lasts))
    first, second_ = (without_axes(each, [several]) for each in (first, second_))
    return PairedPulse(
        traces=response.traces(),
        points=known.vary,
        interval=without_axes(gaps, [several]) * second,
        ratio=over(second_, first),
        first=first * volt,
        second=second_ * volt,
        at=where,
        start=response.start,
    )


@dataclass(frozen=True, eq=False, repr=False)
class Train(Measurement):
    """The response to each spike of a train.

    Without an axis of rates if one rate was given.

    Attributes
    ----------
    rate : Quantity, shape (rates,)
        Of the spikes (hertz).
    spike : ndarray of int, shape (number,)
        Counts the spikes from 1.
    amplitude : Quantity, shape (*points, rates, number)
        The largest of what a spike adds to the response to those before it (volt).
    relative : ndarray, shape (*points, rates, number)
        The amplitude over that of the first spike.
    peak : Quantity, shape (*points, rates, number)
        The largest deflection from rest between a spike and the next, or within the
        window after the last (volt): with summation.
    summation : ndarray, shape (*points, rates)
        The largest deflection of the train over that of its first spike alone.
    steady_state : ndarray, shape (*points, rates)
        The amplitude of the last spike over that of the first.
    at : str
        Where it was measured.
    start : Quantity
        When the first spike arrives, in the time of the traces (second).
    """

    at: str
    start: Quantity
    summation: np.ndarray
    steady_state: np.ndarray
    rate: Quantity = measured("of the spikes")
    spike: np.ndarray = measured("which")
    amplitude: Quantity = measured("what a spike adds")
    relative: np.ndarray = measured("over that of the first spike")
    peak: Quantity = measured("largest deflection until the next spike")

    def _values(self) -> dict[str, Any]:
        return {**super()._values(), "rate": self.rate[..., np.newaxis]}

    def _draw(self, ax: Any) -> None:
        """Draw the amplitude of each spike over that of the first."""
        from ..plotting.style import finish, line

        texts = labels(self.points, {"": self.rate})
        ax.axhline(1, color="0.7", linewidth=1, zorder=0)
        for index, each in enumerate(self.relative.reshape(-1, len(self.spike))):
            ax.plot(self.spike, each, marker="o", label=texts[index], **line(index))
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
    **conditions: Any,
) -> Train:
    """Measure the response to each spike of a regular train, at each rate.

    The response to a spike is what it adds: the response to the spikes before it is
    subtracted, which is measured as well, in neurons that get no more than these.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    receptor : str or sequence of str
        A receptor, such as ``'AMPA_x_dend'``, or several that each spike reaches.
    rate : Quantity or sequence of Quantity
        Of the spikes (hertz), each of which is rounded to a whole step; all of several
        are measured at once.
    number : int
        How many spikes.
    at : str, optional
        The compartment where it is measured; the soma if left out.
    weight : float
        The weight of the synapse.
    short_term : Depression or TsodyksMarkram, optional
        Short-term plasticity.
    duration : Quantity, optional
        How long after a spike its peak is looked for (second); see `paired_pulse`.
    **conditions
        `vary`, `dt`, `target`, `progress` and what `make_neurongroup` takes; see
        `MeasurementOptions`.

    Returns
    -------
    Train
        `amplitude`, `relative`, `peak`, `summation`, `steady_state`, `traces` (all
        voltages; the first stimulus is no spike, then come trains of 1, 2, ... spikes
        at the first rate, at the second rate, ...).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, two spikes come in one step, or the cell does not come
        to rest by itself.

    References
    ----------
    Zucker & Regehr (2002). Short-term synaptic plasticity. Annual Review of Physiology
    64, 355. doi:10.1146/annurev.physiol.64.092501.114547

    Examples
    --------
    >>> from brian2 import Hz, ms, mV, nS, pF
    >>> from dendrisyn import AMPA, Depression, PointNeuronModel, measure
    >>> cell = PointNeuronModel(cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> cell.add(AMPA('x', g=.1*nS, t_decay=3*ms))
    >>> rule = Depression(U=.5, tau=100*ms)
    >>> measure.train(cell, 'AMPA_x', 50*Hz, 5, short_term=rule).relative.round(2)
    array([1.  , 0.59, 0.42, 0.35, 0.33])
    """
    title = "train"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        where = structure.compartment(at, "at").name
        names = receptors_of(structure, receptor)
        rates, several = listed(rate, _RATE, "rate")
        many = counted(number, "number")
        strength = float(WEIGHT.check(weight, "weight"))
        lasts = window(model, names, known, duration, _PEAKED)
        gaps = 1 / rates
        # stimulus 1 + many*r + k has the first k + 1 spikes of the train of rate r
        spikes = [
            (1 + many * r + k, 0, spike * gap)
            for r, gap in enumerate(gaps)
            for k in range(many)
            for spike in range(k + 1)
        ]
        response = respond(
            model,
            names,
            known,
            SpikeSchedule.of(spikes),
            np.array([0, *[strength] * (many * len(rates))]),
            lasts + (many - 1) * gaps.max(),
            short_term=short_term,
        )
    moved = response.deflection(structure.compartments[where].voltage)
    trains = moved[..., 1:, :].reshape(
        *moved.shape[:-2], len(rates), many, moved.shape[-1]
    )
    # what the last spike of each adds to the train without it
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
        without_axes(each, [several, True]) for each in (amplitude, peak)
    )
    summed = np.take_along_axis(
        peak, np.abs(peak).argmax(axis=-1)[..., np.newaxis], axis=-1
    )[..., 0]
    return Train(
        traces=response.traces(),
        points=known.vary,
        rate=without_axes(rates, [several]) / second,
        spike=np.arange(1, many + 1),
        amplitude=amplitude * volt,
        relative=over(amplitude, amplitude[..., :1]),
        peak=peak * volt,
        summation=over(summed, amplitude[..., 0]),
        steady_state=over(amplitude[..., -1], amplitude[..., 0]),
        at=where,
        start=response.start,
    )
