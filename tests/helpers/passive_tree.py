"""Passive cells and their closed forms, for the tests of measurements."""

import numpy as np
from brian2 import mV, nS, pF

from dendrisyn import Dendrite, NeuronModel, Soma

#: Capacitance (pF) and leak (nS) of each compartment, and couplings (nS).
TREE = {
    "soma": (100, 5),
    "trunk": (30, 1.5),
    "left": (12, 0.9),
    "right": (20, 0.6),
    "tip": (8, 0.5),
}
COUPLINGS = [
    ("soma", "trunk", 12),
    ("trunk", "left", 4),
    ("trunk", "right", 5),
    ("right", "tip", 2),
]


def passive_tree(rest=-70 * mV):
    """Return a branched cell of five compartments."""
    parts = {
        name: (Soma if name == "soma" else Dendrite)(
            name, cm_abs=C * pF, gl_abs=g * nS, v_rest=rest
        )
        for name, (C, g) in TREE.items()
    }
    return NeuronModel([(parts[a], parts[b], g * nS) for a, b, g in COUPLINGS])


def matrices(leaks=None):
    """Return the names, capacitances (farad) and conductances (siemens) of the tree."""
    names = list(TREE)
    C = np.diag([each[0] for each in TREE.values()]) * 1e-12
    G = np.diag([each[1] for each in TREE.values()] if leaks is None else leaks)
    G = G.astype(float)
    for one, other, g in COUPLINGS:
        a, b = names.index(one), names.index(other)
        G[a, a] += g
        G[b, b] += g
        G[a, b] -= g
        G[b, a] -= g
    return names, C, G * 1e-9


def impedance(frequency, **kwargs):
    """Return the names and the matrix of impedances at a frequency (ohm)."""
    names, C, G = matrices(**kwargs)
    return names, np.linalg.inv(G + 2j * np.pi * frequency * C)
