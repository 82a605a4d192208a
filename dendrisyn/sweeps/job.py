"""What is run at each point, and the settings that it is run with."""

from __future__ import annotations

import inspect
import os
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from brian2 import prefs
from brian2.core.clocks import defaultclock
from brian2.devices.device import all_devices
from brian2.units.allunits import second
from brian2.units.fundamentalunits import Dimension

from ..equations.parameters import default_params, update_default_params
from ..errors import InvalidValueError, UnitError, UnknownNameError, nearest
from .fingerprints import located_fingerprint
from .values import Point, as_array, key_of

#: Name -> array and dimensions.
Values = dict[str, tuple[np.ndarray, Dimension]]

#: Preferences that say where things are on one machine.
_OF_THE_MACHINE = (
    "codegen.cpp.compiler",
    "codegen.cpp.include_dirs",
    "codegen.cpp.library_dirs",
    "codegen.cpp.runtime_library_dirs",
    "codegen.cpp.msvc_vars_location",
    "codegen.cpp.msvc_architecture",
    "codegen.runtime.cython.cache_dir",
    "codegen.max_cache_dir_size",
)

#: Brian2 keeps its state in one place for each process.
_one_at_a_time = threading.RLock()


class Job(ABC):
    """What a sweep runs at each of its points.

    `StandaloneBuild` is one, and `Sweep` makes one of any function. A job travels to
    the workers, so it can be pickled.
    """

    #: whether several points may run in threads of one process
    in_threads: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, point: Point) -> Mapping[str, Any]:
        """Run one point and return its results by name."""

    @abstractmethod
    def check(self, point: Point, where: str) -> Point:
        """Return the point as it will be run, or raise an error that says *where*."""

    @abstractmethod
    def fingerprint(self, version: str | None) -> str:
        """Return what changes when the results may change.

        *version* stands for the code where it is given.
        """

    def workers(self) -> int:
        """Return how many points run at a time where nothing else is said."""
        return 1

    def cancel(self) -> None:
        """Stop what this process has under way."""
        return None


@dataclass(frozen=True)
class Outcome:
    """What came of one point: values, or an error and where it happened."""

    values: Values | None = None
    error: str = ""
    trace: str = ""
    #: whether the point was not run, for no fault of its own
    lost: bool = False


def attempt(job: Job, point: Point) -> Outcome:
    """Run a point; whatever goes wrong is returned as text, which can always travel."""
    try:
        return Outcome(values=_results(job(point)))
    except (Exception, SystemExit) as error:
        return Outcome(
            error=f"{type(error).__name__}: {error}", trace=traceback.format_exc()
        )


def _results(results: object) -> Values:
    if not isinstance(results, Mapping):
        raise UnitError(
            "expected a dict of names to results, such as {'rate': rate}, got "
            f"{type(results).__name__}."
        )
    for name in results:
        if not isinstance(name, str):
            raise UnitError(f"the name of a result is not a text: {name!r}.")
    return {name: as_array(each, name) for name, each in results.items()}


@dataclass(frozen=True)
class Settings:
    """What a run depends on beside its point: set before each, wherever it runs."""

    dt: float
    preferences: dict[str, Any]
    parameters: dict[str, Any]

    @classmethod
    def now(cls) -> Settings:
        """Return those of this process."""
        preferences = {
            name: value
            for name, value in prefs.items()
            if name.startswith(("core.", "codegen.", "legacy."))
            and name not in _OF_THE_MACHINE
        }
        return cls(float(defaultclock.dt), preferences, default_params())

    def apply(self) -> None:
        """Set those that differ in this process."""
        if float(defaultclock.dt) != self.dt:
            defaultclock.dt = self.dt * second
        for name, value in self.preferences.items():
            if prefs[name] != value:
                prefs[name] = value
        if self.parameters != default_params():
            update_default_params(self.parameters)


class FunctionJob(Job):
    """A function that is called with the values of a point by name.

    Before each call, the settings of the process that made the job are set, and
    Brian2 and numpy are seeded with a number that follows from the point. So neither
    the worker nor the order matters to the results.
    """

    def __init__(self, function: Callable[..., Mapping[str, Any]]) -> None:
        self.function = function
        self.settings = Settings.now()

    def check(self, point: Point, where: str) -> Point:
        try:
            signature = inspect.signature(self.function)
        except (TypeError, ValueError):  # some functions that are written in C
            return point
        try:
            signature.bind(**point)
        except TypeError as error:
            named = {
                name
                for name, each in signature.parameters.items()
                if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
            }
            unknown = [name for name in point if name not in named]
            called = getattr(self.function, "__name__", repr(self.function))
            hint = nearest(unknown[0], named) if unknown else ""
            raise UnknownNameError(f"{where}: {called}: {error}.{hint}") from error
        return point

    def fingerprint(self, version: str | None) -> str:
        state = (self.settings.dt, self.settings.preferences, self.settings.parameters)
        if version is not None:
            return located_fingerprint("Sweep", "version", version, state)
        return located_fingerprint("Sweep", self.function, _libraries(), state)

    def __call__(self, point: Point) -> Mapping[str, Any]:
        runtime = all_devices["runtime"]
        with _one_at_a_time:
            random = runtime.get_random_state()
            self.settings.apply()
            runtime.seed(int(key_of(point)[:8], 16))
            # With it, Ctrl-C would end a run early as if it were complete.
            prefs["core.stop_on_keyboard_interrupt"] = False
            try:
                return self.function(**point)
            finally:
                runtime.set_random_state(random)
                self.settings.apply()


def _libraries() -> tuple[str, ...]:
    """Return the versions of the packages that any simulation depends on."""
    import brian2

    import dendrisyn

    return brian2.__version__, dendrisyn.__version__, np.__version__


def cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def positive(value: object, where: str) -> int:
    """Return a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise UnitError(f"{where}: expected a whole number, got {value!r}.")
    if value < 1:
        raise InvalidValueError(f"{where}: expected at least 1, got {value}.")
    return int(value)
