"""Random numbers in equations are drawn independently in every step."""

import numpy as np
import pytest

from .helpers import ran


@pytest.mark.parametrize(
    ("term", "mean", "variance"),
    [
        ("randn() + 2*rand()", 1, 1 + 4 / 12),
        ("randn()*rand()", 0, 1 / 3),
        ("3*rand() + poisson(2)", 3.5, 9 / 12 + 2),
    ],
)
@pytest.mark.parametrize("rest", ["", " - 0*x**3"])
def test_random_terms_are_drawn_by_themselves_in_each_step(term, mean, variance, rest):
    """Four steps add up, of 1 ms. 0.06: five standard errors of 20 000 values."""
    group = ran(f"dx/dt = ({term}{rest})/ms : 1", 1, 4, 20_000)
    assert np.mean(group.x[:]) == pytest.approx(4 * mean, abs=0.06)
    assert np.var(group.x[:]) == pytest.approx(4 * variance, rel=0.06)


@pytest.mark.parametrize("rest", ["", " - 0*x*y"])
def test_random_terms_of_two_equations_are_independent(rest):
    """0.03: four standard errors."""
    equations = f"""dx/dt = (randn(){rest})/ms : 1
                    dy/dt = (randn(){rest})/ms : 1"""
    group = ran(equations, 1, 1, 20_000)
    assert np.var(group.x - group.y) == pytest.approx(2, rel=0.06)
    assert abs(np.corrcoef(group.x, group.y)[0, 1]) < 0.03


def test_both_halves_of_a_gate_see_the_same_draw():
    """Two draws, one for each half, would halve the variance of its rate."""
    equations = """dm/dt = rand()*exp(v/mV)*(1 - m)/ms : 1
                   dv/dt = -v*(v/mV)/ms : volt"""
    group = ran(equations, 1, 1, 20_000)
    rates = -np.log1p(-group.m[:])
    assert np.min(rates) >= 0
    assert np.max(rates) <= 1 + 1e-14  # rounding
    assert np.mean(rates) == pytest.approx(1 / 2, rel=0.02)
    assert np.var(rates) == pytest.approx(1 / 12, rel=0.04)
