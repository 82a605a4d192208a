"""Input-output curves of a dendrite: how synchronous synapses add up.

A number of synapses on one dendrite is activated at the same moment. What the cell
shows is compared with the sum that is expected of one synapse alone. AMPA adds up to
less (the driving force shrinks), NMDA to more (the block opens), and a dendritic Na
spike makes a step of it.

All of it is one group: one neuron per number of synapses, three times, for three kinds
of dendrite.

Run with: python examples/dendritic_io.py [figure.png]
"""

import sys

import numpy as np
from brian2 import Network, StateMonitor, cm, ms, mV, nS, prefs, uF, um, uS

from dendrisyn import AMPA, NMDA, Dendrite, DendriticSpike, NeuronModel, Soma

KINDS = ["AMPA", "AMPA + NMDA", "AMPA + NMDA + Na spikes"]
MOST = 30  # synapses
REST = -70


def make_model():
    """Return a soma and a dendrite with AMPA, NMDA and Na spikes."""
    soma = Soma("soma", length=20 * um, diameter=20 * um)
    dend = Dendrite("dend", length=150 * um, diameter=1.5 * um)
    dend.add(
        AMPA("x", g=0.4 * nS, t_decay=3 * ms),
        NMDA("x", g=0.65 * nS, t_rise=3 * ms, t_decay=50 * ms),
        DendriticSpike(
            "Na",
            threshold=-40 * mV,
            g_rise=25 * nS,
            g_fall=6 * nS,
            duration_rise=0.8 * ms,
            duration_fall=2 * ms,
            offset_fall=0.8 * ms,
            refractory=5 * ms,
            reversal_rise="E_Na",
            reversal_fall="E_K",
        ),
    )
    return NeuronModel(
        [(soma, dend, 10 * nS)],
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        v_rest=REST * mV,
    )


def simulate():
    """Return the peak (mV) at dendrite and soma for each kind and number."""
    per_kind = MOST + 1
    cells = make_model().make_neurongroup(
        len(KINDS) * per_kind,
        per_neuron=["g_NMDA_x_dend", "g_rise_max_Na_dend", "g_fall_max_Na_dend"],
        # A dendritic spike rises so fast that its peak would depend on the step.
        dt=0.025 * ms,
    )
    kind, number = np.divmod(np.arange(cells.N), per_kind)
    cells.g_NMDA_x_dend[kind == 0] = 0 * nS
    cells.g_rise_max_Na_dend[kind < 2] = 0 * nS
    cells.g_fall_max_Na_dend[kind < 2] = 0 * nS

    # Synapses share the state of their receptor: what n spikes at one moment do is to
    # add n to it.
    cells.s_AMPA_x_dend = number
    cells.s_NMDA_x_dend = number

    monitor = StateMonitor(cells, ["V_soma", "V_dend"], record=True)
    Network(cells, monitor).run(100 * ms)
    results = {"number": np.arange(per_kind)}
    for place in ["dend", "soma"]:
        peak = getattr(monitor, f"V_{place}").max(axis=1) / mV - REST
        observed = peak.reshape(len(KINDS), per_kind)
        results[place] = observed
        results[f"expected_{place}"] = observed[:, 1:2] * results["number"]
    return results


def plot(results):
    """Draw observed against number and against the linear sum."""
    import matplotlib.pyplot as plt

    colors, markers = ["#0072B2", "#E69F00", "#009E73"], ["o", "s", "^"]
    fig, axes = plt.subplots(2, 2, figsize=(8, 6.5), layout="constrained")
    places = [("dend", "dendrite"), ("soma", "soma")]
    for (by_number, by_sum), (place, title) in zip(axes, places, strict=True):
        observed, expected = results[place], results[f"expected_{place}"]
        for kind, label in enumerate(KINDS):
            style = {"color": colors[kind], "marker": markers[kind], "markersize": 4}
            by_number.plot(results["number"], observed[kind], label=label, **style)
            by_sum.plot(expected[kind], observed[kind], **style)
        most = expected.max()
        by_sum.plot([0, most], [0, most], color="0.5", linestyle=":", label="linear")
        by_number.set(title=title, ylabel="observed peak (mV)")
        by_sum.set(title=title, ylim=by_number.get_ylim())
        by_sum.legend(frameon=False, loc="lower right")
    axes[0, 0].legend(frameon=False, fontsize="small")
    axes[1, 0].set_xlabel("number of synapses")
    axes[1, 1].set_xlabel("expected linear sum (mV)")
    return fig


def main(path="dendritic_io.png"):
    """Simulate, say how far from linear the sums are, write the figure."""
    results = simulate()
    for n in [5, 10, MOST]:
        gains = results["dend"][:, n] / results["expected_dend"][:, n]
        shares = ", ".join(
            f"{gain:.0%} ({kind})" for gain, kind in zip(gains, KINDS, strict=True)
        )
        print(f"{n} synapses, dendrite, of the linear sum: {shares}")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
