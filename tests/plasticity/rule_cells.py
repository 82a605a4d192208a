"""A cell with receptors for projections with rules."""

from brian2 import ms, mV, nS

from dendrisyn import (
    AMPA,
    NMDA,
    Dendrite,
    DendriticSpike,
    NeuronModel,
    SaturatingNMDA,
    Soma,
)

from .helpers import PASSIVE

X = {"x": ("pre", 20 * ms)}


def cell():
    """A soma and a dendrite with receptors, one of which saturates, and a spike."""
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    soma.add(AMPA("x", g=0 * nS, t_decay=5 * ms))
    dend.add(
        AMPA("x", g=0 * nS, t_decay=5 * ms),
        NMDA("rec", g=0 * nS, kinetics=SaturatingNMDA()),
        DendriticSpike(
            "Na",
            threshold=-40 * mV,
            g_rise=5 * nS,
            duration_rise=1 * ms,
            reversal_rise="E_Na",
            refractory=5 * ms,
        ),
    )
    return NeuronModel([(soma, dend, 10 * nS)])
