"""Attenuation along a passive dendrite.

A voltage change shrinks on its way through a dendrite. How much depends on where it
starts (from the thin tip to the soma it loses far more than the other way) and on how
long it lasts (a brief input loses more than a steady one, because it charges the
membrane on its way).

Four copies of one cell get a current at the soma or at the tip, steady or brief.

Run with: python examples/passive_attenuation.py [figure.png]
"""

import sys
from itertools import pairwise

import numpy as np
from brian2 import Network, StateMonitor, cm, ms, mV, ohm, pA, prefs, uF, um, uS

from dendrisyn import Dendrite, NeuronModel, Soma

COMPARTMENTS = ["soma", "d1", "d2", "d3", "d4"]
LENGTH = 100  # of each dendritic compartment, in um
ONSET, BRIEF, END = 10 * ms, 2 * ms, 250 * ms
CURRENT = 30 * pA


def make_model():
    """Return a soma with an unbranched dendrite of four cylinders."""
    soma = Soma("soma", model="passive", length=20 * um, diameter=20 * um)
    cylinders = [
        Dendrite(name, length=LENGTH * um, diameter=diameter * um)
        for name, diameter in zip(COMPARTMENTS[1:], [2.5, 2, 1.5, 1], strict=True)
    ]
    chain = [soma, *cylinders]
    return NeuronModel(
        list(pairwise(chain)),
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


def simulate():
    """Return the voltage change (mV) at each compartment, for each site and input."""
    model = make_model()
    cells = model.make_neurongroup(4)
    steady_soma, brief_soma, steady_tip, brief_tip = range(4)
    voltages = [f"V_{name}" for name in COMPARTMENTS]
    monitor = StateMonitor(cells, voltages, record=True)
    network = Network(cells, monitor)

    network.run(ONSET)
    cells.I_ext_soma[[steady_soma, brief_soma]] = CURRENT
    cells.I_ext_d4[[steady_tip, brief_tip]] = CURRENT
    network.run(BRIEF)
    cells.I_ext_soma[brief_soma] = 0 * pA
    cells.I_ext_d4[brief_tip] = 0 * pA
    network.run(END - ONSET - BRIEF)

    # shape: compartment, cell, time
    change = np.array([getattr(monitor, name) / mV + 70 for name in voltages])
    return {
        "t": monitor.t / ms,
        "from_soma": {
            "steady": change[:, steady_soma],
            "brief": change[:, brief_soma],
        },
        "from_tip": {
            "steady": change[:, steady_tip],
            "brief": change[:, brief_tip],
        },
    }


def plot(results):
    """Draw the peak at each compartment, and how a brief input spreads."""
    import matplotlib.pyplot as plt

    position = [0, *(LENGTH * (np.arange(4) + 0.5))]
    styles = {"steady": ("o-", "#0072B2"), "brief": ("s--", "#D55E00")}
    colors = ["#000000", "#56B4E9", "#009E73", "#E69F00", "#CC79A7"]

    fig, axes = plt.subplots(
        2, 2, figsize=(8, 6), layout="constrained", sharey="col", sharex="col"
    )
    rows = [("from_soma", 0, "the soma"), ("from_tip", -1, "the tip")]
    for (profile, trace), (key, site, title) in zip(axes, rows, strict=True):
        for kind, (style, color) in styles.items():
            peak = results[key][kind].max(axis=1)
            label = f"{kind}, {peak[site]:.1f} mV there"
            profile.plot(position, peak / peak[site], style, color=color, label=label)
        profile.set(
            title=f"current at {title}",
            ylabel="peak relative to its origin",
            ylim=(0, 1.05),
        )
        profile.legend(loc="lower left" if site == 0 else "upper left", frameon=False)

        for name, line, color in zip(
            COMPARTMENTS, results[key]["brief"], colors, strict=True
        ):
            trace.plot(results["t"], line, color=color, label=name)
        trace.set(
            title=f"brief current at {title}",
            ylabel="depolarisation (mV)",
            xlim=(5, 60),
        )
    axes[0, 1].legend(frameon=False)
    axes[1, 0].set_xlabel("distance from the soma (µm)")
    axes[1, 1].set_xlabel("time (ms)")
    return fig


def main(path="passive_attenuation.png"):
    """Simulate, say what arrives, write the figure."""
    results = simulate()
    for key, origin, target in [("from_soma", 0, -1), ("from_tip", -1, 0)]:
        for kind, change in results[key].items():
            peak = change.max(axis=1)
            arrives = peak[target] / peak[origin]
            print(f"{key.replace('_', ' ')}, {kind}: {arrives:.0%} arrives")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
