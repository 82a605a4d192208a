"""Simulations of a Dendrify user: models with their stimuli, for both packages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from brian2 import (
    SpikeGeneratorGroup,
    Synapses,
    ms,
    mV,
    pA,
)
from dendrify_models import (
    POINT_PARAMETERS,
    STIMULUS,
    adaptive_soma,
    adex_soma,
    back_propagation,
    cad_soma,
    configured,
    connected,
    custom,
    cylinders,
    events_by_hand,
    half_cylinders,
    lumped,
    model_wide,
    network_cell,
    noisy,
    own_factors,
    passive,
    point,
    point_receptors,
    receptors,
    receptors_rd,
    receptors_scaled,
    shared_parameters,
    single,
    sodium_and_calcium,
    timed_current,
    timed_parameter,
)
from side_by_side import Case, trains

RESET = {"threshold": "V_soma > -45*mV", "reset": "V_soma = -60*mV"}
#: An action potential of 0.8 ms that travels into the dendrites.
SECOND_RESET = {
    "threshold": "V_soma > -45*mV",
    "reset": "V_soma = 40*mV",
    "second_reset": "V_soma = -55*mV",
    "spike_width": 0.8 * ms,
    "refractory": 3 * ms,
}
TIMES = np.array([2.0, 5.1, 9.0, 9.4, 9.8, 25.0, 25.1, 40.3])

POINT_GROUP = {
    "method": "euler",
    "threshold": "V > -45*mV",
    "reset": "V = -60*mV",
    "refractory": 2 * ms,
}
#: Resets: a spike adds to the current of linear adaptation, or to cadIF's conductance.
POINT_RESET = {
    "leakyIF": "V = -60*mV",
    "adaptiveIF": "V = -60*mV; w += 30*pA",
    "cadIF": "V = -60*mV; gA += 1*nS",
    "adex": "V = -60*mV; w += 30*pA",
}


def pulse(variable="I_ext_soma", current=100 * pA, before=5, on=40, after=15):
    """Return the phases of a rectangular current."""
    return (
        (before * ms, {}),
        (on * ms, {variable: current}),
        (after * ms, {variable: 0 * pA}),
    )


def to_receptors(group):
    return trains(
        group,
        s_AMPA_x_dend=TIMES,
        s_NMDA_x_dend=TIMES + 0.2,
        s_GABA_y_dend=TIMES[3:] + 7,
        s_GABA_z_soma=TIMES[2:] + 3,
    )


def peak(t_rise, t_decay):
    """Return the peak of Dendrify's dual exponential (times in ms) in closed form."""
    when = np.log(t_decay / t_rise) * t_rise * t_decay / (t_decay - t_rise)
    return (np.exp(-when / t_decay) - np.exp(-when / t_rise)) / (
        1 / t_rise - 1 / t_decay
    )


#: The gate of dendrisyn is scaled to a peak of 1; Dendrify scales `g`.
SCALED = {
    "x_AMPA_x_dend": 1 / peak(1, 3),
    "x_NMDA_x_dend": 1 / peak(1, 50),
    "x_GABA_y_dend": 1 / peak(1, 9),
    "x_GABA_z_soma": 1 / peak(1, 7),
}


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


def point_case(membrane):
    """Return the case of a point neuron with this membrane."""
    return Case(
        point(membrane),
        sensitive="gL",
        group={**POINT_GROUP, "reset": POINT_RESET[membrane]},
        inputs=lambda group: trains(group, s_AMPA_x=TIMES, s_GABA_x=TIMES + 1),
        phases=pulse("I_ext", 800 * pA),
        events={"spike": 3},
    )


def network(group):
    """Return input trains, excitation of neighbours and inhibition of other cells."""
    draw = np.random.default_rng(7)
    count = len(group)
    sources = [
        np.sort(draw.choice(550, size=12 + index, replace=False)) / 10
        for index in range(count)
    ]
    indices = np.repeat(np.arange(count), [len(train) for train in sources])
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
    **{f"point {membrane}": point_case(membrane) for membrane in POINT_PARAMETERS},
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
