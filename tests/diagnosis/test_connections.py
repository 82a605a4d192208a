"""Rows 34 and 36: pairs connected twice, sums into one variable."""

import pytest
from brian2 import Network, Synapses, ms
from helpers.diagnosed import cells, connected, kinds, spikes

from dendrisyn import diagnose


def test_two_calls_of_connect_are_found():
    group = cells(10)
    S = Synapses(group, on_pre="v_post += 0.01")
    S.connect(p=0.5)
    S.connect("i != j")
    (finding,) = diagnose(Network(group, S))
    pairs = set(zip(S.i, S.j, strict=True))
    double = len(S) - len(pairs)
    assert finding.kind == "double connections"
    assert finding.problem.startswith(f"{double} of {len(pairs)} connected pairs are")
    assert "S.connect(condition='i != j', p=...)" in finding.remedy

    group = cells(10)
    mended = Synapses(group, on_pre="v_post += 0.01")
    mended.connect("i != j", p=0.5)
    assert kinds(Network(group, mended)) == []


def test_all_pairs_and_a_single_one():
    group = cells(3)
    all_, one = Synapses(group, on_pre="v_post += 1"), Synapses(group, on_pre="v += 1")
    for _ in range(3):
        all_.connect()
    one.connect(i=[0, 0, 1], j=[2, 2, 2])
    found = {each.object: each for each in diagnose(Network(group, all_, one))}
    problem = found[f"{all_.name} (all_)"].problem
    assert problem.startswith("all 9 connected pairs are connected more than once")
    assert "up to 3 times" in problem
    assert found[f"{one.name} (one)"].problem.startswith("1 of 2 connected pairs are")


def test_synapses_with_a_number_of_their_own_are_left_alone():
    group = cells(3)
    S = Synapses(group, on_pre="v_post += 0.1", multisynaptic_index="k")
    S.connect(n=2)
    assert kinds(Network(group, S)) == []


def test_pairs_are_told_apart_in_parts_of_a_group():
    group = cells(10)
    S = Synapses(group[2:5], group[5:], on_pre="v_post += 0.1")
    S.connect()
    assert kinds(Network(group, S)) == []
    S.connect(i=0, j=0)
    assert kinds(Network(group, S)) == ["double connections"]


# -- 36: summed twice ------------------------------------------------------------------

TWO = "dv/dt = (g + h - v)/(20*ms) : 1\ng : 1\nh : 1"
SUM = "{}_post = s : 1 (summed)\nds/dt = -s/(5*ms) : 1 (clock-driven)"


def summing(source, target, name="g"):
    """Return synapses with a sum into a variable."""
    return connected(source, target, model=SUM.format(name), on_pre="s += 1")


def test_two_sums_into_one_variable_are_found():
    source, target = spikes(), cells(equations=TWO)
    one, other = summing(source, target), summing(source, target)
    network = Network(source, target, one, other)
    (finding,) = diagnose(network)
    assert finding.kind == "summed twice"
    assert finding.object == f"{target.name} (target)"
    assert one.name in finding.problem
    assert other.name in finding.problem
    with pytest.raises(NotImplementedError):
        network.run(0.1 * ms)
    target = cells(equations=TWO)
    mended = summing(source, target), summing(source, target, "h")
    assert kinds(Network(source, target, *mended)) == []


def test_sums_into_overlapping_parts_are_found_and_disjoint_ones_left_alone():
    source, target = spikes(), cells(equations=TWO)
    front, back, middle = target[:2], target[2:], target[1:3]
    network = Network(source, target, summing(source, front), summing(source, back))
    assert kinds(network) == []
    network.add(summing(source, middle))
    assert kinds(network) == ["summed twice"]
    target = cells(equations=TWO)
    parts = summing(source, target), summing(source, target[2:])
    network = Network(source, target, *parts)
    assert kinds(network) == ["summed twice"]


def test_an_overlap_that_brian2_overlooks_is_found():
    """It compares a sum only with the one before."""
    source, target = spikes(), cells(equations=TWO)
    parts = target[:2], target[2:], target[:2]
    sums = [summing(source, part) for part in parts]
    assert kinds(Network(source, target, *sums)) == ["summed twice"]


def test_a_sum_and_spikes_into_different_groups_are_left_alone():
    source, one, other = spikes(), cells(equations=TWO), cells(equations=TWO)
    sums = summing(source, one), summing(source, other)
    assert kinds(Network(source, one, other, *sums)) == []


def test_several_synapses_of_one_call_are_left_alone():
    source, target = spikes(3), cells(3)
    S = Synapses(source, target, on_pre="v_post += 0.1")
    S.connect(j="i", n=3)
    network = Network(source, target, S)
    assert kinds(network) == []
    S.connect(j="i")
    assert kinds(network) == ["double connections"]
