"""Models against ranges."""

import pytest
from brian2 import Mohm, ms, mV, nS, pA, pF

from dendrisyn import (
    AMPA,
    Dendrite,
    InvalidValueError,
    NeuronModel,
    Soma,
    UnitError,
    UnknownNameError,
    measure,
    validate,
)
from dendrisyn.measure.validation import MEASUREMENTS


def cell():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=20 * pF, gl_abs=1 * nS, v_rest=-70 * mV)
    dend.add(AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=2 * ms))
    dend.dspikes(
        "Na",
        threshold=-40 * mV,
        g_rise=5 * nS,
        duration_rise=1 * ms,
        reversal_rise="E_Na",
        refractory=5 * ms,
    )
    return NeuronModel([(soma, dend, 5 * nS)])


def leak(model):
    return model.parameters["gL_soma"]


def test_pass_and_fail():
    # 1/(5 nS + 1/(1/5 nS + 1/1 nS))
    found = validate(
        cell(),
        {
            "input_resistance": (170, 171) * Mohm,
            ("input_resistance", "dend"): (1, 2) * Mohm,
            "sag": (0, 0.01),
            leak: (5, 5) * nS,
        },
    )
    assert [each.passed for each in found] == [False, False, True, True]
    assert not found
    assert not found.passed
    assert [each.name for each in found.failed] == [
        "input_resistance",
        "input_resistance dend",
    ]
    assert found.checks[0].value / Mohm == pytest.approx(1000 / (5 + 5 / 6), rel=1e-5)
    lines = str(found).splitlines()
    assert lines[0] == "Validation: 2 of 4 passed"
    assert lines[3].split()[:4] == ["FAIL", "input_resistance", "171.4", "Mohm"]
    assert lines[6].split()[:3] == ["pass", "leak", "5"]
    assert "<td>FAIL</td><td>input_resistance dend</td>" in found._repr_html_()
    assert validate(cell(), {"input_resistance": (171, 172) * Mohm})


def test_every_measurement_can_be_asked_for():
    arguments = {"attenuation": ["dend"], "backward_attenuation": ["dend"]}
    for name in MEASUREMENTS:
        if name.startswith("psp"):
            arguments[name] = ["AMPA_x_dend"]
        if name.startswith("dendritic"):
            arguments[name] = ["spike_Na_dend"]
    spiking = {
        "threshold": "V_soma > -50*mV",
        "reset": "V_soma = -60*mV",
        "dt": 0.5 * ms,
    }
    model = cell()
    for name, (function, result) in MEASUREMENTS.items():
        more = arguments.get(name, [])
        value = getattr(getattr(measure, function)(model, *more, **spiking), result)
        found = validate(model, {(name, *more): (value, value)}, **spiking)
        assert found, found


def test_what_cannot_be_measured_has_failed():
    found = validate(cell(), {"rheobase": (1, 100) * pA})
    assert not found
    assert "threshold" in str(found)


@pytest.mark.parametrize(
    ("ranges", "kind", "text"),
    [
        ({}, UnitError, "ranges: expected a dict"),
        ([1], UnitError, "ranges: expected a dict"),
        ({"resistance": (1, 2)}, UnknownNameError, "no measurement 'resistance'.*inp"),
        ({"input_resistance": 3 * Mohm}, UnitError, "a lowest and a highest value"),
        ({"input_resistance": (1 * Mohm, 2 * mV)}, UnitError, "of different units"),
        ({"input_resistance": (3, 2) * Mohm}, InvalidValueError, "is above"),
        ({"input_resistance": (1, 2) * mV}, UnitError, "expected a range in ohm"),
        ({("psp", "GABA_x"): (1, 2) * mV}, UnknownNameError, "no receptor 'GABA_x'"),
    ],
)
def test_wrong_arguments(ranges, kind, text):
    with pytest.raises(kind, match=text):
        validate(cell(), ranges)
