"""Voltage events of a compartment that rules of plasticity can follow."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass, field

from brian2.units.fundamentalunits import Quantity

from ..deprecated import old_names
from ..equations.fragment import Equation, Fragment, Parameter
from ..equations.mechanism import Mechanism
from ..errors import NameConflictError, UnknownNameError
from ..names import Names, check_label
from ..units import quantity

_VOLTAGE = re.compile(r"V(_[A-Za-z0-9]+)*", re.ASCII)

__all__ = ["AboveThreshold", "ThresholdCrossing", "VoltageEvent"]

__getattr__ = old_names(__name__, "Above", "Crossing")


@dataclass(frozen=True, kw_only=True, eq=False)
class VoltageEvent(Mechanism):
    """Base of the events that a voltage causes.

    Parameters
    ----------
    variable : str
        The voltage, such as ``'V_dend'``; ``'V'`` is the voltage of the compartment to
        which the event is added, or at which the synapses of a rule end.
    threshold : Quantity
        The threshold (volt).
    name : str, optional
        Name that distinguishes events of the same voltage.

    Raises
    ------
    UnknownNameError
        If the variable does not have the name of a voltage.
    NameConflictError
        If the event is added to another compartment than that of the voltage.
    UnitError, InvalidValueError
        If the threshold is not a voltage.
    """

    variable: str = field(kw_only=False)
    threshold: Quantity = quantity("volt", "threshold of the event", kw_only=False)
    name: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        title = type(self).__name__
        if not isinstance(self.variable, str) or not _VOLTAGE.fullmatch(self.variable):
            raise UnknownNameError(
                f"{title}: expected the voltage of a compartment, such as 'V_dend', "
                f"got {self.variable!r}."
            )
        if self.name:
            check_label(self.name, f"{title}.name")

    @property
    @abstractmethod
    def kind(self) -> str:
        """The first word of the event's name."""

    @property
    def label(self) -> str:
        return "_".join(filter(None, (self.kind, self.name, "V")))

    def place(self, names: Names) -> Names:
        """Return the names of the voltage's compartment; for ``'V'``, *names*."""
        compartment = self.variable.partition("_")[2]
        return Names.of(compartment) if compartment else names

    @property
    def event(self) -> str:
        """The name of the event, if the variable names its compartment."""
        return self.event_at(Names.of(""))

    def event_at(self, names: Names) -> str:
        """Return the name of the event, for a rule on the compartment of *names*."""
        return self.place(names)(self.label)

    def _threshold(self, names: Names) -> str:
        """Return the name of the threshold; raise on another compartment."""
        if self.place(names) != names:
            raise NameConflictError(
                f"{type(self).__name__}: {self.variable!r} is not the voltage of this "
                f"compartment. Give {names('V')!r}."
            )
        return names("theta", self.label)


@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdCrossing(VoltageEvent):
    """An event when the voltage of a compartment rises through a threshold.

    After an event, the voltage must fall below the threshold before the next event.

    Parameters
    ----------
    variable, name
        See `VoltageEvent`.
    threshold : Quantity
        The voltage that is crossed (volt).

    Notes
    -----
    Event: ``crossing_V_<compartment>``, or ``crossing_<name>_V_<compartment>``;
    parameter: ``theta_`` and the same ending; variable: ``above_`` and the same ending,
    1 while the voltage is at or above the threshold. The test runs once per time step,
    after integration and before the test for spikes, so that a reset counts in the next
    step. A voltage above the threshold at the start does not cross.

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn import Dendrite, ThresholdCrossing
    >>> dend = Dendrite('dend')
    >>> dend.add(ThresholdCrossing('V_dend', -45*mV))
    >>> dend.event_names
    ['crossing_V_dend']
    """

    @property
    def kind(self) -> str:
        return "crossing"

    def fragment(self, names: Names) -> Fragment:
        threshold = self._threshold(names)
        above = names("above", self.label)
        reached = f"{names('V')} >= {threshold}"
        return Fragment(
            equations=(Equation.variable(above, "1"),),
            parameters={threshold: Parameter(self.threshold, self.spec("threshold"))},
            initial={above: 1.0},
            events={names(self.label): f"{reached} and {above} < 0.5"},
            each_step=(f"{above} = int({reached})",),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class AboveThreshold(VoltageEvent):
    """An event in every time step with a voltage above a threshold.

    A rule that integrates over depolarisations then runs for depolarised neurons only.

    Parameters
    ----------
    variable, name
        See `VoltageEvent`.
    threshold : Quantity
        The threshold (volt).

    Notes
    -----
    Event: ``above_V_<compartment>``, or ``above_<name>_V_<compartment>``; parameter:
    ``theta_`` and the same ending. The test runs after integration and before the test
    for spikes.

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn import AboveThreshold, Dendrite
    >>> dend = Dendrite('dend')
    >>> dend.add(AboveThreshold('V_dend', -45*mV))
    >>> dend.events
    {'above_V_dend': 'V_dend > theta_above_V_dend'}
    """

    @property
    def kind(self) -> str:
        return "above"

    def fragment(self, names: Names) -> Fragment:
        threshold = self._threshold(names)
        return Fragment(
            parameters={threshold: Parameter(self.threshold, self.spec("threshold"))},
            events={names(self.label): f"{names('V')} > {threshold}"},
        )
