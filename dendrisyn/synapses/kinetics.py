"""Kinetics: how the gate of a receptor moves after a presynaptic spike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import exp, expm1, log

from ..errors import InvalidValueError, UnitError
from ..fragment import Equation, Formula, Fragment, Parameter
from ..naming import SynapseNames
from ..quantities import Checked, Spec, Value, quantity

__all__ = ["DualExponential", "Exponential", "Kinetics", "g_norm_factor"]

_DRIVE = Spec("hertz", "drive of the conductance, which normalises its peak")


@dataclass(frozen=True, kw_only=True, eq=False)
class Kinetics(Checked, ABC):
    """Base of the kinetics. The gate is dimensionless; a spike adds to ``s``."""

    @abstractmethod
    def fragment(self, names: SynapseNames) -> Fragment:
        """Return the equations of the gate."""

    @abstractmethod
    def gate(self, names: SynapseNames) -> str:
        """Return the name of the variable that opens the conductance."""


def _time(names: SynapseNames, phase: str, kinetics: Kinetics) -> dict[str, Parameter]:
    field = f"t_{phase}"
    name = names.time(phase)
    remedy = f"give {field}, or set parameters[{name!r}]"
    value = getattr(kinetics, field)
    return {name: Parameter(value, type(kinetics).spec(field), remedy)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Exponential(Kinetics):
    """Instantaneous rise and exponential decay: ``ds/dt = -s/t_decay``.

    A spike adds 1 to ``s``, so one spike opens the gate to 1, at once.

    Parameters
    ----------
    t_decay : Quantity
        Decay time constant (second).

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

    t_decay: Value = quantity(
        "second", "decay time constant", default=None, sign="positive"
    )

    def gate(self, names: SynapseNames) -> str:
        return names("s")

    def fragment(self, names: SynapseNames) -> Fragment:
        s = names("s")
        return Fragment(
            equations=(Equation.ode(s, f"-{s} / {names.time('decay')}", "1"),),
            parameters=_time(names, "decay", self),
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
        False sets ``k = 1/ms``, the form of Dendrify, whose peak depends on the time
        constants.

    Notes
    -----
    The peak is that of the continuous equation. Explicit Euler overshoots it when
    `t_rise` is not long compared with `dt`; `NumericsWarning` tells when.

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

    t_rise: Value = quantity(
        "second", "rise time constant", default=None, sign="positive"
    )
    t_decay: Value = quantity(
        "second", "decay time constant", default=None, sign="positive"
    )
    normalize: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.normalize, bool):
            raise UnitError(
                f"DualExponential.normalize: expected True or False, got "
                f"{self.normalize!r}."
            )

    def gate(self, names: SynapseNames) -> str:
        return names("x")

    def fragment(self, names: SynapseNames) -> Fragment:
        x, s, k = names("x"), names("s"), names("k")
        rise, decay = names.time("rise"), names.time("decay")
        parameters = {**_time(names, "rise", self), **_time(names, "decay", self)}
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


def _peak_drive(rise: str, decay: str) -> Formula:
    """Return ``f/t_rise`` as an expression that is regular at equal time constants.

    With ``L = log(t_decay/t_rise)``, ``f = exp(L/expm1(L))``, whose limit at ``L = 0``
    is e. Where L is below 1e-9, 1e-9 is added to it, which changes f by less than 1e-9.
    (``1/exprel(L)`` would say the same, but Brian2 simplifies it to 0/0.)
    """
    ratio = f"log({decay} / {rise})"
    safe = f"({ratio} + 1e-9 * int(abs({ratio}) < 1e-9))"
    return Formula(f"exp({safe} / expm1({safe})) / {rise}")


def g_norm_factor(t_rise: Value, t_decay: Value) -> float:
    """Return what scales the peak of the unnormalised dual exponential to 1.

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


def kinetics_of(t_rise: Value, t_decay: Value, normalize: bool) -> Kinetics:
    """Return the kinetics that these time constants mean.

    Raises
    ------
    InvalidValueError
        If `t_rise` is given alone.
    """
    if t_rise is None:
        return Exponential(t_decay=t_decay)
    if t_decay is None:
        raise InvalidValueError(
            f"t_rise alone is not a kinetics (got t_rise={t_rise}, no t_decay). "
            "Give t_decay as well."
        )
    return DualExponential(t_rise=t_rise, t_decay=t_decay, normalize=normalize)
