"""What a cell does when spikes arrive at its receptors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from brian2.units.allunits import amp, hertz, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.structure import Structure
from ..errors import InvalidValueError, UnitError
from ..names import SynapseNames, as_names
from ..rig.rig import Input, Recording, open_rig
from ..rig.steady import slowest
from ..units import Spec, array_of
from .options import DURATION, MeasurementOptions
from .results import Traces

__all__ = [
    "WEIGHT",
    "Response",
    "SpikeSchedule",
    "counted",
    "listed",
    "over",
    "receptors_of",
    "respond",
    "window",
    "without_axes",
]

#: Where the first spike arrives: a short baseline, for the eye.
_BASELINE = 1e-3  # s
#: The longest window that is chosen by itself. That of a GABA-B receptor would be
#: longer, but its gate is the fourth power of what decays so slowly.
_LONGEST = 3.0  # s
WEIGHT = Spec("1", "weight")


@dataclass(frozen=True)
class SpikeSchedule:
    """Spikes by stimulus: the first stimulus has none that count.

    Attributes
    ----------
    stimulus, synapse : ndarray of int, shape (spikes,)
        To which stimulus a spike belongs, and by which of its synapses it comes.
    time : ndarray, shape (spikes,)
        When it arrives, after the first (second).
    """

    stimulus: np.ndarray
    synapse: np.ndarray
    time: np.ndarray

    @classmethod
    def of(cls, spikes: Sequence[tuple[int, int, float]]) -> SpikeSchedule:
        """Return these spikes: stimulus, synapse and time of each."""
        stimulus, synapse, time = zip(*spikes, strict=True)
        return cls(np.array(stimulus), np.array(synapse), np.array(time, dtype=float))

    def check(self, dt: float) -> None:
        """Raise if a synapse gets two spikes in one step."""
        step = np.round(self.time / dt).astype(int)
        spikes = np.stack([self.stimulus, self.synapse, step])
        if len(np.unique(spikes, axis=1).T) < len(step):
            raise InvalidValueError(
                f"two spikes arrive at one synapse in one step of {dt * 1e3:g} ms. "
                "Give a shorter dt, or spikes further apart."
            )


@dataclass(frozen=True)
class Response:
    """What was recorded.

    Attributes
    ----------
    found : Recording
        All of it.
    onset : int
        The sample in which the first spike has just arrived.
    dt : float
        Time between samples (second).
    """

    found: Recording
    onset: int
    dt: float

    def deflection(self, name: str) -> np.ndarray:
        """Return by how much a variable differs from that of the first stimulus.

        From the first spike on; shape (*points, stimuli, samples).
        """
        values = self.found.values[name][..., self.onset :]
        return values - values[..., :1, :]

    def during(self, values: np.ndarray, start: float, end: float) -> np.ndarray:
        """Return samples between two times after the first spike, both included."""
        first, last = round(start / self.dt), round(end / self.dt)
        return values[..., first : last + 1]

    def traces(self) -> Traces:
        """Return all that was recorded, with units."""
        values = {
            name: each * (amp if name.startswith("I_") else volt)
            for name, each in self.found.values.items()
        }
        return Traces(self.found.t * second, values)

    @property
    def start(self) -> Quantity:
        """When the first spike arrives (second)."""
        return self.found.t[self.onset] * second


def respond(
    model: Model,
    receptors: tuple[str, ...],
    known: MeasurementOptions,
    arrivals: SpikeSchedule,
    weights: Any,
    lasts: float,
    *,
    short_term: Any = None,
    currents: Sequence[str] = (),
    events: Sequence[str] = (),
) -> Response:
    """Return what a cell does when spikes arrive.

    Parameters
    ----------
    model, receptors, known
        The cell, its receptors that each spike reaches, and how it is measured.
    arrivals : Arrivals
        When spikes arrive.
    weights : ndarray, shape (stimuli,)
        The weight of the synapses of each stimulus.
    lasts : float
        How long it is recorded after the first spike (second).
    short_term : ShortTermPlasticity, optional
        Short-term plasticity.
    currents, events : sequence of str
        What is recorded besides voltages.
    """
    projection = {} if short_term is None else {"short_term": short_term}
    model.projection(*receptors, **projection)  # what is wrong is told before all else

    def onset(dt: float) -> int:
        return max(2, round(_BASELINE / dt))

    def inputs(dt: float) -> list[Input]:
        arrivals.check(dt)
        times = (onset(dt) + np.round(arrivals.time / dt)) * dt
        return [
            Input(receptors, arrivals.stimulus, arrivals.synapse, times, projection)
        ]

    structure = model.structure
    voltages = [each.voltage for each in structure.compartments.values()]
    with open_rig(
        model,
        len(weights),
        known,
        inputs=inputs,
        record=[*voltages, *currents],
        events=list(events),
    ) as rig:
        first, dt = onset(rig.dt), rig.dt
        steps = max(round(lasts / dt), 4)
        found = rig.run((first + steps) * dt, weights=[weights])
    return Response(found, first, dt)


def window(
    model: Model,
    receptors: Sequence[str],
    known: MeasurementOptions,
    given: Quantity | None,
    times: float,
) -> float:
    """Return how long a response is looked at (second).

    Parameters
    ----------
    model, receptors, known
        The cell, its receptors, and how it is measured.
    given : Quantity, optional
        What the user wants.
    times : float
        Otherwise, how often the sum of the membrane's longest time constant and all
        those of the slowest receptor; at most 3 s.
    """
    if given is not None:
        return float(DURATION.check(given, "duration"))
    values = {**model.parameters, **known.vary}
    receptor = max((_lasting(model, each, values) for each in receptors), default=0.0)
    return min(times * (slowest(model, known.vary) + receptor), _LONGEST)


def _lasting(model: Model, name: str, values: Mapping[str, Any]) -> float:
    """Return the sum of the time constants of a receptor, rates being inverse ones."""
    total = 0.0
    synapse, names = model.structure.receptors[name]
    own = SynapseNames(names, synapse.channel, synapse.tag)
    for each, parameter in synapse.kinetics.fragment(own).parameters.items():
        value = np.asarray(values.get(each, 0), dtype=object)
        if value.item(0) is None:
            continue  # what is missing is reported when the group is made
        numbers = np.asarray(value, dtype=float)
        if parameter.spec.dimensions is second.dim:
            total += float(numbers.max())
        elif parameter.spec.dimensions is hertz.dim and numbers.min() > 0:
            total += 1 / float(numbers.min())
    return total


def receptors_of(structure: Structure, given: str | Sequence[str]) -> tuple[str, ...]:
    """Return names of receptors that exist."""
    names = as_names(given, "receptor")
    for name in names:
        structure.receptor(name, "receptor")
    return names


def listed(given: Any, spec: Spec, where: str) -> tuple[np.ndarray, bool]:
    """Return values as an array of one axis, and whether several could be given."""
    values = array_of(given, spec, where)
    return np.atleast_1d(np.asarray(values, dtype=float)), bool(np.ndim(values))


def without_axes(values: np.ndarray, several: Sequence[bool]) -> np.ndarray:
    """Return values without those of the last axes that the user did not ask for."""
    axes = len(several)
    return values.squeeze(
        axis=tuple(index - axes for index in range(axes) if not several[index])
    )


def counted(given: Any, where: str) -> int:
    """Return a number of things, at least one."""
    if isinstance(given, bool) or not isinstance(given, (Integral, np.integer)):
        raise UnitError(f"{where}: expected a whole number, got {given!r}.")
    if given < 1:
        raise InvalidValueError(f"{where}: must be at least 1, got {given}.")
    return int(given)


def over(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return a ratio, NaN over 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(other == 0, np.nan, one / other)
