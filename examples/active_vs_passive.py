"""The same input on an active and on a passive dendrite.

Two copies of one cell get the very same synaptic input. In one of them, the dendrite
has Na spikes; in the other, their conductances are zero. Until the first dendritic
spike the two are identical. Then the active dendrite amplifies what comes in together,
and the soma fires where the passive one stays silent.

Run with: python examples/active_vs_passive.py [figure.png]
"""

import sys

from brian2 import (
    EventMonitor,
    Hz,
    Network,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
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

from dendrisyn import AMPA, NMDA, Dendrite, DendriticSpike, NeuronModel, Soma

PASSIVE, ACTIVE = 0, 1
DURATION = 500 * ms


def make_model():
    """Return a soma and a dendrite that spikes."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    dend = Dendrite("dend", length=150 * um, diameter=2 * um, spine_factor=1.5)
    dend.add(
        AMPA("input", g=0.6 * nS, t_decay=3 * ms),
        NMDA("input", g=0.1 * nS, t_rise=3 * ms, t_decay=50 * ms),
        DendriticSpike(
            "Na",
            threshold=-48 * mV,
            g_rise=40 * nS,
            g_fall=15 * nS,
            duration_rise=1 * ms,
            duration_fall=2 * ms,
            offset_fall=1 * ms,
            refractory=5 * ms,
            reversal_rise="E_Na",
            reversal_fall="E_K",
        ),
    )
    return NeuronModel(
        [(soma, dend, 3 * nS)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        v_rest=-70 * mV,
    )


def simulate():
    """Return voltages (mV), spikes and dendritic spikes (ms) of both cells."""
    seed(4)
    cells = make_model().make_neurongroup(
        2,
        threshold="V_soma > -50*mV",
        reset="V_soma = -60*mV",
        refractory=3 * ms,
        per_neuron=["g_rise_max_Na_dend", "g_fall_max_Na_dend"],
    )
    cells.g_rise_max_Na_dend[PASSIVE] = 0 * nS
    cells.g_fall_max_Na_dend[PASSIVE] = 0 * nS

    inputs = PoissonGroup(40, 10 * Hz)
    synapses = Synapses(
        inputs,
        cells,
        on_pre="s_AMPA_input_dend += 1; s_NMDA_input_dend += 1",
    )
    synapses.connect()

    voltages = StateMonitor(cells, ["V_soma", "V_dend"], record=True)
    spikes = SpikeMonitor(cells)
    dspikes = EventMonitor(cells, "spike_Na_dend")
    Network(inputs, cells, synapses, voltages, spikes, dspikes).run(DURATION)
    return {
        "t": voltages.t / ms,
        "V_soma": voltages.V_soma / mV,
        "V_dend": voltages.V_dend / mV,
        "spikes": [spikes.t[spikes.i == cell] / ms for cell in range(2)],
        "dspikes": dspikes.t[dspikes.i == ACTIVE] / ms,
    }


def plot(results):
    """Draw both voltages of both cells, and when the active dendrite spiked."""
    import matplotlib.pyplot as plt

    cells = [(PASSIVE, "passive", "#E69F00"), (ACTIVE, "active", "#0072B2")]
    fig, (dend, soma) = plt.subplots(
        2, 1, figsize=(8, 5.5), layout="constrained", sharex=True
    )
    for cell, label, color in reversed(cells):
        dend.plot(results["t"], results["V_dend"][cell], color=color, label=label)
        soma.plot(results["t"], results["V_soma"][cell], color=color, label=label)
        soma.vlines(results["spikes"][cell], -48, -15, color=color)
    dend.plot(
        results["dspikes"],
        [52] * len(results["dspikes"]),
        "v",
        color="#009E73",
        label="dendritic spike",
    )
    dend.set(ylabel="dendritic voltage (mV)", ylim=(-80, 60))
    soma.set(ylabel="somatic voltage (mV)", xlabel="time (ms)", ylim=(-75, -10))
    fig.legend(*dend.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return fig


def main(path="active_vs_passive.png"):
    """Simulate, count the spikes, write the figure."""
    results = simulate()
    passive, active = map(len, results["spikes"])
    print(
        f"passive dendrite: {passive} somatic spikes; active dendrite: {active} "
        f"somatic and {len(results['dspikes'])} dendritic spikes"
    )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
