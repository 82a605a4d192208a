"""Peaks, rise times, half-widths, crossings and integrals of sampled waveforms.

Two kinds of functions stand here, which give different numbers. `Shape`, `largest` and
`integral` are for smooth waveforms: between samples a waveform is the cubic through
four of them, so results are of third order or better in the step and change smoothly
with parameters; the first sample is the start. `peak`, `half_width` and
`duration_above_half` are for waveforms with jumps and corners, as resets make them:
between samples a waveform is a line.

*values* are deflections from rest, of shape (..., samples), *dt* is the time between
samples, and results have shape (...).
"""

from __future__ import annotations

import numpy as np

__all__ = ["Shape", "duration_above_half", "half_width", "integral", "largest", "peak"]

#: Shares of the amplitude between which the rise is timed.
_LOW, _HIGH = 0.1, 0.9
#: Bisections of one interval between samples, down to the rounding of doubles.
_HALVINGS = 52
#: Largest relative difference between the curvature of a smooth peak and those of the
#: samples beside it.
_SMOOTH = 0.5


class Shape:
    """Amplitude, time to peak, rise time and half-width of smooth waveforms.

    At least four samples are required.

    Attributes
    ----------
    amplitude : ndarray
        The largest deflection from 0, with its sign.
    time : ndarray
        Time of the peak; NaN if the waveform is 0, or still grows at the end.
    rise : ndarray
        Time from 10 % to 90 % of the amplitude; NaN where `time` is NaN.
    width : ndarray
        Time between half of the amplitude before and after the peak, on the cubics; NaN
        also if the waveform does not decay to half.
    """

    def __init__(self, values: np.ndarray, dt: float) -> None:
        signs, index = _summit(values)
        upright = values * signs[..., np.newaxis]
        height, time = _refined(upright, index)
        unfinished = (height <= 0) | (index == values.shape[-1] - 1)
        self.amplitude = signs * height
        self.time = np.where(unfinished, np.nan, time * dt)
        up = [
            _cubic_crossing(upright, share * height, index, before=True)
            for share in (_LOW, 0.5, _HIGH)
        ]
        down = _cubic_crossing(upright, 0.5 * height, index, before=False)
        self.rise = np.where(unfinished, np.nan, (up[2] - up[0]) * dt)
        self.width = np.where(unfinished, np.nan, (down - up[1]) * dt)


def largest(values: np.ndarray) -> np.ndarray:
    """Return the largest deflection of smooth waveforms from 0, with its sign.

    Of fewer than four samples, the largest sample counts.
    """
    signs, index = _summit(values)
    return signs * _refined(values * signs[..., np.newaxis], index)[0]


def integral(values: np.ndarray, dt: float) -> np.ndarray:
    """Return the integral of smooth waveforms over time, of fourth order in the step.

    At least four samples are required.
    """
    # Integral of the cubic through four samples, over each interval.
    weights = np.zeros(values.shape[-1])
    for shift, weight in enumerate((-1, 13, 13, -1)):
        weights[shift : len(weights) - 3 + shift] += weight
    ends = np.array([9, 19, -5, 1])
    weights[:4] += ends
    weights[-4:] += ends[::-1]
    return values @ weights * (dt / 24)


def peak(values: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Return height and time of the largest value of waveforms with corners.

    Where the curvature is similar on both sides, the peak is that of the parabola
    through three samples. Otherwise it is a corner or follows a jump: a sample. At
    least five samples are required.
    """
    at = values.argmax(axis=-1)[..., np.newaxis]
    inner = np.clip(at, 2, values.shape[-1] - 3)
    five = np.take_along_axis(values, inner + np.arange(-2, 3), axis=-1)
    bends = np.diff(five, n=2, axis=-1)
    bend, slope = bends[..., 1], (five[..., 3] - five[..., 1]) / 2
    smooth = (bend < 0) & (inner == at)[..., 0]
    smooth &= (np.abs(bends - bend[..., np.newaxis]) <= -_SMOOTH * bend[..., None]).all(
        axis=-1
    )
    shift = np.where(smooth, -slope / np.where(smooth, bend, 1), 0)
    height = np.take_along_axis(values, at, axis=-1)[..., 0]
    return height + shift * slope / 2, (at[..., 0] + shift) * dt


def half_width(values: np.ndarray, height: np.ndarray, dt: float) -> np.ndarray:
    """Return the time between half of the height before and after the peak, on lines.

    The waveforms start below half. NaN where a waveform does not fall to half.
    """
    above = values - height[..., np.newaxis] / 2
    at = values.argmax(axis=-1)[..., np.newaxis]
    index = np.arange(values.shape[-1])
    low = above <= 0
    before = np.where(low & (index < at), index, -1).max(axis=-1)
    after = np.where(low & (index > at), index, index[-1] + 1).min(axis=-1)
    ends = (before >= 0) & (after <= index[-1])
    rise = _line_crossing(above, np.where(ends, before, 0))
    fall = _line_crossing(above, np.where(ends, after - 1, 0))
    return np.where(ends, (fall - rise) * dt, np.nan)


def duration_above_half(
    values: np.ndarray, height: np.ndarray, dt: float
) -> np.ndarray:
    """Return the total time above half of the height, on lines between samples.

    All excursions count, and the first sample may be above half already.
    """
    half = height[..., np.newaxis] / 2
    before, after = values[..., :-1] - half, values[..., 1:] - half
    above = np.maximum(before, after) > 0
    share = np.maximum(before, after) / np.where(above, np.abs(before - after), 1)
    steps = np.where(np.minimum(before, after) > 0, 1, share)
    return np.where(above, steps, 0).sum(axis=-1) * dt


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
    """Return height and position of the largest value around the largest sample.

    The cubics on both sides of that sample use samples of their side only, since a
    current that is switched off there leaves a kink.
    """
    last = values.shape[-1] - 1
    height = np.take_along_axis(values, index[..., np.newaxis], axis=-1)[..., 0]
    position = index.astype(float)
    if last < 3:  # no cubic
        return height, position
    for first, interval in ((index - 3, index - 1), (index, index)):
        inside = (interval >= 0) & (interval < last)
        start = np.clip(first, 0, last - 3)
        cubic = _differences(values, start)
        low = np.clip(interval - start, 0, 2)
        for root in _turns(cubic):
            x = np.clip(np.where(np.isfinite(root), root, low), low, low + 1)
            found = np.where(inside, _value(cubic, x), -np.inf)
            position = np.where(found > height, start + x, position)
            height = np.maximum(height, found)
    return height, position


def _turns(cubic: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of slope 0 of a cubic; not finite without one."""
    _, d1, d2, d3 = cubic
    a, b, c = d3 / 2, d2 - d3, d1 - d2 / 2 + d3 / 3
    with np.errstate(divide="ignore", invalid="ignore"):
        q = -(b + np.copysign(np.sqrt(b**2 - 4 * a * c), b)) / 2
        return q / a, c / q


def _cubic_crossing(
    values: np.ndarray, level: np.ndarray, index: np.ndarray, *, before: bool
) -> np.ndarray:
    """Return the position of the last crossing before, or the first after, a sample.

    A waveform that is above the level from the start crosses it at the start; NaN if it
    never falls to the level.
    """
    position = np.arange(values.shape[-1] - 1)
    above = values >= level[..., np.newaxis]
    if before:
        crosses = (
            ~above[..., :-1] & above[..., 1:] & (position < index[..., np.newaxis])
        )
        found = len(position) - 1 - crosses[..., ::-1].argmax(axis=-1)
    else:
        crosses = (
            above[..., :-1] & ~above[..., 1:] & (position >= index[..., np.newaxis])
        )
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


def _line_crossing(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return the zero crossing of the line from a sample to the next (samples)."""
    pair = np.take_along_axis(values, index[..., np.newaxis] + np.arange(2), axis=-1)
    step = pair[..., 0] - pair[..., 1]
    return index + np.where(step != 0, pair[..., 0] / np.where(step, step, 1), 0)
