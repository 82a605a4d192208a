"""What the page on integration says beside its code."""

import importlib.util
import re

import numpy as np
import pytest
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    StateUpdateMethod,
    ms,
    mV,
    nS,
    pF,
)

import dendrisyn
from helpers.page_checks import ROOT, checks
from helpers.synapse_pages import dois_are_those_of_the_package, number, table


def simulated(name):
    """Return the results of an example."""
    path = ROOT / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"page_{name}", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    return example.STEPS, example.simulate()


def check_errors(text):
    """The table of errors is that of the example."""
    steps, results = simulated("accuracy")
    heading = next(line for line in text.splitlines() if line.startswith("| method |"))
    assert [number(cell) for cell in heading.split("|")[2:-1]] == steps
    rows = {row[0].strip("`'"): row[1:] for row in table(text, "method")}
    assert set(rows) == set(results["error"])
    for method, cells in rows.items():
        for cell, errors in zip(cells, results["error"][method].T, strict=True):
            if cell.startswith("below"):
                assert max(errors) < number(cell)
                continue
            # two digits are given: half a unit of 10 is 5 %
            shown = [number(each) for each in cell.split(",")]
            np.testing.assert_allclose(shown, errors, rtol=0.05)
    soma, tip = results["reference"].max(axis=1) + 68
    assert f"makes {soma:.0f} mV at the\nsoma and {tip:.0f} mV at the tip" in text
    default = dict(zip(steps, results["error"]["crank_nicolson"].T, strict=True))
    assert f"at 0.25 ms is {default[0.25].max():.2f} mV at the tip" in text


def check_factor():
    """A mode is multiplied by the factor of the page."""
    soma, dend = (
        kind(name, cm_abs=100 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
        for kind, name in [(dendrisyn.Soma, "soma"), (dendrisyn.Dendrite, "dend")]
    )
    pair = dendrisyn.NeuronModel([(soma, dend, 500 * nS)])
    rate, dt = (10 + 2 * 500) / 100, 0.5  # of the difference, 1/ms; ms
    for theta in (0.5, 0.7, 1):
        options = {"theta": theta}
        cell = pair.make_neurongroup(1, dt=dt * ms, method_options=options)
        cell.V_soma = -60 * mV
        trace = StateMonitor(cell, ["V_soma", "V_dend"], record=0)
        Network(cell, trace).run(3 * dt * ms)
        difference = trace.V_soma[0] - trace.V_dend[0]
        factor = (1 - (1 - theta) * rate * dt) / (1 + theta * rate * dt)
        np.testing.assert_allclose(difference[1:] / difference[:-1], factor, rtol=1e-9)
    for theta in (0.49, 1.01):
        with pytest.raises(dendrisyn.InvalidValueError, match="theta"):
            pair.make_neurongroup(1, method_options={"theta": theta})


def check_gates_on_synapses():
    """Gates on synapses act on voltages in first order."""
    cell = dendrisyn.PointNeuronModel(cm_abs=100 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    gates = dendrisyn.SaturatingNMDA()
    cell.add(dendrisyn.NMDA("x", g=5 * nS, kinetics=gates))

    def voltage(dt):
        target = cell.make_neurongroup(1, dt=dt * ms)
        source = SpikeGeneratorGroup(1, [], [] * ms, dt=dt * ms)
        synapses = cell.projection("NMDA_x").synapses(source, target, dt=dt * ms)
        synapses.connect()
        synapses.x_NMDA_x_syn = 1
        trace = StateMonitor(target, "V", record=0, dt=0.4 * ms)
        Network(source, target, synapses, trace).run(12 * ms)
        return np.array(trace.V[0] / mV)

    fine = voltage(0.0125)
    errors = [np.abs(voltage(dt) - fine).max() for dt in (0.4, 0.2, 0.1)]
    # The error of the fine one is an eighth of the last: 0.2. Second order would be 2.
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 1, atol=0.2)


@checks
def integration(text, namespace):
    """Numbers, methods and formulas are those of the package."""
    for name in set(re.findall(r"`'(\w+)'`", text)):
        assert name in StateUpdateMethod.stateupdaters, name
    check_errors(text)
    check_factor()
    check_gates_on_synapses()
    interval = 10 * np.log((35 - 10) / (35 - 20))  # 10 ms, 35 mV above rest
    assert f"whose interval is {interval:.3f} ms" in text
    noise = [1 / np.sqrt(1 - dt / 20) for dt in (5, 0.1)]
    assert f"would give {5 * noise[0]:.1f} pA here" in text
    assert f"At 0.1 ms the difference is {noise[1] - 1:.2%}.".replace("%", " %") in text
    dois_are_those_of_the_package(text)
