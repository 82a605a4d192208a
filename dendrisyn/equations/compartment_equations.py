"""Compartments as data, and the parameters of a model.

A `CompartmentEquations` never changes: adding a mechanism makes a new one that shares
the fragments of the old one, so an edit costs what is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from brian2.units.fundamentalunits import Quantity

from ..errors import DendrisynError
from ..names import Names
from ..units import ADDED, Spec, as_spec
from .fragment import Fragment, Parameter
from .parameters import SHARED

__all__ = [
    "Clash",
    "CompartmentEquations",
    "ParameterTable",
    "Source",
    "describe",
    "merge_parameters",
    "parameter_in_use",
]


class Source(NamedTuple):
    """A fragment and its origin."""

    #: The code of the user that added it, for messages.
    origin: str
    #: The equations and parameters.
    fragment: Fragment
    #: Whether the equations are the user's own.
    custom: bool = False


class Clash(NamedTuple):
    """Two origins, *one* and *other*, that would both create *name*."""

    one: str
    other: str
    name: str


class Origin(NamedTuple):
    """A parameter of a mechanism and the origin of its fragment."""

    parameter: Parameter
    origin: str


@dataclass(frozen=True, eq=False)
class CompartmentEquations:
    """The equations and parameters of one compartment."""

    #: The compartment, as messages call it.
    title: str
    #: Joins the names of its variables.
    names: Names
    #: The equation of the voltage.
    membrane: Source
    #: Passive properties, mechanisms and couplings, in reading order.
    sources: tuple[Source, ...]
    #: The effective membrane area (metre**2), by which densities are multiplied.
    area: Quantity | None
    #: The name of the parameter with the resting potential.
    rest: str
    #: Variables that the fragments define, and their origins.
    variables: Mapping[str, str]
    #: Factors, which mechanisms may share, and their first origins.
    factors: Mapping[str, str]
    #: Parameters of the fragments.
    parameters: Mapping[str, Origin]
    #: Parameters that two fragments create.
    repeated: tuple[Clash, ...] = ()

    @classmethod
    def of(
        cls,
        title: str,
        names: Names,
        membrane: Source,
        area: Quantity | None,
        rest: str,
        sources: Iterable[Source],
    ) -> CompartmentEquations:
        """Return the equations of a membrane with these sources."""
        bare = cls(title, names, membrane, (), area, rest, {}, {}, {})
        bare = bare._entered((membrane,))
        totals = dict.fromkeys((names("I"), names("I_ext")), title)
        whole = replace(bare, variables={**totals, **bare.variables})
        return whole.with_sources(*sources)

    def with_sources(self, *sources: Source) -> CompartmentEquations:
        """Return these equations with further sources at the end."""
        if not sources:
            return self
        return replace(self._entered(sources), sources=(*self.sources, *sources))

    def _entered(self, sources: Iterable[Source]) -> CompartmentEquations:
        """Return a copy whose tables hold the names of these sources."""
        variables, factors = dict(self.variables), dict(self.factors)
        parameters = dict(self.parameters)
        repeated = list(self.repeated)
        for origin, fragment, _ in sources:
            for equation in fragment.equations:
                variables.setdefault(equation.name, origin)
            for factor in fragment.factors:
                factors.setdefault(factor.name, origin)
            for name, parameter in fragment.parameters.items():
                if name in parameters:
                    repeated.append(Clash(parameters[name].origin, origin, name))
                else:
                    parameters[name] = Origin(parameter, origin)
        return replace(
            self,
            variables=variables,
            factors=factors,
            parameters=parameters,
            repeated=tuple(repeated),
        )

    @property
    def all_sources(self) -> tuple[Source, ...]:
        """The membrane and all other sources."""
        return (self.membrane, *self.sources)

    @cached_property
    def currents(self) -> frozenset[str]:
        """The currents that mechanisms sum into the compartment."""
        return frozenset(
            name for source in self.sources for name in source.fragment.currents
        )

    @cached_property
    def custom(self) -> tuple[Source, ...]:
        """The sources with equations of the user."""
        return tuple(source for source in self.all_sources if source.custom)

    def clashes_with(self, source: Source) -> list[Clash]:
        """Return the names that a further source would create a second time.

        This serves compartments and sources without equations of the user, which may
        define what is defined already: `assemble` finds their clashes.
        """
        fragment = source.fragment
        clashes = []
        for name in (
            *(equation.name for equation in fragment.equations),
            *(factor.name for factor in fragment.factors),
            *fragment.parameters,
        ):
            origin = self._origin_of(name)
            shared = name in self.factors and name not in fragment.parameters
            if origin is not None and not shared:
                clashes.append(Clash(origin, source.origin, name))
        return clashes

    def _origin_of(self, name: str) -> str | None:
        """Return the origin of a variable, factor or parameter."""
        if name in self.parameters:
            return self.parameters[name].origin
        return self.variables.get(name) or self.factors.get(name)


class ParameterTable(NamedTuple):
    """The parameters of a model."""

    #: By name.
    parameters: dict[str, Parameter]
    #: The origins of the parameters of mechanisms.
    origins: dict[str, str]
    #: Values that cannot be used, and names that are created twice.
    problems: list[str | Clash]


def merge_parameters(
    compartments: Sequence[CompartmentEquations],
    shared: Mapping[str, Quantity],
    common: Mapping[str, Parameter],
    values: Mapping[str, Quantity],
) -> ParameterTable:
    """Return the parameters of all compartments."""
    problems: list[str | Clash] = []
    merged: dict[str, Parameter] = {}
    origins: dict[str, str] = {}
    homes: dict[str, CompartmentEquations] = {}
    for compartment in compartments:
        problems += compartment.repeated
        for name, (parameter, origin) in compartment.parameters.items():
            if name in origins:
                problems.append(Clash(origins[name], origin, name))
            else:
                merged[name] = parameter
                origins[name], homes[name] = origin, compartment
    merged.update(common)
    for name, value in shared.items():
        merged.setdefault(name, Parameter(value, SHARED[name]))
    for name in values:
        merged.setdefault(name, Parameter(None, Spec("1", ADDED)))

    for name, parameter in merged.items():
        if name in values or parameter.spec.density:
            merged[name] = parameter_in_use(
                name, parameter, values, homes.get(name), problems
            )
    return ParameterTable(merged, origins, problems)


def parameter_in_use(
    name: str,
    parameter: Parameter | None,
    values: Mapping[str, Any],
    home: CompartmentEquations | None,
    problems: list[str | Clash],
) -> Parameter:
    """Return a parameter with the value that counts."""
    if name in values:
        value = values[name]
        if parameter is None or parameter.spec.meaning == ADDED:
            return Parameter(value, as_spec(value) or Spec("1", ADDED))
        try:
            value = parameter.spec.check(value, name)
        except DendrisynError as error:
            problems.append(str(error))
        else:
            parameter = parameter._replace(value=value)
    assert parameter is not None
    if not parameter.spec.is_density(parameter.value):
        return parameter
    if home is not None and home.area is not None:
        return parameter._replace(value=parameter.value * home.area)
    owner = "the model" if home is None else home.title
    problems.append(
        f"{name} is given per membrane area, but {owner} has no length and diameter. "
        f"Give it in {parameter.spec.unit}."
    )
    return parameter._replace(value=None)


def describe(problems: Iterable[str | Clash]) -> tuple[str, ...]:
    """Return one sentence for each problem, clashes of one pair together."""
    sentences: dict[str | tuple[str, str], list[str]] = {}
    for problem in problems:
        if isinstance(problem, Clash):
            names = sentences.setdefault((problem.one, problem.other), [])
            names.append(repr(problem.name))
        else:
            sentences.setdefault(problem, [])
    return tuple(
        key
        if isinstance(key, str)
        else f"{key[0]} and {key[1]} would both create {', '.join(names)}: rename one "
        "of them (to change an equation, use replace_equations)."
        for key, names in sentences.items()
    )
