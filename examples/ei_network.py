"""Excitation and inhibition: AMPA, NMDA and GABA in a network of point neurons.

One projection feeds two receptors: a spike of an excitatory cell opens AMPA, whose gate
all synapses of a neuron share, and NMDA, which saturates and so has a gate for each
synapse. The code of both is written by `projection`; connections and delays are
Brian2's. The currents are those of whole neurons, so they are recorded as any variable.

For 100 ms the cells get more external input. The fast currents follow at once, NMDA
builds up and outlasts it. `diagnose` looks at the network before and after the run.

Run with: python examples/ei_network.py [figure.png]
"""

import sys

import numpy as np
from brian2 import (
    Hz,
    Network,
    PoissonInput,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nS,
    pA,
    pF,
    prefs,
    seed,
)

from dendrisyn import AMPA, GABA, NMDA, PointNeuronModel, SaturatingNMDA, diagnose

SIZES = {"excitatory": 160, "inhibitory": 40}
PROBABILITY = 0.2
EXTERNAL = {"excitatory": 6.4, "inhibitory": 6.5}  # Hz, from each of 300 inputs
STIMULUS = {"excitatory": 3}  # Hz, on top of that
START, STOP, END = 200, 300, 600  # ms
CURRENTS = ["AMPA_external", "AMPA_recurrent", "NMDA_recurrent", "GABA_recurrent"]


def make_model(capacitance, leak, scale):
    """Return a point neuron with four receptors; *scale* multiplies all of them."""
    model = PointNeuronModel(cm_abs=capacitance, gl_abs=leak, v_rest=-70 * mV)
    model.add(
        AMPA("external", g=2 * scale * nS, t_decay=2 * ms),
        AMPA("recurrent", g=0.3 * scale * nS, t_rise=0.5 * ms, t_decay=2 * ms),
        NMDA("recurrent", g=1 * scale * nS, kinetics=SaturatingNMDA()),
        GABA("recurrent", g=4 * scale * nS, t_rise=0.5 * ms, t_decay=5 * ms),
    )
    return model


def make_cells():
    """Return models and groups."""
    models = {
        "excitatory": make_model(500 * pF, 25 * nS, 1),
        "inhibitory": make_model(200 * pF, 20 * nS, 0.8),
    }
    cells = {}
    for (name, model), refractory in zip(models.items(), [2, 1], strict=True):
        cells[name] = model.make_neurongroup(
            SIZES[name],
            threshold="V > -50*mV",
            reset="V = -55*mV",
            refractory=refractory * ms,
            hold_refractory=True,
        )
        cells[name].V = "-70*mV + rand()*15*mV"
    return models, cells


def connect(models, cells):
    """Return the synapses of the four projections."""
    receptors = {
        "excitatory": ["AMPA_recurrent", "NMDA_recurrent"],
        "inhibitory": ["GABA_recurrent"],
    }
    made = []
    for source, names in receptors.items():
        for target, model in models.items():
            # Plain Brian2 from here on: its Synapses, with the strings of dendrisyn.
            synapses = Synapses(
                cells[source], cells[target], **model.projection(*names), delay=1 * ms
            )
            condition = "i != j" if source == target else None
            synapses.connect(condition, p=PROBABILITY)
            made.append(synapses)
    return made


def external_input(models, cells, rates):
    """Return Poisson input to the cells, at these rates (Hz)."""
    return [
        PoissonInput(
            cells[name], **models[name].poisson_input("AMPA_external", 300, rate * Hz)
        )
        for name, rate in rates.items()
    ]


def simulate():
    """Return spikes (ms), currents (pA) and what `diagnose` says."""
    seed(3)
    models, cells = make_cells()
    synapses = connect(models, cells)
    always = external_input(models, cells, EXTERNAL)
    stimulus = external_input(models, cells, STIMULUS)
    spikes = {name: SpikeMonitor(group) for name, group in cells.items()}
    currents = StateMonitor(
        cells["excitatory"], [f"I_{name}" for name in CURRENTS], record=True
    )
    network = Network(
        cells.values(), synapses, always, stimulus, spikes.values(), currents
    )

    before = diagnose(network)
    for active, until in [(False, START), (True, STOP), (False, END)]:
        for each in stimulus:
            each.active = active
        network.run((until - network.t / ms) * ms)
    after = diagnose(network)

    return {
        "before": str(before),
        "after": str(after),
        "spikes": {
            name: (monitor.t / ms, np.array(monitor.i))
            for name, monitor in spikes.items()
        },
        "t": currents.t / ms,
        # of every excitatory cell
        "current": {
            name: np.array(getattr(currents, f"I_{name}") / pA) for name in CURRENTS
        },
    }


def population_rate(results, name, start, stop):
    """Return spikes per cell and second between two times (ms)."""
    t, _ = results["spikes"][name]
    return np.sum((t >= start) & (t < stop)) / SIZES[name] / (stop - start) * 1000


def plot(results):
    """Draw spikes, the currents of one cell, and their mean over all."""
    import matplotlib.pyplot as plt

    colors = {"excitatory": "#0072B2", "inhibitory": "#D55E00"}
    shades = ["#56B4E9", "#0072B2", "#CC79A7", "#D55E00"]
    fig, (raster, single, mean) = plt.subplots(
        3, 1, figsize=(8, 7.5), layout="constrained", sharex=True
    )
    offset = 0
    for name, (t, i) in results["spikes"].items():
        raster.plot(t, i + offset, ".", color=colors[name], markersize=2)
        offset += SIZES[name]
    raster.set(ylabel="neuron", ylim=(0, offset))
    for axis in (raster, single, mean):
        axis.axvspan(START, STOP, color="0.92", zorder=0)
    for name, shade in zip(CURRENTS, shades, strict=True):
        label = name.replace("_", ", ")
        single.plot(
            results["t"],
            results["current"][name][0],
            color=shade,
            linewidth=0.8,
        )
        mean.plot(
            results["t"],
            results["current"][name].mean(axis=0),
            color=shade,
            label=label,
        )
    single.set(ylabel="current of one cell (pA)")
    raster.set_title("more external input", x=(START + STOP) / 2 / END, fontsize=10)
    mean.set(xlabel="time (ms)", ylabel="mean over cells (pA)", xlim=(0, END))
    means = [results["current"][name].mean(axis=0) for name in CURRENTS]
    mean.set_ylim(1.1 * np.min(means), 1.4 * np.max(means))
    mean.legend(frameon=False, loc="upper center", ncols=4, fontsize=9)
    return fig


def main(path="ei_network.png"):
    """Simulate, print rates and what `diagnose` found, write the figure."""
    results = simulate()
    print(f"before the run: {results['before']}")
    print(f"after the run: {results['after']}")
    for name in SIZES:
        rates = [
            f"{population_rate(results, name, *times):.1f}"
            for times in [(50, START), (START, STOP), (STOP + 100, END)]
        ]
        print(f"{name}: {', '.join(rates)} Hz before, during and after the stimulus")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
