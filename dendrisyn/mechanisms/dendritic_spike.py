"""Dendritic spikes: a threshold crossing that switches on two conductances."""

from __future__ import annotations

from dataclasses import dataclass, field

from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Formula, Fragment, Parameter, steps
from ..equations.mechanism import Mechanism
from ..equations.parameters import SHARED
from ..errors import UnitError, UnknownNameError, nearest
from ..integrators import IF_ELSE
from ..names import Names, check_label
from ..units import Spec, quantity, seconds

__all__ = ["DendriticSpike"]

#: A time before any simulation, like `lastspike` of Brian2. It is finite because
#: compilers may assume finite numbers.
NEVER = -1e4 * second

_REVERSALS = {
    f"reversal_{phase}": Spec("volt", f"reversal potential of the {phase}")
    for phase in ("rise", "fall")
}


def reversals() -> list[str]:
    """Return the names of the reversal potentials that models share."""
    return [name for name, spec in SHARED.items() if spec.unit == "volt"]


@dataclass(frozen=True, kw_only=True, eq=False)
class DendriticSpike(Mechanism):
    """A dendritic spike: a depolarising and a repolarising conductance.

    When the voltage reaches `threshold`, `g_rise` is on for `duration_rise`, starting
    with the next time step. `g_fall` starts `offset_fall` later and is on for
    `duration_fall`. The next spike of this name needs `refractory` to have passed.
    Durations are rounded to whole time steps. If no parameter of the
    fall is given, there is no fall.

    Parameters
    ----------
    name : str
        Name that distinguishes dendritic spikes of a compartment.
    threshold : Quantity
        Voltage that starts the spike (volt).
    g_rise, g_fall : Quantity
        Conductances (siemens; or siemens/metre**2, times the membrane area).
    duration_rise, duration_fall : Quantity
        Durations of the conductances (second).
    reversal_rise, reversal_fall : Quantity or str
        Reversal potentials (volt), or names of shared reversal potentials: 'E_Na',
        'E_K', 'E_Ca', ...
    offset_fall : Quantity
        Time from the start of the rise to the start of the fall (second).
    refractory : Quantity
        Shortest time between two spikes (second).

    Raises
    ------
    NameConflictError
        If the name cannot be part of a variable's name.
    UnknownNameError
        If models share no reversal potential of this name.
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Notes
    -----
    Variables: ``I_rise_``, ``I_fall_``, ``g_rise_``, ``g_fall_``, ``spiketime_`` and
    ``gate_`` (1 after the first spike), followed by the name and the compartment;
    event: ``spike_``.

    References
    ----------
    Pagkalos, Chavlis & Poirazi (2023). Introducing the Dendrify framework for
    incorporating dendrites to spiking neural networks. Nature Communications 14, 131.
    doi:10.1038/s41467-022-35747-8

    Examples
    --------
    >>> from brian2 import ms, mV, nS
    >>> from dendrisyn import Dendrite, DendriticSpike
    >>> dend = Dendrite('dend')
    >>> dend.add(DendriticSpike('Ca', threshold=-35*mV, g_rise=10*nS,
    ...                         duration_rise=20*ms, reversal_rise='E_Ca',
    ...                         refractory=50*ms))
    >>> dend.event_names
    ['spike_Ca_dend']
    """

    name: str = field(kw_only=False)
    threshold: Quantity = quantity("volt", "threshold", default=None)
    g_rise: Quantity = quantity(
        "siemens",
        "conductance of the rise",
        default=None,
        sign="nonnegative",
        density=True,
    )
    g_fall: Quantity = quantity(
        "siemens",
        "conductance of the fall",
        default=None,
        sign="nonnegative",
        density=True,
    )
    duration_rise: Quantity = seconds("duration of the rise", None)
    duration_fall: Quantity = seconds("duration of the fall", None)
    reversal_rise: Quantity | str = None
    reversal_fall: Quantity | str = None
    offset_fall: Quantity = seconds("delay of the fall", None, "nonnegative")
    refractory: Quantity = seconds("refractory period", None, "nonnegative")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_label(self.name, "DendriticSpike.name")
        for name, spec in _REVERSALS.items():
            value = getattr(self, name)
            where = f"DendriticSpike.{name}"
            if isinstance(value, str):
                if value not in reversals():
                    raise UnknownNameError(
                        f"{where}: models share no reversal potential {value!r}."
                        f"{nearest(value, reversals())} Or give a voltage."
                    )
            elif value is not None:
                try:
                    checked = spec.check(value, where)
                except UnitError as error:
                    raise UnitError(f"{error} Or name one of {reversals()}.") from error
                object.__setattr__(self, name, checked)

    @property
    def label(self) -> str:
        return f"spike_{self.name}"

    @property
    def has_fall(self) -> bool:
        """True if a parameter of the fall is given."""
        fall = (self.g_fall, self.duration_fall, self.reversal_fall, self.offset_fall)
        return any(value is not None for value in fall)

    def fragment(self, names: Names) -> Fragment:
        V, spiketime = names("V"), names("spiketime", self.name)
        threshold, refractory = names("Vth", self.name), names("refractory", self.name)
        rise = names("duration_rise", self.name)
        fall, offset = (
            names("duration_fall", self.name),
            names("offset_fall", self.name),
        )
        event = names.event(self.name)

        # The number of the time step, not t: at intermediate times of a method, too, a
        # conductance is on or off for the whole step.
        since = f"t_in_timesteps*dt - {spiketime}"
        phases = {"rise": f"int({since} < ({steps(rise)} + 0.5)*dt)"}
        if self.has_fall:
            end = f"({steps(offset)} + {steps(fall)} + 0.5)*dt"
            start = f"({steps(offset)} + 0.5)*dt"
            # A product, since sympy is slow to simplify an "and".
            phases["fall"] = f"int({since} > {start}) * int({since} < {end})"

        equations, currents = [], []
        for phase, on in phases.items():
            current, g = names("I", phase, self.name), names("g", phase, self.name)
            maximum = names("g", phase, "max", self.name)
            reversal = names("E", phase, self.name)
            equations += [
                Equation.define(current, f"{g} * ({reversal} - {V})", "amp"),
                Equation.define(g, f"{maximum} * {on}", "siemens"),
            ]
            currents.append(current)
        equations += [
            Equation.variable(spiketime, "second"),
            Equation.define(
                names("gate", self.name),
                f"int({spiketime} > {NEVER / second / 2}*second)",
                "1",
            ),
        ]

        condition = (
            f"{V} >= {threshold} and t - {spiketime} >= ({steps(refractory)} - 0.5)*dt"
        )
        return Fragment(
            equations=tuple(equations),
            currents=tuple(currents),
            parameters=self._parameters(names),
            initial={spiketime: NEVER},
            events={event: condition},
            event_actions={event: f"{spiketime} = t"},
            detection=(f"{spiketime} = {IF_ELSE}(int({condition}), t, {spiketime})",),
            durations=(rise, refractory, *([fall] if self.has_fall else [])),
        )

    def parameter_names(self, names: Names) -> dict[str, str]:
        """Return the names of the parameters by argument, without an unused fall."""
        symbols = {
            "threshold": ("Vth",),
            "g_rise": ("g", "rise", "max"),
            "duration_rise": ("duration_rise",),
            "reversal_rise": ("E", "rise"),
            "refractory": ("refractory",),
        }
        if self.has_fall:
            symbols |= {
                "g_fall": ("g", "fall", "max"),
                "duration_fall": ("duration_fall",),
                "reversal_fall": ("E", "fall"),
                "offset_fall": ("offset_fall",),
            }
        return {key: names(*symbol, self.name) for key, symbol in symbols.items()}

    def _parameters(self, names: Names) -> dict[str, Parameter]:
        """Return the parameters; a shared reversal potential is a formula."""
        parameters = {}
        for argument, name in self.parameter_names(names).items():
            value = getattr(self, argument)
            parameters[name] = Parameter(
                Formula(value) if isinstance(value, str) else value,
                _REVERSALS.get(argument) or self.spec(argument),
                f"give {argument}, here or to config_dspikes({self.name!r}, ...)",
            )
        return parameters
