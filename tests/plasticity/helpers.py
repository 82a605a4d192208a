"""Cells whose spikes are imposed, and the rules written as sums over all spikes.

``python helpers.py MODE OUTPUT.npz FOLDER`` runs `windows` in a mode: numpy, cython, or
cpp, which builds in FOLDER.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import brian2
import numpy as np
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    TimedArray,
    defaultclock,
    ms,
    mV,
    nS,
    pF,
)

from dendrisyn import AMPA, PairSTDP, PointNeuronModel

PASSIVE = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}


# -- cells -----------------------------------------------------------------------------


def point(*mechanisms: Any) -> PointNeuronModel:
    """A point neuron with a receptor that spikes reach but that moves nothing."""
    model = PointNeuronModel(**PASSIVE)
    model.add(AMPA("x", g=0 * nS, t_decay=5 * ms), *mechanisms)
    return model


def imposed(model: Any, trains: Sequence[Sequence[float]], **arguments: Any) -> Any:
    """A group whose neuron k spikes at the times (ms) of train k, in whole steps."""
    dt = defaultclock.dt / ms
    last = max((max(train) for train in trains if len(train)), default=0)
    now = np.zeros((round(last / dt) + 2, len(trains)))
    for k, train in enumerate(trains):
        now[np.rint(np.asarray(train) / dt).astype(int), k] = 1
    namespace = {"imposed": TimedArray(now, dt=defaultclock.dt)}
    namespace |= arguments.pop("namespace", {})
    arguments = {"reset": "", **arguments}
    return model.make_neurongroup(
        len(trains), threshold="imposed(t, i) > 0.5", namespace=namespace, **arguments
    )


def source(trains: Sequence[Sequence[float]]) -> SpikeGeneratorGroup:
    """Presynaptic neurons that spike at the times (ms) of the trains."""
    indices = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    return SpikeGeneratorGroup(len(trains), indices, np.concatenate(trains) * ms)


def run_pairs(
    rule: Any,
    pre: Sequence[Sequence[float]],
    post: Sequence[Sequence[float]],
    *,
    start: float = 0.5,
    delays: Sequence[tuple[float, float]] = ((0.0, 0.0),),
) -> np.ndarray:
    """The weights after all spikes (ms): by delays, presynaptic and postsynaptic train.

    Delays (ms) are those of the connection and of the way back of the other spike.
    """
    model = point()
    group, spikes = imposed(model, post), source(pre)
    made = model.projection("AMPA_x", weight={"w": start}, plasticity=rule)
    synapses = made.synapses(spikes, group)
    shape = len(delays), len(pre), len(post)
    which, i, j = np.indices(shape).reshape(3, -1)
    synapses.connect(i=i, j=j)
    there, back = np.array(delays)[which].T
    if there.any():
        synapses.pre.delay = there * ms
    if back.any():
        synapses.post.delay = back * ms
    times = [time for train in (*pre, *post) for time in train]
    network = Network(group, spikes, synapses)
    network.run((max(times) + np.max(delays) + 1) * ms)
    return np.array(synapses.w[:]).reshape(shape)


def random_train(rng: Any, n_steps: int, probability: float, dt: float) -> np.ndarray:
    """Times (ms) on the grid of steps; two trains often share one."""
    return np.flatnonzero(rng.random(n_steps) < probability) * dt


# -- the rules, written as sums over all spikes ----------------------------------------

#: What a spike adds to the weight: takes its time, the times of the presynaptic spikes
#: (it included) and of the postsynaptic ones until then, and the weight.
Change = Callable[[float, np.ndarray, np.ndarray, float], float]


def replay(
    pre: Iterable[float],
    post: Iterable[float],
    start: float,
    on_pre: Change,
    on_post: Change,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> float:
    """The weight after all spikes, each of which looks at all that were before it.

    A presynaptic spike comes before the postsynaptic one of its time.
    """
    pre, post = np.asarray(pre, float), np.asarray(post, float)
    events = sorted([(t, 0) for t in pre] + [(t, 1) for t in post])
    weight = start
    for time, side in events:
        heard = pre[pre <= time + 1e-9]
        seen = post[post < time - 1e-9] if side == 0 else post[post <= time + 1e-9]
        change = (on_pre, on_post)[side](time, heard, seen, weight)
        weight = min(max(weight + change, bounds[0]), bounds[1])
    return weight


def kernel(now: float, times: np.ndarray, tau: float, nearest: bool) -> float:
    """The sum of ``exp(-(now - t)/tau)`` over the times, or over the last of them."""
    if nearest:
        times = times[-1:]
    return float(np.exp(-(now - times) / tau).sum())


# -- pairs of spikes, in every mode ----------------------------------------------------

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
        synapses.connect(i=np.tile(np.arange(len(DELTAS)), len(DELAYS)), j=0)
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
