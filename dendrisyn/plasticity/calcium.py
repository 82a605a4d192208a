"""Plasticity by the calcium of a synapse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from brian2.units.allunits import msecond, second
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Pathway, SynapticFragment
from ..errors import InvalidValueError, UnitError
from ..names import Names
from ..units import number, seconds
from .rule import Need, check_choice
from .signals import CalciumPool
from .timing import EventRule

__all__ = ["CalciumSTDP"]

_FIELDS = ("C_pre", "C_post", "theta_p", "gamma_d", "gamma_p", "sigma")

#: Values of _FIELDS and delay (ms): curves of Graupner & Brunel (2012), figure 2.
_PUBLISHED = {
    "DP": (1, 2, 1.3, 200, 321.808, 2.8284, 13.7),
    "DPD": (0.9, 0.9, 1.3, 250, 550, 2.8284, 4.6),
    "DPD'": (1, 2, 2.5, 50, 600, 2.8284, 2.2),
    "P": (2, 2, 1.3, 160, 257.447, 2.8284, 0),
    "D": (0.6, 0.6, 1.3, 500, 550, 5.6568, 0),
    "D'": (1, 2, 3.5, 60, 600, 2.8284, 0),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class CalciumSTDP(EventRule):
    """Plasticity by calcium, with two thresholds and two stable states.

    Calcium ``c`` of a synapse jumps by `C_pre` (`delay` after a presynaptic spike
    arrives) and by `C_post` (at a postsynaptic event) and decays with `tau_Ca`. The
    efficacy ``rho = (w - w_min)/(w_max - w_min)`` moves by ::

        tau drho/dt = -rho (1 - rho) (1/2 - rho)
                      + gamma_p (1 - rho) [c > theta_p] - gamma_d rho [c > theta_d]
                      + sigma sqrt(tau ([c > theta_p] + [c > theta_d])) xi

    The rule is not integrated in time steps: the next event computes when calcium fell
    below the thresholds and draws the exact solution of `rho` until then, an
    Ornstein-Uhlenbeck process. The first term has a closed solution.

    Parameters
    ----------
    w_min, w_max, post
        See `EventRule`.
    gate : str
        An expression that multiplies every change: the third factor, with its value at
        the event that updates the weight.
    pool : CalciumPool, optional
        Calcium of the compartment, which is added to that of the synapse: a mechanism
        that the compartment needs. While the pool is above its floor, `rho` is
        integrated in time steps.
    C_pre, C_post : float
        Calcium by a presynaptic spike and by a postsynaptic event.
    tau_Ca : Quantity
        Decay time constant of calcium (second).
    delay : Quantity
        Time from the arrival of a spike to its calcium (second).
    theta_d, theta_p : float
        Thresholds of depression and potentiation.
    gamma_d, gamma_p : float
        Strengths of depression and potentiation.
    tau : Quantity
        Time constant of the efficacy (second).
    sigma : float
        Amplitude of the noise; 0 for none.

    Notes
    -----
    The weight has its value of the last event of the synapse, and an assigned weight
    counts from that event. To update weights at other times:
    ``synapses.run_regularly(projection.update, dt=1*second)``. Variables per synapse:
    ``c_stdp`` and ``since_stdp``, the calcium after the last event and its time, and
    ``beyond_stdp``, the part of `rho` that noise takes beyond the bounds.

    A spike has further pathways, ``arrival`` (with noise) and ``calcium`` (with a
    `delay`), whose delays follow the delay of transmission in
    ``projection.synapses(pre, post, delay=...)``.

    Between two events the first term is integrated after the others; the error is of
    the order ``gamma (duration above threshold/tau)**2``, 1e-5 with the published
    parameters.

    References
    ----------
    Graupner & Brunel (2012). Calcium-based plasticity model explains sensitivity of
    synaptic changes to spike pattern, rate, and dendritic location. PNAS 109, 3991.
    doi:10.1073/pnas.1109359109

    Examples
    --------
    >>> from dendrisyn import CalciumSTDP
    >>> CalciumSTDP.published('DP').delay
    13.7 * msecond
    """

    pool: CalciumPool | None = None
    C_pre: float = number("calcium by a presynaptic spike", 1.0)
    C_post: float = number("calcium by a postsynaptic event", 2.0)
    tau_Ca: Quantity = seconds("decay time constant of calcium", 20 * msecond)
    delay: Quantity = seconds("delay of calcium", 13.7 * msecond, "nonnegative")
    theta_d: float = number("threshold of depression", 1.0, "positive")
    theta_p: float = number("threshold of potentiation", 1.3, "positive")
    gamma_d: float = number("strength of depression", 200.0, "positive")
    gamma_p: float = number("strength of potentiation", 321.808, "positive")
    tau: Quantity = seconds("time constant of the efficacy", 150 * second)
    sigma: float = number("amplitude of the noise", 2.8284)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pool is not None and not isinstance(self.pool, CalciumPool):
            raise UnitError(
                f"CalciumSTDP.pool: expected CalciumPool(...), got {self.pool!r}."
            )
        if self.C_pre == self.C_post == 0 and self.pool is None:
            raise InvalidValueError(
                "CalciumSTDP: there is no calcium. Give C_pre, C_post or a pool."
            )

    @classmethod
    def published(cls, curve: str, **kwargs: Any) -> Self:
        """Return the rule with the parameters of a curve of the paper's figure 2.

        Parameters
        ----------
        curve : {'DP', 'DPD', "DPD'", 'P', 'D', "D'"}
            The curve: depression (D) and potentiation (P) from negative to positive
            differences of time.
        **kwargs
            Other parameters.
        """
        check_choice(curve, _PUBLISHED, "CalciumSTDP.published")
        *values, delay = _PUBLISHED[curve]
        known = dict(zip(_FIELDS, values, strict=True))
        return cls(**{**known, "delay": delay * msecond, **kwargs})

    @property
    def local(self) -> bool:
        return super().local or self.pool is not None

    def needs(self, names: Names) -> tuple[Need, ...]:
        pool = () if self.pool is None else (Need(names, self.pool),)
        return (*super().needs(names), *pool)

    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        update = (
            f"rho_stdp = {self._efficacy(weight)}",
            "before_stdp = rho_stdp",
            *self._catch_up(),
            *_relax("elapsed_stdp"),
            *self._store(weight),
        )
        pre, post = "c_stdp += C_pre_stdp", "c_stdp += C_post_stdp"
        pathways = []
        if self.C_post:
            pathways.append(
                Pathway("post", "post", (*update, post), self.event_at(names))
            )
        arrival: tuple[str, ...] = update
        on_pre: tuple[str, ...] = (pre,)
        if float(self.delay) > 0:
            calcium = Pathway("calcium", "pre", (*update, pre), delay=self.delay)
            pathways.append(calcium)
            on_pre = ()
        if self.sigma:
            # Brian2 warns of random numbers in code that also sums over synapses. This
            # pathway runs before the transmission: Brian2 orders them by name.
            code = (*arrival, *on_pre)
            pathways.append(Pathway("arrival", "pre", code, delay=0 * second))
            arrival = on_pre = ()
        if self.pool:
            follow = (
                *update,
                "before_stdp = rho_stdp",
                *self._follow(f"{names('Ca')}_post"),
                *_relax("dt_post"),
                *self._store(weight),
            )
            pathways.append(Pathway("pool", "post", follow, names("calcium")))
        noise = (Equation.variable("beyond_stdp", "1"),) if self.sigma else ()
        return SynapticFragment(
            equations=(
                Equation.variable("c_stdp", "1"),
                Equation.variable("since_stdp", "second"),
                *noise,
            ),
            before_pre=arrival,
            on_pre=on_pre,
            pathways=tuple(pathways),
            update=update,
            times=("since_stdp",),
            parameters=self.settings(*_FIELDS, "theta_d", "tau_Ca", "tau"),
        )

    def _efficacy(self, weight: str) -> str:
        """Return the expression of the efficacy of a weight."""
        inside = f"({weight} - w_min_stdp) / (w_max_stdp - w_min_stdp)"
        return f"{inside} + beyond_stdp" if self.sigma else inside

    def _store(self, weight: str) -> tuple[str, ...]:
        """Return the statements that turn the efficacy into the weight."""
        gated = f"before_stdp + ({self.gate}) * (rho_stdp - before_stdp)"
        scaled = "w_min_stdp + (w_max_stdp - w_min_stdp) * rho_stdp"
        return (
            *([f"rho_stdp = {gated}"] if self.gate else []),
            f"{weight} = clip({scaled}, w_min_stdp, w_max_stdp)",
            *(["beyond_stdp = rho_stdp - clip(rho_stdp, 0, 1)"] if self.sigma else []),
        )

    def _catch_up(self) -> tuple[str, ...]:
        """Return the solution from the last event of the synapse to now."""
        # A synapse that follows a pool is ahead by a step.
        passed = " * int(t > since_stdp)" if self.pool else ""
        low, high = "dp" if self.theta_d <= self.theta_p else "pd"
        ratio = f"theta_{high}_stdp / theta_{low}_stdp"
        lines = [
            f"elapsed_stdp = (t - since_stdp){passed}",
            # until calcium is at the lower threshold, and at the higher one
            f"fall_stdp = tau_Ca_stdp * log(clip(c_stdp / theta_{low}_stdp, 1, 1e100))",
            f"apart_stdp = tau_Ca_stdp * log({ratio})",
            f"above_{low}_stdp = clip(fall_stdp, 0*second, elapsed_stdp)",
            f"above_{high}_stdp = clip(fall_stdp - apart_stdp, 0*second, elapsed_stdp)",
        ]
        both, alone = f"above_{high}_stdp", f"(above_{low}_stdp - above_{high}_stdp)"
        up, down = "gamma_p_stdp", "gamma_d_stdp"
        total = f"({up} + {down})"
        lines += self._drive(f"{up} / {total}", total, both, f"1 / {total}")
        goal, rate = ("0", down) if low == "d" else ("1", up)
        lines += self._drive(goal, rate, alone, f"0.5 / {rate}")
        return (
            *lines,
            "c_stdp *= exp(-elapsed_stdp / tau_Ca_stdp)",
            "since_stdp += elapsed_stdp",
        )

    def _drive(self, goal: str, rate: str, duration: str, spread: str) -> list[str]:
        """Return the exact solution of ``tau drho/dt = rate (goal - rho) + noise``."""
        # The stationary variance is sigma**2 * spread.
        lines = [
            f"decay_stdp = exp(-{rate} * {duration} / tau_stdp)",
            f"rho_stdp = {goal} + (rho_stdp - {goal}) * decay_stdp",
        ]
        if self.sigma:
            variance = f"(1 - decay_stdp**2) * {spread}"
            lines.append(f"rho_stdp += sigma_stdp * sqrt({variance}) * randn()")
        return lines

    def _follow(self, pool: str) -> tuple[str, ...]:
        """Return the statements of a time step with the calcium of a pool."""
        lines = [f"total_stdp = c_stdp + {pool}"]
        for side in "pd":
            lines.append(f"on_{side}_stdp = int(total_stdp > theta_{side}_stdp)")
            lines.append(f"drive_{side}_stdp = gamma_{side}_stdp * on_{side}_stdp")
        lines += [
            "step_stdp = dt_post / tau_stdp",
            "rate_stdp = drive_p_stdp + drive_d_stdp",
            "rho_stdp += (drive_p_stdp - rate_stdp * rho_stdp) * step_stdp"
            " * exprel(-rate_stdp * step_stdp)",
        ]
        if self.sigma:
            variance = "(on_p_stdp + on_d_stdp) * step_stdp"
            lines.append(f"rho_stdp += sigma_stdp * sqrt({variance}) * randn()")
        lines.append("c_stdp *= exp(-dt_post / tau_Ca_stdp)")
        return (*lines, "since_stdp = t + dt_post")


def _relax(duration: str) -> tuple[str, ...]:
    """Return the solution of ``tau drho/dt = -rho (1 - rho) (1/2 - rho)``."""
    shrink = f"exp(-{duration} / (2 * tau_stdp))"
    return (
        "offset_stdp = 2 * rho_stdp - 1",
        f"spread_stdp = sqrt(offset_stdp**2 + (1 - offset_stdp**2) * {shrink})",
        "rho_stdp = 0.5 + 0.5 * offset_stdp / spread_stdp",
    )
