"""Back-propagating action potentials.

An integrate-and-fire soma is reset at threshold, so there is nothing that could travel
into the dendrite. Two resets make an action potential of it: the first lifts the
voltage, the second, `spike_width` later, takes it back. What then arrives in a passive
dendrite fades with distance; dendritic Na spikes carry it to the tip.

Run with: python examples/backpropagation.py [figure.png]
"""

import sys
from itertools import pairwise

import numpy as np
from brian2 import (
    EventMonitor,
    Network,
    SpikeMonitor,
    StateMonitor,
    cm,
    mS,
    ms,
    mV,
    nA,
    ohm,
    pA,
    prefs,
    uF,
    um,
    uS,
)

from dendrisyn import Dendrite, DendriticSpike, NeuronModel, Soma

DENDRITES = ["d1", "d2", "d3", "d4"]
LENGTH = 100  # of each, in um
REST = -70
PULSE = 10 * ms, 2 * ms  # onset and duration


def make_cells(active):
    """Return a group of one cell, with or without dendritic spikes."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    chain = [soma]
    for name, diameter in zip(DENDRITES, [2.0, 1.6, 1.3, 1.0], strict=True):
        dend = Dendrite(name, length=LENGTH * um, diameter=diameter * um)
        if active:
            dend.add(
                DendriticSpike(
                    "Na",
                    threshold=-48 * mV,
                    # Per area: the thinner the dendrite, the fewer channels.
                    g_rise=1.4 * mS / cm**2,
                    g_fall=1.2 * mS / cm**2,
                    duration_rise=0.8 * ms,
                    duration_fall=2 * ms,
                    offset_fall=0.8 * ms,
                    refractory=4 * ms,
                    reversal_rise="E_Na",
                    reversal_fall="E_K",
                )
            )
        chain.append(dend)
    model = NeuronModel(
        list(pairwise(chain)),
        cm=1 * uF / cm**2,
        gl=60 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=REST * mV,
    )
    # The second value that is returned is contained in the group: no need to keep it.
    cells, _ = model.make_neurongroup(
        1,
        threshold="V_soma > -50*mV",
        reset="V_soma = 30*mV",
        second_reset="V_soma = -72*mV",
        spike_width=0.8 * ms,
        refractory=8 * ms,
        # Short cylinders exchange charge within a fraction of a millisecond.
        dt=0.02 * ms,
    )
    return cells


def run_one(active):
    """Return voltages (mV) and times of spikes (ms) of one cell."""
    cells = make_cells(active)
    names = ["V_soma", *(f"V_{name}" for name in DENDRITES)]
    voltages = StateMonitor(cells, names, record=0)
    spikes = SpikeMonitor(cells)
    events = [f"spike_Na_{name}" for name in DENDRITES] if active else []
    dspikes = [EventMonitor(cells, event) for event in events]
    network = Network(cells, voltages, spikes, *dspikes)
    network.run(PULSE[0])
    cells.I_ext_soma = 0.5 * nA
    network.run(PULSE[1])
    cells.I_ext_soma = 0 * pA
    network.run(40 * ms)
    return {
        "t": voltages.t / ms,
        "V": np.array([getattr(voltages, name)[0] / mV for name in names]),
        "spikes": spikes.t / ms,
        "dspikes": [monitor.t / ms for monitor in dspikes],
    }


def simulate():
    """Return both cells, and the amplitude (mV) along their dendrites."""
    results = {"passive": run_one(active=False), "active": run_one(active=True)}
    for cell in results.values():
        cell["amplitude"] = cell["V"].max(axis=1) - REST
    return results


def plot(results):
    """Draw the action potential at each compartment, and its amplitude."""
    import matplotlib.pyplot as plt

    colors = ["#000000", "#56B4E9", "#009E73", "#E69F00", "#CC79A7"]
    fig, axes = plt.subplots(
        1, 3, figsize=(8, 4), layout="constrained", width_ratios=[3, 3, 2.5]
    )
    for axis, (kind, cell) in zip(axes, results.items(), strict=False):
        for name, V, color in zip(["soma", *DENDRITES], cell["V"], colors, strict=True):
            axis.plot(cell["t"], V, color=color, label=name)
        axis.set(
            title=f"{kind} dendrite", xlabel="time (ms)", xlim=(10, 24), ylim=(-85, 60)
        )
    axes[0].set_ylabel("voltage (mV)")
    axes[0].legend(frameon=False)

    distance = [0, *(LENGTH * (np.arange(len(DENDRITES)) + 0.5))]
    styles = {"passive": ("o--", "#D55E00"), "active": ("s-", "#0072B2")}
    for kind, (style, color) in styles.items():
        axes[2].plot(
            distance, results[kind]["amplitude"], style, color=color, label=kind
        )
    axes[2].set(title="amplitude", xlabel="distance (µm)", ylabel="peak (mV)")
    axes[2].set_ylim(bottom=0)
    axes[2].legend(frameon=False)
    return fig


def main(path="backpropagation.png"):
    """Simulate, say what reaches the tip, write the figure."""
    results = simulate()
    for kind, cell in results.items():
        soma, *_, tip = cell["amplitude"]
        print(f"{kind} dendrite: {soma:.0f} mV at the soma, {tip:.0f} mV at the tip")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
