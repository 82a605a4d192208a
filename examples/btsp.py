"""BTSP: a place field induced by one plateau.

An animal runs laps on a circular track. The inputs of each CA1 cell are active at
places all over the track, with weak synapses, so the cell is silent everywhere. Then,
at one place in one lap, a current into the dendrite makes a plateau potential of 300
ms. The synapses that were active within seconds of it become stronger, those before it
more than those after it: from the next lap on, the cell has a place field, which begins
well before the place of the plateau and is centred a little before it.

Other cells have a field already. Plateaus somewhere else move it there, since strong
synapses are depressed where weak ones are potentiated: the same rule leads all inputs
around the plateau to about the same weight.

The rule has the parameters of the network model of Milstein et al. (2021),
Bidirectional synaptic plasticity rapidly modifies hippocampal representations, eLife
10, e73046. doi:10.7554/eLife.73046

Run with: python examples/btsp.py [figure.png]
"""

# %%
import sys

import numpy as np
from brian2 import (
    Hz,
    Network,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    ms,
    mV,
    nS,
    pA,
    pF,
    prefs,
    second,
    seed,
)

from dendrisyn import AMPA, BTSP, Dendrite, NeuronModel, PlateauSignal, Soma

TRACK, SPEED = 150, 25  # cm, cm/s
LAP = TRACK / SPEED  # s
LAPS = 6
PLACE, LENGTH = 80, 0.3  # where plateaus begin (cm), and how long they are (s)
OLD = 40  # where the field of other cells is (cm)
KINDS = ["silent", "field"]
PLATEAUS = {"silent": [1], "field": [1, 2, 3, 4]}  # laps in which they happen
CELLS, INPUTS = 12, 100  # of each kind, and of each cell
PEAK, WIDTH = 20, 12  # rate (Hz) and standard deviation (cm) of the fields of inputs
WEAK, STRONG = 0.2, 0.7  # weights
DT = 1 * ms

CENTRES = (np.arange(INPUTS) + 0.5) * TRACK / INPUTS  # of the fields of inputs, in cm
BINS = np.linspace(0, TRACK, 31)  # cm


def distance(places, place):
    """Return how far places are from another (cm) on the circle, less than 0 before."""
    return (places - place + TRACK / 2) % TRACK - TRACK / 2


# %% [markdown]
# ## The rule
#
# Each presynaptic spike leaves an eligibility trace of 1.7 s; the eligibility of one is
# such that a run through the field of an input takes the trace to about 1. A plateau
# leaves an instructive signal of 0.4 s. The dendrite needs that signal.

# %%
PLATEAU = PlateauSignal(threshold=-25 * mV)
RULE = BTSP(eligibility=0.06, plateau=PLATEAU)

# %% [markdown]
# ## The cells
#
# A soma, and a dendrite with all of the synapses.


# %%
def make_model():
    """Return the model of a CA1 cell of two compartments."""
    soma = Soma("soma", cm_abs=150 * pF, gl_abs=7.5 * nS, v_rest=-65 * mV)
    dend = Dendrite("dend", cm_abs=150 * pF, gl_abs=7.5 * nS, v_rest=-65 * mV)
    dend.add(AMPA("x", g=5.6 * nS, t_decay=5 * ms), PLATEAU)
    return NeuronModel([(soma, dend, 15 * nS)])


# %% [markdown]
# ## The track
#
# The place of the animal decides the rates of the inputs.


# %%
def make_inputs():
    """Return the inputs of all cells, those of the first cell first."""
    times = np.arange(0, LAP, 0.02)
    far = distance(SPEED * times[:, np.newaxis], CENTRES)
    return PoissonGroup(
        len(KINDS) * CELLS * INPUTS,
        "rate_of(t % PERIOD, i % EACH)",
        namespace={
            "rate_of": TimedArray(
                PEAK * np.exp(-(far**2) / (2 * WIDTH**2)) * Hz, dt=20 * ms
            ),
            "PERIOD": LAP * second,
            "EACH": INPUTS,
        },
        dt=DT,
    )


def start_weights():
    """Return the weights of all synapses, by kind, cell and input."""
    weights = np.full((len(KINDS), CELLS, INPUTS), WEAK)
    far = distance(CENTRES, OLD)
    weights[KINDS.index("field")] += (STRONG - WEAK) * np.exp(-((far / 15) ** 2) / 2)
    return weights


# %% [markdown]
# ## Six laps
#
# In the second lap the silent cells have a plateau, at 80 cm. The cells with a field
# have one there in the second lap and the three that follow. Nothing happens in the
# last lap.


# %%
def simulate():
    """Return weights and rates (Hz) of both kinds of cells, and a voltage (mV)."""
    seed(8)
    model = make_model()
    cells = model.make_neurongroup(
        len(KINDS) * CELLS,
        threshold="V_soma > -53*mV",
        reset="V_soma = -60*mV",
        refractory=8 * ms,
        dt=DT,
    )
    inputs = make_inputs()
    projection = model.projection("AMPA_x_dend", weight="w", plasticity=RULE)
    synapses = projection.synapses(inputs, cells)
    synapses.connect(j="i // INPUTS")
    synapses.w = start_weights().ravel()

    spikes = SpikeMonitor(cells)
    voltage = StateMonitor(cells, "V_dend", record=0, dt=10 * ms)
    network = Network(cells, inputs, synapses, spikes, voltage)
    weights = [start_weights()]
    before = PLACE / SPEED
    for lap in range(LAPS):
        network.run(before * second)
        current = [900 if lap in PLATEAUS[kind] else 0 for kind in KINDS]
        cells.I_ext_dend = np.repeat(current, CELLS) * pA
        network.run(LENGTH * second)
        cells.I_ext_dend = 0 * pA
        network.run((LAP - before - LENGTH) * second)
        weights.append(np.reshape(synapses.w, weights[0].shape))

    lap, place = np.divmod(spikes.t / second * SPEED, TRACK)
    edges = np.arange(LAPS + 1), np.arange(len(KINDS) + 1), BINS
    counts, _ = np.histogramdd([lap, np.array(spikes.i) // CELLS, place], bins=edges)
    return {
        # By the number of laps that are over, by kind, cell and input
        "weights": np.array(weights),
        # By lap, kind and place
        "rates": counts / CELLS * SPEED / np.diff(BINS),
        "t": voltage.t / second,
        "V": voltage.V_dend[0] / mV,
    }


def field(results, kind, moment):
    """Return the rate (Hz) at each place in the laps before, or after, all plateaus."""
    laps = {
        "before": slice(0, PLATEAUS[kind][0]),
        "after": slice(PLATEAUS[kind][-1] + 1, None),
    }
    return results["rates"][laps[moment], KINDS.index(kind)].mean(axis=0)


def centre(rates):
    """Return the mean place (cm) of a field."""
    return np.average((BINS[1:] + BINS[:-1]) / 2, weights=rates)


def at(weights, place):
    """Return the mean weight of inputs within 6 cm of a place."""
    return weights[..., abs(distance(CENTRES, place)) < 6].mean()


# %% [markdown]
# ## The figure


# %%
def plot(results):
    """Draw a voltage, and firing and weights along the track, before and after."""
    import matplotlib.pyplot as plt

    grey, blue, orange, sky = "0.5", "#0072B2", "#D55E00", "#BBE1F6"
    fig, axes = plt.subplot_mosaic(
        [["voltage", "voltage"], ["rate silent", "rate field"], KINDS],
        figsize=(8, 8),
        layout="constrained",
        height_ratios=[1, 2, 2],
    )
    axis = axes["voltage"]
    axis.plot(results["t"], results["V"], color=blue, linewidth=0.5)
    for lap in range(LAPS):
        axis.axvline(lap * LAP, color="0.8", linewidth=0.8, zorder=0)
        axis.text((lap + 0.5) * LAP, -5, f"lap {lap + 1}", ha="center", color="0.4")
    axis.set(
        title="dendrite of a silent cell",
        xlabel="time (s)",
        ylabel="voltage (mV)",
        xlim=(0, LAPS * LAP),
        ylim=(-70, 5),
    )

    places = (BINS[1:] + BINS[:-1]) / 2
    titles = "silent cells: one plateau", "cells with a field: four plateaus"
    for k, (kind, title) in enumerate(zip(KINDS, titles, strict=True)):
        rate, weight = axes[f"rate {kind}"], axes[kind]
        mean = results["weights"][:, k].mean(axis=1)
        for moment, color, line in [("before", grey, 0), ("after", orange, -1)]:
            fired = field(results, kind, moment)
            rate.plot(places, fired, color=color, label=moment)
            rate.fill_between(places, fired, color=color, alpha=0.2, linewidth=0)
            weight.plot(CENTRES, mean[line], color=color)
        lines = weight.plot(
            CENTRES, mean[PLATEAUS[kind][1:]].T, color=orange, linewidth=0.6
        )
        for axis in (rate, weight):
            stop = PLACE + SPEED * LENGTH
            axis.axvspan(PLACE, stop, color=sky, linewidth=0, label="plateau", zorder=0)
            axis.set(xlim=(0, TRACK))
        rate.set(title=title, xlabel="place (cm)", ylabel="firing rate (Hz)")
        rate.set_ylim(bottom=0)
        rate.legend(frameon=False)
        weight.set(
            xlabel="place of the input (cm)", ylabel="mean weight", ylim=(0, 0.8)
        )
    axes["field"].legend(lines[:1], ["between plateaus"], frameon=False)
    return fig


# %%
def main(path="btsp.png"):
    """Simulate, say where the fields are, write the figure."""
    results = simulate()
    silent, other = (
        [field(results, kind, moment) for moment in ("before", "after")]
        for kind in KINDS
    )
    first, last = results["weights"][[0, -1]]
    print(
        f"silent cells fire at {silent[0].max():.1f} Hz before the plateau at {PLACE} "
        f"cm, at up to {silent[1].max():.1f} Hz after it, around "
        f"{centre(silent[1]):.0f} cm"
    )
    near = [at(last[0], PLACE + shift) - WEAK for shift in (-30, 30)]
    print(
        f"their weights grow by {near[0]:.2f} 30 cm before the plateau and by "
        f"{near[1]:.2f} 30 cm after it"
    )
    then, now = (
        [at(each[1], place) for place in (OLD, PLACE)] for each in (first, last)
    )
    print(
        f"the other field moves from {centre(other[0]):.0f} to {centre(other[1]):.0f} "
        f"cm: weights fall from {then[0]:.2f} to {now[0]:.2f} at {OLD} cm and rise "
        f"from {then[1]:.2f} to {now[1]:.2f} at {PLACE} cm"
    )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
