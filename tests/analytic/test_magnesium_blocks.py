"""Magnesium blocks against their formula and the published values."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA
from helpers.synaptic_currents import block, cell

from dendrisyn import NMDA, MagnesiumBlock, magnesium_blocks, update_default_params

# -- magnesium blocks ------------------------------------------------------------------
VOLTAGES = [-95.0, -70.0, -42.5, -10.0, 0.0, 30.0]


#: Mg (mM), alpha (1/mV), beta (mM), gamma (mV), E (mV), open fraction at -70 mV
PUBLISHED = {
    "jahr_stevens_1990": (1.0, 0.062, 3.57, 0.0, None, 0.0445),
    "pagkalos_2023": (1.0, 0.087, 3.57, 10.0, 0.35, 0.0189),
    "brainpy": (1.2, 0.062, 3.57, 0.0, None, 0.0373),
    "nest_cm": (1.0, 0.1, 1 / 0.3, 0.0, None, 0.00303),
}


#: a block, and all four of its numbers: what it leaves out is that of the model
BLOCKS = {
    **{name: (magnesium_blocks[name], row[:4]) for name, row in PUBLISHED.items()},
    "gamma 10": (MagnesiumBlock(gamma=10), (1.0, 0.062, 3.57, 10.0)),
    "gamma -7": (MagnesiumBlock(gamma=-7), (1.0, 0.062, 3.57, -7.0)),
    "Mg 0": (MagnesiumBlock(Mg=0), (0.0, 0.062, 3.57, 0.0)),
    "Mg 2": (MagnesiumBlock(Mg=2), (2.0, 0.062, 3.57, 0.0)),
    "alpha": (MagnesiumBlock(alpha=0.08), (1.0, 0.08, 3.57, 0.0)),
    "beta": (MagnesiumBlock(beta=2), (1.0, 0.062, 2.0, 0.0)),
    "all": (MagnesiumBlock(Mg=0.7, alpha=0.09, beta=4, gamma=5), (0.7, 0.09, 4.0, 5.0)),
}


def blocked(output, variable):
    """Return the block at each voltage, and the current at a gate of 1 (pA)."""
    model = cell(NMDA("x", g=2 * nS, t_decay=60 * ms, output=output))
    group = model.make_neurongroup(len(VOLTAGES))
    group.V = VOLTAGES * mV
    group.s_NMDA_x = 1
    return np.array(getattr(group, variable)[:]), np.array(group.I_NMDA_x[:] / pA)


@pytest.mark.parametrize("key", BLOCKS)
def test_the_block_of_a_group_is_the_formula_and_the_open_fraction(key):
    output, (Mg, alpha, beta, gamma) = BLOCKS[key]
    V = np.array(VOLTAGES)
    expected = block(V, Mg, alpha, beta, gamma)
    found, pico = blocked(output, "B_NMDA_x")
    assert found == pytest.approx(expected, rel=1e-12)  # rounding
    assert output.open_fraction(V * mV) == pytest.approx(found, rel=1e-12)  # rounding
    E = 0 if output.E is None else float(output.E / mV)
    # rounding, which is absolute where E - V vanishes
    assert pico == pytest.approx(2 * (E - V) * expected, rel=1e-9, abs=1e-9)


def test_a_block_without_numbers_is_that_of_the_model():
    V = np.array(VOLTAGES)
    # rounding, here and below
    assert blocked(None, "B_NMDA")[0] == pytest.approx(block(V), rel=1e-12)
    update_default_params(
        {"Mg_con": 1.5, "Alpha_NMDA": 0.07, "Beta_NMDA": 3.0, "Gamma_NMDA": 4.0}
    )
    expected = block(V, 1.5, 0.07, 3.0, 4.0)
    assert blocked(None, "B_NMDA")[0] == pytest.approx(expected, rel=1e-12)
    assert MagnesiumBlock().open_fraction(V * mV) == pytest.approx(expected, rel=1e-12)
    half = MagnesiumBlock(gamma=-7)
    expected = block(V, 1.5, 0.07, 3.0, -7.0)
    assert half.open_fraction(V * mV) == pytest.approx(expected, rel=1e-12)
    assert blocked(half, "B_NMDA_x")[0] == pytest.approx(expected, rel=1e-12)


def test_the_named_blocks_are_those_that_were_published():
    assert set(magnesium_blocks) == set(PUBLISHED)
    for name, (Mg, alpha, beta, gamma, E, at_rest) in PUBLISHED.items():
        found = magnesium_blocks[name]
        numbers = found.Mg, found.alpha, found.beta, found.gamma
        assert numbers == pytest.approx((Mg, alpha, beta, gamma), rel=1e-12)  # 1/0.3
        if E is None:
            assert found.E is None
        else:
            assert float(found.E / mV) == pytest.approx(E, rel=1e-12)  # rounding
        # the three digits that are printed
        assert float(found.open_fraction(-70 * mV)) == pytest.approx(at_rest, rel=3e-3)
