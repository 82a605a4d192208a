"""Responses to small steps of current: input resistance, sag, time constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import ohm, pamp, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, UnitError
from ..rig.steady import SLOW, STEADY, is_steady, longer, slowest
from ..units import Spec
from .options import DURATION, measuring
from .results import Measurement, Traces, measured
from .stimuli import nonzero_current, step_of_current

__all__ = ["InputResistance", "TimeConstant", "input_resistance", "time_constant"]

_START = Spec("second", "start of the window", "nonnegative")
#: Number of samples of a decay, minus one.
_LAGS = 40
#: Share of a mode that is rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class InputResistance(Measurement):
    """Deflection of a voltage by a current into the same compartment.

    `traces` hold all voltages; the first of two stimuli is no current.

    Attributes
    ----------
    resistance : Quantity, shape (*points,)
        Steady deflection over current (ohm).
    deflection : Quantity, shape (*points,)
        Deflection at the end of the current (volt).
    peak : Quantity, shape (*points,)
        Largest deflection (volt); above the steady one if the cell sags.
    sag : ndarray, shape (*points,)
        Decrease from the peak, ``1 - deflection/peak``: 0 in a passive cell.
    """

    resistance: Quantity = measured("input resistance")
    deflection: Quantity = measured("steady deflection")
    peak: Quantity = measured("largest deflection")
    sag: np.ndarray = measured("decrease from the peak")


def input_resistance(
    model: Model,
    at: str | None = None,
    current: Quantity = -1 * pamp,
    duration: Quantity | None = None,
    **options: Any,
) -> InputResistance:
    """Measure the input resistance and the sag with a step of current.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    at : str, optional
        The compartment of the current and the recording; the soma by default.
    current : Quantity
        The current (amp). Small by default, so that the cell stays linear; a larger
        current shows the sag of adaptation.
    duration : Quantity, optional
        Duration of the current (second). By default 14 times the longest time constant
        of a compartment, which is 1e-6 from steady in a passive cell, and doubled until
        the voltage is steady, as with adaptation.
    **options
        See `MeasurementOptions`.

    Returns
    -------
    InputResistance
        Resistance, deflection, peak and sag.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, the cell does not come to rest, or its voltage does not
        become steady, as in a cell without leak.

    Examples
    --------
    >>> from brian2 import Mohm, mV, nS, pF
    >>> from dendrisyn import Soma, NeuronModel, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> cell = NeuronModel([soma])
    >>> print(f'{measure.input_resistance(cell).resistance/Mohm:.3f} Mohm')
    100.000 Mohm
    """
    with measuring("input_resistance", model, options) as settings:
        structure = settings.structure
        compartment = structure.compartment(at, "at")
        step = nonzero_current(current)
        if duration is None:
            lasts = STEADY * slowest(model, settings.vary, SLOW)
        else:
            lasts = float(DURATION.check(duration, "duration"))
        while True:
            with settings.rig(
                2,
                injections=step_of_current(compartment.name, lasts),
                record=[part.voltage for part in structure.compartments.values()],
            ) as rig:
                recording = rig.run(lasts, [np.array([0, step])])
            change = recording.change(compartment.voltage)[..., 0, :]
            if duration is not None or is_steady(change):
                break
            lasts = longer(lasts, "Give the duration, or a leak.")
    steady = change[..., -1]
    peak = np.take_along_axis(
        change, np.abs(change).argmax(axis=-1)[..., np.newaxis], axis=-1
    )[..., 0]
    return InputResistance(
        traces=Traces.of(recording, volt),
        points=settings.vary,
        resistance=steady / step * ohm,
        deflection=steady * volt,
        peak=peak * volt,
        sag=1 - steady / peak,
    )


@dataclass(frozen=True, eq=False, repr=False)
class TimeConstant(Measurement):
    """Time constant of the last phase of a decay.

    `traces` hold all voltages; the first of two stimuli is no current.

    Attributes
    ----------
    time_constant : Quantity, shape (*points,)
        Time constant of the slowest exponential (second), adaptation included.
    """

    time_constant: Quantity = measured("membrane time constant")


def time_constant(
    model: Model,
    at: str | None = None,
    current: Quantity = -1 * pamp,
    window: tuple[Quantity, Quantity] | None = None,
    **options: Any,
) -> TimeConstant:
    """Measure the membrane time constant from the decay after a step of current.

    The exponentials are separated by the voltages of all compartments at two times
    (dynamic mode decomposition); a slope cannot separate similar exponentials.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    at : str, optional
        The compartment of the current; the soma by default.
    current : Quantity
        The current (amp). Small by default, so that the cell stays linear.
    window : (Quantity, Quantity), optional
        Start and end of the analysed decay after the end of the current (second); by
        default the first 8 longest time constants of a compartment.
    **options
        See `MeasurementOptions`. By default the time step is at most a 100th of the
        longest time constant of a compartment.

    Returns
    -------
    TimeConstant
        The slowest time constant.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, the cell does not come to rest, or its voltage does not
        decay.

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
    with measuring("time_constant", model, options) as settings:
        structure = settings.structure
        compartment = structure.compartment(at, "at")
        step = nonzero_current(current)
        longest = slowest(model, settings.vary)
        start, stop = _window(window, longest)
        on = 5 * longest
        voltages = [part.voltage for part in structure.compartments.values()]
        with settings.rig(
            2,
            finest=longest / 100,
            injections=step_of_current(compartment.name, on),
            record=voltages,
        ) as rig:
            recording = rig.run(on + stop, [np.array([0, step])])
        # As many lags as keep the slow exponentials apart, and rounding small.
        lag = max(round((stop - start) / (_LAGS * rig.dt)), 1)
        first, last = (round((on + time) / rig.dt) for time in (start, stop))
        samples = np.arange(first, last + 1, lag)
        change = np.stack([recording.change(name)[..., 0, :] for name in voltages], -2)
        factors = [
            _slowest_factor(decay)
            for decay in change[..., samples].reshape(-1, len(voltages), len(samples))
        ]
        if None in factors:
            raise InvalidValueError(
                "the voltage does not decay as a sum of exponentials: it oscillates, "
                "grows or is not linear. Give a smaller current or another window."
            )
        plain = np.array(factors, dtype=float).reshape(settings.points)
        times = -lag * rig.dt / np.log(plain)
    return TimeConstant(Traces.of(recording, volt), settings.vary, times[()] * second)


def _slowest_factor(decay: np.ndarray) -> float | None:
    """Return the factor of the slowest mode per sample; None if it does not decay."""
    # Two samples make a state: there may be as many hidden variables as voltages.
    state = np.concatenate([decay[:, :-1], decay[:, 1:]])
    left, sizes, right = np.linalg.svd(state[:, :-1], full_matrices=False)
    kept = sizes > _ROUNDING * sizes[0]
    if not np.isfinite(sizes).all() or not kept.any():
        return None
    left, sizes, right = left[:, kept], sizes[kept], right[kept]
    factors = np.linalg.eigvals(left.T @ state[:, 1:] @ right.T / sizes)
    slowest_one = factors[np.abs(factors).argmax()]
    is_decay = slowest_one.imag == 0 and 0 < slowest_one.real < 1 - _ROUNDING
    return float(slowest_one.real) if is_decay else None


def _window(window: Any, longest: float) -> tuple[float, float]:
    """Return start and end of the analysed decay (second)."""
    if window is None:
        return 0.0, 8 * longest
    if not isinstance(window, (tuple, list)) or len(window) != 2:
        raise UnitError(f"window: expected two times, got {window!r}.")
    start = float(_START.check(window[0], "window"))
    stop = float(DURATION.check(window[1], "window"))
    if stop <= start:
        raise InvalidValueError(f"window: must end after it begins, got {window!r}.")
    return start, stop
