"""Simulations of a Dendrify user with both packages: all traces and numbers."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from brian2 import cm, defaultclock, ms, mV, nS, ohm, pF, second, uF, um, uS
from dendrify_cases import CASES, EVENTS_BY_HAND, TIMED_PARAMETER
from side_by_side import TOLERANCE, check_exercised, differences, simulate

import dendrisyn

dendrify = pytest.importorskip("dendrify")


@cache
def reference(pkg, name):
    """Return the simulation of a case, which runs once."""
    return simulate(pkg, CASES[name])


def assert_same(ours, theirs, case):
    relative = differences(ours, theirs, case)
    assert max(relative.values()) < TOLERANCE, relative
    for event, expected in theirs.events.items():
        np.testing.assert_array_equal(ours.events[event], expected, err_msg=event)


# -- traces -----------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_traces_and_spikes_are_those_of_dendrify(name):
    case, theirs = CASES[name], reference(dendrify, name)
    check_exercised(theirs, case)
    assert_same(reference(dendrisyn, name), theirs, case)


@pytest.mark.parametrize("name", CASES)
def test_the_comparison_sees_one_part_in_a_thousand(name):
    case = CASES[name]

    def change(model):
        model.parameters[case.sensitive] *= 1.001

    changed = simulate(dendrisyn, case, change)
    relative = differences(changed, reference(dendrify, name), case)
    # A thousand times the tolerance of the comparison.
    assert max(relative.values()) > 1000 * TOLERANCE


@pytest.mark.parametrize("name", CASES)
def test_every_variable_of_dendrify_has_its_name(name):
    missing = reference(dendrify, name).names - reference(dendrisyn, name).names
    assert missing == set(CASES[name].renamed)


def test_a_timed_array_may_be_a_parameter():
    case = TIMED_PARAMETER
    theirs = simulate(dendrify, case)
    check_exercised(theirs, case)
    assert_same(simulate(dendrisyn, case), theirs, case)


def test_events_of_a_group_made_by_hand_are_those_of_dendrify():
    """The time of the last spike starts at 0 s in Brian2: before 0 s means no spike."""
    case = EVENTS_BY_HAND
    theirs = simulate(dendrify, case)
    check_exercised(theirs, case)
    never = {f"spiketime_Na_{name}": -1e4 * second for name in ("prox", "dist")}
    case = replace(case, group={"start": case.group["start"] | never})
    assert_same(simulate(dendrisyn, case), theirs, case)


# -- numbers ----------------------------------------------------------------------


def in_seconds(name, value, step):
    """Return a duration of dendrisyn from steps of Dendrify (`side_by_side.fall`)."""
    steps = {"offset_fall": -1, "duration_fall": 1}
    return (value + steps.get("_".join(name.split("_")[:2]), 0)) * step * ms


@pytest.mark.parametrize("name", CASES)
def test_parameters_are_those_of_dendrify(name):
    """Tolerance 1e-12: products of a few numbers in another order."""
    case = CASES[name]
    theirs = reference_parameters(dendrify, name)
    ours = reference_parameters(dendrisyn, name)
    for parameter, value in theirs.items():
        if parameter.startswith(("E_rise", "E_fall")):
            mine = [own for key, own in ours.items() if key.startswith(parameter)]
            assert mine, parameter
        elif case.model.__name__ == "cad_soma" and parameter in ("EA", "gAmax", "tauA"):
            mine = [ours[f"{parameter}_soma"]]
        else:
            mine = [ours[parameter]]
        if parameter.startswith(("duration", "offset", "refractory")):
            value = in_seconds(parameter, value, case.dt)
        if case.factors and parameter.startswith(("g_AMPA", "g_NMDA", "g_GABA")):
            value = value / case.factors[parameter.replace("g_", "x_", 1)]
        for own in mine:
            assert float(own) == pytest.approx(float(value), rel=1e-12), parameter


def reference_parameters(pkg, name):
    defaultclock.dt = CASES[name].dt * ms
    return dict(CASES[name].model(pkg).parameters)


GEOMETRIES = [
    {"length": 25 * um, "diameter": 25 * um},
    {"length": 100 * um, "diameter": 1.3 * um, "scale_factor": 2.8},
    {"length": 73 * um, "diameter": 0.7 * um, "spine_factor": 1.5},
    {"length": 10 * um, "diameter": 4 * um, "scale_factor": 1.1, "spine_factor": 2},
]
MEMBRANE = {
    "cm": 0.9 * uF / cm**2,
    "gl": 37 * uS / cm**2,
    "r_axial": 173 * ohm * cm,
    "v_rest": -67 * mV,
}


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize("kind", ["EphysProperties", "Compartment", "Dendrite"])
def test_areas_capacitances_and_leaks_are_those_of_dendrify(kind, geometry):
    ours, theirs = (
        getattr(pkg, kind)("dend", **geometry, **MEMBRANE)
        for pkg in (dendrisyn, dendrify)
    )
    # 1e-14: products of the same few numbers, in another order.
    for name in ("area", "capacitance", "g_leakage"):
        expected = float(getattr(theirs, name))
        assert expected > 0
        assert float(getattr(ours, name)) == pytest.approx(expected, rel=1e-14), name
    if kind != "EphysProperties":
        assert ours.dimensionless is theirs.dimensionless is False


@pytest.mark.parametrize("one", GEOMETRIES, ids=str)
@pytest.mark.parametrize("other", GEOMETRIES, ids=str)
def test_axial_conductances_are_those_of_dendrify(one, other):
    results = []
    for pkg in (dendrisyn, dendrify):
        first = pkg.EphysProperties("a", **one, **MEMBRANE)
        second = pkg.EphysProperties(
            "b", **other, **{**MEMBRANE, "r_axial": 91 * ohm * cm}
        )
        couple = pkg.EphysProperties.g_couple(first, second)
        results.append([float(first.g_cylinder), float(couple)])
    # 1e-14: products of the same few numbers, in another order.
    assert results[0] == pytest.approx(results[1], rel=1e-14)


def test_lumped_compartments_are_those_of_dendrify():
    for kind in ("Compartment", "Soma", "Dendrite"):
        ours, theirs = (
            getattr(pkg, kind)("c", cm_abs=83 * pF, gl_abs=7 * nS)
            for pkg in (dendrisyn, dendrify)
        )
        assert ours.dimensionless is theirs.dimensionless is True
        assert ours.capacitance == theirs.capacitance == 83 * pF
        assert ours.g_leakage == theirs.g_leakage == 7 * nS


@pytest.mark.parametrize(("rise", "decay"), [(0.1, 2), (2, 5), (2, 60), (20, 3)])
def test_the_norm_factor_is_that_of_dendrify(rise, decay):
    ours, theirs = (
        pkg.Compartment.g_norm_factor(rise * ms, decay * ms)
        for pkg in (dendrisyn, dendrify)
    )
    # 1e-12: the two closed forms cancel digits differently.
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_default_parameters_are_those_of_dendrify():
    ours, theirs = dendrisyn.default_params(), dendrify.default_params()
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name] == value, name


def test_updated_defaults_reach_models_as_in_dendrify():
    results = []
    for pkg in (dendrisyn, dendrify):
        before = dict(pkg.default_params())
        try:
            pkg.update_default_params({"E_GABA": -71 * mV, "Mg_con": 0.8})
            soma = pkg.Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-60 * mV)
            dend = pkg.Dendrite("dend", cm_abs=50 * pF, gl_abs=2 * nS, v_rest=-60 * mV)
            model = pkg.NeuronModel([(soma, dend, 4 * nS)])
            results.append({name: model.parameters[name] for name in before})
        finally:
            pkg.update_default_params(before)
        assert pkg.default_params()["E_GABA"] == -80 * mV
    assert results[0] == results[1]
    assert results[0]["E_GABA"] == -71 * mV
