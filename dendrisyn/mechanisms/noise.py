"""Noise: an Ornstein-Uhlenbeck current."""

from __future__ import annotations

from dataclasses import dataclass

from brian2.units.allunits import msecond, pamp
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Fragment, parameters_of
from ..equations.mechanism import Mechanism
from ..names import Names
from ..units import quantity, seconds

__all__ = ["Noise"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Noise(Mechanism):
    """A current of Gaussian coloured noise: the Ornstein-Uhlenbeck process.

    ``dI/dt = (mean - I)/tau + sigma sqrt(2/tau) xi``, whose stationary distribution has
    the mean `mean`, the standard deviation `sigma` and the correlation time `tau`. The
    current starts at 0.

    Parameters
    ----------
    tau : Quantity
        Correlation time (second).
    sigma : Quantity
        Stationary standard deviation (amp).
    mean : Quantity
        Stationary mean (amp).

    Raises
    ------
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Notes
    -----
    Exact at any `dt` with 'crank_nicolson', the default, and 'implicit_euler'. Brian2's
    stochastic methods 'euler', 'heun' and 'milstein' also work; for this equation they
    are identical and increase the standard deviation by the factor
    ``1/sqrt(1 - dt/(2 tau))``. Variable: ``I_noise_``; parameters: ``tau_noise_``,
    ``sigma_noise_``, ``mean_noise_``.

    References
    ----------
    Uhlenbeck & Ornstein (1930). On the theory of the Brownian motion. Physical Review
    36, 823. doi:10.1103/PhysRev.36.823

    Examples
    --------
    >>> from brian2 import pA
    >>> from dendrisyn import Dendrite, Noise
    >>> dend = Dendrite('dend')
    >>> dend.add(Noise(sigma=5*pA))
    >>> dend.parameters['tau_noise_dend']
    20. * msecond
    """

    tau: Quantity = seconds("correlation time", 20 * msecond)
    sigma: Quantity = quantity(
        "amp", "standard deviation", default=1 * pamp, sign="nonnegative"
    )
    mean: Quantity = quantity("amp", "mean", default=0 * pamp)

    @property
    def label(self) -> str:
        return "noise"

    def fragment(self, names: Names) -> Fragment:
        current = names("I", "noise")
        fields = {names(field, "noise"): field for field in ("tau", "sigma", "mean")}
        tau, sigma, mean = fields
        drift = f"({mean} - {current}) / {tau}"
        diffusion = f"{sigma} * sqrt(2 / {tau}) * {names.xi('noise')}"
        return Fragment(
            equations=(Equation.ode(current, f"{drift} + {diffusion}", "amp"),),
            currents=(current,),
            parameters=parameters_of(self, fields),
        )
