"""A first neuron: one soma, one dendrite, and what lies between them.

You know Brian2; here is the first thing that dendrisyn adds. A neuron is described by
its compartments, and you get Brian2 equations, a dictionary of parameters and a
`NeuronGroup`. All that you know about these still holds.

A current into the soma moves the dendrite, too, but less. How much less follows from
three conductances, so it is known before anything is simulated. This example simulates
it nevertheless, and compares.

Run with: python examples/first_neuron.py [figure.png]
"""

# %%
import sys

import numpy as np
from brian2 import (
    Mohm,
    Network,
    StateMonitor,
    cm,
    ms,
    mV,
    nS,
    ohm,
    pA,
    prefs,
    uF,
    um,
    uS,
)

from dendrisyn import Dendrite, NeuronModel, Soma, measure, passive, plotting

CURRENT = 60 * pA
ONSET, DURATION, AFTER = 20 * ms, 100 * ms, 60 * ms
COUPLINGS = np.array([0.3, 0.6, 1, 2, 4, 8, 16, 32]) * nS

# %% [markdown]
# ## Describe it
#
# A compartment is a cylinder. Capacitance, leak, and the conductance that couples the
# two follow from sizes and from what all membrane has in common: capacitance and leak
# of an area, axial resistance, and the voltage at rest.


# %%
def make_model():
    """Return a model of one soma and one dendrite."""
    soma = Soma("soma", model="passive", length=30 * um, diameter=30 * um)
    dend = Dendrite("dend", length=300 * um, diameter=1 * um)
    return NeuronModel(
        [(soma, dend)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


# %% [markdown]
# The equations are Brian2's. Every name ends in the name of its compartment, and the
# current into the soma is the sum of what comes from outside (`I_ext_soma`, which is
# yours) and what flows in from the dendrite.

# %% tags=["active-ipynb"]
# model = make_model()
# print(model.equations)

# %% [markdown]
# The numbers in them are the parameters, a mapping that you may read and write.

# %% tags=["active-ipynb"]
# for name in ["C_soma", "C_dend", "gL_soma", "gL_dend", "g_dend_soma"]:
#     print(name, "=", model.parameters[name])

# %% [markdown]
# ## What is known without a simulation
#
# As long as nothing opens with voltage, the cell is a linear circuit. `passive` solves
# it. Look at the last two columns: of a steady voltage in the dendrite, more is lost on
# the way to the soma than on the way back, since the soma leaks more.

# %% tags=["active-ipynb"]
# print(passive(model))

# %% [markdown]
# ## A step of current
#
# From here on it is plain Brian2. One group holds two neurons; the first gets the
# current at the soma, the second at the dendrite. A group starts at rest, and its step
# may be as long as `defaultclock.dt`: the default method is stable at any.


# %%
def inject(model):
    """Return the monitor of two neurons, with current at the soma and the dendrite."""
    neurons = model.make_neurongroup(2)
    voltages = StateMonitor(neurons, ["V_soma", "V_dend"], record=True)
    network = Network(neurons, voltages)
    network.run(ONSET)
    neurons.I_ext_soma[0] = CURRENT
    neurons.I_ext_dend[1] = CURRENT
    network.run(DURATION)
    neurons.I_ext_soma[0] = 0 * pA
    neurons.I_ext_dend[1] = 0 * pA
    network.run(AFTER)
    return voltages


# %% [markdown]
# The circuit says what that looks like at any time, too: the response to the onset,
# minus the same response to the end.


# %%
def expect(model, t):
    """Return the voltages (volt) of both neurons at times *t*, in closed form."""
    cell = passive(model)
    since_onset = np.maximum(t - ONSET, 0 * ms)
    since_end = np.maximum(t - ONSET - DURATION, 0 * ms)
    return [
        -70 * mV
        + cell.step_response({place: CURRENT}, since_onset)
        - cell.step_response({place: CURRENT}, since_end)
        for place in ["soma", "dend"]
    ]


# %% [markdown]
# ## Closer, and further away
#
# How much arrives depends on the coupling. `measure.attenuation` injects the current,
# waits until the voltage is steady, and compares. `vary` makes it do so for any number
# of values of any parameter, all in one group.


# %%
def simulate():
    """Return voltages, and attenuation against the coupling."""
    model = make_model()
    voltages = inject(model)
    t = np.arange(0, 180, 4) * ms
    found = measure.attenuation(model, "soma", "dend", vary={"g_dend_soma": COUPLINGS})
    return {
        "model": model,
        "voltages": voltages,
        "t": t,
        "expected": expect(model, t),
        "forward": found.forward,
        "backward": found.backward,
    }


# %% [markdown]
# Steady current has one way into the dendrite and one way out of it. So the dendrite
# sees `g/(g + gL)` of the voltage of the soma, with its own leak `gL`; and the soma
# sees as much of the dendrite, with the leak of the soma.


# %%
def arrives(coupling, leak):
    """Return what is left of a steady voltage behind a coupling, in closed form."""
    return coupling / (coupling + leak)


# %% [markdown]
# ## The figure
#
# Look at whether the circles, which come from the closed form, are on the lines, which
# come from the simulation.


# %%
def plot(results):
    """Draw the voltages of both neurons, and attenuation against the coupling."""
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(8, 6.5), layout="constrained")
    axes = fig.subplot_mosaic([["soma", "dend"], ["share", "share"]])
    for neuron, (place, V) in enumerate(
        zip(["soma", "dend"], results["expected"], strict=True)
    ):
        ax = plotting.traces(results["voltages"], neuron=neuron, ax=axes[place])
        ax.plot(
            results["t"] / ms,
            V / mV,
            "o",
            color="0.3",
            markersize=3.5,
            markerfacecolor="none",
            label=["closed form", None],
        )
        ax.set_title(f"{CURRENT / pA:.0f} pA into the {place}")
        ax.legend(frameon=False)
    axes["dend"].sharey(axes["soma"])

    parameters = results["model"].parameters
    fine = np.geomspace(0.2, 50, 200) * nS
    for way, leak, color, label in [
        ("forward", parameters["gL_dend"], "#0072B2", "soma to dendrite"),
        ("backward", parameters["gL_soma"], "#D55E00", "dendrite to soma"),
    ]:
        axes["share"].semilogx(
            fine / nS, arrives(fine, leak), color=color, label=f"{label}, g/(g + gL)"
        )
        axes["share"].plot(
            COUPLINGS / nS, results[way], "o", color=color, label="measured"
        )
    own = parameters["g_dend_soma"] / nS
    axes["share"].axvline(own, color="0.6", linestyle=":", label="this cell")
    axes["share"].set(
        title="what arrives of a steady voltage",
        xlabel="coupling g (nS)",
        ylabel="attenuation",
        ylim=(0, 1),
    )
    axes["share"].legend(frameon=False, loc="upper left")
    for ax in axes.values():
        ax.spines[["top", "right"]].set_visible(False)
    return fig


# %%
def main(path="first_neuron.png"):
    """Simulate, compare with the closed form, write the figure."""
    results = simulate()
    cell = passive(results["model"])
    print(f"input resistance: {cell.input_resistance('soma') / Mohm:.1f} Mohm")
    for place, row in zip(["soma", "dend"], cell.attenuation, strict=True):
        shares = f"{row[0]:.0%} at the soma, {row[1]:.0%} at the dendrite"
        print(f"of a steady voltage from the {place}: {shares}")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
