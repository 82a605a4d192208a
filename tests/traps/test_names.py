"""Traps 18 to 24: names and structure."""

import warnings

import numpy as np
import pytest
from brian2 import (
    Network,
    cm,
    mS,
    ms,
    mV,
    nA,
    nan,
    nS,
    ohm,
    pA,
    pF,
    pi,
    second,
    uF,
    um,
    uS,
)

from dendrisyn import (
    AMPA,
    GABA,
    NMDA,
    AdEx,
    AssemblyError,
    CadIF,
    Compartment,
    ConductanceBased,
    Dendrite,
    DendriticSpike,
    DualExponential,
    EphysProperties,
    Exponential,
    GraphError,
    InvalidValueError,
    MagnesiumBlock,
    NameConflictError,
    NeuronModel,
    Noise,
    PointNeuronModel,
    Soma,
    Synapse,
    UnitError,
    UnknownNameError,
    library,
)

from .helpers import (
    SODIUM,
    close,
    lumped,
    pair,
    point,
    refused,
    sized,
    state,
    traces,
)

# -- 18: membranes ------------------------------------------------------------------

MEMBRANES = ["passive", "leakyIF", "adaptiveIF", "cadIF", "adex", "eif", "izhikevich"]
ADEX = {"a_soma": 2 * nS, "tauw_soma": 30 * ms, "DeltaT_soma": 2 * mV}
ADEX |= {"Vth_soma": -50 * mV}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("adEx", "adex"),
        ("AdEx", "adex"),
        ("leakyif", "leakyIF"),
        ("CadIF", "cadIF"),
        ("adaptativeIF", "adaptiveIF"),
        ("pasive", "passive"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (lambda model: Soma("soma", model=model), "Soma('soma')"),
        (lambda model: Dendrite("dend", model=model), "Dendrite('dend')"),
        (lambda model: PointNeuronModel(model=model), "PointNeuronModel"),
    ],
)
def test_trap_18_an_unknown_membrane_is_an_error(kind, where, wrong, right):
    about = (where, repr(wrong), f"Did you mean {right!r}", "template")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # an error, not a warning
        with refused(UnknownNameError, *about):
            kind(wrong)
    assert "dV" in kind(right).equations


def test_trap_18_a_name_like_no_other_lists_the_membranes():
    with refused(UnknownNameError, "'xyz'", *map(repr, MEMBRANES)):
        Soma("soma", model="xyz")


TEMPLATE = """
dV{0}/dt = (g{0}*(E{0} - V{0}) + I{0} - z{0}) / C{0} : volt
dz{0}/dt = -z{0}/tau{0} : amp
"""


def test_trap_18_a_template_of_the_user_is_a_membrane():
    soma = Soma("soma", model=TEMPLATE, cm_abs=100 * pF)
    mine = {"g_soma": 5 * nS, "E_soma": -60 * mV, "tau_soma": 10 * ms}
    soma.add_params(mine)
    model = NeuronModel([(soma, lumped(), 2 * nS)])
    group = model.make_neurongroup(1, method="rk4", init_rest=False)
    group.V_soma = -60 * mV
    group.V_dend = -60 * mV
    group.z_soma = 10 * pA
    monitor = traces(group, "V_soma", "z_soma")
    Network(group, monitor).run(20 * ms)
    time = np.asarray(monitor.t / ms)
    # rk4 at 0.1 ms and tau = 10 ms: right to 1e-9
    assert np.allclose(monitor.z_soma[0] / pA, 10 * np.exp(-time / 10), rtol=1e-8)
    assert monitor.V_soma[0].min() < -60.5 * mV  # the current z reaches the voltage
    assert "I_soma = I_ext_soma + I_dend_soma" in model.equations


@pytest.mark.parametrize("name", MEMBRANES)
def test_trap_18_the_library_holds_templates(name):
    def lines(model):
        text = Soma("soma", model=model).equations.replace(" ", "")
        for long, short in ((":volt", ":V"), (":amp", ":A"), (":siemens", ":S")):
            text = text.replace(long, short)
        return sorted(filter(None, text.splitlines()))

    assert lines(library[name]) == lines(name)


def test_trap_18_a_template_gives_the_same_trace_as_the_name():
    found = []
    for model in ("adex", library["adex"], AdEx()):
        soma = lumped(Soma, "soma", model=model)
        soma.add_params(ADEX)
        group = NeuronModel([(soma, lumped(), 2 * nS)]).make_neurongroup(1)
        group.I_ext_soma = 100 * pA
        monitor = traces(group, "V_soma", "w_soma")
        Network(group, monitor).run(10 * ms)
        found.append((monitor.V_soma[0] / mV, monitor.w_soma[0] / pA))
    assert np.ptp(found[0][0]) > 1
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_trap_18_a_template_without_a_voltage_is_an_error():
    with refused(InvalidValueError, "Soma('soma')", "dV{0}/dt"):
        Soma("soma", model="dx{0}/dt = -x{0}/tau{0} : 1")
    with refused(InvalidValueError, "Soma('soma')", "cannot read"):
        Soma("soma", model="dV{0}/dt = (((( : volt")


# -- 19: couplings ------------------------------------------------------------------


def axial(length, diameter):
    """Return the conductance of a whole cylinder."""
    return pi * diameter**2 / (4 * 150 * ohm * cm * length)


def three_cylinders():
    """Return compartments whose names hold underscores, and one another."""
    soma = sized(Soma, "soma", length=20 * um, diameter=20 * um)
    apical = sized(name="apical", length=200 * um, diameter=3 * um)
    prox = sized(name="apical_prox", length=100 * um, diameter=2 * um)
    return soma, apical, prox


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("half_cylindres", "half_cylinders"),
        ("half_cylinder", "half_cylinders"),
        ("Half_Cylinders", "half_cylinders"),
        ("cylinder_typo", "cylinder_soma"),
        ("cylinder_apical_prx", "cylinder_apical_prox"),
        ("cylinder_prox", "cylinder_apical_prox"),
        ("cylinder_apical_distal", "cylinder_apical_prox"),
    ],
)
def test_trap_19_a_misspelt_coupling_is_an_error(wrong, right):
    soma, _, prox = three_cylinders()
    about = ("'soma' and 'apical_prox'", repr(wrong), "Did you mean", repr(right))
    with refused(UnknownNameError, "NeuronModel", *about, unchanged=(soma, prox)):
        NeuronModel([(soma, prox, wrong)])
    where = "Soma('soma').connect"
    with refused(UnknownNameError, where, *about, unchanged=(soma, prox)):
        soma.connect(prox, wrong)
    soma.connect(prox, right)  # nothing was left behind by the attempts


def test_trap_19_the_cylinder_of_a_third_compartment_is_an_error():
    soma, apical, prox = three_cylinders()
    with refused(UnknownNameError, "'cylinder_apical'", "'soma' and 'apical_prox'"):
        NeuronModel([(soma, apical), (soma, prox, "cylinder_apical")])


@pytest.mark.parametrize("connect", [True, False])
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("cylinder_apical_prox", axial(100 * um, 2 * um)),
        ("cylinder_apical", axial(200 * um, 3 * um)),
        (
            "half_cylinders",
            2 / (1 / axial(100 * um, 2 * um) + 1 / axial(200 * um, 3 * um)),
        ),
        (None, 2 / (1 / axial(100 * um, 2 * um) + 1 / axial(200 * um, 3 * um))),
        (3 * nS, 3 * nS),
    ],
)
def test_trap_19_each_coupling_is_the_cylinder_that_it_names(how, expected, connect):
    soma, apical, prox = three_cylinders()
    links = [(soma, apical, 1 * nS)]
    if connect:
        apical.connect(prox, how)
        assert close(apical.parameters["g_apical_prox_apical"], expected)
        links.append(prox)
    else:
        links.append((apical, prox, how))
    namespace = NeuronModel(links).make_neurongroup(1, method="rk4").namespace
    assert close(namespace["g_apical_apical_prox"], expected)
    assert close(namespace["g_apical_prox_apical"], expected)
    assert namespace["g_soma_apical"] == 1 * nS


def test_trap_19_half_cylinders_is_the_default():
    soma, apical, _ = three_cylinders()
    expected = 2 / (1 / axial(20 * um, 20 * um) + 1 / axial(200 * um, 3 * um))
    model = NeuronModel([(soma, apical)])
    assert close(model.parameters["g_soma_apical"], expected)


def test_trap_19_a_coupling_without_a_size_is_an_error():
    about = ("'half_cylinders'", "'soma'", "length, diameter and r_axial", "siemens")
    with refused(InvalidValueError, *about):
        NeuronModel([(lumped(Soma, "soma"), sized())])


# -- 20: names that collide, names that are not legal -------------------------------


def test_trap_20_names_with_underscores_that_meet_are_an_error():
    one, other = lumped(name="z"), lumped(name="y_z")
    one.synapse("AMPA", "x_y", g=1 * nS, t_decay=2 * ms)
    other.synapse("AMPA", "x", g=2 * nS, t_decay=2 * ms)
    about = (
        "NeuronModel",
        "Dendrite('z'): AMPA_x_y",
        "Dendrite('y_z'): AMPA_x",
        "'g_AMPA_x_y_z'",
        "rename one",
    )
    with refused(AssemblyError, *about, unchanged=(one, other)):
        NeuronModel([(one, other, 1 * nS)])


def test_trap_20_spikes_with_underscores_that_meet_are_an_error():
    one, other = lumped(name="z"), lumped(name="y_z")
    one.dspikes("x_y", **SODIUM)
    other.dspikes("x", **SODIUM)
    about = ("Dendrite('z'): spike_x_y", "Dendrite('y_z'): spike_x", "rename one")
    with refused(AssemblyError, *about, unchanged=(one, other)):
        NeuronModel([(one, other, 1 * nS)])


def test_trap_20_a_coupling_that_meets_a_mechanism_is_an_error():
    noise, dend = lumped(name="noise"), lumped()
    dend.noise()
    about = ("Dendrite('dend'): noise", "'noise' and 'dend'", "'I_noise_dend'")
    with refused(AssemblyError, *about, unchanged=(noise, dend)):
        NeuronModel([(noise, dend, 1 * nS)])


def test_trap_20_names_that_meet_in_the_copies_of_a_model_are_an_error():
    one, other = lumped(name="z"), lumped(name="y_z")
    one.synapse("AMPA", "x_y", g=1 * nS, t_decay=2 * ms)
    model = NeuronModel([(one, other, 1 * nS)])
    model.compartments["y_z"].synapse("AMPA", "x", g=2 * nS, t_decay=2 * ms)
    about = ("Dendrite('z'): AMPA_x_y", "Dendrite('y_z'): AMPA_x", "rename one")
    with refused(AssemblyError, *about):
        model.make_neurongroup(1)  # never a group with one variable for both


def test_trap_20_underscores_are_legal_where_nothing_meets():
    dend, soma = lumped(name="apical_prox"), lumped(Soma, "my_soma")
    dend.synapse("AMPA", "L2_3", g=1 * nS, t_decay=2 * ms)
    dend.dspikes("Na_fast", **SODIUM)
    group = NeuronModel([(soma, dend, 1 * nS)]).make_neurongroup(1)
    assert group.namespace["g_AMPA_L2_3_apical_prox"] == 1 * nS
    assert "spike_Na_fast_apical_prox" in group.events
    Network(group).run(0.2 * ms)


def test_trap_20_two_cadif_compartments_have_their_own_parameters():
    values = {"EA": -75 * mV, "gAmax": 1 * nS, "tauA": 50 * ms}
    others = {"EA": -85 * mV, "VA": -60 * mV, "gAmax": 2 * nS, "tauA": 90 * ms}
    soma = lumped(Soma, "soma", model=CadIF(**values))
    dend = lumped(model="cadIF")
    dend.add_params({f"{name}_dend": value for name, value in others.items()})
    model = NeuronModel([(soma, dend, 1 * nS)])
    group = model.make_neurongroup(1, method="euler")
    for name, value in values.items():
        assert close(group.namespace[f"{name}_soma"], value)
    for name, value in others.items():
        assert close(group.namespace[f"{name}_dend"], value)
    assert close(group.namespace["VA_soma"], -75 * mV)  # as EA, when left out
    Network(group).run(0.1 * ms)
    # dgA/dt = (gAmax |V - VA|/mV - gA)/tauA, one Euler step from rest
    assert close(group.gA_soma[0], 1 * nS * 5 * 0.1 / 50, tolerance=1e-9)
    assert close(group.gA_dend[0], 2 * nS * 10 * 0.1 / 90, tolerance=1e-9)


ILLEGAL = [
    ("my-dend", "'my_dend'"),
    ("my dend", "'my_dend'"),
    ("L2/3", "'L2_3'"),
    ("Na+", "'Na'"),
    ("_dend", "'dend'"),
    ("dend_", "'dend'"),
    ("dénd", "letters, digits and underscores"),
    ("", "letters, digits and underscores"),
    (3, "letters, digits and underscores"),
]


@pytest.mark.parametrize(("wrong", "right"), ILLEGAL)
@pytest.mark.parametrize("kind", [Compartment, Soma, Dendrite])
def test_trap_20_an_illegal_compartment_name_is_an_error(kind, wrong, right):
    with refused(NameConflictError, kind.__name__, repr(wrong), right):
        kind(wrong)


@pytest.mark.parametrize(("wrong", "right"), ILLEGAL)
def test_trap_20_an_illegal_tag_or_spike_name_is_an_error(wrong, right):
    dend, model = lumped(), point()
    about = (repr(wrong), right)
    for owner, where in ((dend, "Dendrite('dend')"), (model, "PointNeuronModel")):
        with refused(NameConflictError, where, "tag", *about, unchanged=(owner,)):
            owner.synapse("AMPA", wrong, g=1 * nS, t_decay=2 * ms)
    with refused(NameConflictError, "Dendrite('dend')", *about, unchanged=(dend,)):
        dend.dspikes(wrong, **SODIUM)
    with refused(NameConflictError, "channel", *about):
        Synapse(wrong, "x", kinetics=Exponential(t_decay=2 * ms))


@pytest.mark.parametrize("name", ["x_post", "post", "x_pre"])
def test_trap_20_names_that_synapses_reserve_are_an_error(name):
    with refused(NameConflictError, f"'V_{name}'", "reserves"):
        Dendrite(name)
    model = point()
    with refused(NameConflictError, f"_{name}'", "reserves", unchanged=(model,)):
        model.synapse("AMPA", name, g=1 * nS, t_decay=2 * ms)


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


# -- 23: units, signs and finite values ---------------------------------------------

G, T = 1 * nS, 5 * ms
SIZE = {"length": 10 * um, "diameter": 1 * um}


def on_dend(method, *args, **kwargs):
    """Return what makes a dendrite and a call on it, which must leave it as it was."""

    def make():
        dend = sized()
        dend.dspikes("Ca", **SODIUM)
        return dend, lambda: getattr(dend, method)(*args, **kwargs)

    return make


def on_model(method, *args, **kwargs):
    def make():
        dend = sized()
        dend.dspikes("Ca", **SODIUM)
        dend.synapse("AMPA", "x", g=1 * nS, t_decay=2 * ms)
        model = pair(dend=dend)
        return model, lambda: getattr(model, method)(*args, **kwargs)

    return make


def setting(name, value):
    def make():
        model, _ = on_model("add_params")()
        return model, lambda: model.parameters.__setitem__(name, value)

    return make


def coupling(g):
    def make():
        one, other = lumped(name="a"), lumped(name="b")
        return one, lambda: NeuronModel([(one, other, g)])

    return make


def connecting(g):
    def make():
        one, other = lumped(name="a"), lumped(name="b")
        return one, lambda: one.connect(other, g)

    return make


def free(call, *args, **kwargs):
    """Return what makes a call that has nothing to change."""
    return lambda: (point(), lambda: call(*args, **kwargs))


WRONG_UNITS = {
    "g": (on_dend("synapse", "AMPA", "x", g=1 * mV, t_decay=T), "g: ", "1. mV", "1*nS"),
    "bare g": (on_dend("synapse", "AMPA", "x", g=1, t_decay=T), "g: ", "got 1", "1*nS"),
    "t_decay": (
        on_dend("synapse", "AMPA", "x", g=G, t_decay=5 * mV),
        "t_decay",
        "5. mV",
        "5*ms",
    ),
    "t_rise": (
        on_dend("synapse", "AMPA", "x", g=G, t_rise=2, t_decay=T),
        "t_rise",
        "got 2",
        "second",
    ),
    "builder g": (free(AMPA, "x", g=1 * mV, t_decay=T), "AMPA('x')", "g: ", "1. mV"),
    "builder t": (free(NMDA, "x", g=G, t_decay=5 * mV), "NMDA('x')", "t_decay"),
    "builder E": (free(GABA, "x", g=G, t_decay=T, E=-80), "E: ", "-80", "volt"),
    "builder w": (free(AMPA, "x", g=G, t_decay=T, w=1 * nS), "w: ", "a plain number"),
    "kinetics": (free(Exponential, t_decay=5 * mV), "Exponential.t_decay", "5. mV"),
    "rise": (
        free(DualExponential, t_rise=1 * mV, t_decay=T),
        "DualExponential.t_rise",
        "1. mV",
    ),
    "output": (free(ConductanceBased, E=1 * nS), "ConductanceBased.E", "1. nS"),
    "block": (free(MagnesiumBlock, Mg=1 * mV), "MagnesiumBlock.Mg", "1. mV"),
    "text": (free(Exponential, t_decay="5*ms"), "t_decay", "'5*ms'"),
    "bool": (free(AMPA, "x", g=G, t_decay=T, w=True), "w: ", "True"),
    "list": (free(AMPA, "x", g=[1, 2], t_decay=T), "g: ", "[1, 2]"),
    "coupling": (coupling(10 * mV), "'a' and 'b'", "10. mV", "'half_cylinders'"),
    "bare coupling": (coupling(10), "'a' and 'b'", "got 10", "1*nS"),
    "connect": (connecting(10 * mV), "'a' and 'b'", "10. mV", "'half_cylinders'"),
    "length": (free(Dendrite, "d", length=20), "Dendrite('d')", "length", "20*um"),
    "diameter": (free(Soma, "s", diameter=1 * mV), "Soma('s')", "diameter", "1. mV"),
    "cm": (free(Dendrite, "d", cm=1 * uF), "cm", "1. uF", "1*uF/cm**2"),
    "gl": (free(Dendrite, "d", gl=1 * nS), "gl", "1. nS", "40*uS/cm**2"),
    "cm_abs": (free(Dendrite, "d", cm_abs=1 * nS), "cm_abs", "1. nS", "100*pF"),
    "gl_abs": (free(Dendrite, "d", gl_abs=1 * mS / cm**2), "gl_abs", "siemens"),
    "r_axial": (free(Dendrite, "d", r_axial=150 * ohm), "r_axial", "150*ohm*cm"),
    "v_rest": (free(Dendrite, "d", v_rest=-70), "v_rest", "-70", "-65*mV"),
    "scale": (free(Dendrite, "d", scale_factor=1 * um), "scale_factor", "a plain"),
    "spines": (free(Dendrite, "d", spine_factor="2"), "spine_factor", "'2'"),
    "ephys": (free(EphysProperties, length=1 * mV), "length", "1. mV"),
    "membrane": (free(AdEx, a=1 * mV), "AdEx.a", "1. mV", "siemens"),
    "model cm": (
        free(lambda: NeuronModel([lumped()], v_rest=1 * nS)),
        "v_rest",
        "1. nS",
    ),
    "noise": (on_dend("noise", sigma=5 * mV), "sigma", "5. mV", "10*pA"),
    "noise tau": (on_dend("noise", tau=20), "tau", "20", "5*ms"),
    "noise mean": (free(Noise, mean=1 * mV), "Noise.mean", "1. mV"),
    "threshold": (
        on_dend("dspikes", "Na", **{**SODIUM, "threshold": -35}),
        "threshold",
        "-35",
        "-65*mV",
    ),
    "g_rise": (
        on_dend("dspikes", "Na", **{**SODIUM, "g_rise": 1 * mV}),
        "g_rise",
        "1. mV",
    ),
    "duration": (
        on_dend("dspikes", "Na", **{**SODIUM, "duration_fall": 2}),
        "duration_fall",
        "got 2",
    ),
    "reversal": (
        on_dend("dspikes", "Na", **{**SODIUM, "reversal_rise": 1 * nS}),
        "reversal_rise",
        "1. nS",
        "'E_Na'",
    ),
    "spike": (free(DendriticSpike, "Na", offset_fall=1 * mV), "offset_fall", "1. mV"),
    "config": (
        on_model("config_dspikes", "Ca", threshold=1 * nS),
        "threshold",
        "1. nS",
    ),
    "params": (on_dend("add_params", {"EL_dend": 1 * nS}), "EL_dend", "1. nS"),
    "model params": (on_model("add_params", {"gL_dend": 1 * mV}), "gL_dend", "1. mV"),
    "set": (setting("t_AMPA_decay_x_dend", 2 * mV), "t_AMPA_decay_x_dend", "2. mV"),
    "set coupling": (setting("g_soma_dend", 2 * mV), "g_soma_dend", "2. mV"),
    "set shared": (setting("E_AMPA", 2 * nS), "E_AMPA", "2. nS"),
}


@pytest.mark.parametrize("case", WRONG_UNITS)
def test_trap_23_a_wrong_unit_is_an_error_at_once(case):
    make, *about = WRONG_UNITS[case]
    owner, call = make()
    with refused(UnitError, *about, unchanged=(owner,)):
        call()


WRONG_VALUES = {
    "negative coupling": (coupling(-10 * nS), "'a' and 'b'", "negative", "-10. nS"),
    "negative connect": (connecting(-10 * nS), "'a' and 'b'", "negative", "-10. nS"),
    "negative g": (
        on_dend("synapse", "AMPA", "x", g=-1 * nS, t_decay=T),
        "g: ",
        "negative",
        "-1. nS",
    ),
    "zero t_decay": (
        on_dend("synapse", "AMPA", "x", g=G, t_decay=0 * ms),
        "t_decay",
        "positive",
        "0. s",
    ),
    "negative t_rise": (
        on_dend("synapse", "AMPA", "x", g=G, t_rise=-1 * ms, t_decay=T),
        "t_rise",
        "positive",
        "-1. ms",
    ),
    "negative length": (free(Dendrite, "d", length=-1 * um), "length", "positive"),
    "zero diameter": (free(Dendrite, "d", diameter=0 * um), "diameter", "positive"),
    "negative cm": (free(Dendrite, "d", cm=-1 * uF / cm**2), "cm", "positive"),
    "negative gl": (free(Dendrite, "d", gl=-1 * uS / cm**2), "gl", "negative"),
    "zero cm_abs": (free(Dendrite, "d", cm_abs=0 * pF), "cm_abs", "positive"),
    "zero scale": (free(Dendrite, "d", scale_factor=0), "scale_factor", "positive"),
    "negative sigma": (on_dend("noise", sigma=-1 * pA), "sigma", "negative", "-1. pA"),
    "zero tau": (on_dend("noise", tau=0 * ms), "tau", "positive"),
    "negative duration": (
        on_dend("dspikes", "Na", **{**SODIUM, "duration_rise": -1 * ms}),
        "duration_rise",
        "positive",
        "-1. ms",
    ),
    "negative offset": (
        on_model("config_dspikes", "Ca", offset_fall=-1 * ms),
        "offset_fall",
        "negative",
        "-1. ms",
    ),
    "params": (on_dend("add_params", {"gL_dend": -1 * nS}), "gL_dend", "negative"),
    "set": (setting("t_AMPA_decay_x_dend", 0 * ms), "t_AMPA_decay_x_dend", "positive"),
    "mixed": (
        free(Dendrite, "d", cm_abs=100 * pF, **SIZE),
        "length, diameter",
        "cm_abs and gl_abs",
    ),
    "an array": (
        on_dend("synapse", "AMPA", "x", g=[1, 2] * nS, t_decay=T),
        "g: ",
        "got 2",
        "per_neuron",
    ),
}


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_trap_23_a_wrong_sign_or_size_is_an_error_at_once(case):
    make, *about = WRONG_VALUES[case]
    owner, call = make()
    with refused(InvalidValueError, *about, unchanged=(owner,)):
        call()


NOT_FINITE = {
    "g": lambda bad: on_dend("synapse", "AMPA", "x", g=bad * nS, t_decay=T),
    "t_decay": lambda bad: on_dend("synapse", "AMPA", "x", g=G, t_decay=bad * ms),
    "coupling": lambda bad: coupling(bad * nS),
    "connect": lambda bad: connecting(bad * nS),
    "v_rest": lambda bad: free(Dendrite, "d", v_rest=bad * mV),
    "length": lambda bad: free(Dendrite, "d", length=bad * um),
    "scale_factor": lambda bad: free(Dendrite, "d", scale_factor=bad),
    "sigma": lambda bad: on_dend("noise", sigma=bad * pA),
    "threshold": lambda bad: on_dend(
        "dspikes", "N", **{**SODIUM, "threshold": bad * mV}
    ),
    "reversal_rise": lambda bad: on_dend(
        "dspikes", "N", **{**SODIUM, "reversal_rise": bad * mV}
    ),
    "refractory": lambda bad: on_model("config_dspikes", "Ca", refractory=bad * ms),
    "EL_dend": lambda bad: on_dend("add_params", {"EL_dend": bad * mV}),
    "mine": lambda bad: on_dend("add_params", {"mine": bad * mV}),
    "w_AMPA_x_dend": lambda bad: setting("w_AMPA_x_dend", bad),
    "Mg": lambda bad: free(MagnesiumBlock, Mg=bad),
}


@pytest.mark.parametrize("bad", [nan, np.inf, -np.inf])
@pytest.mark.parametrize("case", NOT_FINITE)
def test_trap_23_what_is_not_finite_is_an_error_at_once(case, bad):
    owner, call = NOT_FINITE[case](bad)()
    name = {"coupling": "'a' and 'b': g", "connect": "'a' and 'b': g"}.get(case, case)
    about = (f"{name}: expected a finite value", str(bad))
    with refused(InvalidValueError, *about, unchanged=(owner,)):
        call()


def group_arguments():
    spike = {"threshold": "V_soma > -50*mV", "reset": "V_soma = -60*mV"}
    second_reset = {**spike, "second_reset": "V_soma = -70*mV", "refractory": 4 * ms}
    return {
        "N": ({"N": 2.5}, InvalidValueError, ("N: ", "2.5")),
        "no N": ({"N": 0}, InvalidValueError, ("N: ", "0")),
        "spike_width": (
            {**second_reset, "spike_width": 1 * mV},
            UnitError,
            ("spike_width", "1. mV", "second"),
        ),
        "spike_width sign": (
            {**second_reset, "spike_width": -1 * ms},
            InvalidValueError,
            ("spike_width", "-1. ms"),
        ),
        "namespace": (
            {"namespace": {"gL_soma": 3 * mV}},
            UnitError,
            ("namespace", "gL_soma", "3. mV", "siemens"),
        ),
        "namespace sign": (
            {"namespace": {"gL_soma": -3 * nS}},
            InvalidValueError,
            ("namespace", "gL_soma", "-3. nS"),
        ),
        "namespace nan": (
            {"namespace": {"gL_soma": nan * nS}},
            InvalidValueError,
            ("namespace", "gL_soma", "nan"),
        ),
    }


@pytest.mark.parametrize("case", group_arguments())
def test_trap_23_arguments_of_a_group_are_checked_at_once(case):
    arguments, kind, about = group_arguments()[case]
    model = pair()
    about = ("NeuronModel(soma, dend).make_neurongroup", *about)
    with refused(kind, *about, unchanged=(model,)):
        model.make_neurongroup(**{"N": 1, **arguments})


def test_trap_23_a_refractory_period_is_checked_at_once():
    model = pair()
    spike = {"threshold": "V_soma > -50*mV", "reset": "V_soma = -60*mV"}
    with refused(UnitError, "refractory", "3. mV", "second", unchanged=(model,)):
        model.make_neurongroup(1, refractory=3 * mV, **spike)


def test_trap_23_equations_that_mix_units_are_an_error_at_once():
    for owner in (lumped(), pair(), point()):
        before = state(owner)
        with pytest.raises((TypeError, ValueError), match=r"zz.* mixes units"):
            owner.add_equations("zz = 1*mV + 1*pA : volt")
        assert state(owner) == before


def test_trap_23_right_units_of_any_scale_are_accepted():
    dend = lumped()
    dend.synapse("AMPA", "x", g=1e-6 * mS, t_decay=0.005 * second)
    dend.add(Noise(sigma=1e-3 * nA))
    namespace = pair(dend=dend).make_neurongroup(1).namespace
    assert close(namespace["g_AMPA_x_dend"], 1 * nS)
    assert close(namespace["t_AMPA_decay_x_dend"], 5 * ms)
    assert close(namespace["sigma_noise_dend"], 1 * pA)


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
    namespace = dict(globals())
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
