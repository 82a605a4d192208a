"""Outputs: the current that flows through the gate of a receptor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from brian2.units.allunits import mvolt
from brian2.units.fundamentalunits import Quantity, get_dimensions

from ..equations.fragment import Factor, Fragment, Parameter, parameters_of
from ..equations.parameters import default_params
from ..errors import UnitError
from ..names import SynapseNames
from ..units import Checked, Spec, number, quantity, show
from .kinetics import REMEDY

__all__ = [
    "ConductanceBased",
    "CurrentBased",
    "MagnesiumBlock",
    "Output",
    "magnesium_blocks",
]

REVERSAL = Spec("volt", "reversal potential of the receptor")


@dataclass(frozen=True, kw_only=True, eq=False)
class Output(Checked, ABC):
    """Base of the outputs.

    Attributes
    ----------
    conductance : bool
        Whether the receptor has a maximal conductance ``g``.
    """

    conductance: ClassVar[bool] = True

    @abstractmethod
    def current(self, names: SynapseNames, gate: str) -> str:
        """Return the expression of the current through *gate*."""

    @abstractmethod
    def fragment(self, names: SynapseNames) -> Fragment:
        """Return the parameters and factors of the current."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CurrentBased(Output):
    """``I = J gate w``, independent of the voltage; a positive current depolarises.

    Parameters
    ----------
    J : Quantity
        Current at a gate of 1 (amp); negative for inhibition.

    Notes
    -----
    Parameter: ``J_``, in place of ``g_``.

    References
    ----------
    Roth & van Rossum (2009). Modeling synapses. In Computational Modeling Methods for
    Neuroscientists. doi:10.7551/mitpress/9780262013277.003.0007

    Examples
    --------
    >>> from brian2 import ms, pA
    >>> from dendrisyn import CurrentBased, Exponential, Synapse
    >>> Synapse('exc', 'x', kinetics=Exponential(t_decay=5*ms),
    ...         output=CurrentBased(J=30*pA)).output.J
    30. * pamp
    """

    conductance: ClassVar[bool] = False

    J: Quantity = quantity("amp", "current at a gate of 1", default=None)

    def current(self, names: SynapseNames, gate: str) -> str:
        return f"{names('J')} * {gate} * {names('w')}"

    def fragment(self, names: SynapseNames) -> Fragment:
        return Fragment(parameters=parameters_of(self, {names("J"): "J"}, REMEDY))


@dataclass(frozen=True, kw_only=True, eq=False)
class ConductanceBased(Output):
    """``I = g (E - V) gate w``; a positive current depolarises.

    Parameters
    ----------
    E : Quantity, optional
        Reversal potential of this receptor (volt). By default all receptors of a
        channel in a model share ``E_<channel>``.

    References
    ----------
    Roth & van Rossum (2009). Modeling synapses. In Computational Modeling Methods for
    Neuroscientists. doi:10.7551/mitpress/9780262013277.003.0007

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn import ConductanceBased
    >>> ConductanceBased(E=-70*mV).E
    -70. * mvolt
    """

    E: Quantity = quantity("volt", "reversal potential of the receptor", default=None)

    def reversal(self, names: SynapseNames) -> str:
        """Return the name of the reversal potential: its own or the model's."""
        return f"E_{names.channel}" if self.E is None else names("E")

    def current(self, names: SynapseNames, gate: str) -> str:
        drive = f"({self.reversal(names)} - {names.names('V')})"
        return f"{names('g')} * {drive} * {gate} * {names('w')}"

    def fragment(self, names: SynapseNames) -> Fragment:
        if self.E is None:
            return Fragment()
        return Fragment(parameters={names("E"): Parameter(self.E, REVERSAL)})


@dataclass(frozen=True, kw_only=True, eq=False)
class MagnesiumBlock(Output):
    """Conductance with the voltage-dependent block of NMDA receptors by magnesium.

    ``I = g (E - V) gate w B`` with ``B = 1/(1 + Mg/beta exp(-alpha (V/mV + gamma)))``.
    Parameters that are left out are shared by all receptors of a model
    (``E_<channel>``, ``Mg_con``, ``Alpha_NMDA``, ``Beta_NMDA``, ``Gamma_NMDA``); the
    others belong to this receptor and carry its full suffix. Receptors of a compartment
    with equal blocks share the variable ``B``. `magnesium_blocks` holds published ones.

    Parameters
    ----------
    E : Quantity, optional
        Reversal potential of this receptor (volt).
    Mg : float, optional
        External magnesium concentration (in mM).
    alpha : float, optional
        Steepness (per mV).
    beta : float, optional
        Sensitivity to magnesium (in mM).
    gamma : float, optional
        Shift (in mV).

    References
    ----------
    Jahr & Stevens (1990). Voltage dependence of NMDA-activated macroscopic
    conductances predicted by single-channel kinetics. Journal of Neuroscience 10,
    3178. doi:10.1523/JNEUROSCI.10-09-03178.1990

    Examples
    --------
    The block of a receptor that opens at more depolarised voltages:

    >>> from brian2 import ms, nS
    >>> from dendrisyn import NMDA, MagnesiumBlock
    >>> weak = NMDA('x', g=1*nS, t_decay=60*ms, output=MagnesiumBlock(gamma=-10))
    >>> weak.output.gamma
    -10.0
    """

    E: Quantity = quantity("volt", "reversal potential of the receptor", default=None)
    Mg: float | None = number("external magnesium (mM)", None)
    alpha: float | None = quantity("1", "steepness of the block (1/mV)", default=None)
    beta: float | None = number("sensitivity to magnesium (mM)", None, "positive")
    gamma: float | None = quantity("1", "shift of the block (mV)", default=None)

    #: field of this class -> symbol of its own parameter, name of the shared parameter
    _SYMBOLS: ClassVar = {
        "Mg": ("Mg_con", "Mg_con"),
        "alpha": ("Alpha", "Alpha_NMDA"),
        "beta": ("Beta", "Beta_NMDA"),
        "gamma": ("Gamma", "Gamma_NMDA"),
    }

    def open_fraction(self, V: Quantity) -> np.ndarray:
        """Return the fraction of the conductance that is not blocked.

        Shared parameters are taken from `default_params`.

        Parameters
        ----------
        V : Quantity, any shape
            Voltage (volt).

        Returns
        -------
        ndarray
            Between 0 and 1, of the shape of `V`.

        Raises
        ------
        UnitError
            If `V` is not a voltage.

        Examples
        --------
        >>> from brian2 import mV
        >>> from dendrisyn import MagnesiumBlock
        >>> float(MagnesiumBlock().open_fraction(-70*mV).round(3))
        0.044
        """
        if get_dimensions(V) is not self.spec("E").dimensions:
            raise UnitError(
                f"MagnesiumBlock.open_fraction: expected a voltage (such as -70*mV), "
                f"got {show(V)}."
            )
        shared = default_params()
        Mg, alpha, beta, gamma = (
            shared[common] if getattr(self, field) is None else getattr(self, field)
            for field, (_, common) in self._SYMBOLS.items()
        )
        volts = np.asarray(V / mvolt, dtype=float)
        return 1 / (1 + Mg * np.exp(-alpha * (volts + gamma)) / beta)

    def current(self, names: SynapseNames, gate: str) -> str:
        conductance = ConductanceBased(E=self.E).current(names, gate)
        return f"{conductance} * {self._factor(names).name}"

    def fragment(self, names: SynapseNames) -> Fragment:
        reversal = ConductanceBased(E=self.E).fragment(names).parameters
        own = {names(self._SYMBOLS[field][0]): field for field in self._own}
        return Fragment(
            parameters={**reversal, **parameters_of(self, own)},
            factors=(self._factor(names),),
        )

    @property
    def _own(self) -> list[str]:
        """Return the fields whose parameters belong to this receptor."""
        return [field for field in self._SYMBOLS if getattr(self, field) is not None]

    def _factor(self, names: SynapseNames) -> Factor:
        """Return the block as a factor that receptors of a compartment may share."""
        own = self._own
        Mg, alpha, beta, gamma = parameters = tuple(
            names(symbol) if field in own else shared
            for field, (symbol, shared) in self._SYMBOLS.items()
        )
        exponent = f"-{alpha} * ({names.names('V')} / mV + {gamma})"
        return Factor(
            names("B") if own else names.names("B", "NMDA"),
            "magnesium block",
            f"1 / (1 + {Mg} * exp({exponent}) / {beta})",
            parameters,
        )


#: Published magnesium blocks by name, for the `output` of a receptor. Their open
#: fractions at -70 mV are 0.044, 0.019, 0.037 and 0.003.
#:
#: ``jahr_stevens_1990``: Jahr & Stevens (1990), at 1 mM; the default of models.
#: doi:10.1523/JNEUROSCI.10-09-03178.1990
#: ``pagkalos_2023``: Pagkalos, Chavlis & Poirazi (2023).
#: doi:10.1038/s41467-022-35747-8
#: ``brainpy``: Jahr & Stevens at 1.2 mM, as in BrainPy's tutorials.
#: ``nest_cm``: ``1/(1 + 0.3 exp(-0.1 V/mV))``, of NEST's compartmental model.
magnesium_blocks: Mapping[str, MagnesiumBlock] = MappingProxyType(
    {
        "jahr_stevens_1990": MagnesiumBlock(Mg=1, alpha=0.062, beta=3.57, gamma=0),
        "pagkalos_2023": MagnesiumBlock(
            Mg=1, alpha=0.087, beta=3.57, gamma=10, E=0.35 * mvolt
        ),
        "brainpy": MagnesiumBlock(Mg=1.2, alpha=0.062, beta=3.57, gamma=0),
        "nest_cm": MagnesiumBlock(Mg=1, alpha=0.1, beta=1 / 0.3, gamma=0),
    }
)
