"""`Structure`: a frozen view of a model, for all rooms that read models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from brian2.units.fundamentalunits import Quantity

from ..connections.model_interface import ModelInterface, Receptor
from ..equations.assembly import Assembly, assemble
from ..equations.compartment_equations import (
    CompartmentEquations,
    ParameterTable,
    Source,
    merge_parameters,
)
from ..equations.fragment import Equation, Parameter
from ..equations.mechanism import Mechanism
from ..errors import AssemblyError, InvalidValueError, look_up
from ..mechanisms.dendritic_spike import DendriticSpike
from ..mechanisms.membranes import Membrane
from ..names import Names, SynapseNames
from ..synapses import Synapse
from ..units import same_value
from .coupling import Coupling
from .geometry import EphysProperties

__all__ = [
    "CompartmentStructure",
    "CouplingStructure",
    "SpikeSite",
    "Structure",
    "check_structure",
]


@dataclass(frozen=True, eq=False)
class CompartmentStructure:
    """One compartment of a model."""

    #: The name; empty for the compartment of a `PointNeuronModel`.
    name: str
    #: Joins the names of its variables: ``names('V')`` is its voltage.
    names: Names
    #: Whether it is a soma.
    is_soma: bool
    #: The membrane model.
    membrane: Membrane
    #: The other mechanisms by label.
    mechanisms: Mapping[str, Mechanism]
    #: Size and passive properties.
    ephys: EphysProperties
    #: The equations and parameters, without couplings.
    equations: CompartmentEquations

    @property
    def voltage(self) -> str:
        """The name of the voltage."""
        return self.names("V")

    @cached_property
    def receptors(self) -> Mapping[str, Synapse]:
        """The receptors by their full names, such as ``'AMPA_x_dend'``."""
        return {
            self.names(label): mechanism
            for label, mechanism in self.mechanisms.items()
            if isinstance(mechanism, Synapse)
        }

    @cached_property
    def dendritic_spikes(self) -> Mapping[str, DendriticSpike]:
        """The dendritic spikes by their events, such as ``'spike_Na_dend'``."""
        return {
            self.names.event(mechanism.name): mechanism
            for mechanism in self.mechanisms.values()
            if isinstance(mechanism, DendriticSpike)
        }

    @property
    def event_names(self) -> tuple[str, ...]:
        """The names of all events of the compartment."""
        sources = self.equations.all_sources
        return tuple(name for source in sources for name in source.fragment.events)

    @property
    def gates(self) -> Mapping[str, tuple[str, str]]:
        """The names of the rise and decay times of receptors with a rise, by label."""
        gates = {}
        for receptor in self.receptors.values():
            names = SynapseNames(self.names, receptor.channel, receptor.tag)
            times = None if receptor.per_synapse else receptor.kinetics.times(names)
            if times is not None:
                gates[receptor.label] = times
        return gates


class CouplingStructure(NamedTuple):
    """A coupling: the names of two compartments, and of its conductance."""

    first: str
    second: str
    conductance: str


class SpikeSite(NamedTuple):
    """A dendritic spike and its compartment."""

    spike: DendriticSpike
    compartment: CompartmentStructure


@dataclass(frozen=True, eq=False)
class Structure:
    """A frozen view of a model."""

    #: The model, as messages call it.
    title: str
    #: By name, in reading order.
    compartments: Mapping[str, CompartmentStructure]
    #: The couplings, with the conductances that they were made with.
    links: tuple[Coupling, ...]
    #: Equations that the user added to the model as a whole.
    custom: tuple[Source, ...]
    #: Parameters that all mechanisms share.
    shared: Mapping[str, Quantity]
    #: Parameter values that the user set by name: they win over all others.
    values: Mapping[str, Quantity]

    @cached_property
    def assembly(self) -> Assembly:
        """The equations, parameters and events."""
        return self.assemble()

    def assemble(
        self, per_neuron: Sequence[str] = (), held: Sequence[str] = ()
    ) -> Assembly:
        """Return the equations, parameters and events of a group."""
        return assemble(
            self.coupled_compartments,
            self.table(per_neuron),
            custom=self.custom,
            per_neuron=per_neuron,
            held=held,
        )

    @cached_property
    def coupled_compartments(self) -> tuple[CompartmentEquations, ...]:
        """The equations of all compartments, with the currents of the couplings."""
        coupled: dict[str, list[Source]] = {name: [] for name in self.compartments}
        for link in self.links:
            for end in link.ends:
                fragment = replace(link.fragment(end), parameters={})
                coupled[end].append(Source(f"the {link.title}", fragment))
        return tuple(
            compartment.equations.with_sources(*coupled[name])
            for name, compartment in self.compartments.items()
        )

    def table(self, per_neuron: Sequence[str] = ()) -> ParameterTable:
        """Return all parameters; both names of a coupling have one value."""
        common: dict[str, Parameter] = {}
        values = dict(self.values)
        problems = []
        for link in self.links:
            given = [values.pop(name) for name in link.names if name in values]
            if len(given) > 1 and not same_value(*given):
                problems.append(link.two_values(*given))
            if given:
                link = replace(link, how=given[0])
            leading = [name for name in link.names if name in per_neuron]
            if len(leading) > 1:
                problems.append(
                    f"per_neuron: {' and '.join(leading)} are two names of one value. "
                    "Name one."
                )
            common |= link.parameters(leading[0] if leading else None)
        merged = merge_parameters(
            self.coupled_compartments, self.shared, common, values
        )
        return merged._replace(problems=[*problems, *merged.problems])

    @property
    def couplings(self) -> tuple[CouplingStructure, ...]:
        """The couplings, with the names of their conductances."""
        return tuple(
            CouplingStructure(*link.ends, link.name(link.ends[0]))
            for link in self.links
        )

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """All parameters by name; `equations.parameters.resolve` gives their values."""
        return self.assembly.parameters

    @property
    def equations(self) -> Mapping[str, Equation]:
        """All equations by the variable that they define."""
        return self.assembly.equations

    @property
    def events(self) -> Mapping[str, str]:
        """All events and their conditions."""
        return self.assembly.events

    @cached_property
    def receptors(self) -> Mapping[str, Receptor]:
        """All receptors by name, each with the names of its compartment."""
        return {
            name: Receptor(receptor, compartment.names)
            for compartment in self.compartments.values()
            for name, receptor in compartment.receptors.items()
        }

    @cached_property
    def dendritic_spikes(self) -> Mapping[str, SpikeSite]:
        """All dendritic spikes by the names of their events."""
        return {
            event: SpikeSite(spike, compartment)
            for compartment in self.compartments.values()
            for event, spike in compartment.dendritic_spikes.items()
        }

    @property
    def somata(self) -> tuple[str, ...]:
        """The names of the somata."""
        return tuple(n for n, each in self.compartments.items() if each.is_soma)

    @property
    def soma(self) -> str:
        """The name of the first soma, or of the first compartment without one."""
        return next(iter(self.somata or self.compartments))

    def compartment(self, name: object = None, where: str = "") -> CompartmentStructure:
        """Return a compartment by its name; the soma if *name* is None."""
        if name is None:
            return self.compartments[self.soma]
        return look_up(name, self.compartments, "compartment", where)

    def receptor(self, name: object, where: str = "") -> Receptor:
        """Return a receptor by its full name, such as ``'AMPA_x_dend'``."""
        return look_up(name, self.receptors, "receptor", where)

    def coupling(self, one: str, other: str) -> CouplingStructure:
        """Return the coupling of two compartments."""
        for coupling in self.couplings:
            if {coupling.first, coupling.second} == {one, other}:
                return coupling
        raise InvalidValueError(f"{one!r} and {other!r} are not coupled directly.")

    @cached_property
    def interface(self) -> ModelInterface:
        """The receptors, parameters and variables that projections refer to."""
        return ModelInterface(
            self.receptors,
            self.parameters,
            self.equations,
            self.events,
            {each.voltage: each.mechanisms for each in self.compartments.values()},
        )


def check_structure(structure: Structure) -> None:
    """Raise if a model cannot be assembled."""
    assembly = structure.assembly
    problems = list(assembly.complaints)
    if not problems and structure.custom:
        problems = assembly.check_custom()
    if problems:
        raise AssemblyError("this does not go together", problems)
