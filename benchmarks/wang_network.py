"""A network with saturating NMDA, made by dendrisyn and written by hand in Brian2.

Excitatory and inhibitory cells, all connected to all, with AMPA, NMDA and GABA and
Poisson input from outside: the network of Brunel & Wang (2001) without its selective
groups, at its number of cells. All sides but the third give the same spikes, but for
one in a hundred that comes a step earlier or later:

* ``dendrisyn``: the strings of `projection`; a gate of NMDA on each synapse, integrated
  by `mean_drive`.
* ``by hand``: the same equations, written out; ``'rk4'`` is Brian2's method for them.
* ``by hand, euler``: the same with ``'euler'``, which is cheaper, and off by 1 %.
* ``block on synapses``: the magnesium block on each synapse, where forum answers put
  it, because the current depends on the voltage.
* ``gate of the sender``: NMDA gates on the sending cell, of which synapses only add up
  the values. One delay for all synapses of a cell, and no short-term plasticity, are
  needed for that.

Brunel & Wang (2001). Effects of neuromodulation in a cortical network model of object
working memory dominated by recurrent inhibition. Journal of Computational Neuroscience
11, 63. doi:10.1023/A:1011204814320

Run with: python benchmarks/wang_network.py [--target numpy|cython|cpp_standalone]
[--quick]
"""

import argparse
from functools import partial

import numpy as np
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeMonitor,
    Synapses,
    ms,
    mV,
    nF,
    nS,
)
from side_by_side import SEED, arguments, compare

from dendrisyn import AMPA, GABA, NMDA, PointNeuronModel, SaturatingNMDA

#: Capacitance, leak, refractory period; conductances of AMPA from outside, and of AMPA,
#: NMDA and GABA in a network of 1000 cells.
EXCITATORY = {
    "C": 0.5 * nF,
    "gL": 25 * nS,
    "refractory": 2 * ms,
    "g_ext": 2.08 * nS,
    "g_AMPA": 0.104 * nS,
    "g_NMDA": 0.327 * nS,
    "g_GABA": 1.25 * nS,
}
INHIBITORY = {
    "C": 0.2 * nF,
    "gL": 20 * nS,
    "refractory": 1 * ms,
    "g_ext": 1.62 * nS,
    "g_AMPA": 0.081 * nS,
    "g_NMDA": 0.258 * nS,
    "g_GABA": 0.973 * nS,
}
DELAY = 0.5 * ms
OUTSIDE = {"N": 800, "rate": 3 * Hz}


def populations(given):
    """Return names, numbers of cells and parameters, conductances to the size."""
    excitatory = given.cells * 4 // 5
    numbers = {"excitatory": excitatory, "inhibitory": given.cells - excitatory}
    for name, cell in zip(numbers, [EXCITATORY, INHIBITORY], strict=True):
        scaled = dict(cell)
        for g in ["g_AMPA", "g_NMDA", "g_GABA"]:
            scaled[g] = cell[g] * 1000 / given.cells
        yield name, numbers[name], scaled


def finish(cells, others, voltage="V"):
    """Return the network of these objects, and what tells its spikes."""
    rng = np.random.default_rng(SEED)
    for group in cells.values():
        # Some start above the threshold, so that there are spikes in short runs, too.
        setattr(group, voltage, rng.uniform(-60, -48, len(group)) * mV)
    monitors = {name: SpikeMonitor(group) for name, group in cells.items()}
    network = Network(cells.values(), others, monitors.values())

    def results():
        return {
            name: (np.array(spikes.t / ms), np.array(spikes.i), len(cells[name]))
            for name, spikes in monitors.items()
        }

    return network, results


def connected(source, target, name, **arguments):
    """Return synapses from all to all. Brian2 orders what it runs by its names."""
    synapses = Synapses(source, target, delay=DELAY, name=name, **arguments)
    synapses.connect()
    return synapses


def with_dendrisyn(given):
    """Return the network made by dendrisyn."""
    cells, models, others = {}, {}, []
    for name, number, cell in populations(given):
        model = PointNeuronModel(cm_abs=cell["C"], gl_abs=cell["gL"], v_rest=-70 * mV)
        model.add(
            AMPA("ext", g=cell["g_ext"], t_decay=2 * ms),
            AMPA("rec", g=cell["g_AMPA"], t_decay=2 * ms),
            NMDA("rec", g=cell["g_NMDA"], kinetics=SaturatingNMDA()),
            GABA("rec", g=cell["g_GABA"], t_decay=10 * ms, E=-70 * mV),
        )
        models[name] = model
        cells[name] = model.make_neurongroup(
            number,
            threshold="V > -50*mV",
            reset="V = -55*mV",
            refractory=cell["refractory"],
            hold_refractory=True,
            method="euler",
            name=name,
        )
        outside = model.poisson_input("AMPA_ext", **OUTSIDE)
        others.append(PoissonInput(cells[name], **outside))
    for name, model in models.items():
        others += [
            connected(
                cells["excitatory"],
                cells[name],
                f"from_excitatory_to_{name}",
                **model.projection("AMPA_rec", "NMDA_rec"),
            ),
            connected(
                cells["inhibitory"],
                cells[name],
                f"from_inhibitory_to_{name}",
                **model.projection("GABA_rec"),
            ),
        ]
    return finish(cells, others)


CELL = """
dv/dt = (-gL * (v + 70*mV) - I_syn) / C : volt (unless refractory)
I_syn = I_ext + I_AMPA + I_NMDA + I_GABA : amp
I_ext = g_ext * v * s_ext : amp
ds_ext/dt = -s_ext / (2*ms) : 1
I_AMPA = g_AMPA * v * s_AMPA : amp
ds_AMPA/dt = -s_AMPA / (2*ms) : 1
I_GABA = g_GABA * (v + 70*mV) * s_GABA : amp
ds_GABA/dt = -s_GABA / (10*ms) : 1
"""
BLOCK_ON_CELL = """
I_NMDA = g_NMDA * v / (1 + exp(-0.062 * v/mV) / 3.57) * s_NMDA : amp
s_NMDA : 1
"""
SUM = "s_NMDA_post = s : 1 (summed)"
BLOCK_ON_SYNAPSE = "I_NMDA : amp"
SUM_OF_CURRENTS = """
I_NMDA_post = g_NMDA * v_post / (1 + exp(-0.062 * v_post/mV) / 3.57) * s : amp (summed)
"""
GATE = """
ds/dt = -s / (100*ms) + 0.5/ms * x * (1 - s) : 1
dx/dt = -x / (2*ms) : 1
"""
GATE_ON_SYNAPSE = GATE.replace(": 1", ": 1 (clock-driven)")


def by_hand(given, nmda=BLOCK_ON_CELL, total=SUM, on_synapse=True, method="rk4"):
    """Return the network written in Brian2; *method* is that of the NMDA gates."""
    cells, others, constants = {}, [], {}
    for name, number, cell in populations(given):
        constants[name] = cell
        cells[name] = NeuronGroup(
            number,
            CELL + nmda,
            threshold="v > -50*mV",
            reset="v = -55*mV",
            refractory=cell["refractory"],
            method="euler",
            namespace=cell,
            name=name,
        )
        others.append(PoissonInput(cells[name], "s_ext", weight=1, **OUTSIDE))
    if on_synapse:
        gates = cells["excitatory"]
        model, on_pre = total + GATE_ON_SYNAPSE, "s_AMPA_post += 1\nx += 1"
    else:
        size = len(cells["excitatory"])
        gates = NeuronGroup(size, GATE, method=method, name="gates")
        opening = Synapses(
            cells["excitatory"],
            gates,
            on_pre="x_post += 1",
            delay=DELAY,
            name="opening",
        )
        opening.connect(j="i")
        others += [gates, opening]
        model, on_pre = "", "s_AMPA_post += 1"
    for name in cells:
        others += [
            connected(
                cells["excitatory"],
                cells[name],
                f"from_excitatory_to_{name}",
                model=model,
                on_pre=on_pre,
                method=method,
                namespace=constants[name],
            ),
            connected(
                cells["inhibitory"],
                cells[name],
                f"from_inhibitory_to_{name}",
                on_pre="s_GABA_post += 1",
            ),
        ]
        if not on_synapse:
            summed = Synapses(
                gates,
                cells[name],
                "s_NMDA_post = s_pre : 1 (summed)",
                name=f"sum_{name}",
            )
            summed.connect()
            others.append(summed)
    return finish(cells, others, "v")


#: The share of spikes that must coincide, to the step and the cell. Methods differ by
#: 5e-6 of a gate, so a spike in a hundred comes a step earlier or later, and chaos does
#: the rest. Euler is off by 1 %: its spikes are only counted.
LEAST = {"by hand, euler": 0.0}


def same_spikes(one, other, side):
    """Raise if spikes do not coincide; return how many do."""
    found = []
    for name in one:
        trains = [
            set(zip(np.rint(times / 0.1).astype(int), sources, strict=True))
            for times, sources, _ in (one[name], other[name])
        ]
        assert trains[0], f"no spikes: {name}"
        assert len(trains[0]) > 0.8 * len(trains[1]) > 0.6 * len(trains[0])
        shared = len(trains[0] & trains[1]) / max(map(len, trains))
        assert shared >= LEAST.get(side, 0.97), f"{side}, {name}: {shared:.1%} coincide"
        found.append(f"{shared:.1%} of {len(trains[0])} {name} spikes")
    return f"{' and '.join(found)} coincide"


def main(given: argparse.Namespace) -> None:
    """Compare the sides."""
    print(f"{given.cells} cells")
    sides = {
        "dendrisyn": with_dendrisyn,
        "by hand": by_hand,
        "by hand, euler": partial(by_hand, method="euler"),
        "block on synapses": partial(
            by_hand, nmda=BLOCK_ON_SYNAPSE, total=SUM_OF_CURRENTS
        ),
        "gate of the sender": partial(by_hand, on_synapse=False),
    }
    sides = {name: partial(side, given) for name, side in sides.items()}
    compare(sides, same_spikes, given)


if __name__ == "__main__":
    main(
        arguments(
            "A network with saturating NMDA, by dendrisyn and by hand",
            cells=(1000, 50),
            duration=(200, 20),
            repeats=(5, 1),
        )
    )
