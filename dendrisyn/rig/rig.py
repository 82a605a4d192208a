"""`Rig`: one group of neurons of a model, one neuron per stimulus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
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
from ..cell.structure import Structure
from ..errors import InvalidValueError
from ..mechanisms.noise import Noise
from .experiment import CurrentInjection, Events, Input, Recording, RunOptions
from .steady import slowest

__all__ = ["Rig", "open_rig"]

#: A cell is at rest if its voltages change less than this in `_STRETCH` time constants,
#: or in ten steps at the start.
_AT_REST = 1e-10  # V
_STRETCH = 5
#: Longest time that a cell may take to come to rest.
_PATIENCE = 5.0  # s
#: Weight of the synapses: point neurons may have a variable w.
_WEIGHT = "weight_measured"


class Rig:
    """One group of neurons at rest: a neuron per parameter point and stimulus.

    `run` takes the amplitudes of the *injections* and the weights of the *inputs*. With
    *settle*, the cell runs until it rests before the protocol starts. Without *noise*,
    noise mechanisms stay at their means. `shape` is the shape of the points and the
    number of stimuli, `start` the time of the group at the start of the protocol (s).
    """

    def __init__(
        self,
        model: Model,
        stimuli: int,
        options: RunOptions,
        dt: Quantity,
        *,
        injections: Sequence[CurrentInjection] = (),
        inputs: Sequence[Input] = (),
        record: Sequence[str] = (),
        events: Sequence[str] = (),
        settle: bool = True,
        noise: bool = False,
    ) -> None:
        self.dt = float(dt)
        self.shape = (*options.points, stimuli)
        self._options = options
        self._injections, self._inputs = injections, inputs
        self._model = copy(model) if noise else _without_noise(model)
        structure = self._model.structure
        arguments = dict(options.arguments)
        namespace = dict(arguments.pop("namespace", None) or {})
        tag = _free_tag(structure, namespace)
        for injection in injections:
            namespace |= self._add(injection, structure, tag, dt)
        self._amplitudes = [
            structure.compartments[injection.compartment].names("a", tag)
            for injection in injections
        ]
        made = self._model.make_neurongroup(
            prod(self.shape),
            per_neuron=list(options.vary),
            namespace=namespace or None,
            dt=dt,
            dspike_events=list(events),
            name="measured_neurons*",
            **arguments,
        )
        self.group = made[0] if isinstance(made, tuple) else made
        for name, value in options.vary.items():
            setattr(self.group, name + "_", self._of_points(value))
        self._network = Network(self.group)
        self._sources = [self._connect(spikes) for spikes in inputs]
        if settle:
            self._settle(structure)
        else:
            self._network.run(0 * second, namespace={})  # names are looked up
        # Before the voltages move, but after gates on synapses are summed.
        self._states = StateMonitor(
            self.group,
            list(record),
            record=True,
            when="groups",
            order=-0.5,
            name="measured_states*",
        )
        self._spikes = None
        if arguments.get("threshold") is not None:
            self._spikes = SpikeMonitor(self.group, name="measured_spikes*")
            self._network.add(self._spikes)
        self._events = {
            name: EventMonitor(self.group, name, name="measured_events*")
            for name in events
        }
        self._network.add(self._states, *self._events.values())
        self.start = float(self._network.t)
        if injections:
            self.group.namespace[f"t_{tag}"] = self.start * second
        self._network.store()

    def run(
        self,
        duration: float,
        amplitudes: Sequence[Any] = (),
        weights: Sequence[Any] = (),
        start: Mapping[str, Any] | None = None,
        changes: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> Recording:
        """Run the group from rest for a duration (second).

        *amplitudes* (amp) and *weights* are those of the injections and the inputs;
        *start* sets variables of the group at the start, *changes* from a step on, in
        base units (NaN keeps a value). Arrays broadcast to (*points, stimuli).
        """
        self._network.restore()
        for name, amplitude in zip(self._amplitudes, amplitudes, strict=True):
            setattr(self.group, name, self._spread(amplitude) * amp)
        for (source, synapses), spikes, weight in zip(
            self._sources, self._inputs, weights, strict=True
        ):
            all_weights = np.tile(self._spread(weight), _synapses(spikes))
            setattr(synapses, _WEIGHT, all_weights)
            source.set_spikes(*self._schedule(spikes))
        self._assign(start or {})
        steps = round(duration / self.dt) + 1  # the first sample is before the first
        done = 0
        for step, values in sorted({**(changes or {}), steps: {}}.items()):
            if step > done:
                self._advance((step - done) * self.dt)
            self._assign(values)
            done = step
        values = {
            name: np.array(getattr(self._states, name + "_")).reshape(*self.shape, -1)
            for name in self._states.record_variables
        }
        return Recording(
            np.arange(steps) * self.dt,
            values,
            self._times(self._spikes),
            {name: self._times(monitor) for name, monitor in self._events.items()},
        )

    def _assign(self, values: Mapping[str, Any]) -> None:
        """Set variables of the group; NaN keeps the value."""
        for name, value in values.items():
            old, new = getattr(self.group, name + "_")[:], self._spread(value)
            setattr(self.group, name + "_", np.where(np.isnan(new), old, new))

    def _of_points(self, value: Any) -> np.ndarray:
        """Return values of the points for all neurons, in base units."""
        plain = np.asarray(value, dtype=float)
        return self._spread(plain[..., np.newaxis] if plain.ndim else plain)

    def _spread(self, value: Any) -> np.ndarray:
        """Return values for all neurons."""
        return np.broadcast_to(np.asarray(value, dtype=float), self.shape).ravel()

    def _add(
        self, injection: CurrentInjection, structure: Structure, tag: str, dt: Quantity
    ) -> dict[str, Any]:
        """Add an injected current, and return the namespace that it needs."""
        name = injection.compartment
        compartment: Any = self._model
        if name:
            compartment = compartment.compartments[name]
        current, amplitude, wave = (
            structure.compartments[name].names(symbol, tag)
            for symbol in ("I", "a", "wave")
        )
        shape = np.concatenate([injection.shape, np.zeros_like(injection.shape[:1])])
        arguments = f"t - t_{tag}"
        if shape.ndim == 2:
            arguments += ", i"
            shape = np.tile(shape, (1, prod(self.shape[:-1])))
        compartment.add_equations(
            f"{current} = {amplitude}*{wave}({arguments}) : amp\n{amplitude} : amp",
            currents=[current],
        )
        return {wave: TimedArray(shape, dt=dt), f"t_{tag}": 0 * second}

    def _connect(self, spikes: Input) -> tuple[SpikeGeneratorGroup, Any]:
        """Connect one source of spikes per synapse."""
        number, neurons = _synapses(spikes), prod(self.shape)
        source = SpikeGeneratorGroup(
            number * neurons,
            [],
            [] * second,
            dt=self.dt * second,
            name="measured_inputs*",
        )
        projection = self._model.projection(
            *spikes.receptors, weight={_WEIGHT: 1}, **spikes.projection
        )
        synapses = projection.synapses(source, self.group, name="measured_synapses*")
        numbers = np.arange(number * neurons)  # Brian2 warns of a name of its own
        synapses.connect(i=numbers, j=numbers % neurons)
        self._network.add(source, synapses)
        return source, synapses

    def _schedule(self, spikes: Input) -> tuple[np.ndarray, Quantity]:
        """Return the sources and times of all spikes."""
        points, stimuli = prod(self.shape[:-1]), self.shape[-1]
        neurons = np.arange(points)[:, np.newaxis] * stimuli + spikes.stimulus
        sources = spikes.synapse * prod(self.shape) + neurons
        # Brian2 delivers at the end of a step.
        step = np.round(spikes.time / self.dt).astype(int) - 1
        times = self.start + np.broadcast_to(step, neurons.shape) * self.dt
        return sources.ravel(), times.ravel() * second

    def _settle(self, structure: Structure) -> None:
        """Run until the voltages rest."""
        voltages = [part.voltage for part in structure.compartments.values()]
        times = [
            site.compartment.names("spiketime", site.spike.name)
            for site in structure.dendritic_spikes.values()
        ]
        times += ["lastspike"] * ("lastspike" in self.group.variables)
        stretch = 10 * self.dt
        while True:
            before = self._state(voltages + times)
            self._network.run(stretch * second, namespace={})
            after = self._state(voltages + times)
            changes = [
                np.abs(new - old).max() for new, old in zip(after, before, strict=True)
            ]
            drift, spiked = max(changes[: len(voltages)]), any(changes[len(voltages) :])
            # A cell that spikes in time with the stretches is not at rest.
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
                    + " Reduce its constant input."
                )
            slow = _STRETCH * slowest(self._model, self._options.vary)
            stretch = max(slow, 2 * stretch)

    def _state(self, names: Sequence[str]) -> list[np.ndarray]:
        """Return copies of variables of the group, in base units."""
        return [np.array(getattr(self.group, name + "_")) for name in names]

    def _advance(self, duration: float) -> None:
        """Run the network and report its progress."""
        report = self._options.report
        if report is None:
            self._network.run(duration * second, namespace={})
            return

        def tell(elapsed: Any, completed: float, start: Any, total: Any) -> None:
            report(round(100 * completed), 100, 0)

        self._network.run(
            duration * second, report=tell, report_period=0.5 * second, namespace={}
        )

    def _times(self, monitor: EventMonitor | None) -> Events:
        """Return the times of the events of all neurons since the start."""
        times = np.empty(prod(self.shape), dtype=object)
        trains = {} if monitor is None else monitor.event_trains()
        for index in range(len(times)):
            train = np.array(trains.get(index, []) / second, dtype=float)
            times[index] = train - self.start
        return times.reshape(self.shape)


@contextmanager
def open_rig(
    model: Model,
    stimuli: int,
    options: RunOptions,
    *,
    finest: float = np.inf,
    **arguments: Any,
) -> Iterator[Rig]:
    """Yield a `Rig` that does not touch the Brian2 objects of the user.

    Arguments of `Rig` may be functions of the time step (second). The step is *finest*
    (second) at most, unless the user has set one.
    """
    with isolated(options.target) as default_dt:
        dt = min(default_dt, finest * second)
        if options.dt is not None:
            dt = options.dt
        values = {
            name: value(float(dt)) if callable(value) else value
            for name, value in arguments.items()
        }
        yield Rig(model, stimuli, options, dt, **values)


def _synapses(spikes: Input) -> int:
    """Return the number of synapses of a neuron."""
    return int(spikes.synapse.max()) + 1


def _free_tag(structure: Structure, namespace: Mapping[str, Any]) -> str:
    """Return a suffix for names of injections that no other name contains."""
    # A coupling to a compartment `injected` is I_injected_soma.
    used = {
        *structure.equations,
        *structure.parameters,
        *structure.compartments,
        *namespace,
    }
    tag = "injected"
    while any(tag in name for name in used):
        tag += "x"
    return tag


def _without_noise(model: Model) -> Any:
    """Return a copy of a model whose noise is at its mean."""
    copied = copy(model)
    for compartment in model.structure.compartments.values():
        for mechanism in compartment.mechanisms.values():
            if isinstance(mechanism, Noise):
                copied.parameters[compartment.names("sigma", "noise")] = 0 * amp
    return copied
