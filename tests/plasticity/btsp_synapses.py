"""Synapses of BTSP with imposed plateaus."""

import numpy as np
from brian2 import Network, StateMonitor, TimedArray, defaultclock, ms, second

from .helpers import point, source


def follow(rule, trains, starts, plateaus, end, step=5, **arguments):
    """Synapses after `end` (s): of each train (s), one for each of the starts.

    The voltage is above the threshold in the plateaus, (start, stop) in s; `step` is in
    ms. Also the signal in each step.
    """
    defaultclock.dt = step * ms
    model = point(rule.plateau)
    group = model.make_neurongroup(1, method="exponential_euler")
    times = np.arange(round(1e3 * end / step) + 1) * 1e-3 * step + 1e-9
    on = np.zeros(len(times))
    for start, stop in plateaus:
        on[(times >= start) & (times < stop)] = 1
    group.namespace["depolarised"] = TimedArray(on, dt=step * ms)
    text = "V = -65*mV + 45*mV * depolarised(t)"
    clamp = group.run_regularly(text, dt=step * ms)
    spikes = source([1e3 * np.asarray(each) for each in trains])
    projection = model.projection("AMPA_x", weight=rule.w_min, plasticity=rule)
    synapses = projection.synapses(spikes, group, **arguments)
    synapses.connect(i=np.repeat(np.arange(len(trains)), len(starts)), j=0)
    synapses.w = np.tile(starts, len(trains))
    monitor = StateMonitor(group, "IS", record=0)
    Network(group, spikes, synapses, clamp, monitor).run(end * second)
    return np.array(synapses.w[:]).reshape(len(trains), -1), np.array(monitor.IS[0])


# -- the published equation ------------------------------------------------------------
STARTS = [0.05, 0.2, 0.5, 0.8, 0.95]


TEN = 0.05 * np.arange(10)  # spikes at 20 Hz
