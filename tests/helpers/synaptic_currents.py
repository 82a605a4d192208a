"""Cells with a receptor, and the currents through it."""

import ast

import numpy as np
from brian2 import Network, SpikeGeneratorGroup, StateMonitor, Synapses, ms, mV, nS, pF

from dendrisyn import PointNeuronModel

DT = 0.1  # ms


def cell(*receptors):
    made = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    made.add(*receptors)
    return made


def simulate(synapse, names, trains, duration, **projection):
    """Return times (ms) and variables of a neuron with one synapse for each train."""
    model = cell(synapse)
    group = model.make_neurongroup(1, method="rk4")
    index = np.repeat(np.arange(len(trains)), [len(each) for each in trains])
    inputs = SpikeGeneratorGroup(len(trains), index, np.concatenate(trains) * ms)
    made = model.projection(synapse.label, **projection)
    synapses = Synapses(inputs, group, **made)
    synapses.connect()
    monitor = StateMonitor(group, names, record=0)
    Network(group, inputs, synapses, monitor).run(duration * ms)
    return monitor.t / ms, {n: np.array(getattr(monitor, n)[0], float) for n in names}


def block(V, Mg=1.0, alpha=0.062, beta=3.57, gamma=0.0):
    return 1 / (1 + Mg / beta * np.exp(-alpha * (V + gamma)))


def numbers(code):
    """Return the numbers of an expression or a statement, as Python reads them."""
    found = []
    for each in ast.walk(ast.parse(code.strip())):
        if isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.USub):
            each.operand.value *= -1
        if isinstance(each, ast.Constant):
            found.append(each.value)
    return found
