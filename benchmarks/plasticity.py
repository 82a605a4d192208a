"""What rules of plasticity cost, against the same rules written by hand.

Inputs fire at random onto cells that fire at random, all connected to all; the weights
change and have no effect. One side is what `projection` writes, the other is plain
Brian2 as its users write it: traces that are event-driven where the equations are
linear, everything else integrated in steps.

Run with: python benchmarks/plasticity.py [--rule pair|triplet|inhibitory|voltage|
calcium|btsp] [--target numpy|cython|cpp_standalone] [--quick]
"""

import argparse
from functools import partial

import numpy as np
from brian2 import Hz, Network, SpikeGeneratorGroup, Synapses, ms, mV, nS, pF, second
from side_by_side import SEED, arguments, compare

from dendrisyn import (
    AMPA,
    BTSP,
    CalciumSTDP,
    InhibitorySTDP,
    PairSTDP,
    PlateauSignal,
    PointNeuronModel,
    TripletSTDP,
    VoltageSTDP,
)
from dendrisyn.extend import Names

RATE = 20  # Hz, of inputs and cells
DT = 0.1  # ms
START = 0.5  # the weight

RULES = {
    "pair": PairSTDP(A_plus=1e-3, A_minus=1e-3),
    "triplet": TripletSTDP.visual_cortex(),
    "inhibitory": InhibitorySTDP(rate=RATE * Hz, eta=1e-3),
    "voltage": VoltageSTDP(A_LTP=8e-6 / mV**2, delay=0 * ms),
    "calcium": CalciumSTDP(sigma=0),
    "btsp": BTSP(plateau=PlateauSignal(update=10 * ms)),
}

#: How far apart the weights of the sides may be, as a share of their changes: euler
#: against an exact solution, and against one that looks every 10 ms. Else rounding.
APART = {"calcium": 0.02, "btsp": 0.1}

BY_HAND = {
    "pair": {
        "model": """dapre/dt = -apre / tau : 1 (event-driven)
                    dapost/dt = -apost / tau : 1 (event-driven)""",
        "on_pre": """w = clip(w + apost, 0, 1)
                     apre += 1e-3""",
        "on_post": """w = clip(w + apre, 0, 1)
                      apost -= 1e-3""",
        "namespace": {"tau": 20 * ms},
    },
    "triplet": {
        "model": """dr1/dt = -r1 / tau_plus : 1 (event-driven)
                    dr2/dt = -r2 / tau_x : 1 (event-driven)
                    do1/dt = -o1 / tau_minus : 1 (event-driven)
                    do2/dt = -o2 / tau_y : 1 (event-driven)""",
        "on_pre": """w = clip(w - o1 * (A2_minus + A3_minus * r2), 0, 1)
                     r1 += 1
                     r2 += 1""",
        "on_post": """w = clip(w + r1 * (A2_plus + A3_plus * o2), 0, 1)
                      o1 += 1
                      o2 += 1""",
        "namespace": {
            "tau_plus": 16.8 * ms,
            "tau_x": 101 * ms,
            "tau_minus": 33.7 * ms,
            "tau_y": 125 * ms,
            "A2_plus": 5e-10,
            "A3_plus": 6.2e-3,
            "A2_minus": 7e-3,
            "A3_minus": 2.3e-4,
        },
    },
    "inhibitory": {
        "model": """dapre/dt = -apre / tau : 1 (event-driven)
                    dapost/dt = -apost / tau : 1 (event-driven)""",
        "on_pre": """w = clip(w + eta * (apost - alpha), 0, 1)
                     apre += 1""",
        "on_post": """w = clip(w + eta * apre, 0, 1)
                      apost += 1""",
        "namespace": {"tau": 20 * ms, "eta": 1e-3, "alpha": 2 * RATE * 20e-3},
    },
    "voltage": {
        "model": "dx/dt = -x / tau_x : 1 (clock-driven)",
        "on_pre": """low = clip(V_minus - theta_minus, 0*mV, 1*volt)
                     w = clip(w - A_LTD * low, 0, 1)
                     x += 1""",
        "each_step": """low = clip(V_plus - theta_minus, 0*mV, 1*volt)
                        high = clip(V - theta_plus, 0*mV, 1*volt)
                        w = clip(w + A_LTP * x / tau_x * high * low * dt, 0, 1)""",
        "namespace": {
            "tau_x": 15 * ms,
            "A_LTD": 14e-5 / mV,
            "A_LTP": 8e-6 / mV**2,
            "theta_minus": -70.6 * mV,
            "theta_plus": -45.3 * mV,
        },
    },
    "calcium": {
        "model": """dc/dt = -c / tau_Ca : 1 (clock-driven)
                    dw/dt = (-w * (1 - w) * (0.5 - w)
                             + gamma_p * (1 - w) * int(c > theta_p)
                             - gamma_d * w * int(c > theta_d)) / tau : 1 (clock-driven)
                    """,
        "on_pre": {"pre": "", "calcium": "c += 1"},
        "on_post": "c += 2",
        "delay": {"calcium": 13.7 * ms},
        "method": "euler",
        "namespace": {
            "tau_Ca": 20 * ms,
            "tau": 150 * second,
            "gamma_p": 321.808,
            "gamma_d": 200,
            "theta_p": 1.3,
            "theta_d": 1,
        },
    },
    "btsp": {
        "model": """dET/dt = -ET / tau_ET : 1 (clock-driven)
                    x = clip(ET * IS, 0, 1) : 1
                    up = (sigmoid(x, a_p, b_p) - sigmoid(0, a_p, b_p))
                         / (sigmoid(1, a_p, b_p) - sigmoid(0, a_p, b_p)) : 1
                    down = (sigmoid(x, a_m, b_m) - sigmoid(0, a_m, b_m))
                           / (sigmoid(1, a_m, b_m) - sigmoid(0, a_m, b_m)) : 1
                    dw/dt = (1 - w) * k_p * up - w * k_m * down : 1 (clock-driven)""",
        "on_pre": "ET = clip(ET + 0.114, 0, 1)",
        "method": "euler",
        "namespace": {
            "tau_ET": 1664.103 * ms,
            "k_p": 1.109682 * Hz,
            "k_m": 0.4249387 * Hz,
            "a_p": 0.4150117,
            "a_m": 0.02618154,
            "b_p": 4.404223,
            "b_m": 20.045758,
        },
    },
}


def sigmoids_written_out(code):
    """Put the expression in the place of ``sigmoid(x, alpha, beta)``."""
    head, *calls = code.split("sigmoid(")
    for call in calls:
        inside, rest = call.split(")", 1)
        x, alpha, beta = inside.split(", ")
        head += f"(1 / (1 + exp(-{beta} * ({x} - {alpha})))){rest}"
    return head


def build(by_hand, given):
    """Return inputs and cells that fire at random, and synapses that learn."""
    rule = RULES[given.rule]
    rng = np.random.default_rng(SEED)
    spikes = rng.random((round(given.duration / DT), given.inputs)) < RATE * DT / 1000
    steps, sources = np.nonzero(spikes)
    inputs = SpikeGeneratorGroup(given.inputs, sources, steps * DT * ms)
    model = PointNeuronModel(cm_abs=100 * pF, gl_abs=50 * nS, v_rest=-70 * mV)
    model.add(AMPA("x", g=0 * nS, t_decay=5 * ms))
    model.add(*(need.mechanism for need in rule.needs(Names.of(""))))
    cells = model.make_neurongroup(
        given.cells, threshold=f"rand() < {RATE}*Hz*dt", reset="V = 20*mV"
    )
    cells.V = "-70*mV + 20*mV*rand()"
    if by_hand:
        code = dict(BY_HAND[given.rule])
        each_step = code.pop("each_step", None)
        own = "" if "dw/dt" in code["model"] else "w : 1\n"
        code["model"] = own + sigmoids_written_out(code["model"])
        transmit = "s_AMPA_x_post += w\n"
        if isinstance(code["on_pre"], dict):
            code["on_pre"] = {**code["on_pre"], "pre": transmit.strip()}
        else:
            code["on_pre"] = transmit + code["on_pre"]
        synapses = Synapses(inputs, cells, **code)
        if each_step:
            synapses.run_regularly(each_step, when="after_synapses")
    else:
        synapses = Synapses(
            inputs, cells, **model.projection("AMPA_x", weight="w", plasticity=rule)
        )
        if given.rule == "calcium":  # what is left to do after the last event
            update = model.projection("AMPA_x", weight="w", plasticity=rule).update
            synapses.run_regularly(update, dt=(given.duration - DT) * ms, when="end")
    synapses.connect()
    synapses.w = START
    network = Network(inputs, cells, synapses)
    return network, lambda: {"w": np.array(synapses.w)}


def same_weights(one, other, side, *, rule):
    """Raise if weights differ by more than the steps of the other side explain."""
    moved = np.abs(one["w"] - START).max()
    assert moved > 1e-3, f"the weights hardly move: by {moved}"
    apart = np.abs(one["w"] - other["w"]).max()
    assert apart < APART.get(rule, 1e-9) * moved, apart
    return f"weights move by up to {moved:.2g}, at most {apart:.1g} apart"


def main(given: argparse.Namespace) -> None:
    """Compare the two sides of each rule."""
    print(f"{given.inputs} inputs to each of {given.cells} cells, all at {RATE} Hz")
    for rule in RULES if given.rule is None else [given.rule]:
        chosen = argparse.Namespace(**{**vars(given), "rule": rule})
        print(f"\n{rule}")
        sides = {
            "dendrisyn": partial(build, False, chosen),
            "by hand": partial(build, True, chosen),
        }
        best = compare(sides, partial(same_weights, rule=rule), chosen)
        events = 2 * RATE * given.duration / 1000 * given.inputs * given.cells
        for name, time in best.items():
            print(f"{name}: {1e9 * time / events:.3g} ns for an event of a synapse")


if __name__ == "__main__":
    main(
        arguments(
            "What rules of plasticity cost",
            choices={"rule": tuple(RULES)},
            cells=(100, 10),
            inputs=(100, 20),
            duration=(1000, 300),
            repeats=(7, 1),
        )
    )
