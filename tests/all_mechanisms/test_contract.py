"""What every mechanism and membrane of the catalogue must keep to."""

import dataclasses
import inspect

import numpy as np
import pytest
from brian2 import (
    Equations,
    Network,
    SpikeGeneratorGroup,
    Synapses,
    ms,
    mV,
    nS,
    pA,
    pF,
    siemens,
    volt,
)
from brian2.equations.unitcheck import check_dimensions
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

import dendrisyn
from dendrisyn import (
    AMPA,
    EIF,
    GABA,
    GABAB,
    NMDA,
    AboveThreshold,
    AdaptiveIF,
    AdEx,
    Alpha,
    CadIF,
    CalciumPool,
    ConductanceBased,
    CurrentBased,
    CustomMembrane,
    Delta,
    Dendrite,
    DendriticSpike,
    Depression,
    DualExponential,
    Exponential,
    FilteredVoltage,
    Izhikevich,
    LeakyIF,
    MagnesiumBlock,
    NeuronModel,
    Noise,
    Passive,
    PlateauSignal,
    PointNeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    ThresholdCrossing,
    TwoStateKinetics,
    magnesium_blocks,
)
from dendrisyn.equations.fragment import Formula
from dendrisyn.names import Names

TIMES = {"t_rise": 1 * ms, "t_decay": 5 * ms}
SPIKE = {
    "threshold": -45 * mV,
    "g_rise": 20 * nS,
    "duration_rise": 1 * ms,
    "reversal_rise": "E_Na",
    "refractory": 5 * ms,
}
FALL = {
    "g_fall": 15 * nS,
    "duration_fall": 2 * ms,
    "reversal_fall": -80 * mV,
    "offset_fall": 0.5 * ms,
}

MECHANISMS = {
    "AMPA": AMPA("x", g=1 * nS, t_decay=5 * ms),
    "AMPA with a rise": AMPA("x", g=1 * nS, **TIMES),
    "AMPA unnormalised": AMPA("x", g=1 * nS, **TIMES, normalize=False),
    "AMPA with its own reversal": AMPA("x", g=1 * nS, t_decay=5 * ms, E=5 * mV),
    "GABA": GABA("x", g=1 * nS, **TIMES),
    "NMDA": NMDA("x", g=1 * nS, **TIMES),
    "NMDA with its own block": NMDA(
        "x", g=1 * nS, t_decay=5 * ms, output=MagnesiumBlock(Mg=1.2, gamma=10)
    ),
    "own receptor": Synapse(
        "nicotinic",
        "x",
        kinetics=Exponential(t_decay=3 * ms),
        output=ConductanceBased(E=0 * mV),
        g=1 * nS,
    ),
    "delta synapse": Synapse("kick", "x", kinetics=Delta(J=1 * mV)),
    "GABA-B": GABAB("x", g=1 * nS),
    "AMPA with transmitter": AMPA("x", g=1 * nS, kinetics=TwoStateKinetics.ampa()),
    **{
        f"saturating NMDA, {name}": NMDA(
            "x", g=1 * nS, kinetics=SaturatingNMDA(), output=block
        )
        for name, block in magnesium_blocks.items()
    },
    "alpha function": GABA("x", g=1 * nS, kinetics=Alpha(tau=2 * ms)),
    "current": Synapse(
        "exc", "x", kinetics=Exponential(t_decay=3 * ms), output=CurrentBased(J=5 * pA)
    ),
    "a gate for each synapse": Synapse(
        "AMPA", "x", kinetics=DualExponential(**TIMES), g=1 * nS, pooled=False
    ),
    "spike": DendriticSpike("Na", **SPIKE),
    "spike with a fall": DendriticSpike("Na", **SPIKE, **FALL),
    "noise": Noise(sigma=2 * pA),
    "filter": FilteredVoltage("slow", tau=10 * ms),
    "filter with a delay": FilteredVoltage("slow", tau=10 * ms, delay=4 * ms),
    "crossing": ThresholdCrossing("V", -45 * mV),
    "above": AboveThreshold("V", -45 * mV, name="high"),
    "calcium": CalciumPool("I_ext", gain=0.01 / (pA * ms), tau=20 * ms),
    "plateau": PlateauSignal(),
}
MEMBRANES = {
    "passive": Passive(),
    "leakyIF": LeakyIF(),
    "adaptiveIF": AdaptiveIF(a=2 * nS, tauw=100 * ms),
    "cadIF": CadIF(EA=-80 * mV, gAmax=0.1 * nS, tauA=50 * ms),
    "adex": AdEx(a=2 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV),
    "eif": EIF(DeltaT=2 * mV, Vth=-50 * mV),
    "izhikevich": Izhikevich(
        k=0.7 * nS / mV, vr=-60 * mV, vt=-40 * mV, a=0.03 / ms, b=-2 * nS
    ),
    "template": CustomMembrane("dV{0}/dt = (gL{0}*(EL{0} - V{0}) + I{0})/C{0} : volt"),
}
PASSIVE = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}


def compartment(name="dend", mechanism=None, membrane="passive"):
    built = Dendrite(name, model=membrane, **PASSIVE)
    if mechanism is not None:
        built.add(mechanism)
    return built


def concrete(cls):
    for child in cls.__subclasses__():
        yield from concrete(child)
        if not inspect.isabstract(child):
            yield child


def test_every_public_mechanism_is_in_this_catalogue():
    from dendrisyn.equations.mechanism import Mechanism
    from dendrisyn.mechanisms.membranes import Membrane
    from dendrisyn.synapses import Kinetics, Output

    public = {
        each
        for base in (Mechanism, Membrane, Kinetics, Output)
        for each in concrete(base)
        if each.__name__ in dendrisyn.__all__
    }
    tried = {type(each) for each in (*MECHANISMS.values(), *MEMBRANES.values())}
    synapses = [each for each in MECHANISMS.values() if isinstance(each, Synapse)]
    tried |= {type(each.kinetics) for each in synapses}
    tried |= {type(each.output) for each in synapses if each.output is not None}
    assert public == tried


@pytest.mark.parametrize("key", MECHANISMS)
def test_each_equation_has_the_unit_that_it_states(key):
    """Checked by Brian2 itself, with nothing but the stated units."""
    model = compartment(mechanism=MECHANISMS[key])
    group = model_of(model).make_neurongroup(1)
    group.equations.check_units(group, run_namespace={})


@pytest.mark.parametrize("key", MEMBRANES)
def test_each_membrane_has_the_unit_that_it_states(key):
    group = model_of(compartment(membrane=MEMBRANES[key])).make_neurongroup(1)
    group.equations.check_units(group, run_namespace={})


@pytest.mark.parametrize("key", MECHANISMS)
def test_each_parameter_has_the_unit_that_it_states(key):
    fragment = MECHANISMS[key].fragment(Names.of("dend"))
    values = {name: each.value for name, each in fragment.parameters.items()}
    known = {**values, **dendrisyn.default_params()}
    for name, parameter in fragment.parameters.items():
        assert parameter.spec.meaning, name
        if isinstance(parameter.value, Formula):
            from brian2.core.namespace import DEFAULT_FUNCTIONS, DEFAULT_UNITS

            check_dimensions(
                parameter.value.expression,
                parameter.spec.dimensions,
                {**known, **DEFAULT_FUNCTIONS, **DEFAULT_UNITS},
            )
        else:
            dimensions = getattr(parameter.value, "dim", DIMENSIONLESS)
            assert dimensions is parameter.spec.dimensions, name


@pytest.mark.parametrize("key", MECHANISMS)
def test_no_name_leaks_out_of_the_compartment(key):
    """All that a mechanism creates carries the compartment's name."""
    fragment = MECHANISMS[key].fragment(Names.of("dend"))
    created = [each.name for each in fragment.equations]
    created += [each.name for each in fragment.factors]
    created += [*fragment.parameters, *fragment.events, *fragment.initial]
    shared = {"B_NMDA_dend"}
    assert created
    for name in created:
        assert name.endswith("_dend") or name in shared


@pytest.mark.parametrize("key", MECHANISMS)
def test_two_copies_in_one_model_coexist(key):
    one, other = (compartment(name, MECHANISMS[key]) for name in ("one", "other"))
    model = NeuronModel([(one, other, 3 * nS)])
    group = model.make_neurongroup(2)
    Network(group).run(1 * ms)
    assert np.isfinite(group.V_one[:] / volt).all()
    # the mechanisms are separate: changing one leaves the other
    for name in one._mechanisms[MECHANISMS[key].label].fragment(one._names).parameters:
        assert name in model.parameters


RECEPTORS = [key for key, each in MECHANISMS.items() if isinstance(each, Synapse)]


@pytest.mark.parametrize("key", RECEPTORS)
@pytest.mark.parametrize("short_term", [None, Depression(U=0.5, tau=100 * ms)])
def test_a_projection_has_the_units_that_it_states_and_moves_the_voltage(
    key, short_term
):
    """Checked by Brian2 itself, with nothing but the model and the projection."""
    synapse = MECHANISMS[key]
    model = model_of(compartment(mechanism=synapse))
    group = model.make_neurongroup(1)
    inputs = SpikeGeneratorGroup(1, np.zeros(30, int), np.arange(30) * ms + 1 * ms)
    projection = model.projection(f"{synapse.label}_dend", short_term=short_term)
    synapses = Synapses(inputs, group, **projection)
    synapses.connect()
    synapses.equations.check_units(synapses, run_namespace={})
    Network(group, inputs, synapses).run(60 * ms, namespace={})
    moved = abs(float(group.V_dend[0] / mV) + 65)
    # thirty spikes at 1 kHz; GABA-B has hardly begun after 60 ms
    assert moved > (1e-7 if synapse.channel == "GABAB" else 1e-3)


@pytest.mark.parametrize("key", RECEPTORS)
def test_every_name_in_a_projection_carries_that_of_its_receptor(key):
    """So that receptors which are reached together do not meet in one name."""
    synapse = MECHANISMS[key]
    model = model_of(compartment(mechanism=synapse))
    projection = model.projection(f"{synapse.label}_dend")
    created = set(Equations(projection.get("model", "")))
    for name in created | projection.get("namespace", {}).keys():
        assert f"{synapse.label}_dend" in name or name.startswith("t_")


@pytest.mark.parametrize("key", MEMBRANES)
def test_two_membranes_in_one_model_coexist(key):
    one, other = (compartment(name, None, MEMBRANES[key]) for name in ("one", "other"))
    group = NeuronModel([(one, other, 3 * nS)]).make_neurongroup(2)
    Network(group).run(1 * ms)
    assert np.isfinite(group.V_other[:] / volt).all()


@pytest.mark.parametrize("key", MECHANISMS)
def test_the_same_mechanism_works_without_a_compartments_name(key):
    point = PointNeuronModel(**PASSIVE)
    point.add(MECHANISMS[key])
    group = point.make_neurongroup(1)
    Network(group).run(1 * ms)
    names = {each.name for each in MECHANISMS[key].fragment(Names.of("")).equations}
    assert names <= set(group.variables)


@pytest.mark.parametrize("key", MECHANISMS)
def test_a_mechanism_at_rest_does_nothing_to_the_voltage(key):
    """Without spikes, events or noise a mechanism lets no current through."""
    if key == "noise":
        mechanism = dataclasses.replace(MECHANISMS[key], sigma=0 * pA)
    else:
        mechanism = MECHANISMS[key]
    group = model_of(compartment(mechanism=mechanism)).make_neurongroup(1)
    Network(group).run(5 * ms)
    assert group.V_dend[0] / mV == pytest.approx(-65, abs=1e-12)  # rounding


@pytest.mark.parametrize("key", [*MECHANISMS, *MEMBRANES])
def test_mechanisms_are_frozen_and_copied_by_replace(key):
    mechanism = {**MECHANISMS, **MEMBRANES}[key]
    field = dataclasses.fields(mechanism)[0] if dataclasses.fields(mechanism) else None
    if field is not None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(mechanism, field.name, None)
    assert type(dataclasses.replace(mechanism)) is type(mechanism)


def test_membranes_in_the_library_are_templates_of_themselves():
    """A model given by name, and by its template from `library`, are one model."""
    for name in MEMBRANES.keys() - {"template"}:
        template = dendrisyn.library[name]
        by_name, by_template = Soma("s", model=name), Soma("s", model=template)
        assert sorted(by_name.equations.split("\n")) == sorted(
            by_template.equations.split("\n")
        )


def model_of(dendrite):
    soma = Soma("soma", **PASSIVE)
    return NeuronModel([(soma, dendrite, 3 * nS)])


def public_objects():
    for name in dendrisyn.__all__:
        yield name, getattr(dendrisyn, name)


@pytest.mark.parametrize(("name", "thing"), list(public_objects()))
def test_public_names_are_documented(name, thing):
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return
    assert inspect.getdoc(thing), name
    if not inspect.isclass(thing):
        return
    for member, value in inspect.getmembers(thing):
        if member.startswith("_") or not (
            inspect.isfunction(value) or isinstance(value, property)
        ):
            continue
        assert inspect.getdoc(value), f"{name}.{member}"


def test_public_signatures_and_docstrings_name_the_same_arguments():
    for name, thing in public_objects():
        if not callable(thing) or (
            inspect.isclass(thing) and issubclass(thing, BaseException)
        ):
            continue
        doc = inspect.getdoc(thing)
        if "Parameters\n---" not in doc:
            continue
        section = doc.split("Parameters\n----------\n")[1].split("\n\n")[0]
        documented = {
            argument.strip(" *")
            for line in section.split("\n")
            if line and not line.startswith(" ")
            for argument in line.split(":")[0].split(",")
        }
        arguments = set(inspect.signature(thing).parameters)
        assert arguments == documented, name


def test_units_are_only_checked_in_one_place():
    quantity = Quantity(3.0)
    assert dendrisyn.units.Spec("1").check(quantity, "x") == 3.0
    with pytest.raises(dendrisyn.UnitError, match=r"x: expected a plain number"):
        dendrisyn.units.Spec("1").check(3 * siemens, "x")
