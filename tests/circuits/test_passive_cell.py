"""`passive` against closed forms, identities of circuits, and simulations."""

from itertools import pairwise

import numpy as np
import pytest
from brian2 import (
    Hz,
    Mohm,
    Network,
    StateMonitor,
    cm,
    ms,
    mV,
    nS,
    ohm,
    pA,
    pF,
    second,
    uF,
    um,
    uS,
    volt,
)
from helpers.circuits import C1, C2, G1, G2, REST, ROUNDING, G, branched, pair
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrisyn import (
    Dendrite,
    NeuronModel,
    PassiveCell,
    PointNeuronModel,
    Soma,
    passive,
)
from dendrisyn.circuits.linear_system import (
    STABILITY_LIMITS,
)

# -- one compartment ---------------------------------------------------------------


def test_one_compartment_is_a_resistor_and_a_capacitor():
    cell = passive(PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS))
    f = [0, 1, 7.957747, 300] * Hz
    Z = 1 / (10e-9 + 2j * np.pi * np.asarray(f) * 200e-12)
    assert cell.compartments == ("",)
    assert cell.input_resistance() / Mohm == pytest.approx(100, rel=ROUNDING)
    assert cell.resistance.shape == (1, 1)
    assert cell.attenuation == 1
    assert cell.electrotonic_distance == 0
    assert cell.time_constants / ms == pytest.approx([20], rel=ROUNDING)
    assert cell.membrane_time_constants / ms == pytest.approx([20], rel=ROUNDING)
    assert cell.modes == 1
    np.testing.assert_allclose(cell.impedance(f)[:, 0, 0] / ohm, Z, rtol=ROUNDING)
    np.testing.assert_allclose(cell.phase(f)[:, 0, 0], np.angle(Z), atol=ROUNDING)
    cutoff = 1 / (2 * np.pi * 20 * ms)
    assert cell.cutoff_frequency() / cutoff == pytest.approx(1, rel=ROUNDING)
    steady = cell.steady_state({"": 10 * pA})
    assert steady / mV == pytest.approx([1], rel=ROUNDING)
    t = [0, 5, 20, 100] * ms
    charging = 1 - np.exp(-t / (20 * ms))
    response = cell.step_response({"": 10 * pA}, t)[:, 0]
    np.testing.assert_allclose(response / mV, charging, rtol=ROUNDING)
    assert cell.largest_stable_dt("euler") / ms == pytest.approx(40, rel=ROUNDING)


# -- two compartments --------------------------------------------------------------


def test_two_compartments_are_those_of_kirchhoff():
    """A load that is a conductance in series with another one, at either end."""
    cell = passive(pair())
    at_soma, at_dend = (G1 + G * G2 / (G + G2)), (G2 + G * G1 / (G + G1))
    resistance = cell.resistance * nS
    into_dend, into_soma = G / (G + G2), G / (G + G1)
    expected = np.array(
        [[1 / at_soma, into_dend / at_soma], [into_soma / at_dend, 1 / at_dend]]
    )
    np.testing.assert_allclose(resistance, expected, rtol=ROUNDING)
    np.testing.assert_allclose(
        cell.attenuation, [[1, into_dend], [into_soma, 1]], rtol=ROUNDING
    )
    np.testing.assert_allclose(
        cell.electrotonic_distance,
        [[0, np.log(1 + G2 / G)], [np.log(1 + G1 / G), 0]],
        atol=ROUNDING,
    )
    assert cell.input_resistance() == cell.resistance[0, 0]
    assert cell.input_resistance("dend") == cell.resistance[1, 1]
    assert cell.transfer_resistance("soma", "dend") == cell.resistance[0, 1]
    np.testing.assert_array_equal(cell.conductance / nS, [[G1 + G, -G], [-G, G2 + G]])


def test_two_compartments_have_the_roots_of_a_quadratic():
    cell = passive(pair())
    a, b = (G1 + G) / C1, (G2 + G) / C2  # 1/ms
    spread = np.sqrt((a - b) ** 2 / 4 + G**2 / (C1 * C2))
    rates = np.array([(a + b) / 2 - spread, (a + b) / 2 + spread])
    np.testing.assert_allclose(cell.time_constants / ms, 1 / rates, rtol=ROUNDING)
    # (a - rate) V_soma = G/C1 V_dend
    ratio = (a - rates) * C1 / G
    np.testing.assert_allclose(cell.modes[1] / cell.modes[0], ratio, rtol=1e-11)
    assert np.abs(cell.modes).max(axis=0) == pytest.approx([1, 1])
    for method, limit in STABILITY_LIMITS.items():
        step = cell.largest_stable_dt(method)
        assert step / ms == pytest.approx(limit / rates[1], rel=ROUNDING)


def test_two_compartments_at_a_frequency_are_those_of_kirchhoff():
    cell = passive(pair())
    f = [0.1, 10, 50, 1000] * Hz
    omega = 2 * np.pi * np.asarray(f) * 1e-3  # 1/ms
    y1, y2 = G1 + 1j * omega * C1, G2 + 1j * omega * C2
    at_soma, into_dend = y1 + G * y2 / (G + y2), G / (G + y2)
    Z = cell.impedance(f) * nS
    np.testing.assert_allclose(Z[:, 0, 0], 1 / at_soma, rtol=ROUNDING)
    np.testing.assert_allclose(Z[:, 0, 1], into_dend / at_soma, rtol=ROUNDING)
    loss = cell.attenuation_at(f)[:, 0, 1]
    np.testing.assert_allclose(loss, np.abs(into_dend), rtol=ROUNDING)
    phase = cell.phase(f)[:, 0, 1]
    np.testing.assert_allclose(phase, np.angle(into_dend / at_soma), rtol=ROUNDING)


# -- many compartments: the cable --------------------------------------------------


def uniform_cable(count, soma=False):
    """A cylinder of 800 um in *count* compartments, with or without a soma."""
    dendrites = [
        Dendrite(f"d{n}", length=800 / count * um, diameter=2 * um)
        for n in range(count)
    ]
    body = [Soma("soma", length=20 * um, diameter=20 * um)] if soma else []
    return passive(
        NeuronModel(
            list(pairwise([*body, *dendrites])),
            cm=1 * uF / cm**2,
            gl=50 * uS / cm**2,
            r_axial=150 * ohm * cm,
        )
    )


def ball_and_stick(x, frequency):
    """Input resistance of the soma (ohm), and attenuation from there to *x* (m).

    A sealed cable behind half the axial resistance of the soma; Koch (1999),
    Biophysics of Computation, chapter 2. doi:10.1093/oso/9780195104912.001.0001
    """
    diameter, length = 2e-6, 800e-6
    y = 0.5 + 2j * np.pi * frequency * 0.01  # S/m2
    space = np.sqrt(diameter / (4 * 1.5 * y))
    infinite = 4 * 1.5 * space / (np.pi * diameter**2)
    cable = infinite / np.tanh(length / space)
    half = 2 * 1.5 * 20e-6 / (np.pi * 20e-6**2)
    soma = y * np.pi * 20e-6**2
    profile = np.cosh((length - x) / space) / np.cosh(length / space)
    return 1 / (soma + 1 / (half + cable)), cable / (half + cable) * profile


@pytest.mark.parametrize("frequency", [0, 10, 100])
def test_a_ball_and_stick_converges_to_the_cable_in_second_order(frequency):
    errors = []
    for count in (40, 80):
        cell = uniform_cable(count, soma=True)
        tip = 800e-6 * (1 - 0.5 / count)  # the middle of the last compartment
        resistance, loss = ball_and_stick(tip, frequency)
        Z = np.asarray(cell.impedance(frequency * Hz))[0]
        errors.append([abs(Z[0] / resistance - 1), abs(Z[-1] / Z[0] / loss - 1)])
    coarse, fine = np.array(errors)
    # Compartments of 10 um are 1/82 of a length constant: its square over 24, three
    # times, and the more at higher frequencies.
    assert np.all(fine < 2e-5 * abs(1 + 2j * np.pi * frequency * 0.02))
    # Second order: a factor of 4, up to terms of the next order.
    np.testing.assert_allclose(coarse / fine, 4, rtol=0.01)


def test_a_uniform_cable_has_cosines_as_modes():
    """Eigenvectors of the second difference with sealed ends."""
    count = 30
    cell = uniform_cable(count)
    g = np.asarray(cell.couplings["d0", "d1"])
    C, leak = np.asarray(cell.capacitance)[0], np.asarray(cell.leak)[0]
    k = np.arange(count)
    rates = (leak + 2 * g * (1 - np.cos(np.pi * k / count))) / C
    np.testing.assert_allclose(cell.time_constants * rates / second, 1, rtol=1e-11)
    assert cell.time_constants[0] / ms == pytest.approx(20)
    expected = np.cos(np.pi * np.outer(k + 0.5, k) / count)
    expected /= np.abs(expected).max(axis=0)
    # A mode has no sign of its own where two ends are equally large.
    np.testing.assert_allclose(np.abs(cell.modes), np.abs(expected), atol=1e-10)


# -- identities --------------------------------------------------------------------


@st.composite
def trees(draw):
    """Trees of up to 8 compartments, with leaks that may be 0, but one."""
    count = draw(st.integers(1, 8))
    names = [f"c{n}" for n in range(count)]
    positive = st.floats(0.1, 10)
    leak = draw(st.lists(st.just(0.0) | positive, min_size=count, max_size=count))
    leak[draw(st.integers(0, count - 1))] = draw(positive)
    parents = [draw(st.integers(0, n - 1)) for n in range(1, count)]
    return PassiveCell(
        names,
        [draw(st.floats(1, 100)) for _ in names] * pF,
        leak * nS,
        {
            (names[parent], names[n]): draw(positive) * nS
            for n, parent in enumerate(parents, start=1)
        },
    )


@settings(max_examples=40, deadline=None)
@given(trees())
def test_identities_of_circuits(cell):
    n = len(cell.compartments)
    R = np.asarray(cell.resistance)
    C, leak = np.asarray(cell.capacitance), np.asarray(cell.leak)
    one = np.eye(n)
    # Condition numbers up to 1e5.
    near = {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_array_equal(R, R.T)  # reciprocity
    np.testing.assert_allclose(R @ np.asarray(cell.conductance), one, **near)
    # What flows in at one place leaves through the leaks of all.
    np.testing.assert_allclose(R @ leak, 1, **near)
    assert np.all(cell.attenuation <= 1 + 1e-9)
    # From here to there over from there to here: the input resistances.
    loss = cell.attenuation
    np.testing.assert_allclose(loss / loss.T, np.diag(R) / np.diag(R)[:, None], **near)
    far = cell.electrotonic_distance
    for pair_of_names in cell.couplings:
        i, j = map(cell.index, pair_of_names)
        # Distances add up: each compartment is beyond j, seen from i, or beyond i.
        beyond_j = np.abs(far[i] - far[i, j] - far[j])
        beyond_i = np.abs(far[j] - far[j, i] - far[i])
        assert np.all(np.minimum(beyond_i, beyond_j) < 1e-9)
    tau = np.asarray(cell.time_constants)
    assert np.all(np.diff(tau) <= 0)
    assert tau.sum() == pytest.approx(np.trace(R * C), rel=1e-9)
    V = cell.modes
    decay = np.linalg.solve(np.diag(C), np.asarray(cell.conductance)) @ V
    np.testing.assert_allclose(decay, V / tau, rtol=1e-8, atol=1e-8 / tau.min())
    f = [0, 1, 30] * Hz
    Z = np.asarray(cell.impedance(f))
    np.testing.assert_allclose(Z[0], R, rtol=1e-9)
    Y = np.asarray(cell.conductance) + 2j * np.pi * 30 * np.diag(C)
    np.testing.assert_allclose(Z[2] @ Y, one, atol=1e-9)
    assert np.all(np.abs(Z[1:]) <= np.abs(Z[:-1]) * (1 + 1e-9))
    lag = -np.diagonal(cell.phase(f), axis1=1, axis2=2)
    assert np.all((lag >= 0) & (lag < np.pi / 2))
    last = cell.compartments[-1]
    for target in (last, cell.compartments[0]):
        j = cell.index(target)
        cut = cell.cutoff_frequency(last, target)
        left = np.abs(np.asarray(cell.impedance(cut))[-1, j]) / R[-1, j]
        assert left == pytest.approx(np.sqrt(0.5), rel=1e-9)
    steady = cell.steady_state({last: 1 * pA})
    np.testing.assert_allclose(steady / volt, R[-1] * 1e-12, rtol=1e-9)
    late = cell.step_response({last: 1 * pA}, 50 * tau[0] * second)
    np.testing.assert_allclose(late / volt, steady / volt, rtol=1e-8)
    # It starts as a capacitor alone.
    early = cell.step_response({last: 1 * pA}, 1e-9 * tau[-1] * second)[-1]
    assert early / volt == pytest.approx(1e-21 * tau[-1] / C[-1], rel=1e-7)


def test_transfer_may_be_slower_than_the_slowest_time_constant():
    """Two stages of 1 s in a row: (1 + i w tau)**2. The second one loads the first one
    a little, by 1/1000."""
    cell = PassiveCell("ab", [1, 1000] * pF, [0, 1] * nS, {("a", "b"): 0.001 * nS})
    expected = np.sqrt(np.sqrt(2) - 1) / (2 * np.pi)
    cutoff = cell.cutoff_frequency("a", "b")
    assert cutoff / Hz == pytest.approx(expected, rel=2e-3)
    assert cutoff < 1 / (2 * np.pi * cell.time_constants[0])


# -- simulations -------------------------------------------------------------------


def test_a_steady_current_into_each_compartment_leads_to_the_matrix():
    """At the default method and step. Rounding is all that is left after 800 ms, 40
    time constants; steps of 0.1 ms do not change where a voltage stays."""
    model = branched()
    cell = passive(model)
    names = cell.compartments
    group = model.make_neurongroup(len(names))
    for place, name in enumerate(names):
        getattr(group, f"I_ext_{name}")[place] = 10 * pA
    Network(group).run(800 * ms)
    change = np.array([getattr(group, f"V_{name}") - REST for name in names]).T
    resistance = change / 10e-12
    np.testing.assert_allclose(resistance, np.asarray(cell.resistance), rtol=1e-9)
    together = {"soma": 10 * pA, "tuft": -20 * pA}
    expected = change[names.index("soma")] - 2 * change[names.index("tuft")]
    np.testing.assert_allclose(cell.steady_state(together) / volt, expected, rtol=1e-9)


def test_the_response_to_a_step_is_simulated():
    """1e-4 of the steady voltage: the error of the method is (dt/tau)**2/12, 7e-5 for
    the faster of the two modes."""
    model = pair()
    cell = passive(model)
    group = model.make_neurongroup(1)
    group.I_ext_dend = 20 * pA
    monitor = StateMonitor(group, ["V_soma", "V_dend"], record=True)
    Network(group, monitor).run(60 * ms)
    observed = np.array([monitor.V_soma[0], monitor.V_dend[0]]).T - float(REST)
    expected = cell.step_response({"dend": 20 * pA}, monitor.t)
    steady = cell.steady_state({"dend": 20 * pA})
    error = np.abs(observed - np.asarray(expected)) / np.asarray(steady)
    assert error.max() < 1e-4
    assert error.max() > 1e-6  # what is compared are two different things


def test_each_mode_decays_by_itself():
    """Exactly by the factor that the method gives to its time constant in a step."""
    model = branched()
    cell = passive(model)
    names = cell.compartments
    group = model.make_neurongroup(len(names))
    for name, row in zip(names, cell.modes, strict=True):
        setattr(group, f"V_{name}", REST + row * mV)
    monitor = StateMonitor(group, [f"V_{name}" for name in names], record=True)
    Network(group, monitor).run(2 * ms)
    half = 0.5 * 0.1 * ms / cell.time_constants
    factor = np.asarray((1 - half) / (1 + half))
    steps = np.arange(20)
    for name, row in zip(names, cell.modes, strict=True):
        observed = (getattr(monitor, f"V_{name}") - REST) / mV
        expected = row[:, None] * factor[:, None] ** steps
        # 65 mV of rest are rounded off at 1e-14 mV, in each step.
        np.testing.assert_allclose(observed, expected, atol=1e-11)


def test_a_sinusoidal_current_shows_the_impedance():
    """2e-5: the method makes tan(x)/x of the frequency, x = pi f dt, up to 4e-5/3 at
    20 Hz; 10 time constants have passed before the last period."""
    model = pair()
    for name in ("soma", "dend"):
        compartment = model.compartments[name]
        compartment.add_equations(
            f"I_sine_{name} = A_{name}*sin(2*pi*f_{name}*t) : amp\n"
            f"A_{name} : amp\nf_{name} : Hz",
            currents=[f"I_sine_{name}"],
        )
    cell = passive(model)
    frequency = np.array([5, 10, 20])
    group = model.make_neurongroup(6)
    group.f_soma = group.f_dend = np.tile(frequency, 2) * Hz
    group.A_soma[:3] = group.A_dend[3:] = 20 * pA
    monitor = StateMonitor(group, ["V_soma", "V_dend"], record=True)
    Network(group, monitor).run(400 * ms)
    last = slice(-2000, None)  # 200 ms: whole periods of all
    wave = np.exp(-2j * np.pi * frequency[:, None] * monitor.t[last] / second)
    Z = np.asarray(cell.impedance(frequency * Hz))
    for target, V in enumerate([monitor.V_soma, monitor.V_dend]):
        V = np.reshape(V[:, last] / volt, (2, 3, -1))
        # amp*sin is the imaginary part of amp*exp
        amplitude = 2j * (V * wave).mean(axis=-1) / 20e-12
        for source in range(2):
            expected = Z[:, source, target]
            error = np.abs(amplitude[source] / expected - 1)
            assert error.max() < 2e-5, (source, target, error)
