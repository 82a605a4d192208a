"""`mean_drive` against scipy: its order, what it does exactly, what it refuses."""

import numpy as np
import pytest
from brian2 import Equations, Network, NeuronGroup, StateMonitor, ms
from brian2.stateupdaters.base import UnsupportedEquationsException
from scipy.integrate import solve_ivp

from dendrisyn.integrators import MeanDrive

GATE = """ds/dt = -s/t_decay + alpha*x*(1 - s) + leak : 1
          dx/dt = -x/t_rise : 1
          t_rise : second"""
VALUES = {"t_decay": 100 * ms, "alpha": 0.5 / ms, "leak": 1e-4 / ms}


def errors(method, dt, start=(0.1, 2.5), t_rise=(2.0,)):
    """Return the largest errors of s and x over 60 ms, for each *t_rise* (ms)."""
    group = NeuronGroup(len(t_rise), GATE, method=method, namespace=VALUES, dt=dt * ms)
    group.s, group.x = start
    group.t_rise = t_rise * ms
    monitor = StateMonitor(group, ["s", "x"], record=True, dt=dt * ms)
    Network(group, monitor).run(60 * ms)
    times = monitor.t / ms
    found = []
    for number, rise in enumerate(t_rise):
        exact = solve_ivp(
            lambda t, y, rise=rise: [
                -y[0] / 100 + 0.5 * y[1] * (1 - y[0]) + 1e-4,
                -y[1] / rise,
            ],
            (0, 60),
            start,
            t_eval=times,
            method="DOP853",
            rtol=1e-12,
            atol=1e-14,
        ).y
        states = monitor.s[number], monitor.x[number]
        found.append([np.abs(s - e).max() for s, e in zip(states, exact, strict=True)])
    return np.array(found)


def test_it_is_of_second_order_at_least():
    steps = [0.4, 0.2, 0.1, 0.05]
    found = [errors("mean_drive", dt)[0, 0] for dt in steps]
    orders = np.log2(np.divide(found[:-1], found[1:]))
    # towards 2 from above: at coarse steps the term of third order is larger
    assert np.all(orders > 1.9), orders
    assert found[2] < 3e-5


def test_decaying_variables_are_exact():
    assert errors("mean_drive", 0.5)[0, 1] < 1e-9  # what scipy leaves of 2.5


def test_each_neuron_may_have_its_own_time_constant():
    rises = (0.5, 2.0, 7.0)
    found = errors("mean_drive", 0.05, t_rise=rises)
    assert np.all(found[:, 0] < 1e-4)


def test_it_is_more_accurate_than_what_users_write():
    """Euler and exponential Euler, at the step that networks run with."""
    mean_drive = errors("mean_drive", 0.1)[0, 0]
    for method in ("euler", "exponential_euler", "rk2"):
        assert errors(method, 0.1)[0, 0] > 20 * mean_drive, method


@pytest.mark.parametrize(
    ("equations", "reason"),
    [
        ("ds/dt = -s**2/ms : 1", "could not be separated"),
        ("ds/dt = -s/ms + xi*ms**-0.5 : 1", "noise"),
        ("ds/dt = -s/ms : 1 (unless refractory)", "refractory"),
        ("ds/dt = (u - s)/ms : 1\ndu/dt = (s - u)/ms : 1", "not linear in"),
        ("ds/dt = x**2*(1 - s)/ms : 1\ndx/dt = -x/ms : 1", "not linear in"),
        ("ds/dt = x*y*(1 - s)/ms : 1\ndx/dt = -x/ms : 1\ndy/dt = -y/ms : 1", "linear"),
        ("ds/dt = (sin(t/ms) - s)/ms : 1", "depends on t"),
    ],
)
def test_it_refuses_what_it_cannot_integrate(equations, reason):
    with pytest.raises(UnsupportedEquationsException, match=reason):
        MeanDrive()(Equations(equations))
