"""What reaches the soma from a dendrite, and how much less of it if it is fast.

`passive` knows the attenuation between all pairs of compartments, at any frequency,
from leaks, capacitances and couplings alone. A voltage loses far more on the way from
the thin tuft to the soma than on the way back, and the more the faster it is. Dots are
simulations that need not have been: a sinusoidal current into either end of twelve
cells.

Run with: python examples/electrotonus.py [figure.png]
"""

import sys

import numpy as np
from brian2 import (
    Hz,
    Network,
    StateMonitor,
    cm,
    ms,
    mV,
    ohm,
    pA,
    prefs,
    second,
    uF,
    um,
    uS,
)

from dendrisyn import Dendrite, NeuronModel, Soma, passive

#: name -> length, diameter (um) and what it grows from
CELL = {
    "soma": (20, 20, None),
    "basal": (120, 1.6, "soma"),
    "trunk": (150, 2.6, "soma"),
    "oblique": (100, 1, "trunk"),
    "apical": (150, 1.8, "trunk"),
    "tuft": (150, 0.9, "apical"),
}
ENDS = ["soma", "tuft"]
FREQUENCIES = np.array([5, 10, 20, 50, 100, 200])  # Hz
SETTLE, WINDOW = 200 * ms, 200 * ms  # 10 time constants; periods of all frequencies


def make_model():
    """Return the cell, with a sinusoidal current into either end."""
    parts = {
        name: (Soma if name == "soma" else Dendrite)(
            name, length=length * um, diameter=diameter * um
        )
        for name, (length, diameter, _) in CELL.items()
    }
    for name in ENDS:
        parts[name].add_equations(
            f"""I_sine_{name} = A_{name}*sin(2*pi*f_{name}*t) : amp
            A_{name} : amp (constant)
            f_{name} : Hz (constant)""",
            currents=[f"I_sine_{name}"],
        )
    return NeuronModel(
        [(parts[parent], parts[name]) for name, (*_, parent) in CELL.items() if parent],
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-65 * mV,
    )


def oscillate(model):
    """Return simulated attenuations: from either end to the other, by frequency."""
    count = len(FREQUENCIES)
    cells = model.make_neurongroup(2 * count)
    for place, name in enumerate(ENDS):
        here = slice(place * count, (place + 1) * count)
        setattr(cells, f"f_{name}", np.tile(FREQUENCIES, 2) * Hz)
        getattr(cells, f"A_{name}")[here] = 20 * pA
    network = Network(cells)
    network.run(SETTLE)
    monitor = StateMonitor(cells, [f"V_{name}" for name in ENDS], record=True)
    network.add(monitor)
    network.run(WINDOW)

    # the component at the frequency of the current; shape: frequency, time
    wave = np.exp(-2j * np.pi * FREQUENCIES[:, None] * (monitor.t / second))
    soma, tuft = (
        np.abs(np.mean(np.reshape(voltage / mV, (2, count, -1)) * wave, axis=-1))
        for voltage in (monitor.V_soma, monitor.V_tuft)
    )
    return {"from soma": tuft[0] / soma[0], "to soma": soma[1] / tuft[1]}


def simulate():
    """Return the passive cell, attenuation by frequency, and what is simulated."""
    model = make_model()
    cell = passive(model)
    frequency = np.geomspace(1, 500, 100)
    soma, tuft = map(cell.index, ENDS)
    attenuation = cell.attenuation_at(frequency * Hz)
    return {
        "cell": cell,
        "frequency": frequency,
        "from soma": attenuation[:, soma, tuft],
        "to soma": attenuation[:, tuft, soma],
        "simulated": oscillate(model),
    }


def plot(results):
    """Draw steady attenuation between all pairs, and that of two by frequency."""
    import matplotlib.pyplot as plt

    fig, (pairs, curves) = plt.subplots(
        1, 2, figsize=(8, 4), layout="constrained", width_ratios=[1.15, 1]
    )
    results["cell"].plot(pairs)
    styles = {
        "from soma": ("#0072B2", "soma to tuft"),
        "to soma": ("#D55E00", "tuft to soma"),
    }
    for way, (color, label) in styles.items():
        curves.plot(
            results["frequency"], results[way], color=color, linewidth=2, label=label
        )
        curves.plot(FREQUENCIES, results["simulated"][way], "o", color=color)
    curves.plot([], [], "o", color="0.4", label="simulated")
    curves.set(
        xscale="log",
        xlabel="frequency (Hz)",
        ylabel="relative voltage",
        ylim=(0, 1.02),
        title="oscillating current",
    )
    curves.legend(frameon=False, loc="lower left")
    curves.spines[["top", "right"]].set_visible(False)
    return fig


def main(path="electrotonus.png"):
    """Say what arrives, write the figure."""
    results = simulate()
    cell = results["cell"]
    steady, fast = cell.attenuation_at([0, 200] * Hz)
    for source, target in [ENDS, ENDS[::-1]]:
        pair = cell.index(source), cell.index(target)
        print(
            f"{source} to {target}: {steady[pair]:.0%} of a steady voltage arrives, "
            f"{fast[pair]:.0%} at 200 Hz"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
