"""How much of a voltage reaches another compartment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from brian2.units.allunits import hertz, ohm, pamp, volt
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, located
from ..rig.rig import CurrentInjection, open_rig
from ..rig.steady import SLOW, STEADY, is_steady, longer, slowest
from ..units import Spec, array_of
from .options import MeasurementOptions
from .results import Measurement, Traces, measured
from .search import nonzero_current, timed

__all__ = ["Attenuation", "attenuation"]

_FREQUENCY = Spec("hertz", "frequency", "nonnegative")


@dataclass(frozen=True, eq=False, repr=False)
class Attenuation(Measurement):
    """How much of a voltage reaches another compartment, both ways.

    Attributes
    ----------
    frequency : Quantity, shape () or (frequencies,)
        Of the current (hertz); 0 for a steady one.
    forward, backward : ndarray, shape (*points,) or (*points, frequencies)
        The amplitude at the target over that at the source, where the current flows
        into the source; and the reverse.
    forward_phase, backward_phase : ndarray
        By how much it lags, of the same shapes (radian, positive for a lag).
    source_impedance, target_impedance : Quantity
        The amplitude in the compartment of the current, over that of the current (ohm).
    transfer_impedance : Quantity
        The amplitude at the target, over that of a current into the source (ohm); the
        same the other way round, in linear cells.
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
    **conditions: Any,
) -> Attenuation:
    """Measure how much of a voltage reaches another compartment, both ways.

    Parameters
    ----------
    model : NeuronModel
        The cell.
    source : str
        A compartment.
    at : str, optional
        Another one, the target; the soma if left out.
    frequency : Quantity, shape () or (frequencies,)
        Of a sinusoidal current (hertz); 0 for a steady one.
    current : Quantity
        Its amplitude (amp). Small by default, so that the cell stays linear.
    **conditions
        See `MeasurementOptions`. Without `dt`, the step is a 400th of the shortest
        period at most.

    Returns
    -------
    Attenuation
        Ratios and phases both ways, impedances, and `traces` (stimuli: no current, then
        into the source and into the target for each frequency).

    Raises
    ------
    UnknownNameError, UnitError, InvalidValueError
        If an argument is wrong, the cell does not come to rest by itself, or the
        voltage of a steady current does not get steady, as without a leak.

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
    title = "attenuation"
    known = MeasurementOptions.of(title, model, conditions)
    with located(f"measure.{title}"):
        structure = model.structure
        ends = (
            structure.compartment(source, "source").name,
            structure.compartment(at, "at").name,
        )
        if ends[0] == ends[1]:
            raise InvalidValueError(f"source and at are both {ends[0]!r}.")
        amplitude = nonzero_current(current)
        asked = array_of(frequency, _FREQUENCY, "frequency")
        rates = np.atleast_1d(asked / hertz)
        fastest, periods = rates.max(), 1 / rates[rates > 0]
        settled = STEADY * slowest(model, known.vary, SLOW)
        while True:
            lasts = settled + 2 * periods.max(initial=0)
            with open_rig(
                model,
                1 + 2 * len(rates),
                known,
                finest=1 / (400 * fastest) if fastest else np.inf,
                injections=partial(_injections, ends, rates, lasts),
                record=[structure.compartments[each].voltage for each in ends],
            ) as rig:
                found = rig.run(lasts, [amplitude, amplitude])
            if all(
                _steady(found.change(structure.compartments[e].voltage), rates)
                for e in ends
            ):
                break
            settled = longer(settled, "Give a leak, or a frequency.")
    shape = (*known.points, *np.shape(asked))
    moved = [
        _phasors(
            found.change(structure.compartments[end].voltage), found.t, rates, lasts
        )
        / amplitude
        for end in ends
    ]
    # by where it is recorded, and where the current flows
    ss, st = (moved[0][..., side].reshape(shape) for side in (0, 1))
    ts, tt = (moved[1][..., side].reshape(shape) for side in (0, 1))
    return Attenuation(
        Traces.of(found, volt),
        known.vary,
        asked,
        np.abs(ts / ss),
        np.abs(st / tt),
        -np.angle(ts / ss),
        -np.angle(st / tt),
        np.abs(ss) * ohm,
        np.abs(tt) * ohm,
        np.abs(ts) * ohm,
    )


def _injections(
    ends: tuple[str, str], rates: np.ndarray, lasts: float, dt: float
) -> list[CurrentInjection]:
    steps = timed(lasts, dt)
    return [
        CurrentInjection(end, _waves(rates, steps, dt, 1 + side))
        for side, end in enumerate(ends)
    ]


def _steady(moved: np.ndarray, rates: np.ndarray) -> bool:
    """Return whether what steady currents move is steady."""
    return is_steady(moved[..., np.repeat(rates == 0, 2), :])


def _waves(rates: np.ndarray, steps: int, dt: float, first: int) -> np.ndarray:
    """Return a sine of each frequency in every second column; 1 where that is 0."""
    t = np.arange(steps)[:, np.newaxis] * dt
    waves = np.zeros((steps, 1 + 2 * len(rates)))
    waves[:, first::2] = np.where(rates > 0, np.sin(2 * np.pi * rates * t), 1)
    return waves


def _phasors(
    moved: np.ndarray, t: np.ndarray, rates: np.ndarray, lasts: float
) -> np.ndarray:
    """Return amplitude and phase of what moves, (*points, frequencies, 2 sides)."""
    moved = moved.reshape(*moved.shape[:-2], len(rates), 2, len(t))
    found = np.empty(moved.shape[:-1], dtype=complex)
    for index, rate in enumerate(rates):
        here = moved[..., index, :, :]
        if rate == 0:
            found[..., index, :] = here[..., -1]
            continue
        late = t >= lasts - 2 / rate
        phase = 2 * np.pi * rate * t[late]
        basis = np.column_stack([np.sin(phase), np.cos(phase), np.ones_like(phase)])
        weights = here[..., late] @ np.linalg.pinv(basis).T
        found[..., index, :] = weights[..., 0] + 1j * weights[..., 1]
    return found
