"""PSPs of linear, blocked and saturating receptors against references."""

import numpy as np
import pytest
from brian2 import Hz, coulomb, ms, mV, nS, pA, second
from helpers.psp_cells import COUPLING, KINETICS, LEAK, REST, C, cell, current, point
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.optimize import brentq, minimize_scalar

from dendrisyn import (
    AMPA,
    NMDA,
    Alpha,
    CurrentBased,
    Delta,
    Exponential,
    SaturatingNMDA,
    Synapse,
    TwoStateKinetics,
)
from dendrisyn.measure.synaptic import psp

#: Passive slopes of the two voltages.
PASSIVE = -np.diag(1 / C) @ (
    np.diag(LEAK) + COUPLING * np.array([[1.0, -1.0], [-1.0, 1.0]])
)


def gate(kinetics):
    """Return the slopes of x and s, and where both start."""
    if isinstance(kinetics, Exponential):
        decay = float(kinetics.t_decay / ms)
        return np.array([[-1 / decay, 0], [0, -1.0]]), np.array([1.0, 0.0])
    if isinstance(kinetics, Alpha):
        rise = decay = float(kinetics.tau / ms)
        drive = np.e / rise
    else:
        rise, decay = float(kinetics.t_rise / ms), float(kinetics.t_decay / ms)
        drive = (decay / rise) ** (rise / (decay - rise)) / rise
    return np.array([[-1 / decay, drive], [0, -1 / rise]]), np.array([0.0, 1.0])


class Exact:
    """The response of a passive cell to a current with linear kinetics, in full."""

    def __init__(self, passive, capacitance, kinetics, J):
        slopes, start = gate(kinetics)
        size = len(passive)
        self.slopes = np.zeros((size + 2, size + 2))
        self.slopes[:size, :size] = passive
        self.slopes[size - 1, size] = J / capacitance
        self.slopes[size:, size:] = slopes
        self.start = np.concatenate([np.zeros(size), start])
        self.area = -np.linalg.solve(self.slopes, self.start)
        self.charge = J * self.area[size]

    def __call__(self, t, index):
        return (expm(self.slopes * t) @ self.start)[index]

    def features(self, index):
        """Return amplitude, time to peak, rise time and half-width."""
        found = minimize_scalar(
            lambda t: -abs(self(t, index)),
            bounds=(0.1, 60),
            method="bounded",
            options={"xatol": 1e-8},
        )
        height = self(found.x, index)

        def crossing(part, low, high):
            return brentq(lambda t: self(t, index) / height - part, low, high)

        up = {part: crossing(part, 0, found.x) for part in (0.1, 0.5, 0.9)}
        down = crossing(0.5, found.x, 200)
        return height, found.x, up[0.9] - up[0.1], down - up[0.5]


def features(found):
    """Return the same of a measurement, in mV and ms."""
    times = (found.time_to_peak, found.rise_time, found.half_width)
    return np.array([found.amplitude / mV, *(each / ms for each in times)])


# -- closed forms -------------------------------------------------------------------


@pytest.mark.parametrize("name", KINETICS)
def test_point_neuron_equals_closed_form(name):
    kinetics = KINETICS[name]
    exact = Exact(np.array([[-LEAK[0] / C[0]]]), C[0], kinetics, 50)
    found = psp(point(current(kinetics)), "exc_x")
    # Crank-Nicolson errs by (0.1 ms)**2/(12 tau tau') of the slope, tau being 20 ms
    assert features(found) == pytest.approx(np.array(exact.features(0)), rel=1e-4)
    assert found.charge / (1e-15 * coulomb) == pytest.approx(exact.charge, rel=1e-5)
    assert found.area / (mV * ms) == pytest.approx(exact.area[0], rel=2e-5)
    assert found.amplitudes[""] == found.amplitude


@pytest.mark.parametrize(
    ("name", "at"), [("dual", "soma"), ("dual", "dend"), ("alpha", "soma")]
)
def test_two_compartments_equal_closed_form(name, at):
    kinetics = KINETICS[name]
    exact = Exact(PASSIVE, C[1], kinetics, -50)
    found = psp(cell(current(kinetics, -50)), "exc_x_dend", at)
    index = ["soma", "dend"].index(at)
    # the fastest mode of the cell has 3 ms
    assert features(found) == pytest.approx(np.array(exact.features(index)), rel=1e-4)
    assert found.charge / (1e-15 * coulomb) == pytest.approx(exact.charge, rel=1e-5)
    assert found.area / (mV * ms) == pytest.approx(exact.area[index], rel=2e-5)
    other = {"soma": 1, "dend": 0}[at]
    amplitude = found.amplitudes[["soma", "dend"][other]]
    assert amplitude / mV == pytest.approx(exact.features(other)[0], rel=1e-4)
    assert found.amplitudes[at] == found.amplitude < 0 * mV


def test_jump_of_the_voltage():
    model = cell(Synapse("kick", "x", kinetics=Delta(J=2 * mV)))
    found = psp(model, "kick_x_dend", "dend", [1, 3])
    np.testing.assert_allclose(found.amplitude / mV, [2, 6], rtol=1e-9)  # rest: 1e-10 V
    assert np.all(found.time_to_peak == 0 * second)
    assert np.all(found.rise_time == 0 * second)
    assert np.isnan(found.charge / coulomb).all()
    assert found.charge.dim == coulomb.dim
    assert found.charges == {}

    def decay(t):
        return (expm(PASSIVE * t) @ [0, 2])[1] - 1

    # Crank-Nicolson: a step of 0.1 ms in a mode of 3 ms errs by 1e-4 of the slope
    width = brentq(decay, 0, 60)
    np.testing.assert_allclose(found.half_width / ms, width, rtol=1e-4)
    areas = -np.linalg.solve(PASSIVE, [0, 2])
    np.testing.assert_allclose(
        found.area / (mV * ms), areas[1] * np.array([1, 3]), 1e-4
    )


# -- slow references ----------------------------------------------------------------


def block(V):
    return 1 / (1 + np.exp(-0.062 * V) / 3.57)


def reference(slope, start, until=200):
    """Return the amplitudes of the two voltages and the charge, the last variable."""
    solved = solve_ivp(
        slope, (0, until), start, "DOP853", rtol=1e-10, atol=1e-12, dense_output=True
    )

    def peak(index):
        found = minimize_scalar(
            lambda t: -solved.sol(t)[index],
            bounds=(0.5, 60),
            method="bounded",
            options={"xatol": 1e-8},
        )
        return solved.sol(found.x)[index] - REST

    return peak(0), peak(1), solved.y[-1, -1]


def dual_with_nmda(t, y):
    Vs, Vd, a, x, s, _ = y
    drive = (60 / 2) ** (2 / 58) / 2
    ampa = 1.5 * a * (0 - Vd)
    nmda = 4 * x * block(Vd) * (0 - Vd)
    synaptic = ampa + nmda
    axial = COUPLING * (Vd - Vs)
    return [
        (LEAK[0] * (REST - Vs) + axial) / C[0],
        (LEAK[1] * (REST - Vd) - axial + synaptic) / C[1],
        -a / 3,
        -x / 60 + drive * s,
        -s / 2,
        synaptic,
    ]


def test_released_together_with_block_equals_slow_reference():
    model = cell(
        AMPA("x", g=1.5 * nS, t_decay=3 * ms),
        NMDA("x", g=4 * nS, t_rise=2 * ms, t_decay=60 * ms),
    )
    soma, dend, charge = reference(dual_with_nmda, [REST, REST, 1, 0, 1, 0])
    both = ["AMPA_x_dend", "NMDA_x_dend"]
    errors = []
    for dt in (0.2, 0.1):
        found = psp(model, both, dt=dt * ms, duration=200 * ms)
        got = [found.amplitude, found.amplitudes["dend"], found.charge]
        exact = [soma * mV, dend * mV, charge * 1e-15 * coulomb]
        errors.append([abs(float(x / y) - 1) for x, y in zip(got, exact, strict=True)])
    # of second order; at 0.1 ms, 5e-5 at most
    assert np.all(np.array(errors[0]) < [5e-5, 2e-4, 1e-6])
    np.testing.assert_allclose(np.divide(*errors)[:2], 4, rtol=0.01)
    assert found.charge == sum(found.charges.values())
    assert list(found.charges) == both


def saturating(t, y):
    Vs, Vd, s, x, _ = y
    synaptic = 4 * s * block(Vd) * (0 - Vd)
    axial = COUPLING * (Vd - Vs)
    return [
        (LEAK[0] * (REST - Vs) + axial) / C[0],
        (LEAK[1] * (REST - Vd) - axial + synaptic) / C[1],
        -s / 100 + 0.5 * x * (1 - s),
        -x / 2,
        synaptic,
    ]


def test_saturating_receptor_equals_slow_reference():
    kinetics = SaturatingNMDA(t_rise=2 * ms, t_decay=100 * ms, alpha=500 * Hz)
    model = cell(NMDA("s", g=4 * nS, kinetics=kinetics))
    soma, dend, charge = reference(saturating, [REST, REST, 0, 1, 0])
    found = psp(model, "NMDA_s_dend", duration=200 * ms)
    # All is slow. That a gate on a synapse is taken from the start of each step delays
    # the response by half a step, and hardly changes it.
    assert found.amplitude / mV == pytest.approx(soma, rel=1e-6)
    assert found.amplitudes["dend"] / mV == pytest.approx(dend, rel=2e-6)
    assert found.charge / (1e-15 * coulomb) == pytest.approx(charge, rel=2e-5)


def test_gate_on_the_synapse_has_the_charge_of_one_on_the_neuron():
    kinetics = Exponential(t_decay=5 * ms)
    output = CurrentBased(J=20 * pA)
    pooled = Synapse("exc", "a", kinetics=kinetics, output=output)
    own = Synapse("exc", "b", kinetics=kinetics, output=output, pooled=False)
    model = cell(pooled, own)
    one, other = psp(model, "exc_a_dend"), psp(model, "exc_b_dend")
    # a sample of the current that was a step late would lack 0.1 ms of 5 ms
    assert other.charge / one.charge == pytest.approx(1, rel=1e-9)
    assert one.charge / (1e-15 * coulomb) == pytest.approx(100, rel=1e-5)
    assert other.amplitude / one.amplitude == pytest.approx(1, rel=2e-2)


def test_pulse_of_transmitter_equals_closed_form():
    # BrainPy's AMPA: the gate rises for 0.5 ms at 0.49 + 0.18 per ms, then decays
    kinetics = TwoStateKinetics.ampa()
    output = CurrentBased(J=20 * pA)
    model = point(Synapse("exc", "x", kinetics=kinetics, output=output))
    total = 0.49 + 0.18
    top = 0.49 / total * (1 - np.exp(-total * 0.5))
    rising = 0.49 / total * (0.5 - (1 - np.exp(-total * 0.5)) / total)
    found = psp(model, "exc_x")
    # the kink at the end of the pulse: (0.1 ms)**2/12 times its slope of 0.4 per ms
    charge = 20 * (rising + top / 0.18)
    assert found.charge / (1e-15 * coulomb) == pytest.approx(charge, rel=4e-4)
