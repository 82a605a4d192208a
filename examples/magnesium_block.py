"""Magnesium blocks of the NMDA receptor, side by side.

The conductance of an NMDA receptor depends on the voltage, and models differ in how
much. One dendrite has an NMDA receptor with each published block. The fraction of the
conductance that is open differs most near rest, so the potentials that one spike makes
there differ most, too.

Run with: python examples/magnesium_block.py [figure.png]
"""

import sys

import numpy as np
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    ms,
    mV,
    nS,
    pA,
    pF,
    prefs,
)

from dendrisyn import NMDA, Dendrite, NeuronModel, Soma, magnesium_blocks

REST = -70 * mV
SPIKE = 10 * ms
CLAMP = np.linspace(-100, 20, 241)  # mV


def make_model():
    """Return a soma and a dendrite with one NMDA receptor for each block."""
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=REST)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=REST)
    for name, block in magnesium_blocks.items():
        dend.add(NMDA(name, g=1 * nS, t_rise=2 * ms, t_decay=60 * ms, output=block))
    return NeuronModel([(soma, dend, 10 * nS)])


def clamped(model):
    """Return open fractions and currents (pA) of 1 nS at clamped voltages."""
    cells = model.make_neurongroup(len(CLAMP))
    cells.V_dend = CLAMP * mV
    for name in magnesium_blocks:
        setattr(cells, f"x_NMDA_{name}_dend", 1)
    # No time passes: Brian2 evaluates the equations of the currents as things stand.
    Network(cells).run(0 * ms)
    return {
        "open": {
            name: np.array(getattr(cells, f"B_NMDA_{name}_dend"))
            for name in magnesium_blocks
        },
        "current": {
            name: np.array(getattr(cells, f"I_NMDA_{name}_dend") / pA)
            for name in magnesium_blocks
        },
    }


def postsynaptic_potentials(model):
    """Return the potentials (mV) after one spike at rest, a neuron for each block."""
    cells = model.make_neurongroup(len(magnesium_blocks), method="rk4")
    source = SpikeGeneratorGroup(1, [0], [SPIKE])
    projections = []
    for number, name in enumerate(magnesium_blocks):
        synapses = model.projection(f"NMDA_{name}_dend").synapses(source, cells)
        synapses.connect(i=0, j=number)
        projections.append(synapses)
    monitor = StateMonitor(cells, "V_dend", record=True)
    Network(source, cells, projections, monitor).run(200 * ms)
    change = np.array((monitor.V_dend - REST) / mV)
    return {
        "t": (monitor.t - SPIKE) / ms,
        "psp": dict(zip(magnesium_blocks, change, strict=True)),
    }


def simulate():
    """Return open fractions, currents and potentials of each block."""
    model = make_model()
    return {"clamp": CLAMP, **clamped(model), **postsynaptic_potentials(model)}


def plot(results):
    """Draw open fractions (linear and logarithmic), currents and potentials."""
    import matplotlib.pyplot as plt

    colors = dict(
        zip(magnesium_blocks, ["#0072B2", "#D55E00", "#009E73", "#CC79A7"], strict=True)
    )
    fig, axes = plt.subplots(2, 2, figsize=(8, 6.5), layout="constrained")
    linear, near_rest, current, potential = axes.flat
    V = results["clamp"]
    rest = V <= -40
    # Two blocks differ little, so one of them is dashed on top of the other.
    for name, color in colors.items():
        style = {"color": color, "linewidth": 2, "label": name}
        if name == "brainpy":
            style["linestyle"] = (0, (4, 2))
        linear.plot(V, results["open"][name], **style)
        near_rest.semilogy(V[rest], results["open"][name][rest], **style)
        current.plot(V, results["current"][name], **style)
        potential.plot(results["t"], results["psp"][name], **style)
    for axis in (linear, near_rest):
        axis.set(xlabel="dendritic voltage (mV)", ylabel="fraction open")
    linear.set(title="open fraction", xlim=(-100, 20), ylim=(0, 1))
    linear.legend(frameon=False)
    near_rest.axvline(REST / mV, color="0.6", linewidth=0.8)
    near_rest.set(title="the same near rest, logarithmic", xlim=(-100, -40))
    current.axhline(0, color="0.6", linewidth=0.8)
    current.set(
        title="1 nS, voltage clamped",
        xlabel="dendritic voltage (mV)",
        ylabel="current, inward up (pA)",
        xlim=(-100, 20),
    )
    potential.set(
        title="one spike, cell at -70 mV",
        xlabel="time (ms)",
        ylabel="change of dendritic voltage (mV)",
        xlim=(-10, 190),
        ylim=(0, None),
    )
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    return fig


def main(path="magnesium_block.png"):
    """Simulate, say what each block leaves open, write the figure."""
    results = simulate()
    at_rest = np.searchsorted(CLAMP, REST / mV)
    for name in magnesium_blocks:
        current = results["current"][name]
        print(
            f"{name}: {results['open'][name][at_rest]:.4f} open at {REST / mV:.0f} mV, "
            f"most current at {CLAMP[current.argmax()]:.1f} mV ({current.max():.1f} "
            f"pA), potential {results['psp'][name].max():.2f} mV"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
