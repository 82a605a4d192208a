"""Three receptors: AMPA, NMDA and GABA on one dendrite.

Each receptor has its own time course (the conductance after one spike) and its own
direction (its reversal potential). NMDA also depends on the voltage: magnesium blocks
it near rest, so its postsynaptic potential grows where that of AMPA shrinks.

Six copies of one cell differ in their resting potential and in the receptor that is
activated once.

Run with: python examples/receptors.py [figure.png]
"""

import sys

import numpy as np
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    cm,
    ms,
    mV,
    nS,
    ohm,
    pA,
    prefs,
    uF,
    um,
    uS,
)

from dendrisyn import AMPA, GABA, NMDA, Dendrite, NeuronModel, Soma

RECEPTORS = ["AMPA", "NMDA", "GABA"]
RESTS = [-70, -50]  # mV
SPIKE = 10 * ms
CLAMP = np.linspace(-100, 40, 141)  # mV


def make_model():
    """Return a soma and a dendrite with one receptor of each kind."""
    soma = Soma("soma", length=20 * um, diameter=20 * um)
    dend = Dendrite("dend", length=200 * um, diameter=2 * um)
    dend.add(
        AMPA("x", g=1 * nS, t_rise=0.5 * ms, t_decay=3 * ms),
        NMDA("x", g=1 * nS, t_rise=4 * ms, t_decay=60 * ms),
        GABA("x", g=1 * nS, t_rise=1 * ms, t_decay=10 * ms),
    )
    return NeuronModel(
        [(soma, dend)],
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=RESTS[0] * mV,
    )


def postsynaptic_potentials(model):
    """Return conductances (nS) and potentials (mV) after one spike at each receptor."""
    # The resting potential becomes a variable of each neuron: first three neurons at
    # the lower one, three more at the higher one.
    cells = model.make_neurongroup(6, per_neuron=["EL_soma", "EL_dend"])
    rest = np.repeat(RESTS, 3) * mV
    for name in ["EL_soma", "EL_dend", "V_soma", "V_dend"]:
        setattr(cells, name, rest)

    source = SpikeGeneratorGroup(1, [0], [SPIKE])
    synapses = []
    for number, receptor in enumerate(RECEPTORS):
        synapse = Synapses(source, cells, on_pre=f"s_{receptor}_x_dend += 1")
        synapse.connect(i=0, j=[number, number + 3])
        synapses.append(synapse)

    gates = [f"x_{receptor}_x_dend" for receptor in RECEPTORS]
    monitor = StateMonitor(cells, ["V_dend", *gates], record=True)
    Network(source, cells, *synapses, monitor).run(150 * ms)
    return {
        "t": (monitor.t - SPIKE) / ms,
        "conductance": np.array(
            [getattr(monitor, gate)[number] for number, gate in enumerate(gates)]
        ),
        # shape: resting potential, receptor, time
        "psp": ((monitor.V_dend - rest[:, None]) / mV).reshape(2, 3, -1),
    }


def current_voltage_curves(model):
    """Return the current (pA) of each open receptor at clamped voltages."""
    cells = model.make_neurongroup(len(CLAMP))
    cells.V_dend = CLAMP * mV
    for receptor in RECEPTORS:
        setattr(cells, f"x_{receptor}_x_dend", 1)
    # No time passes: Brian2 evaluates the equations of the currents as things stand.
    Network(cells).run(0 * ms)
    return np.array(
        [getattr(cells, f"I_{receptor}_x_dend") / pA for receptor in RECEPTORS]
    )


def simulate():
    """Return time courses and current-voltage curves of the three receptors."""
    model = make_model()
    return {
        **postsynaptic_potentials(model),
        "clamp": CLAMP,
        "current": current_voltage_curves(model),
    }


def plot(results):
    """Draw conductances, currents against voltage, and potentials at two rests."""
    import matplotlib.pyplot as plt

    colors = ["#0072B2", "#E69F00", "#CC79A7"]
    fig, axes = plt.subplots(2, 2, figsize=(8, 6), layout="constrained")
    (conductance, current), potentials = axes
    for number, (receptor, color) in enumerate(zip(RECEPTORS, colors, strict=True)):
        conductance.plot(
            results["t"], results["conductance"][number], color=color, label=receptor
        )
        current.plot(
            results["clamp"], results["current"][number], color=color, label=receptor
        )
        for axis, psp in zip(potentials, results["psp"], strict=True):
            axis.plot(results["t"], psp[number], color=color, label=receptor)
    conductance.set(
        title="after one spike", xlabel="time (ms)", ylabel="conductance (nS)"
    )
    conductance.legend(frameon=False)
    current.axhline(0, color="0.6", linewidth=0.8)
    current.set(
        title="receptor open, voltage clamped",
        xlabel="dendritic voltage (mV)",
        ylabel="current, inward up (pA)",
    )
    limits = results["psp"].min() - 0.1, results["psp"].max() + 0.1
    for axis, rest in zip(potentials, RESTS, strict=True):
        axis.axhline(0, color="0.6", linewidth=0.8)
        axis.set(
            title=f"potential, cell at {rest} mV",
            xlabel="time (ms)",
            ylabel="change of dendritic voltage (mV)",
            ylim=limits,
        )
    return fig


def main(path="receptors.png"):
    """Simulate, say how the potentials depend on the voltage, write the figure."""
    results = simulate()
    for number, receptor in enumerate(RECEPTORS):
        low, high = (
            psp[number][np.argmax(np.abs(psp[number]))] for psp in results["psp"]
        )
        print(
            f"{receptor}: {low:+.2f} mV at {RESTS[0]} mV, {high:+.2f} mV at "
            f"{RESTS[1]} mV"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
