"""Seed 001, a forum thread: jumps of the voltage, or currents that decay.

The asker's network works while spikes add to ``v``. When they are to set a current
instead, the current stays for ever, and the Poisson input piles up. The answer: keep
the jumps, or give the currents an equation.
"""

import brian2
import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nS,
    pA,
    pF,
)

from dendrisyn import (
    CurrentBased,
    Delta,
    Exponential,
    PointNeuronModel,
    Synapse,
    diagnose,
)

N = 30
DELAY = 1.5 * ms
DURATION = 300 * ms
CONSTANTS = {
    "v_rest": 0,
    "v_th": 1,
    "tau": 20 * ms,
    "tau_i": 5 * ms,
    "tau_e": 3 * ms,
    "g_L": 1,
}


def connectivity():
    """Return source, target and weight of the recurrent synapses."""
    random = np.random.default_rng(7)
    weights = np.where(random.random((N, N)) < 0.3, random.uniform(0, 0.1, (N, N)), 0)
    rows, columns = np.nonzero(weights)
    return rows, columns, weights[rows, columns]


def plain(equations, on_pre, target, weight):
    """Return a network of the thread: neurons, synapses, Poisson input."""
    neurons = NeuronGroup(
        N,
        equations,
        threshold="v > v_th",
        reset="v = v_rest",
        refractory=2 * ms,
        method="euler",
        namespace=CONSTANTS,
    )
    synapses = Synapses(neurons, neurons, "w : 1", on_pre=on_pre, delay=DELAY)
    rows, columns, weights = connectivity()
    synapses.connect(i=rows, j=columns)
    synapses.w = weights
    poisson = PoissonInput(neurons, target, N=400, rate=10 * Hz, weight=weight)
    return neurons, synapses, poisson


def with_dendrisyn(internal, external, weight):
    """Return the same network; 1 in the thread is 20 mV here."""
    model = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    model.add(internal, external)
    neurons = model.make_neurongroup(
        N,
        method="euler",  # as by hand
        threshold="V > -50*mV",
        reset="V = -70*mV",
        refractory=2 * ms,
        hold_refractory=True,
    )
    projection = model.projection(internal.label, weight="w")
    synapses = projection.synapses(neurons, neurons, delay=DELAY)
    rows, columns, weights = connectivity()
    synapses.connect(i=rows, j=columns)
    synapses.w = weights
    arguments = model.poisson_input(external.label, 400, 10 * Hz, weight)
    return neurons, synapses, PoissonInput(neurons, **arguments)


def record(objects, names):
    """Return spikes and variables, with the random numbers of one seed."""
    brian2.seed(11)
    neurons = objects[0]
    spikes = SpikeMonitor(neurons)
    states = StateMonitor(neurons, names, record=True)
    Network(*objects, spikes, states).run(DURATION)
    trains = np.array([spikes.t / ms, spikes.i])
    return trains, *(np.array(getattr(states, name)) for name in names)


def assert_equal_spikes(one, other):
    # A voltage would have to pass the threshold by less than its rounding, 1e-14, to be
    # detected in another step.
    assert one.shape[1] > 2 * N
    np.testing.assert_array_equal(one, other)


# -- jumps of the voltage --------------------------------------------------------------

LEAKY = "dv/dt = -(v - v_rest) / tau : 1 (unless refractory)"


def jumps():
    return with_dendrisyn(
        Synapse("jump", "internal", kinetics=Delta(J=20 * mV)),
        Synapse("jump", "external", kinetics=Delta(J=20 * mV)),
        weight=0.012,
    )


def test_delta_synapses_are_the_network_that_works():
    expected, v = record(plain(LEAKY, "v += w", "v", 0.012), ["v"])
    observed, V = record(jumps(), ["V"])
    assert_equal_spikes(observed, expected)
    # rounding of 70 mV, over 20 mV, in 3000 steps
    np.testing.assert_allclose((V * 1e3 + 70) / 20, v, atol=1e-11)


def test_the_poisson_input_is_as_strong_as_its_rate_says():
    # Campbell's theorem: the mean is N rate J tau, the variance N rate J^2 tau/2.
    model = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    model.add(Synapse("jump", "x", kinetics=Delta(J=20 * mV)))
    neurons = model.make_neurongroup(400)
    arguments = model.poisson_input("jump_x", 400, 10 * Hz, 0.01)
    assert arguments["target_var"] == "V"
    assert arguments["weight"] == 0.2 * mV
    model.parameters["w_jump_x"] = 0.5
    halved = model.poisson_input("jump_x", 400, 10 * Hz, 0.01)
    assert halved["weight"] == 0.1 * mV
    source = PoissonInput(neurons, **arguments)
    brian2.seed(5)
    Network(neurons, source).run(200 * ms)
    V = neurons.V / mV + 70
    mean, deviation = 400 * 0.01 * 0.2 * 20, 0.2 * np.sqrt(400 * 0.01 * 20 / 2)
    # four standard errors of 400 neurons
    assert V.mean() == pytest.approx(mean, abs=4 * deviation / np.sqrt(400))
    assert V.std() == pytest.approx(deviation, rel=4 / np.sqrt(2 * 400))


# -- currents that decay ---------------------------------------------------------------

CURRENTS = """
dv/dt = -((v - v_rest) - I_e - I_i) / tau : 1 (unless refractory)
dI_i/dt = -I_i / tau_i : 1
dI_e/dt = -I_e / tau_e : 1
"""


def currents():
    # 200 pA over 10 nS are 20 mV
    return with_dendrisyn(
        Synapse(
            "exc",
            "internal",
            kinetics=Exponential(t_decay=CONSTANTS["tau_i"]),
            output=CurrentBased(J=200 * pA),
        ),
        Synapse(
            "exc",
            "external",
            kinetics=Exponential(t_decay=CONSTANTS["tau_e"]),
            output=CurrentBased(J=200 * pA),
        ),
        weight=0.09,
    )


def test_exponential_currents_are_the_equations_of_the_answer():
    expected, v, I_i, I_e = record(
        plain(CURRENTS, "I_i += w", "I_e", 0.09), ["v", "I_i", "I_e"]
    )
    names = ["V", "s_exc_internal", "s_exc_external", "I_exc_external"]
    observed, V, internal, external, current = record(currents(), names)
    assert_equal_spikes(observed, expected)
    assert I_i.max() > 0.1
    # rounding in 3000 steps, of 70 mV over 20 mV
    np.testing.assert_allclose((V * 1e3 + 70) / 20, v, atol=1e-11)
    np.testing.assert_allclose(internal, I_i, atol=1e-12)
    np.testing.assert_allclose(external, I_e, atol=1e-12)
    np.testing.assert_allclose(current, 200e-12 * I_e, rtol=1e-11)


# -- attempts of the asker -------------------------------------------------------------

FIRST = """
dv/dt = -(V - v_rest) / tau : 1 (unless refractory)
V = v + I_e + I_i : 1
I_i : 1
I_e : 1
"""
SECOND = """
dv/dt = (-(v - v_rest) + (I_e + I_i) / g_L) / tau : 1 (unless refractory)
I_i : 1
I_e : 1
"""


@pytest.mark.parametrize("equations", [FIRST, SECOND])
def test_the_input_of_the_asker_piles_up(equations):
    _, I_e = record(plain(equations, "I_i = w", "I_e", 1e-4), ["I_e"])
    assert np.all(np.diff(I_e) >= 0)
    assert I_e[:, -1].min() > 0.1


def test_the_current_of_the_asker_stays():
    _, I_i = record(plain(SECOND, "I_i = w", "I_e", 2e-3), ["I_i"])
    flows = I_i > 0
    assert flows[:, -1].sum() > N / 2
    assert np.all(flows[:, 1:] >= flows[:, :-1])


@pytest.mark.parametrize("equations", [FIRST, SECOND])
def test_both_are_named(equations):
    objects = plain(equations, "I_i = w", "I_e", 1e-4)
    found = {finding.kind: finding for finding in diagnose(Network(*objects))}
    assert set(found) == {"clamped input", "growing input"}
    assert "I_i" in found["clamped input"].problem
    assert "I_e" in found["growing input"].problem


def test_the_equation_as_the_asker_wrote_it_mixes_units():
    # SECOND has the brackets around the whole that he left out.
    printed = SECOND.replace("(-(v - v_rest) +", "-(v - v_rest) + (")
    objects = plain(printed, "I_i = w", "I_e", 1e-4)
    with pytest.raises(brian2.BrianObjectException) as raised:
        Network(*objects).run(0 * ms)
    assert isinstance(raised.value.__cause__, DimensionMismatchError)


@pytest.mark.parametrize(
    "build",
    [
        lambda: plain(LEAKY, "v += w", "v", 0.012),
        lambda: plain(CURRENTS, "I_i += w", "I_e", 0.09),
        jumps,
        currents,
    ],
    ids=["jumps", "currents", "Delta", "Exponential"],
)
def test_nothing_is_found_in_what_works(build):
    objects = build()
    assert diagnose(Network(*objects)) == []
