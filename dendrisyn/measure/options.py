"""`MeasurementOptions`: keyword arguments that all measurements share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.structure import Structure
from ..errors import InvalidValueError, UnitError, located, look_up
from ..rig.experiment import RunOptions
from ..rig.progress import progress_report
from ..rig.rig import Rig, open_rig
from ..units import Spec, array_of

__all__ = ["DURATION", "MeasurementOptions", "measuring"]

DURATION = Spec("second", "duration", "positive")

_STEP = Spec("second", "time step", "positive")

#: Arguments of `make_neurongroup` that a measurement sets.
_OWN = {
    "N": "the number of neurons follows from `vary` and the stimuli",
    "per_neuron": "name the parameters that differ between neurons in `vary`",
    "init_rest": "all measurements start from rest",
    "init_events": "dendritic spikes are always detected",
    "show": "the group is used internally",
    "name": "the group is used internally",
    "dspike_events": "the events follow from the measurement",
}


@dataclass(frozen=True)
class MeasurementOptions(RunOptions):
    """Keyword arguments that all measurements share.

    Attributes
    ----------
    vary : dict of str to Quantity, optional
        Parameters of the model and their values: arrays of shape (points,), or single
        values. All points are measured at once; results have a first axis of points.
    dt : Quantity, optional
        Time step (second); by default that of `brian2.defaultclock`, or a shorter step
        where a measurement needs it.
    target : {'numpy', 'cython'}
        Target of code generation: numpy starts at once, Cython compiles for some
        seconds.
    progress : bool or callable, optional
        Whether a progress bar is shown; by default one appears after five seconds.
    arguments : dict
        All other keyword arguments go to `NeuronModel.make_neurongroup`: `threshold`,
        `reset`, `refractory`, `second_reset`, `spike_width`, `method`, `namespace`, ...
        Without a threshold, the soma does not spike.
    model : NeuronModel or PointNeuronModel
        The cell.
    """

    model: Any = None

    @classmethod
    def of(
        cls, title: str, model: Any, options: Mapping[str, Any]
    ) -> MeasurementOptions:
        """Check the keyword arguments of a measurement."""
        if not isinstance(model, Model):
            raise UnitError(f"expected a NeuronModel, got {model!r}.")
        rest = dict(options)
        vary, points = _varied(model, rest.pop("vary", None))
        dt = rest.pop("dt", None)
        if dt is not None:
            dt = _STEP.check(dt, "dt")
        target = rest.pop("target", "numpy")
        if target not in ("numpy", "cython"):
            raise InvalidValueError(
                f"target: expected 'numpy' or 'cython', got {target!r}."
            )
        for name, reason in _OWN.items():
            if name in rest:
                raise InvalidValueError(f"{name} is not an argument: {reason}.")
        if not isinstance(rest.get("namespace"), (Mapping, type(None))):
            raise UnitError(
                "namespace: expected a dict such as {'tau': 5*ms}, got "
                f"{rest['namespace']!r}."
            )
        report = progress_report(rest.pop("progress", None), title.replace("_", " "))
        return cls(vary, dt, target, report, rest, points, model)

    @property
    def structure(self) -> Structure:
        """The structure of the model."""
        return self.model.structure

    @property
    def values(self) -> dict[str, Any]:
        """Values of all parameters, at all points."""
        return {**self.model.parameters, **self.vary}

    def rig(self, stimuli: int, **arguments: Any) -> AbstractContextManager[Rig]:
        """Return a context in which the cell is on a rig; see `open_rig`."""
        return open_rig(self.model, stimuli, self, **arguments)


@contextmanager
def measuring(
    title: str, model: Any, options: Mapping[str, Any]
) -> Iterator[MeasurementOptions]:
    """Yield the checked options of a measurement, which errors inside name."""
    with located(f"measure.{title}"):
        yield MeasurementOptions.of(title, model, options)


def _varied(model: Model, vary: Any) -> tuple[dict[str, Quantity], tuple[int, ...]]:
    """Return the values of the varied parameters, and the shape of the points."""
    if vary is None:
        return {}, ()
    if not isinstance(vary, Mapping) or not vary:
        raise UnitError(
            f"vary: expected a dict such as {{'gL_soma': [1, 2]*nS}}, got {vary!r}."
        )
    parameters = model.structure.parameters
    values = {
        name: array_of(
            value,
            look_up(name, parameters, "parameter", "vary").spec,
            f"vary: {name}",
        )
        for name, value in vary.items()
    }
    sizes = {name: np.size(value) for name, value in values.items() if np.ndim(value)}
    if len(set(sizes.values())) > 1:
        raise InvalidValueError(
            "vary: expected equal numbers of values, got "
            + ", ".join(f"{size} of {name}" for name, size in sizes.items())
            + "."
        )
    return values, (next(iter(sizes.values())),) if sizes else ()
