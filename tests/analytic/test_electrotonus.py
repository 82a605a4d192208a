"""`passive` against closed forms, identities of circuits, and simulations."""

import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest
from brian2 import (
    Hz,
    Mohm,
    Network,
    StateMonitor,
    cm,
    mA,
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
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrisyn import (
    AMPA,
    AdEx,
    AssemblyError,
    Compartment,
    Dendrite,
    GraphError,
    InvalidValueError,
    Izhikevich,
    NameConflictError,
    NeuronModel,
    PassiveCell,
    PointNeuronModel,
    Soma,
    UnitError,
    UnknownNameError,
    passive,
)
from dendrisyn.circuits.linear_system import (
    STABILITY_LIMITS,
    conductance_matrix,
    decay_rates,
    input_resistance,
    largest_stable_dt,
    relaxation,
    voltage_ratio,
)

REST = -65 * mV

#: A few operations on numbers of 16 digits.
ROUNDING = 1e-12

#: C (pF), gL (nS) and coupling (nS) of the two compartments of `pair`
C1, C2, G1, G2, G = 100.0, 50.0, 5.0, 3.0, 8.0


def pair(soma_model="leakyIF"):
    soma = Soma("soma", soma_model, cm_abs=C1 * pF, gl_abs=G1 * nS, v_rest=REST)
    dend = Dendrite("dend", cm_abs=C2 * pF, gl_abs=G2 * nS, v_rest=REST)
    return NeuronModel([(soma, dend, G * nS)])


def branched():
    """A tree that branches twice, of very different compartments."""
    sizes = {
        "soma": (20, 20),
        "trunk": (120, 3),
        "left": (150, 1.5),
        "right": (90, 1.2),
        "tuft": (60, 0.8),
        "basal": (100, 1.8),
    }
    part = {
        name: (Soma if name == "soma" else Dendrite)(
            name, length=length * um, diameter=diameter * um, v_rest=REST
        )
        for name, (length, diameter) in sizes.items()
    }
    edges = [
        ("soma", "trunk"),
        ("trunk", "left"),
        ("trunk", "right"),
        ("right", "tuft"),
        ("soma", "basal"),
    ]
    model = NeuronModel(
        [(part[one], part[other]) for one, other in edges],
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        r_axial=150 * ohm * cm,
    )
    model.parameters["gL_tuft"] = 0.3 * nS  # one membrane that is not like the others
    return model


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


# -- what is taken of a model ------------------------------------------------------


def test_only_leaks_capacitances_and_couplings_count():
    plain = passive(pair())
    adex = AdEx(a=4 * nS, tauw=144 * ms, DeltaT=2 * mV, Vth=-50 * mV)
    busy = pair(adex)
    busy.compartments["dend"].add(AMPA("x", g=5 * nS, t_decay=5 * ms))
    busy.compartments["dend"].noise(tau=10 * ms, sigma=1 * pA)
    np.testing.assert_array_equal(passive(busy).resistance, plain.resistance)
    np.testing.assert_array_equal(passive(busy).time_constants, plain.time_constants)


def test_values_are_those_that_the_model_has_now():
    model = pair()
    model.parameters["g_dend_soma"] = 0 * nS
    model.parameters["gL_dend"] = 4 * nS
    cell = passive(model)
    np.testing.assert_allclose(cell.resistance / Mohm, np.diag([200, 250]))
    assert cell.leak[1] == 4 * nS
    assert cell.couplings == {("soma", "dend"): 0 * nS}
    assert cell.electrotonic_distance[0, 1] == np.inf
    with pytest.raises(InvalidValueError, match="a coupling between them is 0"):
        cell.cutoff_frequency("soma", "dend")


def test_the_root_is_the_first_soma_or_the_first_compartment():
    one, other, soma = (
        kind(name, cm_abs=1 * pF, gl_abs=1 * nS)
        for kind, name in [(Dendrite, "a"), (Compartment, "b"), (Soma, "s")]
    )
    chain = [(one, other, 1 * nS), (other, soma, 1 * nS)]
    assert passive(NeuronModel(chain)).root == "s"
    assert passive(NeuronModel(chain[:1])).root == "a"


def test_all_that_is_missing_is_said_at_once():
    soma = Soma("soma", length=20 * um, diameter=20 * um, cm=1 * uF / cm**2)
    dend = Dendrite("dend", gl_abs=3 * nS)
    model = NeuronModel([(soma, dend, 8 * nS)])
    with pytest.raises(AssemblyError) as caught:
        passive(model)
    assert len(caught.value.problems) == 2
    assert "C_dend (membrane capacitance, farad) is not given: give" in str(
        caught.value
    )
    assert "gL_soma (leak conductance, siemens) is not given: give" in str(caught.value)
    model.parameters.update({"C_dend": 50 * pF, "gL_soma": 5 * nS})
    assert passive(model).input_resistance("soma") / Mohm == pytest.approx(
        1e3 / (G1 + G * G2 / (G + G2))
    )
    # Others may be missing.
    assert model.parameters["EL_soma"] is None


def test_a_membrane_without_a_constant_leak_is_refused():
    quadratic = Izhikevich(
        k=0.7 * nS / mV, vr=-60 * mV, vt=-40 * mV, a=0.03 / ms, b=-2 * nS
    )
    for membrane in (quadratic, "dV{0}/dt = (gL2{0}*(E{0} - V{0}) + I{0})/C{0} : volt"):
        model = PointNeuronModel(membrane, cm_abs=100 * pF, gl_abs=5 * nS)
        with pytest.raises(AssemblyError, match="no equation contains gL:"):
            passive(model)
    model = pair()
    model.add_equations("gL_dend = 3*nS*(1 + t/second) : siemens")
    with pytest.raises(AssemblyError, match="gL_dend is a variable of the model"):
        passive(model)


@pytest.mark.parametrize("wrong", [None, 5 * nS, Dendrite("dend"), "soma"], ids=str)
def test_what_is_no_model_is_refused(wrong):
    with pytest.raises(UnitError, match="expected a NeuronModel or a PointNeuronModel"):
        passive(wrong)


# -- no leak -----------------------------------------------------------------------


def test_a_leak_anywhere_is_enough():
    cell = PassiveCell("ab", [100, 50] * pF, [0, 3] * nS, {("a", "b"): 8 * nS})
    assert cell.input_resistance("b") * nS == pytest.approx(1 / 3)
    assert cell.input_resistance("a") * nS == pytest.approx(1 / 3 + 1 / 8)
    assert cell.membrane_time_constants[0] == np.inf * second


def test_without_a_leak_resistances_are_infinite_and_the_rest_is_not():
    cell = PassiveCell(
        "abcd",
        [100, 50, 100, 10] * pF,
        [0, 0, 5, 0] * nS,
        {("a", "b"): 8 * nS, ("c", "d"): 1 * nS, ("b", "c"): 0 * nS},
    )
    for ask in (
        lambda: cell.resistance,
        cell.input_resistance,
        lambda: cell.attenuation,
        lambda: cell.impedance([0, 10] * Hz),
        lambda: cell.attenuation_at(0 * Hz),
        lambda: cell.cutoff_frequency("c"),
        lambda: cell.steady_state({"a": 1 * pA}),
    ):
        with pytest.raises(InvalidValueError, match="of 'a', 'b' is infinite"):
            ask()
    assert cell.time_constants[0] == np.inf * second
    # A coupling and two capacitances in series
    fast = 100 * 50 / (100 + 50) / 8
    assert np.any(np.isclose(cell.time_constants / ms, fast, rtol=1e-9))
    # Both charge together, for ever: 1 pA into 150 pF, after the step at a.
    slope = np.diff(cell.step_response({"a": 1 * pA}, [1, 2] * second), axis=0)[0]
    np.testing.assert_allclose(slope[:2] / volt, 1 / 150, rtol=1e-9)
    assert cell.impedance(10 * Hz).shape == (4, 4)
    assert cell.largest_stable_dt("euler") / ms == pytest.approx(
        2 / ((8 / 100) + (8 / 50))
    )
    # What rounding makes of a rate of 0 is neither large nor negative.
    chain = {("a", "b"): 1.1 * nS, ("b", "c"): 2.3 * nS, ("c", "d"): 0.7 * nS}
    for C in (np.arange(1, 5) * 0.3, np.arange(4, 0, -1) ** 2.5):
        slow, *others = PassiveCell(
            "abcd", C * pF, np.zeros(4) * nS, chain
        ).time_constants
        assert slow == np.inf * second
        assert max(others) < 1 * second
    alone = PassiveCell("a", [1] * pF, [0] * nS, {})
    assert alone.largest_stable_dt("euler") == np.inf * second
    assert alone.time_constants == np.inf * second


def test_leaks_that_are_lost_in_rounding_are_refused():
    cell = PassiveCell("ab", [1, 1] * pF, [1e-12, 0] * nS, {("a", "b"): 1 * mA / mV})
    with pytest.raises(InvalidValueError, match="the leaks are lost in rounding"):
        _ = cell.resistance


# -- arguments ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("aa", [1, 1] * pF, [1, 1] * nS, {}), NameConflictError, "different names"),
        (((), [] * pF, [] * nS, {}), NameConflictError, "different names"),
        (("ab", [1, 1] * nS, [1, 1] * nS, {}), UnitError, "capacitance"),
        (("ab", [1, 0] * pF, [1, 1] * nS, {}), InvalidValueError, "capacitance"),
        (("ab", [1, 1] * pF, [1, -1] * nS, {}), InvalidValueError, "leak"),
        (("ab", [1, 1] * pF, [1] * nS, {}), InvalidValueError, "expected 2 values"),
        (("ab", 1 * pF, [1, 1] * nS, {}), InvalidValueError, "expected 2 values"),
        (
            ("ab", [1, 1] * pF, [1, 1] * nS, {("a", "c"): 1 * nS}),
            UnknownNameError,
            "no compartment 'c'",
        ),
        (("ab", [1, 1] * pF, [1, 1] * nS, {("a", "b"): 1 * pF}), UnitError, "coupling"),
        (
            ("ab", [1, 1] * pF, [1, 1] * nS, {("a", "b"): -1 * nS}),
            InvalidValueError,
            "coupling of 'a' and 'b'",
        ),
        (
            ("ab", [1, 1] * pF, [1, 1] * nS, {("a", "a"): 1 * nS}),
            GraphError,
            "are one compartment",
        ),
        (
            ("ab", [1, 1] * pF, [1, 1] * nS, {("a", "b"): 1 * nS, ("b", "a"): 1 * nS}),
            GraphError,
            "coupled twice",
        ),
        (("ab", [1, 1] * pF, [1, 1] * nS, {}, "c"), UnknownNameError, "'c'"),
    ],
)
def test_wrong_cells_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        PassiveCell(*arguments)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda c: c.input_resistance("sona"), UnknownNameError, "mean 'soma'"),
        (lambda c: c.transfer_resistance("soma", "den"), UnknownNameError, "'dend'"),
        (lambda c: c.impedance(5 * ms), UnitError, "frequency: .* got 5. ms"),
        (lambda c: c.impedance(-5 * Hz), InvalidValueError, "frequency"),
        (lambda c: c.attenuation_at([1, np.nan] * Hz), InvalidValueError, "frequency"),
        (lambda c: c.steady_state(5 * pA), UnitError, "expected a dict such as"),
        (lambda c: c.steady_state({"soma": 5 * mV}), UnitError, "soma: expected"),
        (lambda c: c.steady_state({"x": 5 * pA}), UnknownNameError, "'x'"),
        (lambda c: c.step_response({}, -1 * ms), InvalidValueError, "times"),
        (lambda c: c.largest_stable_dt("eular"), UnknownNameError, "mean 'euler'"),
        (lambda c: c.plot(frequency=1 * ms), UnitError, "frequency"),
    ],
)
def test_wrong_questions_are_refused(ask, error, message):
    with pytest.raises(error, match=message):
        ask(passive(pair()))


def test_implicit_methods_are_stable_at_any_step():
    cell = passive(pair())
    for method in ("crank_nicolson", "implicit_euler", "exponential_euler"):
        assert cell.largest_stable_dt(method) == np.inf * second


def test_shapes_follow_those_of_frequencies_and_times():
    cell = passive(pair())
    assert cell.impedance(1 * Hz).shape == (2, 2)
    assert cell.impedance([1] * Hz).shape == (1, 2, 2)
    assert cell.attenuation_at([1, 2, 3] * Hz).shape == (3, 2, 2)
    assert cell.phase([1, 2, 3] * Hz).shape == (3, 2, 2)
    assert cell.step_response({"soma": 1 * pA}, 1 * ms).shape == (2,)
    assert cell.step_response({"soma": 1 * pA}, [1, 2, 3] * ms).shape == (3, 2)
    Z = cell.impedance([1, 7] * Hz)
    np.testing.assert_allclose(Z[1] / ohm, cell.impedance(7 * Hz) / ohm)


@pytest.mark.parametrize(
    "travel", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy]
)
def test_cells_travel_and_cannot_be_changed(travel):
    cell = passive(pair())
    _ = cell.resistance, cell.time_constants
    other = travel(cell)
    assert str(other) == str(cell)
    with pytest.raises(AttributeError):
        cell.leak = [1, 1] * nS
    for array in (cell.leak, cell.capacitance, cell.conductance, cell.resistance):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0 * array[0]


# -- many lanes --------------------------------------------------------------------


def test_arrays_hold_many_cells_of_one_graph():
    random = np.random.default_rng(6)
    C, leaks = random.uniform(1, 10, (2, 5, 3))
    g = random.uniform(1, 10, 5)
    many = conductance_matrix(leaks, [(0, 1, g), (1, 2, 4.0)])
    assert many.shape == (5, 3, 3)
    rates, modes = relaxation(C, many)
    for lane in range(5):
        edges = [(0, 1, g[lane]), (1, 2, 4.0)]
        G = conductance_matrix(leaks[lane], edges)
        np.testing.assert_array_equal(G, many[lane])
        R = np.linalg.inv(G)
        near = {"rtol": ROUNDING}
        np.testing.assert_allclose(input_resistance(many, 1)[lane], R[1, 1], **near)
        ratio = R[2, 0] / R[2, 2]
        np.testing.assert_allclose(voltage_ratio(many, 2, 0)[lane], ratio, **near)
        np.testing.assert_allclose(decay_rates(C, many)[lane], rates[lane], **near)
        slow, fast = rates[lane, [0, -1]]
        assert 2 / fast == pytest.approx(
            largest_stable_dt(C[lane], leaks[lane], edges, "euler"), rel=ROUNDING
        )
        charge = modes[lane].T @ np.diag(C[lane]) @ modes[lane]
        np.testing.assert_allclose(charge, np.eye(3), atol=ROUNDING)
        assert slow > 0
    # One leak for all lanes, and lanes of couplings alone, in two dimensions
    grid = conductance_matrix(leaks[0], [(0, 1, np.ones((4, 2)))])
    assert grid.shape == (4, 2, 3, 3)
    assert input_resistance(conductance_matrix([2.0], []), 0) == 0.5
