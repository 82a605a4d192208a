"""Compartments as data, and the parameters that they have between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
]


class Source(NamedTuple):
    """A fragment and where it came from.

    Attributes
    ----------
    origin : str
        What the user wrote to get it.
    fragment : Fragment
        What it adds.
    custom : bool
        Whether the equations are the user's own.
    """

    origin: str
    fragment: Fragment
    custom: bool = False


class Clash(NamedTuple):
    """Two things, *one* and *other*, that would both create *name*."""

    one: str
    other: str
    name: str


@dataclass(frozen=True)
class CompartmentEquations:
    """One compartment, as data.

    Attributes
    ----------
    title : str
        What the user calls it.
    names : Names
        Joins its names.
    membrane : Contribution
        The equation of its voltage.
    contributions : tuple of Contribution
        Everything else, in reading order.
    area : Quantity or None
        Its effective membrane area (metre**2), which densities are multiplied by.
    rest : str
        Name of the parameter with its resting potential.
    """

    title: str
    names: Names
    membrane: Source
    contributions: tuple[Source, ...]
    area: Quantity | None
    rest: str

    @property
    def parameter_names(self) -> set[str]:
        """The names of the parameters that its mechanisms create."""
        return {
            name
            for each in (self.membrane, *self.contributions)
            for name in each.fragment.parameters
        }


class ParameterTable(NamedTuple):
    """The parameters of a model.

    Attributes
    ----------
    parameters : dict of str to Parameter
        By name.
    origins : dict of str to str
        Where those of mechanisms came from.
    problems : list of str or Clash
        What is wrong with them.
    """

    parameters: dict[str, Parameter]
    origins: dict[str, str]
    problems: list[str | Clash]


def merge_parameters(
    parts: Sequence[CompartmentEquations],
    shared: Mapping[str, Quantity],
    common: Mapping[str, Parameter],
    overrides: Mapping[str, Quantity],
) -> ParameterTable:
    """Return the parameters of all parts.

    Parameters
    ----------
    parts : sequence of Part
        The compartments.
    shared : mapping of str to quantity or float
        What all mechanisms of the model share.
    common : mapping of str to Parameter
        Parameters that belong to no part, such as coupling conductances.
    overrides : mapping of str to quantity or float
        Parameters set by name: they win over all others.
    """
    problems: list[str | Clash] = []
    merged: dict[str, Parameter] = {}
    origins: dict[str, str] = {}
    homes: dict[str, CompartmentEquations] = {}
    for part in parts:
        for contribution in (part.membrane, *part.contributions):
            for name, parameter in contribution.fragment.parameters.items():
                if name in origins:
                    problems.append(Clash(origins[name], contribution.origin, name))
                else:
                    origins[name], homes[name] = contribution.origin, part
                    merged[name] = parameter
    merged.update(common)
    for name, value in shared.items():
        merged.setdefault(name, Parameter(value, SHARED[name]))

    for name, value in overrides.items():
        problems += _override(merged, name, value)

    for name, parameter in merged.items():
        if not parameter.spec.is_density(parameter.value):
            continue
        area = homes[name].area if name in homes else None
        if area is None:
            owner = homes[name].title if name in homes else "the model"
            problems.append(
                f"{name} is given per membrane area, but {owner} has no length and "
                f"diameter. Give it in {parameter.spec.unit}."
            )
            merged[name] = parameter._replace(value=None)
        else:
            merged[name] = parameter._replace(value=parameter.value * area)
    return ParameterTable(merged, origins, problems)


def _override(merged: dict[str, Parameter], name: str, value: Any) -> Iterable[str]:
    """Put a value that the user set into *merged*."""
    known = merged.get(name)
    if known is None:
        merged[name] = Parameter(value, as_spec(value) or Spec("1", ADDED))
        return
    try:
        merged[name] = known._replace(value=known.spec.check(value, name))
    except DendrisynError as error:
        yield str(error)


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
