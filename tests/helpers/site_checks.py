"""What the pages of the site say beside their code."""

import inspect
import re

import numpy as np
import pytest
from brian2 import (
    Network,
    Quantity,
    SpikeGeneratorGroup,
    StateMonitor,
    device,
    ms,
    mV,
    nS,
    pA,
    pF,
)

import dendrisyn
from helpers.page_checks import checks


def how_to(function):
    """Mark the check of a page of ``howto`` that the function is named after."""
    return checks(function, "howto/")


@checks
def equations(text, namespace):
    """Every unit in its tables is one that Brian2 reads."""
    from dendrisyn.units import dimensions_of

    heads = re.split(r"^\| (?:argument \| )?name \|", text, flags=re.MULTILINE)[1:]
    units = set()
    for table in heads:
        for row in table.split("\n\n")[0].splitlines()[2:]:
            cells = [each.strip().replace("\\*", "*") for each in row.split("|")]
            column = 3 if len(cells) == 7 else 2
            units |= set(cells[column].split(" or "))
    assert {"siemens", "siemens/metre**2", "second", "volt", "1/coulomb"} <= units
    for unit in units:
        dimensions_of(unit)


@checks
def extending(text, namespace):
    """A class has about twenty lines, and its equations and values are checked."""
    assert set(re.findall(r"from dendrisyn\.(\w+)", text)) == {"extend"}
    sources = re.findall(r"^class .+?(?=^```)", text, re.MULTILINE | re.DOTALL)
    assert len(sources) == 6
    for source in sources:
        assert len([line for line in source.splitlines() if line.strip()]) <= 22
    cascade = namespace["Cascade"]
    with pytest.raises(dendrisyn.InvalidValueError, match=r"Cascade\.tau"):
        cascade(tau=Quantity(0, dim=cascade.spec("tau").dimensions))
    # a gate on its synapse, in sum, has the same peak; two methods at a dt of tau/20
    cell = dendrisyn.PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    cell.add(
        dendrisyn.Synapse(
            "AMPA", "x", kinetics=cascade(tau=2 * ms), g=0 * nS, pooled=False
        )
    )
    neuron, spike = cell.make_neurongroup(1), SpikeGeneratorGroup(1, [0], [0] * ms)
    synapses = cell.projection("AMPA_x").synapses(spike, neuron)
    synapses.connect()
    monitor = StateMonitor(neuron, "s_tot_AMPA_x", record=0)
    Network(neuron, spike, synapses, monitor).run(10 * ms)
    assert monitor.s_tot_AMPA_x[0].max() == pytest.approx(1, abs=1e-5)
    assert namespace["gate"].max() == pytest.approx(1, abs=1e-3)
    # the rectifier closes: the resistance up is several times that down
    up, down = namespace["neurons"].V[::-1] / mV + 90
    assert up > 5 * -down > 0
    # leaks and rectifier of the lower cell balance the current
    V = namespace["neurons"].V[0]
    kir = 20 * nS * (-90 * mV - V) / (1 + np.exp((V + 85 * mV) / (6 * mV)))
    balance = 3 * nS * (-90 * mV - V) + kir - 100 * pA
    assert abs(balance) < 1e-6 * pA  # 500 ms are fifty time constants
    plain, sagging = namespace["sag"]
    assert plain == pytest.approx(0, abs=1e-9)
    assert sagging > 1
    change = namespace["synapses"].w[:] - 0.5
    # pairs at 10 and 100 ms, and the share of .002 that the event takes of the weight
    near, far = (0.01 * np.exp(-d / 20) for d in (10, 100))
    early = 0.5 * (1 - 0.002) + near - 0.5
    expected = [early, near - 0.001, far - 0.001]
    np.testing.assert_allclose(change, expected, rtol=0, atol=1e-12)
    # currents of an open conductance of 1 nS, with polyamines
    V = np.array([-60, 60])
    current = -V / (1 + np.exp((V + 20) / 15))
    assert namespace["clamped"].I_AMPA_x[:] / pA == pytest.approx(current, rel=1e-9)
    # u grows by a fifth of 1 - u, and decays by exp(-0.1) in 20 ms
    u = [0.2]
    for _ in range(2):
        rest = u[-1] * np.exp(-0.1)
        u.append(rest + 0.2 * (1 - rest))
    left = namespace["releases"].s_AMPA_x[0][[100, 300, 500]]
    assert left == pytest.approx(u, abs=1e-6)  # exp(-20) of the spike before is left


@how_to
def epsp_size(text, namespace):
    """The peak is not proportional to the conductance; the one that is set is right."""
    peaks = namespace["peak"] / mV
    assert peaks[20] < 1.95 * peaks[10]
    reached = dendrisyn.measure.psp(namespace["fitted"], "AMPA_x_dend").amplitude
    # to which calibrate.psp goes
    assert reached / mV == pytest.approx(2, rel=1e-4)
    # a straight line between points 0.1 nS apart
    assert np.interp(2, peaks, namespace["g"] / nS) == pytest.approx(
        namespace["fitted"].parameters["g_AMPA_x_dend"] / nS, rel=0.02
    )


@how_to
def zero_currents(text, namespace):
    """Both kinds of findings are those of the network, and none is left."""
    kinds = [each.kind for each in dendrisyn.diagnose(namespace["network"])]
    assert {"zero weights", "double connections"} <= set(kinds)
    assert abs(namespace["by_hand"].w - 0.5).max() < 0.5


@how_to
def endless_input(text, namespace):
    """The current stays where two spikes have left it."""
    assert namespace["neuron"].I[0] / pA == pytest.approx(100)
    # 100 pA through 100 Mohm, after nine time constants
    assert namespace["neuron"].v[0] / mV == pytest.approx(-60, abs=10 * np.exp(-9))


@how_to
def saturation(text, namespace):
    """No gate on a synapse exceeds 1; the gates of ten synapses are ten times one."""
    one, ten = namespace["gates"](5), namespace["gates"](5, 10)
    assert one[1] < 1 < one[0]
    np.testing.assert_allclose(ten, 10 * np.array(one), rtol=1e-9)


@how_to
def peak_conductance(text, namespace):
    """The factor of `g_norm_factor` is the ratio of both forms."""
    peak, times = namespace["peak"], (1 * ms, 5 * ms)
    ratio = peak(*times) / peak(*times, normalize=False)
    # the peak is looked for at steps of .01 ms in both
    assert ratio == pytest.approx(dendrisyn.Dendrite.g_norm_factor(*times), rel=1e-9)


@how_to
def one_compartment(text, namespace):
    """Where the spike arrives, the voltage is highest."""
    voltages = namespace["voltages"]
    basal, apical = voltages.V_basal.max(axis=1), voltages.V_apical.max(axis=1)
    assert basal[0] > apical[0]
    assert basal[1] < apical[1]


@how_to
def changing_parameters(text, namespace):
    """Each assignment of the table is one that works."""
    assert namespace["neurons"].namespace["w_AMPA_x_dend"] == 3
    assert namespace["model"].parameters["w_AMPA_x_dend"] == 5
    assert namespace["dend"].parameters["w_AMPA_x_dend"] == 20
    for name in re.findall(r"`(\w+)\(\{", text):
        assert hasattr(dendrisyn, name)


@how_to
def value_per_neuron(text, namespace):
    """Conductances differ by the random numbers that were asked for."""
    g = namespace["neurons"].gL_soma[:] / nS
    assert len(set(g)) == 4
    assert abs(g - 5).max() < 2.5  # five standard deviations
    assert "gL_soma" in namespace["model"].parameters


@how_to
def hold_voltage(text, namespace):
    """Held for the refractory period, and not longer."""
    held = namespace["after_a_spike"](hold_refractory=True)
    assert (held[:4] == -60).all()
    assert (held[4:] != -60).all()
    assert (
        "hold_refractory"
        in inspect.signature(dendrisyn.NeuronModel.make_neurongroup).parameters
    )


@how_to
def noise_per_compartment(text, namespace):
    """Noise that is shared follows that of the soma."""
    assert "I_shared" in namespace["shared"].variables
    assert "I_noise" not in namespace["dend"].equations.replace("I_noise_soma", "")


@how_to
def record_dendritic_spikes(text, namespace):
    """Counts and trains are those of the monitor; a time is kept by each neuron."""
    spikes, neurons = namespace["spikes"], namespace["neurons"]
    assert spikes.count[0] == 0
    assert {i: len(t) for i, t in spikes.event_trains().items()} == dict(
        enumerate(spikes.count)
    )
    assert neurons.spiketime_Na_dend[0] == Quantity(-1e4, dim=spikes.t.dim)
    assert neurons.spiketime_Na_dend[2] == spikes.t[spikes.i == 2][-1]


@how_to
def learn_from_dendritic_spikes(text, namespace):
    """The weight changed by what the window gives at the time of the spike."""
    (t,) = namespace["dendritic"].t
    d = float(t) - 0.010
    w = namespace["synapses"].w[:]
    assert w[0] == 0.5
    assert w[1] - 0.5 == pytest.approx(0.01 * np.exp(-d / 0.02), rel=1e-9)


@how_to
def time_step(text, namespace):
    """The explicit method has exploded, and the default has not."""
    assert not abs(namespace["exploded"]) < 1e9
    tip = namespace["tip"]
    dts = (0.1, 0.05, 0.025, 0.003125)
    coarse, *halves, fine = (tip("crank_nicolson", dt * ms) for dt in dts)
    assert coarse == pytest.approx(fine, abs=1e-3)
    one, other = (abs(each - fine) for each in halves)
    # a quarter, for half the step; the reference errs by 1/64 of the smaller one
    assert one / other == pytest.approx(4, rel=0.05)


@how_to
def standalone(text, namespace):
    """Its script is run by test_site.py."""
    assert text.count("```py\n") == 2
    for name in re.findall(r"`device\.(\w+)\(", text):
        assert name in ("build", "reinit") or hasattr(device, name)
