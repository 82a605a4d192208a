"""Summation of inputs in a dendrite: observed against expected responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError
from ..plasticity.short_term import ShortTermPlasticity
from ..rig.waveform import largest
from ..units import Spec
from .events import count
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

__all__ = ["DendriticIO", "dendritic_io"]

_NUMBER = Spec("1", "number of inputs", "positive")
_INTERVAL = Spec("second", "interval between two inputs", "nonnegative")

#: Default window of the peak after the last input, in sums of time constants.
_PEAKED = 5


@dataclass(frozen=True, eq=False, repr=False)
class DendriticIO(Measurement):
    """The response to several inputs against the sum of single responses.

    A single interval or number gives no axis. `traces` hold all voltages; the first
    stimulus is no input, the second a single input, then come all numbers at the first
    interval, at the second, ...

    Attributes
    ----------
    interval : Quantity, shape (intervals,)
        Interval between inputs (second).
    number : ndarray of int, shape (numbers,)
        Number of inputs.
    expected : Quantity, shape (*points, intervals, numbers)
        Largest deflection of the sum of single responses, shifted by the intervals
        (volt): the response of a linear dendrite.
    observed : Quantity, shape (*points, intervals, numbers)
        Largest deflection after all inputs (volt).
    gain : ndarray, shape (*points, intervals, numbers)
        `observed` over `expected`: above 1 where the dendrite is supralinear; NaN where
        the expected response is 0.
    dendritic_spikes : dict of str to ndarray of int
        Number of dendritic spikes within the window, by event, such as
        ``'spike_Na_dend'``; of shape ``(*points, intervals, numbers)``.
    at : str
        The compartment of the measurement.
    start : Quantity
        Arrival of the first input in `traces` (second).
    """

    at: str
    start: Quantity
    dendritic_spikes: Mapping[str, np.ndarray]
    interval: Quantity = measured("between inputs")
    number: np.ndarray = measured("of inputs")
    expected: Quantity = measured("sum of single responses")
    observed: Quantity = measured("response")
    gain: np.ndarray = measured("observed over expected")

    def _values(self) -> dict[str, Any]:
        values = {**super()._values(), **self.dendritic_spikes}
        if np.ndim(self.interval) and np.ndim(self.number):
            values["interval"] = self.interval[:, np.newaxis]
        return values

    def _draw(self, ax: Any) -> None:
        """Draw observed against expected responses, and the line of linear cells.

        Responses with dendritic spikes are marked.
        """
        from ..plotting.style import finish, line

        many = len(np.atleast_1d(self.number))
        expected, observed = (
            np.asarray(values).reshape(-1, many) * 1e3
            for values in (self.expected, self.observed)
        )
        spikes = np.zeros(observed.shape, dtype=int)
        for numbers in self.dendritic_spikes.values():
            spikes += numbers.reshape(observed.shape)
        texts = labels(self.points, {"interval": self.interval})
        ends = np.array([min(0, expected.min()), max(0, expected.max())])
        ax.plot(ends, ends, color="0.6", linewidth=1, label="linear", zorder=0)
        for index, (x, y) in enumerate(zip(expected, observed, strict=True)):
            style = line(index)
            ax.plot(x, y, marker="o", label=texts[index], **style)
            fires = spikes[index] > 0
            ax.plot(x[fires], y[fires], "*", color=style["color"], markersize=12)
        if spikes.any():
            ax.plot(
                [], [], "*", color="k", markersize=12, label="with dendritic spikes"
            )
        finish(
            ax,
            xlabel=f"expected deflection{at_where(self.at)} (mV)",
            ylabel="observed deflection (mV)",
        )


def dendritic_io(
    model: Model,
    receptor: str | Sequence[str],
    numbers: int | Sequence[int],
    at: str | None = None,
    interval: Quantity | Sequence[Quantity] = 0 * second,
    weight: float = 1,
    *,
    short_term: ShortTermPlasticity | None = None,
    duration: Quantity | None = None,
    **options: Any,
) -> DendriticIO:
    """Measure the summation of inputs: observed against expected responses.

    An input is one spike, through a synapse of its own.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    receptor : str or sequence of str
        A receptor, such as ``'AMPA_x_dend'``, or several receptors of one spike.
    numbers : int or sequence of int
        Numbers of inputs; several are measured at once.
    at : str, optional
        The compartment of the measurement; the soma by default.
    interval : Quantity or sequence of Quantity
        Interval between inputs (second), rounded to whole steps: 0 for synchronous
        inputs.
    weight : float
        Weight of the synapses.
    short_term : Depression or TsodyksMarkram, optional
        Short-term plasticity: a spike is the first of its synapse.
    duration : Quantity, optional
        Window of the peak after the last input (second). By default five times the sum
        of the longest time constant of a compartment and those of the slowest receptor;
        a linear response peaks within one.
    **options
        See `MeasurementOptions`.

    Returns
    -------
    DendriticIO
        Expected and observed responses, gain, and numbers of dendritic spikes.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, or the cell does not come to rest.

    References
    ----------
    Poirazi, Brannon & Mel (2003). Arithmetic of subthreshold synaptic summation in a
    model CA1 pyramidal cell. Neuron 37, 977. doi:10.1016/S0896-6273(03)00148-X

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import AMPA, NMDA, Dendrite, NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=20*pF, gl_abs=1*nS, v_rest=-70*mV)
    >>> dend.add(AMPA('x', g=0.2*nS, t_decay=3*ms), NMDA('x', g=1*nS, t_decay=50*ms))
    >>> model = NeuronModel([(soma, dend, 3*nS)])
    >>> both = 'AMPA_x_dend', 'NMDA_x_dend'
    >>> measure.dendritic_io(model, both, [1, 5, 10]).gain.round(2)
    array([1.  , 1.13, 1.44])
    """
    with measuring("dendritic_io", model, options) as settings:
        structure = settings.structure
        compartment = structure.compartment(at, "at")
        receptors = receptors_of(structure, receptor)
        counts, numbered = _whole(numbers)
        gaps, timed = listed(interval, _INTERVAL, "interval")
        strength = float(WEIGHT.check(weight, "weight"))
        lasts = window(settings, receptors, duration, _PEAKED)
        # Stimulus 2 + len(counts)*r + k: the number counts[k] at the interval gaps[r].
        spikes = [(1, 0, 0.0)] + [
            (2 + len(counts) * r + k, synapse, synapse * gap)
            for r, gap in enumerate(gaps)
            for k, number in enumerate(counts)
            for synapse in range(number)
        ]
        response = respond(
            settings,
            receptors,
            SpikeSchedule.of(spikes),
            np.array([0, *[strength] * (1 + len(counts) * len(gaps))]),
            (counts.max() - 1) * gaps.max() + lasts,
            short_term=short_term,
            events=model.event_names,
        )
    change = response.deflection(compartment.voltage)
    shape = (*change.shape[:-2], len(gaps), len(counts))
    several = [timed, numbered]

    expected, observed = np.empty(shape), np.empty(shape)
    responses = change[..., 2:, :].reshape(*shape, -1)
    for r, gap in enumerate(gaps):
        sums = _sums(change[..., 1, :], gap, response.dt, counts)
        for k, number in enumerate(counts):
            end = (number - 1) * gap + lasts
            expected[..., r, k] = largest(response.during(sums[number], 0, end))
            observed[..., r, k] = largest(
                response.during(responses[..., r, k, :], 0, end)
            )
    expected, observed = (
        without_axes(values, several) for values in (expected, observed)
    )
    return DendriticIO(
        traces=response.traces(),
        points=settings.vary,
        interval=without_axes(gaps, [timed]) * second,
        number=without_axes(counts, [numbered]),
        expected=expected * volt,
        observed=observed * volt,
        gain=ratio(observed, expected),
        dendritic_spikes={
            name: without_axes(count(times[..., 2:]).reshape(shape), several)
            for name, times in response.recording.events.items()
        },
        at=compartment.name,
        start=response.start,
    )


def _whole(numbers: Any) -> tuple[np.ndarray, bool]:
    """Return numbers of inputs, and whether the user gave a list."""
    if isinstance(numbers, range):
        numbers = list(numbers)
    values, several = listed(numbers, _NUMBER, "numbers")
    whole = np.round(values).astype(int)
    if np.any(whole != values):
        raise InvalidValueError(f"numbers: expected whole numbers, got {numbers!r}.")
    return whole, several


def _sums(
    single: np.ndarray, gap: float, dt: float, counts: np.ndarray
) -> dict[int, np.ndarray]:
    """Return sums of responses at an interval, by the number of responses."""
    total, sums = np.zeros_like(single), {}
    for index in range(counts.max()):
        shift = round(index * gap / dt)
        total[..., shift:] += single[..., : single.shape[-1] - shift]
        if index + 1 in counts:
            sums[index + 1] = total.copy()
    return sums
