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
    """Current into a compartment: a waveform times an amplitude.

    Attributes
    ----------
    compartment : str
        Name of the compartment; empty for a `PointNeuronModel`.
    shape : ndarray, shape (steps,) or (steps, stimuli)
        Waveform: the factor of the amplitude in each step; 0 afterwards.
    """

    compartment: str
    shape: np.ndarray


@dataclass(frozen=True)
class Input:
    """Spikes that arrive at receptors.

    Attributes
    ----------
    receptors : tuple of str
        Receptors, such as ``'AMPA_x_dend'``; a spike reaches all of them.
    stimulus, synapse : ndarray of int, shape (spikes,)
        Stimulus and synapse of each spike.
    time : ndarray, shape (spikes,)
        Arrival times (second), at least two steps after the start.
    projection : dict
        Further arguments of `NeuronModel.projection`, such as `short_term`.
    """

    receptors: tuple[str, ...]
    stimulus: np.ndarray
    synapse: np.ndarray
    time: np.ndarray
    projection: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """Recorded variables and events of one run.

    Attributes
    ----------
    t : ndarray, shape (steps + 1,)
        Time since the start of the protocol (second).
    values : dict of str to ndarray, shape (*points, stimuli, steps + 1)
        Variables in base units; the first sample is before the first step.
    spikes : ndarray of object, shape (*points, stimuli)
        Arrays of times of somatic spikes (second); empty without a threshold.
    events : dict of str to ndarray of object, shape (*points, stimuli)
        Arrays of times of dendritic spikes (second).
    """

    t: np.ndarray
    values: Mapping[str, np.ndarray]
    spikes: Events
    events: Mapping[str, Events]

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
