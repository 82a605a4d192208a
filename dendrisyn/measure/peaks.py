"""Peaks, crossings and integrals of sampled waveforms, to better than a sample.

Between samples a waveform is the cubic through four of them, so that what is measured
is of third order or better in the step, and changes smoothly with parameters. The
first sample is the start: nothing before it is looked at.
"""

from __future__ import annotations

import numpy as np

__all__ = ["Shape", "integral", "largest"]

#: Parts of the amplitude between which the rise is timed.
_LOW, _HIGH = 0.1, 0.9
#: A half interval is halved until it is below the rounding of doubles.
_HALVINGS = 52


class Shape:
    """Amplitude and times of waveforms.

    Parameters
    ----------
    values : ndarray, shape (..., samples)
        Deflections from rest; at least four samples.
    dt : float
        Time between samples.

    Attributes
    ----------
    amplitude : ndarray, shape (...)
        The largest deflection from 0, with its sign.
    time : ndarray, shape (...)
        When it is reached; NaN if the waveform is 0, or still grows at the end.
    rise : ndarray, shape (...)
        From 10 % to 90 % of it; NaN where `time` is.
    width : ndarray, shape (...)
        Between half of it before and after; NaN also if it does not decay to half.
    """

    def __init__(self, values: np.ndarray, dt: float) -> None:
        signs, index = _summit(values)
        upright = values * signs[..., np.newaxis]
        height, time = _refined(upright, index)
        unfinished = (height <= 0) | (index == values.shape[-1] - 1)
        self.amplitude = signs * height
        self.time = np.where(unfinished, np.nan, time * dt)
        up = [
            _crossing(upright, part * height, index, before=True)
            for part in (_LOW, 0.5, _HIGH)
        ]
        down = _crossing(upright, 0.5 * height, index, before=False)
        self.rise = np.where(unfinished, np.nan, (up[2] - up[0]) * dt)
        self.width = np.where(unfinished, np.nan, (down - up[1]) * dt)


def largest(values: np.ndarray) -> np.ndarray:
    """Return the largest deflection of waveforms from 0, with its sign.

    Parameters
    ----------
    values : ndarray, shape (..., samples)
        Deflections from rest; of less than four samples, the largest counts.
    """
    signs, index = _summit(values)
    return signs * _refined(values * signs[..., np.newaxis], index)[0]


def integral(values: np.ndarray, dt: float) -> np.ndarray:
    """Return the integral of waveforms over time, of fourth order in the step.

    Parameters
    ----------
    values : ndarray, shape (..., samples)
        Samples; at least four.
    dt : float
        Time between samples.
    """
    # the integral of the cubic through four samples, over each interval
    weights = np.zeros(values.shape[-1])
    for shift, weight in enumerate((-1, 13, 13, -1)):
        weights[shift : len(weights) - 3 + shift] += weight
    ends = np.array([9, 19, -5, 1])
    weights[:4] += ends
    weights[-4:] += ends[::-1]
    return values @ weights * (dt / 24)


def _summit(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sign of the largest deflection and the index of its sample."""
    up = values.max(axis=-1) >= -values.min(axis=-1)
    signs = np.where(up, 1.0, -1.0)
    return signs, (values * signs[..., np.newaxis]).argmax(axis=-1)


def _differences(
    values: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the first of four samples, and their forward differences."""
    picked = start[..., np.newaxis] + np.arange(4)
    a, b, c, d = np.moveaxis(np.take_along_axis(values, picked, axis=-1), -1, 0)
    return a, b - a, c - 2 * b + a, d - 3 * c + 3 * b - a


def _value(differences: tuple[np.ndarray, ...], x: np.ndarray) -> np.ndarray:
    """Return the cubic *x* samples after the first."""
    f, d1, d2, d3 = differences
    return f + x * (d1 + (x - 1) / 2 * (d2 + (x - 2) / 3 * d3))


def _refined(values: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return height and place of the largest value around the largest sample.

    On either side of that sample, the cubic is that of the samples on this side: a
    current that is switched off there leaves a kink, over which no cubic goes.
    """
    last = values.shape[-1] - 1
    height = np.take_along_axis(values, index[..., np.newaxis], axis=-1)[..., 0]
    place = index.astype(float)
    if last < 3:  # no cubic
        return height, place
    for first, interval in ((index - 3, index - 1), (index, index)):
        inside = (interval >= 0) & (interval < last)
        start = np.clip(first, 0, last - 3)
        cubic = _differences(values, start)
        low = np.clip(interval - start, 0, 2)
        for root in _turns(cubic):
            x = np.clip(np.where(np.isfinite(root), root, low), low, low + 1)
            found = np.where(inside, _value(cubic, x), -np.inf)
            place = np.where(found > height, start + x, place)
            height = np.maximum(height, found)
    return height, place


def _turns(cubic: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return where the slope of a cubic is 0, not finite where it nowhere is."""
    _, d1, d2, d3 = cubic
    a, b, c = d3 / 2, d2 - d3, d1 - d2 / 2 + d3 / 3
    with np.errstate(divide="ignore", invalid="ignore"):
        q = -(b + np.copysign(np.sqrt(b**2 - 4 * a * c), b)) / 2
        return q / a, c / q


def _crossing(
    values: np.ndarray, level: np.ndarray, index: np.ndarray, *, before: bool
) -> np.ndarray:
    """Return where waveforms cross a level: last before, or first after, a sample.

    One that is above it from the start crosses it there; NaN if it never does.
    """
    place = np.arange(values.shape[-1] - 1)
    above = values >= level[..., np.newaxis]
    if before:
        crosses = ~above[..., :-1] & above[..., 1:] & (place < index[..., np.newaxis])
        found = len(place) - 1 - crosses[..., ::-1].argmax(axis=-1)
    else:
        crosses = above[..., :-1] & ~above[..., 1:] & (place >= index[..., np.newaxis])
        found = crosses.argmax(axis=-1)
    start = np.clip(found - 1, 0, values.shape[-1] - 4)
    cubic = _differences(values, start)
    low = (found - start).astype(float)
    high = low + 1
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        later = (_value(cubic, middle) >= level) != before
        low, high = np.where(later, middle, low), np.where(later, high, middle)
    never = 0.0 if before else np.nan
    return np.where(crosses.any(axis=-1), start + low, never)
