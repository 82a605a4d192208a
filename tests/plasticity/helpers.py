"""Cells whose spikes are imposed, and the rules written as sums over all spikes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

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

from dendrisyn import AMPA, PointNeuronModel

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
