"""Brian2: standalone mode, order, namespaces, networks."""

import gc
from numbers import Integral

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
)
from helpers.trap_models import (
    SODIUM,
    close,
    lumped,
    pair,
    point,
    refused,
    traces,
)

from dendrisyn import (
    AssemblyError,
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
)

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
