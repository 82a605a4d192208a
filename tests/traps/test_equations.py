"""Graphs, equations, and repeated additions."""

import brian2
import pytest
from brian2 import (
    ms,
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
    state,
)

from dendrisyn import (
    AMPA,
    NMDA,
    Dendrite,
    GraphError,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    Soma,
    UnitError,
    UnknownNameError,
)

G, T = 1 * nS, 5 * ms


# -- 21: graphs ---------------------------------------------------------------------


def graph_cases():
    a, b, c, d = (lumped(name=name) for name in "abcd")
    g = 1 * nS
    return {
        "a cycle": ([(a, b, g), (b, c, g), (c, a, g)], ("'c' and 'a'", "loop", "tree")),
        "two parts": ([(a, b, g), (c, d, g)], ("not connected", "a, b", "c, d")),
        "one apart": ([(a, b, g), c], ("not connected", "a, b", "c")),
        "an edge twice": ([(a, b, g), (a, b, 2 * g)], ("'a' and 'b'", "twice")),
        "and backwards": ([(a, b, g), (b, a, g)], ("'b' and 'a'", "twice")),
        "to itself": ([(a, b, g), (a, a, g)], ("'a'", "coupled to itself")),
        "one name": ([(a, b, g), (a, lumped(name="b"), g)], ("two", "called 'b'")),
        "one name only": ([(a, lumped(name="a"), g)], ("two", "called 'a'")),
        "nothing": ([], ("no compartment", "[(soma, dend, 10*nS)]")),
    }


@pytest.mark.parametrize("case", graph_cases())
def test_trap_21_what_is_no_tree_is_an_error(case):
    connections, about = graph_cases()[case]
    parts = tuple(
        {
            id(part): part
            for item in connections
            for part in (item[:2] if isinstance(item, tuple) else (item,))
        }.values()
    )
    with refused(GraphError, "NeuronModel", *about, unchanged=parts):
        NeuronModel(connections)


def test_trap_21_all_that_is_wrong_with_a_graph_is_reported_together():
    a, b, c, d = (lumped(name=name) for name in "abcd")
    about = ("'a' is coupled to itself", "not connected", "'b' and 'a'")
    with refused(GraphError, *about):
        NeuronModel([(a, a), (a, b, 1 * nS), (b, a, 1 * nS), (c, d, 1 * nS)])


def test_trap_21_connect_refuses_what_is_no_tree():
    a, b, twin = lumped(name="a"), lumped(name="b"), lumped(name="a")
    with refused(GraphError, "Dendrite('a').connect", "itself", unchanged=(a,)):
        a.connect(a, 1 * nS)
    with refused(GraphError, "Dendrite('a').connect", "name", unchanged=(a, twin)):
        a.connect(twin, 1 * nS)
    a.connect(b, 1 * nS)
    about = ("Dendrite('b').connect", "'b' and 'a' are coupled already")
    with refused(GraphError, *about, unchanged=(a, b)):
        b.connect(a, 2 * nS)


def test_trap_21_connect_and_the_model_do_not_couple_twice():
    a, b, c = (lumped(name=name) for name in "abc")
    a.connect(b, 1 * nS)
    with refused(GraphError, "'a' and 'b'", "twice", "connect()", unchanged=(a, b)):
        NeuronModel([(a, b, 2 * nS)])
    b.connect(c, 3 * nS)
    c.connect(a, 3 * nS)
    with refused(GraphError, "loop", unchanged=(a, b, c)):
        NeuronModel([a, b, c])


def test_trap_21_a_neighbour_that_is_left_out_is_an_error():
    a, b, c = (lumped(name=name) for name in "abc")
    a.connect(c, 1 * nS)
    about = ("'a' was connected to 'c'", "not part of this model", "Add it")
    with refused(GraphError, *about, unchanged=(a, b, c)):
        NeuronModel([(a, b, 1 * nS)])


@pytest.mark.parametrize(
    "wrong", [["soma"], [("soma", "dend")], [(1, 2, 3, 4)], [("dend",)], 3]
)
def test_trap_21_what_is_no_compartment_is_an_error(wrong):
    with pytest.raises(TypeError):
        NeuronModel(wrong)


def test_trap_21_a_tree_is_legal():
    soma = lumped(Soma, "soma")
    a, b, c = (lumped(name=name) for name in "abc")
    model = NeuronModel([(a, b, 1 * nS), (soma, a, 2 * nS), (c, soma, 3 * nS)])
    namespace = model.make_neurongroup(1).namespace
    assert list(model.compartments) == ["a", "b", "soma", "c"]
    couplings = {"a_b": 1, "b_a": 1, "soma_a": 2, "a_soma": 2, "c_soma": 3, "soma_c": 3}
    for ends, value in couplings.items():
        assert namespace[f"g_{ends}"] == value * nS


# -- 22: equations are compared as equations ----------------------------------------


def makers():
    return {"compartment": lumped, "model": pair, "point": point}


def group_of(owner):
    if isinstance(owner, Dendrite):
        owner = pair(dend=owner)
    return owner.make_neurongroup(1)


@pytest.mark.parametrize("where", makers())
def test_trap_22_equations_whose_names_hold_one_another_are_all_kept(where):
    owner = makers()[where]()
    for text in ("Ixx : amp", "xx : amp", "x : amp", "dxxx/dt = -xxx/(5*ms) : volt"):
        owner.add_equations(text)
    group = group_of(owner)
    for name in ("Ixx", "xx", "x"):
        setattr(group, name, 3 * pA)
        assert getattr(group, name)[0] == 3 * pA
    assert "xxx" in group.equations.diff_eq_names


@pytest.mark.parametrize("where", makers())
def test_trap_22_a_replacement_leaves_longer_names_alone(where):
    owner = makers()[where]()
    owner.add_equations("Ixx : amp")
    owner.add_equations("xx : amp")
    owner.replace_equations("xx : amp", "xx = 2*Ixx : amp")
    group = group_of(owner)
    group.Ixx = 3 * pA
    assert close(group.xx[0], 6 * pA)


@pytest.mark.parametrize("where", makers())
def test_trap_22_an_equation_that_exists_is_an_error(where):
    owner = makers()[where]()
    owner.add_equations("xx : amp")
    with pytest.raises(ValueError, match="'xx'") as caught:
        owner.add_equations("xx : amp")
    assert "replace_equations" in str(caught.value)
    before = state(owner)
    about = ("'Ixxx'", "Did you mean")
    with refused(UnknownNameError, *about, unchanged=(owner,)):
        owner.replace_equations("Ixxx : amp", "Ixxx = 1*pA : amp")
    with refused(InvalidValueError, "'xx'", "It is:", unchanged=(owner,)):
        owner.replace_equations("xx = 1*pA : amp", "xx = 2*pA : amp")
    assert state(owner) == before


def test_trap_22_a_current_whose_name_is_part_of_another_is_summed():
    dend = lumped()
    dend.add_equations("I_pump2 = -2*pA : amp", currents=["I_pump2"])
    dend.add_equations("I_pump = -1*pA : amp", currents=["I_pump"])
    group = pair(g=0 * nS, dend=dend).make_neurongroup(1)
    assert close(group.I_dend[0], -3 * pA)


def test_trap_22_a_total_that_is_replaced_has_each_current_once():
    dend = lumped()
    dend.add_equations("I_pump2 = -2*pA : amp", currents=["I_pump2"])
    dend.add_equations("I_pump = -1*pA : amp", currents=["I_pump"])
    dend.replace_equations(
        "I_dend = I_ext_dend + I_pump + I_pump2 : amp",  # the order of terms is free
        "I_dend = I_ext_dend + 10*I_pump + I_pump2 : amp",
    )
    dend.add_equations("I_pump3 = -5*pA : amp", currents=["I_pump3"])
    group = pair(g=0 * nS, dend=dend).make_neurongroup(1)
    assert close(group.I_dend[0], -17 * pA)


# -- 24: doing a thing again --------------------------------------------------------

CELL = """
soma = Soma('soma', cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
dend = Dendrite('dend', cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
dend.synapse('AMPA', 'x', g=1*nS, t_decay=2*ms)
dend.dspikes('Na', **SODIUM)
dend.noise()
dend.add_equations('I_pump = -1*pA : amp', currents=['I_pump'])
dend.add_params({'mine': 3*mV})
soma.connect(dend, 5*nS)
model = NeuronModel([soma, dend])
model.add_equations('q : 1')
model.parameters['w_AMPA_x_dend'] = 2
neurons = model.make_neurongroup(2)
network = Network(neurons)
network.run(1*ms)
"""


def test_trap_24_a_notebook_cell_can_be_run_again():
    namespace = {**vars(brian2), **globals()}
    found = []
    for _ in range(3):
        exec(CELL, namespace)
        found.append(state(namespace["model"]))
        found[-1]["mechanisms of dend"] = list(found[-1]["mechanisms of dend"])
    assert found[0] == found[1] == found[2]
    assert found[0]["parameters"]["w_AMPA_x_dend"][0] == 2
    assert namespace["network"].t == 1 * ms


def test_trap_24_a_model_can_be_made_again_of_the_same_compartments():
    soma, dend = lumped(Soma, "soma"), lumped()
    cell = "model = NeuronModel([(soma, dend, 5*nS)])\nmodel.add_equations('q : 1')\n"
    cell += "model.compartments['dend'].synapse('AMPA', 'x', g=1*nS, t_decay=2*ms)"
    namespace = {**globals(), "soma": soma, "dend": dend}
    exec(cell, namespace)
    first = namespace["model"].equations
    exec(cell, namespace)
    assert namespace["model"].equations == first


ADDED_TWICE = {
    "synapse": ("AMPA_x", ("synapse", "AMPA", "x"), {"g": G, "t_decay": T}),
    "dspikes": ("spike_Na", ("dspikes", "Na"), SODIUM),
    "noise": ("noise", ("noise",), {}),
    "add": ("AMPA_x", ("add", AMPA("x", g=G, t_decay=T)), {}),
}


@pytest.mark.parametrize("case", ADDED_TWICE)
def test_trap_24_the_same_thing_twice_is_an_error_whose_advice_works(case):
    label, (method, *args), kwargs = ADDED_TWICE[case]
    dend = lumped()
    getattr(dend, method)(*args, **kwargs)
    about = (f"Dendrite('dend').{method}", repr(label), f"remove({label!r})")
    about += ("parameters", "different names")
    with refused(NameConflictError, *about, unchanged=(dend,)):
        getattr(dend, method)(*args, **kwargs)
    before = state(dend)
    dend.remove(label)  # the advice
    assert label not in dend.mechanisms
    getattr(dend, method)(*args, **kwargs)
    after = state(dend)
    assert after["equations"] == before["equations"]
    assert after["parameters"] == before["parameters"]


def test_trap_24_a_replacement_has_its_new_values_only():
    dend = lumped()
    dend.synapse("AMPA", "x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms)
    dend.parameters["w_AMPA_x_dend"] = 20
    dend.remove("AMPA_x")
    assert "AMPA_x" not in dend.equations
    assert "w_AMPA_x_dend" not in dend.parameters
    dend.synapse("AMPA", "x", g=3 * nS, t_decay=2 * ms)
    namespace = pair(dend=dend).make_neurongroup(1).namespace
    assert namespace["g_AMPA_x_dend"] == 3 * nS
    assert namespace["t_AMPA_decay_x_dend"] == 2 * ms
    assert namespace["w_AMPA_x_dend"] == 1
    assert "t_AMPA_rise_x_dend" not in namespace


def test_trap_24_the_other_advice_works_as_well():
    dend = lumped()
    dend.synapse("AMPA", "x", g=1 * nS, t_decay=2 * ms)
    dend.parameters["g_AMPA_x_dend"] = 3 * nS  # to change a value
    dend.synapse("AMPA", "y", g=2 * nS, t_decay=2 * ms)  # to have two
    namespace = pair(dend=dend).make_neurongroup(1).namespace
    assert namespace["g_AMPA_x_dend"] == 3 * nS
    assert namespace["g_AMPA_y_dend"] == 2 * nS


def test_trap_24_all_or_none_of_several_mechanisms_are_added():
    dend = lumped()
    dend.synapse("AMPA", "x", g=1 * nS, t_decay=2 * ms)
    with refused(NameConflictError, "'AMPA_x'", unchanged=(dend,)):
        dend.add(NMDA("y", g=G, t_decay=T), AMPA("x", g=G, t_decay=T))
    with refused(UnitError, "mechanism", "'AMPA'", unchanged=(dend,)):
        dend.add(NMDA("y", g=G, t_decay=T), "AMPA")
    with refused(UnknownNameError, "'AMPA_X'", "Did you mean 'AMPA_x'"):
        dend.remove("AMPA_X")


@pytest.mark.parametrize(
    ("wrong", "right"), [("Ampa", "AMPA"), ("NDMA", "NMDA"), ("gaba", "GABA")]
)
def test_trap_24_a_misspelt_receptor_adds_nothing(wrong, right):
    dend = lumped()
    about = ("Dendrite('dend').synapse", repr(wrong), f"Did you mean {right!r}")
    with refused(UnknownNameError, *about, unchanged=(dend,)):
        dend.synapse(wrong, "x", g=1 * nS, t_decay=2 * ms)
