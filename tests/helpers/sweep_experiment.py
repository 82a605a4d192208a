"""Check of the example of a sweep: potentials in closed form."""

import numpy as np

from helpers.example_checks import checks


@checks
def sweep(results):
    length = np.array([100, 200, 400, 600])[:, np.newaxis]
    diameter = np.array([0.4, 0.6, 0.85, 1.2, 1.7, 2.4])
    # Two conductances to ground and one between, in nS: 100 uS/cm^2 is 1e-3 nS/um^2,
    # and 200 ohm cm is 2e-3 um/nS.
    soma, dend = 1e-3 * np.pi * 30 * 30, 1e-3 * np.pi * length * diameter
    resistance = 4 * 2e-3 / np.pi * (30 / 2 / 30**2 + length / 2 / diameter**2)
    axial = 1 / resistance
    determinant = soma * dend + axial * (soma + dend)
    expected = {
        "soma": 20 * axial / determinant,
        "dend": 20 * (soma + axial) / determinant,
    }
    assert set(results) == set(expected)
    for name, values in expected.items():
        # What is left of the slow transient, in which the cell is one compartment; of
        # the fast one, 4 % as much, in the thinnest and longest dendrite.
        left = np.exp(-12) * 20 / (soma + dend)
        assert np.all(np.abs(results[name] - values) < 1.05 * left)
    assert np.all(np.diff(results["dend"], axis=1) < 0)
    best = results["soma"].argmax(axis=1)
    assert np.all(best > 0)
    assert np.all(best < len(diameter) - 1)
    assert np.all(np.diff(best) >= 0)
    assert best[-1] > best[0]
