"""Fixtures of the tests of the playground: one playground and one window for many."""

import brian2
import matplotlib
import matplotlib.pyplot as plt
import pytest
from helpers.tuned_cells import short, two_compartments


@pytest.fixture(scope="module")
def made():
    """Return one playground for many tests."""
    brian2.prefs.codegen.target = "numpy"
    return short(two_compartments())


@pytest.fixture
def playground(made):
    made.reset()
    return made


@pytest.fixture(autouse=True)
def _without_a_screen():
    with matplotlib.rc_context():
        plt.switch_backend("agg")
        yield


@pytest.fixture(scope="module")
def opened():
    """Return one window for many tests."""
    brian2.prefs.codegen.target = "numpy"
    plt.switch_backend("agg")
    opened = short(two_compartments())
    opened.run()
    canvas = opened.fig.canvas  # it draws in one test below
    canvas.draw = canvas.draw_idle = lambda: None
    yield opened
    plt.close(opened.fig)


@pytest.fixture
def window(opened):
    opened.reset()
    return opened
