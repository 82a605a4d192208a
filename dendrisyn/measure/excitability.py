"""Which currents make a cell fire, and how fast: rheobase and F-I curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import amp, hertz, msecond, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, located
from ..rig.rig import CurrentInjection, Events, open_rig
from ..units import Spec, array_of, show
from .drawing import labels
from .options import DURATION, MeasurementOptions
from .results import Measurement, Traces, measured
from .search import (
    LANES,
    Search,
    as_tolerance,
    count,
    draw_bracket,
    first,
    into,
    needs_reset,
    needs_threshold,
    rounds,
    timed,
    usual_current,
)

__all__ = [
    "FICurve",
    "Rheobase",
    "fi_curve",
    "rheobase",
]

_CURRENT = Spec("amp", "injected current")
_LATER = Spec("second", "how long", "nonnegative")


@dataclass(frozen=True, eq=False, repr=False)
class Rheobase(Measurement):
    """The smallest step of current that makes a spike.

    Attributes
    ----------
    current : Quantity, shape (*points,)
        The current (amp): the smallest that was seen to make a spike.
    voltage : Quantity, shape (*points,)
        The voltage threshold (volt): the highest voltage of the soma from which the
        cell returns without a spike, at a current that is smaller by the tolerance.
    latency : Quantity, shape (*points,)
        From the start of the current to the spike (second).
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
    **conditions: Any,
) -> Rheobase:
    """Find the smallest step of current that makes a spike.

    No bounds are needed: the current is looked for over many orders of magnitude, with
    128 cells at a time.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    at : str, optional
        The compartment that gets the current; the soma if left out.
    duration : Quantity
        How long the current lasts (second). A cell that creeps past its threshold, as
        with `EIF`, `AdEx` or `Izhikevich`, fires later the closer it is to the
        rheobase, and needs a bit more current the shorter the step. With short pulses
        of several durations one measures the strength-duration curve.
    after : Quantity
        For how long after the current a spike still counts (second): until then a cell
        that is past its threshold has fired, and any other is on its way back.
    tolerance : float
        How far the current is above the true one at most, relative to it.
    **conditions
        `threshold`, which is needed, and what else `make_neurongroup` takes; `vary`,
        `dt`, `target`, `progress`: see
        `MeasurementOptions`.

    Returns
    -------
    Rheobase
        `current`, `voltage`, `latency`, `traces` (the voltage of the soma, just below
        and just above the rheobase).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, there is no threshold, the cell does not come to rest
        by itself, or no current makes it fire; the message says which were tried.

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
    title = "rheobase"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        needs_threshold(known)
        where, soma = (
            structure.compartment(at, "at").name,
            structure.compartment().voltage,
        )
        lasts = float(DURATION.check(duration, "duration"))
        rest = float(_LATER.check(after, "after"))
        close = as_tolerance(tolerance)
        usual, limit = usual_current(model, known, where, lasts)
        known = rounds(known, close)
        effect = f"makes a spike within {show((lasts + rest) * second)}"
        search = Search(effect, f"current {into(where)}", amp, known.vary)

        def injections(dt: float) -> list[CurrentInjection]:
            return [CurrentInjection(where, np.ones(timed(lasts, dt)))]

        with open_rig(model, LANES, known, injections=injections) as rig:

            def fires(currents: np.ndarray) -> np.ndarray:
                with np.errstate(all="ignore"):
                    found = rig.run(lasts + rest, [currents])
                return count(found.spikes, lasts + rest - rig.dt / 2) > 0

            below, above = search.smallest(fires, usual, limit, close)
        with open_rig(model, 2, known, injections=injections, record=[soma]) as rig:
            found = rig.run(lasts + rest, [np.stack([below, above], axis=-1)])
    return Rheobase(
        Traces.of(found, volt),
        known.vary,
        above * amp,
        found.values[soma][..., 0, :].max(axis=-1) * volt,
        first(found.spikes)[..., 1] * second,
    )


@dataclass(frozen=True, eq=False, repr=False)
class FICurve(Measurement):
    """How fast a cell fires at each current.

    Attributes
    ----------
    spikes : ndarray of object, shape (*points, currents)
        The times of all spikes since the start of the current, each an array (second).
    currents : Quantity, shape (currents,)
        The currents (amp).
    rate : Quantity, shape (*points, currents)
        Spikes after the transient, over the time that is left (hertz).
    steady_rate : Quantity, shape (*points, currents)
        The inverse of the mean interval between spikes, of those intervals that end
        after the transient (hertz); 0 without one. It does not depend on where the
        window cuts an interval, so it changes smoothly with the current.
    first_rate : Quantity, shape (*points, currents)
        The inverse of the first interval (hertz); 0 without one.
    adaptation : ndarray, shape (*points, currents)
        The adaptation index, ``1 - steady_rate/first_rate``: 0 without adaptation, 1
        if the cell falls silent; NaN with fewer than two spikes.
    latency : Quantity, shape (*points, currents)
        From the start of the current to the first spike (second); NaN without one.
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
        # the larger marks first, so that both show where they are one
        for name, filled in [("first_rate", False), ("steady_rate", True)]:
            rates = np.asarray(getattr(self, name) / hertz).reshape(-1, len(x))
            for index, each in enumerate(rates):
                color = COLORS[(index + 1) % len(COLORS)]
                parts = [name.replace("_", " "), points[index]]
                ax.plot(
                    x,
                    each,
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
    **conditions: Any,
) -> FICurve:
    """Measure how fast a cell fires at each of several currents.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    currents : Quantity, shape (currents,)
        Steps of current (amp), such as ``np.linspace(0, 500, 21)*pA``.
    at : str, optional
        The compartment that gets the current; the soma if left out.
    duration : Quantity
        How long each lasts (second).
    transient : Quantity, optional
        What of it is left out of the mean and the steady rate (second); half of the
        duration if left out.
    **conditions
        `threshold`, which is needed, `reset`, `refractory` and what else
        `make_neurongroup` takes; `vary`, `dt`, `target`, `progress`: see
        `MeasurementOptions`.

    Returns
    -------
    FICurve
        `currents`, `rate`, `steady_rate`, `first_rate`, `adaptation`, `latency`,
        `spikes`, `traces` (the voltage of the soma).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, there is no threshold, or the cell does not come to
        rest by itself.

    Notes
    -----
    Spikes are detected once a step, as in every simulation with Brian2, so an interval
    is a whole number of steps: rates are right for this step, and differ from those of
    continuous time by up to ``rate*dt`` relative to them.

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
    title = "fi_curve"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        needs_threshold(known)
        needs_reset(known)
        steps = np.atleast_1d(array_of(currents, _CURRENT, "currents"))
        where, soma = (
            structure.compartment(at, "at").name,
            structure.compartment().voltage,
        )
        lasts = float(DURATION.check(duration, "duration"))
        skipped = lasts / 2
        if transient is not None:
            skipped = float(_LATER.check(transient, "transient"))
        if skipped >= lasts:
            raise InvalidValueError(
                f"transient: must be shorter than the duration, "
                f"{show(lasts * second)}, got {show(skipped * second)}."
            )
        with open_rig(
            model,
            len(steps),
            known,
            injections=lambda dt: [CurrentInjection(where, np.ones(timed(lasts, dt)))],
            record=[soma],
        ) as rig:
            found = rig.run(lasts, [np.asarray(steps, dtype=float)])
            dt = rig.dt
    spikes = _mapped(found.spikes, lambda each: each[each < lasts - dt / 2])
    steady, early = _rates(spikes, skipped - dt / 2, dt)
    with np.errstate(divide="ignore", invalid="ignore"):
        adaptation = np.where(early > 0, 1 - steady / early, np.nan)
    window = lasts - skipped
    return FICurve(
        traces=Traces.of(found, volt),
        points=known.vary,
        spikes=_mapped(spikes, lambda each: each * second),
        currents=Quantity(steps),
        rate=(count(spikes, np.inf) - count(spikes, skipped - dt / 2)) / window * hertz,
        steady_rate=steady * hertz,
        first_rate=early * hertz,
        adaptation=adaptation,
        latency=first(spikes) * second,
    )


def _mapped(events: Events, function: Callable[[np.ndarray], Any]) -> Events:
    """Return what a function makes of the events of each neuron."""
    found = np.empty(events.shape, dtype=object)
    for index in np.ndindex(events.shape):
        found[index] = function(events[index])
    return found


def _rates(spikes: Events, skipped: float, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Return steady and first rate (hertz), 0 where there is no interval."""
    steady, early = np.zeros(spikes.shape), np.zeros(spikes.shape)
    for index in np.ndindex(spikes.shape):
        times = spikes[index]
        # in steps, so that equal intervals are equal
        intervals = np.diff(np.round(times / dt))
        late = intervals[times[1:] >= skipped]
        if len(late):
            steady[index] = 1 / (late.mean() * dt)
        if len(intervals):
            early[index] = 1 / (intervals[0] * dt)
    return steady, early
