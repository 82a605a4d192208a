"""The variables of a standalone build: those that runs set, and those they write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.core.variables import DynamicArrayVariable
from brian2.monitors.statemonitor import StateMonitor
from brian2.synapses.synapses import SynapticPathway
from brian2.units.fundamentalunits import Dimension

from ..errors import InvalidValueError, UnitError
from ..units import unit_text
from .recording import File
from .values import all_finite, as_array


@dataclass(frozen=True)
class Variable:
    """A variable that a run can set."""

    name: str  # the name in the program
    dimensions: Dimension
    dtype: np.dtype
    shape: tuple[int, ...] | None  # None if it depends on the synapses of the run

    def read(self, value: object, where: str) -> np.ndarray:
        """Return *value* as an array for the program."""
        array, dimensions = as_array(value, where)
        if dimensions is not self.dimensions:
            raise UnitError(
                f"{where}: expected {_unit(self.dimensions)}, got {_unit(dimensions)}."
            )
        allowed = {"b": "b", "i": "iu", "u": "iu", "f": "iuf"}[self.dtype.kind]
        if array.dtype.kind not in allowed:
            kind = {"b": "True or False", "f": "numbers"}.get(
                self.dtype.kind, "whole numbers"
            )
            raise UnitError(f"{where}: expected {kind}, got {value!r}.")
        if not all_finite(array):
            raise InvalidValueError(
                f"{where}: the value is not finite. Give finite numbers: Brian2 would "
                "read it as the name of a file."
            )
        fits = array.shape in ((), self.shape)
        if self.shape is None:
            fits = array.ndim <= 1 and array.size > 0
        if not fits:
            expected = (
                "one value"
                if self.shape in ((), (1,))
                else f"one value or {self.shape}"
            )
            raise InvalidValueError(
                f"{where}: expected {expected}, got an array of shape {array.shape}."
            )
        converted = array.astype(self.dtype)
        if self.dtype.kind in "iu" and not np.array_equal(converted, array):
            raise InvalidValueError(f"{where}: {value!r} does not fit {self.dtype}.")
        if not all_finite(converted):
            raise InvalidValueError(f"{where}: {value!r} is too large.")
        return converted


def _unit(dimensions: Dimension) -> str:
    """Return a unit, for messages."""
    text = unit_text(dimensions)
    return "a plain number" if text == "1" else f"a value in {text}"


@dataclass(frozen=True)
class Layout:
    """The variables of a build, by the names that users know."""

    settable: dict[str, Variable]
    files: dict[str, File]  # files that a run writes
    why_not: dict[str, str]  # reasons why the other variables cannot be set


def layout_of(device: Any, main: str) -> Layout:
    """Return the variables of a build, from its device and its main program."""
    delays = _delays(device)
    # Delays must be set before the program makes the queues of spikes.
    early = main.partition("set_from_command_line(args);")[0]
    late = "push_spikes();" in early
    settable: dict[str, Variable] = {}
    files: dict[str, File] = {}
    why_not: dict[str, str] = {}
    owners: dict[str, Any] = {}
    counts: Counter[str] = Counter()
    for variable in device.arrays:
        try:
            owner = variable.owner
            group = owner.name
        except (ReferenceError, AttributeError):
            continue  # the group has been deleted
        owners[group] = owner
        inside = f"{group}.{variable.name}"
        counts[inside] += 1
        columns = None
        if isinstance(variable.size, tuple):
            columns = next((size for size in variable.size[::-1] if size), 0)
        file = File(
            device.get_array_filename(variable),
            variable.dim,
            np.dtype(variable.dtype),
            columns,
            columns is not None and isinstance(owner, StateMonitor),
            variable.scalar,
        )
        dynamic = isinstance(variable, DynamicArrayVariable) and not variable.scalar
        shape = None if dynamic else () if variable.scalar else (variable.size,)
        for name in delays.get(variable, (inside,)):
            files[name] = file
            if variable in delays and late:
                why_not[name] = (
                    "Brian2 would set it after the delays are in use, without effect. "
                    "Call device.apply_run_args() in the script, before run(...)."
                )
            elif variable in delays or not (
                variable.read_only or variable.name.startswith("_") or columns
            ):
                settable[name] = Variable(inside, variable.dim, file.dtype, shape)
            else:
                why_not[name] = "Brian2 sets it itself."
    for array, name in device.timed_arrays.items():
        inside = f"{name}.values"
        values = array.values
        settable[inside] = Variable(inside, array.dim, values.dtype, values.shape)
    for name, variable in list(settable.items()):
        if counts[variable.name] > 1:  # the program would set the first one only
            del settable[name]
            why_not[name] = (
                "the program has several variables of this name. Name the groups apart."
            )
    _explain(why_not, settable, owners)
    return Layout(settable, files, why_not)


def _delays(device: Any) -> dict[Any, tuple[str, ...]]:
    """Return the names by which users call delays, which differ in the program."""
    names_of_delays: dict[Any, tuple[str, ...]] = {}
    for synapses in device.synapses:
        for pathway in synapses.contained_objects:
            if not isinstance(pathway, SynapticPathway):
                continue
            names = [f"{pathway.name}.delay"]
            if pathway.objname == "pre":  # this is S.delay in Brian2
                names.insert(0, f"{synapses.name}.delay")
            names_of_delays[pathway.variables["delay"]] = tuple(names)
    return names_of_delays


def _explain(
    why_not: dict[str, str], settable: Mapping[str, Variable], owners: Mapping[str, Any]
) -> None:
    """Add the reasons why parameters and subexpressions of groups cannot be set."""
    for group, owner in owners.items():
        for name in getattr(owner, "namespace", None) or ():
            why_not.setdefault(
                f"{group}.{name}",
                "it is a constant that is compiled in. Name it in "
                "make_neurongroup(per_neuron=[...]) to make it a variable.",
            )
        for name in owner.variables:
            why_not.setdefault(
                f"{group}.{name}", "it is computed from other variables."
            )
    for name in settable:
        why_not.pop(name, None)
