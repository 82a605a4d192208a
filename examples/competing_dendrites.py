"""Two pathways compete, each for its own dendrite of the same cells.

Pathway A ends on one dendrite, pathway B on the other. Both have the same rate, but
the inputs of one of them fire in volleys. Synapses follow the Na spikes of their own
dendrite: they never see those of the other. A volley makes its dendrite spike, the
dendrite makes the soma spike, and this spike travels back into the other dendrite, at a
time that means nothing to the inputs there. More is lost than gained by pairs at random
times, so they are weakened: the pathway with the volleys wins, whichever it is.

It takes the soma. If that cannot fire, the volleys still strengthen their own synapses,
but those on the other dendrite change hardly more than without any volleys.

Run with: python examples/competing_dendrites.py [figure.png]
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
    TimedArray,
    cm,
    ms,
    mV,
    nS,
    prefs,
    seed,
    uF,
    um,
    uS,
)

from dendrisyn import AMPA, Dendrite, NeuronModel, PairSTDP, Soma

# The pathway with volleys in each case. In the last one the soma cannot fire.
CASES = {
    "volleys in A": "A",
    "volleys in B": "B",
    "no volleys": None,
    "volleys in A,\nsilent soma": "A",
}
DENDRITES = {"A": "d1", "B": "d2"}  # where each pathway ends
CELLS, INPUTS = 20, 20  # cells of each case, inputs of each pathway to a cell
FIRING = CELLS * (len(CASES) - 1)  # the number of cells whose soma can fire
RATE = 10  # of each input, in Hz
VOLLEYS, TAKE_PART, WIDTH = 8, 0.7, 1  # per second; mean spikes of an input; ms
DURATION, DT = 2500, 0.2  # ms

# %% [markdown]
# ## Cells
#
# A soma with two dendrites. Na spikes of the dendrites and an action potential with a
# width, made by two resets, carry spikes in both directions.


# %%
def make_model():
    """Return a soma with two dendrites."""
    soma = Soma("soma", length=40 * um, diameter=40 * um)
    dendrites = []
    for name in DENDRITES.values():
        dend = Dendrite(name, length=150 * um, diameter=1.5 * um)
        dend.add(AMPA("x", g=1.2 * nS, t_rise=1 * ms, t_decay=4 * ms))
        dend.dspikes("Na", g_rise=14 * nS, g_fall=11 * nS)
        dendrites.append(dend)
    model = NeuronModel(
        [(soma, dend, 6 * nS) for dend in dendrites],
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
    return model


def make_cells(model):
    """Return the cells of all cases, one case after the other."""
    # The second value that is returned is contained in the group: no need to keep it.
    cells, _ = model.make_neurongroup(
        CELLS * len(CASES),
        threshold="V_soma > -50*mV and i < FIRING",
        reset="V_soma = 30*mV",
        second_reset="V_soma = -60*mV",
        spike_width=0.6 * ms,
        refractory=5 * ms,
        namespace={"FIRING": FIRING},
        dt=DT * ms,
    )
    return cells


# %% [markdown]
# ## Inputs
#
# Each cell has inputs of its own, all Poisson processes of the same mean rate. In a
# volley, all inputs of a pathway fire at a high rate for a millisecond. At other times
# they fire less.


# %%
def make_inputs(pathway, random):
    """Return the inputs of one pathway to all cells."""
    bins = int(DURATION / WIDTH)
    rates = np.full((bins, len(CASES)), float(RATE))
    for case, synchronous in enumerate(CASES.values()):
        if synchronous == pathway:
            volley = random.random(bins) < VOLLEYS * WIDTH / 1000
            rates[:, case] -= VOLLEYS * TAKE_PART
            rates[volley, case] += TAKE_PART / WIDTH * 1000
    return PoissonGroup(
        CELLS * len(CASES) * INPUTS,
        "rate_of(t, i // EACH)",
        namespace={
            "rate_of": TimedArray(rates * Hz, dt=WIDTH * ms),
            "EACH": CELLS * INPUTS,
        },
        dt=DT * ms,
    )


# %% [markdown]
# ## Plasticity
#
# The postsynaptic event of each synapse is the Na spike of the dendrite that it is on.


# %%
def connect(model, inputs, cells, dendrite):
    """Return plastic synapses on a dendrite, sorted by their cells."""
    rule = PairSTDP(A_plus=0.05, A_minus=0.0875, post=f"spike_Na_{dendrite}")
    projection = model.projection(
        f"AMPA_x_{dendrite}", weight={"w": 0.5}, plasticity=rule
    )
    synapses = projection.synapses(inputs, cells, dt=DT * ms)
    source = np.arange(inputs.N)
    synapses.connect(i=source, j=source // INPUTS)
    return synapses


def simulate():
    """Return weights, rates (Hz), and what one cell receives and does."""
    seed(4)
    random = np.random.default_rng(4)
    model = make_model()
    cells = make_cells(model)
    inputs = {pathway: make_inputs(pathway, random) for pathway in DENDRITES}
    synapses = {
        pathway: connect(model, inputs[pathway], cells, dendrite)
        for pathway, dendrite in DENDRITES.items()
    }
    weights = {
        pathway: StateMonitor(each, "w", record=True, dt=25 * ms)
        for pathway, each in synapses.items()
    }
    spikes = SpikeMonitor(cells)
    dspikes = {
        name: EventMonitor(cells, f"spike_Na_{name}") for name in DENDRITES.values()
    }
    arrivals = {
        pathway: SpikeMonitor(group[:INPUTS]) for pathway, group in inputs.items()
    }
    voltages = StateMonitor(cells, ["V_soma", "V_d1", "V_d2"], record=0)
    network = Network(
        cells,
        inputs.values(),
        synapses.values(),
        weights.values(),
        spikes,
        dspikes.values(),
        arrivals.values(),
        voltages,
    )
    network.run(DURATION * ms)

    def rate(monitor):
        counts = np.bincount(np.array(monitor.i) // CELLS, minlength=len(CASES))
        return counts / CELLS / DURATION * 1000

    return {
        "t": weights["A"].t / ms / 1000,
        # of each case and cell, over time
        "weight": {
            pathway: np.reshape(monitor.w, (len(CASES), CELLS, INPUTS, -1)).mean(axis=2)
            for pathway, monitor in weights.items()
        },
        "rate": {
            "soma": rate(spikes),
            **{name: rate(monitor) for name, monitor in dspikes.items()},
        },
        # one cell of the first case
        "inputs": {
            pathway: (monitor.t / ms, np.array(monitor.i))
            for pathway, monitor in arrivals.items()
        },
        "time": voltages.t / ms,
        "V": {
            name: getattr(voltages, f"V_{name}")[0] / mV
            for name in ["soma", *DENDRITES.values()]
        },
        "spikes": spikes.t[np.array(spikes.i) == 0] / ms,
    }


# %%
COLORS = {"A": "#0072B2", "B": "#D55E00"}


def plot_cell(results, raster, voltage):
    """Draw what one cell gets and does around its first spikes."""
    begin = results["spikes"][0] - 25
    for row, (pathway, (t, i)) in enumerate(results["inputs"].items()):
        raster.plot(
            t - begin, i - row * INPUTS, "|", color=COLORS[pathway], markersize=4
        )
    raster.set(
        ylim=(-INPUTS - 0.5, INPUTS - 0.5),
        yticks=[INPUTS / 2, -INPUTS / 2],
        yticklabels=["inputs A", "inputs B"],
        title=f"one cell, {next(iter(CASES))}",
    )
    raster.tick_params(axis="y", length=0)
    lines = {
        "d1": (COLORS["A"], "dendrite of A"),
        "d2": (COLORS["B"], "dendrite of B"),
        "soma": ("#000000", "soma"),
    }
    for name, (color, label) in lines.items():
        voltage.plot(
            results["time"] - begin,
            results["V"][name],
            color=color,
            linewidth=1.2,
            label=label,
        )
    voltage.annotate("Na spike", (19, 22), ha="right", fontsize=9, color=COLORS["A"])
    voltage.annotate("travels back", (27.5, 22), fontsize=9, color=COLORS["B"])
    voltage.set(xlabel="time (ms)", ylabel="voltage (mV)", xlim=(0, 130))
    voltage.legend(frameon=False, loc="upper right", ncols=3, fontsize=9)


def plot(results):
    """Draw one cell, and the weights of both pathways in each case."""
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(8, 7.5), layout="constrained")
    upper, lower = fig.subfigures(2, 1, height_ratios=[1.2, 1])
    plot_cell(results, *upper.subplots(2, 1, sharex=True, height_ratios=[1, 1.8]))

    axes = lower.subplots(1, len(CASES), sharey=True)
    for case, (axis, title) in enumerate(zip(axes, CASES, strict=True)):
        for pathway, weight in results["weight"].items():
            mean, spread = weight[case].mean(axis=0), weight[case].std(axis=0)
            color = COLORS[pathway]
            axis.plot(results["t"], mean, color=color, label=f"pathway {pathway}")
            axis.fill_between(
                results["t"], mean - spread, mean + spread, color=color, alpha=0.25
            )
        axis.set(title=title, xlabel="time (s)", ylim=(0, 1), xlim=(0, DURATION / 1000))
    axes[0].set_ylabel("weight (mean ± SD of cells)")
    axes[0].legend(frameon=False, loc="center right", fontsize=9)
    return fig


# %%
def main(path="competing_dendrites.png"):
    """Simulate, print the weights at the end, write the figure."""
    results = simulate()
    for case, title in enumerate(CASES):
        ends = [
            f"{pathway} {weight[case, :, -1].mean():.2f}"
            for pathway, weight in results["weight"].items()
        ]
        print(f"{title.replace(chr(10), ' ')}: weights of {' and '.join(ends)}")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
