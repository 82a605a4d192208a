"""PSPs at many points and weights: windows, tables, plots and errors."""

import numpy as np
import pytest
from brian2 import Hz, coulomb, defaultclock, ms, mV, nS, pA, second, volt
from helpers.psp_cells import KINETICS, REST, cell, current, point

from dendrisyn import (
    AMPA,
    NMDA,
    Depression,
    InvalidValueError,
    SaturatingNMDA,
    UnitError,
    UnknownNameError,
)
from dendrisyn.measure.synaptic import psp


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
@pytest.mark.usefixtures("quick_cython")
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
