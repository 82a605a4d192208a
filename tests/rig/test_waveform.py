"""Peaks, widths and integrals of waveforms against closed forms."""

import numpy as np
import pytest
from scipy.optimize import brentq

from dendrisyn.rig.waveform import Shape, half_width, integral, largest, peak

# -- smooth waveforms: cubics --


def alpha_function(t, tau):
    return t / tau * np.exp(1 - t / tau)


def test_shape_of_an_alpha_function():
    tau = np.linspace(1.0, 1.2, 9)[:, np.newaxis]
    up = brentq(lambda t: alpha_function(t, 1) - 0.5, 0, 1)
    down = brentq(lambda t: alpha_function(t, 1) - 0.5, 1, 10)
    rise = [brentq(lambda t, p=p: alpha_function(t, 1) - p, 0, 1) for p in (0.1, 0.9)]
    errors = []
    for h in (0.1, 0.05):
        found = Shape(-alpha_function(np.arange(0, 40, h), tau), h)
        exact = [-1, *(tau[:, 0] * each for each in (1, rise[1] - rise[0], down - up))]
        got = [found.amplitude, found.time, found.rise, found.width]
        errors.append(
            [
                np.abs(one / other - 1).max()
                for one, other in zip(got, exact, strict=True)
            ]
        )
    # h = tau/10 is coarse. Cubics: h**4 in values, h**3 in the place of the peak.
    assert np.all(errors[0] < np.array([2e-5, 3e-4, 1e-4, 5e-5]))
    assert np.all(np.divide(*errors) > np.array([8, 4, 8, 8]))


def test_amplitude_does_not_jump_between_samples():
    tau = np.linspace(1.0, 1.2, 20001)[:, np.newaxis]
    found = largest(alpha_function(np.arange(0, 12, 0.1), tau))
    # the peak, which is 1 for all of them, moves over two samples
    assert np.abs(np.diff(found)).max() < 1.5e-5
    assert np.ptp(found) < 2e-5


@pytest.mark.parametrize("decay", [0.3, 1, 3])
def test_peak_at_a_kink_is_the_sample(decay):
    t = np.arange(0, 6, 0.1)
    rising = np.minimum(t / 2, np.exp(-(t - 2) / decay))
    # through samples of both sides, a cubic would be up to 3 % higher
    assert largest(rising) == pytest.approx(1, rel=1e-12)
    assert largest(-rising) == pytest.approx(-1, rel=1e-12)


def test_integral_is_exact_for_cubics_and_of_fourth_order():
    t = np.arange(0, 2.05, 0.1)
    assert integral(t**3 - t, 0.1) == pytest.approx(4 - 2, rel=1e-12)
    t = np.arange(0, 40, 0.1)
    error = abs(integral(np.exp(-t), 0.1) - 1)
    t = np.arange(0, 40, 0.05)
    finer = abs(integral(np.exp(-t), 0.05) - 1)
    assert error < 3e-6
    assert 12 < error / finer < 17  # 16 for h to 0


def test_shape_of_what_has_no_peak_or_no_end():
    t = np.arange(0, 10, 0.1)
    values = [np.zeros_like(t), 1 - np.exp(-t), 1 - np.exp(-((t - 5) ** 2) / 500)]
    found = Shape(np.array([*values, 1 + np.exp(-t)]), 0.1)
    assert np.all(found.amplitude == [0, values[1][-1], values[2][0], 2])
    assert np.isnan(found.time[:2]).all()
    assert np.isnan(found.rise[:2]).all()
    assert np.isnan(found.width[:2]).all()
    # above half of it to the end
    assert found.time[3] == found.rise[3] == 0
    assert np.isnan(found.width[3])


def test_few_samples_have_a_largest():
    assert largest(np.array([0.0, 1.0, 0.5])) == 1
    assert largest(np.array([-0.1])) == -0.1


# -- waveforms with jumps and corners: lines --


def test_a_smooth_peak_is_found_between_samples():
    t = np.arange(200) * 0.1
    shifts = np.linspace(0, 0.1, 7)[:, np.newaxis]
    values = np.exp(-(((t - 9.96 - shifts) / 2) ** 2))
    height, time = peak(values, 0.1)
    # the fourth-order term of a Gaussian, half a sample from its peak: (dt/2/2)**4
    assert height == pytest.approx(1, abs=1e-5)
    assert time == pytest.approx(9.96 + shifts[:, 0], abs=1e-4)
    # between its halves; the error of a line is dt**2/8 of the curvature
    full = 2 * 2 * np.sqrt(np.log(2))
    assert half_width(values, height, 0.1) == pytest.approx(full, abs=1e-3)


@pytest.mark.parametrize(
    "values",
    [
        [0, 0, 1, 2, 3, 4, 3.9, 3.8, 3.7, 3.6],  # a corner
        [0, 0, 0, 0, 0, 4, 3.9, 3.8, 3.7, 3.6],  # a jump
        [0, 0, 0, 0, 1, 4, 0, 0, 0, 0],  # a sample
        [0, 0, 0, 0, 0, 1, 2, 2.8, 3.5, 4],  # it still grows
        [4, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
)
def test_a_peak_with_an_edge_is_on_its_sample(values):
    height, time = peak(np.array(values, dtype=float), 0.5)
    assert height == 4
    assert time == np.argmax(values) * 0.5


def test_the_width_of_what_does_not_fall_to_half_is_unknown():
    rising = np.array([0.0, 1, 2, 3, 4, 5])
    triangle = np.array([0.0, 2, 4, 2, 0, 0])
    assert np.isnan(half_width(rising, np.array(5.0), 1))
    assert half_width(triangle, np.array(4.0), 1) == pytest.approx(2)
