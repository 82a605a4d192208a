"""One model with everything in it, in every mode of Brian2."""

import numpy as np
import pytest
from helpers.modes import results_of

compiled = pytest.mark.compiled


results = results_of("helpers/everything.py")


def test_everything_happens(results):
    """The model is worth comparing: every mechanism acts in the numpy run."""
    got = results("numpy")
    assert len(set(got["spikes_i"])) > 10
    assert len(got["spikes_t"]) > 60
    assert len(got["sodium_t"]) > len(got["calcium_t"]) > 0
    assert len(got["high_t"]) > 0
    assert np.ptp(got["I_h"]) > 1  # pA
    assert got["V_soma"].max() == pytest.approx(35)  # held between the two resets
    for name, values in got.items():
        assert np.isfinite(values).all(), name


def test_synapses_on_a_dendritic_event_hear_every_one(results):
    got = results("numpy")
    counts = np.bincount(got["sodium_i"], minlength=20)
    # on_pre waits for nothing: each event counts, but for one in the very last step
    assert np.abs(got["heard"] - counts).max() <= 1
    assert got["heard"].sum() > 0


@pytest.mark.parametrize(
    "mode", [pytest.param(mode, marks=compiled) for mode in ("cython", "cpp", "openmp")]
)
def test_compiled_modes_agree_with_numpy(results, mode):
    got, expected = results(mode), results("numpy")
    for event in ("spikes", "sodium", "calcium", "high"):
        # as sets of events: threads may write them in another order
        order = np.lexsort((got[f"{event}_i"], got[f"{event}_t"]))
        assert got[f"{event}_i"][order].tolist() == expected[f"{event}_i"].tolist()
        assert got[f"{event}_t"][order] == pytest.approx(expected[f"{event}_t"])
    for name in ("V_soma", "V_distal_tuft", "V_mean", "I_h"):
        scale = np.abs(expected[name]).max()
        # the order of operations differs; errors grow along 150 ms of spiking
        assert got[name] == pytest.approx(expected[name], abs=1e-6 * scale)
    assert got["heard"].tolist() == expected["heard"].tolist()


@pytest.mark.parametrize("mode", [pytest.param("float32", marks=compiled)])
def test_single_precision_spikes_alike(results, mode):
    got, expected = results(mode), results("numpy")
    counts = [len(each["spikes_t"]) for each in (got, expected)]
    # 24 bits: single spikes may shift by a step, their number hardly changes
    assert counts[0] == pytest.approx(counts[1], rel=0.05)
    first = [each["spikes_t"][0] for each in (got, expected)]
    assert first[0] == pytest.approx(first[1], abs=0.11)
    durations = [np.sum(each["V_soma"] > 34.9) for each in (got, expected)]
    assert durations[0] == pytest.approx(durations[1], rel=0.05)


@pytest.mark.parametrize("mode", ["numpy", pytest.param("cpp", marks=compiled)])
def test_noise_changes_the_spikes_but_not_what_they_are(results, mode):
    got = results(mode)
    assert np.isfinite(got["noisy_V_soma"]).all()
    assert np.ptp(got["noisy_V_soma"]) > 0.9 * np.ptp(got["V_soma"])
    assert len(got["noisy_spikes_t"]) > 0.5 * len(got["spikes_t"])
    assert got["noisy_spikes_t"].tolist() != got["spikes_t"].tolist()
