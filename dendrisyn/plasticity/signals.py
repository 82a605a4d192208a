"""Signals of a compartment that rules of plasticity read."""

from __future__ import annotations

from dataclasses import dataclass, field

from brian2.units.allunits import msecond, mvolt, second

from ..errors import InvalidValueError
from ..fragment import Equation, Fragment, Parameter, steps
from ..mechanism import Mechanism
from ..naming import Names, as_names, check_label
from ..quantities import Value, quantity

__all__ = ["CalciumPool", "LowPass", "PlateauSignal"]


@dataclass(frozen=True, kw_only=True, eq=False)
class LowPass(Mechanism):
    """The voltage of a compartment, low-pass filtered: ``dV_x/dt = (V - V_x)/tau``.

    Parameters
    ----------
    name : str
        Tells it from other filters of the compartment.
    tau : Quantity
        Time constant (second).

    Raises
    ------
    NameConflictError
        If the name cannot be part of a variable's name.
    UnitError, InvalidValueError
        If the time constant is no positive time.

    Notes
    -----
    Variable: ``V_<name>_<compartment>``, which starts at the voltage; parameter:
    ``tau_V_<name>_<compartment>``.

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import Dendrite, LowPass
    >>> dend = Dendrite('dend')
    >>> dend.add(LowPass('minus', tau=10*ms))
    >>> print(dend.equations.splitlines()[-1])
    dV_minus_dend/dt = (V_dend - V_minus_dend) / tau_V_minus_dend : volt
    """

    name: str = field(kw_only=False)
    tau: Value = quantity("second", "time constant of the filter", sign="positive")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_label(self.name, "LowPass.name")

    @property
    def label(self) -> str:
        return f"V_{self.name}"

    def fragment(self, names: Names) -> Fragment:
        voltage, filtered = names("V"), names(self.label)
        tau = names("tau", self.label)
        return Fragment(
            equations=(
                Equation.ode(filtered, f"({voltage} - {filtered}) / {tau}", "volt"),
            ),
            parameters={tau: Parameter(self.tau, self.spec("tau"))},
            initial={filtered: voltage},
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class CalciumPool(Mechanism):
    """Calcium of a compartment: ``dCa/dt = gain * (sum of currents) - Ca/tau``.

    Calcium is a plain number, in the units of the thresholds of the rule that reads it.

    Parameters
    ----------
    currents : str or sequence of str
        Currents that carry calcium, by their variables: ``'I_NMDA_x_dend'`` of a
        receptor, ``'I_rise_Ca_dend'`` of a dendritic spike.
    gain : Quantity
        Calcium per charge (1/coulomb), such as ``0.01/(pA*ms)``.
    tau : Quantity
        Decay time constant (second).
    floor : float
        The rule follows the pool in the steps in which it is above this.

    Raises
    ------
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Notes
    -----
    Variable: ``Ca_<compartment>``; event: ``calcium_<compartment>``, in each step with
    calcium above the floor; parameters: ``gain_Ca_``, ``tau_Ca_``, ``floor_Ca_``.

    Examples
    --------
    >>> from brian2 import ms, nS, pA
    >>> from dendrisyn import NMDA, CalciumPool, Dendrite
    >>> dend = Dendrite('dend')
    >>> dend.add(NMDA('x', g=1*nS, t_decay=60*ms),
    ...          CalciumPool('I_NMDA_x_dend', gain=.01/(pA*ms), tau=20*ms))
    >>> dend.event_names
    ['calcium_dend']
    """

    currents: str | tuple[str, ...] = field(kw_only=False)
    gain: Value = quantity("1/coulomb", "calcium per charge", sign="nonnegative")
    tau: Value = quantity("second", "decay time constant of calcium", sign="positive")
    floor: float = quantity(
        "1", "calcium that the rule follows", default=0.01, sign="nonnegative"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        currents = as_names(self.currents, "CalciumPool.currents")
        if not currents:
            raise InvalidValueError("CalciumPool.currents: name a current.")
        object.__setattr__(self, "currents", currents)

    @property
    def label(self) -> str:
        return "Ca"

    def fragment(self, names: Names) -> Fragment:
        Ca = names("Ca")
        gain, tau, floor = (names(each, "Ca") for each in ("gain", "tau", "floor"))
        influx = f"{gain} * ({' + '.join(self.currents)})"
        return Fragment(
            equations=(Equation.ode(Ca, f"{influx} - {Ca} / {tau}", "1"),),
            parameters={
                gain: Parameter(self.gain, self.spec("gain")),
                tau: Parameter(self.tau, self.spec("tau")),
                floor: Parameter(self.floor, self.spec("floor")),
            },
            events={names("calcium"): f"{Ca} > {floor}"},
            uses=tuple(self.currents),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class PlateauSignal(Mechanism):
    """What a plateau potential leaves behind: an instructive signal.

    ``dIS/dt = (int(V > threshold) - IS)/tau``: the signal rises while the compartment
    is depolarised beyond the threshold, and decays afterwards.

    Parameters
    ----------
    threshold : Quantity
        The voltage beyond which a plateau is (volt).
    tau : Quantity
        Time constant (second).
    update : Quantity
        How often rules follow the signal (second), in whole steps.
    floor : float
        They follow it while it is above this.

    Raises
    ------
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Notes
    -----
    Variable: ``IS_<compartment>``; event: ``plateau_<compartment>``, each `update`
    while the signal is above the floor; parameters: ``theta_IS_``, ``tau_IS_``,
    ``update_IS_``, ``floor_IS_``.

    References
    ----------
    Milstein et al. (2021). Bidirectional synaptic plasticity rapidly modifies
    hippocampal representations. eLife 10, e73046. doi:10.7554/eLife.73046

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn import Dendrite, PlateauSignal
    >>> dend = Dendrite('tuft')
    >>> dend.add(PlateauSignal(threshold=-30*mV))
    >>> dend.event_names
    ['plateau_tuft']
    """

    threshold: Value = quantity("volt", "voltage of a plateau", default=-30 * mvolt)
    tau: Value = quantity(
        "second",
        "time constant of the instructive signal",
        default=0.44 * second,
        sign="positive",
    )
    update: Value = quantity(
        "second",
        "time between two looks at the signal",
        default=10 * msecond,
        sign="positive",
    )
    floor: float = quantity(
        "1", "signal that the rule follows", default=1e-3, sign="nonnegative"
    )

    @property
    def label(self) -> str:
        return "IS"

    def fragment(self, names: Names) -> Fragment:
        signal, voltage = names("IS"), names("V")
        theta, tau = names("theta", "IS"), names("tau", "IS")
        update, floor = names("update", "IS"), names("floor", "IS")
        on = f"int({voltage} > {theta})"
        return Fragment(
            equations=(Equation.ode(signal, f"({on} - {signal}) / {tau}", "1"),),
            parameters={
                theta: Parameter(self.threshold, self.spec("threshold")),
                tau: Parameter(self.tau, self.spec("tau")),
                update: Parameter(self.update, self.spec("update")),
                floor: Parameter(self.floor, self.spec("floor")),
            },
            events={
                names("plateau"): (
                    f"{signal} > {floor} and t_in_timesteps % {steps(update)} < 0.5"
                )
            },
            durations=(update,),
        )
