"""`poisson_input` to receptors."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    PoissonInput,
    ms,
    mV,
    seed,
)
from helpers.projections import cell

# -- Poisson input ---------------------------------------------------------------------


def test_poisson_input_is_that_of_brian():
    model = cell()
    found = []
    for arguments in (
        model.poisson_input("AMPA_x_dend", N=100, rate=20 * Hz, weight=0.5),
        {"target_var": "s_AMPA_x_dend", "N": 100, "rate": 20 * Hz, "weight": 0.5},
    ):
        group = model.make_neurongroup(3)
        seed(5)
        Network(group, PoissonInput(group, **arguments)).run(20 * ms)
        found.append(np.array(group.s_AMPA_x_dend[:]))
    assert found[0].min() > 0
    assert found[0].tolist() == found[1].tolist()


def test_poisson_input_to_a_delta_receptor_adds_its_jump():
    model = cell()
    model.parameters["w_kick_x_dend"] = 3
    arguments = model.poisson_input("kick_x_dend", N=1, rate=1 * Hz, weight=-0.5)
    assert arguments["target_var"] == "V_dend"
    assert float(arguments["weight"] / mV) == pytest.approx(-1.5)
    group = model.make_neurongroup(1)
    Network(group, PoissonInput(group, **arguments)).run(1 * ms)
