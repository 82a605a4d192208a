"""How inputs to a dendrite add up: the response to several against that to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, located
from ..plasticity.short_term import ShortTermPlasticity
from ..rig.waveform import largest
from ..units import Spec
from .drawing import at_where, labels
from .options import MeasurementOptions
from .results import Measurement, measured
from .spike_schedule import (
    WEIGHT,
    SpikeSchedule,
    listed,
    over,
    receptors_of,
    respond,
    window,
    without_axes,
)

__all__ = ["DendriticIO", "dendritic_io"]

_NUMBER = Spec("1", "number of inputs", "positive")
_INTERVAL = Spec("second", "interval between two inputs", "nonnegative")

#: How many sums of time constants after the last input the peak is looked for.
_PEAKED = 5


@dataclass(frozen=True, eq=False, repr=False)
class DendriticIO(Measurement):
    """The response to several inputs against the sum of the responses to each.

    Without an axis of intervals or numbers if one of them was given.

    Attributes
    ----------
    interval : Quantity, shape (intervals,)
        Between one input and the next (second).
    number : ndarray of int, shape (numbers,)
        How many inputs.
    expected : Quantity, shape (*points, intervals, numbers)
        The largest deflection of the sum of so many responses to one input, each at its
        time (volt): what a linear dendrite does.
    observed : Quantity, shape (*points, intervals, numbers)
        The largest deflection after so many inputs (volt).
    gain : ndarray, shape (*points, intervals, numbers)
        `observed` over `expected`: above 1 where the dendrite is supralinear; NaN where
        nothing is expected.
    dendritic_spikes : dict of str to ndarray of int
        How many there were within the window, by event, such as ``'spike_Na_dend'``;
        each of shape (*points, intervals, numbers).
    at : str
        Where it was measured.
    start : Quantity
        When the first input arrives, in the time of the traces (second).
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
            np.asarray(each).reshape(-1, many) * 1e3
            for each in (self.expected, self.observed)
        )
        spikes = np.zeros(observed.shape, dtype=int)
        for each in self.dendritic_spikes.values():
            spikes += each.reshape(observed.shape)
        texts = labels(self.points, {"interval": self.interval})
        ends = np.array([min(0, expected.min()), max(0, expected.max())])
        ax.plot(ends, ends, color="0.6", linewidth=1, label="linear", zorder=0)
        for index, (one, other) in enumerate(zip(expected, observed, strict=True)):
            style = line(index)
            ax.plot(one, other, marker="o", label=texts[index], **style)
            fires = spikes[index] > 0
            ax.plot(one[fires], other[fires], "*", color=style["color"], markersize=12)
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
    **conditions: Any,
) -> DendriticIO:
    """Measure how inputs add up: the response to several against that to each.

    Each input is one spike, through a synapse of its own.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    receptor : str or sequence of str
        A receptor, such as ``'AMPA_x_dend'``, or several that each input reaches.
    numbers : int or sequence of int
        How many inputs; all of several are measured at once.
    at : str, optional
        The compartment where it is measured; the soma if left out.
    interval : Quantity or sequence of Quantity
        From one input to the next (second), rounded to whole steps: 0 for all at once.
    weight : float
        The weight of each synapse.
    short_term : Depression or TsodyksMarkram, optional
        Short-term plasticity: each spike is the first of its synapse.
    duration : Quantity, optional
        How long after the last input the peak is looked for (second). Left out, five
        times the sum of the longest time constant of a compartment and those of the
        slowest receptor; a linear response peaks within one.
    **conditions
        `vary`, `dt`, `target`, `progress` and what `make_neurongroup` takes; see
        `MeasurementOptions`. Without a threshold, the soma does not spike.

    Returns
    -------
    DendriticIO
        `interval`, `number`, `expected`, `observed`, `gain`, `dendritic_spikes`,
        `traces` (all voltages; the first stimulus is no input, the second a single one,
        then come all numbers at the first interval, at the second, ...).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, or the cell does not come to rest by itself.

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
    >>> dend.add(AMPA('x', g=.2*nS, t_decay=3*ms), NMDA('x', g=1*nS, t_decay=50*ms))
    >>> model = NeuronModel([(soma, dend, 3*nS)])
    >>> both = 'AMPA_x_dend', 'NMDA_x_dend'
    >>> measure.dendritic_io(model, both, [1, 5, 10]).gain.round(2)
    array([1.  , 1.13, 1.44])
    """
    title = "dendritic_io"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        where = structure.compartment(at, "at").name
        names = receptors_of(structure, receptor)
        counts, numbered = _whole(numbers)
        gaps, timed = listed(interval, _INTERVAL, "interval")
        strength = float(WEIGHT.check(weight, "weight"))
        lasts = window(model, names, known, duration, _PEAKED)
        latest = (counts.max() - 1) * gaps.max()
        # stimulus 2 + len(counts)*r + k: the number counts[k] at the interval gaps[r]
        spikes = [(1, 0, 0.0)] + [
            (2 + len(counts) * r + k, each, each * gap)
            for r, gap in enumerate(gaps)
            for k, number in enumerate(counts)
            for each in range(number)
        ]
        response = respond(
            model,
            names,
            known,
            SpikeSchedule.of(spikes),
            np.array([0, *[strength] * (1 + len(counts) * len(gaps))]),
            latest + lasts,
            short_term=short_term,
            events=model.event_names,
        )
    moved = response.deflection(structure.compartments[where].voltage)
    shape = (*moved.shape[:-2], len(gaps), len(counts))
    several = [timed, numbered]

    expected, observed = np.empty(shape), np.empty(shape)
    responses = moved[..., 2:, :].reshape(*shape, -1)
    for r, gap in enumerate(gaps):
        sums = _sums(moved[..., 1, :], gap, response.dt, counts)
        for k, number in enumerate(counts):
            end = (number - 1) * gap + lasts
            expected[..., r, k] = largest(response.during(sums[number], 0, end))
            observed[..., r, k] = largest(
                response.during(responses[..., r, k, :], 0, end)
            )
    expected, observed = (without_axes(each, several) for each in (expected, observed))
    return DendriticIO(
        traces=response.traces(),
        points=known.vary,
        interval=without_axes(gaps, [timed]) * second,
        number=without_axes(counts, [numbered]),
        expected=expected * volt,
        observed=observed * volt,
        gain=over(observed, expected),
        dendritic_spikes={
            name: without_axes(_numbers(each[..., 2:]).reshape(shape), several)
            for name, each in response.found.events.items()
        },
        at=where,
        start=response.start,
    )


def _whole(given: Any) -> tuple[np.ndarray, bool]:
    """Return numbers of inputs, and whether several could be given."""
    if isinstance(given, range):
        given = list(given)
    numbers, several = listed(given, _NUMBER, "numbers")
    whole = np.round(numbers).astype(int)
    if np.any(whole != numbers):
        raise InvalidValueError(f"numbers: expected whole numbers, got {given!r}.")
    return whole, several


def _sums(
    single: np.ndarray, gap: float, dt: float, counts: np.ndarray
) -> dict[int, np.ndarray]:
    """Return sums of responses, each later than the one before, for each count."""
    total, sums = np.zeros_like(single), {}
    for each in range(counts.max()):
        shift = round(each * gap / dt)
        total[..., shift:] += single[..., : single.shape[-1] - shift]
        if each + 1 in counts:
            sums[each + 1] = total.copy()
    return sums


def _numbers(events: np.ndarray) -> np.ndarray:
    """Return how many events each neuron had."""
    return np.array([len(each) for each in events.ravel()], dtype=int)
