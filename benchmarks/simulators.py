"""Passive cells with five synapses each, by dendrisyn, NEURON, Arbor and NEST.

The same cells of four compartments, the same spikes at the same synapses, the same step
and one thread in all of them. Times are those of the loop over steps.
"""

import os
import time
from functools import partial
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import side_by_side
from report import Answer, Table, Target
from side_by_side import NAMES, SEED, Setting, in_turn, network_of, vector_code

#: Length and diameter (um); one compartment, segment or control volume each.
CYLINDERS = {
    "soma": (25.0, 25.0),
    "trunk": (100.0, 2.5),
    "prox": (120.0, 1.6),
    "dist": (150.0, 1.2),
}
CM, GL, RA, REST = 1.0, 1e-4, 150.0, -68.0  # uF/cm2, S/cm2, ohm cm, mV
#: Where; time constants of rise and decay (ms), reversal potential (mV), peak (nS).
SYNAPSES = {
    "AMPA_a_trunk": (0.5, 5.0, 0.0, 0.6),
    "AMPA_a_prox": (0.5, 5.0, 0.0, 0.6),
    "AMPA_a_dist": (0.5, 5.0, 0.0, 0.6),
    "GABA_a_soma": (1.0, 8.0, -80.0, 1.0),
    "GABA_a_prox": (1.0, 8.0, -80.0, 0.5),
}
SOURCES, RATE = 100, 20  # inputs, each of which fires at so many Hz
DT = 0.1  # ms
SHOWN = 0  # the cell whose somatic voltage is compared


def place(name):
    """Return the compartment of a synapse."""
    return name.rsplit("_", 1)[1]


def spikes(duration):
    """Return the step of each spike of each input; arrival is at the step's start."""
    rng = np.random.default_rng(SEED)
    fires = rng.random((SOURCES, round(duration / DT))) < RATE * DT / 1000
    fires[:, : round(2 / DT)] = False  # time for the delays of all simulators
    return [np.flatnonzero(each) for each in fires]


def wiring(N):
    """Return the input of each synapse of each cell."""
    rng = np.random.default_rng(SEED + 1)
    return {name: rng.integers(0, SOURCES, N) for name in SYNAPSES}


# -- dendrisyn --------------------------------------------------------------------


def model_of():
    """Return the model; couplings are half the one and half the other cylinder."""
    from brian2 import cm, ms, mV, nS, ohm, uF, um, uS

    from dendrisyn import AMPA, GABA, Dendrite, NeuronModel, Soma

    parts = {
        name: (Soma if name == "soma" else Dendrite)(
            name, length=length * um, diameter=diameter * um
        )
        for name, (length, diameter) in CYLINDERS.items()
    }
    for name, (rise, decay, reversal, peak) in SYNAPSES.items():
        kind = AMPA if name.startswith("AMPA") else GABA
        receptor = kind(
            "a", g=peak * nS, t_rise=rise * ms, t_decay=decay * ms, E=reversal * mV
        )
        parts[place(name)].add(receptor)
    return NeuronModel(
        list(pairwise(parts.values())),
        cm=CM * uF / cm**2,
        gl=GL * 1e6 * uS / cm**2,
        r_axial=RA * ohm * cm,
        v_rest=REST * mV,
    )


def with_dendrisyn(N, duration):
    """Return the network of dendrisyn."""
    from brian2 import Network, SpikeGeneratorGroup, StateMonitor, Synapses, ms, mV

    model = model_of()
    group = model.make_neurongroup(N)
    steps = spikes(duration)
    # Brian2 integrates before it delivers, so what arrives at a step left before it.
    generator = SpikeGeneratorGroup(
        SOURCES,
        np.repeat(np.arange(SOURCES), [len(each) for each in steps]),
        (np.concatenate(steps) - 1) * DT * ms,
    )
    objects = [group, generator]
    for name, sources in wiring(N).items():
        synapses = Synapses(generator, group, **model.projection(name))
        synapses.connect(i=sources, j=np.arange(N))
        objects.append(synapses)
    monitor = StateMonitor(group, "V_soma", record=[SHOWN])
    network = Network(*objects, monitor)
    return network, lambda: {"V": np.array(monitor.V_soma[0] / mV)}


# -- NEURON -----------------------------------------------------------------------


def with_neuron(N, duration, core):
    """Return what runs NEURON, or CoreNEURON."""
    os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"
    from neuron import coreneuron, h

    h.dt = DT
    h.CVode().active(False)
    h.CVode().cache_efficient(True)
    h.celsius = 20
    parallel = h.ParallelContext()
    parallel.nthread(1)
    parallel.gid_clear()
    sources = wiring(N)
    kept, somata = [], []
    for cell in range(N):
        sections = {name: h.Section(name=f"{name}{cell}") for name in CYLINDERS}
        for name, section in sections.items():
            section.L, section.diam = CYLINDERS[name]
            section.nseg, section.cm, section.Ra = 1, CM, RA
            section.insert("pas")
            section.g_pas, section.e_pas = GL, REST
        for parent, child in pairwise(sections.values()):
            child.connect(parent(1), 0)
        # A cell of CoreNEURON has a number, above those of the inputs.
        soma = sections["soma"]
        source = h.NetCon(soma(0.5)._ref_v, None, sec=soma)
        source.threshold = 1e3
        parallel.set_gid2node(SOURCES + cell, 0)
        parallel.cell(SOURCES + cell, source)
        for name, (rise, decay, reversal, peak) in SYNAPSES.items():
            synapse = h.Exp2Syn(sections[place(name)](0.5))
            synapse.tau1, synapse.tau2, synapse.e = rise, decay, reversal
            connection = parallel.gid_connect(int(sources[name][cell]), synapse)
            connection.weight[0] = peak * 1e-3
            connection.delay = 1
            kept += [synapse, connection]
        kept += [sections, source]
        somata.append(soma)
    steps = spikes(duration)
    numbers = np.repeat(np.arange(SOURCES), [len(each) for each in steps])
    times = np.concatenate(steps) * DT - 1
    order = np.argsort(times, kind="stable")
    pattern = h.PatternStim()
    played = h.Vector(times[order]), h.Vector(numbers[order])
    pattern.fake_output = True
    pattern.play(*played)
    kept += [pattern, played]  # NEURON ends what Python forgets
    voltage = h.Vector().record(somata[SHOWN](0.5)._ref_v)
    if core:
        coreneuron.enable = True
        coreneuron.verbose = 0
    parallel.set_maxstep(10)

    def run():
        h.finitialize(REST)
        start = time.process_time()
        parallel.psolve(duration)
        taken = time.process_time() - start
        return {"time": taken, "results": {"V": np.array(voltage)}, "kept": len(kept)}

    return run


# -- Arbor ------------------------------------------------------------------------


def with_arbor(N, duration, dt=DT):
    """Return what runs Arbor, with a step (ms)."""
    import arbor
    from arbor import units

    tree = arbor.segment_tree()
    parent, x = arbor.mnpos, 0.0
    for length, diameter in CYLINDERS.values():
        ends = [arbor.mpoint(at, 0, 0, diameter / 2) for at in (x, x + length)]
        parent = tree.append(parent, *ends, tag=1)
        x += length
    total = x
    middles, x = {}, 0.0
    for name, (length, _) in CYLINDERS.items():
        middles[name] = f"(location 0 {(x + length / 2) / total!r})"
        x += length
    decor = arbor.decor().set_property(
        Vm=REST * units.mV,
        cm=CM * units.uF / units.cm2,
        rL=RA * units.Ohm * units.cm,
    )
    decor.paint("(all)", arbor.density(f"pas/e={REST}", {"g": GL}))
    for name, (rise, decay, reversal, _) in SYNAPSES.items():
        decor.place(
            middles[place(name)],
            arbor.synapse("exp2syn", {"tau1": rise, "tau2": decay, "e": reversal}),
            name,
        )
    cell = arbor.cable_cell(
        arbor.morphology(tree),
        decor,
        arbor.label_dict(),
        arbor.cv_policy_every_segment(),
    )
    steps, sources = spikes(duration), wiring(N)
    times = [
        arbor.explicit_schedule([at * DT * units.ms for at in each]) for each in steps
    ]

    class Recipe(arbor.recipe):
        def __init__(self):
            arbor.recipe.__init__(self)
            self.properties = arbor.neuron_cable_properties()

        def num_cells(self):
            return N

        def cell_kind(self, gid):
            return arbor.cell_kind.cable

        def cell_description(self, gid):
            return cell

        def global_properties(self, kind):
            return self.properties

        def event_generators(self, gid):
            return [
                arbor.event_generator(name, peak * 1e-3, times[sources[name][gid]])
                for name, (_, _, _, peak) in SYNAPSES.items()
            ]

        def probes(self, gid):
            if gid != SHOWN:
                return []
            return [arbor.cable_probe_membrane_voltage(middles["soma"], "V")]

    recipe = Recipe()
    context = arbor.context(threads=1)
    # All cells in one group: vectors run over cells.
    hint = arbor.partition_hint(prefer_gpu=False, cpu_group_size=N)
    domains = arbor.partition_load_balance(
        recipe, context, {arbor.cell_kind.cable: hint}
    )
    simulation = arbor.simulation(recipe, context, domains)
    handle = simulation.sample((SHOWN, "V"), arbor.regular_schedule(DT * units.ms))

    def run():
        simulation.reset()
        start = time.process_time()
        simulation.run(duration * units.ms, dt * units.ms)
        taken = time.process_time() - start
        samples, _ = simulation.samples(handle)[0]
        return {"time": taken, "results": {"V": np.array(samples[:, 1])}}

    return run


# -- NEST -------------------------------------------------------------------------


def with_nest(N, duration):
    """Return what runs NEST."""
    os.environ["PYNEST_QUIET"] = "1"
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    parameters = model_of().parameters
    names = list(CYLINDERS)
    compartments = []
    for index, name in enumerate(names):
        values = {
            "C_m": float(parameters[f"C_{name}"]) * 1e12,
            "g_L": float(parameters[f"gL_{name}"]) * 1e9,
            "e_L": REST,
            "v_comp": REST,
        }
        if index:
            coupling = parameters[f"g_{names[index - 1]}_{name}"]
            values["g_C"] = float(coupling) * 1e9
        compartments.append({"parent_idx": index - 1, "params": values})
    receptors = []
    for name, (rise, decay, reversal, _) in SYNAPSES.items():
        kind = name.split("_")[0]
        values = {f"tau_r_{kind}": rise, f"tau_d_{kind}": decay, f"e_{kind}": reversal}
        receptors.append(
            {
                "comp_idx": names.index(place(name)),
                "receptor_type": kind,
                "params": values,
            }
        )
    steps, sources = spikes(duration), wiring(N)

    def run():
        nest.ResetKernel()
        nest.resolution = DT
        nest.local_num_threads = 1
        cells = nest.Create("cm_default", N)
        cells.V_th = 1e3
        cells.compartments = compartments
        cells.receptors = receptors
        generators = nest.Create("spike_generator", SOURCES)
        generators.set(
            [{"spike_times": np.round(each * DT + DT - 1, 1)} for each in steps]
        )
        for index, (name, (*_, peak)) in enumerate(SYNAPSES.items()):
            for cell, source in zip(cells, sources[name], strict=True):
                nest.Connect(
                    generators[int(source)],
                    cell,
                    syn_spec={"weight": peak, "delay": 1.0, "receptor_type": index},
                )
        meter = nest.Create("multimeter", {"record_from": ["v_comp0"], "interval": DT})
        nest.Connect(meter, cells[SHOWN])
        nest.Prepare()
        start = time.process_time()
        nest.Run(duration)
        taken = time.process_time() - start
        nest.Cleanup()
        return {"time": taken, "results": {"V": np.array(meter.events["v_comp0"])}}

    return run


# -- all of them ------------------------------------------------------------------

PEERS = {
    "NEURON": ("neuron", "neuron", partial(with_neuron, core=False)),
    "CoreNEURON": ("neuron", "neuron", partial(with_neuron, core=True)),
    "Arbor": ("arbor", "arbor", with_arbor),
    "Arbor, 0.025 ms": ("arbor", "arbor", partial(with_arbor, dt=0.025)),
    "NEST": ("nest", "nest-simulator", with_nest),
}
#: Goals are set for the same step.
FINER = ("Arbor, 0.025 ms",)
#: At which sample of the others the first of ours is: theirs may leave out the start.
LAG = {"NEST": -1}


def apart(ours, theirs, lag):
    """Return the largest difference of two somatic voltages (mV)."""
    start, size = max(0, -lag), min(len(ours), len(theirs) - lag)
    return float(np.abs(ours[start:size] - theirs[start + lag : size + lag]).max())


def measure(quick, targets):
    """Measure."""
    N, duration, repeats = (10, 50, 1) if quick else (1000, 1000, 7)
    side = partial(with_dendrisyn, N, duration)
    sides, remarks, missing = {}, [], []
    for target in targets:
        if target == "numpy" and len(targets) > 1:
            continue
        setting = Setting(target, duration)
        sides[f"dendrisyn, {NAMES[target]}"] = partial(network_of, side, setting)
        if target != "numpy":
            setting = Setting(target, duration, prepare=vector_code)
            name = f"dendrisyn, {NAMES[target]}, vector code"
            sides[name] = partial(network_of, side, setting)
    for name, (module, distribution, make) in PEERS.items():
        if find_spec(module) is None:
            missing.append(f"{name} is not installed: `pip install {distribution}`.")
        elif side_by_side.here and name == "CoreNEURON":
            missing.append("CoreNEURON needs a process of its own.")
        else:
            sides[name] = partial(make, N, duration)
    timed = in_turn(sides, repeats)
    own = [name for name in sides if name not in PEERS]
    best = min(own, key=lambda name: timed[name].median)
    reference = timed[best].report["results"]["V"]
    assert np.ptp(reference) > 1, "the cells hardly move"
    rows, goals = [], []
    for name, each in timed.items():
        differs = apart(reference, each.report["results"]["V"], LAG.get(name, 0))
        # Their methods are of first order: an error of 0.1 ms in a PSP of some mV/ms.
        assert differs < 0.5, f"{name}: {differs} mV apart"
        ratio = each.ratio(timed[best])
        rows.append([name, each.median, each.best, ratio, differs])
        if name in PEERS and name not in FINER and not quick:
            goals.append(Target(f"{name}, times the time of {best}", ratio, 10))
    columns = ["side", "median (s)", "best (s)", "times the fastest of ours", "V (mV)"]
    title = f"{N} cells, {duration / 1000:g} s, one thread"
    remarks += [
        "0.025 ms is the step that Arbor takes where none is given.",
        f"V: how far the somatic voltage of a cell is, at most, from that of {best}.",
        *missing,
    ]
    curves = {name: each.median for name, each in timed.items()}
    return Answer([Table(title, columns, rows)], goals, remarks, curves)
