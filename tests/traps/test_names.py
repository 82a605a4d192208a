"""Names: membranes, couplings, collisions."""

import warnings

import numpy as np
import pytest
from brian2 import (
    Network,
    cm,
    ms,
    mV,
    nS,
    ohm,
    pA,
    pF,
    pi,
    um,
)
from helpers.trap_models import (
    SODIUM,
    close,
    lumped,
    point,
    refused,
    sized,
    traces,
)

from dendrisyn import (
    AdEx,
    AssemblyError,
    CadIF,
    Compartment,
    Dendrite,
    Exponential,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    Synapse,
    UnknownNameError,
    library,
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
