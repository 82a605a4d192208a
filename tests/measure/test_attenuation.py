"""Attenuation and impedances, both ways, against closed forms."""

import numpy as np
import pytest
from brian2 import Hz, mV, nS, ohm, pA
from helpers.passive_tree import TREE, impedance, matrices, passive_tree

from dendrisyn import InvalidValueError, UnitError, UnknownNameError, measure

FREQUENCIES = [0, 20, 100]


def closed(Z, one, other):
    """Return forward and backward ratio and the three impedances."""
    return {
        "forward": Z[other, one] / Z[one, one],
        "backward": Z[one, other] / Z[other, other],
        "source_impedance": Z[one, one],
        "target_impedance": Z[other, other],
        "transfer_impedance": Z[other, one],
    }


@pytest.mark.parametrize("ends", [("tip", "soma"), ("left", "right")])
def test_attenuation_is_that_of_the_matrix(ends):
    found = measure.attenuation(passive_tree(), *ends, frequency=FREQUENCIES * Hz)
    assert found.forward.shape == (3,)
    for index, frequency in enumerate(FREQUENCIES):
        names, Z = impedance(frequency)
        expected = closed(Z, *map(names.index, ends))
        for name, value in expected.items():
            measured = np.asarray(getattr(found, name))[index]
            # 400 steps a period: (2 pi/400)**2/8 of an amplitude is 3e-5
            assert measured == pytest.approx(abs(value), rel=6e-5), (name, frequency)
        for name in ("forward", "backward"):
            lag = getattr(found, f"{name}_phase")[index]
            assert lag == pytest.approx(-np.angle(expected[name]), abs=6e-5)


def test_dc_both_ways_and_reciprocity():
    _, Z = impedance(0)
    to, back = (
        measure.attenuation(passive_tree(), *ends)
        for ends in (("tip", "soma"), ("soma", "tip"))
    )
    assert to.forward == pytest.approx(Z[0, 4].real / Z[4, 4].real, rel=2e-6)
    assert to.backward == pytest.approx(Z[0, 4].real / Z[0, 0].real, rel=2e-6)
    assert back.forward == pytest.approx(to.backward, rel=1e-12)
    assert back.transfer_impedance / ohm == pytest.approx(
        to.transfer_impedance / ohm, rel=1e-6
    )
    assert to.forward_phase == 0


def test_points_and_frequencies_are_measured_at_once():
    leaks = [0.5, 2] * nS
    found = measure.attenuation(
        passive_tree(), "tip", frequency=[0, 50] * Hz, vary={"gL_tip": leaks}
    )
    assert found.forward.shape == (2, 2)
    for point, leak in enumerate(leaks):
        all_leaks = [each[1] for each in TREE.values()]
        all_leaks[4] = leak / nS
        for index, frequency in enumerate([0, 50]):
            _, C, G = matrices(all_leaks)
            Z = np.linalg.inv(G + 2j * np.pi * frequency * C)
            assert found.forward[point, index] == pytest.approx(
                abs(Z[0, 4] / Z[4, 4]), rel=6e-5
            )
    rows = str(found).splitlines()[3:]
    assert [row.split()[:2] for row in rows] == [
        ["0.5", "0"],
        ["0.5", "50"],
        ["2", "0"],
        ["2", "50"],
    ]


def test_the_plot_shows_both_ways():
    found = measure.attenuation(passive_tree(), "tip", frequency=[0, 50] * Hz)
    axes = found.plot()
    lines = {line.get_label(): line for line in axes.lines}
    assert np.array_equal(lines["forward"].get_ydata(), found.forward)
    assert np.array_equal(lines["backward"].get_xdata(), [0, 50])


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        (("tipp",), UnknownNameError, "source: there is no compartment 'tipp'"),
        (("tip", "sooma"), UnknownNameError, "at: there is no compartment"),
        (("soma",), InvalidValueError, "source and at are both 'soma'"),
        (("tip", "soma", -1 * Hz), InvalidValueError, "frequency: must not be negat"),
        (("tip", "soma", 1 * mV), UnitError, "frequency: expected"),
        (("tip", "soma", 1 * Hz, 0 * pA), InvalidValueError, "current: must not be"),
    ],
)
def test_wrong_arguments(arguments, kind, text):
    with pytest.raises(kind, match=text):
        measure.attenuation(passive_tree(), *arguments)
