"""What is solved exactly, what in halves, and what stays as it is within a step."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    ms,
    mV,
    nA,
    nS,
    pA,
    pF,
)

from dendrisyn import Dendrite, NeuronModel, Soma

from .helpers import exact, one_step, traces_of


def made(equations, *, N=1, method="crank_nicolson", **start):
    """Return a group; keywords are its values at the start."""
    group = NeuronGroup(N, equations, method=method, namespace={})
    for name, value in start.items():
        setattr(group, name, value)
    return group


def slope_of(equations, recorded, **start):
    """Return the order of convergence, and the relative error at 0.1 ms."""
    times, errors = np.arange(0, 8 - 0.1, 0.2), []
    expected = exact(made(equations, **start), times, recorded)
    for dt in (0.1, 0.05):
        traces = traces_of(made(equations, **start), dt, 8, recorded)
        errors.append(np.max(np.abs(traces - expected).T / np.ptp(expected, axis=1)))
    return np.log2(errors[0] / errors[1]), errors[0]


# -- linear variables -------------------------------------------------------------

PAIR = """
dx/dt = -x/tau_x + s/(3*ms) : 1
ds/dt = -s/(2*ms) : 1
tau_x : second
"""


@pytest.mark.parametrize("dt", [0.01, 0.1, 5])
def test_gates_of_rise_and_decay_are_exact_also_with_equal_time_constants(dt):
    """1e-12: closed forms. A millionth apart, the difference of exponentials has lost
    six digits, not so what is computed."""
    taus = np.array([7.0, 2.0, 2.0 * (1 + 1e-6), 0.1])
    group = made(PAIR, N=4, tau_x=taus * ms, x=0.5, s=2)
    x, s = one_step(group, dt)[[1, 0]]
    with np.errstate(invalid="ignore"):
        response = (np.exp(-dt / taus) - np.exp(-dt / 2)) / (1 / 2 - 1 / taus)
    response[1] = dt * np.exp(-dt / 2)
    tolerance = np.array([1e-12, 1e-12, 1e-8, 1e-12])
    expected = 0.5 * np.exp(-dt / taus) + 2 / 3 * response
    assert np.all(np.abs(x - expected) <= tolerance * expected)
    assert abs(x[2] - x[1]) < 1e-5 * x[1]
    np.testing.assert_allclose(s, 2 * np.exp(-dt / 2), rtol=1e-12)


def test_what_a_constant_drives_is_exact():
    group = made("dx/dt = (0.3 - x)/(2*ms) : 1", x=2)
    assert one_step(group, 3)[0, 0] == pytest.approx(
        0.3 + 1.7 * np.exp(-1.5), rel=1e-12
    )


def test_without_a_decay_it_is_a_straight_line():
    assert one_step(made("dx/dt = 0.3/ms : 1", x=2), 3)[0, 0] == pytest.approx(
        2.9, rel=1e-14
    )


def test_a_variable_that_grows_is_exact():
    group = made("dx/dt = x/(2*ms) : 1", x=2)
    assert one_step(group, 3)[0, 0] == pytest.approx(2 * np.exp(1.5), rel=1e-12)


# -- gates ------------------------------------------------------------------------

SATURATING = """
ds/dt = -s/(20*ms) + x*(1 - s)/ms : 1
dx/dt = -x/(0.7*ms) : 1
dv/dt = (-v + 5*mV*s*(1 - v/(3*mV)))/(5*ms) : volt
"""


def test_a_saturating_gate_is_of_second_order():
    slope, error = slope_of(SATURATING, ["s", "v"], x=2)
    assert slope == pytest.approx(2, abs=0.1)
    assert error < 3e-3


def test_a_saturating_gate_stays_between_zero_and_one_at_any_step():
    for dt in (0.1, 3, 100):
        group = made(SATURATING, N=4, x=[0, 1, 1e3, 1e6], s=[1, 0, 0.5, 0])
        defaultclock.dt = dt * ms
        monitor = StateMonitor(group, "s", record=True)
        Network(group, monitor).run(5 * dt * ms)
        assert np.all((monitor.s >= 0) & (monitor.s <= 1 + 1e-15))


def test_gates_that_feel_each_other_are_of_second_order():
    equations = """
    dm/dt = (1 - m)*h*exp(v/(10*mV))/ms - m/ms : 1
    dh/dt = (1 - h)*v/mV/ms - m*h/ms : 1
    dv/dt = (10*mV*m*h - v)/(5*ms) : volt
    """
    slope, _ = slope_of(equations, ["m", "h", "v"], v=5 * mV, h=0.1)
    assert slope == pytest.approx(2, abs=0.1)


def test_a_gate_of_a_voltage_makes_two_halves_of_the_exponential_rule():
    """1e-12: the closed form. The voltage feels the gate after its first half."""
    equations = """
    dm/dt = (0.8 - m)*(v/mV)/ms : 1
    dv/dt = (3*mV*m - v)/(5*ms) : volt
    """
    group = made(equations, m=0.1, v=2 * mV)
    m, v = one_step(group, 0.2)[:, 0]
    half = 0.8 - 0.7 * np.exp(-2 * 0.1)
    change = 0.2 / 5 * (3 * half - 2) / (1 + 0.1 / 5)
    assert v * 1e3 == pytest.approx(2 + change, rel=1e-12)
    end = 0.8 + (half - 0.8) * np.exp(-(2 + change) * 0.1)
    assert m == pytest.approx(end, rel=1e-12)


# -- time -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "equations",
    [
        "dv/dt = (sin(t/ms) - v)/(3*ms) : 1",
        "dv/dt = -v*(1 + sin(t/ms))/(3*ms) : 1",
        """dv/dt = (sin(t/ms) - v)/(3*ms) - u**2/ms : 1
           du/dt = (v - u)*(2 + sin(t/(2*ms)))/ms : 1""",
        """dv/dt = (sin(t/ms) - v)/(3*ms) - m*v/ms : 1
           du/dt = (0.1*volt*v - u)/ms : volt
           dm/dt = (sin(t/ms)**2 - m)*exp(u/volt)/ms : 1""",
    ],
    ids=["drive", "rate", "coupled", "gate"],
)
def test_equations_with_time_are_of_second_order(equations):
    slope, _ = slope_of(equations, ["v"], v=1)
    assert slope == pytest.approx(2, abs=0.1)


def test_a_timed_array_is_exact_at_its_grid():
    """1e-12: a passive membrane that a current drives, constant in each step."""
    values = np.array([0.0, 3.0, -2.0, 5.0])
    stimulus = TimedArray(values * nA, dt=0.2 * ms)
    group = NeuronGroup(
        1,
        "dv/dt = (stimulus(t)*Mohm - v)/(3*ms) : volt",
        method="crank_nicolson",
        namespace={"stimulus": stimulus, "Mohm": 1 * mV / nA},
    )
    defaultclock.dt = 0.1 * ms
    monitor = StateMonitor(group, "v", record=True)
    Network(group, monitor).run(0.9 * ms)
    expected, left = [0.0], np.exp(-0.1 / 3)
    for step in range(8):
        value = values[step // 2]
        expected.append(value + (expected[-1] - value) * left)
    np.testing.assert_allclose(monitor.v[0] / mV, expected, rtol=1e-12, atol=1e-15)


def test_a_timed_array_of_two_dimensions_drives_each_neuron():
    """1e-12: the closed form of the scheme, with the values at the start of steps."""
    values = np.random.default_rng(4).uniform(-100, 100, (5, 3))
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=0 * mV)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=0 * mV)
    dend.add_equations("I_stimulus = stimulus(t, i) : amp")
    dend.replace_equations(
        "I_dend = I_ext_dend : amp", "I_dend = I_ext_dend + I_stimulus : amp"
    )
    model = NeuronModel([(soma, dend, 10 * nS)])
    group = model.make_neurongroup(
        3, namespace={"stimulus": TimedArray(values * pA, dt=0.2 * ms)}
    )
    monitor = StateMonitor(group, ["V_soma", "V_dend"], record=True)
    Network(group, monitor).run(0.9 * ms)
    h = 0.1  # ms; mV, pA, nS, pF
    J = np.array([[-15 / 100, 10 / 100], [10 / 50, -13 / 50]])
    V, expected = np.zeros((2, 3)), []
    for step in range(9):
        expected.append(V)
        drive = np.stack([np.zeros(3), values[step // 2] / 50])
        V = V + np.linalg.solve(np.eye(2) - h / 2 * J, h * (J @ V + drive))
    for row, name in enumerate(("V_soma", "V_dend")):
        found = np.array(getattr(monitor, name)).T / 1e-3
        np.testing.assert_allclose(
            found, np.array(expected)[:, row], rtol=1e-12, atol=1e-13
        )


def test_comparisons_keep_the_value_that_they_have_at_the_start_of_the_step():
    """1e-12: with the value of the term held, each is solved in closed form."""
    equations = """
    dx/dt = 2*int(x > 0.5)/ms - x/ms : 1
    dy/dt = -y/ms + int(t < 0.05*ms)/ms : 1
    dz/dt = -z/ms + int(z > 0.5 and not x > 2)/ms : 1
    """
    group = made(equations, x=0.6, y=0, z=0.4)
    left = np.exp(-0.5)
    x, y, z = one_step(group, 0.5)[:, 0]
    assert x == pytest.approx(0.6 * left + 2 * (1 - left), rel=1e-12)
    assert y == pytest.approx(1 - left, rel=1e-12)
    assert z == pytest.approx(0.4 * left, rel=1e-12)


def test_a_comparison_in_a_coupled_equation_has_no_slope():
    equations = """
    dx/dt = (y**2 - x)/ms + 3*int(x > y)/ms : 1
    dy/dt = floor(3*x)*(x - y)/ms : 1
    """
    group = made(equations, x=0.9, y=0.1)
    h = 0.4
    J = np.array([[-1, 2 * 0.1], [2, -2]])
    f = np.array([0.01 - 0.9 + 3, 2 * 0.8])
    expected = np.array([0.9, 0.1]) + np.linalg.solve(np.eye(2) - h / 2 * J, h * f)
    np.testing.assert_allclose(one_step(group, h)[:, 0], expected, rtol=1e-13)


# -- synapses ---------------------------------------------------------------------


@pytest.mark.parametrize("method", ["crank_nicolson", "implicit_euler"])
def test_a_linear_gate_of_synapses_is_exact(method):
    source = SpikeGeneratorGroup(2, [0, 1], [0, 0.3] * ms)
    target = NeuronGroup(1, "total : 1", method="euler")
    synapses = Synapses(
        source,
        target,
        """dx/dt = -x/(5*ms) + s/ms : 1 (clock-driven)
           ds/dt = -s/(2*ms) : 1 (clock-driven)
           total_post = x : 1 (summed)""",
        on_pre="s += 1",
        method=method,
    )
    synapses.connect()
    defaultclock.dt = 0.1 * ms
    Network(source, target, synapses).run(2 * ms)
    for index, age in enumerate((1.9, 1.6)):  # it jumps after the step of its spike
        response = (np.exp(-age / 5) - np.exp(-age / 2)) / (1 / 2 - 1 / 5)
        assert synapses.s[index] == pytest.approx(np.exp(-age / 2), rel=1e-12)
        assert synapses.x[index] == pytest.approx(response, rel=1e-12)


def test_a_saturating_gate_of_synapses_is_of_second_order():
    equations = """ds/dt = -s/(20*ms) + x*(1 - s)/ms : 1 (clock-driven)
                   dx/dt = -x/(0.7*ms) : 1 (clock-driven)"""
    as_group = made(equations.replace("(clock-driven)", ""), x=2)
    expected = exact(as_group, [0, 2.0], ["s"])[0, 1]
    errors = []
    for dt in (0.1, 0.05):
        defaultclock.dt = dt * ms
        cells = NeuronGroup(1, "y : 1")
        synapses = Synapses(cells, cells, equations, method="crank_nicolson")
        synapses.connect()
        synapses.x = 2
        Network(cells, synapses).run(2 * ms)
        errors.append(abs(synapses.s[0] - expected))
    assert errors[0] < 2e-3
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)
