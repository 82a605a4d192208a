"""Models and spikes that the playground takes, and errors where it is made."""

import pytest
from brian2 import ms, mV, nS, pA, pF
from helpers.tuned_cells import SPIKE, two_compartments

from dendrisyn import Dendrite, Izhikevich, NeuronModel, Soma
from dendrisyn.errors import (
    AssemblyError,
    InvalidValueError,
    UnitError,
    UnknownNameError,
)
from dendrisyn.playground import Playground


def three_spikes():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    one, other = (
        Dendrite(name, cm_abs=80 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
        for name in ("one", "other")
    )
    one.dspikes("Na", **SPIKE)
    other.dspikes("Na", **{**SPIKE, "g_rise": 10 * nS})
    other.dspikes("Ca", **{**SPIKE, "g_rise": 5 * nS})
    return NeuronModel([(soma, one, 2 * nS), (soma, other, 2 * nS)])


def test_the_spike_is_named_by_its_event_or_its_name():
    model = three_spikes()
    assert Playground(model, "spike_Na_other").values["g_rise"] == 10 * nS
    assert Playground(model, "Ca").values["g_rise"] == 5 * nS
    tuned = Playground(model, "spike_Na_one")
    tuned.set(g_rise=12 * nS)
    after = tuned.model().parameters
    assert after["g_rise_max_Na_one"] == 12 * nS
    assert after["g_rise_max_Na_other"] == 10 * nS


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"model": three_spikes}, UnknownNameError, "several.*spike_Na_one"),
        ({"model": three_spikes, "spike": "Na"}, UnknownNameError, "several.*Name one"),
        (
            {"model": three_spikes, "spike": "spike_Ca_one"},
            UnknownNameError,
            "Did you mean 'spike_Na_one'",
        ),
        (
            {"model": lambda: NeuronModel([Dendrite("d")])},
            UnknownNameError,
            "no dendritic spike. Add one",
        ),
        ({"model": lambda: "trunk"}, UnitError, "expected a NeuronModel"),
        ({"spike": "Na"}, InvalidValueError, "need a model"),
        ({"model": two_compartments, "dt": 1 * mV}, UnitError, "dt: expected"),
        ({"model": two_compartments, "N": 3}, UnknownNameError, "no argument 'N'"),
        (
            {"model": two_compartments, "treshold": "V_soma > 0*mV"},
            UnknownNameError,
            "Did you mean 'threshold'",
        ),
        (
            {"model": two_compartments, "method": "eulr"},
            UnknownNameError,
            "Did you mean 'euler'",
        ),
        (
            {"model": lambda: NeuronModel([_lacking()])},
            AssemblyError,
            "C_d",
        ),
    ],
)
def test_errors_are_raised_where_the_playground_is_made(arguments, error, text):
    if "model" in arguments:
        arguments = {**arguments, "model": arguments["model"]()}
    with pytest.raises(error, match=f"(?s)Playground: .*{text}"):
        Playground(**arguments)


def _lacking():
    dend = Dendrite("d", v_rest=-70 * mV, gl_abs=1 * nS)
    dend.dspikes("Na", **SPIKE)
    return dend


def test_no_current_is_needed_for_a_threshold_below_rest():
    playground = Playground(two_compartments(threshold=-80 * mV))
    assert playground.values["current"] == 0 * pA


def test_a_membrane_without_a_leak_starts_at_a_default_current():
    membrane = Izhikevich(
        k=0.7 * nS / mV, vt=-40 * mV, a=0.03 / ms, b=-2 * nS, vr=-60 * mV
    )
    dend = Dendrite("dend", model=membrane, cm_abs=80 * pF, v_rest=-60 * mV)
    dend.dspikes("Na", **SPIKE)
    model = NeuronModel([dend])
    assert model.parameters["gL_dend"] is None
    playground = Playground(model)
    assert playground.slider_params["current"][2] == 120
    assert "gL" not in playground.model_params
