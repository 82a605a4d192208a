"""A sweep of morphologies: how thick a dendrite serves the soma best.

A thin dendrite has a high input resistance, but little of its current reaches the soma;
a thick one is a load. So the steady depolarisation of the soma by a current into the
dendrite has a maximum in between, and the longer the dendrite, the thicker it must be.

Sizes cannot vary within a group, so each point of the grid is a model of its own, and
the sweep runs a function. Nothing changes with run(workers=2), in two processes.

Run with: python examples/sweep.py [figure.png]
"""

import sys

import numpy as np
from brian2 import Network, cm, ms, mV, ohm, pA, prefs, uF, um, uS

from dendrisyn import Dendrite, NeuronModel, Soma, Sweep, parameter_grid

LENGTHS = np.array([100, 200, 400, 600])  # um
DIAMETERS = np.array([0.4, 0.6, 0.85, 1.2, 1.7, 2.4])  # um
CURRENT = 20 * pA


def depolarisation(length, diameter):
    """Return the steady depolarisation of a cell by a current into its dendrite."""
    soma = Soma("soma", length=30 * um, diameter=30 * um)
    dend = Dendrite("dend", length=length, diameter=diameter)
    model = NeuronModel(
        [(soma, dend, "half_cylinders")],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        r_axial=200 * ohm * cm,
        v_rest=0 * mV,
    )
    cell = model.make_neurongroup(1, dt=0.5 * ms)
    cell.I_ext_dend = CURRENT
    Network(cell).run(120 * ms)  # 12 membrane time constants
    return {"soma": cell.V_soma[0], "dend": cell.V_dend[0]}


def simulate():
    """Return depolarisations (mV) by length and diameter."""
    points = parameter_grid({"length": LENGTHS * um, "diameter": DIAMETERS * um})
    results = Sweep(depolarisation, points).run()
    return {name: results.on_grid(name) / mV for name in results.names}


def plot(results):
    """Draw both depolarisations against the diameter, and the maxima at the soma."""
    import matplotlib.pyplot as plt

    colors = ["#56B4E9", "#0072B2", "#E69F00", "#D55E00"]
    fig, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    for axis, place in zip(axes, ["dend", "soma"], strict=True):
        for length, color, line in zip(LENGTHS, colors, results[place], strict=True):
            axis.plot(DIAMETERS, line, "o-", color=color, ms=4, label=f"{length} um")
            if place == "soma":
                best = line.argmax()
                axis.plot(DIAMETERS[best], line[best], "o", color=color, ms=10)
        axis.set(xlabel="diameter of the dendrite (um)", ylim=(0, None))
        axis.set_title({"dend": "dendrite", "soma": "soma"}[place])
    axes[0].set_ylabel("depolarisation (mV)")
    axes[0].legend(title="length", frameon=False)
    return fig


def main(path="sweep.png"):
    """Simulate, say which diameter is best, write the figure."""
    results = simulate()
    for length, line in zip(LENGTHS, results["soma"], strict=True):
        best = line.argmax()
        print(f"{length} um: most at {DIAMETERS[best]} um, {line[best]:.2f} mV")
    plot(results).savefig(path, dpi=100)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
