"""What a standalone build lets a run set, and what it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.core.variables import DynamicArrayVariable
from brian2.monitors.statemonitor import StateMonitor
from brian2.units.fundamentalunits import Dimension

from ..errors import InvalidValueError, UnitError
from ..units import unit_text
from .recording import File
from .values import all_finite, as_array


@dataclass(frozen=True)
class Variable:
    """A variable that a run can set."""

    name: str  # in the program
    dimensions: Dimension
    dtype: np.dtype
    shape: tuple[int, ...] | None  # None: known when the run has connected

    def read(self, value: object, where: str) -> np.ndarray:
        """Return *value* as the program takes it."""
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
                f"{where}: is not finite. Brian2 would take it for the name of a file."
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
    text = unit_text(dimensions)
    return "a plain number" if text == "1" else f"a value in {text}"


@dataclass(frozen=True)
class Layout:
    """The variables of a build, by the names that users know.

    Attributes
    ----------
    settable : dict
        What a run can set.
    files : dict
        What a run writes.
    why_not : dict
        Why the other variables cannot be set.
    """

    settable: dict[str, Variable]
    files: dict[str, File]
    why_not: dict[str, str]


def layout_of(device: Any, main: str) -> Layout:
    """Return the variables of a build, from its device and its main program."""
    delays = _delays(device)
    # The queues of spikes are made of the delays; values of a run may come later.
    early = main.partition("set_from_command_line(args);")[0]
    late = "push_spikes();" in early
    settable: dict[str, Variable] = {}
    files: dict[str, File] = {}
    why_not: dict[str, str] = {}
    owners: dict[str, Any] = {}
    for variable in device.arrays:
        try:
            owner = variable.owner
            group = owner.name
        except (ReferenceError, AttributeError):
            continue  # of an object that is gone
        owners[group] = owner
        inside = f"{group}.{variable.name}"
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
                    "Brian2 would set it when delays are in use already, without "
                    "effect. Call device.apply_run_args() in the script, before "
                    "run(...)."
                )
            elif variable in delays or not (
                variable.read_only or variable.name.startswith("_") or columns
            ):
                settable[name] = Variable(inside, variable.dim, file.dtype, shape)
            else:
                why_not[name] = "Brian2 sets it itself."
    for array, name in device.timed_arrays.items():
        own = f"{name}.values"
        values = array.values
        settable[own] = Variable(own, array.dim, values.dtype, values.shape)
    counts = Counter(
        f"{each.owner.name}.{each.name}" for each in device.arrays if _is_there(each)
    )
    for name, variable in list(settable.items()):
        if counts[variable.name] > 1:  # the program would set the first only
            del settable[name]
            why_not[name] = "the program has several variables of this name."
    _explain(why_not, settable, owners)
    return Layout(settable, files, why_not)


def _is_there(variable: Any) -> bool:
    try:
        return bool(variable.owner.name)
    except (ReferenceError, AttributeError):
        return False


def _delays(device: Any) -> dict[Any, tuple[str, ...]]:
    """Return the names that users have for delays: programs have others."""
    found: dict[Any, tuple[str, ...]] = {}
    for synapses in device.synapses:
        for pathway in synapses._pathways:
            names = [f"{pathway.name}.delay"]
            if pathway.objname == "pre":  # what Brian2 takes S.delay for
                names.insert(0, f"{synapses.name}.delay")
            found[pathway.variables["delay"]] = tuple(names)
    return found


def _explain(
    why_not: dict[str, str], settable: Mapping[str, Variable], owners: Mapping[str, Any]
) -> None:
    """Add why parameters and subexpressions of groups cannot be set."""
    for group, owner in owners.items():
        for name in getattr(owner, "namespace", None) or ():
            why_not.setdefault(
                f"{group}.{name}",
                "it is a constant, which is compiled in. Name it in "
                "make_neurongroup(per_neuron=[...]) to make it a variable.",
            )
        for name in owner.variables:
            why_not.setdefault(
                f"{group}.{name}", "it is computed from other variables."
            )
    for name in settable:
        why_not.pop(name, None)
