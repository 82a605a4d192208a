"""Cells that are slow, that have no leak, that adapt; names and settings."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, ohm, pA, pF, prefs, second

from dendrisyn import (
    AdEx,
    Dendrite,
    InvalidValueError,
    NeuronModel,
    Soma,
    UnitError,
    measure,
    passive,
    validate,
)

#: A steady voltage does not depend on the step; and these cells are slow.
DT = 1 * ms


def two(soma=(100, 5), dend=(20, 1), name="dend", **membrane):
    """Return a cell of two compartments: capacitances (pF) and leaks (nS)."""
    one, other = (
        kind(label, cm_abs=C * pF, gl_abs=g * nS, v_rest=-70 * mV, **more)
        for kind, label, (C, g), more in [
            (Soma, "soma", soma, membrane),
            (Dendrite, name, dend, {}),
        ]
    )
    return NeuronModel([(one, other, 10 * nS)])


def test_a_compartment_without_leak_makes_the_cell_slower_than_any():
    # 200 ms, where the soma by itself has 1 ms
    model = two(soma=(10, 10), dend=(1000, 0))
    cell = passive(model)
    found = measure.input_resistance(model, dt=DT)
    # 14 time constants: 8e-7 is left
    right = cell.input_resistance("soma")
    assert found.resistance / ohm == pytest.approx(right / ohm, rel=2e-6)
    found = measure.attenuation(model, "soma", "dend", dt=DT)
    assert found.forward == pytest.approx(1, rel=2e-6)
    assert found.backward == pytest.approx(cell.attenuation[1, 0], rel=2e-6)


def test_some_points_without_a_leak():
    leaks = [0, 5] * nS
    found = measure.input_resistance(two(), vary={"gL_soma": leaks}, dt=DT)
    for value, leak in zip(found.resistance, (0, 5), strict=True):
        right = passive(two(soma=(100, leak))).input_resistance("soma")
        assert value / ohm == pytest.approx(right / ohm, rel=1e-5)


def test_a_slow_membrane():
    model = two(soma=(800, 1), dend=(800, 1))
    found = measure.input_resistance(model, dt=5 * DT)
    right = passive(model).input_resistance("soma")
    assert found.resistance / ohm == pytest.approx(right / ohm, rel=2e-6)


def test_adaptation_slower_than_the_membrane():
    adex = AdEx(a=10 * nS, tauw=300 * ms, DeltaT=2 * mV, Vth=0 * mV)
    soma = Soma("soma", model=adex, cm_abs=100 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    found = measure.input_resistance(NeuronModel([soma]), dt=DT)
    # the leak and a, of which the voltage is 1e-5 away at most; the upstroke is 1e-15
    assert found.resistance / ohm == pytest.approx(1 / 20e-9, rel=2e-5)
    assert found.sag > 0.4


@pytest.mark.parametrize(
    "call",
    [
        lambda m: measure.input_resistance(m, dt=5 * DT),
        lambda m: measure.attenuation(m, "dend", dt=5 * DT),
    ],
)
def test_nothing_is_steady_without_a_leak(call):
    with pytest.raises(InvalidValueError, match=r"is not steady after .* leak"):
        call(two(soma=(100, 0), dend=(20, 0)))


def test_the_decay_of_a_cell_without_leak():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=0 * nS, v_rest=-70 * mV)
    with pytest.raises(InvalidValueError, match="does not decay"):
        measure.time_constant(NeuronModel([soma]), dt=DT)


def test_a_duration_that_is_given_is_kept():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=0 * nS, v_rest=-70 * mV)
    model = NeuronModel([soma])
    found = measure.input_resistance(model, duration=100 * ms, current=1 * pA)
    # the charge over the capacitance
    assert found.deflection / mV == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("name", ["injected", "a_injected", "injectedx"])
def test_compartments_called_like_an_injection(name):
    found = measure.attenuation(two(name=name), name, dt=DT)
    # 10 nS over these and the leak of 5 nS
    assert found.forward == pytest.approx(10 / 15, rel=2e-6)


def test_a_current_of_the_users_called_like_an_injection():
    model = two()
    model.compartments["soma"].add_equations(
        "I_injected_soma = a_injected_soma*2 : amp\na_injected_soma : amp",
        currents=["I_injected_soma"],
    )
    found = measure.attenuation(model, "dend", dt=DT)
    assert found.forward == pytest.approx(10 / 15, rel=2e-6)


def test_doubles_whatever_the_user_prefers():
    before = prefs.core.default_float_dtype
    right = measure.input_resistance(two(), dt=DT).resistance
    prefs.core.default_float_dtype = np.float32
    try:
        found = measure.input_resistance(two(), dt=DT)
        assert prefs.core.default_float_dtype is np.float32
    finally:
        prefs.core.default_float_dtype = before
    assert found.resistance == right


def test_a_step_longer_than_the_measurement():
    for each in (measure.input_resistance, measure.time_constant):
        with pytest.raises(InvalidValueError, match="at least one time step"):
            each(two(), dt=2 * second)
    with pytest.raises(UnitError, match="namespace: expected a dict such as"):
        measure.input_resistance(two(), namespace=3)


@pytest.mark.parametrize(
    ("key", "given", "conditions", "text"),
    [
        ("attenuation", (0, 1), {}, "missing a required argument: 'source'"),
        ("input_resistance", ("a", "b"), {}, "expected two numbers with units"),
        (lambda model: [1, 2] * mV, (0, 1) * mV, {}, "expected one value, got"),
        (lambda model: None, (0, 1), {}, "expected one value, got None"),
        (
            "input_resistance",
            (0, 1) * ohm,
            {"vary": {"gL_soma": [1, 2] * nS}, "dt": DT},
            "expected one value, got",
        ),
    ],
)
def test_ranges_of_what_is_no_number(key, given, conditions, text):
    with pytest.raises(UnitError, match=text):
        validate(two(), {key: given}, **conditions)
