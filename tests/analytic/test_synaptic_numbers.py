"""Constants of kinetics, exact numbers in projections, and values that are refused."""

import numpy as np
import pytest
from brian2 import Equations, Hz, Network, SpikeGeneratorGroup, Synapses, mmolar, ms, nS
from helpers.synaptic_currents import DT, cell, numbers, simulate

from dendrisyn import (
    AMPA,
    GABAB,
    NMDA,
    Alpha,
    DualExponential,
    Exponential,
    GABABKinetics,
    InvalidValueError,
    MagnesiumBlock,
    NameConflictError,
    SaturatingNMDA,
    TwoStateKinetics,
)


# -- defaults --------------------------------------------------------------------------
def test_the_constants_of_kinetics_are_those_of_their_papers():
    bare = TwoStateKinetics(alpha=2 / (mmolar * ms), beta=0.5 / ms)
    per_mM = 1 / (mmolar * ms)
    rows = [
        (bare, {"T": 1 * mmolar, "T_dur": 1 * ms}),
        (
            TwoStateKinetics.ampa(),
            {
                "alpha": 0.98 * per_mM,
                "beta": 0.18 / ms,
                "T": 0.5 * mmolar,
                "T_dur": 0.5 * ms,
            },
        ),
        (
            TwoStateKinetics.gaba_a(),
            {
                "alpha": 0.53 * per_mM,
                "beta": 0.18 / ms,
                "T": 1 * mmolar,
                "T_dur": 1 * ms,
            },
        ),
        (
            GABABKinetics(),
            {
                "T": 0.5 * mmolar,
                "T_dur": 0.3 * ms,
                "K1": 0.18 / ms,
                "K2": 0.034 / ms,
                "K3": 0.09 * per_mM,
                "K4": 0.0012 / ms,
                "Kd": 100.0,
            },
        ),
        (SaturatingNMDA(), {"alpha": 500 * Hz}),
    ]
    for kinetics, expected in rows:
        model = cell(GABAB("x", g=1 * nS, kinetics=kinetics))
        for name, value in expected.items():
            ratio = model.parameters[f"{name}_GABAB_x"] / value
            assert float(ratio) == pytest.approx(1, rel=1e-12), name  # rounding
    for phase, value in (("rise", 2), ("decay", 100)):
        found = float(model.parameters[f"t_GABAB_{phase}_x"] / ms)
        assert found == pytest.approx(value, rel=1e-12)  # rounding


def test_a_plain_pulse_is_one_millimolar_for_one_millisecond():
    synapse = AMPA(
        "x", g=0 * nS, kinetics=TwoStateKinetics(alpha=2 / (mmolar * ms), beta=0.5 / ms)
    )
    times, got = simulate(synapse, ["s_tot_AMPA_x"], [[1.0]], 6)
    since = times - 1.0 - 2 * DT
    on = 2 / 2.5 * (1 - np.exp(-2.5 * np.clip(since, 0, 1)))
    expected = on * np.exp(-0.5 * np.clip(since - 1, 0, None))
    # exponential_euler is exact for a linear gate
    assert got["s_tot_AMPA_x"] == pytest.approx(expected, rel=1e-9, abs=1e-12)


# -- numbers in the text of a projection -----------------------------------------------
NUMBERS = [1 / 3, 2 / 3, 0.1 + 0.2, 1e-7 / 3, 1e9 / 7, 1234567.0, -1 / 3]


def pair():
    return cell(
        AMPA("x", g=1 * nS, t_decay=5 * ms),
        NMDA("rec", g=1 * nS, kinetics=SaturatingNMDA()),
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_the_text_of_a_projection_holds_exactly_the_number_that_was_given(number):
    model = pair()
    for made in (
        model.projection("AMPA_x", weight=number),
        model.projection(("AMPA_x", number)),
        model.projection(("AMPA_x", number), weight="w"),
    ):
        assert numbers(made["on_pre"]) == [number]
    product = model.projection(("AMPA_x", number), weight=1 / 7)
    assert numbers(product["on_pre"]) == [number * (1 / 7)]
    for made in (
        model.projection("NMDA_rec", weight=number),
        model.projection(("NMDA_rec", number), weight="w"),
    ):
        total = Equations(made["model"])["s_tot_NMDA_rec_post"].expr.code
        assert numbers(total) == [number]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_spike_adds_exactly_the_number_that_was_given(number):
    model = pair()
    group = model.make_neurongroup(1)
    inputs = SpikeGeneratorGroup(1, [0], [0] * ms)
    synapses = Synapses(inputs, group, **model.projection("AMPA_x", weight=number))
    synapses.connect()
    Network(group, inputs, synapses).run(DT * ms)
    assert group.s_AMPA_x[0] == number


# -- what is refused -------------------------------------------------------------------
PER_mM = 1 / (mmolar * ms)


NEGATIVE, POSITIVE = "must not be negative", "must be positive"


def gated(**more):
    return TwoStateKinetics(**{"alpha": 1 * PER_mM, "beta": 1 / ms, **more})


@pytest.mark.parametrize(
    ("make", "field", "unit", "zero"),
    [
        (SaturatingNMDA, "alpha", 1 * Hz, True),
        (SaturatingNMDA, "t_rise", 1 * ms, False),
        (SaturatingNMDA, "t_decay", 1 * ms, False),
        (gated, "alpha", 1 * PER_mM, False),
        (gated, "beta", 1 * Hz, False),
        (gated, "T", 1 * mmolar, True),
        (gated, "T_dur", 1 * ms, False),
        (GABABKinetics, "T", 1 * mmolar, True),
        (GABABKinetics, "T_dur", 1 * ms, False),
        (GABABKinetics, "K1", 1 * Hz, True),
        (GABABKinetics, "K2", 1 * Hz, True),
        (GABABKinetics, "K3", 1 * PER_mM, True),
        (GABABKinetics, "K4", 1 * Hz, True),
        (GABABKinetics, "Kd", 1.0, False),
        (Exponential, "t_decay", 1 * ms, False),
        (Alpha, "tau", 1 * ms, False),
        (DualExponential, "t_rise", 1 * ms, False),
        (DualExponential, "t_decay", 1 * ms, False),
        (MagnesiumBlock, "Mg", 1.0, True),
        (MagnesiumBlock, "beta", 1.0, False),
    ],
)
def test_a_constant_of_the_wrong_sign_is_refused(make, field, unit, zero):
    """*zero* tells whether 0 is allowed."""
    message = rf"\.{field}: {NEGATIVE if zero else POSITIVE}"
    with pytest.raises(InvalidValueError, match=message):
        make(**{field: -1 * unit})
    if zero:
        assert float(getattr(make(**{field: 0 * unit}), field)) == 0
    else:
        with pytest.raises(InvalidValueError, match=message):
            make(**{field: 0 * unit})
    assert float(getattr(make(**{field: unit}), field)) == float(unit)


@pytest.mark.parametrize(
    "name",
    [
        *["i", "j", "k", "N", "delay", "lastupdate", "multisynaptic_index"],
        *["N_incoming", "N_outgoing", "N_pre", "N_post", "pre", "post"],
        *["source", "target", "events", "equations", "namespace", "variables"],
        *["t", "dt", "t_in_timesteps", "xi", "lastspike", "not_refractory"],
        *["connect", "summed_updaters", "state_updater", "name", "clock"],
        *["codeobj_class", "default_event", "event_driven"],
        *["exp", "ms", "2w", "w_pre", "w_post", "lambda", "", "w x"],
    ],
)
@pytest.mark.parametrize("start", [False, True])
@pytest.mark.parametrize("receptor", ["AMPA_x", "NMDA_rec"])
def test_a_weight_cannot_have_a_name_of_brian(name, start, receptor):
    with pytest.raises(NameConflictError, match="weight: "):
        pair().projection(receptor, weight={name: 0.5} if start else name)


@pytest.mark.parametrize("name", ["w", "weight", "ii", "n", "delays", "w_pre_0"])
def test_a_weight_may_have_any_other_name(name):
    model = pair()
    group = model.make_neurongroup(1)
    projection = model.projection("AMPA_x", weight={name: 0.5})
    synapses = projection.synapses(SpikeGeneratorGroup(1, [0], [0] * ms), group)
    synapses.connect()
    assert getattr(synapses, name)[:].tolist() == [0.5]
