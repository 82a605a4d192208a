"""`Job`: the simulation that a sweep runs at its points, and its settings."""

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
from ..errors import UnitError, UnknownNameError, nearest
from .fingerprints import located_fingerprint
from .values import Point, as_array, key_of

#: Name -> array and dimensions.
Values = dict[str, tuple[np.ndarray, Dimension]]

#: Preferences that hold paths of one machine.
_PATH_PREFERENCES = (
    "codegen.cpp.compiler",
    "codegen.cpp.include_dirs",
    "codegen.cpp.library_dirs",
    "codegen.cpp.runtime_library_dirs",
    "codegen.cpp.msvc_vars_location",
    "codegen.cpp.msvc_architecture",
    "codegen.runtime.cython.cache_dir",
    "codegen.max_cache_dir_size",
)

#: Brian2 has one state per process, so functions run one at a time.
_brian_lock = threading.RLock()


class Job(ABC):
    """The simulation that a sweep runs at its points.

    `StandaloneBuild` is a job, and `Sweep` makes a job of any function. Jobs are sent
    to the workers, so they can be pickled.
    """

    #: Whether several points may run in threads of one process.
    in_threads: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, point: Point) -> Mapping[str, Any]:
        """Run a point and return its results by name."""

    @abstractmethod
    def check(self, point: Point, where: str) -> Point:
        """Return the point with checked values; errors start with *where*."""

    @abstractmethod
    def fingerprint(self, version: str | None) -> str:
        """Return a text that changes when the results may change.

        The name *version*, if not None, takes the place of the code.
        """

    def workers(self) -> int:
        """Return the default number of points that run at a time."""
        return 1

    def cancel(self) -> None:
        """Stop all points that run in this process."""
        return None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a point: values, or an error and its traceback."""

    values: Values | None = None
    error: str = ""
    trace: str = ""
    lost: bool = False  # the pool failed before the point was run


def attempt(job: Job, point: Point) -> Outcome:
    """Run a point, and return errors as text, since not all of them can be pickled."""
    try:
        return Outcome(values=_results(job(point)))
    except (Exception, SystemExit) as error:
        return Outcome(
            error=f"{type(error).__name__}: {error}", trace=traceback.format_exc()
        )


def _results(results: object) -> Values:
    """Return checked results as arrays with their dimensions."""
    if not isinstance(results, Mapping):
        raise UnitError(
            "expected a dict of names to results, such as {'rate': rate}, got "
            f"{type(results).__name__}."
        )
    for name in results:
        if not isinstance(name, str):
            raise UnitError(f"the name of a result must be a text, got {name!r}.")
    return {name: as_array(result, name) for name, result in results.items()}


@dataclass(frozen=True)
class Settings:
    """Settings of Brian2 and dendrisyn, which are the same for all runs of a job."""

    dt: float
    preferences: dict[str, Any]
    parameters: dict[str, Any]

    @classmethod
    def now(cls) -> Settings:
        """Return the settings of this process."""
        preferences = {
            name: value
            for name, value in prefs.items()
            if name.startswith(("core.", "codegen.", "legacy."))
            and name not in _PATH_PREFERENCES
        }
        return cls(float(defaultclock.dt), preferences, default_params())

    def apply(self) -> None:
        """Apply the settings in this process, where they differ."""
        if float(defaultclock.dt) != self.dt:
            defaultclock.dt = self.dt * second
        for name, value in self.preferences.items():
            if prefs[name] != value:
                prefs[name] = value
        if self.parameters != default_params():
            update_default_params(self.parameters)


class FunctionJob(Job):
    """A function that is called with the values of a point as keyword arguments.

    Before a call, the settings of the process that made the job are applied, and Brian2
    and numpy are seeded with a number that follows from the point. So results depend
    neither on the worker nor on the order of the points.
    """

    def __init__(self, function: Callable[..., Mapping[str, Any]]) -> None:
        self.function = function
        self.settings = Settings.now()

    def check(self, point: Point, where: str) -> Point:
        try:
            signature = inspect.signature(self.function)
        except (TypeError, ValueError):  # a function in C may have no signature
            return point
        try:
            signature.bind(**point)
        except TypeError as error:
            arguments = {
                name
                for name, argument in signature.parameters.items()
                if argument.kind
                in (argument.POSITIONAL_OR_KEYWORD, argument.KEYWORD_ONLY)
            }
            unknown = [name for name in point if name not in arguments]
            title = getattr(self.function, "__name__", repr(self.function))
            hint = nearest(unknown[0], arguments) if unknown else ""
            raise UnknownNameError(f"{where}: {title}: {error}.{hint}") from error
        return point

    def fingerprint(self, version: str | None) -> str:
        state = (self.settings.dt, self.settings.preferences, self.settings.parameters)
        if version is not None:
            return located_fingerprint("Sweep", "version", version, state)
        return located_fingerprint("Sweep", self.function, _libraries(), state)

    def __call__(self, point: Point) -> Mapping[str, Any]:
        runtime = all_devices["runtime"]
        with _brian_lock:
            random = runtime.get_random_state()
            self.settings.apply()
            runtime.seed(int(key_of(point)[:8], 16))
            # Otherwise Ctrl-C would end a run early as if it were complete.
            prefs["core.stop_on_keyboard_interrupt"] = False
            try:
                return self.function(**point)
            finally:
                runtime.set_random_state(random)
                self.settings.apply()


def _libraries() -> tuple[str, ...]:
    """Return the versions of the packages on which all simulations depend."""
    import brian2

    import dendrisyn

    return brian2.__version__, dendrisyn.__version__, np.__version__


def cpus() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
