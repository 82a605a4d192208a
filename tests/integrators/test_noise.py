"""Noise has its stationary moments at every step.

Random numbers are known: a Wiener process by Euler's method, with the same seed, gives
them away. So factors can be compared with closed forms, without statistics.
"""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, defaultclock, ms, mV, nS, pA, pF, seed
from scipy.linalg import solve_continuous_lyapunov, solve_discrete_lyapunov

from dendrisyn import Dendrite, NeuronModel, Soma

from .helpers import one_step, states_of


def drawn(count, dt):
    """Return the standard normal numbers that the first noise of a group gets."""
    seed(11)
    group = NeuronGroup(count, "dx/dt = xi/sqrt(ms) : 1", method="euler")
    return one_step(group, dt)[0] / np.sqrt(dt)


def stepped(group, dt):
    seed(11)
    return one_step(group, dt)


@pytest.mark.parametrize("method", ["crank_nicolson", "implicit_euler"])
@pytest.mark.parametrize("dt", [0.01, 0.1, 20])
def test_an_ornstein_uhlenbeck_process_is_exact(method, dt):
    """1e-12: its mean, its autocorrelation, and the variance that a step adds."""
    tau, sigma, mean = 5.0, 0.7, 0.2
    group = NeuronGroup(
        50,
        "dx/dt = (mean - x)/tau + sigma*sqrt(2/tau)*xi : 1",
        method=method,
        namespace={"tau": tau * ms, "sigma": sigma, "mean": mean},
    )
    group.x = np.linspace(-3, 3, 50)
    start, xi = group.x[:], drawn(50, dt)
    assert np.std(xi) > 0.5
    left = np.exp(-dt / tau)
    expected = mean + (start - mean) * left + sigma * np.sqrt(1 - left**2) * xi
    np.testing.assert_allclose(stepped(group, dt)[0], expected, rtol=1e-11, atol=1e-13)


def test_a_wiener_process_is_exact():
    group = NeuronGroup(9, "dx/dt = 1/ms + 2*xi/sqrt(ms) : 1", method="crank_nicolson")
    xi = drawn(9, 0.4)
    expected = 0.4 + 2 * np.sqrt(0.4) * xi
    np.testing.assert_allclose(stepped(group, 0.4)[0], expected, rtol=1e-12)


COUPLED = """
dv/dt = (3*(u - v) - v)/ms + 0.5*xi/sqrt(ms) : 1
du/dt = (2*(v - u) - 0.1*u - w)/ms : 1
dw/dt = (0.3*u - w)/(20*ms) : 1
"""


@pytest.mark.parametrize("dt", [0.1, 2, 50])
def test_white_noise_on_a_voltage_has_its_stationary_covariance_at_any_step(dt):
    """Of all voltages that it reaches. 1e-9: a linear system of rates 1 to 1/50."""
    group = NeuronGroup(4, COUPLED, method="crank_nicolson")
    group.u[1], group.v[2], group.w[3] = 1, 1, 1
    xi = drawn(4, dt)
    after = stepped(group, dt)
    reached = after[:, 0] / xi[0]
    step = after[:, 1:] - reached[:, None] * xi[1:]  # names are sorted: u, v, w
    found = solve_discrete_lyapunov(step, np.outer(reached, reached))
    J = np.array([[-2.1, 2, -1], [3, -4, 0], [0.3 / 20, 0, -1 / 20]])
    expected = solve_continuous_lyapunov(J, -np.diag([0, 0.25, 0]))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_the_noise_of_a_compartment_is_felt_by_its_voltage_as_the_mean_of_both_ends():
    """1e-12: the closed form of the scheme, a passive cell with the noise current."""
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=0 * mV)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=0 * mV)
    dend.noise(tau=4 * ms, sigma=30 * pA, mean=10 * pA)
    group = NeuronModel([(soma, dend, 10 * nS)]).make_neurongroup(5)
    name = next(each for each in group.equations.diff_eq_names if "noise" in each)
    start = np.linspace(-50, 60, 5)
    setattr(group, name, start * pA)
    h, xi = 0.5, drawn(5, 0.5)
    seed(11)
    defaultclock.dt = h * ms
    Network(group).run(h * ms)
    left = np.exp(-h / 4)
    end = 10 + (start - 10) * left + 30 * np.sqrt(1 - left**2) * xi
    found = np.array(getattr(group, name)[:]) / 1e-12
    np.testing.assert_allclose(found, end, rtol=1e-11)
    J = np.array([[-15 / 100, 10 / 100], [10 / 50, -13 / 50]])
    drive = np.stack([np.zeros(5), (start + end) / 2 / 50])
    V = np.linalg.solve(np.eye(2) - h / 2 * J, h * drive)
    np.testing.assert_allclose(group.V_soma / mV, V[0], rtol=1e-11)
    np.testing.assert_allclose(group.V_dend / mV, V[1], rtol=1e-11)


def test_ten_thousand_cells_have_the_variance_of_the_closed_form():
    """A membrane of 10 ms that noise of 5 ms drives, at a step of 2 ms: 5/(5 + 10).

    0.06: four standard errors of the variance of 1e4 values.
    """
    group = NeuronGroup(
        10_000,
        """dv/dt = (x - v + 0*u**2)/(10*ms) : 1
           du/dt = (v - u)/ms : 1
           dx/dt = -x/(5*ms) + sqrt(2/(5*ms))*xi : 1""",
        method="crank_nicolson",
    )
    defaultclock.dt = 2 * ms
    Network(group).run(100 * ms)
    assert np.var(group.x[:]) == pytest.approx(1, rel=0.06)
    assert np.var(group.v[:]) == pytest.approx(5 / 15, rel=0.06)


def test_neurons_and_noises_are_independent():
    group = NeuronGroup(
        2000,
        """dx/dt = -x/ms + xi_a/sqrt(ms) : 1
           dy/dt = -y/ms + xi_b/sqrt(ms) : 1
           dz/dt = -z/ms + xi_a/sqrt(ms) : 1""",
        method="crank_nicolson",
    )
    x, y, z = one_step(group, 1)
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.1  # four standard errors
    np.testing.assert_array_equal(x, z)
    assert len(np.unique(x)) == 2000
    assert states_of(group).shape == (3, 2000)
