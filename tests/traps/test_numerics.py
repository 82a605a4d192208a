"""Numerics: noise, peaks of receptors, explicit methods."""

import re
import warnings
from itertools import pairwise

import numpy as np
import pytest
from brian2 import (
    Network,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
    um,
)
from helpers.trap_models import (
    SODIUM,
    close,
    lumped,
    pair,
    point,
    refused,
    sized,
    traces,
)

from dendrisyn import (
    AMPA,
    GABA,
    NMDA,
    AssemblyError,
    Compartment,
    InvalidValueError,
    NeuronModel,
    Noise,
    NumericsWarning,
    Soma,
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


# -- 12: noise has the statistics that it is given ----------------------------------

STOCHASTIC = ("euler", "heun", "milstein")


@pytest.mark.parametrize("dt", [0.1, 0.05])
@pytest.mark.parametrize("method", STOCHASTIC)
def test_trap_12_noise_has_its_mean_deviation_and_correlation_time(method, dt):
    tau, sigma, mean, number = 5, 10, 20, 10_000
    model = point()
    model.noise(tau=tau * ms, sigma=sigma * pA, mean=mean * pA)
    group = model.make_neurongroup(number, method=method)
    defaultclock.dt = dt * ms
    network = Network(group)
    network.run(8 * tau * ms)  # what is left of the start: exp(-8) mean, 0.007 pA
    first = group.I_noise / pA
    network.run(tau * ms)
    second = group.I_noise / pA
    bias = dt / tau / 4  # a step of finite size widens sd by 1/sqrt(1 - dt/(2 tau))
    for sample in (first, second):
        # 5 standard errors of a mean, sigma/sqrt(N), and what is left of the start
        assert abs(sample.mean() - mean) < 5 * sigma / number**0.5 + 0.007
        # 5 standard errors of a standard deviation, sigma/sqrt(2 N), and the bias
        limit = sigma * (5 / (2 * number) ** 0.5 + 1.1 * bias)
        assert abs(sample.std() - sigma) < limit
    rho = np.corrcoef(first, second)[0, 1]
    # 5 standard errors of a correlation, (1 - rho^2)/sqrt(N), and (1 - h)^(1/h)
    limit = 5 * (1 - np.exp(-2)) / number**0.5 + np.exp(-1) * 2.2 * bias
    assert abs(rho - np.exp(-1)) < limit


def test_trap_12_noise_of_a_dendrite_reaches_its_voltage():
    dend = lumped(gl_abs=100 * nS)
    dend.add(Noise(tau=5 * ms, sigma=100 * pA, mean=200 * pA))
    number = 5000
    group = pair(g=0 * nS, dend=dend).make_neurongroup(number)
    Network(group).run(60 * ms)
    rise = (group.V_dend + 70 * mV) / mV
    # mean/gL = 2 mV and sigma/gL sqrt(tau/(tau + tau_m)), tau_m = C/gL = 2 ms
    deviation = 1 * (5 / 7) ** 0.5
    assert abs(rise.mean() - 2) < 5 * deviation / number**0.5
    # 5 standard errors, and the 1 % that a step of tau/50 and tau_m/20 may add
    assert abs(rise.std() / deviation - 1) < 5 / (2 * number) ** 0.5 + 0.02
    assert np.array_equal(group.V_soma, np.full(number, -70) * mV)


@pytest.mark.parametrize(
    "method", ["rk4", "rk2", "exponential_euler", "exact", "linear"]
)
def test_trap_12_a_deterministic_method_is_refused_for_noise(method):
    dend = lumped()
    dend.noise()
    model = pair(dend=dend)
    about = (f"method={method!r}", "noise", *map(repr, STOCHASTIC))
    with refused(InvalidValueError, *about, unchanged=(model,)):
        model.make_neurongroup(1, method=method)
    dend.remove("noise")
    if method != "linear":  # without noise it is legal
        assert pair(dend=dend).make_neurongroup(1, method=method) is not None


# -- 13: a normalised peak, and what Euler makes of it ------------------------------


def announcement(caught):
    """Return the one `NumericsWarning` among the warnings that were caught."""
    found = [each for each in caught if issubclass(each.category, NumericsWarning)]
    assert len(found) == 1, [str(each.message) for each in found]
    return found[0]


def one_event(rise, decay, method, *, run_dt=None, **kwargs):
    """Return the gate after one spike, and the group."""
    model = point()
    model.add(AMPA("x", g=1 * nS, t_rise=rise, t_decay=decay, **kwargs))
    group = model.make_neurongroup(1, method=method)
    if run_dt is not None:
        defaultclock.dt = run_dt
    group.s_AMPA_x = 1
    monitor = traces(group, "x_AMPA_x")
    Network(group, monitor).run(10 * rise)
    return monitor.x_AMPA_x[0], monitor


def percentage(caught):
    message = str(announcement(caught).message)
    found = re.search(r"the peak of AMPA_x is off by ([+-]\d+)%", message)
    assert found, message
    assert "0.1 ms" in message
    assert "crank_nicolson" in message
    return int(found[1])


@pytest.mark.parametrize("method", ["euler", "milstein", "heun", "exponential_euler"])
def test_trap_13_an_overshoot_is_announced_with_its_size(method):
    with pytest.warns(NumericsWarning) as caught:
        gate, _ = one_event(0.1 * ms, 2 * ms, method)
    # the message rounds to a percent
    assert percentage(caught) == round(100 * (gate.max() - 1))
    assert gate.max() > 1.1


@pytest.mark.parametrize("scaled", [True, False])
def test_trap_13_the_short_form_is_announced_as_well(scaled):
    dend = lumped()
    dend.synapse("AMPA", "x", g=1 * nS, t_rise=0.1 * ms, t_decay=2 * ms, scale_g=scaled)
    with pytest.warns(NumericsWarning, match=r"AMPA_x is off by \+17%"):
        pair(dend=dend).make_neurongroup(1, method="euler")


def test_trap_13_a_dt_that_is_changed_later_is_announced_when_the_run_starts():
    defaultclock.dt = 0.01 * ms
    with pytest.warns(NumericsWarning) as caught:
        gate, _ = one_event(0.1 * ms, 2 * ms, "euler", run_dt=0.1 * ms)
    assert percentage(caught) == round(100 * (gate.max() - 1))


def test_trap_13_the_announcement_points_to_the_line_of_the_user():
    model = point()
    model.add(AMPA("x", g=1 * nS, t_rise=0.1 * ms, t_decay=2 * ms))
    with pytest.warns(NumericsWarning) as caught:
        model.make_neurongroup(1, method="euler")
    assert announcement(caught).filename == __file__


@pytest.mark.parametrize(
    ("method", "dt", "tolerance"),
    [
        ("rk4", 0.1, 0.01),  # half a percent of its own, and of the sampling
        ("rk4", 0.025, 0.001),  # sampling: (dt/2)^2/(2 t_rise t_decay)
        ("euler", 0.01, 0.01),  # first order: about dt/(12 t_rise)
    ],
)
def test_trap_13_the_peak_is_one_where_nothing_is_announced(method, dt, tolerance):
    defaultclock.dt = dt * ms
    with warnings.catch_warnings():
        warnings.simplefilter("error", NumericsWarning)
        gate, _ = one_event(0.1 * ms, 2 * ms, method)
    assert abs(gate.max() - 1) < tolerance


@pytest.mark.parametrize("dt", STEPS)
@pytest.mark.parametrize(
    "method", ["euler", "heun", "milstein", "rk2", "exponential_euler", "rk4"]
)
def test_trap_13_no_silent_error_of_the_peak_is_above_six_percent(method, dt):
    defaultclock.dt = dt * ms
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gate, _ = one_event(0.1 * ms, 2 * ms, method)
    told = [each for each in caught if issubclass(each.category, NumericsWarning)]
    # the package tells from 5 % on; the peak of the samples may be a little lower
    assert told or abs(gate.max() - 1) < 0.06


@pytest.mark.parametrize(("rise", "decay"), [(0.5, 5), (2, 60), (5, 2), (3, 3)])
def test_trap_13_usual_time_constants_are_not_announced(rise, decay):
    gate, monitor = one_event(rise * ms, decay * ms, "rk4")
    # rk4 at dt = t_rise/5 or less is right to 1e-5, sampling the peak to 1e-3
    assert abs(gate.max() - 1) < 1e-3
    peak_time = monitor.t[gate.argmax()] / ms
    exact = rise if rise == decay else np.log(decay / rise) / (1 / rise - 1 / decay)
    assert abs(peak_time - exact) <= 0.1  # one step


# -- 14: equal time constants -------------------------------------------------------


@pytest.mark.parametrize("tau", [1, 5])
@pytest.mark.parametrize("build", [AMPA, NMDA, GABA])
def test_trap_14_equal_time_constants_give_the_alpha_function(build, tau):
    model = point()
    receptor = build("x", g=1 * nS, t_rise=tau * ms, t_decay=tau * ms)
    model.add(receptor)
    channel = receptor.channel
    group = model.make_neurongroup(1, method="rk4")
    # 1e-8: the formula may step aside by 1e-9 where it is singular
    assert close(group.namespace[f"k_{channel}_x"], np.e / (tau * ms), tolerance=1e-8)
    setattr(group, f"s_{channel}_x", 1)
    monitor = traces(group, f"x_{channel}_x")
    Network(group, monitor).run(10 * tau * ms)
    time = monitor.t / (tau * ms)
    gate = getattr(monitor, f"x_{channel}_x")[0]
    # rk4 with steps of tau/10 or less: an error of 1e-5
    assert np.allclose(gate, time * np.exp(1 - time), atol=1e-5)
    assert abs(gate.max() - 1) < 1e-5


def test_trap_14_equal_time_constants_without_normalisation():
    model = point()
    model.synapse("AMPA", "x", g=1 * nS, t_rise=2 * ms, t_decay=2 * ms)
    group = model.make_neurongroup(1, method="rk4")
    group.s_AMPA_x = 1
    monitor = traces(group, "x_AMPA_x")
    Network(group, monitor).run(20 * ms)
    time = monitor.t / ms
    # rk4 with steps of tau/20: an error of 1e-6
    assert np.allclose(monitor.x_AMPA_x[0], time * np.exp(-time / 2), atol=1e-6)


def test_trap_14_the_normalisation_is_continuous_where_they_are_equal():
    factors = [
        Compartment.g_norm_factor(2 * ms, decay * ms)
        for decay in (2 * (1 - 1e-7), 2, 2 * (1 + 1e-7), 2 * (1 + 1e-13))
    ]
    assert np.allclose(factors, np.e / 2, rtol=1e-7)  # the slope there is of order 1
    for decay in (2 * (1 + 1e-7), 2 * (1 + 1e-13)):
        dend = lumped()
        dend.add(AMPA("x", g=1 * nS, t_rise=2 * ms, t_decay=decay * ms))
        k = dend.parameters["k_AMPA_x_dend"]
        assert close(k, np.e / (2 * ms), tolerance=1e-7)  # as above


def test_trap_14_constants_that_become_equal_later():
    dend = lumped()
    dend.add(AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms))
    dend.parameters["t_AMPA_rise_x_dend"] = 5 * ms
    namespace = pair(dend=dend).make_neurongroup(1).namespace
    # 1e-8: the formula may step aside by 1e-9 where it is singular
    assert close(namespace["k_AMPA_x_dend"], np.e / (5 * ms), tolerance=1e-8)


# -- 15: t_rise alone ---------------------------------------------------------------


@pytest.mark.parametrize("channel", ["AMPA", "NMDA", "GABA"])
@pytest.mark.parametrize("scaled", [True, False])
def test_trap_15_t_rise_alone_is_an_error(channel, scaled):
    about = ("t_rise alone", "t_rise=2. ms", "Give t_decay as well")
    for owner, where in (
        (lumped(), "Dendrite('dend').synapse"),
        (lumped(Soma, "soma"), "Soma('soma').synapse"),
        (point(), "PointNeuronModel.synapse"),
    ):
        with refused(InvalidValueError, where, *about, unchanged=(owner,)):
            owner.synapse(channel, "x", g=1 * nS, t_rise=2 * ms, scale_g=scaled)
        owner.synapse(channel, "x", g=1 * nS, t_rise=2 * ms, t_decay=5 * ms)


@pytest.mark.parametrize("build", [AMPA, NMDA, GABA])
def test_trap_15_t_rise_alone_is_an_error_of_the_builders(build):
    about = (f"{build.__name__}('x')", "t_rise=2. ms", "Give t_decay as well")
    with refused(InvalidValueError, *about):
        build("x", g=1 * nS, t_rise=2 * ms)


def test_trap_15_no_time_constant_at_all_is_reported_by_the_group():
    dend = lumped()
    dend.synapse("AMPA", "x", g=1 * nS)
    about = ("t_AMPA_decay_x_dend", "not given", "give t_decay")
    with refused(AssemblyError, *about):
        pair(dend=dend).make_neurongroup(1)


# -- 16: scale_g --------------------------------------------------------------------


def peak_of(model, name):
    """Return the largest conductance (nS) after one spike."""
    group = model.make_neurongroup(1, method="rk4")
    setattr(group, f"s_{name}", 1)
    monitor = traces(group, f"I_{name}", "V_dend")
    Network(group, monitor).run(20 * ms)
    current = getattr(monitor, f"I_{name}")[0]
    return np.max(current / (0 * mV - monitor.V_dend[0])) / nS


@pytest.mark.parametrize("how", ["at once", "by name", "on the model"])
def test_trap_16_scale_g_holds_whenever_g_is_given(how):
    dend = lumped()
    g = 2 * nS if how == "at once" else None
    dend.synapse("AMPA", "x", g=g, t_rise=1 * ms, t_decay=5 * ms, scale_g=True)
    if how == "by name":
        dend.parameters["g_AMPA_x_dend"] = 2 * nS
    model = pair(dend=dend)
    if how == "on the model":
        model.add_params({"g_AMPA_x_dend": 2 * nS})
    # rk4 at t_rise/10, sampled at 0.1 ms: right to 1e-3
    assert abs(peak_of(model, "AMPA_x_dend") - 2) < 2e-3


def test_trap_16_without_scale_g_the_peak_is_that_of_the_equation():
    dend = lumped()
    dend.synapse("AMPA", "x", g=2 * nS, t_rise=1 * ms, t_decay=5 * ms)
    factor = dend.g_norm_factor(1 * ms, 5 * ms)
    expected = 2 / factor
    # rk4 at t_rise/10, sampled at 0.1 ms: right to 1e-3
    assert abs(peak_of(pair(dend=dend), "AMPA_x_dend") / expected - 1) < 1e-3
    assert abs(factor - 1.495) < 1e-3  # 5**(5/4)/5, the known normalisation


def test_trap_16_scale_g_holds_for_time_constants_that_are_changed():
    dend = lumped()
    dend.synapse("AMPA", "x", g=2 * nS, t_rise=1 * ms, t_decay=5 * ms, scale_g=True)
    dend.parameters["t_AMPA_rise_x_dend"] = 2 * ms
    model = pair(dend=dend)
    model.parameters["t_AMPA_decay_x_dend"] = 9 * ms
    # rk4 at t_rise/20, sampled at 0.1 ms: right to 1e-3
    assert abs(peak_of(model, "AMPA_x_dend") - 2) < 2e-3


def test_trap_16_scale_g_without_a_rise_is_no_change():
    dend = lumped()
    dend.synapse("AMPA", "x", g=2 * nS, t_decay=5 * ms, scale_g=True)
    assert abs(peak_of(pair(dend=dend), "AMPA_x_dend") - 2) < 1e-9  # rounding


def test_trap_16_scale_g_without_any_g_is_an_error():
    dend = lumped()
    dend.synapse("AMPA", "x", t_rise=1 * ms, t_decay=5 * ms, scale_g=True)
    model = pair(dend=dend)
    about = (
        "NeuronModel(soma, dend).make_neurongroup",
        "g_AMPA_x_dend",
        "siemens",
        "give g, or set parameters['g_AMPA_x_dend']",
    )
    with refused(AssemblyError, *about, unchanged=(model,)):
        model.make_neurongroup(1)


# -- 17: explicit methods and tightly coupled compartments --------------------------


def cable(number=20):
    """Return a model of compartments of 20 x 1 um in a row."""
    size = {"length": 20 * um, "diameter": 1 * um}
    parts = [sized(Soma, "c0", **size)]
    parts += [sized(name=f"c{index}", **size) for index in range(1, number)]
    return NeuronModel(list(pairwise(parts)))


def largest_deflection(group, duration):
    """Return the largest voltage (mV, against rest) after a start 10 mV off at c0."""
    group.V_c0 = -60 * mV
    with np.errstate(all="ignore"):
        Network(group).run(duration)
    voltages = (name for name in group.equations.diff_eq_names if name[:2] == "V_")
    return max(abs(float(getattr(group, name)[0] / mV) + 70) for name in voltages)


def announced_dt(caught):
    message = str(announcement(caught).message)
    found = re.search(r"largest stable step, ([\d.]+) ms", message)
    assert found, message
    assert "dt = 0.1 ms" in message
    assert "Lower dt, or use method='crank_nicolson'" in message
    return float(found[1])


@pytest.mark.parametrize(
    ("method", "number"),
    # few under the methods whose code for twenty takes Brian2 long to write
    [("euler", 20), ("heun", 4), ("milstein", 4), ("rk2", 4), ("rk4", 3)],
)
def test_trap_17_the_largest_stable_step_is_announced_and_right(method, number):
    with pytest.warns(NumericsWarning) as caught:
        cable(number).make_neurongroup(1, method=method)
    limit = announced_dt(caught)
    assert 0.005 < limit < 0.05
    below = cable(number).make_neurongroup(1, method=method, dt=0.97 * limit * ms)
    assert largest_deflection(below, 1000 * limit * ms) < 10
    with pytest.warns(NumericsWarning, match="largest stable step"):
        above = cable(number).make_neurongroup(1, method=method, dt=1.03 * limit * ms)
    deflection = largest_deflection(above, 1000 * limit * ms)
    assert not deflection < 1e6  # diverges, be it to NaN


def test_trap_17_a_dt_that_is_changed_later_is_announced_when_the_run_starts():
    defaultclock.dt = 0.005 * ms
    group = cable().make_neurongroup(1, method="euler")
    network = Network(group)
    network.run(0.1 * ms)
    defaultclock.dt = 0.1 * ms
    with pytest.warns(NumericsWarning) as caught, np.errstate(all="ignore"):
        network.run(0.2 * ms)
    announced_dt(caught)


@pytest.mark.parametrize(
    ("method", "dt"),
    [("crank_nicolson", 0.1), ("exponential_euler", 0.1), ("euler", 0.01)],
)
def test_trap_17_a_stable_choice_is_not_announced_and_bounded(method, dt):
    with warnings.catch_warnings():
        warnings.simplefilter("error", NumericsWarning)
        group = cable().make_neurongroup(1, method=method, dt=dt * ms)
        assert largest_deflection(group, 5 * ms) < 10


def test_trap_17_values_of_the_namespace_count():
    soma, dend = lumped(Soma, "soma"), lumped()
    model = NeuronModel([(soma, dend, 10 * nS)])
    # C/(gL + 2 g) of two equal compartments is 0.03 ms
    small = {"C_soma": 1 * pF, "C_dend": 1 * pF}
    with pytest.warns(NumericsWarning, match="largest stable step"):
        model.make_neurongroup(1, method="euler", namespace=small)
