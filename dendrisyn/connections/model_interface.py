"""`ModelInterface`: what a model has that projections end at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ..equations.fragment import Equation, Parameter
from ..equations.mechanism import Mechanism
from ..names import Names
from ..synapses import Synapse

__all__ = ["ModelInterface", "Receptor"]


class Receptor(NamedTuple):
    """A receptor and the names of its compartment."""

    synapse: Synapse
    names: Names


class ModelInterface(NamedTuple):
    """What a model has that projections end at.

    Attributes
    ----------
    receptors : mapping of str to Receptor
        By channel, tag and compartment.
    parameters : mapping of str to Parameter
        All parameters of the model.
    variables : mapping of str to Equation
        Its equations.
    events : collection of str
        The names of its events.
    mechanisms : mapping of str to mapping of str to Mechanism
        The mechanisms of each compartment by label, by the name of its voltage.
    """

    receptors: Mapping[str, Receptor]
    parameters: Mapping[str, Parameter]
    variables: Mapping[str, Equation]
    events: Collection[str]
    mechanisms: Mapping[str, Mapping[str, Mechanism]]
