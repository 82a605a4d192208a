"""Events of a voltage, and rules that follow them."""

import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    nS,
)
from helpers.stdp_windows import window

from dendrisyn import (
    AMPA,
    AboveThreshold,
    Dendrite,
    DendriticSpike,
    FilteredVoltage,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    PairSTDP,
    PointNeuronModel,
    Soma,
    ThresholdCrossing,
    UnitError,
    UnknownNameError,
)

from .event_cells import clamp, two_compartments
from .helpers import PASSIVE, imposed, source

SODIUM = {
    "threshold": -48 * mV,
    "g_rise": 60 * nS,
    "g_fall": 40 * nS,
    "duration_rise": 0.8 * ms,
    "duration_fall": 2 * ms,
    "offset_fall": 0.8 * ms,
    "refractory": 4 * ms,
    "reversal_rise": "E_Na",
    "reversal_fall": "E_K",
}


def events_of(group, event, n_steps):
    """The steps at which neuron 0 has the event."""
    monitor = EventMonitor(group, event)
    Network(group, monitor).run(n_steps * defaultclock.dt)
    steps = np.array(monitor.t[monitor.i == 0]) / float(defaultclock.dt)
    return np.rint(steps).astype(int).tolist()


# -- Crossing --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("course", "steps"),
    [
        ([-65, -50, -44, -40, -44, -65, -65], [2]),
        ([-65, -45, -45, -65], [1]),  # reaching it is enough
        ([-65, -40, -50, -40, -50, -40], [1, 3, 5]),  # each excursion
        ([-65, -40, -45, -45.1, -44, -44], [1, 4]),  # it must fall below, not to it
        ([-40, -40, -65, -40, -40], [3]),  # above at the start
        ([-40, -40, -40, -40], []),
        ([-65, -46, -45.5], []),
    ],
)
def test_a_crossing_happens_once_in_each_excursion_and_in_its_step(course, steps):
    group = two_compartments(ThresholdCrossing("V_dend", -45 * mV)).make_neurongroup(1)
    clamp(group, "V_dend", course)
    assert events_of(group, "crossing_V_dend", len(course)) == steps


def test_a_crossing_is_in_the_step_whose_integration_ends_above():
    """Its time is the start of that step, as the time of a spike."""
    model = two_compartments(ThresholdCrossing("V_dend", -45 * mV))
    group = model.make_neurongroup(1, method="exponential_euler")
    group.V_soma = 20 * mV
    other = model.make_neurongroup(
        1, method="exponential_euler", threshold="V_dend >= -45*mV", reset=""
    )
    other.V_soma = 20 * mV
    voltage = StateMonitor(group, "V_dend", record=0)
    event, spikes = EventMonitor(group, "crossing_V_dend"), SpikeMonitor(other)
    Network(group, other, voltage, event, spikes).run(20 * ms)
    # a sample is taken at the start of a step, so before the integration
    above = np.flatnonzero(voltage.V_dend[0] >= -45 * mV)[0]
    assert event.t[:].tolist() == [voltage.t[above - 1]]
    assert event.t[0] == spikes.t[0]
    assert len(spikes.t) > 1


def test_a_crossing_is_armed_for_each_neuron_and_over_runs():
    group = two_compartments(ThresholdCrossing("V_dend", -45 * mV)).make_neurongroup(2)
    up, down = -40.0, -65.0
    courses = [[down, down], [up, down], [up, up], [down, up], [up, up]]
    clamp(group, "V_dend", courses)
    monitor = EventMonitor(group, "crossing_V_dend")
    network = Network(group, monitor)
    for _ in courses:
        network.run(defaultclock.dt)
    found = sorted(
        zip(np.array(monitor.i), np.rint(monitor.t / (0.1 * ms)), strict=True)
    )
    assert found == [(0, 1), (0, 4), (1, 2)]


def test_a_threshold_may_differ_between_neurons():
    model = two_compartments(ThresholdCrossing("V_dend", -45 * mV))
    group = model.make_neurongroup(2, per_neuron=["theta_crossing_V_dend"])
    group.theta_crossing_V_dend = [-45, -60] * mV
    clamp(group, "V_dend", [[-65, -65], [-50, -50], [-65, -65]])
    monitor = EventMonitor(group, "crossing_V_dend")
    Network(group, monitor).run(0.3 * ms)
    assert monitor.i[:].tolist() == [1]


@pytest.mark.parametrize(
    ("arguments", "other_event"),
    [
        ({"init_events": False}, True),
        ({"dspike_events": False}, False),
        ({"init_events": False, "dspike_events": False}, False),
        ({"dspike_events": ["spike_Na_dend"]}, True),
    ],
)
def test_crossings_do_not_depend_on_those_of_dendritic_spikes(arguments, other_event):
    model = two_compartments(
        ThresholdCrossing("V_dend", -45 * mV), DendriticSpike("Na", **SODIUM)
    )
    group = model.make_neurongroup(1, **arguments)
    assert ("spike_Na_dend" in group.events) == other_event
    clamp(group, "V_dend", [-65, -40, -40, -65, -40, -65])
    assert events_of(group, "crossing_V_dend", 6) == [1, 4]


def test_two_crossings_of_one_voltage_have_names():
    model = two_compartments(
        ThresholdCrossing("V_dend", -45 * mV),
        ThresholdCrossing("V_dend", -55 * mV, name="low"),
    )
    assert model.event_names == ["crossing_V_dend", "crossing_low_V_dend"]
    assert model.parameters["theta_crossing_V_dend"] == -45 * mV
    assert model.parameters["theta_crossing_low_V_dend"] == -55 * mV
    course = [-65, -50, -40, -50, -40, -65, -50, -65]
    for event, steps in (("crossing_V_dend", [2, 4]), ("crossing_low_V_dend", [1, 6])):
        group = model.make_neurongroup(1)
        clamp(group, "V_dend", course)
        assert events_of(group, event, len(course)) == steps


def test_a_point_neuron_crosses_too():
    model = PointNeuronModel(**PASSIVE)
    model.add(ThresholdCrossing("V", -45 * mV), AboveThreshold("V", -45 * mV))
    assert model.event_names == ["crossing_V", "above_V"]
    group = model.make_neurongroup(1)
    clamp(group, "V", course := [-65, -40, -40, -65, -40])
    assert events_of(group, "crossing_V", len(course)) == [1, 4]


@pytest.mark.parametrize(
    ("kind", "word"), [(ThresholdCrossing, "crossing"), (AboveThreshold, "above")]
)
def test_v_is_the_voltage_of_the_compartment_that_it_is_added_to(kind, word):
    model = two_compartments(local := kind("V", -45 * mV))
    named = two_compartments(kind("V_dend", -45 * mV))
    assert model.equations == named.equations
    assert model.events == named.events
    assert model.event_names == [f"{word}_V_dend"]
    model.compartments["soma"].add(local)  # one object, many compartments
    assert model.event_names == [f"{word}_V_soma", f"{word}_V_dend"]


def test_a_threshold_is_a_parameter_of_the_model():
    model = two_compartments(ThresholdCrossing("V_dend", -45 * mV))
    model.parameters["theta_crossing_V_dend"] = -60 * mV
    group = model.make_neurongroup(1)
    clamp(group, "V_dend", [-65, -55, -40])
    assert events_of(group, "crossing_V_dend", 3) == [1]


@pytest.mark.parametrize("kind", [ThresholdCrossing, AboveThreshold])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("dend", -45 * mV), UnknownNameError, "voltage of a compartment, such as"),
        (("I_dend", -45 * mV), UnknownNameError, "got 'I_dend'"),
        (("V_", -45 * mV), UnknownNameError, "got 'V_'"),
        (("", -45 * mV), UnknownNameError, "got ''"),
        ((3, -45 * mV), UnknownNameError, "got 3"),
        (("V_dend", -45), UnitError, r"threshold: expected a value in volt.*got -45"),
        (("V_dend", 3 * ms), UnitError, "got 3. ms"),
        (("V_dend", np.nan * mV), InvalidValueError, "threshold: expected a finite"),
        (("V_dend", [1, 2] * mV), InvalidValueError, "threshold: expected one value"),
    ],
)
def test_events_of_a_voltage_say_what_is_wrong_with_them(
    kind, arguments, error, message
):
    with pytest.raises(error, match=rf"{kind.__name__}.*{message}"):
        kind(*arguments)


@pytest.mark.parametrize("kind", [ThresholdCrossing, AboveThreshold])
@pytest.mark.parametrize("name", ["a b", "_x", 3, "x-y"])
def test_the_name_of_an_event_can_be_part_of_a_variable(kind, name):
    with pytest.raises(NameConflictError, match=rf"{kind.__name__}\.name"):
        kind("V_dend", -45 * mV, name=name)


@pytest.mark.parametrize("kind", [ThresholdCrossing, AboveThreshold])
@pytest.mark.parametrize("variable", ["V_soma", "V_den", "V_minus_dend"])
def test_an_event_belongs_to_the_compartment_of_its_voltage(kind, variable):
    model = two_compartments(FilteredVoltage("minus", tau=10 * ms))
    before = model.equations
    message = rf"{kind.__name__}: '{variable}' is not .*Give 'V_dend'"
    with pytest.raises(NameConflictError, match=message):
        model.compartments["dend"].add(kind(variable, -45 * mV))
    assert model.equations == before
    assert not model.events


@pytest.mark.parametrize("kind", [ThresholdCrossing, AboveThreshold])
def test_an_event_of_one_name_is_there_once(kind):
    model = two_compartments(kind("V_dend", -45 * mV))
    for variable in ("V_dend", "V"):
        with pytest.raises(NameConflictError):
            model.compartments["dend"].add(kind(variable, -40 * mV))
    assert len(model.events) == 1


# -- Above -----------------------------------------------------------------------------
def test_above_is_an_event_in_each_step_above_and_not_at_the_threshold():
    course = [-40, -40, -45, -65, -44.9, -40, -45, -65]
    group = two_compartments(AboveThreshold("V_dend", -45 * mV)).make_neurongroup(1)
    clamp(group, "V_dend", course)
    assert events_of(group, "above_V_dend", len(course)) == [0, 1, 4, 5]


def test_two_thresholds_of_one_voltage():
    model = two_compartments(
        AboveThreshold("V_dend", -45 * mV),
        AboveThreshold("V_dend", -60 * mV, name="far"),
    )
    assert model.events == {
        "above_V_dend": "V_dend > theta_above_V_dend",
        "above_far_V_dend": "V_dend > theta_above_far_V_dend",
    }
    group = model.make_neurongroup(1, dspike_events=False, init_events=False)
    clamp(group, "V_dend", [-65, -50, -40])
    assert events_of(group, "above_far_V_dend", 3) == [1, 2]


# -- the postsynaptic event of a rule --------------------------------------------------

#: From the pre- to the somatic spike (ms).
DELTAS = np.r_[np.arange(-60.0, 61.0, 2.0), np.arange(-6, 0, 0.1).round(1)]


def test_the_window_is_centred_on_the_event_that_the_rule_follows():
    """A spike of the soma travels into the dendrites, and arrives later.

    ``d = t_post - t_pre`` with the time of the event: for 'spike' that is the somatic
    spike; for a crossing and for a dendritic spike the window of somatic spikes is
    shifted by the time that the spike took.
    """
    soma = Soma("soma", **PASSIVE)
    prox, dist = (Dendrite(name, **PASSIVE) for name in ("prox", "dist"))
    prox.add(AMPA("x", g=0 * nS, t_decay=5 * ms), ThresholdCrossing("V_prox", -45 * mV))
    dist.add(AMPA("x", g=0 * nS, t_decay=5 * ms), DendriticSpike("Na", **SODIUM))
    model = NeuronModel([(soma, prox, 60 * nS), (prox, dist, 60 * nS)])
    at = 80.0
    group, _ = imposed(
        model,
        [[at]],
        reset="V_soma = 30*mV",
        second_reset="V_soma = -65*mV",
        spike_width=3 * ms,
        refractory=5 * ms,
    )
    spikes = source([[at - delta] for delta in DELTAS])
    rule = {
        "A_plus": 0.03,
        "A_minus": 0.02,
        "tau_plus": 17 * ms,
        "tau_minus": 34 * ms,
    }
    events = {
        "spike": "spike",
        "crossing_V_prox": ThresholdCrossing("V_prox", -45 * mV),
        "spike_Na_dist": "spike_Na_dist",
    }
    parts, monitors = {}, {}
    for event, post in events.items():
        made = model.projection(
            "AMPA_x_dist", weight=0.5, plasticity=PairSTDP(**rule, post=post)
        )
        parts[event] = made.synapses(spikes, group)
        parts[event].connect()
        monitors[event] = EventMonitor(group, event)
    Network(group, spikes, *parts.values(), *monitors.values()).run(150 * ms)

    shifts = {}
    for event, monitor in monitors.items():
        assert len(monitor.t) == 1, event
        shifts[event] = round(float(monitor.t[0] / ms) - at, 6)
    assert shifts["spike"] == 0
    assert 0.5 < shifts["crossing_V_prox"] < shifts["spike_Na_dist"] - 0.5
    for event, synapses in parts.items():
        expected = window(PairSTDP(**rule), np.round(DELTAS + shifts[event], 6), 0.5)
        got = np.array(synapses.w[:]) - 0.5
        assert got == pytest.approx(expected, abs=1e-14), event  # rounding
        # a spike that came before the somatic one, but after it in the dendrite
        between = (DELTAS < 0) & (DELTAS + shifts[event] > 0)
        assert between.any() == (event != "spike")
        assert (got[between] > 0).all()


def test_a_spike_that_fails_to_arrive_teaches_nothing():
    model = two_compartments(
        AMPA("x", g=0 * nS, t_decay=5 * ms),
        ThresholdCrossing("V_dend", -45 * mV),
        couple=1 * nS,
    )
    group, _ = imposed(
        model,
        [[20]],
        reset="V_soma = 30*mV",
        second_reset="V_soma = -65*mV",
        spike_width=1 * ms,
        refractory=5 * ms,
    )
    spikes = source([[10], [30]])
    parts = []
    for post in ("spike", ThresholdCrossing("V_dend", -45 * mV)):
        made = model.projection(
            "AMPA_x_dend", weight=0.5, plasticity=PairSTDP(post=post)
        )
        parts.append(made.synapses(spikes, group))
        parts[-1].connect()
    Network(group, spikes, *parts).run(40 * ms)
    assert (parts[0].w[:] != 0.5).all()
    assert (parts[1].w[:] == 0.5).all()
