"""Calibration of an injected current to a firing rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2.core.clocks import defaultclock
from brian2.units.allunits import amp, hertz
from brian2.units.fundamentalunits import Quantity

from .. import measure
from ..cell.base import Model
from ..errors import located
from ..measure.search import search_targets
from ..units import Spec
from .report import Calibration
from .scaling import TOLERANCE, check_call, report_of, targets_of

__all__ = ["current"]

_RATE = Spec("hertz", "rate", "positive")
#: Bounds of the current: steady deflections of a cell that does not fire (volt).
_DEFLECTIONS = (1e-3, 1.0)
#: Options of `measure.fi_curve` only.
_OWN = ("duration", "transient", "progress")


def current(
    model: Model,
    rate: Quantity,
    at: str | None = None,
    **options: Any,
) -> tuple[Quantity, Calibration]:
    """Find the steady current that makes a cell fire at a rate.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    rate : Quantity, shape () or (targets,)
        Target of the steady rate of `measure.fi_curve` (hertz).
    at : str, optional
        The compartment of the current; the soma by default.
    **options
        Options of `measure.fi_curve`: `threshold`, which is required, `reset`,
        `refractory`, `duration`, `transient`, `dt`, ...

    Returns
    -------
    current : Quantity, shape () or (targets,)
        The current (amp).
    report : Calibration
        Targets, achieved values, and all measured values.

    Raises
    ------
    InvalidValueError
        If the target is out of reach; the message names the reachable range.
    UnknownNameError, UnitError
        If an argument is wrong.

    Notes
    -----
    Spike times are whole numbers of steps, and so are intervals: the error is up to
    ``rate*dt``, relative to the rate.

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
        check_call(model, options)
        targets = targets_of(rate, _RATE, "rate")
        plain = np.atleast_1d(np.asarray(targets, dtype=float))
        passive = {name: value for name, value in options.items() if name not in _OWN}
        resistance = float(measure.input_resistance(model, at, **passive).resistance)
        dt = defaultclock.dt if options.get("dt") is None else options["dt"]
        found = search_targets(
            "rate",
            lambda currents: np.asarray(
                measure.fi_curve(model, currents * amp, at, **options).steady_rate
            ),
            plain,
            (_DEFLECTIONS[0] / resistance, _DEFLECTIONS[1] / resistance),
            TOLERANCE,
            hertz,
            resolution=float(plain.max() * dt) * 1.01,
        )
    report = report_of(
        "rate",
        targets,
        hertz,
        found,
        ("current", amp),
        lambda currents: {"current": currents * amp},
    )
    return report.values["current"], report
