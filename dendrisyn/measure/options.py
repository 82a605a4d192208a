"""What all measurements are asked alike: at which points, and how it is integrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, UnitError, UnknownNameError, located, nearest
from ..rig.progress import progress_report
from ..rig.rig import RunOptions
from ..units import Spec, array_of

__all__ = ["DURATION", "MeasurementOptions"]

#: How long something lasts.
DURATION = Spec("second", "how long", "positive")

_STEP = Spec("second", "step", "positive")


@dataclass(frozen=True)
class MeasurementOptions(RunOptions):
    """What all measurements are asked alike, as keyword arguments.

    Attributes
    ----------
    vary : dict of str to Quantity, optional
        Parameters of the model and their values at each point: arrays of shape
        (points,), or one value for all of them. All points are measured at once.
    dt : Quantity, optional
        Step (second), that of `brian2.defaultclock` if left out.
    target : {'numpy', 'cython'}
        What code is generated for: numpy starts at once, Cython compiles for some
        seconds.
    progress : bool or callable, optional
        Whether a bar tells how far it is; without, one appears after five seconds.
    arguments : dict
        What `NeuronModel.make_neurongroup` takes: `threshold`, `reset`, `refractory`,
        `second_reset`, `spike_width`, `method`, `namespace`, ...
    """

    @classmethod
    def of(cls, title: str, model: Any, given: Mapping[str, Any]) -> MeasurementOptions:
        """Read keyword arguments, and check those that are not `make_neurongroup`'s.

        Raises
        ------
        UnitError, InvalidValueError, UnknownNameError
            If something is wrong with them.
        """
        with located(f"measure.{title}"):
            if not isinstance(model, Model):
                raise UnitError(f"expected a NeuronModel, got {model!r}.")
            rest = dict(given)
            vary, points = _varied(model, rest.pop("vary", None))
            dt = rest.pop("dt", None)
            if dt is not None:
                dt = _STEP.check(dt, "dt")
            target = rest.pop("target", "numpy")
            if target not in ("numpy", "cython"):
                raise InvalidValueError(
                    f"target: expected 'numpy' or 'cython', got {target!r}."
                )
            for name in (
                "N",
                "per_neuron",
                "init_rest",
                "init_events",
                "show",
                "name",
                "dspike_events",
            ):
                if name in rest:
                    raise InvalidValueError(f"{name} cannot be given: it is set here.")
            if not isinstance(rest.get("namespace"), (Mapping, type(None))):
                raise UnitError(
                    "namespace: expected a dict such as {'tau': 5*ms}, got "
                    f"{rest['namespace']!r}."
                )
            words = title.replace("_", " ")
            report = progress_report(rest.pop("progress", None), words)
            return cls(vary, dt, target, report, rest, points)


def _varied(model: Model, vary: Any) -> tuple[dict[str, Quantity], tuple[int, ...]]:
    """Return the values of each varied parameter, and the shape of the points."""
    if vary is None:
        return {}, ()
    if not isinstance(vary, Mapping) or not vary:
        raise UnitError(
            f"vary: expected a dict such as {{'gL_soma': [1, 2]*nS}}, got {vary!r}."
        )
    known = model.structure.parameters
    values = {}
    for name, given in vary.items():
        if name not in known:
            raise UnknownNameError(
                f"vary: there is no parameter {name!r}.{nearest(str(name), known)}"
            )
        values[name] = array_of(given, known[name].spec, f"vary: {name}")
    sizes = {name: np.size(each) for name, each in values.items() if np.ndim(each)}
    if len(set(sizes.values())) > 1:
        raise InvalidValueError(
            "vary: expected as many values of each parameter, got "
            + ", ".join(f"{size} of {name}" for name, size in sizes.items())
            + "."
        )
    return values, (next(iter(sizes.values())),) if sizes else ()
