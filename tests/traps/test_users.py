"""Traps 33 to 41: what users do with plain Brian2, which `diagnose` names."""

from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    ms,
)

from dendrisyn import diagnose

LEAKY = "dv/dt = (I - v)/(20*ms) : 1\n"
DECAY = LEAKY + "dI/dt = -I/(5*ms) : 1"
STATIC = LEAKY + "I : 1"


def neurons(equations=DECAY, **changes):
    """Return leaky neurons."""
    given = {"threshold": "v > 1", "reset": "v = 0", "method": "euler"}
    return NeuronGroup(5, equations, **(given | changes))


def synapses(source, target, model="", on_pre="I_post += 0.1", **arguments):
    """Return synapses between all pairs."""
    made = Synapses(source, target, model, on_pre, **arguments)
    made.connect()
    return made


def kinds(*objects):
    """Return the kinds of what is found in a network of these objects."""
    return [each.kind for each in diagnose(Network(objects))]


def test_trap_33_weights_that_were_never_set():
    group = neurons()
    S = synapses(group, group, "w : 1", "I_post += w")
    (finding,) = diagnose(Network(group, S))
    assert finding.kind == "zero weights"
    assert "S.w = 1" in finding.remedy
    S.w = 1
    assert kinds(group, S) == []


def test_trap_34_two_calls_of_connect():
    group = neurons()
    S = Synapses(group, group, on_pre="I_post += 0.1")
    S.connect("i != j", p=0.5)
    assert kinds(group, S) == []
    S.connect("i != j")
    assert kinds(group, S) == ["double connections"]


def test_trap_35_a_name_bound_twice():
    group = neurons()
    C_E_E = synapses(group, group)
    assert diagnose() == []
    C_E_E = Synapses(group, group, on_pre="v_post += 0.2*I_post")
    C_E_E.connect()
    C_E_E = Synapses(group, group, on_pre="I_post += 0.2")
    C_E_E.connect()
    (finding,) = diagnose()
    assert (finding.kind, finding.object) == ("bound twice", "C_E_E")


def test_trap_36_two_sums_into_one_variable():
    equations = LEAKY + "I = I_1 + I_2 : 1\nI_1 : 1\nI_2 : 1"
    model = "{}_post = s : 1 (summed)\nds/dt = -s/(5*ms) : 1 (clock-driven)"
    for second, expected in (("I_1", ["summed twice"]), ("I_2", [])):
        group = neurons(equations)
        one = synapses(group, group, model.format("I_1"), "s += 0.1")
        other = synapses(group, group, model.format(second), "s += 0.1")
        assert kinds(group, one, other) == expected


def test_trap_37_inputs_into_a_variable_without_dynamics():
    group = neurons(STATIC)
    assert kinds(group, synapses(group, group, on_pre="I = 0.1")) == ["clamped input"]
    group = neurons(STATIC)
    drive = PoissonInput(group, "I", 10, 10 * Hz, 0.1)
    assert kinds(group, drive) == ["growing input"]
    group = neurons(DECAY)
    drive = PoissonInput(group, "I", 10, 10 * Hz, 0.1)
    assert kinds(group, drive, synapses(group, group)) == []


def test_trap_38_a_plain_jump_beside_a_conductance():
    equations = "dv/dt = (-60*mV - v - g*v)/(20*ms) : volt\ndg/dt = -g/(5*ms) : 1"
    settings = {"threshold": "v > -50*mV", "reset": "v = -60*mV"}
    group = neurons(equations, **settings)
    S = synapses(group, group, on_pre="v_post += 1*mV")
    assert kinds(group, S) == ["plain jump"]
    group = neurons(equations, **settings)
    S = synapses(group, group, on_pre="g_post += 0.1")
    assert kinds(group, S) == []


def test_trap_39_silence_and_nan():
    for weight, expected in ((0.01, ["silent group"]), (2, [])):
        source, group = SpikeGeneratorGroup(1, [0] * 9, range(9) * ms), neurons()
        S = synapses(source, group, "w : 1", "I_post += w")
        S.w = weight
        network = Network(source, group, S, SpikeMonitor(group))
        network.run(100 * ms)
        assert [each.kind for each in diagnose(network)] == expected
    group.v[1] = float("nan")
    assert [each.kind for each in diagnose(network)] == ["not a number"]


def test_trap_40_a_step_that_is_too_coarse():
    equations = """
    dv/dt = (-v - 100*(v - u))/(5*ms) : 1
    du/dt = (-u - 100*(u - v))/(5*ms) : 1
    """
    for dt, expected in ((0.06 * ms, ["coarse step"]), (0.04 * ms, [])):
        assert kinds(neurons(equations, dt=dt)) == expected  # stable up to 0.0498 ms


def test_trap_41_depression_without_effect():
    model = "dx/dt = (1 - x)/(200*ms) : 1 (event-driven)"
    group = neurons()
    S = synapses(group, group, model, "I_post += 0.1; x *= 0.5")
    assert kinds(group, S) == ["without effect"]
    group = neurons()
    S = synapses(group, group, model, "I_post += 0.1*x; x *= 0.5")
    assert kinds(group, S) == []
