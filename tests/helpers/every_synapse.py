"""Every kinetics, static and plastic, run as a script in a chosen mode.

``python every_synapse.py MODE OUTPUT.npz FOLDER`` with MODE one of numpy, cython, cpp;
cpp builds in FOLDER.
"""

import sys

import brian2
import numpy as np
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
)

from dendrisyn import (
    AMPA,
    GABA,
    GABAB,
    NMDA,
    Alpha,
    CurrentBased,
    Delta,
    Dendrite,
    DualExponential,
    Exponential,
    NeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    TsodyksMarkram,
    TwoStateKinetics,
    magnesium_blocks,
)
from helpers.modes import connect


def receptors(tag):
    """One receptor of each kinetics, and of each output."""
    return [
        AMPA(tag, g=1 * nS, kinetics=TwoStateKinetics.ampa()),
        NMDA(
            tag,
            g=2 * nS,
            kinetics=SaturatingNMDA(),
            output=magnesium_blocks["pagkalos_2023"],
        ),
        GABAB(tag, g=50 * nS),
        GABA(tag, g=1 * nS, kinetics=Alpha(tau=2 * ms)),
        Synapse("kick", tag, kinetics=Delta(J=0.3 * mV)),
        Synapse(
            "exc",
            tag,
            kinetics=Exponential(t_decay=5 * ms),
            output=CurrentBased(J=10 * pA),
        ),
        Synapse(
            "slow",
            tag,
            kinetics=DualExponential(t_rise=1 * ms, t_decay=9 * ms),
            output=CurrentBased(J=5 * pA),
            pooled=False,
        ),
    ]


def run(mode, folder):
    """Run the network in a mode; return its states as arrays."""
    brian2.prefs.codegen.target = "numpy" if mode == "numpy" else "cython"
    if mode == "cpp":
        brian2.set_device("cpp_standalone", directory=folder, debug=False)
    defaultclock.dt = 0.1 * ms
    passive = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}
    soma, dend = Soma("soma", **passive), Dendrite("dend", **passive)
    dend.add(*receptors("static"), *receptors("plastic"))
    model = NeuronModel([(soma, dend, 10 * nS)])
    group = model.make_neurongroup(2)
    times = np.arange(90) * 1.7 + 1
    source = SpikeGeneratorGroup(3, np.arange(90) % 3, times * ms)
    parts = [group, source]
    names = {tag: [f"{each.label}_dend" for each in receptors(tag)] for tag in TAGS}
    for tag, rule in TAGS.items():
        made = model.projection(*names[tag], weight={"w": 0.5}, short_term=rule)
        synapses = made.synapses(source, group, delay=1 * ms)
        connect(synapses)
        parts.append(synapses)
    recorded = ["V_soma", "V_dend"]
    recorded += [
        f"I_{name}" for tag in TAGS for name in names[tag] if "kick" not in name
    ]
    monitor = StateMonitor(group, recorded, record=1)
    Network(*parts, monitor).run(200 * ms)
    results = {name: np.array(getattr(monitor, name)[0]) for name in recorded}
    results["z_stp"] = np.array(parts[-1].z_stp)
    return results


TAGS = {
    "static": None,
    "plastic": TsodyksMarkram(U=0.3, tau_rec=50 * ms, tau_facil=90 * ms),
}

if __name__ == "__main__":
    np.savez(sys.argv[2], **run(sys.argv[1], sys.argv[3]))
