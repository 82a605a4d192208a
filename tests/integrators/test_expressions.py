"""Expressions that equations may contain, and values at their limits."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    StateMonitor,
    TimedArray,
    ms,
    mV,
)
from brian2.core.base import BrianObjectException

from .helpers import METHODS, ran, slopes_of

# -- gates ------------------------------------------------------------------------

RATES = """
dm/dt = a*(1 - m) - b*m : 1
a = exp(v/(10*mV))/ms : Hz
b = exp(-v/(15*mV))/ms : Hz
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dt", [0.1, 1])
def test_a_gate_with_rates_as_subexpressions_stays_between_0_and_1(dt, method):
    """The voltage jumps by up to 300 mV, so its rates by up to e**15."""
    jumps = TimedArray(np.tile([150, -150, 80, 0, -100], 10) * mV, dt=2 * dt * ms)
    group = NeuronGroup(
        3,
        "dv/dt = (jumps(t) - v)/(0.3*ms) : volt" + RATES,
        method=method,
        namespace={"jumps": jumps},
        dt=dt * ms,
    )
    group.m, group.v = [0, 0.5, 1], [-150, 0, 150] * mV
    gate = StateMonitor(group, "m", record=True)
    Network(group, gate).run(100 * dt * ms)
    assert np.min(gate.m) >= 0
    assert np.max(gate.m) <= 1
    assert np.all(np.ptp(gate.m, axis=1) > 0.8)


def test_a_gate_with_rates_as_subexpressions_is_of_second_order():
    def flow(t, y):
        v, m = y
        drive = 20 * np.sin(2 * np.pi * 0.1 * t) + 30 * m
        return [(drive - v) / 2, np.exp(v / 10) * (1 - m) - np.exp(-v / 15) * m]

    slopes = slopes_of(
        "dv/dt = (20*mV*sin(2*pi*100*Hz*t) + 30*mV*m - v)/(2*ms) : volt" + RATES,
        flow,
        {"v": 0.0, "m": 0.2},
        20,
        (0.1, 0.05, 0.025),
        scale=(1e-3, 1),
    )
    np.testing.assert_allclose(slopes, 2, atol=0.05)


# -- terms that are the same in the whole run -------------------------------------

#: What may be in an equation -> its values in neurons 0 to 3, with n = 2, 3, 4, 5.
CONSTANTS = {
    "1/n": 1 / np.array([2, 3, 4, 5]),
    "n**-2.0": 1 / np.array([4, 9, 16, 25]),
    "2**n/8": np.array([0.5, 1, 2, 4]),
    "n % 3": np.array([2, 0, 1, 2]),
    "(-1)**i": np.array([1, -1, 1, -1]),
    "1/(i + 1)": 1 / np.array([1, 2, 3, 4]),
    "1//(i + 1)": np.array([1, 0, 0, 0]),
    "int(True)": np.ones(4),
    "int(i > 1 and n < 5)": np.array([0, 0, 1, 0]),
    "sign(i - 1)": np.array([-1, 0, 1, 1]),
}


@pytest.mark.parametrize("term", CONSTANTS)
def test_whole_numbers_and_truth_values_are_numbers(term):
    """1e-13 where the equation is linear, 1e-4 for an error of second order."""
    equations = f"""dv/dt = ({term} - v)/ms : 1
                    du/dt = ({term} - u**2)/ms : 1
                    n : integer"""
    group = ran(equations, 0.01, 0.5, 4, n=[2, 3, 4, 5])
    value = CONSTANTS[term]
    np.testing.assert_allclose(group.v[:], value * -np.expm1(-0.5), rtol=1e-13)
    root = np.sqrt(value + 0j)
    expected = (root * np.tanh(0.5 * root)).real
    np.testing.assert_allclose(group.u[:], expected, rtol=1e-4)


@pytest.mark.parametrize("term", ["p**0.5", "p**1.5", "sqrt(p)", "sqrt(k)", "log(k)"])
@pytest.mark.parametrize("method", ["crank_nicolson", "euler"])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_what_has_no_real_value_is_not_a_number(term, method):
    equations = f"dv/dt = ({term} - v**3)/ms : 1\np : 1"
    group = ran(equations, 0.1, 0.1, 1, method, {"k": -2.0}, p=-2, v=1)
    assert np.isnan(group.v[0])


@pytest.mark.parametrize("method", [*METHODS, "euler"])
def test_a_negative_number_to_a_fractional_power_is_refused(method):
    with pytest.raises(BrianObjectException):
        ran("dv/dt = ((-2)**0.5 - v**3)/ms : 1", 0.1, 0.1, 1, method)


# -- Hill functions ---------------------------------------------------------------

HILL = """
dv/dt = (h*(1 - v) - 0.2*v + 0.05)/ms : 1
dCa/dt = influx*v**2/ms - Ca/(20*ms) : 1
h = Ca**{power}/(Ca**{power} + K**{power}) : 1
"""


@pytest.mark.parametrize("power", [1, 2, 2.5, 4, "n"])
def test_a_hill_function_without_calcium_is_0(power):
    """So `v` relaxes to 1/4 at the rate 1/5; `Ca` stays 0. 5e-5: second order."""
    equations = HILL.format(power=power)
    constants = {"K": 0.3, "influx": 0, "n": 4.0}
    group = ran(equations, 0.1, 5, 1, namespace=constants, v=1)
    assert group.Ca[0] == 0
    expected = 0.25 + 0.75 * np.exp(-1)
    assert group.v[0] == pytest.approx(expected, rel=5e-5)
    # a step: without calcium, the equation of v is linear
    group = ran(equations, 0.1, 0.1, 1, namespace=constants, v=1)
    assert group.v[0] == pytest.approx(1 - 0.1 * 0.15 / 1.01, rel=1e-14)


@pytest.mark.parametrize("power", [2, 2.5, 4])
@pytest.mark.parametrize("Ca", [0, 0.3])
def test_a_hill_function_is_of_second_order(power, Ca):
    def flow(t, y):
        v, calcium = y
        open_ = calcium**power / (calcium**power + 0.3**power)
        return [open_ * (1 - v) - 0.2 * v + 0.05, 0.2 * v**2 - calcium / 20]

    slopes = slopes_of(
        HILL.format(power=power),
        flow,
        {"v": 0.5, "Ca": Ca},
        6,
        (0.1, 0.05, 0.025),
        K=0.3,
        influx=0.2,
    )
    np.testing.assert_allclose(slopes, 2, atol=0.05)


# -- tiny time constants ----------------------------------------------------------


@pytest.mark.parametrize("dt", [0.1, 1, 5])
@pytest.mark.parametrize("form", ["namespace", "parameter"])
def test_what_follows_a_decay_at_once_follows_it(dt, form):
    """1e-12: the closed form, for time constants of 1e-9 to 1 ms, and equal ones."""
    taus = np.array([1e-9, 1e-6, 1e-3, 1, 9.999, 10.001])
    equations = """dx/dt = (y - x)/tau : 1
                   dy/dt = -y/(10*ms) : 1"""
    if form == "parameter":
        group = ran(
            equations + "\ntau : second", dt, 10, len(taus), x=3, y=1, tau=taus * ms
        )
        found = group.x[:]
    else:
        found = [
            ran(equations, dt, 10, 1, namespace={"tau": tau * ms}, x=3, y=1).x[0]
            for tau in taus
        ]
    left = np.exp(-10 / taus)
    expected = 3 * left + (np.exp(-1) - left) / (1 - taus / 10)
    # equal rates: the closed form here loses four digits, not that of the step
    np.testing.assert_allclose(found[:4], expected[:4], rtol=1e-12)
    np.testing.assert_allclose(found[4:], expected[4:], rtol=1e-10)


# -- roots and limits -------------------------------------------------------------


def test_a_square_root_is_of_second_order():
    slopes = slopes_of(
        """dv/dt = (u - sqrt(v))/ms : 1
           du/dt = (v - u)/(3*ms) : 1""",
        lambda t, y: [y[1] - np.sqrt(y[0]), (y[0] - y[1]) / 3],
        {"v": 4.0, "u": 0.5},
        4,
        (0.1, 0.05, 0.025),
    )
    np.testing.assert_allclose(slopes, 2, atol=0.05)


@pytest.mark.parametrize(("start", "limits"), [(1.0, (-10, 10)), (3.0, (-1, 0.1))])
def test_clip_is_of_second_order_inside_and_outside_of_its_limits(start, limits):
    low, high = limits
    slopes = slopes_of(
        f"""dv/dt = (u - clip(v, {low}, {high})**2 - 0.1*v**2)/ms : 1
            du/dt = (v - u)/(3*ms) : 1""",
        lambda t, y: [
            y[1] - np.clip(y[0], low, high) ** 2 - 0.1 * y[0] ** 2,
            (y[0] - y[1]) / 3,
        ],
        {"v": start, "u": 0.5},
        4,
        (0.1, 0.05, 0.025),
    )
    np.testing.assert_allclose(slopes, 2, atol=0.05)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_square_root_at_0_stays_finite():
    """Its slope there is infinite, so the first step is an explicit one."""
    for sign in "+-":
        equations = f"dv/dt = (u {sign} sqrt(v))/ms : 1\nu : 1"
        group = ran(equations, 0.1, 0.1, 2, u=[0, 0.5])
        np.testing.assert_allclose(group.v[:], [0, 0.05], rtol=1e-14)
    group = ran(equations, 0.1, 3, 2, u=[0, 0.5])
    root = np.sqrt(group.v[1])
    assert group.v[0] == 0
    # the closed form of the time; 0.05: half a step, for the first one
    assert -2 * root - np.log1p(-2 * root) == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize(
    ("start", "expected"),
    # outside, the slope is 0: an explicit step; inside, (1 - 2 v) is the slope
    [(-0.5, -0.5), (0, 0), (0.75, 0.75 + 0.1 * 0.1875 / 1.025), (1, 1), (2, 2)],
)
def test_clip_at_its_limits_has_no_slope(start, expected):
    equations = "dv/dt = (1 - clip(v, 0, 1))*clip(v, 0, 1)/ms : 1"
    assert ran(equations, 0.1, 0.1, v=start).v[0] == pytest.approx(expected, rel=1e-14)


# -- whole numbers and signs -----------------------------------------------------


@pytest.mark.parametrize("index", ["i % k", "i + 1", "k", "int(y > 0)", "N - 2"])
def test_indices_of_a_timed_array_stay_whole_numbers(index):
    values = TimedArray(np.arange(20).reshape(4, 5) * 1.0, dt=1 * ms)
    equations = f"""
    dx/dt = (f(t, {index}) - x*y)/ms : 1
    dy/dt = -0.01*y*x/(5*ms) : 1"""
    found = []
    for method, dt in (("crank_nicolson", 0.02 * ms), ("rk4", 0.02 * ms)):
        namespace = {"f": values, "k": 2}
        group = NeuronGroup(3, equations, method=method, namespace=namespace, dt=dt)
        group.y = 1
        Network(group).run(3 * ms)
        found.append(np.array(group.x))
    assert np.all(found[1] > 0.1) or index == "k"
    # rk4 sees what comes after a jump in the last quarter of the step before it
    np.testing.assert_allclose(*found, rtol=5e-3)


@pytest.mark.parametrize("method", ["crank_nicolson", "implicit_euler"])
@pytest.mark.parametrize("form", ["-k*(E - v)*(1 + w*w)", "k*(v - E)*(1 + w*w)"])
def test_growth_behind_a_minus_sign_is_growth(method, form):
    """dv/dt is 30 v at the start, a factor of 20 in the step; it must not go down."""
    group = NeuronGroup(
        1,
        f"dv/dt = {form}/ms : 1\ndw/dt = -w*v*0.001/ms : 1\nk : 1\nE : 1",
        method=method,
    )
    group.v = group.w = 1
    group.k = 15
    Network(group).run(0.1 * ms)
    assert 3 < group.v[0] < 20
