"""The equations of a group as a function of numpy, and runs of its states."""

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    StateMonitor,
    cm,
    defaultclock,
    ms,
    mV,
    nS,
    uF,
    um,
    uS,
)
from brian2.core.functions import Function
from brian2.equations.equations import PARAMETER
from scipy.integrate import solve_ivp

from dendrisyn import AMPA, NMDA, Dendrite, NeuronModel, Soma

METHODS = ["crank_nicolson", "implicit_euler"]

FUNCTIONS = {
    "abs": np.abs,
    "int": lambda x: np.multiply(x, 1),
    "exp": np.exp,
    "sin": np.sin,
    "exprel": lambda x: np.expm1(x) / x,
}


def cell(membrane="leakyIF", ampa=2 * nS, nmda=3 * nS):
    """Return the four-compartment cell with AMPA and NMDA at its tip."""
    soma = Soma("soma", model=membrane, length=25 * um, diameter=25 * um)
    a = Dendrite("a", length=100 * um, diameter=2.5 * um)
    b = Dendrite("b", length=120 * um, diameter=1.6 * um)
    c = Dendrite("c", length=150 * um, diameter=1.2 * um)
    c.add(AMPA("x", g=ampa, t_rise=0.5 * ms, t_decay=2 * ms))
    c.add(NMDA("x", g=nmda, t_rise=2 * ms, t_decay=50 * ms))
    return NeuronModel(
        [(soma, a, 10 * nS), (a, b, 5 * nS), (b, c, 2.5 * nS)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        v_rest=-68 * mV,
    )


def names_of(group):
    """Return the names of the variables with differential equations."""
    return sorted(group.equations.diff_eq_names)


def states_of(group):
    """Return all states in SI units: a row for each variable, a column each neuron."""
    return np.array([np.array(group.variables[n].get_value()) for n in names_of(group)])


def field(group):
    """Return ``f(t, y)``: derivatives of all states in SI units, for complex y, too."""
    names = names_of(group)
    ordered = [each for each in group.equations.ordered if each.type != PARAMETER]
    here = {"t", *(each.varname for each in ordered)}
    identifiers = {n for each in ordered for n in each.expr.identifiers}
    known = group.resolve_all(identifiers - here, {})
    values = {
        name: FUNCTIONS[name] if isinstance(each, Function) else value_of(each)
        for name, each in known.items()
    }
    code = [
        (each.varname, compile(each.expr.code, each.varname, "eval"))
        for each in ordered
    ]

    def derivatives(t, y):
        scope = {**values, **dict(zip(names, y, strict=True)), "t": t}
        flows = {}
        for name, each in code:
            target = flows if name in names else scope
            target[name] = eval(each, {}, scope)
        return np.array([flows[name] + 0 * y[0] for name in names])

    return derivatives


def value_of(variable):
    """Return a number, or an array of a number for each neuron."""
    value = np.array(variable.get_value())
    return value.item() if value.size == 1 else value


def jacobian(f, t, y):
    """Return df/dy of one neuron: the complex step has no rounding error."""
    size = 1e-30
    columns = [f(t, y + 1j * size * each).imag / size for each in np.eye(len(y))]
    return np.array(columns).T


def exact(group, times, recorded, jumps=()):
    """Return the recorded variables of neuron 0 at these times, by scipy (SI units).

    Jumps are ``(time, {variable: increment})``; times are in ms.
    """
    f, names, y = field(group), names_of(group), states_of(group)[:, 0]
    times = np.asarray(times)
    rows = [names.index(each) for each in recorded]
    traces = np.empty((len(rows), len(times)))
    ends = [*(time for time, _ in jumps), times[-1]]
    start = 0.0
    for number, end in enumerate(ends):
        here = (times >= start - 1e-9) & (times <= end + 1e-9)
        solution = solve_ivp(
            lambda t, y: 1e-3 * f(1e-3 * t, y),
            (start, end),
            y,
            dense_output=True,
            method="DOP853",
            rtol=1e-10,
            atol=1e-24,
        )
        traces[:, here] = solution.sol(times[here])[rows]
        y = solution.y[:, -1].copy()
        for name, increment in jumps[number][1].items() if number < len(jumps) else ():
            y[names.index(name)] += increment
        start = end
    return traces


def traces_of(group, dt, duration, recorded, jumps=(), every=0.2):
    """Return the recorded variables of neuron 0, each 0.2 ms (SI units)."""
    defaultclock.dt = dt * ms
    monitor = StateMonitor(group, recorded, record=0, dt=every * ms)
    network = Network(group, monitor)
    now = 0.0
    for time, increments in [*jumps, (duration, {})]:
        network.run((time - now) * ms, namespace={})
        for name, increment in increments.items():
            values = getattr(group, name)
            setattr(group, name, values[:] + increment)
        now = time
    return np.array([np.array(getattr(monitor, name)[0]) for name in recorded])


def one_step(group, dt):
    """Return all states after one step of *dt* ms."""
    defaultclock.dt = dt * ms
    Network(group).run(dt * ms, namespace={})
    return states_of(group)


def ran(
    equations, dt, duration, size=1, method="crank_nicolson", namespace=(), **start
):
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
