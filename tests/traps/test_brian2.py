"""Traps 25 to 32: Brian2."""

import configparser
import gc
import os
import subprocess
import sys
import textwrap
from numbers import Integral
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    NetworkOperation,
    NeuronGroup,
    SpikeMonitor,
    TimedArray,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
)
from helpers.modes import compile_quickly

from dendrisyn import (
    AssemblyError,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    UnitError,
    UnknownNameError,
)

from .helpers import SODIUM, close, lumped, pair, point, refused, traces

ROOT = Path(__file__).resolve().parents[2]

#: A somatic spike with a width, every 4 ms at the most.
SPIKE = {
    "threshold": "V_soma > -50*mV",
    "reset": "V_soma = 20*mV",
    "second_reset": "V_soma = -60*mV",
    "spike_width": 1 * ms,
    "refractory": 4 * ms,
}


def active(g=10 * nS):
    """Return a model with a synapse, a dendritic spike and noise-free inputs."""
    dend = lumped()
    dend.synapse("AMPA", "x", g=3 * nS, t_rise=1 * ms, t_decay=5 * ms, scale_g=True)
    dend.dspikes("Na", **SODIUM)
    return pair(g=g, dend=dend)


# -- 25: standalone mode ------------------------------------------------------------

SCRIPT = """
import sys
import numpy as np
import brian2
from brian2 import *
from dendrisyn import Dendrite, NeuronModel, Soma

device, out, directory = sys.argv[1:]
if device == 'cpp_standalone':
    set_device('cpp_standalone', directory=directory)
else:
    prefs.codegen.target = 'numpy'
passive = dict(cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
soma, dend = Soma('soma', **passive), Dendrite('dend', **passive)
dend.synapse('AMPA', 'x', g=1*nS, t_rise=1*ms, t_decay=5*ms, scale_g=True)
dend.dspikes('Na', threshold=-45*mV, g_rise=60*nS, g_fall=30*nS, duration_rise=1*ms,
             duration_fall=2*ms, offset_fall=.2*ms, refractory=5*ms,
             reversal_rise='E_Na', reversal_fall='E_K')
model = NeuronModel([(soma, dend, 15*nS)])
group, _ = model.make_neurongroup(
    4, threshold='V_soma > -50*mV', reset='V_soma = 20*mV',
    second_reset='V_soma = -60*mV; I_ext_soma -= 1*pA', spike_width=1*ms,
    refractory=4*ms, per_neuron=['g_AMPA_x_dend', 'duration_rise_Na_dend'])
group.g_AMPA_x_dend = [0, 5, 50, 100]*nS
group.duration_rise_Na_dend = [1, 1, .5, 1.5]*ms
inputs = SpikeGeneratorGroup(1, [0, 0, 0], [5, 6, 30]*ms)
synapses = Synapses(inputs, group, on_pre='s_AMPA_x_dend += 1')
synapses.connect()
names = ['V_soma', 'V_dend', 'g_rise_Na_dend', 'g_fall_Na_dend', 'I_ext_soma']
monitor = StateMonitor(group, names, record=True)
spikes = SpikeMonitor(group)
dspikes = EventMonitor(group, 'spike_Na_dend')
network = Network(group, inputs, synapses, monitor, spikes, dspikes)
network.run(60*ms)
np.savez(out, t=np.asarray(spikes.t/defaultclock.dt), i=np.asarray(spikes.i),
         dt=np.asarray(dspikes.t/defaultclock.dt), di=np.asarray(dspikes.i),
         g=np.asarray(group.g_AMPA_x_dend),
         **{name: np.asarray(getattr(monitor, name)) for name in names})
"""


def run_python(source, *arguments, cwd=None):
    """Run Python code in a process of its own and return what it prints."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", source, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def both_devices(tmp_path_factory):
    """Return what the script above saves under each device."""
    folder = tmp_path_factory.mktemp("standalone")
    compile_quickly(folder)
    results = []
    for device in ("numpy", "cpp_standalone"):
        out = folder / f"{device}.npz"
        run_python(SCRIPT, device, str(out), str(folder / "build"), cwd=folder)
        results.append(np.load(out))
    return results


@pytest.mark.compiled
def test_trap_25_a_second_reset_runs_in_standalone_mode(both_devices):
    runtime, standalone = both_devices
    assert len(runtime["t"]) > 3
    assert len(runtime["dt"]) > 3
    assert runtime["V_soma"].max() == 0.02  # the first reset
    assert runtime["I_ext_soma"].min() < 0  # the second one
    for name in ("t", "i", "dt", "di"):
        assert np.array_equal(np.round(runtime[name]), np.round(standalone[name]))
    for name in ("V_soma", "V_dend", "g_rise_Na_dend", "g_fall_Na_dend", "I_ext_soma"):
        # compilers may round otherwise: 1e-16 a step, which 600 steps may amplify
        assert np.allclose(runtime[name], standalone[name], rtol=1e-9, atol=1e-20)


def test_trap_25_a_second_reset_works_on_the_numpy_target():
    group, operation = pair(g=0 * nS).make_neurongroup(1, **SPIKE)
    group.I_ext_soma = 500 * pA
    monitor, spikes = traces(group, "V_soma"), SpikeMonitor(group)
    Network(group, monitor, spikes).run(20 * ms)
    voltage = monitor.V_soma[0] / mV
    assert len(spikes.t) >= 2
    for time in spikes.t / defaultclock.dt:
        step = round(float(time))
        if step + 11 < len(voltage):
            assert (voltage[step + 1 : step + 11] > 0).all()
            assert voltage[step + 1] == 20
            assert voltage[step + 11] == pytest.approx(-60, abs=1e-12)  # rounding
    assert operation is group.step_operation


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("I_ext_soma = 5*pA", 5),
        ("I_ext_soma += 5*pA", 15),
        ("I_ext_soma -= 5*pA", 5),
        pytest.param("I_ext_soma *= 3", 30),
        pytest.param("I_ext_soma /= 4", 2.5),
        ("V_soma = -60*mV; I_ext_soma += 5*pA", 15),
        ("V_soma = -60*mV\nI_ext_soma += 5*pA", 15),
        ("# a comment\nextra = 2\nI_ext_soma += extra*pA", 12),
    ],
)
def test_trap_25_each_kind_of_statement_is_done_once(statement, expected):
    group, _ = pair(g=0 * nS).make_neurongroup(
        2, **{**SPIKE, "second_reset": statement, "refractory": 100 * ms}
    )
    group.I_ext_soma = 10 * pA
    group.V_soma = [-20, -70] * mV  # the second neuron does not spike
    Network(group).run(5 * ms)
    assert np.allclose(group.I_ext_soma / pA, [expected, 10])


@pytest.mark.parametrize(
    ("statement", "expected"),
    [("q = 3", 3), ("q += 3", 13), ("q *= 3", 30), ("q /= 4", 2.5), ("q *= 1 + 2", 30)],
)
def test_trap_25_a_number_without_unit_is_changed_once(statement, expected):
    model = pair(g=0 * nS)
    model.add_equations("q : 1")
    group, _ = model.make_neurongroup(
        2, **{**SPIKE, "second_reset": statement, "refractory": 100 * ms}
    )
    group.q = 10
    group.V_soma = [-20, -70] * mV  # the second neuron does not spike
    Network(group).run(5 * ms)
    assert np.allclose(group.q, [expected, 10])


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"spike_width": None}, ("second_reset", "spike_width", "both")),
        ({"second_reset": None}, ("second_reset", "spike_width", "both")),
        ({"threshold": None, "reset": None}, ("threshold", "reset")),
        ({"refractory": False}, ("refractory", "spike_width", "Give refractory=1. ms")),
        ({"refractory": 0.5 * ms}, ("refractory=0.5 ms", "Give refractory=1. ms")),
        ({"second_reset": "V_soma"}, ("second_reset", "'V_soma'", "statement")),
        ({"second_reset": "V_soma ** 2"}, ("second_reset", "'V_soma ** 2'")),
    ],
)
def test_trap_25_a_second_reset_that_cannot_be_done_is_an_error(changes, about):
    model = pair()
    where = "NeuronModel(soma, dend).make_neurongroup"
    with refused(InvalidValueError, where, *about, unchanged=(model,)):
        model.make_neurongroup(1, **{**SPIKE, **changes})


# -- 26: order ----------------------------------------------------------------------


def all_objects(group):
    found = [group]
    for each in group.contained_objects:
        found += all_objects(each)
    return found


@pytest.mark.parametrize("order", [0, 3, -2])
def test_trap_26_order_is_a_number_everywhere(order):
    group, _ = active().make_neurongroup(2, order=order, **SPIKE)
    assert group.order == order
    objects = all_objects(group)
    assert len(objects) > 4  # the group, integration, threshold, reset, operation, ...
    for each in objects:
        assert isinstance(each.order, Integral), each
    orders = {each.order for each in objects if "step_operation" not in each.name}
    assert orders == {order}


@pytest.mark.parametrize("order", [0, 3, -2])
def test_trap_26_events_and_resets_happen_once_at_any_order(order):
    group, _ = active(g=0 * nS).make_neurongroup(1, order=order, **SPIKE)
    group.V_dend = group.V_soma = 0 * mV
    spikes, dspikes = SpikeMonitor(group), EventMonitor(group, "spike_Na_dend")
    monitor = traces(group, "V_soma", "g_rise_Na_dend")
    Network(group, spikes, dspikes, monitor).run(3 * ms)
    assert list(spikes.t / ms) == [0]
    assert list(dspikes.t / ms) == [0]
    assert (monitor.V_soma[0] > 0 * mV).sum() == 10
    assert (monitor.g_rise_Na_dend[0] > 0 * nS).sum() == 10


def test_trap_26_the_default_order_is_a_number():
    for group in (
        active().make_neurongroup(2, **SPIKE)[0],
        point().make_neurongroup(1),
    ):
        assert all(isinstance(each.order, Integral) for each in all_objects(group))


@pytest.mark.parametrize("order", [0, 1])
def test_trap_26_a_network_with_other_objects_in_the_slots_runs(order):
    group, _ = active().make_neurongroup(2, order=order, **SPIKE)
    group.I_ext_soma = 1000 * pA
    alone, _ = active().make_neurongroup(2, **SPIKE)
    alone.I_ext_soma = 1000 * pA
    other = NeuronGroup(2, "dv/dt = 10*Hz : 1", threshold="v > 1", reset="v = 0")
    slots = ("start", "groups", "before_thresholds", "thresholds", "resets", "end")
    calls = []
    operations = [
        NetworkOperation(lambda slot=slot: calls.append(slot), when=slot, order=place)
        for slot in slots
        for place in (-1, 0, 1, 2)
    ]
    regular = other.run_regularly("v += 0", when="before_thresholds", order=1)
    one, two = traces(group, "V_soma"), traces(alone, "V_soma")
    Network(alone, two).run(10 * ms)
    network = Network(group, one, other, regular, operations)
    network.run(10 * ms)
    assert len(calls) == 100 * len(operations)
    assert one.V_soma[0].max() == 20 * mV
    assert np.array_equal(one.V_soma, two.V_soma)  # nothing else changed
    assert "step_operation" in str(network.scheduling_summary())


def test_trap_26_a_text_as_order_is_an_error():
    model = active()
    with refused(UnitError, "order", "'after'", unchanged=(model,)):
        model.make_neurongroup(1, order="after")


# -- 27: namespace and events -------------------------------------------------------


def test_trap_27_a_namespace_is_merged():
    model = active()
    model.add_equations("total = mine + drive(t) + I_ext_soma : amp")
    drive = TimedArray([1, 2] * pA, dt=0.1 * ms)
    before = model.parameters["gL_soma"]
    group = model.make_neurongroup(
        1,
        threshold="V_soma > limit",
        reset="V_soma = -60*mV",
        namespace={
            "mine": 3 * pA,
            "drive": drive,
            "limit": -80 * mV,
            "gL_soma": 2 * nS,
        },
    )
    assert group.namespace["gL_soma"] == 2 * nS
    assert group.namespace["gL_dend"] == 10 * nS
    assert model.parameters["gL_soma"] == before
    spikes, monitor = SpikeMonitor(group), traces(group, "total")
    Network(group, spikes, monitor).run(0.2 * ms)
    assert close(monitor.total[0], [4, 5] * pA)
    assert spikes.count[0] == 2


def test_trap_27_a_namespace_gives_what_the_model_does_not():
    dend = lumped()
    dend.synapse("AMPA", "x", t_decay=5 * ms)
    model = pair(dend=dend)
    with refused(AssemblyError, "g_AMPA_x_dend", "not given"):
        model.make_neurongroup(1)
    group = model.make_neurongroup(1, namespace={"g_AMPA_x_dend": 2 * nS})
    assert group.namespace["g_AMPA_x_dend"] == 2 * nS


def test_trap_27_events_are_merged():
    group = active(g=0 * nS).make_neurongroup(
        2,
        threshold="V_soma > -50*mV",
        reset="V_soma = -60*mV",
        events={"warm": "V_dend > -60*mV"},
    )
    assert {"spike", "spike_Na_dend", "warm"} == set(group.events)
    group.V_dend = [-55, 0] * mV
    group.V_soma = [0, -70] * mV
    group.run_on_event("warm", "I_ext_soma += 1*pA")
    monitors = {name: EventMonitor(group, name) for name in group.events}
    Network(group, *monitors.values()).run(0.1 * ms)
    counts = {name: list(monitor.count) for name, monitor in monitors.items()}
    assert counts == {"spike": [1, 0], "spike_Na_dend": [0, 1], "warm": [1, 1]}
    assert close(group.I_ext_soma[:], [1, 1] * pA)


def test_trap_27_events_of_dendritic_spikes_can_be_left_out():
    model = active(g=0 * nS)
    group = model.make_neurongroup(
        1, dspike_events=False, events={"warm": "V_soma > 0*mV"}
    )
    assert set(group.events) == {"warm"}
    group.V_dend = 0 * mV
    Network(group).run(0.2 * ms)
    assert group.g_rise_Na_dend[0] == 20 * nS  # the spike happens all the same
    group = model.make_neurongroup(1, dspike_events=["spike_Na_dend"])
    assert set(group.events) == {"spike_Na_dend"}
    about = ("dspike_events", "'spike_Na'", "Did you mean 'spike_Na_dend'")
    with refused(UnknownNameError, *about, unchanged=(model,)):
        model.make_neurongroup(1, dspike_events=["spike_Na"])


def test_trap_27_names_that_are_taken_are_an_error():
    model = active()
    clash = {"spike_Na_dend": "V_soma > 0*mV"}
    about = ("make_neurongroup", "'spike_Na_dend'", "Choose another name")
    with refused(NameConflictError, *about, unchanged=(model,)):
        model.make_neurongroup(1, events=clash)
    about = ("'spike'", "Choose another name")
    with refused(NameConflictError, *about, unchanged=(model,)):
        model.make_neurongroup(1, events={"spike": "V_soma > 0*mV"}, **SPIKE)
    about = ("'spike_width'", "another name")
    with refused(NameConflictError, *about, unchanged=(model,)):
        model.make_neurongroup(1, namespace={"spike_width": 1 * ms}, **SPIKE)
    about = ("'gL_soma'", "per_neuron", "Assign to the group")
    with refused(NameConflictError, *about, unchanged=(model,)):
        model.make_neurongroup(1, namespace={"gL_soma": 1 * nS}, per_neuron="gL_soma")


def test_trap_27_a_misspelt_argument_is_an_error():
    model = active()
    for wrong, right in (("treshold", "threshold"), ("name_space", "namespace")):
        with refused(UnknownNameError, repr(wrong), right, unchanged=(model,)):
            model.make_neurongroup(1, **{wrong: None})


def test_trap_27_other_arguments_reach_the_group():
    model = active()
    group = model.make_neurongroup(1, name="cells", dt=0.05 * ms)
    assert group.name == "cells"
    assert group.dt == 0.05 * ms


@pytest.mark.parametrize("argument", ["namespace", "events"])
def test_trap_27_what_is_no_mapping_is_an_error(argument):
    model = active()
    with refused(UnitError, argument, "3", unchanged=(model,)):
        model.make_neurongroup(1, **{argument: 3})


# -- 28: the second element of the pair ---------------------------------------------


def somatic_trace(members, group):
    group.I_ext_soma = 1000 * pA
    monitor = traces(group, "V_soma", "I_ext_soma")
    Network(*members, monitor).run(15 * ms)
    return monitor.V_soma[0] / mV, monitor.I_ext_soma[0] / pA


def test_trap_28_dropping_the_second_element_keeps_the_second_reset():
    model = pair(g=2 * nS)
    twice = {**SPIKE, "second_reset": "V_soma = -60*mV; I_ext_soma += 1*pA"}
    dropped = model.make_neurongroup(1, **twice)[0]
    gc.collect()
    found = somatic_trace([dropped], dropped)
    kept, operation = model.make_neurongroup(1, **twice)
    both = somatic_trace([kept, operation], kept)
    assert found[0].max() == 20
    spikes = int((found[0] == 20).sum())
    assert spikes >= 2
    # one second reset for each spike, also with the operation in the network by name
    assert found[1][-1] - 1000 == pytest.approx(spikes, abs=1e-9)
    assert np.array_equal(found, both)


def test_trap_28_a_magic_network_holds_the_second_reset_too():
    group = pair(g=2 * nS).make_neurongroup(1, **SPIKE)[0]
    members = brian2.collect()
    assert group in members
    voltage, _ = somatic_trace(members, group)
    assert voltage.max() == 20
    first = int(voltage.argmax())
    assert voltage[first + 10] == pytest.approx(-60, abs=1e-12)  # rounding


def test_trap_28_without_a_second_reset_a_group_alone_is_returned():
    group = active().make_neurongroup(1, threshold="V_soma > 0*mV", reset="")
    assert isinstance(group, NeuronGroup)
    assert group.step_operation in group.contained_objects  # dendritic spikes


# -- 29: values per neuron ----------------------------------------------------------

SWEEPS = {
    "g_AMPA_x_dend": ([1, 2, 8], nS),
    "w_AMPA_x_dend": ([1, 2, 8], 1),
    "t_AMPA_decay_x_dend": ([2, 5, 20], ms),
    "t_AMPA_rise_x_dend": ([0.5, 1, 3], ms),
    "gL_dend": ([1, 5, 20], nS),
    "C_dend": ([100, 200, 400], pF),
    "EL_soma": ([-70, -65, -60], mV),
    "E_AMPA": ([-20, 0, 10], mV),
    "g_soma_dend": ([1, 5, 20], nS),
    "g_dend_soma": ([1, 5, 20], nS),
    "Vth_Na_dend": ([-66, -60, 0], mV),
    "g_rise_max_Na_dend": ([5, 20, 40], nS),
    "duration_rise_Na_dend": ([0.5, 1, 2], ms),
    "E_Na": ([50, 60, 80], mV),
}


def response(model, number, start=None, **kwargs):
    """Return voltages after one synaptic event."""
    group = model.make_neurongroup(number, **kwargs)
    if start is not None:
        name, values = start
        setattr(group, name, values)
    group.s_AMPA_x_dend = 10
    monitor = traces(group, "V_soma", "V_dend")
    Network(group, monitor).run(10 * ms)
    return np.concatenate([monitor.V_soma / mV, monitor.V_dend / mV], axis=1)


def sensitive():
    model = active()
    model.config_dspikes("Na", threshold=-60 * mV)
    return model


@pytest.mark.parametrize("name", SWEEPS)
def test_trap_29_values_of_each_neuron_take_effect(name):
    numbers, unit = SWEEPS[name]
    values = np.array(numbers) * unit
    start = (
        name == "EL_soma"
    )  # voltages start at the model's rest, whatever is assigned
    swept = response(sensitive(), 3, (name, values), per_neuron=[name], init_rest=True)
    for neuron, value in enumerate(values):
        model = sensitive()
        model.parameters[name] = value
        if start:
            alone = model.make_neurongroup(1)
            alone.V_soma = -70 * mV
            alone.s_AMPA_x_dend = 10
            monitor = traces(alone, "V_soma", "V_dend")
            Network(alone, monitor).run(10 * ms)
            single = np.concatenate([monitor.V_soma / mV, monitor.V_dend / mV], axis=1)
        else:
            single = response(model, 1)
        # the same equations, up to the order of operations
        assert np.allclose(swept[neuron], single[0], rtol=1e-9), value
    assert np.ptp(swept, axis=0).max() > 0.1  # mV: the values make a difference


def test_trap_29_values_start_at_those_of_the_model():
    model = active()
    model.parameters["g_AMPA_x_dend"] = 7 * nS
    group = model.make_neurongroup(3, per_neuron=["g_AMPA_x_dend", "Vth_Na_dend"])
    assert close(group.g_AMPA_x_dend[:], [7, 7, 7] * nS)
    assert close(group.Vth_Na_dend[:], [-35, -35, -35] * mV)
    assert "g_AMPA_x_dend" not in group.namespace
    group.g_AMPA_x_dend = "(i + 1)*nS"
    assert close(group.g_AMPA_x_dend[:], [1, 2, 3] * nS)


def test_trap_29_what_follows_from_a_value_follows_for_each_neuron():
    names = ["t_AMPA_rise_x_dend", "E_Na", "g_soma_dend"]
    group = active().make_neurongroup(2, per_neuron=names)
    group.t_AMPA_rise_x_dend = [0.5, 2] * ms
    group.E_Na = [50, 60] * mV
    group.g_soma_dend = [3, 4] * nS
    rise = np.array([0.5, 2])
    factor = (5 / rise) ** (rise / (5 - rise)) / rise
    assert close(group.k_AMPA_x_dend[:], factor / ms, tolerance=1e-8)
    assert close(group.E_rise_Na_dend[:], [50, 60] * mV)
    assert close(group.g_dend_soma[:], [3, 4] * nS)


def test_trap_29_values_can_be_assigned_between_two_runs():
    group = pair(g=0 * nS).make_neurongroup(2, per_neuron=["EL_soma"], method="rk4")
    network = Network(group)
    network.run(1 * ms)
    assert close(group.V_soma[:], [-70, -70] * mV)
    group.EL_soma = [-60, -50] * mV
    network.run(400 * ms)
    # what is left of the start after 20 time constants is 2e-9
    assert close(group.V_soma[:], [-60, -50] * mV, tolerance=1e-8)


def test_trap_29_one_name_may_be_given_as_text():
    group = active().make_neurongroup(2, per_neuron="gL_dend")
    group.gL_dend = [1, 2] * nS
    assert close(group.gL_dend[:], [1, 2] * nS)


def test_trap_29_an_unknown_parameter_is_an_error():
    model = active()
    about = ("per_neuron", "'g_AMPA_X_dend'", "'g_AMPA_x_dend'")
    with refused(AssemblyError, *about, unchanged=(model,)):
        model.make_neurongroup(2, per_neuron=["g_AMPA_X_dend"])


def test_trap_29_an_array_in_place_of_a_value_says_what_to_do():
    model = active()
    parameters = model.parameters
    about = ("g_AMPA_x_dend", "per_neuron")
    with refused(InvalidValueError, *about, unchanged=(model,)):
        parameters["g_AMPA_x_dend"] = [1, 2, 3] * nS


@pytest.mark.compiled
def test_trap_29_values_of_each_neuron_take_effect_in_standalone_mode(both_devices):
    runtime, standalone = both_devices
    assert np.array_equal(standalone["g"], np.array([0, 5, 50, 100]) * 1e-9)
    peaks = standalone["V_dend"][:, :150].max(axis=1)  # of the first response
    assert peaks[0] == pytest.approx(-0.07)  # no conductance, no response
    assert (np.diff(peaks) > 1e-3).all()
    on = (standalone["g_rise_Na_dend"] > 0).sum(axis=1)
    for neuron, steps in ((2, 5), (3, 15)):
        count = int((standalone["di"] == neuron).sum())
        assert count > 0
        assert on[neuron] == steps * count
    assert np.array_equal(on, (runtime["g_rise_Na_dend"] > 0).sum(axis=1))


# -- 30: hold_refractory ------------------------------------------------------------


def held_trace(model, **kwargs):
    arguments = {
        "threshold": "V_soma > -50*mV",
        "reset": "V_soma = -60*mV",
        "refractory": 4 * ms,
        **kwargs,
    }
    made = model.make_neurongroup(1, **arguments)
    group = made[0] if isinstance(made, tuple) else made
    group.I_ext_soma = 500 * pA
    group.V_dend = -65 * mV
    group.V_soma = -40 * mV  # a spike in step 0
    monitor = traces(group, "V_soma", "V_dend")
    Network(group, monitor).run(6 * ms)
    return monitor.V_soma[0] / mV, monitor.V_dend[0] / mV


@pytest.mark.parametrize("dt", [0.1, 0.05, 0.025])
def test_trap_30_the_soma_is_held_when_asked_and_nothing_else(dt):
    defaultclock.dt = dt * ms
    steps = round(4 / dt)
    soma, dend = held_trace(pair(), hold_refractory=True)
    # Brian2 ends the refractory period when refractory has passed since the spike
    held = soma[1 : steps + 1]
    assert np.array_equal(held, np.full(steps, -60.0))
    assert soma[steps + 2] > -60
    assert (np.diff(dend[1:steps]) != 0).all()


def test_trap_30_the_soma_is_not_held_by_default():
    soma, _ = held_trace(pair())
    assert (np.diff(soma[1:20]) > 0).all()


def test_trap_30_a_held_soma_has_its_second_reset():
    width = {"reset": "V_soma = 20*mV", "second_reset": "V_soma = -62*mV"}
    soma, _ = held_trace(pair(), hold_refractory=True, spike_width=1 * ms, **width)
    assert np.array_equal(soma[1:11], np.full(10, 20.0))
    assert np.allclose(soma[11:41], -62, atol=1e-12)  # rounding
    assert soma[43] > -62


def test_trap_30_a_point_neuron_can_be_held():
    group = point().make_neurongroup(
        1,
        threshold="V > -50*mV",
        reset="V = -60*mV",
        refractory=2 * ms,
        hold_refractory=True,
    )
    group.I_ext = 500 * pA
    group.V = -40 * mV
    monitor = traces(group, "V")
    Network(group, monitor).run(3 * ms)
    assert np.array_equal(monitor.V[0, 1:21] / mV, np.full(20, -60.0))
    assert monitor.V[0, 22] > -60 * mV


def test_trap_30_asking_for_what_cannot_be_held_is_an_error():
    model = pair()
    about = ("make_neurongroup", "hold_refractory", "refractory=2*ms")
    with refused(InvalidValueError, *about, unchanged=(model,)):
        model.make_neurongroup(1, threshold="V_soma > 0*mV", hold_refractory=True)
    model = NeuronModel([lumped()])
    about = ("hold_refractory", "Soma")
    with refused(InvalidValueError, *about, unchanged=(model,)):
        model.make_neurongroup(1, refractory=2 * ms, hold_refractory=True)


def test_trap_30_the_equations_of_the_model_stay():
    model = pair()
    before = model.equations
    model.make_neurongroup(1, threshold="V_soma > 0*mV", refractory=2 * ms, reset="")
    group = model.make_neurongroup(
        1,
        threshold="V_soma > 0*mV",
        reset="",
        refractory=2 * ms,
        hold_refractory=True,
    )
    assert "unless refractory" in group.equations["V_soma"].flags
    assert "unless refractory" not in group.equations["V_dend"].flags
    assert model.equations == before


# -- 31: what importing does --------------------------------------------------------


def test_trap_31_import_needs_neither_matplotlib_nor_scipy():
    # None in sys.modules makes an import fail; Brian2 imports both only if it can
    run_python(
        textwrap.dedent(
            """
            import sys
            blocked = ("matplotlib", "matplotlib.pyplot", "scipy", "IPython", "pandas")
            for name in blocked:
                sys.modules[name] = None
            from brian2 import *
            import dendrisyn
            from dendrisyn import *
            prefs.codegen.target = "numpy"
            dend = Dendrite("dend", cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
            dend.synapse("AMPA", "x", g=1*nS, t_rise=1*ms, t_decay=5*ms)
            soma = Soma("soma", cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
            model = NeuronModel([(soma, dend, 1*nS)])
            assert "dend" in str(model) and "svg" in model._repr_html_()
            group = model.make_neurongroup(2)
            Network(group).run(1*ms)
            try:
                model.as_graph()
            except DendrisynError as error:
                assert "matplotlib" in str(error)
            else:
                raise AssertionError("drawn without matplotlib")
            """
        )
    )


def test_trap_31_import_changes_no_logger_and_prints_nothing():
    done = run_python(
        textwrap.dedent(
            """
            import logging, sys, warnings
            import brian2

            def loggers():
                names = [None, *logging.root.manager.loggerDict]
                found = [logging.getLogger(name) for name in names]
                return {
                    (each.name): (list(each.handlers), each.level, each.propagate)
                    for each in found
                }

            def settings():
                return brian2.prefs.as_file, float(brian2.defaultclock.dt)

            before, preferences = loggers(), settings()
            filters, hook = list(warnings.filters), sys.excepthook
            modules = set(sys.modules)
            import dendrisyn
            after = loggers()
            for name, (handlers, level, propagate) in after.items():
                known = before.get(name, ([], logging.NOTSET, True))
                assert (handlers, level, propagate) == known, name
            assert settings() == preferences
            assert sys.excepthook is hook
            assert warnings.filters == filters
            heavy = {"matplotlib", "scipy", "IPython", "ipywidgets", "networkx"}
            assert not heavy & (set(sys.modules) - modules)
            """
        )
    )
    assert done.stdout == ""
    assert done.stderr == ""


def test_trap_31_log_records_are_printed_once():
    done = run_python(
        textwrap.dedent(
            """
            import brian2
            import dendrisyn
            from brian2.utils.logger import get_logger
            import logging, warnings
            get_logger("brian2.somewhere").warn("said once", once=False)
            logging.getLogger("dendrisyn").warning("heard once")
            warnings.warn("read once", dendrisyn.NumericsWarning)
            """
        )
    )
    for text in ("said once", "heard once"):
        assert done.stderr.count(text) == 1, done.stderr
    # a warning shows its line of source in the second line, where there is one
    lines = [line for line in done.stderr.splitlines() if "NumericsWarning: " in line]
    assert len(lines) == 1, done.stderr


# -- 32: versions -------------------------------------------------------------------


def requirements(python):
    """Return what is required of each package on a version of Python."""
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    lines = parser["options"]["install_requires"].splitlines()
    found = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in lines)):
        requirement = Requirement(line)
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        if requirement.marker is None or requirement.marker.evaluate(environment):
            known = found.setdefault(requirement.name, SpecifierSet())
            found[requirement.name] = known & requirement.specifier
    return found


def test_trap_32_numpy_that_breaks_brian2_is_excluded():
    # Brian2 2.9, the last for Python 3.11, cannot be imported with NumPy 2.4
    numpy = requirements("3.11")["numpy"]
    for broken in ("2.4.0", "2.4", "2.4.1", "2.5.0", "3.0"):
        assert broken not in numpy
    for fine in ("1.26.4", "2.0.0", "2.3.5"):
        assert fine in numpy


@pytest.mark.parametrize("python", ["3.12", "3.13"])
def test_trap_32_numpy_is_free_where_brian2_is_newer(python):
    numpy = requirements(python)["numpy"]
    for fine in ("2.3.5", "2.4.0", "2.4.1"):
        assert fine in numpy


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_trap_32_nothing_else_is_required(python):
    found = requirements(python)
    assert set(found) == {"brian2", "numpy", "tqdm"}
    for version in ("2.9.0", "2.10.0", "2.11.0"):
        assert version in found["brian2"]
    assert "2.8.0" not in found["brian2"]


def test_trap_32_python_is_what_brian2_needs():
    from packaging.specifiers import SpecifierSet

    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    python = SpecifierSet(parser["options"]["python_requires"])
    assert "3.10" not in python
    assert all(version in python for version in ("3.11", "3.12", "3.13"))


def test_trap_32_what_is_installed_satisfies_the_bounds():
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = requirements(version)
    assert np.__version__ in found["numpy"]
    assert brian2.__version__ in found["brian2"]
