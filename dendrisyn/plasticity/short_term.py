"""Short-term plasticity: the release of a spike depends on earlier spikes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Parameter, SynapticFragment, parameters_of
from ..units import Checked, check_bool, number, seconds

__all__ = ["Depression", "ShortTermPlasticity", "TsodyksMarkram"]

#: The used fraction of the resources, z, is 0 in a new synapse; the remaining fraction,
#: x = 1 - z, would have to be set to 1.
_USED, _LEFT = "z_stp", "x_stp"
#: The remaining fraction in statements. In Brian2 2.9 to 2.11 a subexpression such as
#: x_stp reads the state before the statements and before the event-driven update.
_NOW = f"(1 - {_USED})"
_UTILISATION, _RELEASE = "u_stp", "release_stp"


@dataclass(frozen=True, kw_only=True, eq=False)
class ShortTermPlasticity(Checked, ABC):
    """Base of the rules of short-term plasticity.

    A subclass sets ``release_stp``, the release of a spike, in its statements, and has
    the field ``U``, the release of the first spike, as the parameter ``U_stp``.

    Parameters
    ----------
    normalize : bool
        Whether the release is divided by ``U``, so that the first spike has weight 1.
    """

    normalize: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bool(self.normalize, f"{type(self).__name__}.normalize")

    @abstractmethod
    def fragment(self) -> SynapticFragment:
        """Return the equations of the synapses and the statements before a release."""

    @property
    def release(self) -> str:
        """The expression of the release, for the statements that follow."""
        return f"{_RELEASE} / U_stp" if self.normalize else _RELEASE

    def settings(self, *fields: str) -> dict[str, Parameter]:
        """Return fields as parameters, by their names in code: ``U_stp`` for ``U``."""
        return parameters_of(
            self, {f"{field}_stp": field for field in fields}, "give {field}"
        )


def _resources(tau: str) -> tuple[Equation, ...]:
    """Return the equations of the used and the remaining resources."""
    return (
        Equation.ode(_USED, f"-{_USED} / {tau}", "1", "event-driven"),
        Equation.define(_LEFT, f"1 - {_USED}", "1"),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Depression(ShortTermPlasticity):
    """Short-term depression: ``dx/dt = (1 - x)/tau``.

    A spike releases ``U x``, which is subtracted from ``x``. Between spikes nothing is
    integrated: the next spike computes the exact value of ``x``.

    Parameters
    ----------
    normalize
        See `ShortTermPlasticity`.
    U : float
        Fraction of the resources that a spike releases.
    tau : Quantity
        Recovery time constant (second).

    Notes
    -----
    Variables per synapse: ``z_stp``, the used fraction (0 in a new synapse), and
    ``x_stp = 1 - z_stp``, after the last spike. The release multiplies the weight, or
    the pulse of transmitter.

    References
    ----------
    Tsodyks & Markram (1997). The neural code between neocortical pyramidal neurons
    depends on neurotransmitter release probability. PNAS 94, 719.
    doi:10.1073/pnas.94.2.719

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import Depression
    >>> Depression(U=0.5, tau=700*ms).U
    0.5
    """

    U: float = number("fraction released by a spike", sign="fraction")
    tau: Quantity = seconds("recovery time constant")

    def fragment(self) -> SynapticFragment:
        return SynapticFragment(
            equations=_resources("tau_stp"),
            on_pre=(
                f"{_RELEASE} = U_stp * {_NOW}",
                f"{_USED} += {_RELEASE}",
            ),
            parameters=self.settings("U", "tau"),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TsodyksMarkram(ShortTermPlasticity):
    """Short-term depression and facilitation.

    ``dx/dt = (1 - x)/tau_rec`` and ``du/dt = -u/tau_facil``. On a spike
    ``u += U (1 - u)``, then ``u x`` is released and subtracted from ``x``. Between
    spikes nothing is integrated: the next spike computes both exactly.

    Parameters
    ----------
    normalize
        See `ShortTermPlasticity`.
    U : float
        Fraction of the resources that the first spike releases.
    tau_rec : Quantity
        Recovery time constant (second).
    tau_facil : Quantity
        Facilitation time constant (second). Without facilitation, use `Depression`.

    Notes
    -----
    Variables per synapse: ``z_stp``, the used fraction (0 in a new synapse),
    ``x_stp = 1 - z_stp`` and ``u_stp``, after the last spike. The release multiplies
    the weight, or the pulse of transmitter.

    References
    ----------
    Tsodyks, Pawelzik & Markram (1998). Neural networks with dynamic synapses. Neural
    Computation 10, 821. doi:10.1162/089976698300017502

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import TsodyksMarkram
    >>> TsodyksMarkram(U=0.03, tau_rec=130*ms, tau_facil=530*ms).tau_rec
    130. * msecond
    """

    U: float = number("fraction released by the first spike", sign="fraction")
    tau_rec: Quantity = seconds("recovery time constant")
    tau_facil: Quantity = seconds("facilitation time constant")

    def fragment(self) -> SynapticFragment:
        u = _UTILISATION
        return SynapticFragment(
            equations=(
                *_resources("tau_rec_stp"),
                Equation.ode(u, f"-{u} / tau_facil_stp", "1", "event-driven"),
            ),
            on_pre=(
                f"{u} += U_stp * (1 - {u})",
                f"{_RELEASE} = {u} * {_NOW}",
                f"{_USED} += {_RELEASE}",
            ),
            parameters=self.settings("U", "tau_rec", "tau_facil"),
        )
