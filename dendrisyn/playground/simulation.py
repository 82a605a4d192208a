"""`Simulation`: a cell with a dendritic spike, and the same cell without it."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np
from brian2.core.clocks import defaultclock
from brian2.devices.device import seed
from brian2.units.allunits import msecond, second, siemens, volt
from brian2.units.fundamentalunits import Quantity

from ..brian.isolated import isolated
from ..rig.experiment import RunOptions
from ..rig.rig import Rig
from .spike import TunedSpike, lasts_no_step
from .traces import Traces

__all__ = ["PROTOCOL", "Simulation"]

#: Durations of the protocol: without the current, with it, and without it again.
PROTOCOL = {
    "idle_period": 5 * msecond,
    "stim_time": 100 * msecond,
    "post_stim_time": 50 * msecond,
}

#: The two cells of the group.
WITH, WITHOUT = 0, 1


class Simulation:
    """Both cells on one rig, which is made again for another time step."""

    def __init__(
        self,
        spike: TunedSpike,
        method: Any,
        dt: Quantity | None,
        group: Mapping[str, Any],
    ) -> None:
        self.spike, self._current, self._dt = spike, spike.injected, dt
        self._options = {"method": method, **group}
        self._rig: Rig | None = None
        self._per_neuron: list[str] = []
        names, name = spike.compartment.names, spike.spike.name
        self._recorded = {
            "g_rise": names("g", "rise", name),
            "spiketime": names("spiketime", name),
        }
        if spike.spike.has_fall:
            self._recorded["g_fall"] = names("g", "fall", name)

    @property
    def dt(self) -> float:
        """Time step (second): that of the user's default clock if none is chosen."""
        return float(defaultclock.dt if self._dt is None else self._dt)

    def rig(self, values: Mapping[str, Any]) -> Rig:
        """Return the rig for these values and the time step that holds now."""
        spike, dt = self.spike, self.dt
        full = [spike.parameters.get(name, name) for name in values]
        names = {*spike.parameters.values(), *full} & spike.values.keys()
        if self._rig is None or (self._rig.dt, self._per_neuron) != (dt, sorted(names)):
            self._rig, self._per_neuron = None, sorted(names)  # memory of the old rig
            vary = {name: spike.values[name] for name in self._per_neuron}
            with isolated():
                self._rig = Rig(
                    spike.model,
                    2,
                    RunOptions(vary, arguments=self._options),
                    dt * second,
                    record=[*spike.voltages.values(), *self._recorded.values()],
                    settle=False,
                    noise=True,
                )
        return self._rig

    def run(self, values: Mapping[str, Any]) -> Traces:
        """Return the traces of both cells, which start from rest."""
        begin = perf_counter()
        rig, spike = self.rig(values), self.spike
        on, off, number = self._steps(values)
        changes = {on: {self._current: float(values["current"])}}
        changes[off] = {self._current: 0.0}
        with isolated():
            seed(0)  # noise, if any, is the same each time
            start = self._start(values)
            recording = rig.run(number * rig.dt, start=start, changes=changes)

        def recorded(name: str, unit: Any, cell: int = WITH) -> Quantity:
            return Quantity(recording.values[name][cell, :number], dim=unit.dim)

        spikes = np.unique(recorded(self._recorded["spiketime"], second))
        somatic = recording.spikes[WITH]
        fall = self._recorded.get("g_fall")
        return Traces(
            t=recording.t[:number] * second,
            voltages={n: recorded(V, volt) for n, V in spike.voltages.items()},
            without={n: recorded(V, volt, WITHOUT) for n, V in spike.voltages.items()},
            g_rise=recorded(self._recorded["g_rise"], siemens),
            g_fall=recorded(fall, siemens) if fall else np.zeros(number) * siemens,
            spike_times=spikes[spikes >= 0 * second],
            somatic_spike_times=somatic[somatic < (number - 0.5) * rig.dt] * second
            if self._options.get("threshold") is not None
            else None,
            compartment=spike.compartment_name,
            soma=spike.soma,
            seconds=perf_counter() - begin,
        )

    def _steps(self, values: Mapping[str, Any]) -> tuple[int, int, int]:
        """Return the steps at which the current starts and stops, and their number.

        They are those of three runs in a row: Brian2 rounds the end of a run up.
        """
        ends = np.cumsum([float(values[name]) for name in PROTOCOL])
        on, off, number = (ceil(end / self.dt - 1e-6) for end in ends)
        return on, off, max(number, 2)

    def _start(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the start of the variables: parameters, and voltages at rest."""
        spike, start = self.spike, dict[str, Any]()
        for name, value in values.items():
            full = spike.parameters.get(name, name)
            if full in spike.values:
                off = name.startswith("duration_") and lasts_no_step(value, self.dt)
                start[full] = 0.0 if off else float(value)
        for phase in ("g_rise", "g_fall"):
            if phase in spike.arguments_of_spike:
                g = spike.arguments_of_spike[phase]
                start[g] = [start.get(g, np.nan), 0.0]
        for compartment in spike.structure.compartments.values():
            reversal = compartment.names("EL")
            if reversal in start:
                start[compartment.voltage] = start[reversal]
        return start
