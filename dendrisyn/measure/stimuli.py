"""Stimuli: steps of current, and receptors that are activated once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import amp, second

from ..connections.model_interface import Receptor
from ..errors import InvalidValueError, UnknownNameError, nearest
from ..names import SynapseNames
from ..rig.experiment import CurrentInjection, Input, Recording
from ..rig.rig import Rig
from ..units import Spec, show
from .options import MeasurementOptions
from .search import LANES, ThresholdSearch, with_search_progress

__all__ = [
    "CURRENT",
    "Activation",
    "CurrentStep",
    "count_steps",
    "find_threshold",
    "into",
    "nonzero_current",
    "step_of_current",
    "usual_current",
]

CURRENT = Spec("amp", "injected current")

#: Deflection by a usual current; and a usual current where C is missing.
_DEFLECTION = 10e-3  # V
_USUAL = 100e-12  # A
#: The largest current over the usual one: it would deflect the voltage by 100 V.
_MOST = 1e4
#: The largest weight without another limit.
_HEAVIEST = 1e6


def nonzero_current(current: object) -> float:
    """Return a current that is not 0 (amp)."""
    value = float(CURRENT.check(current, "current"))
    if value == 0:
        raise InvalidValueError("current: must not be zero.")
    return value


def count_steps(duration: float, dt: float, argument: str = "duration") -> int:
    """Return the number of time steps of a current, at least 1."""
    steps = round(duration / dt)
    if steps == 0:
        raise InvalidValueError(
            f"{argument}: must be at least one time step, {show(dt * second)}, got "
            f"{show(duration * second)}."
        )
    return steps


def step_of_current(
    compartment: str, duration: float, argument: str = "duration"
) -> Callable[[float], list[CurrentInjection]]:
    """Return a function of the time step that makes a step of current."""
    return lambda dt: [
        CurrentInjection(compartment, np.ones(count_steps(duration, dt, argument)))
    ]


def usual_current(
    options: MeasurementOptions, at: str, duration: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return currents of the usual order, and the largest (amp), for all points."""
    values, names = options.values, options.structure.compartments[at].names
    capacitance, leak = (values.get(names(symbol)) for symbol in ("C", "gL"))
    usual = np.asarray(_USUAL)
    if capacitance is not None:
        flow = np.asarray(capacitance, dtype=float) / duration
        if leak is not None:
            flow = flow + np.asarray(leak, dtype=float)
        usual = _DEFLECTION * flow
    usual = np.broadcast_to(usual, options.points)
    return usual, usual * _MOST


def into(compartment: str) -> str:
    """Return the target of a current, for messages."""
    return f"into {compartment}" if compartment else "into the cell"


@dataclass(frozen=True)
class CurrentStep:
    """A step of current into a compartment."""

    compartment: str
    duration: float
    after: float = 0.0  # time after the current in which events count

    unit = amp

    @property
    def kind(self) -> str:
        return f"current {into(self.compartment)}"

    def arguments(self, stimuli: int) -> dict[str, Any]:
        """Return arguments of the rig."""
        return {"injections": step_of_current(self.compartment, self.duration)}

    def range(
        self, options: MeasurementOptions, dt: float
    ) -> tuple[np.ndarray, np.ndarray, str]:
        """Return the initial guess, the upper bound and the reason for the bound."""
        return *usual_current(options, self.compartment, self.duration), ""

    def run(self, rig: Rig, inputs: np.ndarray) -> tuple[Recording, float, float]:
        """Return the recording, and start and end of the time in which events count."""
        stop = self.duration + self.after
        return rig.run(stop, [inputs]), 0.0, stop - rig.dt / 2


@dataclass(frozen=True)
class Activation:
    """Receptors that are activated once, with a weight."""

    receptors: tuple[Receptor, ...]
    names: tuple[str, ...]
    duration: float

    unit = 1
    #: Arrival of the spike, in steps.
    ARRIVAL = 2

    @classmethod
    def of(
        cls, options: MeasurementOptions, by: Any, at: object, duration: float
    ) -> Activation:
        """Look up receptors by their names."""
        receptors = options.structure.receptors
        names = (by,) if not isinstance(by, (list, tuple)) else tuple(by)
        for name in names:
            if not isinstance(name, str) or name not in receptors:
                raise UnknownNameError(
                    f"by: expected 'current' or a receptor, got {name!r}."
                    f"{nearest(str(name), receptors)}"
                )
        if not names:
            raise InvalidValueError("by: expected a receptor, got none.")
        if at is not None:
            raise InvalidValueError(
                "at: must be left out if receptors are activated, since they have "
                f"their compartments; got {at!r}."
            )
        return cls(tuple(receptors[name] for name in names), names, duration)

    @property
    def kind(self) -> str:
        return f"weight of {' and '.join(self.names)}"

    def arguments(self, stimuli: int) -> dict[str, Any]:
        """Return arguments of the rig."""
        stimulus = np.arange(stimuli)
        synapse = np.zeros_like(stimulus)
        return {
            "inputs": lambda dt: [
                Input(
                    self.names, stimulus, synapse, np.full(stimuli, self.ARRIVAL * dt)
                )
            ]
        }

    def range(
        self, options: MeasurementOptions, dt: float
    ) -> tuple[np.ndarray, np.ndarray, str]:
        """Return the initial guess, the upper bound and the reason for the bound.

        A conductance above ``2 C/dt`` would make the voltage of a second-order method
        overshoot its reversal potential.
        """
        values = options.values
        limit = np.full(options.points, _HEAVIEST)
        for synapse, names in self.receptors:
            own = SynapseNames(names, synapse.channel, synapse.tag)
            both = [values.get(name) for name in (names("C"), own("g"))]
            if any(value is None for value in both):
                continue
            capacitance, g = (np.asarray(value, dtype=float) for value in both)
            factor = np.abs(np.asarray(values.get(own("w"), 1), dtype=float))
            most = 2 * capacitance / dt / np.maximum(g * factor, 1e-30)
            limit = np.minimum(limit, most)
        why = f"; larger weights need a time step below {show(dt * second)}"
        return limit / 1e3, limit, why if (limit < _HEAVIEST).any() else ""

    def run(self, rig: Rig, inputs: np.ndarray) -> tuple[Recording, float, float]:
        """Return the recording, and start and end of the time in which events count."""
        start = self.ARRIVAL * rig.dt
        stop = start + self.duration
        return rig.run(stop, weights=[inputs]), start, stop - rig.dt / 2


def find_threshold(
    options: MeasurementOptions,
    stimulus: CurrentStep | Activation,
    effect: str,
    works: Callable[[Recording, float], np.ndarray],
    tolerance: float,
    *,
    record: str,
    events: Sequence[str] = (),
) -> tuple[np.ndarray, Recording, float]:
    """Return the smallest stimulus with an effect, and recordings below and above it.

    *works* tells of a recording, and the end of the time in which events count, which
    neurons show the effect. The last value is the start of the stimulus (second).
    """
    options = with_search_progress(options, tolerance)
    search = ThresholdSearch(effect, stimulus.kind, stimulus.unit, options.vary)
    with options.rig(LANES, events=events, **stimulus.arguments(LANES)) as rig:

        def effective(inputs: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                recording, _, stop = stimulus.run(rig, inputs)
            return works(recording, stop)

        usual, limit, why = stimulus.range(options, rig.dt)
        below, above = search.smallest(effective, usual, limit, tolerance, why)
    with options.rig(2, events=events, record=[record], **stimulus.arguments(2)) as rig:
        recording, start, _ = stimulus.run(rig, np.stack([below, above], axis=-1))
    return above, recording, start
