"""Subexpressions that compiled code computes from old values."""

import brian2
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, prefs
from helpers.diagnosed import cells, connected, kinds, spikes

from dendrisyn import diagnose

Z = "z : 1\nx = 1 - z : 1\ny = 2*x : 1"
DRIVEN = "dz/dt = -z/(10*ms) : 1 (event-driven)\nx = 1 - z : 1"
OUT = "dv/dt = -v/(20*ms) : 1\nz : 1\nx = 1 - z : 1\nout : 1"

STALE = {
    "event-driven": (DRIVEN, "v_post += x; z = 1", "1 - z"),
    "changed before": (Z, "z = 0.25; v_post += x", "1 - z"),
    "added to before": (Z, "z += 0.25; v_post += 0.1 + x", "1 - z"),
    "in a local variable": (Z, "z = 0.25; a = x**2; v_post += a", "1 - z"),
}


@pytest.mark.parametrize("case", STALE)
def test_is_found_and_mended(case):
    model, on_pre, written = STALE[case]
    source, target = spikes(), cells()
    S = connected(source, target, model=model, on_pre=on_pre)
    (finding,) = diagnose(Network(source, target, S))
    assert finding.kind == "stale subexpression"
    assert finding.object == f"{S.name} (S)"
    assert "changed z" in finding.problem
    assert f"({written}) instead of x" in finding.remedy
    on_pre = on_pre.replace("x", f"({written})")
    source, target = spikes(), cells()
    S = connected(source, target, model=model, on_pre=on_pre)
    assert kinds(Network(source, target, S)) == []


def test_is_found_through_another_subexpression_and_after_a_spike_of_the_target():
    source, target = spikes(), cells()
    S = connected(source, target, model=Z, on_pre="z = 0.25; v_post += y")
    (finding,) = diagnose(Network(source, target, S))
    assert "(2*x) instead of y" in finding.remedy
    source, target = spikes(), cells()
    S = connected(
        source, target, model=DRIVEN, on_pre="v_post += 0.1*z", on_post="z = x"
    )
    (finding,) = diagnose(Network(source, target, S))
    assert "'z = x' of 'post'" in finding.problem


def test_subexpressions_of_the_neurons_are_stale_too():
    source, target = spikes(), cells(equations=OUT)
    S = connected(source, target, on_pre="z_post = 0.25; out_post = x_post")
    (finding,) = diagnose(Network(source, target, S))
    assert "changed z_post" in finding.problem


FRESH = {
    "read first": (Z, "v_post += x; z = 0.25"),
    "of something else": (Z + "\nu : 1", "u = 1; v_post += x"),
    "a parameter beside": (DRIVEN + "\nu : 1\nk = 2*u : 1", "v_post += 1 + k*z; u = 1"),
    "clock-driven": (DRIVEN.replace("event", "clock"), "v_post += x; z = 1"),
    "no subexpression": (DRIVEN, "v_post += 1 - z; z = 1"),
}


@pytest.mark.parametrize("case", FRESH)
def test_what_is_read_before_it_is_changed_is_left_alone(case):
    model, on_pre = FRESH[case]
    source, target = spikes(), cells()
    S = connected(source, target, model=model, on_pre=on_pre)
    assert kinds(Network(source, target, S)) == []


def test_another_neuron_of_the_same_group_is_left_alone():
    group = cells(equations=OUT)
    S = connected(group, group, on_pre="z_post = 0.25; out_post = x_pre")
    assert kinds(Network(group, S)) == []


@pytest.mark.compiled
@pytest.mark.usefixtures("quick_cython")
@pytest.mark.parametrize(("read", "is_stale"), [("x", True), ("(1 - z)", False)])
def test_compiled_code_computes_it_from_the_old_value(read, is_stale):
    prefs.codegen.target = "cython"
    source = SpikeGeneratorGroup(1, [0, 0], [1, 11] * ms)
    target = NeuronGroup(1, "v : 1")
    S = Synapses(source, target, DRIVEN, on_pre=f"v_post = {read}; z = 1")
    S.connect()
    network = Network(source, target, S)
    assert bool(kinds(network)) is is_stale
    network.run(15 * ms)
    new, old = 1 - float(brian2.exp(-1)), 0
    assert target.v[0] == pytest.approx(old if is_stale else new)
