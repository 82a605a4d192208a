"""Quick start: a network of active pyramidal cells with feed-forward inhibition.

A hundred pyramidal cells of four compartments (soma, trunk, proximal and distal
dendrite) have Na spikes in their dendrites. Poisson inputs excite the dendrites,
through about a thousand synapses with AMPA and NMDA receptors, and interneurons, which
inhibit the pyramidal cells. The cells are one NeuronGroup, the connections plain
Synapses.

Run with: python examples/quickstart.py [figure.png]
"""

import sys

import numpy as np
from brian2 import (
    EventMonitor,
    Hz,
    Network,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    cm,
    ms,
    mV,
    nS,
    pF,
    prefs,
    second,
    seed,
    uF,
    um,
    uS,
)

from dendrisyn import AMPA, GABA, NMDA, Dendrite, NeuronModel, PointNeuronModel, Soma

N_PYRAMIDAL, N_INTERNEURONS, N_INPUTS = 100, 20, 100
DURATION = 1 * second
SHOWN = 0  # the cell whose voltages are recorded
DENDRITES = ["trunk", "prox", "dist"]


def make_pyramidal_cells():
    """Return the group of pyramidal cells."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    trunk = Dendrite("trunk", length=100 * um, diameter=2.5 * um)
    prox = Dendrite("prox", length=120 * um, diameter=1.6 * um)
    dist = Dendrite("dist", length=150 * um, diameter=1.2 * um)

    # A spike of the input adds 1 to s_AMPA_in_prox and so on, see connect() below.
    for dend in (prox, dist):
        dend.add(
            AMPA("in", g=1.2 * nS, t_decay=2 * ms),
            NMDA("in", g=0.3 * nS, t_rise=2 * ms, t_decay=50 * ms),
        )
    soma.add(GABA("inh", g=1.0 * nS, t_rise=1 * ms, t_decay=8 * ms))

    # What the three have in common is set below, once for all.
    trunk.dspikes("Na", g_rise=20 * nS, g_fall=16 * nS)
    prox.dspikes("Na", g_rise=12 * nS, g_fall=9 * nS)
    dist.dspikes("Na", g_rise=9 * nS, g_fall=7 * nS)

    model = NeuronModel(
        [(soma, trunk, 10 * nS), (trunk, prox, 5 * nS), (prox, dist, 2.5 * nS)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        v_rest=-68 * mV,
    )
    model.config_dspikes(
        "Na",
        threshold=-42 * mV,
        duration_rise=1 * ms,
        duration_fall=2 * ms,
        offset_fall=1 * ms,
        refractory=5 * ms,
        reversal_rise="E_Na",
        reversal_fall="E_K",
    )
    # Two resets shape a somatic spike that travels into the dendrites.
    cells, _ = model.make_neurongroup(
        N_PYRAMIDAL,
        threshold="V_soma > -46*mV",
        reset="V_soma = 30*mV",
        second_reset="V_soma = -60*mV",
        spike_width=0.6 * ms,
        refractory=4 * ms,
    )
    return cells


def make_interneurons():
    """Return the group of inhibitory point neurons."""
    model = PointNeuronModel(cm_abs=100 * pF, gl_abs=8 * nS, v_rest=-65 * mV)
    model.add(AMPA("in", g=4 * nS, t_decay=2 * ms))
    return model.make_neurongroup(
        N_INTERNEURONS, threshold="V > -48*mV", reset="V = -60*mV", refractory=2 * ms
    )


def connect(source, target, on_pre, probability):
    """Return plain Brian2 synapses."""
    synapses = Synapses(source, target, on_pre=on_pre)
    synapses.connect(p=probability)
    return synapses


def simulate():
    """Return spikes, dendritic spikes (ms) and the voltages (mV) of one cell."""
    seed(11)
    inputs = PoissonGroup(N_INPUTS, 15 * Hz)
    pyramidal, interneurons = make_pyramidal_cells(), make_interneurons()
    onto_prox = connect(
        inputs, pyramidal, "s_AMPA_in_prox += 1; s_NMDA_in_prox += 1", 0.05
    )
    onto_dist = connect(
        inputs, pyramidal, "s_AMPA_in_dist += 1; s_NMDA_in_dist += 1", 0.05
    )
    onto_interneurons = connect(inputs, interneurons, "s_AMPA_in += 1", 0.2)
    inhibition = connect(interneurons, pyramidal, "s_GABA_inh_soma += 1", 0.2)

    names = ["V_soma", *(f"V_{name}" for name in DENDRITES)]
    voltages = StateMonitor(pyramidal, names, record=SHOWN)
    spikes = SpikeMonitor(pyramidal)
    inhibitory_spikes = SpikeMonitor(interneurons)
    dspikes = {name: EventMonitor(pyramidal, f"spike_Na_{name}") for name in DENDRITES}
    network = Network(
        inputs,
        pyramidal,
        interneurons,
        onto_prox,
        onto_dist,
        onto_interneurons,
        inhibition,
        voltages,
        spikes,
        inhibitory_spikes,
        dspikes.values(),
    )
    network.run(DURATION)
    return {
        "synapses": len(onto_prox) + len(onto_dist),
        "t": voltages.t / ms,
        "V": {
            name: getattr(voltages, f"V_{name}")[0] / mV
            for name in ["soma", *DENDRITES]
        },
        # Copied: since Brian2 2.11 the memory goes with the monitor.
        "pyramidal": (spikes.t / ms, np.array(spikes.i)),
        "interneurons": (inhibitory_spikes.t / ms, np.array(inhibitory_spikes.i)),
        "dspikes": {
            name: (monitor.t / ms, np.array(monitor.i))
            for name, monitor in dspikes.items()
        },
        "rate": len(spikes.t) / N_PYRAMIDAL / (DURATION / second),
        "inhibitory_rate": len(inhibitory_spikes.t)
        / N_INTERNEURONS
        / (DURATION / second),
    }


def plot(results):
    """Draw the raster, the dendritic spikes and the voltages of one cell."""
    import matplotlib.pyplot as plt

    black, orange = "#000000", "#D55E00"
    colors = {"trunk": "#0072B2", "prox": "#009E73", "dist": "#CC79A7"}
    fig, (raster, events, soma, dend) = plt.subplots(
        4,
        1,
        figsize=(8, 8.5),
        layout="constrained",
        sharex=True,
        height_ratios=[1.3, 1.3, 1, 1],
    )
    t, i = results["pyramidal"]
    raster.plot(t, i, ".", color=black, markersize=3, label="pyramidal cells")
    t, i = results["interneurons"]
    raster.plot(
        t, i + N_PYRAMIDAL, ".", color=orange, markersize=3, label="interneurons"
    )
    raster.set(ylabel="neuron", title="spikes")
    # Those of the trunk are on top: where distal ones show, they stayed local.
    for name, size in [("dist", 7), ("prox", 4.5), ("trunk", 2.5)]:
        t, i = results["dspikes"][name]
        events.plot(t, i, ".", color=colors[name], markersize=size, label=name)
    events.set(ylabel="pyramidal cell", title="dendritic spikes")
    soma.plot(results["t"], results["V"]["soma"], color=black)
    soma.set(ylabel="soma (mV)", title=f"voltages of cell {SHOWN}")
    for name, color in colors.items():
        dend.plot(results["t"], results["V"][name], color=color, linewidth=1)
    dend.set(ylabel="dendrites (mV)", xlabel="time (ms)", xlim=(0, DURATION / ms))
    for axis in (raster, events):
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    return fig


def main(path="quickstart.png"):
    """Simulate, print the rates, write the figure."""
    results = simulate()
    counts = ", ".join(
        f"{len(t)} in {name}" for name, (t, _) in results["dspikes"].items()
    )
    print(
        f"{results['synapses']} excitatory synapses; pyramidal cells fire at "
        f"{results['rate']:.1f} Hz, interneurons at {results['inhibitory_rate']:.1f} Hz"
    )
    print(f"dendritic spikes: {counts}")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
