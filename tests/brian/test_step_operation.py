"""A group calls as few functions per step as possible, with the same results."""

import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    linked_var,
    ms,
    mV,
    nS,
    pA,
    pF,
)
from helpers.modes import environment

from dendrisyn import AMPA, NMDA, Dendrite, DendriticSpike, NeuronModel, Soma

#: So that what a group calls its objects can be told from its own name.
NAMES = (f"group{each}_" for each in count())

SPIKES = {
    "threshold": "V_soma > -45*mV",
    "reset": "V_soma = 30*mV",
    "second_reset": "V_soma = -60*mV",
    "spike_width": 0.8 * ms,
    "refractory": 3 * ms,
}


def model():
    """Return a cell with a dendrite that has synapses and spikes."""
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS)
    dend.add(AMPA("x", g=1 * nS, t_rise=0.4 * ms, t_decay=2 * ms))
    dend.add(NMDA("x", g=1 * nS, t_rise=2 * ms, t_decay=50 * ms))
    spike = DendriticSpike(
        "Na",
        threshold=-50 * mV,
        g_rise=8 * nS,
        g_fall=5 * nS,
        duration_rise=1 * ms,
        duration_fall=2 * ms,
        offset_fall=0.2 * ms,
        refractory=5 * ms,
        reversal_rise="E_Na",
        reversal_fall="E_K",
    )
    dend.add(spike)
    return NeuronModel([(soma, dend, 5 * nS)], v_rest=-65 * mV)


def cells(**changes):
    group, _ = model().make_neurongroup(5, **{**SPIKES, **changes}, name=next(NAMES))
    group.I_ext_dend = np.linspace(50, 400, 5) * pA
    return group


def functions(network):
    """Return the names of what a network calls in each step, without the group's."""
    network.run(0 * ms)
    called = (each for each in network.sorted_objects if each.active)
    return sorted(each.name.split("__")[1] for each in called if each.code_objects)


JUMP = "V_dend_post += 1*mV"
JOINED = ["spike_resetter", "spike_thresholder", "stateupdater"]
APART = sorted([*JOINED, "run_regularly_step_operation"])


def test_a_group_is_three_functions():
    group = cells()
    assert functions(Network(group)) == JOINED


def test_an_event_is_tested_where_something_listens():
    group = cells()
    network = Network(group)
    assert functions(network) == JOINED
    monitor = EventMonitor(group, "spike_Na_dend", record=False, name="on__monitor")
    network.add(monitor)
    heard = sorted([*APART, "spike_Na_dend_thresholder", "monitor"])
    assert functions(network) == heard
    network.remove(monitor)
    del monitor
    assert functions(network) == JOINED


@pytest.mark.parametrize(
    "listen",
    [
        lambda group: EventMonitor(group[2:4], "spike_Na_dend"),
        lambda group: Synapses(group, group, on_pre=JUMP, on_event="spike_Na_dend"),
        lambda group: Synapses(
            group, group, on_pre=JUMP, on_event={"pre": "spike_Na_dend"}
        ),
    ],
)
def test_listeners_are_found(listen):
    group = cells()
    listener = listen(group)
    assert "spike_Na_dend_thresholder" in functions(Network(group))
    assert listener is not None


def test_a_monitor_of_another_group_does_not_matter():
    group, other = cells(), cells()
    late = StateMonitor(other, "V_dend", record=0, when="before_thresholds")
    monitors = EventMonitor(other, "spike_Na_dend"), late
    assert functions(Network(group)) == JOINED
    Network(other, *monitors).run(0 * ms)
    assert not other.step_operation.is_joined


def test_events_that_the_user_made_are_tested_always():
    group = cells(events={"high": "V_dend > -30*mV"})
    assert "high_thresholder" in functions(Network(group))


def test_an_event_that_the_user_switched_off_stays_off():
    group = cells()
    group.thresholder["spike_Na_dend"].active = False
    monitor = EventMonitor(group, "spike_Na_dend")
    assert "spike_Na_dend_thresholder" not in functions(Network(group))
    assert monitor.event == "spike_Na_dend"


def test_an_operation_that_the_user_switched_off_stays_off():
    group = cells()
    group.step_operation.active = False
    assert functions(Network(group)) == JOINED
    assert not group.step_operation.is_joined


def test_what_the_user_switches_between_runs_is_respected():
    group = cells()
    network = Network(group)
    assert functions(network) == JOINED
    assert group.step_operation.is_joined
    group.step_operation.active = False
    assert functions(network) == JOINED
    assert not group.step_operation.is_joined
    group.step_operation.active = True
    group.thresholder["spike_Na_dend"].active = False
    network.add(EventMonitor(group, "spike_Na_dend", record=False, name="on__monitor"))
    assert functions(network) == sorted([*APART, "monitor"])
    group.active = False
    group.active = True
    assert "spike_Na_dend_thresholder" in functions(network)


def test_another_schedule_may_deliver_spikes_in_between():
    group = cells()
    network = Network(group)
    network.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
    assert functions(network) == APART


def test_an_event_of_the_user_may_be_tested_in_between():
    group = cells(events={"high": "V_dend > -30*mV"})
    group.set_event_schedule("high", when="after_groups")
    assert functions(Network(group)) == sorted([*APART, "high_thresholder"])


def test_refractoriness_of_large_groups_is_ended_where_it_is_in_small_ones():
    traces = []
    for N in (999, 1000):
        group, _ = model().make_neurongroup(N, **SPIKES, name=next(NAMES))
        group.I_ext_dend[:5] = np.linspace(50, 400, 5) * pA
        jump = "V_dend += int(not_refractory)*0.05*mV"
        group.run_regularly(jump, when="groups", name=f"a{N}__one")
        spikes = SpikeMonitor(group)
        network = Network(group, spikes)
        network.run(0 * ms)
        operations = [each.name for each in network.sorted_objects]
        apart = any("refractoriness" in each for each in operations)
        assert apart == (N == 1000)
        network.run(60 * ms)
        traces.append([np.array(spikes.t)[np.array(spikes.i) < 5], spikes.i[:5]])
    assert len(traces[0][0]) > 5
    assert np.array_equal(traces[0][0], traces[1][0])
    assert np.array_equal(traces[0][1], traces[1][1])


def test_a_voltage_that_is_held_while_refractory_is_reset_apart():
    """The state update does not write to it then."""
    assert functions(Network(cells(hold_refractory=True))) == APART


@pytest.mark.parametrize(
    ("when", "expected"),
    [("start", JOINED), ("after_groups", APART), ("before_thresholds", APART)],
)
def test_what_acts_in_between_sees_the_state_before_the_operation(when, expected):
    group = cells()
    group.run_regularly("I_ext_soma = 1*pA", when=when, name="another__one")
    assert functions(Network(group)) == sorted([*expected, "one"])


def test_a_linked_group_sees_the_state_before_the_operation():
    group = cells()
    other = NeuronGroup(5, "dw/dt = (V - w)/(5*ms) : volt\nV : volt (linked)")
    other.V = linked_var(group, "V_soma")
    functions(Network(group))
    assert group.step_operation.active
    assert other.N == 5


def test_results_do_not_depend_on_who_listens():
    traces = []
    for listening in (True, False):
        group = cells()
        spikes = SpikeMonitor(group)
        state = StateMonitor(group, True, record=True)
        monitors = [EventMonitor(group, "spike_Na_dend")] if listening else []
        Network(group, spikes, state, *monitors).run(60 * ms)
        assert group.step_operation.is_joined != listening
        assert spikes.num_spikes > 5
        assert np.max(group.spiketime_Na_dend_) > 0
        names = ("V_soma", "V_dend", "spiketime_Na_dend")
        traces.append([np.array(getattr(state, name)) for name in names])
    assert np.array_equal(*traces)


def test_the_state_is_what_the_equations_need():
    """Two voltages, two currents, rise and decay of two receptors, one time."""
    group = cells()
    arrays = {
        name
        for name, variable in group.variables.items()
        if getattr(variable, "array", False) and variable.size == 5
    }
    of_brian = {"i", "lastspike", "not_refractory"}
    states = {"V_soma", "V_dend", "I_ext_soma", "I_ext_dend", "spiketime_Na_dend"}
    gates = {f"{gate}_{name}_x_dend" for gate in "sx" for name in ("AMPA", "NMDA")}
    assert arrays - of_brian == states | gates


def test_the_block_of_one_compartment_is_computed_once():
    """Two NMDA receptors of the same parameters share the exponential."""
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS)
    for tag in "xy":
        soma.add(NMDA(tag, g=1 * nS, t_rise=2 * ms, t_decay=50 * ms))
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS)
    group = NeuronModel([(soma, dend, 5 * nS)], v_rest=-65 * mV).make_neurongroup(5)
    Network(group).run(0 * ms)
    code = group.state_updater.abstract_code
    assert code.count("_exponential(") == 1


def test_the_code_is_the_same_in_every_process():
    """Else Cython would compile it again."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "import brian2, test_step_operation;"
        "brian2.prefs.codegen.target = 'cython';"
        "group = test_step_operation.cells(hold_refractory=True);"
        "group.state_updater.update_abstract_code({});"
        "print(group.state_updater.abstract_code)"
    )
    codes = {
        subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parent)],
            env={**environment(), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert len(codes) == 1
    assert "_constant(" in codes.pop()


# -- code that is generated once for several runs -----------------------------------


def cell_with_names(**arguments):
    """Return a group whose equations refer to all kinds of names, and its network."""
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    soma.add_equations("I_own = extra*nA*drive(t) : amp", currents=["I_own"])
    given = {"drive": TimedArray([1.0, 0.5], dt=1 * ms), "dt": 0.1 * ms, **arguments}
    drive = given.pop("drive")
    group = NeuronModel([soma]).make_neurongroup(
        2, namespace={"drive": drive, "extra": 0.1}, **given
    )
    return group, Network(group)


def generates(group, network):
    """Run once more; return whether the code of the state update is new."""
    before = group.state_updater.codeobj
    network.run(0.5 * ms, namespace={})
    return group.state_updater.codeobj is not before


def test_code_is_generated_once_for_several_runs():
    group, network = cell_with_names()
    assert generates(group, network)
    assert not generates(group, network)
    group.I_ext_soma = 50 * pA  # a variable, not a constant
    assert not generates(group, network)


@pytest.mark.parametrize(
    "change",
    [
        lambda group: group.namespace.update(extra=0.2),
        lambda group: group.namespace.update(C_soma=50 * pF),
        lambda group: group.namespace.update(drive=TimedArray([2.0], dt=1 * ms)),
        lambda group: setattr(group.clock, "dt", 0.05 * ms),
        lambda group: setattr(group.state_updater, "method_options", {"theta": 0.75}),
        lambda group: setattr(group.state_updater, "method_choice", "euler"),
    ],
)
def test_code_is_generated_again_where_it_would_be_another(change):
    """The voltage is that of a group which starts with the change."""
    group, network = cell_with_names()
    assert generates(group, network)
    network.run(0.5 * ms, namespace={})
    other, others = cell_with_names()
    others.run(1 * ms, namespace={})
    assert np.array_equal(group.V_soma, other.V_soma)
    change(group)
    change(other)
    other.state_updater._code_state = None  # as Brian2 does it
    assert generates(group, network)
    others.run(0.5 * ms, namespace={})
    assert np.array_equal(group.V_soma, other.V_soma)


def test_code_is_generated_again_where_a_name_of_the_run_has_changed():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    soma.add_equations("I_own = extra*nA : amp", currents=["I_own"])
    group = NeuronModel([soma]).make_neurongroup(1)
    network = Network(group)
    network.run(1 * ms, namespace={"extra": 0.1})
    first = group.V_soma[0] / mV
    network.run(1 * ms, namespace={"extra": 0.0})
    assert -70 < group.V_soma[0] / mV < first


def test_code_is_generated_again_where_the_step_operation_no_longer_joins():
    group = cells()
    network = Network(group)
    assert generates(group, network)
    assert not generates(group, network)
    assert group.step_operation.is_joined
    network.add(EventMonitor(group, "spike_Na_dend"))
    assert generates(group, network)
    assert not group.step_operation.is_joined
    assert not generates(group, network)
