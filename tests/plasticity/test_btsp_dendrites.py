"""BTSP on dendrites; bounds of weights, and values that are refused."""

import gc

import brian2
import numpy as np
import pytest
from brian2 import Hz, Network, StateMonitor, defaultclock, ms, mV, nS, pA, pF, second
from brian2.utils.logger import catch_logs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dendrisyn import (
    AMPA,
    BTSP,
    NMDA,
    Dendrite,
    InvalidValueError,
    NeuronModel,
    PlateauSignal,
    Soma,
    UnitError,
)

from .btsp_synapses import STARTS, TEN, follow
from .helpers import source


# -- bounds ----------------------------------------------------------------------------
@settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    fields=st.fixed_dictionaries(
        {
            "w_min": st.floats(-3, 0.5),
            "w_max": st.floats(0.6, 5),
            "gate": st.sampled_from(["", "-2.5", "30", "cos(t/ms)"]),
            "eligibility": st.floats(0, 3),
            "k_plus": st.floats(0, 1e4).map(lambda value: value * Hz),
            "k_minus": st.floats(0, 1e4).map(lambda value: value * Hz),
            "alpha_plus": st.floats(0, 1),
            "alpha_minus": st.floats(0, 1),
            "beta_plus": st.floats(0.1, 700),
            "beta_minus": st.floats(0.1, 700),
        }
    ),
    start=st.sampled_from([0, 0.3, 1]),
    key=st.integers(0, 99),
)
def test_no_train_takes_a_weight_out_of_its_bounds(fields, start, key):
    plateau = PlateauSignal(threshold=-40 * mV, tau=100 * ms, duration=30 * ms)
    rule = BTSP(plateau=plateau, **fields)
    rng = np.random.default_rng(key)
    begin = min(rule.w_min + start * (rule.w_max - rule.w_min), rule.w_max)
    trains = [np.flatnonzero(rng.random(200) < 0.1) * 1e-3 for _ in range(3)]
    plateaus = [(t, t + 0.03) for t in rng.uniform(0, 0.2, 3)]
    weights, _ = follow(rule, trains, [begin], plateaus, 0.25, step=1)
    assert (weights >= rule.w_min).all()  # NaN is not
    assert (weights <= rule.w_max).all()


# -- dendrites -------------------------------------------------------------------------
def cell(rule, g=0):
    """A soma with dendrites a and b, each with a signal and a plastic receptor."""
    passive = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -70 * mV}
    soma, parts = Soma("soma", **passive), []
    for name in "ab":
        dend = Dendrite(name, **passive)
        dend.add(
            AMPA("x", g=0.1 * nS, t_decay=2 * ms),
            NMDA("strong", g=g * nS, t_rise=2 * ms, t_decay=60 * ms),
            rule.plateau,
        )
        parts.append((soma, dend, 3 * nS))
    return NeuronModel(parts)


def learn(rule, g=0, current=0):
    """Weights on a and b, after strong input to a or a current into it at 2 s.

    The plastic inputs are active 1 s before that. Also for how long (ms) the voltage of
    each is above the threshold.
    """
    defaultclock.dt = 0.5 * ms
    model = cell(rule, g)
    group = model.make_neurongroup(
        1, threshold="V_soma > -50*mV", reset="V_soma=-60*mV"
    )
    inputs = source([1000 + 1e3 * TEN, np.arange(2000, 2100, 5)])
    strong = model.projection("NMDA_strong_a").synapses(inputs, group)
    strong.connect(i=1, j=0)
    parts = []
    for name in "ab":
        projection = model.projection(f"AMPA_x_{name}", weight=0.1, plasticity=rule)
        parts.append(projection.synapses(inputs, group))
        parts[-1].connect(i=0, j=0)
    voltages = StateMonitor(group, ["V_a", "V_b"], record=0)
    network = Network(group, inputs, strong, *parts, voltages)
    network.run(2 * second)
    group.I_ext_a = current * pA
    network.run(300 * ms)
    group.I_ext_a = 0 * pA
    network.run(1.2 * second)
    above = [
        np.sum(each[0] > rule.plateau.threshold) * 0.5
        for each in (voltages.V_a, voltages.V_b)
    ]
    return [each.w[0] for each in parts], above


@pytest.mark.parametrize("drive", [{"g": 12}, {"current": 800}])
def test_a_plateau_is_of_its_own_dendrite(drive):
    """An NMDA plateau, or a current: inputs of the other dendrite learn nothing."""
    rule = BTSP(plateau=PlateauSignal(threshold=-35 * mV))
    (near, far), above = learn(rule, **drive)
    assert above[0] > 150
    assert above[1] == 0
    assert near > 0.18
    assert far == 0.1


def test_input_that_makes_no_plateau_moves_nothing():
    rule = BTSP(plateau=PlateauSignal(threshold=-35 * mV))
    weights, above = learn(rule, g=0.2, current=100)
    assert above == [0, 0]
    assert weights == [0.1, 0.1]


# -- making it -------------------------------------------------------------------------
def test_the_error_that_asks_for_a_signal_is_the_line_that_adds_it():
    rule = BTSP(plateau=PlateauSignal(threshold=-35 * mV, update=5 * ms))
    passive = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -70 * mV}
    soma, dend = Soma("soma", **passive), Dendrite("dend", **passive)
    dend.synapse("AMPA", tag="x", g=1 * nS, t_decay=2 * ms)
    model = NeuronModel([(soma, dend, 3 * nS)])
    with pytest.raises(InvalidValueError, match="BTSP needs a mechanism") as error:
        model.projection("AMPA_x_dend", plasticity=rule)
    line = str(error.value).split("add: ")[1]
    exec(line, {**vars(brian2), "model": model, "PlateauSignal": PlateauSignal})
    made = model.projection("AMPA_x_dend", plasticity=rule)
    assert made["on_event"] == {"post": "plateau_dend"}
    other = BTSP(plateau=PlateauSignal(threshold=-30 * mV, update=5 * ms))
    with pytest.raises(InvalidValueError, match="needs theta_IS_dend = -30"):
        model.projection("AMPA_x_dend", plasticity=other)


@pytest.mark.parametrize(
    ("error", "text", "fields"),
    [
        (UnitError, "plateau: expected PlateauSignal", {"plateau": -35 * mV}),
        (UnitError, "k_plus", {"k_plus": 1.1}),
        (InvalidValueError, "k_minus", {"k_minus": -1 * Hz}),
        (InvalidValueError, "beta_plus", {"beta_plus": 0}),
        (InvalidValueError, "w_max", {"w_max": 0}),
    ],
)
def test_what_makes_no_rule(error, text, fields):
    with pytest.raises(error, match=text):
        BTSP(**fields)


def test_brian2_has_nothing_to_say():
    rule = BTSP(plateau=PlateauSignal(threshold=-40 * mV))
    gc.collect()  # Brian2 warns of what other tests have left, when it is deleted
    with catch_logs() as warnings:
        follow(rule, [[0.1, 0.2], [0.15]], STARTS, [(0.2, 0.3)], 0.5)
    assert warnings == []
