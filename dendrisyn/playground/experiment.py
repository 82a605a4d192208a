"""`Experiment`: one prebuilt group, run again for each set of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any

import numpy as np
from brian2.core.clocks import Clock
from brian2.core.network import Network
from brian2.core.operations import NetworkOperation
from brian2.devices.device import seed
from brian2.monitors.spikemonitor import SpikeMonitor
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.allunits import second, siemens, volt
from brian2.units.fundamentalunits import Quantity

from ..brian.isolated import isolated
from .protocol import Protocol
from .target import Target, lasts_nothing
from .traces import Traces

__all__ = ["Experiment"]

#: The two cells of the group: with the dendritic spike, and without.
WITH, WITHOUT = 0, 1


class Experiment:
    """A cell with a dendritic spike and one without it, built once.

    Parameters
    ----------
    target : Target
        The spike.
    extra : iterable of str
        Parameters of the model that are set, too.
    method : object
        The method of integration.
    dt : Quantity, optional
        The step (second); the user's default, as it is at each simulation, if left out.
    group : mapping
        Other arguments of `make_neurongroup`.
    """

    def __init__(
        self,
        target: Target,
        *,
        extra: Iterable[str] = (),
        method: Any,
        dt: Quantity | None = None,
        group: Mapping[str, Any],
    ) -> None:
        self.target = target
        self._dt, self._method, self._group = dt, method, dict(group)
        self._per_neuron = list(dict.fromkeys([*target.parameters.values(), *extra]))
        self._built: tuple[float, _Built] | None = None

    @property
    def dt(self) -> float:
        """The step of the last simulation (second)."""
        return self._ready().dt

    def prepare(self) -> None:
        """Build the group.

        Raises
        ------
        DendrisynError
            If the model cannot be made into one.
        """
        self._ready()

    def simulate(self, values: Mapping[str, Any], protocol: Protocol) -> Traces:
        """Run both cells from rest.

        Parameters
        ----------
        values : mapping of str to Quantity
            The current, and the parameters by what users call them.
        protocol : Protocol
            When the current is on.

        Returns
        -------
        Traces
            Copies of what was recorded.
        """
        begin = perf_counter()
        with isolated() as default:
            built = self._ready(default)
            return built.run(values, protocol, begin)

    def _ready(self, default: Quantity | None = None) -> _Built:
        if default is None:
            with isolated() as default:
                return self._ready(default)
        dt = float(default if self._dt is None else self._dt)
        if self._built is None or self._built[0] != dt:
            self._built = None  # what it replaces need not stay in memory
            built = _Built(self.target, self._per_neuron, self._method, dt, self._group)
            self._built = dt, built
        return self._built[1]


class _Built:
    """The Brian2 objects; they are made and run inside `isolated` only."""

    def __init__(
        self,
        target: Target,
        per_neuron: list[str],
        method: Any,
        dt: float,
        group: Mapping[str, Any],
    ) -> None:
        self.target, self.dt = target, dt
        self.injection = target.injection()
        names = target.patch._names
        self.recorded = {
            **{f"V {name}": each for name, each in target.voltages.items()},
            "g_rise": names("g", "rise", target.spike.name),
            "spiketime": names("spiketime", target.spike.name),
        }
        if target.spike.has_fall:
            self.recorded["g_fall"] = names("g", "fall", target.spike.name)
        clock = Clock(dt * second, name="playground_clock*")
        made = complete(target).make_neurongroup(
            2,
            method=method,
            per_neuron=per_neuron,
            dspike_events=False,
            clock=clock,
            name="playground_cells*",
            **group,
        )
        self.cells = made[0] if isinstance(made, tuple) else made
        self.clock = clock
        self.monitor = StateMonitor(
            self.cells,
            list(self.recorded.values()),
            record=True,
            clock=clock,
            name="playground_monitor*",
        )
        self.spikes = None
        if "spike" in self.cells.events:
            self.spikes = SpikeMonitor(self.cells, name="playground_spikes*")
        self.switch = NetworkOperation(
            self._inject, clock=clock, when="start", name="playground_switch*"
        )
        objects = [self.cells, self.monitor, self.switch]
        objects += [] if self.spikes is None else [self.spikes]
        self.network = Network(*objects, name="playground_network*")
        self.steps = (0, 0, 0)
        self.current = 0.0
        self.network.run(0 * second, namespace={})  # what is wrong is known now
        self.network.store("rest")

    def _inject(self) -> None:
        start, stop, _ = self.steps
        now = int(self.clock.variables["timestep"].get_value().item())
        if now in (start, stop):
            value = self.current if start <= now < stop else 0.0
            self.cells.variables[self.injection].get_value()[:] = value

    def run(
        self, values: Mapping[str, Any], protocol: Protocol, begin: float
    ) -> Traces:
        """Run the network from the start at these values."""
        self.network.restore("rest")
        self._assign(values)
        self.steps = protocol.steps(self.dt)
        self.current = float(values["current"])
        seed(0)  # noise, if any, is the same each time
        self.network.run(self.steps[-1] * self.dt * second, namespace={})
        return self._traces(begin)

    def _assign(self, values: Mapping[str, Any]) -> None:
        target = self.target
        for name, value in values.items():
            if name == "current":
                continue
            if name.startswith("duration_") and lasts_nothing(value, self.dt):
                value = 0
            self._set(target.parameters.get(name, name), float(value))
        for each in target.model._patches():
            rest = each._names("EL")
            set_here = {target.parameters.get(name, name) for name in values}
            if rest in set_here:
                start = self.cells.variables[rest].get_value()
                self.cells.variables[each._names("V")].get_value()[:] = start
        phases = target.spike.parameter_names(target.patch._names)
        for phase in ("g_rise", "g_fall"):
            if phase in phases:
                self.cells.variables[phases[phase]].get_value()[WITHOUT] = 0

    def _set(self, name: str, value: float) -> None:
        self.cells.variables[name].get_value()[:] = value

    def _traces(self, begin: float) -> Traces:
        def copied(name: str, cell: int = WITH) -> np.ndarray:
            return np.array(self.monitor.variables[name].get_value()[:, cell])

        n = self.steps[-1]
        voltages, without = (
            {
                name: Quantity(copied(variable, cell), dim=volt.dim)
                for name, variable in self.target.voltages.items()
            }
            for cell in (WITH, WITHOUT)
        )
        fall = self.recorded.get("g_fall")
        starts = np.unique(copied(self.recorded["spiketime"]))
        somatic = None
        if self.spikes is not None:
            which = np.array(self.spikes.i) == WITH
            somatic = Quantity(np.array(self.spikes.t)[which], dim=second.dim)
        return Traces(
            t=np.arange(n) * self.dt * second,
            voltages=voltages,
            without=without,
            g_rise=Quantity(copied(self.recorded["g_rise"]), dim=siemens.dim),
            g_fall=Quantity(copied(fall) if fall else np.zeros(n), dim=siemens.dim),
            spike_times=Quantity(starts[starts >= 0], dim=second.dim),
            somatic_spike_times=somatic,
            compartment=self.target.compartment,
            soma=self.target.soma,
            seconds=perf_counter() - begin,
        )


def complete(target: Target) -> Any:
    """Return the model, with values to start from where it has none yet."""
    names = target.parameters
    missing = {
        full: target.start(name)
        for name, full in names.items()
        if target.model.parameters[full] is None
    }
    if not missing:
        return target.model
    copied = target.model._copy()
    copied.parameters.update(missing)
    return copied
