"""The network of a question in the forum, where four traps meet."""

from brian2 import Hz, Network, PoissonInput, Synapses, ms, mV, nF, nS
from helpers.diagnosed import cells

from dendrisyn import diagnose

NAMESPACE = {
    "g_m": 25 * nS,
    "C_m": 0.5 * nF,
    "V_L": -70 * mV,
    "V_E": 0 * mV,
    "V_I": -70 * mV,
    "g_ext": 2 * nS,
    "g_AMPA": 0.1 * nS,
    "g_NMDA": 0.3 * nS,
    "g_GABA": 1.3 * nS,
    "tau_AMPA": 2 * ms,
    "tau_rise": 2 * ms,
    "tau_NMDA": 100 * ms,
    "tau_GABA": 10 * ms,
    "alpha": 0.5 / ms,
}

NEURONS = """
dv/dt = (-g_m*(v - V_L) - I_syn)/C_m : volt (unless refractory)
I_syn = I_ext + I_AMPA + I_NMDA + I_GABA : amp
I_ext = g_ext*(v - V_E)*s_ext : amp
ds_ext/dt = -s_ext/tau_AMPA : 1
I_NMDA = g_NMDA*(v - V_E)/(1 + exp(-0.062*v/mV)/3.57)*s_NMDA_tot : amp
s_NMDA_tot : 1
I_AMPA = g_AMPA*(v - V_E)*s_AMPA_tot : amp
s_AMPA_tot : 1
I_GABA = g_GABA*(v - V_I)*s_GABA_tot : amp
s_GABA_tot : 1
"""

NMDA = """
s_NMDA_tot_post = w*s_NMDA : 1 (summed)
ds_NMDA/dt = -s_NMDA/tau_NMDA + alpha*x*(1 - s_NMDA) : 1 (clock-driven)
dx/dt = -x/tau_rise : 1 (clock-driven)
w : 1
"""

AMPA = """
s_AMPA_tot_post = w*s_AMPA : 1 (summed)
ds_AMPA/dt = (x_AMPA - s_AMPA)/tau_rise : 1 (clock-driven)
dx_AMPA/dt = -x_AMPA/tau_AMPA : 1 (clock-driven)
w : 1
"""

#: With its variable renamed, since '_post' gave an error without (summed).
GABA = """
s_GABA_tot_in = w*s_GABA : 1
ds_GABA/dt = (x_GABA - s_GABA)/tau_rise : 1 (clock-driven)
dx_GABA/dt = -x_GABA/tau_GABA : 1 (clock-driven)
w : 1
"""


def population(N):
    """Return neurons at rest."""
    group = cells(
        N,
        NEURONS,
        threshold="v > -50*mV",
        reset="v = -55*mV",
        refractory=2 * ms,
        namespace=NAMESPACE,
    )
    group.v = -70 * mV
    return group


def test_all_that_is_wrong_is_named():
    excitatory, inhibitory = population(10), population(5)
    given = {"delay": 1 * ms, "method": "euler", "namespace": NAMESPACE}
    C_E_E = Synapses(excitatory, excitatory, NMDA, on_pre="x += 1", **given)
    C_E_E.connect(p=0.5)
    C_E_E.connect("i != j")
    C_E_E = Synapses(excitatory, excitatory, AMPA, on_pre="x_AMPA += 1", **given)
    C_E_E.connect(p=0.5)
    C_E_E.connect("i != j")
    C_I_E = Synapses(inhibitory, excitatory, GABA, on_pre="x_GABA += 1", **given)
    C_I_E.connect(p=0.5)
    inputs = PoissonInput(excitatory, "s_ext", 100, 20 * Hz, 1.52)
    found = {each.kind: each for each in diagnose()}
    assert found["zero weights"].object == f"{C_E_E.name} (C_E_E)"
    assert found["double connections"].object == f"{C_E_E.name} (C_E_E)"
    assert found["bound twice"].object == "C_E_E"
    assert found["without effect"].object == f"{C_I_E.name} (C_I_E)"
    assert len(found) == len(diagnose()) == 4
    assert inputs.N == 100


def test_the_mended_network_has_no_finding():
    excitatory, inhibitory = population(10), population(5)
    given = {"delay": 1 * ms, "method": "euler", "namespace": NAMESPACE}
    summed = GABA.replace("tot_in = w*s_GABA : 1", "tot_post = w*s_GABA : 1 (summed)")
    connections = [
        Synapses(excitatory, excitatory, NMDA, on_pre="x += 1", **given),
        Synapses(excitatory, excitatory, AMPA, on_pre="x_AMPA += 1", **given),
        Synapses(inhibitory, excitatory, summed, on_pre="x_GABA += 1", **given),
    ]
    for synapses in connections:
        synapses.connect(p=0.5)
        synapses.w = 1
    drives = [
        PoissonInput(group, "s_ext", 100, 20 * Hz, 1.52)
        for group in (excitatory, inhibitory)
    ]
    network = Network(excitatory, inhibitory, connections, drives)
    assert diagnose(network) == []
    network.run(20 * ms)
    assert diagnose(network) == []
