"""One step, against the same step by dense linear algebra of numpy."""

import ast

import numpy as np
import pytest
from brian2 import (
    Equations,
    Function,
    Network,
    NeuronGroup,
    defaultclock,
    ms,
    mV,
    nS,
    pF,
    seed,
)
from brian2.core.base import BrianObjectException
from brian2.stateupdaters.base import UnsupportedEquationsException

from dendrisyn import Dendrite, InvalidValueError, NeuronModel, Soma
from dendrisyn.integrators import ThetaMethod

from .helpers import cell, field, jacobian, names_of, one_step, states_of, traces_of

THETAS = {"crank_nicolson": 0.5, "implicit_euler": 1.0}


def dense_step(group, dt, theta, means, held=()):
    """Return the variables that are not in *means* after a step of *dt* (ms).

    Parameters
    ----------
    means : mapping of str to float
        The mean of each gate over the step.
    held : collection of str
        What does not move.
    """
    names, y, h = names_of(group), states_of(group)[:, 0], dt * 1e-3
    f = field(group)
    for name, mean in means.items():
        y[names.index(name)] = mean
    rest = [index for index, name in enumerate(names) if name not in means]
    flow = f(1e-3 * dt / 2, y)[rest]
    J = jacobian(f, 1e-3 * dt / 2, y)[np.ix_(rest, rest)]
    matrix = np.eye(len(rest)) - theta * h * J
    for row in (rest.index(names.index(name)) for name in held):
        matrix[row], flow[row] = np.eye(len(rest))[row], 0
    change = np.linalg.solve(matrix, h * flow)
    return {names[i]: y[i] + each for i, each in zip(rest, change, strict=True)}


def mean_of_decay(value, dt, tau):
    return value * -np.expm1(-dt / tau) / (dt / tau)


def assert_stepped(group, dt, expected, tolerance=1e-12):
    """Compare after a step; tolerances are relative to the largest change."""
    names, before = names_of(group), states_of(group)[:, 0]
    after = one_step(group, dt)[:, 0]
    for name, value in expected.items():
        row = names.index(name)
        moved = abs(value - before[row])
        # 1e-15: rounding of the value itself, of which the change may be a small part.
        limit = tolerance * moved + 4e-16 * abs(before[row])
        assert abs(after[row] - value) <= limit, (name, after[row] - value, moved)


# -- trees ------------------------------------------------------------------------


def branched(seed_of_tree, **rise):
    """Return a model of six compartments with AMPA and NMDA, in a random tree."""
    draw = np.random.default_rng(seed_of_tree)
    parts = [
        kind(
            f"c{n}",
            cm_abs=draw.uniform(1, 100) * pF,
            gl_abs=draw.uniform(1, 10) * nS,
            v_rest=-65 * mV,
        )
        for n, kind in enumerate([Soma, *[Dendrite] * 5])
    ]
    for n in (1, 3, 5):
        parts[n].synapse("NMDA", tag="x", g=2 * nS, t_decay=60 * ms, **rise)
        parts[n].synapse("AMPA", tag="x", g=2 * nS, t_decay=2 * ms, **rise)
    model = NeuronModel(
        [
            (parts[draw.integers(n)], parts[n], np.exp(draw.uniform(-1, 8)) * nS)
            for n in range(1, 6)
        ]
    )
    return model, draw


def started(model, draw, method, **options):
    group = model.make_neurongroup(1, method=method, **options)
    for n in range(6):
        setattr(group, f"V_c{n}", draw.uniform(-70, -20) * mV)
    for name in names_of(group):
        if not name.startswith("V_"):
            setattr(group, name, draw.uniform(0.5, 3))
    return group


@pytest.mark.parametrize("method", THETAS)
@pytest.mark.parametrize("seed_of_tree", range(2))
def test_a_step_of_a_tree_with_nmda_is_that_of_dense_algebra(method, seed_of_tree):
    """1e-10 of the change: couplings stiffer than a leak by 1e3 magnify rounding."""
    group = started(*branched(seed_of_tree), method)
    names, y = names_of(group), states_of(group)[:, 0]
    taus = {name: 60 if "NMDA" in name else 2 for name in names if name[0] == "s"}
    means = {
        name: mean_of_decay(y[names.index(name)], 0.1, tau)
        for name, tau in taus.items()
    }
    expected = dense_step(group, 0.1, THETAS[method], means)
    assert len(expected) == 6
    ends = {n: y[names.index(n)] * np.exp(-0.1 / tau) for n, tau in taus.items()}
    assert_stepped(group, 0.1, {**expected, **ends}, 1e-10)


def test_theta_is_an_option_of_the_method():
    model, draw = branched(7)
    group = started(model, draw, "crank_nicolson", method_options={"theta": 0.7})
    names, y = names_of(group), states_of(group)[:, 0]
    means = {
        name: mean_of_decay(y[names.index(name)], 0.1, 60 if "NMDA" in name else 2)
        for name in names
        if name[0] == "s"
    }
    assert_stepped(group, 0.1, dense_step(group, 0.1, 0.7, means), 1e-10)


@pytest.mark.parametrize("theta", [1, np.float32(0.75), np.float64(0.5)])
def test_theta_may_be_any_real_number(theta):
    assert ThetaMethod(0.5).theta_of({"theta": theta}) == float(theta)


@pytest.mark.parametrize("theta", [0.49, 1.01, -1, float("nan"), "0.5", None, True])
def test_theta_is_between_a_half_and_one(theta):
    with pytest.raises(InvalidValueError, match="theta"):
        ThetaMethod(0.5)(Equations("dv/dt = -v/ms : 1"), None, {"theta": theta})


def test_an_option_that_is_not_there_is_refused():
    with pytest.raises(KeyError, match="order"):
        ThetaMethod(0.5)(Equations("dv/dt = -v/ms : 1"), None, {"order": 2})


def test_gates_with_a_rise_are_felt_by_their_means():
    """1e-6: their means are by Simpson's rule, (0.1/0.5)**4/2880 of the rise."""
    group = started(*branched(3, t_rise=0.5 * ms), "crank_nicolson")
    names, y = names_of(group), states_of(group)[:, 0]
    f = field(group)
    gates = [index for index, name in enumerate(names) if name[0] in "sx"]
    A = jacobian(f, 0, y)[np.ix_(gates, gates)]
    rates, vectors = np.linalg.eig(A * 1e-4)
    modes = np.linalg.solve(vectors, y[gates])
    averages = (vectors @ (np.expm1(rates) / rates * modes)).real
    ends = (vectors @ (np.exp(rates) * modes)).real
    means = {names[i]: each for i, each in zip(gates, averages, strict=True)}
    after = {names[i]: each for i, each in zip(gates, ends, strict=True)}
    expected = dense_step(group, 0.1, 0.5, means)
    assert len(means) == 12
    assert_stepped(group, 0.1, {**expected, **after}, 1e-6)


# -- other graphs -----------------------------------------------------------------

LOOP = """
dx/dt = (3*(y - x) + 5*(z - x) - x)/ms - w/ms : 1
dy/dt = (2*(x - y) + 7*(z - y) - y**3)/ms : 1
dz/dt = (4*(x - z) + 1*(y - z) - exp(z) + cut*x*y)/ms : 1
dw/dt = (x*z - w)/(5*ms) : 1
cut = exp(-(x - y)**2) : 1
"""


@pytest.mark.parametrize("method", THETAS)
@pytest.mark.parametrize("dt", [0.01, 0.3])
def test_a_loop_is_solved_as_numpy_solves_it(method, dt):
    group = NeuronGroup(1, LOOP, method=method)
    group.x, group.y, group.z, group.w = 0.3, -0.2, 1.1, 0.5
    assert_stepped(group, dt, dense_step(group, dt, THETAS[method], {}))


HELD = """
dx/dt = (3*(y - x) + exp(x))/ms : 1 (unless refractory)
dy/dt = (2*(x - y) + 7*(z - y))/ms : 1
dz/dt = (4*(y - z) - z**3)/ms : 1
"""


def test_what_is_held_in_the_refractory_period_is_an_identity_row():
    """The first step spikes; in the second, x is held, and y and z feel it held."""
    group = NeuronGroup(
        1,
        HELD,
        threshold="x > 0.1",
        reset="x = 0.75",
        refractory=10 * ms,
        method="crank_nicolson",
    )
    group.x, group.y, group.z = 0.2, -0.2, 1.1
    defaultclock.dt = 0.1 * ms
    network = Network(group)
    network.run(0.1 * ms)
    assert not group.not_refractory[0]
    expected = dense_step(group, 0.1, 0.5, {}, held=["x"])
    network.run(0.1 * ms)
    assert group.x[0] == 0.75
    assert expected["x"] == 0.75
    for name in "yz":
        found = getattr(group, name)[0]
        assert found == pytest.approx(expected[name], rel=1e-13), name
    network.run(5 * ms)
    assert group.x[0] == 0.75


def test_a_gate_feels_a_held_voltage_even_if_it_would_grow_fast():
    """The upstroke of an exponential membrane, held: an explicit step of it would be
    100 mV."""
    group = NeuronGroup(
        1,
        """dv/dt = (-v + 0.2*mV*exp(v/(2*mV)))/(10*ms) : volt (unless refractory)
           dm/dt = (1 - m)*exp(v/(10*mV))/(20*ms) : 1""",
        threshold="v > 5*mV",
        reset="v = 20*mV",
        refractory=10 * ms,
        method="crank_nicolson",
    )
    group.v = 6 * mV
    defaultclock.dt = 0.1 * ms
    network = Network(group)
    network.run(0.1 * ms)
    before = group.m[0]
    network.run(0.1 * ms)
    assert group.v[0] == 20 * mV
    left = np.exp(-np.exp(2) * 0.1 / 20)
    assert group.m[0] == pytest.approx(1 - (1 - before) * left, rel=1e-12)


# -- constants, steps, neurons ----------------------------------------------------


def decay_of_pair(dt, k):
    group = NeuronGroup(
        1,
        """dx/dt = (k*(y - x) - x)/ms : 1
           dy/dt = k*(x - y)/ms : 1""",
        method="crank_nicolson",
        namespace={"k": k},
        dt=dt * ms,
    )
    group.x = 1
    return group, list(dense_step(group, dt, 0.5, {}).values())


def test_groups_of_equal_equations_may_differ_in_step_and_constants():
    """Brian2 keeps the statements of equations that it has seen."""
    pairs = [decay_of_pair(dt, k) for dt, k in ((0.1, 2), (0.2, 2), (0.2, 5))]
    network = Network(group for group, _ in pairs)
    network.run(0.1 * ms)
    for group, expected in pairs:
        np.testing.assert_allclose(states_of(group)[:, 0], expected, rtol=1e-13)
    assert len({expected[0] for _, expected in pairs}) == 3


def test_the_step_may_change_between_runs():
    group, _ = decay_of_pair(0.2, 2)
    network = Network(group)
    for dt in (0.2, 0.1, 0.02):
        group.clock.dt = dt * ms
        expected = list(dense_step(group, dt, 0.5, {}).values())
        network.run(dt * ms)
        np.testing.assert_allclose(states_of(group)[:, 0], expected, rtol=1e-13)


def test_a_constant_may_change_between_runs():
    namespace = {"k": 1 / ms}
    group = NeuronGroup(
        1, "dx/dt = -k*x : 1", method="crank_nicolson", namespace=namespace
    )
    group.x = 1
    network = Network(group)
    network.run(0.1 * ms)
    namespace["k"] = group.namespace["k"] = 3 / ms
    network.run(0.1 * ms)
    assert group.x[0] == pytest.approx(np.exp(-0.4), rel=1e-13)


def test_parameters_of_neurons_are_as_good_as_constants():
    own = ["g_soma_a", "g_NMDA_x_c", "t_NMDA_decay_x_c", "C_b", "gL_c"]
    factors = [1.0, 0.4, 2.5]
    values = {name: cell().parameters[name] for name in own}
    together = cell().make_neurongroup(len(factors), per_neuron=own)
    for name, value in values.items():
        getattr(together, name)[:] = np.array(factors) * value
    together.s_NMDA_x_c = 2
    traces_of(together, 0.1, 5, ["V_soma"])
    for index, factor in enumerate(factors):
        alone = cell()
        alone.add_params({name: factor * each for name, each in values.items()})
        group = alone.make_neurongroup(1)
        group.s_NMDA_x_c = 2
        traces_of(group, 0.1, 5, ["V_soma"])
        expected, found = states_of(group)[:, 0], states_of(together)[:, index]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


# -- what is refused --------------------------------------------------------------

MULTIPLICATIVE = {
    "itself": "dv/dt = -v/ms + v*xi*ms**-0.5 : 1",
    "another": """dv/dt = -v/ms + u*xi*ms**-0.5 : 1
                  du/dt = -u/ms : 1""",
    "a coupled one": """dv/dt = (u - v)/ms + u*xi*ms**-0.5 : 1
                        du/dt = (v**2 - u)/ms : 1""",
    "a product of noises": "dv/dt = -v/ms + xi_a*xi_b : 1",
}


@pytest.mark.parametrize("name", MULTIPLICATIVE)
def test_noise_that_depends_on_a_state_is_refused(name):
    with pytest.raises(UnsupportedEquationsException, match="noise"):
        ThetaMethod(0.5)(Equations(MULTIPLICATIVE[name]))


def test_a_list_of_methods_falls_through():
    found = []
    for method in (["crank_nicolson", "heun"], "heun"):
        seed(3)
        group = NeuronGroup(5, MULTIPLICATIVE["itself"], method=method, namespace={})
        group.v = 1
        Network(group).run(1 * ms)
        found.append(group.v[:])
    np.testing.assert_array_equal(*found)
    assert len(set(found[0])) == 5


def test_a_function_without_derivative_is_refused_by_its_name():
    activation = Function(np.tanh, arg_units=[1], return_unit=1)
    group = NeuronGroup(
        1,
        """dv/dt = (activation(v) - v)/ms + u/ms : 1
           du/dt = (v - u)/ms : 1""",
        method="crank_nicolson",
        namespace={"activation": activation},
    )
    with pytest.raises(BrianObjectException) as caught:
        Network(group).run(0.1 * ms)
    assert isinstance(caught.value.__cause__, UnsupportedEquationsException)
    assert "activation(v)" in str(caught.value.__cause__)


def test_a_function_of_parameters_needs_no_derivative():
    double = Function(lambda x: 2 * x, arg_units=[1], return_unit=1)
    group = NeuronGroup(
        2,
        """dv/dt = (double(a) - v)/ms + u/ms : 1
           du/dt = (v*u - u)/ms : 1
           a : 1""",
        method="crank_nicolson",
        namespace={"double": double},
    )
    group.a = [0, 3]
    group.v = [0, 6]
    Network(group).run(0.1 * ms)
    np.testing.assert_array_equal(group.v[:], [0, 6])


# -- the text ---------------------------------------------------------------------


def lines_of(equations):
    """Return the statements of a group, as every target gets them."""
    return ThetaMethod(0.5)(equations).splitlines()


@pytest.mark.parametrize("membrane", ["leakyIF", "adex", "cadIF"])
def test_values_are_assigned_once_and_never_divided_by_each_other(membrane):
    """Brian2 refuses scalars after vectors; a check for zero ends vector code."""
    lines = lines_of(Equations(cell(membrane).equations))
    trees = [ast.parse(line).body[0] for line in lines]
    targets = [
        (tree.targets[0] if isinstance(tree, ast.Assign) else tree.target).id
        for tree in trees
    ]
    assert len(set(targets)) == len(targets) > 20
    scalar = [name.startswith("_scalar") for name in targets]
    assert scalar == sorted(scalar, reverse=True)
    for tree, is_scalar in zip(trees, scalar, strict=True):
        divisions = [
            each
            for each in ast.walk(tree)
            if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div)
        ]
        assert is_scalar or not divisions, ast.unparse(tree)


def test_the_number_of_statements_is_at_most_linear_in_the_number_of_compartments():
    """Elimination from the leaves of a chain to its root creates no entries."""

    def count(compartments):
        lines = []
        for n in range(compartments):
            near = [other for other in (n - 1, n + 1) if 0 <= other < compartments]
            flows = "".join(f" + k_{max(n, m)}*(v_{m} - v_{n})" for m in near)
            lines += [f"dv_{n}/dt = ({flows} - g_{n}*v_{n})/C_{n} : 1"]
        return len(lines_of(Equations("\n".join(lines))))

    six, nine, twelve = map(count, (6, 9, 12))
    assert twelve - nine <= nine - six
    assert six > 12
