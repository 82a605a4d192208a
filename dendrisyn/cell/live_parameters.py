"""`Parameters`: the live mapping of the parameters of a compartment or a model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from ..equations.fragment import Parameter
from ..equations.parameters import checked_values, resolve, value_of
from ..errors import UnitError, UnknownNameError, located, nearest
from ..units import show

__all__ = ["HasParameters", "ParameterLookup", "Parameters"]


class HasParameters(ABC):
    """Base of objects with parameters: compartments and models."""

    @abstractmethod
    def _title(self) -> str:
        """Return the object as messages call it."""

    @abstractmethod
    def _parameter(self, name: str) -> Parameter | None:
        """Return a parameter as it is now, None if there is none of this name."""

    @abstractmethod
    def _all_parameters(self) -> dict[str, Parameter]:
        """Return all parameters as they are now, in reading order."""

    @abstractmethod
    def _assign(self, values: dict[str, Any]) -> None:
        """Set parameters by name; the values have been checked."""

    @abstractmethod
    def _forget(self, name: str) -> bool:
        """Take back a value that was set by name, and return whether there was one."""


class ParameterLookup(Mapping[str, Parameter]):
    """The parameters of an object, each looked up when it is asked for."""

    def __init__(self, owner: HasParameters) -> None:
        self._owner = owner

    def __getitem__(self, name: str) -> Parameter:
        parameter = self._owner._parameter(name)
        if parameter is None:
            raise KeyError(name)
        return parameter

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._owner._parameter(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._owner._all_parameters())

    def __len__(self) -> int:
        return len(self._owner._all_parameters())


class Parameters(MutableMapping[str, Any]):
    """Live view of the parameters of a compartment or a model.

    Reading gives the value in use; a parameter without a value reads as None. A value
    that is set wins over the values of the builders; deleting it takes that back.

    Raises
    ------
    UnknownNameError
        If there is no such parameter; `add_params` adds a new one.
    UnitError, InvalidValueError
        If a value has the wrong unit, is not finite, or has the wrong sign.

    Examples
    --------
    >>> from brian2 import ms, nS
    >>> from dendrisyn import Dendrite
    >>> dend = Dendrite('dend')
    >>> dend.synapse('AMPA', 'x', g=1*nS, t_decay=2*ms)
    >>> dend.parameters['w_AMPA_x_dend'] = 20
    >>> dend.parameters['w_AMPA_x_dend']
    20.0
    """

    def __init__(self, owner: HasParameters) -> None:
        self._owner = owner
        self._lookup = ParameterLookup(owner)

    def __getitem__(self, name: str) -> Any:
        self._check_exists(name)
        return value_of(name, self._lookup)

    def __setitem__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def update(self, *others: Any, **more: Any) -> None:
        """Set several parameters: all of them, or none if one is wrong."""
        try:
            values = dict(*others, **more)
        except (TypeError, ValueError) as error:
            raise UnitError(f"{self._owner._title()}.parameters: {error}.") from error
        for name in values:
            self._check_exists(name)
        with located(f"{self._owner._title()}.parameters"):
            self._owner._assign(checked_values(values, self._lookup))

    def clear(self) -> None:
        """Take back all values that were set by name."""
        for name in list(self):
            self._owner._forget(name)

    def popitem(self) -> Any:
        """Refuse: the order of parameters has no meaning."""
        raise UnknownNameError("parameters has no last item; delete one by its name.")

    def __delitem__(self, name: str) -> None:
        self._check_exists(name)
        if not self._owner._forget(name):
            raise UnknownNameError(
                f"{self._owner._title()}.parameters: {name!r} was not set by name, so "
                "no value can be taken back."
            )

    def __iter__(self) -> Iterator[str]:
        return iter(self._lookup)

    def __len__(self) -> int:
        return len(self._lookup)

    def __contains__(self, name: object) -> bool:
        return name in self._lookup

    def items(self) -> Any:
        return self.copy().items()

    def values(self) -> Any:
        return self.copy().values()

    def copy(self) -> dict[str, Any]:
        """Return the values as a plain dict."""
        return resolve(self._owner._all_parameters())

    def _check_exists(self, name: Any) -> None:
        if name not in self._lookup:
            raise UnknownNameError(
                f"{self._owner._title()}.parameters: there is no parameter {name!r}."
                f"{nearest(str(name), self._lookup)} To add a new parameter, call "
                f"add_params({{{name!r}: ...}})."
            )

    def __repr__(self) -> str:
        lines = (f"{name!r}: {show(value)}" for name, value in sorted(self.items()))
        return "{" + ",\n ".join(lines) + "}"
