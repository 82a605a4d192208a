"""Passive cells against the solved conductance matrix and the cable's closed forms."""

import numpy as np
import pytest
from brian2 import (
    Network,
    StateMonitor,
    cm,
    ms,
    mV,
    nS,
    ohm,
    pA,
    pF,
    siemens,
    uF,
    um,
    uS,
    volt,
)

from dendrisyn import Dendrite, NeuronModel, PointNeuronModel, Soma

REST = -65 * mV
MEMBRANE = {
    "cm": 1 * uF / cm**2,
    "gl": 50 * uS / cm**2,
    "r_axial": 150 * ohm * cm,
    "v_rest": REST,
}

#: name -> length, diameter (um); the tree branches twice
SIZES = {
    "soma": (20, 20),
    "trunk": (120, 3),
    "left": (150, 1.5),
    "right": (90, 1.2),
    "tuft": (60, 0.8),
    "basal": (100, 1.8),
}
EDGES = [
    ("soma", "trunk"),
    ("trunk", "left"),
    ("trunk", "right"),
    ("right", "tuft"),
    ("soma", "basal"),
]


@pytest.fixture
def branched():
    compartments = {
        name: (Soma if name == "soma" else Dendrite)(
            name, length=length * um, diameter=diameter * um
        )
        for name, (length, diameter) in SIZES.items()
    }
    edges = [(compartments[a], compartments[b]) for a, b in EDGES]
    return NeuronModel(edges, **MEMBRANE)


def conductance_matrix():
    """The steady state in SI units, from the sizes alone: nothing of the package."""
    names = list(SIZES)
    matrix = np.zeros((len(names), len(names)))
    resistance = {}
    for index, (length, diameter) in enumerate(SIZES.values()):
        area = np.pi * length * diameter * 1e-12
        matrix[index, index] = 50e-6 / 1e-4 * area
        cross_section = np.pi * (diameter * 1e-6) ** 2 / 4
        resistance[names[index]] = 1.5 * length * 1e-6 / cross_section
    for a, b in EDGES:
        g = 2 / (resistance[a] + resistance[b])
        i, j = names.index(a), names.index(b)
        matrix[i, i] += g
        matrix[j, j] += g
        matrix[i, j] -= g
        matrix[j, i] -= g
    return names, matrix


@pytest.mark.parametrize("site", list(SIZES))
def test_steady_state_is_that_of_the_conductance_matrix(branched, site):
    # One neuron per site would do as well; here the current is set by name.
    names, matrix = conductance_matrix()
    current = np.zeros(len(names))
    current[names.index(site)] = 20e-12
    expected = np.linalg.solve(matrix, current)

    cell = branched.make_neurongroup(1, method="rk4", dt=0.02 * ms)
    setattr(cell, f"I_ext_{site}", 20 * pA)
    # 400 ms are 20 membrane time constants: e**-20 is below 1e-8.
    Network(cell).run(400 * ms)
    measured = [float((getattr(cell, f"V_{name}")[0] - REST) / volt) for name in names]
    assert measured == pytest.approx(
        expected, rel=1e-6
    )  # what is left of the transient


def test_input_resistance_of_a_lumped_cell_is_that_of_its_leak():
    cell = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=REST)
    group = cell.make_neurongroup(1, method="rk4")
    group.I_ext = 10 * pA
    Network(group).run(600 * ms)  # 30 time constants
    assert float((group.V[0] - REST) / mV) == pytest.approx(2.0, rel=1e-9)


def test_two_compartments_relax_with_the_eigenvalues_of_the_matrix():
    # C = 100, 50 pF; g = 5, 3 nS; coupling 8 nS, in units of nS/pF = 1/ms
    rates, vectors = np.linalg.eig(
        np.array([[-(5 + 8) / 100, 8 / 100], [8 / 50, -(3 + 8) / 50]])
    )
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=REST)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=REST)
    model = NeuronModel([(soma, dend, 8 * nS)])
    cell = model.make_neurongroup(1, method="rk4", dt=0.05 * ms)
    cell.V_soma = REST + 10 * mV
    monitor = StateMonitor(cell, ["V_soma", "V_dend"], record=0)
    Network(cell, monitor).run(30 * ms)
    weights = np.linalg.solve(vectors, [10.0, 0.0])
    times = monitor.t / ms
    expected = (vectors * weights) @ np.exp(np.outer(rates, times))
    # rk4 at 0.05 ms: (dt*rate)**5 is below 1e-9 per step.
    assert (monitor.V_soma[0] - REST) / mV == pytest.approx(expected[0], abs=1e-6)
    assert (monitor.V_dend[0] - REST) / mV == pytest.approx(expected[1], abs=1e-6)


def test_geometry_against_hand_computation():
    dend = Dendrite("dend", length=100 * um, diameter=2 * um, **MEMBRANE)
    assert float(dend.area / um**2) == pytest.approx(np.pi * 200)
    assert float(dend.capacitance / pF) == pytest.approx(np.pi * 2)
    assert float(dend.g_leakage / nS) == pytest.approx(np.pi * 0.1)
    # R = 4 * 1.5 ohm m * 100 um / (pi * (2 um)**2)
    expected = np.pi * 4e-12 / (4 * 1.5 * 100e-6)
    assert float(dend.ephys.g_cylinder / siemens) == pytest.approx(expected)
