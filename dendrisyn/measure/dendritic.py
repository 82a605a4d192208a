"""Threshold of dendritic spikes, and backpropagation of somatic spikes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import amp, msecond, second, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.structure import Structure
from ..errors import InvalidValueError
from ..rig.experiment import CurrentInjection, Events
from ..rig.waveform import half_width, peak
from ..tables import with_unit
from ..units import show
from .dendritic_spike import spike_of_event
from .events import count, first, mapped, require_threshold
from .options import DURATION, MeasurementOptions, measuring
from .results import Measurement, Traces, draw_bracket, labels, measured
from .search import (
    LANES,
    ThresholdSearch,
    as_tolerance,
    point_of,
    with_search_progress,
)
from .stimuli import (
    CURRENT,
    Activation,
    CurrentStep,
    find_threshold,
    into,
    step_of_current,
    usual_current,
)

__all__ = [
    "Backpropagation",
    "DendriticSpikeThreshold",
    "backpropagation",
    "dspike_threshold",
]

#: Default durations in which a spike counts: of a current, and after an activation.
_STEP, _WAIT = 1.0, 0.2  # s
#: Tolerance of the threshold of a pulse, and factor of the default pulse above it.
_ROUGH, _STRONG = 1e-2, 1.5


@dataclass(frozen=True, eq=False, repr=False)
class DendriticSpikeThreshold(Measurement):
    """The smallest input that triggers a dendritic spike.

    `traces` hold the voltage in the compartment of the spike, just below and just above
    the threshold.

    Attributes
    ----------
    threshold : Quantity or ndarray, shape (*points,)
        The smallest input that triggered the spike: a current (amp), or a weight, which
        is the number of synapses of weight 1 that are active at once.
    voltage : Quantity, shape (*points,)
        Highest voltage in the compartment of the spike without a spike, at an input
        that is smaller by the tolerance (volt).
    latency : Quantity, shape (*points,)
        Time from the start of the input to the dendritic spike (second).
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
    **options: Any,
) -> DendriticSpikeThreshold:
    """Find the smallest input that triggers a dendritic spike.

    No bounds are needed: the search covers many orders of magnitude, with 128 cells at
    a time.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    event : str
        The spike by its event, such as ``'spike_Na_dend'``.
    at : str, optional
        The compartment of the current; by default that of the spike.
    by : str or sequence of str
        ``'current'`` for a step of current; or a receptor, such as ``'AMPA_x_dend'``,
        or several receptors of one spike. They are activated once.
    duration : Quantity, optional
        Duration of the current, or time after the activation in which a dendritic spike
        counts (second); by default 1 s and 200 ms.
    tolerance : float
        Largest distance of the input from the true threshold, relative to it.
    **options
        See `MeasurementOptions`.

    Returns
    -------
    DendriticSpikeThreshold
        Threshold, local voltage and latency.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, the cell does not come to rest, or no input triggers
        the spike; the message names the range of inputs. Weights end where a time step
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
    with measuring("dspike_threshold", model, options) as settings:
        structure = settings.structure
        _, compartment = spike_of_event(structure, event)
        close = as_tolerance(tolerance)
        if isinstance(by, str) and by == "current":
            where = compartment if at is None else structure.compartment(at, "at")
            stimulus: CurrentStep | Activation = CurrentStep(
                where.name, _duration(duration, _STEP)
            )
        else:
            stimulus = Activation.of(settings, by, at, _duration(duration, _WAIT))
        threshold, recording, start = find_threshold(
            settings,
            stimulus,
            f"triggers {event} within {show(stimulus.duration * second)}",
            lambda recording, stop: count(recording.events[event], stop) > 0,
            close,
            record=compartment.voltage,
            events=[event],
        )
    local = recording.values[compartment.voltage]
    return DendriticSpikeThreshold(
        traces=Traces.of(recording, volt),
        points=settings.vary,
        threshold=threshold * stimulus.unit,
        voltage=local[..., 0, :].max(axis=-1) * volt,
        latency=(first(recording.events[event])[..., 1] - start) * second,
    )


def _duration(duration: Quantity | None, default: float) -> float:
    """Return a duration (second)."""
    return default if duration is None else float(DURATION.check(duration, "duration"))


@dataclass(frozen=True, eq=False, repr=False)
class Backpropagation(Measurement):
    """Voltages in all compartments after a somatic spike.

    `traces` hold all voltages; the first of two stimuli is no pulse.

    Attributes
    ----------
    compartments : tuple of str
        Names of the compartments, from the soma outwards; ``''`` in a point neuron.
    current : Quantity, shape (*points,)
        Amplitude of the pulse (amp).
    spike_time : Quantity, shape (*points,)
        Time from the start of the pulse to the somatic spike (second).
    events : dict of str to Quantity or ndarray of object, shape (*points,)
        Arrays of times of dendritic spikes after the somatic spike (second), by event.
    amplitude : Quantity, shape (*points, compartments)
        Peak above the voltage without a pulse (volt).
    attenuation : ndarray, shape (*points, compartments)
        `amplitude` over that in the soma.
    delay : Quantity, shape (*points, compartments)
        Time from the peak in the soma to the local peak (second).
    width : Quantity, shape (*points, compartments)
        Time above half of the amplitude (second); NaN if the voltage does not fall to
        half.
    dspikes : ndarray of int, shape (*points, compartments)
        Number of dendritic spikes in the compartment.
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
        for index, height in enumerate(heights):
            color = COLORS[(index + 1) % len(COLORS)]
            for face, where in [(color, spikes[index]), ("white", ~spikes[index])]:
                marks = {"color": color, "markerfacecolor": face, "markersize": 8}
                ax.plot(x[where], height[where], "o", **marks)
            if texts[index] is not None:
                ax.plot([], [], "s", color=color, label=texts[index])
        if spikes.any():
            ax.plot([], [], "o", color="0.3", label="with a dendritic spike")
        ax.set_xticks(x, [name or "cell" for name in self.compartments])
        finish(ax, ylabel="amplitude (mV)", ylim=(0, None), xlim=(-0.5, number - 0.5))


def backpropagation(
    model: Model,
    at: str | None = None,
    current: Quantity | None = None,
    pulse: Quantity = 1 * msecond,
    duration: Quantity = 50 * msecond,
    **options: Any,
) -> Backpropagation:
    """Measure the spread of a somatic spike into the dendrites.

    A short pulse of current makes one spike. Give the reset, `second_reset` and
    `spike_width` as in `make_neurongroup`: they are the shape of the spike, and decide
    how far it spreads.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The cell.
    at : str, optional
        The compartment of the pulse; the soma by default.
    current : Quantity, optional
        Amplitude of the pulse (amp). By default 1.5 times the smallest current that
        makes a spike, or less if that makes two spikes.
    pulse : Quantity
        Duration of the pulse (second).
    duration : Quantity
        Duration of the recording from the start of the pulse (second).
    **options
        See `MeasurementOptions`; `threshold` is required.

    Returns
    -------
    Backpropagation
        Amplitude, attenuation, delay, width and dendritic spikes in all compartments.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, there is no threshold, the cell does not come to rest,
        or the pulse does not make exactly one spike.

    Notes
    -----
    The deflection by the pulse itself is part of the amplitude; it is smallest in the
    dendrites for a short pulse into the soma.

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
    with measuring("backpropagation", model, options) as settings:
        require_threshold(settings)
        structure = settings.structure
        where = structure.compartment(at, "at").name
        on = float(DURATION.check(pulse, "pulse"))
        lasts = float(DURATION.check(duration, "duration"))
        if lasts < on:
            raise InvalidValueError(
                f"duration: must not be shorter than the pulse, {show(on * second)}, "
                f"got {show(lasts * second)}."
            )
        injections = step_of_current(where, on, "pulse")
        if current is None:
            settings = with_search_progress(settings, _ROUGH, more=2)
            amplitudes = _strong_pulse(settings, where, on, lasts, injections)
        else:
            value = float(CURRENT.check(current, "current"))
            amplitudes = np.full(settings.points, value)
        names = _outwards(structure)
        voltages = [structure.compartments[name].voltage for name in names]
        with settings.rig(
            2,
            injections=injections,
            record=voltages,
            events=list(structure.dendritic_spikes),
        ) as rig:
            stimuli = np.stack([np.zeros_like(amplitudes), amplitudes], axis=-1)
            recording = rig.run(lasts, [stimuli])
        _require_one_spike(recording.spikes, lasts, amplitudes, settings)
    change = np.stack([recording.change(name)[..., 0, :] for name in voltages], -2)
    height, time = peak(change, rig.dt)
    spike = first(recording.spikes)[..., 1]
    events = {name: trains[..., 1] for name, trains in recording.events.items()}
    counts = np.zeros(height.shape, dtype=int)
    for name, times in events.items():
        site = structure.dendritic_spikes[name]
        counts[..., names.index(site.compartment.name)] += count(np.asarray(times))
    return Backpropagation(
        traces=Traces.of(recording, volt),
        points=settings.vary,
        compartments=tuple(names),
        current=amplitudes * amp,
        spike_time=spike * second,
        events={name: _since(times, spike) for name, times in events.items()},
        amplitude=height * volt,
        attenuation=height / height[..., :1],
        delay=(time - time[..., :1]) * second,
        width=half_width(change, height, rig.dt) * second,
        dspikes=counts,
    )


def _strong_pulse(
    settings: MeasurementOptions,
    where: str,
    on: float,
    lasts: float,
    injections: Callable[[float], list[CurrentInjection]],
) -> np.ndarray:
    """Return a current that makes one spike, well above the threshold (amp)."""
    usual, limit = usual_current(settings, where, on)
    effect = f"makes a spike within {show(lasts * second)}"
    search = ThresholdSearch(effect, f"pulse {into(where)}", amp, settings.vary)
    with settings.rig(LANES, injections=injections) as rig:

        def spikes(currents: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                return count(rig.run(lasts, [currents]).spikes, lasts)

        _, least = search.smallest(lambda x: spikes(x) > 0, usual, limit, _ROUGH)
        tried = least[..., np.newaxis] * np.linspace(1, _STRONG, LANES)
        single = spikes(tried) == 1
    at = np.where(single, np.arange(LANES), 0).max(axis=-1)
    return np.take_along_axis(tried, at[..., np.newaxis], axis=-1)[..., 0]


def _require_one_spike(
    spikes: Events, lasts: float, amplitudes: np.ndarray, settings: MeasurementOptions
) -> None:
    """Raise an error if a pulse does not make exactly one spike."""
    numbers = count(spikes, lasts)
    for index in np.argwhere((numbers != [0, 1]).any(axis=-1)):
        point = tuple(index)
        times = ", ".join(f"{time * 1e3:.4g}" for time in spikes[point][1][:4])
        more = ", ..." if numbers[point][1] > 4 else ""
        raise InvalidValueError(
            f"expected one spike within {show(lasts * second)}, but a pulse of "
            f"{with_unit(amplitudes[point] * amp)[0]} makes {numbers[point][1]}"
            + (f" (at {times}{more} ms)" if times else "")
            + (f", at {point_of(point, settings.vary)}" if point else "")
            + ". Give another current or pulse; a longer refractory period or a "
            "shorter duration leaves later spikes out."
        )


def _since(times: Any, spike: np.ndarray) -> Any:
    """Return times of events after a spike (second), at all points."""
    if not np.ndim(spike):
        return (times - spike) * second
    return mapped(lambda train, start: (train - start) * second, times, spike)


def _outwards(structure: Structure) -> list[str]:
    """Return the names of all compartments, from the soma outwards."""
    names = [structure.soma]
    for name in names:  # the list grows in the loop
        for *ends, _ in structure.couplings:
            if name in ends:
                names += [end for end in ends if end not in names]
    return names
