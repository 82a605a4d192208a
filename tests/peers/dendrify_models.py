"""Models of a Dendrify user, as functions of the package that makes them."""

from __future__ import annotations

import numpy as np
from brian2 import (
    NeuronGroup,
    TimedArray,
    cm,
    ms,
    mV,
    nS,
    ohm,
    pA,
    pF,
    uF,
    um,
    uS,
)
from side_by_side import fall

import dendrisyn

MEMBRANE = {
    "cm": 1 * uF / cm**2,
    "gl": 40 * uS / cm**2,
    "r_axial": 150 * ohm * cm,
    "v_rest": -65 * mV,
}
POINT = {"cm_abs": 200 * pF, "gl_abs": 10 * nS, "v_rest": -70 * mV}


# -- passive models ---------------------------------------------------------------


def sized(pkg):
    """Return soma, trunk, prox and dist."""
    return (
        pkg.Soma("soma", model="leakyIF", length=25 * um, diameter=25 * um),
        pkg.Dendrite("trunk", length=100 * um, diameter=2.5 * um),
        pkg.Dendrite("prox", length=100 * um, diameter=1.5 * um),
        pkg.Dendrite("dist", length=120 * um, diameter=1 * um),
    )


def passive(pkg):
    soma, trunk, prox, dist = sized(pkg)
    chain = [(soma, trunk, 15 * nS), (trunk, prox, 8 * nS), (prox, dist, 4 * nS)]
    return pkg.NeuronModel(chain, **MEMBRANE)


def half_cylinders(pkg):
    """Couplings without `g` and by name, and an r_axial for each compartment."""
    size = {"cm": 1 * uF / cm**2, "gl": 40 * uS / cm**2, "v_rest": -65 * mV}
    soma = pkg.Soma(
        "soma", length=25 * um, diameter=25 * um, r_axial=100 * ohm * cm, **size
    )
    prox = pkg.Dendrite(
        "prox", length=90 * um, diameter=2 * um, r_axial=180 * ohm * cm, **size
    )
    dist = pkg.Dendrite(
        "dist", length=150 * um, diameter=1 * um, r_axial=250 * ohm * cm, **size
    )
    return pkg.NeuronModel([(soma, prox), (prox, dist, "half_cylinders")])


def cylinders(pkg):
    soma, trunk, prox, dist = sized(pkg)
    chain = [
        (soma, trunk, "cylinder_trunk"),
        (trunk, prox, "cylinder_trunk"),
        (prox, dist, "cylinder_dist"),
    ]
    return pkg.NeuronModel(chain, **MEMBRANE)


def model_wide(pkg):
    """All properties that a model sets for its compartments."""
    soma, trunk, prox, dist = sized(pkg)
    return pkg.NeuronModel(
        [(soma, trunk), (trunk, prox), (prox, dist)],
        cm=0.9 * uF / cm**2,
        gl=60 * uS / cm**2,
        r_axial=120 * ohm * cm,
        v_rest=-68 * mV,
        scale_factor=1.3,
        spine_factor=1.5,
    )


def own_factors(pkg):
    """Area factors and membranes of compartments."""
    soma = pkg.Soma(
        "soma", length=25 * um, diameter=25 * um, scale_factor=2.8, **MEMBRANE
    )
    dend = pkg.Dendrite(
        "dend",
        length=80 * um,
        diameter=2 * um,
        scale_factor=2.8,
        spine_factor=1.5,
        **MEMBRANE,
    )
    return pkg.NeuronModel([(soma, dend)])


def lumped(pkg):
    soma = pkg.Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = pkg.Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS, v_rest=-66 * mV)
    dend.synapse("AMPA", tag="x", g=5 * nS, t_decay=5 * ms)
    return pkg.NeuronModel([(soma, dend, 10 * nS)])


def single(pkg):
    """Two branches at a soma, all of class Compartment."""
    soma = pkg.Compartment("soma", model="leakyIF", length=25 * um, diameter=25 * um)
    left = pkg.Compartment("left", length=100 * um, diameter=1 * um)
    right = pkg.Compartment("right", length=50 * um, diameter=2 * um)
    left.synapse("NMDA", tag="x", g=3 * nS, t_decay=30 * ms)
    right.synapse("GABA", tag="x", g=3 * nS, t_decay=8 * ms)
    return pkg.NeuronModel([(soma, left), (right, soma, 12 * nS)], **MEMBRANE)


# -- receptors --------------------------------------------------------------------


def receptors(pkg, scale_g=False, **rise):
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=1.5 * um)
    dend.synapse("AMPA", "x", g=1 * nS, t_decay=3 * ms, scale_g=scale_g, **rise)
    dend.synapse("NMDA", "x", g=1.5 * nS, t_decay=50 * ms, scale_g=scale_g, **rise)
    dend.synapse("GABA", "y", g=1 * nS, t_decay=9 * ms, scale_g=scale_g, **rise)
    soma.synapse("GABA", "z", g=2 * nS, t_decay=7 * ms, scale_g=scale_g, **rise)
    return pkg.NeuronModel([(soma, dend, 8 * nS)], **MEMBRANE)


def receptors_rd(pkg):
    return receptors(pkg, t_rise=1 * ms)


def receptors_scaled(pkg):
    return receptors(pkg, scale_g=True, t_rise=1 * ms)


def shared_parameters(pkg):
    """The magnesium block of Pagkalos et al. and other shared parameters."""
    model = receptors_rd(pkg)
    model.add_params(
        {
            "Alpha_NMDA": 0.087,
            "Gamma_NMDA": 10,
            "Mg_con": 1.2,
            "Beta_NMDA": 3.3,
            "E_NMDA": 5 * mV,
            "E_AMPA": 2 * mV,
            "E_GABA": -72 * mV,
            "w_AMPA_x_dend": 2.5,
        }
    )
    return model


# -- dendritic spikes -------------------------------------------------------------


def sodium(pkg, **more):
    return {
        "threshold": -35 * mV,
        "duration_rise": 1 * ms,
        "reversal_rise": "E_Na",
        "reversal_fall": "E_K",
        "refractory": 5 * ms,
        **fall(pkg, 0.3 * ms, 2 * ms),
        **more,
    }


def back_propagation(pkg):
    """An action potential that makes two dendrites spike one after the other."""
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    prox = pkg.Dendrite("prox", length=100 * um, diameter=2 * um)
    dist = pkg.Dendrite("dist", length=100 * um, diameter=1.5 * um)
    prox.dspikes("Na", g_rise=30 * nS, g_fall=20 * nS, **sodium(pkg))
    dist.dspikes("Na", g_rise=20 * nS, g_fall=12 * nS, **sodium(pkg))
    chain = [(soma, prox, 15 * nS), (prox, dist, 10 * nS)]
    return pkg.NeuronModel(chain, **MEMBRANE)


def configured(pkg):
    """Common parameters of dendritic spikes, given to the model."""
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    prox = pkg.Dendrite("prox", length=100 * um, diameter=2 * um)
    dist = pkg.Dendrite("dist", length=100 * um, diameter=1.5 * um)
    prox.dspikes("Na", g_rise=30 * nS, g_fall=20 * nS)
    dist.dspikes("Na", g_rise=20 * nS, g_fall=12 * nS)
    dist.synapse("AMPA", "x", g=3 * nS, t_decay=3 * ms)
    chain = [(soma, prox, 15 * nS), (prox, dist, 10 * nS)]
    model = pkg.NeuronModel(chain, **MEMBRANE)
    model.config_dspikes("Na", **sodium(pkg, refractory=8 * ms))
    return model


def sodium_and_calcium(pkg):
    """Two dendritic spikes of a dendrite, with a voltage as a reversal potential."""
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=150 * um, diameter=2 * um)
    dend.synapse("AMPA", "x", g=8 * nS, t_decay=4 * ms)
    dend.dspikes("Na", g_rise=10 * nS, g_fall=9 * nS, **sodium(pkg))
    dend.dspikes(
        "Ca",
        threshold=-25 * mV,
        g_rise=3 * nS,
        g_fall=2 * nS,
        duration_rise=7 * ms,
        reversal_rise="E_Ca",
        reversal_fall=-80 * mV,
        refractory=20 * ms,
        **fall(pkg, 7 * ms, 5 * ms),
    )
    return pkg.NeuronModel([(soma, dend, 10 * nS)], **MEMBRANE)


# -- adaptation -------------------------------------------------------------------


def adaptive_soma(pkg):
    soma = pkg.Soma("soma", model="adaptiveIF", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    soma.add_params({"a_soma": 0.5 * nS, "tauw_soma": 60 * ms})
    return pkg.NeuronModel([(soma, dend, 8 * nS)], **MEMBRANE)


def adex_soma(pkg):
    soma = pkg.Soma("soma", model="adex", cm_abs=120 * pF, gl_abs=6 * nS)
    dend = pkg.Dendrite("dend", cm_abs=60 * pF, gl_abs=3 * nS)
    model = pkg.NeuronModel([(soma, dend, 8 * nS)], v_rest=-68 * mV)
    model.add_params(
        {
            "a_soma": 1 * nS,
            "tauw_soma": 80 * ms,
            "DeltaT_soma": 2 * mV,
            "Vth_soma": -50 * mV,
        }
    )
    return model


def cad_soma(pkg):
    """A cadIF soma. In Dendrify, the parameters of cadIF have no suffix."""
    suffix = "_soma" if pkg is dendrisyn else ""
    soma = pkg.Soma("soma", model="cadIF", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    model = pkg.NeuronModel([(soma, dend, 8 * nS)], **MEMBRANE)
    adaptation = {"EA": -80 * mV, "gAmax": 0.1 * nS, "tauA": 30 * ms}
    model.add_params({f"{name}{suffix}": value for name, value in adaptation.items()})
    return model


# -- point neurons ----------------------------------------------------------------

POINT_PARAMETERS = {
    "leakyIF": {},
    "adaptiveIF": {"a": 2 * nS, "tauw": 50 * ms},
    "cadIF": {"EA": -80 * mV, "gAmax": 0.2 * nS, "tauA": 40 * ms},
    "adex": {"a": 2 * nS, "tauw": 80 * ms, "DeltaT": 2 * mV, "Vth": -50 * mV},
}


def point(membrane):
    """Return the function that makes a point neuron with this membrane."""

    def model(pkg):
        neuron = pkg.PointNeuronModel(model=membrane, **POINT)
        neuron.synapse("AMPA", tag="x", g=3 * nS, t_decay=4 * ms)
        neuron.synapse("GABA", tag="x", g=2 * nS, t_rise=1 * ms, t_decay=8 * ms)
        neuron.add_params(POINT_PARAMETERS[membrane])
        return neuron

    return model


def point_receptors(pkg):
    neuron = pkg.PointNeuronModel(
        length=40 * um,
        diameter=40 * um,
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        v_rest=-65 * mV,
    )
    for channel in ("AMPA", "NMDA", "GABA"):
        neuron.synapse(channel, tag="x", g=3 * nS, t_decay=10 * ms)
        neuron.synapse(channel, tag="y", g=2 * nS, t_rise=2 * ms, t_decay=20 * ms)
    return neuron


# -- equations of the user --------------------------------------------------------


def custom(pkg):
    """Equations of the user: currents, a function of time, and a new variable."""
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    soma.add_equations(
        "I_M = g_M*(E_M - V_soma)*m : amp\n"
        "dm/dt = (1/(1 + exp(-(V_soma + 50*mV)/(5*mV))) - m)/tau_m : 1"
    )
    soma.replace_equations(
        "I_soma = I_ext_soma  :amp", "I_soma = I_ext_soma + I_M  :amp"
    )
    soma.add_params({"g_M": 3 * nS, "E_M": -90 * mV, "tau_m": 12 * ms})
    model = pkg.NeuronModel([(soma, dend, 8 * nS)], **MEMBRANE)
    model.add_equations("dtrace/dt = (V_dend/mV - trace)/(10*ms) : 1")
    model.add_params({"rate": 0.2 / ms})
    model.replace_equations(
        "\nI_ext_dend  :amp", "\nI_ext_dend = 40*pA*sin(rate*t)  :amp"
    )
    return model


def timed_current(pkg):
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    dend.add_equations("I_stimulus = stimulus(t) : amp")
    dend.replace_equations(
        "I_dend = I_ext_dend  :amp", "I_dend = I_ext_dend + I_stimulus  :amp"
    )
    return pkg.NeuronModel([(soma, dend, 8 * nS)], **MEMBRANE)


STIMULUS = TimedArray(np.array([0, 60, 120, 30, 200, 250]) * pA, dt=10 * ms)


def timed_parameter(pkg):
    model = timed_current(pkg)
    model.add_params({"stimulus": STIMULUS})
    return model


# -- networks and groups ----------------------------------------------------------


def network_cell(pkg):
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    dend.synapse("AMPA", "input", g=3 * nS, t_decay=3 * ms)
    dend.synapse("AMPA", "rec", g=1 * nS, t_decay=3 * ms)
    dend.synapse("NMDA", "rec", g=1 * nS, t_rise=1 * ms, t_decay=40 * ms)
    soma.synapse("GABA", "rec", g=0.5 * nS, t_decay=8 * ms)
    dend.dspikes("Na", g_rise=15 * nS, g_fall=10 * nS, **sodium(pkg))
    return pkg.NeuronModel([(soma, dend, 12 * nS)], **MEMBRANE)


def noisy(pkg):
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    dend.noise(tau=5 * ms, sigma=20 * pA, mean=30 * pA)
    return pkg.NeuronModel([(soma, dend, 8 * nS)], **MEMBRANE)


class ByHand:
    """A group that the user makes from equations and parameters."""

    def __init__(self, *parts):
        self.equations = "\n".join(part.equations for part in parts)
        self.parameters = {}
        for part in parts:
            self.parameters.update(part.parameters)
        self.events, self.actions = {}, {}

    def make_neurongroup(self, N, start, method="euler"):
        group = NeuronGroup(
            N,
            self.equations,
            namespace=self.parameters,
            events=self.events,
            method=method,
        )
        for name, value in start.items():
            setattr(group, name, value)
        for event, action in self.actions.items():
            group.run_on_event(event, action)
        return group


def connected(pkg):
    """Compartments that are coupled by `connect`, in a group that the user makes."""
    size = {"cm": 1 * uF / cm**2, "gl": 40 * uS / cm**2, "r_axial": 150 * ohm * cm}
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um, v_rest=-65 * mV, **size)
    prox = pkg.Dendrite(
        "prox", length=80 * um, diameter=2 * um, v_rest=-65 * mV, **size
    )
    dist = pkg.Dendrite(
        "dist", length=60 * um, diameter=1 * um, v_rest=-60 * mV, **size
    )
    dist.synapse("NMDA", "x", g=2 * nS, t_rise=2 * ms, t_decay=40 * ms)
    soma.connect(prox, 12 * nS)
    prox.connect(dist, "cylinder_dist")
    return ByHand(soma, prox, dist)


def events_by_hand(pkg):
    """Events of a model and their actions, in a group that the user makes."""
    model = back_propagation(pkg)
    made = ByHand(model)
    made.events, made.actions = dict(model.events), dict(model.event_actions)
    return made
