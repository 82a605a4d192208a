"""Seed 004, a forum thread: changing the weight of an existing synapse.

The asker set the weight in the parameters of a dendrite, and it stayed 1. He wanted to
know how to scale an EPSP, and what can change during a simulation. The answer: scale g,
what a spike adds, or w.
"""

import numpy as np
import pytest
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    cm,
    mS,
    ms,
    mV,
    nS,
    ohm,
    pF,
    uF,
    um,
)

from dendrisyn import Dendrite, NeuronModel, PointNeuronModel, Soma

WEIGHT = "w_AMPA_L23E_dend"


def compartment(kind, name):
    return kind(
        name,
        length=20 * um,
        diameter=20 * um,
        cm=1 * uF / cm**2,
        gl=0.04 * mS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


def dendrite():
    dend = compartment(Dendrite, "dend")
    dend.synapse("AMPA", tag="L23E", g=1 * nS, t_decay=2 * ms)
    return dend


def connected(dend):
    """Return the model of the thread."""
    graph = [(compartment(Soma, "soma"), dend, 12 * nS)]
    return NeuronModel(graph, scale_factor=5, spine_factor=1)


def value_of(name, text):
    """Return the value in the printed line of a parameter."""
    (line,) = (each for each in text.splitlines() if each.startswith(f"{name} "))
    return float(line.split("=")[1].split()[0])


def epsp(model, spikes=(5,), **projection):
    """Return somatic and dendritic voltage (mV) over 40 ms."""
    neuron = model.make_neurongroup(1)
    source = SpikeGeneratorGroup(1, [0] * len(spikes), np.array(spikes) * ms)
    arguments = model.projection("AMPA_L23E_dend", **projection)
    synapses = Synapses(source, neuron, **arguments)
    synapses.connect()
    monitor = StateMonitor(neuron, ["V_soma", "V_dend"], record=0)
    Network(neuron, source, synapses, monitor).run(40 * ms)
    return np.array([monitor.V_soma[0] / mV, monitor.V_dend[0] / mV])


# -- the question ----------------------------------------------------------------------


def test_the_dendrite_and_the_model_print_the_new_weight():
    dend = dendrite()
    assert value_of(WEIGHT, str(dend)) == 1
    dend.parameters[WEIGHT] = 20
    assert dend.parameters[WEIGHT] == 20
    assert value_of(WEIGHT, str(dend)) == 20
    model = connected(dend)
    assert model.parameters[WEIGHT] == 20
    assert value_of(WEIGHT, str(model)) == 20


def test_the_weight_can_be_changed_after_the_model_is_made():
    changed, added, before = (connected(dendrite()) for _ in range(3))
    changed.parameters[WEIGHT] = 20
    added.add_params({WEIGHT: 20})
    before.compartments["dend"].parameters[WEIGHT] = 20
    for model in (changed, added, before):
        assert value_of(WEIGHT, str(model)) == 20


def test_a_group_keeps_the_weight_that_the_model_had():
    # The asker's last question: a group does not follow its model.
    model = connected(dendrite())
    neuron = model.make_neurongroup(1)
    model.parameters[WEIGHT] = 20
    assert neuron.namespace[WEIGHT] == 1
    assert model.make_neurongroup(1).namespace[WEIGHT] == 20


# -- the answer ------------------------------------------------------------------------


def test_all_ways_to_scale_a_synapse_give_the_same_epsp():
    # A power of two: products do not round, in whatever order they are taken.
    by_release = epsp(connected(dendrite()), weight=4)
    model = connected(dendrite())
    model.parameters[WEIGHT] = 4
    by_weight = epsp(model)
    model = connected(dendrite())
    model.parameters["g_AMPA_L23E_dend"] = 4 * nS
    by_conductance = epsp(model)

    once = epsp(connected(dendrite()))
    assert np.ptp(by_release[1]) > 2 * np.ptp(once[1]) > 2  # mV
    np.testing.assert_array_equal(by_weight, by_release)
    np.testing.assert_array_equal(by_conductance, by_release)


@pytest.mark.parametrize("weight", [0.3, 20])
def test_all_ways_to_scale_a_synapse_agree_at_any_weight(weight):
    by_release = epsp(connected(dendrite()), weight=weight)
    model = connected(dendrite())
    model.parameters[WEIGHT] = weight
    by_weight = epsp(model)
    dend = compartment(Dendrite, "dend")
    dend.synapse("AMPA", tag="L23E", g=weight * nS, t_decay=2 * ms)
    by_conductance = epsp(connected(dend))
    # 400 steps of rounding at 2e-16 of 70 mV
    np.testing.assert_allclose(by_weight, by_release, atol=1e-11)
    np.testing.assert_allclose(by_conductance, by_release, atol=1e-11)


def test_half_the_conductance_is_a_smaller_epsp():
    peaks = []
    for g in (3 * nS, 6 * nS):
        cell = PointNeuronModel(cm_abs=50 * pF, gl_abs=2.5 * nS, v_rest=-70 * mV)
        cell.synapse("AMPA", tag="x", g=g, t_decay=5 * ms)
        neuron = cell.make_neurongroup(1)
        neuron.s_AMPA_x = 1
        monitor = StateMonitor(neuron, "V", record=0)
        Network(neuron, monitor).run(40 * ms)
        peaks.append(monitor.V[0].max() / mV + 70)
    # Less than twice as large, since the driving force shrinks on the way to 0 mV.
    assert 1.2 * peaks[0] < peaks[1] < 2 * peaks[0]


# -- during a simulation ---------------------------------------------------------------


def test_a_weight_that_is_set_during_a_simulation_takes_effect():
    model = connected(dendrite())
    neurons = model.make_neurongroup(3)
    source = SpikeGeneratorGroup(2, [0, 1], [5, 25] * ms)
    projection = model.projection("AMPA_L23E_dend", weight="w")
    synapses = projection.synapses(source, neurons)
    synapses.connect(i=[0, 1, 0, 1, 0, 1], j=[0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(synapses.w, 1)
    synapses.w[1, 1] = 20
    monitor = StateMonitor(neurons, "V_dend", record=True)
    network = Network(neurons, source, synapses, monitor)
    network.run(15 * ms)
    synapses.w[1, 2] = 20
    network.run(25 * ms)
    unchanged, from_the_start, on_the_way = monitor.V_dend / mV
    assert np.abs(on_the_way - unchanged).max() > 5  # mV
    np.testing.assert_array_equal(on_the_way, from_the_start)


def test_the_parameter_becomes_a_variable_that_can_be_changed_on_the_way():
    model = connected(dendrite())
    neurons = model.make_neurongroup(2, per_neuron=[WEIGHT])
    np.testing.assert_array_equal(neurons.get_states([WEIGHT])[WEIGHT], 1)
    source = SpikeGeneratorGroup(1, [0, 0], [5, 25] * ms)
    synapses = Synapses(source, neurons, **model.projection("AMPA_L23E_dend"))
    synapses.connect()
    monitor = StateMonitor(neurons, "V_dend", record=True)
    network = Network(neurons, source, synapses, monitor)
    network.run(15 * ms)
    neurons.w_AMPA_L23E_dend[1] = 20
    network.run(25 * ms)
    unchanged, changed = monitor.V_dend / mV
    before = monitor.t < 15 * ms
    np.testing.assert_array_equal(changed[before], unchanged[before])
    assert changed[~before].max() > unchanged[~before].max() + 5  # mV
