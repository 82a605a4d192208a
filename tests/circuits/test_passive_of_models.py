"""Models, leaks and arguments that `passive` accepts and refuses."""

import copy
import pickle

import numpy as np
import pytest
from brian2 import (
    Hz,
    Mohm,
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
    volt,
)
from helpers.circuits import G1, G2, ROUNDING, G, pair

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
    conductance_matrix,
    decay_rates,
    input_resistance,
    largest_stable_dt,
    relaxation,
    voltage_ratio,
)

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
    with pytest.raises(InvalidValueError, match="they are lost in rounding"):
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
