"""`StandaloneBuild`: a C++ standalone build that runs with other values."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import prefs
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import get_device
from brian2.units.fundamentalunits import DIMENSIONLESS

from ..errors import (
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
    nearest,
)
from .fingerprints import located_fingerprint
from .job import Job, cpus
from .program import call, digest_of, ending, kill_all
from .recording import Recording, collectable
from .results import SweepError
from .values import Point, as_array, as_quantity
from .variables import layout_of

#: The environment variable that carries the seed of a point.
_SEED = "DENDRISYN_SEED"

#: The parameter of a point that holds its seed.
SEED = "seed"

_SEED_CODE = """
{{
    const char* _given = std::getenv("{name}");
    const unsigned long _seed = _given ? std::strtoul(_given, NULL, 10) : {otherwise}UL;
    for (size_t _i = 0; _i < brian::_random_generators.size(); _i++)
        brian::_random_generators[_i].seed(_seed + _i);
}}
"""


def seed_from_point(otherwise: int = 0) -> None:
    """Seed a standalone build with the ``'seed'`` of the points of a sweep.

    Call it where the script would call `brian2.seed`. Points of the sweep can then have
    a parameter ``'seed'``. With `brian2.seed`, all points have the same random numbers;
    without any seed, no run can be repeated.

    Parameters
    ----------
    otherwise : int
        The seed of points without the parameter.

    Raises
    ------
    InvalidValueError
        If the device is not that of C++ standalone mode.
    UnitError
        If the seed is not a whole number from 0 to 2**32 - 1.
    """
    device = get_device()
    if not isinstance(device, CPPStandaloneDevice):
        raise InvalidValueError(
            "seed_from_point: C++ standalone mode is required. Leave the call out in a "
            "function that Sweep calls: it is seeded for each point."
        )
    device.insert_code(
        "main",
        _SEED_CODE.format(
            name=_SEED, otherwise=_seed(otherwise, "seed_from_point: otherwise")
        ),
    )


def _seed(value: object, where: str) -> int:
    """Return a checked seed."""
    array, _ = as_array(value, where)
    if array.shape != () or array.dtype.kind not in "iu" or not 0 <= array < 2**32:
        raise UnitError(
            f"{where}: expected a whole number from 0 to 2**32 - 1, got {value!r}."
        )
    return int(array)


class StandaloneBuild(Job):
    """A C++ standalone build as the job of a sweep.

    Make it after ``device.build(run=False)``. A run starts the program of the build in
    a process of its own, with the values of the point, and reads the arrays that the
    program writes. Brian2 sets these values just before the first `run`, after all
    other statements of the script: quantities that the script computed from the old
    values before are not computed again. ``device.apply_run_args()`` in the script sets
    the values where it is called.

    Parameters
    ----------
    collect : sequence, mapping or callable
        Results of a run.
        A sequence of names, ``['spikes.count', 'trace.V_soma']``, of variables
        (``spikes.count``), or of monitors for all that they record.
        A mapping of names of results to names, variables, or functions of the
        `Recording` that return a result.
        A function of the `Recording` that returns a dict of results.
    device : Device, optional
        The device that was built; by default the active device.

    Raises
    ------
    InvalidValueError
        If the device has not built a program.
    UnknownNameError
        If the build does not record a variable of *collect*.
    UnitError
        If *collect* has another type.

    Notes
    -----
    A build can be pickled. A worker on another machine must see the folder of the build
    under the same path. Results are sent by value; the program writes into a temporary
    folder of the worker.

    Examples
    --------
    ::

        set_device('cpp_standalone', build_on_run=False, directory='build')
        neurons = model.make_neurongroup(1000, per_neuron=['gL_dend'], name='neurons')
        spikes = SpikeMonitor(neurons, name='spikes')
        run(1*second)
        device.build(run=False)

        build = StandaloneBuild(['spikes.count'])
        points = parameter_grid({'neurons.gL_dend': [1, 2, 4]*nS})
        counts = Sweep(build, points).run()['spikes.count']
    """

    in_threads = True

    def __init__(
        self,
        collect: Sequence[Any] | Mapping[str, Any] | Callable[[Recording], Any],
        *,
        device: Any = None,
    ) -> None:
        device = get_device() if device is None else device
        self._folder = _folder_of(device)
        self._program = self._folder / ("main.exe" if os.name == "nt" else "main")
        main = (self._folder / "main.cpp").read_text(encoding="utf-8")
        self._seeded = _SEED in main
        self._digest = digest_of(self._program)
        self._code = digest_of(
            self._program,
            *(self._folder / "static_arrays" / name for name in device.static_arrays),
        )
        run = prefs.devices.cpp_standalone.run_cmd_unix
        if os.name == "nt":
            run = str(self._program)
        self._command = [run] if isinstance(run, str) else list(run)
        self._environment = {
            **prefs["devices.cpp_standalone.run_environment_variables"],
            **device.run_environment_variables,
        }
        self._threads = max(1, prefs.devices.cpp_standalone.openmp_threads)
        self._layout = layout_of(device, main)
        self._collect = collectable(collect, self._layout.files)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that points can set."""
        return (*self._layout.settable, *((SEED,) if self._seeded else ()))

    @property
    def recorded(self) -> tuple[str, ...]:
        """The names of the variables that can be collected."""
        return tuple(self._layout.files)

    def workers(self) -> int:
        return max(1, cpus() // self._threads)

    def check(self, point: Point, where: str) -> Point:
        checked: Point = {}
        used: dict[str, str] = {}  # names in the point by names in the program
        for name, value in point.items():
            at = f"{where}: {name}"
            if name == SEED:
                if not self._seeded:
                    raise InvalidValueError(
                        f"{at}: this build has no seed to set. Call seed_from_point() "
                        "in the script in place of brian2.seed(...)."
                    )
                checked[name] = _seed(value, at)
                continue
            if name not in self._layout.settable:
                raise UnknownNameError(f"{at}: {self._hint(name)}")
            variable = self._layout.settable[name]
            other = used.setdefault(variable.name, name)
            if other != name:
                raise NameConflictError(
                    f"{at} is another name of {other}, which is given too. Leave one "
                    "of them out."
                )
            array = variable.read(value, at)
            plain = array.ndim == 0 and variable.dimensions is DIMENSIONLESS
            checked[name] = (
                array.item() if plain else as_quantity(array, variable.dimensions)
            )
        return checked

    def _hint(self, name: str) -> str:
        """Return the reason why a name is not a parameter, and near names."""
        settable, reasons = self._layout.settable, self._layout.why_not
        if name in reasons:
            return reasons[name]
        group, _, variable = name.rpartition(".")
        groups = {file.rpartition(".")[0] for file in self._layout.files}
        if group in groups:
            of_group = [other for other in settable if other.startswith(f"{group}.")]
            return (
                f"there is no such variable.{nearest(name, of_group)} A constant is "
                "compiled in: name it in make_neurongroup(per_neuron=[...]) to make it "
                "a variable."
            )
        if not group:
            same = [other for other in settable if other.endswith(f".{variable}")]
            return (
                "the name of a parameter is that of its group and its variable."
                f"{nearest(name, same or settable)}"
            )
        return (
            f"there is no {group!r} in this build.{nearest(group, groups)} The name of "
            "an object is its argument name='neurons', not the Python variable. A "
            "variable itself can be the key, too: neurons.gL_dend."
        )

    def fingerprint(self, version: str | None) -> str:
        if version is None:
            return located_fingerprint("StandaloneBuild", self._code, self._collect)
        names = None
        if not callable(self._collect):
            names = [(k, None if callable(v) else v) for k, v in self._collect]
        return located_fingerprint("StandaloneBuild", "version", version, names)

    def __call__(self, point: Point) -> Mapping[str, Any]:
        with tempfile.TemporaryDirectory(prefix="dendrisyn-") as name:
            scratch = Path(name)
            results = scratch / "results"
            results.mkdir()
            self._run(point, results)
            recording = Recording(self._layout.files, results, point)
            if callable(self._collect):
                return self._collect(recording)
            return {
                label: source(recording) if callable(source) else recording[source]
                for label, source in self._collect
            }

    def _run(self, point: Point, results: Path) -> None:
        """Run the program, which writes into *results*."""
        self._check_program()
        environment = {**os.environ, **self._environment}
        environment.pop(_SEED, None)
        arguments: list[str] = []
        inputs: dict[str, str] = {}  # variables by files
        for name, value in point.items():
            if name == SEED:
                environment[_SEED] = str(value)
                continue
            array = np.asarray(value)
            if array.ndim == 0:
                text = repr(array.item())
            else:
                text = str(results.parent / f"input{len(inputs)}")
                array.tofile(text)
                inputs[text] = name
            arguments.append(f"{self._layout.settable[name].name}={text}")
        command = [*self._command, "--results_dir", os.path.join(results, "")]
        code, output = call([*command, *arguments], self._folder, environment)
        for path, name in inputs.items():
            # The program names a file that it could not read, and goes on without it.
            if path in output:
                raise SweepError(
                    f"{name}: the program did not read the values: {output.strip()}"
                )
        if code:
            raise SweepError(f"the program {ending(code)}. {output.strip()[-2000:]}")
        info = results / "last_run_info.txt"
        if info.exists() and float(info.read_text().split()[1]) < 1:
            raise SweepError("the program was interrupted before the end of its run.")

    def _check_program(self) -> None:
        """Raise an error if the program is not the one of this build."""
        try:
            same = digest_of(self._program) == self._digest
        except OSError as error:
            raise SweepError(
                f"there is no program in {str(self._folder)!r} ({error}). Workers on "
                "other machines must see the folder of the build under this path."
            ) from error
        if not same:
            raise SweepError(
                f"the build in {str(self._folder)!r} is not the build of this sweep: "
                "another program was built there. Make the StandaloneBuild again."
            )

    def cancel(self) -> None:
        kill_all()


def _folder_of(device: Any) -> Path:
    """Return the folder of a build that can be run with other values."""
    if not isinstance(device, CPPStandaloneDevice):
        raise InvalidValueError(
            "StandaloneBuild: expected a device in C++ standalone mode, got "
            f"{type(device).__name__}. Call set_device('cpp_standalone', "
            "build_on_run=False) at the start of the script."
        )
    fix = "Call device.build(run=False) after the last run(...)."
    if device.project_dir is None:
        raise InvalidValueError(f"StandaloneBuild: nothing is built yet. {fix}")
    folder = Path(device.project_dir).resolve()
    program = folder / ("main.exe" if os.name == "nt" else "main")
    source = folder / "main.cpp"
    if not program.exists() or not source.exists():
        raise InvalidValueError(
            f"StandaloneBuild: there is no program in {str(folder)!r}. {fix}"
        )
    text = source.read_text(encoding="utf-8")
    if "--results_dir" not in text or "set_from_command_line(args)" not in text:
        raise InvalidValueError(
            "StandaloneBuild: the program takes no values, since it has no run(...). "
            f"{fix}"
        )
    return folder
