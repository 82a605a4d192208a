"""Cells whose voltage is imposed, and the weights that VoltageSTDP gives them."""

import numpy as np
from brian2 import Network, TimedArray, defaultclock, ms, mV

from dendrisyn import AboveThreshold, FilteredVoltage, VoltageSTDP

from .helpers import PASSIVE, point, source

#: Bounds that no weight of these tests reaches.
FAR = {"w_min": -100, "w_max": 100}


#: What makes a rule of one of the two terms.
DEPRESSION = {"A_LTP": 0 / mV**2}


POTENTIATION = {"A_LTD": 0 / mV}


REST = PASSIVE["v_rest"] / mV


# -- cells whose voltage is imposed ----------------------------------------------------
def needed(rule, voltage="V"):
    """What the rule reads, made by hand."""
    return (
        FilteredVoltage("minus", tau=rule.tau_minus, delay=rule.delay),
        FilteredVoltage("plus", tau=rule.tau_plus, delay=rule.delay),
        AboveThreshold(voltage, rule.theta_plus),
    )


def imposed(model, voltages):
    """A group whose cell k has the voltages (mV) of column k at the ends of steps."""
    values = TimedArray(np.asarray(voltages) * mV, dt=defaultclock.dt)
    group = model.make_neurongroup(
        np.shape(voltages)[1],
        method="exponential_euler",  # of filters, as if the voltage stayed for a step
        namespace={"V_of": values},
    )
    group.run_regularly("V = V_of(t, i)", when="before_thresholds", order=-1)
    return group


def settle(group, voltage):
    """Put cells, with their filters and the samples of these, at voltages (mV)."""
    for name, equation in group.equations.items():
        if name.startswith("V") and name != "V_T" and equation.type != "subexpression":
            setattr(group, name, np.asarray(voltage) * mV)


def learned(rule, voltages, trains, *, start=0.0, at=REST, delay=0.0, **values):
    """The weights of a synapse per cell, from voltages (mV) and trains (ms) of each."""
    model = point(*needed(rule))
    model.add_equations("reward : 1")
    group = imposed(model, voltages)
    settle(group, at)
    for name, value in values.items():
        setattr(group, name, value)
    made = model.projection("AMPA_x", weight=start, plasticity=rule)
    spikes = source(trains)
    synapses = made.synapses(spikes, group)
    synapses.connect(j="i")
    synapses.pre.delay = delay * ms
    Network(group, spikes, synapses).run(len(voltages) * defaultclock.dt)
    return np.array(synapses.w[:])


# -- the rule as a sum over all steps --------------------------------------------------
def excess(voltage, threshold):
    return np.maximum(voltage - threshold, 0)


def excursions(seed_, n_steps, n_cells):
    """Voltages (mV) that jump every 7 steps, below and above each threshold."""
    rng = np.random.default_rng(seed_)
    levels = rng.choice([-110, -75, -65, -55, -46, -44, -20, 30], (n_steps, n_cells))
    return np.repeat(levels + rng.uniform(-1, 1, levels.shape), 7, axis=0)[:n_steps]


# -- the voltage clamp -----------------------------------------------------------------
SETS = {"visual cortex": VoltageSTDP, "hippocampus": VoltageSTDP.hippocampus}


STEP, LEAK = 0.02, -70.6  # ms, mV
