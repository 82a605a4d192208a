"""A first network: cells with dendrites that excite and inhibit one another.

Eighty pyramidal cells have a basal dendrite with Na spikes and an apical one with Ca
spikes; twenty interneurons are points. All get Poisson input. Pyramidal cells excite
each other at their basal dendrites, and the interneurons, which inhibit them at the
soma and at the apical dendrite. Halfway, the inhibition of the apical dendrites is
switched off. No synapse at the soma is changed, but apical dendrites spike far more,
and the cells with them: what inhibition at a dendrite controls is the output.

Run with: python examples/first_network.py [figure.png]
"""

# %%
import sys

import numpy as np
from brian2 import (
    EventMonitor,
    Hz,
    Network,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
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

from dendrisyn import (
    AMPA,
    GABA,
    NMDA,
    Dendrite,
    NeuronModel,
    PointNeuronModel,
    Soma,
    diagnose,
    plotting,
)

N_PYRAMIDAL, N_INTERNEURONS, N_INPUTS = 80, 20, 200
HALF, SETTLED = 400 * ms, 100 * ms
EVENTS = ["spike_Na_basal", "spike_Ca_apical"]
SHOWN = 20  # pyramidal cells in the raster

# %% [markdown]
# ## Two kinds of cells
#
# There is a receptor for each source, told apart by its tag: `in` for the Poisson
# input, `rec` for the pyramidal cells, `inh` for the interneurons. A spike of an apical
# dendrite lasts 15 ms, and its compartment is coupled weakly: one spike of the soma
# does not trigger it.


# %%
def make_pyramidal():
    """Return the model of a pyramidal cell."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    basal = Dendrite("basal", length=150 * um, diameter=1.5 * um)
    apical = Dendrite("apical", length=250 * um, diameter=1.5 * um)
    excitation = [
        AMPA("in", g=0.6 * nS, t_rise=0.2 * ms, t_decay=2 * ms),
        NMDA("in", g=0.3 * nS, t_rise=3 * ms, t_decay=50 * ms),
    ]
    inhibition = GABA("inh", g=1 * nS, t_rise=0.5 * ms, t_decay=8 * ms)
    basal.add(*excitation, AMPA("rec", g=0.3 * nS, t_rise=0.2 * ms, t_decay=2 * ms))
    apical.add(*excitation, inhibition)
    soma.add(inhibition)
    basal.dspikes(
        "Na",
        threshold=-42 * mV,
        g_rise=10 * nS,
        g_fall=8 * nS,
        duration_rise=1 * ms,
        duration_fall=2.4 * ms,
        offset_fall=0.8 * ms,
        refractory=5 * ms,
        reversal_rise="E_Na",
        reversal_fall="E_K",
    )
    apical.dspikes(
        "Ca",
        threshold=-40 * mV,
        g_rise=5 * nS,
        duration_rise=15 * ms,
        refractory=40 * ms,
        reversal_rise="E_Ca",
    )
    return NeuronModel(
        [(soma, basal, 6 * nS), (soma, apical, 3 * nS)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        v_rest=-68 * mV,
    )


# %% [markdown]
# An interneuron has one compartment, so its names need no suffix.


# %%
def make_interneuron():
    """Return the model of an interneuron."""
    model = PointNeuronModel(cm_abs=100 * pF, gl_abs=8 * nS, v_rest=-65 * mV)
    model.add(
        AMPA("in", g=2 * nS, t_decay=2 * ms), AMPA("rec", g=2 * nS, t_decay=2 * ms)
    )
    return model


# %% tags=["active-ipynb"]
# make_pyramidal().as_graph();

# %% [markdown]
# ## Connections
#
# `projection` names the receptors that a spike reaches, here with a weight for each
# connection, and `synapses` makes a plain `Synapses` of it, with the weights at their
# start.


# %%
def connect(source, target, model, receptors, p, weight=1):
    """Return synapses onto receptors of a model, with probability *p*."""
    projection = model.projection(*receptors, weight={"w": weight})
    synapses = projection.synapses(source, target)
    synapses.connect(p=p)
    return synapses


# %% [markdown]
# What is that, for Brian2? `on_pre` adds the weight to the gates of both receptors.

# %% tags=["active-ipynb"]
# print(make_pyramidal().projection("AMPA_in_basal", "NMDA_in_basal", weight={"w": 1}))

# %% [markdown]
# ## The network
#
# `diagnose` reads it before it runs, and names what will silently go wrong: weights
# that are 0, groups that nothing reaches, a step that is too long.


# %%
def simulate():
    """Return the model, monitors, and what `diagnose` finds."""
    seed(5)
    pyramidal, interneuron = make_pyramidal(), make_interneuron()
    cells, _ = pyramidal.make_neurongroup(
        N_PYRAMIDAL,
        threshold="V_soma > -48*mV",
        reset="V_soma = 30*mV",
        second_reset="V_soma = -60*mV",
        spike_width=0.8 * ms,
        refractory=4 * ms,
    )
    interneurons = interneuron.make_neurongroup(
        N_INTERNEURONS, threshold="V > -48*mV", reset="V = -60*mV", refractory=2 * ms
    )
    inputs = PoissonGroup(N_INPUTS, 8 * Hz)

    synapses = [
        connect(inputs, cells, pyramidal, [f"AMPA_in_{each}", f"NMDA_in_{each}"], p)
        for each, p in [("basal", 0.05), ("apical", 0.2)]
    ]
    to_apical = connect(interneurons, cells, pyramidal, ["GABA_inh_apical"], 0.4, 6)
    synapses += [
        connect(inputs, interneurons, interneuron, ["AMPA_in"], 0.15),
        connect(cells, cells, pyramidal, ["AMPA_rec_basal"], 0.1),
        connect(cells, interneurons, interneuron, ["AMPA_rec"], 0.3),
        connect(interneurons, cells, pyramidal, ["GABA_inh_soma"], 0.4, 2),
        to_apical,
    ]

    shown = cells[:SHOWN]
    monitors = {
        "voltages": StateMonitor(shown, ["V_soma", "V_apical"], record=True),
        "pyramidal": SpikeMonitor(cells),
        "interneurons": SpikeMonitor(interneurons),
        "shown": SpikeMonitor(shown),
    }
    dspikes = {name: EventMonitor(cells, name) for name in EVENTS}
    dspikes_shown = {name: EventMonitor(shown, name) for name in EVENTS}
    network = Network(
        cells,
        interneurons,
        inputs,
        synapses,
        shown,
        monitors.values(),
        dspikes.values(),
        dspikes_shown.values(),
    )
    findings = str(diagnose(network))
    network.run(HALF)
    to_apical.w = 0
    network.run(HALF)
    return {
        **monitors,
        "model": pyramidal,
        "findings": findings,
        "inhibitory_synapses": len(to_apical),
        "dspikes": dspikes,
        "dspikes_shown": dspikes_shown,
    }


# %% [markdown]
# How often something happens before and after, in a second and a cell. The first 100 ms
# of either half are left out: the network needs them to settle.


# %%
def rates(monitor, N):
    """Return the rates (Hz) of a group in both halves."""
    within = [
        (monitor.t >= start + SETTLED) & (monitor.t < start + HALF)
        for start in (0 * ms, HALF)
    ]
    return np.sum(within, axis=1) / N / ((HALF - SETTLED) / second)


# %% [markdown]
# ## The figure
#
# Look at the raster: the marks below the spikes of a cell are those of its dendrites.
# Spikes of the basal dendrite follow those of the soma, one by one. Those of the apical
# dendrite come first, and most of them start a burst.


# %%
def plot(results):
    """Draw the raster with dendritic spikes, voltages of a cell, and rates."""
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(8, 9.5), layout="constrained")
    axes = fig.subplot_mosaic(
        [["raster", "raster"], ["traces", "traces"], ["graph", "rates"]],
        height_ratios=[2, 1, 1.2],
    )
    spikes, dspikes = results["dspikes_shown"], results["dspikes"]
    labels = {"Na spikes, basal": EVENTS[0], "Ca spikes, apical": EVENTS[1]}
    marked = {label: spikes[name] for label, name in labels.items()}
    plotting.raster(results["shown"], marked, ax=axes["raster"]).legend(
        frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3
    )
    busy = np.bincount(spikes[EVENTS[1]].i).argmax()
    plotting.traces(results["voltages"], neuron=busy, ax=axes["traces"]).set_title(
        f"voltages of cell {busy}"
    )
    for name in ["raster", "traces"]:
        axes[name].axvline(HALF / ms, color="0.4", linestyle=":")
        axes[name].set_xlim(0, 2 * HALF / ms)
    axes["traces"].set_ylim(-80, 70)
    axes["traces"].legend(frameon=False, loc="upper left", ncols=2)

    plotting.dendritic_spikes(
        results["model"],
        dspikes,
        2 * HALF,
        spikes=results["pyramidal"],
        ax=axes["graph"],
    ).set_title("rates, and latency after the soma")
    groups = {
        "soma": results["pyramidal"],
        "basal": dspikes[EVENTS[0]],
        "apical": dspikes[EVENTS[1]],
    }
    place = np.arange(len(groups))
    for half, color, label in [(0, "0.6", "with"), (1, "#D55E00", "without")]:
        values = [rates(each, N_PYRAMIDAL)[half] for each in groups.values()]
        axes["rates"].bar(place + 0.4 * half, values, 0.38, color=color, label=label)
    axes["rates"].set_xticks(place + 0.2, list(groups))
    axes["rates"].set(title="apical inhibition", ylabel="spikes of a cell (Hz)")
    axes["rates"].legend(frameon=False)
    for name in ["raster", "traces", "rates"]:
        axes[name].spines[["top", "right"]].set_visible(False)
    return fig


# %%
def main(path="first_network.png"):
    """Simulate, print the rates, write the figure."""
    results = simulate()
    print(results["findings"])
    groups = {
        "pyramidal cells": (results["pyramidal"], N_PYRAMIDAL),
        "interneurons": (results["interneurons"], N_INTERNEURONS),
        "apical dendrites": (results["dspikes"][EVENTS[1]], N_PYRAMIDAL),
    }
    for name, each in groups.items():
        before, after = rates(*each)
        print(f"{name}: {before:.1f} Hz with apical inhibition, {after:.1f} Hz without")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
