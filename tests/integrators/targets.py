"""A network whose cells use all kinds of statements, for `test_targets`."""

import sys

import brian2
import numpy as np
from brian2 import Network, StateMonitor, defaultclock, ms, mV, nS, pA, pF

from dendrisyn import AdEx, Dendrite, NeuronModel, Soma


def run(mode, folder):
    """Run two cells in a mode; return their states as arrays."""
    brian2.prefs.codegen.target = "numpy" if mode == "numpy" else "cython"
    if mode == "cpp":
        brian2.set_device("cpp_standalone", directory=folder, debug=False)
    defaultclock.dt = 0.1 * ms
    membrane = AdEx(a=2 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV)
    soma = Soma("soma", model=membrane, cm_abs=100 * pF, gl_abs=10 * nS)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=5 * nS)
    dend.synapse("NMDA", tag="x", g=1 * nS, t_rise=2 * ms, t_decay=50 * ms)
    model = NeuronModel([(soma, dend, 10 * nS)], v_rest=-65 * mV)
    model.add_equations("""
        dm/dt = (rise - m)*(rise + int(V_soma > V_dend))/ms : 1
        rise = 1/(1 + exp(-(V_soma + 50*mV)/(5*mV))) : 1
    """)
    group = model.make_neurongroup(
        2,
        threshold="V_soma > 0*mV",  # an upstroke that a step does not resolve
        reset="V_soma = -58*mV; w_soma += 20*pA",
        refractory=1 * ms,
        hold_refractory=True,
        per_neuron=["g_soma_dend", "t_NMDA_decay_x_dend"],
    )
    group.g_soma_dend = [10, 20] * nS
    group.I_ext_soma = [600, 0] * pA
    group.s_NMDA_x_dend = [1, 2]
    recorded = ["V_soma", "V_dend", "w_soma", "m", "x_NMDA_x_dend"]
    monitor = StateMonitor(group, recorded, record=True)
    Network(group, monitor).run(30 * ms)
    return {name: np.array(getattr(monitor, name)) for name in recorded}


if __name__ == "__main__":
    np.savez(sys.argv[2], **run(sys.argv[1], sys.argv[3]))
