"""Signals of a compartment that rules of plasticity read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from brian2.units.allunits import msecond, mvolt, second
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Fragment, Parameter, steps
from ..equations.mechanism import Mechanism
from ..errors import InvalidValueError
from ..names import Names, as_names, check_label
from ..units import Spec, number, quantity, seconds

_DELAY = Spec("second", "age of the late value", sign="nonnegative")

#: Samples of a delayed filter, from 0 to at least its delay ago.
_SAMPLES = 5

__all__ = ["CalciumPool", "FilteredVoltage", "PlateauSignal"]


@dataclass(frozen=True, kw_only=True, eq=False)
class FilteredVoltage(Mechanism):
    """The voltage of a compartment, low-pass filtered: ``dV_x/dt = (V - V_x)/tau``.

    Parameters
    ----------
    name : str
        Tells it from other filters of the compartment.
    tau : Quantity
        Time constant (second).
    delay : Quantity
        How old the value is that ``V_<name>_late_<compartment>`` holds (second); 0 for
        no such variable.

    Raises
    ------
    NameConflictError
        If the name cannot be part of a variable's name.
    UnitError, InvalidValueError
        If the time constant is no positive time.

    Notes
    -----
    Variable: ``V_<name>_<compartment>``, which starts at the voltage; parameter:
    ``tau_V_<name>_<compartment>``. A delayed value is interpolated between samples of
    each neuron, taken each quarter of the delay (``delay_V_``) or, in whole steps, a
    little more.

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import Dendrite, FilteredVoltage
    >>> dend = Dendrite('dend')
    >>> dend.add(FilteredVoltage('minus', tau=10*ms))
    >>> print(dend.equations.splitlines()[-1])
    dV_minus_dend/dt = (V_dend - V_minus_dend) / tau_V_minus_dend : volt
    """

    name: str = field(kw_only=False)
    tau: Quantity = seconds("time constant of the filter")
    delay: Quantity = seconds("age of the late value", 0 * second, "nonnegative")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_label(self.name, "FilteredVoltage.name")

    @property
    def label(self) -> str:
        return f"V_{self.name}"

    def fragment(self, names: Names) -> Fragment:
        voltage, filtered = names("V"), names(self.label)
        tau = names("tau", self.label)
        move = Equation.ode(filtered, f"({voltage} - {filtered}) / {tau}", "volt")
        late = self._late(names) if float(self.delay) > 0 else Fragment()
        return replace(
            late,
            equations=(move, *late.equations),
            parameters={tau: Parameter(self.tau, self.spec("tau")), **late.parameters},
            initial={filtered: voltage, **late.initial},
        )

    def _late(self, names: Names) -> Fragment:
        """Return the samples that a delayed value is interpolated between."""
        delay, place = names("delay", self.label), names("place", self.label)
        since = names("since", self.label)  # steps since the last sample
        every = f"clip(ceil({delay} / ({_SAMPLES - 1} * dt) - 1e-6), 1, 1e9)"
        samples = [names(self.label, f"{k}") for k in range(_SAMPLES)]
        value = " + ".join(
            f"{each} * clip(1 - abs({place} - {k}), 0, 1)"
            for k, each in enumerate(samples)
        )
        now = names("now", self.label)
        shifts = [
            f"{new} += {now} * ({old} - {new})"
            for old, new in reversed(list(pairwise([names(self.label), *samples])))
        ]
        return Fragment(
            equations=(
                *(Equation.variable(each, "volt") for each in samples),
                Equation.variable(since, "1"),
                Equation.define(place, f"({delay} / dt - {since}) / {every}", "1"),
                Equation.define(names(self.label, "late"), value, "volt"),
            ),
            parameters={delay: Parameter(self.delay, _DELAY)},
            initial={each: names("V") for each in samples},
            each_step=(
                f"{now} = int(t_in_timesteps % {every} < 0.5)",
                *shifts,
                f"{since} = ({since} + 1) * (1 - {now})",
            ),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class CalciumPool(Mechanism):
    """Calcium of a compartment: ``dCa/dt = gain * (sum of currents) - Ca/tau``.

    Calcium is a plain number, in the units of the thresholds of the rule that reads it.

    Parameters
    ----------
    currents : str or sequence of str
        Currents that carry calcium, by their variables without the compartment:
        ``'I_NMDA_x'`` of a receptor, ``'I_rise_Ca'`` of a dendritic spike.
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

    References
    ----------
    Shouval, Bear & Cooper (2002). A unified model of NMDA receptor-dependent
    bidirectional synaptic plasticity. PNAS 99, 10831. doi:10.1073/pnas.152343099

    Examples
    --------
    >>> from brian2 import ms, nS, pA
    >>> from dendrisyn import NMDA, CalciumPool, Dendrite
    >>> dend = Dendrite('dend')
    >>> dend.add(NMDA('x', g=1*nS, t_decay=60*ms),
    ...          CalciumPool('I_NMDA_x', gain=.01/(pA*ms), tau=20*ms))
    >>> dend.event_names
    ['calcium_dend']
    """

    currents: str | tuple[str, ...] = field(kw_only=False)
    gain: Quantity = quantity("1/coulomb", "calcium per charge", sign="nonnegative")
    tau: Quantity = seconds("decay time constant of calcium")
    floor: float = number("calcium that the rule follows", 0.01)

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
        currents = tuple(
            each if names.suffix and each.endswith(names.suffix) else names(each)
            for each in self.currents
        )
        influx = f"{gain} * ({' + '.join(currents)})"
        return Fragment(
            equations=(Equation.ode(Ca, f"{influx} - {Ca} / {tau}", "1"),),
            parameters={
                gain: Parameter(self.gain, self.spec("gain")),
                tau: Parameter(self.tau, self.spec("tau")),
                floor: Parameter(self.floor, self.spec("floor")),
            },
            events={names("calcium"): f"{Ca} > {floor}"},
            uses=currents,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class PlateauSignal(Mechanism):
    """What a plateau potential leaves behind: an instructive signal.

    ``dIS/dt = (on - IS)/tau``, where ``on`` is not 0 while the voltage is beyond the
    threshold, and such that a plateau of the length `duration` takes the signal to 1.

    Parameters
    ----------
    threshold : Quantity
        The voltage beyond which a plateau is (volt).
    tau : Quantity
        Time constant (second).
    duration : Quantity
        Length of the plateau that takes the signal from 0 to 1 (second).
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
    Variables: ``IS_<compartment>`` and ``on_IS_``; event: ``plateau_<compartment>``,
    each `update` while the signal is above the floor; parameters: ``theta_IS_``,
    ``tau_IS_``, ``duration_IS_``, ``update_IS_``, ``floor_IS_``. The time constant is
    that of the paper's network model.

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

    threshold: Quantity = quantity("volt", "voltage of a plateau", default=-30 * mvolt)
    tau: Quantity = seconds(
        "time constant of the instructive signal", 437.0065 * msecond
    )
    duration: Quantity = seconds("length of a plateau whose signal is 1", 300 * msecond)
    update: Quantity = seconds("time between two looks at the signal", 10 * msecond)
    floor: float = number("signal that the rule follows", 1e-3)

    @property
    def label(self) -> str:
        return "IS"

    def fragment(self, names: Names) -> Fragment:
        signal, voltage = names("IS"), names("V")
        theta, tau = names("theta", "IS"), names("tau", "IS")
        update, floor = names("update", "IS"), names("floor", "IS")
        duration, on = names("duration", "IS"), names("on", "IS")
        level = f"int({voltage} > {theta}) / (1 - exp(-{duration} / {tau}))"
        return Fragment(
            equations=(
                Equation.ode(signal, f"({on} - {signal}) / {tau}", "1"),
                Equation.define(on, level, "1"),
            ),
            parameters={
                theta: Parameter(self.threshold, self.spec("threshold")),
                tau: Parameter(self.tau, self.spec("tau")),
                duration: Parameter(self.duration, self.spec("duration")),
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
