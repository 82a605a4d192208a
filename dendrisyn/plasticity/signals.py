"""Signals of a compartment that rules of plasticity read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from brian2.units.allunits import msecond, mvolt, second
from brian2.units.fundamentalunits import Quantity

from ..deprecated import old_names
from ..equations.fragment import Equation, Fragment, Parameter, parameters_of, steps
from ..equations.mechanism import Mechanism
from ..errors import InvalidValueError
from ..names import Names, as_names, check_label
from ..units import Spec, number, quantity, seconds

_DELAY = Spec("second", "age of the late value", sign="nonnegative")

#: Samples of a delayed filter, from 0 to at least its delay ago.
_SAMPLES = 5

__all__ = ["CalciumPool", "FilteredVoltage", "PlateauSignal"]

__getattr__ = old_names(__name__, "LowPass")


@dataclass(frozen=True, kw_only=True, eq=False)
class FilteredVoltage(Mechanism):
    """Low-pass filtered voltage of a compartment: ``dV_x/dt = (V - V_x)/tau``.

    Parameters
    ----------
    name : str
        Name that distinguishes filters of a compartment.
    tau : Quantity
        Time constant (second).
    delay : Quantity
        Age of the value of ``V_<name>_late_<compartment>`` (second); 0 for no such
        variable.

    Raises
    ------
    NameConflictError
        If the name cannot be part of a variable's name.
    UnitError, InvalidValueError
        If the time constant is not a positive time.

    Notes
    -----
    Variable: ``V_<name>_<compartment>``, which starts at the voltage; parameter:
    ``tau_V_<name>_<compartment>``. A delayed value is interpolated between samples,
    taken every quarter of the delay (``delay_V_``), rounded up to whole time steps.

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
        """Return the samples between which a delayed value is interpolated."""
        delay, place = names("delay", self.label), names("place", self.label)
        since = names("since", self.label)  # steps since the last sample
        every = f"clip(ceil({delay} / ({_SAMPLES - 1} * dt) - 1e-6), 1, 1e9)"
        samples = [names(self.label, f"{k}") for k in range(_SAMPLES)]
        value = " + ".join(
            f"{sample} * clip(1 - abs({place} - {k}), 0, 1)"
            for k, sample in enumerate(samples)
        )
        now = names("now", self.label)
        shifts = [
            f"{new} += {now} * ({old} - {new})"
            for old, new in reversed(list(pairwise([names(self.label), *samples])))
        ]
        return Fragment(
            equations=(
                *(Equation.variable(sample, "volt") for sample in samples),
                Equation.variable(since, "1"),
                Equation.define(place, f"({delay} / dt - {since}) / {every}", "1"),
                Equation.define(names(self.label, "late"), value, "volt"),
            ),
            parameters={delay: Parameter(self.delay, _DELAY)},
            initial=dict.fromkeys(samples, names("V")),
            each_step=(
                f"{now} = int(t_in_timesteps % {every} < 0.5)",
                *shifts,
                f"{since} = ({since} + 1) * (1 - {now})",
            ),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class CalciumPool(Mechanism):
    """Calcium of a compartment: ``dCa/dt = gain * (sum of currents) - Ca/tau``.

    Calcium is a plain number on the scale of the thresholds of the rule that reads it.

    Parameters
    ----------
    currents : str or sequence of str
        Names of the currents that carry calcium, without the compartment:
        ``'I_NMDA_x'`` of a receptor, ``'I_rise_Ca'`` of a dendritic spike.
    gain : Quantity
        Calcium per charge (1/coulomb), such as ``0.01/(pA*ms)``.
    tau : Quantity
        Decay time constant (second).
    floor : float
        Calcium below which rules ignore the pool.

    Raises
    ------
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Notes
    -----
    Variable: ``Ca_<compartment>``; event: ``calcium_<compartment>``, in every step with
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
    ...          CalciumPool('I_NMDA_x', gain=0.01/(pA*ms), tau=20*ms))
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
            raise InvalidValueError(
                "CalciumPool.currents: no current was given. Name at least one, such "
                "as 'I_NMDA_x'.",
            )
        object.__setattr__(self, "currents", currents)

    @property
    def label(self) -> str:
        return "Ca"

    def fragment(self, names: Names) -> Fragment:
        Ca = names("Ca")
        fields = {names(field, "Ca"): field for field in ("gain", "tau", "floor")}
        gain, tau, floor = fields
        currents = tuple(
            name if names.suffix and name.endswith(names.suffix) else names(name)
            for name in self.currents
        )
        influx = f"{gain} * ({' + '.join(currents)})"
        return Fragment(
            equations=(Equation.ode(Ca, f"{influx} - {Ca} / {tau}", "1"),),
            parameters=parameters_of(self, fields),
            events={names("calcium"): f"{Ca} > {floor}"},
            uses=currents,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class PlateauSignal(Mechanism):
    """Instructive signal of plateau potentials: ``dIS/dt = (on - IS)/tau``.

    ``on`` is above 0 while the voltage is above the threshold, with the value that lets
    a plateau of the length `duration` raise the signal to 1.

    Parameters
    ----------
    threshold : Quantity
        Lowest voltage of a plateau (volt).
    tau : Quantity
        Time constant (second).
    duration : Quantity
        Length of the plateau that raises the signal from 0 to 1 (second).
    update : Quantity
        Interval at which rules read the signal (second), in whole time steps.
    floor : float
        Signal below which rules ignore it.

    Raises
    ------
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Notes
    -----
    Variables: ``IS_<compartment>`` and ``on_IS_``; event: ``plateau_<compartment>``,
    every `update` while the signal is above the floor; parameters: ``theta_IS_``,
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
        symbols = ("theta", "tau", "duration", "update", "floor")
        parameters = {names(symbol, "IS"): symbol for symbol in symbols}
        theta, tau, duration, update, floor = parameters
        parameters[theta], on = "threshold", names("on", "IS")
        level = f"int({voltage} > {theta}) / (1 - exp(-{duration} / {tau}))"
        return Fragment(
            equations=(
                Equation.ode(signal, f"({on} - {signal}) / {tau}", "1"),
                Equation.define(on, level, "1"),
            ),
            parameters=parameters_of(self, parameters),
            events={
                names("plateau"): (
                    f"{signal} > {floor} and t_in_timesteps % {steps(update)} < 0.5"
                )
            },
            durations=(update,),
        )
