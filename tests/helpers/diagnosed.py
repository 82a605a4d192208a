"""Small networks to diagnose."""

from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    ms,
    mV,
)

from dendrisyn import diagnose

#: A membrane in mV with one decaying conductance.
CONDUCTANCE = """
dv/dt = (-60*mV - v - g*v)/(20*ms) : volt
dg/dt = -g/(5*ms) : 1
"""


def kinds(network):
    """Return the kinds of the findings of a network."""
    return [each.kind for each in diagnose(network)]


def cells(N=4, equations="dv/dt = -v/(20*ms) : 1", **changes):
    """Return leaky neurons without a unit."""
    given = {"threshold": "v > 1", "reset": "v = 0", "method": "euler"}
    return NeuronGroup(N, equations, **(given | changes))


def membrane(N=4, equations=CONDUCTANCE, **changes):
    """Return leaky neurons in millivolt, at rest."""
    given = {"threshold": "v > -50*mV", "reset": "v = -60*mV", "method": "euler"}
    group = NeuronGroup(N, equations, **(given | changes))
    group.v = -60 * mV
    return group


def spikes(N=1, at=(1, 2, 3)):
    """Return a source in which each neuron spikes at these times (ms)."""
    indices = [i for i in range(N) for _ in at]
    return SpikeGeneratorGroup(N, indices, list(at) * N * ms)


def connected(source, target, *, p=1, model="", **arguments):
    """Return synapses between all pairs."""
    synapses = Synapses(source, target, model=model, **arguments)
    synapses.connect(p=p)
    return synapses


def weak_drive(group, *others, **arguments):
    """Return a network of a group with a monitor."""
    return Network(group, SpikeMonitor(group), *others, **arguments)
