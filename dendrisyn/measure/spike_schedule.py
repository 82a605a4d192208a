"""Responses of a cell to spikes at its receptors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import amp, hertz, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.structure import Structure
from ..connections.model_interface import Receptor
from ..errors import InvalidValueError
from ..names import SynapseNames, as_names
from ..rig.experiment import Input, Recording
from ..rig.steady import slowest
from ..units import Spec, array_of
from .options import DURATION, MeasurementOptions
from .results import Traces

__all__ = [
    "WEIGHT",
    "Response",
    "SpikeSchedule",
    "listed",
    "ratio",
    "receptors_of",
    "respond",
    "window",
    "without_axes",
]

#: Arrival of the first spike: a short baseline, for plots.
_BASELINE = 1e-3  # s
#: Longest default window. That of a GABA-B receptor would be longer, but its gate is
#: the fourth power of a slowly decaying variable.
_LONGEST = 3.0  # s
WEIGHT = Spec("1", "weight")


@dataclass(frozen=True)
class SpikeSchedule:
    """Stimuli, synapses and times (second, after the first) of spikes."""

    stimulus: np.ndarray
    synapse: np.ndarray
    time: np.ndarray

    @classmethod
    def of(cls, spikes: Sequence[tuple[int, int, float]]) -> SpikeSchedule:
        """Return the schedule of spikes: tuples of stimulus, synapse and time."""
        stimulus, synapse, time = zip(*spikes, strict=True)
        return cls(np.array(stimulus), np.array(synapse), np.array(time, dtype=float))

    def check(self, dt: float) -> None:
        """Raise an error if a synapse gets two spikes in one time step."""
        step = np.round(self.time / dt).astype(int)
        spikes = np.stack([self.stimulus, self.synapse, step])
        if len(np.unique(spikes, axis=1).T) < len(step):
            raise InvalidValueError(
                f"two spikes arrive at one synapse in one step of {dt * 1e3:g} ms. "
                "Give a shorter dt, or longer intervals between spikes."
            )


@dataclass(frozen=True)
class Response:
    """Recording of a response to spikes."""

    recording: Recording
    onset: int  # sample at the arrival of the first spike
    dt: float

    def deflection(self, name: str) -> np.ndarray:
        """Return the change relative to the control, from the first spike on.

        Shape (*points, stimuli, samples).
        """
        values = self.recording.values[name][..., self.onset :]
        return values - values[..., :1, :]

    def during(self, values: np.ndarray, start: float, end: float) -> np.ndarray:
        """Return samples between two times after the first spike, both included."""
        first, last = round(start / self.dt), round(end / self.dt)
        return values[..., first : last + 1]

    def traces(self) -> Traces:
        """Return the recorded variables with units."""
        values = {
            name: plain * (amp if name.startswith("I_") else volt)
            for name, plain in self.recording.values.items()
        }
        return Traces(self.recording.t * second, values)

    @property
    def start(self) -> Quantity:
        """Arrival time of the first spike (second)."""
        return self.recording.t[self.onset] * second


def respond(
    options: MeasurementOptions,
    receptors: tuple[str, ...],
    schedule: SpikeSchedule,
    weights: np.ndarray,
    duration: float,
    *,
    short_term: Any = None,
    currents: Sequence[str] = (),
    events: Sequence[str] = (),
) -> Response:
    """Return the response of a cell to spikes that reach all of *receptors*.

    The weights are those of the stimuli; the recording ends a duration (second) after
    the first spike.
    """
    projection = {} if short_term is None else {"short_term": short_term}
    # Wrong arguments of the projection are reported before all other problems.
    options.model.projection(*receptors, **projection)

    def onset(dt: float) -> int:
        return max(2, round(_BASELINE / dt))

    def inputs(dt: float) -> list[Input]:
        schedule.check(dt)
        times = (onset(dt) + np.round(schedule.time / dt)) * dt
        return [
            Input(receptors, schedule.stimulus, schedule.synapse, times, projection)
        ]

    voltages = [part.voltage for part in options.structure.compartments.values()]
    with options.rig(
        len(weights),
        inputs=inputs,
        record=[*voltages, *currents],
        events=list(events),
    ) as rig:
        first, dt = onset(rig.dt), rig.dt
        steps = max(round(duration / dt), 4)
        recording = rig.run((first + steps) * dt, weights=[weights])
    return Response(recording, first, dt)


def window(
    options: MeasurementOptions,
    receptors: Sequence[str],
    duration: Quantity | None,
    multiple: float,
) -> float:
    """Return the duration of a response (second), by default at most 3 s.

    The default is a multiple of the sum of the longest time constant of the membrane
    and all time constants of the slowest receptor.
    """
    if duration is not None:
        return float(DURATION.check(duration, "duration"))
    values, known = options.values, options.structure.receptors
    receptor = max((_time(known[name], values) for name in receptors), default=0.0)
    membrane = slowest(options.model, options.vary)
    return min(multiple * (membrane + receptor), _LONGEST)


def _time(receptor: Receptor, values: Mapping[str, Any]) -> float:
    """Return the sum of the time constants and inverse rates of a receptor (second)."""
    synapse, names = receptor
    own = SynapseNames(names, synapse.channel, synapse.tag)
    total = 0.0
    for name, parameter in synapse.kinetics.fragment(own).parameters.items():
        value = np.asarray(values.get(name, 0), dtype=object)
        if value.item(0) is None:
            continue  # Missing values are reported when the group is made.
        numbers = np.asarray(value, dtype=float)
        if parameter.spec.dimensions is second.dim:
            total += float(numbers.max())
        elif parameter.spec.dimensions is hertz.dim and numbers.min() > 0:
            total += 1 / float(numbers.min())
    return total


def receptors_of(structure: Structure, names: str | Sequence[str]) -> tuple[str, ...]:
    """Return names of receptors that exist."""
    names = as_names(names, "receptor")
    for name in names:
        structure.receptor(name, "receptor")
    return names


def listed(value: Any, spec: Spec, where: str) -> tuple[np.ndarray, bool]:
    """Return values as an array of one axis, and whether the user gave a list."""
    values = array_of(value, spec, where)
    return np.atleast_1d(np.asarray(values, dtype=float)), bool(np.ndim(values))


def without_axes(values: np.ndarray, several: Sequence[bool]) -> np.ndarray:
    """Return values without the last axes of arguments that are not lists."""
    axes = len(several)
    return values.squeeze(
        axis=tuple(index - axes for index in range(axes) if not several[index])
    )


def ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return a ratio, NaN over 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(other == 0, np.nan, one / other)
