"""Fragments -> `Assembly`: one pure function from data to data.

`assemble` joins fragments in reading order, writes the total current of each
compartment once, and collects everything that is wrong. It knows nothing of
compartments as objects, and makes no Brian2 group.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

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
    """All that a group is made of.

    Attributes
    ----------
    blocks : tuple of tuple of Equation
        The equations, one block per compartment.
    custom : frozenset of str
        Variables whose equations the user wrote.
    factors : frozenset of str
        Variables that are factors of currents.
    parameters : mapping of str to Parameter
        Every parameter.
    namespace : dict
        Constants of the group.
    per_neuron : dict
        Start values of the parameters that are variables.
    rest : dict
        Start values of the voltages, None where there is none.
    initial : dict
        Start values that mechanisms ask for.
    events, event_actions : dict of str to str
        Conditions of events, and what a group built by hand runs on them.
    detection, each_step : tuple of str
        Statements of the step operation: those that detect dendritic spikes, others.
    durations : tuple of str
        Parameters that must last one step at least.
    uses : tuple of (str, str)
        Variables that mechanisms need of others, and which mechanism.
    problems : tuple of str or Clash
        What is wrong.
    """

    blocks: tuple[tuple[Equation, ...], ...]
    custom: frozenset[str]
    factors: frozenset[str]
    parameters: Mapping[str, Parameter]
    namespace: dict[str, Any]
    per_neuron: dict[str, Any]
    rest: dict[str, Any]
    initial: dict[str, Any]
    events: dict[str, str]
    event_actions: dict[str, str]
    detection: tuple[str, ...]
    each_step: tuple[str, ...]
    durations: tuple[str, ...]
    uses: tuple[tuple[str, str], ...]
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
        """What is wrong, in sentences."""
        return describe(self.problems)

    def parsed(self) -> Equations:
        """Return the equations as Brian2 reads them.

        Raises
        ------
        AssemblyError
            If Brian2 refuses them.
        """
        try:
            return Equations(self.text)
        except Exception as error:  # Brian2 raises many kinds; all mean the same here
            problem = f"Brian2 refuses the equations: {error}"
            raise AssemblyError("the equations are not legal", [problem]) from error

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
        """Return a sentence for all that is needed but not there: values, variables.

        Parameters
        ----------
        given : collection of str
            Names that are resolved elsewhere.
        code : iterable of str
            Thresholds, resets and the like, which may refer to parameters too.
        """
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
        """Return a sentence for each parameter that looks like a misspelt one.

        That is one that the user added, that nothing refers to, and whose name is near
        that of another parameter.
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


def assemble(
    parts: Sequence[CompartmentEquations],
    merged: ParameterTable,
    *,
    custom: Sequence[Source] = (),
    per_neuron: Collection[str] = (),
    held: Collection[str] = (),
) -> Assembly:
    """Join the fragments of a model.

    Parameters
    ----------
    parts : sequence of Part
        The compartments, in reading order.
    merged : Merged
        Their parameters, from `merge_parameters`.
    custom : sequence of Contribution
        Equations that the user added to the model as a whole.
    per_neuron : collection of str
        Parameters that become variables with a value for each neuron.
    held : collection of str
        Voltages that stay where they are during the refractory period.
    """
    parameters = merged.parameters
    found = list(merged.problems)
    values = resolve(parameters)
    found += _check_per_neuron(per_neuron, parameters, values)
    written = {
        equation.name
        for contribution in (
            *custom,
            *(c for part in parts for c in part.contributions),
        )
        if contribution.custom
        for equation in contribution.fragment.equations
    }
    by_name = SHARED.keys() | set(per_neuron) | written
    book = EquationCollector(found)
    for part in parts:
        book.add_part(part, values, by_name)
    book.add_block(custom)
    for part in parts:
        for contribution in part.contributions:
            book.replace(contribution)
    for contribution in custom:
        book.replace(contribution)
    for part in parts:
        book.finish_total(part)
    book.check_removed()

    defined = {name for block in book.blocks for name in block}
    varying = set(per_neuron) | (defined & parameters.keys())
    start: dict[str, Any] = {}
    constants: dict[str, Any] = {}
    extra: list[Equation] = []
    for name, parameter in parameters.items():
        if name in defined:
            if name not in book.custom:
                origin = merged.origins.get(name, "a parameter of the model")
                found.append(Clash(origin, book.origins[name], name))
            elif book.kind(name) == VARIABLE and values[name] is not None:
                start[name] = values[name]
        elif name in per_neuron:
            extra.append(Equation.variable(name, parameter.spec.unit, "constant"))
            start[name] = values[name]
        elif isinstance(parameter.value, Formula) and _depends(
            parameter.value, varying, parameters
        ):
            equation = Equation.define(
                name, parameter.value.expression, parameter.spec.unit
            )
            extra.append(equation)
        elif values[name] is not None:
            constants[name] = values[name]
    rest = {part.names("V"): values.get(part.rest) for part in parts}

    blocks = [
        tuple(
            each._replace(flags=(*each.flags, "unless refractory"))
            if each.name in held and "unless refractory" not in each.flags
            else each
            for each in block.values()
        )
        for block in (*book.blocks, {each.name: each for each in extra})
        if block
    ]
    return Assembly(
        blocks=tuple(blocks),
        custom=frozenset(book.custom),
        factors=frozenset(book.factors),
        parameters=parameters,
        namespace=constants,
        per_neuron=start,
        rest=rest,
        initial=book.initial,
        events=book.events,
        event_actions=book.event_actions,
        detection=tuple(book.detection),
        each_step=tuple(book.each_step),
        durations=tuple(book.durations),
        uses=tuple(book.uses),
        problems=tuple(found),
    )


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
