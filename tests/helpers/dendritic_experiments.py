"""Checks of the examples on where plasticity happens in a dendrite."""

import numpy as np

from helpers.example_checks import checks


def pairs(d, amplitude, tau=20):
    """Return what a pair changes: *d* (ms) is from the pre- to the postsynaptic event.

    Events in one step count as pre before post. Times are multiples of a step up to
    rounding (1e-11 ms).
    """
    return amplitude * np.where(d > -1e-6, 1, -1) * np.exp(-np.abs(d) / tau)


@checks
def stdp_window(results):
    place, strength = results["place"], results["strength"]
    delay = results["arrival"] - results["spike"]
    arrives = np.isfinite(delay)
    # The soma fires once in any case; only at the tip may nothing arrive.
    assert np.all(np.isfinite(results["spike"]))
    assert np.all(arrives[place != "dist"])
    assert np.all(arrives[(place == "dist") & (strength == 0)])
    assert not np.any(arrives[strength == 12][place[strength == 12] == "dist"])

    # One rule of local time, everywhere. What is left is rounding of times (1e-11 ms).
    local = results["arrival"] - results["pre"]
    expected = np.where(arrives, pairs(local, 0.01), 0)
    np.testing.assert_allclose(results["change"], expected, rtol=0, atol=1e-12)
    assert np.all(results["change"][~arrives] == 0)
    assert np.count_nonzero(~arrives) > 50

    # In the time of the soma, each window is that of the rule, shifted by the delay:
    # the same for all times at which a synapse is active, and what the voltage shows.
    shifts = {}
    delta = results["spike"] - results["pre"]
    for each in ["soma", "prox", "dist"]:
        here = (place == each) & (strength == 0)
        up = here & (results["change"] > 0)
        down = here & (results["change"] < 0)
        shift = -20 * np.log(results["change"][up] / 0.01) - delta[up]
        other = 20 * np.log(-results["change"][down] / 0.01) - delta[down]
        assert len(shift) > 25
        assert len(other) > 25
        # An error of 1e-12 in the change is 2e-8 ms where the change is 5e-4.
        shifts[each] = shift[0]
        np.testing.assert_allclose([*shift, *other], shift[0], atol=1e-7)
        np.testing.assert_allclose(delay[here], shift[0], atol=1e-7)
        # The monitor samples before each step (0.05 ms): it shows what integration has
        # lifted a step later, but the reset of the soma, which comes last, at once.
        t, free = results["t"][0], results["V"][each][0]
        above = t[np.argmax((free >= -30) & (t > -1e-6))]
        late = 0 if each == "soma" else 0.05
        np.testing.assert_allclose(above, shift[0] + late, atol=1e-7)
        # It changes sign at the shift, to the step of the samples (0.25 ms).
        assert 0 < delta[up].min() - delta[down].max() < 0.26
        assert delta[down].max() < -shift[0] < delta[up].min() + 1e-6
    assert 0 < shifts["soma"] < shifts["prox"] - 0.2
    assert shifts["prox"] < shifts["dist"] - 1

    # Inhibition shifts the distal window further and then takes it away, all at once.
    paired = {
        each: results["paired"] & (place == each) for each in ["soma", "prox", "dist"]
    }
    tip = delay[paired["dist"]]
    reaches = np.isfinite(tip)
    assert 5 < np.count_nonzero(reaches) < 20
    assert np.all(np.diff(reaches.astype(int)) <= 0)
    assert np.all(np.diff(tip[reaches]) > -1e-6)
    assert tip[reaches][-1] > tip[0] + 0.5
    change = results["change"][paired["dist"]]
    assert change[reaches].min() > 0.9 * change[0] > 0.005
    for each in ["soma", "prox"]:
        change = results["change"][paired[each]]
        assert change.min() > 0.97 * change[0] > 0.006


@checks
def dendritic_stdp(results):
    most, shown, lateness = 15, 10, 10
    clustered, scattered = slice(0, most), slice(most, None)
    number = np.arange(1, most + 1)
    for run in results.values():
        # The soma is silent, and far from its threshold of -45 mV.
        assert np.all(run["spikes"] == 0)
        assert run["V_soma"].max() < -50
        # Scattered synapses depolarise it no less, but no branch fires.
        here, there = run["V_soma"].max(axis=1)
        assert there > here - 1
        assert run["V_b1"][0].max() > 0
        assert run["V_b1"][1].max() < -50
        assert [len(t) for t, _ in run["dspikes"][1:]] == [0, 0, 0]

    # A rule that follows the soma learns nothing at all.
    for kind in ["synchronous", "late"]:
        assert np.all(results["soma"][kind] == 0.5)

    run = results["branch"]
    change = run["synchronous"][-1] - 0.5
    assert np.all(change[scattered] == 0)
    assert np.all(run["late"][:, scattered] == 0.5)
    # Of clustered ones it takes some; below, they learn nothing either.
    t, i = run["dspikes"][0]
    fires = np.isin(number - 1, i)
    assert 4 < number[fires].min() < shown
    assert np.all(np.diff(fires.astype(int)) >= 0)
    assert np.all(change[clustered][~fires] == 0)
    assert np.all(change[clustered][fires] > 0.1)
    late = run["late"][-1] - 0.5
    assert np.all(late[clustered][~fires] == 0)
    assert np.all(late[clustered][fires] < -0.05)
    # Never fewer spikes with more synapses, and for most one for each activation.
    counts = np.bincount(i, minlength=most)
    assert np.all(np.diff(counts) >= 0)
    assert np.all(counts[shown - 1 :] == 4)

    # All pairs with the spikes of the branch, in the closed form of the rule.
    onset = 5 + 50 * np.arange(4)
    for cell in range(most):
        for kind, pre in [("synchronous", onset), ("late", onset + lateness)]:
            d = t[i == cell] - pre[:, np.newaxis]
            np.testing.assert_allclose(
                run[kind][-1][cell] - 0.5, pairs(d, 0.06).sum(), rtol=0, atol=1e-12
            )
