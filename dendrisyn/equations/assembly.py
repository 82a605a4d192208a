"""Fragments -> `Assembly`: one pure function from data to data.

`assemble` joins fragments in reading order, writes the total current of each
compartment once, and collects all problems. It reads data and makes no Brian2 object.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from brian2.equations.equations import Equations

from ..errors import AssemblyError, nearest
from ..units import ADDED, is_number
from .collector import EquationCollector
from .compartment_equations import (
    Clash,
    CompartmentEquations,
    ParameterTable,
    Source,
    describe,
)
from .fragment import (
    ODE,
    VARIABLE,
    Equation,
    Formula,
    Parameter,
    identifiers_of,
)
from .parameters import SHARED, resolve
from .unit_check import mixed_units

__all__ = ["Assembly", "assemble"]


@dataclass(frozen=True)
class Assembly:
    """The equations, parameters and events of a group."""

    #: The equations, one block per compartment.
    blocks: tuple[tuple[Equation, ...], ...]
    #: Variables whose equations the user wrote.
    custom: frozenset[str]
    #: Variables that are factors of currents.
    factors: frozenset[str]
    #: Every parameter.
    parameters: Mapping[str, Parameter]
    #: Constants of the group.
    namespace: dict[str, Any]
    #: Start values of the parameters that are variables.
    per_neuron: dict[str, Any]
    #: Start values of the voltages, None without a resting potential.
    rest: dict[str, Any]
    #: Start values that mechanisms ask for.
    initial: dict[str, Any]
    #: Conditions of events, and the statements that a group built by hand runs.
    events: dict[str, str]
    event_actions: dict[str, str]
    #: Statements of the step operation: those that detect dendritic spikes, others.
    detection: tuple[str, ...]
    each_step: tuple[str, ...]
    #: Parameters that must last one step at least.
    durations: tuple[str, ...]
    #: Variables that a mechanism needs of another one, and its origin.
    uses: tuple[tuple[str, str], ...]
    #: The problems.
    problems: tuple[str | Clash, ...]

    @property
    def text(self) -> str:
        """The equations as Brian2 text, a blank line between compartments."""
        blocks = ("\n".join(map(str, block)) for block in self.blocks)
        return "\n\n".join(blocks)

    @property
    def equations(self) -> dict[str, Equation]:
        """The equations by name."""
        return {each.name: each for block in self.blocks for each in block}

    @property
    def complaints(self) -> tuple[str, ...]:
        """The problems, in sentences."""
        return describe(self.problems)

    def parsed(self) -> Equations:
        """Return the equations as Brian2 reads them."""
        return _parsed(self.text)

    def check_custom(self) -> list[str]:
        """Return a sentence for each equation of the user that mixes units.

        Brian2 reads the equations of the user and the subexpressions that they refer
        to, which finds circles; the time does not depend on the rest of the model.
        """
        equations = self.equations
        concerned = dict.fromkeys(sorted(self.custom & equations.keys()))
        for name in list(concerned):
            below = [name]
            while below:
                for other in equations[below.pop()].identifiers & equations.keys():
                    if other not in concerned and equations[other].kind != ODE:
                        concerned[other] = None
                        below.append(other)
        _parsed("\n".join(str(equations[name]) for name in concerned))
        return self.mixed_units()

    def mixed_units(self) -> list[str]:
        """Return a sentence for each equation of the user that mixes units."""
        units = {name: each.unit for name, each in self.equations.items()}
        units |= {
            name: each.spec.unit
            for name, each in self.parameters.items()
            if is_number(each.value) or each.value is None
        }
        written = [self.equations[name] for name in sorted(self.custom & units.keys())]
        return list(mixed_units(written, units, self.namespace))

    def missing(self, given: Collection[str], code: Iterable[str]) -> list[str]:
        """Return a sentence for each value or variable that is required and missing."""
        used = self._used(code)
        variables = self.equations
        absent = [
            f"{origin} needs {name}, which the model does not have."
            f"{nearest(name, variables)}"
            for name, origin in self.uses
            if name not in variables
        ]
        return absent + [
            f"{name} ({parameter.spec.meaning}, {parameter.spec.unit}) is not given: "
            f"{parameter.remedy}."
            for name, parameter in self.parameters.items()
            if parameter.value is None and name in used and name not in given
        ]

    def unused(self, code: Iterable[str]) -> list[str]:
        """Return a sentence for each parameter that looks misspelt.

        The user added it, nothing refers to it, and its name is near that of another
        parameter.
        """
        used = self._used(code)
        known = [
            name
            for name, parameter in self.parameters.items()
            if parameter.spec.meaning != ADDED
        ]
        return [
            f"{name} was added but nothing refers to it.{nearest(name, known)}"
            for name, parameter in self.parameters.items()
            if parameter.spec.meaning == ADDED
            and name not in used
            and get_close_matches(name, known, cutoff=0.85)
        ]

    def _used(self, code: Iterable[str]) -> set[str]:
        """Return the names that the model and *code* refer to."""
        texts = (*code, *self.events.values(), *self.detection, *self.each_step)
        used = set().union(*(identifiers_of(text) for text in texts))
        for equation in self.equations.values():
            used |= equation.identifiers
        for name, parameter in self.parameters.items():
            if name in used and isinstance(parameter.value, Formula):
                used |= parameter.value.identifiers
        return used


def _parsed(text: str) -> Equations:
    """Return equations as Brian2 reads them; raise an AssemblyError if it cannot."""
    try:
        return Equations(text)
    except Exception as error:  # Brian2 raises many kinds of errors
        problem = f"Brian2 refuses the equations: {error}"
        raise AssemblyError("the equations are not legal", [problem]) from error


def assemble(
    compartments: Sequence[CompartmentEquations],
    merged: ParameterTable,
    *,
    custom: Sequence[Source] = (),
    per_neuron: Collection[str] = (),
    held: Collection[str] = (),
) -> Assembly:
    """Join the fragments of a model."""
    parameters = merged.parameters
    found = list(merged.problems)
    values = resolve(parameters)
    found += _check_per_neuron(per_neuron, parameters, values)
    written = {
        equation.name
        for source in (
            *custom,
            *(c for compartment in compartments for c in compartment.sources),
        )
        if source.custom
        for equation in source.fragment.equations
    }
    by_name = SHARED.keys() | set(per_neuron) | written
    collector = EquationCollector(found)
    for compartment in compartments:
        collector.add_compartment(compartment, values, by_name)
    collector.add_block(custom)
    for compartment in compartments:
        for source in compartment.sources:
            collector.replace(source)
    for source in custom:
        collector.replace(source)
    for compartment in compartments:
        collector.finish_total(compartment)
    collector.check_removed()

    places = _places(collector, merged, values, per_neuron, found)
    blocks = (*(block.values() for block in collector.blocks), places.equations)
    return Assembly(
        blocks=tuple(tuple(_hold(block, held)) for block in blocks if block),
        custom=frozenset(collector.custom),
        factors=frozenset(collector.factors),
        parameters=parameters,
        namespace=places.constants,
        per_neuron=places.start,
        rest={each.names("V"): values.get(each.rest) for each in compartments},
        initial=collector.initial,
        events=collector.events,
        event_actions=collector.event_actions,
        detection=tuple(collector.detection),
        each_step=tuple(collector.each_step),
        durations=tuple(collector.durations),
        uses=tuple(collector.uses),
        problems=tuple(found),
    )


class _Places(NamedTuple):
    """Parameters as equations, as start values of variables, and as constants."""

    equations: list[Equation]
    start: dict[str, Any]
    constants: dict[str, Any]


def _places(
    collector: EquationCollector,
    merged: ParameterTable,
    values: Mapping[str, Any],
    per_neuron: Collection[str],
    problems: list[str | Clash],
) -> _Places:
    """Return where the parameters go: a parameter with an equation is a variable."""
    parameters = merged.parameters
    kinds = {n: each.kind for block in collector.blocks for n, each in block.items()}
    varying = set(per_neuron) | (kinds.keys() & parameters.keys())
    places = _Places([], {}, {})
    for name, parameter in parameters.items():
        value = parameter.value
        if name in kinds:
            if name not in collector.custom:
                origin = merged.origins.get(name, "a parameter of the model")
                problems.append(Clash(origin, collector.origins[name], name))
            elif kinds[name] == VARIABLE and values[name] is not None:
                places.start[name] = values[name]
        elif name in per_neuron:
            equation = Equation.variable(name, parameter.spec.unit, "constant")
            places.equations.append(equation)
            places.start[name] = values[name]
        elif isinstance(value, Formula) and _depends(value, varying, parameters):
            equation = Equation.define(name, value.expression, parameter.spec.unit)
            places.equations.append(equation)
        elif values[name] is not None:
            places.constants[name] = values[name]
    return places


def _hold(block: Iterable[Equation], held: Collection[str]) -> Iterable[Equation]:
    """Return the equations; voltages in *held* stay where they are while refractory."""
    flag = "unless refractory"
    for equation in block:
        if equation.name in held and flag not in equation.flags:
            equation = equation._replace(flags=(*equation.flags, flag))
        yield equation


def _depends(
    formula: Formula, varying: Collection[str], parameters: Mapping[str, Parameter]
) -> bool:
    for name in formula.identifiers:
        if name in varying:
            return True
        value = parameters[name].value if name in parameters else None
        if isinstance(value, Formula) and _depends(value, varying, parameters):
            return True
    return False


def _check_per_neuron(
    names: Collection[str], parameters: Mapping[str, Parameter], values: Mapping
) -> Iterable[str]:
    for name in names:
        if name not in parameters:
            hint = nearest(name, parameters)
            yield f"per_neuron: there is no parameter {name!r}.{hint}"
        elif values[name] is None:
            yield (
                f"per_neuron: {name} has no value to start from: "
                f"{parameters[name].remedy}."
            )
