"""Objects and state of Brian2 stay as they are."""

import gc
import subprocess
import sys
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2 import BrianObject, NeuronGroup, StateMonitor, defaultclock, ms, nS
from brian2.devices.device import get_device, reset_device, set_device
from helpers.tuned_cells import short, two_compartments

from dendrisyn.errors import DendrisynError, InvalidValueError
from dendrisyn.playground.simulation import Simulation


def brian_state():
    prefs = brian2.prefs
    return (
        float(defaultclock.dt),
        float(defaultclock.t / ms),
        get_device(),
        prefs.codegen.target,
        prefs.as_file,
        len(brian2.collect()),
    )


def usual_names():
    """Return the names of living groups to which Brian2 gave them."""
    living = (each() for each in BrianObject.__instances__())
    names = {each.name for each in living if each is not None}
    return {each for each in names if each.startswith("neurongroup")}


def test_nothing_of_brian2_changes():
    brian2.prefs.codegen.target = "auto"
    group = NeuronGroup(1, "dv/dt = -v/(10*ms) + xi/sqrt(10*ms) : 1", method="euler")
    monitor = StateMonitor(group, "v", record=True)
    model = two_compartments()
    before = brian_state()
    brian2.prefs.codegen.target = "numpy"  # nothing to compile
    brian2.seed(7)
    brian2.run(1 * ms)
    between = np.random.get_state()[1].copy(), float(group.v[0])
    brian2.run(1 * ms)
    expected = np.array(monitor.v[0])

    group.v, target = 0, brian2.prefs.codegen.target
    gc.collect()
    names = usual_names()
    del monitor
    monitor = StateMonitor(group, "v", record=True)
    brian2.seed(7)
    brian2.run(1 * ms)
    assert float(group.v[0]) == between[1]
    playground = short(model)
    playground.set(g_rise=25 * nS)
    playground.run()
    playground.notebook()
    np.testing.assert_array_equal(np.random.get_state()[1], between[0])
    assert brian2.prefs.codegen.target == target
    brian2.run(1 * ms)  # a magic network, of their objects only
    np.testing.assert_array_equal(np.array(monitor.v[0]), expected)

    brian2.prefs.codegen.target = "auto"
    after = brian_state()
    assert after[0] == before[0]
    assert after[2:] == before[2:]
    gc.collect()
    assert usual_names() == names  # the next group is called as without us


def test_it_runs_while_the_script_of_the_user_is_standalone(tmp_path):
    playground = short(two_compartments())
    expected = playground.traces.voltages["trunk"]
    set_device("cpp_standalone", directory=str(tmp_path), build_on_run=False)
    try:
        device = get_device()
        defaultclock.dt = 0.1 * ms
        mine = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", method="euler")
        brian2.run(1 * ms)
        here = short(two_compartments())
        np.testing.assert_array_equal(here.traces.voltages["trunk"], expected)
        playground.set(g_rise=25 * nS)
        assert get_device() is device
        assert brian2.prefs.codegen.target == "numpy"
        assert {each.name for each in brian2.collect()} == {mine.name}
        assert list(tmp_path.iterdir()) == []
    finally:
        reset_device()
        device.reinit()


def test_an_error_leaves_everything_as_it_was(playground, monkeypatch):
    values, traces = playground.values, playground.traces
    before = brian_state()
    told = []
    playground._state.listen(lambda: told.append(1))

    def broken(*arguments):
        raise InvalidValueError("broken")

    monkeypatch.setattr(Simulation, "run", broken)
    with pytest.raises(InvalidValueError, match="broken"):
        playground.set(g_rise=11 * nS)
    assert playground.values == values
    assert playground.traces is traces
    assert told == []
    assert brian_state() == before


def test_only_front_ends_import_widgets():
    code = (
        "import sys, dendrisyn.playground as p; p.Playground().simulate();"
        "print([n for n in ('ipywidgets', 'IPython') if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("missing", "method", "extra"),
    [
        ("matplotlib.pyplot", "run", "dendrisyn[plot]"),
        ("ipywidgets", "notebook", "dendrisyn[playground]"),
    ],
)
def test_errors_name_the_missing_package_and_its_extra(
    playground, monkeypatch, missing, method, extra
):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(DendrisynError, match=missing.split(".")[0]) as caught:
        getattr(playground, method)()
    assert extra in str(caught.value)
