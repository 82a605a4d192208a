"""`Kinetics`: base of the models of a receptor's gate after presynaptic spikes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from ..equations.fragment import Fragment, Parameter, parameters_of
from ..names import SynapseNames
from ..units import Checked

__all__ = ["REMEDY", "Kinetics", "product"]

#: Text of a missing parameter of kinetics and outputs.
REMEDY = "give {field}, or set parameters[{name!r}]"


@dataclass(frozen=True, kw_only=True, eq=False)
class Kinetics(Checked, ABC):
    """Base of the kinetics: a dimensionless gate that opens after a spike.

    Attributes
    ----------
    linear : bool
        Whether one gate on the neuron can stand for the sum of the gates of all
        synapses of a receptor.
    method : str
        The method of Brian2 that integrates a gate on its synapse.
    """

    linear: ClassVar[bool] = True
    method: ClassVar[str] = "exact"

    @abstractmethod
    def fragment(self, names: SynapseNames) -> Fragment:
        """Return the equations and parameters of the gate."""

    @abstractmethod
    def gate(self, names: SynapseNames) -> str | None:
        """Return the expression of the gate; None if a spike changes the voltage."""

    def increment(self, names: SynapseNames) -> tuple[str, tuple[str, ...]]:
        """Return the variable that a spike increases, and its factors."""
        return names.state("s"), ()

    def on_spike(
        self, names: SynapseNames, amount: str, suffix: str = ""
    ) -> tuple[str, ...]:
        """Return the statements that run on a presynaptic spike.

        Parameters
        ----------
        names : SynapseNames
            The names of the receptor.
        amount : str
            Expression of the released amount: 1 for a plain spike.
        suffix : str
            Suffix of the variables: ``'_post'`` for variables of the neuron.
        """
        variable, factors = self.increment(names)
        return (f"{variable}{suffix} += {product(*factors, amount)}",)

    def times(self, names: SynapseNames) -> tuple[str, str] | None:
        """Return the names of the rise and the decay time, None without both."""
        return None

    def parameter(self, name: str, field: str) -> dict[str, Parameter]:
        """Return the parameter *name* that holds the field *field*."""
        return parameters_of(self, {name: field}, REMEDY)


def product(*factors: str) -> str:
    """Return the product of expressions, without the factors that are 1."""
    return " * ".join(factor for factor in factors if factor != "1") or "1"
