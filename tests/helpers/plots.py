"""Monitors that tests of plots draw, and the lines on axes."""

from functools import cache

import numpy as np
from brian2 import (
    EventMonitor,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    nA,
    nS,
    pF,
)

from dendrisyn import (
    AMPA,
    Dendrite,
    DendriticSpike,
    NeuronModel,
    Soma,
)


def labels(ax):
    """Return the labels of the lines."""
    return ax.get_legend_handles_labels()[1]


def curves(ax):
    """Return x and y of the lines that have a label."""
    return [line.get_data() for line in ax.get_legend_handles_labels()[0]]


def curve(ax):
    """Return x and y of the only line that has a label."""
    (only,) = curves(ax)
    return only


@cache
def model():
    """Return a model whose dendrites are written before the soma."""
    tip, dend = (
        Dendrite(name, cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
        for name in ("tip", "dend")
    )
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    spike = DendriticSpike(
        "Na",
        threshold=-60 * mV,
        g_rise=8 * nS,
        duration_rise=1 * ms,
        reversal_rise="E_Na",
        refractory=5 * ms,
    )
    dend.add(AMPA("x", g=2 * nS, t_decay=4 * ms), spike)
    tip.add(spike)
    return NeuronModel([(tip, dend, 8 * nS), (dend, soma, 10 * nS)])


@cache
def recorded():
    """Return monitors of four cells of this model, which fire."""
    cells = model().make_neurongroup(
        4, threshold="V_soma > -58*mV", reset="V_soma = -70*mV", refractory=3 * ms
    )
    names = ["I_AMPA_x_dend", "g_rise_Na_dend", "V_tip", "V_dend", "V_soma"]
    monitors = {
        "cells": cells,
        "state": StateMonitor(cells, [*names, "s_AMPA_x_dend"], record=[0, 2, 3]),
        "spikes": SpikeMonitor(cells),
        "Na": EventMonitor(cells, "spike_Na_dend"),
        "tip": EventMonitor(cells, "spike_Na_tip"),
    }
    cells.I_ext_dend = [0, 0.1, 0.3, 0.5] * nA
    cells.s_AMPA_x_dend = 1
    Network(monitors.values()).run(40 * ms)
    assert len(monitors["spikes"].t) > 5
    return monitors


def planned(N, spikes, **events):
    """Return monitors of a group that fires in these steps of 0.1 ms.

    Each plan is a list of (neuron, step); all of them are of one group.
    """
    plans = {"spike": spikes, **events}

    def due(name):
        steps = [f"(i == {i} and t_in_timesteps == {k})" for i, k in plans[name]]
        return " or ".join(steps) or "False"

    group = NeuronGroup(
        N,
        "v : 1",
        threshold=due("spike"),
        reset="v = 0",
        events={name: due(name) for name in events},
    )
    monitors = {
        name: SpikeMonitor(group) if name == "spike" else EventMonitor(group, name)
        for name in plans
    }
    Network(group, *monitors.values()).run(50 * ms)
    return monitors


PAIR = {"A_plus": 0.01, "A_minus": 0.006, "tau_plus": 15 * ms, "tau_minus": 30 * ms}


def window(d, up=0.01, down=0.006):
    """Return the window of a pair with these parameters, *d* in ms."""
    return np.where(d >= 0, up * np.exp(-d / 15), -down * np.exp(d / 30))
