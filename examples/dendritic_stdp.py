"""Plasticity by dendritic spikes: what is learned while the soma is silent.

A number of synapses is active at the same moment, again and again. Clustered on one
branch they trigger its Na spike. Scattered over four branches they depolarise the soma
at least as much, but no branch reaches its threshold. The soma never fires, so a rule
that follows its spikes learns nothing. The same rule, with the spike of the synapse's
own branch as the postsynaptic event, strengthens the clustered synapses, and only
those. It tells before from after: a synapse on that branch that is active 10 ms later
is weakened.

All of it is one group: for each number of synapses two neurons, one clustered, one
scattered. It is run twice, with either event.

Run with: python examples/dendritic_stdp.py [figure.png]
"""

# %%
import sys

import numpy as np
from brian2 import (
    EventMonitor,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    cm,
    ms,
    mV,
    nS,
    ohm,
    prefs,
    uF,
    um,
    uS,
)

from dendrisyn import AMPA, NMDA, Dendrite, DendriticSpike, NeuronModel, PairSTDP, Soma

BRANCHES = ["b1", "b2", "b3", "b4"]
MOST = 15  # synapses
SHOWN = 10  # synapses of the cells that are shown
START = 0.5  # weight
REPEATS, INTERVAL = 4, 50  # ms
ONSET, LATE = 5, 10  # when the synapses are active, and how much later one is, in ms

# %% [markdown]
# ## The cell
#
# A soma with four thin branches, each with a Na spike of its own.


# %%
def make_model():
    """Return the model of the cell."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    branches = [Dendrite(each, length=200 * um, diameter=0.8 * um) for each in BRANCHES]
    for branch in branches:
        branch.add(
            AMPA("x", g=1.2 * nS, t_decay=2 * ms),
            NMDA("x", g=0.5 * nS, t_rise=2 * ms, t_decay=20 * ms),
            DendriticSpike(
                "Na",
                threshold=-40 * mV,
                g_rise=12 * nS,
                g_fall=8 * nS,
                duration_rise=0.8 * ms,
                duration_fall=2 * ms,
                offset_fall=0.8 * ms,
                refractory=8 * ms,
                reversal_rise="E_Na",
                reversal_fall="E_K",
            ),
        )
    return NeuronModel(
        [(soma, branch) for branch in branches],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


# %% [markdown]
# ## The experiment
#
# The first cells have 1, 2, ... synapses on the first branch, the others have as many,
# dealt out to the branches. Every cell has one more on the first branch, which is late.


# %%
def make_synapses():
    """Return cell, branch and lateness of all synapses."""
    cell, branch, late = [], [], []
    for number in range(1, MOST + 1):
        for first, spread in [(0, 1), (MOST, len(BRANCHES))]:
            cell += [first + number - 1] * (number + 1)
            branch += [*(np.arange(number) % spread), 0]
            late += [False] * number + [True]
    return np.array(cell), np.array(branch), np.array(late)


def run_one(event):
    """Return weights, numbers of spikes, dendritic spikes (ms), and voltages (mV).

    Parameters
    ----------
    event : str
        What the rule takes for postsynaptic; ``{}`` stands for the branch.
    """
    model = make_model()
    cells = model.make_neurongroup(
        2 * MOST, threshold="V_soma > -45*mV", reset="V_soma = -60*mV"
    )
    times = ONSET + INTERVAL * np.arange(REPEATS)
    source = SpikeGeneratorGroup(
        2, np.repeat([0, 1], REPEATS), np.append(times, times + LATE) * ms
    )
    cell, branch, late = make_synapses()
    synapses = []
    for k, name in enumerate(BRANCHES):
        rule = PairSTDP(A_plus=0.06, A_minus=0.06, post=event.format(name))
        projection = model.projection(
            f"AMPA_x_{name}", f"NMDA_x_{name}", weight={"w": START}, plasticity=rule
        )
        synapses.append(projection.synapses(source, cells, multisynaptic_index="k"))
        here = branch == k
        synapses[k].connect(i=late[here].astype(int), j=cell[here])

    shown = [SHOWN - 1, MOST + SHOWN - 1]
    voltages = StateMonitor(cells, ["V_soma", "V_b1"], record=shown)
    spikes = SpikeMonitor(cells)
    dspikes = [EventMonitor(cells, f"spike_Na_{name}") for name in BRANCHES]
    network = Network(cells, source, synapses, voltages, spikes, dspikes)
    weights = [np.full(len(cell), START)]
    for _ in range(REPEATS):
        network.run(INTERVAL * ms)
        weights.append(np.empty(len(cell)))
        for k, each in enumerate(synapses):
            weights[-1][branch == k] = each.w
    return {
        "weights": np.array(weights),
        "spikes": np.array(spikes.count),
        "dspikes": [(each.t / ms, np.array(each.i)) for each in dspikes],
        "t": voltages.t / ms,
        "V_soma": voltages.V_soma / mV,
        "V_b1": voltages.V_b1 / mV,
    }


def simulate():
    """Return the results with either event, by cell and lateness."""
    runs = {"branch": run_one("spike_Na_{}"), "soma": run_one("spike")}
    cell, _, late = make_synapses()
    for run in runs.values():
        for kind, chosen in [("late", late), ("synchronous", ~late)]:
            here = cell[chosen]
            total = [np.bincount(here, each[chosen]) for each in run["weights"]]
            # The mean of each cell, after each activation.
            run[kind] = np.array(total) / np.bincount(here)
    return runs


# %% [markdown]
# ## The figure


# %%
def plot(results):
    """Draw voltages, and weights against time and against number."""
    import matplotlib.pyplot as plt

    blue, orange, green, black = "#0072B2", "#E69F00", "#009E73", "#000000"
    fig, axes = plt.subplots(2, 2, figsize=(8, 6.5), layout="constrained")
    local, somatic = results["branch"], results["soma"]
    for axis, name, title in [
        (axes[0, 0], "V_b1", "the first branch"),
        (axes[0, 1], "V_soma", "the soma"),
    ]:
        for V, color, label in zip(
            local[name], [blue, green], ["clustered", "scattered"], strict=True
        ):
            axis.plot(local["t"], V, color=color, label=label)
        axis.set(title=f"{title}, {SHOWN} synapses", xlim=(0, 40))
        axis.set(xlabel="time (ms)", ylabel="voltage (mV)")
    axes[0, 1].axhline(-45, color="0.6", linestyle=":", label="threshold")
    axes[0, 0].legend(frameon=False)
    axes[0, 1].legend(frameon=False)

    lines = [
        (local["synchronous"], 0, "clustered", {"color": blue, "marker": "o"}),
        (local["synchronous"], MOST, "scattered", {"color": green, "marker": "^"}),
        (local["late"], 0, "late, same branch", {"color": orange, "marker": "s"}),
        (
            somatic["synchronous"],
            0,
            "clustered, event: spike of the soma",
            {"color": black, "linestyle": "--"},
        ),
    ]
    number = np.arange(1, MOST + 1)
    for weights, first, label, style in lines:
        style["markersize"] = 4
        axes[1, 0].plot(weights[:, first + SHOWN - 1], label=label, **style)
        change = (weights[-1] - weights[0])[first : first + MOST]
        axes[1, 1].plot(number, change, **style)
    axes[1, 0].set(
        title=f"weights, {SHOWN} synapses",
        xlabel="activations",
        ylabel="mean weight",
        xticks=range(REPEATS + 1),
        ylim=(0, 1),
    )
    axes[1, 1].set(
        title=f"after {REPEATS} activations",
        xlabel="number of synapses",
        ylabel="change of the mean weight",
        xticks=range(0, MOST + 1, 5),
    )
    axes[1, 0].legend(frameon=False, fontsize="small")
    return fig


# %%
def main(path="dendritic_stdp.png"):
    """Simulate, say what has been learned, write the figure."""
    results = simulate()
    for event, run in results.items():
        change = run["synchronous"][-1] - START
        print(
            f"event: spike of the {event}. The weights change by up to "
            f"{change[:MOST].max():.2f} (clustered), {change[MOST:].max():.2f} "
            f"(scattered); {run['spikes'].sum()} spikes of the soma"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
