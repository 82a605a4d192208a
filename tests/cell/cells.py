"""Cells that several tests of models use."""

from brian2 import cm, ms, mV, nS, ohm, pF, uF, um, uS

from dendrisyn import AMPA, Dendrite, NeuronModel, Soma

PASSIVE = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}
CYLINDER = {"length": 100 * um, "diameter": 2 * um}
MEMBRANE = {
    "cm": 1 * uF / cm**2,
    "gl": 40 * uS / cm**2,
    "r_axial": 150 * ohm * cm,
    "v_rest": -65 * mV,
}


def pair(**changes):
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    dend.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    return NeuronModel([(soma, dend, changes.get("g", 8 * nS))])
