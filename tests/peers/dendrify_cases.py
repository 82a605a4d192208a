"""Models of a Dendrify user, each a function of the package that it is built with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from brian2 import (
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
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
from side_by_side import Case, fall, trains

import dendrisyn

MEMBRANE = {
    "cm": 1 * uF / cm**2,
    "gl": 40 * uS / cm**2,
    "r_axial": 150 * ohm * cm,
    "v_rest": -65 * mV,
}
RESET = {"threshold": "V_soma > -45*mV", "reset": "V_soma = -60*mV"}
#: An action potential of 0.8 ms that travels into the dendrites.
SECOND_RESET = {
    "threshold": "V_soma > -45*mV",
    "reset": "V_soma = 40*mV",
    "second_reset": "V_soma = -55*mV",
    "spike_width": 0.8 * ms,
    "refractory": 3 * ms,
}
POINT = {"cm_abs": 200 * pF, "gl_abs": 10 * nS, "v_rest": -70 * mV}
TIMES = np.array([2.0, 5.1, 9.0, 9.4, 9.8, 25.0, 25.1, 40.3])


def pulse(variable="I_ext_soma", current=100 * pA, before=5, on=40, after=15):
    """Return the phases of a rectangular current."""
    return (
        (before * ms, {}),
        (on * ms, {variable: current}),
        (after * ms, {variable: 0 * pA}),
    )


def sized(pkg):
    """Return soma, trunk, prox and dist."""
    return (
        pkg.Soma("soma", model="leakyIF", length=25 * um, diameter=25 * um),
        pkg.Dendrite("trunk", length=100 * um, diameter=2.5 * um),
        pkg.Dendrite("prox", length=100 * um, diameter=1.5 * um),
        pkg.Dendrite("dist", length=120 * um, diameter=1 * um),
    )


# -- passive ----------------------------------------------------------------------


def passive(pkg):
    soma, trunk, prox, dist = sized(pkg)
    chain = [(soma, trunk, 15 * nS), (trunk, prox, 8 * nS), (prox, dist, 4 * nS)]
    return pkg.NeuronModel(chain, **MEMBRANE)


def half_cylinders(pkg):
    """Without `g`, with its name, and with an r_axial for each compartment."""
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
    """All of what a model sets for its compartments."""
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
    """Area factors and membrane of the compartments themselves."""
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
    """Compartments that meet in one, with membranes named by hand."""
    soma = pkg.Compartment("soma", model="leakyIF", length=25 * um, diameter=25 * um)
    left = pkg.Compartment("left", length=100 * um, diameter=1 * um)
    right = pkg.Compartment("right", length=50 * um, diameter=2 * um)
    left.synapse("NMDA", tag="x", g=3 * nS, t_decay=30 * ms)
    right.synapse("GABA", tag="x", g=3 * nS, t_decay=8 * ms)
    return pkg.NeuronModel([(soma, left), (right, soma, 12 * nS)], **MEMBRANE)


# -- synapses ---------------------------------------------------------------------


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


def to_receptors(group):
    return trains(
        group,
        s_AMPA_x_dend=TIMES,
        s_NMDA_x_dend=TIMES + 0.2,
        s_GABA_y_dend=TIMES[3:] + 7,
        s_GABA_z_soma=TIMES[2:] + 3,
    )


def peak(t_rise, t_decay):
    """Return the peak of Dendrify's dual exponential (times in ms): the closed form."""
    when = np.log(t_decay / t_rise) * t_rise * t_decay / (t_decay - t_rise)
    return (np.exp(-when / t_decay) - np.exp(-when / t_rise)) / (
        1 / t_rise - 1 / t_decay
    )


#: Ours peaks at 1 and `g` stays what it is; Dendrify scales `g`.
SCALED = {
    "x_AMPA_x_dend": 1 / peak(1, 3),
    "x_NMDA_x_dend": 1 / peak(1, 50),
    "x_GABA_y_dend": 1 / peak(1, 9),
    "x_GABA_z_soma": 1 / peak(1, 7),
}


def shared_parameters(pkg):
    """The block of Pagkalos et al., and other reversal potentials, by name."""
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
    """An action potential that lights one dendrite after the other."""
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    prox = pkg.Dendrite("prox", length=100 * um, diameter=2 * um)
    dist = pkg.Dendrite("dist", length=100 * um, diameter=1.5 * um)
    prox.dspikes("Na", g_rise=30 * nS, g_fall=20 * nS, **sodium(pkg))
    dist.dspikes("Na", g_rise=20 * nS, g_fall=12 * nS, **sodium(pkg))
    chain = [(soma, prox, 15 * nS), (prox, dist, 10 * nS)]
    return pkg.NeuronModel(chain, **MEMBRANE)


def configured(pkg):
    """What the spikes of one name have in common, said to the model."""
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
    """Two spikes in one dendrite, a voltage as a reversal potential."""
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
    """Dendrify's parameters of cadIF have no suffix, so one compartment has them."""
    suffix = "_soma" if pkg is dendrisyn else ""
    soma = pkg.Soma("soma", model="cadIF", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    model = pkg.NeuronModel([(soma, dend, 8 * nS)], **MEMBRANE)
    adaptation = {"EA": -80 * mV, "gAmax": 0.1 * nS, "tauA": 30 * ms}
    model.add_params({f"{name}{suffix}": each for name, each in adaptation.items()})
    return model


# -- point neurons ----------------------------------------------------------------

POINT_PARAMETERS = {
    "leakyIF": {},
    "adaptiveIF": {"a": 2 * nS, "tauw": 50 * ms},
    "cadIF": {"EA": -80 * mV, "gAmax": 0.2 * nS, "tauA": 40 * ms},
    "adex": {"a": 2 * nS, "tauw": 80 * ms, "DeltaT": 2 * mV, "Vth": -50 * mV},
}
POINT_GROUP = {
    "method": "euler",
    "threshold": "V > -45*mV",
    "reset": "V = -60*mV",
    "refractory": 2 * ms,
}
#: What a spike adds: linear adaptation jumps in its current, cadIF in its conductance.
POINT_RESET = {
    "leakyIF": "V = -60*mV",
    "adaptiveIF": "V = -60*mV; w += 30*pA",
    "cadIF": "V = -60*mV; gA += 1*nS",
    "adex": "V = -60*mV; w += 30*pA",
}


def point(membrane):
    def model(pkg):
        neuron = pkg.PointNeuronModel(model=membrane, **POINT)
        neuron.synapse("AMPA", tag="x", g=3 * nS, t_decay=4 * ms)
        neuron.synapse("GABA", tag="x", g=2 * nS, t_rise=1 * ms, t_decay=8 * ms)
        neuron.add_params(POINT_PARAMETERS[membrane])
        return neuron

    return Case(
        model,
        sensitive="gL",
        group={**POINT_GROUP, "reset": POINT_RESET[membrane]},
        inputs=lambda group: trains(group, s_AMPA_x=TIMES, s_GABA_x=TIMES + 1),
        phases=pulse("I_ext", 800 * pA),
        events={"spike": 3},
    )


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


def to_point_receptors(group):
    channels = ("AMPA", "NMDA", "GABA")
    return trains(
        group,
        **{
            f"s_{channel}_{tag}": TIMES + delay + (12 if channel == "GABA" else 0)
            for delay, channel in enumerate(channels)
            for tag in "xy"
        },
    )


# -- the user's own equations -----------------------------------------------------


def custom(pkg):
    """A current of the user's own, a current made of a function of time, a clamp."""
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


# -- networks ---------------------------------------------------------------------


def network_cell(pkg):
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    dend.synapse("AMPA", "input", g=3 * nS, t_decay=3 * ms)
    dend.synapse("AMPA", "rec", g=1 * nS, t_decay=3 * ms)
    dend.synapse("NMDA", "rec", g=1 * nS, t_rise=1 * ms, t_decay=40 * ms)
    soma.synapse("GABA", "rec", g=0.5 * nS, t_decay=8 * ms)
    dend.dspikes("Na", g_rise=15 * nS, g_fall=10 * nS, **sodium(pkg))
    return pkg.NeuronModel([(soma, dend, 12 * nS)], **MEMBRANE)


def network(group):
    """Each cell has its train; the cells excite their neighbours and inhibit others."""
    draw = np.random.default_rng(7)
    count = len(group)
    sources = [
        np.sort(draw.choice(550, size=12 + index, replace=False)) / 10
        for index in range(count)
    ]
    indices = np.repeat(np.arange(count), [len(each) for each in sources])
    source = SpikeGeneratorGroup(count, indices, np.concatenate(sources) * ms)
    feed = Synapses(source, group, on_pre="s_AMPA_input_dend += 1", namespace={})
    feed.connect(j="i")
    excite = Synapses(
        group,
        group,
        "weight : 1",
        on_pre="s_AMPA_rec_dend += weight; s_NMDA_rec_dend += weight",
        delay=1.5 * ms,
        namespace={},
    )
    excite.connect(condition="i != j and abs(i - j) < 3")
    excite.weight = "0.5 + 0.1*i"
    inhibit = Synapses(group, group, on_pre="s_GABA_rec_soma += 1", namespace={})
    inhibit.connect(condition="abs(i - j) > 5")
    inhibit.delay = "1*ms + 0.1*j*ms"
    return [source, feed, excite, inhibit]


def noisy(pkg):
    soma = pkg.Soma("soma", length=25 * um, diameter=25 * um)
    dend = pkg.Dendrite("dend", length=100 * um, diameter=2 * um)
    dend.noise(tau=5 * ms, sigma=20 * pA, mean=30 * pA)
    return pkg.NeuronModel([(soma, dend, 8 * nS)], **MEMBRANE)


class ByHand:
    """A group that the user builds of equations and parameters."""

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
    """Compartments that the user couples, for a group that the user makes."""
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
    """The events of a model and what to do at them, in a group that the user makes."""
    model = back_propagation(pkg)
    made = ByHand(model)
    made.events, made.actions = dict(model.events), dict(model.event_actions)
    return made


_REST = {f"V_{name}": -65 * mV for name in ("soma", "prox", "dist")}
_CHAIN_IDLE = ("I_ext_trunk", "I_ext_prox")
_TWO_IDLE = ("I_ext_soma", "I_ext_dend")
_BACK_EVENTS = {"spike": 3, "spike_Na_prox": 3, "spike_Na_dist": 3}

CASES = {
    "passive attenuation": Case(
        passive,
        sensitive="g_trunk_prox",
        phases=(
            (10 * ms, {"I_ext_dist": 50 * pA}),
            (25 * ms, {"I_ext_soma": 80 * pA}),
            (25 * ms, {"I_ext_dist": -30 * pA}),
        ),
        idle=_CHAIN_IDLE,
    ),
    "half cylinders of different r_axial": Case(
        half_cylinders,
        sensitive="g_soma_prox",
        phases=pulse("I_ext_dist"),
        idle=("I_ext_soma", "I_ext_prox"),
    ),
    "cylinder of one": Case(
        cylinders,
        sensitive="g_trunk_prox",
        phases=pulse("I_ext_dist"),
        idle=(*_CHAIN_IDLE, "I_ext_soma"),
    ),
    "model-wide properties": Case(
        model_wide,
        sensitive="C_dist",
        group={**RESET, "refractory": 2 * ms},
        phases=pulse("I_ext_soma", 200 * pA),
        idle=(*_CHAIN_IDLE, "I_ext_dist"),
        events={"spike": 2},
    ),
    "properties of a compartment": Case(
        own_factors,
        sensitive="C_dend",
        phases=pulse("I_ext_dend", 200 * pA),
        idle=("I_ext_soma",),
    ),
    "lumped compartments": Case(
        lumped,
        sensitive="gL_dend",
        inputs=lambda group: trains(group, s_AMPA_x_dend=TIMES),
        idle=_TWO_IDLE,
    ),
    "branches": Case(
        single,
        sensitive="g_NMDA_x_left",
        inputs=lambda group: trains(
            group, s_NMDA_x_left=TIMES, s_GABA_x_right=TIMES[4:]
        ),
        idle=("I_ext_soma", "I_ext_left", "I_ext_right"),
    ),
    "receptors": Case(
        receptors,
        sensitive="t_NMDA_decay_x_dend",
        inputs=to_receptors,
        idle=_TWO_IDLE,
    ),
    "receptors with a rise": Case(
        receptors_rd,
        sensitive="t_AMPA_rise_x_dend",
        inputs=to_receptors,
        idle=_TWO_IDLE,
    ),
    "receptors with scale_g": Case(
        receptors_scaled,
        sensitive="g_GABA_y_dend",
        inputs=to_receptors,
        idle=_TWO_IDLE,
        factors=SCALED,
    ),
    "shared parameters": Case(
        shared_parameters,
        sensitive="Alpha_NMDA",
        inputs=to_receptors,
        idle=_TWO_IDLE,
    ),
    "back-propagation": Case(
        back_propagation,
        sensitive="g_fall_max_Na_prox",
        group=SECOND_RESET,
        phases=pulse("I_ext_soma", 250 * pA),
        idle=("I_ext_prox", "I_ext_dist"),
        events=_BACK_EVENTS,
    ),
    "back-propagation at another step": Case(
        back_propagation,
        sensitive="E_rise_Na_dist",
        group=SECOND_RESET,
        phases=pulse("I_ext_soma", 250 * pA),
        idle=("I_ext_prox", "I_ext_dist"),
        events=_BACK_EVENTS,
        dt=0.05,
    ),
    "config_dspikes": Case(
        configured,
        sensitive="E_fall_Na_dist",
        group=SECOND_RESET,
        inputs=lambda group: trains(group, s_AMPA_x_dist=TIMES),
        phases=pulse("I_ext_soma", 150 * pA),
        idle=("I_ext_prox", "I_ext_dist"),
        events={"spike": 1, "spike_Na_prox": 2, "spike_Na_dist": 2},
    ),
    "sodium and calcium spikes": Case(
        sodium_and_calcium,
        sensitive="E_fall_Ca_dend",
        group={**RESET, "refractory": 2 * ms},
        inputs=lambda group: trains(group, s_AMPA_x_dend=TIMES),
        idle=_TWO_IDLE,
        events={"spike": 1, "spike_Na_dend": 3, "spike_Ca_dend": 2},
    ),
    "adaptiveIF soma": Case(
        adaptive_soma,
        sensitive="tauw_soma",
        group={
            **RESET,
            "reset": "V_soma = -60*mV; w_soma += 10*pA",
            "refractory": 2 * ms,
        },
        phases=pulse("I_ext_dend", 150 * pA),
        idle=("I_ext_soma",),
        events={"spike": 3},
    ),
    "adex soma": Case(
        adex_soma,
        sensitive="DeltaT_soma",
        group={
            "threshold": "V_soma > -40*mV",
            "reset": "V_soma = -60*mV; w_soma += 20*pA",
            "refractory": 2 * ms,
        },
        phases=pulse("I_ext_soma", 400 * pA),
        idle=("I_ext_dend",),
        events={"spike": 3},
    ),
    "cadIF soma": Case(
        cad_soma,
        sensitive="tauA_soma",
        group={**RESET, "refractory": 2 * ms},
        phases=pulse("I_ext_dend", 250 * pA),
        idle=("I_ext_soma",),
        events={"spike": 2},
        renamed={"gA": "gA_soma"},
    ),
    **{f"point {membrane}": point(membrane) for membrane in POINT_PARAMETERS},
    "point neuron with all receptors": Case(
        point_receptors,
        sensitive="t_NMDA_rise_y",
        group=POINT_GROUP,
        inputs=to_point_receptors,
        idle=("I_ext",),
        events={"spike": 1},
    ),
    "equations of the user": Case(
        custom,
        sensitive="tau_m",
        group={**RESET, "refractory": 2 * ms},
        phases=pulse("I_ext_soma", 150 * pA),
        events={"spike": 2},
    ),
    "current of a TimedArray": Case(
        timed_current,
        sensitive="g_dend_soma",
        group={**RESET, "refractory": 2 * ms},
        namespace={"stimulus": STIMULUS},
        idle=_TWO_IDLE,
        events={"spike": 1},
    ),
    "recurrent network": Case(
        network_cell,
        sensitive="g_NMDA_rec_dend",
        group={**SECOND_RESET, "refractory": 4 * ms},
        N=12,
        inputs=network,
        idle=_TWO_IDLE,
        events={"spike": 24, "spike_Na_dend": 24},
    ),
    "group made of connected compartments": Case(
        connected,
        sensitive="g_dist_prox",
        group={"start": _REST},
        inputs=lambda group: trains(group, s_NMDA_x_dist=TIMES),
        idle=("I_ext_soma", "I_ext_prox", "I_ext_dist"),
    ),
    "noise of the same seed": Case(
        noisy, sensitive="sigma_noise_dend", N=3, idle=_TWO_IDLE
    ),
}

EVENTS_BY_HAND = Case(
    events_by_hand,
    sensitive="g_rise_max_Na_prox",
    group={"start": _REST},
    phases=pulse("I_ext_soma", 700 * pA),
    idle=("I_ext_prox", "I_ext_dist"),
    events={"spike_Na_prox": 3, "spike_Na_dist": 3},
)
TIMED_PARAMETER = replace(
    CASES["current of a TimedArray"], model=timed_parameter, namespace={}
)
