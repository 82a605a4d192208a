"""The method 'mean_drive', for gates on synapses that decaying variables drive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from brian2.parsing.sympytools import sympy_to_str
from brian2.stateupdaters.base import (
    StateUpdateMethod,
    UnsupportedEquationsException,
    extract_method_options,
)
from brian2.stateupdaters.exponential_euler import get_conditionally_linear_system

from .symbolic_derivative import derivative
from .system import DT

__all__ = ["MEAN_DRIVE", "MeanDrive"]

MEAN_DRIVE = "mean_drive"


class MeanDrive(StateUpdateMethod):
    r"""A method for gates with decaying drivers, such as those of NMDA receptors.

    For equations :math:`dx/dt = -k x` and :math:`ds/dt = A s + B`, where `A` and `B`
    are linear in the decaying variables. The solution of the decaying variables is
    exact. Their exact means over a step are inserted in `A` and `B`; with `z = A dt`,

    .. math:: s \leftarrow s + dt (A s + B) (1 + z/2 + z^2/6).

    The method is of second order in `dt` and stable for `-A dt` up to 2.5. It has no
    division and no exponential of a variable, and takes half the time of ``'rk4'``.

    Its name in Brian2 is ``'mean_drive'``.

    References
    ----------
    Hochbruck & Ostermann (2010). Exponential integrators. Acta Numerica 19, 209.
    doi:10.1017/S0962492910000048

    Examples
    --------
    >>> from brian2 import Equations
    >>> from dendrisyn.integrators import MeanDrive
    >>> gate = Equations('''ds/dt = x*(1 - s)/ms : 1
    ...                     dx/dt = -x/(2*ms) : 1''')
    >>> print(MeanDrive()(gate).splitlines()[-1])
    x *= _decay_x
    """

    def __call__(
        self,
        equations: Any,
        variables: Mapping[str, Any] | None = None,
        method_options: Mapping[str, Any] | None = None,
    ) -> str:
        """Return the statements of one step.

        Raises
        ------
        UnsupportedEquationsException
            If the equations do not have the form above.
        """
        extract_method_options(method_options, {})
        if equations.is_stochastic:
            raise UnsupportedEquationsException("'mean_drive' cannot integrate noise.")
        if any(
            "unless refractory" in equation.flags for equation in equations.values()
        ):
            raise UnsupportedEquationsException(
                "'mean_drive' does not hold variables during the refractory period."
            )
        try:
            system = get_conditionally_linear_system(equations, variables)
        except ValueError as error:
            raise UnsupportedEquationsException(str(error)) from error

        used = {
            symbol.name
            for pair in system.values()
            for part in pair
            for symbol in sympy.sympify(part).free_symbols
        }
        if "t" in used:
            raise UnsupportedEquationsException(
                "'mean_drive' needs coefficients that are constant in a step, but "
                "a coefficient depends on t."
            )
        states = {name: sympy.Symbol(name, real=True) for name in system}
        decays = {
            name: -rate
            for name, (rate, rest) in system.items()
            if rest == 0 and not sympy.sympify(rate).has(*states.values())
        }
        driven = {name: pair for name, pair in system.items() if name not in decays}
        scalars, vectors = [], []
        for name, rate in decays.items():
            scalars += [
                f"_decay_{name} = exp({_text(-rate * DT)})",
                f"_mean_{name} = (1 - _decay_{name}) / ({_text(rate)})",
            ]
        for name, (slope, rest) in driven.items():
            lines, z = self._mean(f"_z_{name}", slope, decays, states)
            scalars += lines
            lines, gain = self._mean(f"_gain_{name}", rest, decays, states)
            scalars += lines
            step = f"_step_{name}"
            vectors += [
                f"{step} = {z}",
                f"{name} += ({gain} + {step}*{name})"
                f"*(1 + 0.5*{step} + {step}*{step}*{1 / 6!r})",
            ]
        vectors += [f"{name} *= _decay_{name}" for name in decays]
        return "\n".join([*scalars, *vectors])

    @staticmethod
    def _mean(
        name: str,
        coefficient: Any,
        decays: Mapping[str, Any],
        states: Mapping[str, Any],
    ) -> tuple[list[str], str]:
        """Return statements and the integral of a coefficient over a step."""
        known = sympy.sympify(coefficient)
        factors = {decay: derivative(known, states[decay]) for decay in decays}
        constant = known.subs(dict.fromkeys(map(states.get, decays), 0))
        if any(part.has(*states.values()) for part in (*factors.values(), constant)):
            raise UnsupportedEquationsException(
                f"'mean_drive' cannot integrate {known}: it is not linear in variables "
                "that only decay."
            )
        scalars, terms = [], []
        for decay, factor in factors.items():
            if factor != 0:
                scalars.append(f"{name}_{decay} = ({_text(factor)}) * _mean_{decay}")
                terms.append(f"{name}_{decay}*{decay}")
        if constant != 0:
            scalars.append(f"{name} = {_text(constant * DT)}")
            terms.append(name)
        return scalars, " + ".join(terms) or "0"


def _text(expression: Any) -> str:
    return sympy_to_str(sympy.sympify(expression))


StateUpdateMethod.register(MEAN_DRIVE, MeanDrive())
