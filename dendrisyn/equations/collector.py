"""`EquationCollector`: the equations of one assembly while they are collected."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..errors import nearest
from .compartment_equations import Clash, CompartmentEquations, Source
from .fragment import SUBEXPRESSION, Equation, Factor

__all__ = ["EquationCollector"]


class EquationCollector:
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
        self.detection: list[str] = []
        self.each_step: list[str] = []
        self.durations: list[str] = []
        self.uses: list[tuple[str, str]] = []  # a variable, and what needs it

    def kind(self, name: str) -> str:
        return next(block[name].kind for block in self.blocks if name in block)

    def add_part(
        self,
        part: CompartmentEquations,
        values: Mapping[str, Any],
        by_name: Collection[str],
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

    def add_block(self, contributions: Sequence[Source]) -> None:
        block: dict[str, Equation] = {}
        self.blocks.append(block)
        for contribution in contributions:
            if not contribution.fragment.replaces:
                self._add(block, contribution)

    def replace(self, contribution: Source) -> None:
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

    def finish_total(self, part: CompartmentEquations) -> None:
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

    def _add(self, block: dict[str, Equation], contribution: Source) -> None:
        fragment = contribution.fragment
        for equation in fragment.equations:
            self._enter(block, equation, contribution.origin)
            if contribution.custom:
                self.custom.add(equation.name)
        self.initial.update(fragment.initial)
        self.events.update(fragment.events)
        self.event_actions.update(fragment.event_actions)
        self.detection += fragment.detection
        self.each_step += fragment.each_step
        self.durations += fragment.durations
        self.uses += [(name, contribution.origin) for name in fragment.uses]

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
