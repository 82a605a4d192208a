"""From the gate of a receptor to its current: factors, blocks, defaults, refusals.

Everything is read from variables of the neuron and from parameters. A spike acts one
step later; a sum over synapses is made at the start of a step, one step later again."""

import itertools
import warnings

import numpy as np
import pytest
from brian2 import Network, StateMonitor, ms, mV, nS, pA
from helpers.synaptic_currents import DT, block, cell, simulate
from scipy.integrate import solve_ivp

from dendrisyn import (
    AMPA,
    GABA,
    GABAB,
    NMDA,
    Alpha,
    ConductanceBased,
    CurrentBased,
    DualExponential,
    Exponential,
    GABABKinetics,
    InvalidValueError,
    MagnesiumBlock,
    NumericsWarning,
    SaturatingNMDA,
    Synapse,
    TwoStateKinetics,
)


# -- GABA-B: the gate that four binding sites make -------------------------------------
def g_protein(times, train):
    """Return s of one synapse from scipy, with the rates of the paper in numbers."""
    starts = np.asarray(train) + DT
    corners = sorted({0.0, *starts, *(starts + 0.3), times[-1] + DT})
    state, found = [0.0, 0.0], np.zeros(len(times))
    for left, right in itertools.pairwise(corners):
        C = 0.5 if np.any(np.abs(starts - left) < 1e-9) else 0.0
        run = solve_ivp(
            lambda t, y, C: [
                0.09 * C * (1 - y[0]) - 0.0012 * y[0],
                0.18 * y[0] - 0.034 * y[1],
            ],
            (left, right),
            state,
            args=(C,),
            method="DOP853",
            rtol=1e-11,
            atol=1e-14,
            dense_output=True,
        )
        inside = (times > left - 1e-6) & (times < right - 1e-6)
        found[inside] = run.sol(np.maximum(times[inside], left))[1]
        state = run.y[:, -1]
    return found


@pytest.mark.parametrize("Kd", [None, 0.2])
def test_the_current_of_gaba_b_is_that_of_its_four_binding_sites(Kd):
    """Two bursts at 200 Hz; a second Kd at which the gate nearly saturates."""
    kinetics = GABABKinetics() if Kd is None else GABABKinetics(Kd=Kd)
    trains = [1 + 5.0 * np.arange(20), 3 + 5.0 * np.arange(10)]
    names = ["V", "I_GABAB_x", "s_tot_GABAB_x"]
    times, got = simulate(
        GABAB("x", g=2 * nS, w=2, kinetics=kinetics), names, trains, 200, weight=0.5
    )
    gates = [s**4 / (s**4 + (Kd or 100)) for s in (g_protein(times, t) for t in trains)]
    assert np.ptp(gates[0]) > (0.001 if Kd is None else 0.5)  # the burst opens it
    expected = 0.5 * (gates[0] + gates[1])
    total = got["s_tot_GABAB_x"]
    # rk4 at 0.1 ms, whose fastest rate is 0.045/ms: (0.0045)**4
    assert total[0] == 0
    assert total[1:] == pytest.approx(expected[:-1], rel=1e-7, abs=1e-15)
    volts = got["V"] / float(mV)
    current = 2 * (-95 - volts) * np.append(0, expected[:-1]) * 2
    assert got["I_GABAB_x"] / float(pA) == pytest.approx(current, rel=1e-6, abs=1e-12)


# -- factors of the current ------------------------------------------------------------
def current(synapse, gate, V=-50.0, **kwargs):
    """Return the current (pA) of one neuron whose gate, or sum of gates, is *gate*."""
    group = cell(synapse).make_neurongroup(1, **kwargs)
    states = [f"{each}_{synapse.label}" for each in ("s_tot", "x", "s")]
    setattr(group, next(each for each in states if each in group.variables), gate)
    group.V = V * mV
    return float(getattr(group, f"I_{synapse.label}")[0] / pA)


@pytest.mark.parametrize("pooled", [None, False])
@pytest.mark.parametrize("J", [40, -30])
@pytest.mark.parametrize("w", [1, 3, -0.5])
def test_current_based_is_current_times_gate_times_weight(pooled, J, w):
    """Whatever the voltage; for a gate that is set, and for one that a spike moves."""
    synapse = Synapse(
        "exc",
        "x",
        kinetics=Exponential(t_decay=5 * ms),
        output=CurrentBased(J=J * pA),
        w=w,
        pooled=pooled,
    )
    for V in (-80, 0):
        assert current(synapse, 0.4, V) == pytest.approx(J * 0.4 * w, rel=1e-12)
    times, got = simulate(synapse, ["I_exc_x"], [[1.0]], 20, weight=0.5)
    since = times - 1.0 - (DT if pooled is None else 2 * DT)
    expected = J * w * 0.5 * np.exp(-since / 5) * (since > -1e-9)
    # rk4: (0.1/5)**4/120 a step; exact on the synapse
    assert got["I_exc_x"] / float(pA) == pytest.approx(expected, rel=1e-6, abs=1e-12)


RECEPTORS = {
    "AMPA": lambda **more: AMPA("x", g=2 * nS, t_decay=5 * ms, **more),
    "AMPA, two times": lambda **more: AMPA(
        "x", g=2 * nS, t_rise=1 * ms, t_decay=5 * ms, **more
    ),
    "AMPA, gated": lambda **more: AMPA(
        "x", g=2 * nS, kinetics=TwoStateKinetics.ampa(), **more
    ),
    "NMDA": lambda **more: NMDA("x", g=2 * nS, t_rise=2 * ms, t_decay=60 * ms, **more),
    "NMDA, saturating": lambda **more: NMDA(
        "x", g=2 * nS, kinetics=SaturatingNMDA(), **more
    ),
    "GABA": lambda **more: GABA("x", g=2 * nS, t_decay=8 * ms, **more),
    "GABA, gated": lambda **more: GABA(
        "x", g=2 * nS, kinetics=TwoStateKinetics.gaba_a(), **more
    ),
    "GABAB": lambda **more: GABAB("x", g=2 * nS, **more),
    "GABAB, pooled": lambda **more: GABAB(
        "x",
        g=2 * nS,
        kinetics=DualExponential(t_rise=30 * ms, t_decay=150 * ms),
        **more,
    ),
}


REVERSALS = {"AMPA": 0, "NMDA": 0, "GABA": -80, "GABAB": -95}


@pytest.mark.parametrize("key", RECEPTORS)
def test_the_weight_of_a_receptor_multiplies_its_current(key):
    synapse = RECEPTORS[key](w=3)
    assert cell(synapse).parameters[f"w_{synapse.label}"] == 3
    assert cell(RECEPTORS[key]()).parameters[f"w_{synapse.label}"] == 1
    unit = 2 * (REVERSALS[synapse.channel] + 50) * 0.3  # g (E - V) gate
    if synapse.channel == "NMDA":
        unit *= block(-50)
    # rounding
    assert current(RECEPTORS[key](), 0.3) == pytest.approx(unit, rel=1e-9)
    assert current(synapse, 0.3) == pytest.approx(3 * unit, rel=1e-9)


@pytest.mark.parametrize("E", [10, -60.5])
@pytest.mark.parametrize("key", RECEPTORS)
def test_a_receptor_with_a_reversal_of_its_own_has_no_current_there(key, E):
    synapse = RECEPTORS[key](E=E * mV)
    channel = synapse.channel
    assert cell(synapse).parameters[f"E_{channel}_x"] / mV == pytest.approx(E)
    assert current(synapse, 0.3, E) == pytest.approx(0, abs=1e-9)  # pA, rounding
    for V in (E - 10, E + 10):
        open_fraction = block(V) if channel == "NMDA" else 1
        expected = 2 * (E - V) * 0.3 * open_fraction
        assert current(synapse, 0.3, V) == pytest.approx(expected, rel=1e-9)  # rounding


def test_the_reversal_of_an_output_is_that_of_the_receptor():
    for output in (MagnesiumBlock(E=10 * mV), ConductanceBased(E=10 * mV)):
        synapse = NMDA("x", g=2 * nS, t_decay=60 * ms, output=output)
        assert current(synapse, 0.3, 10) == pytest.approx(0, abs=1e-9)  # rounding
        assert current(synapse, 0.3, 0) > 1


@pytest.mark.parametrize(
    "output", [MagnesiumBlock(), MagnesiumBlock(E=10 * mV), ConductanceBased()]
)
def test_a_reversal_beside_an_output_is_refused(output):
    with pytest.raises(
        InvalidValueError, match=r"NMDA\('x'\): E and output cannot both be given"
    ):
        NMDA("x", g=2 * nS, t_decay=60 * ms, E=10 * mV, output=output)


# -- what explicit methods make of an alpha function -----------------------------------
def warned(synapse):
    """Return the messages on numerics of a group under Euler, and the group."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        group = cell(synapse).make_neurongroup(1, method="euler")
    told = [each for each in caught if issubclass(each.category, NumericsWarning)]
    return [str(each.message) for each in told], group


def fast(kinetics, **more):
    output = ConductanceBased(E=0 * mV)
    return Synapse("fast", "x", kinetics=kinetics, output=output, g=0 * nS, **more)


@pytest.mark.parametrize("tau", [0.1, 0.2, 0.5])
def test_an_alpha_function_as_short_as_a_step_is_announced(tau):
    """With the overshoot that the run shows."""
    messages, group = warned(fast(Alpha(tau=tau * ms)))
    group.s_fast_x = 1
    monitor = StateMonitor(group, "x_fast_x", record=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumericsWarning)
        Network(group, monitor).run(5 * ms)
    excess = monitor.x_fast_x[0].max() - 1
    assert len(messages) == 1
    assert f"the peak of fast_x is off by {excess:+.0%} under 'euler'" in messages[0]


def test_an_alpha_function_of_many_steps_is_not_announced():
    assert warned(fast(Alpha(tau=5 * ms)))[0] == []


@pytest.mark.parametrize(
    "kinetics",
    [Alpha(tau=0.1 * ms), DualExponential(t_rise=0.1 * ms, t_decay=2 * ms)],
)
def test_a_gate_on_the_synapse_is_not_judged_by_the_method_of_the_neuron(kinetics):
    assert warned(fast(kinetics))[0] != []
    assert warned(fast(kinetics, pooled=False))[0] == []
