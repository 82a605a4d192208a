"""A model with receptors of every kind, and sources of spikes."""

import numpy as np
from brian2 import (
    SpikeGeneratorGroup,
    ms,
    mV,
    nS,
    pF,
)

from dendrisyn import (
    AMPA,
    NMDA,
    Delta,
    Dendrite,
    NeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    TwoStateKinetics,
)

PASSIVE = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}

#: A rule of pairs with traces, written as a dict.
STDP = {
    "model": """dbefore/dt = -before/tau : 1 (event-driven)
                dafter/dt = -after/tau : 1 (event-driven)""",
    "on_pre": """before += 0.1
                 w = clip(w + after, 0, 2)""",
    "on_post": """after -= 0.05
                  w = clip(w + before, 0, 2)""",
    "namespace": {"tau": 20 * ms},
}


def cell():
    """A soma and a dendrite with receptors of each kind."""
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    dend.add(
        AMPA("x", g=1 * nS, t_decay=5 * ms),
        NMDA("x", g=1 * nS, t_rise=2 * ms, t_decay=60 * ms),
        NMDA("rec", g=1 * nS, kinetics=SaturatingNMDA()),
        AMPA("gated", g=1 * nS, kinetics=TwoStateKinetics.ampa()),
        Synapse("kick", "x", kinetics=Delta(J=1 * mV)),
    )
    return NeuronModel([(soma, dend, 10 * nS)])


def spikes(*times, n=1):
    return SpikeGeneratorGroup(n, np.arange(len(times)) % n, list(times) * ms)
