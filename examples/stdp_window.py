"""The STDP window of one rule at the soma and along a dendrite.

A synapse on a dendrite cannot see the spike of the soma. It sees the back-propagating
action potential, when that arrives: here, when the voltage of its own compartment rises
through -30 mV. So one rule has a different window at each place, if time is counted
from the spike of the soma: it is shifted by the time that the action potential takes.
Inhibition halfway out slows the action potential down and, once it is strong enough,
stops it. Then distal synapses learn nothing, and proximal ones hardly notice.

All of it is one group in one run: each neuron has one synapse, at one place, which is
active at one time, and inhibition of one strength.

Run with: python examples/stdp_window.py [figure.png]
"""

# %%
import sys
from itertools import pairwise

import numpy as np
from brian2 import (
    EventMonitor,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    cm,
    mS,
    ms,
    mV,
    nA,
    nS,
    ohm,
    prefs,
    uF,
    um,
    uS,
)

from dendrisyn import (
    AMPA,
    GABA,
    Dendrite,
    DendriticSpike,
    NeuronModel,
    PairSTDP,
    Soma,
    ThresholdCrossing,
)

DT = 0.05 * ms
DIAMETERS = {"trunk": 2.0, "prox": 1.7, "mid": 1.5, "far": 1.3, "dist": 1.2}  # um
PLACES = ["soma", "prox", "dist"]  # where the synapses are
ONSET = 70  # of the current that makes the soma fire, in ms

# From the presynaptic spike to that of the soma, in ms: finer around 0.
WINDOW = np.union1d(np.arange(-60, 61, 4), np.arange(-5, 5.1, 0.25))
STRENGTHS = np.arange(0, 12.1, 0.5)  # of inhibition, in nS
BLOCKED = STRENGTHS[-1]
PAIRING = 8  # of the window, measured with every strength

# %% [markdown]
# ## The rule
#
# There is one rule. What differs is the event that it calls postsynaptic: the voltage
# of the compartment that the synapse is on rises through -30 mV.

# %%
START, CHANGE, TAU = 0.5, 0.01, 20 * ms
ARRIVALS = {place: ThresholdCrossing(f"V_{place}", -30 * mV) for place in PLACES}
RULES = {
    place: PairSTDP(
        A_plus=CHANGE, A_minus=CHANGE, tau_plus=TAU, tau_minus=TAU, post=arrival
    )
    for place, arrival in ARRIVALS.items()
}

# %% [markdown]
# ## The cell
#
# A soma and 600 µm of dendrite, in five cylinders whose Na spikes carry the action
# potential outwards. Inhibition is in the middle. The synapses are too weak to make any
# of it happen by themselves.


# %%
def make_model():
    """Return the soma and its dendrite."""
    compartments = [Soma("soma", length=25 * um, diameter=25 * um)]
    for name, diameter in DIAMETERS.items():
        dend = Dendrite(name, length=120 * um, diameter=diameter * um)
        dend.add(
            DendriticSpike(
                "Na",
                threshold=-45 * mV,
                g_rise=1.0 * mS / cm**2,
                g_fall=1.2 * mS / cm**2,
                duration_rise=0.8 * ms,
                duration_fall=2 * ms,
                offset_fall=0.8 * ms,
                refractory=4 * ms,
                reversal_rise="E_Na",
                reversal_fall="E_K",
            )
        )
        if name == "mid":
            dend.add(GABA("inh", g=1 * nS, t_rise=1 * ms, t_decay=10 * ms))
        compartments.append(dend)
    for each in compartments:
        if each.name in PLACES:
            each.add(AMPA("x", g=0.005 * nS, t_decay=2 * ms), ARRIVALS[each.name])
    return NeuronModel(
        list(pairwise(compartments)),
        cm=1 * uF / cm**2,
        gl=60 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


def make_cells(model, N):
    """Return a group of cells with an action potential that lasts 0.8 ms."""
    # The second value that is returned is contained in the group: no need to keep it.
    cells, _ = model.make_neurongroup(
        N,
        threshold="V_soma > -50*mV",
        reset="V_soma = 30*mV",
        second_reset="V_soma = -72*mV",
        spike_width=0.8 * ms,
        refractory=8 * ms,
        dt=DT,
    )
    return cells


# %% [markdown]
# ## The experiment
#
# Each neuron has the place of its synapse, the time at which that is active, and the
# strength of its inhibition. A current makes all of them fire once. Whole windows are
# measured without inhibition and with the strongest, one pairing with each strength.


# %%
def make_table():
    """Return for each neuron place, time (ms) and strength (nS)."""
    table = [
        (place, time, strength)
        for place in PLACES
        for strength in STRENGTHS
        for time in (WINDOW if strength in (0, BLOCKED) else [PAIRING])
    ]
    place, time, strength = zip(*table, strict=True)
    return np.array(place), np.array(time, float), np.array(strength)


def times_of(monitor, N):
    """Return the time (ms) of the event of each neuron, NaN where there is none."""
    times = np.full(N, np.nan)
    times[np.array(monitor.i)] = monitor.t / ms
    return times


def simulate():
    """Return times (ms) and change of the weight of each neuron; voltages (mV)."""
    place, time, strength = make_table()
    N = len(place)
    pre = ONSET + 1 - time  # the soma fires about a millisecond after the onset
    model = make_model()
    cells = make_cells(model, N)
    source = SpikeGeneratorGroup(N, np.arange(N), pre * ms, dt=DT)
    synapses = []
    for each, rule in RULES.items():
        projection = model.projection(
            f"AMPA_x_{each}", weight={"w": START}, plasticity=rule
        )
        synapses.append(projection.synapses(source, cells, dt=DT))
        here = np.flatnonzero(place == each)
        synapses[-1].connect(i=here, j=here)

    # Two neurons, without and with inhibition, that have no input before the spike.
    shown = [np.argmax((strength == each) & (time < 0)) for each in [0, BLOCKED]]
    voltages = StateMonitor(cells, [f"V_{each}" for each in PLACES], record=shown)
    spikes = SpikeMonitor(cells)
    arrivals = [EventMonitor(cells, each.event) for each in ARRIVALS.values()]
    network = Network(cells, source, synapses, voltages, spikes, arrivals)
    network.run((ONSET - 5) * ms)
    cells.s_GABA_inh_mid = strength
    network.run(5 * ms)
    cells.I_ext_soma = 0.5 * nA
    network.run(2 * ms)
    cells.I_ext_soma = 0 * nA
    network.run(60 * ms)

    spike, arrival, change = times_of(spikes, N), np.empty(N), np.empty(N)
    for monitor, each in zip(arrivals, synapses, strict=True):
        here = np.array(each.j)
        arrival[here] = times_of(monitor, N)[here]
        change[here] = each.w - START
    return {
        "place": place,
        "strength": strength,
        "paired": time == PAIRING,
        "pre": pre,
        "spike": spike,
        "arrival": arrival,
        "change": change,
        "t": voltages.t / ms - spike[shown][:, np.newaxis],
        "V": {each: getattr(voltages, f"V_{each}") / mV for each in PLACES},
    }


def window(results, place, strength):
    """Return the window at a place, as time from pre to soma (ms) and change."""
    chosen = (results["place"] == place) & (results["strength"] == strength)
    delta = (results["spike"] - results["pre"])[chosen]
    return delta, results["change"][chosen]


def effect(results, place):
    """Return strengths (nS), and delay (ms) and change of weight under each."""
    chosen = (results["place"] == place) & results["paired"]
    delay = (results["arrival"] - results["spike"])[chosen]
    return results["strength"][chosen], delay, results["change"][chosen]


# %% [markdown]
# ## The figure


# %%
def plot(results):
    """Draw action potentials, windows, and the effect of inhibition."""
    import matplotlib.pyplot as plt

    colors = dict(zip(PLACES, ["#000000", "#0072B2", "#D55E00"], strict=True))
    names = dict(zip(PLACES, ["soma", "proximal", "distal"], strict=True))
    fig, axes = plt.subplot_mosaic(
        [["voltage", "window"], ["zoom", "delay"], ["zoom", "paired"]],
        figsize=(8, 7.5),
        layout="constrained",
        height_ratios=[2, 1, 1],
    )
    voltage, whole, zoom = (axes[each] for each in ["voltage", "window", "zoom"])
    dashed = {"linestyle": (0, (4, 2)), "linewidth": 1}
    for each, color in colors.items():
        free, inhibited = results["V"][each]
        voltage.plot(results["t"][0], free, color=color, label=names[each])
        voltage.plot(results["t"][1], inhibited, color=color, **dashed)
    voltage.plot([], [], color="0.4", label="inhibited", **dashed)
    voltage.axhline(-30, color="0.6", linestyle=":", label="arrival")
    voltage.set(
        title="the action potential travels",
        xlabel="time from the spike of the soma (ms)",
        ylabel="voltage (mV)",
        xlim=(-1, 7),
    )
    voltage.legend(frameon=False)

    for axis in (whole, zoom):
        axis.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        axis.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        for each, color in colors.items():
            delta, change = window(results, each, 0)
            for up in (True, False):
                part = (change > 0) == up
                axis.plot(
                    delta[part],
                    100 * change[part],
                    color=color,
                    marker="o" if axis is zoom else "",
                    markersize=3,
                    label=names[each] if up else None,
                )
        delta, change = window(results, "dist", BLOCKED)
        axis.plot(
            delta,
            100 * change,
            color=color,
            label=f"{names[each]}, inhibited",
            **dashed,
        )
        axis.set(
            xlabel="from presynaptic to somatic spike (ms)",
            ylabel="change of weight (% of its range)",
        )
    for each, color in colors.items():
        _, delay, _ = effect(results, each)
        zoom.axvline(-delay[0], color=color, linestyle=":", linewidth=1)
    whole.set(title="one rule, a window at each place")
    whole.legend(frameon=False, loc="lower right", fontsize="small")
    zoom.set(title="shifted by the delay (dotted)", xlim=(-4, 4))

    for each, color in colors.items():
        strength, delay, change = effect(results, each)
        style = {"color": color, "marker": "o", "markersize": 3}
        axes["delay"].plot(strength, delay, **style)
        axes["paired"].plot(strength, 100 * change, **style)
    axes["delay"].set(title="inhibition halfway out", ylabel="delay (ms)", ylim=(0, 3))
    axes["delay"].tick_params(labelbottom=False)
    axes["paired"].set(
        xlabel="inhibition (nS)", ylabel=f"change at {PAIRING} ms (%)", ylim=(0, 0.8)
    )
    return fig


# %%
def main(path="stdp_window.png"):
    """Simulate, say how far windows are shifted, write the figure."""
    results = simulate()
    for each in PLACES:
        _, delay, change = effect(results, each)
        print(
            f"{each}: the window is shifted by {delay[0]:.2f} ms; a pairing at "
            f"{PAIRING} ms gives {change[0]:.2%}, inhibited {change[-1]:.2%}"
        )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
