"""Cells with dendritic spikes for tests of the playground, and plain runs of them."""

import brian2
import numpy as np
from brian2 import Network, StateMonitor, ms, mV, nS, pA, uF, um, uS

from dendrisyn import Dendrite, NeuronModel, Soma
from dendrisyn.playground import Playground

#: Short enough for many tests, and two spikes of the cell below.
SHORT = {"idle_period": 1 * ms, "stim_time": 15 * ms, "post_stim_time": 4 * ms}

SPIKE = {
    "threshold": -40 * mV,
    "g_rise": 20 * nS,
    "g_fall": 15 * nS,
    "duration_rise": 1.2 * ms,
    "duration_fall": 2.4 * ms,
    "offset_fall": 0.3 * ms,
    "refractory": 5 * ms,
    "reversal_rise": "E_Na",
    "reversal_fall": "E_K",
}


def two_compartments(**changes):
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    trunk = Dendrite("trunk", length=100 * um, diameter=2.5 * um)
    trunk.dspikes("Na", **{**SPIKE, **changes})
    return NeuronModel(
        [(soma, trunk, 3 * nS)],
        cm=1 * uF / brian2.cm**2,
        gl=200 * uS / brian2.cm**2,
        v_rest=-65 * mV,
    )


def short(*arguments, **options):
    playground = Playground(*arguments, **options)
    playground.simulation_params.update(SHORT)
    return playground


def plain_run(model, current, **group):
    """Return the voltages of a model as a user of Brian2 would get them."""
    neuron = model.make_neurongroup(1, **group)
    monitor = StateMonitor(neuron, ["V_soma", "V_trunk"], record=True)
    network = Network(neuron, monitor)
    network.run(SHORT["idle_period"])
    neuron.I_ext_trunk = current
    network.run(SHORT["stim_time"])
    neuron.I_ext_trunk = 0 * pA
    network.run(SHORT["post_stim_time"])
    return {
        "soma": np.array(monitor.V_soma[0]),
        "trunk": np.array(monitor.V_trunk[0]),
        "t": np.array(monitor.t),
    }


def assert_same_voltages(traces, expected):
    # 1e-9 mV: rounding; constants are variables in the playground
    for name, voltage in traces.voltages.items():
        np.testing.assert_allclose(
            np.asarray(voltage), expected[name], rtol=0, atol=1e-12
        )
    np.testing.assert_allclose(np.asarray(traces.t), expected["t"], rtol=0, atol=1e-12)
