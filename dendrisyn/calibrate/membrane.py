"""Which leak and capacitance give this input resistance and time constant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from brian2.units.allunits import ohm, second
from brian2.units.fundamentalunits import Quantity

from .. import measure
from ..cell.base import Model
from ..errors import InvalidValueError, located
from ..rig.steady import STEADY, slowest
from ..units import Spec
from .report import Calibration, Calibrations
from .scaling import (
    TOLERANCE,
    Scaling,
    as_list,
    calibrated,
    check_call,
    targets_of,
)

__all__ = ["membrane"]

_RESISTANCE = Spec("ohm", "input resistance", "positive")
_TIME = Spec("second", "membrane time constant", "positive")
#: How long the current lasts at most, if not given: 14 time constants of 200 ms.
_LASTS = 2.8 * second
#: Rounds for the capacitances. One is enough where the time constant is proportional.
_ROUNDS = 12


def membrane(
    model: Model,
    input_resistance: Quantity | None = None,
    time_constant: Quantity | None = None,
    at: str | None = None,
    compartments: str | Sequence[str] | None = None,
    **conditions: Any,
) -> tuple[Any, Calibrations]:
    """Find the leaks and capacitances that give this resistance and time constant.

    The leaks of all compartments are multiplied by one factor until the input
    resistance is right, then their capacitances, on which it does not depend, until
    the time constant is.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell; it is not changed.
    input_resistance : Quantity, shape () or (targets,), optional
        What `measure.input_resistance` is to give (ohm); the leaks stay as they are if
        left out.
    time_constant : Quantity, shape () or (targets,), optional
        What `measure.time_constant` is to give (second); the capacitances stay as they
        are if left out.
    at : str, optional
        The compartment where both are measured; the soma if left out.
    compartments : str or sequence of str, optional
        Whose leaks and capacitances are changed; all if left out.
    **conditions
        What `measure.input_resistance` takes, such as `dt`; `duration` is that of
        the step of current.

    Returns
    -------
    model : NeuronModel or list of NeuronModel
        A calibrated copy; one for each target, if there are several.
    reports : Calibrations
        A dict of str to Calibration:
        One for ``'input_resistance'`` and one for ``'time_constant'``, as asked for.

    Raises
    ------
    InvalidValueError
        If a target is out of reach: the message holds what can be reached.
    UnknownNameError, UnitError
        If an argument is wrong.

    Examples
    --------
    >>> from brian2 import Mohm, ms, mV, nS, pF
    >>> from dendrisyn import NeuronModel, Soma, calibrate
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    >>> fitted, reports = calibrate.membrane(NeuronModel([soma]), 125*Mohm, 15*ms)
    >>> print(f"{fitted.parameters['gL_soma']/nS:.2f} nS")
    8.00 nS
    >>> print(f"{fitted.parameters['C_soma']/pF:.1f} pF")
    120.0 pF
    """
    with located("calibrate.membrane"):
        check_call(model, conditions)
        resistance, times = _both(input_resistance, time_constant)
        patches = _patches(model, compartments)
        reports = Calibrations()
        values: dict[str, Any] = {}
        if resistance is not None:
            leaks = Scaling(model, [each.names("gL") for each in patches])
            report = _leaking(leaks, resistance, at, conditions)
            reports["input_resistance"] = report
            values |= report.values
        if times is not None:
            capacitances = Scaling(model, [each.names("C") for each in patches])
            report = _timed(capacitances, values, times, at, conditions)
            reports["time_constant"] = report
            values |= report.values
        targets = resistance if times is None else times
        return calibrated(model, values, targets), reports


def _timed(
    capacitances: Scaling,
    leaks: dict[str, Any],
    targets: Any,
    at: str | None,
    conditions: dict[str, Any],
) -> Calibration:
    """Find a factor of the capacitances for each target, by proportion."""
    aims = np.asarray(targets, dtype=float)
    # which is that of the input resistance
    conditions = {k: v for k, v in conditions.items() if k != "duration"}
    factors, tried, given = np.ones_like(aims), [], []
    for _ in range(_ROUNDS):
        vary = {**leaks, **capacitances.times(factors)}
        found = measure.time_constant(
            capacitances.model, at, vary=vary, **conditions
        ).time_constant
        plain = np.asarray(found)
        tried.append(factors)
        given.append(plain)
        if np.all(np.abs(plain / aims - 1) <= TOLERANCE):
            break
        factors = factors * aims / plain
    else:
        raise InvalidValueError(
            f"a time constant of {targets} was not reached in {_ROUNDS} rounds: it is "
            "not proportional to the capacitances."
        )
    name, first = next(iter(capacitances.values.items()))
    return Calibration(
        "time_constant",
        targets,
        plain[()] * second,
        capacitances.times(factors[()]),
        len(tried),
        {
            name: first * np.ravel(tried),
            "time_constant": np.ravel(given) * second,
        },
    )


def _leaking(
    leaks: Scaling, targets: Any, at: str | None, conditions: dict[str, Any]
) -> Calibration:
    """Find a factor of the leaks for each target.

    A cell whose leaks are far below those looked for takes very long to be steady. So
    the current lasts about as long as it must at the targets, and what is found is
    measured once more, however long that takes.
    """

    def resistances(vary: dict[str, Any], **how: Any) -> Any:
        how = {**how, **conditions}
        return measure.input_resistance(leaks.model, at, vary=vary, **how).resistance

    values = leaks.model.parameters
    capacitances = [
        values.get(each.names("C"))
        for each in leaks.model.structure.compartments.values()
    ]
    whole = sum(float(each) for each in capacitances if each is not None)
    slow = max(whole * float(np.max(targets)), slowest(leaks.model, {}))
    for lasts in (min(STEADY * slow * second, _LASTS), _LASTS):
        _, report = leaks.solve(
            "input_resistance", partial(resistances, duration=lasts), targets
        )
        steady = resistances(dict(report.values))
        if np.all(np.abs(np.asarray(steady) / np.asarray(targets) - 1) <= 1e-3):
            break
    return report


def _both(resistance: Any, times: Any) -> tuple[Any, Any]:
    """Return both targets as arrays of one shape, None where not asked for."""
    if resistance is None and times is None:
        raise InvalidValueError("give input_resistance, time_constant or both.")
    if resistance is not None:
        resistance = targets_of(resistance, _RESISTANCE, "input_resistance")
    if times is not None:
        times = targets_of(times, _TIME, "time_constant")
    if resistance is None or times is None:
        return resistance, times
    shapes = np.shape(resistance), np.shape(times)
    if () not in shapes and shapes[0] != shapes[1]:
        raise InvalidValueError(
            f"expected as many values of both, got {shapes[0][0]} of input_resistance "
            f"and {shapes[1][0]} of time_constant."
        )
    plain = np.broadcast_arrays(np.asarray(resistance), np.asarray(times))
    return np.array(plain[0])[()] * ohm, np.array(plain[1])[()] * second


def _patches(model: Model, names: Any) -> list[Any]:
    structure = model.structure
    if names is None:
        return list(structure.compartments.values())
    return [
        structure.compartment(each, "compartments")
        for each in as_list(names, "compartments")
    ]
