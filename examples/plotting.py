"""Every plot of dendrisyn.plotting, one line each.

Twelve pyramidal cells with active dendrites are driven by Poisson synapses. Their
voltages, their dendritic spikes on the graph of the model, and a raster come from plain
Brian2 monitors. The other curves need no simulation of yours: the conductance of the
receptors, the magnesium block, and the windows of two rules of plasticity.

Run with: python examples/plotting.py [figure.png]
"""

import sys

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
    ohm,
    prefs,
    seed,
    uF,
    um,
    uS,
)

from dendrisyn import (
    AMPA,
    NMDA,
    CalciumSTDP,
    Dendrite,
    NeuronModel,
    PairSTDP,
    Soma,
    plotting,
)

N, DURATION = 12, 300 * ms
DENDRITES = ["trunk", "oblique", "tuft"]
RECEPTORS = [
    AMPA("x", g=1.2 * nS, t_decay=2 * ms),
    NMDA("x", g=0.6 * nS, t_rise=2 * ms, t_decay=50 * ms),
]
RULES = [PairSTDP(A_plus=0.005, A_minus=0.004), CalciumSTDP.published("DP")]


def make_model():
    """Return a soma and three dendrites with Na spikes, two of them with synapses."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    trunk = Dendrite("trunk", length=100 * um, diameter=2.5 * um)
    oblique = Dendrite("oblique", length=120 * um, diameter=1.4 * um)
    tuft = Dendrite("tuft", length=150 * um, diameter=1.2 * um)
    oblique.add(*RECEPTORS)
    tuft.add(*RECEPTORS)
    for dend, g in [(trunk, 8 * nS), (oblique, 7 * nS), (tuft, 7 * nS)]:
        dend.dspikes(
            "Na",
            threshold=-40 * mV,
            g_rise=g,
            g_fall=0.7 * g,
            duration_rise=1.2 * ms,
            duration_fall=2.4 * ms,
            offset_fall=0.2 * ms,
            refractory=5 * ms,
            reversal_rise="E_Na",
            reversal_fall="E_K",
        )
    return NeuronModel(
        [(soma, trunk, 6 * nS), (trunk, oblique, 3 * nS), (trunk, tuft, 1.5 * nS)],
        cm=1 * uF / cm**2,
        gl=40 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-65 * mV,
    )


def simulate():
    """Return the model and what the monitors recorded."""
    seed(7)
    model = make_model()
    cells, _ = model.make_neurongroup(
        N,
        threshold="V_soma > -50*mV",
        reset="V_soma = 30*mV",
        second_reset="V_soma = -60*mV",
        spike_width=0.8 * ms,
        refractory=4 * ms,
    )
    inputs = PoissonGroup(50, 12 * Hz)
    synapses = []
    for place, p in [("oblique", 0.06), ("tuft", 0.08)]:
        projection = model.projection(f"AMPA_x_{place}", f"NMDA_x_{place}")
        synapses.append(projection.synapses(inputs, cells))
        synapses[-1].connect(p=p)
    voltages = StateMonitor(cells, ["V_soma", "V_oblique", "V_tuft"], record=True)
    spikes = SpikeMonitor(cells)
    dspikes = {
        f"spike_Na_{name}": EventMonitor(cells, f"spike_Na_{name}")
        for name in DENDRITES
    }
    network = Network(cells, inputs, synapses, voltages, spikes, dspikes.values())
    network.run(DURATION)
    return {"model": model, "voltages": voltages, "spikes": spikes, "dspikes": dspikes}


def plot(results):
    """Draw six panels, each with one call."""
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(8, 10.5), layout="constrained")
    wide, small = fig.subfigures(2, 1)
    axes = wide.subplot_mosaic([["traces"], ["raster"]])
    axes |= small.subplot_mosaic([["graph", "gates"], ["block", "window"]])
    spikes, dspikes = results["spikes"], results["dspikes"]
    tuft = {"Na spikes, tuft": dspikes["spike_Na_tuft"]}
    plotting.traces(
        results["voltages"], neuron=2, spikes=spikes, events=tuft, ax=axes["traces"]
    ).set_title("voltages of one cell")
    plotting.raster(spikes, dspikes, ax=axes["raster"]).set_title(
        "spikes, and dendritic spikes beneath"
    )
    plotting.dendritic_spikes(
        results["model"], dspikes, DURATION, spikes=spikes, ax=axes["graph"]
    ).set_title("rates, and latency after the soma")
    plotting.conductance(*RECEPTORS, ax=axes["gates"]).set_title("after one spike")
    plotting.magnesium_block(ax=axes["block"]).set_title("magnesium")
    plotting.stdp_window(*RULES, ax=axes["window"]).set_title("one pair of spikes")
    return fig


def main(path="plotting.png"):
    """Simulate, print how often compartments spike, write the figure."""
    results = simulate()
    monitors = {"soma": results["spikes"], **results["dspikes"]}
    rates = (
        f"{name.removeprefix('spike_Na_')} {len(each.t) / N / DURATION / Hz:.1f}"
        for name, each in monitors.items()
    )
    print(f"spikes of a neuron in a second: {', '.join(rates)}")
    plot(results).savefig(path, dpi=110)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
