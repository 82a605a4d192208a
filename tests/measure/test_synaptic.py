import numpy as np
import pytest
from brian2 import Hz, coulomb, defaultclock, ms, mV, nS, pA, pF, second, volt
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.optimize import brentq, minimize_scalar

from dendrisyn import (
    AMPA,
    NMDA,
    Alpha,
    CurrentBased,
    Delta,
    Dendrite,
    Depression,
    DualExponential,
    Exponential,
    InvalidValueError,
    NeuronModel,
    PointNeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    TwoStateKinetics,
    UnitError,
    UnknownNameError,
)
from dendrisyn.measure.synaptic import psp
from dendrisyn.rig.waveform import Shape, integral, largest

# Numbers of the tests are in ms, mV, nS, pF, pA and fC.
REST = -70
C = np.array([100.0, 50.0])
LEAK = np.array([5.0, 3.0])
COUPLING = 10.0
#: Passive slopes of the two voltages.
PASSIVE = -np.diag(1 / C) @ (
    np.diag(LEAK) + COUPLING * np.array([[1.0, -1.0], [-1.0, 1.0]])
)
KINETICS = {
    "exponential": Exponential(t_decay=3 * ms),
    "dual": DualExponential(t_rise=0.5 * ms, t_decay=3 * ms),
    "alpha": Alpha(tau=2 * ms),
}


def cell(*mechanisms):
    """Return a passive cell of two compartments, with receptors on the dendrite."""
    soma = Soma("soma", cm_abs=C[0] * pF, gl_abs=LEAK[0] * nS, v_rest=REST * mV)
    dend = Dendrite("dend", cm_abs=C[1] * pF, gl_abs=LEAK[1] * nS, v_rest=REST * mV)
    dend.add(*mechanisms)
    return NeuronModel([(soma, dend, COUPLING * nS)])


def point(*mechanisms, **kwargs):
    """Return a cell of one compartment: 100 pF, 5 nS, 20 ms."""
    made = PointNeuronModel(
        cm_abs=C[0] * pF, gl_abs=LEAK[0] * nS, v_rest=REST * mV, **kwargs
    )
    made.add(*mechanisms)
    return made


def current(kinetics, J=50):
    return Synapse("exc", "x", kinetics=kinetics, output=CurrentBased(J=J * pA))


def gate(kinetics):
    """Return the slopes of x and s, and where both start."""
    if isinstance(kinetics, Exponential):
        decay = float(kinetics.t_decay / ms)
        return np.array([[-1 / decay, 0], [0, -1.0]]), np.array([1.0, 0.0])
    if isinstance(kinetics, Alpha):
        rise = decay = float(kinetics.tau / ms)
        drive = np.e / rise
    else:
        rise, decay = float(kinetics.t_rise / ms), float(kinetics.t_decay / ms)
        drive = (decay / rise) ** (rise / (decay - rise)) / rise
    return np.array([[-1 / decay, drive], [0, -1 / rise]]), np.array([0.0, 1.0])


class Exact:
    """The response of a passive cell to a current with linear kinetics, in full."""

    def __init__(self, passive, capacitance, kinetics, J):
        slopes, start = gate(kinetics)
        size = len(passive)
        self.slopes = np.zeros((size + 2, size + 2))
        self.slopes[:size, :size] = passive
        self.slopes[size - 1, size] = J / capacitance
        self.slopes[size:, size:] = slopes
        self.start = np.concatenate([np.zeros(size), start])
        self.area = -np.linalg.solve(self.slopes, self.start)
        self.charge = J * self.area[size]

    def __call__(self, t, index):
        return (expm(self.slopes * t) @ self.start)[index]

    def features(self, index):
        """Return amplitude, time to peak, rise time and half-width."""
        found = minimize_scalar(
            lambda t: -abs(self(t, index)),
            bounds=(0.1, 60),
            method="bounded",
            options={"xatol": 1e-8},
        )
        height = self(found.x, index)

        def crossing(part, low, high):
            return brentq(lambda t: self(t, index) / height - part, low, high)

        up = {part: crossing(part, 0, found.x) for part in (0.1, 0.5, 0.9)}
        down = crossing(0.5, found.x, 200)
        return height, found.x, up[0.9] - up[0.1], down - up[0.5]


def features(found):
    """Return the same of a measurement, in mV and ms."""
    times = (found.time_to_peak, found.rise_time, found.half_width)
    return np.array([found.amplitude / mV, *(each / ms for each in times)])


# -- waveforms ----------------------------------------------------------------------


def alpha_function(t, tau):
    return t / tau * np.exp(1 - t / tau)


def test_shape_of_an_alpha_function():
    tau = np.linspace(1.0, 1.2, 9)[:, np.newaxis]
    up = brentq(lambda t: alpha_function(t, 1) - 0.5, 0, 1)
    down = brentq(lambda t: alpha_function(t, 1) - 0.5, 1, 10)
    rise = [brentq(lambda t, p=p: alpha_function(t, 1) - p, 0, 1) for p in (0.1, 0.9)]
    errors = []
    for h in (0.1, 0.05):
        found = Shape(-alpha_function(np.arange(0, 40, h), tau), h)
        exact = [-1, *(tau[:, 0] * each for each in (1, rise[1] - rise[0], down - up))]
        got = [found.amplitude, found.time, found.rise, found.width]
        errors.append(
            [
                np.abs(one / other - 1).max()
                for one, other in zip(got, exact, strict=True)
            ]
        )
    # h = tau/10 is coarse. Cubics: h**4 in values, h**3 in the place of the peak.
    assert np.all(errors[0] < np.array([2e-5, 3e-4, 1e-4, 5e-5]))
    assert np.all(np.divide(*errors) > np.array([8, 4, 8, 8]))


def test_amplitude_does_not_jump_between_samples():
    tau = np.linspace(1.0, 1.2, 20001)[:, np.newaxis]
    found = largest(alpha_function(np.arange(0, 12, 0.1), tau))
    # the peak, which is 1 for all of them, moves over two samples
    assert np.abs(np.diff(found)).max() < 1.5e-5
    assert np.ptp(found) < 2e-5


@pytest.mark.parametrize("decay", [0.3, 1, 3])
def test_peak_at_a_kink_is_the_sample(decay):
    t = np.arange(0, 6, 0.1)
    rising = np.minimum(t / 2, np.exp(-(t - 2) / decay))
    # through samples of both sides, a cubic would be up to 3 % higher
    assert largest(rising) == pytest.approx(1, rel=1e-12)
    assert largest(-rising) == pytest.approx(-1, rel=1e-12)


def test_integral_is_exact_for_cubics_and_of_fourth_order():
    t = np.arange(0, 2.05, 0.1)
    assert integral(t**3 - t, 0.1) == pytest.approx(4 - 2, rel=1e-12)
    t = np.arange(0, 40, 0.1)
    error = abs(integral(np.exp(-t), 0.1) - 1)
    t = np.arange(0, 40, 0.05)
    finer = abs(integral(np.exp(-t), 0.05) - 1)
    assert error < 3e-6
    assert 12 < error / finer < 17  # 16 for h to 0


def test_shape_of_what_has_no_peak_or_no_end():
    t = np.arange(0, 10, 0.1)
    values = [np.zeros_like(t), 1 - np.exp(-t), 1 - np.exp(-((t - 5) ** 2) / 500)]
    found = Shape(np.array([*values, 1 + np.exp(-t)]), 0.1)
    assert np.all(found.amplitude == [0, values[1][-1], values[2][0], 2])
    assert np.isnan(found.time[:2]).all()
    assert np.isnan(found.rise[:2]).all()
    assert np.isnan(found.width[:2]).all()
    # above half of it to the end
    assert found.time[3] == found.rise[3] == 0
    assert np.isnan(found.width[3])


def test_few_samples_have_a_largest():
    assert largest(np.array([0.0, 1.0, 0.5])) == 1
    assert largest(np.array([-0.1])) == -0.1


# -- closed forms -------------------------------------------------------------------


@pytest.mark.parametrize("name", KINETICS)
def test_point_neuron_equals_closed_form(name):
    kinetics = KINETICS[name]
    exact = Exact(np.array([[-LEAK[0] / C[0]]]), C[0], kinetics, 50)
    found = psp(point(current(kinetics)), "exc_x")
    # Crank-Nicolson errs by (0.1 ms)**2/(12 tau tau') of the slope, tau being 20 ms
    assert features(found) == pytest.approx(np.array(exact.features(0)), rel=1e-4)
    assert found.charge / (1e-15 * coulomb) == pytest.approx(exact.charge, rel=1e-5)
    assert found.area / (mV * ms) == pytest.approx(exact.area[0], rel=2e-5)
    assert found.amplitudes[""] == found.amplitude


@pytest.mark.parametrize(
    ("name", "at"), [("dual", "soma"), ("dual", "dend"), ("alpha", "soma")]
)
def test_two_compartments_equal_closed_form(name, at):
    kinetics = KINETICS[name]
    exact = Exact(PASSIVE, C[1], kinetics, -50)
    found = psp(cell(current(kinetics, -50)), "exc_x_dend", at)
    index = ["soma", "dend"].index(at)
    # the fastest mode of the cell has 3 ms
    assert features(found) == pytest.approx(np.array(exact.features(index)), rel=1e-4)
    assert found.charge / (1e-15 * coulomb) == pytest.approx(exact.charge, rel=1e-5)
    assert found.area / (mV * ms) == pytest.approx(exact.area[index], rel=2e-5)
    other = {"soma": 1, "dend": 0}[at]
    amplitude = found.amplitudes[["soma", "dend"][other]]
    assert amplitude / mV == pytest.approx(exact.features(other)[0], rel=1e-4)
    assert found.amplitudes[at] == found.amplitude < 0 * mV


def test_jump_of_the_voltage():
    model = cell(Synapse("kick", "x", kinetics=Delta(J=2 * mV)))
    found = psp(model, "kick_x_dend", "dend", [1, 3])
    np.testing.assert_allclose(found.amplitude / mV, [2, 6], rtol=1e-9)  # rest: 1e-10 V
    assert np.all(found.time_to_peak == 0 * second)
    assert np.all(found.rise_time == 0 * second)
    assert np.isnan(found.charge / coulomb).all()
    assert found.charge.dim == coulomb.dim
    assert found.charges == {}

    def decay(t):
        return (expm(PASSIVE * t) @ [0, 2])[1] - 1

    # Crank-Nicolson: a step of 0.1 ms in a mode of 3 ms errs by 1e-4 of the slope
    width = brentq(decay, 0, 60)
    np.testing.assert_allclose(found.half_width / ms, width, rtol=1e-4)
    areas = -np.linalg.solve(PASSIVE, [0, 2])
    np.testing.assert_allclose(
        found.area / (mV * ms), areas[1] * np.array([1, 3]), 1e-4
    )


# -- slow references ----------------------------------------------------------------


def block(V):
    return 1 / (1 + np.exp(-0.062 * V) / 3.57)


def reference(slope, start, until=200):
    """Return the amplitudes of the two voltages and the charge, the last variable."""
    solved = solve_ivp(
        slope, (0, until), start, "DOP853", rtol=1e-10, atol=1e-12, dense_output=True
    )

    def peak(index):
        found = minimize_scalar(
            lambda t: -solved.sol(t)[index],
            bounds=(0.5, 60),
            method="bounded",
            options={"xatol": 1e-8},
        )
        return solved.sol(found.x)[index] - REST

    return peak(0), peak(1), solved.y[-1, -1]


def dual_with_nmda(t, y):
    Vs, Vd, a, x, s, _ = y
    drive = (60 / 2) ** (2 / 58) / 2
    ampa = 1.5 * a * (0 - Vd)
    nmda = 4 * x * block(Vd) * (0 - Vd)
    synaptic = ampa + nmda
    axial = COUPLING * (Vd - Vs)
    return [
        (LEAK[0] * (REST - Vs) + axial) / C[0],
        (LEAK[1] * (REST - Vd) - axial + synaptic) / C[1],
        -a / 3,
        -x / 60 + drive * s,
        -s / 2,
        synaptic,
    ]


def test_released_together_with_block_equals_slow_reference():
    model = cell(
        AMPA("x", g=1.5 * nS, t_decay=3 * ms),
        NMDA("x", g=4 * nS, t_rise=2 * ms, t_decay=60 * ms),
    )
    soma, dend, charge = reference(dual_with_nmda, [REST, REST, 1, 0, 1, 0])
    both = ["AMPA_x_dend", "NMDA_x_dend"]
    errors = []
    for dt in (0.2, 0.1):
        found = psp(model, both, dt=dt * ms, duration=200 * ms)
        got = [found.amplitude, found.amplitudes["dend"], found.charge]
        exact = [soma * mV, dend * mV, charge * 1e-15 * coulomb]
        errors.append([abs(float(x / y) - 1) for x, y in zip(got, exact, strict=True)])
    # of second order; at 0.1 ms, 5e-5 at most
    assert np.all(np.array(errors[0]) < [5e-5, 2e-4, 1e-6])
    np.testing.assert_allclose(np.divide(*errors)[:2], 4, rtol=0.01)
    assert found.charge == sum(found.charges.values())
    assert list(found.charges) == both


def saturating(t, y):
    Vs, Vd, s, x, _ = y
    synaptic = 4 * s * block(Vd) * (0 - Vd)
    axial = COUPLING * (Vd - Vs)
    return [
        (LEAK[0] * (REST - Vs) + axial) / C[0],
        (LEAK[1] * (REST - Vd) - axial + synaptic) / C[1],
        -s / 100 + 0.5 * x * (1 - s),
        -x / 2,
        synaptic,
    ]


def test_saturating_receptor_equals_slow_reference():
    kinetics = SaturatingNMDA(t_rise=2 * ms, t_decay=100 * ms, alpha=500 * Hz)
    model = cell(NMDA("s", g=4 * nS, kinetics=kinetics))
    soma, dend, charge = reference(saturating, [REST, REST, 0, 1, 0])
    found = psp(model, "NMDA_s_dend", duration=200 * ms)
    # All is slow. That a gate on a synapse is taken from the start of each step delays
    # the response by half a step, and hardly changes it.
    assert found.amplitude / mV == pytest.approx(soma, rel=1e-6)
    assert found.amplitudes["dend"] / mV == pytest.approx(dend, rel=2e-6)
    assert found.charge / (1e-15 * coulomb) == pytest.approx(charge, rel=2e-5)


def test_gate_on_the_synapse_has_the_charge_of_one_on_the_neuron():
    kinetics = Exponential(t_decay=5 * ms)
    output = CurrentBased(J=20 * pA)
    pooled = Synapse("exc", "a", kinetics=kinetics, output=output)
    own = Synapse("exc", "b", kinetics=kinetics, output=output, pooled=False)
    model = cell(pooled, own)
    one, other = psp(model, "exc_a_dend"), psp(model, "exc_b_dend")
    # a sample of the current that was a step late would lack 0.1 ms of 5 ms
    assert other.charge / one.charge == pytest.approx(1, rel=1e-9)
    assert one.charge / (1e-15 * coulomb) == pytest.approx(100, rel=1e-5)
    assert other.amplitude / one.amplitude == pytest.approx(1, rel=2e-2)


def test_pulse_of_transmitter_equals_closed_form():
    # BrainPy's AMPA: the gate rises for 0.5 ms at 0.49 + 0.18 per ms, then decays
    kinetics = TwoStateKinetics.ampa()
    output = CurrentBased(J=20 * pA)
    model = point(Synapse("exc", "x", kinetics=kinetics, output=output))
    total = 0.49 + 0.18
    top = 0.49 / total * (1 - np.exp(-total * 0.5))
    rising = 0.49 / total * (0.5 - (1 - np.exp(-total * 0.5)) / total)
    found = psp(model, "exc_x")
    # the kink at the end of the pulse: (0.1 ms)**2/12 times its slope of 0.4 per ms
    charge = 20 * (rising + top / 0.18)
    assert found.charge / (1e-15 * coulomb) == pytest.approx(charge, rel=4e-4)


# -- weights, points, conditions ----------------------------------------------------


def rich():
    """Return a cell whose response is not linear."""
    return cell(
        AMPA("x", g=1.5 * nS, t_rise=0.5 * ms, t_decay=3 * ms),
        NMDA("x", g=2 * nS, t_decay=20 * ms),
    )


BOTH = ("AMPA_x_dend", "NMDA_x_dend")
NUMBERS = ("amplitude", "time_to_peak", "rise_time", "half_width", "area", "charge")


def same(one, other):
    # a neuron does not know the others; sums of many numbers may round otherwise
    np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-12)


def test_many_points_and_weights_equal_single_ones():
    values = [0.5, 5] * nS
    weights = [1, 2.5]
    many = psp(
        rich(), BOTH, weight=weights, vary={"g_AMPA_x_dend": values}, duration=60 * ms
    )
    assert many.amplitude.shape == (2, 2)
    assert many.traces["V_soma"].shape[:2] == (2, 3)
    for row, g in enumerate(values):
        for column, weight in enumerate(weights):
            model = rich()
            model.parameters["g_AMPA_x_dend"] = g
            one = psp(model, BOTH, weight=weight, duration=60 * ms)
            assert one.amplitude.shape == ()
            for name in NUMBERS:
                same(getattr(many, name)[row, column], getattr(one, name))
            same(many.amplitudes["dend"][row, column], one.amplitudes["dend"])
            same(many.charges[BOTH[1]][row, column], one.charges[BOTH[1]])


def test_time_constants_vary_and_decide_the_window():
    values = [2, 40] * ms
    found = psp(rich(), "NMDA_x_dend", vary={"t_NMDA_decay_x_dend": values})
    one = rich()
    one.parameters["t_NMDA_decay_x_dend"] = 40 * ms
    single = psp(one, "NMDA_x_dend")
    assert found.traces.t[-1] == single.traces.t[-1]
    same(found.half_width[1], single.half_width)
    assert found.half_width[0] < found.half_width[1]


def test_parameter_of_a_gate_on_a_synapse_varies():
    def made(decay):
        kinetics = SaturatingNMDA(t_rise=2 * ms, t_decay=decay, alpha=500 * Hz)
        return cell(NMDA("s", g=1 * nS, kinetics=kinetics))

    decays = [50, 100] * ms
    vary = {"t_NMDA_decay_s_dend": decays}
    found = psp(made(70 * ms), "NMDA_s_dend", vary=vary, duration=100 * ms)
    for row, each in enumerate(decays):
        one = psp(made(each), "NMDA_s_dend", duration=100 * ms)
        same(found.amplitude[row], one.amplitude)
        same(found.area[row], one.area)


def test_weight_of_zero_and_below():
    found = psp(cell(current(KINETICS["dual"])), "exc_x_dend", weight=[0, 1, -2])
    assert found.amplitude[0] == 0 * volt
    assert found.charge[0] == 0 * coulomb
    assert np.isnan(found.time_to_peak[0] / second)
    assert np.isnan(found.rise_time[0] / second)
    assert np.isnan(found.half_width[0] / second)
    np.testing.assert_allclose(found.amplitude[2], -2 * found.amplitude[1], rtol=1e-9)
    np.testing.assert_allclose(found.rise_time[2], found.rise_time[1], rtol=1e-9)


def test_default_window_holds_the_response():
    model = cell(NMDA("x", g=2 * nS, t_rise=10 * ms, t_decay=10 * ms))
    found = psp(model, "NMDA_x_dend")
    lasts = 2 * (found.traces.t[-1] - found.start)
    longer = psp(model, "NMDA_x_dend", duration=lasts)
    # the slowest, 20 ms, is half of the sum: exp(-24) of it is still to come
    assert found.area / longer.area == pytest.approx(1, rel=1e-9)
    assert found.charge / longer.charge == pytest.approx(1, rel=1e-9)


def test_short_window_leaves_times_undefined():
    found = psp(rich(), BOTH, duration=3 * ms)
    assert found.amplitude > 0 * volt
    assert np.isnan(found.time_to_peak / second)
    assert np.isnan(found.half_width / second)
    later = psp(rich(), BOTH, duration=15 * ms)
    assert later.time_to_peak < 15 * ms
    assert np.isnan(later.half_width / second)


def test_point_neuron_with_a_variable_w():
    # the weight of the measurement must not be called that
    model = point(AMPA("x", g=1 * nS, t_decay=3 * ms), model="adaptiveIF")
    model.parameters.update({"tauw": 100 * ms, "a": 0 * nS})
    found = psp(model, "AMPA_x")
    plain = psp(point(AMPA("x", g=1 * nS, t_decay=3 * ms)), "AMPA_x")
    same(found.amplitude, plain.amplitude)


def test_first_spike_of_short_term_plasticity():
    model = cell(current(KINETICS["dual"]))
    rule = Depression(U=0.3, tau=100 * ms)
    reduced = psp(model, "exc_x_dend", short_term=rule)
    whole = psp(model, "exc_x_dend")
    assert reduced.amplitude / whole.amplitude == pytest.approx(0.3, rel=1e-9)


def test_leaves_clock_and_model_alone():
    model = rich()
    before = model.equations, dict(model.parameters)
    defaultclock.dt = 0.2 * ms
    coarse = psp(model, BOTH, duration=20 * ms)
    assert np.diff(coarse.traces.t / ms)[0] == pytest.approx(0.2)
    fine = psp(model, BOTH, duration=20 * ms, dt=0.1 * ms)
    assert np.diff(fine.traces.t / ms)[0] == pytest.approx(0.1)
    assert defaultclock.dt == 0.2 * ms
    assert (model.equations, dict(model.parameters)) == before


@pytest.mark.compiled
def test_numpy_and_cython_agree():
    kinetics = SaturatingNMDA(t_rise=2 * ms, t_decay=100 * ms, alpha=500 * Hz)
    model = cell(
        AMPA("x", g=1.5 * nS, t_rise=0.5 * ms, t_decay=3 * ms),
        NMDA("s", g=1 * nS, kinetics=kinetics),
    )
    both = ("AMPA_x_dend", "NMDA_s_dend")
    rule = Depression(U=0.3, tau=100 * ms)
    one, other = (
        psp(
            model,
            both,
            weight=[1, 5],
            short_term=rule,
            duration=60 * ms,
            target=target,
        )
        for target in ("numpy", "cython")
    )
    for name in NUMBERS:
        # two orders of the same operations, and two exponentials, over 1500 steps
        np.testing.assert_allclose(
            np.asarray(getattr(one, name)), np.asarray(getattr(other, name)), rtol=1e-9
        )


# -- what is shown ------------------------------------------------------------------


def test_traces_hold_currents_and_the_control():
    found = psp(rich(), BOTH, weight=[1, 2], duration=30 * ms)
    assert set(found.traces.values) == {
        "V_soma",
        "V_dend",
        *(f"I_{each}" for each in BOTH),
    }
    assert found.traces["I_AMPA_x_dend"].dim == pA.dim
    V = found.traces["V_dend"] / mV
    assert V.shape == (3, 311)
    np.testing.assert_allclose(V[0], REST, atol=1e-7)  # at rest to 1e-10 V
    arrival = np.searchsorted(found.traces.t / second, found.start / second - 1e-9)
    assert found.start == 1 * ms
    assert np.ptp(V[:, : arrival + 1]) < 1e-7
    assert np.all(V[1:, arrival + 1] > REST + 1e-4)
    assert found.at == "soma"


def test_table():
    found = psp(rich(), BOTH, weight=[1, 2], vary={"gL_soma": [5, 10] * nS})
    lines = str(found).splitlines()
    assert lines[0] == "PSP"
    for head in ("gL_soma (nS)", "weight", "amplitude (mV)", "half_width (ms)"):
        assert head in lines[1]
    assert "area (mV ms)" in lines[1]
    assert len(lines) == 3 + 4
    assert lines[4].split()[:2] == ["5", "2"]
    assert f"{found.amplitude[1, 0] / mV:.4g}" in lines[5]
    assert found._repr_html_().count("<tr>") == 5


def test_plot():
    import matplotlib

    matplotlib.use("Agg")
    found = psp(rich(), BOTH, "dend", weight=[1, 2], vary={"gL_soma": [5, 10] * nS})
    ax = found.plot()
    lines = [each for each in ax.lines if len(each.get_xdata()) > 1]
    peaks = [each for each in ax.lines if len(each.get_xdata()) == 1]
    assert [each.get_label() for each in lines] == [
        f"gL_soma = {g} nS, weight {w}" for g in (5, 10) for w in (1, 2)
    ]
    heights = [each.get_ydata()[0] for each in peaks]
    np.testing.assert_allclose(heights, np.ravel(found.amplitude / mV))
    for each, height in zip(lines, heights, strict=True):
        assert each.get_ydata().max() == pytest.approx(height, rel=1e-3)
    assert ax.get_xlabel() == "time after the spike (ms)"
    assert ax.get_ylabel() == "deflection at dend (mV)"
    assert found.half_width.max() / ms < ax.get_xlim()[1] < 200
    plain = psp(point(current(KINETICS["dual"])), "exc_x").plot(ax)
    assert plain is ax
    assert ax.get_ylabel() == "deflection (mV)"


# -- errors -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "text", "kwargs"),
    [
        (UnknownNameError, "Did you mean 'AMPA_x_dend'", {"receptor": "AMPA_x_den"}),
        (UnknownNameError, "no receptor 'V'", {"receptor": ["AMPA_x_dend", "V"]}),
        (InvalidValueError, "name a receptor", {"receptor": []}),
        (UnitError, "receptor: expected a list of names", {"receptor": 3}),
        (UnknownNameError, "at: there is no compartment 'dent'", {"at": "dent"}),
        (UnitError, "weight: expected a plain number", {"weight": "w"}),
        (UnitError, "weight: expected a plain number", {"weight": 1 * mV}),
        (InvalidValueError, "weight: expected one value or a list", {"weight": []}),
        (InvalidValueError, "weight.*finite", {"weight": [1, np.inf]}),
        (UnitError, "short_term: expected Depression", {"short_term": 3}),
        (InvalidValueError, "duration: must be positive", {"duration": 0 * ms}),
        (UnitError, "duration: expected a value in second", {"duration": 5}),
        (UnknownNameError, "no parameter 'g_x'", {"vary": {"g_x": 1 * nS}}),
        (UnknownNameError, "no argument 'weigth'", {"weigth": 1}),
        (
            InvalidValueError,
            "dspike_events is not an argument",
            {"dspike_events": False},
        ),
        (UnitError, "expected a NeuronModel", {"model": "cell"}),
    ],
)
def test_errors(error, text, kwargs):
    arguments = {"model": rich(), "receptor": "AMPA_x_dend", **kwargs}
    with pytest.raises(error, match=text) as raised:
        psp(**arguments)
    assert str(raised.value).startswith("measure.psp: ")


def test_a_missing_conductance_is_reported():
    model = cell(AMPA("x", t_decay=3 * ms))
    with pytest.raises(Exception, match="g_AMPA_x_dend"):
        psp(model, "AMPA_x_dend")
