"""Short-term plasticity: what a spike releases depends on the spikes before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Parameter, SynapticFragment
from ..errors import UnitError
from ..units import Checked, number, seconds

__all__ = ["Depression", "ShortTermPlasticity", "TsodyksMarkram"]

#: The fraction of the resources that is used up: 0 in a new synapse, as it must be,
#: where the fraction that is left, x = 1 - z, would have to be set to 1.
_USED, _LEFT = "z_stp", "x_stp"
#: What is left, for statements: in Brian2 2.9 to 2.11 a subexpression such as x_stp
#: reads the state from before the statements and before the event-driven update.
_NOW = f"(1 - {_USED})"
_UTILISATION, _RELEASE = "u_stp", "release_stp"


@dataclass(frozen=True, kw_only=True, eq=False)
class ShortTermPlasticity(Checked, ABC):
    """Base of the rules of short-term plasticity."""

    normalize: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.normalize, bool):
            raise UnitError(
                f"{type(self).__name__}.normalize: expected True or False, got "
                f"{self.normalize!r}."
            )

    @abstractmethod
    def fragment(self) -> SynapticFragment:
        """Return what goes into the synapses, before the spike is transmitted."""

    @property
    def release(self) -> str:
        """What a spike releases, as an expression for the statements after it."""
        return f"{_RELEASE} / U_stp" if self.normalize else _RELEASE

    def _parameters(self, **fields: str) -> dict[str, Parameter]:
        return {
            name: Parameter(getattr(self, field), self.spec(field), f"give {field}")
            for name, field in fields.items()
        }


def _resources(tau: str) -> tuple[Equation, ...]:
    return (
        Equation.ode(_USED, f"-{_USED} / {tau}", "1", "event-driven"),
        Equation.define(_LEFT, f"1 - {_USED}", "1"),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Depression(ShortTermPlasticity):
    """Short-term depression: ``dx/dt = (1 - x)/tau``.

    A spike releases ``U x``, which is taken from ``x``. Between spikes ``x`` is not
    integrated but computed exactly when the next one comes.

    Parameters
    ----------
    normalize : bool
        Whether the release is divided by `U`, so that the first spike has weight 1.
    U : float
        The fraction of the resources that a spike releases.
    tau : Quantity
        Recovery time constant (second).

    Notes
    -----
    Variables of each synapse: ``z_stp``, the fraction that is used up (0 in a new
    synapse), and ``x_stp = 1 - z_stp``, as they were after the last spike. The release
    multiplies the weight, or the pulse of transmitter.

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
            parameters=self._parameters(U_stp="U", tau_stp="tau"),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TsodyksMarkram(ShortTermPlasticity):
    """Short-term depression and facilitation.

    ``dx/dt = (1 - x)/tau_rec`` and ``du/dt = -u/tau_facil``. On a spike
    ``u += U (1 - u)``, then ``u x`` is released and taken from ``x``. Between spikes
    nothing is integrated; both are computed exactly when the next one comes.

    Parameters
    ----------
    normalize : bool
        Whether the release is divided by `U`, so that the first spike has weight 1.
    U : float
        The fraction of the resources that the first spike releases.
    tau_rec : Quantity
        Recovery time constant (second).
    tau_facil : Quantity
        Facilitation time constant (second). Without facilitation, use `Depression`.

    Notes
    -----
    Variables of each synapse: ``z_stp``, the fraction that is used up (0 in a new
    synapse), ``x_stp = 1 - z_stp`` and ``u_stp``, as they were after the last spike.
    The release multiplies the weight, or the pulse of transmitter.

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
            parameters=self._parameters(
                U_stp="U", tau_rec_stp="tau_rec", tau_facil_stp="tau_facil"
            ),
        )
