"""Firing patterns of the adaptive exponential integrate-and-fire neuron (AdEx).

One set of equations fires in many ways: what differs is a handful of numbers. Four
neurons of one group get four sets of parameters with `per_neuron`.

The sets are those of panels a to d of figure 4 (table 1) of: Naud, Marcille, Clopath &
Gerstner (2008). Firing patterns in the adaptive exponential integrate-and-fire model.
Biological Cybernetics 99, 335. doi:10.1007/s00422-008-0264-7

Run with: python examples/adex.py [figure.png]
"""

import sys

import numpy as np
from brian2 import Network, SpikeMonitor, StateMonitor, ms, mV, nS, pA, pF, prefs

from dendrisyn import AdEx, PointNeuronModel

# name: C (pF), gL (nS), EL (mV), a (nS), tauw (ms), b (pA), V_reset (mV), current (pA)
PATTERNS = {
    "tonic": (200, 10, -70, 2, 30, 0, -58, 500),
    "adapting": (200, 12, -70, 2, 300, 60, -58, 500),
    "initial burst": (130, 18, -58, 4, 150, 120, -50, 400),
    "bursting": (200, 10, -58, 2, 120, 100, -46, 210),
}
UNITS = [pF, nS, mV, nS, ms, pA, mV, pA]
ONSET, STEP = 50 * ms, 450 * ms


def make_cells():
    """Return a group with one neuron per pattern, and their currents."""
    C, gL, EL, a, tauw, b, V_reset, current = (
        np.array(column) * unit
        for column, unit in zip(
            zip(*PATTERNS.values(), strict=True), UNITS, strict=True
        )
    )
    # The first values only fill the model in: each neuron gets its own below.
    model = PointNeuronModel(
        model=AdEx(a=a[0], tauw=tauw[0], DeltaT=2 * mV, Vth=-50 * mV),
        cm_abs=C[0],
        gl_abs=gL[0],
        v_rest=EL[0],
    )
    # What only the reset needs is not part of the model: it is added as equations.
    model.add_equations("V_reset : volt (constant)\nb : amp (constant)")
    cells = model.make_neurongroup(
        len(PATTERNS),
        threshold="V > 0*mV",
        reset="V = V_reset; w += b",
        per_neuron=["C", "gL", "EL", "a", "tauw"],
        # A burst depends on where exactly V is after a spike.
        dt=0.02 * ms,
    )
    cells.C, cells.gL, cells.EL, cells.a, cells.tauw = C, gL, EL, a, tauw
    cells.b, cells.V_reset = b, V_reset
    cells.V = EL
    return cells, current


def simulate():
    """Return voltage (mV), adaptation current (pA) and spikes (ms) of each pattern."""
    cells, current = make_cells()
    monitor = StateMonitor(cells, ["V", "w"], record=True, dt=0.1 * ms)
    spikes = SpikeMonitor(cells)
    network = Network(cells, monitor, spikes)
    network.run(ONSET)
    cells.I_ext = current
    network.run(STEP)
    return {
        name: {
            "t": monitor.t / ms,
            "V": monitor.V[number] / mV,
            "w": monitor.w[number] / pA,
            "spikes": spikes.t[spikes.i == number] / ms,
        }
        for number, name in enumerate(PATTERNS)
    }


def plot(results):
    """Draw the voltage of each pattern, and the plane of voltage and adaptation."""
    import matplotlib.pyplot as plt

    colors = ["#0072B2", "#009E73", "#E69F00", "#CC79A7"]
    fig, axes = plt.subplots(
        len(results),
        2,
        figsize=(8, 8),
        layout="constrained",
        sharex="col",
        width_ratios=[2, 1],
    )
    for (trace, plane), (name, cell), color in zip(
        axes, results.items(), colors, strict=True
    ):
        # The upstroke is cut where the spike is detected.
        V = np.minimum(cell["V"], 0)
        trace.plot(cell["t"], V, color=color)
        trace.vlines(cell["spikes"], -45, 0, color=color)
        trace.set(title=name, ylabel="voltage (mV)", ylim=(-78, 8))
        plane.plot(V, cell["w"], ".", color=color, markersize=2)
        plane.set(ylabel="adaptation (pA)", xlim=(-75, -30))
    trace.set_xlabel("time (ms)")
    plane.set_xlabel("voltage (mV)")
    return fig


def main(path="adex.png"):
    """Simulate, describe the intervals between spikes, write the figure."""
    results = simulate()
    for name, cell in results.items():
        intervals = np.diff(cell["spikes"])
        print(
            f"{name}: {len(cell['spikes'])} spikes, intervals from "
            f"{intervals.min():.1f} to {intervals.max():.1f} ms"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
