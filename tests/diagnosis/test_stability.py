"""Row 40: steps that are too coarse."""

import sys
import warnings

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    TimedArray,
    cm,
    defaultclock,
    ms,
    mV,
    nS,
    ohm,
    pF,
    uF,
    um,
    uS,
)
from brian2.core.base import BrianObjectException
from helpers.diagnosed import cells, kinds

from dendrisyn import (
    AMPA,
    Dendrite,
    DendriticSpike,
    InvalidValueError,
    NeuronModel,
    NumericsWarning,
    Soma,
    diagnose,
)

CABLE = """
dv_1/dt = (g_L*(E - v_1) + g_C*(v_2 - v_1))/C : volt
dv_2/dt = (g_L*(E - v_2) + g_C*(v_1 - v_2) + I_2)/C : volt
I_2 = g*(0*mV - v_2) : amp
g : siemens
"""
E = -70 * mV
CELL = {"E": E, "C": 10 * pF, "g_L": 1 * nS}

#: Of `CABLE`, the rates are g_L/C and (g_L + 2 g_C)/C.
FAST = {"g_C": 150 * nS}
SLOW = {"g_C": 20 * nS}
ERRORS = (Exception,)
LIMITS = {"euler": 2, "heun": 2, "rk2": 2, "rk4": 2.785}


def cable(method, **values):
    """Return two coupled compartments."""
    group = NeuronGroup(3, CABLE, method=method, namespace={**CELL, **values})
    group.v_1 = group.v_2 = E
    return group


@pytest.mark.parametrize("method", LIMITS)
def test_hand_written_compartments_are_found(method):
    group = cable(method, **FAST)
    network = Network(group)
    (finding,) = diagnose(network)
    assert finding.kind == "coarse step"
    largest = LIMITS[method] * 10 / 301  # pF/nS = ms
    assert f"the largest stable step is {largest:.3g} ms" in finding.effect
    assert "NaN" in finding.effect
    assert f"{method!r} takes steps of dt = 0.1 ms" in finding.problem
    defaultclock.dt = 0.99 * largest * ms
    assert kinds(network) == []
    defaultclock.dt = 1.01 * largest * ms
    assert kinds(network) == ["coarse step"]


def test_the_step_that_is_named_is_where_it_diverges():
    largest = LIMITS["euler"] * 10 / 301
    for factor, diverges in ((0.98, False), (1.02, True)):
        group = cable("euler", **FAST)
        group.v_1 = -60 * mV
        defaultclock.dt = factor * largest * ms
        network = Network(group)
        assert bool(kinds(network)) is diverges
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.run(1000 * defaultclock.dt)
        assert (np.abs(group.v_1[0] / mV + 70) > 1000) == diverges


def test_other_methods_are_left_alone():
    assert kinds(Network(cable("exponential_euler", **FAST))) == []
    assert kinds(Network(cable("exact", **FAST))) == []
    assert kinds(Network(cable("euler", **SLOW))) == []


def test_the_present_state_counts():
    group = cable("euler", **SLOW)
    assert kinds(Network(group)) == []
    group.g[2] = 300 * nS
    (finding,) = diagnose(Network(group))
    assert "v_2" in finding.problem
    group.g[2] = 0 * nS
    assert kinds(Network(group)) == []


def test_constants_of_the_caller_are_seen():
    g_C = FAST["g_C"]
    assert [each.kind for each in diagnose(Network(cable("euler")))] == ["coarse step"]
    assert g_C == 150 * nS


NONLINEAR = "dv/dt = -v/tau + v**2/(50*ms) + {} : 1"


def test_the_default_method_is_euler_for_equations_that_are_not_linear():
    tau = 0.04 * ms
    for equations, expected in (
        (NONLINEAR.format("0/ms"), ["coarse step"]),
        ("dv/dt = -v/tau : 1", []),  # exact
    ):
        group = NeuronGroup(1, equations, namespace={"tau": tau})
        network = Network(group)
        assert kinds(network) == expected
        network.run(0.1 * ms)
        assert kinds(network) == expected


def test_gates_faster_than_a_step_are_found_under_euler():
    equations = "dv/dt = (x - v)/(20*ms) : 1\ndx/dt = -x/(0.07*ms) : 1"
    (finding,) = diagnose(Network(NeuronGroup(1, equations, method="euler")))
    assert "x decays with a time constant of 0.07 ms" in finding.problem
    assert "overshoots" in finding.effect
    assert "the largest stable one 0.14 ms" in finding.effect
    assert finding.remedy.startswith("defaultclock.dt = 0.02*ms, or")
    assert kinds(Network(NeuronGroup(1, equations, method="rk4"))) == []
    slower = equations.replace("0.07", "0.2")
    assert kinds(Network(NeuronGroup(1, slower, method="euler"))) == []


def test_noise_conditions_and_refractoriness_are_no_obstacle():
    equations = """
    dv/dt = leak + xi*(10*ms)**-0.5 : 1 (unless refractory)
    leak = -v*(1 + 200*int(v > 0.5))/(10*ms) : Hz
    """
    group = cells(2, equations, refractory=1 * ms)
    assert kinds(Network(group)) == []
    group.v = 0.9
    assert kinds(Network(group)) == ["coarse step"]
    equations = "dv/dt = -v/(0.04*ms) + v*xi*(10*ms)**-0.5 : 1"
    group = NeuronGroup(1, equations, method="heun")
    assert kinds(Network(group)) == ["coarse step"]


def test_a_group_without_differential_equations_is_left_alone():
    assert kinds(Network(cells(equations="v : 1"))) == []


@pytest.mark.parametrize("factor", ["rate(t)", "clip(v, 0, 1)/ms", "unknown"])
def test_what_cannot_be_computed_is_left_alone(factor, monkeypatch):
    """An error inside a check is silence."""
    monkeypatch.setattr(sys.modules["dendrisyn.diagnosis.examine"], "_UNKNOWN", ERRORS)
    rate = TimedArray([100, 200] / ms, dt=10 * ms)
    group = NeuronGroup(1, f"dv/dt = -1000*{factor}*v : 1", method="euler")
    assert diagnose(Network(group)) == []
    assert rate.values[0] == 1e5


# -- groups of dendrisyn ---------------------------------------------------------------


def cell(length):
    """Return a soma with a dendrite."""
    soma = Soma("soma", length=20 * um, diameter=20 * um)
    dend = Dendrite("dend", length=length, diameter=3 * um)
    dend.add(
        AMPA("x", g=1 * nS, t_rise=0.5 * ms, t_decay=5 * ms),
        DendriticSpike(
            "Na",
            threshold=-40 * mV,
            g_rise=1 * nS,
            duration_rise=1 * ms,
            reversal_rise="E_Na",
            refractory=5 * ms,
        ),
    )
    return NeuronModel(
        [(soma, dend)],
        cm=1 * uF / cm**2,
        gl=50 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-70 * mV,
    )


def test_what_a_group_of_dendrisyn_knows_is_said():
    with pytest.warns(NumericsWarning):
        group = cell(10 * um).make_neurongroup(1, method="euler")
    (finding,) = diagnose(Network(group))
    assert finding.kind == "coarse step"
    assert "the voltages diverge" in finding.problem
    assert finding.remedy.startswith("Lower dt")
    assert kinds(Network(cell(100 * um).make_neurongroup(1, method="euler"))) == []
    # which the default method has no trouble with
    assert kinds(Network(cell(10 * um).make_neurongroup(1))) == []


def test_a_step_that_was_changed_later_is_looked_at_before_the_run():
    group = cell(100 * um).make_neurongroup(1, method="rk4", dt=0.1 * ms)
    network = Network(group)
    assert kinds(network) == []
    group.clock.dt = 3 * ms
    found = {each.kind: each for each in diagnose(network)}
    assert set(found) == {"coarse step", "short duration"}
    assert "duration_rise_Na_dend = 1 ms rounds to no step" in (
        found["short duration"].problem
    )
    with pytest.raises(BrianObjectException) as caught:
        network.run(3 * ms)
    assert isinstance(caught.value.__cause__, InvalidValueError)
