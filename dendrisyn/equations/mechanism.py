"""`Mechanism`: the immutable base of all that can be added to a compartment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ..names import Names
from ..units import Checked
from .fragment import Fragment

__all__ = ["Mechanism"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Mechanism(Checked, ABC):
    """A part of a compartment: a synapse, a dendritic spike, a noise.

    A mechanism is a frozen dataclass. Its parameters are `quantity` fields, which
    are checked when it is made; `dataclasses.replace` varies one. It belongs to no
    compartment: the same object may be added to many.
    """

    @property
    @abstractmethod
    def label(self) -> str:
        """The name that tells it from the other mechanisms of a compartment."""

    @abstractmethod
    def fragment(self, names: Names) -> Fragment:
        """Return the equations and parameters for the compartment of *names*."""
