"""CalciumSTDP with the calcium of a compartment."""

import brian2
import numpy as np
import pytest
from brian2 import Network, StateMonitor, defaultclock, ms, mV, nS, pA, pF, second
from scipy.integrate import solve_ivp

from dendrisyn import (
    AMPA,
    NMDA,
    AssemblyError,
    CalciumPool,
    CalciumSTDP,
    Dendrite,
    InvalidValueError,
    NeuronModel,
    Soma,
)

from .calcium_synapses import METHOD, POST, SPIKES, efficacy, levels_of, scores
from .helpers import imposed, point, source

LATE = {"sigma": 0, "C_pre": 0.6, "C_post": 0.7, "delay": 3 * ms}


def pool_of(gain, **fields):
    return CalciumPool("I_NMDA_x", gain=gain / (pA * ms), tau=20 * ms, **fields)


def with_pool(rule, pool, step, begin=0):
    """Weights of the synapses of each neuron, and what is in the pool, in each step.

    Both neurons have the same plastic synapses and fire at the same times, but only the
    first has NMDA, which fills the pool, and `begin` in it at the start.
    """
    defaultclock.dt = step * ms
    model = point(NMDA("x", g=1 * nS, t_decay=50 * ms), pool)
    group, spikes = imposed(model, [POST, POST], method="rk4"), source([SPIKES])
    group.Ca = [begin, 0]
    nmda = model.projection("NMDA_x").synapses(spikes, group)
    nmda.connect(i=0, j=0)
    projection = model.projection("AMPA_x", weight=0.4, plasticity=rule)
    synapses = projection.synapses(spikes, group)
    synapses.connect()
    states = StateMonitor(group, "Ca", record=True)
    weights = StateMonitor(synapses, "w", record=True)
    Network(group, spikes, nmda, synapses, states, weights).run(400 * ms)
    return np.array(weights.w), np.array(states.Ca)


def integrate_pool(rule, pool, step, begin=0):
    """The weight and the pool of the neuron with NMDA in each step, by scipy."""
    tau, tau_pool, tau_own = (each / ms for each in (rule.tau, pool.tau, rule.tau_Ca))
    gain = float(pool.gain * (pA * ms))
    levels, gamma = levels_of(rule), np.array([rule.gamma_d, rule.gamma_p])

    def move(_, state):
        V, gate, Ca, own, rho = state
        current = -V * gate / (1 + np.exp(-0.062 * V) / 3.57)
        down, up = gamma * (own + Ca * (Ca > pool.floor) > levels)
        drift = up * (1 - rho) - down * rho - rho * (1 - rho) * (0.5 - rho)
        return [
            (5 * (-65 - V) + current) / 100,
            -gate / 50,
            gain * current - Ca / tau_pool,
            -own / tau_own,
            drift / tau,
        ]

    # A spike acts at the end of its step.
    late = rule.delay / ms
    jumps = [(t + step, 1, 1.0) for t in SPIKES]
    jumps += [(t + step + late, 3, rule.C_pre) for t in SPIKES]
    jumps += [(t + step, 3, rule.C_post) for t in POST]
    grid = np.arange(round(400 / step)) * step
    out, state, now = [], np.array([-65, 0, begin, 0, 0.4]), 0.0
    for time, index, size in [*sorted(jumps), (400.0, 0, 0.0)]:
        if time > now:
            asked = grid[(grid >= now - 1e-9) & (grid < time - 1e-9)]
            done = solve_ivp(
                move,
                (now, time),
                state,
                method="RK45",
                t_eval=np.append(np.maximum(asked, now), time),
                rtol=1e-8,
                atol=1e-10,
                max_step=2,
            )
            out.append(done.y[:, :-1])
            state, now = done.y[:, -1], time
        state = state.copy()
        state[index] += size
    out = np.concatenate(out, axis=1)
    return out[4], out[2]


def compare(pool, step, tolerance, begin=0, **fields):
    """Compare with scipy; return the last weights, with an empty pool first."""
    rule = CalciumSTDP(pool=pool, **{**LATE, **fields})
    (weights, other), (calcium, none) = with_pool(rule, pool, step, begin)
    expected, filled = integrate_pool(rule, pool, step, begin)
    assert calcium == pytest.approx(filled, abs=2e-8 * (1 + filled.max()))  # methods
    assert (none == 0).all()
    # While the pool is followed, a step takes the weight to where the next begins. The
    # first step of a pool that is full at the start looks at it when it is over.
    followed = np.flatnonzero(calcium[:-1] > pool.floor)
    assert len(followed) > 0.3 * len(weights)
    reached = expected[followed + (begin == 0)]
    assert weights[followed] == pytest.approx(reached, abs=tolerance)
    return other[-1], weights[-1]


@pytest.mark.parametrize("step", [0.5, 0.25])
def test_calcium_that_stays_above_the_thresholds_moves_the_weight_exactly(step):
    """By both terms of the equation, one after the other in each step: 1e-8."""
    without, weight = compare(pool_of(0.1), step, 1e-7, begin=5)
    assert weight > without + 0.05


@pytest.mark.parametrize(
    ("pool", "own"),
    [
        (pool_of(0.001), {}),
        (pool_of(0.002), {}),
        (pool_of(0.004), {}),
        (pool_of(0.004, floor=0.4), {"C_post": 0}),
        (pool_of(0.006), {"C_pre": 0, "C_post": 0}),
        (pool_of(0.006, floor=1.15), {"C_pre": 0, "C_post": 0}),
    ],
)
def test_a_pool_adds_to_the_calcium_of_the_synapse(pool, own):
    """Thresholds are crossed in whole steps, worth up to gamma_p step/tau = 5e-4."""
    without, weight = compare(pool, 0.25, 2e-3, **own)
    assert abs(weight - without) > 0.02


def test_a_synapse_of_a_neuron_with_an_empty_pool_is_exact():
    """As without the pool, to the last digit: also where it is below its floor."""
    for pool in (pool_of(0.02), pool_of(0.02, floor=100)):
        with_it, without = (
            with_pool(CalciumSTDP(**LATE, pool=each), pool, 0.5)[0]
            for each in (pool, None)
        )
        equal = (with_it == without).all(axis=1)
        assert list(equal) == [pool.floor == 100, True]


@pytest.mark.parametrize("level", [0.9, 1.2, 1.5])
def test_noise_of_a_pool_is_that_of_the_equation(level):
    """A constant pool: below the thresholds, between them, above both; 30 ms."""
    defaultclock.dt = 0.1 * ms
    n, step = 4000, 1e-4
    # Noise is added in steps: 250 of them are a time constant, which is 0.4 % off.
    rule = CalciumSTDP(
        C_pre=0,
        C_post=0,
        gamma_d=2500,
        gamma_p=3500,
        sigma=12,
        pool=CalciumPool("I_ext", gain=1 / (pA * second), tau=1 * second),
    )
    model = point(rule.pool)
    group, spikes = imposed(model, [[]], method="rk4"), source([[]])
    group.I_ext, group.Ca = level * pA, level
    projection = model.projection("AMPA_x", weight=0.5, plasticity=rule)
    synapses = projection.synapses(spikes, group)
    synapses.connect(i=np.zeros(n, int), j=0)
    Network(group, spikes, synapses).run(30 * ms)
    on = np.array([level > rule.theta_d, level > rule.theta_p])
    rate = on @ [rule.gamma_d, rule.gamma_p] / 150
    if rate == 0:
        # 30 ms of relaxation from .5, where it stands still
        assert (synapses.w[:] == 0.5).all()
        return
    goal, decay = on[1] * rule.gamma_p / 150 / rate, np.exp(-rate * 300 * step)
    mean = goal + (0.5 - goal) * decay
    variance = rule.sigma**2 / 150 * on.sum() / (2 * rate) * (1 - decay**2)
    error = scores(efficacy(synapses, rule), (mean, variance, 3 * variance**2, 0.5))
    assert abs(error[:2]).max() < 4


def two_dendrites():
    """A soma with dendrites a and b, each with NMDA and a weak AMPA."""
    passive = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}
    soma, parts = Soma("soma", **passive), []
    for name in "ab":
        dend = Dendrite(name, **passive)
        dend.add(
            NMDA("x", g=1 * nS, t_decay=50 * ms), AMPA("x", g=0 * nS, t_decay=5 * ms)
        )
        parts.append((soma, dend, 5 * nS))
    return NeuronModel(parts)


def test_the_error_that_asks_for_a_pool_is_the_line_that_adds_it():
    model, rule = two_dendrites(), CalciumSTDP(pool=pool_of(0.01, floor=0.2))
    with pytest.raises(
        InvalidValueError, match="CalciumSTDP needs a mechanism"
    ) as error:
        model.projection("AMPA_x_a", plasticity=rule)
    line = str(error.value).split("add: ")[1]
    exec(line, {**vars(brian2), "model": model, "CalciumPool": CalciumPool})
    assert model.event_names == ["calcium_a"]
    on_event = model.projection("AMPA_x_a", plasticity=rule)["on_event"]
    assert on_event == {"pool": "calcium_a"}
    assert model.parameters["floor_Ca_a"] == 0.2
    with pytest.raises(InvalidValueError, match=r"\['b'\].add\(CalciumPool"):
        model.projection("AMPA_x_b", plasticity=rule)
    with pytest.raises(InvalidValueError, match="of one compartment"):
        model.projection("AMPA_x_a", "AMPA_x_b", plasticity=rule)
    other = CalciumSTDP(pool=pool_of(0.02, floor=0.2))
    with pytest.raises(InvalidValueError, match="needs gain_Ca_a = 2"):
        model.projection("AMPA_x_a", plasticity=other)


def test_a_synapse_sees_the_pool_of_its_own_dendrite():
    defaultclock.dt = 0.5 * ms
    model = two_dendrites()
    rule = CalciumSTDP(sigma=0, C_pre=0, C_post=0, pool=pool_of(0.03))
    for name in "ab":
        model.compartments[name].add(rule.pool)
    group = imposed(model, [[]], **METHOD)
    spikes = source([np.arange(5, 100, 5)])
    nmda = model.projection("NMDA_x_a").synapses(spikes, group)
    parts = [
        model.projection(f"AMPA_x_{name}", weight=0.5, plasticity=rule).synapses(
            spikes, group
        )
        for name in "ab"
    ]
    for each in (nmda, *parts):
        each.connect()
    Network(group, spikes, nmda, *parts).run(150 * ms)
    assert group.Ca_a[0] > 1.3
    assert group.Ca_b[0] == 0
    near, far = (each.w[0] for each in parts)
    assert near > 0.53
    assert far == 0.5


def test_a_pool_of_an_unknown_current_makes_no_group():
    model = two_dendrites()
    model.compartments["b"].add(
        CalciumPool("I_NMDA_y", gain=1 / (pA * ms), tau=20 * ms)
    )
    with pytest.raises(AssemblyError, match=r"Ca needs I_NMDA_y_b.*'I_NMDA_x_b'"):
        model.make_neurongroup(1)
