"""Changes of the weight by one pair of spikes, run as a script in a chosen mode.

``python stdp_windows.py MODE OUTPUT.npz FOLDER`` runs `windows` with MODE numpy, cython
or cpp, which builds in FOLDER.
"""

from __future__ import annotations

import sys
from typing import Any

import brian2
import numpy as np
from brian2 import Network, defaultclock, ms
from plasticity.helpers import imposed, point, source

from dendrisyn import PairSTDP
from helpers.modes import connect

#: From the pre- to the postsynaptic spike (ms). With the delays below, -2.1, 1.3 and
#: 4.3 ms bring them together at the synapse.
DELTAS = np.concatenate(
    [np.arange(-60.0, 61.0), [-29.9, -2.1, -0.1, 0.1, 1.3, 4.3, 29.9]]
)

#: Of the connection, and of the way back of the postsynaptic spike (ms).
DELAYS = [(0.0, 0.0), (1.3, 0.0), (0.0, 2.1), (5.0, 0.7)]

START = 0.3

#: Bounds that are not 0 and 1, so that the room is not the weight.
WINDOW: dict[str, Any] = {
    "w_min": -0.5,
    "w_max": 1.5,
    "A_plus": 0.03,
    "A_minus": 0.02,
    "tau_plus": 17 * ms,
    "tau_minus": 34 * ms,
}

RULES = {
    "additive": PairSTDP(**WINDOW),
    "additive, nearest": PairSTDP(**WINDOW, pairing="nearest"),
    "multiplicative": PairSTDP(**WINDOW, mu_plus=1, mu_minus=1),
    "between": PairSTDP(**WINDOW, mu_plus=0.5, mu_minus=0.5, pairing="nearest"),
}


def window(rule: PairSTDP, delta: np.ndarray, weight: float) -> np.ndarray:
    """The change of the weight by one pair, *delta* (ms) apart at the synapse."""
    room = rule.w_max - rule.w_min
    up = rule.A_plus * ((rule.w_max - weight) / room) ** rule.mu_plus
    down = rule.A_minus * ((weight - rule.w_min) / room) ** rule.mu_minus
    earlier, later = np.minimum(delta, 0), np.maximum(delta, 0)
    return np.where(
        delta >= 0,
        up * np.exp(-later / (rule.tau_plus / ms)),
        -down * np.exp(earlier / (rule.tau_minus / ms)),
    )


def windows(mode: str, folder: str) -> dict[str, np.ndarray]:
    """The changes of the weight by one pair: for each rule, by delays and deltas."""
    brian2.prefs.codegen.target = "numpy" if mode == "numpy" else "cython"
    if mode == "cpp":
        brian2.set_device("cpp_standalone", directory=folder, debug=False)
    defaultclock.dt = 0.1 * ms
    model, at = point(), 70.0
    group = imposed(model, [[at]])
    spikes = source([[at - delta] for delta in DELTAS])
    parts = []
    for rule in RULES.values():
        made = model.projection("AMPA_x", weight={"w": START}, plasticity=rule)
        synapses = made.synapses(spikes, group)
        connect(synapses, i=np.tile(np.arange(len(DELTAS)), len(DELAYS)), j=0)
        synapses.pre.delay = np.repeat([d for d, _ in DELAYS], len(DELTAS)) * ms
        synapses.post.delay = np.repeat([d for _, d in DELAYS], len(DELTAS)) * ms
        parts.append(synapses)
    Network(group, spikes, *parts).run(140 * ms)
    return {
        name: np.array(synapses.w[:]).reshape(len(DELAYS), -1) - START
        for name, synapses in zip(RULES, parts, strict=True)
    }


if __name__ == "__main__":
    np.savez(sys.argv[2], **windows(*sys.argv[1::2]))
