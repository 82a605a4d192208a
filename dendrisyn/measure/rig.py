"""A bench: one group of a model, each neuron of which is under its own conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from brian2.core.network import Network
from brian2.input.spikegeneratorgroup import SpikeGeneratorGroup
from brian2.input.timedarray import TimedArray
from brian2.monitors.spikemonitor import EventMonitor, SpikeMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.allunits import amp, second
from brian2.units.fundamentalunits import Quantity

from ..brian.isolated import isolated
from ..cell.base import Model
from ..errors import InvalidValueError
from ..mechanisms.noise import Noise
from .options import MeasurementOptions
from .places import patch_of
from .steady import slowest

__all__ = [
    "CurrentInjection",
    "Events",
    "Input",
    "Recording",
    "Rig",
    "bench",
]

#: A cell is at rest if its voltages change less than this in `_STRETCH` time constants,
#: or in ten steps at the start.
_AT_REST = 1e-10  # V
_STRETCH = 5
#: How long a cell may take to come to rest.
_PATIENCE = 5.0  # s
#: The weight of synapses: point neurons may have a variable w.
_WEIGHT = "weight_measured"


@dataclass(frozen=True)
class CurrentInjection:
    """A current into a compartment: a shape over time, times an amplitude.

    Attributes
    ----------
    compartment : str
        Its name; empty for a `PointNeuronModel`.
    shape : ndarray, shape (steps,) or (steps, stimuli)
        What the amplitude is multiplied by during each step; 0 afterwards.
    """

    compartment: str
    shape: np.ndarray


@dataclass(frozen=True)
class Input:
    """Spikes that arrive at receptors, through synapses of their own.

    Attributes
    ----------
    receptors : tuple of str
        Receptors, such as ``'AMPA_x_dend'``, all of which each spike reaches.
    stimulus, synapse : ndarray of int, shape (spikes,)
        To which stimulus a spike belongs, and by which of its synapses it comes.
    time : ndarray, shape (spikes,)
        When it arrives (second), at least two steps after the start.
    projection : dict
        What else `NeuronModel.projection` takes, such as `short_term`.
    """

    receptors: tuple[str, ...]
    stimulus: np.ndarray
    synapse: np.ndarray
    time: np.ndarray
    projection: Mapping[str, Any] = field(default_factory=dict)


#: Times (second) of the events of each neuron.
Events = np.ndarray


@dataclass(frozen=True)
class Recording:
    """What was recorded in one run.

    Attributes
    ----------
    t : ndarray, shape (steps + 1,)
        Time since the start of the protocol (second).
    values : dict of str to ndarray, shape (*points, stimuli, steps + 1)
        Recorded variables, in base units; the first sample is before the first step.
    spikes : ndarray of object, shape (*points, stimuli)
        Times of the somatic spikes (second), each an array; empty without a threshold.
    events : dict of str to ndarray of object, shape (*points, stimuli)
        The same for the dendritic spikes.
    """

    t: np.ndarray
    values: Mapping[str, np.ndarray]
    spikes: Events
    events: Mapping[str, Events]

    def moved(self, name: str) -> np.ndarray:
        """Return by how much a variable differs from that of the first stimulus, none.

        Shape (*points, stimuli - 1, steps + 1).
        """
        values = self.values[name]
        return values[..., 1:, :] - values[..., :1, :]


class Rig:
    """One group of a model, at rest: points times stimuli neurons.

    Attributes
    ----------
    dt : float
        Step (second).
    shape : tuple of int
        The shape of the points, and the number of stimuli.
    start : float
        The time of the group at which the protocol starts (second).
    """

    def __init__(
        self,
        model: Model,
        stimuli: int,
        conditions: MeasurementOptions,
        dt: Quantity,
        *,
        clamps: Sequence[CurrentInjection] = (),
        inputs: Sequence[Input] = (),
        record: Sequence[str] = (),
        events: Sequence[str] = (),
    ) -> None:
        self.dt = float(dt)
        self.shape = (*conditions.points, stimuli)
        self._conditions = conditions
        self._clamps, self._inputs = clamps, inputs
        copied = _without_noise(model)
        arguments = dict(conditions.arguments)
        namespace = dict(arguments.pop("namespace", None) or {})
        self._tag = _free_tag(copied, namespace)
        for clamp in clamps:
            namespace |= _add_clamp(
                copied, clamp, self._tag, prod(conditions.points), dt
            )
        self._copied = copied
        vary = conditions.vary
        made = copied.make_neurongroup(
            prod(self.shape),
            per_neuron=list(vary),
            namespace=namespace or None,
            dt=dt,
            dspike_events=list(events),
            name="measured_neurons*",
            **arguments,
        )
        self.group = made[0] if isinstance(made, tuple) else made
        for name, value in vary.items():
            setattr(self.group, name + "_", self._of_points(value))
        self._network = Network(self.group)
        self._sources = [self._connect(each) for each in inputs]
        self._settle()
        # Before the voltages move, but after gates on synapses are summed.
        self._states = StateMonitor(
            self.group, list(record), record=True, when="groups", order=-0.5
        )
        self._spikes = None
        if arguments.get("threshold") is not None:
            self._spikes = SpikeMonitor(self.group)
            self._network.add(self._spikes)
        self._events = {name: EventMonitor(self.group, name) for name in events}
        self._network.add(self._states, *self._events.values())
        self.start = float(self._network.t)
        if clamps:
            self.group.namespace[f"t_{self._tag}"] = self.start * second
        self._network.store()

    def run(
        self,
        duration: float,
        amplitudes: Sequence[Any] = (),
        weights: Sequence[Any] = (),
        start: Mapping[str, Any] | None = None,
    ) -> Recording:
        """Run from rest.

        Parameters
        ----------
        duration : float
            How long (second).
        amplitudes : sequence of array_like
            The amplitude of each clamp (amp); each broadcasts to (*points, stimuli).
        weights : sequence of array_like
            The weight of each input; each broadcasts to (*points, stimuli).
        start : dict of str to array_like, optional
            Where variables of the group start, in base units; each broadcasts to
            (*points, stimuli), and NaN leaves it as it is at rest.

        Returns
        -------
        Recording
            What was recorded.
        """
        self._network.restore()
        for clamp, amplitude in zip(self._clamps, amplitudes, strict=True):
            name = patch_of(self._copied, clamp.compartment)._names("a", self._tag)
            setattr(self.group, name, self._spread(amplitude) * amp)
        for (source, synapses), each, weight in zip(
            self._sources, self._inputs, weights, strict=True
        ):
            every = np.tile(self._spread(weight), self._number(each))
            setattr(synapses, _WEIGHT, every)
            source.set_spikes(*self._schedule(each))
        for name, value in (start or {}).items():
            at_rest = getattr(self.group, name + "_")[:]
            given = self._spread(value)
            chosen = np.where(np.isnan(given), at_rest, given)
            setattr(self.group, name + "_", chosen)
        steps = round(duration / self.dt)
        # one step more: the first sample is taken before the first step
        self._advance((steps + 1) * self.dt)
        values = {
            name: np.array(getattr(self._states, name + "_")).reshape(*self.shape, -1)
            for name in self._states.record_variables
        }
        return Recording(
            np.arange(steps + 1) * self.dt,
            values,
            self._times(self._spikes),
            {name: self._times(each) for name, each in self._events.items()},
        )

    # -- how it is put together -----------------------------------------------------

    def _of_points(self, value: Any) -> np.ndarray:
        """Return a value of each point for each neuron, in base units."""
        plain = np.asarray(value, dtype=float)
        return self._spread(plain[..., np.newaxis] if plain.ndim else plain)

    def _spread(self, value: Any) -> np.ndarray:
        """Return a value for each neuron."""
        return np.broadcast_to(np.asarray(value, dtype=float), self.shape).ravel()

    def _number(self, given: Input) -> int:
        return int(given.synapse.max()) + 1

    def _connect(self, given: Input) -> tuple[SpikeGeneratorGroup, Any]:
        """Connect one source to each synapse of each neuron."""
        number, neurons = self._number(given), prod(self.shape)
        source = SpikeGeneratorGroup(
            number * neurons,
            [],
            [] * second,
            dt=self.dt * second,
            name="measured_inputs*",
        )
        projection = self._copied.projection(
            *given.receptors, weight={_WEIGHT: 1}, **given.projection
        )
        synapses = projection.synapses(source, self.group, name="measured_synapses*")
        numbers = np.arange(number * neurons)  # not a name of Brian2's: it warns
        synapses.connect(i=numbers, j=numbers % neurons)
        self._network.add(source, synapses)
        return source, synapses

    def _schedule(self, given: Input) -> tuple[np.ndarray, Quantity]:
        """Return the sources and times of all spikes."""
        points, stimuli = prod(self.shape[:-1]), self.shape[-1]
        neurons = np.arange(points)[:, np.newaxis] * stimuli + given.stimulus
        sources = given.synapse * prod(self.shape) + neurons
        # Brian2 delivers at the end of a step.
        step = np.round(given.time / self.dt).astype(int) - 1
        times = self.start + np.broadcast_to(step, neurons.shape) * self.dt
        return sources.ravel(), times.ravel() * second

    def _settle(self) -> None:
        """Run until the voltages rest."""
        voltages = [patch._names("V") for patch in self._copied._patches()]
        spikes = self._spike_times()
        stretch = 10 * self.dt
        while True:
            before = [
                np.array(getattr(self.group, name + "_")) for name in voltages + spikes
            ]
            self._network.run(stretch * second, namespace={})
            moved = [
                np.abs(np.asarray(getattr(self.group, name + "_")) - old).max()
                for name, old in zip(voltages + spikes, before, strict=True)
            ]
            drift, spiked = max(moved[: len(voltages)]), any(moved[len(voltages) :])
            # a cell that spikes in time with the stretches is not at rest
            if drift < _AT_REST and not spiked:
                return
            if not np.isfinite(drift) or float(self._network.t) > _PATIENCE:
                raise InvalidValueError(
                    "measurements start from rest, but this cell does not come to "
                    f"rest: after {float(self._network.t):.3g} s without input, "
                    + (
                        "it still spikes."
                        if spiked
                        else f"a voltage still changes by {drift * 1e3:.2g} mV in "
                        f"{stretch * 1e3:.3g} ms."
                    )
                )
            slow = _STRETCH * slowest(self._copied, self._conditions.vary)
            stretch = max(slow, 2 * stretch)

    def _spike_times(self) -> list[str]:
        """Return the variables that hold the times of spikes."""
        names = [
            patch._names("spiketime", spike.name)
            for patch, spike in self._copied._events_of_spikes().values()
        ]
        return names + ["lastspike"] * ("lastspike" in self.group.variables)

    def _advance(self, duration: float) -> None:
        """Run, and tell how far it is."""
        report = self._conditions.report

        def tell(elapsed: Any, completed: float, start: Any, whole: Any) -> None:
            report(round(100 * completed), 100, 0)

        self._network.run(
            duration * second, report=tell, report_period=0.5 * second, namespace={}
        )

    def _times(self, monitor: EventMonitor | None) -> Events:
        """Return the times of the events of each neuron since the start."""
        found = np.empty(prod(self.shape), dtype=object)
        trains = {} if monitor is None else monitor.event_trains()
        for index in range(len(found)):
            train = np.array(trains.get(index, []) / second, dtype=float)
            found[index] = train - self.start
        return found.reshape(self.shape)


@contextmanager
def bench(
    model: Model,
    stimuli: int,
    conditions: MeasurementOptions,
    *,
    finest: float = np.inf,
    **kwargs: Any,
) -> Iterator[Rig]:
    """Make a bench apart from what the user runs; see `Rig`.

    Arguments that depend on the step may be functions of it (second). The step is
    *finest* (second) at most, unless the user has given one.
    """
    with isolated(conditions.target) as default_dt:
        dt = min(default_dt, finest * second)
        if conditions.dt is not None:
            dt = conditions.dt
        known = {
            name: value(float(dt)) if callable(value) else value
            for name, value in kwargs.items()
        }
        yield Rig(model, stimuli, conditions, dt, **known)


def _free_tag(model: Model, namespace: Mapping[str, Any]) -> str:
    """Return what names of clamps end with: no name of the user's does."""
    used = {*model._assembly().equations, *model._parameters(), *namespace}
    # a coupling to a compartment `clamp` is I_clamp_soma
    used |= {patch._name for patch in model._patches()}
    tag = "clamp"
    while any(tag in name for name in used):
        tag += "x"
    return tag


def _add_clamp(
    copied: Any, clamp: CurrentInjection, tag: str, points: int, dt: Quantity
) -> dict[str, Any]:
    """Add a current to a copy of the model, and return the names that it needs."""
    patch = patch_of(copied, clamp.compartment)
    current, amplitude, wave = (
        patch._names(symbol, tag) for symbol in ("I", "a", "wave")
    )
    shape = np.concatenate([clamp.shape, np.zeros_like(clamp.shape[:1])])
    arguments = f"t - t_{tag}"
    if shape.ndim == 2:
        arguments += ", i"
        shape = np.tile(shape, (1, points))
    patch.add_equations(
        f"{current} = {amplitude}*{wave}({arguments}) : amp\n{amplitude} : amp",
        currents=[current],
    )
    return {wave: TimedArray(shape, dt=dt), f"t_{tag}": 0 * second}


def _without_noise(model: Model) -> Any:
    """Return a copy of a model whose noise is at its mean."""
    copied = model._copy()
    for patch in copied._patches():
        for each in patch.mechanisms.values():
            if isinstance(each, Noise):
                copied.parameters[patch._names("sigma", "noise")] = 0 * amp
    return copied
