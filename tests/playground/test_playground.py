"""Tuning dendritic spikes: one model behind a window, a notebook and plain calls."""

import gc
import re
import subprocess
import sys
from pathlib import Path

import brian2
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from brian2 import (
    BrianObject,
    Network,
    NeuronGroup,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
    uF,
    um,
    uS,
    volt,
)
from brian2.devices.device import get_device, reset_device, set_device

from dendrisyn import (
    AMPA,
    Dendrite,
    DendriticSpike,
    Izhikevich,
    NeuronModel,
    PointNeuronModel,
    Soma,
)
from dendrisyn.errors import (
    AssemblyError,
    DendrisynError,
    InvalidValueError,
    UnitError,
    UnknownNameError,
)
from dendrisyn.playground import Playground, Traces
from dendrisyn.playground.controls import around
from dendrisyn.playground.experiment import Experiment

#: Short enough for many tests, and two spikes of the cell below.
SHORT = {"idle_period": 1 * ms, "stim_time": 15 * ms, "post_stim_time": 4 * ms}

SPIKE = {
    "threshold": -40 * mV,
    "g_rise": 20 * nS,
    "g_fall": 15 * nS,
    "duration_rise": 1.2 * ms,
    "duration_fall": 2.4 * ms,
    "offset_fall": 0.3 * ms,
    "refractory": 5 * ms,
    "reversal_rise": "E_Na",
    "reversal_fall": "E_K",
}


def two_compartments(**changes):
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    trunk = Dendrite("trunk", length=100 * um, diameter=2.5 * um)
    trunk.dspikes("Na", **{**SPIKE, **changes})
    return NeuronModel(
        [(soma, trunk, 3 * nS)],
        cm=1 * uF / brian2.cm**2,
        gl=200 * uS / brian2.cm**2,
        v_rest=-65 * mV,
    )


def short(*arguments, **options):
    playground = Playground(*arguments, **options)
    playground.simulation_params.update(SHORT)
    return playground


@pytest.fixture(scope="module")
def made():
    """Return one playground for many tests."""
    brian2.prefs.codegen.target = "numpy"
    return short(two_compartments())


@pytest.fixture
def playground(made):
    made.reset()
    return made


@pytest.fixture(autouse=True)
def _without_a_screen():
    with matplotlib.rc_context():
        plt.switch_backend("agg")
        yield


def plain_run(model, current, **group):
    """Return the voltages of a model as a user of Brian2 would get them."""
    neuron = model.make_neurongroup(1, **group)
    monitor = StateMonitor(neuron, ["V_soma", "V_trunk"], record=True)
    network = Network(neuron, monitor)
    network.run(SHORT["idle_period"])
    neuron.I_ext_trunk = current
    network.run(SHORT["stim_time"])
    neuron.I_ext_trunk = 0 * pA
    network.run(SHORT["post_stim_time"])
    return {
        "soma": np.array(monitor.V_soma[0]),
        "trunk": np.array(monitor.V_trunk[0]),
        "t": np.array(monitor.t),
    }


def assert_same_voltages(traces, expected):
    # 1e-9 mV: rounding; constants are variables in the playground
    for name, voltage in traces.voltages.items():
        np.testing.assert_allclose(
            np.asarray(voltage), expected[name], rtol=0, atol=1e-12
        )
    np.testing.assert_allclose(np.asarray(traces.t), expected["t"], rtol=0, atol=1e-12)


# -- what is simulated -------------------------------------------------------------


def test_the_traces_are_those_of_a_group_of_the_model():
    model = two_compartments()
    traces = short(model).simulate(current=180 * pA)
    assert_same_voltages(traces, plain_run(model, 180 * pA))
    assert len(traces.spike_times) > 1


def test_tuned_values_reach_the_simulation_and_the_new_model(playground):
    playground.set(
        g_rise=25 * nS,
        threshold=-45 * mV,
        duration_fall=1 * ms,
        offset_fall=0.5 * ms,
        reversal_rise=136 * mV,
        refractory=7 * ms,
        EL=-68 * mV,
        C=9 * pF,
        current=180 * pA,
    )
    tuned = playground.model()
    assert_same_voltages(playground.traces, plain_run(tuned, 180 * pA))
    assert tuned.parameters["E_rise_Na_trunk"] == 136 * mV
    assert tuned.parameters["C_trunk"] == 9 * pF
    # what was not touched is as it was, to the last digit
    untouched = two_compartments().parameters
    for name in ("gL_trunk", "C_soma", "E_fall_Na_trunk", "duration_rise_Na_trunk"):
        assert tuned.parameters[name] == untouched[name]


def test_the_line_of_code_makes_the_spike(playground):
    playground.set(g_rise=25 * nS, duration_fall=1.05 * ms, reversal_rise=136 * mV)
    trunk = Dendrite("trunk")
    names = {name: getattr(brian2, name) for name in ("nS", "mV", "ms")}
    exec(playground.code(), {"trunk": trunk, **names})
    spike = trunk.mechanisms["spike_Na"]
    arguments = playground.arguments()
    assert arguments.keys() == SPIKE.keys()
    for name, value in {
        **SPIKE,
        "g_rise": 25 * nS,
        "duration_fall": 1.05 * ms,
        "reversal_rise": 136 * mV,
    }.items():
        assert getattr(spike, name) == value
        assert arguments[name] == value


def test_the_model_of_the_user_stays_as_it_is():
    model = two_compartments()
    before = dict(model.parameters), model.equations, repr(model.compartments)
    playground = short(model)
    playground.set(g_rise=25 * nS, EL=-60 * mV)
    for name in ("gL_trunk", "gL_soma"):
        playground.model().parameters[name] = 1 * nS
    after = dict(model.parameters), model.equations, repr(model.compartments)
    assert after == before
    model.parameters["C_soma"] = 1 * pF
    assert playground.values["g_rise"] == 25 * nS
    for name in ("gL_trunk", "gL_soma", "C_soma"):
        assert playground.model().parameters[name] == before[0][name]


def test_a_group_is_made_once_and_again_for_another_dt(monkeypatch):
    playground = short(two_compartments())
    made = []
    build = NeuronModel.make_neurongroup

    def counted(self, *arguments, **options):
        made.append(options)
        return build(self, *arguments, **options)

    monkeypatch.setattr(NeuronModel, "make_neurongroup", counted)
    for g in (20, 22, 24):
        playground.set(g_rise=g * nS)
    assert made == []  # it was there
    defaultclock.dt = 0.05 * ms
    traces = playground.simulate()
    assert len(made) == 1
    # the number of steps: exact
    assert len(traces.t) == round(float(sum(SHORT.values(), 0 * ms) / (0.05 * ms)))
    assert len(short(two_compartments(), dt=0.2 * ms).traces.t) == 100


def test_values_do_not_remember_those_before(playground):
    first = playground.simulate(g_rise=30 * nS, EL=-60 * mV)
    start = playground.traces
    again = playground.simulate(g_rise=30 * nS, EL=-60 * mV)
    for name in first.voltages:
        np.testing.assert_array_equal(first.voltages[name], again.voltages[name])
    playground.set(g_rise=30 * nS)
    playground.reset()
    np.testing.assert_array_equal(
        start.voltages["trunk"], playground.traces.voltages["trunk"]
    )


def test_action_potentials_are_simulated_and_counted():
    group = {
        "threshold": "V_soma > -50*mV",
        "reset": "V_soma = reset_to",
        "refractory": 3 * ms,
        "namespace": {"reset_to": -60 * mV},
    }
    model = two_compartments()
    playground = short(model, **group)
    traces = playground.simulate(current=90 * pA)
    assert_same_voltages(traces, plain_run(model, 90 * pA, **group))
    assert traces.measures.somatic_spikes == len(traces.somatic_spike_times) > 0
    second = {"second_reset": "V_soma = -60*mV", "spike_width": 0.5 * ms}
    assert short(model, **group, **second).measures.somatic_spikes is not None
    assert short(model).measures.somatic_spikes is None


def test_any_parameter_of_the_model_gets_a_box():
    playground = short(two_compartments())
    playground.set_model_params({"g_soma_trunk": 6 * nS, "gL_soma": 2 * nS})
    traces = playground.traces
    model = two_compartments()
    model.parameters["g_soma_trunk"] = 6 * nS
    model.parameters["gL_soma"] = 2 * nS
    assert_same_voltages(traces, plain_run(model, playground.values["current"]))
    playground.set(g_soma_trunk=4 * nS)
    assert playground.model().parameters["g_trunk_soma"] == 4 * nS


def test_a_duration_that_lasts_no_step_is_a_phase_that_is_off(playground):
    traces = playground.simulate(duration_rise=0.04 * ms, current=180 * pA)
    assert len(traces.spike_times) > 0
    assert np.all(traces.g_rise == 0)
    assert np.max(traces.g_fall) == 15 * nS
    playground.set(duration_fall=0 * ms)
    arguments = playground.arguments()
    assert arguments["g_fall"] == 0 * nS
    assert arguments["duration_fall"] == 0.1 * ms
    tuned = playground.model()  # a duration of 0 would be an error
    current = playground.values["current"]
    assert_same_voltages(playground.traces, plain_run(tuned, current))


def test_a_spike_without_a_fall_has_no_controls_of_it():
    dend = Dendrite("dend", cm_abs=80 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    rise = {name: SPIKE[name] for name in SPIKE if "fall" not in name}
    dend.dspikes("Ca", **rise)
    playground = short(NeuronModel([dend]))
    assert not [name for name in playground.values if "fall" in name]
    assert np.all(playground.traces.g_fall == 0)
    assert "fall" not in playground.code()


def test_what_a_spike_lacks_starts_at_the_defaults():
    dend = Dendrite("dend", cm_abs=80 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    dend.dspikes("Ca", g_fall=5 * nS, reversal_rise="E_Ca")
    playground = short(NeuronModel([dend]))
    assert playground.values["threshold"] == -40 * mV
    assert playground.values["reversal_fall"] == -89 * mV
    tuned = playground.model().parameters
    assert tuned["Vth_Ca_dend"] == -40 * mV
    assert tuned["g_fall_max_Ca_dend"] == 5 * nS
    assert "reversal_rise='E_Ca'" in playground.code()


def test_the_first_current_starts_a_spike():
    # a third above threshold in the steady state, 2 digits of it
    for model in (two_compartments(), two_compartments(threshold=-55 * mV)):
        assert Playground(model).measures.spikes > 0
    assert Playground().measures.spikes > 0


def test_noise_is_the_same_each_time():
    model = two_compartments()
    noisy = NeuronModel([_with_noise(model)])
    playground = short(noisy)
    brian2.seed(1)
    one = playground.simulate()
    brian2.seed(2)
    other = playground.simulate()
    np.testing.assert_array_equal(one.voltages["trunk"], other.voltages["trunk"])
    assert np.std(one.voltages["trunk"][:20]) > 0 * volt


def _with_noise(model):
    trunk = model.compartments["trunk"]
    trunk.noise(tau=5 * ms, sigma=10 * pA)
    return trunk


def test_a_point_neuron_has_its_spikes_tuned():
    model = PointNeuronModel(cm_abs=80 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    model.add(DendriticSpike("Na", **SPIKE))
    playground = short(model)
    assert list(playground.traces.voltages) == ["neuron"]
    assert playground.code().startswith("model.add(DendriticSpike('Na', threshold=")


# -- which spike -------------------------------------------------------------------


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
        ({"spike": "Na"}, InvalidValueError, "without a model"),
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


# -- what is measured --------------------------------------------------------------


def traces_of(own, soma, starts, dt=0.1):
    """Return traces that differ from rest, -70 mV, by *own* and *soma* (mV)."""
    n = len(own)
    rest = np.full(n, -70.0) * mV
    return Traces(
        t=np.arange(n) * dt * ms,
        voltages={"dend": rest + own * mV, "soma": rest + soma * mV},
        without={"dend": rest, "soma": rest},
        g_rise=np.zeros(n) * nS,
        g_fall=np.zeros(n) * nS,
        spike_times=np.array(starts) * dt * ms,
        somatic_spike_times=None,
        compartment="dend",
        soma="soma",
        seconds=0.0,
    )


def test_measures_of_a_triangle():
    # up to 30 mV in 30 steps and down in 60: at 15 mV after 15 and after 60 steps
    own = np.interp(np.arange(200), [10, 40, 100], [0, 30, 0])
    soma = np.interp(np.arange(200), [10, 60, 110], [0, 6, 0])
    measures = traces_of(own, soma, [10]).measures
    assert measures.spikes == 1
    # rounding of differences of numbers near 70 mV, 1e-17 V, over 30 mV
    assert measures.amplitude / mV == pytest.approx(30, rel=1e-12)
    assert measures.peak / mV == pytest.approx(-40, rel=1e-12)
    assert measures.half_width / ms == pytest.approx(4.5, rel=1e-12)
    assert measures.attenuation == pytest.approx(0.2, rel=1e-12)
    text = str(measures)
    assert "half-width: 4.50 ms" in text
    assert "attenuation to soma: 0.200" in text
    assert "somatic" not in text


def test_measures_are_those_of_the_first_spike():
    own = np.interp(np.arange(200), [10, 20, 30, 60, 70, 80], [0, 10, 0, 0, 50, 0])
    measures = traces_of(own, own, [10, 60]).measures
    assert measures.spikes == 2
    assert measures.amplitude / mV == pytest.approx(10, rel=1e-12)
    cut = traces_of(own, own, [10, 24]).measures
    assert cut.half_width is None  # at 60 % when the next one starts
    none = traces_of(0 * own, own, []).measures
    assert none.spikes == 0
    assert none.amplitude is none.peak is none.half_width is none.attenuation is None


def test_the_amplitude_is_that_of_the_closed_form():
    """A conductance that is on for T charges one compartment exponentially."""
    C, gL, EL, g, E, T = 80.0, 3.0, -70.0, 20.0, 70.0, 2.0
    dend = Dendrite("dend", cm_abs=C * pF, gl_abs=gL * nS, v_rest=EL * mV)
    dend.dspikes(
        "Na",
        threshold=-40 * mV,
        g_rise=g * nS,
        duration_rise=T * ms,
        reversal_rise=E * mV,
        refractory=100 * ms,
    )
    playground = short(NeuronModel([dend]), dt=0.01 * ms)
    playground.simulation_params["stim_time"] = 60 * ms
    traces = playground.simulate(current=120 * pA)
    start = np.searchsorted(traces.t, traces.spike_times[0] + 0.005 * ms)
    V = traces.voltages["dend"][start] / mV
    level = (gL * EL + g * E + 120) / (gL + g)
    expected = level + (V - level) * np.exp(-T * (gL + g) / C)
    # second order: (dt/tau)**2/12 = 7e-7 of 80 mV
    assert traces.measures.peak / mV == pytest.approx(expected, abs=1e-4)
    rest = EL + 120 / gL
    passive = rest + (V - rest) * np.exp(-T * gL / C)
    assert traces.measures.amplitude / mV == pytest.approx(expected - passive, abs=1e-4)


def test_a_cell_without_the_spike_is_simulated_beside(playground):
    model = two_compartments(g_rise=0 * nS, g_fall=0 * nS)
    expected = plain_run(model, playground.values["current"])
    for name, voltage in playground.traces.without.items():
        # 1e-9 mV: rounding
        np.testing.assert_allclose(
            np.asarray(voltage), expected[name], rtol=0, atol=1e-12
        )
    assert playground.measures.attenuation < 1


# -- nothing of the user changes ---------------------------------------------------


def brian_state():
    prefs = brian2.prefs
    return (
        float(defaultclock.dt),
        float(defaultclock.t / ms),
        get_device(),
        prefs.codegen.target,
        prefs.as_file,
        len(brian2.collect()),
    )


def usual_names():
    """Return the names of living groups to which Brian2 gave them."""
    living = (each() for each in BrianObject.__instances__())
    names = {each.name for each in living if each is not None}
    return {each for each in names if each.startswith("neurongroup")}


def test_nothing_of_brian2_changes():
    brian2.prefs.codegen.target = "auto"
    group = NeuronGroup(1, "dv/dt = -v/(10*ms) + xi/sqrt(10*ms) : 1", method="euler")
    monitor = StateMonitor(group, "v", record=True)
    model = two_compartments()
    before = brian_state()
    brian2.prefs.codegen.target = "numpy"  # nothing to compile
    brian2.seed(7)
    brian2.run(1 * ms)
    between = np.random.get_state()[1].copy(), float(group.v[0])
    brian2.run(1 * ms)
    expected = np.array(monitor.v[0])

    group.v, target = 0, brian2.prefs.codegen.target
    gc.collect()
    names = usual_names()
    del monitor
    monitor = StateMonitor(group, "v", record=True)
    brian2.seed(7)
    brian2.run(1 * ms)
    assert float(group.v[0]) == between[1]
    playground = short(model)
    playground.set(g_rise=25 * nS)
    playground.run()
    playground.notebook()
    np.testing.assert_array_equal(np.random.get_state()[1], between[0])
    assert brian2.prefs.codegen.target == target
    brian2.run(1 * ms)  # a magic network, of their objects only
    np.testing.assert_array_equal(np.array(monitor.v[0]), expected)

    brian2.prefs.codegen.target = "auto"
    after = brian_state()
    assert after[0] == before[0]
    assert after[2:] == before[2:]
    gc.collect()
    assert usual_names() == names  # the next group is called as without us


def test_it_runs_while_the_script_of_the_user_is_standalone(tmp_path):
    playground = short(two_compartments())
    expected = playground.traces.voltages["trunk"]
    set_device("cpp_standalone", directory=str(tmp_path), build_on_run=False)
    try:
        device = get_device()
        defaultclock.dt = 0.1 * ms
        mine = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", method="euler")
        brian2.run(1 * ms)
        here = short(two_compartments())
        np.testing.assert_array_equal(here.traces.voltages["trunk"], expected)
        playground.set(g_rise=25 * nS)
        assert get_device() is device
        assert brian2.prefs.codegen.target == "numpy"
        assert {each.name for each in brian2.collect()} == {mine.name}
        assert list(tmp_path.iterdir()) == []
    finally:
        reset_device()
        device.reinit()


def test_an_error_leaves_everything_as_it_was(playground, monkeypatch):
    values, traces = playground.values, playground.traces
    before = brian_state()
    told = []
    playground._session.listen(lambda: told.append(1))

    def broken(*arguments):
        raise InvalidValueError("broken")

    monkeypatch.setattr(Experiment, "simulate", broken)
    with pytest.raises(InvalidValueError, match="broken"):
        playground.set(g_rise=11 * nS)
    assert playground.values == values
    assert playground.traces is traces
    assert told == []
    assert brian_state() == before


def test_only_front_ends_import_what_they_need():
    code = (
        "import sys, dendrisyn.playground as p; p.Playground().simulate();"
        "print([n for n in ('ipywidgets', 'IPython') if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("missing", "method", "extra"),
    [
        ("matplotlib.pyplot", "run", "dendrisyn[plot]"),
        ("ipywidgets", "notebook", "dendrisyn[playground]"),
    ],
)
def test_what_is_missing_is_named_with_its_extra(
    playground, monkeypatch, missing, method, extra
):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(DendrisynError, match=missing.split(".")[0]) as caught:
        getattr(playground, method)()
    assert extra in str(caught.value)


# -- values and their errors -------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ({"g_rise": 10 * mV}, UnitError, "g_rise: expected a value such as 20.nS"),
        ({"g_rise": 10}, UnitError, "g_rise: expected a value such as"),
        ({"g_rize": 1 * nS}, UnknownNameError, "Did you mean 'g_rise'"),
        ({"g_rise": -1 * nS}, InvalidValueError, "expected 0.nS to 60.nS, got -1.nS"),
        ({"reversal_rise": 80 * mV}, InvalidValueError, "70.mV or 136.mV"),
        ({"C": 0 * pF}, InvalidValueError, "C: must be positive"),
        ({"EL": np.nan * mV}, InvalidValueError, "EL: expected a finite"),
        ({"g_rise": [1, 2] * nS}, InvalidValueError, "expected one value"),
        ({"g_rise": "10*nS"}, UnitError, r"such as .+nS, got '10\*nS'"),
        ({"g_rise": None}, UnitError, "such as .+nS, got None"),
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


def test_what_has_no_slider_any_more_is_as_in_the_model():
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


# -- the window --------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened():
    """Return one window for many tests."""
    brian2.prefs.codegen.target = "numpy"
    plt.switch_backend("agg")
    opened = short(two_compartments())
    opened.run()
    canvas = opened.fig.canvas  # it draws in one test below
    canvas.draw = canvas.draw_idle = lambda: None
    yield opened
    plt.close(opened.fig)


@pytest.fixture
def window(opened):
    opened.reset()
    return opened


def slider(playground, name):
    return playground.sliders[list(playground.slider_params).index(name)]


def test_a_slider_changes_the_traces(window):
    before = np.array(window.line1.get_ydata())
    slider(window, "g_rise").set_val(30)
    assert window.values["g_rise"] == 30 * nS
    expected = window.traces.voltages["trunk"] / mV
    np.testing.assert_array_equal(window.line1.get_ydata(), expected)
    assert np.abs(expected - before).max() > 1
    np.testing.assert_array_equal(window.line2.get_ydata(), window.traces.g_rise / nS)
    np.testing.assert_array_equal(window.line3.get_ydata(), -window.traces.g_fall / nS)
    title = window.ax1.get_title(loc="left")
    assert f"amplitude {window.measures.amplitude / mV:.2f} mV" in title
    low, high = window.ax1.get_ylim()
    assert low < expected.min() < expected.max() < high


def test_a_long_name_does_not_reach_into_the_plots():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("apical_trunk_proximal", cm_abs=50 * pF, gl_abs=3 * nS)
    dend.dspikes("Na", **SPIKE)
    model = NeuronModel([(soma, dend, 5 * nS)], v_rest=-70 * mV)
    playground = short(model)
    playground.set_model_params({"g_soma_apical_trunk_proximal": 6 * nS})
    playground.run()
    playground.fig.canvas.draw()
    *_, label = (box.label for box in playground.neuron_boxes)
    assert label.get_text().startswith("g_soma_apical_trunk_proximal")
    end = playground.ax1.get_window_extent().x1
    assert label.get_window_extent().x0 > end
    plt.close(playground.fig)


def test_a_slider_stays_on_its_way(window):
    slider(window, "g_rise").set_val(500)
    assert slider(window, "g_rise").val == 60
    assert window.values["g_rise"] == 60 * nS
    slider(window, "reversal_rise").set_val(110)
    assert slider(window, "reversal_rise").val == 136


def test_boxes_take_numbers_with_and_without_a_unit(window):
    C = window.neuron_boxes[0]
    C.set_val("9.5")
    assert window.values["C"] == 9.5 * pF
    C.set_val("8 pF")
    assert window.values["C"] == 8 * pF
    assert C.text == "8"
    window.sim_boxes[1].set_val("12")
    assert len(window.line1.get_xdata()) == 170


def test_what_cannot_be_read_is_said_and_taken_back(window):
    C, message = window.neuron_boxes[0], window._desktop._message
    before = window.traces
    C.set_val("abc")
    assert message.get_text() == "C: expected a number of pF, got 'abc'."
    assert C.text == "7.85398"
    C.set_val("-3")
    assert "C: must be positive" in message.get_text()
    # the box is left: it tells what it shows, which is not all digits
    C._observers.process("submit", C.text)
    assert window.traces is before
    window.sim_boxes[0].set_val("-1")
    assert "idle_period: must not be negative" in message.get_text()
    assert window.traces is before
    slider(window, "g_rise").set_val(30)
    assert message.get_text() == ""


def click(button):
    button._observers.process("clicked", None)


def test_buttons_reset_and_print(window, capsys):
    start = window.values
    slider(window, "g_rise").set_val(30)
    window.neuron_boxes[0].set_val("9")
    window.sim_boxes[1].set_val("12")
    click(window._desktop.code_button)
    assert capsys.readouterr().out.strip() == window.code()
    assert "g_rise=30*nS" in window.code()
    click(window.reset_button)
    assert window.values == start
    assert slider(window, "g_rise").val == 20
    assert window.neuron_boxes[0].text == "7.85398"
    assert window.sim_boxes[1].text == "15"


def test_a_window_tells_how_long_simulations_take_until_it_is_closed(
    playground, capsys
):
    playground.run(timeit=True)
    slider(playground, "g_rise").set_val(30)
    # what a window does when it is closed; a figure of agg has none
    playground.fig.canvas.callbacks.process("close_event", None)
    line = playground.line1.get_ydata()
    playground.set(current=190 * pA)
    np.testing.assert_array_equal(playground.line1.get_ydata(), line)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch(r"Simulated in \d+\.\d{3} s", line) for line in lines)
    plt.close(playground.fig)


def test_the_look_of_other_plots_stays(playground):
    before = dict(matplotlib.rcParams)
    playground.run()
    assert dict(matplotlib.rcParams) == before
    pixels = np.array(playground.fig.canvas.buffer_rgba())
    slider(playground, "g_rise").set_val(30)  # and it is drawn
    assert np.any(np.array(playground.fig.canvas.buffer_rgba()) != pixels)
    plt.close(playground.fig)


def test_a_window_is_shown_where_there_is_a_screen(window, monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_backend()))
    window._desktop.show()
    assert shown == []
    monkeypatch.setattr(plt, "get_backend", lambda: "QtAgg")
    window._desktop.show()
    assert shown == ["QtAgg"]


# -- the notebook ------------------------------------------------------------------


def test_widgets_change_the_same_state(window):
    notebook = window.notebook()
    image = notebook.image.value
    assert bytes(image).startswith(b"\x89PNG")
    notebook.sliders["g_rise"].value = 30
    assert window.values["g_rise"] == 30 * nS
    assert notebook.image.value != image
    assert notebook.code.value == window.code()
    assert f"{window.measures.amplitude / mV:.2f} mV" in notebook.measures.value
    # and the window follows, and the other way round
    assert slider(window, "g_rise").val == 30
    slider(window, "reversal_rise").set_val(136)
    assert notebook.sliders["reversal_rise"].value == 136
    window.neuron_boxes[0].set_val("9")
    assert notebook.boxes["C"].value == 9
    notebook.boxes["stim_time"].value = 12
    assert len(window.traces.t) == 170
    notebook.close()


def test_widgets_have_the_bounds_of_the_sliders(playground):
    notebook = playground.notebook()
    for name, (low, high, initial, step, unit) in playground.slider_params.items():
        widget = notebook.sliders[name]
        assert widget.value == initial
        assert widget.description == f"{name} ({unit!s})"
        if isinstance(step, tuple):
            assert [value for _, value in widget.options] == list(step)
        else:
            assert (widget.min, widget.max, widget.step) == (low, high, step)
    assert set(notebook.boxes) == {"C", "gL", "EL", "reversal_fall", *SHORT}
    notebook.close()


def test_a_wrong_number_is_said_and_taken_back_in_the_notebook(playground):
    notebook = playground.notebook()
    before = notebook.boxes["C"].value, playground.traces
    notebook.boxes["C"].value = -1
    assert "C: must be positive" in notebook.message.value
    assert (notebook.boxes["C"].value, playground.traces) == before
    notebook.sliders["g_rise"].value = 30
    assert notebook.message.value == ""
    notebook.reset_button.click()
    assert notebook.sliders["g_rise"].value == 20
    notebook.close()
    playground.set(g_rise=30 * nS)
    assert notebook.sliders["g_rise"].value == 20


def test_a_cell_that_ends_in_a_playground_shows_its_widgets(playground, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    playground._ipython_display_()
    (box,) = shown
    assert [type(each).__name__ for each in box.children] == ["HBox", "Textarea"]


def test_a_receptor_in_the_model_does_no_harm():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=80 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    dend.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    dend.dspikes("Na", **SPIKE)
    playground = short(NeuronModel([(soma, dend, 5 * nS)]))
    playground.set_model_params({"w_AMPA_x_dend": 3})
    playground.set(w_AMPA_x_dend=2)
    assert playground.model().parameters["w_AMPA_x_dend"] == 2
