"""Accuracy: what a coarser time step costs, under five methods of integration.

Halve the step, and the error of a method of first order halves; that of second order is
a quarter. Which method is the better one at a given step depends on how much there is
to lose: all of them are right in the limit.

A cell of four compartments gets one strong input of AMPA and NMDA with rise times at
its tip, at time 0. The voltages are compared every 0.5 ms with those of a step so short
that it does not matter.

Run with: python examples/accuracy.py [figure.png]
"""

import sys
import warnings

import numpy as np
from brian2 import Network, StateMonitor, cm, ms, mV, nS, prefs, uF, um, uS

from dendrisyn import AMPA, NMDA, Dendrite, NeuronModel, NumericsWarning, Soma

METHODS = {
    "crank_nicolson": "#0072B2",
    "implicit_euler": "#56B4E9",
    "exponential_euler": "#E69F00",
    "euler": "#D55E00",
    "rk4": "#009E73",
}
STEPS = [0.5, 0.25, 0.1, 0.05, 0.025]  # ms
REFERENCE = "rk4", 0.0125  # ms
EVERY, DURATION = 0.5 * ms, 20 * ms
PLACES = ["soma", "dist"]


def make_model():
    """Return a cell with receptors at its tip."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    trunk = Dendrite("trunk", length=100 * um, diameter=2.5 * um)
    prox = Dendrite("prox", length=120 * um, diameter=1.6 * um)
    dist = Dendrite("dist", length=150 * um, diameter=1.2 * um)
    dist.add(
        AMPA("x", g=6 * nS, t_rise=0.5 * ms, t_decay=2 * ms),
        NMDA("x", g=9 * nS, t_rise=2 * ms, t_decay=50 * ms),
    )
    return NeuronModel(
        [(soma, trunk, 10 * nS), (trunk, prox, 5 * nS), (prox, dist, 2.5 * nS)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        v_rest=-68 * mV,
    )


def respond(model, method, dt):
    """Return times (ms) and voltages (mV) after an input at time 0, by place."""
    with warnings.catch_warnings():
        # That steps are too coarse for some methods is what this is about.
        warnings.simplefilter("ignore", NumericsWarning)
        cell = model.make_neurongroup(1, method=method, dt=dt * ms)
        cell.s_AMPA_x_dist = cell.s_NMDA_x_dist = 1
        voltages = [f"V_{place}" for place in PLACES]
        monitor = StateMonitor(cell, voltages, record=0, dt=EVERY)
        Network(cell, monitor).run(DURATION)
    return monitor.t / ms, np.array([getattr(monitor, name)[0] for name in voltages])


def simulate():
    """Return voltages and largest errors (mV) by method; shape: (place, step)."""
    model = make_model()
    t, reference = respond(model, *REFERENCE)
    results = {"t": t, "reference": 1e3 * reference, "V": {}, "error": {}}
    for method in METHODS:
        # shape: step, place, time
        found = np.array([respond(model, method, dt)[1] for dt in STEPS])
        results["V"][method] = 1e3 * found
        results["error"][method] = 1e3 * np.abs(found - reference).max(axis=2).T
    return results


def order(errors):
    """Return the slope of errors against steps, both logarithmic; 0.5 ms left out."""
    return np.polyfit(np.log(STEPS[1:]), np.log(errors[1:]), 1)[0]


def plot(results):
    """Draw the responses at the coarsest step, and errors against the step."""
    import matplotlib.pyplot as plt

    fig, (trace, error) = plt.subplots(1, 2, figsize=(8.2, 4), layout="constrained")
    trace.plot(results["t"], results["reference"][1], color="0.8", lw=7)
    for method, color in METHODS.items():
        trace.plot(results["t"], results["V"][method][0, 1], ".-", color=color)
        found = results["error"][method][0]
        label = f"{method}: slope {order(found):.1f}"
        error.loglog(STEPS, found, "o-", color=color, ms=4, label=label)
    trace.set(
        title=f"distal dendrite, dt = {STEPS[0]} ms",
        xlabel="time (ms)",
        ylabel="voltage (mV)",
        xlim=(0, 8),
    )
    error.set(
        title="soma",
        xlabel="dt (ms)",
        ylabel="largest error (mV)",
        xticks=STEPS,
        xticklabels=map(str, STEPS),
        ylim=(1e-9, 10),
    )
    error.minorticks_off()
    for axis in (trace, error):
        axis.spines[["top", "right"]].set_visible(False)
    trace.text(3.4, -35, "grey: reference", color="0.4")
    error.legend(frameon=False, loc="lower right", fontsize="small")
    return fig


def main(path="accuracy.png"):
    """Simulate, print the errors at 0.1 ms, write the figure."""
    results = simulate()
    for method, error in results["error"].items():
        soma, dist = error[:, STEPS.index(0.1)]
        print(f"{method}, 0.1 ms: soma {soma:.2g} mV, distal dendrite {dist:.2g} mV")
    plot(results).savefig(path, dpi=100)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
