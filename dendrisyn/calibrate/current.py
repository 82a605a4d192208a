"""Which current gives this rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2.core.clocks import defaultclock
from brian2.units.allunits import amp, hertz
from brian2.units.fundamentalunits import Quantity

from .. import measure
from ..cell.base import Model
from ..errors import located
from ..tables import with_unit
from ..units import Spec
from .report import Calibration
from .scaling import TOLERANCE, check_call, targets_of
from .search import search

__all__ = ["current"]

_RATE = Spec("hertz", "rate", "positive")
#: Between which steady deflections of a cell that does not fire is searched (volt).
_DEFLECTIONS = (1e-3, 1.0)
#: Conditions that `measure.input_resistance` does not get.
_OWN = ("duration", "transient", "progress")


def current(
    model: Model,
    rate: Quantity,
    at: str | None = None,
    **conditions: Any,
) -> tuple[Quantity, Calibration]:
    """Find the steady current that makes a cell fire at this rate.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    rate : Quantity, shape () or (targets,)
        What `measure.fi_curve` is to give as the steady rate (hertz).
    at : str, optional
        The compartment that gets the current; the soma if left out.
    **conditions
        What `measure.fi_curve` takes: `threshold`, which is needed, `reset`,
        `refractory`, `duration`, `transient`, `dt`, ...

    Returns
    -------
    current : Quantity, shape () or (targets,)
        The current (amp).
    report : Calibration
        What was asked for, what was found, and all that was measured.

    Raises
    ------
    InvalidValueError
        If the target is out of reach: the message holds what can be reached.
    UnknownNameError, UnitError
        If an argument is wrong.

    Notes
    -----
    Spikes lie on steps, so a steady rate is one over a whole number of them: the error
    is up to ``rate*dt``, relative to the rate.

    Examples
    --------
    >>> from brian2 import Hz, mV, ms, nS, pA, pF
    >>> from dendrisyn import NeuronModel, Soma, calibrate
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> needed, report = calibrate.current(
    ...     NeuronModel([soma]), 50*Hz, threshold='V_soma > -50*mV',
    ...     reset='V_soma = -60*mV', refractory=2*ms)
    >>> print(f'{needed/pA:.0f} pA gives {report.achieved/Hz:.1f} Hz')
    216 pA gives 50.0 Hz
    """
    with located("calibrate.current"):
        check_call(model, conditions)
        targets = targets_of(rate, _RATE, "rate")
        aims = np.atleast_1d(np.asarray(targets, dtype=float))
        passive = {
            name: value for name, value in conditions.items() if name not in _OWN
        }
        resistance = float(measure.input_resistance(model, at, **passive).resistance)
        dt = defaultclock.dt if conditions.get("dt") is None else conditions["dt"]
        found = search(
            "rate",
            lambda currents: np.asarray(
                measure.fi_curve(model, currents * amp, at, **conditions).steady_rate
            ),
            aims,
            (_DEFLECTIONS[0] / resistance, _DEFLECTIONS[1] / resistance),
            TOLERANCE,
            lambda value: with_unit(float(value) * hertz)[0],
            resolution=float(aims.max() * dt) * 1.01,
        )
    shape = np.shape(targets)
    currents = found.values.reshape(shape)[()] * amp
    report = Calibration(
        "rate",
        targets,
        found.achieved.reshape(shape)[()] * hertz,
        {"current": currents},
        found.rounds,
        {"current": found.curve[0] * amp, "rate": found.curve[1] * hertz},
    )
    return currents, report
