"""Display of passive properties: as text, in notebooks, as a figure."""

import re
import sys
from html import unescape
from itertools import pairwise

import numpy as np
import pytest
from brian2 import Hz, cm, ms, nS, ohm, pF, uF, um, uS

from dendrisyn import (
    AMPA,
    DendrisynError,
    Dendrite,
    NeuronModel,
    PassiveCell,
    PointNeuronModel,
    Soma,
    passive,
)


def model(**changes):
    given = {"cm_abs": 100 * pF, "gl_abs": 5 * nS} | changes
    soma = Soma("soma", **given)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS)
    return NeuronModel([(dend, soma, 8 * nS)])


def test_a_table_has_a_row_for_each_compartment():
    lines = str(passive(model())).splitlines()
    assert lines[0] == "PassiveCell of 2 compartments"
    rows = [line.split() for line in (lines[1], *lines[3:5])]
    head = "compartment input resistance (Mohm) C/gL (ms) to soma from soma"
    assert " ".join(rows[0]) == head
    # 11 and 13 over 5*3 + 8*(5 + 3) = 79 nS; a coupling over coupling and leak
    dend = ["dend", f"{13e3 / 79:.4g}", f"{50 / 3:.4g}", f"{8 / 13:.4g}"]
    assert rows[1] == [*dend, f"{8 / 11:.4g}"]
    assert rows[2] == ["soma", f"{11e3 / 79:.4g}", "20", "1", "1"]
    assert lines[5:] == [
        "time constants (ms): 18.78, 3.37",
        "largest stable step (ms): 6.739 (euler), 9.385 (rk4)",
    ]


def test_a_point_neuron_is_a_soma_without_attenuation():
    cell = passive(PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS))
    lines = str(cell).splitlines()
    assert lines[0] == repr(cell)[1:-1] == "PassiveCell of 1 compartment"
    assert lines[1].split()[-1] == "(ms)"
    assert lines[3].split() == ["soma", "100", "20"]
    assert lines[4:] == [
        "time constants (ms): 20",
        "largest stable step (ms): 40 (euler), 55.7 (rk4)",
    ]


def test_large_cells_are_cut_short():
    names = [f"c{n}" for n in range(500)]
    ends = dict.fromkeys(pairwise(names), 1 * nS)
    cell = PassiveCell(names, np.ones(500) * pF, np.ones(500) * nS, ends)
    shown = str(cell)
    assert len(shown.splitlines()) < 50
    assert all(name in shown for name in ("c0", "c19", "c480", "c499"))
    assert "the first and the last 20 compartments" in shown
    assert "c20 " not in shown
    assert "c479 " not in shown
    assert "(ms): 1, 1, 0.9998, 0.9996, ...\n" in shown
    assert cell._repr_html_().count("<tr>") == 41


def test_cells_without_a_leak_are_shown():
    cell = PassiveCell("ab", [1, 1] * pF, [0, 0] * nS, {("a", "b"): 1 * nS})
    rows = [line.split() for line in str(cell).splitlines()]
    assert ["a", "inf", "inf"] in rows
    assert "time constants (ms): inf, 0.5" in str(cell)
    assert "<td>inf</td>" in cell._repr_html_()


# -- notebooks ---------------------------------------------------------------------


def test_html_of_a_cell_is_its_table():
    html = passive(model())._repr_html_()
    assert html.count("<tr>") == 3
    assert "<th>input resistance (Mohm)</th>" in html
    assert "<td>dend</td><td>164.6</td><td>16.67</td><td>0.6154</td>" in html


def test_html_of_a_model_shows_what_is_passive():
    html = model()._repr_html_()
    assert html.count("Passive properties") == 1
    assert "<td>dend</td><td>164.6</td><td>16.67</td><td>0.6154</td>" in html
    assert html.index("<svg") < html.index("164.6") < html.index("dV_soma/dt")
    changed = model()
    changed.parameters["gL_dend"] = 30 * nS
    assert "164.6" not in changed._repr_html_()
    point = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS)
    assert "<td>soma</td><td>100</td><td>20</td>" in point._repr_html_()


def test_equations_in_a_notebook_are_legal_latex_and_keep_the_names():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS)
    dend = Dendrite("apical", cm_abs=50 * pF, gl_abs=3 * nS)
    dend.add(AMPA("x", g=1 * nS, t_decay=2 * ms))
    html = unescape(NeuronModel([(dend, soma, 8 * nS)])._repr_html_())
    latex = html[html.index(r"\begin") : html.index("<pre>")]
    assert "{AMPA x apical} &=" in latex
    assert not re.search(r"_\w+_", latex)  # two subscripts in a row
    assert "mathcal" not in latex
    assert "rad" not in latex


def dynamic():
    built = model()
    built.add_equations("gL_dend = 3*nS*(1 + t/second) : siemens")
    return built


def replaced():
    built = model()
    built.replace_equations(
        "dV_soma/dt = (gL_soma * (EL_soma - V_soma) + I_soma) / C_soma : volt",
        "dV_soma/dt = (I_soma - V_soma*nS)/C_soma : volt",
    )
    return built


def leakless():
    built = model()
    built.parameters.update({"gL_soma": 0 * nS, "gL_dend": 0 * nS})
    return built


def tiny():
    built = leakless()
    built.parameters["gL_dend"] = 1e-300 * nS
    return built


UNFINISHED = {
    "nothing": lambda: NeuronModel([(Soma("soma"), Dendrite("dend"), 1 * nS)]),
    "point": PointNeuronModel,
    "no leak given": lambda: model(gl_abs=None),
    "no capacitance": lambda: model(cm_abs=None),
    "quadratic": lambda: PointNeuronModel("izhikevich", cm_abs=1 * pF, gl_abs=1 * nS),
    "own equations": lambda: PointNeuronModel("dV{0}/dt = (R*I{0} - V{0})/tau : volt"),
    "leak that varies": dynamic,
    "leak that was replaced": replaced,
    "lost in rounding": tiny,
}


@pytest.mark.parametrize("make", UNFINISHED.values(), ids=UNFINISHED)
def test_html_of_a_model_with_unknown_properties_has_none(make):
    html = make()._repr_html_()
    assert "<svg" in html
    assert "Parameters" in html
    assert "Passive properties" not in html


def test_html_of_a_model_without_a_leak_says_so():
    assert "<td>inf</td>" in leakless()._repr_html_()


def test_a_model_that_is_shown_stays_as_it_was():
    built = model()
    before = str(built)
    built._repr_html_()
    assert str(built) == before


# -- figure ------------------------------------------------------------------------


@pytest.fixture
def plt():
    plt = pytest.importorskip("matplotlib.pyplot")
    backend = plt.get_backend()
    plt.switch_backend("Agg")
    yield plt
    plt.close("all")
    plt.switch_backend(backend)


def test_the_heat_map_is_the_matrix(plt):
    cell = passive(model())
    ax = cell.plot()
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), cell.attenuation_at(0 * Hz))
    assert image.get_clim() == (0, 1)
    assert ax.get_ylabel() == "current into"
    for axis in (ax.xaxis, ax.yaxis):
        assert [text.get_text() for text in axis.get_ticklabels()] == ["dend", "soma"]
    written = {text.get_position(): text.get_text() for text in ax.texts}
    # From the dendrite to the soma: second column, first row.
    assert written[1, 0] == f"{8 / 13:.2f}"
    assert written[0, 1] == f"{8 / 11:.2f}"

    _, mine = plt.subplots()
    again = cell.plot(mine, frequency=50 * Hz)
    assert again is mine
    expected = cell.attenuation_at(50 * Hz)
    np.testing.assert_array_equal(mine.images[0].get_array(), expected)
    assert mine.get_title() == "50 Hz"


def test_the_heat_map_of_many_compartments_can_be_read(plt):
    dendrites = [Dendrite(f"d{n}", length=20 * um, diameter=1 * um) for n in range(99)]
    cell = passive(
        NeuronModel(
            list(pairwise(dendrites)),
            cm=1 * uF / cm**2,
            gl=50 * uS / cm**2,
            r_axial=150 * ohm * cm,
        )
    )
    ax = cell.plot()
    labels = [text.get_text() for text in ax.get_xticklabels()]
    assert labels[:2] == ["d0", "d3"]
    assert len(labels) == 33
    assert list(ax.texts) == []


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for drawn in (passive(model()).plot, model().as_graph):
        with pytest.raises(DendrisynError, match=r"pip install 'dendrisyn\[plot\]'"):
            drawn()
