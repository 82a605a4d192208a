"""Terms that are constant within a step: flags, timed arrays, constants of the run."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    TimedArray,
    defaultclock,
    ms,
    mV,
    nS,
    pF,
)
from brian2.utils.stringtools import get_identifiers

from dendrisyn import PointNeuronModel

from .helpers import ran

# -- flags ------------------------------------------------------------------------


def test_unless_refractory_without_a_refractory_period_means_nothing():
    groups = []
    for flag in ("", " (unless refractory)"):
        group = NeuronGroup(
            2,
            f"""dv/dt = (u**2 - v + w)/ms : 1{flag}
                du/dt = (v - u)/(3*ms) : 1{flag}
                dw/dt = -w/(4*ms) : 1{flag}""",
            threshold="v > 0.9",
            reset="v = 0",
            method="crank_nicolson",
        )
        group.v, group.u, group.w = [0.5, 0.8], 0.3, 1
        spikes = SpikeMonitor(group)
        Network(group, spikes).run(3 * ms)
        groups.append((group, spikes))
    (plain, spikes), (flagged, others) = groups
    assert spikes.num_spikes > 0
    np.testing.assert_array_equal(others.t, spikes.t)
    for name in "vuw":
        found, expected = getattr(flagged, name)[:], getattr(plain, name)[:]
        np.testing.assert_array_equal(found, expected)


def stepped(v, target, h=0.1):
    """Return the steps of dv/dt = target - v and dv/dt = target - v**2, of *h*."""
    linear, square = v
    # in the second one, the target may not grow with v: it is that of the start
    return np.array(
        [
            target[0] + (linear - target[0]) * np.exp(-h),
            square + h * (target[1] - square**2) / (1 + h * square),
        ]
    )


def pair(target, more=""):
    """Return equations for a linear and a quadratic variable with one target each."""
    return f"""dx/dt = ({target.format("x")} - x)/ms : 1
               dy/dt = ({target.format("y")} - y**2)/ms : 1
               {more}"""


def assert_follows(equations, targets, size=3, namespace=(), **start):
    """Compare with steps of numpy; *targets* is a function of step number and x, y."""
    begin = np.linspace(0.1, 1, size)
    group = ran(
        equations, 0.1, 3, size, namespace=namespace, x=begin, y=begin[::-1], **start
    )
    v = np.array([begin, begin[::-1]])
    for step in range(30):
        v = stepped(v, targets(step, v))
    np.testing.assert_allclose(group.x[:], v[0], rtol=1e-12)
    np.testing.assert_allclose(group.y[:], v[1], rtol=1e-12)


def test_a_subexpression_that_is_constant_over_dt_has_no_slope():
    assert_follows(
        pair(
            "k{}",
            """kx = cos(x) : 1 (constant over dt)
               ky = cos(y) : 1 (constant over dt)""",
        ),
        lambda step, v: np.cos(v),
    )


@pytest.mark.parametrize("shared", ["", " (shared)", " (shared, constant)"])
def test_a_timed_array_is_that_of_the_start_of_each_step(shared):
    """Of its own step or a longer one, the same for all neurons or not."""
    one = TimedArray(np.sin(np.arange(40.0)), dt=0.1 * ms)
    table = np.cos(np.arange(36.0)).reshape(12, 3)
    two = TimedArray(table, dt=0.25 * ms)
    assert_follows(
        pair("(2 + one(t) + q*two(t, i))", f"q : 1{shared}"),
        lambda step, v: np.tile(2 + np.sin(step) + 0.7 * table[2 * step // 5], (2, 1)),
        namespace={"one": one, "two": two},
        q=0.7,
    )


def test_shared_parameters_and_subexpressions_are_known_to_all_neurons():
    assert_follows(
        pair(
            "(r*q + p)",
            """q : 1 (shared)
               r = q**2 + int(q > 1) : 1 (shared)
               p : 1""",
        ),
        lambda step, v: np.tile((1.5**2 + 1) * 1.5 + np.array([0, 1, 2]), (2, 1)),
        q=1.5,
        p=[0, 1, 2],
    )


# -- constants --------------------------------------------------------------------


def folded_names(group):
    """Return the names in the statements, without those of values and functions."""
    names = get_identifiers(group.state_updater.abstract_code)
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("way", ["the group", "the network", "the variable outside"])
def test_a_constant_that_is_changed_between_runs_takes_effect(way):
    own = {"k": 2.0, "tau": 1 * ms} if way == "the group" else None
    group = NeuronGroup(
        1,
        """dx/dt = (k - x)/tau : 1
           dy/dt = (k - y**2)/tau : 1""",
        method="crank_nicolson",
        namespace=own,
    )
    network = Network(group)
    v = np.zeros((2, 1))
    tau = 1 * ms  # found by Brian2 in this function
    for k in (2.0, 5.0, 0.5):
        if way == "the group":
            group.namespace["k"] = k
        given = {"k": k, "tau": tau} if way == "the network" else None
        network.run(0.2 * ms, namespace=given)
        assert folded_names(group) == {"x", "y"}
        for _ in range(2):
            v = stepped(v, [k, k])
        np.testing.assert_allclose([group.x[0], group.y[0]], v[:, 0], rtol=1e-13)


def test_a_step_that_is_changed_between_runs_takes_effect():
    group = NeuronGroup(
        1,
        """dx/dt = (k - x)/ms : 1
           dy/dt = (k - y**2)/ms : 1""",
        method="crank_nicolson",
        namespace={"k": 2.0},
    )
    network = Network(group)
    v = np.zeros((2, 1))
    for h in (0.1, 0.05, 0.025):
        defaultclock.dt = h * ms
        network.run(2 * h * ms)
        assert folded_names(group) == {"x", "y"}
        for _ in range(2):
            v = stepped(v, [2, 2], h)
        np.testing.assert_allclose([group.x[0], group.y[0]], v[:, 0], rtol=1e-13)


def test_a_model_has_none_of_its_constants_in_its_statements():
    """And those that its user changes in the namespace take effect."""
    model = PointNeuronModel(cm_abs=100 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    model.synapse("NMDA", "x", g=2 * nS, t_rise=2 * ms, t_decay=50 * ms)
    group = model.make_neurongroup(1)
    network = Network(group)
    group.s_NMDA_x = 1
    network.run(0.1 * ms)
    variables = {*group.equations.diff_eq_names, *group.equations.parameter_names}
    assert {"V", "s_NMDA_x"} < folded_names(group) <= variables
    # without receptors, the membrane is a decay to -70 mV: a step of Crank-Nicolson
    for name in group.equations.diff_eq_names - {"V"}:
        setattr(group, name, 0)
    for gL in (10, 20):
        group.V = 0 * mV
        group.namespace["gL"] = gL * nS
        network.run(0.1 * ms)
        rate = gL / 100 * 0.1
        expected = -70 * rate / (1 + rate / 2)
        assert group.V[0] / mV == pytest.approx(expected, rel=1e-12)
