"""Settings of rules of spike timing."""

import numpy as np

from .helpers import random_train

PAIRINGS = ["all-to-all", "nearest"]


#: Bounds that no weight of these tests reaches.
FAR = {"w_min": -100, "w_max": 100}


def trains(seed_, n, probability=0.06, n_steps=400):
    """Trains on a grid of half milliseconds, over 200 ms."""
    rng = np.random.default_rng(seed_)
    return [5 + random_train(rng, n_steps, probability, 0.5) for _ in range(n)]
