"""Properties of all plots: imports, axes, styles, isolation."""

import subprocess
import sys
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    get_device,
    ms,
    nS,
    prefs,
    seed,
    set_device,
)
from brian2.devices.device import reset_device
from helpers.plots import PAIR, curve, labels, model, recorded, window
from numpy.testing import assert_allclose, assert_array_equal

from dendrisyn import (
    AMPA,
    GABAB,
    CalciumSTDP,
    DendrisynError,
    InvalidValueError,
    PairSTDP,
    UnitError,
    UnknownNameError,
    plotting,
)
from dendrisyn.plotting.style import COLORS, LINES, line

plt = pytest.importorskip("matplotlib.pyplot")


def test_importing_it_imports_no_matplotlib():
    code = """
import sys, brian2.only
sys.modules['matplotlib'] = None
import dendrisyn.plotting
from brian2.units import ms, nS
from dendrisyn import AMPA, DendrisynError
try:
    dendrisyn.plotting.conductance(AMPA('x', g=1*nS, t_decay=5*ms))
except DendrisynError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install 'dendrisyn[plot]'" in ran.stdout


def test_28_lines_differ_in_more_than_colour():
    styles = [line(index) for index in range(28)]
    assert len({str(style) for style in styles}) == 28
    for one, other in pairwise(styles):
        assert one["linestyle"] != other["linestyle"]
    assert len(set(COLORS)) == len(COLORS) == 7
    assert len(LINES) == 4


def draw_all(ax=None):
    return [
        plotting.conductance(AMPA("x", g=1 * nS, t_decay=5 * ms), ax=ax),
        plotting.magnesium_block(ax=ax),
        plotting.nmda_current(ax=ax),
        plotting.stdp_window(PairSTDP(), times=[-5, 5] * ms, ax=ax),
        plotting.traces(recorded()["state"], ax=ax),
        plotting.raster(recorded()["spikes"], ax=ax),
        plotting.dendritic_spikes(model(), recorded()["Na"], ax=ax),
    ]


def test_all_draw_on_the_axes_that_they_are_given():
    _, ax = plt.subplots()
    assert all(each is ax for each in draw_all(ax))
    assert plt.get_fignums() == [1]
    assert len({id(each) for each in draw_all()}) == 7
    assert len(plt.get_fignums()) == 8


@pytest.mark.parametrize("name", plotting.__all__)
def test_axes_must_be_axes(name):
    given = {
        "conductance": (AMPA("x", t_decay=5 * ms),),
        "traces": (recorded()["state"],),
        "raster": (recorded()["spikes"],),
        "dendritic_spikes": (model(), recorded()["Na"]),
    }.get(name, ())
    plot = getattr(plotting, name)
    if name == "stdp_window":
        plot = partial(plot, PairSTDP(), times=[5] * ms)
    with pytest.raises(UnitError, match=f"{name}: ax: expected matplotlib axes"):
        plot(*given, ax=3)


def test_a_second_call_goes_on_with_the_next_style():
    ax = plotting.magnesium_block("nest_cm")
    plotting.magnesium_block("brainpy", ax=ax)
    one, other = ax.lines
    assert (one.get_color(), other.get_color()) == COLORS[:2]
    assert labels(ax) == ["nest_cm", "brainpy"]
    assert [text.get_text() for text in ax.get_legend().texts] == labels(ax)


def test_what_is_run_leaves_the_simulation_of_the_user_alone():
    defaultclock.dt = 0.2 * ms
    group = NeuronGroup(3, "dv/dt = xi*(1*ms)**-0.5 : 1", method="euler")
    state = StateMonitor(group, "v", record=True)
    network = Network(group, state)

    def run(between):
        seed(4)
        network.store()
        network.run(1 * ms)
        between()
        network.run(1 * ms)
        found = np.array(state.v)
        network.restore()
        return found

    def draw():
        plotting.stdp_window(PairSTDP(), CalciumSTDP(), times=[1] * ms)
        plotting.conductance(GABAB("x"), duration=2 * ms)

    alone = run(lambda: None)
    assert_array_equal(run(draw), alone)
    assert defaultclock.dt == 0.2 * ms
    assert prefs.codegen.target == "numpy"
    # the step is that of the user
    t, _ = curve(plotting.conductance(AMPA("x", t_decay=2 * ms)))
    assert_allclose(np.diff(t), 0.2)


def test_curves_can_be_drawn_in_standalone_mode(tmp_path):
    set_device("cpp_standalone", directory=str(tmp_path), build_on_run=False)
    chosen = get_device()
    try:
        prefs.codegen.target = "auto"
        assert curve(plotting.conductance(GABAB("x"), duration=5 * ms))[1].max() > 0
        _, change = curve(plotting.stdp_window(PairSTDP(**PAIR), times=[5] * ms))
        assert_allclose(change, window(np.array([5])), atol=1e-15)
        assert get_device() is chosen
        assert prefs.codegen.target == "auto"
        assert not list(tmp_path.iterdir())  # nothing is built

        group = NeuronGroup(1, "v : 1", threshold="v > 1", reset="")
        spikes = SpikeMonitor(group)
        Network(group, spikes).run(1 * ms)
        with pytest.raises(
            InvalidValueError, match="spikes: the monitor has recorded nothing"
        ):
            plotting.raster(spikes)
    finally:
        reset_device()
        chosen.reinit()


def test_errors_are_those_of_the_package():
    for error in (InvalidValueError, UnitError, UnknownNameError):
        assert issubclass(error, DendrisynError)
