"""Weights of a projection: starting values, names, standalone mode."""

import subprocess
import sys

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    StateMonitor,
    Synapses,
    mmolar,
    ms,
    mV,
    nS,
)
from brian2.utils.logger import catch_logs
from helpers.modes import compile_quickly, environment
from helpers.projections import PASSIVE, cell, spikes

from dendrisyn import (
    ConductanceBased,
    DualExponential,
    InvalidValueError,
    NameConflictError,
    PointNeuronModel,
    Synapse,
    UnitError,
)

# -- weights ---------------------------------------------------------------------------


def connected(projection, n=3, **connect):
    group = cell().make_neurongroup(2)
    synapses = projection.synapses(spikes(1, n=n), group)
    synapses.connect(**connect)
    return synapses


@pytest.mark.parametrize(
    ("weight", "start"),
    [("w", 1.0), ({"w": 0.5}, 0.5), ({"w": 0}, 0.0), ({"efficacy": -1}, -1.0)],
)
def test_weights_start_at_the_stated_value(weight, start):
    synapses = connected(cell().projection("AMPA_x_dend", weight=weight))
    name = weight if isinstance(weight, str) else next(iter(weight))
    assert getattr(synapses, name)[:].tolist() == [start] * 6


def test_weights_may_start_at_an_expression_of_the_scope():
    scale = 0.25
    projection = cell().projection("AMPA_x_dend", weight={"w": "scale * (i + 1)"})
    group = cell().make_neurongroup(2)
    synapses = projection.synapses(spikes(1, n=3), group)
    synapses.connect(j="0")
    assert synapses.w[:] == pytest.approx(scale * np.array([1, 2, 3]))


def test_a_second_connect_leaves_the_weights_that_are_there():
    projection = cell().projection("AMPA_x_dend", weight={"w": 0.5})
    synapses = connected(projection, i=[0, 1], j=[0, 0])
    synapses.w = 3
    synapses.connect(i=[2], j=[1])
    assert synapses.w[:].tolist() == [3, 3, 0.5]
    synapses.connect(condition="i > 100")  # makes none
    assert synapses.w[:].tolist() == [3, 3, 0.5]


def test_in_plain_synapses_the_weight_is_the_users():
    group = cell().make_neurongroup(1)
    synapses = Synapses(
        spikes(1), group, **cell().projection("AMPA_x_dend", weight="w")
    )
    synapses.connect()
    assert synapses.w[:].tolist() == [0.0]  # Brian2's start, which diagnose names
    synapses.w = 2
    assert synapses.w[:].tolist() == [2.0]


def test_the_weight_of_a_saturating_receptor_acts_at_once():
    """A factor of the sum: a change between spikes is heard in the next step."""
    model = cell()
    group = model.make_neurongroup(1)
    synapses = model.projection("NMDA_rec_dend", weight="w").synapses(
        source := spikes(1), group
    )
    synapses.connect()
    network = Network(source, group, synapses)
    network.run(10 * ms)
    before = float(group.s_tot_NMDA_rec_dend[0])
    synapses.w = 10
    network.run(0.1 * ms)
    assert group.s_tot_NMDA_rec_dend[0] == pytest.approx(10 * before, rel=0.01)


def test_delays_are_those_of_brian():
    model = cell()
    group = model.make_neurongroup(1)
    source = spikes(1)
    synapses = model.projection("AMPA_x_dend").synapses(source, group, delay=2 * ms)
    synapses.connect()
    monitor = StateMonitor(group, "s_AMPA_x_dend", record=0)
    Network(source, group, synapses, monitor).run(5 * ms)
    first = np.flatnonzero(monitor.s_AMPA_x_dend[0])[0]
    assert monitor.t[first] / ms == pytest.approx(3.1)  # 1 ms, the delay, one step


def test_arguments_of_brian_pass_and_those_of_the_projection_do_not():
    model = cell()
    group = model.make_neurongroup(1)
    projection = model.projection("NMDA_rec_dend")
    made = projection.synapses(
        spikes(1), group, method="euler", name="mine", namespace={"other": 3}
    )
    assert made.name == "mine"
    assert made.state_updater.method_choice == "euler"
    assert made.namespace["other"] == 3
    assert "alpha_NMDA_rec_dend" in made.namespace
    with pytest.raises(NameConflictError, match=r"writes on_pre itself.*plasticity"):
        projection.synapses(spikes(1), group, on_pre="x_NMDA_rec_dend_syn += 2")


def test_a_parameter_per_neuron_is_read_from_the_target():
    """Jumps, transmitter and time constants may vary over the target's neurons."""
    model = cell()
    names = ["J_kick_x_dend", "T_AMPA_gated_dend"]
    group = model.make_neurongroup(2, per_neuron=names)
    group.J_kick_x_dend = [1, 3] * mV
    group.T_AMPA_gated_dend = [0.5, 0] * mmolar
    source = spikes(1)
    projection = model.projection("kick_x_dend", "AMPA_gated_dend")
    with catch_logs() as logs:
        synapses = projection.synapses(source, group)
        synapses.connect()
        Network(source, group, synapses).run(1.2 * ms)
    assert not [each for each in logs if "resolution_conflict" in each[1]]
    jumps = group.V_dend[:] / mV + 65
    assert jumps[1] / jumps[0] == pytest.approx(3, rel=0.01)
    assert synapses.s_AMPA_gated_dend_syn[0] > 0
    assert synapses.s_AMPA_gated_dend_syn[1] == 0


def test_a_group_projects_onto_itself():
    model = cell()
    group = model.make_neurongroup(3, threshold="V_soma > -64*mV", reset="")
    group.V_soma[:1] = 0 * mV
    synapses = model.projection("NMDA_rec_dend", "AMPA_x_dend", weight="w").synapses(
        group, group
    )
    synapses.connect(condition="i != j")
    Network(group, synapses).run(3 * ms)
    assert (group.s_tot_NMDA_rec_dend[1:] > 0).all()
    assert group.s_AMPA_x_dend[1] > 0


# -- nothing half-changed --------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "error"),
    [("w_init", InvalidValueError), ("0.5*mV", UnitError)],
)
def test_a_start_that_cannot_be_evaluated_connects_nothing(start, error):
    """So that the cell of a notebook can be mended and run again."""
    projection = cell().projection("AMPA_x_dend", weight={"w": start})
    synapses = projection.synapses(spikes(1, n=3), cell().make_neurongroup(2))
    with pytest.raises(error, match="w cannot start at"):
        synapses.connect()
    assert len(synapses) == 0
    w_init = 0.5  # noqa: F841 - read by connect
    if start == "w_init":
        synapses.connect()
        assert synapses.w[:].tolist() == [0.5] * 6


def test_synapses_of_one_projection_have_namespaces_of_their_own():
    model = cell()
    projection = model.projection("NMDA_rec_dend")
    one, other = (
        Synapses(spikes(1), model.make_neurongroup(1), **projection) for _ in range(2)
    )
    one.namespace["alpha_NMDA_rec_dend"] = 1 * Hz
    assert other.namespace["alpha_NMDA_rec_dend"] == 500 * Hz
    assert projection["namespace"]["alpha_NMDA_rec_dend"] == 500 * Hz


def test_a_pulse_set_too_short_afterwards_is_an_error_when_it_runs():
    model = cell()
    group = model.make_neurongroup(1)
    model.parameters["T_dur_AMPA_gated_dend"] = 0.04 * ms
    source = spikes(1)
    synapses = model.projection("AMPA_gated_dend").synapses(source, group)
    synapses.connect()
    network = Network(source, group, synapses)
    with pytest.raises(Exception) as caught:  # Brian2 wraps what before_run raises
        network.run(1 * ms)
    assert "T_dur_AMPA_gated_dend = 0.04 ms rounds to no step" in str(
        caught.value.__cause__ or caught.value
    )


def test_equal_time_constants_are_no_special_case_on_the_synapse():
    """With the method of the projection; Brian2's exact one makes NaN of them."""
    model = PointNeuronModel(**PASSIVE)
    kinetics = DualExponential(t_rise=2 * ms, t_decay=2 * ms)
    output = ConductanceBased(E=0 * mV)
    model.add(
        Synapse("R", "x", kinetics=kinetics, output=output, g=1 * nS, pooled=False)
    )
    group = model.make_neurongroup(1)
    source = spikes(1)
    synapses = model.projection("R_x").synapses(source, group)
    synapses.connect()
    monitor = StateMonitor(synapses, "x_R_x_syn", record=0)
    Network(source, group, synapses, monitor).run(10 * ms)
    times = monitor.t / ms - 1.1
    expected = np.where(times > 0, times / 2 * np.exp(1 - times / 2), 0)
    # rk4: (0.1/2)**4/120; k is off by 1e-9
    assert np.array(monitor.x_R_x_syn[0]) == pytest.approx(expected, abs=1e-6)


# -- standalone ------------------------------------------------------------------------

STANDALONE = """
import sys
from brian2 import *
from dendrisyn import AMPA, InvalidValueError, PointNeuronModel
set_device("cpp_standalone", directory=sys.argv[1], build_on_run=False)
model = PointNeuronModel(cm_abs=100*pF, gl_abs=5*nS, v_rest=-65*mV)
model.add(AMPA("x", g=1*nS, t_decay=5*ms))
group = model.make_neurongroup(3)
source = SpikeGeneratorGroup(1, [0], [1]*ms)
S = model.projection("AMPA_x", weight={"w": 0.5}).synapses(source, group)
S.connect()
try:
    S.connect()
except InvalidValueError as error:
    print(error)
if len(sys.argv) > 2:
    run(2*ms)
    device.build(directory=sys.argv[1])
    print(S.w[:].tolist())
"""


def run_standalone(folder, *arguments):
    ran = subprocess.run(
        [sys.executable, "-c", STANDALONE, "build", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment(),
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout


def test_in_standalone_mode_a_second_connect_says_why_it_cannot(tmp_path):
    assert "only the first call can set w" in run_standalone(tmp_path)


@pytest.mark.compiled
def test_in_standalone_mode_weights_start_at_the_stated_value(tmp_path):
    compile_quickly(tmp_path)
    assert "[0.5, 0.5, 0.5]" in run_standalone(tmp_path, "build")
