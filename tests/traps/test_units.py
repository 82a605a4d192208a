"""Units, signs and finite values."""

import numpy as np
import pytest
from brian2 import (
    cm,
    mS,
    ms,
    mV,
    nA,
    nan,
    nS,
    ohm,
    pA,
    pF,
    second,
    uF,
    um,
    uS,
)
from helpers.trap_models import (
    SODIUM,
    close,
    lumped,
    pair,
    point,
    refused,
    sized,
    state,
)

from dendrisyn import (
    AMPA,
    GABA,
    NMDA,
    AdEx,
    ConductanceBased,
    Dendrite,
    DendriticSpike,
    DualExponential,
    EphysProperties,
    Exponential,
    InvalidValueError,
    MagnesiumBlock,
    NeuronModel,
    Noise,
    Soma,
    UnitError,
)

# -- 23: units, signs and finite values ---------------------------------------------

G, T = 1 * nS, 5 * ms
SIZE = {"length": 10 * um, "diameter": 1 * um}


def on_dend(method, *args, **kwargs):
    """Return what makes a dendrite and a call on it, which must leave it as it was."""

    def make():
        dend = sized()
        dend.dspikes("Ca", **SODIUM)
        return dend, lambda: getattr(dend, method)(*args, **kwargs)

    return make


def on_model(method, *args, **kwargs):
    def make():
        dend = sized()
        dend.dspikes("Ca", **SODIUM)
        dend.synapse("AMPA", "x", g=1 * nS, t_decay=2 * ms)
        model = pair(dend=dend)
        return model, lambda: getattr(model, method)(*args, **kwargs)

    return make


def setting(name, value):
    def make():
        model, _ = on_model("add_params")()
        return model, lambda: model.parameters.__setitem__(name, value)

    return make


def coupling(g):
    def make():
        one, other = lumped(name="a"), lumped(name="b")
        return one, lambda: NeuronModel([(one, other, g)])

    return make


def connecting(g):
    def make():
        one, other = lumped(name="a"), lumped(name="b")
        return one, lambda: one.connect(other, g)

    return make


def free(call, *args, **kwargs):
    """Return what makes a call that has nothing to change."""
    return lambda: (point(), lambda: call(*args, **kwargs))


WRONG_UNITS = {
    "g": (on_dend("synapse", "AMPA", "x", g=1 * mV, t_decay=T), "g: ", "1. mV", "1*nS"),
    "bare g": (on_dend("synapse", "AMPA", "x", g=1, t_decay=T), "g: ", "got 1", "1*nS"),
    "t_decay": (
        on_dend("synapse", "AMPA", "x", g=G, t_decay=5 * mV),
        "t_decay",
        "5. mV",
        "5*ms",
    ),
    "t_rise": (
        on_dend("synapse", "AMPA", "x", g=G, t_rise=2, t_decay=T),
        "t_rise",
        "got 2",
        "second",
    ),
    "builder g": (free(AMPA, "x", g=1 * mV, t_decay=T), "AMPA('x')", "g: ", "1. mV"),
    "builder t": (free(NMDA, "x", g=G, t_decay=5 * mV), "NMDA('x')", "t_decay"),
    "builder E": (free(GABA, "x", g=G, t_decay=T, E=-80), "E: ", "-80", "volt"),
    "builder w": (free(AMPA, "x", g=G, t_decay=T, w=1 * nS), "w: ", "a plain number"),
    "kinetics": (free(Exponential, t_decay=5 * mV), "Exponential.t_decay", "5. mV"),
    "rise": (
        free(DualExponential, t_rise=1 * mV, t_decay=T),
        "DualExponential.t_rise",
        "1. mV",
    ),
    "output": (free(ConductanceBased, E=1 * nS), "ConductanceBased.E", "1. nS"),
    "block": (free(MagnesiumBlock, Mg=1 * mV), "MagnesiumBlock.Mg", "1. mV"),
    "text": (free(Exponential, t_decay="5*ms"), "t_decay", "'5*ms'"),
    "bool": (free(AMPA, "x", g=G, t_decay=T, w=True), "w: ", "True"),
    "list": (free(AMPA, "x", g=[1, 2], t_decay=T), "g: ", "[1, 2]"),
    "coupling": (coupling(10 * mV), "'a' and 'b'", "10. mV", "'half_cylinders'"),
    "bare coupling": (coupling(10), "'a' and 'b'", "got 10", "1*nS"),
    "connect": (connecting(10 * mV), "'a' and 'b'", "10. mV", "'half_cylinders'"),
    "length": (free(Dendrite, "d", length=20), "Dendrite('d')", "length", "20*um"),
    "diameter": (free(Soma, "s", diameter=1 * mV), "Soma('s')", "diameter", "1. mV"),
    "cm": (free(Dendrite, "d", cm=1 * uF), "cm", "1. uF", "1*uF/cm**2"),
    "gl": (free(Dendrite, "d", gl=1 * nS), "gl", "1. nS", "40*uS/cm**2"),
    "cm_abs": (free(Dendrite, "d", cm_abs=1 * nS), "cm_abs", "1. nS", "100*pF"),
    "gl_abs": (free(Dendrite, "d", gl_abs=1 * mS / cm**2), "gl_abs", "siemens"),
    "r_axial": (free(Dendrite, "d", r_axial=150 * ohm), "r_axial", "150*ohm*cm"),
    "v_rest": (free(Dendrite, "d", v_rest=-70), "v_rest", "-70", "-65*mV"),
    "scale": (free(Dendrite, "d", scale_factor=1 * um), "scale_factor", "a plain"),
    "spines": (free(Dendrite, "d", spine_factor="2"), "spine_factor", "'2'"),
    "ephys": (free(EphysProperties, length=1 * mV), "length", "1. mV"),
    "membrane": (free(AdEx, a=1 * mV), "AdEx.a", "1. mV", "siemens"),
    "model cm": (
        free(lambda: NeuronModel([lumped()], v_rest=1 * nS)),
        "v_rest",
        "1. nS",
    ),
    "noise": (on_dend("noise", sigma=5 * mV), "sigma", "5. mV", "10*pA"),
    "noise tau": (on_dend("noise", tau=20), "tau", "20", "5*ms"),
    "noise mean": (free(Noise, mean=1 * mV), "Noise.mean", "1. mV"),
    "threshold": (
        on_dend("dspikes", "Na", **{**SODIUM, "threshold": -35}),
        "threshold",
        "-35",
        "-65*mV",
    ),
    "g_rise": (
        on_dend("dspikes", "Na", **{**SODIUM, "g_rise": 1 * mV}),
        "g_rise",
        "1. mV",
    ),
    "duration": (
        on_dend("dspikes", "Na", **{**SODIUM, "duration_fall": 2}),
        "duration_fall",
        "got 2",
    ),
    "reversal": (
        on_dend("dspikes", "Na", **{**SODIUM, "reversal_rise": 1 * nS}),
        "reversal_rise",
        "1. nS",
        "'E_Na'",
    ),
    "spike": (free(DendriticSpike, "Na", offset_fall=1 * mV), "offset_fall", "1. mV"),
    "config": (
        on_model("config_dspikes", "Ca", threshold=1 * nS),
        "threshold",
        "1. nS",
    ),
    "params": (on_dend("add_params", {"EL_dend": 1 * nS}), "EL_dend", "1. nS"),
    "model params": (on_model("add_params", {"gL_dend": 1 * mV}), "gL_dend", "1. mV"),
    "set": (setting("t_AMPA_decay_x_dend", 2 * mV), "t_AMPA_decay_x_dend", "2. mV"),
    "set coupling": (setting("g_soma_dend", 2 * mV), "g_soma_dend", "2. mV"),
    "set shared": (setting("E_AMPA", 2 * nS), "E_AMPA", "2. nS"),
}


@pytest.mark.parametrize("case", WRONG_UNITS)
def test_trap_23_a_wrong_unit_is_an_error_at_once(case):
    make, *about = WRONG_UNITS[case]
    owner, call = make()
    with refused(UnitError, *about, unchanged=(owner,)):
        call()


WRONG_VALUES = {
    "negative coupling": (coupling(-10 * nS), "'a' and 'b'", "negative", "-10. nS"),
    "negative connect": (connecting(-10 * nS), "'a' and 'b'", "negative", "-10. nS"),
    "negative g": (
        on_dend("synapse", "AMPA", "x", g=-1 * nS, t_decay=T),
        "g: ",
        "negative",
        "-1. nS",
    ),
    "zero t_decay": (
        on_dend("synapse", "AMPA", "x", g=G, t_decay=0 * ms),
        "t_decay",
        "positive",
        "0. s",
    ),
    "negative t_rise": (
        on_dend("synapse", "AMPA", "x", g=G, t_rise=-1 * ms, t_decay=T),
        "t_rise",
        "positive",
        "-1. ms",
    ),
    "negative length": (free(Dendrite, "d", length=-1 * um), "length", "positive"),
    "zero diameter": (free(Dendrite, "d", diameter=0 * um), "diameter", "positive"),
    "negative cm": (free(Dendrite, "d", cm=-1 * uF / cm**2), "cm", "positive"),
    "negative gl": (free(Dendrite, "d", gl=-1 * uS / cm**2), "gl", "negative"),
    "zero cm_abs": (free(Dendrite, "d", cm_abs=0 * pF), "cm_abs", "positive"),
    "zero scale": (free(Dendrite, "d", scale_factor=0), "scale_factor", "positive"),
    "negative sigma": (on_dend("noise", sigma=-1 * pA), "sigma", "negative", "-1. pA"),
    "zero tau": (on_dend("noise", tau=0 * ms), "tau", "positive"),
    "negative duration": (
        on_dend("dspikes", "Na", **{**SODIUM, "duration_rise": -1 * ms}),
        "duration_rise",
        "positive",
        "-1. ms",
    ),
    "negative offset": (
        on_model("config_dspikes", "Ca", offset_fall=-1 * ms),
        "offset_fall",
        "negative",
        "-1. ms",
    ),
    "params": (on_dend("add_params", {"gL_dend": -1 * nS}), "gL_dend", "negative"),
    "set": (setting("t_AMPA_decay_x_dend", 0 * ms), "t_AMPA_decay_x_dend", "positive"),
    "mixed": (
        free(Dendrite, "d", cm_abs=100 * pF, **SIZE),
        "length, diameter",
        "cm_abs and gl_abs",
    ),
    "an array": (
        on_dend("synapse", "AMPA", "x", g=[1, 2] * nS, t_decay=T),
        "g: ",
        "got 2",
        "per_neuron",
    ),
}


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_trap_23_a_wrong_sign_or_size_is_an_error_at_once(case):
    make, *about = WRONG_VALUES[case]
    owner, call = make()
    with refused(InvalidValueError, *about, unchanged=(owner,)):
        call()


NOT_FINITE = {
    "g": lambda bad: on_dend("synapse", "AMPA", "x", g=bad * nS, t_decay=T),
    "t_decay": lambda bad: on_dend("synapse", "AMPA", "x", g=G, t_decay=bad * ms),
    "coupling": lambda bad: coupling(bad * nS),
    "connect": lambda bad: connecting(bad * nS),
    "v_rest": lambda bad: free(Dendrite, "d", v_rest=bad * mV),
    "length": lambda bad: free(Dendrite, "d", length=bad * um),
    "scale_factor": lambda bad: free(Dendrite, "d", scale_factor=bad),
    "sigma": lambda bad: on_dend("noise", sigma=bad * pA),
    "threshold": lambda bad: on_dend(
        "dspikes", "N", **{**SODIUM, "threshold": bad * mV}
    ),
    "reversal_rise": lambda bad: on_dend(
        "dspikes", "N", **{**SODIUM, "reversal_rise": bad * mV}
    ),
    "refractory": lambda bad: on_model("config_dspikes", "Ca", refractory=bad * ms),
    "EL_dend": lambda bad: on_dend("add_params", {"EL_dend": bad * mV}),
    "mine": lambda bad: on_dend("add_params", {"mine": bad * mV}),
    "w_AMPA_x_dend": lambda bad: setting("w_AMPA_x_dend", bad),
    "Mg": lambda bad: free(MagnesiumBlock, Mg=bad),
}


@pytest.mark.parametrize("bad", [nan, np.inf, -np.inf])
@pytest.mark.parametrize("case", NOT_FINITE)
def test_trap_23_what_is_not_finite_is_an_error_at_once(case, bad):
    owner, call = NOT_FINITE[case](bad)()
    name = {"coupling": "'a' and 'b': g", "connect": "'a' and 'b': g"}.get(case, case)
    about = (f"{name}: expected a finite value", str(bad))
    with refused(InvalidValueError, *about, unchanged=(owner,)):
        call()


def group_arguments():
    spike = {"threshold": "V_soma > -50*mV", "reset": "V_soma = -60*mV"}
    second_reset = {**spike, "second_reset": "V_soma = -70*mV", "refractory": 4 * ms}
    return {
        "N": ({"N": 2.5}, InvalidValueError, ("N: ", "2.5")),
        "no N": ({"N": 0}, InvalidValueError, ("N: ", "0")),
        "spike_width": (
            {**second_reset, "spike_width": 1 * mV},
            UnitError,
            ("spike_width", "1. mV", "second"),
        ),
        "spike_width sign": (
            {**second_reset, "spike_width": -1 * ms},
            InvalidValueError,
            ("spike_width", "-1. ms"),
        ),
        "namespace": (
            {"namespace": {"gL_soma": 3 * mV}},
            UnitError,
            ("namespace", "gL_soma", "3. mV", "siemens"),
        ),
        "namespace sign": (
            {"namespace": {"gL_soma": -3 * nS}},
            InvalidValueError,
            ("namespace", "gL_soma", "-3. nS"),
        ),
        "namespace nan": (
            {"namespace": {"gL_soma": nan * nS}},
            InvalidValueError,
            ("namespace", "gL_soma", "nan"),
        ),
    }


@pytest.mark.parametrize("case", group_arguments())
def test_trap_23_arguments_of_a_group_are_checked_at_once(case):
    arguments, kind, about = group_arguments()[case]
    model = pair()
    about = ("NeuronModel(soma, dend).make_neurongroup", *about)
    with refused(kind, *about, unchanged=(model,)):
        model.make_neurongroup(**{"N": 1, **arguments})


def test_trap_23_a_refractory_period_is_checked_at_once():
    model = pair()
    spike = {"threshold": "V_soma > -50*mV", "reset": "V_soma = -60*mV"}
    with refused(UnitError, "refractory", "3. mV", "second", unchanged=(model,)):
        model.make_neurongroup(1, refractory=3 * mV, **spike)


def test_trap_23_equations_that_mix_units_are_an_error_at_once():
    for owner in (lumped(), pair(), point()):
        before = state(owner)
        with pytest.raises((TypeError, ValueError), match=r"zz.* mixes units"):
            owner.add_equations("zz = 1*mV + 1*pA : volt")
        assert state(owner) == before


def test_trap_23_right_units_of_any_scale_are_accepted():
    dend = lumped()
    dend.synapse("AMPA", "x", g=1e-6 * mS, t_decay=0.005 * second)
    dend.add(Noise(sigma=1e-3 * nA))
    namespace = pair(dend=dend).make_neurongroup(1).namespace
    assert close(namespace["g_AMPA_x_dend"], 1 * nS)
    assert close(namespace["t_AMPA_decay_x_dend"], 5 * ms)
    assert close(namespace["sigma_noise_dend"], 1 * pA)
