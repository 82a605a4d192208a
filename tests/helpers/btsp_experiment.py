"""Check of the example on place fields."""

import numpy as np
import pytest

from helpers.example_checks import checks

TRACK, PLACE, OLD = 150, 80, 40  # cm
CENTRES = 1.5 * np.arange(100) + 0.75


def away(places, place):
    return (places - place + TRACK / 2) % TRACK - TRACK / 2


def shape(x, alpha, beta):
    """The sigmoid of the rule, from 0 to 1."""
    low, value, high = (1 / (1 + np.exp(-beta * (y - alpha))) for y in (0, x, 1))
    return (value - low) / (high - low)


def learned(weights, inputs):
    """The weights of inputs (by number) after a lap with a plateau, by Euler's method.

    With the equation and the parameters of the network model of Milstein et al. (2021),
    doi:10.7554/eLife.73046; the mean over random spikes of which each adds .06 to the
    eligibility. The lap is the second of two, since the trace lasts.
    """
    rng, h, n = np.random.default_rng(4), 5e-3, 400
    trace = np.zeros((n, len(inputs)))
    signal, found = 0.0, np.tile(weights, (n, 1))
    for t in np.arange(0, 12, h):
        far = away(25 * t, CENTRES[inputs])
        rate = 20 * np.exp(-((far / 12) ** 2) / 2)
        on = 6 + 3.2 <= t < 6 + 3.5
        signal += h / 0.4370065 * (on / (1 - np.exp(-0.3 / 0.4370065)) - signal)
        trace *= 1 - h / 1.664103
        trace = np.minimum(trace + 0.06 * rng.poisson(rate * h, trace.shape), 1)
        x = np.minimum(trace * signal, 1)
        found += h * 1.109682 * (1 - found) * shape(x, 0.4150117, 4.404223)
        found -= h * 0.4249387 * found * shape(x, 0.02618154, 20.045758)
    return found.mean(axis=0)


@checks
def btsp(results):
    weights, rates = results["weights"], results["rates"]
    laps = len(rates)
    assert weights.shape == (laps + 1, 2, 12, 100)
    assert weights.min() > 0
    assert weights.max() < 1
    far = away(CENTRES, PLACE)
    before, after, near = -30, 30, abs(far) < 6

    def at(shift):
        return abs(far - shift) < 6

    # One plateau, of one dendrite, where the animal is at 80 cm for the second time.
    high = results["t"][results["V"] > -25]
    assert 6 + PLACE / 25 <= high.min() <= 6 + PLACE / 25 + 0.02
    assert high.max() - high.min() == pytest.approx(0.3, abs=0.03)

    # Silent cells: one plateau makes a field that stays.
    silent = weights[:, 0].mean(axis=1)
    assert np.all(weights[0, 0] == weights[1, 0])
    # At the end of that lap, 2.5 s after the plateau, .003 of its signal is left.
    np.testing.assert_allclose(weights[3, 0], weights[2, 0], atol=2e-3)
    assert np.all(weights[3, 0] == weights[-1, 0])
    assert rates[0, 0].mean() < 0.05
    place = 2.5 + 5 * np.arange(30)
    field = rates[2:, 0].mean(axis=0)
    assert field.max() > 5
    assert PLACE - 25 <= place[field.argmax()] < PLACE
    assert PLACE - 20 < np.average(place, weights=field) < PLACE - 5
    # It begins more than a second (25 cm) before the plateau, and does not last for one
    # after it.
    assert field[(place > PLACE - 40) & (place < PLACE - 25)].mean() > 1
    assert field[(place > PLACE + 25) & (place < PLACE + 50)].mean() < 0.1

    # The asymmetric kernel, of seconds.
    change = silent[-1] - 0.2
    assert change[near].mean() > 0.12
    assert change[at(before)].mean() > 4 * abs(change[at(after)]).mean()
    assert change[at(-50)].mean() > 0.03
    peak = far[np.convolve(change, np.ones(9) / 9, "same").argmax()]
    assert -20 < peak < 0
    # Weights of 12 inputs of 8 neighbours vary by .05 around the mean; three errors.
    # Plateaus rise and fall within some ms.
    some = np.arange(4, 100, 8)
    expected = learned(np.full(len(some), 0.2), some)
    smooth = np.array([silent[-1][each - 4 : each + 4].mean() for each in some])
    np.testing.assert_allclose(smooth, expected, atol=0.02)

    # The others: each plateau takes strong weights down and weak ones up.
    moved = weights[:, 1].mean(axis=1)
    old = abs(away(CENTRES, OLD)) < 6
    falls, rises = moved[:, old].mean(axis=1), moved[:, near].mean(axis=1)
    assert np.all(np.diff(falls)[1:5] < 0)
    assert np.all(np.diff(rises)[1:5] > 0)
    assert falls[0] > 0.65
    assert falls[-1] < rises[-1] - 0.03
    assert rises[0] < 0.25
    assert np.all(weights[0, 1] == weights[1, 1])
    np.testing.assert_allclose(weights[6, 1], weights[5, 1], atol=2e-3)
    # In the same lap, at the same place: the weight decides.
    weak, strong = (weights[2] - weights[1])[..., old].mean(axis=(1, 2))
    assert weak > 0.03
    assert strong < -0.1
    centres = [np.average(place, weights=rates[lap, 1]) for lap in (0, -1)]
    assert centres[0] == pytest.approx(OLD, abs=5)
    assert centres[1] > centres[0] + 15
