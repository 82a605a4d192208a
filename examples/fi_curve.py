"""F-I curve: firing rate against injected current, in one group.

Every neuron of a group may get its own current and its own parameters, so a sweep is
one simulation. Here half of the neurons have a dendrite and half have none (their
coupling conductance is zero): the dendrite is a load, which shifts the rheobase.

Run with: python examples/fi_curve.py [figure.png]
"""

import sys

import numpy as np
from brian2 import Network, SpikeMonitor, cm, ms, mV, nS, pA, prefs, second, uF, um, uS

from dendrisyn import Dendrite, NeuronModel, Soma

CURRENTS = np.arange(0, 201, 4)  # pA
DURATION = 2 * second
REST, THRESHOLD, RESET = -70, -50, -60  # mV
REFRACTORY = 3  # ms
COUPLING = 8 * nS


def make_model():
    """Return a soma and a passive dendrite."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    dend = Dendrite("dend", length=200 * um, diameter=2 * um)
    return NeuronModel(
        [(soma, dend, COUPLING)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        v_rest=REST * mV,
    )


def simulate():
    """Return rates (Hz) with and without dendrite, and the rheobase in theory (pA)."""
    model = make_model()
    cells = model.make_neurongroup(
        2 * len(CURRENTS),
        threshold=f"V_soma > {THRESHOLD}*mV",
        reset=f"V_soma = {RESET}*mV",
        refractory=REFRACTORY * ms,
        hold_refractory=True,
        # The two directions of a coupling are one value: one name is enough.
        per_neuron=["g_dend_soma"],
    )
    cells.g_dend_soma[: len(CURRENTS)] = 0 * nS
    cells.I_ext_soma = np.tile(CURRENTS, 2) * pA
    spikes = SpikeMonitor(cells, record=False)
    Network(cells, spikes).run(DURATION)

    # At rheobase, the current that holds the soma at threshold leaves through its leak
    # and, in series with the coupling, through that of the dendrite.
    soma, dend = (model.compartments[name].g_leakage / nS for name in ["soma", "dend"])
    coupling = COUPLING / nS
    load = coupling * dend / (coupling + dend)
    alone, loaded = np.array(spikes.count / DURATION).reshape(2, -1)
    return {
        "current": CURRENTS,
        "rate": {"soma alone": alone, "with dendrite": loaded},
        "rheobase": {
            "soma alone": (THRESHOLD - REST) * soma,
            "with dendrite": (THRESHOLD - REST) * (soma + load),
        },
    }


def plot(results):
    """Draw both F-I curves and the rheobase in theory."""
    import matplotlib.pyplot as plt

    styles = {"soma alone": ("o", "#E69F00"), "with dendrite": ("s", "#0072B2")}
    fig, axis = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for kind, (marker, color) in styles.items():
        axis.plot(
            results["current"],
            results["rate"][kind],
            marker=marker,
            markersize=3,
            color=color,
            label=kind,
        )
        axis.axvline(
            results["rheobase"][kind],
            color=color,
            linestyle=":",
            label=f"rheobase in theory: {results['rheobase'][kind]:.0f} pA",
        )
    axis.set(xlabel="current at the soma (pA)", ylabel="firing rate (Hz)")
    axis.set_xlim(0, CURRENTS[-1])
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False)
    return fig


def main(path="fi_curve.png"):
    """Simulate, compare the rheobases with theory, write the figure."""
    results = simulate()
    for kind, rate in results["rate"].items():
        first = results["current"][np.flatnonzero(rate)[0]]
        print(
            f"{kind}: fires from {first} pA on, rheobase in theory "
            f"{results['rheobase'][kind]:.1f} pA"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
