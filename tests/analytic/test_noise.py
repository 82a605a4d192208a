"""The noise current against the stationary Ornstein-Uhlenbeck process."""

import numpy as np
import pytest
from brian2 import Network, StateMonitor, ms, mV, nS, pA, pF

from dendrisyn import PointNeuronModel

N, TAU, SIGMA, MEAN, DT = 4000, 5.0, 3.0, 7.0, 0.1


@pytest.mark.parametrize("method", ["euler", "heun", "milstein"])
def test_mean_deviation_and_correlation_time(method):
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    cell.noise(tau=TAU * ms, sigma=SIGMA * pA, mean=MEAN * pA)
    group = cell.make_neurongroup(N, method=method)
    network = Network(group)
    network.run(10 * TAU * ms)  # from 0: e**-10 of the mean is left, 3e-4 pA
    monitor = StateMonitor(group, "I_noise", record=True)
    network.add(monitor)
    network.run(TAU * ms)
    first, last = monitor.I_noise[:, 0] / pA, monitor.I_noise[:, -1] / pA

    # Stationary deviation of Euler-Maruyama: sigma**2 2h/(1 - (1 - h)**2), h = dt/tau.
    # Brian2's heun and milstein are the same where the noise is additive.
    h = DT / TAU
    deviation = SIGMA / np.sqrt(1 - h / 2)
    # what the discretisation makes of it is small
    assert deviation == pytest.approx(SIGMA, rel=0.006)

    # Five standard errors: of a mean sigma/sqrt(N), of a deviation sigma/sqrt(2N),
    # of a correlation r (1 - r**2)/sqrt(N).
    assert last.mean() == pytest.approx(MEAN, abs=5 * SIGMA / np.sqrt(N))
    assert last.std() == pytest.approx(deviation, abs=5 * SIGMA / np.sqrt(2 * N))
    lag = (len(monitor.t) - 1) * DT
    expected = np.exp(-lag / TAU)
    correlation = np.corrcoef(first, last)[0, 1]
    assert correlation == pytest.approx(expected, abs=5 * (1 - expected**2) / N**0.5)


def test_noise_of_two_compartments_and_neurons_is_independent():
    from dendrisyn import Dendrite, NeuronModel, Soma

    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    dend = Dendrite("dend", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    soma.noise(sigma=1 * pA, tau=1 * ms)
    dend.noise(sigma=1 * pA, tau=1 * ms)
    group = NeuronModel([(soma, dend, 1 * nS)]).make_neurongroup(N)
    Network(group).run(10 * ms)
    here, there = group.I_noise_soma[:] / pA, group.I_noise_dend[:] / pA
    # five standard errors of a correlation of 0
    assert abs(np.corrcoef(here, there)[0, 1]) < 5 / np.sqrt(N)
    assert abs(np.corrcoef(here[:-1], here[1:])[0, 1]) < 5 / np.sqrt(N)
