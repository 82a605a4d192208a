"""Check of the example of plots: the recorded activity."""

import numpy as np
from brian2 import ms, mV

from helpers.example_checks import checks


@checks
def plotting(results):
    """Dendrites spike with and without the soma, as the figure shows."""
    spikes, dspikes = results["spikes"], results["dspikes"]
    rate = {name[9:]: len(each.t) / 12 / 0.3 for name, each in dspikes.items()}
    assert set(rate) == {"trunk", "oblique", "tuft"}
    assert 5 < len(spikes.t) / 12 / 0.3 < 40
    # The trunk spikes with the soma; the tuft, which has most synapses, by itself, too.
    assert rate["trunk"] < rate["oblique"] < 0.7 * rate["tuft"]
    soma, trunk = (
        np.array(each.t / ms) for each in (spikes, dspikes["spike_Na_trunk"])
    )
    apart = np.abs(trunk[:, np.newaxis] - soma).min(axis=1)
    assert np.median(apart) < 1
    # What is shown of neuron 2 are its spikes, and the reset to 30 mV.
    assert np.sum(np.array(spikes.i) == 2) > 3
    assert results["voltages"].V_soma[2].max() > 29 * mV
