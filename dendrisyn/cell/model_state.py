"""`ModelState`: the compartments, couplings and parameter values of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Self

from brian2.units.fundamentalunits import Quantity

from ..equations.assembly import Assembly
from ..equations.compartment_equations import Source, parameter_in_use
from ..equations.fragment import Parameter
from ..equations.mechanism import Mechanism
from ..equations.parameters import SHARED
from ..names import Names, check_identifier
from .compartment import Compartment
from .coupling import Coupling
from .editable import Editable
from .named_values import NamedValues
from .structure import Structure, check_structure

__all__ = ["ModelState"]


class ModelState(Editable):
    """The compartments, couplings and parameter values of a model.

    The compartments are the model's own copies. They share the values that are set by
    name with the model.
    """

    def __init__(
        self,
        title: str,
        compartments: Mapping[str, Compartment],
        couplings: Sequence[Coupling],
        values: Mapping[str, Any],
        shared: Mapping[str, Quantity],
    ) -> None:
        self._name = title
        self._compartments = dict(compartments)
        self._links = tuple(couplings)
        self._custom: tuple[Mechanism, ...] = ()
        self._shared = shared
        self._values = NamedValues(values, self._links)
        self._seen: tuple[int, Structure] | None = None
        for compartment in self._compartments.values():
            compartment._join(self._values)

    @property
    def structure(self) -> Structure:
        """A frozen view of the model as it is now."""
        if self._seen is None or self._seen[0] != self._values.version:
            structure = Structure(
                title=self._title(),
                compartments={
                    name: compartment._structure()
                    for name, compartment in self._compartments.items()
                },
                links=self._links,
                custom=self._sources(self._custom),
                shared=self._shared,
                values=dict(self._values.values),
            )
            self._seen = self._values.version, structure
        return self._seen[1]

    # -- parts --------------------------------------------------------------------

    def _title(self) -> str:
        return self._name

    def _assembly(self) -> Assembly:
        return self.structure.assembly

    def _defines(self, name: str) -> bool:
        fragments = [mechanism.fragment(Names.of("")) for mechanism in self._custom]
        if any(fragment.replaces for fragment in fragments):
            return name in self.structure.equations
        if any(name == each.name for part in fragments for each in part.equations):
            return True
        nearby = self._compartments_at_the_end_of(name)
        if any(compartment._defines(name) for compartment in nearby):
            return True
        if name.startswith("I_") and name in self.structure.equations:
            return True  # the current of a coupling
        custom = (each for each in self._compartments.values() if each._own.custom)
        return any(compartment._defines(name) for compartment in custom)

    def _summed_currents(self) -> frozenset[str]:
        compartments = self.structure.coupled_compartments
        return frozenset().union(*(each.currents for each in compartments))

    def _sources(self, custom: Sequence[Mechanism]) -> tuple[Source, ...]:
        """Return equations of the user as fragments."""
        return tuple(
            Source(f"{self._title()}: {each.label}", each.fragment(Names.of("")), True)
            for each in custom
        )

    def _include(self, mechanism: Mechanism) -> None:
        for equation in mechanism.fragment(Names.of("")).equations:
            check_identifier(equation.name, "eqs")
        custom = (*self._custom, mechanism)
        check_structure(replace(self.structure, custom=self._sources(custom)))
        self._custom = custom
        self._values.changed()

    # -- parameters ---------------------------------------------------------------

    def _all_parameters(self) -> dict[str, Parameter]:
        return dict(self.structure.table().parameters)

    def _parameter(self, name: str) -> Parameter | None:
        values = self._values.values
        coupling = self._values.coupling(name)
        if coupling is not None:
            given = [values[each] for each in coupling.names if each in values]
            if given:
                coupling = replace(coupling, how=given[0])
            return coupling.parameters()[name]
        home = self._home(name)
        if home is not None:
            return home._parameter(name)
        if name in self._shared:
            parameter = Parameter(self._shared[name], SHARED[name])
        elif name in values:
            parameter = None
        else:
            return None
        return parameter_in_use(name, parameter, values, None, [])

    def _home(self, name: str) -> Compartment | None:
        """Return the compartment that creates a parameter, by the end of its name.

        The time does not depend on the number of compartments. Only for a mechanism
        whose names end otherwise are all compartments searched.
        """
        for compartment in self._compartments_at_the_end_of(name):
            if compartment._creates(name):
                return compartment
        if name in SHARED:
            return None
        everyone = self._compartments.values()
        return next((each for each in everyone if each._creates(name)), None)

    def _compartments_at_the_end_of(self, name: str) -> Iterator[Compartment]:
        """Return the compartments with whose name *name* ends, the longest first."""
        suffix = name
        while suffix:
            if suffix in self._compartments:
                yield self._compartments[suffix]
            suffix = suffix.partition("_")[2]
        if "" in self._compartments:
            yield self._compartments[""]

    def _assign(self, values: dict[str, Any]) -> None:
        self._values.check(values)
        for name in values:
            if self._values.coupling(name) is not None:
                continue
            home = self._home(name)
            if home is not None:
                home._check_values({name: values[name]})
        self._values.set(values)

    def _forget(self, name: str) -> bool:
        return self._values.forget(name)

    def _copied(self) -> Self:
        """Return a copy that can be changed by itself."""
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied._values = self._values.copy()
        copied._seen = None
        copied._compartments = {
            name: copy(compartment) for name, compartment in self._compartments.items()
        }
        for compartment in copied._compartments.values():
            compartment._join(copied._values)
        return copied

    __copy__ = _copied

    def __repr__(self) -> str:
        return f"<{self._title()}>"
