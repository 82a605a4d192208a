"""Attenuation of voltages between two compartments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from brian2.units.allunits import hertz, ohm, pamp, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError
from ..rig.experiment import CurrentInjection
from ..rig.steady import SLOW, STEADY, is_steady, longer, slowest
from ..units import Spec, array_of
from .options import measuring
from .results import Measurement, Traces, measured
from .stimuli import count_steps, nonzero_current

__all__ = ["Attenuation", "attenuation"]

_FREQUENCY = Spec("hertz", "frequency", "nonnegative")


@dataclass(frozen=True, eq=False, repr=False)
class Attenuation(Measurement):
    """Attenuation of a voltage between two compartments, in both directions.

    The stimuli of `traces` are: no current, then for all frequencies a current into the
    source and one into the target.

    Attributes
    ----------
    frequency : Quantity, shape () or (frequencies,)
        Frequency of the current (hertz); 0 for a steady current.
    forward, backward : ndarray, shape (*points,) or (*points, frequencies)
        Amplitude at the target over that at the source, for a current into the source;
        and the reverse.
    forward_phase, backward_phase : ndarray, shape (*points,) or (*points, frequencies)
        Phase lags (radian, positive for a lag).
    source_impedance, target_impedance : Quantity
        Input impedances: amplitude of the voltage over that of the local current (ohm).
    transfer_impedance : Quantity
        Amplitude at the target over that of a current into the source (ohm); the same
        in both directions in linear cells.
    """

    frequency: Quantity = measured("of the current")
    forward: np.ndarray = measured("source to target")
    backward: np.ndarray = measured("target to source")
    forward_phase: np.ndarray = measured("lag of the target")
    backward_phase: np.ndarray = measured("lag of the source")
    source_impedance: Quantity = measured("input impedance of the source")
    target_impedance: Quantity = measured("input impedance of the target")
    transfer_impedance: Quantity = measured("target over source")

    def _draw(self, ax: Any) -> None:
        from ..plotting.style import finish, line

        frequency = np.atleast_1d(self.frequency / hertz)
        for index, name in enumerate(("forward", "backward")):
            values = np.atleast_1d(getattr(self, name)).reshape(-1, len(frequency))
            ax.plot(frequency, values[0], marker="o", label=name, **line(index))
            ax.plot(frequency, values[1:].T, marker="o", **line(index))
        finish(ax, xlabel="frequency (Hz)", ylabel="attenuation", ylim=(0, None))


def attenuation(
    model: Model,
    source: str,
    at: str | None = None,
    frequency: Quantity = 0 * hertz,
    current: Quantity = 1 * pamp,
    **options: Any,
) -> Attenuation:
    """Measure the attenuation of a voltage between two compartments.

    Parameters
    ----------
    model : NeuronModel
        The cell.
    source : str
        The source compartment.
    at : str, optional
        The target compartment; the soma by default.
    frequency : Quantity, shape () or (frequencies,)
        Frequency of a sinusoidal current (hertz); 0 for a steady current.
    current : Quantity
        Amplitude of the current (amp). Small by default, so that the cell stays linear.
    **options
        See `MeasurementOptions`. By default the time step is at most a 400th of the
        shortest period.

    Returns
    -------
    Attenuation
        Ratios and phases in both directions, and impedances.

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, the cell does not come to rest, or the voltage of a
        steady current does not become steady, as in a cell without leak.

    Notes
    -----
    Amplitudes and phases are those of the sinusoid that fits the last two periods,
    after all transients.

    Examples
    --------
    >>> from brian2 import mV, nS, pF
    >>> from dendrisyn import Dendrite, NeuronModel, Soma, measure
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> dend = Dendrite('dend', cm_abs=20*pF, gl_abs=2*nS, v_rest=-70*mV)
    >>> found = measure.attenuation(NeuronModel([(soma, dend, 8*nS)]), 'dend')
    >>> print(f'{found.forward:.4f} {found.backward:.4f}')
    0.4444 0.8000
    """
    with measuring("attenuation", model, options) as settings:
        structure = settings.structure
        ends = [
            structure.compartment(source, "source"),
            structure.compartment(at, "at"),
        ]
        if ends[0] is ends[1]:
            raise InvalidValueError(f"source and at are both {ends[0].name!r}.")
        amplitude = nonzero_current(current)
        frequencies = array_of(frequency, _FREQUENCY, "frequency")
        rates = np.atleast_1d(frequencies / hertz)
        fastest, periods = rates.max(), 1 / rates[rates > 0]
        settled = STEADY * slowest(model, settings.vary, SLOW)
        voltages = [end.voltage for end in ends]
        names = [end.name for end in ends]
        while True:
            duration = settled + 2 * periods.max(initial=0)
            with settings.rig(
                1 + 2 * len(rates),
                finest=1 / (400 * fastest) if fastest else np.inf,
                injections=partial(_injections, names, rates, duration),
                record=voltages,
            ) as rig:
                recording = rig.run(duration, [amplitude, amplitude])
            changes = [recording.change(name) for name in voltages]
            if all(_steady(change, rates) for change in changes):
                break
            settled = longer(settled, "Give a leak, or a frequency.")
    shape = (*settings.points, *np.shape(frequencies))
    phasors = [
        _phasors(change, recording.t, rates, duration) / amplitude for change in changes
    ]
    # By the recorded compartment, and the compartment of the current.
    ss, st = (phasors[0][..., side].reshape(shape) for side in (0, 1))
    ts, tt = (phasors[1][..., side].reshape(shape) for side in (0, 1))
    return Attenuation(
        traces=Traces.of(recording, volt),
        points=settings.vary,
        frequency=frequencies,
        forward=np.abs(ts / ss),
        backward=np.abs(st / tt),
        forward_phase=-np.angle(ts / ss),
        backward_phase=-np.angle(st / tt),
        source_impedance=np.abs(ss) * ohm,
        target_impedance=np.abs(tt) * ohm,
        transfer_impedance=np.abs(ts) * ohm,
    )


def _injections(
    ends: list[str], rates: np.ndarray, duration: float, dt: float
) -> list[CurrentInjection]:
    """Return the currents into both ends."""
    steps = count_steps(duration, dt)
    return [
        CurrentInjection(end, _waves(rates, steps, dt, 1 + side))
        for side, end in enumerate(ends)
    ]


def _steady(change: np.ndarray, rates: np.ndarray) -> bool:
    """Return whether deflections by steady currents are steady."""
    return is_steady(change[..., np.repeat(rates == 0, 2), :])


def _waves(rates: np.ndarray, steps: int, dt: float, first: int) -> np.ndarray:
    """Return sines in every second column; 1 where the frequency is 0."""
    t = np.arange(steps)[:, np.newaxis] * dt
    waves = np.zeros((steps, 1 + 2 * len(rates)))
    waves[:, first::2] = np.where(rates > 0, np.sin(2 * np.pi * rates * t), 1)
    return waves


def _phasors(
    change: np.ndarray, t: np.ndarray, rates: np.ndarray, duration: float
) -> np.ndarray:
    """Return complex amplitudes of deflections, (*points, frequencies, 2 sides)."""
    change = change.reshape(*change.shape[:-2], len(rates), 2, len(t))
    phasors = np.empty(change.shape[:-1], dtype=complex)
    for index, rate in enumerate(rates):
        here = change[..., index, :, :]
        if rate == 0:
            phasors[..., index, :] = here[..., -1]
            continue
        late = t >= duration - 2 / rate
        phase = 2 * np.pi * rate * t[late]
        basis = np.column_stack([np.sin(phase), np.cos(phase), np.ones_like(phase)])
        weights = here[..., late] @ np.linalg.pinv(basis).T
        phasors[..., index, :] = weights[..., 0] + 1j * weights[..., 1]
    return phasors
