"""`Structure`: a frozen view of a model, for all rooms that read models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..connections.model_interface import ModelInterface, Receptor
from ..equations.assembly import Assembly
from ..equations.fragment import Equation, Parameter
from ..equations.mechanism import Mechanism
from ..errors import InvalidValueError, look_up
from ..mechanisms.dendritic_spike import DendriticSpike
from ..mechanisms.membranes import Membrane
from ..names import Names
from ..synapses import Synapse
from .geometry import EphysProperties

__all__ = ["CompartmentStructure", "CouplingStructure", "SpikeSite", "Structure"]


@dataclass(frozen=True, eq=False)
class CompartmentStructure:
    """One compartment of a model.

    Attributes
    ----------
    name : str
        The name; empty for the compartment of a `PointNeuronModel`.
    names : Names
        Joins the names of its variables: ``names('V')`` is its voltage.
    is_soma : bool
        Whether it is a soma.
    membrane : Membrane
        The membrane model.
    mechanisms : mapping of str to Mechanism
        The other mechanisms by label.
    ephys : EphysProperties
        Size and passive properties.
    """

    name: str
    names: Names
    is_soma: bool
    membrane: Membrane
    mechanisms: Mapping[str, Mechanism]
    ephys: EphysProperties

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

    @cached_property
    def event_names(self) -> tuple[str, ...]:
        """The names of all events of the compartment."""
        fragments = (each.fragment(self.names) for each in self.mechanisms.values())
        return tuple(name for fragment in fragments for name in fragment.events)


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
    """A frozen view of a model.

    Attributes
    ----------
    title : str
        The model, as messages call it.
    compartments : mapping of str to CompartmentStructure
        By name, in reading order.
    couplings : tuple of CouplingStructure
        The couplings.
    assembly : Assembly
        The equations, parameters and events.
    """

    title: str
    compartments: Mapping[str, CompartmentStructure]
    couplings: tuple[CouplingStructure, ...]
    assembly: Assembly

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
        """Return a compartment by its name; the soma if *name* is None.

        Raises
        ------
        UnknownNameError
            If there is no such compartment.
        """
        if name is None:
            return self.compartments[self.soma]
        return look_up(name, self.compartments, "compartment", where)

    def receptor(self, name: object, where: str = "") -> Receptor:
        """Return a receptor by its full name, such as ``'AMPA_x_dend'``.

        Raises
        ------
        UnknownNameError
            If there is no such receptor.
        """
        return look_up(name, self.receptors, "receptor", where)

    def coupling(self, one: str, other: str) -> CouplingStructure:
        """Return the coupling of two compartments.

        Raises
        ------
        InvalidValueError
            If they are not coupled directly.
        """
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
