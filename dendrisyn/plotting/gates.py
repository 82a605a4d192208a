"""How the gate of a receptor moves after one spike: the kinetics itself, run alone."""

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

__all__ = ["Receptor", "receptor_gates"]

#: The gate, as a variable of its own.
_GATE = "gate_of_receptor"

#: A gate is followed until it is this small, relative to its peak, or for this long.
_LEFT, _FIRST, _LONGEST = 0.01, 0.02, 3.0


class Receptor(NamedTuple):
    """A receptor and the values of its parameters.

    Attributes
    ----------
    label : str
        What it is called.
    synapse : Synapse
        The receptor.
    names : Names
        The names of its compartment.
    values : mapping of str to Quantity or float
        Its parameters, by name.
    """

    label: str
    synapse: Synapse
    names: Names
    values: Mapping[str, Any]

    @classmethod
    def alone(cls, synapse: Synapse) -> Receptor:
        """Return a receptor that belongs to no compartment."""
        names = Names.of("")
        values = resolve(synapse.fragment(names).parameters)
        return cls(synapse.label, synapse, names, values)

    @property
    def own(self) -> SynapseNames:
        """Its names."""
        return SynapseNames(self.names, self.synapse.channel, self.synapse.tag)

    def value(self, symbol: str) -> Any:
        """Return the value of ``<symbol>_<channel>_<tag>``, None if there is none."""
        return self.values.get(self.own(symbol))


def receptor_gates(
    receptors: Sequence[Receptor], duration: Quantity | None, dt: Quantity | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return time since the spike (second, no unit) and gate of each receptor.

    Parameters
    ----------
    receptors : sequence of Receptor
        The receptors, each of which has a gate.
    duration : Quantity, optional
        How long (second); by default until all gates have closed.
    dt : Quantity, optional
        The step (second); by default that of the user's clock.

    Raises
    ------
    InvalidValueError
        If a parameter is not given, or a pulse lasts no step.
    """
    with isolated() as clock:
        step = clock if dt is None else dt
        groups = [_group(each, step) for each in receptors]
        monitors = [StateMonitor(each, _GATE, record=0, dt=step) for each in groups]
        network = Network(groups, monitors)
        # One step until the spike has acted, one more for the last sample.
        if duration is not None:
            network.run(duration + 2 * step, namespace={})
        else:
            chunk = _FIRST
            while not all(map(_closed, monitors)) and float(network.t) < _LONGEST:
                network.run(chunk * second, namespace={})
                chunk = 2 * chunk
        gates = [np.array(getattr(each, _GATE))[0, 1:] for each in monitors]
        elapsed = np.arange(len(gates[0])) * float(step)
    if duration is None:
        elapsed = elapsed[: max(map(_end, gates))]
    else:
        elapsed = elapsed[elapsed <= float(duration) + 0.5 * float(step)]
    return [
        _with_peak(receptor, elapsed, gate[: len(elapsed)])
        for receptor, gate in zip(receptors, gates, strict=True)
    ]


def _group(receptor: Receptor, dt: Quantity) -> NeuronGroup:
    """Return a group of one gate, to which a spike comes in the first step."""
    kinetics, own = receptor.synapse.kinetics, receptor.own
    fragment = kinetics.fragment(own)
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
    gate = Equation.define(_GATE, str(kinetics.gate(own)), "1")
    return NeuronGroup(
        1,
        "\n".join(map(str, (*fragment.equations, gate))),
        threshold="t_in_timesteps == 0",
        reset="\n".join(kinetics.on_spike(own, "1")),
        # exact where gates are linear
        method=CRANK_NICOLSON if kinetics.linear else kinetics.method,
        namespace=values,
        dt=dt,
    )


def _closed(monitor: StateMonitor) -> bool:
    """Whether a gate that was opened has closed."""
    gate = np.abs(getattr(monitor, _GATE)[0])
    return len(gate) > 1 and bool(gate[-1] <= _LEFT * gate.max())


def _end(gate: np.ndarray) -> int:
    """Return the number of samples until a gate has closed."""
    size = np.abs(gate)
    (is_open,) = np.nonzero(size > _LEFT * size.max(initial=0))
    return min(int(is_open[-1]) + 2 if len(is_open) else 1, len(gate))


def _with_peak(
    receptor: Receptor, t: np.ndarray, gate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Put the peak of a gate with a rise and a decay time among its samples."""
    times = receptor.synapse.kinetics.times(receptor.own)
    if times is None:
        return t, gate
    rise, decay = (float(receptor.values[name]) for name in times)
    # log1p and expm1: the time constants may be equal, or almost.
    ratio = (decay - rise) / rise
    peak = decay * (np.log1p(ratio) / ratio if ratio else 1.0)
    if peak >= t[-1]:
        return t, gate
    after = max(int(np.searchsorted(t, peak)), 1)
    if t[after] == peak:
        return t, gate
    share = _shape(peak, rise, decay) / _shape(t[after], rise, decay)
    return np.insert(t, after, peak), np.insert(gate, after, gate[after] * share)


def _shape(t: float, rise: float, decay: float) -> float:
    """Return ``exp(-t/decay) - exp(-t/rise)``, divided by ``1/rise - 1/decay``."""
    slope = 1 / rise - 1 / decay
    less = -np.expm1(-slope * t) / slope if slope else t
    return float(np.exp(-t / decay) * less)
