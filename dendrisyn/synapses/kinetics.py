"""`Kinetics`: how the gate of a receptor moves after a presynaptic spike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from ..equations.fragment import Fragment, Parameter
from ..names import SynapseNames
from ..units import Checked

__all__ = ["Kinetics", "product"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Kinetics(Checked, ABC):
    """Base of the kinetics. The gate is dimensionless; a spike adds to ``s``.

    Attributes
    ----------
    linear : bool
        Whether the gates of all synapses of a receptor may be added up and moved as
        one, on the neuron.
    method : str
        The method of Brian2 that integrates a gate on its synapse: exact where there is
        one.
    """

    linear: ClassVar[bool] = True
    method: ClassVar[str] = "exact"

    @abstractmethod
    def fragment(self, names: SynapseNames) -> Fragment:
        """Return the equations of the gate, and its parameters."""

    @abstractmethod
    def gate(self, names: SynapseNames) -> str | None:
        """Return what opens the conductance; None if a spike moves the voltage."""

    def increment(self, names: SynapseNames) -> tuple[str, tuple[str, ...]]:
        """Return the variable that a spike adds to, and what scales it."""
        return names.state("s"), ()

    def on_spike(
        self, names: SynapseNames, amount: str, suffix: str = ""
    ) -> tuple[str, ...]:
        """Return the statements that a spike runs.

        Parameters
        ----------
        names : SynapseNames
            The names of the receptor.
        amount : str
            What a spike releases: an expression that is 1 for a plain spike.
        suffix : str
            What follows the names of variables: ``'_post'`` where they are those of the
            neuron.
        """
        variable, factors = self.increment(names)
        return (f"{variable}{suffix} += {product(*factors, amount)}",)

    def times(self, names: SynapseNames) -> tuple[str, str] | None:
        """Return the names of rise and decay time, if there are both."""
        return None

    def parameter(self, name: str, field: str) -> dict[str, Parameter]:
        """Return the parameter *name*, which holds the field *field*."""
        remedy = f"give {field}, or set parameters[{name!r}]"
        return {name: Parameter(getattr(self, field), self.spec(field), remedy)}


def product(*factors: str) -> str:
    """Return the product of expressions, without the factors that are 1."""
    return " * ".join(each for each in factors if each != "1") or "1"
