"""Row 41: plasticity that reaches no neuron."""

import pytest
from brian2 import (
    Network,
    NetworkOperation,
    StateMonitor,
    Synapses,
)
from helpers.diagnosed import cells, connected, kinds, spikes

from dendrisyn import diagnose

DEPRESSION = "w : 1\ndx/dt = (1 - x)/(200*ms) : 1 (event-driven)\n"
PULSE = DEPRESSION + ("I_post = w*int(t - last < 5*ms){} : 1 (summed)\nlast : second\n")
INPUT = "dv/dt = (I - v)/(20*ms) : 1\nI : 1"


def plastic(model, on_pre, **arguments):
    """Return a network of synapses with these statements, and the synapses."""
    source, target = spikes(), cells(equations=INPUT, reset="v = 0; I = 0")
    S = connected(source, target, model=model, on_pre=on_pre, **arguments)
    S.w = 0.1
    return Network(source, target, S), S


def test_depression_of_a_spike_that_only_triggers_is_found():
    network, S = plastic(PULSE.format(""), "last = t; x *= 0.5")
    (finding,) = diagnose(network)
    assert finding.kind == "without effect"
    assert finding.object == f"{S.name} (S)"
    assert "change x," in finding.problem
    assert "w*x" in finding.remedy
    # an event-driven variable cannot be in a sum: the amount is kept at the spike
    model = PULSE.format("*amount") + "amount : 1\n"
    network, S = plastic(model, "last = t; amount = x; x *= 0.5")
    S.amount = 1
    assert kinds(network) == []


def test_both_variables_of_a_pair_are_named():
    model = DEPRESSION + "du/dt = -u/(50*ms) : 1 (event-driven)"
    on_pre = "u += 0.5*(1 - u); r = u*x; x -= r; I_post += w"
    network, _ = plastic(model, on_pre)
    (finding,) = diagnose(network)
    assert "spikes change u and x" in finding.problem
    assert "I_post += w" in finding.problem
    assert kinds(plastic(model, on_pre + "*r")[0]) == []


def test_what_is_passed_to_no_neuron_at_all_is_found():
    """A subexpression where a summed variable was meant, as in the seed."""
    model = "s_in = w*s : 1\nw : 1\nds/dt = -s/(5*ms) : 1 (clock-driven)"
    network, S = plastic(model, "s += 1")
    (finding,) = diagnose(network)
    assert finding.kind == "without effect"
    assert "nothing of it is passed to a neuron" in finding.problem
    assert kinds(plastic(model.replace("s_in = w*s : 1", SUM), "s += 1")[0]) == []
    assert S.name in finding.object


SUM = "I_post = w*s : 1 (summed)"
ALIVE = {
    "directly": "I_post += w*x; x *= 0.5",
    "a local variable": "a = x; b = a*w; I_post += b; x -= 0.1",
    "presynaptic": "v_2_pre += w*x; x *= 0.5",
}


@pytest.mark.parametrize("case", ALIVE)
def test_what_reaches_a_neuron_is_left_alone(case):
    equations = INPUT + "\nv_2 : 1"
    source, target = cells(equations=equations), cells(equations=INPUT)
    source.run_regularly("v_2 = 0")
    target.run_regularly("I = 0")
    S = connected(source, target, model=DEPRESSION, on_pre=ALIVE[case])
    S.w = 0.1
    assert kinds(Network(source, target, S)) == []


def test_through_a_subexpression_or_another_equation():
    model = DEPRESSION + "amount = w*x : 1"
    network, _ = plastic(model, "I_post += amount; x *= 0.5")
    assert kinds(network) == ["stale subexpression"]
    model = """
    w : 1
    dx/dt = -x/(5*ms) : 1 (clock-driven)
    ds/dt = (x - s)/(5*ms) : 1 (clock-driven)
    I_post = w*s : 1 (summed)
    """
    source, target = spikes(), cells(equations=INPUT)
    S = connected(source, target, model=model, on_pre="x += 1")
    S.w = 0.1
    assert kinds(Network(source, target, S)) == []


STDP = """
w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(20*ms) : 1 (event-driven)
"""


def test_traces_of_a_learning_rule_are_alive():
    network, _ = plastic(
        STDP,
        "I_post += w; apre += 0.1; w = clip(w - apost, 0, 1)",
        on_post="apost += 0.1; w = clip(w + apre, 0, 1)",
    )
    assert kinds(network) == []


def test_a_trace_of_a_rule_that_forgets_it_is_found():
    network, _ = plastic(
        STDP,
        "I_post += w; apre += 0.1; w = clip(w - apost, 0, 1)",
        on_post="apost += 0.1; w = clip(w + 0.1, 0, 1)",
    )
    (finding,) = diagnose(network)
    assert "change apre," in finding.problem


def test_a_rule_without_transmission_is_left_alone():
    """As in the tutorial, which plots the change of the weights."""
    network, _ = plastic(
        STDP,
        "apre += 0.1; w = clip(w - apost, 0, 1)",
        on_post="apost += 0.1; w = clip(w + apre, 0, 1)",
    )
    assert kinds(network) == []


def test_a_monitor_is_no_effect():
    network, S = plastic(DEPRESSION, "I_post += w; x *= 0.5")
    network.add(StateMonitor(S, "x", record=True))
    assert kinds(network) == ["without effect"]


def test_what_other_code_reads_is_left_alone():
    network, S = plastic(DEPRESSION, "I_post += w; x *= 0.5")
    S.run_regularly("w = 0.1*x")
    assert kinds(network) == []
    network, S = plastic(DEPRESSION, "I_post += w; x *= 0.5")
    network.add(NetworkOperation(lambda: None))
    assert kinds(network) == []
    network, S = plastic(DEPRESSION, "I_post += w; x *= 0.5")
    onto = Synapses(spikes(), S, on_pre="x_post = 1")
    onto.connect()
    network.add(onto, onto.source)
    assert kinds(network) == []


def test_counters_of_spikes_are_left_alone():
    network, _ = plastic("w : 1\ncount : 1", "I_post += w; count += 1")
    assert kinds(network) == []
