"""Parts of an experiment on a rig: currents, inputs, options and recordings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity

__all__ = ["CurrentInjection", "Events", "Input", "Recording", "RunOptions"]

#: Times of events (second): an array of arrays, one array per neuron.
Events = np.ndarray


@dataclass(frozen=True)
class CurrentInjection:
    """Current into a compartment: a waveform times an amplitude."""

    compartment: str  # empty for a PointNeuronModel
    shape: np.ndarray  # the waveform, (steps,) or (steps, stimuli); 0 afterwards


@dataclass(frozen=True)
class Input:
    """Spikes that arrive at receptors; arrays have one element per spike."""

    receptors: tuple[str, ...]  # a spike reaches all of them
    stimulus: np.ndarray
    synapse: np.ndarray
    time: np.ndarray  # arrival times (second), at least two steps after the start
    #: Further arguments of `NeuronModel.projection`, such as `short_term`.
    projection: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """Recorded variables and events of one run."""

    t: np.ndarray  # (steps + 1,), since the start of the protocol (second)
    #: Variables in base units, (*points, stimuli, steps + 1); the first sample is
    #: before the first step.
    values: Mapping[str, np.ndarray]
    spikes: Events  # somatic, (*points, stimuli); empty without a threshold
    events: Mapping[str, Events]  # dendritic spikes

    def change(self, name: str) -> np.ndarray:
        """Return the change relative to the unstimulated control, the first stimulus.

        Shape (*points, stimuli - 1, steps + 1).
        """
        values = self.values[name]
        return values[..., 1:, :] - values[..., :1, :]


@dataclass(frozen=True)
class RunOptions:
    """Options of a rig; `measure.MeasurementOptions` describes them."""

    vary: Mapping[str, Quantity] = field(default_factory=dict)
    dt: Quantity | None = None
    target: str = "numpy"
    report: Any = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    points: tuple[int, ...] = ()
