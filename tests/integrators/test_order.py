"""The error of `crank_nicolson` falls with the square of the step."""

import numpy as np
import pytest
from brian2 import NeuronGroup, mS, ms, mV, nS, pF, uS

from dendrisyn import AdaptiveIF, AdEx, CadIF

from .helpers import cell, exact, traces_of

STEPS = (0.2, 0.1, 0.05)
DURATION = 20.0
TIMES = np.arange(0, DURATION - 0.1, 0.2)

IZHIKEVICH = """
dV/dt = (0.7*(V/mV + 60)*(V/mV + 40)*mV - u + 120*x*mV)/(100*ms) : volt
du/dt = 0.03*(-2*(V + 60*mV) - u)/ms : volt
dx/dt = -x/(5*ms) + 0.05/ms : 1
"""
POTASSIUM = """
dV/dt = (10*nS*(-70*mV - V) - 5*nS*s*V + I_K)/(200*pF) : volt
I_K = 30*nS*n**2*(-90*mV - V) : amp
dn/dt = (1/(1 + exp(-(V + 60*mV)/(5*mV))) - n)/tau : 1
tau = 1*ms + 4*ms*exp(-((V + 55*mV)/(20*mV))**2) : second
ds/dt = -s/(3*ms) : 1
"""
#: Traub & Miles, doi:10.1017/CBO9780511895401, in the form of Brette et al. (2007),
#: doi:10.1007/s10827-007-0038-6
HODGKIN_HUXLEY = """
dV/dt = (10*nS*(-65*mV - V) - 5*nS*s*V + I_Na + I_K)/(200*pF) : volt
I_Na = 20*uS*m**3*h*(50*mV - V) : amp
I_K = 6*uS*n**4*(-90*mV - V) : amp
U = V/mV + 63 : 1
dm/dt = 1.28/exprel((13 - U)/4)/ms*(1 - m) - 1.4/exprel((U - 40)/5)/ms*m : 1
dn/dt = 0.16/exprel((15 - U)/5)/ms*(1 - n) - 0.5*exp((10 - U)/40)/ms*n : 1
dh/dt = 0.128*exp((17 - U)/18)/ms*(1 - h) - 4/(1 + exp((40 - U)/5))/ms*h : 1
ds/dt = -s/(3*ms) : 1
"""


def of_model(membrane, ampa=1 * nS, nmda=1 * nS):
    def make(method):
        group = cell(membrane, ampa, nmda).make_neurongroup(1, method=method)
        group.s_AMPA_x_c = group.s_NMDA_x_c = 3
        return group, ["V_soma", "V_c"]

    return make


def of_equations(equations, **start):
    def make(method):
        group = NeuronGroup(1, equations, method=method, namespace=UNITS)
        for name, value in start.items():
            setattr(group, name, value)
        return group, ["V"]

    return make


UNITS = {"nS": nS, "uS": uS, "mS": mS, "pF": pF, "ms": ms, "mV": mV}
MODELS = {
    "AMPA and NMDA": of_model("leakyIF", 2 * nS, 3 * nS),
    "AdaptiveIF": of_model(AdaptiveIF(a=8 * nS, tauw=30 * ms)),
    "CadIF": of_model(CadIF(EA=-80 * mV, gAmax=0.2 * nS, tauA=20 * ms)),
    "AdEx": of_model(
        AdEx(a=4 * nS, tauw=144 * ms, DeltaT=2 * mV, Vth=-62 * mV), 0.3 * nS, 0.3 * nS
    ),
    "Izhikevich": of_equations(IZHIKEVICH, V=-60 * mV, x=0.2),
    "potassium current": of_equations(POTASSIUM, V=-70 * mV, s=3, n=0.1),
    "Hodgkin-Huxley": of_equations(HODGKIN_HUXLEY, V=-65 * mV, h=1, s=0.6, n=0.1),
}


def errors(make, method, steps):
    """Return the largest errors of voltages (mV), and how far the voltages move."""
    expected, found = None, []
    for dt in steps:
        group, recorded = make(method)
        if expected is None:
            expected = exact(group, TIMES, recorded)
        traces = traces_of(group, dt, DURATION, recorded)
        found.append(1e3 * np.max(np.abs(traces - expected)))
    return found, 1e3 * np.ptp(expected, axis=1).min()


@pytest.mark.parametrize("name", MODELS)
def test_the_error_falls_with_the_square_of_the_step(name):
    # Sodium channels open in a tenth of a ms: coarser steps do not resolve them.
    steps = (0.1, 0.05, 0.025) if name == "Hodgkin-Huxley" else STEPS
    found, moved = errors(MODELS[name], "crank_nicolson", steps)
    slopes = np.log2(np.divide(found[:-1], found[1:]))
    assert moved > 1.5, "the voltages hardly move"
    np.testing.assert_allclose(slopes, 2, atol=0.1, err_msg=f"errors {found} mV")
    print(name, found, slopes, moved)


@pytest.mark.parametrize("method", ["implicit_euler", "euler"])
def test_the_measure_tells_first_order_from_second(method):
    found, _ = errors(MODELS["AMPA and NMDA"], method, (0.05, 0.025))
    assert np.log2(found[0] / found[1]) == pytest.approx(1, abs=0.15)


def test_the_default_is_within_a_hundredth_of_a_millivolt_at_a_tenth_of_a_ms():
    """The figure of the design, for three synaptic inputs at the tip."""
    jumps = [(each, {"s_AMPA_x_c": 1, "s_NMDA_x_c": 1}) for each in (5.0, 9.0, 12.4)]
    times = np.arange(0, 40 - 0.1, 0.2)
    recorded = ["V_soma", "V_a", "V_b", "V_c"]
    group = cell().make_neurongroup(1)
    expected = exact(group, times, recorded, jumps)
    found = traces_of(group, 0.1, 40, recorded, jumps)
    print(np.ptp(expected, axis=1), np.abs(found - expected).max(axis=1))
    assert np.ptp(expected[3]) > 10e-3
    assert np.ptp(expected[0]) > 2e-3
    assert np.max(np.abs(found - expected)) < 0.01e-3
