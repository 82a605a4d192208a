"""What makes dendrites spike: the smallest input, and the spike of the soma."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import amp, msecond, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.structure import Structure
from ..errors import InvalidValueError, located
from ..rig.rig import CurrentInjection, Events, open_rig
from ..rig.waveform import half_width, peak
from ..units import Spec, show
from .dendritic_spike import spike_of_event
from .drawing import labels
from .drives import Activation, Step
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
    needs_threshold,
    point_of,
    roughly,
    rounds,
    timed,
    usual_current,
)

__all__ = [
    "Backpropagation",
    "DendriticSpikeThreshold",
    "backpropagation",
    "dspike_threshold",
]

_CURRENT = Spec("amp", "injected current")

#: How long one waits for the spike: of a current, and after synaptic activation.
_STEP, _WAIT = 1.0, 0.2  # s
#: How closely the threshold of a pulse is looked for, and how far one goes above it.
_ROUGH, _STRONG = 1e-2, 1.5


@dataclass(frozen=True, eq=False, repr=False)
class DendriticSpikeThreshold(Measurement):
    """The smallest input that triggers a dendritic spike.

    Attributes
    ----------
    threshold : Quantity or ndarray, shape (*points,)
        The smallest input that was seen to trigger it: a current (amp), or a weight,
        which is the number of synapses of weight 1 that are active at once.
    voltage : Quantity, shape (*points,)
        The highest voltage in the compartment of the spike without one, at an input
        that is smaller by the tolerance (volt).
    latency : Quantity, shape (*points,)
        From the start of the input to the dendritic spike (second).
    """

    threshold: Any = measured("smallest input that triggers the spike")
    voltage: Quantity = measured("highest local voltage without it")
    latency: Quantity = measured("from the start of the input to the spike")

    def _draw(self, ax: Any) -> None:
        draw_bracket(ax, self.traces, self.voltage)


def dspike_threshold(
    model: Model,
    event: str,
    at: str | None = None,
    by: str | Sequence[str] = "current",
    duration: Quantity | None = None,
    tolerance: float = 1e-5,
    **conditions: Any,
) -> DendriticSpikeThreshold:
    """Find the smallest input that triggers a dendritic spike.

    No bounds are needed: the input is looked for over many orders of magnitude, with
    128 cells at a time.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    event : str
        The spike by the name of its event, such as ``'spike_Na_dend'``.
    at : str, optional
        The compartment that gets the current; that of the spike if left out.
    by : str or sequence of str
        ``'current'`` for a step of current; or a receptor, such as ``'AMPA_x_dend'``,
        or several that a spike reaches together. They are activated once.
    duration : Quantity, optional
        How long the current lasts, or how long after the activation a dendritic spike
        still counts (second): 1 s and 200 ms if left out.
    tolerance : float
        How far the input is above the true one at most, relative to it.
    **conditions
        `vary`, `dt`, `target`, `progress` and what `make_neurongroup` takes; see
        `MeasurementOptions`. Without a threshold, the soma does not spike.

    Returns
    -------
    DendriticSpikeThreshold
        `threshold`, `voltage`, `latency`, `traces` (the voltage in the compartment of
        the spike, just below and just above the threshold).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, the cell does not come to rest by itself, or no input
        triggers the spike; the message says which were tried. Weights end where a step
        does not resolve the conductance, ``2 C/dt``.

    References
    ----------
    Losonczy & Magee (2006). Integrative properties of radial oblique dendrites in
    hippocampal CA1 pyramidal neurons. Neuron 50, 291.
    doi:10.1016/j.neuron.2006.03.016

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pA, pF
    >>> from dendrisyn import Dendrite, NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=20*pF, gl_abs=2*nS, v_rest=-70*mV)
    >>> dend.dspikes('Ca', threshold=-40*mV, g_rise=10*nS, duration_rise=5*ms,
    ...              reversal_rise='E_Ca', refractory=20*ms)
    >>> model = NeuronModel([(soma, dend, 10*nS)])
    >>> found = measure.dspike_threshold(model, 'spike_Ca_dend')
    >>> print(f'{found.threshold/pA:.2f} pA')
    210.00 pA
    """
    title = "dspike_threshold"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        _, compartment = spike_of_event(structure, event)
        close = as_tolerance(tolerance)
        known = rounds(known, close)
        local = compartment.voltage
        if isinstance(by, str) and by == "current":
            drive: Step | Activation = Step(
                compartment.name
                if at is None
                else structure.compartment(at, "at").name,
                _lasting(duration, _STEP),
            )
        else:
            drive = Activation.of(model, by, at, _lasting(duration, _WAIT))
        effect = f"triggers {event} within {show(drive.lasts * second)}"
        search = Search(effect, drive.kind, drive.unit, known.vary)
        with open_rig(
            model, LANES, known, events=[event], **drive.arguments(LANES)
        ) as rig:

            def triggers(inputs: np.ndarray) -> np.ndarray:
                with np.errstate(all="ignore"):
                    found, _, stop = drive.run(rig, inputs)
                return count(found.events[event], stop) > 0

            usual, limit, why = drive.range(model, known, rig.dt)
            below, above = search.smallest(triggers, usual, limit, close, why)
        with open_rig(
            model, 2, known, events=[event], record=[local], **drive.arguments(2)
        ) as rig:
            found, start, _ = drive.run(rig, np.stack([below, above], axis=-1))
    return DendriticSpikeThreshold(
        Traces.of(found, volt),
        known.vary,
        above * drive.unit,
        found.values[local][..., 0, :].max(axis=-1) * volt,
        (first(found.events[event])[..., 1] - start) * second,
    )


def _lasting(given: Quantity | None, otherwise: float) -> float:
    if given is None:
        return otherwise
    return float(DURATION.check(given, "duration"))


@dataclass(frozen=True, eq=False, repr=False)
class Backpropagation(Measurement):
    """What a spike of the soma does in each compartment.

    Attributes
    ----------
    compartments : tuple of str
        Their names, from the soma outwards; ``''`` is that of a point neuron.
    current : Quantity, shape (*points,)
        The pulse that made the spike (amp).
    spike_time : Quantity, shape (*points,)
        When it was, after the start of the pulse (second).
    events : dict of str to Quantity or ndarray of object, shape (*points,)
        When dendritic spikes were triggered, after that of the soma: for each event an
        array of times (second), empty for none.
    amplitude : Quantity, shape (*points, compartments)
        The peak above the voltage without a pulse (volt).
    attenuation : ndarray, shape (*points, compartments)
        `amplitude` over that in the soma.
    delay : Quantity, shape (*points, compartments)
        From the peak in the soma to the local one (second).
    width : Quantity, shape (*points, compartments)
        How long the voltage is above half of the amplitude (second); NaN if it does not
        fall to half.
    dspikes : ndarray of int, shape (*points, compartments)
        The number of dendritic spikes in the compartment.
    """

    compartments: tuple[str, ...]
    current: Quantity
    spike_time: Quantity
    events: Mapping[str, Any]
    amplitude: Quantity = measured("peak above the voltage without a pulse")
    attenuation: np.ndarray = measured("amplitude over that in the soma")
    delay: Quantity = measured("from the peak in the soma to the local one")
    width: Quantity = measured("at half of the amplitude")
    dspikes: np.ndarray = measured("number of dendritic spikes")

    def _values(self) -> dict[str, Any]:
        return {"compartment": np.array(self.compartments), **super()._values()}

    def _draw(self, ax: Any) -> None:
        from ..plotting.style import COLORS, finish

        number = len(self.compartments)
        heights = np.asarray(self.amplitude).reshape(-1, number) * 1e3
        spikes = self.dspikes.reshape(-1, number) > 0
        texts = labels(self.points, {})
        x = np.arange(number)
        for index, each in enumerate(heights):
            color = COLORS[(index + 1) % len(COLORS)]
            for face, where in [(color, spikes[index]), ("white", ~spikes[index])]:
                marks = {"color": color, "markerfacecolor": face, "markersize": 8}
                ax.plot(x[where], each[where], "o", **marks)
            if texts[index] is not None:
                ax.plot([], [], "s", color=color, label=texts[index])
        if spikes.any():
            ax.plot([], [], "o", color="0.3", label="with a dendritic spike")
        ax.set_xticks(x, [each or "cell" for each in self.compartments])
        finish(ax, ylabel="amplitude (mV)", ylim=(0, None), xlim=(-0.5, number - 0.5))


def backpropagation(
    model: Model,
    at: str | None = None,
    current: Quantity | None = None,
    pulse: Quantity = 1 * msecond,
    duration: Quantity = 50 * msecond,
    **conditions: Any,
) -> Backpropagation:
    """Measure how a spike of the soma spreads into the dendrites.

    A short pulse of current makes one spike. Give the reset, `second_reset` and
    `spike_width` as in `make_neurongroup`: they are the shape of the spike, and decide
    how far it goes.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    at : str, optional
        The compartment that gets the pulse; the soma if left out.
    current : Quantity, optional
        The pulse (amp). Left out, it is half as much again as the smallest that makes a
        spike, or as much above that as there is still one spike and not two.
    pulse : Quantity
        How long the pulse lasts (second).
    duration : Quantity
        How long the cell is looked at, from the start of the pulse (second).
    **conditions
        `threshold`, which is needed, `reset`, `second_reset`, `spike_width`,
        `refractory` and what else `make_neurongroup` takes; `vary`, `dt`, `target`,
        `progress`: see `MeasurementOptions`.

    Returns
    -------
    Backpropagation
        `amplitude`, `attenuation`, `delay`, `width`, `dspikes`, `events`, `current`,
        `spike_time`, `compartments`, `traces` (all voltages; the first of two stimuli
        is no pulse).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, there is no threshold, the cell does not come to rest
        by itself, or the pulse does not make exactly one spike.

    Notes
    -----
    What the pulse itself adds is part of the amplitude; it is least in the dendrites
    for a short pulse into the soma.

    References
    ----------
    Stuart & Sakmann (1994). Active propagation of somatic action potentials into
    neocortical pyramidal cell dendrites. Nature 367, 69. doi:10.1038/367069a0

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import Dendrite, NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=20*pF, gl_abs=2*nS, v_rest=-70*mV)
    >>> model = NeuronModel([(soma, dend, 10*nS)])
    >>> found = measure.backpropagation(
    ...     model, threshold='V_soma > -50*mV', reset='V_soma = 40*mV',
    ...     second_reset='V_soma = -55*mV', spike_width=1*ms, refractory=3*ms)
    >>> print(found.compartments, found.attenuation.round(2))
    ('soma', 'dend') [1.   0.37]
    """
    title = "backpropagation"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        needs_threshold(known)
        where, soma = structure.compartment(at, "at").name, structure.soma
        on = float(DURATION.check(pulse, "pulse"))
        lasts = float(DURATION.check(duration, "duration"))
        if lasts < on:
            raise InvalidValueError(
                f"duration: must not be shorter than the pulse, {show(on * second)}, "
                f"got {show(lasts * second)}."
            )

        def injections(dt: float) -> list[CurrentInjection]:
            return [CurrentInjection(where, np.ones(timed(on, dt, "pulse")))]

        if current is None:
            known = rounds(known, _ROUGH, more=2)
            given = _strong(model, known, where, on, lasts, injections)
        else:
            given = np.full(known.points, float(_CURRENT.check(current, "current")))
        names = _outwards(structure)
        with open_rig(
            model,
            2,
            known,
            injections=injections,
            record=[structure.compartments[each].voltage for each in names],
            events=list(model.event_names),
        ) as rig:
            found = rig.run(lasts, [np.stack([np.zeros_like(given), given], axis=-1)])
            dt = rig.dt
        _check_single(found.spikes, lasts, given, known)
    moved = np.stack(
        [
            found.change(structure.compartments[each].voltage)[..., 0, :]
            for each in names
        ],
        -2,
    )
    height, time = peak(moved, dt)
    spike = first(found.spikes)[..., 1]
    events = {name: each[..., 1] for name, each in found.events.items()}
    counts = np.zeros(height.shape, dtype=int)
    for name, each in events.items():
        site = structure.dendritic_spikes[name]
        counts[..., names.index(site.compartment.name)] += count(
            np.asarray(each), np.inf
        )
    origin = names.index(soma)
    return Backpropagation(
        traces=Traces.of(found, volt),
        points=known.vary,
        compartments=tuple(names),
        current=given * amp,
        spike_time=spike * second,
        events={name: _since(each, spike) for name, each in events.items()},
        amplitude=height * volt,
        attenuation=height / height[..., origin, np.newaxis],
        delay=(time - time[..., origin, np.newaxis]) * second,
        width=half_width(moved, height, dt) * second,
        dspikes=counts,
    )


def _strong(
    model: Model,
    known: MeasurementOptions,
    where: str,
    on: float,
    lasts: float,
    injections: Callable[[float], list[CurrentInjection]],
) -> np.ndarray:
    """Return a pulse that makes one spike, of a good margin if possible (amp)."""
    usual, limit = usual_current(model, known, where, on)
    effect = f"makes a spike within {show(lasts * second)}"
    search = Search(effect, f"pulse {into(where)}", amp, known.vary)
    with open_rig(model, LANES, known, injections=injections) as rig:

        def spikes(currents: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                return count(rig.run(lasts, [currents]).spikes, lasts)

        _, least = search.smallest(lambda x: spikes(x) > 0, usual, limit, _ROUGH)
        tried = least[..., np.newaxis] * np.linspace(1, _STRONG, LANES)
        single = spikes(tried) == 1
    at = np.where(single, np.arange(LANES), 0).max(axis=-1)
    return np.take_along_axis(tried, at[..., np.newaxis], axis=-1)[..., 0]


def _check_single(
    spikes: Events, lasts: float, given: np.ndarray, known: MeasurementOptions
) -> None:
    """Raise if a pulse does not make exactly one spike."""
    numbers = count(spikes, lasts)
    for index in np.argwhere((numbers != [0, 1]).any(axis=-1)):
        point = tuple(index)
        times = ", ".join(f"{each * 1e3:.4g}" for each in spikes[point][1][:4])
        more = ", ..." if numbers[point][1] > 4 else ""
        raise InvalidValueError(
            f"expected one spike within {show(lasts * second)}, but a pulse of "
            f"{roughly(given[point] * amp)} makes {numbers[point][1]}"
            + (f" (at {times}{more} ms)" if times else "")
            + (f", at {point_of(point, known.vary)}" if point else "")
            + ". Give another current or pulse; a longer refractory period or a "
            "shorter duration leaves later spikes out."
        )


def _since(times: Any, spike: np.ndarray) -> Any:
    """Return times of events after a spike (second), for each point."""
    if not np.ndim(spike):
        return (times - spike) * second
    found = np.empty(spike.shape, dtype=object)
    for index in np.ndindex(spike.shape):
        found[index] = (times[index] - spike[index]) * second
    return found


def _outwards(structure: Structure) -> list[str]:
    """Return the names of all compartments, from the soma outwards."""
    names = [structure.soma]
    for name in names:  # which grows
        for *ends, _ in structure.couplings:
            if name in ends:
                names += [end for end in ends if end not in names]
    return names
