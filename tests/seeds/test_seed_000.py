"""Seed 000, a forum thread: a network of AMPA, GABA and NMDA whose currents are zero.

The asker wrote biexponential synapses with a gate for each synapse, connected twice
and never set the weights. The answer: set them, connect once, keep linear gates on the
neuron, and take the current of NMDA, with its block, to the synapse.
"""

import brian2
import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nS,
    pF,
)

from dendrisyn import (
    AMPA,
    GABA,
    NMDA,
    DualExponential,
    PointNeuronModel,
    SaturatingNMDA,
    Synapse,
    diagnose,
)

N_E, N_I = 40, 10
SPARSENESS = 0.3
RECURRENT = ("AMPA_rec", "NMDA_rec", "GABA_rec")


# -- the network, rewritten ------------------------------------------------------------


def population(N, cm, gl, refractory, scale):
    """Return a model and a group; *scale* multiplies all conductances."""
    model = PointNeuronModel(cm_abs=cm, gl_abs=gl, v_rest=-70 * mV)
    model.add(
        AMPA("ext", g=2 * scale * nS, t_decay=2 * ms),
        AMPA("rec", g=1 * scale * nS, t_rise=0.5 * ms, t_decay=2 * ms),
        NMDA("rec", g=0.5 * scale * nS, kinetics=SaturatingNMDA()),
        GABA("rec", g=2 * scale * nS, t_rise=0.5 * ms, t_decay=5 * ms, E=-70 * mV),
    )
    neurons = model.make_neurongroup(
        N,
        threshold="V > -50*mV",
        reset="V = -55*mV",
        refractory=refractory,
        hold_refractory=True,
    )
    return model, neurons


def network():
    """Return groups, synapses by their ends, and Poisson inputs."""
    models, groups = {}, {}
    for name, arguments in {
        "E": (N_E, 500 * pF, 25 * nS, 2 * ms, 1),
        "I": (N_I, 200 * pF, 20 * nS, 1 * ms, 0.8),
    }.items():
        models[name], groups[name] = population(*arguments)
    synapses, inputs = {}, []
    for name, rate in (("E", 9 * Hz), ("I", 8 * Hz)):
        for source, receptors in (("E", RECURRENT[:2]), ("I", RECURRENT[2:])):
            projection = models[name].projection(*receptors, weight={"w": 0.7})
            made = projection.synapses(groups[source], groups[name], delay=1 * ms)
            made.connect("i != j" if source == name else None, p=SPARSENESS)
            synapses[source, name] = made
        arguments = models[name].poisson_input("AMPA_ext", 300, rate)
        inputs.append(PoissonInput(groups[name], **arguments))
    return groups, synapses, inputs


def test_all_currents_are_recorded_and_none_is_zero():
    brian2.seed(4)
    groups, synapses, inputs = network()
    receptors = ("AMPA_ext", *RECURRENT)
    currents = {
        name: StateMonitor(group, [f"I_{each}" for each in receptors], record=True)
        for name, group in groups.items()
    }
    spikes = [SpikeMonitor(group) for group in groups.values()]
    objects = Network(
        groups.values(), synapses.values(), inputs, currents.values(), spikes
    )
    assert diagnose(objects) == []
    objects.run(150 * ms)
    assert diagnose(objects) == []
    assert all(monitor.num_spikes > 20 for monitor in spikes)
    for monitor in currents.values():
        for each in receptors:
            current = np.array(getattr(monitor, f"I_{each}"))
            largest = np.abs(current).max(axis=1)
            assert np.all(largest > 1e-12)
            # From -70 mV on, with a reversal potential there, GABA never depolarises.
            flows = current[np.abs(current) > 1e-15]
            assert np.all(flows < 0 if each == "GABA_rec" else flows > 0)


def test_a_neuron_sums_what_its_synapses_record():
    brian2.seed(4)
    groups, synapses, inputs = network()
    synapses["E", "I"].w = "rand()"
    gates = StateMonitor(synapses["E", "I"], "s_NMDA_rec_syn", record=True)
    total = StateMonitor(groups["I"], "s_tot_NMDA_rec", record=True)
    Network(groups.values(), synapses.values(), inputs, gates, total).run(60 * ms)
    each = np.array(synapses["E", "I"].w)[:, None] * gates.s_NMDA_rec_syn
    expected = np.zeros((N_I, each.shape[1]))
    np.add.at(expected, np.array(synapses["E", "I"].j), each)
    assert expected.max() > 1
    # The sum is made before the step, so a monitor sees it one step later; the order
    # of the sum makes the only rounding error.
    np.testing.assert_allclose(
        total.s_tot_NMDA_rec[:, 1:], expected[:, :-1], rtol=1e-12
    )


# -- equal to hand-written Brian2 ------------------------------------------------------

CELL = {
    "C": 500 * pF,
    "gL": 25 * nS,
    "EL": -70 * mV,
    "E_AMPA": 0 * mV,
    "g": 1 * nS,
    "t_rise": 0.5 * ms,
    "t_decay": 2 * ms,
}


def inputs():
    """Return twelve sources with spikes at random times within 80 ms."""
    random = np.random.default_rng(5)
    steps = np.sort(random.choice(12 * 800, 150, replace=False))
    return SpikeGeneratorGroup(12, steps // 800, (steps % 800) * 0.1 * ms)


def connect(synapses):
    """Connect at random, always in the same way, with random weights."""
    random = np.random.default_rng(6)
    i, j = np.nonzero(random.random((12, 4)) < 0.6)
    synapses.connect(i=i, j=j)
    synapses.w = random.random(len(i))
    synapses.delay = 1 * ms
    return synapses


def voltages(neurons, synapses, gate=None):
    """Return voltages, and a variable of the neurons, over 100 ms."""
    names = ["V"] if gate is None else ["V", gate]
    monitor = StateMonitor(neurons, names, record=True)
    Network(neurons, synapses.source, synapses, monitor).run(100 * ms)
    return [np.array(getattr(monitor, name)) for name in names]


def biexponential(pooled=None):
    """Return voltages and gates of a `DualExponential`."""
    model = PointNeuronModel(cm_abs=500 * pF, gl_abs=25 * nS, v_rest=-70 * mV)
    kinetics = DualExponential(t_rise=0.5 * ms, t_decay=2 * ms)
    model.add(Synapse("AMPA", "rec", kinetics=kinetics, g=1 * nS, pooled=pooled))
    neurons = model.make_neurongroup(4, method="euler")  # as by hand
    projection = model.projection("AMPA_rec", weight="w")
    if pooled is False:
        # as the neurons, by Euler's method
        synapses = projection.synapses(inputs(), neurons, method="euler")
        return voltages(neurons, connect(synapses), "s_tot_AMPA_rec")
    synapses = projection.synapses(inputs(), neurons)
    return voltages(neurons, connect(synapses), "x_AMPA_rec")


def biexponential_by_hand():
    """Return the question's traces: a spike enters the variable that decays slowly."""
    neurons = NeuronGroup(
        4,
        """
        dV/dt = (gL * (EL - V) + g * (E_AMPA - V) * s_total) / C : volt
        s_total : 1
        """,
        method="euler",
        namespace=CELL,
    )
    neurons.V = -70 * mV
    synapses = Synapses(
        inputs(),
        neurons,
        """
        s_total_post = w * s : 1 (summed)
        ds/dt = (factor * x - s) / t_rise : 1 (clock-driven)
        dx/dt = -x / t_decay : 1 (clock-driven)
        factor = (t_decay / t_rise)**(t_rise / (t_decay - t_rise)) : 1
        w : 1
        """,
        on_pre="x += 1",
        method="euler",
        namespace=CELL,
    )
    return voltages(neurons, connect(synapses), "s_total")


def test_the_pooled_biexponential_is_that_of_the_question():
    V, gate = biexponential()
    expected, total = biexponential_by_hand()
    assert expected.max() > -0.066
    # Two orders of one convolution, under Euler's method too: rounding in 1000 steps.
    np.testing.assert_allclose(V, expected, rtol=1e-12)
    # The summed variable is recorded one step late.
    np.testing.assert_allclose(gate[:, :-1], total[:, 1:], rtol=1e-12, atol=1e-15)


def test_a_gate_for_each_synapse_is_the_pooled_gate():
    V, gate = biexponential()
    each, total = biexponential(pooled=False)
    np.testing.assert_allclose(each, V, rtol=1e-12)  # rounding of a sum, as above
    np.testing.assert_allclose(gate[:, :-1], total[:, 1:], rtol=1e-12, atol=1e-15)


NMDA_GATE = """
ds/dt = -s / tau_decay + alpha * x * (1 - s) : 1 (clock-driven)
dx/dt = -x / tau_rise : 1 (clock-driven)
w : 1
"""
BLOCKED = "g * ({V} - E_NMDA) / (1 + Mg2 * exp(-0.062 * {V} / mV) / 3.57)"
NMDA_CONSTANTS = {
    "C": 500 * pF,
    "gL": 25 * nS,
    "EL": -70 * mV,
    "E_NMDA": 0 * mV,
    "g": 20 * nS,
    "Mg2": 1,
    "tau_rise": 2 * ms,
    "tau_decay": 100 * ms,
    "alpha": 0.5 / ms,
}


def nmda_by_hand(current, model):
    """Return the voltages of neurons with an equation of NMDA written by hand."""
    neurons = NeuronGroup(
        4,
        f"dV/dt = (gL * (EL - V) - I_NMDA) / C : volt\n{current}",
        method="euler",
        namespace=NMDA_CONSTANTS,
    )
    neurons.V = -70 * mV
    synapses = Synapses(
        inputs(),
        neurons,
        model + NMDA_GATE,
        on_pre="x += 1",
        method="euler",
        namespace=NMDA_CONSTANTS,
    )
    (V,) = voltages(neurons, connect(synapses))
    return V


@pytest.mark.parametrize(
    ("current", "model"),
    [
        (
            f"I_NMDA = {BLOCKED.format(V='V')} * s_total : amp\ns_total : 1",
            "s_total_post = w * s : 1 (summed)",
        ),
        (
            "I_NMDA : amp",
            f"I_NMDA_post = {BLOCKED.format(V='V_post')} * (w * s) : amp (summed)",
        ),
    ],
    ids=["question", "answer"],
)
def test_nmda_with_its_block_on_the_neuron_is_that_of_the_thread(current, model):
    cell = PointNeuronModel(cm_abs=500 * pF, gl_abs=25 * nS, v_rest=-70 * mV)
    cell.add(NMDA("rec", g=20 * nS, kinetics=SaturatingNMDA()))
    neurons = cell.make_neurongroup(4, method="euler")  # as by hand
    projection = cell.projection("NMDA_rec", weight="w")
    synapses = connect(projection.synapses(inputs(), neurons, method="euler"))
    (V,) = voltages(neurons, synapses)
    assert V.max() > -0.055
    # The block factors out of the sum: rounding in 1000 steps.
    np.testing.assert_allclose(V, nmda_by_hand(current, model), rtol=1e-12)


# -- the mistakes of the thread --------------------------------------------------------

GABA_GATE = """
ds_GABA/dt = (factor * x_GABA - s_GABA) / t_rise : 1 (clock-driven)
dx_GABA/dt = -x_GABA / t_decay : 1 (clock-driven)
w : 1
"""
GABA_TOTAL = "s_GABA_total_post = w * s_GABA : 1 (summed)"


def neurons(N):
    group = NeuronGroup(
        N,
        """
        dv/dt = (EL - v) / (20*ms) + (E_I - v) * s_GABA_total / ms : volt
        s_GABA_total : 1
        """,
        threshold="v > -50*mV",
        reset="v = -55*mV",
        method="euler",
        namespace={"EL": -45 * mV, "E_I": -70 * mV},
    )
    group.v = "-70*mV + rand()*20*mV"
    return group


def inhibition(source, target, total=GABA_TOTAL):
    constants = {"t_rise": 0.5 * ms, "t_decay": 5 * ms, "factor": 1.3}
    return Synapses(
        source,
        target,
        total + GABA_GATE,
        on_pre="x_GABA += 1",
        method="euler",
        namespace=constants,
    )


def found(*objects):
    return {finding.kind: finding for finding in diagnose(Network(*objects))}


def test_weights_that_were_never_set_are_found():
    E, I = neurons(N_E), neurons(N_I)  # noqa: E741
    C_I_E = inhibition(I, E)
    C_I_E.connect(p=0.5)
    total = StateMonitor(E, "s_GABA_total", record=True)
    network = Network(E, I, C_I_E, total)
    before = diagnose(network)
    network.run(50 * ms)
    # The complaint: there are spikes, but the recorded currents are zero.
    assert np.any(C_I_E.s_GABA > 0)
    assert np.all(total.s_GABA_total == 0)
    for findings in (before, diagnose(network)):
        (finding,) = findings
        assert finding.kind == "zero weights"
        assert C_I_E.name in finding.object
        assert "w" in finding.remedy


def test_a_sum_under_a_name_that_ends_in_nothing_is_found():
    # Without the suffix that Brian2 requires, the total is an expression that is never
    # read. With the suffix but not summed, Brian2 raises an error.
    E, I = neurons(N_E), neurons(N_I)  # noqa: E741
    C_I_E = inhibition(I, E, "s_GABA_in = w * s_GABA : 1")
    C_I_E.connect(p=0.5)
    C_I_E.w = 1
    (kind,) = found(E, I, C_I_E)
    assert kind == "without effect"
    with pytest.raises(ValueError, match="cannot be used as a variable name"):
        inhibition(I, E, "s_GABA_total_post = w * s_GABA : 1")


def test_connecting_twice_is_found():
    E = neurons(N_E)
    C_E_E = inhibition(E, E)
    C_E_E.connect(p=0.3)
    C_E_E.connect("i != j")
    C_E_E.w = 1
    (kind,) = found(E, C_E_E)
    assert kind == "double connections"


TWO_TOTALS = """
dv/dt = (EL - v + (s_NMDA_total + s_AMPA_total) * mV) / tau : volt
s_NMDA_total : 1
s_AMPA_total : 1
"""
GATE = """
s_{0}_total_post = w * s : 1 (summed)
ds/dt = -s / tau : 1 (clock-driven)
w : 1
"""
EULER = {"method": "euler", "namespace": {"tau": 20 * ms, "EL": -45 * mV}}


def test_a_name_that_is_bound_twice_is_found():
    E = NeuronGroup(N_E, TWO_TOTALS, threshold="v > -50*mV", reset="v = EL", **EULER)
    C_E_E = Synapses(E, E, GATE.format("NMDA"), on_pre="s += 1", **EULER)
    C_E_E.connect("i != j", p=0.3)
    C_E_E.w = 1
    C_E_E = Synapses(E, E, GATE.format("AMPA"), on_pre="s += 1", **EULER)
    C_E_E.connect("i != j", p=0.3)
    C_E_E.w = 1
    (finding,) = diagnose()
    assert finding.kind == "bound twice"
    assert "C_E_E" in finding.object


def test_nothing_is_found_with_a_name_for_each():
    E = NeuronGroup(N_E, TWO_TOTALS, threshold="v > -50*mV", reset="v = EL", **EULER)
    C_E_E_NMDA = Synapses(E, E, GATE.format("NMDA"), on_pre="s += 1", **EULER)
    C_E_E_AMPA = Synapses(E, E, GATE.format("AMPA"), on_pre="s += 1", **EULER)
    for synapses in (C_E_E_NMDA, C_E_E_AMPA):
        synapses.connect("i != j", p=0.3)
        synapses.w = 1
    assert diagnose() == []


def test_the_mended_network_has_no_finding():
    E, I = neurons(N_E), neurons(N_I)  # noqa: E741
    C_I_E, C_I_I = inhibition(I, E), inhibition(I, I)
    C_I_E.connect(p=0.5)
    C_I_I.connect("i != j", p=0.5)
    C_I_E.w = C_I_I.w = 1
    network = Network(E, I, C_I_E, C_I_I)
    assert diagnose(network) == []
    network.run(120 * ms)
    assert diagnose(network) == []
