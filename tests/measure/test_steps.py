"""Input resistance, sag and time constant against closed forms."""

import numpy as np
import pytest
from brian2 import Mohm, ms, mV, nS, ohm, pA, pF, second, volt
from helpers.passive_tree import TREE, impedance, matrices, passive_tree
from scipy.linalg import expm

from dendrisyn import (
    AdaptiveIF,
    InvalidValueError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    UnitError,
    UnknownNameError,
    measure,
)


@pytest.mark.parametrize("at", [None, *TREE])
def test_input_resistance_is_that_of_the_matrix(at):
    names, Z = impedance(0)
    index = names.index(at or "soma")
    found = measure.input_resistance(passive_tree(), at)
    # what is left of the slowest mode after 14 time constants is 8e-7
    assert found.resistance / ohm == pytest.approx(Z[index, index].real, rel=2e-6)
    assert found.deflection / volt == pytest.approx(-1e-12 * Z[index, index].real)
    assert abs(found.sag) < 1e-12


def test_the_current_does_not_matter_in_a_passive_cell():
    small, large = (
        measure.input_resistance(passive_tree(), current=current).resistance
        for current in (-0.1 * pA, 200 * pA)
    )
    assert small / ohm == pytest.approx(large / ohm, rel=1e-9)


def test_uneven_rest_does_not_matter():
    cell = passive_tree()
    cell.parameters["EL_tip"] = -55 * mV
    _, Z = impedance(0)
    found = measure.input_resistance(cell, "tip")
    assert found.resistance / ohm == pytest.approx(Z[4, 4].real, rel=2e-6)


def test_points_are_measured_at_once():
    leaks = [0.5, 1, 3] * nS
    found = measure.input_resistance(passive_tree(), "left", vary={"gL_left": leaks})
    assert found.resistance.shape == (3,)
    for value, leak in zip(found.resistance, leaks, strict=True):
        all_leaks = [each[1] for each in TREE.values()]
        all_leaks[2] = leak / nS
        Z = np.linalg.inv(matrices(all_leaks)[2])
        assert value / ohm == pytest.approx(Z[2, 2], rel=2e-6)
    assert found.traces["V_left"].shape[:2] == (3, 2)


def test_time_constant_is_that_of_the_slowest_mode():
    _, C, G = matrices()
    slowest = 1 / np.sort(np.linalg.eigvals(np.linalg.solve(C, G)).real)[0]
    for at in ("soma", "tip"):
        found = measure.time_constant(passive_tree(), at)
        # crank_nicolson: (dt/tau)**2/12, 3e-6 here
        assert found.time_constant / second == pytest.approx(slowest, rel=1e-5)


def test_time_constant_where_two_modes_are_close():
    cell = passive_tree()
    cell.add_params(
        {f"g_{one}_{other}": 0.05 * nS for one, other in [("soma", "trunk")]}
    )
    C, G = (np.array(each) for each in matrices()[1:])
    change = (0.05 - 12) * 1e-9
    G[:2, :2] += change * np.array([[1, -1], [-1, 1]])
    rates = np.sort(np.linalg.eigvals(np.linalg.solve(C, G)).real)
    assert 1.02 < rates[1] / rates[0] < 1.6
    found = measure.time_constant(cell, "soma")
    assert found.time_constant / second == pytest.approx(1 / rates[0], rel=1e-4)


def test_a_point_neuron_is_measured_too():
    cell = PointNeuronModel(cm_abs=200 * pF, gl_abs=8 * nS, v_rest=-65 * mV)
    assert measure.input_resistance(cell).resistance / Mohm == pytest.approx(
        125, rel=2e-6
    )
    assert measure.time_constant(cell).time_constant / ms == pytest.approx(25, rel=1e-5)


def test_adaptation_sags():
    """The step response of V and w, by the exponential of their matrix."""
    soma = Soma(
        "soma",
        AdaptiveIF(a=4 * nS, tauw=100 * ms),
        cm_abs=100 * pF,
        gl_abs=5 * nS,
        v_rest=-70 * mV,
    )
    found = measure.input_resistance(NeuronModel([soma]), duration=1.5 * second)
    A = np.array([[-5e-9 / 100e-12, -1 / 100e-12], [4e-9 / 0.1, -1 / 0.1]])
    steady = np.linalg.solve(-A, [-1e-12 / 100e-12, 0])
    step = expm(A * 1e-4)
    state, lowest = np.zeros(2), 0.0
    for _ in range(2000):
        state = steady + step @ (state - steady)
        lowest = min(lowest, state[0])
    assert found.resistance / Mohm == pytest.approx(1000 / 9, rel=2e-6)
    # the integrator's error, (dt/tau)**2/12 of what moves, and less at the peak
    assert found.peak / volt == pytest.approx(lowest, rel=1e-5)
    assert found.sag == pytest.approx(1 - steady[0] / lowest, rel=3e-5)
    assert found.sag > 0.2


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"at": "tipp"}, UnknownNameError, "no compartment 'tipp'.*'tip'"),
        ({"current": 0 * pA}, InvalidValueError, "current: must not be zero"),
        ({"current": 1 * mV}, UnitError, "current: expected a value in amp"),
        ({"duration": -1 * ms}, InvalidValueError, "duration: must be positive"),
        ({"dt": 1 * mV}, UnitError, "dt: expected a value in second"),
        ({"target": "cpp"}, InvalidValueError, "target: expected 'numpy' or 'cython'"),
        ({"progress": 3}, UnitError, "progress: expected True, False or a function"),
        ({"N": 3}, InvalidValueError, "N is not an argument: the number of neurons"),
        ({"vary": {"gL_tap": 1 * nS}}, UnknownNameError, "no parameter 'gL_tap'"),
        ({"vary": {}}, UnitError, "vary: expected a dict"),
        ({"vary": {"gL_tip": [1, 2] * mV}}, UnitError, r"vary: gL_tip\[0\]: expected"),
        (
            {"vary": {"gL_tip": [1, 2] * nS, "C_tip": [1, 2, 3] * pF}},
            InvalidValueError,
            "vary: expected equal numbers of values, got 2 of gL_tip, 3 of C_tip",
        ),
        ({"thresold": "V_soma > 0*mV"}, Exception, "thresold"),
    ],
)
def test_wrong_arguments(arguments, kind, text):
    with pytest.raises(kind, match=text):
        measure.input_resistance(passive_tree(), **arguments)


def test_only_models_are_measured():
    with pytest.raises(
        UnitError, match=r"measure\.input_resistance: expected a Neuron"
    ):
        measure.input_resistance(Soma("soma"))


def test_a_cell_that_never_rests():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    cell = NeuronModel([soma])
    cell.compartments["soma"].add_equations(
        "I_wave = 5*pA*sin(2*pi*3*Hz*t) : amp", currents=["I_wave"]
    )
    with pytest.raises(InvalidValueError, match="does not come to rest: after"):
        measure.input_resistance(cell)
