"""Values, sliders and the three dicts, and their errors."""

import numpy as np
import pytest
from brian2 import metre, ms, mV, nS, pF, siemens
from helpers.tuned_cells import SHORT, SPIKE, short, two_compartments

from dendrisyn.errors import InvalidValueError, UnitError, UnknownNameError
from dendrisyn.playground import Playground
from dendrisyn.playground.controls import around


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ({"g_rise": 10 * mV}, UnitError, "g_rise: expected a value in siemens"),
        ({"g_rise": 10}, UnitError, r"such as .+nS\), got 10\."),
        ({"g_rize": 1 * nS}, UnknownNameError, "Did you mean 'g_rise'"),
        ({"g_rise": -1 * nS}, InvalidValueError, "expected 0.nS to 60.nS, got -1.nS"),
        ({"reversal_rise": 80 * mV}, InvalidValueError, "70.mV or 136.mV"),
        ({"C": 0 * pF}, InvalidValueError, "C: must be positive"),
        ({"EL": np.nan * mV}, InvalidValueError, "EL: expected a finite"),
        ({"g_rise": [1, 2] * nS}, InvalidValueError, "expected one value"),
        ({"g_rise": "10*nS"}, UnitError, r"such as .+nS\), got '10\*nS'"),
        ({"g_rise": None}, UnitError, r"such as .+nS\), got None"),
        ({"stim_time": -1 * ms}, InvalidValueError, "stim_time: must not be neg"),
        (dict.fromkeys(SHORT, 0 * ms), InvalidValueError, "all durations are 0"),
    ],
)
@pytest.mark.parametrize("method", ["set", "simulate"])
def test_a_wrong_value_is_refused(playground, method, values, error, text):
    before, traces = playground.values, playground.traces
    with pytest.raises(error, match=text):
        getattr(playground, method)(threshold=-50 * mV, **values)
    assert playground.values == before
    assert playground.traces is traces


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"g_rize": [0, 1, 1, 1, nS]}, UnknownNameError, "Did you mean 'g_rise'"),
        ({"g_rise": [0, 1]}, UnitError, r"g_rise: expected \[minimum"),
        ({"g_rise": "0 to 1"}, UnitError, r"g_rise: expected \[minimum"),
        ({"g_rise": [0, 40, 20, 1, mV]}, UnitError, "a value in siemens"),
        ({"g_rise": [0, 40, 20, 1, 1]}, UnitError, "must be a unit"),
        ({"g_rise": [0, 40 * nS, 20, 1, nS]}, UnitError, "expected numbers"),
        ({"g_rise": [0, 40, 41, 1, nS]}, InvalidValueError, "between 0 and 40"),
        ({"g_rise": [40, 0, 20, 1, nS]}, InvalidValueError, "minimum must be below"),
        ({"g_rise": [-1, 40, 20, 1, nS]}, InvalidValueError, "negative"),
        ({"g_rise": [0, 40, 20, 0, nS]}, InvalidValueError, "step must be positive"),
        ({"g_rise": [0, np.inf, 20, 1, nS]}, InvalidValueError, "finite"),
        ({"g_rise": [0, 40, 20, (10, 30), nS]}, InvalidValueError, "one of"),
        ({"g_rise": [0, 40, 20, (20, 50), nS]}, InvalidValueError, "all of the"),
        ({"g_rise": [0, 40, 20, 1, -nS]}, InvalidValueError, "must be positive"),
        (3, UnitError, "expected a dict"),
    ],
)
def test_a_wrong_slider_is_refused(given, error, text):
    playground = Playground()
    before = repr(playground.slider_params)
    with pytest.raises(error, match=f"set_slider_params: .*{text}"):
        playground.set_slider_params(
            given if given == 3 else {"threshold": [-60, 0, -30, 1, mV], **given}
        )
    assert repr(playground.slider_params) == before


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"c": 1 * pF}, UnknownNameError, "Did you mean 'C'"),
        ({"threshold": -30 * mV}, UnknownNameError, "'threshold'"),
        ({"C": 1 * nS}, UnitError, "C: expected a value in farad"),
        ({"C": -1 * pF}, InvalidValueError, "C: must be positive"),
        ({"gL": 1 * siemens / metre**2}, UnitError, "gL: expected a value in siemens"),
        ({"gL_dend": 1 * nS}, UnknownNameError, "gL"),
        (None, UnitError, "expected a dict"),
    ],
)
def test_a_wrong_value_of_the_cell_is_refused(given, error, text):
    playground = Playground()
    before = dict(playground.model_params)
    with pytest.raises(error, match=f"set_model_params: .*{text}"):
        playground.set_model_params(given and {"EL": -60 * mV, **given})
    assert playground.model_params == before


def test_the_dicts_may_be_changed_and_are_kept_up_to_date():
    playground = short(two_compartments())
    playground.set(g_rise=22 * nS, C=9 * pF)
    assert playground.model_params["g_rise"] == 22 * nS
    assert playground.model_params["C"] == 9 * pF
    playground.simulation_params["stim_time"] = 12 * ms
    assert len(playground.traces.t) == 170
    assert playground.values["g_rise"] == 22 * nS
    playground.simulation_params = {"stim_time": 3 * ms}
    assert len(playground.traces.t) == 580  # 5 and 50 ms are the defaults
    playground.set_slider_params({"g_rise": [0, 50, 31, 1, nS]})
    assert playground.values["g_rise"] == 31 * nS
    playground.reset()
    assert playground.values["C"] == two_compartments().parameters["C_trunk"]
    assert playground.simulation_params["stim_time"] == 3 * ms
    playground.simulation_params["stim"] = 3 * ms
    with pytest.raises(UnknownNameError, match="Did you mean 'stim_time'"):
        playground.run()


def test_setting_the_same_values_simulates_nothing(playground):
    traces = playground.traces
    playground.set(g_rise=20 * nS)
    assert playground.traces is traces


def test_sliders_start_at_the_value_of_the_model_to_the_last_digit():
    g = 20.0000000000007 * nS
    playground = Playground(two_compartments(g_rise=g))
    assert playground.slider_params["g_rise"][2] == 20
    assert playground.values["g_rise"] == g


def test_reset_restores_the_last_model_params():
    playground = short(two_compartments())
    playground.set(C=9 * pF)
    playground.set_model_params({"C": 9 * pF})
    playground.set(C=8 * pF)
    playground.reset()
    assert playground.values["C"] == 9 * pF


def test_a_name_in_a_dict_that_does_not_exist_is_refused():
    for name in ("slider_params", "model_params", "simulation_params"):
        playground = short(two_compartments())
        values = playground.values
        getattr(playground, name)["g_rize"] = [0, 50, 31, 1, nS]
        with pytest.raises(UnknownNameError, match=r"there is no \w+ 'g_rize'"):
            playground.set(g_rise=25 * nS)
        del getattr(playground, name)["g_rize"]
        assert playground.values == values


def test_a_value_without_a_slider_is_that_of_the_model():
    playground = short(two_compartments())
    del playground.slider_params["g_fall"]
    assert playground.arguments()["g_fall"] == SPIKE["g_fall"]
    assert "g_fall=15*nS" in playground.code()


def test_the_class_and_other_playgrounds_stay_as_they_are():
    one = Playground()
    one.set_slider_params({"g_rise": [0, 50, 31, 1, nS]})
    one.slider_params["g_fall"][2] = 7
    one.set_model_params({"C": 100 * pF})
    other = Playground()
    assert other.slider_params["g_rise"] == Playground.SLIDER_PARAMS["g_rise"]
    assert other.slider_params["g_fall"][2] == 20
    assert other.model_params["C"] == 80 * pF
    assert one.values["g_fall"] == 7 * nS
    assert one.model().parameters["C_dend"] == 100 * pF


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (20 * nS, [0, 60, 20, 1, nS]),
        (0 * nS, [0, 40, 0, 0.5, nS]),
        (0.3 * nS, [0, 0.9, 0.3, 0.01, nS]),
        (1.25 * nS, [0, 4, 1.25, 0.05, nS]),
        (250 * nS, [0, 800, 250, 10, nS]),
    ],
)
def test_a_slider_has_room_around_its_value(value, expected):
    assert around([0, 40, 20, 0.5, nS], value) == expected


def test_a_slider_reaches_any_reversal_potential():
    given = Playground.SLIDER_PARAMS["reversal_rise"]
    assert around(given, 136 * mV)[:4] == [70, 136, 136, (70, 136)]
    low, high, number, step, _ = around(given, -10 * mV)
    assert low < -10 < high
    assert number == -10
    assert step == 2
