"""Measures of a dendritic spike."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, pF
from helpers.tuned_cells import plain_run, short, two_compartments

from dendrisyn import Dendrite, NeuronModel
from dendrisyn.playground import Traces


def traces_of(own, soma, starts, dt=0.1):
    """Return traces that differ from rest, -70 mV, by *own* and *soma* (mV)."""
    n = len(own)
    rest = np.full(n, -70.0) * mV
    return Traces(
        t=np.arange(n) * dt * ms,
        voltages={"dend": rest + own * mV, "soma": rest + soma * mV},
        without={"dend": rest, "soma": rest},
        g_rise=np.zeros(n) * nS,
        g_fall=np.zeros(n) * nS,
        spike_times=np.array(starts) * dt * ms,
        somatic_spike_times=None,
        compartment="dend",
        soma="soma",
        seconds=0.0,
    )


def test_measures_of_a_triangle():
    # up to 30 mV in 30 steps and down in 60: at 15 mV after 15 and after 60 steps
    own = np.interp(np.arange(200), [10, 40, 100], [0, 30, 0])
    soma = np.interp(np.arange(200), [10, 60, 110], [0, 6, 0])
    measures = traces_of(own, soma, [10]).measures
    assert measures.spikes == 1
    # rounding of differences of numbers near 70 mV, 1e-17 V, over 30 mV
    assert measures.amplitude / mV == pytest.approx(30, rel=1e-12)
    assert measures.peak / mV == pytest.approx(-40, rel=1e-12)
    assert measures.half_width / ms == pytest.approx(4.5, rel=1e-12)
    assert measures.attenuation == pytest.approx(0.2, rel=1e-12)
    text = str(measures)
    assert "half-width: 4.50 ms" in text
    assert "attenuation to soma: 0.200" in text
    assert "somatic" not in text


def test_measures_are_those_of_the_first_spike():
    own = np.interp(np.arange(200), [10, 20, 30, 60, 70, 80], [0, 10, 0, 0, 50, 0])
    measures = traces_of(own, own, [10, 60]).measures
    assert measures.spikes == 2
    assert measures.amplitude / mV == pytest.approx(10, rel=1e-12)
    cut = traces_of(own, own, [10, 24]).measures
    assert cut.half_width is None  # at 60 % when the next one starts
    none = traces_of(0 * own, own, []).measures
    assert none.spikes == 0
    assert none.amplitude is none.peak is none.half_width is none.attenuation is None


def test_the_amplitude_is_that_of_the_closed_form():
    """A conductance that is on for T charges one compartment exponentially."""
    C, gL, EL, g, E, T = 80.0, 3.0, -70.0, 20.0, 70.0, 2.0
    dend = Dendrite("dend", cm_abs=C * pF, gl_abs=gL * nS, v_rest=EL * mV)
    dend.dspikes(
        "Na",
        threshold=-40 * mV,
        g_rise=g * nS,
        duration_rise=T * ms,
        reversal_rise=E * mV,
        refractory=100 * ms,
    )
    playground = short(NeuronModel([dend]), dt=0.01 * ms)
    playground.simulation_params["stim_time"] = 60 * ms
    traces = playground.simulate(current=120 * pA)
    start = np.searchsorted(traces.t, traces.spike_times[0] + 0.005 * ms)
    V = traces.voltages["dend"][start] / mV
    level = (gL * EL + g * E + 120) / (gL + g)
    expected = level + (V - level) * np.exp(-T * (gL + g) / C)
    # second order: (dt/tau)**2/12 = 7e-7 of 80 mV
    assert traces.measures.peak / mV == pytest.approx(expected, abs=1e-4)
    rest = EL + 120 / gL
    passive = rest + (V - rest) * np.exp(-T * gL / C)
    assert traces.measures.amplitude / mV == pytest.approx(expected - passive, abs=1e-4)


def test_a_cell_without_the_spike_is_simulated_beside(playground):
    model = two_compartments(g_rise=0 * nS, g_fall=0 * nS)
    expected = plain_run(model, playground.values["current"])
    for name, voltage in playground.traces.without.items():
        # 1e-9 mV: rounding
        np.testing.assert_allclose(
            np.asarray(voltage), expected[name], rtol=0, atol=1e-12
        )
    assert playground.measures.attenuation < 1
