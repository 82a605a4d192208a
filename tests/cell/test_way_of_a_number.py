"""The way of one number: from ``.synapse(g=...)`` to the namespace of the group."""

import re
import sys
from pathlib import Path

from brian2 import ms, mV, nS, pF

import dendrisyn
from dendrisyn import Dendrite, NeuronModel, Soma

PACKAGE = Path(dendrisyn.__file__).parent
PAGE = PACKAGE.parent / "docs" / "design.md"
STEP = re.compile(r"^\| (\d+) \| `(\w+)` \| `([\w/.]+)` \|", re.MULTILINE)


def called(action):
    """Return (function, file) of all functions of the package that *action* calls."""
    calls = []

    def note(frame, event, _):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(PACKAGE):
            where = path.relative_to(PACKAGE).as_posix()
            calls.append((frame.f_code.co_name, where))

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return calls


def test_the_page_names_the_functions_in_the_order_of_their_calls():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    calls = called(lambda: dend.synapse("AMPA", "x", g=1.25 * nS, t_decay=5 * ms))
    model = NeuronModel([(soma, dend, 8 * nS)])
    groups = []
    calls += called(lambda: groups.append(model.make_neurongroup(1)))
    assert groups[0].namespace["g_AMPA_x_dend"] == 1.25 * nS

    steps = STEP.findall(PAGE.read_text(encoding="utf-8"))
    assert [int(number) for number, *_ in steps] == list(range(1, len(steps) + 1))
    assert 10 <= len(steps) <= 12
    rest = iter(calls)
    for _, function, where in steps:
        assert (function, where) in rest, f"{where}: {function} is not called in turn"


def test_the_number_passes_three_containers():
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    dend.synapse("AMPA", "x", g=1.25 * nS, t_decay=5 * ms)
    structure = NeuronModel([dend]).structure
    equations = structure.compartments["dend"].equations
    fragment = equations.sources[-1].fragment
    assert fragment.parameters["g_AMPA_x_dend"].value == 1.25 * nS
    assert (
        equations.parameters["g_AMPA_x_dend"].parameter
        is (fragment.parameters["g_AMPA_x_dend"])
    )
    assert structure.assembly.namespace["g_AMPA_x_dend"] == 1.25 * nS
