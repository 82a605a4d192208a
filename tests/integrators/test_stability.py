"""Passive trees stay bounded at every step; what is stiff ends where it should."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    StateMonitor,
    cm,
    defaultclock,
    farad,
    ms,
    mV,
    nS,
    ohm,
    pA,
    pF,
    siemens,
    uF,
    um,
    uS,
    volt,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrisyn import Dendrite, NeuronModel, NumericsWarning, Soma

from .helpers import METHODS, field, jacobian, states_of


def fine_chain():
    """Twenty compartments that a step of 2 us would be needed for, if explicit."""
    soma = Soma("soma", length=20 * um, diameter=1 * um)
    rest = [Dendrite(f"d{n}", length=20 * um, diameter=1 * um) for n in range(19)]
    chain = [soma, *rest]
    return NeuronModel(
        list(zip(chain, rest, strict=False)),
        cm=1 * uF / cm**2,
        gl=40 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-65 * mV,
    )


@pytest.fixture(scope="module")
def converged():
    """The voltages after 10 ms of 10 pA into the tip, exactly: the system is linear."""
    group = fine_chain().make_neurongroup(1)
    group.I_ext_d18 = 10 * pA
    f, start = field(group), states_of(group)[:, 0]
    J = jacobian(f, 0, start)
    steady = start - np.linalg.solve(J, f(0, start))
    rates, vectors = np.linalg.eig(J)
    decay = (vectors * np.exp(rates * 10e-3)) @ np.linalg.inv(vectors)
    return {"10 ms": steady + decay.real @ (start - steady), "never": steady}


def end_of(method, dt, duration):
    defaultclock.dt = dt * ms
    group = fine_chain().make_neurongroup(1, method=method)
    group.I_ext_d18 = 10 * pA
    Network(group).run(duration * ms, namespace={})
    return states_of(group)[:, 0]


@pytest.mark.parametrize("dt", [0.1, 1])
def test_twenty_short_compartments_end_where_they_should(dt, converged):
    found = end_of("crank_nicolson", dt, 10)
    assert np.ptp(converged["10 ms"]) > 1e-3
    assert np.max(np.abs(found - converged["10 ms"])) < 0.1e-3


@pytest.mark.parametrize("method", METHODS)
def test_the_steady_state_does_not_depend_on_the_step(method, converged):
    """1e-9 V: 25 membrane time constants leave 1e-11 of a few mV."""
    found = end_of(method, 1, 625)
    assert np.max(np.abs(found - converged["never"])) < 1e-9


def test_an_explicit_method_would_not():
    with pytest.warns(NumericsWarning):
        found = end_of("euler", 0.1, 10)
    assert not np.max(np.abs(found)) < 1


# -- random trees -----------------------------------------------------------------

#: The parent of each compartment but the soma.
SHAPES = st.integers(1, 5).flatmap(
    lambda count: st.tuples(*(st.integers(0, n) for n in range(count)))
)
NEURONS = 10


def tree(parents):
    """Return a model of lumped compartments, and the names of its couplings."""
    kinds = [Soma, *[Dendrite] * len(parents)]
    size = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}
    parts = [kind(f"c{n}", **size) for n, kind in enumerate(kinds)]
    edges = [(parent, n + 1) for n, parent in enumerate(parents)]
    model = NeuronModel([(parts[i], parts[j], 1 * nS) for i, j in edges])
    return model, edges


def trajectories(parents, method, dt, seed):
    """Run one shape with random numbers, a tree for each neuron.

    Returns voltages (V) by time, compartment and neuron; the steady state, the limits
    that reversal potentials and initial values set, and capacitances.
    """
    draw = np.random.default_rng(seed)
    model, edges = tree(parents)
    names = [f"c{n}" for n in range(len(parents) + 1)]
    couplings = [f"g_c{i}_c{j}" for i, j in edges]
    own = [f"{what}_{name}" for what in ("C", "gL", "EL") for name in names]
    group = model.make_neurongroup(
        NEURONS, method=method, per_neuron=[*couplings, *own], dt=dt * ms
    )

    def spread(low, high):
        return np.exp(draw.uniform(np.log(low), np.log(high), NEURONS))

    g = np.array([spread(1e-12, 10e-6) for _ in edges])
    C = np.array([spread(0.1e-12, 1e-9) for _ in names])
    gL = np.array([spread(1e-12, 1e-6) for _ in names])
    EL = draw.uniform(-0.1, 0.1, C.shape)
    V = draw.uniform(-0.1, 0.1, C.shape)
    for name, value in zip(couplings, g, strict=True):
        setattr(group, name, value * siemens)
    units = {"C": farad, "gL": siemens, "EL": volt, "V": volt}
    for what, values in {"C": C, "gL": gL, "EL": EL, "V": V}.items():
        for name, value in zip(names, values, strict=True):
            setattr(group, f"{what}_{name}", value * units[what])

    monitor = StateMonitor(group, [f"V_{name}" for name in names], record=True)
    Network(group, monitor).run(30 * dt * ms, namespace={})
    voltages = [np.array(getattr(monitor, f"V_{name}")).T for name in names]

    matrix = np.zeros((NEURONS, len(names), len(names)))
    for (i, j), each in zip(edges, g, strict=True):
        matrix[:, [i, j], [i, j]] += each[:, None]
        matrix[:, [i, j], [j, i]] -= each[:, None]
    diagonal = np.arange(len(names))
    matrix[:, diagonal, diagonal] += gL.T
    steady = np.linalg.solve(matrix, (gL * EL).T[..., None])[..., 0].T
    limits = np.minimum(V, EL).min(axis=0), np.maximum(V, EL).max(axis=0)
    return np.stack(voltages, axis=1), steady, limits, C


TREES = given(
    SHAPES, st.sampled_from([0.01, 0.1, 1.0, 100.0]), st.integers(0, 2**32 - 1)
)


@settings(max_examples=10, deadline=None, derandomize=True)
@TREES
def test_the_distance_from_the_steady_state_never_grows(parents, dt, seed):
    """Distance in the sense of energy, sum(C (V - V_end)**2): so it is in nature.

    A single voltage may overshoot, as the mode of a stiff coupling changes its sign.
    """
    voltages, steady, _, C = trajectories(parents, "crank_nicolson", dt, seed)
    distance = np.sqrt(np.sum(C * (voltages - steady) ** 2, axis=1))
    # 1e-9: rounding, by a coupling a million times its leak.
    assert np.all(np.diff(distance, axis=0) <= 1e-9 * distance[0])
    bound = distance[0] / np.sqrt(C)
    assert np.all(np.abs(voltages - steady) <= bound * (1 + 1e-9))


@settings(max_examples=10, deadline=None, derandomize=True)
@TREES
def test_implicit_euler_stays_between_reversal_potentials_and_initial_values(
    parents, dt, seed
):
    voltages, _, (low, high), _ = trajectories(parents, "implicit_euler", dt, seed)
    # 1e-9 V: rounding, by a coupling a million times its leak.
    assert np.all(voltages >= low - 1e-9)
    assert np.all(voltages <= high + 1e-9)


def test_a_voltage_overshoots_by_crank_nicolson_at_most_as_its_energy_lets_it():
    """Why the bound of `crank_nicolson` is one of energy: a light compartment at 0 V
    that is coupled to a heavy one at 1 V goes to 2 V, and back."""
    equations = """dx/dt = k*(y - x) : 1
                   dy/dt = 1e-3*k*(x - y) : 1"""
    defaultclock.dt = 1 * ms
    ends = {}
    for method in METHODS:
        group = NeuronGroup(1, equations, method=method, namespace={"k": 1e9 / ms})
        group.y = 1
        Network(group).run(1 * ms)
        ends[method] = group.x[0]
    # a thousandth: the mass of the light one; 1e-6: the step resolves the rest
    assert ends["crank_nicolson"] == pytest.approx(2 / 1.001, rel=1e-6)
    assert ends["implicit_euler"] == pytest.approx(1 / 1.001, rel=1e-6)
