"""Linear kinetics: one gate on the neuron for all synapses of a receptor."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, log
from typing import ClassVar

from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Formula, Fragment, Parameter, parameters_of
from ..errors import InvalidValueError
from ..names import SynapseNames
from ..units import Spec, check_bool, quantity, seconds
from .kinetics import REMEDY, Kinetics

__all__ = ["Alpha", "Delta", "DualExponential", "Exponential", "g_norm_factor"]

_DRIVE = Spec("hertz", "drive of the conductance, which normalises its peak")


@dataclass(frozen=True, kw_only=True, eq=False)
class Delta(Kinetics):
    """Jump of the voltage at a spike: ``V += J w``, without a gate or an output.

    Parameters
    ----------
    J : Quantity
        Jump after one spike of weight 1 (volt).

    Notes
    -----
    Parameter: ``J_``. The jump does not depend on the size of the compartment. The code
    that makes it comes from `projection` or `poisson_input`.

    References
    ----------
    Roth & van Rossum (2009). Modeling synapses. In Computational Modeling Methods for
    Neuroscientists. doi:10.7551/mitpress/9780262013277.003.0007

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn import Delta, Synapse
    >>> Synapse('kick', 'x', kinetics=Delta(J=0.5*mV)).label
    'kick_x'
    """

    J: Quantity = quantity("volt", "jump of the voltage", default=None)

    def gate(self, names: SynapseNames) -> str | None:
        return None

    def fragment(self, names: SynapseNames) -> Fragment:
        return Fragment(parameters=self.parameter(names("J"), "J"))

    def increment(self, names: SynapseNames) -> tuple[str, tuple[str, ...]]:
        return names.names("V"), (names("J"), names("w"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Exponential(Kinetics):
    """Instantaneous rise and exponential decay: ``ds/dt = -s/t_decay``.

    A spike adds 1 to the gate ``s``.

    Parameters
    ----------
    t_decay : Quantity
        Decay time constant (second).

    Notes
    -----
    Variable: ``s_``; parameter: ``t_<channel>_decay_``.

    References
    ----------
    Roth & van Rossum (2009). Modeling synapses. In Computational Modeling Methods for
    Neuroscientists. doi:10.7551/mitpress/9780262013277.003.0007

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import Exponential
    >>> Exponential(t_decay=5*ms).t_decay
    5. * msecond
    """

    t_decay: Quantity = seconds("decay time constant", None)

    def gate(self, names: SynapseNames) -> str | None:
        return names.state("s")

    def fragment(self, names: SynapseNames) -> Fragment:
        s, decay = names.state("s"), names.time("decay")
        return Fragment(
            equations=(Equation.ode(s, f"-{s} / {decay}", "1"),),
            parameters=self.parameter(decay, "t_decay"),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class DualExponential(Kinetics):
    """Exponential rise and decay.

    ``dx/dt = -x/t_decay + k s`` and ``ds/dt = -s/t_rise``; a spike adds 1 to ``s`` and
    ``x`` is the gate. Normalised, ``k = f/t_rise`` with
    ``f = (t_decay/t_rise)**(t_rise/(t_decay - t_rise))``, and one spike opens the gate
    to a peak of 1. Equal time constants give the alpha function, with ``f = e``.

    Parameters
    ----------
    t_rise : Quantity
        Rise time constant (second).
    t_decay : Quantity
        Decay time constant (second).
    normalize : bool
        False sets ``k = 1/ms`` as in Dendrify: the peak depends on the time constants.

    Notes
    -----
    Variables: ``s_`` and ``x_``; parameters: ``t_<channel>_rise_``,
    ``t_<channel>_decay_`` and, normalised, ``k_``. The default method reaches the exact
    peak. Explicit methods such as 'euler' overshoot it when `t_rise` is not long
    compared with `dt`; then a `NumericsWarning` is given.

    References
    ----------
    Roth & van Rossum (2009). Modeling synapses. In Computational Modeling Methods for
    Neuroscientists. doi:10.7551/mitpress/9780262013277.003.0007

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import DualExponential
    >>> DualExponential(t_rise=2*ms, t_decay=60*ms).normalize
    True
    """

    # Brian2's 'exact' divides by the difference of the time constants.
    method: ClassVar[str] = "rk4"

    t_rise: Quantity = seconds("rise time constant", None)
    t_decay: Quantity = seconds("decay time constant", None)
    normalize: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bool(self.normalize, "DualExponential.normalize")

    def gate(self, names: SynapseNames) -> str | None:
        return names.state("x")

    def times(self, names: SynapseNames) -> tuple[str, str] | None:
        return names.time("rise"), names.time("decay")

    def fragment(self, names: SynapseNames) -> Fragment:
        x, s, k = names.state("x"), names.state("s"), names("k")
        rise, decay = names.time("rise"), names.time("decay")
        parameters = parameters_of(self, {rise: "t_rise", decay: "t_decay"}, REMEDY)
        if self.normalize:
            parameters[k] = Parameter(_peak_drive(rise, decay), _DRIVE)
            drive = f"{k} * {s}"
        else:
            drive = f"{s} / ms"
        return Fragment(
            equations=(
                Equation.ode(x, f"-{x} / {decay} + {drive}", "1"),
                Equation.ode(s, f"-{s} / {rise}", "1"),
            ),
            parameters=parameters,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Alpha(Kinetics):
    """The alpha function ``t/tau exp(1 - t/tau)``: a peak of 1, at `tau`.

    ``dx/dt = (e s - x)/tau`` and ``ds/dt = -s/tau``; a spike adds 1 to ``s`` and ``x``
    is the gate.

    Parameters
    ----------
    tau : Quantity
        Time from the spike to the peak (second).

    Notes
    -----
    Variables: ``s_`` and ``x_``; parameter: ``tau_``.

    References
    ----------
    Rall (1967). Distinguishing theoretical synaptic potentials computed for different
    soma-dendritic distributions of synaptic input. Journal of Neurophysiology 30, 1138.
    doi:10.1152/jn.1967.30.5.1138

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import Alpha
    >>> Alpha(tau=2*ms).tau
    2. * msecond
    """

    tau: Quantity = seconds("time to the peak", None)

    def gate(self, names: SynapseNames) -> str | None:
        return names.state("x")

    def times(self, names: SynapseNames) -> tuple[str, str] | None:
        return names("tau"), names("tau")

    def fragment(self, names: SynapseNames) -> Fragment:
        x, s, tau = names.state("x"), names.state("s"), names("tau")
        return Fragment(
            equations=(
                Equation.ode(x, f"(exp(1) * {s} - {x}) / {tau}", "1"),
                Equation.ode(s, f"-{s} / {tau}", "1"),
            ),
            parameters=self.parameter(tau, "tau"),
        )


def _peak_drive(rise: str, decay: str) -> Formula:
    """Return ``f/t_rise`` as an expression that is regular at equal time constants."""
    # With L = log(t_decay/t_rise), f = exp(L/expm1(L)), whose limit at L = 0 is e. An L
    # below 1e-9 is increased by 1e-9, which changes f by less than 1e-9. Brian2 would
    # simplify 1/exprel(L) to 0/0.
    ratio = f"log({decay} / {rise})"
    safe = f"({ratio} + 1e-9 * int(abs({ratio}) < 1e-9))"
    return Formula(f"exp({safe} / expm1({safe})) / {rise}")


def g_norm_factor(t_rise: Quantity, t_decay: Quantity) -> float:
    """Return the factor that scales the peak of an unnormalised rise and decay to 1.

    Parameters
    ----------
    t_rise, t_decay : Quantity
        Time constants (second); they may be equal.

    Returns
    -------
    float
        The inverse of the peak of ``dx/dt = -x/t_decay + s/ms``, ``ds/dt = -s/t_rise``
        after a jump of ``s`` by 1.

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import Compartment
    >>> round(Compartment.g_norm_factor(2*ms, 5*ms), 4)
    0.921
    """
    rise = float(DualExponential.spec("t_rise").check(t_rise, "g_norm_factor: t_rise"))
    decay = float(
        DualExponential.spec("t_decay").check(t_decay, "g_norm_factor: t_decay")
    )
    ratio = log(decay / rise)
    exponent = 1.0 if ratio == 0 else ratio / expm1(ratio)
    return exp(exponent) / (rise / 1e-3)


def kinetics_of(t_rise: Quantity, t_decay: Quantity, normalize: bool) -> Kinetics:
    """Return the kinetics with these time constants; `t_decay` must be given."""
    if t_rise is None:
        return Exponential(t_decay=t_decay)
    if t_decay is None:
        raise InvalidValueError(
            f"t_rise alone is not a kinetics (got t_rise={t_rise}, no t_decay). "
            "Give t_decay as well."
        )
    return DualExponential(t_rise=t_rise, t_decay=t_decay, normalize=normalize)
