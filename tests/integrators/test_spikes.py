"""Upstrokes that no step resolves, and spikes where they should be."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    nS,
    pA,
    pF,
    prefs,
)

from dendrisyn import AdEx, Dendrite, Izhikevich, NeuronModel, Soma

MEMBRANES = {
    "AdEx": AdEx(a=2 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV),
    "Izhikevich": Izhikevich(k=0.7 * nS / mV, vt=-40 * mV, a=0.03 / ms, b=-2 * nS),
}


def spikes_of(name, method, dt, threshold):
    """Return times of spikes (ms), and both voltages (mV)."""
    defaultclock.dt = dt * ms
    membrane = MEMBRANES[name]
    soma = Soma("soma", model=membrane, cm_abs=100 * pF, gl_abs=10 * nS)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=5 * nS)
    dend.synapse("NMDA", tag="x", g=1 * nS, t_decay=50 * ms)
    model = NeuronModel([(soma, dend, 10 * nS)], v_rest=-65 * mV)
    adaptation = "w_soma" if isinstance(membrane, AdEx) else "u_soma"
    group = model.make_neurongroup(
        1,
        method=method,
        threshold=f"V_soma > {threshold}*mV",
        reset=f"V_soma = -58*mV; {adaptation} += 20*pA",
    )
    group.I_ext_soma = 600 * pA
    group.s_NMDA_x_dend = 2
    spikes = SpikeMonitor(group)
    voltages = StateMonitor(group, ["V_soma", "V_dend"], record=True)
    Network(group, spikes, voltages).run(40 * ms, namespace={})
    return (
        np.array(spikes.t / ms),
        np.array(voltages.V_soma[0] / mV),
        np.array(voltages.V_dend[0] / mV),
    )


@pytest.fixture(scope="module")
def fine():
    """Spikes of both membranes by rk4 at 20 us.

    Above -35 mV, the exponential membrane is at any threshold within 5 us.
    """
    target, prefs.codegen.target = prefs.codegen.target, "numpy"
    runs = {name: spikes_of(name, "rk4", 0.02, -35)[0] for name in MEMBRANES}
    prefs.codegen.target = target
    return runs


def assert_spikes_agree(times, fine):
    """0.25 ms: half a step until a spike is seen, one for an upstroke that a step does
    not resolve, at both ends of an interval."""
    assert len(fine) > 6
    assert abs(len(times) - len(fine)) <= 1
    assert abs(times[0] - fine[0]) < 0.25
    count = min(len(times), len(fine))
    intervals = np.diff(times[:count]) - np.diff(fine[:count])
    assert np.max(np.abs(intervals)) < 0.25


@pytest.mark.parametrize("threshold", [-35, 0, 100])
def test_an_exponential_upstroke_spikes_and_resets_however_high_the_threshold(
    threshold, fine
):
    times, soma, dend = spikes_of("AdEx", "crank_nicolson", 0.1, threshold)
    assert_spikes_agree(times, fine["AdEx"])
    # What is recorded is after the reset, so the soma is below the threshold.
    assert -66 < np.min(soma) < np.max(soma) <= threshold
    assert -65.1 < np.min(dend) < np.max(dend) < -30


def test_an_izhikevich_neuron_spikes_where_it_should(fine):
    times, soma, _ = spikes_of("Izhikevich", "crank_nicolson", 0.1, -35)
    assert_spikes_agree(times, fine["Izhikevich"])
    assert np.max(soma) <= -35


def test_a_gate_feels_an_upstroke_that_is_over_in_a_step_after_it():
    """Its rate at a voltage of a million volts would be infinite."""
    group = NeuronGroup(
        1,
        """dv/dt = (-v + 2*mV*exp(v/(2*mV)))/(10*ms) : volt
           dm/dt = (1 - m)*exp(v/(20*mV))/(10*ms) - m/(5*ms) : 1""",
        threshold="v > 50*mV",
        reset="v = -5*mV",
        method="crank_nicolson",
    )
    group.v = 45 * mV
    defaultclock.dt = 0.1 * ms
    Network(group).run(0.1 * ms)
    assert group.v[0] == -5 * mV
    assert 0 < group.m[0] < 1


@pytest.mark.parametrize("dt", [0.1, 1, 5])
def test_what_explodes_spikes_at_any_step(dt):
    """dv/dt = v**2 reaches infinity at 1 ms: it is never wrong in sign."""
    group = NeuronGroup(
        1,
        """dv/dt = (v**2 + u - v)/ms : 1
           du/dt = (0.1*v - u)/ms : 1""",
        threshold="v > 100",
        reset="v = 2",
        method="crank_nicolson",
    )
    group.v = 2
    defaultclock.dt = dt * ms
    voltages = StateMonitor(group, ["v", "u"], record=True)
    spikes = SpikeMonitor(group)
    Network(group, voltages, spikes).run(100 * dt * ms)
    assert spikes.count[0] > 10
    assert np.all(voltages.v > 0)
    assert np.all(np.isfinite(voltages.u))
