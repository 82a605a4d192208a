"""Every rule of long-term plasticity in numpy, Cython and C++ standalone mode."""

import numpy as np
import pytest
from helpers.every_rule import RULES, SILENT, SYNAPSES
from helpers.modes import results_of

import dendrisyn
from dendrisyn.plasticity import LongTermPlasticity

results = results_of("helpers/every_rule.py")


def test_every_rule_is_among_them():
    public = (getattr(dendrisyn, name) for name in dendrisyn.__all__)
    rules = {
        each
        for each in public
        if isinstance(each, type) and issubclass(each, LongTermPlasticity)
    }
    assert len(rules) == 7
    assert {type(each) for each in RULES.values()} == rules


def test_every_rule_acts(results):
    """The network is worth comparing: cells spike, and each rule moves its weights."""
    got = results("numpy")
    somatic, dendritic = got["spikes"]
    assert somatic > 100
    assert dendritic > somatic
    for name in RULES:
        assert got[name].shape == (SYNAPSES,)
        assert np.mean(got[name] != 0.5) > 0.5, name
        assert np.ptp(got[name]) > 0.001, name


@pytest.mark.compiled
@pytest.mark.parametrize("mode", ["cython", "cpp"])
def test_compiled_modes_agree_with_numpy(results, mode):
    got, expected = results(mode), results("numpy")
    assert (got["spikes"] == expected["spikes"]).all()
    for name in RULES:
        if name != SILENT:
            # weights are of the order 1; the order of operations differs
            assert got[name] == pytest.approx(expected[name], abs=1e-9), name
    noisy, calm = got[SILENT], expected[SILENT]
    # two samples of a thousand: four standard errors of their difference
    error = np.hypot(noisy.std(), calm.std()) / np.sqrt(SYNAPSES)
    assert abs(noisy.mean() - calm.mean()) < 4 * error
    assert noisy.std() == pytest.approx(calm.std(), rel=0.1)
    assert (noisy != calm).any()
