"""Cells of one and two compartments with receptors, for the tests of PSPs."""

import numpy as np
from brian2 import ms, mV, nS, pA, pF

from dendrisyn import (
    Alpha,
    CurrentBased,
    Dendrite,
    DualExponential,
    Exponential,
    NeuronModel,
    PointNeuronModel,
    Soma,
    Synapse,
)

# Numbers are in ms, mV, nS, pF, pA and fC.
REST = -70
C = np.array([100.0, 50.0])
LEAK = np.array([5.0, 3.0])
COUPLING = 10.0
KINETICS = {
    "exponential": Exponential(t_decay=3 * ms),
    "dual": DualExponential(t_rise=0.5 * ms, t_decay=3 * ms),
    "alpha": Alpha(tau=2 * ms),
}


def cell(*mechanisms):
    """Return a passive cell of two compartments, with receptors on the dendrite."""
    soma = Soma("soma", cm_abs=C[0] * pF, gl_abs=LEAK[0] * nS, v_rest=REST * mV)
    dend = Dendrite("dend", cm_abs=C[1] * pF, gl_abs=LEAK[1] * nS, v_rest=REST * mV)
    dend.add(*mechanisms)
    return NeuronModel([(soma, dend, COUPLING * nS)])


def point(*mechanisms, **kwargs):
    """Return a cell of one compartment: 100 pF, 5 nS, 20 ms."""
    made = PointNeuronModel(
        cm_abs=C[0] * pF, gl_abs=LEAK[0] * nS, v_rest=REST * mV, **kwargs
    )
    made.add(*mechanisms)
    return made


def current(kinetics, J=50):
    return Synapse("exc", "x", kinetics=kinetics, output=CurrentBased(J=J * pA))
