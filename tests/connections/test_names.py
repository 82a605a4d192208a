"""Names in the synapses and names of variables at both ends."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    ms,
    mV,
    nS,
)
from helpers.projections import PASSIVE, cell, spikes

from dendrisyn import (
    AMPA,
    AdEx,
    Depression,
    NameConflictError,
    PointNeuronModel,
    TwoStateKinetics,
    UnknownNameError,
)

# -- names at both ends ---------------------------------------------------------------


def test_cells_with_a_pooled_receptor_reach_a_saturating_one_of_the_same_name():
    """Two models with the same tags in one network, in both directions."""
    pooled, apart = PointNeuronModel(**PASSIVE), PointNeuronModel(**PASSIVE)
    pooled.add(AMPA("x", g=1 * nS, t_rise=1 * ms, t_decay=5 * ms))
    apart.add(AMPA("x", g=1 * nS, kinetics=TwoStateKinetics.ampa()))
    groups = [
        each.make_neurongroup(1, threshold="V > 0*mV", reset="V = -65*mV")
        for each in (pooled, apart)
    ]
    groups[0].V = groups[1].V = 10 * mV
    one = apart.projection("AMPA_x").synapses(groups[0], groups[1])
    other = pooled.projection("AMPA_x").synapses(groups[1], groups[0])
    one.connect()
    other.connect()
    Network(*groups, one, other).run(2 * ms)
    assert groups[1].s_tot_AMPA_x[0] > 0.1
    assert groups[0].x_AMPA_x[0] > 0.1


def adex():
    model = PointNeuronModel(
        AdEx(a=1 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV), **PASSIVE
    )
    model.add(AMPA("x", g=1 * nS, t_decay=5 * ms))
    return model


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("w", "model"),  # its adaptation current
        ("tauw", "model"),
        ("w_AMPA_x", "model"),
        ("U_stp", "projection"),
        ("release_stp", "projection"),
        ("z_stp", "projection"),
    ],
)
def test_the_weight_needs_a_name_of_its_own(name, whose):
    """One that would be multiplied twice, hide a constant, or be refused by Brian2."""
    with pytest.raises(NameConflictError, match=rf"{whose} has a .* '{name}' already"):
        adex().projection(
            "AMPA_x", weight=name, short_term=Depression(U=0.5, tau=50 * ms)
        )


def test_a_constant_of_a_rule_is_neither_captured_nor_lost():
    """The rule's own value counts where the model has a parameter of that name."""
    model = cell()
    model.add_params({"eta": 7.0})
    rule = {"on_pre": "w += eta", "namespace": {"eta": 0.25}}
    group = model.make_neurongroup(1)
    source = spikes(1)
    made = model.projection("AMPA_x_dend", weight="w", plasticity=rule)
    synapses = made.synapses(source, group)
    synapses.connect()
    Network(source, group, synapses).run(2 * ms)
    assert synapses.w[0] == 1.25
    # what would be hidden by a variable of the target is refused
    model.add_equations("u : 1")
    rule = {"on_pre": "w += u", "namespace": {"u": 0.25}}
    made = model.projection("AMPA_x_dend", weight="w", plasticity=rule)
    with pytest.raises(NameConflictError, match="would hide the constant of the rule"):
        made.synapses(source, model.make_neurongroup(1))


@pytest.mark.parametrize("variable", ["U_stp", "release_stp", "z_stp", "V_soma"])
def test_a_rule_needs_names_of_its_own(variable):
    rule = {"model": f"{variable} : 1", "on_pre": f"w += {variable}"}
    with pytest.raises(NameConflictError, match=f"'{variable}' already"):
        cell().projection(
            "AMPA_x_dend",
            weight="w",
            short_term=Depression(U=0.5, tau=50 * ms),
            plasticity=rule,
        )


def test_a_model_whose_variables_stand_in_the_way_is_named():
    model = cell()
    model.add_equations("s_NMDA_rec_dend_syn : 1")
    with pytest.raises(NameConflictError, match="needs the name 's_NMDA_rec_dend_syn'"):
        model.projection("NMDA_rec_dend")


def test_a_source_with_a_variable_of_the_weights_name_is_named():
    projection = cell().projection("AMPA_x_dend", weight="w")
    source = NeuronGroup(1, "w : 1", threshold="w > 1", reset="", name="drivers")
    with pytest.raises(NameConflictError, match="drivers has a variable 'w'"):
        projection.synapses(source, cell().make_neurongroup(1))


def test_a_target_without_the_receptor_is_named():
    other = PointNeuronModel(**PASSIVE)
    with pytest.raises(UnknownNameError, match=r"no variable 's_AMPA_x_dend'.*another"):
        cell().projection("AMPA_x_dend").synapses(spikes(1), other.make_neurongroup(1))


def test_projections_to_separate_subgroups_share_a_saturating_receptor():
    model = cell()
    group = model.make_neurongroup(4)
    source = spikes(1)
    projection = model.projection("NMDA_rec_dend")
    made = [
        projection.synapses(source, group[:2]),
        projection.synapses(source, group[2:]),
    ]
    for each in made:
        each.connect()
    Network(source, group, *made).run(5 * ms)
    total = group.s_tot_NMDA_rec_dend[:]
    assert total.min() > 0
    assert np.ptp(total) == 0
