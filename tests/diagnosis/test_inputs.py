"""Rows 37 and 38: variables without dynamics, and jumps of the voltage itself."""

import pytest
from brian2 import (
    Hz,
    Network,
    NetworkOperation,
    PoissonInput,
    SpatialNeuron,
    Synapses,
    ms,
    mV,
    nS,
    pA,
    pF,
    um,
)
from brian2.spatialneuron.morphology import Soma as Ball
from helpers.diagnosed import cells, connected, kinds, membrane, spikes

from dendrisyn import AMPA, PointNeuronModel, diagnose

#: The model of the first question.
FIRST = """
dv/dt = -(V - v_rest)/t_tau : 1 (unless refractory)
V = v + I_e + I_i : 1
I_i : 1
I_e : 1
"""

#: That of the second one, with its parentheses mended so that the units agree.
SECOND = """
dv/dt = (-(v - v_rest) + ((I_e + I_i)/g_L))/t_tau : 1 (unless refractory)
I_i : 1
I_e : 1
"""

#: What the answer says.
ANSWER = """
dv/dt = -((v - v_rest) - I_e - I_i)/t_tau : 1 (unless refractory)
dI_i/dt = -I_i/(5*ms) : 1
dI_e/dt = -I_e/(5*ms) : 1
"""

CONSTANTS = {"v_rest": 0, "t_tau": 20 * ms, "g_L": 1}


def question(equations, on_pre):
    """Return the network of the question: recurrent spikes and a Poisson input."""
    neurons = cells(
        5,
        equations,
        threshold="v > 1",
        reset="v = v_rest",
        refractory=2 * ms,
        namespace=CONSTANTS,
    )
    synapses = connected(neurons, neurons, model="w : 1", on_pre=on_pre)
    synapses.w = 0.1
    external = PoissonInput(neurons, "I_e", N=400, rate=10 * Hz, weight=0.01)
    return Network(neurons, synapses, external)


@pytest.mark.parametrize("equations", [FIRST, SECOND])
def test_both_models_of_the_question_are_named(equations):
    network = question(equations, "I_i = w")
    clamped, growing = sorted(diagnose(network), key=lambda each: each.kind)
    assert clamped.kind == "clamped input"
    assert "'I_i_post = w'" in clamped.problem
    assert "stays at that value" in clamped.effect
    assert "on_pre='I_i_post += w'" in clamped.remedy
    assert growing.kind == "growing input"
    assert "I_e" in growing.problem
    assert "grows without limit" in growing.effect
    assert "dI_e/dt = -I_e/tau : 1" in growing.remedy


def test_the_answer_mends_them():
    assert kinds(question(ANSWER, "I_i += w")) == []


INPUT = "dv/dt = (I - v)/(20*ms) : 1\nI : 1\ndv_2/dt = (v - v_2)/(9*ms) : 1"


def pulsed(on_pre, delay=None, equations=INPUT, model="w : 1", **changes):
    """Return a network with pathways into a variable, and its synapses."""
    source, target = spikes(), cells(equations=equations, **changes)
    arguments = {} if delay is None else {"delay": delay}
    S = connected(source, target, model=model, on_pre=on_pre, **arguments)
    if "w" in S.equations:
        S.w = 0.1
    return Network(source, target, S), source, target


def test_spikes_that_add_to_a_parameter_are_found():
    network, _, _ = pulsed("I_post += w")
    assert kinds(network) == ["growing input"]
    network, _, _ = pulsed("I_post = I_post + 2*w")
    assert kinds(network) == ["growing input"]


SET_BACK = {
    "by a reset": {"reset": "v = 0; I = 0"},
    "by a reset to a value": {"reset": "v = 0; I = v_2"},
    "nowhere read": {"equations": INPUT.replace("(I - v)", "-v")},
    "its own equation": {
        "equations": INPUT.replace("\nI : 1", "\ndI/dt = -I/(5*ms) : 1")
    },
}


@pytest.mark.parametrize("case", SET_BACK)
@pytest.mark.parametrize("on_pre", ["I_post += w", "I_post = w"])
def test_what_is_set_back_or_not_read_is_left_alone(case, on_pre):
    assert kinds(pulsed(on_pre, **SET_BACK[case])[0]) == []


NOT_STUCK = {
    "a pulse": ({"up": "I_post += w", "down": "I_post -= w"}, {"down": 5 * ms}),
    "a switch": ({"on": "I_post = w", "off": "I_post = 0"}, {"off": 5 * ms}),
    "it shrinks": ("I_post *= 0.9; I_post += w", None),
    "it is bounded": ("I_post = clip(I_post + w, 0, 1)", None),
    "it follows a neuron": ("I_post += w*(0.5 - v_2_post)", None),
    "it samples": ("I_post = w*v_2_post", None),
}


@pytest.mark.parametrize("case", NOT_STUCK)
def test_what_does_not_stay_or_grow_is_left_alone(case):
    assert kinds(pulsed(*NOT_STUCK[case])[0]) == []


@pytest.mark.parametrize(
    ("kind", "on_pre", "last"),
    [
        ("clamped input", "I_post = w", 0),
        ("growing input", "I_post += 2*w", -0.1),
    ],
)
def test_two_sources_that_switch_on_and_off_are_left_alone(kind, on_pre, last):
    source, target = spikes(2), cells(equations=INPUT)
    S = connected(source, target, model="w : 1", on_pre=on_pre)
    S.w = 0.1
    network = Network(source, target, S)
    assert kinds(network) == [kind]
    S.w["i == 1"] = last
    assert kinds(network) == []
    S.w["i == 1"] = 0.05
    assert kinds(network) == [kind]


def test_the_time_of_the_last_spike_is_left_alone():
    equations = "dv/dt = (exp((last - t)/(5*ms)) - v)/(20*ms) : 1\nlast : second"
    network, _, _ = pulsed("last_post = t", equations=equations, model="")
    assert kinds(network) == []


def test_what_runs_regularly_or_cannot_be_read_is_left_alone():
    for set_back in (True, False):
        network, _, target = pulsed("I_post += w")
        if set_back:
            target.run_regularly("I *= 0.5", dt=1 * ms)
        else:
            network.add(NetworkOperation(lambda: None))
        assert kinds(network) == []


def test_the_voltage_of_a_spatial_neuron_is_left_alone():
    equations = "Im = -m*v*nS/um**2 : amp/meter**2\ndm/dt = (v/mV - m)/ms : 1"
    neuron = SpatialNeuron(Ball(20 * um), equations)
    drive = PoissonInput(neuron, "v", 10, 10 * Hz, 0.1 * mV)
    assert kinds(Network(neuron, drive)) == []


# -- 38: a plain jump beside a conductance ---------------------------------------------


def test_a_jump_of_the_voltage_beside_an_idle_conductance_is_found():
    source, target = spikes(), membrane()
    S = connected(source, target, model="w : volt", on_pre="v_post += w")
    S.w = 0.5 * mV
    (finding,) = diagnose(Network(source, target, S))
    assert finding.kind == "plain jump"
    assert finding.object == f"{S.name} (S)"
    assert "ever drives g" in finding.problem
    assert "on_pre='g_post += w'" in finding.remedy

    source, target = spikes(), membrane()
    mended = connected(source, target, model="w : 1", on_pre="g_post += w")
    mended.w = 0.5
    assert kinds(Network(source, target, mended)) == []


def test_a_poisson_input_to_the_voltage_is_found():
    target = membrane()
    P = PoissonInput(target, "v", N=10, rate=10 * Hz, weight=0.5 * mV)
    (finding,) = diagnose(Network(target, P))
    assert finding.kind == "plain jump"
    assert finding.remedy.startswith("PoissonInput(target, 'g', ...)")
    target = membrane()
    mended = PoissonInput(target, "g", N=10, rate=10 * Hz, weight=0.5)
    assert kinds(Network(target, mended)) == []


PAIR = """
dv/dt = (-60*mV - v - I*v)/(20*ms) : volt
I = 2*g : 1
dg/dt = (x - g)/(5*ms) : 1
dx/dt = -x/(2*ms) : 1
"""


def jump(equations, **arguments):
    """Return a network with a plain jump of the voltage."""
    source, target = spikes(), membrane(equations=equations, **arguments)
    S = connected(source, target, on_pre="v_post += 0.5*mV")
    return Network(source, target, S), target


def test_the_variable_to_drive_is_the_first_of_a_chain():
    network, _ = jump(PAIR)
    (finding,) = diagnose(network)
    assert "ever drives x," in finding.problem


CONDUCTANCE_LINE = "dv/dt = (-60*mV - v - g*v)/(20*ms) : volt\n"
DRIVEN = {
    "noise": "dg/dt = -g/(5*ms) + 0.1*xi*(5*ms)**-0.5 : 1",
    "a constant": "dg/dt = (0.1 - g)/(5*ms) : 1",
    "the voltage (adaptation)": "dg/dt = ((v + 60*mV)/mV - g)/(5*ms) : 1",
    "the time": "dg/dt = (sin(t/ms) - g)/(5*ms) : 1",
}


@pytest.mark.parametrize("case", DRIVEN)
def test_variables_that_something_drives_are_left_alone(case):
    voltage = CONDUCTANCE_LINE + DRIVEN[case]
    assert kinds(jump(voltage)[0]) == []


DECAY = "dg/dt = -g/(5*ms) : 1"


def test_variables_that_other_code_or_the_start_drives_are_left_alone():
    network, _ = jump(CONDUCTANCE_LINE + DECAY, reset="v = -60*mV; g += 0.1")
    assert kinds(network) == []
    network, target = jump(CONDUCTANCE_LINE + DECAY)
    target.g = 0.1
    assert kinds(network) == []
    network, target = jump(CONDUCTANCE_LINE + DECAY)
    target.run_regularly("g += 0.1", dt=10 * ms)
    assert kinds(network) == []


def test_jumps_without_a_conductance_are_left_alone():
    assert kinds(jump("dv/dt = (-60*mV - v)/(20*ms) : volt")[0]) == []
    # of which the voltage does not hear
    equations = "dv/dt = (-60*mV - v)/(20*ms) : volt\n" + DECAY
    assert kinds(jump(equations)[0]) == []


def test_jumps_that_are_named_are_left_alone():
    source, target = spikes(), membrane()
    S = Synapses(source, target, on_pre="v_post += J", namespace={"J": 0.5 * mV})
    S.connect()
    assert kinds(Network(source, target, S)) == []


def test_groups_of_dendrisyn_are_read_like_any_other():
    model = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    model.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    group = model.make_neurongroup(2, threshold="V > -50*mV", reset="V = -60*mV")
    group.I_ext = 10 * pA
    source = spikes()
    S = connected(source, group, on_pre="V_post += 0.5*mV")
    (finding,) = diagnose(Network(source, group, S))
    assert finding.kind == "plain jump"
    assert "s_AMPA_x" in finding.problem
