"""Pairs of spikes at different frequencies: what three rules make of the same cell.

Sixty pairs of a presynaptic and a postsynaptic spike, 10 ms apart. In visual cortex the
synapse weakens when the postsynaptic spike comes first, but only at low frequency: near
40 Hz the same order strengthens it. A rule of pairs does not explain that: amplitudes
that strengthen at 50 Hz hardly weaken at 10 Hz, and the other order gains nothing from
a higher frequency. A rule of triplets does, since a postsynaptic spike counts for more
soon after another one. The rule that follows the local voltage does, since the dendrite
has not yet repolarised when the next spike travels back into it.

The rules look at the same spikes: each cell has one synapse of each rule. Pairs and
triplets follow the spikes of the soma, the voltage rule sees its dendrite only.

Run with: python examples/pairing_frequency.py [figure.png]
"""

# %%
import sys

import numpy as np
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    TimedArray,
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

from dendrisyn import (
    AMPA,
    AboveThreshold,
    Dendrite,
    FilteredVoltage,
    NeuronModel,
    PairSTDP,
    Soma,
    TripletSTDP,
    VoltageSTDP,
)

PAIRS = 60
RATES = np.array([0.1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50])  # Hz
LAGS = [10, -10]  # ms, from the presynaptic to the postsynaptic spike
FIRST, MEMORY, DT = 20, 1000, 0.1  # ms
SHOWN = [10, 50]  # Hz, at which the voltage is drawn

# %% [markdown]
# ## The data
#
# Change of the weight and its standard error: Sjöström, Turrigiano & Nelson (2001),
# Neuron 32, 1149, doi:10.1016/S0896-6273(01)00542-6, as Pfister & Gerstner (2006) use
# them, doi:10.1523/JNEUROSCI.1425-06.2006. The protocol is that of their model, too: 60
# pairs in one train, where the experiment had bursts of five.

# %%
DATA = {
    "rate": [0.1, 10, 20, 40, 50],
    10: ([-0.04, 0.14, 0.29, 0.53, 0.56], [0.05, 0.10, 0.14, 0.11, 0.26]),
    -10: ([-0.29, -0.41, -0.34, 0.56, 0.75], [0.08, 0.11, 0.10, 0.32, 0.19]),
}

# %% [markdown]
# ## The rules
#
# Each with the weight that it starts from. The amplitudes of the pair rule are those
# that come closest to the data. The triplet rule has its published parameters. So has
# the voltage rule: fitted to the data are the sizes of the cell and the spike, which
# say how far and for how long the dendrite is depolarised.

# %%
PAIR = PairSTDP(
    A_plus=4.72e-3,
    A_minus=8.04e-4,
    tau_plus=16.8 * ms,
    tau_minus=33.7 * ms,
    w_max=3,
)
RULES = {
    "pairs": (PAIR, 1),
    "triplets": (TripletSTDP.visual_cortex(w_max=3), 1),
    "dendritic voltage": (VoltageSTDP(w_max=3), 0.5),
}

# %% [markdown]
# ## The cell
#
# The dendrite has what the voltage rule reads: two filters of the voltage, each with a
# value that is 4 ms old, and an event in each step of strong depolarisation.


# %%
def make_model():
    """Return a soma with a dendrite."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    dend = Dendrite("dend", length=150 * um, diameter=1.5 * um)
    rule, _ = RULES["dendritic voltage"]
    dend.add(
        AMPA("x", g=0.001 * nS, t_decay=2 * ms),  # too weak to move the cell
        FilteredVoltage("minus", tau=rule.tau_minus, delay=rule.delay),
        FilteredVoltage("plus", tau=rule.tau_plus, delay=rule.delay),
        AboveThreshold("V_dend", rule.theta_plus),
    )
    return NeuronModel(
        [(soma, dend)],
        cm=1 * uF / cm**2,
        gl=20 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70.6 * mV,
    )


# %% [markdown]
# ## The experiment
#
# One cell for each order and frequency, whose spikes are imposed. Nothing remembers
# longer than some 100 ms. So a train is simulated for a second, or for one pair; after
# that, each pair changes the weight as the last one did.


# %%
def protocol():
    """Return the times (ms) of the pairs that are simulated, for each cell.

    There is one cell for each lag and rate.
    """
    pre, post = [], []
    for lag in LAGS:
        for rate in RATES:
            first = FIRST + 1000 / rate * np.arange(simulated(rate))
            pre.append(first - min(lag, 0))
            post.append(first + max(lag, 0))
    return pre, post


def simulated(rate):
    """Return how many pairs at this rate are simulated."""
    return min(PAIRS, int(np.ceil(rate * MEMORY / 1000)))


def simulate():
    """Return relative changes of the weights, and voltages (mV) of the dendrite."""
    pre, post = protocol()
    number = len(pre)
    now = np.zeros((round((FIRST + MEMORY + 100) / DT), number))
    for cell, times in enumerate(post):
        now[np.round(times / DT).astype(int), cell] = 1

    model = make_model()
    cells, _ = model.make_neurongroup(
        number,
        threshold="imposed(t, i) > 0",
        reset="V_soma = 30*mV",
        second_reset="V_soma = -54*mV",
        spike_width=1.5 * ms,
        refractory=2 * ms,
        namespace={"imposed": TimedArray(now, dt=DT * ms)},
        dt=DT * ms,
    )
    inputs = SpikeGeneratorGroup(
        number,
        np.repeat(np.arange(number), [len(times) for times in pre]),
        np.round(np.concatenate(pre) / DT) * DT * ms,
        dt=DT * ms,
    )
    learning, weights = {}, {}
    for name, (rule, start) in RULES.items():
        projection = model.projection("AMPA_x_dend", weight=start, plasticity=rule)
        learning[name] = projection.synapses(inputs, cells, dt=DT * ms)
        learning[name].connect(j="i")
        weights[name] = StateMonitor(learning[name], "w", record=True, dt=1 * ms)
    shown = [len(RATES) + list(RATES).index(rate) for rate in SHOWN]
    # at the end of a step, when the rule has just read them
    voltages = StateMonitor(
        cells, ["V_dend", "V_plus_late_dend"], record=shown, when="end"
    )
    network = Network(cells, inputs, learning.values(), weights.values(), voltages)
    network.run(len(now) * DT * ms)

    return {
        "change": {
            name: total_change(weights[name].w, start)
            for name, (_, start) in RULES.items()
        },
        "t": np.array(voltages.t / ms),
        "V": np.array(voltages.V_dend / mV),
        "V_plus": np.array(voltages.V_plus_late_dend / mV),
        "pre": [pre[cell] for cell in shown],
    }


def total_change(weight, start):
    """Return the relative change by all pairs, for each lag and rate.

    The columns of *weight* are 1 ms apart, from 0 ms.
    """
    change = []
    for row, rate in zip(weight, np.tile(RATES, len(LAGS)), strict=True):
        number = simulated(rate)
        # in the gap before the last pair, which no event and no spike is in
        before = FIRST - 3 + round((number - 1) * 1000 / rate)
        last = row[-1] - row[before]
        change.append((row[-1] - start + (PAIRS - number) * last) / start)
    return np.reshape(change, (len(LAGS), len(RATES)))


def misfit(change):
    """Return the distance from the data, in standard errors (root mean square)."""
    at = [list(RATES).index(rate) for rate in DATA["rate"]]
    distances = [
        (row[at] - DATA[lag][0]) / DATA[lag][1]
        for lag, row in zip(LAGS, change, strict=True)
    ]
    return np.sqrt(np.mean(np.square(distances)))


# %% [markdown]
# ## The figure
#
# Below: $V_+$ as it was 4 ms before. At 10 Hz it is close to $\theta_-$ when a spike
# comes, so the spike counts for little. At 50 Hz it is far above.


# %%
def plot(results):
    """Draw the three rules with the data, and what the voltage rule sees."""
    import matplotlib.pyplot as plt

    colors = {10: "#0072B2", -10: "#D55E00"}
    labels = {10: "pre 10 ms before post", -10: "post 10 ms before pre"}
    fig = plt.figure(figsize=(8, 7.5), layout="constrained")
    upper, lower = fig.subfigures(2, 1, height_ratios=[1.15, 1])

    axes = upper.subplots(1, 3, sharey=True)
    for axis, (name, change) in zip(axes, results["change"].items(), strict=True):
        axis.axhline(0, color="0.7", linewidth=0.8)
        for lag, row in zip(LAGS, change, strict=True):
            axis.plot(RATES, 100 * row, color=colors[lag], label=labels[lag])
            mean, error = 100 * np.array(DATA[lag])
            shape = "o" if lag > 0 else "s"
            axis.errorbar(
                np.array(DATA["rate"]) + lag / 20,  # side by side
                mean,
                error,
                fmt=shape,
                color=colors[lag],
                markersize=4,
                capsize=2,
                linewidth=0.8,
            )
        axis.set(
            title=name, xlabel="frequency of the pairs (Hz)", xticks=range(0, 51, 10)
        )
    axes[0].set_ylabel("change of the weight (%)")
    upper.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=2,
        frameon=False,
        title="60 pairs; points: visual cortex (Sjöström et al. 2001), with s.e.m.",
    )

    rule, _ = RULES["dendritic voltage"]
    theta = {"plus": rule.theta_plus / mV, "minus": rule.theta_minus / mV}
    axes = lower.subplots(1, 2, sharey=True)
    for axis, rate, V, V_plus, pre in zip(
        axes,
        SHOWN,
        results["V"],
        results["V_plus"],
        results["pre"],
        strict=True,
    ):
        axis.plot(results["t"], V, color="#000000", linewidth=1, label="$V$")
        axis.plot(results["t"], V_plus, color="#009E73", label="$V_+$, 4 ms ago")
        axis.axhline(
            theta["plus"],
            color="0.4",
            linestyle="--",
            linewidth=0.8,
            label=r"$\theta_+$",
        )
        axis.axhline(
            theta["minus"],
            color="0.4",
            linestyle=":",
            linewidth=0.8,
            label=r"$\theta_-$",
        )
        axis.plot(
            pre,
            np.full(len(pre), -74.5),
            "^",
            color="#CC79A7",
            markersize=6,
            label="presynaptic spike",
        )
        axis.set(
            title=f"dendrite, post before pre at {rate} Hz",
            xlabel="time (ms)",
            xlim=(0, 140),
            ylim=(-79, 15),
        )
    axes[0].set_ylabel("voltage (mV)")
    lower.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=5,
        frameon=False,
    )
    return fig


# %%
def main(path="pairing_frequency.png"):
    """Simulate, print what 60 pairs do, write the figure."""
    results = simulate()
    slow, fast = list(RATES).index(10), list(RATES).index(50)
    for name, change in results["change"].items():
        after = 100 * change[LAGS.index(-10)]
        print(
            f"{name}: post before pre changes the weight by {after[slow]:+.0f} % at "
            f"10 Hz, {after[fast]:+.0f} % at 50 Hz; {misfit(change):.1f} standard "
            "errors from the data"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
