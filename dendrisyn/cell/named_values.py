"""`NamedValues`: the parameter values that a user sets by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ..errors import InvalidValueError
from ..units import same_value
from .coupling import Coupling

__all__ = ["NamedValues"]


class NamedValues:
    """The parameter values that a user sets by name.

    A model and its compartments share one object, so the last value counts, wherever it
    was set. The two names of a coupling conductance are one value.

    Attributes
    ----------
    version : int
        The number of changes so far, for caches.
    """

    def __init__(
        self,
        values: Mapping[str, Any] | None = None,
        couplings: Iterable[Coupling] = (),
    ) -> None:
        self._values = dict(values or {})
        self._coupling_of = {
            name: coupling for coupling in couplings for name in coupling.names
        }
        self.version = 0

    @property
    def values(self) -> Mapping[str, Any]:
        """The values by name (read-only)."""
        return MappingProxyType(self._values)

    def coupling(self, name: str) -> Coupling | None:
        """Return the coupling whose conductance has this name."""
        return self._coupling_of.get(name)

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise if *values* gives both names of a coupling, and different values."""
        for name, value in values.items():
            other = self._twin(name)
            if other in values and not same_value(value, values[other]):
                coupling = self._coupling_of[name]
                first, second = coupling.names
                raise InvalidValueError(
                    coupling.two_values(values[first], values[second])
                )

    def set(self, values: Mapping[str, Any]) -> None:
        """Set values that have been checked."""
        for name in values:
            if self._twin(name) not in values:
                self._values.pop(self._twin(name), None)
        self._values.update(values)
        self.version += 1

    def forget(self, name: str) -> bool:
        """Take a value back, and return whether there was one."""
        names = [key for key in (name, self._twin(name)) if key in self._values]
        for key in names:
            del self._values[key]
        self.version += 1
        return bool(names)

    def changed(self) -> None:
        """Count a change of the mechanisms of a compartment."""
        self.version += 1

    def copy(self) -> NamedValues:
        """Return an independent copy."""
        return NamedValues(self._values, self._coupling_of.values())

    def _twin(self, name: str) -> str:
        """Return the other name of a coupling conductance, '' if there is none."""
        coupling = self._coupling_of.get(name)
        if coupling is None:
            return ""
        first, second = coupling.names
        return second if name == first else first
