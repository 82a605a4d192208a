"""Pickles: of this version they are read, of version 0.5.0 they are refused."""

import base64
import copy
import pickle
from pathlib import Path

import pytest
from brian2 import ms, mV, nS, pF

from dendrisyn import DendrisynError, Dendrite, NeuronModel, PointNeuronModel, Soma

OLD = dict(
    line.split(": ")
    for line in (Path(__file__).parents[1] / "golden" / "pickles_0_5_0.txt")
    .read_text(encoding="utf-8")
    .splitlines()
)


def model():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-70 * mV)
    dend.synapse("AMPA", "x", g=1 * nS, t_decay=5 * ms)
    return NeuronModel([(soma, dend, 8 * nS)])


@pytest.mark.parametrize("kind", ["model", "compartment", "point neuron"])
@pytest.mark.filterwarnings("ignore:dendrisyn.* has moved:DeprecationWarning")
def test_a_pickle_of_version_0_5_0_is_refused(kind):
    with pytest.raises(DendrisynError, match=r"version 0\.5.* anew"):
        pickle.loads(base64.b64decode(OLD[kind]))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, None])
def test_a_copy_is_independent_and_its_parts_still_share_values(copied):
    original = model()
    copied = copied or (lambda each: pickle.loads(pickle.dumps(each)))
    twin = copied(original)
    twin.compartments["dend"].parameters["g_AMPA_x_dend"] = 2 * nS
    assert twin.parameters["g_AMPA_x_dend"] == 2 * nS
    assert original.parameters["g_AMPA_x_dend"] == 1 * nS
    twin.parameters["g_soma_dend"] = 3 * nS
    assert twin.parameters["g_dend_soma"] == 3 * nS
    assert original.parameters["g_dend_soma"] == 8 * nS
    twin.compartments["dend"].synapse("AMPA", "y", g=1 * nS, t_decay=5 * ms)
    assert "s_AMPA_y_dend" in twin.equations
    assert "s_AMPA_y_dend" not in original.equations


def test_a_point_neuron_is_read_from_its_pickle():
    point = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    point.synapse("AMPA", "x", g=1 * nS, t_decay=5 * ms)
    point.parameters["g_AMPA_x"] = 4 * nS
    again = pickle.loads(pickle.dumps(point))
    assert again.equations == point.equations
    assert again.parameters["g_AMPA_x"] == 4 * nS
