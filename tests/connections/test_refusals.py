"""Wrong arguments of projections and of kinetics."""

import pytest
from brian2 import (
    Hz,
    ms,
    mV,
    nS,
    pA,
    second,
)
from helpers.projections import PASSIVE, STDP, cell

from dendrisyn import (
    AMPA,
    Alpha,
    ConductanceBased,
    CurrentBased,
    Delta,
    Depression,
    Exponential,
    InvalidValueError,
    NameConflictError,
    PointNeuronModel,
    SaturatingNMDA,
    Synapse,
    TsodyksMarkram,
    TwoStateKinetics,
    UnitError,
    UnknownNameError,
)

# -- what it refuses -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.projection(), InvalidValueError, "name a receptor"),
        (
            lambda m: m.projection("AMPA_x_den"),
            UnknownNameError,
            "no receptor 'AMPA_x_den'. Did you mean 'AMPA_x_dend'",
        ),
        (lambda m: m.projection("AMPA_x"), UnknownNameError, "'AMPA_x_dend'"),
        (lambda m: m.projection(3), UnitError, "name of a receptor"),
        (
            lambda m: m.projection("AMPA_x_dend", "AMPA_x_dend"),
            InvalidValueError,
            "AMPA_x_dend is named twice",
        ),
        (
            lambda m: m.projection(("AMPA_x_dend", 1 * nS)),
            UnitError,
            "the ratio of AMPA_x_dend: expected a plain number",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight=1 * nS),
            UnitError,
            "weight: expected a plain number",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight=float("nan")),
            InvalidValueError,
            "weight: expected a finite value",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight=True),
            UnitError,
            "weight: expected a plain number",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight={"w": 1 * mV}),
            UnitError,
            "the start of 'w'",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight={"w": 1, "v": 2}),
            InvalidValueError,
            "expected one variable",
        ),
        (lambda m: m.projection("AMPA_x_dend", weight="i"), NameConflictError, "'i'"),
        (
            lambda m: m.projection("AMPA_x_dend", weight="w_post"),
            NameConflictError,
            "w",
        ),
        (lambda m: m.projection("AMPA_x_dend", weight="2w"), NameConflictError, "2w"),
        (
            lambda m: m.projection("NMDA_rec_dend", weight="s_NMDA_rec_dend_syn"),
            NameConflictError,
            "has a variable or parameter 's_NMDA_rec_dend_syn' already",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", short_term="depression"),
            UnitError,
            "short_term: expected Depression",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", plasticity=STDP),
            InvalidValueError,
            "no variable weight that the rule could change",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight="v", plasticity=STDP),
            InvalidValueError,
            "does not contain the weight 'v'",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend", weight="w", plasticity={**STDP, "onpost": "w += 1"}
            ),
            UnknownNameError,
            "no argument 'onpost'. Did you mean 'on_post'",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight="w", plasticity="w += 1"),
            UnitError,
            "expected a rule",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend", weight="w", plasticity={"on_pre": {"pre": "w += 1"}}
            ),
            UnitError,
            "expected text as on_pre",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend",
                weight="w",
                short_term=Depression(U=0.5, tau=1 * second),
                plasticity={"model": "z_stp : 1", "on_pre": "w += z_stp"},
            ),
            NameConflictError,
            "has a variable 'z_stp' already",
        ),
        (
            lambda m: m.poisson_input("NMDA_rec_dend", N=1, rate=1 * Hz),
            InvalidValueError,
            "a gate for each synapse",
        ),
        (
            lambda m: m.poisson_input("AMPA_y_dend", N=1, rate=1 * Hz),
            UnknownNameError,
            "Did you mean",
        ),
        (
            lambda m: m.poisson_input("AMPA_x_dend", N=1, rate=1 * Hz, weight="w"),
            UnitError,
            "weight: expected a plain number",
        ),
        (
            lambda m: m.poisson_input("AMPA_x_dend", N=-3, rate=1 * Hz),
            InvalidValueError,
            "N: expected a positive integer",
        ),
        (
            lambda m: m.poisson_input("AMPA_x_dend", N=3, rate=5),
            UnitError,
            "rate: expected a value in hertz",
        ),
        (
            lambda m: m.poisson_input("AMPA_x_dend", N=3, rate=-5 * Hz),
            InvalidValueError,
            "rate: must not be negative",
        ),
        (
            lambda m: m.poisson_input(("AMPA_x_dend", 0.3), N=3, rate=5 * Hz),
            UnitError,
            "expected the name of a receptor",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight={"w": "rand("}),
            InvalidValueError,
            "Python cannot read",
        ),
        (
            lambda m: m.projection("AMPA_x_dend", weight={"w": [1, 2]}),
            InvalidValueError,
            "Assign arrays after connect",
        ),
        *(
            (
                lambda m, name=name: m.projection("AMPA_x_dend", weight=name),
                NameConflictError,
                f"Brian2 keeps '{name}' for itself",
            )
            for name in ("delay", "pre", "active", "connect", "lastupdate", "source")
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend", weight="w", plasticity={"on_pre": "w +="}
            ),
            InvalidValueError,
            "plasticity: on_pre: Python cannot read 'w +='",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend", weight="w", plasticity={"on_pre": "# w\nx_ = 1"}
            ),
            InvalidValueError,
            "does not contain the weight",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend",
                weight="w",
                plasticity={"on_pre": "w += 1", "namespace": 5},
            ),
            UnitError,
            "expected a dict as namespace",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend",
                weight="w",
                plasticity={"on_pre": "w += 1", "model": "dx/dt = "},
            ),
            InvalidValueError,
            "Brian2 refuses the model",
        ),
        (
            lambda m: m.projection(
                "AMPA_x_dend",
                weight="w",
                plasticity={"on_pre": "a = w", "model": "w = 3 : 1"},
            ),
            InvalidValueError,
            "is a plain number of each synapse",
        ),
    ],
)
def test_what_is_wrong_is_said_at_once(call, error, message):
    model = cell()
    before = str(model)
    with pytest.raises(error) as caught:
        call(model)
    assert message in str(caught.value)
    assert str(caught.value).startswith("NeuronModel(soma, dend).p")
    assert str(model) == before


def test_a_parameter_that_is_not_given_is_named():
    model = PointNeuronModel(**PASSIVE)
    model.add(
        Synapse("kick", "x", kinetics=Delta()),
        Synapse(
            "R",
            "x",
            kinetics=TwoStateKinetics(alpha=TwoStateKinetics.ampa().alpha),
            output=ConductanceBased(E=0 * mV),
            g=1 * nS,
        ),
    )
    for name, missing in (("kick_x", "J_kick_x"), ("R_x", "beta_R_x")):
        with pytest.raises(
            InvalidValueError, match=rf"{missing} \(.*is not given: give"
        ):
            model.projection(name)
    with pytest.raises(InvalidValueError, match="J_kick_x"):
        model.poisson_input("kick_x", N=1, rate=1 * Hz)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Synapse("A", "x", kinetics=Delta(J=1 * mV), output=CurrentBased()),
            InvalidValueError,
            "Delta changes the voltage directly",
        ),
        (
            lambda: Synapse("A", "x", kinetics=Delta(J=1 * mV), g=1 * nS),
            InvalidValueError,
            "Delta has no conductance. Give it J",
        ),
        (
            lambda: Synapse("A", "x", kinetics=Delta(J=1 * mV), pooled=False),
            InvalidValueError,
            "Delta has no gate",
        ),
        (
            lambda: Synapse(
                "A",
                "x",
                kinetics=Exponential(t_decay=1 * ms),
                output=CurrentBased(J=1 * pA),
                g=1 * nS,
            ),
            InvalidValueError,
            "CurrentBased has no conductance. Give it J",
        ),
        (
            lambda: Synapse("NMDA", "x", kinetics=SaturatingNMDA(), pooled=True),
            InvalidValueError,
            "SaturatingNMDA is not linear",
        ),
        (
            lambda: Synapse("NMDA", "x", kinetics=SaturatingNMDA(), pooled="no"),
            UnitError,
            "Synapse.pooled: expected True or False",
        ),
        (
            lambda: Synapse("AMPA", "x", kinetics="alpha"),
            UnitError,
            "Synapse.kinetics: expected Kinetics, such as",
        ),
        (
            lambda: AMPA("x", kinetics=SaturatingNMDA(), t_decay=5 * ms),
            InvalidValueError,
            "AMPA('x'): t_rise, t_decay and normalize belong to the kinetics",
        ),
        (
            lambda: AMPA("x", kinetics=Alpha(tau=2 * ms), normalize=False),
            InvalidValueError,
            "t_rise, t_decay and normalize belong to the kinetics",
        ),
        (
            lambda: AMPA("x", kinetics=Delta(J=1 * mV)),
            InvalidValueError,
            "Delta changes the voltage directly and has no conductance",
        ),
        (
            lambda: Synapse("A", "x", kinetics=Delta(J=1 * mV), pooled=True),
            InvalidValueError,
            "Delta has no gate",
        ),
        (
            lambda: Synapse("NMDA", "x", kinetics=SaturatingNMDA(), pooled=0),
            UnitError,
            "Synapse.pooled: expected True or False",
        ),
        (lambda: Delta(J=1 * pA), UnitError, "Delta.J: expected a value in volt"),
        (lambda: CurrentBased(J=1 * nS), UnitError, "CurrentBased.J: expected a value"),
        (
            lambda: TwoStateKinetics(alpha=1 / ms, beta=1 / ms),
            UnitError,
            "1/(mmolar*ms)",
        ),
        (
            lambda: TwoStateKinetics(T=0.5),
            UnitError,
            "TwoStateKinetics.T: expected a value in mmolar",
        ),
        (
            lambda: Depression(U=0, tau=1 * second),
            InvalidValueError,
            "Depression.U: must be above 0 and at most 1",
        ),
        (
            lambda: Depression(U=1.01, tau=1 * second),
            InvalidValueError,
            "Depression.U: must be above 0 and at most 1",
        ),
        (
            lambda: TsodyksMarkram(U=0.5, tau_rec=1 * second, tau_facil=0 * second),
            InvalidValueError,
            "tau_facil: must be positive",
        ),
        (
            lambda: Depression(U=0.5, tau=1 * second, normalize=1),
            UnitError,
            "Depression.normalize: expected True or False",
        ),
    ],
)
def test_builders_refuse_what_does_not_go_together(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)
