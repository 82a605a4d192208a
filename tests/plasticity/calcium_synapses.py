"""Synapses of CalciumSTDP in runs without a cell."""

import numpy as np
from brian2 import Network, ms, pA

from dendrisyn import CalciumPool

from .helpers import imposed, point, random_train, source

SETS = ["DP", "DPD", "DPD'", "P", "D", "D'"]


#: Does not divide by the leak: a cell at rest may then take steps of any length.
METHOD = {"method": "exponential_euler"}


def levels_of(rule):
    """The thresholds of depression and potentiation."""
    return np.array([rule.theta_d, rule.theta_p])


def efficacy(synapses, rule):
    """rho of each synapse."""
    rho = (np.array(synapses.w[:]) - rule.w_min) / (rule.w_max - rule.w_min)
    return rho + np.array(synapses.beyond_stdp[:]) if rule.sigma else rho


def simulate(rules, pre, post, starts, end, update=None, **arguments):
    """The synapses of each rule after `end` (ms), in one run.

    Each presynaptic train (ms) has a synapse for each of the starts, all of them on one
    neuron. `update` (ms) is how often weights are brought up to date.
    """
    model = point()
    group, spikes = imposed(model, [post], **METHOD), source(pre)
    network, made = Network(group, spikes), []
    for rule in rules:
        start = {"w": rule.w_min}
        projection = model.projection("AMPA_x", weight=start, plasticity=rule)
        synapses = projection.synapses(spikes, group, **arguments)
        synapses.connect(i=np.repeat(np.arange(len(pre)), len(starts)), j=0)
        synapses.w = np.tile(starts, len(pre))
        network.add(synapses)
        if update:
            network.add(synapses.run_regularly(projection.update, dt=update * ms))
        made.append(synapses)
    network.run(end * ms)
    return made


# -- the published equation ------------------------------------------------------------
def transients(rule, pre, post):
    """The times (s) at which calcium jumps, and by how much."""
    delay = float(rule.delay)
    events = [(1e-3 * t + delay, rule.C_pre) for t in pre]
    events += [(1e-3 * t, rule.C_post) for t in post]
    return sorted(events)


def since(synapses):
    """The time (s) of the last event of each synapse."""
    return np.array(synapses.since_stdp[:])


def scores(rho, expected):
    """By how many standard errors mean, variance and fraction up are off."""
    mean, variance, fourth, up = expected
    n = rho.shape[-1]
    return np.array(
        [
            (rho.mean(axis=-1) - mean) / np.sqrt(variance / n),
            (rho.var(axis=-1) - variance) / np.sqrt((fourth - variance**2) / n),
            ((rho > 0.5).mean(axis=-1) - up) / np.sqrt(up * (1 - up) / n),
        ]
    )


POOL = CalciumPool("I_NMDA_x", gain=0.02 / (pA * ms), tau=20 * ms)


# -- calcium of the dendrite -----------------------------------------------------------
SPIKES, POST = (
    random_train(np.random.default_rng(k), 800, p, 0.5)
    for k, p in [(8, 0.04), (9, 0.02)]
)
