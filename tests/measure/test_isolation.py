"""Measurements leave everything of the user's as it was, in every mode."""

import copy
import gc
import pickle

import brian2
import numpy as np
import pytest
from brian2 import (
    BrianObject,
    BrianObjectException,
    Network,
    NeuronGroup,
    StateMonitor,
    collect,
    defaultclock,
    get_device,
    ms,
    mV,
    nS,
    ohm,
    pA,
    prefs,
    second,
    seed,
)
from helpers.modes import compile_quickly
from helpers.passive_tree import passive_tree

from dendrisyn import AMPA, Noise, calibrate, measure
from dendrisyn.brian.isolated import isolated


def cell():
    """A model with all that draws or keeps something: noise, a receptor."""
    model = passive_tree()
    model.compartments["tip"].add(
        AMPA("x", g=1 * nS, t_rise=0.5 * ms, t_decay=3 * ms), Noise(sigma=2 * pA)
    )
    return model


def everything(model):
    """Measure and calibrate once."""
    measure.input_resistance(model, duration=20 * ms)
    measure.time_constant(model)
    measure.attenuation(model, "tip")
    measure.psp(model, "AMPA_x_tip")
    calibrate.psp(model, "AMPA_x_tip", 0.2 * mV)


def state():
    """Return what a user has set, as text."""
    return (
        get_device(),
        prefs.as_file,
        float(defaultclock.dt),
        float(defaultclock.t / second),
        {name: str(value) for name, value in prefs.items()},
    )


def test_nothing_is_changed():
    defaultclock.dt = 0.05 * ms
    model = cell()
    before_model = model.equations, dict(model.parameters)
    group = NeuronGroup(3, "dv/dt = -v/(10*ms) + xi*ms**-0.5 : 1", method="euler")
    monitor = StateMonitor(group, "v", record=True)
    network = Network(group, monitor)

    def continued(*, measured):
        """Run, measure or not, and run on."""
        seed(3)
        network.restore("start")
        network.run(2 * ms)
        before = state(), collect(), float(network.t), np.array(group.v)
        if measured:
            everything(model)
        assert (state(), collect(), float(network.t)) == before[:3]
        assert np.array_equal(group.v, before[3])
        network.run(2 * ms)
        return np.array(monitor.v)

    network.store("start")
    assert np.array_equal(continued(measured=False), continued(measured=True))
    assert (model.equations, dict(model.parameters)) == before_model
    gc.collect()
    alive = {each().name for each in BrianObject.__instances__() if each() is not None}
    assert not [name for name in alive if name.startswith("measured_")]


def test_the_magic_network_goes_on():
    group = NeuronGroup(1, "dv/dt = 1/second : 1", method="euler")
    brian2.run(5 * ms)
    measure.input_resistance(cell(), duration=5 * ms)
    brian2.run(5 * ms)
    assert group.v[0] == pytest.approx(0.01)


def test_after_an_error_all_is_as_before():
    before = state()
    with pytest.raises(BrianObjectException):
        measure.input_resistance(cell(), threshold="V_soma > no_such_name", reset="")
    assert state() == before


def test_noise_is_at_its_mean():
    quiet, noisy = passive_tree(), cell()
    one, other = (measure.input_resistance(each).resistance for each in (quiet, noisy))
    assert one / ohm == pytest.approx(other / ohm, rel=1e-9)


def test_the_step_is_that_of_the_clock_if_none_is_given():
    defaultclock.dt = 0.025 * ms
    found = measure.input_resistance(cell(), duration=1 * ms)
    assert np.diff(found.traces.t / second) == pytest.approx(25e-6)
    given = measure.input_resistance(cell(), duration=1 * ms, dt=0.2 * ms)
    assert np.diff(given.traces.t / second) == pytest.approx(200e-6)


def test_progress_is_told():
    calls = []
    measure.input_resistance(
        cell(), duration=5 * ms, progress=lambda *state: calls.append(state)
    )
    assert calls[0] == (0, 100, 0)
    assert calls[-1] == (100, 100, 0)


def test_results_are_frozen_and_can_be_kept():
    found = measure.input_resistance(cell(), duration=5 * ms)
    with pytest.raises(AttributeError):
        found.resistance = 3
    for copied in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert copied.resistance == found.resistance
        assert str(copied) == str(found)
    assert "<th>resistance (" in found._repr_html_()


def test_isolated_yields_the_step_and_restores_the_target():
    prefs.codegen.target = "cython"
    with isolated() as dt:
        assert prefs.codegen.target == "numpy"
        assert dt == 0.1 * ms
    assert prefs.codegen.target == "cython"


STANDALONE = """
import sys
from brian2 import *
from dendrisyn import AMPA, Dendrite, NeuronModel, Soma, calibrate, measure

set_device("cpp_standalone", directory=None, build_on_run=False)
defaultclock.dt = 0.2*ms
soma = Soma("soma", cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
dend = Dendrite("dend", cm_abs=20*pF, gl_abs=1*nS, v_rest=-70*mV)
dend.add(AMPA("x", g=1*nS, t_decay=2*ms))
model = NeuronModel([(soma, dend, 5*nS)])
group = model.make_neurongroup(2)
group.I_ext_soma = 10*pA
monitor = StateMonitor(group, "V_soma", record=0)
network = Network(group, monitor)
network.run(2*ms)
if sys.argv[1] == "measured":
    device = get_device()
    resistance = measure.input_resistance(model).resistance
    assert abs(resistance/ohm*(5e-9 + 1/(1/5e-9 + 1/1e-9)) - 1) < 1e-5, resistance
    fitted, report = calibrate.psp(model, "AMPA_x_dend", 0.3*mV)
    assert abs(report.error) < 1e-3
    assert get_device() is device and defaultclock.dt == 0.2*ms
network.run(2*ms)
device.build()
print(monitor.V_soma[0][-1]/mV)
"""


@pytest.mark.compiled
def test_in_a_standalone_script(tmp_path):
    """The build goes on as if nothing had been measured."""
    import subprocess
    import sys

    results = []
    for mode in ("measured", "not"):
        folder = tmp_path / mode
        folder.mkdir()
        compile_quickly(folder)
        command = [sys.executable, "-c", STANDALONE, mode]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        results.append(done.stdout.split()[-1])
    assert results[0] == results[1]


@pytest.mark.compiled
@pytest.mark.usefixtures("quick_cython")
def test_numpy_and_cython_agree():
    model = cell()
    for measurement in (
        lambda **how: measure.input_resistance(model, duration=20 * ms, **how),
        lambda **how: measure.attenuation(model, "tip", **how),
    ):
        one, other = (measurement(target=each) for each in ("numpy", "cython"))
        for name, trace in one.traces.values.items():
            assert np.abs(trace - other.traces[name]).max() < 1e-12 * mV * 1e3
