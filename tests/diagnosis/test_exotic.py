"""Networks of every kind are read without an error, in every mode."""

import subprocess
import sys

import brian2
import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpatialNeuron,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    linked_var,
    ms,
    mV,
    um,
)
from brian2.core.base import BrianObject
from helpers.modes import compile_quickly, environment

from dendrisyn import diagnose


class Own(BrianObject):
    """An object of a class of the user."""

    add_to_magic_network = True


def exotic():
    """Return a network with something of everything, its namespace and a group."""
    stimulus = TimedArray([10, 20] * Hz, dt=5 * ms)
    group = NeuronGroup(
        10,
        """
        dv/dt = (I + J + y - v)/tau : 1 (unless refractory)
        I = 0.1*sin(2*pi*10*Hz*t) : 1 (constant over dt)
        J = 0.01*rand() : 1 (constant over dt)
        high = v > 0.5 : boolean
        tau : second (shared, constant)
        y : 1 (linked)
        n : integer
        last : second
        """,
        threshold="v > 0.9",
        reset="v = 0; n += 1  # count\nlast = t",
        refractory="v > 0.8",
        events={"up": "high and not_refractory"},
        method="euler",
    )
    group.tau = 10 * ms
    group.v = 1
    other = NeuronGroup(10, "z : 1", threshold="rand() < 0.01", reset="", dt=0.5 * ms)
    group.y = linked_var(other, "z")
    group.run_on_event("up", "v -= 0.1")
    group.run_regularly("n = 0; v = clip(v, 0, 2)", dt=1 * ms)
    group[2:4].run_regularly("v *= 0.99", dt=1 * ms)
    inputs = PoissonGroup(5, "stimulus(t)")
    generator = SpikeGeneratorGroup(2, [0, 1], [1, 2] * ms)
    recurrent = Synapses(
        group,
        group,
        """
        dx/dt = -x/(5*ms) : 1 (event-driven)
        w : 1 (constant)
        k : integer (shared)
        big = w > 0.5 : boolean
        """,
        on_pre={"a": "x += 1; v_post += w*x*int(big)", "b": "w = w*int(v_pre > 0)"},
        on_post="w = clip(w + 0.1*rand(), 0, 1)",
        on_event={"a": "up", "b": "spike", "post": "spike"},
        delay={"a": 1 * ms},
        multisynaptic_index="m",
    )
    recurrent.connect(condition="i != j", n=2)
    onto = Synapses(generator, recurrent, on_pre="w_post += 0.1")
    onto.connect(i=0, j=np.arange(3))
    feed = Synapses(inputs[1:4], group[5:], on_pre="v += 0.1/N_incoming")
    feed.connect(condition="i == j % 3")
    silent = Synapses(inputs, group)
    silent.connect()
    ball = SpatialNeuron(
        brian2.Soma(20 * um), "Im = -g*v : amp/meter**2\ng : siemens/meter**2"
    )
    drive = PoissonInput(group[:3], "v", 5, 10 * Hz, "0.01*tau/ms")
    operation = NetworkOperation(lambda t: None, dt=1 * ms)
    monitors = [
        SpikeMonitor(group[2:5]),
        EventMonitor(group, "up", variables="v"),
        PopulationRateMonitor(group[:5]),
        StateMonitor(recurrent, "x", record=[0]),
        StateMonitor(group, ["v", "high"], record=True),
        StateMonitor(ball, "v", record=True),
    ]
    objects = [group, other, inputs, generator, recurrent, onto, feed, silent, ball]
    objects += [drive, operation, Own(), *monitors]
    return Network(objects), {"stimulus": stimulus}, group


def test_a_network_of_everything_is_read_before_between_and_after_runs():
    network, namespace, group = exotic()
    for _ in range(3):
        assert diagnose(network) == []
        network.run(60 * ms, namespace=namespace)
    assert diagnose(network) == []
    group.v = np.nan
    assert [each.kind for each in diagnose(network)] == ["not a number"]


def test_code_that_cannot_be_parsed_is_no_obstacle():
    group = NeuronGroup(
        2, "dv/dt = (I - v)/(9*ms) : 1\nI : 1", "euler", None, "v > 1", ""
    )
    S = Synapses(group, group, "w : 1", on_pre="v_post += w if else")
    S.connect()
    assert diagnose(Network(group, S)) == []


def test_an_error_inside_a_check_is_silence(monkeypatch):
    examine = sys.modules["dendrisyn.diagnosis.examine"]
    monkeypatch.setattr(examine, "_UNKNOWN", (Exception,))

    def fails(reading, each):
        raise RuntimeError("an exotic network")

    group = NeuronGroup(1, "dv/dt = -v/(0.01*ms) : 1", method="euler")
    checks = (fails, *examine._OF_GROUPS)
    monkeypatch.setattr(examine, "_OF_GROUPS", checks)
    assert [each.kind for each in diagnose(Network(group))] == ["coarse step"]


STANDALONE = """
import sys
from brian2 import *
import dendrisyn.diagnosis
from dendrisyn import diagnose
sys.modules['dendrisyn.diagnosis.examine']._UNKNOWN = ()
directory, build = sys.argv[1], sys.argv[2] == 'build'
set_device('cpp_standalone', directory=directory, build_on_run=False)
equations = '''dv/dt = (I - v)/(20*ms) : 1
dI/dt = -I/(5*ms) : 1'''
group = NeuronGroup(3, equations, threshold='v > 1', reset='v = 0', method='euler')
group.v = '0.1*rand()'
S = Synapses(group, group, 'w : 1', on_pre='I_post += w')
S.connect()
S.connect('i != j')
drive = PoissonInput(group, 'I', 10, 50*Hz, 0.01)
monitor = SpikeMonitor(group)
network = Network(group, S, drive, monitor)
print([each.kind for each in diagnose(network)])
network.run(100*ms)
print([each.kind for each in diagnose(network)])
if build:
    device.build(directory=directory, compile=True, run=True)
    print([each.kind for each in diagnose(network)])
"""


def standalone(tmp_path, *arguments):
    """Return what the script prints, line by line."""
    command = [sys.executable, "-W", "ignore", "-c", STANDALONE, "build", *arguments]
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
        cwd=tmp_path,
        env=environment(),
    )
    assert ran.returncode == 0, ran.stderr
    return [line for line in ran.stdout.splitlines() if line.startswith("[")]


def test_standalone_mode_knows_no_values_before_it_is_built(tmp_path):
    assert standalone(tmp_path, "not") == ["[]", "[]"]


@pytest.mark.compiled
def test_standalone_mode_knows_its_values_after_it_was_built(tmp_path):
    compile_quickly(tmp_path)
    before, between, after = standalone(tmp_path, "build")
    assert before == between == "[]"
    assert after == "['zero weights', 'double connections', 'silent group']"


def test_values_in_millivolt_of_a_spatial_neuron_may_be_nan():
    ball = SpatialNeuron(brian2.Soma(20 * um), "Im = 0*amp/meter**2 : amp/meter**2")
    ball.v = np.nan * mV
    assert [each.kind for each in diagnose(Network(ball))] == ["not a number"]
