"""Scaling of parameters by one factor until a measurement gives its target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
from brian2.units.allunits import mvolt, nsiemens, pamp
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, UnitError, look_up
from ..measure.search import TargetValues, search_targets
from ..units import Spec, array_of
from .report import Calibration

__all__ = [
    "SPAN",
    "TOLERANCE",
    "Scaling",
    "as_list",
    "calibrated",
    "check_call",
    "report_of",
    "targets_of",
]

#: Largest relative error of a calibrated model.
TOLERANCE = 1e-4
#: Initial values of parameters that are 0 or missing.
_USUAL = {"siemens": 1 * nsiemens, "amp": 1 * pamp, "volt": 1 * mvolt}
#: Smallest and largest factor of the parameters.
SPAN = (1e-4, 1e4)


def check_call(model: object, options: Mapping[str, Any]) -> None:
    """Raise an error if there is no model, or `vary` is an option."""
    if not isinstance(model, Model):
        raise UnitError(f"expected a NeuronModel, got {model!r}.")
    if "vary" in options:
        raise InvalidValueError(
            "vary is not an argument: calibrations vary the parameters themselves."
        )


def targets_of(values: Any, spec: Spec, argument: str) -> Any:
    """Return a target or an array of targets, none of which is 0."""
    targets = array_of(values, spec, argument)
    if not np.all(np.asarray(targets)):
        raise InvalidValueError(f"{argument}: must not be zero.")
    return targets


def calibrated(model: Model, values: Mapping[str, Any], targets: Any) -> Any:
    """Return a copy of a model with other values; a list for several targets."""
    if np.ndim(targets) == 0:
        copied: Any = copy(model)
        copied.add_params(values)
        return copied
    return [
        calibrated(model, {name: value[index] for name, value in values.items()}, 0)
        for index in range(len(targets))
    ]


def report_of(
    measured: str,
    targets: Any,
    unit: Any,
    found: TargetValues,
    curve: tuple[str, Any],
    values: Callable[[Any], Mapping[str, Any]],
) -> Calibration:
    """Return the report of a search.

    *curve* is the name and unit of the searched parameter; *values* returns the changed
    parameters of the searched values.
    """
    shape = np.shape(targets)
    name, scale = curve
    return Calibration(
        measured,
        targets,
        found.achieved.reshape(shape)[()] * unit,
        values(found.values.reshape(shape)[()]),
        found.rounds,
        {name: found.curve[0] * scale, measured: found.curve[1] * unit},
    )


class Scaling:
    """Parameters that are multiplied by one factor.

    Initial values are those of the model, or 1 nS, 1 pA or 1 mV where it has 0 or none.
    """

    def __init__(self, model: Model, names: Sequence[str]) -> None:
        parameters, current = model.structure.parameters, model.parameters
        values = {}
        for name in names:
            spec = look_up(name, parameters, "parameter").spec
            value = current[name]
            if value is None or value == 0:
                value = _USUAL.get(spec.unit)
            if value is None:
                raise InvalidValueError(f"{name}: an initial value is required.")
            values[name] = value
        self.values: Mapping[str, Any] = values
        self.model: Any = copy(model)
        self.model.add_params(values)

    def times(self, factor: Any) -> dict[str, Any]:
        """Return the parameters times a factor."""
        return {name: value * factor for name, value in self.values.items()}

    def solve(
        self,
        measured: str,
        measure: Callable[[dict[str, Any]], Any],
        targets: Any,
        span: tuple[float, float] = SPAN,
    ) -> tuple[Any, Calibration]:
        """Return the calibrated model, or models, and the report.

        *measured* is the name of the quantity that *measure* returns for values of
        `vary`; *span* bounds the factor.
        """
        unit = Quantity(1, dim=targets.dim) if isinstance(targets, Quantity) else 1
        found = search_targets(
            measured.replace("_", " "),
            lambda factors: np.asarray(measure(self.times(factors))),
            np.atleast_1d(np.asarray(targets, dtype=float)),
            span,
            TOLERANCE,
            unit,
        )
        curve = next(iter(self.values.items()))
        report = report_of(measured, targets, unit, found, curve, self.times)
        return calibrated(self.model, report.values, targets), report


def as_list(names: object, where: str) -> list[str]:
    """Return a name or several names as a list."""
    if isinstance(names, str):
        return [names]
    if not isinstance(names, (list, tuple)) or not names:
        raise UnitError(f"{where}: expected a name or a list of names, got {names!r}.")
    return list(names)
