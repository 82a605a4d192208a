"""From the gate of a receptor to its current: factors, blocks, defaults, refusals.

Everything is read from variables of the neuron and from parameters. A spike acts one
step later; a sum over synapses is made at the start of a step, one step later again.
"""

import ast
import itertools
import warnings

import numpy as np
import pytest
from brian2 import (
    Equations,
    Hz,
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    mmolar,
    ms,
    mV,
    nS,
    pA,
    pF,
)
from scipy.integrate import solve_ivp

from dendrisyn import (
    AMPA,
    GABA,
    GABAB,
    NMDA,
    Alpha,
    ConductanceBased,
    CurrentBased,
    DualExponential,
    Exponential,
    GABABKinetics,
    InvalidValueError,
    MagnesiumBlock,
    NameConflictError,
    NumericsWarning,
    PointNeuronModel,
    SaturatingNMDA,
    Synapse,
    TwoStateKinetics,
    magnesium_blocks,
    update_default_params,
)

DT = 0.1  # ms


def cell(*receptors):
    made = PointNeuronModel(cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-65 * mV)
    made.add(*receptors)
    return made


def simulate(synapse, names, trains, duration, **projection):
    """Return times (ms) and variables of a neuron with one synapse for each train."""
    model = cell(synapse)
    group = model.make_neurongroup(1, method="rk4")
    index = np.repeat(np.arange(len(trains)), [len(each) for each in trains])
    inputs = SpikeGeneratorGroup(len(trains), index, np.concatenate(trains) * ms)
    made = model.projection(synapse.label, **projection)
    synapses = Synapses(inputs, group, **made)
    synapses.connect()
    monitor = StateMonitor(group, names, record=0)
    Network(group, inputs, synapses, monitor).run(duration * ms)
    return monitor.t / ms, {n: np.array(getattr(monitor, n)[0], float) for n in names}


# -- GABA-B: the gate that four binding sites make -------------------------------------


def g_protein(times, train):
    """Return s of one synapse from scipy, with the rates of the paper in numbers."""
    starts = np.asarray(train) + DT
    corners = sorted({0.0, *starts, *(starts + 0.3), times[-1] + DT})
    state, found = [0.0, 0.0], np.zeros(len(times))
    for left, right in itertools.pairwise(corners):
        C = 0.5 if np.any(np.abs(starts - left) < 1e-9) else 0.0
        run = solve_ivp(
            lambda t, y, C: [
                0.09 * C * (1 - y[0]) - 0.0012 * y[0],
                0.18 * y[0] - 0.034 * y[1],
            ],
            (left, right),
            state,
            args=(C,),
            method="DOP853",
            rtol=1e-11,
            atol=1e-14,
            dense_output=True,
        )
        inside = (times > left - 1e-6) & (times < right - 1e-6)
        found[inside] = run.sol(np.maximum(times[inside], left))[1]
        state = run.y[:, -1]
    return found


@pytest.mark.parametrize("Kd", [None, 0.2])
def test_the_current_of_gaba_b_is_that_of_its_four_binding_sites(Kd):
    """Two bursts at 200 Hz; a second Kd at which the gate nearly saturates."""
    kinetics = GABABKinetics() if Kd is None else GABABKinetics(Kd=Kd)
    trains = [1 + 5.0 * np.arange(20), 3 + 5.0 * np.arange(10)]
    names = ["V", "I_GABAB_x", "s_tot_GABAB_x"]
    times, got = simulate(
        GABAB("x", g=2 * nS, w=2, kinetics=kinetics), names, trains, 200, weight=0.5
    )
    gates = [s**4 / (s**4 + (Kd or 100)) for s in (g_protein(times, t) for t in trains)]
    assert np.ptp(gates[0]) > (0.001 if Kd is None else 0.5)  # the burst opens it
    expected = 0.5 * (gates[0] + gates[1])
    total = got["s_tot_GABAB_x"]
    # rk4 at 0.1 ms, whose fastest rate is 0.045/ms: (0.0045)**4
    assert total[0] == 0
    assert total[1:] == pytest.approx(expected[:-1], rel=1e-7, abs=1e-15)
    volts = got["V"] / float(mV)
    current = 2 * (-95 - volts) * np.append(0, expected[:-1]) * 2
    assert got["I_GABAB_x"] / float(pA) == pytest.approx(current, rel=1e-6, abs=1e-12)


# -- factors of the current ------------------------------------------------------------


def current(synapse, gate, V=-50.0, **kwargs):
    """Return the current (pA) of one neuron whose gate, or sum of gates, is *gate*."""
    group = cell(synapse).make_neurongroup(1, **kwargs)
    states = [f"{each}_{synapse.label}" for each in ("s_tot", "x", "s")]
    setattr(group, next(each for each in states if each in group.variables), gate)
    group.V = V * mV
    return float(getattr(group, f"I_{synapse.label}")[0] / pA)


@pytest.mark.parametrize("pooled", [None, False])
@pytest.mark.parametrize("J", [40, -30])
@pytest.mark.parametrize("w", [1, 3, -0.5])
def test_current_based_is_current_times_gate_times_weight(pooled, J, w):
    """Whatever the voltage; for a gate that is set, and for one that a spike moves."""
    synapse = Synapse(
        "exc",
        "x",
        kinetics=Exponential(t_decay=5 * ms),
        output=CurrentBased(J=J * pA),
        w=w,
        pooled=pooled,
    )
    for V in (-80, 0):
        assert current(synapse, 0.4, V) == pytest.approx(J * 0.4 * w, rel=1e-12)
    times, got = simulate(synapse, ["I_exc_x"], [[1.0]], 20, weight=0.5)
    since = times - 1.0 - (DT if pooled is None else 2 * DT)
    expected = J * w * 0.5 * np.exp(-since / 5) * (since > -1e-9)
    # rk4: (0.1/5)**4/120 a step; exact on the synapse
    assert got["I_exc_x"] / float(pA) == pytest.approx(expected, rel=1e-6, abs=1e-12)


RECEPTORS = {
    "AMPA": lambda **more: AMPA("x", g=2 * nS, t_decay=5 * ms, **more),
    "AMPA, two times": lambda **more: AMPA(
        "x", g=2 * nS, t_rise=1 * ms, t_decay=5 * ms, **more
    ),
    "AMPA, gated": lambda **more: AMPA(
        "x", g=2 * nS, kinetics=TwoStateKinetics.ampa(), **more
    ),
    "NMDA": lambda **more: NMDA("x", g=2 * nS, t_rise=2 * ms, t_decay=60 * ms, **more),
    "NMDA, saturating": lambda **more: NMDA(
        "x", g=2 * nS, kinetics=SaturatingNMDA(), **more
    ),
    "GABA": lambda **more: GABA("x", g=2 * nS, t_decay=8 * ms, **more),
    "GABA, gated": lambda **more: GABA(
        "x", g=2 * nS, kinetics=TwoStateKinetics.gaba_a(), **more
    ),
    "GABAB": lambda **more: GABAB("x", g=2 * nS, **more),
    "GABAB, pooled": lambda **more: GABAB(
        "x",
        g=2 * nS,
        kinetics=DualExponential(t_rise=30 * ms, t_decay=150 * ms),
        **more,
    ),
}
REVERSALS = {"AMPA": 0, "NMDA": 0, "GABA": -80, "GABAB": -95}


def block(V, Mg=1.0, alpha=0.062, beta=3.57, gamma=0.0):
    return 1 / (1 + Mg / beta * np.exp(-alpha * (V + gamma)))


@pytest.mark.parametrize("key", RECEPTORS)
def test_the_weight_of_a_receptor_multiplies_its_current(key):
    synapse = RECEPTORS[key](w=3)
    assert cell(synapse).parameters[f"w_{synapse.label}"] == 3
    assert cell(RECEPTORS[key]()).parameters[f"w_{synapse.label}"] == 1
    unit = 2 * (REVERSALS[synapse.channel] + 50) * 0.3  # g (E - V) gate
    if synapse.channel == "NMDA":
        unit *= block(-50)
    # rounding
    assert current(RECEPTORS[key](), 0.3) == pytest.approx(unit, rel=1e-9)
    assert current(synapse, 0.3) == pytest.approx(3 * unit, rel=1e-9)


@pytest.mark.parametrize("E", [10, -60.5])
@pytest.mark.parametrize("key", RECEPTORS)
def test_a_receptor_with_a_reversal_of_its_own_has_no_current_there(key, E):
    synapse = RECEPTORS[key](E=E * mV)
    channel = synapse.channel
    assert cell(synapse).parameters[f"E_{channel}_x"] / mV == pytest.approx(E)
    assert current(synapse, 0.3, E) == pytest.approx(0, abs=1e-9)  # pA, rounding
    for V in (E - 10, E + 10):
        open_fraction = block(V) if channel == "NMDA" else 1
        expected = 2 * (E - V) * 0.3 * open_fraction
        assert current(synapse, 0.3, V) == pytest.approx(expected, rel=1e-9)  # rounding


def test_the_reversal_of_an_output_is_that_of_the_receptor():
    for output in (MagnesiumBlock(E=10 * mV), ConductanceBased(E=10 * mV)):
        synapse = NMDA("x", g=2 * nS, t_decay=60 * ms, output=output)
        assert current(synapse, 0.3, 10) == pytest.approx(0, abs=1e-9)  # rounding
        assert current(synapse, 0.3, 0) > 1


@pytest.mark.parametrize(
    "output", [MagnesiumBlock(), MagnesiumBlock(E=10 * mV), ConductanceBased()]
)
def test_a_reversal_beside_an_output_is_refused(output):
    with pytest.raises(InvalidValueError, match=r"NMDA\('x'\): E belongs to the output"):
        NMDA("x", g=2 * nS, t_decay=60 * ms, E=10 * mV, output=output)


# -- magnesium blocks ------------------------------------------------------------------

VOLTAGES = [-95.0, -70.0, -42.5, -10.0, 0.0, 30.0]

#: Mg (mM), alpha (1/mV), beta (mM), gamma (mV), E (mV), open fraction at -70 mV
PUBLISHED = {
    "jahr_stevens_1990": (1.0, 0.062, 3.57, 0.0, None, 0.0445),
    "pagkalos_2023": (1.0, 0.087, 3.57, 10.0, 0.35, 0.0189),
    "brainpy": (1.2, 0.062, 3.57, 0.0, None, 0.0373),
    "nest_cm": (1.0, 0.1, 1 / 0.3, 0.0, None, 0.00303),
}

#: a block, and all four of its numbers: what it leaves out is that of the model
BLOCKS = {
    **{name: (magnesium_blocks[name], row[:4]) for name, row in PUBLISHED.items()},
    "gamma 10": (MagnesiumBlock(gamma=10), (1.0, 0.062, 3.57, 10.0)),
    "gamma -7": (MagnesiumBlock(gamma=-7), (1.0, 0.062, 3.57, -7.0)),
    "Mg 0": (MagnesiumBlock(Mg=0), (0.0, 0.062, 3.57, 0.0)),
    "Mg 2": (MagnesiumBlock(Mg=2), (2.0, 0.062, 3.57, 0.0)),
    "alpha": (MagnesiumBlock(alpha=0.08), (1.0, 0.08, 3.57, 0.0)),
    "beta": (MagnesiumBlock(beta=2), (1.0, 0.062, 2.0, 0.0)),
    "all": (MagnesiumBlock(Mg=0.7, alpha=0.09, beta=4, gamma=5), (0.7, 0.09, 4.0, 5.0)),
}


def blocked(output, variable):
    """Return the block at each voltage, and the current at a gate of 1 (pA)."""
    model = cell(NMDA("x", g=2 * nS, t_decay=60 * ms, output=output))
    group = model.make_neurongroup(len(VOLTAGES))
    group.V = VOLTAGES * mV
    group.s_NMDA_x = 1
    return np.array(getattr(group, variable)[:]), np.array(group.I_NMDA_x[:] / pA)


@pytest.mark.parametrize("key", BLOCKS)
def test_the_block_of_a_group_is_the_formula_and_the_open_fraction(key):
    output, (Mg, alpha, beta, gamma) = BLOCKS[key]
    V = np.array(VOLTAGES)
    expected = block(V, Mg, alpha, beta, gamma)
    found, pico = blocked(output, "B_NMDA_x")
    assert found == pytest.approx(expected, rel=1e-12)  # rounding
    assert output.open_fraction(V * mV) == pytest.approx(found, rel=1e-12)  # rounding
    E = 0 if output.E is None else float(output.E / mV)
    # rounding, which is absolute where E - V vanishes
    assert pico == pytest.approx(2 * (E - V) * expected, rel=1e-9, abs=1e-9)


def test_a_block_without_numbers_is_that_of_the_model():
    V = np.array(VOLTAGES)
    # rounding, here and below
    assert blocked(None, "B_NMDA")[0] == pytest.approx(block(V), rel=1e-12)
    update_default_params(
        {"Mg_con": 1.5, "Alpha_NMDA": 0.07, "Beta_NMDA": 3.0, "Gamma_NMDA": 4.0}
    )
    expected = block(V, 1.5, 0.07, 3.0, 4.0)
    assert blocked(None, "B_NMDA")[0] == pytest.approx(expected, rel=1e-12)
    assert MagnesiumBlock().open_fraction(V * mV) == pytest.approx(expected, rel=1e-12)
    half = MagnesiumBlock(gamma=-7)
    expected = block(V, 1.5, 0.07, 3.0, -7.0)
    assert half.open_fraction(V * mV) == pytest.approx(expected, rel=1e-12)
    assert blocked(half, "B_NMDA_x")[0] == pytest.approx(expected, rel=1e-12)


def test_the_named_blocks_are_those_that_were_published():
    assert set(magnesium_blocks) == set(PUBLISHED)
    for name, (Mg, alpha, beta, gamma, E, at_rest) in PUBLISHED.items():
        found = magnesium_blocks[name]
        numbers = found.Mg, found.alpha, found.beta, found.gamma
        assert numbers == pytest.approx((Mg, alpha, beta, gamma), rel=1e-12)  # 1/0.3
        if E is None:
            assert found.E is None
        else:
            assert float(found.E / mV) == pytest.approx(E, rel=1e-12)  # rounding
        # the three digits that are printed
        assert float(found.open_fraction(-70 * mV)) == pytest.approx(at_rest, rel=3e-3)


# -- what explicit methods make of an alpha function -----------------------------------


def warned(synapse):
    """Return the messages on numerics of a group under Euler, and the group."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        group = cell(synapse).make_neurongroup(1, method="euler")
    told = [each for each in caught if issubclass(each.category, NumericsWarning)]
    return [str(each.message) for each in told], group


def fast(kinetics, **more):
    output = ConductanceBased(E=0 * mV)
    return Synapse("fast", "x", kinetics=kinetics, output=output, g=0 * nS, **more)


@pytest.mark.parametrize("tau", [0.1, 0.2, 0.5])
def test_an_alpha_function_as_short_as_a_step_is_announced(tau):
    """With the overshoot that the run shows."""
    messages, group = warned(fast(Alpha(tau=tau * ms)))
    group.s_fast_x = 1
    monitor = StateMonitor(group, "x_fast_x", record=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumericsWarning)
        Network(group, monitor).run(5 * ms)
    excess = monitor.x_fast_x[0].max() - 1
    assert len(messages) == 1
    assert f"the peak of fast_x is off by {excess:+.0%} under 'euler'" in messages[0]


def test_an_alpha_function_of_many_steps_is_not_announced():
    assert warned(fast(Alpha(tau=5 * ms)))[0] == []


@pytest.mark.parametrize(
    "kinetics",
    [Alpha(tau=0.1 * ms), DualExponential(t_rise=0.1 * ms, t_decay=2 * ms)],
)
def test_a_gate_on_the_synapse_is_not_judged_by_the_method_of_the_neuron(kinetics):
    assert warned(fast(kinetics))[0] != []
    assert warned(fast(kinetics, pooled=False))[0] == []


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


def numbers(code):
    """Return the numbers of an expression or a statement, as Python reads them."""
    found = []
    for each in ast.walk(ast.parse(code.strip())):
        if isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.USub):
            each.operand.value *= -1
        if isinstance(each, ast.Constant):
            found.append(each.value)
    return found


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
