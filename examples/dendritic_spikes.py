"""Dendritic spikes: a threshold of its own for a dendrite.

A dendrite with sodium channels answers with all or nothing. Here it is two conductances
that a threshold crossing switches on, one after the other, for fixed times. This
example adds such a spike to a dendrite, looks for its threshold, records its event, and
asks both questions about its relation to the soma: what the soma sees of a dendritic
spike, and what a spike of the soma does on its way back into the dendrite.

Run with: python examples/dendritic_spikes.py [figure.png]
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

from dendrisyn import (
    AMPA,
    Dendrite,
    DendriticSpike,
    NeuronModel,
    Soma,
    measure,
    plotting,
)

NUMBERS = np.arange(26)  # of synapses that are active at once
ONSET = 5 * ms
DT = 0.025 * ms  # the upstroke is fast: its peak depends on the step

# %% [markdown]
# ## The spike
#
# At -40 mV, `g_rise` is switched on for 1 ms, which lets sodium in; 0.6 ms later
# `g_fall` for 2.4 ms, which lets potassium out. Reversal potentials that all channels
# of an ion share are given by name.

# %%
SPIKE = DendriticSpike(
    "Na",
    threshold=-40 * mV,
    g_rise=9 * nS,
    g_fall=8 * nS,
    duration_rise=1 * ms,
    duration_fall=2.4 * ms,
    offset_fall=0.6 * ms,
    refractory=5 * ms,
    reversal_rise="E_Na",
    reversal_fall="E_K",
)


def make_model(*mechanisms):
    """Return a soma and a dendrite with AMPA and other mechanisms."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    dend = Dendrite("dend", length=180 * um, diameter=1.2 * um)
    dend.add(AMPA("x", g=0.6 * nS, t_decay=2 * ms), *mechanisms)
    return NeuronModel(
        [(soma, dend)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


# %% [markdown]
# What it adds to the dendrite are two currents. `spiketime_Na_dend` is when the last
# crossing was; the conductances are on for so many steps after it, whatever the step.

# %% tags=["active-ipynb"]
# for line in make_model(SPIKE).equations.splitlines():
#     if "Na_dend" in line:
#         print(line)

# %% [markdown]
# A crossing is an event of the group, to be recorded like a spike.

# %% tags=["active-ipynb"]
# print(make_model(SPIKE).events)

# %% [markdown]
# ## All or nothing
#
# One neuron for each number of synapses, which are all active at 5 ms. The same without
# the spike, for comparison.


# %%
def activate(model):
    """Return the monitors of voltages and, by name, of dendritic spikes."""
    neurons = model.make_neurongroup(len(NUMBERS), dt=DT)
    source = SpikeGeneratorGroup(1, [0], [ONSET], dt=DT)
    synapses = model.projection("AMPA_x_dend", weight={"w": 1}).synapses(
        source, neurons
    )
    synapses.connect()
    synapses.w = NUMBERS  # as good as so many synapses of weight 1
    voltages = StateMonitor(neurons, ["V_soma", "V_dend"], record=True)
    events = {name: EventMonitor(neurons, name) for name in model.event_names}
    Network(neurons, source, synapses, voltages, events.values()).run(40 * ms)
    return voltages, events


# %% [markdown]
# ## One spike by itself
#
# `measure.dendritic_spike` starts one at rest, without any synapse. `amplitude` is what
# the dendrite sees, `reached` what arrives at the soma: such a spike is brief, so much
# more of it is lost than of a steady voltage.

# %% tags=["active-ipynb"]
# print(measure.dendritic_spike(make_model(SPIKE), "spike_Na_dend", dt=DT))

# %% [markdown]
# ## On the way back
#
# With two resets, a spike of the soma has a shape: up to 30 mV for 1 ms, then down. The
# dendrite follows, passively, by what its coupling and its capacitance let through. If
# that gets to its threshold, its own spike does the rest.


# %%
def fire(model):
    """Return the monitors of voltages and spikes, after one spike of the soma."""
    neurons, _ = model.make_neurongroup(
        1,
        threshold="V_soma > -45*mV",
        reset="V_soma = 30*mV",
        second_reset="V_soma = -65*mV",
        spike_width=1 * ms,
        refractory=4 * ms,
        dt=DT,
    )
    voltages = StateMonitor(neurons, ["V_soma", "V_dend"], record=True)
    spikes = SpikeMonitor(neurons)
    network = Network(neurons, voltages, spikes)
    network.run(ONSET)
    neurons.V_soma = -44 * mV
    network.run(15 * ms)
    return voltages, spikes


def simulate():
    """Return what all monitors recorded, and one dendritic spike by itself."""
    active, passive = make_model(SPIKE), make_model()
    voltages, events = activate(active)
    return {
        "voltages": voltages,
        "events": events,
        "passive": activate(passive)[0],
        "alone": measure.dendritic_spike(active, "spike_Na_dend", dt=DT),
        "active_fired": fire(active),
        "passive_fired": fire(passive),
    }


# %% [markdown]
# ## The figure
#
# Look at the step in the middle of the lower left panel, and at how little of it is
# left at the soma.


# %%
def first_that_spikes(results):
    """Return the smallest number of synapses that triggers the dendritic spike."""
    (event,) = results["events"].values()
    return NUMBERS[np.min(event.i)]


def plot(results):
    """Draw a threshold crossing, peaks, one spike by itself, and back-propagation."""
    import matplotlib.pyplot as plt

    green, black = "#009E73", "#000000"
    enough = first_that_spikes(results)
    fig = plt.figure(figsize=(8, 7), layout="constrained")
    axes = fig.subplot_mosaic([["few", "alone"], ["peaks", "back"]])
    plotting.traces(
        results["voltages"], neuron=enough, events=results["events"], ax=axes["few"]
    ).set(title=f"{enough} synapses, and {enough - 1}", xlim=(0, 30))
    for name, color in [("V_soma", black), ("V_dend", "#0072B2")]:
        below = getattr(results["voltages"], name)[enough - 1] / mV
        axes["few"].plot(
            results["voltages"].t / ms, below, color=color, alpha=0.4, linewidth=1
        )
    axes["few"].axhline(
        SPIKE.threshold / mV, color="0.6", linestyle=":", label="threshold"
    )
    axes["few"].legend(frameon=False, fontsize="small", loc="upper right")

    for name, color, label in [
        ("V_dend", "#0072B2", "dendrite"),
        ("V_soma", black, "soma"),
    ]:
        for run, style, kind in [
            ("voltages", "o-", ""),
            ("passive", ":", ", passive"),
        ]:
            peak = getattr(results[run], name).max(axis=1) / mV
            axes["peaks"].plot(
                NUMBERS, peak, style, color=color, markersize=3.5, label=label + kind
            )
    axes["peaks"].set(title="peaks", xlabel="number of synapses", ylabel="voltage (mV)")
    axes["peaks"].legend(frameon=False, fontsize="small")

    alone = results["alone"].traces
    for name, color, style in [("V_soma", black, "-"), ("V_dend", "#0072B2", "--")]:
        axes["alone"].plot(
            alone.t / ms, alone[name][1] / mV, style, color=color, label=name[2:]
        )
    axes["alone"].legend(frameon=False, fontsize="small")
    axes["alone"].set(
        title="a dendritic spike by itself",
        xlabel="time (ms)",
        ylabel="voltage (mV)",
        xlim=(0, 12),
    )

    voltages, spikes = results["active_fired"]
    plotting.traces(voltages, spikes=spikes, ax=axes["back"])
    voltages, _ = results["passive_fired"]
    axes["back"].plot(
        voltages.t / ms,
        voltages.V_dend[0] / mV,
        ":",
        color=green,
        label="dend, passive",
    )
    axes["back"].set(title="a spike of the soma", xlim=(4, 14))
    axes["back"].legend(frameon=False, fontsize="small", loc="upper right")
    for ax in axes.values():
        ax.spines[["top", "right"]].set_visible(False)
    return fig


# %%
def main(path="dendritic_spikes.png"):
    """Simulate, say where the threshold is and what arrives, write the figure."""
    results = simulate()
    (event,) = results["events"].values()
    print(
        f"{first_that_spikes(results)} synapses are enough: "
        f"{event.t[np.argmin(event.i)] - ONSET} after them, the dendrite spikes"
    )
    alone = results["alone"]
    print(
        f"by itself it has {alone.amplitude / mV:.0f} mV and lasts "
        f"{alone.width / ms:.1f} ms; {alone.attenuation:.0%} of it reaches the soma"
    )
    for kind in ["active", "passive"]:
        back = results[f"{kind}_fired"][0].V_dend.max() / mV
        print(f"a spike of the soma lifts the {kind} dendrite to {back:.0f} mV")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
