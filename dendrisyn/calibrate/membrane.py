"""Calibration of leak and capacitance to input resistance and time constant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from brian2.units.allunits import ohm, second
from brian2.units.fundamentalunits import Quantity

from .. import measure
from ..cell.base import Model
from ..cell.structure import CompartmentStructure
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
#: Longest default duration of the current: 14 time constants of 200 ms.
_LASTS = 2.8 * second
#: Rounds for the capacitances. One is enough if the time constant is proportional.
_ROUNDS = 12


def membrane(
    model: Model,
    input_resistance: Quantity | None = None,
    time_constant: Quantity | None = None,
    at: str | None = None,
    compartments: str | Sequence[str] | None = None,
    **options: Any,
) -> tuple[Any, Calibrations]:
    """Find the leaks and capacitances of an input resistance and a time constant.

    The leaks of all compartments are multiplied by one factor until the input
    resistance has its target. Then the capacitances, which do not affect it, are
    multiplied by another factor until the time constant has its target.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell; it is not changed.
    input_resistance : Quantity, shape () or (targets,), optional
        Target of `measure.input_resistance` (ohm); if left out, the leaks stay as they
        are.
    time_constant : Quantity, shape () or (targets,), optional
        Target of `measure.time_constant` (second); if left out, the capacitances stay
        as they are.
    at : str, optional
        The compartment of both measurements; the soma by default.
    compartments : str or sequence of str, optional
        Compartments whose leaks and capacitances are changed; all by default.
    **options
        Options of `measure.input_resistance`, such as `dt`; `duration` is that of
        the step of current.

    Returns
    -------
    model : NeuronModel or list of NeuronModel
        A calibrated copy, or a list of copies for several targets.
    reports : Calibrations
        A dict of str to Calibration, with the keys ``'input_resistance'`` and
        ``'time_constant'`` where these have targets.

    Raises
    ------
    InvalidValueError
        If a target is out of reach; the message names the reachable range.
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
        check_call(model, options)
        resistance, times = _both(input_resistance, time_constant)
        parts = _compartments(model, compartments)
        reports = Calibrations()
        values: dict[str, Any] = {}
        if resistance is not None:
            leaks = Scaling(model, [part.names("gL") for part in parts])
            report = _scale_leaks(leaks, resistance, at, options)
            reports["input_resistance"] = report
            values |= report.values
        if times is not None:
            capacitances = Scaling(model, [part.names("C") for part in parts])
            report = _scale_capacitances(capacitances, values, times, at, options)
            reports["time_constant"] = report
            values |= report.values
        targets = resistance if times is None else times
        return calibrated(model, values, targets), reports


def _scale_capacitances(
    capacitances: Scaling,
    leaks: dict[str, Any],
    targets: Any,
    at: str | None,
    options: dict[str, Any],
) -> Calibration:
    """Find the factors of the capacitances, by proportion."""
    plain = np.asarray(targets, dtype=float)
    # The duration is that of the input resistance.
    options = {name: value for name, value in options.items() if name != "duration"}
    factors, tried, measured = np.ones_like(plain), [], []
    for _ in range(_ROUNDS):
        vary = {**leaks, **capacitances.times(factors)}
        result = measure.time_constant(
            capacitances.model, at, vary=vary, **options
        ).time_constant
        achieved = np.asarray(result)
        tried.append(factors)
        measured.append(achieved)
        if np.all(np.abs(achieved / plain - 1) <= TOLERANCE):
            break
        factors = factors * plain / achieved
    else:
        raise InvalidValueError(
            f"a time constant of {targets} was not reached in {_ROUNDS} rounds: it is "
            "not proportional to the capacitances."
        )
    name, first = next(iter(capacitances.values.items()))
    return Calibration(
        "time_constant",
        targets,
        achieved[()] * second,
        capacitances.times(factors[()]),
        len(tried),
        {
            name: first * np.ravel(tried),
            "time_constant": np.ravel(measured) * second,
        },
    )


def _scale_leaks(
    leaks: Scaling, targets: Any, at: str | None, options: dict[str, Any]
) -> Calibration:
    """Find the factors of the leaks.

    A cell with leaks far below those of the target needs very long to become steady. So
    the current lasts about as long as the targets need, and the result is measured
    again, with the duration that it needs.
    """

    def resistances(vary: dict[str, Any], **defaults: Any) -> Any:
        arguments = {**defaults, **options}
        return measure.input_resistance(
            leaks.model, at, vary=vary, **arguments
        ).resistance

    values = leaks.model.parameters
    capacitances = [
        values.get(part.names("C"))
        for part in leaks.model.structure.compartments.values()
    ]
    total = sum(float(value) for value in capacitances if value is not None)
    slow = max(total * float(np.max(targets)), slowest(leaks.model, {}))
    for lasts in (min(STEADY * slow * second, _LASTS), _LASTS):
        _, report = leaks.solve(
            "input_resistance", partial(resistances, duration=lasts), targets
        )
        steady = resistances(dict(report.values))
        if np.all(np.abs(np.asarray(steady) / np.asarray(targets) - 1) <= 1e-3):
            break
    return report


def _both(resistance: Any, times: Any) -> tuple[Any, Any]:
    """Return both targets as arrays of one shape, None if left out."""
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
            "expected equal numbers of targets, got "
            f"{shapes[0][0]} of input_resistance and {shapes[1][0]} of time_constant."
        )
    plain = np.broadcast_arrays(np.asarray(resistance), np.asarray(times))
    return np.array(plain[0])[()] * ohm, np.array(plain[1])[()] * second


def _compartments(model: Model, names: Any) -> list[CompartmentStructure]:
    """Return compartments by their names; all if *names* is None."""
    structure = model.structure
    if names is None:
        return list(structure.compartments.values())
    return [
        structure.compartment(name, "compartments")
        for name in as_list(names, "compartments")
    ]
