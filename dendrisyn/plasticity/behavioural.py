"""Behavioural-timescale synaptic plasticity."""

from __future__ import annotations

from dataclasses import dataclass, field

from brian2.units.allunits import hertz, msecond
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Pathway, SynapticFragment, steps
from ..errors import UnitError
from ..names import Names
from ..units import number, quantity, seconds
from .rule import LongTermPlasticity, Need
from .signals import PlateauSignal

__all__ = ["BTSP"]


@dataclass(frozen=True, kw_only=True, eq=False)
class BTSP(LongTermPlasticity):
    """Behavioural-timescale plasticity: eligibility meets a dendritic plateau.

    Presynaptic spikes leave an eligibility trace ``ET`` that lasts seconds, plateaus of
    the compartment an instructive signal ``IS``. Their overlap changes the weight ::

        dw/dt = (w_max - w) k_plus q_plus(ET IS) - (w - w_min) k_minus q_minus(ET IS)

    with ``q(x) = (s(x) - s(0))/(s(1) - s(0))`` and ``s(x) = 1/(1 + exp(-beta (x -
    alpha)))``: weak synapses are potentiated and strong ones depressed.

    Parameters
    ----------
    w_min, w_max, gate
        See `LongTermPlasticity`.
    eligibility : float
        Increase of ``ET`` by a presynaptic spike; ``ET`` is at most 1.
    tau_ET : Quantity
        Time constant of ``ET`` (second).
    plateau : PlateauSignal
        The signal of plateaus, a mechanism that the compartment needs.
    k_plus, k_minus : Quantity
        Rates of potentiation and depression (hertz).
    alpha_plus, alpha_minus : float
        Midpoints of the sigmoids.
    beta_plus, beta_minus : float
        Steepness of the sigmoids.

    Notes
    -----
    The compartment needs the signal; the error of ``projection`` shows the code that
    adds it. While the signal is above its floor, the rule changes the weight once per
    `update` of the signal, exactly for the value of ``ET IS`` in the middle of the
    interval. Parameters are those of the network model of the paper, with weights from
    0 to 1; with an `eligibility` of 0.114, ten spikes at 20 Hz raise ``ET`` to 1.
    Variable per synapse: ``et_stdp``, after the last event.

    References
    ----------
    Milstein et al. (2021). Bidirectional synaptic plasticity rapidly modifies
    hippocampal representations. eLife 10, e73046. doi:10.7554/eLife.73046

    Bittner, Milstein, Grienberger, Romani & Magee (2017). Behavioral time scale
    synaptic plasticity underlies CA1 place fields. Science 357, 1033.
    doi:10.1126/science.aan3846

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn import BTSP, PlateauSignal
    >>> rule = BTSP(plateau=PlateauSignal(threshold=-35*mV))
    >>> rule.tau_ET
    1.664103 * second
    """

    plateau: PlateauSignal = field(default_factory=PlateauSignal)
    eligibility: float = number("eligibility by a presynaptic spike", 0.114)
    tau_ET: Quantity = seconds("time constant of eligibility", 1664.103 * msecond)
    k_plus: Quantity = quantity(
        "hertz", "rate of potentiation", default=1.109682 * hertz, sign="nonnegative"
    )
    k_minus: Quantity = quantity(
        "hertz", "rate of depression", default=0.4249387 * hertz, sign="nonnegative"
    )
    alpha_plus: float = quantity("1", "middle of potentiation", default=0.4150117)
    alpha_minus: float = quantity("1", "middle of depression", default=0.02618154)
    beta_plus: float = number("steepness of potentiation", 4.404223, "positive")
    beta_minus: float = number("steepness of depression", 20.045758, "positive")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.plateau, PlateauSignal):
            raise UnitError(
                f"BTSP.plateau: expected PlateauSignal(...), got {self.plateau!r}."
            )

    @property
    def local(self) -> bool:
        return True

    def needs(self, names: Names) -> tuple[Need, ...]:
        return (Need(names, self.plateau),)

    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        signal, on = f"{names('IS')}_post", f"{names('on', 'IS')}_post"
        tau = names("tau", "IS")
        # Both traces in the middle of the interval; a plateau stays on until its end.
        middle = (
            f"fall_stdp = exp(-0.5 * period_stdp / {tau})",
            f"signal_stdp = {on} + ({signal} - {on}) * fall_stdp",
            "trace_stdp = et_stdp * exp(-0.5 * period_stdp / tau_ET_stdp)",
            "overlap_stdp = clip(trace_stdp * signal_stdp, 0, 1)",
        )
        change = (
            f"((w_max_stdp - {weight}) * up_stdp - ({weight} - w_min_stdp) * down_stdp)"
            " * exprel(-(up_stdp + down_stdp))"
        )
        follow = (
            f"period_stdp = {steps(names('update', 'IS'), 'dt_post')} * dt_post",
            *middle,
            *_sigmoid("plus"),
            *_sigmoid("minus"),
            "up_stdp = k_plus_stdp * period_stdp * q_plus_stdp",
            "down_stdp = k_minus_stdp * period_stdp * q_minus_stdp",
            self.change(weight, change),
        )
        symbols = ("k", "alpha", "beta")
        fields = [f"{name}_{side}" for name in symbols for side in ("plus", "minus")]
        return SynapticFragment(
            equations=(
                Equation.ode("et_stdp", "-et_stdp / tau_ET_stdp", "1", "event-driven"),
            ),
            on_pre=("et_stdp = clip(et_stdp + eligibility_stdp, 0, 1)",),
            pathways=(Pathway("post", "post", follow, names("plateau")),),
            parameters=self.settings("eligibility", "tau_ET", *fields),
        )


def _sigmoid(side: str) -> tuple[str, ...]:
    """Return ``q = (s(x) - s(0))/(s(1) - s(0))``."""
    alpha, beta = f"alpha_{side}_stdp", f"beta_{side}_stdp"
    low, high = f"low_{side}_stdp", f"high_{side}_stdp"
    value = f"1 / (1 + exp(-{beta} * (overlap_stdp - {alpha})))"
    return (
        f"{low} = 1 / (1 + exp({beta} * {alpha}))",
        f"{high} = 1 / (1 + exp(-{beta} * (1 - {alpha})))",
        f"q_{side}_stdp = ({value} - {low}) / ({high} - {low})",
    )
