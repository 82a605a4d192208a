"""The check of the example of passive properties."""

from functools import cache
from itertools import pairwise

import numpy as np

from helpers.example_checks import checks

#: name -> length, diameter (um) and what it grows from
CELL = {
    "soma": (20, 20, None),
    "basal": (120, 1.6, "soma"),
    "trunk": (150, 2.6, "soma"),
    "oblique": (100, 1, "trunk"),
    "apical": (150, 1.8, "trunk"),
    "tuft": (150, 0.9, "apical"),
}


def along(path, frequency):
    """Return what is left at the end of a path, from one compartment to the next.

    Each divides the voltage between its coupling and all that hangs on it; everything
    is in nS, with 50 uS/cm2 = .5 pS/um2 and 1 uF/cm2 = 10 fF/um2.
    """
    joined = {name: [] for name in CELL}
    for name, (*_, parent) in CELL.items():
        if parent:
            joined[name].append(parent)
            joined[parent].append(name)

    def axial(name):
        length, diameter, _ = CELL[name]
        return 2 * 1.5e-3 * length / (np.pi * diameter**2)  # half of it, in 1/nS

    def coupling(one, other):
        return 1 / (axial(one) + axial(other))

    @cache
    def load(name, source):
        length, diameter, _ = CELL[name]
        density = 0.5e-3 + 2j * np.pi * frequency * 1e-5
        total = np.pi * length * diameter * density
        for other in joined[name]:
            if other != source:
                beyond, g = load(other, name), coupling(name, other)
                total += g * beyond / (g + beyond)
        return total

    left = 1
    for here, there in pairwise(path):
        g = coupling(here, there)
        left *= g / (g + load(there, here))
    return abs(left)


@checks
def electrotonus(results):
    path = ["soma", "trunk", "apical", "tuft"]
    ways = {"from soma": path, "to soma": path[::-1]}
    steady = results["cell"].attenuation
    for way, each in ways.items():
        expected = [along(each, f) for f in results["frequency"]]
        np.testing.assert_allclose(results[way], expected, rtol=1e-9)
        ends = results["cell"].index(each[0]), results["cell"].index(each[-1])
        np.testing.assert_allclose(steady[ends], along(each, 0), rtol=1e-9)
        # The default method takes a frequency for one that is higher by
        # (pi f dt)**2/3: .1 % at 200 Hz.
        dots = [along(each, f) for f in (5, 10, 20, 50, 100, 200)]
        np.testing.assert_allclose(results["simulated"][way], dots, rtol=2e-3)
        assert np.all(np.diff(results[way]) < 0)
    assert np.all(results["to soma"] < results["from soma"])
    # It loses a third of what is steady, and nearly all of what is fast.
    assert results["to soma"][0] > 0.6
    assert results["to soma"][-1] < 0.05
