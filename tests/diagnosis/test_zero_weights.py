"""Row 33: weights that were never set."""

import pytest
from brian2 import Network, NetworkOperation, ms, mV, nS
from helpers.diagnosed import cells, connected, kinds, membrane, spikes

from dendrisyn import diagnose

ALL_PARAMETERS = {
    "jump": ("w : 1", "v_post += w", ["w"]),
    "suffix left out": ("w : 1", "v += w", ["w"]),
    "subtracted": ("w : 1", "v_post -= 2*w", ["w"]),
    "local variable": ("w : 1", "a = w*2\n    b = a + a\n  v_post += b", ["w"]),
    "subexpression": ("w : 1\nW = w*2 : 1\nX = W**2 : 1", "v_post += X", ["w"]),
    "written out": ("w : 1", "v_post = v_post + w", ["w"]),
    "assigned": ("w : 1", "v_post = w", ["w"]),
    "two of them": ("w : 1\nu : 1", "v_post += w; v_post += u", ["u", "w"]),
    "with a trace": (
        "w : 1\ndx/dt = -x/(5*ms) : 1 (event-driven)",
        "x += 1; v_post += w*x",
        ["w"],
    ),
    "shared": ("w : 1 (shared)", "v_post += w", ["w"]),
}


@pytest.mark.parametrize("case", ALL_PARAMETERS)
def test_is_found_and_mended(case):
    model, on_pre, names = ALL_PARAMETERS[case]
    source, target = spikes(), cells()
    S = connected(source, target, model=model, on_pre=on_pre)
    network = Network(source, target, S)
    (finding,) = diagnose(network)
    assert finding.kind == "zero weights"
    assert f"{' and '.join(names)} " in finding.problem
    assert f"all {len(S)} synapses" in finding.problem
    assert finding.object == f"{S.name} (S)"
    assert f"S.{names[0]} = 1" in finding.remedy
    S.w = 0.1
    assert kinds(network) == []


def test_is_found_after_a_run():
    source, target = spikes(), cells()
    S = connected(source, target, model="w : 1", on_pre="v_post += w")
    network = Network(source, target, S)
    network.run(5 * ms)
    (finding,) = diagnose(network)
    assert "after 0.005 s" in finding.problem


def test_a_remedy_has_the_unit():
    source, target = spikes(), membrane(equations="dv/dt = -v/(20*ms) : volt")
    S = connected(source, target, model="w : volt", on_pre="v_post += w")
    network = Network(source, target, S)
    (finding,) = diagnose(network)
    assert "S.w = ...*V " in finding.remedy
    S.w = 1 * mV
    assert kinds(network) == []


def test_is_found_in_a_sum_and_through_the_state_of_the_synapses():
    equations = "dv/dt = (I - v)/(20*ms) : 1\nI : 1"
    model = """
    I_post = {} : 1 (summed)
    ds/dt = (x - s)/(2*ms) : 1 (clock-driven)
    dx/dt = -x/(2*ms) : 1 (clock-driven)
    w : 1
    """
    for summed, on_pre in (("w*s", "x += 1"), ("s", "x += w")):
        source, target = spikes(), cells(equations=equations)
        S = connected(source, target, model=model.format(summed), on_pre=on_pre)
        network = Network(source, target, S)
        assert kinds(network) == ["zero weights"]
        S.w = 1
        assert kinds(network) == []


NO_FINDING = {
    "a constant is added": ("w : 1", "v_post += 0.1 + w"),
    "another use": ("w : 1", "v_post += 0.1*(1 - w)"),
    "it is switched on": ("w : 1", "w += 0.1; v_post += w"),
    "a time": ("last : second", "v_post += 0.1*exp((last - t)/(5*ms)); last = t"),
    "no parameter": ("", "v_post += 0.1"),
    "reset by spikes": ("w : 1", "v_post = 0; v_post += w"),
}


@pytest.mark.parametrize("case", NO_FINDING)
def test_what_transmits_in_spite_of_a_zero_is_left_alone(case):
    model, on_pre = NO_FINDING[case]
    source, target = spikes(), cells()
    synapses = connected(source, target, model=model, on_pre=on_pre)
    network = Network(source, target, synapses)
    assert kinds(network) == []
    network.run(5 * ms)
    assert kinds(network) == []


STDP = """
w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(20*ms) : 1 (event-driven)
"""


def test_a_learning_rule_may_start_from_zero_but_not_stay_there():
    source, target = spikes(), cells()
    S = connected(
        source,
        target,
        model=STDP,
        on_pre="v_post += w; apre += 0.1; w = clip(w - apost, 0, 1)",
        on_post="apost += 0.1; w = clip(w + apre, 0, 1)",
    )
    network = Network(source, target, S)
    assert kinds(network) == []
    network.run(20 * ms)
    assert kinds(network) == []  # too early to say
    network.run(80 * ms)
    (finding,) = diagnose(network)
    assert "nothing in the network has changed it" in finding.problem
    S.w = 0.1
    assert kinds(network) == []


def test_a_counter_of_spikes_that_never_came_is_left_alone():
    source, target = spikes(at=(9,)), cells()
    on_pre = "v_post += 0.1*count; count += 1"
    S = connected(source, target, model="count : 1", on_pre=on_pre)
    network = Network(source, target, S)
    network.run(5 * ms)
    assert kinds(network) == []


def test_a_rule_that_multiplies_never_leaves_zero():
    source, target = spikes(), cells()
    S = connected(source, target, model="w : 1", on_pre="v_post += w; w *= 1.1")
    network = Network(source, target, S)
    assert kinds(network) == ["zero weights"]
    S.w = 0.1
    assert kinds(network) == []


def test_weights_that_other_code_sets_are_left_alone():
    source, target = spikes(), cells()
    S = connected(source, target, model="w : 1", on_pre="v_post += w")
    S.run_regularly("w = 0.1")
    assert kinds(Network(source, target, S)) == []


def test_weights_that_a_python_function_may_set_are_left_alone():
    source, target = spikes(), cells()
    S = connected(source, target, model="w : 1", on_pre="v_post += w")
    operation = NetworkOperation(lambda: None, dt=1 * ms)
    network = Network(source, target, S, operation)
    assert kinds(network) == []
    network.run(2 * ms)  # by now it would have done so
    assert kinds(network) == ["zero weights"]


def test_weights_set_to_zero_after_they_have_transmitted_are_left_alone():
    source, target = spikes(), membrane()
    S = connected(source, target, model="w : 1", on_pre="g_post += w")
    S.w = 0.1
    network = Network(source, target, S)
    network.run(5 * ms)
    S.w = 0
    assert kinds(network) == []


def test_synapses_without_any_connection_or_inactive_are_left_alone():
    source, target = spikes(), cells()
    empty = connected(source, target, p=0, model="w : 1", on_pre="v_post += w")
    off = connected(source, target, model="w : 1", on_pre="v_post += w")
    off.active = False
    assert kinds(Network(source, target, empty, off)) == []


def test_zero_conductances_of_the_neurons_are_their_own_affair():
    equations = "dv/dt = -v/(20*ms) + g*v/(20*ms)/nS : 1\ng : siemens"
    source, target = spikes(), cells(equations=equations)
    S = connected(source, target, on_pre="v_post += 0.1")
    target.g = 0 * nS
    assert kinds(Network(source, target, S)) == []
