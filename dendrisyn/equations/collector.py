"""`EquationCollector`: the equations of one assembly while they are collected."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..errors import nearest
from .compartment_equations import Clash, CompartmentEquations, Source
from .fragment import SUBEXPRESSION, Equation, Factor

__all__ = ["EquationCollector"]

#: The equations of one compartment by name.
Block = dict[str, Equation]


class EquationCollector:
    """The equations of one assembly while they are collected.

    Clashes and other problems are appended to the list *problems*.
    """

    def __init__(self, problems: list[str | Clash]) -> None:
        self.problems = problems
        self.blocks: list[Block] = []
        self.origins: dict[str, str] = {}
        self.custom: set[str] = set()
        self.factors: set[str] = set()
        self.initial: dict[str, Any] = {}
        self.events: dict[str, str] = {}
        self.event_actions: dict[str, str] = {}
        self.detection: list[str] = []
        self.each_step: list[str] = []
        self.durations: list[str] = []
        #: A variable, and the mechanism that needs it.
        self.uses: list[tuple[str, str]] = []
        self._homes: dict[str, Block] = {}
        self._currents: dict[str, list[str]] = {}
        #: Total currents, and the currents that they hold already.
        self._totals: dict[str, frozenset[str]] = {}
        #: Equations that were taken out, and the replacement that did it.
        self._removed: dict[str, str] = {}

    def add_compartment(
        self,
        compartment: CompartmentEquations,
        values: Mapping[str, Any],
        by_name: Collection[str],
    ) -> None:
        """Enter the equations of a compartment.

        Two factors are computed once where their parameters have equal values, or equal
        names if the names are in *by_name*.
        """
        block: Block = {}
        self.blocks.append(block)
        currents = self._currents.setdefault(compartment.title, [])
        total, external = compartment.names("I"), compartment.names("I_ext")
        self._add(block, compartment.membrane)
        self._totals[total] = frozenset()
        # A template may define the total itself; the currents are added to it.
        if total not in block:
            equation = Equation.define(total, external, "amp")
            self._enter(block, equation, compartment.title)
        if external not in block:
            equation = Equation.variable(external, "amp")
            self._enter(block, equation, compartment.title)
        factors: dict[tuple, str] = {}
        for source in compartment.sources:
            for factor in source.fragment.factors:
                arguments = tuple(
                    name if name in by_name else values[name]
                    for name in factor.parameters
                )
                key = (factor.kind, arguments)
                first = factors.setdefault(key, factor.name)
                self._add_factor(block, factor, first, source.origin)
            if not source.fragment.replaces:
                self._add(block, source)
                currents += source.fragment.currents

    def add_block(self, sources: Sequence[Source]) -> None:
        """Enter equations that belong to no compartment."""
        block: Block = {}
        self.blocks.append(block)
        for source in sources:
            if not source.fragment.replaces:
                self._add(block, source)

    def replace(self, source: Source) -> None:
        """Put equations in the place of others."""
        fragment = source.fragment
        if not fragment.replaces:
            return
        new_names = {equation.name for equation in fragment.equations}
        block = None
        for name in fragment.replaces:
            home = self._homes.get(name)
            if home is None:
                self.problems.append(
                    f"{source.origin}: there is no equation of {name!r}."
                    f"{nearest(name, self.origins)}"
                )
                return
            block = block if block is not None else home
            if name in self._totals:
                self._totals[name] = fragment.summed
            # A new equation of the same name keeps its place.
            if name not in new_names:
                del home[name], self._homes[name]
                self._removed[name] = source.origin
            self.origins.pop(name)
        assert block is not None
        for equation in fragment.equations:
            if equation.name in fragment.replaces:
                self._homes.setdefault(equation.name, block)[equation.name] = equation
                self.origins[equation.name] = source.origin
            else:
                self._enter(block, equation, source.origin)
            self.custom.add(equation.name)
            self._removed.pop(equation.name, None)

    def finish_total(self, compartment: CompartmentEquations) -> None:
        """Add the currents of a compartment to its total current."""
        name = compartment.names("I")
        block = self._homes.get(name)
        if block is None:
            return
        done = self._totals[name]
        currents = [
            current
            for current in self._currents[compartment.title]
            if current not in done
        ]
        if not currents:
            return
        summed, total = ", ".join(currents), block[name]
        if total.kind != SUBEXPRESSION:
            self.problems.append(
                f"{name} is not a sum, so {summed} cannot be added to it. "
                f"Write {name} = ... : amp."
            )
            return
        expression = " + ".join([total.expression, *currents])
        block[name] = total._replace(expression=expression)
        # The equation of the voltage is in the same block: few equations are read.
        readers = (
            equation for each in (block, *self.blocks) for equation in each.values()
        )
        if not any(name in equation.identifiers for equation in readers):
            self.problems.append(
                f"{compartment.title}: the currents {summed} do not reach the voltage, "
                f"because its equation does not contain {name}."
            )

    def check_removed(self) -> None:
        """Report equations that refer to equations that were taken out."""
        if not self._removed:
            return
        for block in self.blocks:
            for equation in block.values():
                for name in sorted(equation.identifiers & self._removed.keys()):
                    self.problems.append(
                        f"the equation of {equation.name} refers to {name}, which "
                        f"{self._removed[name]} took out."
                    )

    def _add(self, block: Block, source: Source) -> None:
        """Enter the equations, events and statements of one mechanism."""
        fragment = source.fragment
        for equation in fragment.equations:
            self._enter(block, equation, source.origin)
            if source.custom:
                self.custom.add(equation.name)
        self.initial.update(fragment.initial)
        self.events.update(fragment.events)
        self.event_actions.update(fragment.event_actions)
        self.detection += fragment.detection
        self.each_step += fragment.each_step
        self.durations += fragment.durations
        self.uses += [(name, source.origin) for name in fragment.uses]

    def _enter(self, block: Block, equation: Equation, origin: str) -> None:
        """Enter an equation, or a clash if its name is taken."""
        name = equation.name
        if name in self.origins:
            self.problems.append(Clash(self.origins[name], origin, name))
            return
        self.origins[name] = origin
        self._homes[name] = block
        block[name] = equation

    def _add_factor(
        self, block: Block, factor: Factor, first: str, origin: str
    ) -> None:
        """Write a factor once; an equal one of another name refers to it."""
        self.factors.add(factor.name)
        if first != factor.name:
            self._enter(block, Equation.define(factor.name, first, "1"), origin)
        elif factor.name not in block:
            self._enter(block, factor.equation(), origin)
