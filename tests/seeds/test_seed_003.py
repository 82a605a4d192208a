"""Seed 003, an API page: the dual exponential synapse, current- and conductance-based.

It gives a formula with two time constants, and two differential equations for it:
``dg/dt = -g/tau_decay + h``, ``dh/dt = -h/tau_rise``, where a spike adds 1 to ``h``.
Its time constants are 10 and 1 ms, its reversal potential is 0 mV.
"""

import numpy as np
import pytest
from brian2 import Network, SpikeGeneratorGroup, StateMonitor, ms, mV, nS, pA, pF, uS
from scipy.integrate import solve_ivp

from dendrisyn import (
    ConductanceBased,
    CurrentBased,
    DualExponential,
    PointNeuronModel,
    Synapse,
)

DECAY, RISE = 10.0, 1.0  # ms
SPIKE = 5.0  # ms
DT = 0.05  # ms
OUTPUTS = {
    # The page has 1 uS, which is a hundred times the leak of this cell.
    "conductance": {"output": ConductanceBased(E=0 * mV), "g": 1 * uS},
    "current": {"output": CurrentBased(J=50 * pA)},
}


def formula(t):
    """Return the formula of the page (ms), with a maximal conductance of 1."""
    factor = DECAY * RISE / (DECAY - RISE)
    return np.where(t > 0, factor * (np.exp(-t / DECAY) - np.exp(-t / RISE)), 0)


def simulate(output, normalize, method="rk4", **changes):
    """Return times after the spike (ms), gate, current (pA) and voltage (mV)."""
    cell = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    kinetics = DualExponential(
        t_rise=RISE * ms, t_decay=DECAY * ms, normalize=normalize
    )
    cell.add(Synapse("dual", "x", kinetics=kinetics, **(OUTPUTS[output] | changes)))
    neuron = cell.make_neurongroup(1, method=method, dt=DT * ms)
    source = SpikeGeneratorGroup(1, [0], [SPIKE] * ms, dt=DT * ms)
    synapses = cell.projection("dual_x").synapses(source, neuron, dt=DT * ms)
    synapses.connect()
    names = ["x_dual_x", "I_dual_x", "V"]
    monitor = StateMonitor(neuron, names, record=0, dt=DT * ms)
    Network(neuron, source, synapses, monitor).run(80 * ms)
    gate, current, V = (np.array(getattr(monitor, name)[0]) for name in names)
    # A spike acts at the end of its step.
    return monitor.t / ms - SPIKE - DT, gate, current * 1e12, V * 1e3


# -- the page --------------------------------------------------------------------------


def test_the_formula_solves_the_equations_where_a_spike_adds_one_per_ms():
    times = np.linspace(0, 80, 200)
    solution = solve_ivp(
        lambda _, y: [-y[0] / DECAY + y[1], -y[1] / RISE],
        (0, 80),
        [0, 1],
        t_eval=times,
        rtol=1e-10,
        atol=1e-12,
    )
    np.testing.assert_allclose(solution.y[0], formula(times), atol=1e-8)  # 100 rtol


def test_the_maximal_conductance_of_the_formula_is_no_maximum():
    # The factor tau1 tau2/(tau1 - tau2) is a time: in ms the peak is 0.774, in seconds
    # a thousandth of that, and other time constants have other peaks.
    peak = formula(np.linspace(0, 20, 20001)).max()
    assert peak == pytest.approx(10 ** (-1 / 9), abs=1e-6)  # steps of 1 us
    assert peak == pytest.approx(0.774, abs=5e-4)  # as printed above


# -- both synapses ---------------------------------------------------------------------


@pytest.mark.parametrize("output", OUTPUTS)
def test_unnormalised_it_is_the_page_in_units_of_ms(output):
    # normalize=False is dx/dt = -x/t_decay + s/ms: g of the page, over 1 ms.
    t, gate, _, _ = simulate(output, normalize=False)
    # rk4: (DT/RISE)**4/120 = 5e-8 of a peak of 0.8
    np.testing.assert_allclose(gate, formula(t), atol=1e-7)
    assert gate.max() == pytest.approx(10 ** (-1 / 9), rel=1e-4)  # two samples away


@pytest.mark.parametrize("output", OUTPUTS)
def test_normalised_it_is_the_page_over_its_peak(output):
    t, gate, _, _ = simulate(output, normalize=True)
    # as above
    np.testing.assert_allclose(gate, 10 ** (1 / 9) * formula(t), atol=1e-7)
    assert gate.max() == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("normalize", [False, True])
def test_the_conductance_based_current_is_that_of_the_code_of_the_page(normalize):
    # The page writes V - E in its text and E - V in its code, which depolarises.
    _, gate, current, V = simulate("conductance", normalize)
    # 1 uS at mV, in pA; a product of numbers up to 7e4
    np.testing.assert_allclose(current, 1e3 * gate * (0 - V), rtol=1e-12)
    assert current.min() >= 0
    # 1 uS is huge: a single spike takes the cell next to the reversal potential.
    assert -2 < V.max() < 0


@pytest.mark.parametrize("normalize", [False, True])
def test_the_current_based_current_is_the_gate(normalize):
    _, gate, current, _ = simulate("current", normalize)
    np.testing.assert_allclose(current, 50 * gate, rtol=1e-14)  # one product


def test_the_current_based_potential_is_a_sum_of_three_exponentials():
    # All is linear, so the method is exact, and so is the comparison.
    t, gate, _, V = simulate("current", False, method="exact")
    np.testing.assert_allclose(gate, formula(t), atol=1e-12)  # rounding in 1600 steps
    tau = 20.0  # 200 pF over 10 nS, ms
    drive = 50 / 200 * DECAY * RISE / (DECAY - RISE)  # mV/ms
    response = np.zeros_like(t)
    for time, sign in ((DECAY, 1), (RISE, -1)):
        rate = 1 / time - 1 / tau
        response += sign * drive * (np.exp(-t / tau) - np.exp(-t / time)) / rate
    # rounding at 70 mV in 1600 steps
    np.testing.assert_allclose(V, -70 + np.where(t > 0, response, 0), atol=1e-10)
    assert V.max() > -69


def test_the_conductance_based_potential_is_that_of_an_independent_solver():
    t, _, _, V = simulate("conductance", False, g=5 * nS)
    after = t >= 0
    solution = solve_ivp(
        lambda t, V: (10 * (-70 - V) + 5 * formula(t) * (0 - V)) / 200,
        (0, t[-1]),
        [-70],
        t_eval=np.clip(t[after], 0, t[-1]),
        rtol=1e-10,
        atol=1e-10,
    )
    # rk4: (DT/RISE)**4/120 = 5e-8 of the gate, on a potential of 8 mV
    np.testing.assert_allclose(V[after], solution.y[0], atol=1e-6)
    assert V.max() > -63
