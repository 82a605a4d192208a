"""`projection` and `poisson_input`: what they write, and what they refuse."""

import subprocess
import sys

import numpy as np
import pytest
from brian2 import (
    Equations,
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    defaultclock,
    mmolar,
    ms,
    mV,
    nS,
    pA,
    pF,
    second,
    seed,
)
from brian2.utils.logger import catch_logs
from helpers.modes import compile_quickly, environment

from dendrisyn import (
    AMPA,
    NMDA,
    AdEx,
    Alpha,
    ConductanceBased,
    CurrentBased,
    Delta,
    Dendrite,
    Depression,
    DualExponential,
    Exponential,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    PointNeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    TsodyksMarkram,
    TwoStateKinetics,
    UnitError,
    UnknownNameError,
)

PASSIVE = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}


def cell():
    """A soma and a dendrite with receptors of each kind."""
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    dend.add(
        AMPA("x", g=1 * nS, t_decay=5 * ms),
        NMDA("x", g=1 * nS, t_rise=2 * ms, t_decay=60 * ms),
        NMDA("rec", g=1 * nS, kinetics=SaturatingNMDA()),
        AMPA("gated", g=1 * nS, kinetics=TwoStateKinetics.ampa()),
        Synapse("kick", "x", kinetics=Delta(J=1 * mV)),
    )
    return NeuronModel([(soma, dend, 10 * nS)])


def spikes(*times, n=1):
    return SpikeGeneratorGroup(n, np.arange(len(times)) % n, list(times) * ms)


# -- what it writes --------------------------------------------------------------------


def test_a_pooled_receptor_needs_one_statement():
    assert dict(cell().projection("AMPA_x_dend")) == {
        "on_pre": "s_AMPA_x_dend_post += 1"
    }
    assert cell().projection("AMPA_x_dend", weight=0.5)["on_pre"] == (
        "s_AMPA_x_dend_post += 0.5"
    )


def test_a_saturating_receptor_has_a_gate_for_each_synapse_and_one_sum():
    made = cell().projection("NMDA_rec_dend", weight="w")
    equations = Equations(made["model"])
    assert equations["s_tot_NMDA_rec_dend_post"].flags == ["summed"]
    assert equations["s_NMDA_rec_dend_syn"].flags == ["clock-driven"]
    assert made["on_pre"] == "x_NMDA_rec_dend_syn += 1"
    assert made["method"] == "mean_drive"
    assert set(made["namespace"]) == {
        "t_NMDA_rise_rec_dend",
        "t_NMDA_decay_rec_dend",
        "alpha_NMDA_rec_dend",
    }


def test_co_release_gives_each_receptor_its_ratio():
    model = cell()
    group = model.make_neurongroup(1, method="rk4")
    source = spikes(1)
    made = model.projection(
        "AMPA_x_dend", ("NMDA_x_dend", 0.3), ("NMDA_rec_dend", 0.1), weight=2
    )
    synapses = Synapses(source, group, **made)
    synapses.connect()
    Network(source, group, synapses).run(3 * ms)
    # rk4 at 0.1 ms for 1.9 ms since the spike, the fastest time constant is 2 ms
    assert group.s_AMPA_x_dend[0] == pytest.approx(2 * np.exp(-1.9 / 5), rel=1e-6)
    assert group.s_NMDA_x_dend[0] == pytest.approx(0.6 * np.exp(-1.9 / 2), rel=1e-6)
    # the sum is as old as the start of the last step
    total = group.s_tot_NMDA_rec_dend[0] / synapses.s_NMDA_rec_dend_syn[0]
    assert total == pytest.approx(0.2, rel=0.05)
    assert "0.2 * s_NMDA_rec_dend_syn" in made["model"]


def test_it_prints_as_the_strings_it_holds():
    made = cell().projection(
        "AMPA_x_dend",
        weight={"w": 0.5},
        short_term=Depression(U=0.5, tau=100 * ms),
    )
    text = str(made)
    for name in ("model", "on_pre"):
        assert f"{name} = '''\n{made[name]}\n'''" in text
    assert "'tau_stp': 100. ms" in text
    assert ".synapses(...) starts w at 0.5" in text
    assert "AMPA" in made._repr_html_()
    assert "<" not in repr(made).strip("<>")


def test_constants_are_those_of_the_model_when_it_is_called():
    model = cell()
    before = model.projection("NMDA_rec_dend")
    model.parameters["alpha_NMDA_rec_dend"] = 100 * Hz
    after = model.projection("NMDA_rec_dend")
    assert before["namespace"]["alpha_NMDA_rec_dend"] == 500 * Hz
    assert after["namespace"]["alpha_NMDA_rec_dend"] == 100 * Hz


def test_a_point_neuron_has_projections_too():
    model = PointNeuronModel(**PASSIVE)
    model.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    assert model.projection("AMPA_x")["on_pre"] == "s_AMPA_x_post += 1"
    assert model.projection("AMPA_x", weight="w")["model"] == "w : 1"


def test_the_methods_are_exact_where_there_is_an_exact_one():
    model = cell()
    dend = model.compartments["dend"]
    dend.add(
        Synapse(
            "R",
            "x",
            kinetics=DualExponential(t_rise=1 * ms, t_decay=5 * ms),
            output=CurrentBased(J=1 * pA),
            pooled=False,
        )
    )
    methods = {
        "R_x_dend": "rk4",
        "AMPA_gated_dend": "exponential_euler",
        "NMDA_rec_dend": "mean_drive",
    }
    for name, method in methods.items():
        assert model.projection(name)["method"] == method
    assert model.projection(*methods)["method"] == "rk4"
    assert "method" not in model.projection("AMPA_x_dend")
    # mean_drive cannot integrate what it does not know
    rule = {"model": "dc/dt = -c**2/ms : 1 (clock-driven)", "on_pre": "w += c"}
    made = model.projection("NMDA_rec_dend", weight="w", plasticity=rule)
    assert made["method"] == "rk4"


# -- weights ---------------------------------------------------------------------------


def connected(projection, n=3, **connect):
    group = cell().make_neurongroup(2)
    synapses = projection.synapses(spikes(1, n=n), group)
    synapses.connect(**connect)
    return synapses


@pytest.mark.parametrize(
    ("weight", "start"),
    [("w", 1.0), ({"w": 0.5}, 0.5), ({"w": 0}, 0.0), ({"efficacy": -1}, -1.0)],
)
def test_weights_start_at_the_stated_value(weight, start):
    synapses = connected(cell().projection("AMPA_x_dend", weight=weight))
    name = weight if isinstance(weight, str) else next(iter(weight))
    assert getattr(synapses, name)[:].tolist() == [start] * 6


def test_weights_may_start_at_an_expression_of_the_scope():
    scale = 0.25
    projection = cell().projection("AMPA_x_dend", weight={"w": "scale * (i + 1)"})
    group = cell().make_neurongroup(2)
    synapses = projection.synapses(spikes(1, n=3), group)
    synapses.connect(j="0")
    assert synapses.w[:] == pytest.approx(scale * np.array([1, 2, 3]))


def test_a_second_connect_leaves_the_weights_that_are_there():
    projection = cell().projection("AMPA_x_dend", weight={"w": 0.5})
    synapses = connected(projection, i=[0, 1], j=[0, 0])
    synapses.w = 3
    synapses.connect(i=[2], j=[1])
    assert synapses.w[:].tolist() == [3, 3, 0.5]
    synapses.connect(condition="i > 100")  # makes none
    assert synapses.w[:].tolist() == [3, 3, 0.5]


def test_in_plain_synapses_the_weight_is_the_users():
    group = cell().make_neurongroup(1)
    synapses = Synapses(
        spikes(1), group, **cell().projection("AMPA_x_dend", weight="w")
    )
    synapses.connect()
    assert synapses.w[:].tolist() == [0.0]  # Brian2's start, which diagnose names
    synapses.w = 2
    assert synapses.w[:].tolist() == [2.0]


def test_the_weight_of_a_saturating_receptor_acts_at_once():
    """A factor of the sum: a change between spikes is heard in the next step."""
    model = cell()
    group = model.make_neurongroup(1)
    synapses = model.projection("NMDA_rec_dend", weight="w").synapses(
        source := spikes(1), group
    )
    synapses.connect()
    network = Network(source, group, synapses)
    network.run(10 * ms)
    before = float(group.s_tot_NMDA_rec_dend[0])
    synapses.w = 10
    network.run(0.1 * ms)
    assert group.s_tot_NMDA_rec_dend[0] == pytest.approx(10 * before, rel=0.01)


def test_delays_are_those_of_brian():
    model = cell()
    group = model.make_neurongroup(1)
    source = spikes(1)
    synapses = model.projection("AMPA_x_dend").synapses(source, group, delay=2 * ms)
    synapses.connect()
    monitor = StateMonitor(group, "s_AMPA_x_dend", record=0)
    Network(source, group, synapses, monitor).run(5 * ms)
    first = np.flatnonzero(monitor.s_AMPA_x_dend[0])[0]
    assert monitor.t[first] / ms == pytest.approx(3.1)  # 1 ms, the delay, one step


def test_arguments_of_brian_pass_and_those_of_the_projection_do_not():
    model = cell()
    group = model.make_neurongroup(1)
    projection = model.projection("NMDA_rec_dend")
    made = projection.synapses(
        spikes(1), group, method="euler", name="mine", namespace={"other": 3}
    )
    assert made.name == "mine"
    assert made.state_updater.method_choice == "euler"
    assert made.namespace["other"] == 3
    assert "alpha_NMDA_rec_dend" in made.namespace
    with pytest.raises(NameConflictError, match=r"writes on_pre itself.*plasticity"):
        projection.synapses(spikes(1), group, on_pre="x_NMDA_rec_dend_syn += 2")


def test_a_parameter_per_neuron_is_read_from_the_target():
    """Jumps, transmitter and time constants may vary over the target's neurons."""
    model = cell()
    names = ["J_kick_x_dend", "T_AMPA_gated_dend"]
    group = model.make_neurongroup(2, per_neuron=names)
    group.J_kick_x_dend = [1, 3] * mV
    group.T_AMPA_gated_dend = [0.5, 0] * mmolar
    source = spikes(1)
    projection = model.projection("kick_x_dend", "AMPA_gated_dend")
    with catch_logs() as logs:
        synapses = projection.synapses(source, group)
        synapses.connect()
        Network(source, group, synapses).run(1.2 * ms)
    assert not [each for each in logs if "resolution_conflict" in each[1]]
    jumps = group.V_dend[:] / mV + 65
    assert jumps[1] / jumps[0] == pytest.approx(3, rel=0.01)
    assert synapses.s_AMPA_gated_dend_syn[0] > 0
    assert synapses.s_AMPA_gated_dend_syn[1] == 0


def test_a_group_projects_onto_itself():
    model = cell()
    group = model.make_neurongroup(3, threshold="V_soma > -64*mV", reset="")
    group.V_soma[:1] = 0 * mV
    synapses = model.projection("NMDA_rec_dend", "AMPA_x_dend", weight="w").synapses(
        group, group
    )
    synapses.connect(condition="i != j")
    Network(group, synapses).run(3 * ms)
    assert (group.s_tot_NMDA_rec_dend[1:] > 0).all()
    assert group.s_AMPA_x_dend[1] > 0


# -- time ------------------------------------------------------------------------------


@pytest.mark.parametrize("dt", [0.02, 0.1, 0.25])
def test_a_pulse_of_transmitter_lasts_whole_steps_at_any_dt(dt):
    """Built at one dt and run at another: 0.5 ms are 25, 5 and 2 steps."""
    model = cell()
    group = model.make_neurongroup(1)
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    synapses = Synapses(source, group, **model.projection("AMPA_gated_dend"))
    synapses.connect()
    monitor = StateMonitor(synapses, "C_AMPA_gated_dend_syn", record=0)
    defaultclock.dt = dt * ms
    Network(source, group, synapses, monitor).run(4 * ms)
    on = np.count_nonzero(monitor.C_AMPA_gated_dend_syn[0])
    assert on == round(0.5 / dt)


def test_a_pulse_shorter_than_half_a_step_is_an_error():
    model = cell()
    model.parameters["T_dur_AMPA_gated_dend"] = 0.04 * ms
    with pytest.raises(
        ValueError, match=r"T_dur_AMPA_gated_dend = 0.04 ms rounds to no"
    ):
        model.make_neurongroup(1)


def test_nothing_is_released_before_the_first_spike():
    """Not in the first steps either, although the last spike is at 0 s by then."""
    model = cell()
    group = model.make_neurongroup(1)
    source = spikes(5)
    synapses = Synapses(
        source,
        group,
        **model.projection(
            "AMPA_gated_dend", short_term=Depression(U=0.5, tau=50 * ms)
        ),
    )
    synapses.connect()
    Network(source, group, synapses).run(4 * ms)
    assert synapses.s_AMPA_gated_dend_syn[0] == 0
    assert synapses.x_stp[0] == 1


# -- plasticity ------------------------------------------------------------------------

STDP = {
    "model": """dbefore/dt = -before/tau : 1 (event-driven)
                dafter/dt = -after/tau : 1 (event-driven)""",
    "on_pre": """before += 0.1
                 w = clip(w + after, 0, 2)""",
    "on_post": """after -= 0.05
                  w = clip(w + before, 0, 2)""",
    "namespace": {"tau": 20 * ms},
}


@pytest.mark.parametrize(("post", "change"), [(11, 0.1), (-9, -0.05)])
def test_a_rule_of_the_user_changes_the_weight(post, change):
    """One pair of spikes 10 ms apart: the closed form of a rule with traces."""
    model = cell()
    group = model.make_neurongroup(
        1, threshold="V_soma > 0*mV", reset="V_soma = -65*mV"
    )
    pre = 30
    source = spikes(pre)
    made = model.projection("AMPA_x_dend", weight={"w": 1}, plasticity=STDP)
    synapses = made.synapses(source, group)
    synapses.connect()
    network = Network(source, group, synapses)
    when = pre + post - 1
    network.run(when * ms)
    group.V_soma = 20 * mV
    network.run(60 * ms - network.t)
    # the spike is detected in the step that begins at `when`
    expected = 1 + change * np.exp(-abs(when - pre) / 20)
    assert synapses.w[0] == pytest.approx(expected, rel=1e-9)


def test_the_spike_is_transmitted_with_the_weight_before_it():
    rule = {"model": "", "on_pre": "w = 5"}
    model = cell()
    group = model.make_neurongroup(1, method="rk4")
    source = spikes(1)
    synapses = model.projection("AMPA_x_dend", weight="w", plasticity=rule).synapses(
        source, group
    )
    synapses.connect()
    Network(source, group, synapses).run(1.1 * ms)
    assert group.s_AMPA_x_dend[0] == 1
    assert synapses.w[0] == 5


def test_a_rule_may_define_the_weight_and_choose_method_and_event():
    rule = {"model": "w : 1", "on_post": "w += 1", "method": "euler", "on_event": {}}
    made = cell().projection("NMDA_rec_dend", weight="w", plasticity=rule)
    assert made["model"].count("w : 1") == 1
    assert made["method"] == "euler"
    assert made["on_event"] == {}
    assert made["on_post"] == "w += 1"


# -- Poisson input ---------------------------------------------------------------------


def test_poisson_input_is_that_of_brian():
    model = cell()
    found = []
    for arguments in (
        model.poisson_input("AMPA_x_dend", N=100, rate=20 * Hz, weight=0.5),
        {"target_var": "s_AMPA_x_dend", "N": 100, "rate": 20 * Hz, "weight": 0.5},
    ):
        group = model.make_neurongroup(3)
        seed(5)
        Network(group, PoissonInput(group, **arguments)).run(20 * ms)
        found.append(np.array(group.s_AMPA_x_dend[:]))
    assert found[0].min() > 0
    assert found[0].tolist() == found[1].tolist()


def test_poisson_input_to_a_delta_receptor_adds_its_jump():
    model = cell()
    model.parameters["w_kick_x_dend"] = 3
    arguments = model.poisson_input("kick_x_dend", N=1, rate=1 * Hz, weight=-0.5)
    assert arguments["target_var"] == "V_dend"
    assert float(arguments["weight"] / mV) == pytest.approx(-1.5)
    group = model.make_neurongroup(1)
    Network(group, PoissonInput(group, **arguments)).run(1 * ms)


# -- what it refuses -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.projection(), InvalidValueError, "name a receptor"),
        (
            lambda m: m.projection("AMPA_x_den"),
            UnknownNameError,
            "no receptor 'AMPA_x_den'. Did you mean 'AMPA_x_dend'",
        ),
        (lambda m: m.projection("AMPA_x"), UnknownNameError, "'AMPA_x_dend'"),
        (lambda m: m.projection(3), UnitError, "name of a receptor"),
        (
            lambda m: m.projection("AMPA_x_dend", "AMPA_x_dend"),
            InvalidValueError,
            "AMPA_x_dend is named twice",
        ),
        (
            lambda m: m.projection(("AMPA_x_dend", 1 * nS)),
            UnitError,
            "the ratio of AMPA_x_dend: expected a plain number",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight=1 * nS),
            UnitError,
            "weight: expected a plain number",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight=float("nan")),
            InvalidValueError,
            "weight: expected a finite value",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight=True),
            UnitError,
            "weight: expected a plain number",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight={"w": 1 * mV}),
            UnitError,
            "the start of 'w'",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight={"w": 1, "v": 2}),
            InvalidValueError,
            "expected one variable",
        ),
        (lambda m: m.projection("AMPA_x_dend", weight="i"), NameConflictError, "'i'"),
        (
            lambda m: m.projection("AMPA_x_dend", weight="w_post"),
            NameConflictError,
            "w",
        ),
        (lambda m: m.projection("AMPA_x_dend", weight="2w"), NameConflictError, "2w"),
        (
            lambda m: m.projection("NMDA_rec_dend", weight="s_NMDA_rec_dend_syn"),
            NameConflictError,
            "has a variable or parameter 's_NMDA_rec_dend_syn' already",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", short_term="depression"),
            UnitError,
            "short_term: expected Depression",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", plasticity=STDP),
            InvalidValueError,
            "no variable weight that the rule could change",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight="v", plasticity=STDP),
            InvalidValueError,
            "does not contain the weight 'v'",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend", weight="w", plasticity={**STDP, "onpost": "w += 1"}
            ),
            UnknownNameError,
            "no argument 'onpost'. Did you mean 'on_post'",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight="w", plasticity="w += 1"),
            UnitError,
            "expected a rule",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend", weight="w", plasticity={"on_pre": {"pre": "w += 1"}}
            ),
            UnitError,
            "expected text as on_pre",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend",
                weight="w",
                short_term=Depression(U=0.5, tau=1 * second),
                plasticity={"model": "z_stp : 1", "on_pre": "w += z_stp"},
            ),
            NameConflictError,
            "has a variable 'z_stp' already",
        ),
        (
            lambda m: m.poisson_input("NMDA_rec_dend", N=1, rate=1 * Hz),
            InvalidValueError,
            "a gate for each synapse",
        ),
        (
            lambda m: m.poisson_input("AMPA_y_dend", N=1, rate=1 * Hz),
            UnknownNameError,
            "Did you mean",
        ),
        (
            lambda m: m.poisson_input("AMPA_x_dend", N=1, rate=1 * Hz, weight="w"),
            UnitError,
            "weight: expected a plain number",
        ),
        (
            lambda m: m.poisson_input("AMPA_x_dend", N=-3, rate=1 * Hz),
            InvalidValueError,
            "N: expected a positive integer",
        ),
        (
            lambda m: m.poisson_input("AMPA_x_dend", N=3, rate=5),
            UnitError,
            "rate: expected a value in hertz",
        ),
        (
            lambda m: m.poisson_input("AMPA_x_dend", N=3, rate=-5 * Hz),
            InvalidValueError,
            "rate: must not be negative",
        ),
        (
            lambda m: m.poisson_input(("AMPA_x_dend", 0.3), N=3, rate=5 * Hz),
            UnitError,
            "expected the name of a receptor",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight={"w": "rand("}),
            InvalidValueError,
            "Python cannot read",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight={"w": [1, 2]}),
            InvalidValueError,
            "Assign arrays after connect",
        ),
        *(
            (
                lambda m, name=name: m.projection("AMPA_x_dend", weight=name),
                NameConflictError,
                f"Brian2 keeps '{name}' for itself",
            )
            for name in ("delay", "pre", "active", "connect", "lastupdate", "source")
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend", weight="w", plasticity={"on_pre": "w +="}
            ),
            InvalidValueError,
            "plasticity: on_pre: Python cannot read 'w +='",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend", weight="w", plasticity={"on_pre": "# w\nx_ = 1"}
            ),
            InvalidValueError,
            "does not contain the weight",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend",
                weight="w",
                plasticity={"on_pre": "w += 1", "namespace": 5},
            ),
            UnitError,
            "expected a dict as namespace",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend",
                weight="w",
                plasticity={"on_pre": "w += 1", "model": "dx/dt = "},
            ),
            InvalidValueError,
            "Brian2 refuses the model",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend",
                weight="w",
                plasticity={"on_pre": "a = w", "model": "w = 3 : 1"},
            ),
            InvalidValueError,
            "is a plain number of each synapse",
        ),
    ],
)
def test_what_is_wrong_is_said_at_once(call, error, message):
    model = cell()
    before = str(model)
    with pytest.raises(error) as caught:
        call(model)
    assert message in str(caught.value)
    assert str(caught.value).startswith("NeuronModel(soma, dend).p")
    assert str(model) == before


def test_a_parameter_that_is_not_given_is_named():
    model = PointNeuronModel(**PASSIVE)
    model.add(
        Synapse("kick", "x", kinetics=Delta()),
        Synapse(
            "R",
            "x",
            kinetics=TwoStateKinetics(alpha=TwoStateKinetics.ampa().alpha),
            output=ConductanceBased(E=0 * mV),
            g=1 * nS,
        ),
    )
    for name, missing in (("kick_x", "J_kick_x"), ("R_x", "beta_R_x")):
        with pytest.raises(
            InvalidValueError, match=rf"{missing} \(.*is not given: give"
        ):
            model.projection(name)
    with pytest.raises(InvalidValueError, match="J_kick_x"):
        model.poisson_input("kick_x", N=1, rate=1 * Hz)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Synapse("A", "x", kinetics=Delta(J=1 * mV), output=CurrentBased()),
            InvalidValueError,
            "Delta moves the voltage itself",
        ),
        (
            lambda: Synapse("A", "x", kinetics=Delta(J=1 * mV), g=1 * nS),
            InvalidValueError,
            "Delta has no conductance. Give it J",
        ),
        (
            lambda: Synapse("A", "x", kinetics=Delta(J=1 * mV), pooled=False),
            InvalidValueError,
            "Delta has no gate",
        ),
        (
            lambda: Synapse(
                "A",
                "x",
                kinetics=Exponential(t_decay=1 * ms),
                output=CurrentBased(J=1 * pA),
                g=1 * nS,
            ),
            InvalidValueError,
            "CurrentBased has no conductance. Give it J",
        ),
        (
            lambda: Synapse("NMDA", "x", kinetics=SaturatingNMDA(), pooled=True),
            InvalidValueError,
            "SaturatingNMDA is not linear",
        ),
        (
            lambda: Synapse("NMDA", "x", kinetics=SaturatingNMDA(), pooled="no"),
            UnitError,
            "Synapse.pooled: expected True or False",
        ),
        (
            lambda: Synapse("AMPA", "x", kinetics="alpha"),
            UnitError,
            "Synapse.kinetics: expected Kinetics, such as",
        ),
        (
            lambda: AMPA("x", kinetics=SaturatingNMDA(), t_decay=5 * ms),
            InvalidValueError,
            "AMPA('x'): give t_rise, t_decay and normalize to the kinetics",
        ),
        (
            lambda: AMPA("x", kinetics=Alpha(tau=2 * ms), normalize=False),
            InvalidValueError,
            "give t_rise, t_decay and normalize to the kinetics",
        ),
        (
            lambda: AMPA("x", kinetics=Delta(J=1 * mV)),
            InvalidValueError,
            "Delta moves the voltage itself, so it is no conductance",
        ),
        (
            lambda: Synapse("A", "x", kinetics=Delta(J=1 * mV), pooled=True),
            InvalidValueError,
            "Delta has no gate",
        ),
        (
            lambda: Synapse("NMDA", "x", kinetics=SaturatingNMDA(), pooled=0),
            UnitError,
            "Synapse.pooled: expected True or False",
        ),
        (lambda: Delta(J=1 * pA), UnitError, "Delta.J: expected a value in volt"),
        (lambda: CurrentBased(J=1 * nS), UnitError, "CurrentBased.J: expected a value"),
        (
            lambda: TwoStateKinetics(alpha=1 / ms, beta=1 / ms),
            UnitError,
            "1/(mmolar*ms)",
        ),
        (
            lambda: TwoStateKinetics(T=0.5),
            UnitError,
            "TwoStateKinetics.T: expected a value in mmolar",
        ),
        (
            lambda: Depression(U=0, tau=1 * second),
            InvalidValueError,
            "Depression.U: must be above 0 and at most 1",
        ),
        (
            lambda: Depression(U=1.01, tau=1 * second),
            InvalidValueError,
            "Depression.U: must be above 0 and at most 1",
        ),
        (
            lambda: TsodyksMarkram(U=0.5, tau_rec=1 * second, tau_facil=0 * second),
            InvalidValueError,
            "tau_facil: must be positive",
        ),
        (
            lambda: Depression(U=0.5, tau=1 * second, normalize=1),
            UnitError,
            "Depression.normalize: expected True or False",
        ),
    ],
)
def test_builders_refuse_what_does_not_go_together(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


# -- names at both ends ---------------------------------------------------------------


def test_cells_with_a_pooled_receptor_reach_a_saturating_one_of_the_same_name():
    """Two models with the same tags in one network, in both directions."""
    pooled, apart = PointNeuronModel(**PASSIVE), PointNeuronModel(**PASSIVE)
    pooled.add(AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms))
    apart.add(AMPA("x", g=1 * nS, kinetics=TwoStateKinetics.ampa()))
    groups = [
        each.make_neurongroup(1, threshold="V > 0*mV", reset="V = -65*mV")
        for each in (pooled, apart)
    ]
    groups[0].V = groups[1].V = 10 * mV
    one = apart.projection("AMPA_x").synapses(groups[0], groups[1])
    other = pooled.projection("AMPA_x").synapses(groups[1], groups[0])
    one.connect()
    other.connect()
    Network(*groups, one, other).run(2 * ms)
    assert groups[1].s_tot_AMPA_x[0] > 0.1
    assert groups[0].x_AMPA_x[0] > 0.1


def adex():
    model = PointNeuronModel(
        AdEx(a=1 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV), **PASSIVE
    )
    model.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    return model


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("w", "model"),  # its adaptation current
        ("tauw", "model"),
        ("w_AMPA_x", "model"),
        ("U_stp", "projection"),
        ("release_stp", "projection"),
        ("z_stp", "projection"),
    ],
)
def test_the_weight_needs_a_name_of_its_own(name, whose):
    """One that would be multiplied twice, hide a constant, or be refused by Brian2."""
    with pytest.raises(NameConflictError, match=rf"{whose} has a .* '{name}' already"):
        adex().projection(
            "AMPA_x", weight=name, short_term=Depression(U=0.5, tau=50 * ms)
        )


def test_a_constant_of_a_rule_is_neither_captured_nor_lost():
    """The rule's own value counts where the model has a parameter of that name."""
    model = cell()
    model.add_params({"eta": 7.0})
    rule = {"on_pre": "w += eta", "namespace": {"eta": 0.25}}
    group = model.make_neurongroup(1)
    source = spikes(1)
    made = model.projection("AMPA_x_dend", weight="w", plasticity=rule)
    synapses = made.synapses(source, group)
    synapses.connect()
    Network(source, group, synapses).run(2 * ms)
    assert synapses.w[0] == 1.25
    # what would be hidden by a variable of the target is refused
    model.add_equations("u : 1")
    rule = {"on_pre": "w += u", "namespace": {"u": 0.25}}
    made = model.projection("AMPA_x_dend", weight="w", plasticity=rule)
    with pytest.raises(NameConflictError, match="would hide the constant of the rule"):
        made.synapses(source, model.make_neurongroup(1))


@pytest.mark.parametrize("variable", ["U_stp", "release_stp", "z_stp", "V_soma"])
def test_a_rule_needs_names_of_its_own(variable):
    rule = {"model": f"{variable} : 1", "on_pre": f"w += {variable}"}
    with pytest.raises(NameConflictError, match=f"'{variable}' already"):
        cell().projection(
            "AMPA_x_dend",
            weight="w",
            short_term=Depression(U=0.5, tau=50 * ms),
            plasticity=rule,
        )


def test_a_model_whose_variables_stand_in_the_way_is_named():
    model = cell()
    model.add_equations("s_NMDA_rec_dend_syn : 1")
    with pytest.raises(NameConflictError, match="needs the name 's_NMDA_rec_dend_syn'"):
        model.projection("NMDA_rec_dend")


def test_a_source_with_a_variable_of_the_weights_name_is_named():
    projection = cell().projection("AMPA_x_dend", weight="w")
    source = NeuronGroup(1, "w : 1", threshold="w > 1", reset="", name="drivers")
    with pytest.raises(NameConflictError, match="drivers has a variable 'w'"):
        projection.synapses(source, cell().make_neurongroup(1))


def test_a_target_without_the_receptor_is_named():
    other = PointNeuronModel(**PASSIVE)
    with pytest.raises(UnknownNameError, match=r"no variable 's_AMPA_x_dend'.*another"):
        cell().projection("AMPA_x_dend").synapses(spikes(1), other.make_neurongroup(1))


def test_projections_to_separate_subgroups_share_a_saturating_receptor():
    model = cell()
    group = model.make_neurongroup(4)
    source = spikes(1)
    projection = model.projection("NMDA_rec_dend")
    made = [
        projection.synapses(source, group[:2]),
        projection.synapses(source, group[2:]),
    ]
    for each in made:
        each.connect()
    Network(source, group, *made).run(5 * ms)
    total = group.s_tot_NMDA_rec_dend[:]
    assert total.min() > 0
    assert np.ptp(total) == 0


# -- nothing half-changed --------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "error"),
    [("w_init", InvalidValueError), ("0.5*mV", UnitError)],
)
def test_a_start_that_cannot_be_evaluated_connects_nothing(start, error):
    """So that the cell of a notebook can be mended and run again."""
    projection = cell().projection("AMPA_x_dend", weight={"w": start})
    synapses = projection.synapses(spikes(1, n=3), cell().make_neurongroup(2))
    with pytest.raises(error, match="w cannot start at"):
        synapses.connect()
    assert len(synapses) == 0
    w_init = 0.5  # noqa: F841 - read by connect
    if start == "w_init":
        synapses.connect()
        assert synapses.w[:].tolist() == [0.5] * 6


def test_synapses_of_one_projection_have_namespaces_of_their_own():
    model = cell()
    projection = model.projection("NMDA_rec_dend")
    one, other = (
        Synapses(spikes(1), model.make_neurongroup(1), **projection) for _ in range(2)
    )
    one.namespace["alpha_NMDA_rec_dend"] = 1 * Hz
    assert other.namespace["alpha_NMDA_rec_dend"] == 500 * Hz
    assert projection["namespace"]["alpha_NMDA_rec_dend"] == 500 * Hz


def test_a_pulse_set_too_short_afterwards_is_an_error_when_it_runs():
    model = cell()
    group = model.make_neurongroup(1)
    model.parameters["T_dur_AMPA_gated_dend"] = 0.04 * ms
    source = spikes(1)
    synapses = model.projection("AMPA_gated_dend").synapses(source, group)
    synapses.connect()
    network = Network(source, group, synapses)
    with pytest.raises(Exception) as caught:  # Brian2 wraps what before_run raises
        network.run(1 * ms)
    assert "T_dur_AMPA_gated_dend = 0.04 ms rounds to no step" in str(
        caught.value.__cause__ or caught.value
    )


def test_equal_time_constants_are_no_special_case_on_the_synapse():
    """With the method of the projection; Brian2's exact one makes NaN of them."""
    model = PointNeuronModel(**PASSIVE)
    kinetics = DualExponential(t_rise=2 * ms, t_decay=2 * ms)
    output = ConductanceBased(E=0 * mV)
    model.add(
        Synapse("R", "x", kinetics=kinetics, output=output, g=1 * nS, pooled=False)
    )
    group = model.make_neurongroup(1)
    source = spikes(1)
    synapses = model.projection("R_x").synapses(source, group)
    synapses.connect()
    monitor = StateMonitor(synapses, "x_R_x_syn", record=0)
    Network(source, group, synapses, monitor).run(10 * ms)
    times = monitor.t / ms - 1.1
    expected = np.where(times > 0, times / 2 * np.exp(1 - times / 2), 0)
    # rk4: (0.1/2)**4/120; k is off by 1e-9
    assert np.array(monitor.x_R_x_syn[0]) == pytest.approx(expected, abs=1e-6)


# -- standalone ------------------------------------------------------------------------

STANDALONE = """
import sys
from brian2 import *
from dendrisyn import AMPA, InvalidValueError, PointNeuronModel
set_device("cpp_standalone", directory=sys.argv[1], build_on_run=False)
model = PointNeuronModel(cm_abs=100*pF, gl_abs=5*nS, v_rest=-65*mV)
model.add(AMPA("x", g=1*nS, t_decay=5*ms))
group = model.make_neurongroup(3)
source = SpikeGeneratorGroup(1, [0], [1]*ms)
S = model.projection("AMPA_x", weight={"w": 0.5}).synapses(source, group)
S.connect()
try:
    S.connect()
except InvalidValueError as error:
    print(error)
if len(sys.argv) > 2:
    run(2*ms)
    device.build(directory=sys.argv[1])
    print(S.w[:].tolist())
"""


def run_standalone(folder, *arguments):
    ran = subprocess.run(
        [sys.executable, "-c", STANDALONE, "build", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment(),
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout


def test_in_standalone_mode_a_second_connect_says_why_it_cannot(tmp_path):
    assert "only the first call can set w" in run_standalone(tmp_path)


@pytest.mark.compiled
def test_in_standalone_mode_weights_start_at_the_stated_value(tmp_path):
    compile_quickly(tmp_path)
    assert "[0.5, 0.5, 0.5]" in run_standalone(tmp_path, "build")
