"""What one gate for all synapses of a receptor saves, against a gate on each.

The same spikes reach the same cells through AMPA receptors with rise and decay. By
default the gate is on the cell; ``pooled=False`` puts one on each synapse. Both are the
same equations, integrated by the same method, so voltages agree to rounding.

Run with: python benchmarks/pooling.py [--target numpy|cython|cpp_standalone] [--quick]
"""

import argparse
from functools import partial

import numpy as np
from brian2 import Network, SpikeGeneratorGroup, StateMonitor, Synapses, ms, mV, nS, pF
from side_by_side import SEED, arguments, compare

from dendrisyn import (
    ConductanceBased,
    DualExponential,
    PointNeuronModel,
    Synapse,
)

RATE = 5  # Hz, of each input
DT = 0.1  # ms


def build(pooled, given):
    """Return cells with an input that all of them have in common."""
    rng = np.random.default_rng(SEED)
    spikes = rng.random((round(given.duration / DT), given.inputs)) < RATE * DT / 1000
    steps, sources = np.nonzero(spikes)
    inputs = SpikeGeneratorGroup(given.inputs, sources, steps * DT * ms)

    model = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    model.add(
        Synapse(
            "AMPA",
            "x",
            kinetics=DualExponential(t_rise=1 * ms, t_decay=5 * ms),
            output=ConductanceBased(),
            g=0.1 * nS,
            pooled=pooled,
        )
    )
    cells = model.make_neurongroup(given.cells, method="euler")
    projection = dict(model.projection("AMPA_x", weight="w"))
    if not pooled:
        projection["method"] = "euler"  # that of the cells; by default it is exact
    synapses = Synapses(inputs, cells, **projection)
    synapses.connect()
    synapses.w = "rand()"
    monitor = StateMonitor(cells, "V", record=True, dt=1 * ms)
    network = Network(inputs, cells, synapses, monitor)
    return network, lambda: {"V": np.array(monitor.V / mV)}


def same_voltages(one, other, side):
    """Raise if voltages differ by more than rounding."""
    reach = np.ptp(one["V"])
    assert reach > 1, f"the cells hardly move: by {reach} mV"
    # Sums of a thousand terms in another order, over thousands of steps.
    np.testing.assert_allclose(one["V"], other["V"], rtol=0, atol=1e-9)
    apart = np.abs(one["V"] - other["V"]).max()
    return f"voltages over {reach:.1f} mV, at most {apart:.1g} mV apart"


def main(given: argparse.Namespace) -> None:
    """Compare the two."""
    print(f"{given.cells} cells with {given.inputs} synapses each")
    sides = {
        "pooled": partial(build, True, given),
        "a gate on each synapse": partial(build, False, given),
    }
    compare(sides, same_voltages, given)


if __name__ == "__main__":
    main(
        arguments(
            "What pooling saves",
            cells=(100, 10),
            inputs=(1000, 100),
            duration=(1000, 100),
            repeats=(7, 3),
        )
    )
