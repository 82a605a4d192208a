"""Mechanisms that rules need, and arguments that projections with a rule refuse."""

import pytest
from brian2 import Hz, ms, mV, nS

from dendrisyn import (
    AboveThreshold,
    Depression,
    FilteredVoltage,
    InhibitorySTDP,
    InvalidValueError,
    NameConflictError,
    PairSTDP,
    ThresholdCrossing,
    TraceSTDP,
    TripletSTDP,
    UnitError,
    UnknownNameError,
    VoltageSTDP,
)

from .helpers import point, source
from .rule_cells import X, cell


def state(model):
    """All that can be read of a model."""
    mechanisms = {k: list(each.mechanisms) for k, each in model.compartments.items()}
    values = {name: repr(value) for name, value in model.parameters.items()}
    return str(model), model.equations, model.events, values, mechanisms


# -- what it needs ---------------------------------------------------------------------
def as_a_user(line, model):
    """Run a line of a message as it stands."""
    scope = {"model": model}
    exec("from brian2 import *; from dendrisyn import *", scope)
    exec(line, scope)


@pytest.mark.parametrize(
    "rule",
    [
        VoltageSTDP(),
        VoltageSTDP.hippocampus(),
        VoltageSTDP(delay=0 * ms, theta_plus=-0.04 * mV, tau_plus=0.7 * ms),
        VoltageSTDP(theta_plus=-100 / 3 * mV, tau_minus=20 / 3 * ms),
        PairSTDP(post=ThresholdCrossing("V_dend", -45 * mV)),
        PairSTDP(post=ThresholdCrossing("V_soma", -45.3 * mV, name="low")),
        PairSTDP(post=ThresholdCrossing("V", -45 * mV)),
        TripletSTDP(post=ThresholdCrossing("V_dend", -100 / 3 * mV)),
        InhibitorySTDP(
            rate=5 * Hz, post=ThresholdCrossing("V_dend", -45.123456789012 * mV)
        ),
        TraceSTDP(traces=X, change_post="x", post=ThresholdCrossing("V_dend", 1 * mV)),
    ],
)
def test_what_is_missing_is_mended_by_the_line_in_the_message(rule):
    model = cell()
    before = state(model)
    with pytest.raises(InvalidValueError, match="Before you make the group") as caught:
        model.projection("AMPA_x_dend", plasticity=rule)
    assert state(model) == before
    message = str(caught.value)
    title = type(rule).__name__
    assert message.startswith(f"NeuronModel(soma, dend).projection: {title} needs")
    _, _, line = message.partition("add: ")
    as_a_user(line, model)
    made = model.projection("AMPA_x_dend", plasticity=rule)
    model.make_neurongroup(1)
    assert "on_event" in made


def test_what_is_missing_of_a_point_neuron_is_mended_too():
    for rule in (VoltageSTDP(), PairSTDP(post=ThresholdCrossing("V", -45 * mV))):
        model = point()
        with pytest.raises(InvalidValueError, match=r"add: model\.add\(") as caught:
            model.projection("AMPA_x", plasticity=rule)
        as_a_user(str(caught.value).partition("add: ")[2], model)
        assert "on_event" in model.projection("AMPA_x", plasticity=rule)


def test_only_what_is_missing_is_asked_for():
    model, rule = cell(), VoltageSTDP(delay=0 * ms)
    dend = model.compartments["dend"]
    dend.add(FilteredVoltage("plus", tau=7 * ms), AboveThreshold("V_dend", -45.3 * mV))
    with pytest.raises(
        InvalidValueError, match=r"add\(FilteredVoltage\('minus'"
    ) as caught:
        model.projection("AMPA_x_dend", plasticity=rule)
    assert "'plus'" not in str(caught.value)
    assert "Above" not in str(caught.value)
    # those of the soma do not count
    model.compartments["soma"].add(FilteredVoltage("minus", tau=10 * ms))
    with pytest.raises(
        InvalidValueError, match=r"\['dend'\]\.add\(FilteredVoltage\('minus'"
    ):
        model.projection("AMPA_x_dend", plasticity=rule)


@pytest.mark.parametrize(
    ("mechanism", "rule", "message"),
    [
        (
            FilteredVoltage("minus", tau=12 * ms),
            VoltageSTDP(delay=0 * ms),
            r"needs tau_V_minus_dend = 10\*msecond, but in the model it is 12\*m",
        ),
        (
            FilteredVoltage("minus", tau=10 * ms),
            VoltageSTDP(delay=4 * ms),
            r"needs FilteredVoltage\(.* but 'V_minus' of the model has another form",
        ),
        (
            AboveThreshold("V_dend", -45 * mV),
            VoltageSTDP(),
            r"needs theta_above_V_dend = -45\.3\*mvolt, but .* is -45\*mvolt",
        ),
        (
            ThresholdCrossing("V_dend", -45 * mV),
            PairSTDP(post=ThresholdCrossing("V_dend", -40 * mV)),
            r"needs theta_crossing_V_dend = -40\*mvolt, but .* -45\*mvolt\. Ch",
        ),
    ],
)
def test_what_is_there_with_another_value_is_refused(mechanism, rule, message):
    model = cell()
    model.compartments["dend"].add(mechanism)
    before = state(model)
    with pytest.raises(InvalidValueError, match=f"STDP {message}"):
        model.projection("AMPA_x_dend", plasticity=rule)
    assert state(model) == before


def test_a_value_that_was_changed_in_the_model_counts():
    model = cell()
    model.compartments["dend"].add(ThresholdCrossing("V_dend", -45 * mV))
    model.parameters["theta_crossing_V_dend"] = -40 * mV
    rules = [
        PairSTDP(post=ThresholdCrossing("V_dend", value * mV)) for value in (-45, -40)
    ]
    with pytest.raises(InvalidValueError, match="Change one of them"):
        model.projection("AMPA_x_dend", plasticity=rules[0])
    assert model.projection("AMPA_x_dend", plasticity=rules[1])
    # by its name, the event is followed whatever its threshold
    named = PairSTDP(post="crossing_V_dend")
    assert model.projection("AMPA_x_dend", plasticity=named)


def test_a_local_rule_reads_one_compartment():
    model = cell()
    for each in model.compartments.values():
        each.add(
            FilteredVoltage("minus", tau=10 * ms, delay=4 * ms),
            FilteredVoltage("plus", tau=7 * ms, delay=4 * ms),
        )
    for name in ("soma", "dend"):
        model.compartments[name].add(AboveThreshold(f"V_{name}", -45.3 * mV))
    before = state(model)
    message = r"VoltageSTDP reads .* several, with V_soma, V_dend.* projection to each"
    with pytest.raises(InvalidValueError, match=message):
        model.projection("AMPA_x_soma", "AMPA_x_dend", plasticity=VoltageSTDP())
    assert state(model) == before
    for name in ("soma", "dend"):
        made = model.projection(f"AMPA_x_{name}", plasticity=VoltageSTDP())
        assert f"V_minus_late_{name}_post" in made["on_pre"]
    # two receptors of one compartment are one place; another rule reads none
    assert model.projection("AMPA_x_dend", "NMDA_rec_dend", plasticity=VoltageSTDP())
    assert model.projection("AMPA_x_soma", "AMPA_x_dend", plasticity=PairSTDP())


def test_v_is_the_voltage_at_which_the_synapses_end():
    model = cell()
    crossing = ThresholdCrossing("V", -45 * mV)
    for each in model.compartments.values():
        each.add(crossing)
    for name in ("soma", "dend"):
        made = model.projection(f"AMPA_x_{name}", plasticity=PairSTDP(post=crossing))
        assert made["on_event"] == {"post": f"crossing_V_{name}"}
    with pytest.raises(InvalidValueError, match=r"PairSTDP reads .* on several"):
        model.projection(
            "AMPA_x_soma", "AMPA_x_dend", plasticity=PairSTDP(post=crossing)
        )
    # one that is named is the same for all
    named = PairSTDP(post=ThresholdCrossing("V_dend", -45 * mV))
    made = model.projection("AMPA_x_soma", "AMPA_x_dend", plasticity=named)
    assert made["on_event"] == {"post": "crossing_V_dend"}


# -- what it refuses -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"weight": 1.5},
            InvalidValueError,
            "w starts at 1.5, outside of the bounds of PairSTDP, w_min=0 and w_max=1",
        ),
        ({"weight": -0.1}, InvalidValueError, "w starts at -0.1, outside"),
        ({"weight": {"v": 2}}, InvalidValueError, "v starts at 2, outside"),
        (
            {"plasticity": PairSTDP(w_max=0.5)},
            InvalidValueError,
            "w starts at 1, outside of the bounds of PairSTDP, w_min=0 and w_max=0.5",
        ),
        ({"weight": 1 * nS}, UnitError, "expected a plain number"),
        ({"weight": float("nan")}, InvalidValueError, "expected a finite value"),
        ({"weight": [0.1, 0.2]}, InvalidValueError, "one number, or a text"),
        ({"weight": "x_stdp"}, NameConflictError, "'x_stdp'"),
        ({"weight": "A_plus_stdp"}, NameConflictError, "'A_plus_stdp'"),
        ({"weight": "V_dend"}, NameConflictError, "'V_dend' already"),
        ({"weight": "delay"}, NameConflictError, "'delay'"),
        ({"plasticity": PairSTDP}, UnitError, r"expected a rule, such as PairSTDP\(\)"),
        ({"plasticity": "PairSTDP"}, UnitError, "expected a rule, such as PairSTDP"),
        (
            {"plasticity": PairSTDP(post="spike_Na_den")},
            UnknownNameError,
            "PairSTDP.post: the model has no event 'spike_Na_den'. .*'spike_Na_dend'",
        ),
        (
            {"plasticity": TripletSTDP(post="spikes")},
            UnknownNameError,
            "TripletSTDP.post: the model has no event 'spikes'. Did you mean 'spike'",
        ),
        (
            {"plasticity": PairSTDP(post="crossing_V_dend")},
            UnknownNameError,
            "has no event 'crossing_V_dend'",
        ),
        (
            {"plasticity": PairSTDP(post=ThresholdCrossing("V_den", -45 * mV))},
            UnknownNameError,
            "no compartment with a voltage 'V_den'. Did you mean 'V_dend'",
        ),
        (
            {"plasticity": TraceSTDP(traces=X, change_post="x"), "weight": "x"},
            NameConflictError,
            "'x'",
        ),
        (
            {
                "plasticity": TraceSTDP(
                    traces={"V_soma": ("pre", 9 * ms)}, change_post="V_soma"
                )
            },
            NameConflictError,
            "'V_soma'",
        ),
        (
            {
                "plasticity": TraceSTDP(
                    traces={"z_stp": ("pre", 9 * ms)}, change_post="z_stp"
                ),
                "short_term": Depression(U=0.5, tau=9 * ms),
            },
            NameConflictError,
            "'z_stp'",
        ),
    ],
)
def test_a_projection_says_what_is_wrong_and_changes_nothing(arguments, error, message):
    model = cell()
    before = state(model)
    with pytest.raises(
        error, match=rf"^NeuronModel\(soma, dend\).projection: .*{message}"
    ):
        model.projection("AMPA_x_dend", **{"plasticity": PairSTDP(), **arguments})
    assert state(model) == before


def test_a_variable_of_the_model_cannot_have_the_name_of_a_trace():
    model = cell()
    model.add_equations("y_stdp : 1")
    with pytest.raises(NameConflictError, match="'y_stdp'"):
        model.projection("AMPA_x_dend", plasticity=PairSTDP())


def test_an_event_that_the_group_was_made_without_is_refused_by_brian():
    model = cell()
    made = model.projection("AMPA_x_dend", plasticity=PairSTDP(post="spike_Na_dend"))
    group = model.make_neurongroup(1, dspike_events=False)
    with pytest.raises(Exception, match="spike_Na_dend"):
        made.synapses(source([[1]]), group)
