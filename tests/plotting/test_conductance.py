"""`plotting.conductance`: gates in closed form, or of a reference solver."""

import numpy as np
import pytest
from brian2 import cm as centimetre
from brian2 import (
    ms,
    mV,
    nS,
    pA,
    uF,
    um,
    uS,
)
from helpers.plots import curve, curves, labels
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from dendrisyn import (
    AMPA,
    GABA,
    GABAB,
    NMDA,
    Alpha,
    CurrentBased,
    Delta,
    Dendrite,
    DualExponential,
    Exponential,
    InvalidValueError,
    NeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    TwoStateKinetics,
    UnitError,
    plotting,
)

plt = pytest.importorskip("matplotlib.pyplot")


def dual(t, rise, decay):
    """Return the gate with a peak of 1, and the time of the peak."""
    if rise == decay:
        return t / rise * np.exp(1 - t / rise), rise
    peak = rise * decay / (decay - rise) * np.log(decay / rise)

    def shape(t):
        return np.exp(-t / decay) - np.exp(-t / rise)

    return shape(t) / shape(peak), peak


@pytest.mark.parametrize(
    ("rise", "decay"), [(2, 60), (0.05, 3), (5, 5), (8, 2), (5, 5.0001)]
)
@pytest.mark.parametrize("dt", [None, 0.5 * ms])
def test_conductance_with_a_rise_is_exact_and_peaks_at_g(rise, decay, dt):
    receptor = NMDA("x", g=2.5 * nS, t_rise=rise * ms, t_decay=decay * ms)
    ax = plotting.conductance(receptor, dt=dt, duration=40 * ms)
    t, g = curve(ax)
    expected, peak = dual(t, rise, decay)
    # The normalising factor has an error of up to 1e-9 at equal time constants, and
    # almost equal rates are moved apart.
    assert_allclose(g, 2.5 * expected, atol=1e-7 if decay == 5.0001 else 2e-9)
    assert g.max() == pytest.approx(2.5, rel=1e-7 if decay == 5.0001 else 1e-9)
    assert t[g.argmax()] == pytest.approx(peak, rel=1e-6)
    assert t[-1] == pytest.approx(40)
    assert np.all(np.diff(t) > 0)
    assert ax.get_xlabel() == "time after the spike (ms)"
    assert ax.get_ylabel() == "conductance (nS)"
    assert labels(ax) == ["NMDA_x"]


@pytest.mark.parametrize(
    ("kinetics", "gate"),
    [
        (Exponential(t_decay=5 * ms), lambda t: np.exp(-t / 5)),
        (Alpha(tau=3 * ms), lambda t: t / 3 * np.exp(1 - t / 3)),
        (
            DualExponential(t_rise=2 * ms, t_decay=6 * ms, normalize=False),
            lambda t: (np.exp(-t / 6) - np.exp(-t / 2)) / (1 / 2 - 1 / 6),
        ),
        (
            TwoStateKinetics.gaba_a(),  # rates 0.53 and 0.18 per ms, a pulse of 1 ms
            lambda t: (
                0.53
                / 0.71
                * (1 - np.exp(-0.71 * np.minimum(t, 1)))
                * np.exp(-0.18 * np.maximum(t - 1, 0))
            ),
        ),
    ],
)
def test_conductance_is_the_closed_form(kinetics, gate):
    receptor = GABA("x", g=3 * nS, w=2.0, kinetics=kinetics)
    t, g = curve(plotting.conductance(receptor))
    assert t[0] == 0
    # all of them are integrated exactly
    assert_allclose(g, 6 * gate(t), atol=1e-9)
    # to 1 % of the peak
    assert g[-1] <= 0.01 * g.max() < g[-4]


def test_conductance_that_saturates_is_that_of_a_slow_reference():
    t, g = curve(
        plotting.conductance(
            NMDA("x", g=1 * nS, kinetics=SaturatingNMDA()), duration=300 * ms
        )
    )
    solved = solve_ivp(
        lambda t, y: [-y[0] / 100 + 0.5 * y[1] * (1 - y[0]), -y[1] / 2],
        (0, 300),
        [0, 1],
        t_eval=t,
        rtol=1e-10,
        atol=1e-12,
    )
    # the error of the integration method at 0.1 ms
    assert_allclose(g, solved.y[0], atol=5e-6)
    assert g.max() == pytest.approx(0.592, abs=5e-4)


def test_conductance_of_gaba_b_is_followed_until_it_closes():
    t, g = curve(plotting.conductance(GABAB("x"), dt=0.3 * ms))
    K1, K2, K3, K4 = 0.18, 0.034, 0.09 * 0.5, 0.0012
    bound = K3 / (K3 + K4) * (1 - np.exp(-(K3 + K4) * 0.3))

    def change(t, y):
        r, s = y
        return [-K4 * r, K1 * r - K2 * s]

    pulse = solve_ivp(
        lambda t, y: [K3 * (1 - y[0]) - K4 * y[0], K1 * y[0] - K2 * y[1]],
        (0, 0.3),
        [0, 0],
        rtol=1e-10,
        atol=1e-14,
    ).y[:, -1]
    assert pulse[0] == pytest.approx(bound)
    later = solve_ivp(change, (0.3, t[-1]), pulse, t_eval=t[1:], rtol=1e-10, atol=1e-14)
    s = later.y[1]
    # rk4, whose steps are 1 % of the fastest time constant
    assert_allclose(g[1:], s**4 / (s**4 + 100), rtol=1e-6, atol=1e-16)
    assert t[-1] > 500


def test_conductance_of_a_model_has_the_values_of_the_model():
    lumped = {"cm": 1 * uF / centimetre**2, "gl": 40 * uS / centimetre**2}
    soma = Soma("soma", length=20 * um, diameter=20 * um)
    dend = Dendrite("dend", length=100 * um, diameter=2 * um)
    dend.add(
        AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms),
        GABA("y", g=100 * uS / centimetre**2, t_decay=9 * ms),
    )
    whole = NeuronModel([(soma, dend, 5 * nS)], **lumped)
    whole.parameters["g_AMPA_x_dend"] = 4 * nS
    whole.parameters["t_AMPA_decay_x_dend"] = 20 * ms
    whole.parameters["w_GABA_y_dend"] = 3
    ax = plotting.conductance(whole, duration=30 * ms)
    assert labels(ax) == ["AMPA_x_dend", "GABA_y_dend"]
    (t, ampa), (t_gaba, gaba) = curves(ax)
    assert_allclose(ampa, 4 * dual(t, 1, 20)[0], atol=1e-9)
    # 100 uS/cm^2 = 1 pS/um^2
    total = 3 * 1e-3 * np.pi * 200
    assert_allclose(gaba, total * np.exp(-t_gaba / 9), rtol=1e-9)
    # a compartment that belongs to no model
    ax = plotting.conductance(dend, duration=30 * ms)
    assert_allclose(curves(ax)[0][1].max(), 1, rtol=1e-9)


def test_conductance_shows_what_a_receptor_has():
    kinetics = Exponential(t_decay=5 * ms)
    output = CurrentBased(J=-30 * pA)
    for receptor, label, start in [
        (Synapse("inh", "x", kinetics=kinetics, output=output), "current (pA)", -30),
        (AMPA("x", t_decay=5 * ms), "gate", 1),
        (AMPA("x", g=2e-3 * nS, t_decay=5 * ms), "conductance (pS)", 2),
        (AMPA("x", g=5 * uS, t_decay=5 * ms), "conductance (uS)", 5),
        (AMPA("x", g=0 * nS, t_decay=5 * ms), "conductance (pS)", 0),
    ]:
        ax = plotting.conductance(receptor)
        assert ax.get_ylabel() == label
        assert curve(ax)[1][0] == pytest.approx(start)
    ax = plotting.conductance(AMPA("x", g=1 * uS / um**2, t_decay=5 * ms))
    assert ax.get_ylabel().startswith("conductance per area (")


def test_conductance_says_what_is_wrong():
    ampa = AMPA("x", g=1 * nS, t_decay=5 * ms)
    kick = Synapse("kick", "x", kinetics=Delta(J=1 * mV))
    gaba = GABA("x", g=1 * nS, kinetics=TwoStateKinetics.gaba_a())
    bare = AMPA("x", t_decay=5 * ms)
    unknown = AMPA("x", g=1 * nS, kinetics=Exponential())
    for given, message in [
        ([], "there is no receptor"),
        ([Dendrite("dend")], "there is no receptor"),
        ([kick], "kick_x: Delta moves the voltage itself"),
        ([ampa, bare], "AMPA_x is in siemens and AMPA_x in units of g, which is not"),
        ([unknown], "AMPA_x: t_AMPA_decay_x has no value: give t_decay"),
    ]:
        with pytest.raises(InvalidValueError, match=f"^conductance: .*{message}"):
            plotting.conductance(*given)
    with pytest.raises(InvalidValueError, match="T_dur_GABA_x = 1 ms rounds to no st"):
        plotting.conductance(gaba, dt=3 * ms)
    with pytest.raises(InvalidValueError, match="1 curves and 2 labels"):
        plotting.conductance(ampa, labels=["a", "b"])
    for arguments in [
        {"duration": 3},
        {"dt": 1 * mV},
        {"labels": "ab"},
        {"labels": 5},
        {"labels": {"a": 1}},
    ]:
        with pytest.raises(UnitError, match=next(iter(arguments))):
            plotting.conductance(ampa, **arguments)
    with pytest.raises(UnitError, match="expected a receptor"):
        plotting.conductance("AMPA")
    assert plt.get_fignums() == []
