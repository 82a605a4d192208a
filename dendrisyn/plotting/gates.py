"""The gate of a receptor after one spike, computed by the kinetics alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from brian2.core.network import Network
from brian2.groups.neurongroup import NeuronGroup
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity

from ..brian.group import duration_problems
from ..brian.isolated import isolated
from ..equations.fragment import Equation
from ..equations.parameters import resolve
from ..errors import InvalidValueError
from ..integrators import CRANK_NICOLSON
from ..names import Names, SynapseNames
from ..synapses import Synapse

__all__ = ["ReceptorWithValues", "receptor_gates"]

#: The variable that holds the gate.
_GATE = "gate_of_receptor"

#: A gate is closed below this fraction of its peak.
_CLOSED = 0.01

#: The first run and the longest time of all runs together (second).
_FIRST_RUN, _LONGEST = 0.02, 3.0


class ReceptorWithValues(NamedTuple):
    """A receptor, its label in plots and the values of its parameters by name."""

    label: str
    synapse: Synapse
    names: Names
    values: Mapping[str, Any]

    @classmethod
    def alone(cls, synapse: Synapse) -> ReceptorWithValues:
        """Return a receptor that belongs to no compartment."""
        names = Names.of("")
        values = resolve(synapse.fragment(names).parameters)
        return cls(synapse.label, synapse, names, values)

    @property
    def synapse_names(self) -> SynapseNames:
        """The names of the variables of the receptor."""
        return SynapseNames(self.names, self.synapse.channel, self.synapse.tag)

    def value(self, symbol: str) -> Any:
        """Return the value of ``<symbol>_<channel>_<tag>``, or None."""
        return self.values.get(self.synapse_names(symbol))


def receptor_gates(
    receptors: Sequence[ReceptorWithValues],
    duration: Quantity | None,
    dt: Quantity | None,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return time since the spike (second, no unit) and gate of each receptor.

    Without a *duration*, the gates are followed until all have closed. No rig runs
    them: a rig runs models, and these kinetics belong to no model.
    """
    with isolated() as clock:
        step = clock if dt is None else dt
        groups = [_group(receptor, step) for receptor in receptors]
        monitors = [StateMonitor(group, _GATE, record=0, dt=step) for group in groups]
        network = Network(groups, monitors)
        # The spike acts at the end of the first step; the last sample needs one more.
        if duration is not None:
            network.run(duration + 2 * step, namespace={})
        else:
            chunk = _FIRST_RUN
            while not all(map(_is_closed, monitors)) and float(network.t) < _LONGEST:
                network.run(chunk * second, namespace={})
                chunk = 2 * chunk
        gates = [np.array(getattr(monitor, _GATE))[0, 1:] for monitor in monitors]
        elapsed = np.arange(len(gates[0])) * float(step)
    if duration is None:
        elapsed = elapsed[: max(map(_samples_until_closed, gates))]
    else:
        elapsed = elapsed[elapsed <= float(duration) + 0.5 * float(step)]
    return [
        _with_peak(receptor, elapsed, gate[: len(elapsed)])
        for receptor, gate in zip(receptors, gates, strict=True)
    ]


def _group(receptor: ReceptorWithValues, dt: Quantity) -> NeuronGroup:
    """Return a group of one gate, with a spike in the first step."""
    kinetics, names = receptor.synapse.kinetics, receptor.synapse_names
    fragment = kinetics.fragment(names)
    values = {name: receptor.values[name] for name in fragment.parameters}
    for name, value in values.items():
        if value is None:
            raise InvalidValueError(
                f"{receptor.label}: {name} has no value: "
                f"{fragment.parameters[name].remedy}."
            )
    durations = {name: values[name] for name in fragment.durations}
    problems = duration_problems(durations, float(dt))
    if problems:
        raise InvalidValueError(f"{receptor.label}: {' '.join(problems)}")
    gate = Equation.define(_GATE, str(kinetics.gate(names)), "1")
    return NeuronGroup(
        1,
        "\n".join(map(str, (*fragment.equations, gate))),
        threshold="t_in_timesteps == 0",
        reset="\n".join(kinetics.on_spike(names, "1")),
        # this method steps linear gates exactly
        method=CRANK_NICOLSON if kinetics.linear else kinetics.method,
        namespace=values,
        dt=dt,
    )


def _is_closed(monitor: StateMonitor) -> bool:
    """Return whether the recorded gate has closed after its peak."""
    gate = np.abs(getattr(monitor, _GATE)[0])
    return len(gate) > 1 and bool(gate[-1] <= _CLOSED * gate.max())


def _samples_until_closed(gate: np.ndarray) -> int:
    """Return the number of samples until the gate has closed."""
    size = np.abs(gate)
    (is_open,) = np.nonzero(size > _CLOSED * size.max(initial=0))
    return min(int(is_open[-1]) + 2 if len(is_open) else 1, len(gate))


def _with_peak(
    receptor: ReceptorWithValues, t: np.ndarray, gate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Insert the peak of a gate with a rise and a decay time into its samples."""
    times = receptor.synapse.kinetics.times(receptor.synapse_names)
    if times is None:
        return t, gate
    rise, decay = (float(receptor.values[name]) for name in times)
    # log1p and expm1 are accurate where the time constants are almost equal.
    ratio = (decay - rise) / rise
    peak = decay * (np.log1p(ratio) / ratio if ratio else 1.0)
    if peak >= t[-1]:
        return t, gate
    after = max(int(np.searchsorted(t, peak)), 1)
    if t[after] == peak:
        return t, gate
    ratio = _dual(peak, rise, decay) / _dual(t[after], rise, decay)
    return np.insert(t, after, peak), np.insert(gate, after, gate[after] * ratio)


def _dual(t: float, rise: float, decay: float) -> float:
    """Return ``exp(-t/decay) - exp(-t/rise)``, divided by ``1/rise - 1/decay``."""
    rate = 1 / rise - 1 / decay
    rising = -np.expm1(-rate * t) / rate if rate else t
    return float(np.exp(-t / decay) * rising)
