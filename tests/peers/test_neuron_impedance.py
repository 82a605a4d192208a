"""`passive` against NEURON's `Impedance`, on a cell that branches three times."""

import numpy as np
import pytest
from brian2 import Hz, cm, ohm, uF, um, uS

from dendrisyn import Dendrite, NeuronModel, Soma, passive

pytest.importorskip("neuron")
from neuron import h

#: length and diameter (um), leak (uS/cm2), and the parent
CELL = {
    "soma": (22.0, 20.0, 60.0, None),
    "trunk": (150.0, 3.0, 40.0, "soma"),
    "left": (120.0, 1.5, 40.0, "trunk"),
    "right": (90.0, 1.2, 80.0, "trunk"),
    "tuft": (200.0, 0.7, 40.0, "right"),
    "basal": (100.0, 1.8, 30.0, "soma"),
    "oblique": (80.0, 0.9, 40.0, "trunk"),
}
CM, RA = 0.9, 170.0  # uF/cm2, ohm cm

#: From DC to far above any cut-off (Hz)
FREQUENCIES = [0.0, 0.5, 5.0, 50.0, 500.0]

#: Both solve the same linear system; NEURON computes the slope of its leak from a
#: difference of two currents, which loses some digits: the error is 6e-12.
TOLERANCE = 1e-10


@pytest.fixture(scope="module")
def sections():
    made = {}
    for name, (length, diameter, leak, parent) in CELL.items():
        section = h.Section(name=name)
        section.nseg = 1
        section.L, section.diam = length, diameter
        section.cm, section.Ra = CM, RA
        section.insert("pas")
        section.g_pas, section.e_pas = leak * 1e-6, -65.0
        if parent is not None:
            # At an end, children would share a node without a membrane.
            section.connect(made[parent](0.5), 0)
        made[name] = section
    h.finitialize(-65.0)
    yield made
    for section in made.values():
        h.delete_section(sec=section)


@pytest.fixture(scope="module")
def cell():
    return cell_of()


def cell_of(r_axial=RA, leak_of_tuft=CELL["tuft"][2]):
    parts, couplings = {}, []
    for name, (length, diameter, leak, parent) in CELL.items():
        kind = Soma if name == "soma" else Dendrite
        parts[name] = kind(
            name,
            length=length * um,
            diameter=diameter * um,
            cm=CM * uF / cm**2,
            gl=(leak_of_tuft if name == "tuft" else leak) * uS / cm**2,
            r_axial=r_axial * ohm * cm,
        )
        if parent is not None:
            # Between the middles lies only half of the child.
            half = 2 * parts[name].ephys.g_cylinder
            couplings.append((parts[parent], parts[name], half))
    return passive(NeuronModel(couplings))


def neurons_impedances(sections, frequency):
    """Return impedances of NEURON (ohm), with the axes source and target."""
    rows = []
    for source in sections.values():
        impedance = h.Impedance()
        impedance.loc(0.5, sec=source)
        impedance.compute(frequency)
        row = [
            impedance.transfer(0.5, sec=target)
            * np.exp(1j * impedance.transfer_phase(0.5, sec=target))
            for target in sections.values()
        ]
        at_source = impedance.input(0.5, sec=source)
        at_source *= np.exp(1j * impedance.input_phase(0.5, sec=source))
        index = list(sections.values()).index(source)
        assert row[index] == pytest.approx(at_source, rel=TOLERANCE)
        rows.append(row)
    return np.array(rows) * 1e6


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_input_and_transfer_impedances_are_those_of_neuron(cell, sections, frequency):
    assert cell.compartments == tuple(CELL)
    expected = neurons_impedances(sections, frequency)
    Z = np.asarray(cell.impedance(frequency * Hz))
    np.testing.assert_allclose(Z, expected, rtol=TOLERANCE)
    phase = cell.phase(frequency * Hz)
    np.testing.assert_allclose(phase, np.angle(expected), atol=TOLERANCE)


def test_resistances_and_steady_attenuation_are_those_of_neuron(cell, sections):
    expected = neurons_impedances(sections, 0).real
    np.testing.assert_allclose(cell.resistance / ohm, expected, rtol=TOLERANCE)
    # `ratio` is the voltage at `loc` over the voltage where the current is injected.
    impedance = h.Impedance()
    impedance.loc(0.5, sec=sections["soma"])
    impedance.compute(0)
    to_soma = [impedance.ratio(0.5, sec=source) for source in sections.values()]
    np.testing.assert_allclose(cell.attenuation[:, 0], to_soma, rtol=TOLERANCE)
    # The cell is large enough: some pairs lose more than half of the voltage.
    assert cell.attenuation.min() < 0.5


def test_attenuation_at_a_frequency_is_that_of_neuron(cell, sections):
    impedance = h.Impedance()
    impedance.loc(0.5, sec=sections["soma"])
    for frequency in FREQUENCIES:
        impedance.compute(frequency)
        to_soma = [impedance.ratio(0.5, sec=source) for source in sections.values()]
        loss = cell.attenuation_at(frequency * Hz)[:, 0]
        np.testing.assert_allclose(loss, to_soma, rtol=TOLERANCE)


@pytest.mark.parametrize(
    "change", [{"r_axial": 1.001 * RA}, {"leak_of_tuft": 40.04}], ids=str
)
def test_the_comparison_sees_a_thousandth(sections, change):
    expected = neurons_impedances(sections, 5.0)
    Z = np.asarray(cell_of(**change).impedance(5 * Hz))
    assert np.abs(Z / expected - 1).max() > 1e5 * TOLERANCE
