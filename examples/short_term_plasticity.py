"""Short-term plasticity: synapses that tire and synapses that warm up.

A spike uses up a part of a synapse's resources, which recover slowly: the synapse
depresses. In another kind of synapse each spike raises the part that the next one
uses: the synapse facilitates, up to the rate at which it runs out of resources. Both
end on a dendrite, once for each rate, and are compared with the steady state in
theory. A receptor that is driven by pulses of transmitter depresses too.

The parameters are those of figure 1 of Tsodyks, Pawelzik & Markram (1998), Neural
networks with dynamic synapses, Neural Computation 10, 821.
doi:10.1162/089976698300017502

Run with: python examples/short_term_plasticity.py [figure.png]
"""

import sys

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

from dendrisyn import (
    AMPA,
    Dendrite,
    Depression,
    NeuronModel,
    Soma,
    TsodyksMarkram,
    TwoStateKinetics,
)

RULES = {
    "depressing": Depression(U=0.5, tau=800 * ms, normalize=True),
    "facilitating": TsodyksMarkram(
        U=0.03, tau_rec=130 * ms, tau_facil=530 * ms, normalize=True
    ),
}
RATES = np.array([2, 5, 10, 20, 30, 50, 70])  # Hz
SHOWN = [10, 20, 50]  # Hz
PULSED = 20  # Hz
DURATION = 4000  # ms
T_DECAY = 3  # ms


def make_model(receptor):
    """Return a soma and a dendrite with one receptor."""
    soma = Soma("soma", length=20 * um, diameter=20 * um)
    dend = Dendrite("dend", length=200 * um, diameter=2 * um)
    dend.add(receptor)
    return NeuronModel(
        [(soma, dend)],
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


def spike_times(rate, duration):
    """Return the times (ms) of a regular train, on the grid of 0.1 ms."""
    return np.round(np.arange(5, duration, 1000 / rate), 1)


def trains(rates, duration):
    """Return a source for each rate."""
    times = [spike_times(rate, duration) for rate in rates]
    indices = np.repeat(np.arange(len(rates)), [len(each) for each in times])
    return SpikeGeneratorGroup(len(rates), indices, np.concatenate(times) * ms)


def trains_of_potentials(rule):
    """Return times, potentials and what spikes release, for each rate."""
    model = make_model(AMPA("x", g=0.5 * nS, t_decay=T_DECAY * ms))
    cells = model.make_neurongroup(len(RATES))
    source = trains(RATES, DURATION)
    projection = model.projection("AMPA_x_dend", short_term=rule)
    synapses = projection.synapses(source, cells)
    synapses.connect("i == j")
    monitor = StateMonitor(cells, ["V_dend", "s_AMPA_x_dend"], record=True)
    Network(source, cells, synapses, monitor).run(DURATION * ms)

    gate, dt = np.array(monitor.s_AMPA_x_dend), 0.1
    releases = []
    for rate, trace in zip(RATES, gate, strict=True):
        step = np.round(spike_times(rate, DURATION) / dt).astype(int)
        # What is left of the gate without the spike is taken off.
        releases.append(trace[step + 1] - trace[step] * np.exp(-dt / T_DECAY))
    return {
        "t": monitor.t / ms,
        "psp": monitor.V_dend / mV + 70,
        "release": releases,
        "steady": np.array([each[-1] for each in releases]),
    }


def steady_state(rule, rate):
    """Return what a spike of an endless train releases, over what the first does."""
    interval = 1000 / rate
    if isinstance(rule, Depression):
        used, recovery = rule.U, rule.tau / ms
    else:
        used = rule.U / (1 - (1 - rule.U) * np.exp(-interval / (rule.tau_facil / ms)))
        recovery = rule.tau_rec / ms
    kept = np.exp(-interval / recovery)
    return used / rule.U * (1 - kept) / (1 - (1 - used) * kept)


def pulsed_gate(rule):
    """Return times and the gate of a receptor that pulses of transmitter open."""
    receptor = AMPA("x", g=2 * nS, kinetics=TwoStateKinetics.ampa())
    model = make_model(receptor)
    cells = model.make_neurongroup(1)
    source = trains([PULSED], 600)
    projection = model.projection("AMPA_x_dend", short_term=rule)
    synapses = projection.synapses(source, cells)
    synapses.connect()
    monitor = StateMonitor(synapses, "s_AMPA_x_dend_syn", record=True)
    Network(source, cells, synapses, monitor).run(600 * ms)
    return monitor.t / ms, np.array(monitor.s_AMPA_x_dend_syn[0])


def simulate():
    """Return trains of potentials (mV), steady states, and gates that pulses open."""
    results = {}
    for name, rule in RULES.items():
        theory = np.array([steady_state(rule, rate) for rate in RATES])
        results[name] = {**trains_of_potentials(rule), "theory": theory}
    t, constant = pulsed_gate(None)
    _, depressing = pulsed_gate(RULES["depressing"])
    results["pulsed"] = {"t": t, "constant": constant, "depressing": depressing}
    return results


def plot(results):
    """Draw potentials at three rates, the steady states, and the pulsed receptor."""
    import matplotlib.pyplot as plt

    colors = {"depressing": "#0072B2", "facilitating": "#D55E00", "constant": "0.6"}
    shades = ["#56B4E9", "#009E73", "#CC79A7"]
    fig, (potentials, others) = plt.subplots(2, 2, figsize=(8, 6), layout="constrained")
    for axis, name in zip(potentials, RULES, strict=True):
        shown = results[name]["t"] < 600
        highest = results[name]["psp"].max()
        for order, (rate, shade) in enumerate(zip(SHOWN, shades, strict=True)):
            psp = results[name]["psp"][list(RATES).index(rate)]
            axis.plot(
                results[name]["t"][shown],
                psp[shown],
                color=shade,
                linewidth=1,
                label=f"{rate} Hz",
                zorder=3 - 0.1 * order,  # lower rates on top
            )
        axis.set(
            title=f"{name} synapse",
            xlabel="time (ms)",
            ylabel="dendritic potential (mV)",
            ylim=(0, 1.25 * highest),
        )
        axis.legend(frameon=False, loc="upper center", ncols=3)

    steady, pulsed = others
    rates = np.linspace(1, 75, 300)
    for name, rule in RULES.items():
        theory = [steady_state(rule, rate) for rate in rates]
        steady.plot(rates, theory, color=colors[name], label=f"{name}, in theory")
        steady.plot(RATES, results[name]["steady"], "o", color=colors[name])
    steady.axhline(1, color="0.6", linewidth=0.8)
    steady.set(
        title="steady state (dots: simulated)",
        xlabel="rate (Hz)",
        ylabel="release, over that of the first",
        xlim=(0, 75),
        yscale="log",
        ylim=(0.02, 20),
    )
    steady.legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.44))
    for name in ["constant", "depressing"]:
        pulsed.plot(
            results["pulsed"]["t"],
            results["pulsed"][name],
            color=colors[name],
            linewidth=1,
            label=name,
        )
    pulsed.set(
        title=f"pulses of transmitter at {PULSED} Hz",
        xlabel="time (ms)",
        ylabel="gate",
        ylim=(0, 1.25 * results["pulsed"]["constant"].max()),
    )
    pulsed.legend(frameon=False, loc="upper center", ncols=2)
    return fig


def main(path="short_term_plasticity.png"):
    """Simulate, compare the steady states with theory, write the figure."""
    results = simulate()
    for name in RULES:
        pairs = [
            f"{rate} Hz {results[name]['steady'][index]:.2f} "
            f"({results[name]['theory'][index]:.2f})"
            for index, rate in enumerate(RATES)
            if rate in SHOWN
        ]
        print(f"{name}, release over the first (in theory): {', '.join(pairs)}")
    last = results["pulsed"]["t"] > 500
    ratio = np.max(results["pulsed"]["depressing"][last]) / np.max(
        results["pulsed"]["constant"][last]
    )
    print(f"pulses of transmitter: depression leaves {ratio:.2f} of the gate")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
