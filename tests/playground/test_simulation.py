"""The playground simulates a group of its model."""

import brian2
import numpy as np
from brian2 import defaultclock, ms, mV, nS, pA, pF, volt
from helpers.tuned_cells import (
    SHORT,
    SPIKE,
    assert_same_voltages,
    plain_run,
    short,
    two_compartments,
)

from dendrisyn import (
    AMPA,
    Dendrite,
    DendriticSpike,
    NeuronModel,
    PointNeuronModel,
    Soma,
)
from dendrisyn.playground import Playground


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


def test_simulations_do_not_depend_on_earlier_values(playground):
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


def test_an_action_potential_after_the_last_step_is_not_counted():
    group = {"threshold": "V_soma > -50*mV", "reset": "V_soma = -60*mV"}
    playground = short(two_compartments(), **group)
    values = {"current": 90 * pA, "post_stim_time": 0 * ms}
    first = playground.simulate(**values).somatic_spike_times[0]
    for more, count in ((0, 0), (0.1, 1)):
        stim_time = first - SHORT["idle_period"] + more * ms
        traces = playground.simulate(stim_time=stim_time, **values)
        assert traces.measures.somatic_spikes == count


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


def test_a_duration_below_half_a_step_switches_its_phase_off(playground):
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


def test_missing_parameters_of_a_spike_start_at_defaults():
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


def test_the_weight_of_a_receptor_gets_a_box():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=80 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    dend.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    dend.dspikes("Na", **SPIKE)
    playground = short(NeuronModel([(soma, dend, 5 * nS)]))
    playground.set_model_params({"w_AMPA_x_dend": 3})
    playground.set(w_AMPA_x_dend=2)
    assert playground.model().parameters["w_AMPA_x_dend"] == 2
