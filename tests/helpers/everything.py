"""One model with everything in it, run as a script in a chosen mode.

``python everything.py MODE OUTPUT.npz FOLDER`` with MODE one of numpy, cython, cpp,
openmp, float32; the standalone modes build in FOLDER. As many cells have noise as have
none, and neither kind hears of the other.
"""

import sys

import brian2
import numpy as np
from brian2 import (
    EventMonitor,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    amp,
    cm,
    defaultclock,
    mm,
    ms,
    mV,
    nA,
    nS,
    ohm,
    pA,
    uF,
    um,
    uS,
)

from dendrisyn import (
    AMPA,
    GABA,
    NMDA,
    AdEx,
    CadIF,
    ConductanceBased,
    Dendrite,
    DendriticSpike,
    Exponential,
    MagnesiumBlock,
    NeuronModel,
    Soma,
    Synapse,
)
from helpers.modes import connect

N = 20  # cells of each kind
NOISE = 20 * pA
SIGMAS = [f"sigma_noise_{name}" for name in ("soma", "trunk", "basal")]
RECORDED = {"V_soma": mV, "V_distal_tuft": mV, "V_mean": mV, "I_h": pA}


def model():
    """Five compartments, every kind of mechanism, equations of our own."""
    soma = Soma(
        "soma",
        model=AdEx(a=0.5 * nS, tauw=80 * ms, DeltaT=1 * mV, Vth=-48 * mV),
        length=25 * um,
        diameter=25 * um,
    )
    trunk = Dendrite("trunk", length=100 * um, diameter=2.5 * um, spine_factor=1.3)
    prox = Dendrite("prox", length=100 * um, diameter=1.5 * um)
    distal = Dendrite("distal_tuft", length=100 * um, diameter=1 * um, scale_factor=1.2)
    basal = Dendrite(
        "basal",
        model=CadIF(EA=-70 * mV, gAmax=0.001 * nS, tauA=30 * ms),
        length=80 * um,
        diameter=1 * um,
    )
    sodium = DendriticSpike(
        "Na",
        threshold=-42 * mV,
        g_rise=15 * nS,
        g_fall=10 * nS,
        duration_rise=1.2 * ms,
        duration_fall=2.4 * ms,
        offset_fall=0.3 * ms,
        reversal_rise="E_Na",
        reversal_fall="E_K",
        refractory=5 * ms,
    )
    calcium = DendriticSpike(
        "Ca",
        threshold=-30 * mV,
        g_rise=0.1 * uS / mm**2,
        duration_rise=6 * ms,
        reversal_rise="E_Ca",
        refractory=20 * ms,
    )
    for dendrite in (trunk, prox, distal):
        dendrite.add(sodium, AMPA("x", g=2 * nS, t_rise=0.5 * ms, t_decay=3 * ms))
        dendrite.synapse("NMDA", "x", g=1 * nS, t_rise=2 * ms, t_decay=40 * ms)
    distal.add(
        calcium,
        NMDA("y", g=1 * nS, t_decay=40 * ms, output=MagnesiumBlock(gamma=5)),
        NMDA("z", g=1 * nS, t_decay=40 * ms, output=MagnesiumBlock(gamma=5)),
        GABA("x", g=1 * nS, t_rise=2 * ms, t_decay=2 * ms, E=-75 * mV),
    )
    basal.add(
        Synapse(
            "nicotinic",
            "x",
            kinetics=Exponential(t_decay=5 * ms),
            output=ConductanceBased(E=5 * mV),
            g=1 * nS,
        )
    )
    for compartment in (soma, trunk, basal):
        compartment.noise(sigma=0 * pA, mean=2 * pA, tau=5 * ms)
    trunk.add_equations(
        """I_h = g_h * m_h * (E_h - V_trunk) : amp
           dm_h/dt = (1/(1 + exp((V_trunk + 80*mV)/(7*mV))) - m_h)/(30*ms) : 1""",
        currents=["I_h"],
    )
    trunk.add_params({"g_h": 2 * nS, "E_h": -30 * mV})
    cell = NeuronModel(
        [
            (soma, trunk),
            (trunk, prox, "cylinder_prox"),
            (prox, distal, 8 * nS),
            (soma, basal, 6 * nS),
        ],
        cm=1 * uF / cm**2,
        gl=40 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-69 * mV,
        scale_factor=2.5,
    )
    cell.config_dspikes("Na", threshold=-41 * mV)
    cell.parameters["w_AMPA_x_prox"] = 1.5
    cell.add_equations("V_mean = (V_soma + V_trunk + V_prox)/3 : volt")
    return cell


def network():
    """Cells with fixed input, recurrent inhibition and a target of their spikes."""
    cells, operation = model().make_neurongroup(
        2 * N,
        threshold="V_soma > -40*mV",
        reset="V_soma = 35*mV",
        second_reset="""V_soma = -60*mV
                        w_soma += 40*pA""",
        spike_width=0.8 * ms,
        refractory=3 * ms,
        hold_refractory=True,
        per_neuron=[
            "g_AMPA_x_trunk",
            "t_NMDA_decay_x_prox",
            "g_soma_trunk",
            *SIGMAS,
        ],
        namespace={"spread": 1.0},
        events={"high": "V_distal_tuft > -20*mV * spread"},
    )
    each = np.tile(np.linspace(0, 1, N), 2)
    cells.g_AMPA_x_trunk = (1 + 2 * each) * nS
    cells.t_NMDA_decay_x_prox = (20 + 40 * each) * ms
    cells.g_soma_trunk = (8 + 12 * each) * nS
    cells.I_ext_soma = 0.25 * each * nA
    for name in SIGMAS:
        setattr(cells, name, np.repeat([0, NOISE], N) * amp)
    inputs = SpikeGeneratorGroup(
        3, np.arange(60) % 3, (np.arange(60) * 2.5 + 1) * ms, name="inputs"
    )
    feed = Synapses(
        inputs,
        cells,
        on_pre="""s_AMPA_x_trunk += 0.5
                  s_AMPA_x_prox += 0.5
                  s_AMPA_x_distal_tuft += 0.8
                  s_NMDA_x_distal_tuft += 0.2
                  s_NMDA_y_distal_tuft += 0.1
                  s_NMDA_z_distal_tuft += 0.1
                  s_NMDA_x_prox += 0.2
                  s_nicotinic_x_basal += 0.5""",
    )
    connect(feed)
    recurrent = Synapses(
        cells, cells, on_pre="s_GABA_x_distal_tuft += 0.2", delay=1 * ms
    )
    recurrent.connect(condition=f"i != j and i // {N} == j // {N}")
    dendritic = Synapses(
        cells,
        cells,
        model="heard : 1",
        on_pre="heard += 1",
        on_event={"pre": "spike_Na_trunk"},
    )
    connect(dendritic, j="i")
    monitors = {
        "spikes": SpikeMonitor(cells),
        "sodium": EventMonitor(cells, "spike_Na_trunk"),
        "calcium": EventMonitor(cells, "spike_Ca_distal_tuft"),
        "high": EventMonitor(cells, "high"),
        "traces": StateMonitor(cells, list(RECORDED), record=[0, N - 1, N, 2 * N - 1]),
    }
    parts = [cells, inputs, feed, recurrent, dendritic, *monitors.values()]
    return Network(*parts), monitors, dendritic, operation


def run(mode, folder, duration=150 * ms):
    """Run the network in a mode; return its events and traces as arrays.

    The names of those of the cells with noise start with ``noisy_``.
    """
    brian2.prefs.codegen.target = "numpy" if mode == "numpy" else "cython"
    if mode in ("cpp", "openmp", "float32"):
        brian2.set_device("cpp_standalone", directory=folder, debug=False)
    if mode == "openmp":
        brian2.prefs.devices.cpp_standalone.openmp_threads = 2
    if mode == "float32":
        brian2.prefs.core.default_float_dtype = np.float32
    defaultclock.dt = 0.1 * ms
    whole, monitors, dendritic, _ = network()
    whole.run(duration)
    traces = monitors.pop("traces")
    results = {"heard": np.array(dendritic.heard)[:N]}
    for kind, first in ("", 0), ("noisy_", N):
        for name, monitor in monitors.items():
            indices = np.array(monitor.i) - first
            here = (indices >= 0) & (indices < N)
            results[f"{kind}{name}_t"] = np.array(monitor.t / ms)[here]
            results[f"{kind}{name}_i"] = indices[here]
        for name, unit in RECORDED.items():
            both = np.array(getattr(traces, name) / unit)
            results[kind + name] = both[2:] if first else both[:2]
    return results


if __name__ == "__main__":
    np.savez(sys.argv[2], **run(sys.argv[1], sys.argv[3]))
