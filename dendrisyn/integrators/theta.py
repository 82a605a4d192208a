"""The methods 'crank_nicolson' and 'implicit_euler'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from numbers import Real
from typing import Any

from brian2.groups.group import CodeRunner
from brian2.stateupdaters.base import (
    StateUpdateMethod,
    extract_method_options,
)

from ..errors import InvalidValueError
from .constant_folding import clear_constants, float_constants, optimised_statements
from .vectorisation import loop_keywords

__all__ = ["CRANK_NICOLSON", "IMPLICIT_EULER", "THETA_METHODS", "ThetaMethod"]

CRANK_NICOLSON = "crank_nicolson"
IMPLICIT_EULER = "implicit_euler"

#: The methods of this module. They read equations as the user wrote them.
THETA_METHODS = (CRANK_NICOLSON, IMPLICIT_EULER)


class ThetaMethod(StateUpdateMethod):
    r"""The theta method, linearly implicit, with exact gates.

    A step has four parts:

    1. Variables with a linear equation are solved exactly if the coefficients are
       constant in the step and all other variables in it only decay (gates of synapses,
       coloured noise). The remaining variables see their mean over the step; of noise,
       the mean of both ends.
    2. Gates with rates that depend on voltages make half a step of the exponential
       rule.
    3. All other variables `x` (voltages, adaptation) make one step together:
       :math:`(1 - \theta\,dt\,J)\,\Delta x = dt\,f(x)`, with the symbolic Jacobian `J`
       of `f`. The elimination from the leaves of the tree of compartments to its root
       creates no new entries.
    4. The gates make their other half step, with the new voltages.

    With :math:`\theta = 1/2` the method is of second order. The energy of a passive
    tree, the sum of :math:`C (V - V_\infty)^2`, never grows at any `dt`. With
    :math:`\theta = 1` no voltage leaves the range of the other voltages, its start
    value and its reversal potential. Comparisons, ``int(...)`` and a `TimedArray` have
    their value at the start of the step. A variable marked ``(unless refractory)`` is
    constant during the refractory period, also for the other variables. Additive white
    noise is part of `f`; the stationary deviation of an Ornstein-Uhlenbeck process is
    exact. A variable that grows by more than a factor of about e in a step, as in the
    upstroke of an exponential membrane, makes an explicit step instead. The other
    variables see its new value in the next step.

    Parameters
    ----------
    theta : float
        1/2 for ``'crank_nicolson'``, 1 for ``'implicit_euler'``. Any group may give
        ``method_options={'theta': ...}``, from 1/2 to 1.

    References
    ----------
    Crank & Nicolson (1947). A practical method for numerical evaluation of solutions of
    partial differential equations of the heat-conduction type. Mathematical Proceedings
    of the Cambridge Philosophical Society 43, 50. doi:10.1017/S0305004100023197

    Hines (1984). Efficient computation of branched nerve equations. International
    Journal of Bio-Medical Computing 15, 69. doi:10.1016/0020-7101(84)90008-4

    Examples
    --------
    >>> from brian2 import Equations
    >>> from dendrisyn.integrators import ThetaMethod
    >>> membrane = Equations('dv/dt = -v/(10*ms) : 1')
    >>> print(ThetaMethod(0.5)(membrane))
    _scalar = exp(((-0.1)*dt*(1.0/ms)))
    v *= _scalar
    """

    def __init__(self, theta: float) -> None:
        self.theta = theta

    def theta_of(self, method_options: Mapping[str, Any] | None) -> float:
        """Return theta, from *method_options* if it is there.

        Raises
        ------
        InvalidValueError
            If theta is not between 1/2 and 1.
        """
        theta = extract_method_options(method_options, {"theta": self.theta})["theta"]
        is_number = isinstance(theta, Real) and not isinstance(theta, bool)
        if not is_number or not 0.5 <= theta <= 1:
            raise InvalidValueError(
                f"method_options: theta must be between 0.5 and 1, got {theta!r}."
            )
        return float(theta)

    def __call__(
        self,
        equations: Any,
        variables: Mapping[str, Any] | None = None,
        method_options: Mapping[str, Any] | None = None,
    ) -> str | Callable[[CodeRunner], str]:
        """Return the statements of one step.

        Returns
        -------
        str or callable
            Without *variables*, the statements. With them, a function from the object
            that runs the statements to the statements: Brian2 caches the result for
            other groups with the same equations and another `dt` or target.

        Raises
        ------
        UnsupportedEquationsException
            If a derivative is unknown, or noise is multiplied by a variable.
        InvalidValueError
            If `theta` is not between 1/2 and 1.
        """
        # Imported late: many simulations use other methods.
        from .statements import Writer
        from .step import Step
        from .system import System

        theta = self.theta_of(method_options)
        known = variables or {}
        system = System.read(equations, known)
        if variables is not None and "not_refractory" not in known:
            system = replace(system, frozen=frozenset())
        writer = Writer(
            {
                name
                for name, variable in known.items()
                if not getattr(variable, "scalar", True)
                or not getattr(variable, "stateless", True)
            }
            | {*system.states, "randn", "rand"}
        )
        Step(system, writer, theta).write()
        if variables is None:
            return "\n".join(writer.lines)
        return _Statements(writer.lines, float_constants(known))


class _Statements:
    """The statements of one step as a function of the object that runs them."""

    def __init__(self, lines: list[str], constants: dict[str, float]) -> None:
        self.lines, self.constants = lines, constants

    def __call__(self, runner: CodeRunner) -> str:
        """Return the statements in the best form for *runner*."""
        clear_constants(runner)
        runner.template_kwds = loop_keywords(self.lines)
        return "\n".join(optimised_statements(runner, self.lines, self.constants))


for _name, _theta in {CRANK_NICOLSON: 0.5, IMPLICIT_EULER: 1.0}.items():
    StateUpdateMethod.register(_name, ThetaMethod(_theta))
