"""The checks of the tutorials: against circuits written out here."""

import numpy as np
from brian2 import ms, mV, nS, pA
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from helpers.example_checks import checks

E_NA, E_K = 70, -89  # mV


class Circuit:
    """Passive compartments in nS, pF, mV, pA and ms.

    Parameters
    ----------
    capacitance, leak : sequence of float
        Of each compartment.
    couplings : dict of (int, int) to float
        Between two of them.
    rest : float
        The voltage at rest.
    """

    def __init__(self, capacitance, leak, couplings, rest):
        self.C, self.rest = np.array(capacitance, dtype=float), rest
        self.G = np.diag(leak).astype(float)
        for (one, other), g in couplings.items():
            self.G[[one, other], [one, other]] += g
            self.G[[one, other], [other, one]] -= g

    @classmethod
    def of_cylinders(cls, sizes, leak, rest):
        """Return an unbranched cell of (length, diameter) in um, at 1 uF/cm2.

        Leak in nS/um2; axial resistivity 150 ohm cm.
        """
        length, diameter = np.array(sizes, dtype=float).T
        area = np.pi * length * diameter
        half = 1.5e-3 * (length / 2) / (np.pi * diameter**2 / 4)  # 1/nS
        pairs = {(k, k + 1): 1 / (half[k] + half[k + 1]) for k in range(len(area) - 1)}
        return cls(0.01 * area, leak * area, pairs, rest)

    @property
    def resistance(self):
        """Input and transfer resistances in Gohm."""
        return np.linalg.inv(self.G)

    def constant(self, V, t, conductances=(), current=0):
        """Return the voltages after *t* with more conductances and a current.

        Parameters
        ----------
        conductances : sequence of (int, float, float)
            Compartment, conductance and reversal potential.
        """
        G, drive = self.G.copy(), self.G.sum(axis=1) * self.rest + current
        for place, g, E in conductances:
            G[place, place] += g
            drive[place] += g * E
        end = np.linalg.solve(G, drive)
        return end + expm(-G / self.C[:, None] * t) @ (V - end)

    def synaptic(self, place, receptors, T):
        """Return the voltages over time, from rest, with spikes at 0.

        Parameters
        ----------
        receptors : sequence of (float, float, float, bool)
            Peak conductance of all, rise (0 for none), decay, and if it is NMDA.
        """

        def gate(t, rise, decay):
            if not rise:
                return np.exp(-t / decay)
            top = np.log(decay / rise) * rise * decay / (decay - rise)
            peak = np.exp(-top / decay) - np.exp(-top / rise)
            return (np.exp(-t / decay) - np.exp(-t / rise)) / peak

        def slope(t, V):
            current = -self.G @ (V - self.rest)
            for g, rise, decay, nmda in receptors:
                block = 1 / (1 + np.exp(-0.062 * V[place]) / 3.57) if nmda else 1
                current[place] += g * gate(t, rise, decay) * block * (0 - V[place])
            return current / self.C

        start = np.full(len(self.C), float(self.rest))
        times = np.linspace(0, T, round(T / 0.02) + 1)
        return solve_ivp(
            slope, (0, T), start, "LSODA", times, rtol=1e-8, atol=1e-8, max_step=1
        ).y

    def spike(self, place, threshold, rise, fall, T=8):
        """Return the voltages each 5 us after a dendritic spike at rest.

        Parameters
        ----------
        rise, fall : (float, float, float)
            Conductance, when it is switched on, and off.
        """
        V, step, voltages = np.full(len(self.C), float(self.rest)), 0.005, []
        V[place] = threshold
        for k in range(round(T / step)):
            voltages.append(V)
            middle = (k + 0.5) * step
            on = [
                (place, g, E)
                for (g, begin, end), E in [(rise, E_NA), (fall, E_K)]
                if begin < middle < end
            ]
            V = self.constant(V, step, on)
        return np.array(voltages).T


@checks
def first_neuron(results):
    """From a dendrite to the soma more is lost than the other way round."""
    circuit = Circuit.of_cylinders([(30, 30), (300, 1)], 1e-3, -70)
    leak, coupling = circuit.G.sum(axis=1), -circuit.G[0, 1]
    voltages = results["voltages"]
    for neuron, place in enumerate(["soma", "dend"]):
        current = 60 * np.eye(2)[neuron]
        rest = np.full(2, -70.0)
        end = circuit.constant(rest, 100, current=current)
        for t, expected in [
            (50, circuit.constant(rest, 30, current=current)),
            (120, end),
            (130, circuit.constant(end, 10)),
        ]:
            for k, name in enumerate(["V_soma", "V_dend"]):
                found = getattr(voltages, name)[neuron][round(t / 0.1)] / mV
                # (dt/tau)**2/12 of the slow and the fast exponential, up to 24 mV
                assert abs(found - expected[k]) < 1e-3
                shown = results["expected"][neuron][round(t / 4), k] / mV
                if t % 4 == 0:
                    assert abs(shown - expected[k]) < 1e-9
        assert (getattr(voltages, f"V_{place}")[neuron].max() > -54 * mV).all()

    g = np.array([0.3, 0.6, 1, 2, 4, 8, 16, 32])
    # exp(-14) of the transient is left when it is measured, relative to .24 and more.
    np.testing.assert_allclose(results["forward"], g / (g + leak[1]), rtol=3.5e-6)
    np.testing.assert_allclose(results["backward"], g / (g + leak[0]), rtol=3.5e-6)
    assert np.all(results["backward"] < results["forward"])
    assert 0.5 < coupling / (coupling + leak[0]) < 0.6


@checks
def synapses_and_nmda(results):
    """AMPA adds up to less than the sum, NMDA to more."""
    circuit = Circuit.of_cylinders(
        [(25, 25), (120, 2.5), (120, 1.8), (120, 1.2)], 1e-3, -70
    )
    ampa, nmda = (0.15, 0.2, 2, False), (1, 3, 50, True)

    def peak(place, number, receptors):
        several = [(number * g, *rest) for g, *rest in receptors]
        return circuit.synaptic(place, several, 100).max(axis=1) + 70

    for place, (name, sizes) in enumerate(results["by_place"].items(), start=1):
        expected = peak(place, 1, [ampa, nmda])
        found = [float(each / mV) for each in sizes]
        # Second order in the step of 0.1 ms, half of the rise of AMPA.
        np.testing.assert_allclose(found, expected[[place, 0]], rtol=5e-3)
        assert name == ["prox", "mid", "dist"][place - 1]
    local, soma = zip(*results["by_place"].values(), strict=True)
    assert np.all(np.diff(local) > 0)
    assert np.all(np.diff(soma) < 0)

    for receptors, found in zip(
        ([ampa], [ampa, nmda]), results["summation"].values(), strict=True
    ):
        for number in (1, 8, 15, 25):
            np.testing.assert_allclose(
                found.observed[number - 1] / mV,
                peak(3, number, receptors)[3],
                rtol=5e-3,
            )
    alone, both = results["summation"].values()
    assert np.all(np.diff(alone.gain) < 0)
    assert np.all(both.gain[5:] > 1)
    assert 2 < both.gain.max() < 2.5
    assert both.gain[-1] < both.gain.max()  # the driving force wins in the end


@checks
def dendritic_spikes(results):
    """A dendrite spikes, all or nothing, once its voltage reaches the threshold."""
    circuit = Circuit.of_cylinders([(25, 25), (180, 1.2)], 1e-3, -70)
    (events,) = results["events"].values()
    peaks = [
        circuit.synaptic(1, [(0.6 * n, 0, 2, False)], 20)[1].max() for n in range(26)
    ]
    # Second order in the step of 0.025 ms.
    passive = results["passive"].V_dend.max(axis=1) / mV
    np.testing.assert_allclose(passive, peaks, atol=0.01)
    enough = int(np.argmax(np.array(peaks) >= -40))
    np.testing.assert_array_equal(np.unique(events.i), np.arange(enough, 26))
    assert len(events.i) == 26 - enough  # one each
    active = results["voltages"].V_dend.max(axis=1) / mV
    np.testing.assert_array_equal(active[:enough], passive[:enough])
    assert active[enough] > passive[enough] + 35
    assert np.ptp(active[enough:]) < 2
    at_soma = results["voltages"].V_soma.max(axis=1) / mV
    assert 4 < at_soma[enough] - at_soma[enough - 1] < 10

    alone = results["alone"]
    V = circuit.spike(1, -40, (9, 0, 1), (8, 0.6, 3))
    # A kink of the voltage is between two samples, or the step is off by one: 0.025 ms
    # of an upstroke of 60 mV/ms.
    assert abs(alone.amplitude / mV - (V[1].max() + 70)) < 0.05
    assert abs(alone.reached / mV - (V[0].max() + 70)) < 0.05

    (active, spikes), (passive, others) = (
        results[f"{kind}_fired"] for kind in ("active", "passive")
    )
    assert len(spikes.t) == len(others.t) == 1
    assert active.V_dend.max() > passive.V_dend.max() + 30 * mV
    assert passive.V_dend.max() > -40 * mV


@checks
def calibrate_to_data(results):
    """What was asked for is what the circuit does that has the parameters found."""
    assert results["validation"]
    assert len(results["validation"]) == 5
    known = results["model"].parameters
    names = ["soma", "trunk", "oblique"]

    def circuit(values):
        return Circuit(
            [float(values[f"C_{each}"]) * 1e12 for each in names],
            [values[f"gL_{each}"] / nS for each in names],
            {
                (0, 1): values["g_trunk_soma"] / nS,
                (1, 2): values["g_oblique_trunk"] / nS,
            },
            -62,
        )

    cell = circuit(known)
    # The tolerance of calibration is 1e-4, and the default step of 0.1 ms adds less.
    assert abs(cell.resistance[0, 0] / 0.113 - 1) < 2e-4
    assert abs(cell.resistance[0, 1] / cell.resistance[0, 0] / 0.5 - 1) < 2e-4
    rates = np.linalg.eigvals(cell.G / cell.C[:, None])
    assert abs(1 / rates.min() / 22 - 1) < 2e-4

    ampa, nmda = (known[f"g_{each}_x_oblique"] / nS for each in ("AMPA", "NMDA"))
    assert abs(nmda / ampa - 1) < 1e-9  # the ratio of the guess
    V = cell.synaptic(2, [(ampa, 0.2, 2, False), (nmda, 3, 50, True)], 100)
    # The step of 0.1 ms is half of the rise of AMPA; its error is of second order.
    assert abs((V[0].max() + 62) / 0.2 - 1) < 5e-3
    rise, fall = (known[f"g_{each}_max_Na_trunk"] / nS for each in ("rise", "fall"))
    assert abs(fall / rise - 0.75) < 1e-9
    V = cell.spike(1, -40, (rise, 0, 1), (fall, 0.8, 3.2))
    assert abs((V[1].max() + 62) / 60 - 1) < 2e-3

    # 12 mV below threshold, a cell fires from 12 mV over its input resistance on.
    for label, each in [("calibrated", cell), ("first guess", None)]:
        each = each or circuit(results["guess"].parameters)
        found = results["rates"][label]
        rheobase = 12 / each.resistance[0, 0]
        np.testing.assert_array_equal(found.rate > 0, found.currents / pA > rheobase)
    # The same current charges more membrane: it fires more slowly.
    slow, fast = (results["rates"][each].rate for each in ("calibrated", "first guess"))
    assert np.all(slow[fast > 0] < 0.65 * fast[fast > 0])


@checks
def first_network(results):
    """Without inhibition of apical dendrites, these spike more, and so do the cells."""
    assert "No finding" in results["findings"]
    # A binomial number, to four standard deviations.
    assert abs(results["inhibitory_synapses"] - 640) < 4 * np.sqrt(640 * 0.6)
    t = {name: results[name].t / ms for name in ("pyramidal", "interneurons")}
    t |= {name: each.t / ms for name, each in results["dspikes"].items()}
    for each in t.values():
        start, before, after = (
            np.sum((each >= begin) & (each < begin + 150)) for begin in (100, 250, 500)
        )
        assert after > 1.4 * before
        assert before < 1.3 * start  # it does not just grow

    soma, apical = results["pyramidal"], results["dspikes"]["spike_Ca_apical"]
    delays = [
        np.min((times := soma.t[soma.i == i] / ms)[times >= at] - at, initial=100)
        for i, at in zip(np.array(apical.i), apical.t / ms, strict=True)
        if at < 780
    ]
    # Most of these spikes are followed by one of the soma; by chance, 10 ms at 17 Hz
    # would hold one in six times.
    assert np.mean(np.array(delays) < 10) > 0.7
    # A Ca spike lasts 15 ms, and another one does not start within 40 ms.
    for i in range(80):
        mine = np.sort(apical.t[apical.i == i] / ms)
        assert np.all(np.diff(mine) > 39.9)
    basal = results["dspikes"]["spike_Na_basal"]
    assert len(basal.i) > 0.6 * len(soma.i)
