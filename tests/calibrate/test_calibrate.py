"""What calibration gives is measured again, on random models."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Mohm,
    amp,
    cm,
    ms,
    mV,
    nS,
    ohm,
    pA,
    pF,
    second,
    uF,
    um,
    uS,
    volt,
)

from dendrisyn import (
    AMPA,
    GABA,
    NMDA,
    CurrentBased,
    Delta,
    Dendrite,
    DualExponential,
    InvalidValueError,
    NeuronModel,
    PointNeuronModel,
    SaturatingNMDA,
    Soma,
    Synapse,
    UnitError,
    UnknownNameError,
    calibrate,
    measure,
)

#: A steady voltage does not depend on the step, and a decay of 10 ms little.
DT = 0.5 * ms


def random_model(seed):
    """Return a tree of two to six compartments, with receptors on the last."""
    rng = np.random.default_rng(seed)
    parts = [Soma("soma", length=25 * um, diameter=rng.uniform(15, 30) * um)]
    edges = []
    for index in range(rng.integers(1, 6)):
        parent = parts[rng.integers(len(parts))]
        parts.append(
            Dendrite(
                f"d{index}",
                length=rng.uniform(50, 200) * um,
                diameter=rng.uniform(0.8, 3) * um,
            )
        )
        edges.append((parent, parts[-1], rng.uniform(2, 20) * nS))
    tip = parts[-1]
    tip.add(
        AMPA("x", g=1 * nS, t_rise=0.5 * ms, t_decay=rng.uniform(2, 5) * ms),
        NMDA("x", g=1 * nS, t_rise=2 * ms, t_decay=rng.uniform(30, 80) * ms),
    )
    model = NeuronModel(
        edges,
        cm=1 * uF / cm**2,
        gl=rng.uniform(30, 100) * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=rng.uniform(-75, -60) * mV,
    )
    return model, tip.name


@pytest.mark.parametrize("seed", range(10))
def test_psp_of_random_models(seed):
    model, tip = random_model(seed)
    before = model.equations, dict(model.parameters)
    receptor = f"{'NMDA' if seed % 2 else 'AMPA'}_x_{tip}"
    reach = measure.psp(
        model, receptor, vary={f"g_{receptor}": 5 * nS}
    ).amplitude  # through the tree, in the soma
    target = float(reach / volt) * 0.4
    fitted, report = calibrate.psp(model, receptor, target * volt)
    assert (model.equations, dict(model.parameters)) == before
    again = measure.psp(fitted, receptor).amplitude
    assert again / volt == pytest.approx(target, rel=1e-3)
    # the report says what a fresh measurement with its own window gives
    assert again / volt == pytest.approx(float(report.achieved / volt), rel=1e-5)
    assert abs(report.error) <= 1e-4
    changed = {
        name
        for name in model.parameters
        if model.parameters[name] != fitted.parameters[name]
    }
    assert changed == {f"g_{receptor}"}


def pyramidal():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=20 * pF, gl_abs=1 * nS, v_rest=-70 * mV)
    tip = Dendrite("tip", cm_abs=10 * pF, gl_abs=0.7 * nS, v_rest=-70 * mV)
    dend.add(
        AMPA("x", g=1 * nS, t_decay=2 * ms),
        NMDA("x", g=2 * nS, t_rise=2 * ms, t_decay=60 * ms),
    )
    dend.dspikes(
        "Na",
        threshold=-40 * mV,
        g_rise=5 * nS,
        g_fall=4 * nS,
        duration_rise=1 * ms,
        duration_fall=2 * ms,
        offset_fall=1 * ms,
        reversal_rise="E_Na",
        reversal_fall="E_K",
        refractory=5 * ms,
    )
    return NeuronModel([(soma, dend, 5 * nS), (dend, tip, 3 * nS)])


def test_twenty_targets_are_one_call():
    """As many runs as for one, each of one group; benchmarks/calibration.py times."""
    model = pyramidal()
    targets = np.linspace(0.1, 3, 20) * mV
    _, one = calibrate.psp(model, "AMPA_x_dend", 1 * mV)
    fitted, report = calibrate.psp(model, "AMPA_x_dend", targets)
    assert report.rounds <= one.rounds + 1 <= 5
    assert len(fitted) == 20
    for each, value in zip(fitted, report.values["g_AMPA_x_dend"], strict=True):
        assert each.parameters["g_AMPA_x_dend"] == value
    assert np.abs(report.error).max() <= 1e-4
    again = measure.psp(
        model, "AMPA_x_dend", vary={"g_AMPA_x_dend": report.values["g_AMPA_x_dend"]}
    )
    assert again.amplitude / volt == pytest.approx(targets / volt, rel=1e-3)


def test_co_released_receptors_keep_their_ratio():
    receptors = ["AMPA_x_dend", "NMDA_x_dend"]
    fitted, _ = calibrate.psp(pyramidal(), receptors, 2 * mV, at="dend")
    found = measure.psp(fitted, receptors, at="dend").amplitude
    assert found / mV == pytest.approx(2, rel=1e-3)
    g = [fitted.parameters[f"g_{each}"] for each in receptors]
    assert g[1] / g[0] == pytest.approx(2, rel=1e-12)


def test_inhibition_without_a_conductance_to_start_from():
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-60 * mV)
    cell.add(GABA("x", t_rise=1 * ms, t_decay=8 * ms))
    fitted, _ = calibrate.psp(cell, "GABA_x", -0.5 * mV)
    found = measure.psp(fitted, "GABA_x").amplitude
    assert found / mV == pytest.approx(-0.5, rel=1e-3)
    assert cell.parameters["g_GABA_x"] is None


def test_a_current_is_proportional():
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    kinetics = DualExponential(t_rise=1 * ms, t_decay=5 * ms)
    output = CurrentBased(J=10 * pA)
    cell.add(Synapse("exc", "x", kinetics=kinetics, output=output))
    fitted, _ = calibrate.psp(cell, "exc_x", 1 * mV)
    one = measure.psp(cell, "exc_x").amplitude
    assert fitted.parameters["J_exc_x"] / pA == pytest.approx(10 * mV / one, rel=2e-4)


def test_a_gate_on_each_synapse():
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    cell.add(Synapse("NMDA", "s", g=1 * nS, kinetics=SaturatingNMDA()))
    (name,) = cell.structure.receptors
    fitted, _ = calibrate.psp(cell, name, 1 * mV)
    assert measure.psp(fitted, name).amplitude / mV == pytest.approx(1, rel=1e-3)


def test_coupling_against_its_closed_form():
    """Of a chain, the ratio from end to soma is a product of two dividers."""
    fitted, report = calibrate.coupling(pyramidal(), "dend", attenuation=0.3, dt=DT)
    # V_soma/V_dend = g/(g + 5 nS)
    assert fitted.parameters["g_dend_soma"] / nS == pytest.approx(
        5 * 0.3 / 0.7, rel=2e-4
    )
    assert abs(report.error) <= 1e-4
    fitted, _ = calibrate.coupling(
        pyramidal(), "tip", attenuation=[0.2, 0.4], between=("tip", "dend"), dt=DT
    )
    for each, target in zip(fitted, [0.2, 0.4], strict=True):
        assert measure.attenuation(each, "tip", dt=DT).forward == pytest.approx(
            target, rel=1e-3
        )


def test_membrane_in_closed_form():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    fitted, reports = calibrate.membrane(
        NeuronModel([soma]), [80, 200] * Mohm, [12, 30] * ms, dt=DT
    )
    for each, R, tau in zip(fitted, [80, 200], [12, 30], strict=True):
        g = 1e3 / R
        assert each.parameters["gL_soma"] / nS == pytest.approx(g, rel=1e-4)
        assert each.parameters["C_soma"] / pF == pytest.approx(tau * g, rel=2e-4)
    assert set(reports) == {"input_resistance", "time_constant"}
    assert str(reports).count("Calibration\n") == 2
    assert reports._repr_html_().count("<table>") == 2


def test_a_cell_that_is_slower_than_its_resistance_tells():
    """A slow dendrite that hardly reaches the soma is waited for."""
    soma = Soma("soma", cm_abs=20 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=80 * pF, gl_abs=1 * nS, v_rest=-70 * mV)
    model = NeuronModel([(soma, dend, 2 * nS)])
    fitted, _ = calibrate.membrane(model, 100 * Mohm, dt=DT)
    g, inner = (fitted.parameters[f"gL_{each}"] / nS for each in ("soma", "dend"))
    assert 1e3 / (g + 2 * inner / (2 + inner)) == pytest.approx(100, rel=2e-4)


def test_membrane_of_a_tree():
    fitted, _ = calibrate.membrane(pyramidal(), 150 * Mohm, 25 * ms, dt=DT)
    resistance = measure.input_resistance(fitted, dt=DT).resistance
    assert resistance / Mohm == pytest.approx(150, rel=1e-3)
    assert measure.time_constant(fitted).time_constant / ms == pytest.approx(
        25, rel=1e-3
    )
    leaks = [fitted.parameters[f"gL_{each}"] / nS for each in ("soma", "dend", "tip")]
    assert np.array(leaks) / leaks[0] == pytest.approx([1, 0.2, 0.14])


def test_parts_of_the_membrane():
    model = pyramidal()
    fitted, _ = calibrate.membrane(
        model, 160 * Mohm, compartments=["dend", "tip"], dt=DT
    )
    assert fitted.parameters["gL_soma"] == model.parameters["gL_soma"]
    assert fitted.parameters["C_dend"] == model.parameters["C_dend"]
    assert measure.input_resistance(fitted, dt=DT).resistance / Mohm == pytest.approx(
        160, rel=1e-3
    )
    fitted, reports = calibrate.membrane(model, time_constant=40 * ms, dt=DT)
    assert fitted.parameters["gL_soma"] == model.parameters["gL_soma"]
    assert list(reports) == ["time_constant"]
    assert measure.time_constant(fitted).time_constant / ms == pytest.approx(
        40, rel=1e-3
    )


def test_dendritic_spikes():
    fitted, report = calibrate.dendritic_spike(
        pyramidal(), "spike_Na_dend", [50, 70, 90] * mV
    )
    for each, target in zip(fitted, [50, 70, 90], strict=True):
        found = measure.dendritic_spike(each, "spike_Na_dend")
        assert found.amplitude / mV == pytest.approx(target, rel=1e-3)
        rise, fall = (
            each.parameters[f"g_{phase}_max_Na_dend"] for phase in ("rise", "fall")
        )
        assert fall / rise == pytest.approx(0.8)
    with pytest.raises(InvalidValueError, match=r"20 mV is out of reach: between"):
        calibrate.dendritic_spike(pyramidal(), "spike_Na_dend", 20 * mV)
    assert report.rounds <= 5
    fitted, _ = calibrate.dendritic_spike(
        pyramidal(), "spike_Na_dend", 5 * mV, at="soma", parameters="g_rise_max_Na_dend"
    )
    found = measure.dendritic_spike(fitted, "spike_Na_dend")
    assert found.reached / mV == pytest.approx(5, rel=1e-3)


def test_current_for_a_rate_in_closed_form():
    """Of a leaky cell: T = tau log((I/g - V_reset)/(I/g - V_th))."""
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    spiking = {
        "threshold": "V_soma > -50*mV",
        "reset": "V_soma = -60*mV",
        "refractory": 2 * ms,
        "duration": 0.4 * second,
    }
    currents, report = calibrate.current(NeuronModel([soma]), [30, 80] * Hz, **spiking)
    for current, target in zip(currents, [30, 80], strict=True):
        drive = float(current / (10 * nS) / mV)
        interval = 10 * np.log((drive - 10) / (drive - 20))
        # an interval is a whole number of steps: up to a step too long
        assert 0 <= 1e3 / target - interval <= 2 * 0.1
    assert np.abs(report.error).max() <= 80 * 0.1e-3 * 1.01


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            lambda m: calibrate.psp(m, "AMPA_x_dend", 100 * mV),
            InvalidValueError,
            r"calibrate\.psp: amplitude of 100 mV is out of reach: between [\d.]+ nV",
        ),
        (
            lambda m: calibrate.psp(m, "AMPA_x_dend", -1 * mV),
            InvalidValueError,
            r"amplitude of -1 mV is out of reach",
        ),
        (
            lambda m: calibrate.psp(m, "AMPA_x_dend", 0 * mV),
            InvalidValueError,
            "amplitude: must not be zero",
        ),
        (
            lambda m: calibrate.psp(m, "AMPA_x_dend", 1 * pA),
            UnitError,
            "amplitude: expected a value in volt",
        ),
        (
            lambda m: calibrate.psp(m, "AMPA_y_dend", 1 * mV),
            UnknownNameError,
            "no receptor 'AMPA_y_dend'.*'AMPA_x_dend'",
        ),
        (
            lambda m: calibrate.psp(m, "AMPA_x_dend", 1 * mV, parameters="g_AMPA"),
            UnknownNameError,
            "no parameter 'g_AMPA'",
        ),
        (
            lambda m: calibrate.psp(m, "AMPA_x_dend", 1 * mV, parameters=3),
            UnitError,
            "parameters: expected a name or a list of names",
        ),
        (
            lambda m: calibrate.coupling(m, "tip", attenuation=0.5),
            UnknownNameError,
            r"'tip' and 'soma' are not coupled directly.*: \('soma', 'dend'\), \(",
        ),
        (
            lambda m: calibrate.coupling(m, "dend", attenuation=1.5),
            InvalidValueError,
            "attenuation: must be above 0 and at most 1",
        ),
        (
            lambda m: calibrate.coupling(
                m, "tip", attenuation=0.9, between=("tip", "dend")
            ),
            InvalidValueError,
            r"attenuation of 0\.9 is out of reach: between .* and 0\.4",
        ),
        (
            lambda m: calibrate.membrane(m),
            InvalidValueError,
            "give input_resistance, time_constant or both",
        ),
        (
            lambda m: calibrate.membrane(m, [1, 2] * Mohm, [1, 2, 3] * ms),
            InvalidValueError,
            "equal numbers of targets, got 2 of input_resistance and 3",
        ),
        (
            lambda m: calibrate.membrane(m, 100 * Mohm, compartments=["dand"]),
            UnknownNameError,
            "compartments: there is no compartment 'dand'",
        ),
        (
            lambda m: calibrate.dendritic_spike(m, "spike_Ca_dend", 50 * mV),
            UnknownNameError,
            "no dendritic spike 'spike_Ca_dend'",
        ),
        (
            lambda m: calibrate.current(m, 10 * Hz),
            InvalidValueError,
            "threshold",
        ),
        (
            lambda m: calibrate.current(m, 10 * Hz, threshold="V_soma > -50*mV"),
            InvalidValueError,
            "without reset and refractory period a cell spikes in every",
        ),
        (
            lambda m: calibrate.dendritic_spike(m, "spike_Na_dend", 141 * mV),
            InvalidValueError,
            r"141 mV is out of reach: between 30 mV and 1[23]\d\.?\d* mV",
        ),
        (
            lambda m: calibrate.psp(m, "AMPA_x_dend", 1 * mV, vary={"gL_soma": 5 * nS}),
            InvalidValueError,
            "vary is not an argument",
        ),
        (
            lambda m: calibrate.membrane(m, 99 * Mohm, vary={"gL_soma": 5 * nS}),
            InvalidValueError,
            "vary is not an argument",
        ),
        (
            lambda m: calibrate.psp(m, "AMPA_x_dend", 1 * mV, weight=[1, 2]),
            InvalidValueError,
            "one result per model.*Give one stimulus",
        ),
        (
            lambda m: calibrate.coupling(
                m, "dend", attenuation=0.5, frequency=[0, 99] * Hz
            ),
            InvalidValueError,
            "one result per model.*Give one stimulus",
        ),
        (
            lambda m: calibrate.coupling(m, "dend", attenuation=0.5, between=3),
            UnitError,
            "between: expected a name or a list",
        ),
        (
            lambda m: calibrate.coupling(m, "dend", attenuation=0.5, between=(3, "x")),
            UnknownNameError,
            "not coupled directly",
        ),
    ],
)
def test_wrong_arguments_and_what_is_out_of_reach(call, kind, text):
    model = pyramidal()
    before = dict(model.parameters)
    with pytest.raises(kind, match=text):
        call(model)
    assert dict(model.parameters) == before


@pytest.mark.parametrize(
    "call",
    [
        lambda m: calibrate.psp(m, "AMPA_x", 1 * mV),
        lambda m: calibrate.coupling(m, "dend", attenuation=0.5),
        lambda m: calibrate.dendritic_spike(m, "spike_Na_dend", 9 * mV),
        lambda m: calibrate.membrane(m, 99 * Mohm),
        lambda m: calibrate.current(m, 9 * Hz),
    ],
)
def test_only_models_are_calibrated(call):
    with pytest.raises(UnitError, match=r"calibrate\.\w+: expected a NeuronModel"):
        call("model")


def test_what_the_resistance_and_the_time_constant_are_given():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    model = NeuronModel([soma])
    fitted, _ = calibrate.membrane(model, 125 * Mohm, 15 * ms, duration=500 * ms, dt=DT)
    assert fitted.parameters["gL_soma"] / nS == pytest.approx(8, rel=1e-4)
    assert fitted.parameters["C_soma"] / pF == pytest.approx(120, rel=3e-4)


def test_a_current_in_a_model_with_a_namespace():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    soma.add_equations("I_mine_soma = mine : amp", currents=["I_mine_soma"])
    needed, _ = calibrate.current(
        NeuronModel([soma]),
        50 * Hz,
        threshold="V_soma > -50*mV",
        reset="V_soma = -60*mV",
        namespace={"mine": 10e-12 * amp},
        dt=None,
    )
    # 20 ms = 10 ms log((u - 10 mV)/(u - 20 mV)), u = (I + 10 pA)/gL; spikes on steps
    u = (np.exp(2) * 20 - 10) / (np.exp(2) - 1)
    assert needed / pA == pytest.approx(10 * u - 10, rel=2e-3)


def test_a_jump_of_the_voltage():
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    cell.add(Synapse("jump", "x", kinetics=Delta()))
    fitted, _ = calibrate.psp(cell, "jump_x", 3 * mV)
    assert fitted.parameters["J_jump_x"] / mV == pytest.approx(3, rel=1e-4)


def test_the_report_prints_and_plots():
    _, report = calibrate.psp(pyramidal(), "AMPA_x_dend", [0.5, 1] * mV)
    lines = str(report).splitlines()
    assert lines[0] == "Calibration"
    assert "target amplitude (mV)" in lines[1]
    assert lines[3].split()[:2] == ["0.5", "0.5"]
    assert "<th>g_AMPA_x_dend (nS)</th>" in report._repr_html_()
    axes = report.plot()
    assert axes.get_xlabel() == "g_AMPA_x_dend (nS)"
    assert axes.get_ylabel() == "amplitude (mV)"
    found = {line.get_label(): line for line in axes.lines}["target"]
    assert found.get_ydata() == pytest.approx([0.5, 1])
    assert found.get_xdata() == pytest.approx(report.values["g_AMPA_x_dend"] / nS)
