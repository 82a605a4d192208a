"""A recurrent network of two-compartment cells, with plain Brian2 Synapses.

The cells are made by dendrisyn; the network is Brian2 as you know it. Excitation ends
on the dendrites, inhibition on the somata. The two balance until inhibition is switched
off near the end: the recurrent excitation then runs away.

Run with: python examples/recurrent_network.py [figure.png]
"""

import sys

import numpy as np
from brian2 import (
    Hz,
    Network,
    PoissonInput,
    SpikeMonitor,
    Synapses,
    cm,
    ms,
    mV,
    nS,
    ohm,
    pF,
    prefs,
    second,
    seed,
    uF,
    um,
    uS,
)

from dendrisyn import AMPA, GABA, Dendrite, NeuronModel, PointNeuronModel, Soma

N_EXCITATORY, N_INHIBITORY = 400, 100
PROBABILITY = 0.1
SWITCH, END = 700 * ms, 800 * ms
SETTLED = 100 * ms  # rates are counted from here on


def make_excitatory():
    """Return cells that are inhibited at the soma and excited at the dendrite."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    dend = Dendrite("dend", length=300 * um, diameter=2.5 * um)
    soma.add(GABA("inhibitory", g=4 * nS, t_decay=6 * ms))
    dend.add(
        AMPA("recurrent", g=0.15 * nS, t_decay=4 * ms),
        AMPA("external", g=1.5 * nS, t_decay=4 * ms),
    )
    model = NeuronModel(
        [(soma, dend)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )
    return model.make_neurongroup(
        N_EXCITATORY,
        threshold="V_soma > -50*mV",
        reset="V_soma = -65*mV",
        refractory=5 * ms,
    )


def make_inhibitory():
    """Return point neurons."""
    model = PointNeuronModel(cm_abs=60 * pF, gl_abs=6 * nS, v_rest=-70 * mV)
    model.add(
        AMPA("recurrent", g=0.4 * nS, t_decay=3 * ms),
        AMPA("external", g=1.5 * nS, t_decay=3 * ms),
        GABA("inhibitory", g=2 * nS, t_decay=6 * ms),
    )
    return model.make_neurongroup(
        N_INHIBITORY, threshold="V > -50*mV", reset="V = -60*mV", refractory=1 * ms
    )


def connect(source, target, variable):
    """Return random synapses that add their shared weight to a variable."""
    synapses = Synapses(
        source, target, model="weight : 1 (shared)", on_pre=f"{variable} += weight"
    )
    synapses.connect(p=PROBABILITY)
    synapses.delay = "1*ms + rand()*1*ms"
    synapses.weight = 1
    return synapses


def simulate():
    """Return spikes (ms), population rates (Hz) and irregularity."""
    seed(5)
    exc, inh = make_excitatory(), make_inhibitory()
    exc.V_soma = "-70*mV + rand()*20*mV"
    inh.V = "-70*mV + rand()*20*mV"
    external = [
        PoissonInput(exc, "s_AMPA_external_dend", N=200, rate=1 * Hz, weight=1),
        PoissonInput(inh, "s_AMPA_external", N=200, rate=1.5 * Hz, weight=1),
    ]
    excitation = [
        connect(exc, exc, "s_AMPA_recurrent_dend"),
        connect(exc, inh, "s_AMPA_recurrent"),
    ]
    inhibition = [
        connect(inh, exc, "s_GABA_inhibitory_soma"),
        connect(inh, inh, "s_GABA_inhibitory"),
    ]
    spikes = {"excitatory": SpikeMonitor(exc), "inhibitory": SpikeMonitor(inh)}
    network = Network(exc, inh, external, excitation, inhibition, spikes.values())

    network.run(SWITCH)
    for synapses in inhibition:
        synapses.weight = 0
    network.run(END - SWITCH)

    results = {}
    for name, monitor in spikes.items():
        t, i, N = monitor.t, np.array(monitor.i), monitor.source.N
        balanced = np.sum((t > SETTLED) & (t <= SWITCH)) / N / (SWITCH - SETTLED)
        after = np.sum(t > SWITCH) / N / (END - SWITCH)
        trains = [
            np.diff(train[train <= SWITCH] / ms)
            for train in monitor.spike_trains().values()
        ]
        results[name] = {
            "t": t / ms,
            "i": i,
            "balanced_rate": float(balanced * second),
            "rate_after": float(after * second),
            # Coefficient of variation of the intervals; 1 for a Poisson process.
            "cv": float(
                np.mean([np.std(isi) / np.mean(isi) for isi in trains if len(isi) > 3])
            ),
        }
    return results


def plot(results):
    """Draw the raster and the population rates."""
    import matplotlib.pyplot as plt

    colors = {"excitatory": "#0072B2", "inhibitory": "#D55E00"}
    sizes = {"excitatory": N_EXCITATORY, "inhibitory": N_INHIBITORY}
    end, bin_width = END / ms, 10
    fig, (raster, rate) = plt.subplots(
        2,
        1,
        figsize=(8, 6),
        layout="constrained",
        sharex=True,
        height_ratios=[2, 1],
    )
    offset = 0
    for name, population in results.items():
        raster.plot(
            population["t"],
            population["i"] + offset,
            ".",
            color=colors[name],
            markersize=1.5,
        )
        counts, edges = np.histogram(
            population["t"], bins=np.arange(0, end + bin_width, bin_width)
        )
        per_neuron = counts / sizes[name] / (bin_width / 1000)
        rate.stairs(per_neuron, edges, color=colors[name], label=name)
        offset += sizes[name]
    for axis in (raster, rate):
        axis.axvline(SWITCH / ms, color="0.3", linestyle=":")
    raster.set(ylabel="neuron", ylim=(0, offset))
    raster.set_title("inhibition off", loc="right")
    rate.set(xlabel="time (ms)", ylabel="rate (Hz)", xlim=(0, end))
    rate.set(yscale="log", ylim=(1, 2000))
    rate.legend(frameon=False, loc="upper left")
    return fig


def main(path="recurrent_network.png"):
    """Simulate, print the rates, write the figure."""
    results = simulate()
    for name, population in results.items():
        print(
            f"{name}: {population['balanced_rate']:.1f} Hz with a CV of "
            f"{population['cv']:.2f}, {population['rate_after']:.0f} Hz uninhibited"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
