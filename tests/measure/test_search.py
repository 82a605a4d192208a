"""Searches for thresholds and for targets."""

import numpy as np
import pytest

from dendrisyn import InvalidValueError
from dendrisyn.measure.search import ThresholdSearch, search_targets

SPAN = (1e-4, 1e4)


def found(function, *targets, tolerance=1e-6, resolution=0.0):
    """Search, and tell how many values were asked for in all."""
    asked = []

    def evaluate(values):
        asked.extend(values)
        return function(values)

    result = search_targets(
        "size", evaluate, np.array(targets, float), SPAN, tolerance, 1, resolution
    )
    return result, len(asked)


@pytest.mark.parametrize(
    ("function", "inverse"),
    [
        (lambda x: x**2, np.sqrt),
        (lambda x: 3 * x / (1 + x), lambda y: y / (3 - y)),
        (lambda x: -np.log1p(x), lambda y: np.expm1(-y)),
        (lambda x: 1 / (1 + x), lambda y: 1 / y - 1),
    ],
)
def test_smooth_functions(function, inverse):
    targets = function(np.array([0.3, 0.7, 1, 20]))
    result, asked = found(function, *targets)
    assert result.achieved == pytest.approx(targets, rel=1e-6)
    assert function(result.values) == pytest.approx(result.achieved, rel=1e-15)
    assert result.values == pytest.approx(inverse(targets), rel=1e-5)
    assert result.rounds <= 4
    assert asked < 33 + 3 * 8 * len(targets)


def test_many_targets_take_no_more_rounds():
    many, _ = found(np.sqrt, *np.linspace(0.1, 50, 20))
    one, _ = found(np.sqrt, 7)
    assert many.rounds <= one.rounds + 1
    assert many.values == pytest.approx(np.linspace(0.1, 50, 20) ** 2, rel=3e-6)


def test_the_smallest_of_several_is_found():
    result, _ = found(lambda x: np.abs(np.log(x)) + 1, 4)
    assert result.values == pytest.approx(np.exp(-3), rel=1e-5)


def test_what_is_not_defined_is_left_out():
    result, _ = found(lambda x: np.where(x > 100, np.nan, x), 30)
    assert result.values == pytest.approx(30, rel=1e-6)
    with pytest.raises(InvalidValueError, match="out of reach"):
        found(lambda x: np.where(x > 100, np.nan, x), 3000)


def test_out_of_reach():
    text = r"size of 5 is out of reach: between 9\.999e-05 and 0\.9999"
    with pytest.raises(InvalidValueError, match=text):
        found(lambda x: x / (1 + x), 0.5, 5)


def test_a_jump():
    with pytest.raises(InvalidValueError, match=r"jumps from 2 to 7"):
        found(lambda x: np.where(x < 2, x, x + 5), 4)


def test_steps_are_as_good_as_their_resolution():
    def rates(x):
        return np.round(x * 10) / 10

    with pytest.raises(InvalidValueError, match="jumps"):
        found(rates, 3.14159)
    result, _ = found(rates, 3.14159, resolution=0.035)
    assert result.achieved in (3.1, 3.2)


def test_what_is_all_noise_is_given_up():
    rng = np.random.default_rng(1)
    with pytest.raises(InvalidValueError, match=r"jumps|not reached"):
        found(lambda x: rng.random(len(x)), 0.5, tolerance=1e-12)


@pytest.mark.parametrize("tolerance", [0.1, 1e-2, 3e-4, 1e-5, 1e-7, 1e-12])
def test_a_search_ends_as_soon_as_it_is_as_close_as_asked(tolerance):
    rounds = []
    goals = np.array([1e-7, 0.02, 1.3, 7e3])

    def works(inputs):
        rounds.append(np.diff(inputs, axis=-1)[..., -1])
        return inputs >= goals[:, np.newaxis]

    search = ThresholdSearch("works", "input", 1, {})
    low, high = search.smallest(works, np.ones(4), np.full(4, 1e4), tolerance)
    assert (low < goals).all()
    assert (goals <= high).all()
    assert (high - low <= tolerance * high).all()
    # what the round before the last has left was not close enough
    assert len(rounds) == 2 or (rounds[-1] * 129 > 0.999 * tolerance * low).any()


def test_a_search_that_is_never_monotonic_ends_at_the_first_that_works():
    """What works in a band only is found if the ladder meets it."""
    search = ThresholdSearch("works", "input", 1, {})
    low, high = search.smallest(
        lambda x: (x > 3.3) & (x < 70), np.array(1.0), np.array(1e4), 1e-6
    )
    assert 3.3 < high <= 3.3 * (1 + 1e-6)
    assert low < 3.3
