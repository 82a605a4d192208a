"""VoltageSTDP on dendrites; bounds, the third factor and messages to users."""

import brian2
import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dendrisyn
from dendrisyn import (
    AMPA,
    Dendrite,
    FilteredVoltage,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    Soma,
    UnitError,
    VoltageSTDP,
)

from .helpers import point, source
from .voltage_cells import (
    DEPRESSION,
    FAR,
    LEAK,
    POTENTIATION,
    SETS,
    excess,
    excursions,
    imposed,
    learned,
    needed,
)


# -- the place -------------------------------------------------------------------------
def two_compartments(*mechanisms):
    """A soma, and a dendrite that has the mechanisms, each with a receptor."""
    passive = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": LEAK * mV}
    soma, dend = Soma("soma", **passive), Dendrite("dend", **passive)
    for each in (soma, dend):
        each.add(AMPA("x", g=0 * nS, t_decay=5 * ms))
    dend.add(*mechanisms)
    return NeuronModel([(soma, dend, 3 * nS)])


def test_a_dendrite_learns_by_itself():
    """Depolarised, it potentiates without a spike of the soma, and the soma does not.

    The dendrite is at -26 mV; what is left of it in the soma, -54 mV, only depresses.
    """
    rule = VoltageSTDP()
    model = two_compartments(*needed(rule, "V_dend"))
    model.compartments["soma"].add(*needed(rule, "V_soma"))
    group = model.make_neurongroup(
        2, threshold="V_soma > -45*mV", reset="V_soma = -70*mV"
    )
    group.I_ext_dend = [0, 310] * pA
    spikes = source([[60, 80, 100, 120]])
    parts = []
    for place in ("dend", "soma"):
        made = model.projection(f"AMPA_x_{place}", weight=0.5, plasticity=rule)
        parts.append(made.synapses(spikes, group))
        parts[-1].connect()
    somatic = SpikeMonitor(group)
    names = ["V_dend", "V_soma", "V_minus_late_dend", "V_plus_late_dend"]
    recorded = StateMonitor(group, names, record=1, when="synapses")
    Network(group, spikes, *parts, somatic, recorded).run(180 * ms)
    assert somatic.num_spikes == 0
    (rest, dend), (_, soma) = (np.array(synapses.w[:]) for synapses in parts)
    # at rest the leak is at theta_minus
    assert rest == pytest.approx(0.5, abs=1e-9)
    assert soma < 0.5 - 4 * 14e-5 * 10
    assert dend > 0.5 + 4 * 0.01

    V, minus, plus = (
        np.array(getattr(recorded, name)[0] / mV)
        for name in ("V_dend", "V_minus_late_dend", "V_plus_late_dend")
    )
    times = np.arange(len(V)) * 0.1
    arrived = [times >= time - 1e-9 for time in (60, 80, 100, 120)]
    trace = sum(
        np.where(each, np.exp(-(times - times[each][0]) / 15), 0) for each in arrived
    )
    both = excess(V, -45.3) * excess(plus, -70.6)
    expected = 0.5 + 8e-5 * (trace / 15 * 0.1 * both).sum()
    expected -= 14e-5 * sum(excess(minus[each][0], -70.6) for each in arrived)
    assert dend == pytest.approx(expected, abs=1e-12)
    assert (recorded.V_soma < -50 * mV).all()


def test_potentiation_costs_nothing_below_its_threshold():
    """The event that looks at potentiation happens in the steps above it, only."""
    defaultclock.dt = 0.5 * ms
    voltages = np.full((100, 3), -50.0)
    voltages[20:27, 1] = -45.3  # not above
    voltages[40:47, 2] = -45.2
    rule = VoltageSTDP(A_LTD=0 / mV)
    model = point(*needed(rule))
    group = imposed(model, voltages)
    spikes = source([[5]])
    made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    events = EventMonitor(group, "above_V")
    Network(group, spikes, synapses, events).run(50 * ms)
    assert (np.array(events.i) == 2).all()
    assert np.array(events.t / ms) == pytest.approx(20 + 0.5 * np.arange(7))
    weights = np.array(synapses.w[:])
    assert (weights[:2] == 0.5).all()
    assert weights[2] > 0.5


def test_an_event_that_comes_late_does_not_depress():
    """With a delay of its pathway, it finds a voltage that is low again."""
    defaultclock.dt = 0.5 * ms
    voltages = np.full((60, 1), -60.0)
    voltages[20:24] = 0
    rule = VoltageSTDP(A_LTD=0 / mV)
    model = point(*needed(rule))
    group, spikes = imposed(model, voltages), source([[5]])
    made = model.projection("AMPA_x", weight=0.5, plasticity=rule)
    now, late = (made.synapses(spikes, group) for _ in range(2))
    for synapses in (now, late):
        synapses.connect()
    late.post.delay = 5 * ms
    Network(group, spikes, now, late).run(30 * ms)
    assert now.w[0] > 0.5
    assert late.w[0] == 0.5


def depolarised(dt):
    """The weight of a synapse of a cell with a step of its own, when it is steady."""
    rule = VoltageSTDP(**FAR)
    model = point(*needed(rule))
    group = model.make_neurongroup(1, dt=dt * ms)
    group.I_ext = 200 * pA
    spikes = SpikeGeneratorGroup(1, [0, 0], [20, 50] * ms, dt=dt * ms)
    made = model.projection("AMPA_x", weight=0, plasticity=rule)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    Network(group, spikes, synapses).run(80 * ms)
    return synapses.w[0]


def test_the_steps_are_those_of_the_cell():
    weights = []
    for default in (0.05, 0.2):
        defaultclock.dt = default * ms
        weights.append(depolarised(0.05))
    assert weights[0] == weights[1] > 0.05


# -- the third factor, and the bounds --------------------------------------------------
@pytest.mark.parametrize("term", [DEPRESSION, POTENTIATION, {}])
def test_a_gate_multiplies_both_terms(term):
    defaultclock.dt = 0.25 * ms
    voltages = np.repeat(excursions(3, 400, 1), 4, axis=1)
    trains = [[10, 22.5, 40, 61.25]] * 4
    gains = np.array([1, -0.25, 3, 0])
    rule = VoltageSTDP(**FAR, **term)
    change = learned(rule, voltages, trains)[0]
    assert abs(change) > 1e-3
    gated = VoltageSTDP(**FAR, **term, gate="reward_post - 0.5")
    weights = learned(gated, voltages, trains, reward=gains + 0.5)
    # rounding, 1e-16 a step
    assert weights == pytest.approx(gains * change, abs=1e-13)
    assert weights[3] == 0


NUMBERS = st.floats(0, 60)


SPANS = st.floats(0.5, 50).map(lambda value: value * ms)


@st.composite
def rules(draw):
    low = draw(st.floats(-3, 3))
    theta = draw(st.floats(-80, 0))
    return VoltageSTDP(
        w_min=low,
        w_max=low + draw(st.floats(0.01, 5)),
        gate=draw(st.sampled_from(["", "-2.5", "cos(t/ms)", "1e3 * sin(t/(3*ms))"])),
        mu_plus=draw(st.sampled_from([0, 0.5, 1, 1.7])),
        mu_minus=draw(st.sampled_from([0, 0.5, 1, 1.7])),
        A_LTD=draw(NUMBERS) * 1e-2 / mV,
        A_LTP=draw(NUMBERS) * 1e-2 / mV**2,
        theta_minus=theta * mV,
        theta_plus=(theta + draw(st.floats(-20, 40))) * mV,
        tau_x=draw(SPANS),
        tau_minus=draw(SPANS),
        tau_plus=draw(SPANS),
        delay=draw(st.sampled_from([0, 1, 2.5, 4])) * ms,
    )


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rule=rules(),
    start=st.sampled_from([0, 0.3, 1]),
    seed_=st.integers(0, 99),
    probability=st.sampled_from([0.03, 0.3]),
)
def test_no_voltage_takes_a_weight_out_of_its_bounds(rule, start, seed_, probability):
    defaultclock.dt = 0.5 * ms
    voltages = excursions(seed_, 80, 3)
    hit = np.random.default_rng(seed_).random((80, 2)) < probability
    trains = [[0.5, *np.flatnonzero(each) * 0.5 + 1] for each in hit.T]
    model = point(*needed(rule))
    group, spikes = imposed(model, voltages), source(trains)
    start = min(rule.w_min + start * (rule.w_max - rule.w_min), rule.w_max)
    made = model.projection("AMPA_x", weight={"w": start}, plasticity=rule)
    synapses = made.synapses(spikes, group)
    synapses.connect()
    monitor = StateMonitor(synapses, "w", record=True)
    Network(group, spikes, synapses, monitor).run(40 * ms)
    weights = np.array(monitor.w)
    assert (weights >= rule.w_min).all()  # NaN is not
    assert (weights <= rule.w_max).all()


# -- what a user sees ------------------------------------------------------------------
@pytest.mark.parametrize(
    "rule",
    [
        VoltageSTDP(),
        VoltageSTDP.hippocampus(),
        VoltageSTDP(delay=0 * ms),
        VoltageSTDP(delay=2.5 * ms, tau_minus=12 * ms, theta_plus=-50 * mV),
    ],
)
@pytest.mark.parametrize("receptor", ["AMPA_x", "AMPA_x_dend"])
def test_the_line_of_the_message_is_all_that_is_missing(rule, receptor):
    model = two_compartments() if receptor.count("_") > 1 else point()
    with pytest.raises(
        InvalidValueError, match=r"VoltageSTDP needs .* add: "
    ) as caught:
        model.projection(receptor, plasticity=rule)
    line = str(caught.value).split("add: ")[1]
    assert line.count("FilteredVoltage") == 2
    exec(line, {**vars(brian2), **vars(dendrisyn.plasticity), "model": model})
    made = model.projection(receptor, weight=0.5, plasticity=rule)
    group = model.make_neurongroup(2)
    spikes = source([[1, 2]])
    synapses = made.synapses(spikes, group)
    synapses.connect()
    Network(group, spikes, synapses).run(3 * ms)
    assert ("late" in made["on_pre"]) == (rule.delay > 0 * ms)


def test_a_message_names_only_what_is_missing():
    model = point(FilteredVoltage("plus", tau=7 * ms, delay=4 * ms))
    message = (
        r"add: model\.add\(FilteredVoltage\('minus', .*\), "
        r"AboveThreshold\('V', -45.3\*mvolt\)\)$"
    )
    with pytest.raises(InvalidValueError, match=message):
        model.projection("AMPA_x", plasticity=VoltageSTDP())


@pytest.mark.parametrize(
    ("has", "asked", "message"),
    [
        ({}, {"tau_minus": 11 * ms}, r"tau_V_minus = 11\*ms.*, but .* is 10\*ms"),
        ({}, {"tau_plus": 11 * ms}, r"tau_V_plus = 11\*ms.*, but .* is 7\*ms"),
        ({}, {"delay": 5 * ms}, r"delay_V_minus = 5\*ms.*, but .* is 4\*ms"),
        ({"delay": 0 * ms}, {}, r"FilteredVoltage\('minus'.* has another form"),
        ({}, {"theta_plus": -45 * mV}, r"theta_above_V = -45\*mv.* is -45.3\*mv"),
    ],
)
def test_other_filters_than_the_rule_wants_are_an_error(has, asked, message):
    model = point(*needed(VoltageSTDP(**has)))
    with pytest.raises(InvalidValueError, match=f"VoltageSTDP needs {message}"):
        model.projection("AMPA_x", plasticity=VoltageSTDP(**asked))


def test_a_rule_reads_one_compartment():
    model = two_compartments()
    with pytest.raises(InvalidValueError, match=r"one compartment, .* on several"):
        model.projection("AMPA_x_dend", "AMPA_x_soma", plasticity=VoltageSTDP())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"A_LTD": 14e-5}, UnitError, "A_LTD: expected a value in 1/volt"),
        ({"A_LTP": 8e-5 / mV}, UnitError, r"A_LTP: expected a value in 1/volt\*\*2"),
        ({"theta_minus": -70}, UnitError, "theta_minus: expected a value in volt"),
        ({"theta_plus": 1 * ms}, UnitError, "theta_plus: expected a value in volt"),
        ({"tau_x": 15}, UnitError, "tau_x: expected a value in second"),
        ({"delay": 4}, UnitError, "delay: expected a value in second"),
        ({"A_LTD": -1 / mV}, InvalidValueError, "A_LTD: must not be negative"),
        ({"A_LTP": -1 / mV**2}, InvalidValueError, "A_LTP: must not be negative"),
        ({"tau_x": 0 * ms}, InvalidValueError, "tau_x: must be positive"),
        ({"tau_minus": 0 * ms}, InvalidValueError, "tau_minus: must be positive"),
        ({"tau_plus": -1 * ms}, InvalidValueError, "tau_plus: must be positive"),
        ({"delay": -1 * ms}, InvalidValueError, "delay: must not be negative"),
        ({"theta_plus": np.nan * mV}, InvalidValueError, "expected a finite value"),
        ({"w_max": 0}, InvalidValueError, "w_max: must be above w_min = 0"),
        ({"mu_plus": -1}, InvalidValueError, "mu_plus: must not be negative"),
        ({"gate": "a +"}, InvalidValueError, "gate: Python cannot read"),
    ],
)
def test_values_are_checked(arguments, error, message):
    for make in SETS.values():
        with pytest.raises(error, match=rf"VoltageSTDP\..*{message}"):
            make(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("minus",), TypeError, "tau"),
        (("minus", 10 * ms), TypeError, "positional"),
    ],
)
def test_a_filter_needs_a_time_constant(arguments, error, message):
    with pytest.raises(error, match=message):
        FilteredVoltage(*arguments)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"tau": 0 * ms}, InvalidValueError, "tau: must be positive"),
        ({"tau": 10}, UnitError, "tau: expected a value in second"),
        ({"delay": -1 * ms}, InvalidValueError, "delay: must not be negative"),
        ({"delay": 4}, UnitError, "delay: expected a value in second"),
        ({"name": "2 x"}, NameConflictError, "name: '2 x'"),
        ({"name": 3}, NameConflictError, "name: 3"),
    ],
)
def test_values_of_a_filter_are_checked(values, error, message):
    values = {"name": "slow", "tau": 10 * ms, **values}
    with pytest.raises(error, match=rf"FilteredVoltage\.{message}"):
        FilteredVoltage(values.pop("name"), **values)


def test_hippocampus_has_its_own_parameters():
    """Of Larisch (2019); filters do not matter in a clamp, and are those of cortex."""
    rule, cortex = VoltageSTDP.hippocampus(), VoltageSTDP()
    assert rule.tau_x == 16 * ms
    for name in ("tau_minus", "tau_plus", "delay"):
        assert getattr(rule, name) == getattr(cortex, name)
    own = VoltageSTDP.hippocampus(tau_x=5 * ms, w_max=3)
    assert own.tau_x == 5 * ms
    assert own.w_max == 3
    assert own.theta_plus == -38 * mV


def test_plain_synapses_take_the_steps_of_the_cell():
    weights = []
    for default in (0.05, 0.1):
        defaultclock.dt = default * ms
        rule = VoltageSTDP(**FAR)
        model = point(*needed(rule))
        group = model.make_neurongroup(1, dt=0.05 * ms)
        group.I_ext = 200 * pA
        spikes = SpikeGeneratorGroup(1, [0, 0], [20, 50] * ms, dt=0.05 * ms)
        made = model.projection("AMPA_x", weight="w", plasticity=rule)
        synapses = Synapses(spikes, group, **made)
        synapses.connect()
        Network(group, spikes, synapses).run(80 * ms)
        weights.append(synapses.w[0])
    # the times of spikes are rounded to the clock of the synapses
    assert weights[0] == pytest.approx(weights[1], rel=0.01)


def test_the_line_of_the_message_has_all_digits():
    rule = VoltageSTDP(tau_minus=10 / 3 * ms, theta_plus=-45.123456789012 * mV)
    model = point()
    with pytest.raises(InvalidValueError) as caught:
        model.projection("AMPA_x", plasticity=rule)
    line = str(caught.value).split("add: ")[1]
    exec(line, {**vars(brian2), **vars(dendrisyn.plasticity), "model": model})
    model.projection("AMPA_x", plasticity=rule)
