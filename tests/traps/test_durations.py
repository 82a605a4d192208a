"""Durations: whole steps of any `dt`."""

import re

import numpy as np
import pytest
from brian2 import (
    BrianObjectException,
    Clock,
    Network,
    defaultclock,
    exp,
    ms,
    mV,
    nS,
    pF,
)
from helpers.trap_models import SODIUM, close, lumped, pair, refused, traces

from dendrisyn import (
    AssemblyError,
    InvalidValueError,
)

STEPS = (0.1, 0.05, 0.025)  # ms


def spiking_dendrite(**changes):
    """Return a group whose dendrite rests above threshold: it spikes in step 0."""
    dend = lumped(v_rest=0 * mV)
    dend.dspikes("Na", **{**SODIUM, "refractory": 50 * ms, **changes})
    return pair(g=0 * nS, dend=dend)


def steps_on(values):
    """Return the first step with a conductance, and how many there are in a row."""
    on = np.flatnonzero(np.asarray(values) > 0)
    assert on.size, "never on"
    assert on[-1] - on[0] + 1 == on.size, "on twice"
    return int(on[0]), int(on.size)


# -- 9: durations are not frozen when a group is made -------------------------------


@pytest.mark.parametrize(
    ("built", "run"), [*((0.1, dt) for dt in STEPS), (0.025, 0.1), (0.05, 0.025)]
)
def test_trap_09_dendritic_spikes_last_as_long_at_any_dt(built, run):
    defaultclock.dt = built * ms
    group = spiking_dendrite().make_neurongroup(1)
    defaultclock.dt = run * ms
    monitor = traces(group, "g_rise_Na_dend", "g_fall_Na_dend")
    Network(group, monitor).run(5 * ms)
    # from the step after the crossing; 1 ms of rise; 2 ms of fall, 0.2 ms later
    assert steps_on(monitor.g_rise_Na_dend[0]) == (1, round(1 / run))
    assert steps_on(monitor.g_fall_Na_dend[0]) == (1 + round(0.2 / run), round(2 / run))
    assert close(monitor.g_rise_Na_dend[0].max(), 20 * nS)
    assert close(monitor.g_fall_Na_dend[0].max(), 15 * nS)


def test_trap_09_dendritic_spikes_follow_dt_between_two_runs():
    group = spiking_dendrite(refractory=10 * ms).make_neurongroup(1)
    network = Network(group)
    for dt in (0.1, 0.025, 0.05):
        defaultclock.dt = dt * ms
        monitor = traces(group, "g_rise_Na_dend", "g_fall_Na_dend")
        network.add(monitor)
        network.run(10 * ms)
        network.remove(monitor)
        # the voltage stays above threshold, so each period of 10 ms starts a spike
        assert steps_on(monitor.g_rise_Na_dend[0]) == (1, round(1 / dt))
        assert steps_on(monitor.g_fall_Na_dend[0])[1] == round(2 / dt)


def test_trap_09_a_spike_that_is_under_way_ends_in_time():
    group = spiking_dendrite().make_neurongroup(1)
    network = Network(group)
    network.run(0.5 * ms)
    defaultclock.dt = 0.025 * ms
    monitor = traces(group, "g_rise_Na_dend", "g_fall_Na_dend")
    network.add(monitor)
    network.run(5 * ms)
    last = [
        monitor.t[steps_on(values[0])[1] - 1] / ms
        for values in (monitor.g_rise_Na_dend, monitor.g_fall_Na_dend)
    ]
    # the last step of a phase starts when its duration has passed since the spike
    assert np.allclose(last, [1, 2.2])


@pytest.mark.parametrize("dt", STEPS)
def test_trap_09_the_refractory_period_is_a_whole_number_of_steps(dt):
    group = spiking_dendrite(refractory=5 * ms).make_neurongroup(1)
    defaultclock.dt = dt * ms
    monitor = traces(group, "spiketime_Na_dend")
    Network(group, monitor).run(16 * ms)
    starts = np.unique(monitor.spiketime_Na_dend[0] / ms)[1:]  # without "never"
    assert np.allclose(starts, [0, 5, 10, 15])


@pytest.mark.parametrize("dt", STEPS)
@pytest.mark.parametrize("method", ["exponential_euler", "rk4"])
def test_trap_09_the_charge_of_a_phase_does_not_depend_on_dt(method, dt):
    dend = lumped(gl_abs=1e-4 * nS, v_rest=0 * mV)
    dend.dspikes(
        "Na",
        threshold=-35 * mV,
        g_rise=20 * nS,
        duration_rise=1 * ms,
        reversal_rise=70 * mV,
        refractory=50 * ms,
    )
    group = pair(g=0 * nS, dend=dend).make_neurongroup(1, method=method)
    defaultclock.dt = dt * ms
    Network(group).run(5 * ms)
    expected = 70 * mV * (1 - exp(-20 * nS / (200 * pF) * (1 * ms)))
    # both methods are exact here to 1e-9; the leak takes 5 ms 1e-4 nS/200 pF = 2.5e-6
    assert close(group.V_dend[0], expected, tolerance=5e-6)


def two_resets(**changes):
    """Return a model's group with a second reset; the first spike is in step 0."""
    arguments = {
        "threshold": "V_soma > -50*mV",
        "reset": "V_soma = 20*mV",
        "second_reset": "V_soma = -60*mV",
        "spike_width": 1 * ms,
        "refractory": 4 * ms,
        **changes,
    }
    group, _ = pair(g=0 * nS).make_neurongroup(1, **arguments)
    group.V_soma = -20 * mV
    return group


@pytest.mark.parametrize(
    ("built", "run"), [*((0.1, dt) for dt in STEPS), (0.025, 0.1), (0.05, 0.025)]
)
def test_trap_09_the_somatic_spike_is_as_wide_at_any_dt(built, run):
    defaultclock.dt = built * ms
    group = two_resets()
    defaultclock.dt = run * ms
    monitor = traces(group, "V_soma")
    Network(group, monitor).run(3 * ms)
    # samples at the start of each step: -20 mV, 1 ms of depolarisation, second reset
    assert steps_on(monitor.V_soma[0]) == (1, round(1 / run))
    after = monitor.V_soma[0, 1 + round(1 / run)]
    assert close(after, -60 * mV)


def test_trap_09_the_somatic_spike_follows_dt_between_two_runs():
    group = two_resets()
    network = Network(group)
    for dt in (0.1, 0.025, 0.05):
        defaultclock.dt = dt * ms
        group.V_soma = -20 * mV
        monitor = traces(group, "V_soma")
        network.add(monitor)
        network.run(6 * ms)
        network.remove(monitor)
        assert steps_on(monitor.V_soma[0]) == (1, round(1 / dt))


# -- 10: the fall phase lasts what is asked -----------------------------------------


@pytest.mark.parametrize("dt", STEPS)
@pytest.mark.parametrize(("offset", "fall"), [(0, 1), (0.2, 0.1), (1, 1), (1.5, 2.4)])
def test_trap_10_the_fall_phase_lasts_what_is_asked(dt, offset, fall):
    model = spiking_dendrite(offset_fall=offset * ms, duration_fall=fall * ms)
    defaultclock.dt = dt * ms
    group = model.make_neurongroup(1)
    monitor = traces(group, "g_fall_Na_dend")
    Network(group, monitor).run(6 * ms)
    expected = (1 + round(offset / dt), round(fall / dt))
    assert steps_on(monitor.g_fall_Na_dend[0]) == expected


@pytest.mark.parametrize(
    ("duration", "steps"),
    [(0.06, 1), (0.14, 1), (0.16, 2), (0.96, 10), (1.04, 10), (1.06, 11), (1.24, 12)],
)
def test_trap_10_a_duration_is_the_nearest_number_of_steps(duration, steps):
    model = spiking_dendrite(duration_rise=duration * ms, duration_fall=duration * ms)
    group = model.make_neurongroup(1)
    monitor = traces(group, "g_rise_Na_dend", "g_fall_Na_dend")
    Network(group, monitor).run(3 * ms)
    assert steps_on(monitor.g_rise_Na_dend[0])[1] == steps
    assert steps_on(monitor.g_fall_Na_dend[0])[1] == steps


def test_trap_10_durations_hold_after_an_hour():
    group = spiking_dendrite().make_neurongroup(1)
    monitor = traces(group, "g_rise_Na_dend", "g_fall_Na_dend")
    network = Network(group, monitor)
    defaultclock.dt = 0.025 * ms
    network.t_ = 3600.0  # second; 144 million steps
    network.run(5 * ms)
    assert monitor.t[0] / ms == pytest.approx(3.6e6, abs=0.02)  # less than a step
    assert steps_on(monitor.g_rise_Na_dend[0]) == (1, 40)
    assert steps_on(monitor.g_fall_Na_dend[0]) == (9, 80)


# -- 11: a duration of no step is an error ------------------------------------------


@pytest.mark.parametrize("name", ["duration_rise", "duration_fall", "refractory"])
def test_trap_11_a_duration_of_no_step_is_an_error(name):
    model = spiking_dendrite(**{name: 0.04 * ms})
    about = (
        "NeuronModel(soma, dend).make_neurongroup",
        f"{name}_Na_dend = 0.04 ms",
        "dt = 0.1 ms",
        "at least 0.05 ms",
    )
    with refused(AssemblyError, *about, unchanged=(model,)):
        model.make_neurongroup(1)
    assert model.make_neurongroup(1, dt=0.05 * ms) is not None
    assert model.make_neurongroup(1, clock=Clock(dt=0.05 * ms)) is not None
    defaultclock.dt = 0.05 * ms
    group = model.make_neurongroup(1)
    with refused(AssemblyError, *about, unchanged=(model,)):
        model.make_neurongroup(1, dt=0.1 * ms)
    if name == "duration_rise":
        monitor = traces(group, "g_rise_Na_dend")
        Network(group, monitor).run(1 * ms)
        assert steps_on(monitor.g_rise_Na_dend[0]) == (1, 1)


@pytest.mark.parametrize("dt", [0.1, 0.05, 0.025, 0.2, 0.3, 0.07])
def test_trap_11_the_shortest_duration_that_the_message_names_is_legal(dt):
    defaultclock.dt = dt * ms
    with pytest.raises(AssemblyError) as caught:
        spiking_dendrite(duration_rise=0.3 * dt * ms).make_neurongroup(1)
    shortest = float(re.search(r"at least ([\d.]+) ms", str(caught.value))[1])
    group = spiking_dendrite(duration_rise=shortest * ms).make_neurongroup(1)
    monitor = traces(group, "g_rise_Na_dend")
    Network(group, monitor).run(10 * dt * ms)
    assert steps_on(monitor.g_rise_Na_dend[0]) == (1, 1)


def test_trap_11_all_durations_of_no_step_are_reported_together():
    short = dict.fromkeys(("duration_rise", "duration_fall"), 0.04 * ms)
    model = spiking_dendrite(**short)
    about = ("2 problems", "duration_rise_Na_dend", "duration_fall_Na_dend")
    with refused(AssemblyError, *about):
        model.make_neurongroup(1)


def test_trap_11_a_spike_width_of_no_step_is_an_error():
    with refused(AssemblyError, "spike_width = 0.04 ms", "dt = 0.1 ms", "0.05 ms"):
        two_resets(spike_width=0.04 * ms)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        (
            "duration_rise_Na_dend",
            lambda: spiking_dendrite(duration_rise=0.04 * ms).make_neurongroup(1),
        ),
        ("spike_width", lambda: two_resets(spike_width=0.04 * ms)),
    ],
)
def test_trap_11_a_duration_of_no_step_is_found_when_a_run_starts(name, make):
    defaultclock.dt = 0.025 * ms
    group = make()
    network = Network(group)
    before = group.get_states(units=False)
    defaultclock.dt = 0.1 * ms
    with pytest.raises(BrianObjectException) as caught:
        network.run(1 * ms)
    cause = caught.value.__cause__
    assert isinstance(cause, InvalidValueError)
    for fragment in (f"{name} = 0.04 ms", "dt = 0.1 ms", "at least 0.05 ms"):
        assert fragment in str(cause)
    assert network.t == 0 * ms
    after = group.get_states(units=False)
    for variable in ("V_soma", "V_dend"):
        assert np.array_equal(before[variable], after[variable])
    defaultclock.dt = 0.025 * ms  # the fix
    network.run(1 * ms)
    assert group.t == 1 * ms


def test_trap_11_a_duration_of_one_neuron_is_found_when_a_run_starts():
    model = spiking_dendrite()
    group = model.make_neurongroup(3, per_neuron=["duration_rise_Na_dend"])
    group.duration_rise_Na_dend = [1, 0.04, 2] * ms
    with pytest.raises(BrianObjectException) as caught:
        Network(group).run(1 * ms)
    assert isinstance(caught.value.__cause__, InvalidValueError)
    assert "duration_rise_Na_dend = 0.04 ms" in str(caught.value.__cause__)
