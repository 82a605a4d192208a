"""Rheobase and F-I curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import amp, hertz, msecond, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError
from ..rig.experiment import Events
from ..units import Spec, array_of, show
from .events import count, first, mapped, require_reset, require_threshold
from .options import DURATION, measuring
from .results import Measurement, Traces, draw_bracket, labels, measured
from .search import as_tolerance
from .stimuli import CURRENT, CurrentStep, find_threshold, step_of_current

__all__ = [
    "FICurve",
    "Rheobase",
    "fi_curve",
    "rheobase",
]

_LATER = Spec("second", "duration", "nonnegative")


@dataclass(frozen=True, eq=False, repr=False)
class Rheobase(Measurement):
    """The smallest step of current that makes a spike.

    `traces` hold the voltage of the soma, just below and just above the rheobase.

    Attributes
    ----------
    current : Quantity, shape (*points,)
        The smallest current that made a spike (amp).
    voltage : Quantity, shape (*points,)
        Voltage threshold (volt): the highest voltage of the soma from which the cell
        returns without a spike, at a current that is smaller by the tolerance.
    latency : Quantity, shape (*points,)
        Time from the start of the current to the spike (second).
    """

    current: Quantity = measured("smallest current with a spike")
    voltage: Quantity = measured("highest voltage of the soma without a spike")
    latency: Quantity = measured("from the start of the current to the spike")

    def _draw(self, ax: Any) -> None:
        draw_bracket(ax, self.traces, self.voltage)


def rheobase(
    model: Model,
    at: str | None = None,
    duration: Quantity = 1 * second,
    after: Quantity = 50 * msecond,
    tolerance: float = 1e-5,
    **options: Any,
) -> Rheobase:
    """Find the smallest step of current that makes a spike.

    No bounds are needed: the search covers many orders of magnitude, with 128 cells at
    a time.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    at : str, optional
        The compartment of the current; the soma by default.
    duration : Quantity
        Duration of the current (second). A cell that moves slowly past its threshold,
        as with `EIF`, `AdEx` or `Izhikevich`, fires later the closer the current is to
        the rheobase, and needs more current the shorter the step. Short pulses of
        several durations give the strength-duration curve.
    after : Quantity
        Time after the current in which a spike still counts (second): a cell past its
        threshold has fired by then, and any other is on its way back.
    tolerance : float
        Largest distance of the current from the true rheobase, relative to it.
    **options
        See `MeasurementOptions`; `threshold` is required.

    Returns
    -------
    Rheobase
        Current, voltage threshold and latency.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, there is no threshold, the cell does not come to rest,
        or no current makes it fire; the message names the range of currents.

    References
    ----------
    Lapicque (1907). Recherches quantitatives sur l'excitation électrique des nerfs
    traitée comme une polarisation. J. Physiol. Pathol. Gén. 9, 620; translated by
    Brunel & van Rossum, doi:10.1007/s00422-007-0189-6

    Examples
    --------
    >>> from brian2 import mV, nS, pA, pF
    >>> from dendrisyn import NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> found = measure.rheobase(NeuronModel([soma]), threshold='V_soma > -50*mV',
    ...                          reset='V_soma = -60*mV')
    >>> print(f'{found.current/pA:.2f} pA')
    200.00 pA
    """
    with measuring("rheobase", model, options) as settings:
        require_threshold(settings)
        where = settings.structure.compartment(at, "at").name
        soma = settings.structure.compartment().voltage
        lasts = float(DURATION.check(duration, "duration"))
        rest = float(_LATER.check(after, "after"))
        close = as_tolerance(tolerance)
        current, recording, _ = find_threshold(
            settings,
            CurrentStep(where, lasts, rest),
            f"makes a spike within {show((lasts + rest) * second)}",
            lambda recording, stop: count(recording.spikes, stop) > 0,
            close,
            record=soma,
        )
    return Rheobase(
        traces=Traces.of(recording, volt),
        points=settings.vary,
        current=current * amp,
        voltage=recording.values[soma][..., 0, :].max(axis=-1) * volt,
        latency=first(recording.spikes)[..., 1] * second,
    )


@dataclass(frozen=True, eq=False, repr=False)
class FICurve(Measurement):
    """Firing rates at several currents.

    `traces` hold the voltage of the soma.

    Attributes
    ----------
    spikes : ndarray of object, shape (*points, currents)
        Arrays of all spike times since the start of the current (second).
    currents : Quantity, shape (currents,)
        The currents (amp).
    rate : Quantity, shape (*points, currents)
        Number of spikes after the transient over the remaining time (hertz).
    steady_rate : Quantity, shape (*points, currents)
        Inverse of the mean interspike interval, of intervals that end after the
        transient (hertz); 0 without an interval. It does not depend on where the window
        cuts an interval, so it changes smoothly with the current.
    first_rate : Quantity, shape (*points, currents)
        Inverse of the first interval (hertz); 0 without an interval.
    adaptation : ndarray, shape (*points, currents)
        Adaptation index, ``1 - steady_rate/first_rate``: 0 without adaptation, 1 if the
        cell falls silent; NaN with fewer than two spikes.
    latency : Quantity, shape (*points, currents)
        Time from the start of the current to the first spike (second); NaN without one.
    """

    spikes: Events
    currents: Quantity = measured("injected currents")
    rate: Quantity = measured("mean rate after the transient")
    steady_rate: Quantity = measured("from the intervals after the transient")
    first_rate: Quantity = measured("from the first interval")
    adaptation: np.ndarray = measured("adaptation index")
    latency: Quantity = measured("of the first spike")

    def _draw(self, ax: Any) -> None:
        from ..plotting.style import COLORS, LINES, axis_label, finish, unit_for

        unit = unit_for(amp.dim, float(np.abs(self.currents / amp).max()))
        x = np.asarray(self.currents / unit)
        points = labels(self.points, {})
        # The larger markers first, so that both are visible where they coincide.
        for name, filled in [("first_rate", False), ("steady_rate", True)]:
            rates = np.asarray(getattr(self, name) / hertz).reshape(-1, len(x))
            for index, curve in enumerate(rates):
                color = COLORS[(index + 1) % len(COLORS)]
                parts = [name.replace("_", " "), points[index]]
                ax.plot(
                    x,
                    curve,
                    color=color,
                    marker="o",
                    markersize=4 if filled else 8,
                    markerfacecolor=color if filled else "white",
                    linestyle=LINES[0] if filled else LINES[1],
                    label=", ".join(filter(None, parts)),
                )
        finish(ax, xlabel=axis_label(unit), ylabel="rate (Hz)", ylim=(0, None))


def fi_curve(
    model: Model,
    currents: Quantity,
    at: str | None = None,
    duration: Quantity = 1 * second,
    transient: Quantity | None = None,
    **options: Any,
) -> FICurve:
    """Measure firing rates at several currents.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    currents : Quantity, shape (currents,)
        Steps of current (amp), such as ``np.linspace(0, 500, 21)*pA``.
    at : str, optional
        The compartment of the current; the soma by default.
    duration : Quantity
        Duration of the steps (second).
    transient : Quantity, optional
        Time at the start that the mean and the steady rate leave out (second); by
        default half of the duration.
    **options
        See `MeasurementOptions`; `threshold`, and `reset` or `refractory`, are
        required.

    Returns
    -------
    FICurve
        Mean, steady and first rate, adaptation, latency and spike times.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, there is no threshold, or the cell does not come to
        rest.

    Notes
    -----
    Spikes are detected once per time step, as in every simulation with Brian2, so an
    interval is a whole number of steps: rates differ from those of continuous time by
    up to ``rate*dt``, relative to them.

    References
    ----------
    Gerstner, Kistler, Naud & Paninski (2014). Neuronal Dynamics, chapter 6.
    doi:10.1017/CBO9781107447615

    Examples
    --------
    >>> from brian2 import mV, ms, nS, pA, pF
    >>> from dendrisyn import NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> found = measure.fi_curve(NeuronModel([soma]), [150, 250, 350]*pA,
    ...                          threshold='V_soma > -50*mV', reset='V_soma = -60*mV',
    ...                          refractory=2*ms)
    >>> found.steady_rate.round(1)
    array([  0. ,  90.9, 192.3]) * hertz
    """
    with measuring("fi_curve", model, options) as settings:
        require_threshold(settings)
        require_reset(settings)
        steps = np.atleast_1d(array_of(currents, CURRENT, "currents"))
        where = settings.structure.compartment(at, "at").name
        soma = settings.structure.compartment().voltage
        lasts = float(DURATION.check(duration, "duration"))
        skipped = lasts / 2
        if transient is not None:
            skipped = float(_LATER.check(transient, "transient"))
        if skipped >= lasts:
            raise InvalidValueError(
                f"transient: must be shorter than the duration, "
                f"{show(lasts * second)}, got {show(skipped * second)}."
            )
        with settings.rig(
            len(steps), injections=step_of_current(where, lasts), record=[soma]
        ) as rig:
            recording = rig.run(lasts, [np.asarray(steps, dtype=float)])
            dt = rig.dt
    spikes = mapped(lambda times: times[times < lasts - dt / 2], recording.spikes)
    steady, early = _rates(spikes, skipped - dt / 2, dt)
    with np.errstate(divide="ignore", invalid="ignore"):
        adaptation = np.where(early > 0, 1 - steady / early, np.nan)
    window = lasts - skipped
    return FICurve(
        traces=Traces.of(recording, volt),
        points=settings.vary,
        spikes=mapped(lambda times: times * second, spikes),
        currents=Quantity(steps),
        rate=(count(spikes) - count(spikes, skipped - dt / 2)) / window * hertz,
        steady_rate=steady * hertz,
        first_rate=early * hertz,
        adaptation=adaptation,
        latency=first(spikes) * second,
    )


def _rates(spikes: Events, skipped: float, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Return steady and first rate (hertz), 0 without an interval."""
    steady, early = np.zeros(spikes.shape), np.zeros(spikes.shape)
    for index in np.ndindex(spikes.shape):
        times = spikes[index]
        # Counted in steps: in seconds, equal intervals may differ by rounding.
        intervals = np.diff(np.round(times / dt))
        late = intervals[times[1:] >= skipped]
        if len(late):
            steady[index] = 1 / (late.mean() * dt)
        if len(intervals):
            early[index] = 1 / (intervals[0] * dt)
    return steady, early
