"""The kinetics of receptors: what one spike does, and what a train does.

Each panel has one kinetics. A train of ten spikes at 200 Hz shows whether spikes add
up: the dashed line is the sum of the responses to single spikes. Linear kinetics follow
it, saturating ones stay below. GABA-B is far above it: it needs a burst, and gets 50
spikes here.

Run with: python examples/kinetics.py [figure.png]
"""

import sys

import numpy as np
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    nS,
    pF,
    prefs,
)

from dendrisyn import (
    Alpha,
    ConductanceBased,
    Delta,
    DualExponential,
    Exponential,
    GABABKinetics,
    PointNeuronModel,
    SaturatingNMDA,
    Synapse,
    TwoStateKinetics,
)

START, INTERVAL = 10, 5  # ms
REST = -70 * mV

#: kinetics, what to record (the gate, or the voltage), spikes of the train, duration
CASES = {
    "Delta": (Delta(J=0.5 * mV), "V", 10, 160),
    "Exponential": (Exponential(t_decay=5 * ms), "s_receptor_x", 10, 100),
    "DualExponential": (
        DualExponential(t_rise=1 * ms, t_decay=10 * ms),
        "x_receptor_x",
        10,
        120,
    ),
    "Alpha": (Alpha(tau=3 * ms), "x_receptor_x", 10, 100),
    "TwoStateKinetics.gaba_a()": (
        TwoStateKinetics.gaba_a(),
        "s_tot_receptor_x",
        10,
        100,
    ),
    "SaturatingNMDA": (SaturatingNMDA(), "s_tot_receptor_x", 10, 400),
    "GABABKinetics": (GABABKinetics(), "s_tot_receptor_x", 50, 800),
}


def receptor(kinetics):
    """Return a receptor of 1 nS; Delta moves the voltage and has no conductance."""
    if isinstance(kinetics, Delta):
        return Synapse("receptor", "x", kinetics=kinetics)
    output = ConductanceBased(E=REST)
    return Synapse("receptor", "x", kinetics=kinetics, output=output, g=1 * nS)


def respond(kinetics, variable, spikes, duration):
    """Return responses to one spike and to a train, and the sum of single ones."""
    model = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS, v_rest=REST)
    model.add(receptor(kinetics))
    # Neuron 0 gets one spike, neuron 1 the train. rk4: true peaks at this time step.
    cells = model.make_neurongroup(2, method="rk4")
    train = START + INTERVAL * np.arange(spikes)
    source = SpikeGeneratorGroup(2, [0] + [1] * spikes, np.append(START, train) * ms)
    synapses = model.projection("receptor_x", weight="w").synapses(source, cells)
    synapses.connect(j="i")
    monitor = StateMonitor(cells, variable, record=True)
    Network(source, cells, synapses, monitor).run(duration * ms)

    recorded = getattr(monitor, variable)
    # conductance (nS) = 1 nS times the gate; or the change of the voltage (mV)
    one, many = np.array((recorded - REST) / mV if variable == "V" else recorded)
    steps = np.rint((train - START) / (defaultclock.dt / ms)).astype(int)
    total = sum(np.append(np.zeros(n), one[: len(one) - n]) for n in steps)
    return {
        "t": monitor.t / ms - START,
        "one": one,
        "train": many,
        "sum": total,
        "spikes": train - START,
    }


def simulate():
    """Return the responses of each kinetics."""
    return {name: respond(*case) for name, case in CASES.items()}


def plot(results):
    """Draw a panel for each kinetics."""
    import matplotlib.pyplot as plt

    colors = {"linear": "#56B4E9", "saturating": "#D55E00"}
    fig, axes = plt.subplots(4, 2, figsize=(8, 9.5), layout="constrained")
    *panels, legend = axes.flat
    for axis, (name, case) in zip(panels, results.items(), strict=True):
        kind = "linear" if CASES[name][0].linear else "saturating"
        t, spikes = case["t"], case["spikes"]
        axis.plot(t, case["train"], color=colors[kind], linewidth=2.5)
        axis.plot(t, case["sum"], color="0.2", linewidth=1, linestyle=(0, (4, 2)))
        axis.plot(t, case["one"], color="0.55", linewidth=1.5)
        top = max(case["train"].max(), case["sum"].max())
        axis.plot(spikes, np.full(len(spikes), 1.16 * top), "|", color="0.2")
        axis.set(
            title=f"{name}, {len(spikes)} spikes",
            xlabel="time (ms)",
            ylabel="voltage (mV)" if name == "Delta" else "conductance (nS)",
            xlim=(t[0], t[-1]),
            ylim=(-0.04 * top, 1.26 * top),
        )
        axis.spines[["top", "right"]].set_visible(False)

    legend.axis("off")
    handles = [
        plt.Line2D([], [], color="0.55", linewidth=1.5, label="one spike"),
        plt.Line2D([], [], color=colors["linear"], linewidth=2.5),
        plt.Line2D([], [], color=colors["saturating"], linewidth=2.5),
        plt.Line2D([], [], color="0.2", linewidth=1, linestyle=(0, (4, 2))),
        plt.Line2D([], [], color="0.2", marker="|", linestyle="none"),
    ]
    labels = [
        "one spike, at 0 ms",
        "train, gate on the neuron",
        "train, a gate for each synapse",
        "sum of single responses",
        "spikes of the train, 200 Hz",
    ]
    legend.legend(handles, labels, loc="center", frameon=False)
    return fig


def main(path="kinetics.png"):
    """Simulate, print the peaks, write the figure."""
    results = simulate()
    for key, title in [("one", "one spike"), ("train", "train")]:
        peaks = ", ".join(
            f"{name} {case[key].max():.3g}" for name, case in results.items()
        )
        print(f"peaks, {title}: {peaks}")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
