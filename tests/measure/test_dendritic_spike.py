"""One dendritic spike by itself, against the exponential of its matrices."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pF, second, volt
from scipy.linalg import expm

from dendrisyn import Dendrite, NeuronModel, Soma, UnknownNameError, measure

ARGUMENTS = {
    "threshold": -40 * mV,
    "g_rise": 20 * nS,
    "g_fall": 15 * nS,
    "duration_rise": 1 * ms,
    "duration_fall": 2 * ms,
    "offset_fall": 1.2 * ms,
    "reversal_rise": 50 * mV,
    "reversal_fall": -80 * mV,
    "refractory": 50 * ms,
}


def cell(**changes):
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=20 * pF, gl_abs=1 * nS, v_rest=-70 * mV)
    dend.dspikes("Na", **{**ARGUMENTS, **changes})
    return NeuronModel([(soma, dend, 5 * nS)])


def exact(g_rise=20.0, steps=400, dt=1e-4):
    """Return both voltages above rest, step by step: linear while all gates stay."""
    voltages = [np.array([0, 0.03])]
    for step in range(steps):
        since = step + 1  # steps since the spike, which was in the step before
        g, E = 0.0, 0.0
        if since <= 10:
            g, E = g + g_rise, E + g_rise * 0.12
        if 12 < since <= 32:
            g, E = g + 15, E + 15 * -0.01
        A = np.array([[-10 / 100, 5 / 100], [5 / 20, -(6 + g) / 20]]) * 1e3
        b = np.array([0, E / 20 * 1e3])
        steady = np.linalg.solve(-A, b)
        voltages.append(steady + expm(A * dt) @ (voltages[-1] - steady))
    return np.array(voltages)


def test_the_spike_is_that_of_the_equations():
    exactly = exact()
    found = measure.dendritic_spike(cell(), "spike_Na_dend", duration=40 * ms)
    for index, name in enumerate(["V_soma", "V_dend"]):
        moved = found.traces[name][1] - found.traces[name][0]
        # crank_nicolson: (dt/tau)**2/12 of 120 mV, where tau is .77 ms
        assert np.abs(moved / volt - exactly[:, index]).max() < 1.2e-4
    dend, soma = exactly[:, 1], exactly[:, 0]
    assert found.amplitude / volt == pytest.approx(dend.max(), rel=1e-3)
    assert found.reached / volt == pytest.approx(soma.max(), rel=1e-3)
    assert found.attenuation == found.reached / found.amplitude
    assert found.after / volt == pytest.approx(dend[dend.argmax() :].min(), rel=1e-2)


def test_the_width_is_the_time_above_half():
    found = measure.dendritic_spike(cell(), "spike_Na_dend", dt=0.005 * ms)
    V = (found.traces["V_dend"][1] - found.traces["V_dend"][0]) / volt
    above = V.max() / 2 < V
    assert found.width / second == pytest.approx(above.sum() * 5e-6, abs=1e-5)


def test_points_are_measured_at_once():
    name = "g_rise_max_Na_dend"
    together = measure.dendritic_spike(
        cell(), "spike_Na_dend", vary={name: [5, 10, 20] * nS}
    )
    for index, g in enumerate([5, 10, 20]):
        alone = measure.dendritic_spike(cell(g_rise=g * nS), "spike_Na_dend")
        for each in ("amplitude", "after", "width", "reached", "attenuation"):
            one, other = np.asarray(getattr(together, each)), getattr(alone, each)
            assert one[index] == pytest.approx(float(other), rel=1e-9)


def test_without_a_fall_that_ends():
    """A voltage that is still rising at the end has nothing after its peak."""
    found = measure.dendritic_spike(cell(), "spike_Na_dend", duration=0.5 * ms)
    assert np.isnan(found.after)


def test_wrong_arguments():
    with pytest.raises(UnknownNameError, match="no dendritic spike 'spike_Ca_dend'"):
        measure.dendritic_spike(cell(), "spike_Ca_dend")
    with pytest.raises(UnknownNameError, match="no compartment 'tip'"):
        measure.dendritic_spike(cell(), "spike_Na_dend", at="tip")
