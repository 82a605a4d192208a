"""The cells of the benchmarks: the same code makes them of dendrisyn and Dendrify."""

import importlib
import logging
from itertools import pairwise

import numpy as np
from brian2 import (
    SpikeGeneratorGroup,
    Synapses,
    cm,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    uF,
    um,
    uS,
)
from side_by_side import SEED

MEMBRANE = {"cm": 1 * uF / cm**2, "gl": 100 * uS / cm**2, "v_rest": -68 * mV}
#: Length and diameter (um), conductance to what is nearer the soma, conductances of the
#: rise and the fall of the Na spike (nS).
DENDRITES = {
    "trunk": (100, 2.5, 10, 20, 16),
    "prox": (120, 1.6, 5, 12, 9),
    "dist": (150, 1.2, 2.5, 9, 7),
}
RECEIVING, RECEPTORS = ("prox", "dist"), ("AMPA", "NMDA")
COMPARTMENTS = ("soma", *DENDRITES)

#: Two resets shape a somatic spike that travels into the dendrites.
SPIKE = {
    "threshold": "V_soma > -46*mV",
    "reset": "V_soma = 30*mV",
    "second_reset": "V_soma = -60*mV",
    "spike_width": 0.6 * ms,
    "refractory": 4 * ms,
}
SOURCES, RATE, EACH = 100, 5, 10  # inputs; Hz; how many of them reach a cell
DT = 0.1  # ms


def package(name):
    """Import a package, and spare the reader what Dendrify logs."""
    imported = importlib.import_module(name)
    for each in list(logging.root.manager.loggerDict):
        if each.split(".")[0] == "dendrify":
            logging.getLogger(each).setLevel(logging.CRITICAL)
    return imported


def na_spike(pkg, rise, fall):
    """Return the arguments of a dendritic spike that is the same in both, step by step.

    The fall of Dendrify starts a step before `offset_fall` after the rise, and is a
    step longer than `duration_fall`.
    """
    step = 0 * ms if pkg.__name__ == "dendrify" else defaultclock.dt
    return {
        "threshold": -42 * mV,
        "g_rise": rise * nS,
        "g_fall": fall * nS,
        "duration_rise": 1 * ms,
        "duration_fall": 2 * ms + step,
        "offset_fall": 1 * ms - step,
        "refractory": 5 * ms,
        "reversal_rise": "E_Na",
        "reversal_fall": "E_K",
    }


def receptors(dend):
    """Add `RECEPTORS`."""
    dend.synapse("AMPA", tag="in", g=1.2 * nS, t_decay=2 * ms)
    dend.synapse("NMDA", tag="in", g=0.3 * nS, t_rise=2 * ms, t_decay=50 * ms)


def pyramidal(pkg, active=True):
    """Return the model of the cell of the quick start."""
    parts, edges = [pkg.Soma("soma", length=25 * um, diameter=25 * um)], []
    for name, (length, diameter, coupling, rise, fall) in DENDRITES.items():
        dend = pkg.Dendrite(name, length=length * um, diameter=diameter * um)
        if name in RECEIVING:
            receptors(dend)
        if active:
            dend.dspikes("Na", **na_spike(pkg, rise, fall))
        edges.append((parts[-1], dend, coupling * nS))
        parts.append(dend)
    return pkg.NeuronModel(edges, **MEMBRANE)


def chain(pkg, size):
    """Return the model of a cell with *size* compartments, all dendrites active."""
    parts = [pkg.Soma("soma", length=25 * um, diameter=25 * um)]
    parts += [
        pkg.Dendrite(f"d{index}", length=40 * um, diameter=2 * um)
        for index in range(1, size)
    ]
    for part in parts:
        receptors(part)
        if part is not parts[0]:  # a soma of Dendrify has none
            part.dspikes("Na", **na_spike(pkg, 9, 7))
    edges = [(one, other, 10 * nS) for one, other in pairwise(parts)]
    return pkg.NeuronModel(edges, **MEMBRANE)


def objects_of(pkg, model, N, **arguments):
    """Return the group of a model, and what else the package makes for it."""
    given = {**SPIKE, **arguments}
    if pkg.__name__ != "dendrify":
        return list(model.make_neurongroup(N, **given))
    # Dendrify asks the Synapses of its second reset for their number, to know whether
    # there is one; standalone mode cannot tell. Answer, so that it runs there at all.
    Synapses.__bool__ = lambda self: True
    try:
        return list(model.make_neurongroup(N, **given))
    finally:
        del Synapses.__bool__


def start(group, suffixes=RECEIVING, current=150):
    """Open the receptors and inject a current (pA): it spikes without any input."""
    for suffix in suffixes:
        setattr(group, f"s_AMPA_in_{suffix}", 1)
        setattr(group, f"s_NMDA_in_{suffix}", 5)
    group.I_ext_soma = current * pA


def schedule(duration):
    """Return the steps and numbers of the inputs that fire."""
    rng = np.random.default_rng(SEED)
    firing = rng.random((round(duration / DT), SOURCES)) < RATE * DT / 1000
    return np.nonzero(firing)


def wiring(N):
    """Return an input and a cell for each synapse."""
    rng = np.random.default_rng(SEED + 1)
    return rng.integers(0, SOURCES, N * EACH), np.repeat(np.arange(N), EACH)


def inputs(group, N, duration):
    """Return inputs that fire at random, and their synapses on both dendrites."""
    steps, sources = schedule(duration)
    generator = SpikeGeneratorGroup(SOURCES, sources, steps * DT * ms, name="inputs")
    variables = [f"s_{kind}_in_{name}" for name in RECEIVING for kind in RECEPTORS]
    on_pre = "; ".join(f"{each}_post += 1" for each in variables)
    synapses = Synapses(generator, group, on_pre=on_pre, name="inputs_synapses")
    i, j = wiring(N)
    synapses.connect(i=i, j=j)
    return [generator, synapses]
