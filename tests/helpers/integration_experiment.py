"""The check of the example on the accuracy of methods."""

import numpy as np
from scipy.integrate import solve_ivp

from helpers.example_checks import checks

#: ms; those of the example
STEPS = [0.5, 0.25, 0.1, 0.05, 0.025]


def exact(times):
    """Return the voltages (mV) of soma and tip, from the sizes of the cell."""
    length, diameter = np.array([[25, 100, 120, 150], [25, 2.5, 1.6, 1.2]])
    area = np.pi * length * diameter  # um^2
    capacitance = 1e-2 * area  # pF, 1 uF/cm^2
    matrix = np.diag(1e-3 * area)  # nS, 100 uS/cm^2
    for here, g in enumerate([10, 5, 2.5]):
        matrix[[here, here + 1], [here, here + 1]] += g
        matrix[[here, here + 1], [here + 1, here]] -= g

    def opened(t, rise, decay):
        scale = (decay / rise) ** (rise / (decay - rise)) * decay / (decay - rise)
        return scale * (np.exp(-t / decay) - np.exp(-t / rise))

    def flow(t, V):
        block = 1 / (1 + np.exp(-0.062 * V[-1]) / 3.57)
        g = 6 * opened(t, 0.5, 2) + 9 * opened(t, 2, 50) * block
        current = -matrix @ (V + 68)
        current[-1] -= g * V[-1]
        return current / capacitance

    rest = np.full(4, -68.0)
    solution = solve_ivp(
        flow, (0, times[-1]), rest, "DOP853", times, rtol=1e-11, atol=1e-11
    )
    return solution.y[[0, -1]]


def slopes(errors):
    """Return the slope of errors between steps, both logarithmic."""
    return np.diff(np.log(errors)) / np.diff(np.log(STEPS))


@checks
def accuracy(results):
    # 1/16 of the error of rk4 at 0.025 ms, which is 3.5e-6 mV at the tip
    reference = exact(results["t"])
    np.testing.assert_allclose(results["reference"], reference, atol=5e-7)
    soma, dist = results["reference"].max(axis=1) + 68
    assert 12 < soma < 15
    assert 50 < dist < 53

    for method, error in results["error"].items():
        assert error.shape == (2, len(STEPS))
        difference = np.abs(results["V"][method] - reference).max(axis=2).T
        np.testing.assert_allclose(error, difference, atol=1e-6)
        assert np.all(np.diff(error) < 0), method
    error = results["error"]

    # The order. What the next terms add to the slope is below 0.1 where steps are
    # 0.1 ms or less, for the default method up to 0.25 ms. A rise of 0.5 ms is five
    # such steps, which a method of fourth order feels most.
    for method, order, first, off in [
        ("crank_nicolson", 2, 1, 0.1),
        ("implicit_euler", 1, 2, 0.1),
        ("exponential_euler", 1, 2, 0.1),
        ("euler", 1, 2, 0.1),
        ("rk4", 4, 2, 0.25),
    ]:
        found = [slopes(each)[first:] for each in error[method]]
        np.testing.assert_allclose(found, order, atol=off, err_msg=method)

    # Within 0.01 mV at the soma at 0.1 ms, where a method of first order with a quarter
    # of the step is not near.
    assert error["crank_nicolson"][0, 2] < 0.01
    for method in ("implicit_euler", "exponential_euler", "euler"):
        assert np.all(error[method][:, -1] > 10 * error["crank_nicolson"][:, 2])
        assert np.all(error[method][:, 0] > 5 * error["crank_nicolson"][:, 0])
    assert error["rk4"][1, 0] > 3 * error["crank_nicolson"][1, 0]
    # What is of fourth order wins as soon as it resolves the rise.
    assert np.all(error["rk4"][:, 1:] < error["crank_nicolson"][:, 1:])
