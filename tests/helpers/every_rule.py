"""Every rule of long-term plasticity, run as a script in a chosen mode.

``python every_rule.py MODE OUTPUT.npz FOLDER`` with MODE one of numpy, cython, cpp; cpp
builds in FOLDER. Each rule has a thousand synapses on a hundred cells.
"""

import sys

import brian2
import numpy as np
from brian2 import (
    Hz,
    Network,
    SpikeGeneratorGroup,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
)

from dendrisyn import (
    AMPA,
    BTSP,
    NMDA,
    CalciumPool,
    CalciumSTDP,
    Dendrite,
    DendriticSpike,
    InhibitorySTDP,
    NeuronModel,
    PairSTDP,
    PlateauSignal,
    Soma,
    ThresholdCrossing,
    TraceSTDP,
    TripletSTDP,
    VoltageSTDP,
)
from dendrisyn.extend import Names
from helpers.modes import connect

CELLS, SYNAPSES, INPUTS = 100, 1000, 40

POOL = CalciumPool("I_NMDA_x", gain=0.3 / (pA * ms), tau=20 * ms, floor=0.5)
PLATEAU = PlateauSignal(threshold=-40 * mV, duration=20 * ms, tau=300 * ms)
RULES = {
    "pair": PairSTDP(A_plus=0.02, A_minus=0.021),
    "dendritic": PairSTDP(
        A_plus=0.05,
        A_minus=0.05,
        mu_plus=1,
        mu_minus=0.5,
        pairing="nearest",
        post="spike_Na_dend",
        gate="V_soma_post / (-60*mV)",
    ),
    "triplet": TripletSTDP.visual_cortex(
        post=ThresholdCrossing("V_dend", -45 * mV), w_max=2
    ),
    "inhibitory": InhibitorySTDP(rate=5 * Hz, eta=0.01),
    "own": TraceSTDP(
        traces={"x": ("pre", 20 * ms)},
        change_pre="-0.001",
        change_post="A * x * (1 - w)",
        constants={"A": 0.05},
    ),
    "voltage": VoltageSTDP(),
    "calcium": CalciumSTDP(sigma=0),
    "pool": CalciumSTDP(sigma=0, C_post=0, pool=POOL),
    "btsp": BTSP(plateau=PLATEAU),
    "noise": CalciumSTDP(),
}
#: Random numbers differ between modes, so this rule acts on a receptor without current.
SILENT = "noise"


def build():
    """Return a group of cells that spike, in soma and dendrite, and their model."""
    passive = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}
    soma, dend = Soma("soma", **passive), Dendrite("dend", **passive)
    dend.add(
        AMPA("x", g=0.25 * nS, t_decay=5 * ms),
        AMPA("silent", g=0 * nS, t_decay=5 * ms),
        NMDA("x", g=0.1 * nS, t_decay=50 * ms),
        DendriticSpike(
            "Na",
            threshold=-45 * mV,
            g_rise=20 * nS,
            duration_rise=1 * ms,
            g_fall=10 * nS,
            duration_fall=2 * ms,
            offset_fall=0.5 * ms,
            reversal_rise="E_Na",
            reversal_fall="E_K",
            refractory=5 * ms,
        ),
        ThresholdCrossing("V_dend", -45 * mV),
        POOL,
        PLATEAU,
        *(need.mechanism for need in RULES["voltage"].needs(Names.of("dend"))),
    )
    return NeuronModel([(soma, dend, 10 * nS)])


def run(mode, folder):
    """Run the network in a mode; return its weights as arrays."""
    brian2.prefs.codegen.target = "numpy" if mode == "numpy" else "cython"
    if mode == "cpp":
        brian2.set_device("cpp_standalone", directory=folder, debug=False)
    defaultclock.dt = 0.1 * ms
    brian2.seed(3)
    model = build()
    cells = model.make_neurongroup(
        CELLS,
        threshold="V_soma > -50*mV",
        reset="V_soma = 20*mV",
        second_reset="V_soma = -70*mV",
        spike_width=1 * ms,
        refractory=4 * ms,
    )[0]
    rng = np.random.default_rng(5)
    spikes = rng.random((3000, INPUTS)) < 30 * 1e-4
    steps, sources = np.nonzero(spikes)
    inputs = SpikeGeneratorGroup(INPUTS, sources, steps * 0.1 * ms)
    pairs = rng.permutation(INPUTS * CELLS)[:SYNAPSES]
    parts = [cells, inputs]
    for name, rule in RULES.items():
        receptors = ["AMPA_x_dend", "NMDA_x_dend"]
        if name == SILENT:
            receptors = ["AMPA_silent_dend"]
        made = model.projection(*receptors, weight={"w": 0.5}, plasticity=rule)
        synapses = made.synapses(inputs, cells, delay=1 * ms)
        connect(synapses, i=pairs // CELLS, j=pairs % CELLS)
        parts.append(synapses)
    monitor = brian2.SpikeMonitor(cells)
    dendritic = brian2.EventMonitor(cells, "spike_Na_dend")
    Network(*parts, monitor, dendritic).run(300 * ms)
    results = {
        name: np.array(synapses.w)
        for name, synapses in zip(RULES, parts[2:], strict=True)
    }
    results["spikes"] = np.array([monitor.num_spikes, dendritic.num_events])
    return results


if __name__ == "__main__":
    np.savez(sys.argv[2], **run(sys.argv[1], sys.argv[3]))
