"""Peaks and widths of waveforms with jumps and corners, as resets make them."""

from __future__ import annotations

import numpy as np

__all__ = ["half_width", "peak"]

#: How much a curvature may differ from that of the sample beside it, for a smooth peak.
_SMOOTH = 0.5


def peak(values: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Return height and time of the largest value.

    Where the curvature is about the same on both sides, it is that of the parabola
    through three samples. Otherwise the peak is a corner or comes after a jump, which
    lie on samples.

    Parameters
    ----------
    values : ndarray, shape (..., samples)
        Waveforms of five samples at least.
    dt : float
        Time between samples.
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
    """Return how long waveforms stay above half of their height, around the peak.

    Between samples they are lines. NaN where one does not fall to half.

    Parameters
    ----------
    values : ndarray, shape (..., samples)
        Waveforms that start below half.
    height : ndarray, shape (...)
        Their peaks.
    dt : float
        Time between samples.
    """
    above = values - height[..., np.newaxis] / 2
    at = values.argmax(axis=-1)[..., np.newaxis]
    index = np.arange(values.shape[-1])
    low = above <= 0
    before = np.where(low & (index < at), index, -1).max(axis=-1)
    after = np.where(low & (index > at), index, index[-1] + 1).min(axis=-1)
    ends = (before >= 0) & (after <= index[-1])
    rise = _crossing(above, np.where(ends, before, 0))
    fall = _crossing(above, np.where(ends, after - 1, 0))
    return np.where(ends, (fall - rise) * dt, np.nan)


def _crossing(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return where the line from a sample to the next crosses zero (samples)."""
    pair = np.take_along_axis(values, index[..., np.newaxis] + np.arange(2), axis=-1)
    step = pair[..., 0] - pair[..., 1]
    return index + np.where(step != 0, pair[..., 0] / np.where(step, step, 1), 0)
