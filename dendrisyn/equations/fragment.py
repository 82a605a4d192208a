"""Fragments: equations and parameters that a mechanism adds, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from brian2.units.fundamentalunits import Quantity
from brian2.utils.stringtools import get_identifiers

from ..units import Checked, Spec

__all__ = [
    "Equation",
    "Factor",
    "Formula",
    "Fragment",
    "Parameter",
    "Pathway",
    "SynapticFragment",
    "identifiers_of",
    "parameters_of",
    "steps",
]

ODE = "differential equation"
SUBEXPRESSION = "subexpression"
VARIABLE = "parameter"


@lru_cache(maxsize=4096)
def identifiers_of(code: str) -> frozenset[str]:
    """Return the names that an expression or a statement refers to."""
    return frozenset(get_identifiers(code))


def steps(duration: str, dt: str = "dt") -> str:
    """Return the expression of a duration in whole steps, half a step rounded up."""
    return f"floor({duration} / {dt} + 0.5)"


class Equation(NamedTuple):
    """One Brian2 equation.

    Attributes
    ----------
    name : str
        The variable that it defines.
    unit : str
        The unit of the variable.
    expression : str
        The right-hand side; empty for a plain variable.
    kind : {'differential equation', 'subexpression', 'parameter'}
        Brian2's word for it.
    flags : tuple of str
        Brian2's flags.
    """

    name: str
    unit: str
    expression: str = ""
    kind: str = VARIABLE
    flags: tuple[str, ...] = ()

    @classmethod
    def ode(cls, name: str, expression: str, unit: str, *flags: str) -> Equation:
        """``d<name>/dt = expression : unit/second``."""
        return cls(name, unit, expression, ODE, flags)

    @classmethod
    def define(cls, name: str, expression: str, unit: str, *flags: str) -> Equation:
        """``<name> = expression : unit``."""
        return cls(name, unit, expression, SUBEXPRESSION, flags)

    @classmethod
    def variable(cls, name: str, unit: str, *flags: str) -> Equation:
        """``<name> : unit``, a value for each neuron."""
        return cls(name, unit, flags=flags)

    @property
    def identifiers(self) -> frozenset[str]:
        """The names that the right-hand side refers to."""
        return identifiers_of(self.expression)

    def __str__(self) -> str:
        left = f"d{self.name}/dt" if self.kind == ODE else self.name
        right = f" = {self.expression}" if self.expression else ""
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        return f"{left}{right} : {self.unit}{flags}"


@dataclass(frozen=True)
class Formula:
    """A parameter that follows from others until a user sets it.

    Attributes
    ----------
    expression : str
        A Brian2 expression of other parameters.
    """

    expression: str

    @property
    def identifiers(self) -> frozenset[str]:
        """The names of the parameters (and functions) that it refers to."""
        return identifiers_of(self.expression)


class Parameter(NamedTuple):
    """A parameter of a model.

    Attributes
    ----------
    value : Quantity, float, Formula or None
        None means that it has no value.
    spec : Spec
        Its unit, meaning and range.
    remedy : str
        The code to write when it is missing.
    """

    value: Quantity | float | Formula | None
    spec: Spec
    remedy: str = ""


def parameters_of(
    owner: Checked, fields: Mapping[str, str], remedy: str = ""
) -> dict[str, Parameter]:
    """Return the fields of a mechanism as parameters.

    Parameters
    ----------
    owner : mechanism, membrane, kinetics, output or rule
        The object whose fields were declared with `quantity`.
    fields : mapping of str to str
        The field behind the name of each parameter.
    remedy : str
        The text to show when a value is missing; ``{field}`` and ``{name}`` in it are
        replaced.
    """
    return {
        name: Parameter(
            getattr(owner, field),
            owner.spec(field),
            remedy.format(field=field, name=name),
        )
        for name, field in fields.items()
    }


class Factor(NamedTuple):
    """A subexpression that mechanisms of one compartment share.

    Two factors of one compartment of one kind, whose parameters have the same values,
    are computed once.

    Attributes
    ----------
    name : str
        The variable.
    kind : str
        The kind of the expression, whatever the names of its parameters.
    expression : str
        The right-hand side.
    parameters : tuple of str
        The parameters in it, in an order that the kind decides.
    """

    name: str
    kind: str
    expression: str
    parameters: tuple[str, ...]

    def equation(self) -> Equation:
        """The factor written out."""
        return Equation.define(self.name, self.expression, "1")


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """The equations and parameters that one mechanism adds to one compartment.

    Attributes
    ----------
    equations : tuple of Equation
        Equations with final names.
    currents : tuple of str
        Variables that are summed into the current of the compartment.
    factors : tuple of Factor
        Subexpressions that other mechanisms of the compartment may share.
    parameters : mapping of str to Parameter
        Constants that the equations refer to.
    initial : mapping of str to quantity, float or str
        Values set when a group is made.
    events : mapping of str to str
        Brian2 events and their conditions.
    event_actions : mapping of str to str
        Statements that a group built by hand runs on each event.
    detection : tuple of str
        Statements that detect dendritic spikes, run once a step after integration and
        before thresholds.
    each_step : tuple of str
        Other statements that are run then.
    replaces : tuple of str
        Variables whose equations are taken out before these are put in.
    summed : frozenset of str
        With `replaces`: the currents that a replaced total already holds.
    durations : tuple of str
        Parameters that must last one step at least.
    uses : tuple of str
        Variables of other mechanisms that the equations refer to.
    """

    equations: tuple[Equation, ...] = ()
    currents: tuple[str, ...] = ()
    factors: tuple[Factor, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    initial: Mapping[str, Quantity | str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    event_actions: Mapping[str, str] = field(default_factory=dict)
    detection: tuple[str, ...] = ()
    each_step: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    summed: frozenset[str] = frozenset()
    durations: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


class Pathway(NamedTuple):
    """Statements that an event runs in synapses, beside the transmission of spikes.

    Attributes
    ----------
    name : str
        Brian2's name of the pathway.
    side : {'pre', 'post'}
        The end of the synapses where the event happens.
    statements : tuple of str
        The statements.
    event : str
        The name of the event.
    delay : Quantity, optional
        How much later than the transmission it is run (second).
    """

    name: str
    side: str
    statements: tuple[str, ...]
    event: str = "spike"
    delay: Quantity | None = None


@dataclass(frozen=True, kw_only=True)
class SynapticFragment:
    """The equations and statements that one mechanism adds to a `brian2.Synapses`.

    Attributes
    ----------
    equations : tuple of Equation
        Equations of each synapse, with final names.
    before_pre : tuple of str
        Statements run on a presynaptic spike before it is transmitted.
    on_pre : tuple of str
        Statements run on a presynaptic spike.
    pathways : tuple of Pathway
        What other events run.
    update : tuple of str
        Statements that bring the weight up to date at any time, if events do not.
    times : tuple of str
        Variables that hold the time of the last event; of a new synapse, the time now.
    parameters : mapping of str to Parameter
        Constants of its own that the code refers to.
    method : str
        How Brian2 integrates what is clock-driven; empty if nothing is.
    durations : tuple of str
        Parameters that must last one step at least.
    """

    equations: tuple[Equation, ...] = ()
    before_pre: tuple[str, ...] = ()
    on_pre: tuple[str, ...] = ()
    pathways: tuple[Pathway, ...] = ()
    update: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    method: str = ""
    durations: tuple[str, ...] = ()

    @property
    def defined(self) -> set[str]:
        """The names of its variables and constants."""
        return {*(each.name for each in self.equations), *self.parameters}

    @property
    def names(self) -> set[str]:
        """All names that it brings: those, and what statements assign to."""
        pathways = (line for each in self.pathways for line in each.statements)
        code = (*self.before_pre, *self.on_pre, *pathways)
        return self.defined | {line.split()[0] for line in code}
