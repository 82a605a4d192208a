"""Electrical coupling of two compartments."""

from __future__ import annotations

from dataclasses import dataclass, field

from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Formula, Fragment, Parameter
from ..errors import (
    GraphError,
    InvalidValueError,
    UnitError,
    UnknownNameError,
    located,
    nearest,
)
from ..names import Names
from ..units import Spec, show
from .geometry import EphysProperties

__all__ = ["COUPLING", "Coupling"]

COUPLING = Spec("siemens", "coupling conductance", "nonnegative")


@dataclass(frozen=True, eq=False)
class Coupling:
    """A conductance between two compartments, the same in both directions.

    Parameters
    ----------
    first, second : EphysProperties
        The compartments.
    how : Quantity, str or None
        A conductance (siemens), ``'half_cylinders'`` (also None) for half of each
        cylinder in series, or ``'cylinder_<name>'`` for the whole cylinder of one.

    Raises
    ------
    GraphError
        If a compartment is coupled to itself.
    UnitError, InvalidValueError, UnknownNameError
        If `how` is none of these, or needs a size that is not given.
    """

    first: EphysProperties
    second: EphysProperties
    how: Quantity | str | None = None
    conductance: Quantity = field(init=False)

    def __post_init__(self) -> None:
        if self.first.name == self.second.name:
            raise GraphError(
                f"{self.title}: a compartment cannot be coupled to itself, nor to "
                "another one of its name."
            )
        with located(self.title):
            object.__setattr__(self, "conductance", self._conductance())

    @property
    def title(self) -> str:
        return f"coupling of {self.first.name!r} and {self.second.name!r}"

    @property
    def ends(self) -> tuple[str, str]:
        """The names of the two compartments."""
        return str(self.first.name), str(self.second.name)

    @property
    def names(self) -> tuple[str, str]:
        """The two names of the conductance: from either end."""
        first, second = self.ends
        return self.name(first), self.name(second)

    def name(self, source: str) -> str:
        """Return the name of the conductance from the compartment *source*."""
        first, second = self.ends
        other = second if source == first else first
        return Names.of(other)("g", source)

    def two_values(self, one: Quantity, other: Quantity) -> str:
        """Return the sentence for two values of the conductance."""
        return (
            f"{' and '.join(self.names)} are two names of one value, but they are set "
            f"to {show(one)} and to {show(other)}."
        )

    def fragment(self, end: str) -> Fragment:
        """Return the current into the compartment *end*."""
        first, second = self.ends
        source = second if end == first else first
        here, there = Names.of(end), Names.of(source)
        current, g = here("I", source), self.name(source)
        expression = f"({there('V')} - {here('V')}) * {g}"
        return Fragment(
            equations=(Equation.define(current, expression, "amp"),),
            currents=(current,),
            parameters={g: Parameter(self.conductance, COUPLING)},
        )

    def parameters(self, leading: str | None = None) -> dict[str, Parameter]:
        """Return both conductances: one with the value, one that follows it."""
        lead, follow = self.names
        if leading == follow:
            lead, follow = follow, lead
        return {
            lead: Parameter(self.conductance, COUPLING),
            follow: Parameter(Formula(lead), COUPLING),
        }

    def _conductance(self) -> Quantity:
        how = "half_cylinders" if self.how is None else self.how
        if not isinstance(how, str):
            try:
                return COUPLING.check(how, "g")
            except UnitError as error:
                raise UnitError(
                    f"{error} Or write 'half_cylinders' or 'cylinder_<name>'."
                ) from error
        wholes = {f"cylinder_{end.name}": end for end in (self.first, self.second)}
        if how != "half_cylinders" and how not in wholes:
            legal = ["half_cylinders", *wholes]
            raise UnknownNameError(
                f"there is no coupling {how!r}.{nearest(how, legal)} Or give a "
                "conductance in siemens."
            )
        try:
            if how == "half_cylinders":
                return EphysProperties.g_couple(self.first, self.second)
            return wholes[how].g_cylinder
        except InvalidValueError as error:
            raise InvalidValueError(
                f"{how!r} cannot be computed: {error} Or give a conductance in siemens."
            ) from error
