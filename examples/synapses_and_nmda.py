"""Synapses on a dendrite, and why NMDA receptors make them add up to more.

A spike that arrives at a synapse opens receptors: AMPA for milliseconds, NMDA for
tens of them, as long as the voltage has driven magnesium out of their pores. This
example follows one spike from receptor to soma, looks at what its place on the dendrite
does to it, and ends with many spikes at once. AMPA receptors alone add up to less than
their sum, since the driving force shrinks. NMDA receptors add up to more, since each
helps to open the others.

Run with: python examples/synapses_and_nmda.py [figure.png]
"""

# %%
import sys
from itertools import pairwise

import numpy as np
from brian2 import (
    Network,
    SpikeGeneratorGroup,
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

from dendrisyn import AMPA, NMDA, Dendrite, NeuronModel, Soma, measure, plotting

LENGTH = 120  # of each dendritic compartment, in um
PLACES = {"soma": 0, "prox": 60, "mid": 180, "dist": 300}  # from the soma, in um
NUMBERS = np.arange(1, 26)

# %% [markdown]
# ## Two receptors
#
# `g` is the peak of the conductance after one spike; a receptor with a rise has its
# peak later. The tag, `x`, tells this pair from other receptors of the cell.

# %%
RECEPTORS = [
    AMPA("x", g=0.15 * nS, t_rise=0.2 * ms, t_decay=2 * ms),
    NMDA("x", g=1 * nS, t_rise=3 * ms, t_decay=50 * ms),
]

# %% [markdown]
# NMDA lasts: of its conductance, look at the area, not at the peak.

# %% tags=["active-ipynb"]
# plotting.conductance(*RECEPTORS, duration=100 * ms);

# %% [markdown]
# But at rest magnesium blocks it. Of `g`, 4 % are open at -70 mV, and a third at
# -30 mV.

# %% tags=["active-ipynb"]
# plotting.magnesium_block(RECEPTORS[1]);

# %% [markdown]
# ## The cell
#
# A dendrite of three compartments, each with both receptors. `add` takes mechanisms,
# which are values: the same may be added to many compartments.


# %%
def make_model():
    """Return a soma and a dendrite of three compartments with AMPA and NMDA."""
    soma = Soma("soma", model="passive", length=25 * um, diameter=25 * um)
    dendrite = [
        Dendrite(name, length=LENGTH * um, diameter=diameter * um)
        for name, diameter in [("prox", 2.5), ("mid", 1.8), ("dist", 1.2)]
    ]
    for each in dendrite:
        each.add(*RECEPTORS)
    return NeuronModel(
        list(pairwise([soma, *dendrite])),
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


# %% [markdown]
# A spike adds to `s_...`, which drives the gate `x_...`. The current of a receptor is
# the product of its conductance, the driving force, the gate, its weight, and for NMDA
# the block `B_...`.

# %% tags=["active-ipynb"]
# for line in make_model().equations.splitlines():
#     if "x_mid" in line or "B_NMDA_mid" in line:
#         print(line)

# %% [markdown]
# ## One spike
#
# `projection` writes what a spike does to the receptors that you name, as the arguments
# of a plain `Synapses`: here it reaches both, as in a spine.


# %%
def one_spike(model):
    """Return the monitor of all voltages, with one spike to the middle at 5 ms."""
    neurons = model.make_neurongroup(1)
    source = SpikeGeneratorGroup(1, [0], [5] * ms)
    projection = model.projection("AMPA_x_mid", "NMDA_x_mid")
    synapses = projection.synapses(source, neurons)
    synapses.connect()
    voltages = StateMonitor(neurons, [f"V_{place}" for place in PLACES], record=True)
    Network(neurons, source, synapses, voltages).run(80 * ms)
    return voltages


# %% tags=["active-ipynb"]
# print(make_model().projection("AMPA_x_mid", "NMDA_x_mid"))

# %% [markdown]
# `measure.psp` does the same and reads the trace: amplitude, time to the peak, widths.

# %% tags=["active-ipynb"]
# print(measure.psp(make_model(), ["AMPA_x_mid", "NMDA_x_mid"]))

# %% [markdown]
# ## Where the synapse is
#
# The same synapse, further out: it does more where it is, since a thin dendrite has
# little membrane to charge, and less at the soma, since more is lost on the way.


# %%
def by_place(model):
    """Return the size of an EPSP where it starts, and at the soma."""
    found = {}
    for place in ["prox", "mid", "dist"]:
        receptors = [f"AMPA_x_{place}", f"NMDA_x_{place}"]
        psp = measure.psp(model, receptors, duration=60 * ms)
        found[place] = psp.amplitudes[place], psp.amplitudes["soma"]
    return found


# %% [markdown]
# ## Many spikes at once
#
# `measure.dendritic_io` lets 1, 2, ... synapses of one compartment be active together,
# and compares with the sum of as many responses to one. The peak comes early, so 60 ms
# are long enough to find it.


# %%
def summation(model):
    """Return expected and observed EPSPs of the distal dendrite, by receptors."""
    kinds = {
        "AMPA": ["AMPA_x_dist"],
        "AMPA + NMDA": ["AMPA_x_dist", "NMDA_x_dist"],
    }
    return {
        label: measure.dendritic_io(
            model, receptors, NUMBERS, at="dist", duration=60 * ms
        )
        for label, receptors in kinds.items()
    }


def simulate():
    """Return voltages after one spike, EPSPs by place, and how many add up."""
    model = make_model()
    return {
        "voltages": one_spike(model),
        "by_place": by_place(model),
        "summation": summation(model),
    }


# %% [markdown]
# ## The figure
#
# Look at the lower row: below the diagonal, a gain below 1, the dendrite is sublinear.


# %%
def plot(results):
    """Draw one EPSP, EPSPs by place, and how many of them add up."""
    import matplotlib.pyplot as plt

    blue, orange, green, red = "#0072B2", "#E69F00", "#009E73", "#D55E00"
    fig, axes = plt.subplots(2, 2, figsize=(8, 6.5), layout="constrained")
    plotting.traces(results["voltages"], ax=axes[0, 0]).set_title(
        "one spike to the middle"
    )
    local, somatic = zip(*results["by_place"].values(), strict=True)
    distance = [PLACES[each] for each in results["by_place"]]
    for values, color, label, marker in [
        (local, green, "at the synapse", "s"),
        (somatic, red, "at the soma", "o"),
    ]:
        axes[0, 1].plot(
            distance,
            [each / mV for each in values],
            color=color,
            marker=marker,
            label=label,
        )
    axes[0, 1].set(
        title="one spike, elsewhere",
        xlabel="distance of the synapse (µm)",
        ylabel="EPSP (mV)",
        ylim=(0, None),
    )
    axes[0, 1].legend(frameon=False)

    most = max(each.expected.max() / mV for each in results["summation"].values())
    for (label, found), color, marker in zip(
        results["summation"].items(), [blue, orange], "o^", strict=True
    ):
        style = {"color": color, "marker": marker, "markersize": 4, "label": label}
        axes[1, 0].plot(found.expected / mV, found.observed / mV, **style)
        axes[1, 1].plot(found.number, found.gain, **style)
    linear = {"color": "0.5", "linestyle": ":", "label": "linear"}
    axes[1, 0].plot([0, most], [0, most], **linear)
    axes[1, 1].axhline(1, **linear)
    axes[1, 0].set(
        title="many spikes, at the dendrite",
        xlabel="sum of single EPSPs (mV)",
        ylabel="EPSP (mV)",
        ylim=(0, 75),
    )
    axes[1, 1].set(
        title="observed over expected",
        xlabel="number of synapses",
        ylabel="gain",
        ylim=(0, None),
    )
    axes[1, 0].legend(frameon=False)
    for ax in axes.flat:
        ax.spines[["top", "right"]].set_visible(False)
    return fig


# %%
def main(path="synapses_and_nmda.png"):
    """Simulate, say how EPSPs change with place and number, write the figure."""
    results = simulate()
    for place, (local, somatic) in results["by_place"].items():
        print(f"a synapse at {place}: {local / mV:.2f} mV there, ", end="")
        print(f"{somatic / mV:.2f} mV at the soma")
    for receptors, found in results["summation"].items():
        gains = ", ".join(
            f"{found.gain[n - 1]:.0%} ({n} synapses)" for n in (5, 15, 25)
        )
        print(f"{receptors}, of the sum of single EPSPs: {gains}")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
