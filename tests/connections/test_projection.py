"""The strings of a projection, times and rules of the user."""

import numpy as np
import pytest
from brian2 import (
    Equations,
    Hz,
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
)
from helpers.projections import PASSIVE, STDP, cell, spikes

from dendrisyn import (
    AMPA,
    CurrentBased,
    Depression,
    DualExponential,
    PointNeuronModel,
    Synapse,
)

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
