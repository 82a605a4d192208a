"""The package as a whole: what importing it costs and does, and how objects travel."""

import copy
import pickle
import subprocess
import sys

import pytest
from brian2 import Network, ms, mV, nS, pF

import dendrisyn
from dendrisyn import (
    AMPA,
    Dendrite,
    DendriticSpike,
    NeuronModel,
    PointNeuronModel,
    Soma,
)


def python(code):
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_importing_needs_neither_matplotlib_nor_scipy():
    """Brian2 imports them where it finds them, so they are hidden from both here."""
    code = """
import sys
for name in ('matplotlib', 'pylab', 'scipy', 'networkx', 'ipywidgets'):
    sys.modules[name] = None
import dendrisyn
from brian2 import nS, pF, mV
model = dendrisyn.PointNeuronModel(cm_abs=100*pF, gl_abs=5*nS, v_rest=-65*mV)
assert 'dV/dt' in str(model) and '<svg' in model._repr_html_()
print('done')
"""
    assert python(code) == "done"


def test_importing_adds_nothing_of_matplotlib_or_scipy():
    code = """
import sys
import brian2.only
before = set(sys.modules)
import dendrisyn
new = {name.split('.')[0] for name in set(sys.modules) - before}
print(sorted(new & {'matplotlib', 'scipy', 'networkx', 'IPython', 'ipywidgets'}))
"""
    assert python(code) == "[]"


def test_importing_takes_less_than_a_tenth_of_a_second():
    """Of the processor, the best of three: the machine may be busy."""
    code = """
import brian2.only, time
start = time.process_time()
import dendrisyn
print(time.process_time() - start)
"""
    assert min(float(python(code)) for _ in range(3)) < 0.1


def test_importing_changes_no_preference_and_logs_nothing():
    code = """
import logging
import brian2
before, level = str(brian2.prefs), logging.getLogger().level
handlers = list(logging.getLogger().handlers)
import dendrisyn
assert str(brian2.prefs) == before
assert logging.getLogger().handlers == handlers
assert logging.getLogger().level == level
assert not logging.getLogger('dendrisyn').handlers
"""
    assert python(code) == ""


def model():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-65 * mV)
    dend.add(
        AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms),
        DendriticSpike(
            "Na",
            threshold=-50 * mV,
            g_rise=5 * nS,
            duration_rise=1 * ms,
            reversal_rise="E_Na",
            refractory=5 * ms,
        ),
    )
    built = NeuronModel([(soma, dend, 8 * nS)])
    built.parameters["w_AMPA_x_dend"] = 2
    built.add_equations("V_sum = V_soma + V_dend : volt")
    return built


@pytest.mark.parametrize(
    "travel", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy]
)
def test_models_and_compartments_can_be_pickled_and_copied(travel):
    original = model()
    other = travel(original)
    assert str(other) == str(original)
    group = other.make_neurongroup(1)
    Network(group).run(0.1 * ms)
    # they are separate
    other.parameters["w_AMPA_x_dend"] = 5
    other.compartments["dend"].remove("spike_Na")
    assert original.parameters["w_AMPA_x_dend"] == 2
    assert original.event_names == ["spike_Na_dend"]
    for compartment in original.compartments.values():
        assert str(travel(compartment)) == str(compartment)
    coupled = Soma("a"), Dendrite("b")
    coupled[0].connect(coupled[1], 3 * nS)
    assert str(travel(coupled)[0]) == str(coupled[0])
    point = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS)
    point.noise()
    assert str(travel(point)) == str(point)


def test_a_notebook_cell_can_be_run_again():
    cell = """
from brian2 import *
from dendrisyn import *
soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-65*mV)
dend = Dendrite('dend', cm_abs=50*pF, gl_abs=3*nS, v_rest=-65*mV)
dend.synapse('AMPA', 'x', g=1*nS, t_decay=5*ms)
model = NeuronModel([(soma, dend, 8*nS)])
again = NeuronModel([(soma, dend, 8*nS)])
assert model.equations == again.equations
neurons = model.make_neurongroup(2, threshold='V_soma > 0*mV', reset='V_soma = 0*mV')
network = Network(neurons)
network.run(1*ms)
"""
    scope = {}
    for _ in range(3):
        exec(cell, scope)


def test_html_shows_graph_equations_parameters_and_events():
    html = model()._repr_html_()
    assert html.count("<rect") == 2
    assert html.count("<line") == 1
    for part in ("dV_dend/dt", "w_AMPA_x_dend", "2.0", "spike_Na_dend", "weight"):
        assert part in html
    assert "&lt;" in html  # comparisons of the equations are escaped
    assert r"\frac{\mathrm{d}" in html  # Brian2's own typesetting


def test_text_is_in_the_reading_order_of_the_compartments():
    compartments = [Soma("z"), Dendrite("m"), Dendrite("a"), Dendrite("k")]
    z, m, a, k = compartments
    text = str(NeuronModel([(z, m, 1 * nS), (m, a, 1 * nS), (z, k, 1 * nS)]))
    found = [text.index(f"dV_{name}/dt") for name in ("z", "m", "a", "k")]
    assert found == sorted(found)
    found = [text.index(f"\nC_{name} ") for name in ("z", "m", "a", "k")]
    assert found == sorted(found)


def test_graph_is_drawn_without_networkx(monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    monkeypatch.setitem(sys.modules, "networkx", None)
    compartments = [Soma("soma"), *(Dendrite(name) for name in "abcd")]
    soma, a, b, c, d = compartments
    built = NeuronModel(
        [(soma, a, 1 * nS), (a, b, 2 * nS), (a, c, 3 * nS), (soma, d, 4 * nS)]
    )
    axes = built.as_graph(figsize=(5, 3), color_soma="green", scale_nodes=1.2, seed=3)
    texts = {text.get_text(): text for text in axes.texts}
    assert {"soma", "a", "b", "c", "d", "3 nS"} <= set(texts)
    places = {name: texts[name].xy for name in ("soma", "a", "b", "c", "d")}
    assert len(set(places.values())) == 5  # nothing is drawn over something else
    assert places["soma"][1] < places["a"][1] < places["b"][1]
    assert len(axes.lines) == 4
    same = built.as_graph(ax=axes)
    assert same is axes
    matplotlib.pyplot.close("all")


def test_version_is_that_of_the_distribution():
    from importlib.metadata import version

    assert version("dendrisyn") == dendrisyn.__version__
