"""What a small step of current does: input resistance, sag, time constant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from brian2.units.allunits import ohm, pamp, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, UnitError, located
from ..rig.rig import CurrentInjection, open_rig
from ..rig.steady import SLOW, STEADY, is_steady, longer, slowest
from ..units import Spec
from .options import DURATION, MeasurementOptions
from .results import Measurement, Traces, measured
from .search import nonzero_current, timed

__all__ = ["InputResistance", "TimeConstant", "input_resistance", "time_constant"]

_START = Spec("second", "start of the window", "nonnegative")
#: Samples of a decay, less one.
_LAGS = 40
#: A mode whose share is less than this is rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class InputResistance(Measurement):
    """How far a voltage moves for a current into the same compartment.

    Attributes
    ----------
    resistance : Quantity, shape (*points,)
        Steady deflection over current (ohm).
    deflection : Quantity, shape (*points,)
        At the end of the current (volt).
    peak : Quantity, shape (*points,)
        The largest deflection (volt); beyond the steady one if the cell sags.
    sag : ndarray, shape (*points,)
        What is lost of the peak, ``1 - deflection/peak``: 0 in a passive cell.
    """

    resistance: Quantity = measured("input resistance")
    deflection: Quantity = measured("steady deflection")
    peak: Quantity = measured("largest deflection")
    sag: np.ndarray = measured("share of the peak that is lost")


def input_resistance(
    model: Model,
    at: str | None = None,
    current: Quantity = -1 * pamp,
    duration: Quantity | None = None,
    **conditions: Any,
) -> InputResistance:
    """Measure the input resistance, and the sag, with a step of current.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    at : str, optional
        The compartment that gets the current and is recorded; the soma if left out.
    current : Quantity
        The current (amp). Small by default, so that the cell stays linear; sag of
        adaptation shows with a larger one.
    duration : Quantity, optional
        How long (second). Left out, 14 times the longest time constant of a
        compartment, which is 1e-6 from steady in a passive cell, and twice as long
        until the voltage is steady, as with adaptation.
    **conditions
        `vary`, `dt`, `target`, `progress` and what `make_neurongroup` takes; see
        `MeasurementOptions`.

    Returns
    -------
    InputResistance
        `resistance`, `deflection`, `peak`, `sag`, `traces` (all voltages; the first of
        two stimuli is no current).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, the cell does not come to rest by itself, or the
        voltage does not get steady, as without a leak.

    Examples
    --------
    >>> from brian2 import Mohm, mV, nS, pF
    >>> from dendrisyn import Soma, NeuronModel, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> cell = NeuronModel([soma])
    >>> print(f'{measure.input_resistance(cell).resistance/Mohm:.3f} Mohm')
    100.000 Mohm
    """
    title = "input_resistance"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        where = structure.compartment(at, "at").name
        step = nonzero_current(current)
        lasts = _duration(model, duration, known)
        while True:
            with open_rig(
                model,
                2,
                known,
                injections=partial(_injections, where, lasts),
                record=[each.voltage for each in structure.compartments.values()],
            ) as rig:
                found = rig.run(lasts, [np.array([0, step])])
            moved = found.change(structure.compartments[where].voltage)[..., 0, :]
            if duration is not None or is_steady(moved):
                break
            lasts = longer(lasts, "Give the duration, or a leak.")
    steady = moved[..., -1]
    peak = np.take_along_axis(
        moved, np.abs(moved).argmax(axis=-1)[..., np.newaxis], axis=-1
    )[..., 0]
    return InputResistance(
        Traces.of(found, volt),
        known.vary,
        steady / step * ohm,
        steady * volt,
        peak * volt,
        1 - steady / peak,
    )


@dataclass(frozen=True, eq=False, repr=False)
class TimeConstant(Measurement):
    """How fast a deflection decays at last.

    Attributes
    ----------
    time_constant : Quantity, shape (*points,)
        That of the slowest exponential (second).
    """

    time_constant: Quantity = measured("membrane time constant")


def time_constant(
    model: Model,
    at: str | None = None,
    current: Quantity = -1 * pamp,
    window: tuple[Quantity, Quantity] | None = None,
    **conditions: Any,
) -> TimeConstant:
    """Measure the membrane time constant from the decay after a step of current.

    The exponentials are told apart by the voltages of all compartments, now and a
    moment later (dynamic mode decomposition); a slope cannot where two of them are
    alike.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    at : str, optional
        The compartment that gets the current and is recorded; the soma if left out.
    current : Quantity
        The current (amp). Small by default, so that the cell stays linear.
    window : (Quantity, Quantity), optional
        From when until when after the end of the current the decay is looked at
        (second); the first 8 longest time constants of a compartment if left out.
    **conditions
        See `MeasurementOptions`. Without `dt`, the step is a 100th of the longest
        time constant of a compartment at most.

    Returns
    -------
    TimeConstant
        `time_constant`, the slowest of all, that of adaptation included, and `traces`
        (the first of two stimuli is no current).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, the cell does not come to rest by itself, or its
        voltage does not decay.

    References
    ----------
    Schmid (2010). Dynamic mode decomposition of numerical and experimental data.
    Journal of Fluid Mechanics 656, 5. doi:10.1017/S0022112010001217

    Rall (1969). Time constants and electrotonic length of membrane cylinders and
    neurons. Biophysical Journal 9, 1483. doi:10.1016/S0006-3495(69)86467-2

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import Soma, NeuronModel, measure
    >>> soma = Soma('soma', cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> cell = NeuronModel([soma])
    >>> print(f'{measure.time_constant(cell).time_constant/ms:.3f} ms')
    20.000 ms
    """
    title = "time_constant"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        where = structure.compartment(at, "at").name
        step = nonzero_current(current)
        longest = slowest(model, known.vary)
        start, stop = _window(window, longest)
        on = 5 * longest
        voltages = [each.voltage for each in structure.compartments.values()]
        with open_rig(
            model,
            2,
            known,
            finest=longest / 100,
            injections=partial(_injections, where, on),
            record=voltages,
        ) as rig:
            found = rig.run(on + stop, [np.array([0, step])])
        # as many lags as keep the slow exponentials apart, and rounding small
        lag = max(round((stop - start) / (_LAGS * rig.dt)), 1)
        first, last = (round((on + each) / rig.dt) for each in (start, stop))
        samples = np.arange(first, last + 1, lag)
        moved = np.stack([found.change(name)[..., 0, :] for name in voltages], -2)
        slow = [
            _slowest_factor(each)
            for each in moved[..., samples].reshape(-1, len(voltages), len(samples))
        ]
        if None in slow:
            raise InvalidValueError(
                "the voltage does not decay as a sum of exponentials: it oscillates, "
                "grows or is not linear. Give a smaller current or another window."
            )
        times = (
            -lag * rig.dt / np.log(np.array(slow, dtype=float).reshape(known.points))
        )
    return TimeConstant(Traces.of(found, volt), known.vary, times[()] * second)


def _slowest_factor(moved: np.ndarray) -> float | None:
    """Return by what the slowest mode shrinks from sample to sample.

    Parameters
    ----------
    moved : ndarray, shape (compartments, samples)
        Deflections.

    Returns
    -------
    float or None
        None if it does not shrink, or oscillates.
    """
    # Two samples make a state: there may be as many hidden variables as voltages.
    state = np.concatenate([moved[:, :-1], moved[:, 1:]])
    left, sizes, right = np.linalg.svd(state[:, :-1], full_matrices=False)
    kept = sizes > _ROUNDING * sizes[0]
    if not np.isfinite(sizes).all() or not kept.any():
        return None
    left, sizes, right = left[:, kept], sizes[kept], right[kept]
    factors = np.linalg.eigvals(left.T @ state[:, 1:] @ right.T / sizes)
    slowest_one = factors[np.abs(factors).argmax()]
    is_decay = slowest_one.imag == 0 and 0 < slowest_one.real < 1 - _ROUNDING
    return float(slowest_one.real) if is_decay else None


def _injections(where: str, lasts: float, dt: float) -> list[CurrentInjection]:
    return [CurrentInjection(where, np.ones(timed(lasts, dt)))]


def _window(
    window: tuple[Quantity, Quantity] | None, longest: float
) -> tuple[float, float]:
    if window is None:
        return 0.0, 8 * longest
    if not isinstance(window, (tuple, list)) or len(window) != 2:
        raise UnitError(f"window: expected two times, got {window!r}.")
    start = float(_START.check(window[0], "window"))
    stop = float(DURATION.check(window[1], "window"))
    if stop <= start:
        raise InvalidValueError(f"window: must end after it begins, got {window!r}.")
    return start, stop


def _duration(model: Model, given: Quantity | None, known: MeasurementOptions) -> float:
    if given is None:
        return STEADY * slowest(model, known.vary, SLOW)
    return float(DURATION.check(given, "duration"))
