"""Parameters that are scaled together until a measurement gives its target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
from brian2.units.allunits import mvolt, nsiemens, pamp
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, UnitError, UnknownNameError, nearest
from ..tables import with_unit
from ..units import Spec, array_of
from .report import Calibration
from .search import search

__all__ = ["SPAN", "Scaling", "as_list", "calibrated", "check_call", "targets_of"]

#: Relative error of what a calibrated model gives.
TOLERANCE = 1e-4
#: Where parameters start that are 0 or not given.
_USUAL = {"siemens": 1 * nsiemens, "amp": 1 * pamp, "volt": 1 * mvolt}
#: By which factors parameters are changed, at least and at most.
SPAN = (1e-4, 1e4)


def check_call(model: object, conditions: Mapping[str, Any]) -> None:
    """Raise if this is no model, or if a condition is set by the calibration."""
    if not isinstance(model, Model):
        raise UnitError(f"expected a NeuronModel, got {model!r}.")
    if "vary" in conditions:
        raise InvalidValueError("vary cannot be given: it is set here.")


def targets_of(given: Any, spec: Spec, argument: str) -> Any:
    """Return one target or an array of them, none of which is 0."""
    targets = array_of(given, spec, argument)
    if not np.all(np.asarray(targets)):
        raise InvalidValueError(f"{argument}: must not be zero.")
    return targets


def calibrated(model: Model, values: Mapping[str, Any], targets: Any) -> Any:
    """Return a copy of a model with other values; a list of them for several targets.

    Parameters
    ----------
    values : dict of str to Quantity, shape () or (targets,)
        Parameters by name.
    """
    if np.ndim(targets) == 0:
        copied: Any = copy(model)
        copied.add_params(values)
        return copied
    return [
        calibrated(model, {name: each[index] for name, each in values.items()}, 0)
        for index in range(len(targets))
    ]


class Scaling:
    """Parameters that are multiplied by one factor.

    Parameters
    ----------
    model : Model
        The model. A parameter that is 0 or not given there starts at 1 nS, 1 pA or
        1 mV.
    names : sequence of str
        The parameters.

    Raises
    ------
    UnknownNameError
        If there is no such parameter.
    InvalidValueError
        If there is nothing to start from.
    """

    def __init__(self, model: Model, names: Sequence[str]) -> None:
        known = model.structure.parameters
        given = model.parameters
        values = {}
        for name in names:
            if name not in known:
                raise UnknownNameError(
                    f"there is no parameter {name!r}.{nearest(str(name), known)}"
                )
            value = given[name]
            if value is None or value == 0:
                value = _USUAL.get(known[name].spec.unit)
            if value is None:
                raise InvalidValueError(f"{name}: give it a value to start from.")
            values[name] = value
        self.values: Mapping[str, Any] = values
        self.model: Any = copy(model)
        self.model.add_params(values)

    def times(self, factor: Any) -> dict[str, Any]:
        """Return the parameters, times a factor."""
        return {name: each * factor for name, each in self.values.items()}

    def solve(
        self,
        measured: str,
        measure: Callable[[dict[str, Any]], Any],
        targets: Any,
        span: tuple[float, float] = SPAN,
    ) -> tuple[Any, Calibration]:
        """Return the calibrated model, or models, and the report.

        Parameters
        ----------
        measured : str
            What is measured.
        measure : callable
            Is given what to `vary` and returns what that gives at each point.
        targets : Quantity, shape () or (targets,)
            What it is to give.
        span : (float, float)
            Between which factors is searched.
        """
        unit = Quantity(1, dim=targets.dim) if isinstance(targets, Quantity) else 1
        found = search(
            measured.replace("_", " "),
            lambda factors: np.asarray(measure(self.times(factors))),
            np.atleast_1d(np.asarray(targets, dtype=float)),
            span,
            TOLERANCE,
            lambda value: with_unit(float(value) * unit)[0],
        )
        shape = np.shape(targets)
        values = self.times(found.values.reshape(shape)[()])
        first = next(iter(self.values))
        report = Calibration(
            measured,
            targets,
            found.achieved.reshape(shape)[()] * unit,
            values,
            found.rounds,
            {
                first: self.values[first] * found.curve[0],
                measured: found.curve[1] * unit,
            },
        )
        return calibrated(self.model, values, targets), report


def as_list(names: object, what: str) -> list[str]:
    """Return one name or several as a list."""
    if isinstance(names, str):
        return [names]
    if not isinstance(names, (list, tuple)) or not names:
        raise UnitError(f"{what}: expected a name or a list of names, got {names!r}.")
    return list(names)
