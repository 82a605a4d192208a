"""Membranes against equations written again, from the papers, for scipy."""

import numpy as np
import pytest
from brian2 import Network, SpikeMonitor, StateMonitor, ms, mV, nS, pA, pF
from scipy.integrate import solve_ivp

from dendrisyn import (
    EIF,
    AdaptiveIF,
    AdEx,
    CadIF,
    Izhikevich,
    LeakyIF,
    PointNeuronModel,
)

#: all in mV, ms, pA, nS, pF, nS/mV, 1/ms
C, GL, EL, CURRENT = 100.0, 5.0, -70.0, 60.0


def leaky(t, y):
    return [(GL * (EL - y[0]) + CURRENT) / C]


def adaptive(t, y, a=2.0, tau=80.0):
    V, w = y
    return [(GL * (EL - V) - w + CURRENT) / C, (a * (V - EL) - w) / tau]


def cad(t, y, EA=-85.0, VA=-72.0, gmax=0.4, tau=40.0):
    V, g = y
    adaptation = g * (V - EA)
    return [
        (GL * (EL - V) - adaptation + CURRENT) / C,
        (gmax * abs(V - VA) - g) / tau,
    ]


def exponential(t, y, delta=2.0, threshold=-50.0):
    V = y[0]
    spike = GL * delta * np.exp((V - threshold) / delta)
    return [(GL * (EL - V) + spike + CURRENT) / C]


def adex(t, y, a=2.0, tau=80.0, delta=2.0, threshold=-50.0):
    V, w = y
    spike = GL * delta * np.exp((V - threshold) / delta)
    return [
        (GL * (EL - V) + spike - w + CURRENT) / C,
        (a * (V - EL) - w) / tau,
    ]


def izhikevich(t, y, k=0.7, vr=-60.0, vt=-40.0, a=0.03, b=-2.0):
    v, u = y
    return [(k * (v - vr) * (v - vt) - u + CURRENT) / C, a * (b * (v - vr) - u)]


CASES = {
    "leakyIF": (LeakyIF(), leaky, [EL], ["V"]),
    "adaptiveIF": (
        AdaptiveIF(a=2 * nS, tauw=80 * ms),
        adaptive,
        [EL, 0],
        ["V", "w"],
    ),
    "cadIF": (
        CadIF(EA=-85 * mV, VA=-72 * mV, gAmax=0.4 * nS, tauA=40 * ms),
        cad,
        [EL, 0],
        ["V", "gA"],
    ),
    "eif": (EIF(DeltaT=2 * mV, Vth=-50 * mV), exponential, [EL], ["V"]),
    "adex": (
        AdEx(a=2 * nS, tauw=80 * ms, DeltaT=2 * mV, Vth=-50 * mV),
        adex,
        [EL, 0],
        ["V", "w"],
    ),
    "izhikevich": (
        Izhikevich(k=0.7 * nS / mV, vr=-60 * mV, vt=-40 * mV, a=0.03 / ms, b=-2 * nS),
        izhikevich,
        [-60, 0],
        ["V", "u"],
    ),
}
UNITS = {"V": mV, "w": pA, "u": pA, "gA": nS}


@pytest.mark.parametrize("name", CASES)
def test_the_trajectory_is_that_of_the_equations_of_the_paper(name):
    membrane, right_hand_side, start, states = CASES[name]
    cell = PointNeuronModel(membrane, cm_abs=C * pF, gl_abs=GL * nS, v_rest=EL * mV)
    group = cell.make_neurongroup(1, method="rk4", dt=0.01 * ms)
    group.I_ext = CURRENT * pA
    monitor = StateMonitor(group, states, record=0)
    Network(group, monitor).run(60 * ms)
    times = np.asarray(monitor.t / ms)
    expected = solve_ivp(
        right_hand_side, (0, times[-1]), start, t_eval=times, rtol=1e-11, atol=1e-11
    )
    assert np.ptp(expected.y[0]) > 5  # mV: it goes somewhere
    for state, values in zip(states, expected.y, strict=True):
        measured = getattr(monitor, state)[0] / UNITS[state]
        scale = np.abs(values).max()
        # both are right to about 1e-10; rk4 at 0.01 ms of rates below 1/ms
        assert measured == pytest.approx(values, abs=1e-7 * scale), state


@pytest.mark.parametrize(("current", "fires"), [(51.3, False), (51.6, True)])
def test_the_rheobase_of_izhikevichs_regular_spiking_cell(current, fires):
    """Where the fixed points meet: (b + k (vt - vr))**2/(4 k) = 51.43 pA, for b < 0."""
    assert pytest.approx(51.43, abs=0.01) == (-2 + 0.7 * 20) ** 2 / (4 * 0.7)
    membrane = CASES["izhikevich"][0]
    cell = PointNeuronModel(membrane, cm_abs=C * pF)
    group = cell.make_neurongroup(
        1, method="rk4", threshold="V > 35*mV", reset="V = -50*mV; u += 100*pA"
    )
    group.I_ext = current * pA
    # slowly, so that the cell follows its fixed point
    group.V, group.u = -51 * mV, -18 * pA
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(1500 * ms)
    assert (spikes.num_spikes > 0) == fires


def test_the_exponential_cell_rests_where_its_currents_cancel():
    """The rheobase of the EIF: gL (Vth - EL - DeltaT), Fourcaud-Trocme et al. 2003."""
    rheobase = GL * (-50.0 - EL - 2.0)
    cell = PointNeuronModel(
        EIF(DeltaT=2 * mV, Vth=-50 * mV),
        cm_abs=C * pF,
        gl_abs=GL * nS,
        v_rest=EL * mV,
    )
    group = cell.make_neurongroup(2, method="rk4", threshold="V > 0*mV", reset="V = EL")
    group.I_ext = np.array([rheobase - 0.2, rheobase + 0.2]) * pA
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(3000 * ms)
    assert spikes.count[0] == 0
    assert spikes.count[1] > 0
    assert group.V[0] < -50 * mV
