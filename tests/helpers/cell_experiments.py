"""The checks of examples of single cells and small networks: one idea each."""

import numpy as np
import pytest

from helpers.example_checks import checks


@checks
def quickstart(results):
    assert 900 <= results["synapses"] <= 1100
    assert 1 < results["rate"] < 20
    assert 5 < results["inhibitory_rate"] < 60
    counts = {name: len(t) for name, (t, _) in results["dspikes"].items()}
    assert min(counts.values()) > 100
    # Not every spike of the distal dendrite gets as far as the trunk.
    assert counts["dist"] > 1.1 * counts["trunk"]
    # The first reset lifts the soma to 30 mV.
    assert results["V"]["soma"].max() == pytest.approx(30)
    t, i = results["pyramidal"]
    assert len(set(i)) > 50
    assert t.max() <= 1000


def conductance_matrix():
    """Return that of the cell in passive_attenuation (siemens), from its sizes."""
    length = np.array([20, 100, 100, 100, 100]) * 1e-6
    diameter = np.array([20, 2.5, 2, 1.5, 1]) * 1e-6
    leak = 0.5 * np.pi * length * diameter  # 50 uS/cm^2
    half = 4 * 1.5 * (length / 2) / (np.pi * diameter**2)  # 150 ohm cm
    matrix = np.diag(leak)
    for here, there in zip(range(4), range(1, 5), strict=True):
        axial = 1 / (half[here] + half[there])
        matrix[[here, there], [here, there]] += axial
        matrix[[here, there], [there, here]] -= axial
    return matrix


@checks
def passive_attenuation(results):
    matrix = conductance_matrix()
    for key, site in [("from_soma", 0), ("from_tip", -1)]:
        current = np.zeros(5)
        current[site] = 30e-12
        steady = results[key]["steady"]
        # After 12 membrane time constants, exp(-12) = 6e-6 is left of the transient.
        np.testing.assert_allclose(
            steady[:, -1], 1e3 * np.linalg.solve(matrix, current), rtol=1e-4
        )
        outwards = slice(None, None, 1 if site == 0 else -1)
        arrives = {}
        for kind, change in results[key].items():
            peak = change.max(axis=1)[outwards]
            assert np.all(np.diff(peak) < 0)
            arrives[kind] = peak[-1] / peak[0]
        assert arrives["brief"] < 0.8 * arrives["steady"]
    # Reciprocity: what the tip sees of the soma is what the soma sees of the tip. It
    # holds for each step of the method, up to rounding.
    for kind in ["steady", "brief"]:
        np.testing.assert_allclose(
            results["from_soma"][kind][-1], results["from_tip"][kind][0], atol=1e-9
        )
    # The way inwards is the harder one.
    soma, tip = (
        results[key]["steady"].max(axis=1) for key in ["from_soma", "from_tip"]
    )
    assert tip[0] / tip[-1] < 0.85 * soma[-1] / soma[0]


@checks
def receptors(results):
    AMPA, NMDA, GABA = range(3)
    times = {AMPA: (0.5, 3), NMDA: (4, 60), GABA: (1, 10)}
    for receptor, (rise, decay) in times.items():
        conductance = results["conductance"][receptor]
        # Gates are exact; between samples the peak is higher by dt^2/(8 rise decay).
        assert conductance.max() == pytest.approx(1, rel=1e-3)
        peak = rise * decay / (decay - rise) * np.log(decay / rise)
        # The spike acts at the end of its step, the peak lies between two.
        assert results["t"][conductance.argmax()] == pytest.approx(peak, abs=0.25)
        if receptor != NMDA:  # whose tail is longer than the simulation
            factor = (decay / rise) ** (rise / (decay - rise))
            # Of samples of the curve, the sum is off by dt^2/(12 rise decay) < 0.001.
            assert 0.1 * conductance.sum() == pytest.approx(factor * decay, rel=1e-3)

    V = results["clamp"]
    block = 1 / (1 + np.exp(-0.062 * V) / 3.57)
    for receptor, current in [(AMPA, -V), (NMDA, -V * block), (GABA, -80 - V)]:
        np.testing.assert_allclose(results["current"][receptor], current, atol=1e-9)

    low, high = (
        [line[np.argmax(np.abs(line))] for line in psp] for psp in results["psp"]
    )
    # Driving forces from -70 and from -50 mV. A potential eats into its own: by a tenth
    # at 8 mV of 70, much the same at both rests.
    assert high[AMPA] / low[AMPA] == pytest.approx(50 / 70, rel=0.03)
    assert high[GABA] / low[GABA] == pytest.approx(30 / 10, rel=0.03)
    assert high[GABA] < low[GABA] < 0 < high[AMPA] < low[AMPA]
    # The driving force shrinks for NMDA too, but the block opens more than that.
    assert high[NMDA] > 2 * low[NMDA] > 0


@checks
def active_vs_passive(results):
    passive, active = 0, 1
    first = np.searchsorted(results["t"], results["dspikes"][0])
    assert first > 100
    for name in ["V_soma", "V_dend"]:
        both = results[name]
        np.testing.assert_array_equal(both[passive, :first], both[active, :first])
    # The passive dendrite gets to the threshold too, but nothing happens there.
    assert -48 < results["V_dend"][passive].max() < -30
    next_steps = slice(first, first + 40)
    assert results["V_dend"][passive, next_steps].min() > -50
    assert results["V_dend"][active].max() > 20
    assert len(results["spikes"][passive]) == 0
    assert len(results["spikes"][active]) >= 5
    for spike in results["spikes"][active]:
        delay = spike - results["dspikes"][results["dspikes"] <= spike][-1]
        assert delay < 2


@checks
def backpropagation(results):
    passive, active = results["passive"], results["active"]
    for cell in results.values():
        assert len(cell["spikes"]) == 1
        (spike,) = cell["spikes"]
        after = cell["t"] > spike
        # Only the second reset takes the voltage below -71 mV.
        second = cell["t"][after][np.argmax(cell["V"][0][after] < -71)]
        assert second - spike == pytest.approx(0.8, abs=0.03)  # a step of 0.02 ms
        assert cell["amplitude"][0] == pytest.approx(100)
    assert np.all(np.diff(passive["amplitude"]) < 0)
    assert passive["amplitude"][-1] < 40
    assert np.all(active["amplitude"] > 80)
    # One spike in each dendrite, one after the other, from the soma to the tip.
    assert [len(times) for times in active["dspikes"]] == [1, 1, 1, 1]
    order = np.concatenate([active["spikes"], *active["dspikes"]])
    assert np.all(np.diff(order) > 0)


@checks
def dendritic_io(results):
    several = slice(2, None)
    for place in ["dend", "soma"]:
        observed, expected = results[place], results[f"expected_{place}"]
        assert np.all(observed[:, 0] == 0)
        ampa, nmda, spiking = observed
        assert np.all(ampa[several] < expected[0, several])
        assert np.all(np.diff(ampa) > 0)
        assert np.all(nmda[3:12] > 1.01 * expected[1, 3:12])
        assert nmda[8] > 1.3 * expected[1, 8]
        # AMPA alone gives a little less per synapse, NMDA far more in the middle.
        assert np.all(nmda[several] > ampa[several])
    ampa, nmda, spiking = results["dend"]
    # The threshold of the dendritic spike lies 30 mV above rest.
    enough = np.argmax(nmda >= 30)
    assert 2 < enough < 15
    np.testing.assert_array_equal(spiking[:enough], nmda[:enough])
    assert np.all(spiking[enough:] > 100)
    assert np.all(results["soma"][2, enough:] > results["soma"][1, enough:] + 10)
    assert nmda.max() < 70  # the reversal potential of the synapses


@checks
def fi_curve(results):
    # pi 25 um x 25 um and pi 200 um x 2 um at 100 uS/cm^2 = 1 pS/um^2, in nS
    soma, dend = np.pi * 25 * 25 * 1e-3, np.pi * 200 * 2 * 1e-3
    load = 8 * dend / (8 + dend)
    rheobase = {"soma alone": 20 * soma, "with dendrite": 20 * (soma + load)}
    current = results["current"]
    for kind, rate in results["rate"].items():
        assert results["rheobase"][kind] == pytest.approx(rheobase[kind])
        np.testing.assert_array_equal(rate > 0, current > rheobase[kind])
        assert np.all(np.diff(rate) >= 0)
        assert rate[-1] > 150
    alone, loaded = results["rate"].values()
    assert np.all(loaded[loaded > 0] < alone[loaded > 0])

    # Without a dendrite, the interval is known: 10 ms is the membrane time constant.
    fires = alone > 0
    drive = current[fires] / soma - 20
    interval = 3 + 10 * np.log((drive + 10) / drive)
    # A spike waits for the end of its step (0.1 ms), and 2 s hold a whole number of
    # intervals.
    tolerance = 0.1 + interval / (2 * alone[fires])
    assert np.all(np.abs(1e3 / alone[fires] - interval) < tolerance)


@checks
def adaptation(results):
    intervals = {name: np.diff(cell["spikes"]) for name, cell in results.items()}
    # 20 ms of membrane time constant, from -58 to -50 mV on the way to -38 mV.
    clock = 20 * np.log(20 / 12)
    np.testing.assert_allclose(intervals["leakyIF"], clock, atol=0.1)  # one step
    for name in ["adaptiveIF", "cadIF"]:
        # Growing up to the step of 0.1 ms in which a spike is detected.
        assert np.all(np.diff(intervals[name]) > -0.11)
        assert intervals[name][-1] > 2 * intervals[name][0]

    # Once it is periodic, what decays between two spikes is what is added:
    # <w> = a (<V> - EL) + b tauw / interval.
    cell = results["adaptiveIF"]
    start, stop = np.searchsorted(cell["t"], cell["spikes"][-2:] + 0.05)
    mean = cell["w"][start:stop].mean()
    added = 25 * 120 / intervals["adaptiveIF"][-1]
    # Sampled in steps of 0.1 of 34 ms, and periodic to one step: a percent.
    assert mean == pytest.approx(
        1 * (cell["V"][start:stop].mean() + 70) + added, rel=0.01
    )
    assert np.all(results["leakyIF"]["w"] == 0)


@checks
def adex(results):
    intervals = {name: np.diff(cell["spikes"]) for name, cell in results.items()}
    tonic = intervals["tonic"]
    assert len(tonic) > 30
    assert tonic.max() < 1.1 * tonic.min()

    adapting = intervals["adapting"]
    # Growing up to the step in which a spike is detected.
    assert np.all(np.diff(adapting) > -0.1)
    assert adapting[-1] > 4 * adapting[0]

    short = intervals["initial burst"] < 10
    burst = np.argmin(short)
    assert burst >= 2
    assert not np.any(short[burst:])
    after = intervals["initial burst"][burst + 1 :]
    assert len(after) >= 3
    assert after.max() < 1.1 * after.min()

    short = intervals["bursting"] < 10
    assert short[0]
    pauses = intervals["bursting"][~short]
    assert len(pauses) >= 3
    assert pauses.min() > 50
    # No two pauses follow each other: there is a burst between them.
    assert not np.any(~short[:-1] & ~short[1:])


@checks
def noise(results):
    sigma, mean, tau = 20, 50, 10
    current = results["current"]
    neurons, duration = current.shape[0], results["t"][-1]
    # Samples that count as independent: one in 2 tau for the mean, one in tau for the
    # variance. Four standard errors everywhere.
    for_mean, for_variance = neurons * duration / (2 * tau), neurons * duration / tau
    assert current.mean() == pytest.approx(mean, abs=4 * sigma / np.sqrt(for_mean))
    assert current.std() == pytest.approx(sigma, rel=4 / np.sqrt(2 * for_variance))
    away = np.abs(current - mean) / sigma
    for width, inside in [(1, 0.6827), (2, 0.9545), (3, 0.9973)]:
        error = np.sqrt(inside * (1 - inside) / for_mean)
        assert np.mean(away < width) == pytest.approx(inside, abs=4 * error)
    np.testing.assert_allclose(
        results["autocorrelation"],
        np.exp(-results["lag"] / tau),
        atol=4 / np.sqrt(for_mean),
    )
    # The membrane (20 ms, 10 nS) filters the noise.
    V = results["V"]
    slow = neurons * duration / (2 * (tau + 20))
    spread = sigma / 10 * np.sqrt(tau / (tau + 20))
    assert V.mean() == pytest.approx(-65, abs=4 * spread / np.sqrt(slow))
    assert V.std() == pytest.approx(spread, rel=4 / np.sqrt(2 * slow))


@checks
def recurrent_network(results):
    for population, N in [("excitatory", 400), ("inhibitory", 100)]:
        result = results[population]
        assert 2 < result["balanced_rate"] < 20
        assert result["cv"] > 0.7
        assert result["rate_after"] > 10 * result["balanced_rate"]
        assert len(set(result["i"])) > 0.9 * N
    # Asynchronous: were all cells to fire together, the variance of the count in 5 ms
    # would be the number of cells times its mean.
    t = results["excitatory"]["t"]
    counts, _ = np.histogram(t, bins=np.arange(100, 701, 5))
    assert counts.var() < 10 * counts.mean()


@checks
def kinetics(results):
    linear = ["Delta", "Exponential", "DualExponential", "Alpha"]
    for name in linear:
        # rk4 is linear in the state, so what is left is rounding
        np.testing.assert_allclose(
            results[name]["train"], results[name]["sum"], atol=1e-9
        )
    for name, peak in [
        ("Delta", 0.5),
        ("Exponential", 1),
        ("DualExponential", 1),
        ("Alpha", 1),
        # what one pulse of transmitter binds
        ("TwoStateKinetics.gaba_a()", 0.53 / 0.71 * (1 - np.exp(-0.71))),
        ("SaturatingNMDA", 0.592),
    ]:
        # between two samples 0.1 ms apart: (0.05 ms)**2/2 times the curvature at the
        # peak, at most 1/(1 ms * 10 ms), is 1.3e-4; .592 has three digits
        assert results[name]["one"].max() == pytest.approx(peak, abs=5e-4)
    # The spike acts at the end of its step, and the sum of gates is a step late.
    for name, time in [
        ("Exponential", 0.1),
        ("DualExponential", 10 / 9 * np.log(10) + 0.1),
        ("Alpha", 3 + 0.1),
        ("TwoStateKinetics.gaba_a()", 1 + 0.2),
    ]:
        case = results[name]
        assert case["t"][case["one"].argmax()] == pytest.approx(time, abs=0.06)

    for name, most in [
        ("TwoStateKinetics.gaba_a()", 0.53 / 0.71),
        ("SaturatingNMDA", 1),
    ]:
        case = results[name]
        assert np.all(case["train"] <= case["sum"] + 1e-9)
        assert case["one"].max() < case["train"].max() < most
        assert case["train"].max() < 0.8 * case["sum"].max()
    g_protein = results["GABABKinetics"]
    assert len(g_protein["spikes"]) == 50
    assert 0 < g_protein["one"].max() < 1e-6
    assert g_protein["train"].max() > 1e4 * g_protein["sum"].max()
    assert 0.1 < g_protein["train"].max() < 1


@checks
def magnesium_block(results):
    V = results["clamp"]
    blocks = {
        "jahr_stevens_1990": (1 / 3.57, 0.062, 0, 0),
        "pagkalos_2023": (1 / 3.57, 0.087, 10, 0.35),
        "brainpy": (1.2 / 3.57, 0.062, 0, 0),
        "nest_cm": (0.3, 0.1, 0, 0),
    }
    assert set(blocks) == set(results["open"])
    potentials = {}
    for name, (factor, alpha, gamma, E) in blocks.items():
        fraction = 1 / (1 + factor * np.exp(-alpha * (V + gamma)))
        np.testing.assert_allclose(results["open"][name], fraction, rtol=1e-9)
        np.testing.assert_allclose(
            results["current"][name], (E - V) * fraction, atol=1e-9
        )
        potentials[name] = results["psp"][name].max()
    # All are small, so they go with the fraction that is open at rest; they open it by
    # themselves a little: by alpha times the potential, at most 2 %.
    at_rest = {name: results["open"][name][V == -70][0] for name in blocks}
    for name in blocks:
        assert potentials[name] / potentials["nest_cm"] == pytest.approx(
            at_rest[name] / at_rest["nest_cm"], rel=0.03
        )
    assert potentials["jahr_stevens_1990"] > 14 * potentials["nest_cm"]
    order = sorted(potentials, key=potentials.get, reverse=True)
    assert order == ["jahr_stevens_1990", "brainpy", "pagkalos_2023", "nest_cm"]


@checks
def ei_network(results):
    assert "No finding" in results["before"]
    assert "No finding" in results["after"]
    sizes = {"excitatory": 160, "inhibitory": 40}
    rate = {}
    for name, N in sizes.items():
        t, _ = results["spikes"][name]
        before, during, after = (
            np.sum((t >= start) & (t < stop)) / N / (stop - start) * 1000
            for start, stop in [(50, 200), (200, 300), (400, 600)]
        )
        assert during > 3 * before
        assert during > 2 * after
        rate[name] = before
    assert rate["inhibitory"] > rate["excitatory"] > 0

    mean = {name: trace.mean(axis=0) for name, trace in results["current"].items()}
    for name, trace in results["current"].items():
        # Every cell gets each of the currents, and each has one direction.
        assert np.all(np.abs(trace).max(axis=1) > 10)
        inhibits = name == "GABA_recurrent"
        assert np.all(trace * (-1 if inhibits else 1) > -1e-9)

    def average(name, start, stop):
        return mean[name][(results["t"] >= start) & (results["t"] < stop)].mean()

    # NMDA outlasts the stimulus; the same spikes' AMPA ends with it.
    left = {
        name: average(name, 320, 360) / average(name, 260, 300)
        for name in ["AMPA_recurrent", "NMDA_recurrent"]
    }
    assert left["AMPA_recurrent"] < 0.25
    assert left["NMDA_recurrent"] > 0.5
    # 100 ms are one time constant of the gate. The few spikes that go on slow it down.
    start, stop = (
        average("NMDA_recurrent", 300, 310),
        average("NMDA_recurrent", 400, 410),
    )
    assert 0.3 < stop / start < 0.6


@checks
def short_term_plasticity(results):
    rates = np.array([2, 5, 10, 20, 30, 50, 70])
    # What spike k of a regular train releases, step by step (per ms).
    for name, (U, recovery, facilitation) in {
        "depressing": (0.5, 800, None),
        "facilitating": (0.03, 130, 530),
    }.items():
        for rate, observed in zip(rates, results[name]["release"], strict=True):
            times = np.round(np.arange(5, 4000, 1000 / rate), 1)
            left, used, expected = 1.0, 0.0, []
            for interval in np.diff(times, prepend=times[0] - 1e9):
                left = 1 - (1 - left) * np.exp(-interval / recovery)
                used *= np.exp(-interval / facilitation) if facilitation else 0
                used += U * (1 - used)
                expected.append(used * left / U)
                left *= 1 - used
            # Both are exact; the gate that it is read from rounds.
            np.testing.assert_allclose(observed, expected, rtol=1e-9)
        # Spikes on a grid of 0.1 ms are up to .4 % of an interval off. The 8 spikes at
        # 2 Hz leave .38**7 = .1 % of the start.
        steady, theory = results[name]["steady"], results[name]["theory"]
        np.testing.assert_allclose(steady, theory, rtol=0.01)
    assert np.all(np.diff(results["depressing"]["steady"]) < 0)
    steady = results["facilitating"]["steady"]
    assert np.all(steady > 1)
    # It peaks where u has grown and the resources still recover: near 20 Hz.
    assert 0 < steady.argmax() < len(rates) - 1
    assert rates[steady.argmax()] == 20
    # Potentials follow: the first is the same, the later ones are not.
    at_10 = 2
    depressing, facilitating = (
        results[name]["psp"][at_10] for name in ["depressing", "facilitating"]
    )
    first = depressing[:1000].max()
    assert facilitating[:1000].max() == pytest.approx(first, rel=1e-9)  # rounding
    assert depressing[-1000:].max() < 0.3 * first
    assert facilitating[-1000:].max() > 3 * first

    # A pulse of .5 ms at a release r opens the gate to a/(a + b) (1 - exp(-(a + b)/2)),
    # with a = .98 (0.5 mM) r and b = .18 (per ms).
    t, gates = results["pulsed"]["t"], results["pulsed"]
    times = np.arange(5, 600, 50)
    releases = results["depressing"]["release"][3][: len(times)]
    for key, sizes in [("constant", np.ones(len(times))), ("depressing", releases)]:
        opened = 0.49 * sizes
        peak = opened / (opened + 0.18) * (1 - np.exp(-(opened + 0.18) / 2))
        for begin, expected in zip(times, peak, strict=True):
            observed = gates[key][(t > begin) & (t < begin + 3)].max()
            # exp(-.18 49.5) = 1e-4 of the gate is left of the pulse before
            assert observed == pytest.approx(expected, abs=1e-4)
    assert gates["depressing"][t > 500].max() < 0.2 * gates["constant"][t > 500].max()
