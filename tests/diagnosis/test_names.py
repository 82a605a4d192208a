"""Row 35: objects that never enter the network."""

import linecache
import textwrap

import brian2
import pytest
from brian2 import (
    Hz,
    Network,
    PoissonInput,
    StateMonitor,
    Synapses,
    collect,
    ms,
    run,
)
from helpers.diagnosed import cells, connected, kinds, spikes

from dendrisyn import diagnose

# -- what is alive but not in the network ----------------------------------------------


def test_what_acts_on_the_network_but_is_not_in_it_is_found():
    source, target = spikes(), cells()
    S = connected(source, target, on_pre="v_post += 0.1")
    P = PoissonInput(target, "v", 10, 10 * Hz, 0.1)
    M = StateMonitor(target[:2], "v", record=True)
    network = Network(source, target)
    found = diagnose(network)
    assert {each.kind for each in found} == {"not in the network"}
    assert {each.object for each in found} == {
        f"{S.name} (S)",
        f"{P.name} (P)",
        f"{M.name} (M)",
    }
    by_object = {each.object: each for each in found}
    assert by_object[f"{P.name} (P)"].remedy == "network.add(P)"
    assert "diagnosed.py', line" in by_object[f"{S.name} (S)"].problem
    network.add(S, P, M)
    assert kinds(network) == []


def test_what_is_only_in_a_list_is_not_seen_by_the_magic_network():
    source, target = spikes(), cells()
    hidden = [Synapses(source, target, on_pre="v_post += 0.1")]
    hidden[0].connect()
    (finding,) = diagnose()
    assert finding.kind == "not in the network"
    assert "a list or a dict is not seen" in finding.problem
    assert "collect()" in finding.remedy
    network = Network(collect())
    network.add(hidden)
    assert kinds(network) == []


def test_objects_of_another_network_or_scope_or_removed_are_left_alone():
    source, target = spikes(), cells()
    S = connected(source, target, on_pre="v_post += 0.1")
    other = Network(source, target, S)
    assert kinds(Network(source, target)) == []
    assert other.objects
    source, target = spikes(), cells()
    S = connected(source, target, on_pre="v_post += 0.1")
    network = Network(source, target, S)
    network.run(1 * ms)
    network.remove(S)
    assert kinds(network) == []


def test_objects_that_are_switched_off_or_belong_to_other_groups_are_left_alone():
    source, target, elsewhere = spikes(), cells(), cells()
    off = connected(source, target, on_pre="v_post += 0.1")
    off.active = False
    apart = connected(source, elsewhere, on_pre="v_post += 0.1")
    assert kinds(Network(source, target)) == []
    assert apart.active


def test_what_nothing_holds_any_longer_is_left_alone():
    source, target = spikes(), cells()
    network = Network(source, target)
    S = connected(source, target, on_pre="v_post += 0.1")
    ring = [S]
    ring.append(ring)  # so that only the garbage collector finds it
    assert kinds(network) == ["not in the network"]
    del S, ring
    assert kinds(network) == []


# -- names that are bound twice --------------------------------------------------------

HEAD = """\
import brian2
import brian2 as b2
from brian2 import *
from dendrisyn import diagnose
G = NeuronGroup(2, 'dv/dt = -v/(10*ms) : 1', threshold='v > 1', reset='v = 0')
kept = []
"""
FIRST = "C = Synapses(G, G, on_pre='v_post += 0.1')\nC.connect(p=0.5)\n"
SECOND = "C = Synapses(G, G, on_pre='v_post += 0.2')\nC.connect()\n"
TWICE = FIRST + SECOND
LOOP = "for n in range(2):\n"
FOUND = {
    "twice": (TWICE, "C", (7, 9)),
    "with a module": (TWICE.replace("Synapses", "b2.Synapses"), "C", (7, 9)),
    "annotated": (TWICE.replace("C =", "C: object ="), "C", (7, 9)),
    "used": (FIRST + "C.delay = 1*ms\nC.delay[0] = 2*ms\n" + SECOND, "C", (7, 11)),
    "an input": (
        "P = PoissonInput(G, 'v', 1, 1*Hz, 0.1)\n"
        "P = PoissonInput(G, 'v', 1, 2*Hz, 0.1)\n",
        "P",
        (7, 8),
    ),
    "a monitor": ("M = SpikeMonitor(G)\nprint()\nM = SpikeMonitor(G)\n", "M", (7, 9)),
    "in a loop": (LOOP + textwrap.indent(TWICE, "    "), "C", (8, 10)),
    "in a with block": (
        "with open(__file__):\n" + textwrap.indent(TWICE, "    "),
        "C",
        (8, 10),
    ),
}
NOT_FOUND = {
    "kept in a list": FIRST + "kept.append(C)\n" + SECOND,
    "kept by another name": FIRST + "D = C\n" + SECOND,
    "kept in a network": FIRST + "Network(G).add(C)\n" + SECOND,
    "kept by the second": FIRST + "C = SpikeMonitor(G) if C else Synapses(G, G)\n",
    "deleted": FIRST + "del C\n" + SECOND,
    "replaced by something else": FIRST + "C = None\n" + SECOND,
    "a condition in between": FIRST + "if kept == []:\n    C = None\n" + SECOND,
    "run": FIRST + "run(0*ms)\nstart_scope()\n" + SECOND,
    "a network of all": FIRST + "net = Network(collect())\n" + SECOND,
    "a function in between": "def build():\n    kept.append(C)\n"
    + FIRST
    + "build()\n"
    + SECOND,
    "branches": "if kept:\n    C = Synapses(G, G)\nelse:\n    C = Synapses(G, G)\n",
    "a loop": LOOP + "    C = Synapses(G, G)\n    C.connect()\n",
    "two names": FIRST + SECOND.replace("C", "D"),
    "something else": "C = dict(a=1)\nC = dict(a=2)\n",
    "other functions": "def one():\n    C = Synapses(G, G)\n"
    "def two():\n    C = Synapses(G, G)\n",
    "after the call": "found = diagnose()\n" + TWICE,
}
CALL = "if 'found' not in globals():\n    found = diagnose()\n"


def executed(name, code, namespace=None):
    """Execute code as a file or a notebook's cell is, and return its namespace."""
    namespace = {} if namespace is None else namespace
    lines = code.splitlines(keepends=True)
    linecache.cache[name] = (len(code), None, lines, name)
    exec(compile(code, name, "exec"), namespace)
    return namespace


def doubles(found):
    return [each for each in found if each.kind == "bound twice"]


@pytest.mark.parametrize("case", FOUND)
def test_a_name_bound_twice_is_found(case):
    code, name, (first, second) = FOUND[case]
    found = executed(f"<{case}>", HEAD + code + CALL, {"__file__": __file__})["found"]
    (finding,) = doubles(found)
    assert f"of line {first}, and from line {second} on" in finding.problem
    assert finding.object == name
    assert f"in line {first}" in finding.remedy
    assert f"in line {second}" in finding.remedy


@pytest.mark.parametrize("case", NOT_FOUND)
def test_what_is_no_rebinding_is_left_alone(case):
    found = executed(f"<{case}>", HEAD + NOT_FOUND[case] + CALL)["found"]
    assert doubles(found) == []


def test_a_name_bound_twice_in_a_function_is_found():
    E, F = cells(), cells()
    C = Synapses(E, E, on_pre="v_post += 0.1")
    C.connect()
    C = Synapses(F, F, on_pre="v_post += 0.1")
    C.connect()
    (finding,) = diagnose()
    assert finding.kind == "bound twice"
    assert finding.object == "C"
    assert "(test_names.py)" in finding.problem


def test_two_names_in_a_function_are_the_remedy():
    E, F = cells(), cells()
    C_1 = Synapses(E, E, on_pre="v_post += 0.1")
    C_1.connect()
    C_2 = Synapses(F, F, on_pre="v_post += 0.1")
    C_2.connect()
    assert diagnose() == []


def test_a_second_experiment_is_left_alone():
    G = cells()
    run(1 * ms)
    brian2.start_scope()
    G = cells()
    assert diagnose() == []
    assert G.N == 4


def test_code_without_a_source_is_left_alone():
    namespace = {}
    exec(HEAD + TWICE + "found = diagnose()", namespace)
    assert doubles(namespace["found"]) == []


def test_what_a_monitor_holds_is_found_as_not_in_the_network():
    G = cells()
    C = connected(G, G, model="x : 1", on_pre="v_post += 0.1")
    monitor = StateMonitor(C, "x", record=True)
    first = monitor.source.name
    C = connected(G, G, on_pre="v_post += 0.2")
    (finding,) = diagnose()
    assert finding.kind == "not in the network"
    assert finding.object == first != C.name


# -- notebooks: the cells are in `In`, the last of them is being executed --------------


def notebook(*cells_):
    """Execute cells one after the other and return what the last one finds."""
    namespace = {"_ih": [], "In": [""]}
    for number, cell in enumerate(cells_):
        namespace["In"].append(cell)
        executed(f"<cell {number + 1}>", cell, namespace)
    return doubles(namespace["found"])


def test_earlier_cells_of_a_notebook_are_read():
    (finding,) = notebook(HEAD, TWICE, "found = diagnose()")
    assert "of line 1, and from line 3 on" in finding.problem
    assert "(cell 2)" in finding.problem


def test_a_cell_that_was_mended_since_is_left_alone():
    assert notebook(HEAD, TWICE, SECOND, "found = diagnose()") == []


def test_cells_that_bind_a_name_once_each_are_left_alone():
    assert notebook(HEAD, FIRST, SECOND, "found = diagnose()") == []


def test_what_connects_to_a_part_of_a_group_that_is_gone_is_no_obstacle():
    source, target = spikes(), cells()
    gone = cells(4)
    left = Synapses(gone[:2], target, on_pre="v_post += 0.1")
    del gone
    assert kinds(Network(source, target)) == []
    assert left.active
