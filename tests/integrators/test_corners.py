"""Corners of the methods: what equations may contain, and values at their limits."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
    prefs,
)
from brian2.core.base import BrianObjectException
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.utils.stringtools import get_identifiers
from helpers.modes import QUICK
from scipy.integrate import solve_ivp

from dendrisyn import AdEx, Dendrite, NeuronModel, PointNeuronModel, Soma

METHODS = ["crank_nicolson", "implicit_euler"]


def ran(equations, dt, duration, size=1, method=METHODS[0], namespace=(), **start):
    """Return a group after a run; times are in ms."""
    group = NeuronGroup(
        size, equations, method=method, namespace=dict(namespace), dt=dt * ms
    )
    for name, value in start.items():
        setattr(group, name, value)
    Network(group).run(duration * ms)
    return group


def slopes_of(equations, flow, start, duration, steps, scale=1.0, **namespace):
    """Return the orders of convergence to the solution of *flow* by scipy (per ms).

    A row for each halving of the step, a column for each variable; *scale* is the unit
    of the variables in *flow*.
    """
    exact = solve_ivp(
        flow,
        (0, duration),
        list(start.values()),
        method="DOP853",
        rtol=1e-12,
        atol=1e-14,
    ).y[:, -1]
    units = dict(zip(start, np.broadcast_to(scale, len(start)), strict=True))
    begin = {name: value * units[name] for name, value in start.items()}
    errors = []
    for dt in steps:
        group = NeuronGroup(
            1, equations, method="crank_nicolson", namespace=namespace, dt=dt * ms
        )
        for name, value in begin.items():
            group.variables[name].set_value(np.array([value]))
        Network(group).run(duration * ms)
        found = [group.variables[n].get_value()[0] / units[n] for n in start]
        errors.append(np.abs(found - exact))
    return np.log2(np.divide(errors[:-1], errors[1:]))


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


# -- random numbers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "mean", "variance"),
    [
        ("randn() + 2*rand()", 1, 1 + 4 / 12),
        ("randn()*rand()", 0, 1 / 3),
        ("3*rand() + poisson(2)", 3.5, 9 / 12 + 2),
    ],
)
@pytest.mark.parametrize("rest", ["", " - 0*x**3"])
def test_random_terms_are_drawn_by_themselves_in_each_step(term, mean, variance, rest):
    """Four steps add up, of 1 ms. 0.06: five standard errors of 20 000 values."""
    group = ran(f"dx/dt = ({term}{rest})/ms : 1", 1, 4, 20_000)
    assert np.mean(group.x[:]) == pytest.approx(4 * mean, abs=0.06)
    assert np.var(group.x[:]) == pytest.approx(4 * variance, rel=0.06)


@pytest.mark.parametrize("rest", ["", " - 0*x*y"])
def test_random_terms_of_two_equations_are_independent(rest):
    """0.03: four standard errors."""
    equations = f"""dx/dt = (randn(){rest})/ms : 1
                    dy/dt = (randn(){rest})/ms : 1"""
    group = ran(equations, 1, 1, 20_000)
    assert np.var(group.x - group.y) == pytest.approx(2, rel=0.06)
    assert abs(np.corrcoef(group.x, group.y)[0, 1]) < 0.03


def test_both_halves_of_a_gate_see_the_same_draw():
    """Two draws, one for each half, would halve the variance of its rate."""
    equations = """dm/dt = rand()*exp(v/mV)*(1 - m)/ms : 1
                   dv/dt = -v*(v/mV)/ms : volt"""
    group = ran(equations, 1, 1, 20_000)
    rates = -np.log1p(-group.m[:])
    assert np.min(rates) >= 0
    assert np.max(rates) <= 1 + 1e-14  # rounding
    assert np.mean(rates) == pytest.approx(1 / 2, rel=0.02)
    assert np.var(rates) == pytest.approx(1 / 12, rel=0.04)


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


# -- a soma that is one with its dendrites ----------------------------------------


def isopotential(method, coupling, threshold):
    """Return times of spikes (ms) and all voltages (mV) before resets, at 0.1 ms."""
    membrane = AdEx(a=2 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV)
    soma = Soma("soma", model=membrane, cm_abs=100 * pF, gl_abs=10 * nS)
    a, b = (Dendrite(name, cm_abs=50 * pF, gl_abs=5 * nS) for name in "ab")
    model = NeuronModel(
        [(soma, a, coupling * nS), (a, b, coupling * nS)], v_rest=-65 * mV
    )
    group = model.make_neurongroup(
        1,
        method=method,
        threshold=f"V_soma > {threshold}*mV",
        reset="V_soma = -58*mV; w_soma += 20*pA",
    )
    group.I_ext_soma = 1200 * pA
    spikes = SpikeMonitor(group)
    names = ["V_soma", "V_a", "V_b"]
    voltages = StateMonitor(group, names, record=True, when="before_thresholds")
    Network(group, spikes, voltages).run(25 * ms)
    found = [np.array(getattr(voltages, name)[0] / mV) for name in names]
    return np.array(spikes.t / ms), np.array(found)


def exact_spikes(coupling, threshold):
    """Return times of the same spikes (ms) by scipy, with resets where they happen."""

    def flow(t, y):
        V, a, b, w = y
        upstroke = 10 * 2 * np.exp((V + 50) / 2)
        leak = 10 * (-65 - V)
        return [
            (leak + upstroke - w + 1200 + coupling * (a - V)) / 100,
            (5 * (-65 - a) + coupling * (V - a) + coupling * (b - a)) / 50,
            (5 * (-65 - b) + coupling * (a - b)) / 50,
            (2 * (V + 65) - w) / 100,
        ]

    def passes(t, y):
        return y[0] - threshold

    passes.terminal, passes.direction = True, 1
    times, now, y = [], 0.0, np.array([-65, -65, -65, 0.0])
    while True:
        solution = solve_ivp(
            flow, (now, 25), y, "LSODA", events=passes, rtol=1e-8, atol=1e-8
        )
        if solution.status == 0:
            return np.array(times)
        now, y = solution.t[-1], solution.y[:, -1]
        times.append(now)
        y += [-58 - y[0], 0, 0, 20]


@pytest.mark.parametrize("threshold", [-46, -43])
@pytest.mark.parametrize("coupling", [200, 20_000])
@pytest.mark.parametrize("method", METHODS)
def test_a_reset_that_dendrites_undo_within_microseconds(method, coupling, threshold):
    """20 uS: half of a reset is gone after 5 us, a twentieth of the step.

    Intervals agree within a step. `crank_nicolson` rings after a reset if the coupling
    is stiff: its spikes are the right ones in number, hardly above the threshold.
    """
    times, voltages = isopotential(method, coupling, threshold)
    exact = exact_spikes(coupling, threshold)
    assert len(exact) > 10
    assert abs(len(times) - len(exact)) <= 1
    assert -1e-9 <= exact[0] - times[0] + 0.1 <= 0.2
    if method == "implicit_euler" or coupling == 200:
        count = min(len(times), len(exact))
        late = np.diff(times[:count]) - np.diff(exact[:count])
        assert np.max(np.abs(late)) < 0.1
    assert np.min(voltages) > -65
    # 2 mV: what a step adds at the threshold, and what rings
    assert threshold < np.max(voltages) < threshold + 2


# -- functions --------------------------------------------------------------------


@pytest.fixture
def _compiled_quickly():
    names = ["codegen.target", "codegen.cpp.extra_compile_args_gcc"]
    before = {name: prefs[name] for name in names}
    prefs["codegen.target"] = "cython"
    prefs["codegen.cpp.extra_compile_args_gcc"] = QUICK
    yield
    for name, value in before.items():
        prefs[name] = value


@pytest.mark.compiled
@pytest.mark.usefixtures("_compiled_quickly")
def test_compiled_functions_are_those_of_numpy():
    inf, nan, tiny = np.inf, np.nan, 5e-324
    special = [0, -0.0, tiny, -tiny, 1e-17, 708, -708, 709, 709.5, -720, inf, -inf, nan]
    x = np.concatenate(
        [np.linspace(-20, 20, 8001), np.linspace(-700, 700, 8001), special]
    )
    other = np.resize([1.0, 0.5, -3, 0, inf, nan, -inf], len(x))
    group = NeuronGroup(len(x), "x : 1\nother : 1\nexp_x : 1\nr : 1\nnew : 1\nold : 1")
    group.x, group.other = x, other
    group.run_regularly(
        """exp_x = _exponential(x)
           r = _relative_exponential(x)
           new = _chosen(1, x, other)
           old = _chosen(x > other, x, other)"""
    )
    Network(group).run(defaultclock.dt)
    names = ["exp_x", "r", "new", "old"]
    e, r, new, old = (np.array(getattr(group, name)) for name in names)

    limited = np.clip(x, -708, 709)
    error = np.abs(e / np.exp(limited) - 1)
    # 1.2e-15 of the polynomial, and the rounding of n*log(2) where no instruction
    # multiplies and adds at once
    assert np.max(error[np.abs(x) <= 20]) < 3e-15
    assert np.nanmax(error) < 9e-14
    assert 0 < np.nanmin(e) < np.nanmax(e) < inf
    np.testing.assert_array_equal(np.isnan(e), np.isnan(x))
    assert e[x == inf] == pytest.approx(8.218407461554972e307, rel=9e-14)
    assert e[x == -inf] == pytest.approx(3.307553003638408e-308, rel=9e-14)

    with np.errstate(all="ignore"):
        relative = np.where(x == 0, 1, np.expm1(x) / x)
    np.testing.assert_allclose(r, relative, rtol=1e-15)
    assert np.all(r[np.abs(x) < 1e-16] == 1)
    np.testing.assert_array_equal(new, x)
    np.testing.assert_array_equal(old, np.where(x > other, x, other))

    # what the numpy target uses
    numpy = {name: each.pyfunc for name, each in DEFAULT_FUNCTIONS.items()}
    np.testing.assert_array_equal(numpy["_exponential"](limited), np.exp(limited))
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(numpy["_relative_exponential"](x), relative)
    np.testing.assert_array_equal(numpy["_chosen"](x > other, x, other), old)


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
