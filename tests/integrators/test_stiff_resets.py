"""Resets of a soma that is tightly coupled to its dendrites."""

import numpy as np
import pytest
from brian2 import (
    Network,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    nS,
    pA,
    pF,
)
from scipy.integrate import solve_ivp

from dendrisyn import AdEx, Dendrite, NeuronModel, Soma

from .helpers import METHODS


def isopotential(method, coupling, threshold):
    """Return times of spikes (ms) and all voltages (mV) before resets, at 0.1 ms."""
    membrane = AdEx(a=2 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV)
    soma = Soma("soma", model=membrane, cm_abs=100 * pF, gl_abs=10 * nS)
    a, b = (Dendrite(name, cm_abs=50 * pF, gl_abs=5 * nS) for name in "ab")
    model = NeuronModel(
        [(soma, a, coupling * nS), (a, b, coupling * nS)], v_rest=-65 * mV
    )
    group = model.make_neurongroup(
        1,
        method=method,
        threshold=f"V_soma > {threshold}*mV",
        reset="V_soma = -58*mV; w_soma += 20*pA",
    )
    group.I_ext_soma = 1200 * pA
    spikes = SpikeMonitor(group)
    names = ["V_soma", "V_a", "V_b"]
    voltages = StateMonitor(group, names, record=True, when="before_thresholds")
    Network(group, spikes, voltages).run(25 * ms)
    found = [np.array(getattr(voltages, name)[0] / mV) for name in names]
    return np.array(spikes.t / ms), np.array(found)


def exact_spikes(coupling, threshold):
    """Return times of the same spikes (ms) by scipy, with resets where they happen."""

    def flow(t, y):
        V, a, b, w = y
        upstroke = 10 * 2 * np.exp((V + 50) / 2)
        leak = 10 * (-65 - V)
        return [
            (leak + upstroke - w + 1200 + coupling * (a - V)) / 100,
            (5 * (-65 - a) + coupling * (V - a) + coupling * (b - a)) / 50,
            (5 * (-65 - b) + coupling * (a - b)) / 50,
            (2 * (V + 65) - w) / 100,
        ]

    def passes(t, y):
        return y[0] - threshold

    passes.terminal, passes.direction = True, 1
    times, now, y = [], 0.0, np.array([-65, -65, -65, 0.0])
    while True:
        solution = solve_ivp(
            flow, (now, 25), y, "LSODA", events=passes, rtol=1e-8, atol=1e-8
        )
        if solution.status == 0:
            return np.array(times)
        now, y = solution.t[-1], solution.y[:, -1]
        times.append(now)
        y += [-58 - y[0], 0, 0, 20]


@pytest.mark.parametrize("threshold", [-46, -43])
@pytest.mark.parametrize("coupling", [200, 20_000])
@pytest.mark.parametrize("method", METHODS)
def test_a_reset_that_dendrites_undo_within_microseconds(method, coupling, threshold):
    """20 uS: half of a reset is gone after 5 us, a twentieth of the step.

    Intervals agree within a step. `crank_nicolson` rings after a reset if the coupling
    is stiff: its spikes are the right ones in number, hardly above the threshold.
    """
    times, voltages = isopotential(method, coupling, threshold)
    exact = exact_spikes(coupling, threshold)
    assert len(exact) > 10
    assert abs(len(times) - len(exact)) <= 1
    assert -1e-9 <= exact[0] - times[0] + 0.1 <= 0.2
    if method == "implicit_euler" or coupling == 200:
        count = min(len(times), len(exact))
        late = np.diff(times[:count]) - np.diff(exact[:count])
        assert np.max(np.abs(late)) < 0.1
    assert np.min(voltages) > -65
    # 2 mV: what a step adds at the threshold, and what rings
    assert threshold < np.max(voltages) < threshold + 2
