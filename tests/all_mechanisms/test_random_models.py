"""Random trees with random mechanisms: a group that runs, or a clear error."""

import warnings
from dataclasses import replace

import numpy as np
from brian2 import Network, SpikeGeneratorGroup, ms, mV, nS, pA, pF
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dendrisyn import (
    AMPA,
    GABA,
    GABAB,
    NMDA,
    AdaptiveIF,
    AdEx,
    Alpha,
    CadIF,
    ConductanceBased,
    CurrentBased,
    Delta,
    DendrisynError,
    Dendrite,
    DendriticSpike,
    Depression,
    DualExponential,
    Exponential,
    GABABKinetics,
    Izhikevich,
    MagnesiumBlock,
    NeuronModel,
    Noise,
    NumericsWarning,
    SaturatingNMDA,
    Soma,
    Synapse,
    TsodyksMarkram,
    TwoStateKinetics,
    magnesium_blocks,
)

#: Labels that cannot collide with each other, whatever they are joined with.
SAFE = st.from_regex(r"[A-Z][a-z0-9]{1,4}", fullmatch=True)
#: Labels that collide when they are joined, that Brian2 refuses, or that are not legal.
ODD = st.sampled_from(
    [*["a", "x", "a_x", "x_a", "Na", "Na_x", "1", "V"] * 3, "post", "a-b", "_a", ""]
)

GOOD_MEMBRANES = [
    "passive",
    "leakyIF",
    AdaptiveIF(a=1 * nS, tauw=100 * ms),
    CadIF(EA=-70 * mV, gAmax=0.1 * nS, tauA=50 * ms),
    AdEx(a=1 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV),
    Izhikevich(k=0.7 * nS / mV, vt=-40 * mV, a=0.03 / ms, b=-2 * nS),
]
TIMES = st.sampled_from([1.0, 2.0, 2.0, 5.0, 60.0]).map(lambda t: t * ms)
VOLTAGES = st.sampled_from([0.0, -70.0]).map(lambda v: v * mV)


def conductances(odd):
    values = st.sampled_from([0.0, 0.5, 3.0]).map(lambda g: g * nS)
    return st.one_of(values, st.none()) if odd else values


@st.composite
def kinetics(draw):
    """A kinetics with a gate."""
    times = {"t_rise": draw(TIMES), "t_decay": draw(TIMES)}
    return draw(
        st.sampled_from(
            [
                Exponential(t_decay=times["t_decay"]),
                DualExponential(**times),
                DualExponential(**times, normalize=False),
                Alpha(tau=times["t_rise"]),
                TwoStateKinetics.ampa(),
                TwoStateKinetics.gaba_a(),
                SaturatingNMDA(**times),
                GABABKinetics(),
            ]
        )
    )


@st.composite
def outputs(draw):
    """An output that needs nothing of the model."""
    return draw(
        st.sampled_from(
            [
                ConductanceBased(E=draw(VOLTAGES)),
                CurrentBased(J=draw(st.sampled_from([-5, 0, 20])) * pA),
                MagnesiumBlock(E=0 * mV, gamma=draw(st.sampled_from([None, 10]))),
                *(replace(each, E=0 * mV) for each in magnesium_blocks.values()),
            ]
        )
    )


@st.composite
def receptors(draw, odd):
    labels = ODD if odd else SAFE
    kind = draw(st.sampled_from(["AMPA", "NMDA", "GABA", "GABAB", "delta", "own"]))
    tag, g, decay = draw(labels), draw(conductances(odd)), draw(TIMES)
    if kind == "delta":
        channel, jump = draw(labels), draw(st.sampled_from([0.5, -1])) * mV
        return lambda: Synapse(channel, tag, kinetics=Delta(J=jump))
    if kind == "GABAB":
        return lambda: GABAB(tag, g=g)
    if kind == "own":
        channel, moving, output = draw(labels), draw(kinetics()), draw(outputs())
        pooled = draw(st.sampled_from([None, False, *([True] if odd else [])]))
        strength = {"g": g} if output.conductance or odd else {}
        return lambda: Synapse(
            channel, tag, kinetics=moving, output=output, pooled=pooled, **strength
        )
    times = {"t_rise": draw(st.one_of(st.none(), TIMES)), "t_decay": decay}
    if draw(st.booleans()):
        times = {"kinetics": draw(kinetics())}
    if kind == "NMDA":
        gamma, Mg = draw(st.sampled_from([None, 10])), draw(st.sampled_from([None, 2]))
        block = MagnesiumBlock(gamma=gamma, Mg=Mg)
        return lambda: NMDA(tag, g=g, **times, output=block)
    receptor = AMPA if kind == "AMPA" else GABA
    reversal = draw(st.one_of(st.none(), VOLTAGES))
    return lambda: receptor(tag, g=g, **times, E=reversal)


#: How spikes reach the receptors.
RULES = st.sampled_from(
    [
        None,
        Depression(U=0.3, tau=50 * ms),
        TsodyksMarkram(U=0.1, tau_rec=50 * ms, tau_facil=80 * ms, normalize=True),
    ]
)
WEIGHTS = st.sampled_from([1, 0.25, "w", {"w": 0.5}, {"efficacy": "0.1*(i + 1)"}])


@st.composite
def spikes(draw, odd):
    name = draw(ODD if odd else SAFE)
    durations = [0.5, 1.2, 2.0, *([0.02] if odd else [])]
    arguments = {
        "threshold": draw(st.sampled_from([-80, -40])) * mV,
        "g_rise": draw(conductances(odd)),
        "duration_rise": draw(st.sampled_from(durations)) * ms,
        "reversal_rise": draw(st.sampled_from(["E_Na", "E_Ca", 20 * mV])),
        "refractory": draw(st.sampled_from([0, 3])) * ms,
    }
    if draw(st.booleans()):
        arguments |= {
            "g_fall": 3 * nS,
            "duration_fall": 2 * ms,
            "offset_fall": 0.3 * ms,
            "reversal_fall": "E_K",
        }
    return lambda: DendriticSpike(name, **arguments)


@st.composite
def models(draw, odd):
    """A function that builds the same model whenever it is called."""
    size = draw(st.integers(1, 12))
    unique = {"min_size": size, "max_size": size, "unique": not odd}
    names = draw(st.lists(st.one_of(SAFE, ODD) if odd else SAFE, **unique))
    flawed = draw(st.integers(0, size - 1)) if odd else None
    membranes = st.sampled_from([*GOOD_MEMBRANES, *(["adex"] if odd else [])])
    plan = []
    for index, name in enumerate(names):
        # one compartment has odd mechanisms, so that the others are reached as well
        here = index == flawed
        mechanisms = draw(
            st.lists(st.one_of(receptors(here), spikes(here)), max_size=3)
        )
        if draw(st.booleans()):
            mechanisms.append(lambda: Noise(sigma=2 * pA))
        plan.append((name, draw(membranes), mechanisms))
    parents = [draw(st.integers(0, child - 1)) for child in range(1, size)]
    couplings = draw(
        st.lists(st.sampled_from([0 * nS, 2 * nS]), min_size=size, max_size=size)
    )

    def build():
        compartments = []
        for index, (name, membrane, mechanisms) in enumerate(plan):
            kind = Dendrite if index else Soma
            each = kind(
                name, model=membrane, cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-65 * mV
            )
            made = {
                mechanism.label: mechanism for mechanism in (m() for m in mechanisms)
            }
            each.add(*made.values())
            compartments.append(each)
        edges = [
            (compartments[parent], compartments[child], couplings[child])
            for child, parent in enumerate(parents, start=1)
        ]
        return NeuronModel(edges or compartments)

    return build


RANDOM = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def runs_with_spikes(model, n, weight, rule):
    """Project two spikes onto all receptors together; each state stays finite."""
    warnings.simplefilter("ignore", NumericsWarning)  # t_rise of a few steps
    group = model.make_neurongroup(n)
    parts = [group]
    names = [
        f"{label}_{name}"
        for name, each in model.compartments.items()
        for label, mechanism in each.mechanisms.items()
        if isinstance(mechanism, Synapse)
    ]
    if names:
        inputs = SpikeGeneratorGroup(2, [0, 1], [0, 0.1] * ms)
        projection = model.projection(*names, weight=weight, short_term=rule)
        assert str(projection)
        synapses = projection.synapses(inputs, group)
        synapses.connect()
        parts += [inputs, synapses]
    Network(*parts).run(0.3 * ms)
    for name, equation in group.user_equations.items():
        if equation.type != "subexpression":
            values = np.asarray(getattr(group, name)[:])
            assert np.isfinite(values).all(), name


@settings(RANDOM, max_examples=20)
@given(build=models(odd=False), n=st.integers(1, 3), weight=WEIGHTS, rule=RULES)
def test_a_legal_random_model_always_runs(build, n, weight, rule):
    model, again = build(), build()
    assert model.equations == again.equations
    assert str(model) == str(again)
    runs_with_spikes(model, n, weight, rule)
    assert model.equations == again.equations  # making a group changes nothing


@settings(RANDOM, max_examples=40)
@given(build=models(odd=True), n=st.integers(1, 3), weight=WEIGHTS, rule=RULES)
def test_an_odd_random_model_runs_or_says_why_not(build, n, weight, rule):
    try:
        model = build()
    except DendrisynError as error:
        event(f"not built: {type(error).__name__}")
        return
    before = str(model)
    try:
        runs_with_spikes(model, n, weight, rule)
    except DendrisynError as error:
        event(f"no group: {type(error).__name__}")
        assert str(model) == before, error  # noqa: PT017 - the model, not the error
        return
    event("a group")
