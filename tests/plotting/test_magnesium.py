"""`plotting.magnesium_block` and `nmda_current`: the published equations."""

import numpy as np
import pytest
from brian2 import cm as centimetre
from brian2 import (
    mA,
    ms,
    mV,
    nS,
    uS,
)
from helpers.plots import curve, curves, labels, model
from numpy.testing import assert_allclose

from dendrisyn import (
    AMPA,
    NMDA,
    InvalidValueError,
    MagnesiumBlock,
    UnitError,
    UnknownNameError,
    magnesium_blocks,
    plotting,
)


def fraction(V, Mg=1.0, alpha=0.062, beta=3.57, gamma=0.0):
    return 1 / (1 + Mg / beta * np.exp(-alpha * (V + gamma)))


def test_magnesium_block_is_the_equation():
    receptor = NMDA("x", g=1 * nS, t_decay=60 * ms, output=MagnesiumBlock(Mg=0.5))
    ax = plotting.magnesium_block("pagkalos_2023", MagnesiumBlock(gamma=5), receptor)
    assert labels(ax) == ["pagkalos_2023", "magnesium block", "NMDA_x"]
    for (V, B), expected in zip(
        curves(ax),
        [{"alpha": 0.087, "gamma": 10}, {"gamma": 5}, {"Mg": 0.5}],
        strict=True,
    ):
        assert (V[0], V[-1]) == (-100, 40)
        assert_allclose(B, fraction(V, **expected), rtol=1e-12)
    assert ax.get_xlabel() == "voltage (mV)"
    assert ax.get_ylabel() == "unblocked fraction"
    # All blocks by default; the label of a published block is its name.
    assert labels(plotting.magnesium_block()) == list(magnesium_blocks)
    block = magnesium_blocks["brainpy"]
    ax = plotting.magnesium_block(block, block, labels=["a", "b"])
    assert labels(ax) == ["a", "b"]
    assert labels(plotting.magnesium_block(block)) == ["brainpy"]


def test_nmda_current_is_the_equation():
    V = np.array([-70, -20, 0.35, 30])
    receptor = NMDA("x", g=3 * nS, t_decay=60 * ms)
    for given, arguments, size, E, block in [
        ("pagkalos_2023", {}, 1, 0.35, {"alpha": 0.087, "gamma": 10}),
        (receptor, {}, 3, 0, {}),
        (receptor, {"g": 7 * nS}, 7, 0, {}),
        (MagnesiumBlock(E=-5 * mV), {}, 1, -5, {}),
    ]:
        ax = plotting.nmda_current(given, voltages=V * mV, **arguments)
        assert_allclose(curve(ax)[0], V)
        # 1 nS mV is 1 pA; the current at the reversal potential is a rounding error
        expected = size * (E - V) * fraction(V, **block)
        assert_allclose(curve(ax)[1], expected, rtol=1e-12, atol=1e-12)
        assert ax.get_ylabel() == "current (pA)"


@pytest.mark.parametrize("name", ["magnesium_block", "nmda_current"])
def test_magnesium_says_what_is_wrong(name):
    plot = getattr(plotting, name)
    with pytest.raises(UnknownNameError, match=r"'nest'. Did you mean 'nest_cm'"):
        plot("nest")
    with pytest.raises(InvalidValueError, match="AMPA_x has no magnesium block"):
        plot(AMPA("x", t_decay=5 * ms))
    for given in [3, model()]:
        with pytest.raises(UnitError, match="expected a MagnesiumBlock"):
            plot(given)
    for V in [3 * nS, [-70, 0], -70 * mV, "all", plot]:
        with pytest.raises(UnitError, match="voltages: expected voltages"):
            plot(voltages=V)


def test_the_current_needs_a_conductance():
    receptor = NMDA("x", g=1 * uS / centimetre**2, t_decay=60 * ms)
    with pytest.raises(InvalidValueError, match="NMDA_x: its g is per membrane area"):
        plotting.nmda_current(receptor)
    with pytest.raises(UnitError, match="g: expected a value in siemens"):
        plotting.nmda_current(g=1 * mA)
