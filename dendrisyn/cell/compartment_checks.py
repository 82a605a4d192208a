"""Checks of the mechanisms of a compartment, made before it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..equations.assembly import Assembly, assemble
from ..equations.compartment_equations import (
    Clash,
    CompartmentEquations,
    ParameterTable,
    Source,
    describe,
    parameter_in_use,
)
from ..equations.fragment import ODE
from ..errors import InvalidValueError, NameConflictError, UnitError
from ..names import check_identifier

__all__ = ["check_addition", "check_compartment", "check_values", "check_voltage"]


def check_voltage(equations: CompartmentEquations) -> None:
    """Raise if the membrane does not define the voltage."""
    _check_identifiers(equations.all_sources)
    voltage = equations.names("V")
    if not any(
        equation.name == voltage and equation.kind == ODE
        for equation in equations.membrane.fragment.equations
    ):
        raise InvalidValueError(
            f"the template does not define d{voltage}/dt: write dV{{0}}/dt, with "
            "{0} for the suffix of the compartment."
        )


def check_addition(
    equations: CompartmentEquations, source: Source, values: Mapping[str, Any]
) -> None:
    """Raise if a mechanism cannot be added; the cost is that of the mechanism alone.

    Equations of the user need `check_compartment` as well.
    """
    _check_identifiers([source])
    fragment = source.fragment
    problems: list[str | Clash] = []
    if not equations.custom and not source.custom:
        problems += equations.clashes_with(source)
        problems += [
            Clash("a parameter of the model", source.origin, equation.name)
            for equation in fragment.equations
            if equation.name in values and equation.name not in equations.parameters
        ]
    for name, parameter in fragment.parameters.items():
        parameter_in_use(name, parameter, values, equations, problems)
    _raise(problems)


def check_compartment(
    equations: CompartmentEquations, table: ParameterTable, added: Iterable[str]
) -> Assembly:
    """Return the assembly of a compartment; raise if it has problems.

    Units are checked where equations of the user define names in *added*, or refer to
    them.
    """
    assembly = assemble([equations], table)
    _raise(assembly.problems)
    written = [assembly.equations[name] for name in assembly.custom]
    concerned = {name for each in written for name in (each.name, *each.identifiers)}
    if not concerned.isdisjoint(added):
        mixed = assembly.check_custom()
        if mixed:
            raise UnitError("; ".join(mixed))
    return assembly


def check_values(equations: CompartmentEquations, values: Mapping[str, Any]) -> None:
    """Raise if values that the user sets by name do not fit their parameters."""
    problems: list[str | Clash] = []
    for name in values:
        if name in equations.parameters:
            parameter = equations.parameters[name].parameter
            parameter_in_use(name, parameter, values, equations, problems)
    if problems:
        raise InvalidValueError(" ".join(describe(problems)))


def _check_identifiers(sources: Iterable[Source]) -> None:
    """Raise if a name is not legal in Brian2."""
    for source in sources:
        created = [equation.name for equation in source.fragment.equations]
        for name in (*created, *source.fragment.parameters):
            check_identifier(name, source.origin.split(": ")[-1])


def _raise(problems: Iterable[str | Clash]) -> None:
    """Raise the error of these problems, if there are any."""
    problems = tuple(problems)
    if problems:
        clash = any(isinstance(problem, Clash) for problem in problems)
        kind = NameConflictError if clash else InvalidValueError
        raise kind(" ".join(describe(problems)))
