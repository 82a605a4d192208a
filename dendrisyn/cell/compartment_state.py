"""`CompartmentState`: the mechanisms, equations and parameters of a compartment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Self

from brian2.units.fundamentalunits import Quantity

from ..equations.assembly import Assembly, assemble
from ..equations.compartment_equations import (
    CompartmentEquations,
    ParameterTable,
    Source,
    merge_parameters,
    parameter_in_use,
)
from ..equations.fragment import Parameter
from ..equations.mechanism import Mechanism
from ..equations.parameters import SHARED, default_params
from ..equations.user_equations import AddedEquations, ReplacedEquations
from ..errors import InvalidValueError, NameConflictError, UnitError, located
from ..mechanisms.membranes import CustomMembrane, Membrane, as_membrane
from ..names import Names
from ..units import same_value
from .compartment_checks import (
    check_addition,
    check_compartment,
    check_values,
    check_voltage,
)
from .coupling import Coupling
from .editable import Editable
from .geometry import EphysProperties
from .named_values import NamedValues
from .structure import CompartmentStructure

__all__ = ["CompartmentState"]


class CompartmentState(Editable):
    """The mechanisms, equations and parameters of a compartment.

    The equations are immutable: an edit makes new ones, which share all fragments but
    those that changed, and nothing changes if a check fails.
    """

    def __init__(
        self, name: str, model: str | Membrane, properties: Mapping[str, Any]
    ) -> None:
        self._name = name
        self._names = Names.of(name)
        self._mechanisms: Mapping[str, Mechanism] = {}
        self._neighbours: tuple[tuple[Any, Coupling], ...] = ()
        self._values = NamedValues()
        self._is_in_model = False
        self._shared: Mapping[str, Quantity] | None = None
        with located(self._title()):
            self._membrane = as_membrane(model)
            self._ephys = EphysProperties(name=name or None, **properties)
            self._write()
            check_voltage(self._equations)
            defined = self._equations.variables
            check_compartment(self._equations, self._table(self._equations), defined)

    @property
    def membrane(self) -> Membrane:
        """The membrane model."""
        return self._membrane

    @property
    def ephys(self) -> EphysProperties:
        """Size and passive properties."""
        return self._ephys

    @property
    def mechanisms(self) -> Mapping[str, Mechanism]:
        """The mechanisms beside the membrane, by label (read-only)."""
        return MappingProxyType(self._mechanisms)

    @property
    def area(self) -> Quantity:
        """Effective membrane area (metre**2), with its factors."""
        return self._ephys.area

    @property
    def capacitance(self) -> Quantity:
        """Capacitance in use (farad)."""
        value = self.parameters[self._names("C")]
        return self._ephys.capacitance if value is None else value

    @property
    def g_leakage(self) -> Quantity:
        """Leak conductance in use (siemens)."""
        value = self.parameters[self._names("gL")]
        return self._ephys.g_leakage if value is None else value

    @property
    def dimensionless(self) -> bool:
        """True if the compartment is lumped (`cm_abs`, `gl_abs`) and has no size."""
        return self._ephys.dimensionless

    # -- equations ----------------------------------------------------------------

    def _title(self) -> str:
        return f"{type(self).__name__}({self._name!r})"

    def _write(self) -> None:
        """Write all equations anew."""
        self._set(self._mechanisms, self._written(self._mechanisms))

    def _set(
        self, mechanisms: Mapping[str, Mechanism], own: CompartmentEquations
    ) -> None:
        """Put in mechanisms and their equations, which have been checked."""
        self._mechanisms, self._own = mechanisms, own
        self._couple()

    def _couple(self) -> None:
        """Write the couplings after the other equations."""
        self._equations = self._coupled(self._own)
        self._values.changed()

    def _written(self, mechanisms: Mapping[str, Mechanism]) -> CompartmentEquations:
        """Return the equations with these mechanisms, without couplings."""
        return CompartmentEquations.of(
            self._title(),
            self._names,
            Source(
                f"{self._title()}: membrane",
                self._membrane.fragment(self._names),
                isinstance(self._membrane, CustomMembrane),
            ),
            self._ephys.area_or_none,
            self._names(self._membrane.rest),
            [
                Source(self._title(), self._ephys.fragment(self._names)),
                *map(self._source, mechanisms.values()),
            ],
        )

    def _coupled(self, own: CompartmentEquations) -> CompartmentEquations:
        """Return equations with the couplings at their end."""
        return own.with_sources(
            *(
                Source(f"the {coupling.title}", coupling.fragment(self._name))
                for _, coupling in self._neighbours
            )
        )

    def _source(self, mechanism: Mechanism) -> Source:
        """Return the fragment of a mechanism and its origin."""
        return Source(
            f"{self._title()}: {mechanism.label}",
            mechanism.fragment(self._names),
            isinstance(mechanism, (AddedEquations, ReplacedEquations)),
        )

    def _assembly(self) -> Assembly:
        return assemble([self._equations], self._table(self._equations))

    def _defines(self, name: str) -> bool:
        if self._equations.custom:
            return name in self._assembly().equations
        return name in self._equations.variables or name in self._equations.factors

    def _summed_currents(self) -> frozenset[str]:
        return self._equations.currents

    def _structure(self) -> CompartmentStructure:
        """Return a frozen view, without couplings."""
        return CompartmentStructure(
            self._name,
            self._names,
            self._ephys.is_soma,
            self._membrane,
            self._mechanisms,
            self._ephys,
            self._own,
        )

    # -- mechanisms ---------------------------------------------------------------

    def _add(self, *mechanisms: Mechanism) -> None:
        """Add mechanisms: all of them, or none if one is wrong."""
        labelled = dict(self._mechanisms)
        own, whole = self._own, self._equations
        for mechanism in mechanisms:
            if not isinstance(mechanism, Mechanism):
                raise UnitError(f"expected a mechanism, got {mechanism!r}.")
            label = mechanism.label
            if label in labelled:
                raise NameConflictError(
                    f"there is {label!r} already. To replace it, call "
                    f"remove({label!r}) first; to change a value, set it in "
                    "parameters; to have two, give them different names."
                )
            labelled[label] = mechanism
            source = self._source(mechanism)
            check_addition(whole, source, self._values.values)
            own, whole = own.with_sources(source), whole.with_sources(source)
        if whole.custom:
            added = whole.variables.keys() - self._equations.variables.keys()
            added |= whole.parameters.keys() - self._equations.parameters.keys()
            if whole.custom != self._equations.custom:
                added = set(whole.variables)
            check_compartment(whole, self._table(whole), added)
        self._set(labelled, own)

    def _include(self, mechanism: Mechanism) -> None:
        self._add(mechanism)

    def _replaced(
        self, mechanism: Mechanism
    ) -> tuple[Mapping[str, Mechanism], CompartmentEquations]:
        """Return mechanisms and equations with another mechanism of a label."""
        mechanisms = {**self._mechanisms, mechanism.label: mechanism}
        own = self._written(mechanisms)
        whole = self._coupled(own)
        check_compartment(whole, self._table(whole), ())
        return mechanisms, own

    # -- parameters ---------------------------------------------------------------

    def _common(self) -> Mapping[str, Quantity]:
        """Return the parameters that all mechanisms share."""
        return default_params() if self._shared is None else self._shared

    def _table(self, equations: CompartmentEquations) -> ParameterTable:
        """Return all parameters of these equations."""
        values = self._values_of(equations)
        return merge_parameters([equations], self._common(), {}, values)

    def _values_of(self, equations: CompartmentEquations) -> Mapping[str, Any]:
        """Return the values set by name, in a model those for these equations only."""
        values = self._values.values
        if not self._is_in_model:
            return values
        own = equations.parameters.keys() | SHARED.keys()
        return {name: values[name] for name in values if name in own}

    def _all_parameters(self) -> dict[str, Parameter]:
        return self._table(self._equations).parameters

    def _parameter(self, name: str) -> Parameter | None:
        values = self._values.values
        if name in self._equations.parameters:
            parameter = self._equations.parameters[name].parameter
        elif name in SHARED:
            parameter = Parameter(self._common()[name], SHARED[name])
        elif self._is_in_model or name not in values:
            return None
        else:
            parameter = None
        return parameter_in_use(name, parameter, values, self._equations, [])

    def _creates(self, name: str) -> bool:
        """Return whether a mechanism of the compartment has this parameter."""
        return name in self._own.parameters

    def _check_values(self, values: Mapping[str, Any]) -> None:
        """Raise if values that are set by name do not fit their parameters."""
        check_values(self._equations, values)

    def _assign(self, values: dict[str, Any]) -> None:
        # A coupling has one conductance, which both of its ends know.
        rest = dict(values)
        changes = []
        for other, coupling in self._neighbours:
            given = [rest.pop(name) for name in coupling.names if name in rest]
            if len(given) > 1 and not same_value(*given):
                raise InvalidValueError(coupling.two_values(*given))
            if given:
                changes.append((other, coupling, replace(coupling, how=given[0])))
        self._values.check(rest)
        self._check_values(rest)
        self._values.set(rest)
        for other, old, new in changes:
            for end in (self, other):
                end._neighbours = tuple(
                    (there, new if coupling is old else coupling)
                    for there, coupling in end._neighbours
                )
                end._couple()

    def _forget(self, name: str) -> bool:
        return self._values.forget(name)

    # -- copies -------------------------------------------------------------------

    def _copied(self) -> Self:
        """Return a copy that belongs to no model and can be changed by itself."""
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied._values = NamedValues(self._values_of(self._equations))
        copied._is_in_model = False
        return copied

    __copy__ = _copied

    def _for_model(
        self, changes: Mapping[str, Any], shared: Mapping[str, Quantity]
    ) -> Self:
        """Return a copy without couplings and values, other passive properties."""
        copied = self._copied()
        copied._values = NamedValues()
        copied._neighbours = ()
        copied._shared = shared
        with located(self._title()):
            copied._ephys = replace(self._ephys, **changes)
        copied._write()
        return copied

    def _join(self, values: NamedValues) -> None:
        """Share the values that are set by name with a model."""
        self._values = values
        self._is_in_model = True

    def __repr__(self) -> str:
        inside = ", ".join(self._mechanisms) or "no mechanisms"
        return f"<{self._title()}: {type(self._membrane).__name__}, {inside}>"
