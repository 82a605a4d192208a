"""Spike-frequency adaptation: three membranes, one current step.

A leaky integrate-and-fire cell fires like a clock. With `adaptiveIF`, every spike adds
to a current that holds the next ones back; with `cadIF`, to a conductance. The jump at
a spike is part of the reset, where you write it yourself.

Run with: python examples/adaptation.py [figure.png]
"""

import sys

from brian2 import Network, SpikeMonitor, StateMonitor, ms, mV, nS, pA, pF, prefs

from dendrisyn import AdaptiveIF, CadIF, LeakyIF, PointNeuronModel

MEMBRANES = {
    "leakyIF": (LeakyIF(), ""),
    "adaptiveIF": (AdaptiveIF(a=1 * nS, tauw=120 * ms), "; w += 25*pA"),
    "cadIF": (CadIF(EA=-75 * mV, gAmax=0.05 * nS, tauA=120 * ms), "; gA += 1.2*nS"),
}
ONSET, STEP, END = 50 * ms, 500 * ms, 650 * ms
CURRENT = 320 * pA


def run_one(membrane, jump):
    """Return the voltage (mV), the adaptation current (pA) and the spikes (ms)."""
    model = PointNeuronModel(
        model=membrane, cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV
    )
    cell = model.make_neurongroup(
        1,
        threshold="V > -50*mV",
        reset=f"V = -58*mV{jump}",
        refractory=2 * ms,
    )
    monitor = StateMonitor(cell, ["V", "w"] if jump else ["V"], record=0)
    spikes = SpikeMonitor(cell)
    network = Network(cell, monitor, spikes)
    network.run(ONSET)
    cell.I_ext = CURRENT
    network.run(STEP)
    cell.I_ext = 0 * pA
    network.run(END - ONSET - STEP)
    return {
        "t": monitor.t / ms,
        "V": monitor.V[0] / mV,
        "w": monitor.w[0] / pA if jump else 0 * monitor.V[0] / mV,
        "spikes": spikes.t / ms,
    }


def simulate():
    """Return what each membrane does."""
    return {name: run_one(*membrane) for name, membrane in MEMBRANES.items()}


def plot(results):
    """Draw voltages, adaptation currents and intervals between spikes."""
    import matplotlib.pyplot as plt

    colors = dict(zip(results, ["#E69F00", "#0072B2", "#009E73"], strict=True))
    markers = dict(zip(results, "os^", strict=True))
    # Three panels on the left, two on the right.
    left = [name for name in results for _ in range(2)]
    right = ["w"] * 3 + ["isi"] * 3
    fig, axes = plt.subplot_mosaic(
        list(zip(left, right, strict=True)),
        figsize=(8, 5.5),
        layout="constrained",
        width_ratios=[1.6, 1],
    )
    for name, cell in results.items():
        axis = axes[name]
        axis.plot(cell["t"], cell["V"], color=colors[name])
        axis.vlines(cell["spikes"], -50, -20, color=colors[name])
        axis.set(title=name, ylabel="voltage (mV)", ylim=(-80, -15))
        axes["w"].plot(cell["t"], cell["w"], color=colors[name])
        intervals = cell["spikes"][1:] - cell["spikes"][:-1]
        axes["isi"].plot(
            range(1, len(intervals) + 1),
            intervals,
            markers[name] + "-",
            markersize=4,
            color=colors[name],
            label=name,
        )
    axes[name].set_xlabel("time (ms)")
    axes["w"].set(xlabel="time (ms)", ylabel="adaptation current (pA)")
    axes["isi"].set(xlabel="number of the interval", ylabel="interval (ms)")
    axes["isi"].set_ylim(bottom=0)
    axes["isi"].legend(frameon=False)
    return fig


def main(path="adaptation.png"):
    """Simulate, compare first and last intervals, write the figure."""
    results = simulate()
    for name, cell in results.items():
        intervals = cell["spikes"][1:] - cell["spikes"][:-1]
        print(
            f"{name}: {len(cell['spikes'])} spikes, first interval "
            f"{intervals[0]:.1f} ms, last {intervals[-1]:.1f} ms"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
