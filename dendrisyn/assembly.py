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

from .errors import AssemblyError, nearest
from .fragment import (
    SUBEXPRESSION,
    VARIABLE,
    Equation,
    Factor,
    Formula,
    Parameter,
    identifiers_of,
)
from .parameters import SHARED, resolve
from .parts import Clash, Contribution, Merged, Part, describe
from .quantities import ADDED, is_number
from .unitcheck import mixed_units

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
    each_step : tuple of str
        Statements of the step operation.
    durations : tuple of str
        Parameters that must last one step at least.
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
    each_step: tuple[str, ...]
    durations: tuple[str, ...]
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
        """Return a sentence for each parameter that is used but has no value.

        Parameters
        ----------
        given : collection of str
            Names that are resolved elsewhere.
        code : iterable of str
            Thresholds, resets and the like, which may refer to parameters too.
        """
        used = self._used(code)
        return [
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
        texts = (*code, *self.events.values(), *self.each_step)
        used = set().union(*(identifiers_of(text) for text in texts))
        for equation in self.equations.values():
            used |= equation.identifiers
        for name, parameter in self.parameters.items():
            if name in used and isinstance(parameter.value, Formula):
                used |= parameter.value.identifiers
        return used


def assemble(
    parts: Sequence[Part],
    merged: Merged,
    *,
    custom: Sequence[Contribution] = (),
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
    book = _Book(found)
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
        each_step=tuple(book.each_step),
        durations=tuple(book.durations),
        problems=tuple(found),
    )


class _Book:
    """The equations of one assembly while they are collected."""

    def __init__(self, problems: list[str | Clash]) -> None:
        self.problems = problems
        self.blocks: list[dict[str, Equation]] = []
        self.origins: dict[str, str] = {}
        self.custom: set[str] = set()
        self.factors: set[str] = set()
        self.currents: dict[str, list[str]] = {}
        self.totals: dict[str, frozenset[str]] = {}
        self.removed: dict[str, str] = {}
        self.initial: dict[str, Any] = {}
        self.events: dict[str, str] = {}
        self.event_actions: dict[str, str] = {}
        self.each_step: list[str] = []
        self.durations: list[str] = []

    def kind(self, name: str) -> str:
        return next(block[name].kind for block in self.blocks if name in block)

    def add_part(
        self, part: Part, values: Mapping[str, Any], by_name: Collection[str]
    ) -> None:
        """Enter a compartment; factors are equal where the values of their parameters
        are, or, for those *by_name*, their names.
        """
        block: dict[str, Equation] = {}
        self.blocks.append(block)
        currents = self.currents.setdefault(part.title, [])
        total, external = part.names("I"), part.names("I_ext")
        self._add(block, part.membrane)
        self.totals[total] = frozenset()
        if total not in block:  # a template may have its own, to which all is added
            self._enter(block, Equation.define(total, external, "amp"), part.title)
        if external not in block:
            self._enter(block, Equation.variable(external, "amp"), part.title)
        factors: dict[tuple, str] = {}
        for contribution in part.contributions:
            for factor in contribution.fragment.factors:
                arguments = tuple(
                    name if name in by_name else values[name]
                    for name in factor.parameters
                )
                key = (factor.kind, arguments)
                first = factors.setdefault(key, factor.name)
                self._add_factor(block, factor, first, contribution.origin)
            if not contribution.fragment.replaces:
                self._add(block, contribution)
                currents += contribution.fragment.currents

    def add_block(self, contributions: Sequence[Contribution]) -> None:
        block: dict[str, Equation] = {}
        self.blocks.append(block)
        for contribution in contributions:
            if not contribution.fragment.replaces:
                self._add(block, contribution)

    def replace(self, contribution: Contribution) -> None:
        """Put equations in the place of others."""
        fragment = contribution.fragment
        if not fragment.replaces:
            return
        block = None
        for name in fragment.replaces:
            home = next((each for each in self.blocks if name in each), None)
            if home is None:
                self.problems.append(
                    f"{contribution.origin}: there is no equation of {name!r}."
                    f"{nearest(name, self.origins)}"
                )
                return
            block = block if block is not None else home
            if name in self.totals:
                self.totals[name] = fragment.summed
            # A new equation of the same name keeps its place.
            if name not in {each.name for each in fragment.equations}:
                del home[name]
                self.removed[name] = contribution.origin
            self.origins.pop(name)
        assert block is not None
        for equation in fragment.equations:
            home = next((each for each in self.blocks if equation.name in each), block)
            if equation.name in fragment.replaces:
                home[equation.name] = equation
                self.origins[equation.name] = contribution.origin
            else:
                self._enter(block, equation, contribution.origin)
            self.custom.add(equation.name)
            self.removed.pop(equation.name, None)

    def finish_total(self, part: Part) -> None:
        """Write the total current of a compartment."""
        name = part.names("I")
        block = next((each for each in self.blocks if name in each), None)
        if block is None:
            return
        done = self.totals[name]
        currents = [each for each in self.currents[part.title] if each not in done]
        if currents and block[name].kind != SUBEXPRESSION:
            self.problems.append(
                f"{name} is no sum, so {', '.join(currents)} cannot be added to it. "
                f"Write {name} = ... : amp."
            )
        elif currents:
            total = block[name]
            expression = " + ".join([total.expression, *currents])
            block[name] = total._replace(expression=expression)
            readers = (each for block in self.blocks for each in block.values())
            if not any(name in each.identifiers for each in readers):
                self.problems.append(
                    f"{part.title}: the currents {', '.join(currents)} do not reach "
                    f"the voltage, because its equation does not contain {name}."
                )

    def check_removed(self) -> None:
        """Report what refers to equations that were taken out."""
        if not self.removed:
            return
        for block in self.blocks:
            for equation in block.values():
                for name in sorted(equation.identifiers & self.removed.keys()):
                    self.problems.append(
                        f"the equation of {equation.name} refers to {name}, which "
                        f"{self.removed[name]} took out."
                    )

    def _add(self, block: dict[str, Equation], contribution: Contribution) -> None:
        fragment = contribution.fragment
        for equation in fragment.equations:
            self._enter(block, equation, contribution.origin)
            if contribution.custom:
                self.custom.add(equation.name)
        self.initial.update(fragment.initial)
        self.events.update(fragment.events)
        self.event_actions.update(fragment.event_actions)
        self.each_step += fragment.each_step
        self.durations += fragment.durations

    def _enter(
        self, block: dict[str, Equation], equation: Equation, origin: str
    ) -> None:
        if equation.name in self.origins:
            self.problems.append(
                Clash(self.origins[equation.name], origin, equation.name)
            )
            return
        self.origins[equation.name] = origin
        block[equation.name] = equation

    def _add_factor(
        self, block: dict[str, Equation], factor: Factor, first: str, origin: str
    ) -> None:
        """Write a factor once; an equal one of another name refers to it."""
        self.factors.add(factor.name)
        if first != factor.name:
            self._enter(block, Equation.define(factor.name, first, "1"), origin)
        elif factor.name not in block:
            self._enter(block, factor.equation(), origin)


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
