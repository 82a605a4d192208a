"""Plasticity by the voltage of a compartment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from brian2.units.allunits import msecond, mvolt
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Pathway, SynapticFragment
from ..names import Names
from ..units import quantity, seconds
from .events import AboveThreshold
from .rule import Need, WeightDependent, excess
from .signals import FilteredVoltage

__all__ = ["VoltageSTDP"]


@dataclass(frozen=True, kw_only=True, eq=False)
class VoltageSTDP(WeightDependent):
    """Plasticity by the voltage of the compartment at which the synapse ends.

    * A presynaptic spike subtracts ``A_LTD [V_minus - theta_minus]+``,
    * ``dw/dt = A_LTP x/tau_x [V - theta_plus]+ [V_plus - theta_minus]+``,

    where ``x`` is a trace that every presynaptic spike raises by 1, and ``V_minus`` and
    ``V_plus`` are the low-pass filtered voltage of the compartment, `delay` ago. No
    somatic spike is needed: a depolarised dendrite is enough.

    Parameters
    ----------
    w_min, w_max, gate, mu_plus, mu_minus
        See `WeightDependent`.
    A_LTD : Quantity
        Amplitude of depression (1/volt).
    A_LTP : Quantity
        Amplitude of potentiation (1/volt**2).
    theta_minus, theta_plus : Quantity
        Thresholds of the filtered voltages and of the voltage (volt).
    tau_x : Quantity
        Time constant of the presynaptic trace (second).
    tau_minus, tau_plus : Quantity
        Time constants of ``V_minus`` and ``V_plus`` (second).
    delay : Quantity
        Age of the filtered voltages (second), so that a spike does not contribute to
        the depolarisation that it reads; 0 for no delay.

    Notes
    -----
    The compartment needs two filters and an event; the error of ``projection`` shows
    the code that adds them. Potentiation is a sum over the steps with a voltage above
    `theta_plus`, and costs nothing in the others. The default parameters are those of
    the paper for visual cortex, without its homeostasis (`A_LTD` is constant). The
    delay is not in the paper's equations, but in the code that its authors published
    (ModelDB 144566: 4 ms) and in NEST; without it, pairs with 10 ms at 50 Hz change a
    weight by 126 % instead of 45 %. Variable per synapse: ``x_stdp``, after the last
    event.

    References
    ----------
    Clopath, Büsing, Vasilaki & Gerstner (2010). Connectivity reflects coding: a model
    of voltage-based STDP with homeostasis. Nature Neuroscience 13, 344.
    doi:10.1038/nn.2479

    Examples
    --------
    >>> from dendrisyn import Dendrite, VoltageSTDP
    >>> from dendrisyn.names import Names
    >>> [need.mechanism.label for need in VoltageSTDP().needs(Names.of('dend'))]
    ['V_minus', 'V_plus', 'above_V']
    """

    A_LTD: Quantity = quantity(
        "1/volt", "amplitude of depression", default=14e-5 / mvolt, sign="nonnegative"
    )
    A_LTP: Quantity = quantity(
        "1/volt**2",
        "amplitude of potentiation",
        default=8e-5 / mvolt**2,
        sign="nonnegative",
    )
    theta_minus: Quantity = quantity(
        "volt", "threshold of the filtered voltages", default=-70.6 * mvolt
    )
    theta_plus: Quantity = quantity(
        "volt", "threshold of the voltage", default=-45.3 * mvolt
    )
    tau_x: Quantity = seconds("time constant of the presynaptic trace", 15 * msecond)
    tau_minus: Quantity = seconds("time constant of V_minus", 10 * msecond)
    tau_plus: Quantity = seconds("time constant of V_plus", 7 * msecond)
    delay: Quantity = seconds(
        "age of the filtered voltages", 4 * msecond, "nonnegative"
    )

    @classmethod
    def hippocampus(cls, **kwargs: Any) -> Self:
        """Return the rule with the parameters of the paper for hippocampal slices.

        The paper used them under voltage clamp only, where filters do not matter; the
        time constants of the filters are those of visual cortex.

        Parameters
        ----------
        **kwargs
            Other parameters.
        """
        known: dict[str, Quantity] = {
            "A_LTD": 38e-5 / mvolt,
            "A_LTP": 2e-5 / mvolt**2,
            "theta_minus": -41 * mvolt,
            "theta_plus": -38 * mvolt,
            "tau_x": 16 * msecond,
        }
        return cls(**{**known, **kwargs})

    @property
    def local(self) -> bool:
        return True

    @property
    def _depolarised(self) -> AboveThreshold:
        """Return the event that potentiation follows."""
        return AboveThreshold("V", threshold=self.theta_plus)

    def needs(self, names: Names) -> tuple[Need, ...]:
        return (
            Need(names, FilteredVoltage("minus", tau=self.tau_minus, delay=self.delay)),
            Need(names, FilteredVoltage("plus", tau=self.tau_plus, delay=self.delay)),
            Need(names, self._depolarised),
        )

    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        late = ("late",) if float(self.delay) > 0 else ()
        voltage = f"{names('V')}_post"
        minus = f"{names('V_minus', *late)}_post"
        plus = f"{names('V_plus', *late)}_post"
        threshold = names("theta", self._depolarised.label)
        depression = f"A_LTD_stdp * {excess(minus, 'theta_minus_stdp')}"
        potentiation = (
            f"A_LTP_stdp * x_stdp / tau_x_stdp * dt_post"
            f" * {excess(voltage, threshold)}"
            f" * {excess(plus, 'theta_minus_stdp')}"
        )
        fields = ("A_LTD", "A_LTP", "theta_minus", "tau_x")
        return SynapticFragment(
            equations=(
                Equation.ode("x_stdp", "-x_stdp / tau_x_stdp", "1", "event-driven"),
            ),
            on_pre=(self.depress(weight, depression), "x_stdp += 1"),
            pathways=(
                Pathway(
                    "post",
                    "post",
                    (self.potentiate(weight, potentiation),),
                    self._depolarised.event_at(names),
                ),
            ),
            parameters=self.settings(*fields),
        )
