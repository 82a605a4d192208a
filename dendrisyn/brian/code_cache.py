"""`CachedCode`: code that is generated once for several runs."""

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
    """A `CodeRunner` that generates its code again only if an input has changed.

    Brian2 generates all code at the start of each run, which takes longer than many
    short runs. The inputs are the equations, which do not change, the values of all
    names in the code, and the settings of the subclass.
    """

    _code_state: CodeState | None = None

    def create_default_code_object(self, run_namespace: Any) -> Any:
        """Return the code object of the previous run if no input has changed."""
        state = self._current_state(run_namespace)
        if state is not None and state == self._code_state:
            return self.codeobj
        self._code_state = None  # the following line may fail
        code = super().create_default_code_object(run_namespace)
        self._code_state = state
        return code

    @abstractmethod
    def code_names(self) -> Iterable[str]:
        """Return all names that the code may refer to."""

    def code_settings(self) -> tuple[Any, ...] | None:
        """Return the other inputs of the code; None if they are unknown."""
        return ()

    def _current_state(self, run_namespace: Any) -> CodeState | None:
        """Return the present inputs; None if the code must be generated again."""
        settings = self.code_settings()
        if settings is None or not isinstance(get_device(), RuntimeDevice):
            return None
        return CodeState((*settings, prefs.as_file), self.resolve_names(run_namespace))

    def resolve_names(self, run_namespace: Any) -> Mapping[str, Any]:
        """Return the variables, constants and functions behind the names."""
        return self.group.resolve_all(set(self.code_names()), run_namespace, set())


class CodeState:
    """The inputs of generated code: settings, and the objects behind names.

    Settings and constants are compared by value, other objects by identity.
    """

    def __init__(self, settings: tuple[Any, ...], variables: Mapping[str, Any]) -> None:
        self._settings = settings
        self._variables = {
            name: _value(variable) if isinstance(variable, Constant) else variable
            for name, variable in variables.items()
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
    """Return the value, type and dimensions of a constant."""
    value = np.asarray(constant.get_value())
    return value.tobytes(), value.dtype, constant.dim
