"""Code that is kept from run to run while nothing has changed that it was made of."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2.core.preferences import prefs
from brian2.core.variables import Constant
from brian2.devices.device import RuntimeDevice, get_device
from brian2.groups.group import CodeRunner

__all__ = ["CachedCode", "CodeState"]


class CachedCode(CodeRunner):
    """A `CodeRunner` that makes its code once for several runs.

    Brian2 makes all code anew at the start of each run, which takes longer than many
    a run. It is made of equations that do not change, and of what `_made_of` returns.
    """

    _kept: CodeState | None = None

    def create_default_code_object(self, run_namespace: Any) -> Any:
        """Return the code of the run before, if it would be the same."""
        made_of = self._state(run_namespace)
        if made_of is not None and made_of == self._kept:
            return self.codeobj
        self._kept = None  # what follows may fail
        code = super().create_default_code_object(run_namespace)
        self._kept = made_of
        return code

    @abstractmethod
    def _names(self) -> Iterable[str]:
        """Return all names that the code may refer to."""

    def _made_of(self) -> tuple[Any, ...] | None:
        """Return what else decides what the code is; None if that is not known."""
        return ()

    def _state(self, run_namespace: Any) -> CodeState | None:
        """Return what code is made of now; None where Brian2 has to make it anew."""
        settings = self._made_of()
        if settings is None or not isinstance(get_device(), RuntimeDevice):
            return None
        return CodeState((*settings, prefs.as_file), self._resolved(run_namespace))

    def _resolved(self, run_namespace: Any) -> Mapping[str, Any]:
        return self.group.resolve_all(set(self._names()), run_namespace, set())


class CodeState:
    """What code was made of.

    Parameters
    ----------
    settings : tuple
        What is compared by its value.
    variables : mapping of str to Variable or Function
        What names stand for: constants are compared by their values, all else is the
        same object or not.
    """

    def __init__(self, settings: tuple[Any, ...], variables: Mapping[str, Any]) -> None:
        self._settings = settings
        self._variables = {
            name: _value(each) if isinstance(each, Constant) else each
            for name, each in variables.items()
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CodeState) or self._settings != other._settings:
            return False
        one, two = self._variables, other._variables
        return one.keys() == two.keys() and all(
            one[name] is two[name]
            or (isinstance(one[name], tuple) and one[name] == two[name])
            for name in one
        )

    __hash__ = None  # type: ignore[assignment]


def _value(constant: Constant) -> tuple[Any, ...]:
    value = np.asarray(constant.get_value())
    return value.tobytes(), value.dtype, constant.dim
