"""What the pages on synapses, blocks and projections say beside their code."""

import inspect
import re
from dataclasses import MISSING, fields

import brian2
import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    defaultclock,
    mM,
    ms,
    mV,
    nS,
    pF,
)
from scipy.integrate import solve_ivp

import dendrisyn
from helpers.page_checks import ROOT, checks


def table(text, first):
    """Return the rows of the table whose first heading is *first*, cell by cell."""
    rows = text.split(f"\n| {first} |", 1)[1].split("\n\n")[0].splitlines()
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[2:]
    ]


def number(cell):
    """Return the first number of a cell; ``1/0.3`` is one."""
    found = re.search(r"-?\d[\d.]*(?:e-?\d+)?(?:/[\d.]+)?", cell)[0]
    above, _, below = found.partition("/")
    return float(above) / float(below or 1)


#: how the pages write units -> the unit
UNITS = {
    "": 1,
    "-": 1,
    "uM**4": 1,
    "mM": mM,
    "ms": ms,
    "Hz": Hz,
    "Hz/mM": Hz / mM,
}


def kinetics_classes():
    """Return the public kinetics by name."""
    base = dendrisyn.synapses.Kinetics
    public = {name: getattr(dendrisyn, name) for name in dendrisyn.__all__}
    return {
        name: each
        for name, each in public.items()
        if isinstance(each, type) and issubclass(each, base)
    }


def defaults_of(kind):
    """Return the default of each field, None where there is none."""
    made = {
        each.name: None if each.default_factory is MISSING else each.default_factory()
        for each in fields(kind)
    }
    return made | {
        each.name: each.default for each in fields(kind) if each.default is not MISSING
    }


def example_of(kind):
    """Return one with all its parameters given."""
    values = {
        "t_rise": 1 * ms,
        "t_decay": 5 * ms,
        "tau": 2 * ms,
        "J": 1 * mV,
        "alpha": 1 / (mM * ms),
        "beta": 1 / ms,
    }
    missing = [name for name, given in defaults_of(kind).items() if given is None]
    return kind(**{name: values[name] for name in missing})


def check_parameters(kind, section):
    """Fields, units and defaults of a kinetics are those of its table."""
    rows = table(section, "parameter")
    known = defaults_of(kind)
    assert {row[0].strip("`") for row in rows} == set(known)
    for field, unit, default, _ in rows:
        given = known[field.strip("`")]
        if default == "-":
            assert given is None
        elif default.startswith("`"):
            assert default.strip("`") == str(given)
        else:
            symbol = default.partition(" ")[2] or unit
            assert float(given) == pytest.approx(number(default) * float(UNITS[symbol]))


def check_names(kind, section):
    """A section names all parameters and variables of a kinetics, and no others."""
    dend = dendrisyn.Dendrite("dend", cm_abs=1 * pF, gl_abs=1 * nS)
    output = None if kind is dendrisyn.Delta else dendrisyn.ConductanceBased(E=0 * mV)
    receptor = dendrisyn.Synapse("AMPA", "x", kinetics=example_of(kind), output=output)
    dend.add(receptor)
    model = dendrisyn.NeuronModel([(dendrisyn.Soma("soma"), dend, 1 * nS)])
    names = {name for name in model.parameters if name.endswith("_x_dend")}
    names |= {
        each.name
        for each in model.structure.equations.values()
        if each.name.endswith("_x_dend")
    }
    if receptor.per_synapse:
        projection = model.projection("AMPA_x_dend")
        names |= brian2.Equations(projection["model"]).names
    written = set()
    for name in re.findall(r"`(\w*\{\w+\}[\w{}]*)`", section):
        for part, value in [
            ("x", "AMPA_x_dend"),
            ("channel", "AMPA"),
            ("tag", "x"),
            ("compartment", "dend"),
        ]:
            name = name.replace(f"{{{part}}}", value)
        written.add(name)
    brought = {f"{symbol}_AMPA_x_dend" for symbol in ("g", "w", "E", "I")}
    assert written == names - brought - {"s_tot_AMPA_x_dend_post"}


def peak_of(slopes, start, gate, pulse):
    """Return the largest gate and when, after a pulse of transmitter."""
    rising = solve_ivp(
        lambda t, y: slopes(y, 1), (0, pulse), start, rtol=1e-9, atol=1e-15
    )
    falling = solve_ivp(
        lambda t, y: slopes(y, 0),
        (0, 300),
        rising.y[:, -1],
        rtol=1e-9,
        atol=1e-15,
        max_step=0.05,
    )
    gates = gate(falling.y)
    return gates.max(), pulse + falling.t[gates.argmax()]


@checks
def synapses(text, namespace):
    """Tables, names and peaks of the catalogue are those of the package."""
    classes = kinetics_classes()
    part = text.split("\n## Kinetics\n")[1].split("\n## ")[0]
    sections = dict(re.findall(r"### (\w+)\n(.*?)(?=\n### |\Z)", part, re.DOTALL))
    assert set(sections) == set(classes)

    for name, section in sections.items():
        check_parameters(classes[name], section)
        check_names(classes[name], section)

    # where gates live, and the peaks
    rows = {row[0].strip("`"): row[1:] for row in table(text, "kinetics")}
    assert {each.split(".")[0] for each in rows} == set(classes)
    for name, (where, _) in rows.items():
        linear = classes[name.split(".")[0]].linear
        assert ("neuron" in where) == (linear and name != "Delta")
        assert ("synapse" in where) == (not linear)
    named = {}
    for name in ["ampa", "gaba_a"]:
        kinetics = getattr(dendrisyn.TwoStateKinetics, name)()
        binding, beta = float(kinetics.alpha * kinetics.T), float(kinetics.beta)
        total = binding + beta
        peak = binding / total * (1 - np.exp(-total * float(kinetics.T_dur)))
        # half a unit in the last digit that the page gives
        assert number(rows[f"TwoStateKinetics.{name}()"][1]) == pytest.approx(
            peak, abs=5e-4
        )
        named[name] = kinetics
    for name, *values in table(text, "values"):
        kinetics = named[name.split(".")[1].strip("()`")]
        given = (
            kinetics.alpha * mM * ms,
            kinetics.beta * ms,
            kinetics.T / mM,
            kinetics.T_dur / ms,
        )
        assert [number(each) for each in values] == pytest.approx(
            [float(each) for each in given]
        )
    nmda, g_protein = dendrisyn.SaturatingNMDA(), dendrisyn.GABABKinetics()

    def nmda_slopes(y, on):
        s, x = y
        rise, decay = nmda.t_rise / ms, nmda.t_decay / ms
        return [-s / decay + float(nmda.alpha * ms) * x * (1 - s), -x / rise]

    def g_slopes(y, on):
        r, s = y
        K1, K2, K4 = (float(getattr(g_protein, k) * ms) for k in ("K1", "K2", "K4"))
        binding = float(g_protein.K3 * g_protein.T * ms) * on
        return [binding * (1 - r) - K4 * r, K1 * r - K2 * s]

    def g_gate(y):
        return y[1] ** 4 / (y[1] ** 4 + g_protein.Kd)

    for name, found in [
        ("SaturatingNMDA", peak_of(nmda_slopes, [0, 1], lambda y: y[0], 1e-6)),
        (
            "GABABKinetics",
            peak_of(g_slopes, [0, 0], g_gate, float(g_protein.T_dur / ms)),
        ),
    ]:
        peak, time = rows[name][1].split(",")
        # three digits of the peak; the time is rounded to 0.1 ms, or to 1 ms
        assert number(peak) == pytest.approx(found[0], rel=2e-3)
        assert number(time) == pytest.approx(
            found[1], abs=0.5 if found[1] > 50 else 0.06
        )

    # outputs and receptors
    outputs = {row[0].strip("`") for row in table(text, "output")}
    base = dendrisyn.synapses.Output
    assert outputs == {
        name
        for name in dendrisyn.__all__
        if isinstance(getattr(dendrisyn, name), type)
        and issubclass(getattr(dendrisyn, name), base)
    }
    for name, output, reversal, kinetics in table(text, "receptor"):
        build = getattr(dendrisyn, name.strip("`"))
        times = {} if name == "`GABAB`" else {"t_decay": 5 * ms}
        receptor = build("x", g=1 * nS, **times)
        assert type(receptor.output).__name__ == output.strip("`")
        own = receptor.output.E
        E = dendrisyn.default_params()[f"E_{receptor.channel}"] if own is None else own
        assert number(reversal.split(",")[1]) == pytest.approx(E / mV)
        assert ("its own" in reversal) == (own is not None)
        assert (kinetics == "by time constants") == bool(times)

    dois_are_those_of_the_package(text)


def dois_are_those_of_the_package(text, known=()):
    """Every DOI of a page is in the source of the package too, and in its own link."""
    found = set(re.findall(r"doi:\[([^\]]+)\]\(https://doi.org/([^)]+)\)", text))
    assert found
    source = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "dendrisyn").rglob("*.py")
    )
    for shown, linked in found:
        assert shown == linked
        assert shown in known or f"doi:{shown}" in source, shown


@checks
def magnesium_block(text, namespace):
    """The tables are the blocks; the maxima are found by the formula written out."""
    V = np.linspace(-100, 20, 120001)  # mV
    rows = {row[0].strip("`"): row[1:] for row in table(text, "name")}
    found = {row[0].strip("`"): row[1:] for row in table(text, "block")}
    assert set(rows) == set(found) == set(dendrisyn.magnesium_blocks)
    at_rest = {}
    for name, block in dendrisyn.magnesium_blocks.items():
        Mg, alpha, beta, gamma = map(number, rows[name][:4])
        assert (Mg, alpha, beta, gamma) == pytest.approx(
            (block.Mg, block.alpha, block.beta, block.gamma)
        )
        fraction = 1 / (1 + Mg / beta * np.exp(-alpha * (V + gamma)))
        E = 0 if block.E is None else block.E / mV
        current = (E - V) * fraction  # pA, of 1 nS
        at_rest[name] = fraction[np.searchsorted(V, -70)]
        expected = (
            at_rest[name],
            fraction[np.searchsorted(V, -40)],
            V[np.searchsorted(fraction, 0.5)],
            V[current.argmax()],
            current.max(),
        )
        for cell, value, half in zip(
            found[name], expected, [5e-4, 5e-4, 0.05, 0.05, 0.05], strict=True
        ):
            # half a unit in the last digit that the page gives, and a grid of 0.001 mV
            assert number(cell) == pytest.approx(value, abs=half + 1e-3 * (half > 0.01))
    assert "pagkalos_2023` has its own reversal potential, 0.35 mV" in text
    assert [
        name for name, b in dendrisyn.magnesium_blocks.items() if b.E is not None
    ] == ["pagkalos_2023"]
    assert "between 0.3 % and 4.4 %" in text
    assert round(1e3 * min(at_rest.values())) == 3
    assert round(1e3 * max(at_rest.values())) == 44
    assert "a factor of fifteen" in text
    assert round(max(at_rest.values()) / min(at_rest.values())) == 15

    defaults = dendrisyn.default_params()
    rows = table(text, "parameter")
    assert [row[0].strip("`") for row in rows] == [
        each.name for each in fields(dendrisyn.MagnesiumBlock)
    ]
    for _, _, _, shared, default in rows:
        value = defaults[shared.strip("`")]
        assert number(default) == pytest.approx(value / (mV if "mV" in default else 1))
    dois_are_those_of_the_package(text)


@checks
def projections(text, namespace):
    """Rules, constants and their changes are what the page says."""
    # the pair rule in closed form: a spike waits for the end of its step
    weights = re.search(r"^\[(0\.\d+) +(0\.\d+) +(0\.\d+) *\]$", text, re.MULTILINE)
    expected = [
        0.5 + 0.1 * np.exp(-5.1 / 20),
        0.5,
        0.5 - 0.105 * np.exp(-4.9 / 20),
    ]
    assert list(map(float, weights.groups())) == pytest.approx(expected, abs=5e-4)

    listed = re.search(r"arguments of `Synapses`:(.*?)\.\nIts", text, re.DOTALL)[1]
    assert set(re.findall(r"`(\w+)`", listed)) == set(
        dendrisyn.connections.rule_checks.ARGUMENTS
    )

    # exact between spikes
    rule = dendrisyn.Depression(U=0.5, tau=100 * ms)
    x, expected = 1, []
    for _ in range(5):
        expected.append(0.5 * x)
        x = 1 - (1 - 0.5 * x) * np.exp(-20 / 100)
    # what is left of the gate after 20 ms is exp(-40)
    assert namespace["releases"](rule) == pytest.approx(expected, rel=1e-12)
    values = namespace["values"]
    assert namespace["releases"](dendrisyn.TsodyksMarkram(**values)) == pytest.approx(
        namespace["by_hand"](**values), rel=1e-12
    )

    # every kinetics has a row
    rows = [row[0] for row in table(text, "kinetics")]
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == set(kinetics_classes())

    # any number of projections to a linear receptor; constants change between runs
    cell = dendrisyn.PointNeuronModel(**namespace["lumped"])
    cell.add(
        dendrisyn.AMPA("x", g=1 * nS, t_decay=0.5 * ms),
        dendrisyn.NMDA("x", g=1 * nS, kinetics=dendrisyn.SaturatingNMDA()),
        dendrisyn.Synapse("kick", "x", kinetics=dendrisyn.Delta(J=1 * mV)),
    )
    target = cell.make_neurongroup(1, method="rk4")
    source = SpikeGeneratorGroup(1, [0, 0], [0, 30] * ms)
    made = [
        cell.projection("AMPA_x").synapses(source, target),
        cell.projection("AMPA_x", short_term=rule).synapses(source, target),
        cell.projection("NMDA_x").synapses(source, target),
        cell.projection("kick_x").synapses(source, target),
    ]
    for each in made:
        each.connect()
    monitor = StateMonitor(target, ["s_AMPA_x", "s_tot_NMDA_x", "V"], record=0)
    network = Network(source, target, made, monitor)
    cell.parameters["J_kick_x"] = 5 * mV  # too late for the projection
    network.run(20 * ms)
    step = defaultclock.dt / ms
    assert monitor.s_AMPA_x[0].max() == pytest.approx(1.5)
    # the jump, less a step of the leak and with one of the synapses: well below 1 mV
    assert (monitor.V[0][1] - monitor.V[0][0]) / mV == pytest.approx(1, abs=0.1)
    made[1].namespace["U_stp"] = 0.2
    made[2].namespace["alpha_NMDA_x"] = 0 / ms
    made[3].namespace["J_kick_x"] = 0 * mV
    network.run(20 * ms)
    later = int(30 / step) + 1
    x = 1 - 0.5 * np.exp(-30 / 100)
    assert monitor.s_AMPA_x[0][later] == pytest.approx(1 + 0.2 * x)
    gate = np.array(monitor.s_tot_NMDA_x[0])
    assert np.all(np.diff(gate[later:]) < 0)

    jump = cell.poisson_input("kick_x", 1, 1 * Hz)["weight"]
    assert jump / mV == pytest.approx(5)
    dois_are_those_of_the_package(text, known=("10.1038/78829",))


@checks
def diagnose(text, namespace):
    """The table has the kinds that the docstring has; the findings are those shown."""
    rows = table(text, "kind")
    listed = inspect.getdoc(dendrisyn.diagnose).split("Its kinds are")[1]
    listed = listed.split("Raises")[0]
    assert {row[0] for row in rows} == set(re.findall(r"'([a-z ]+)'", listed))
    found = [each.kind for each in namespace["findings"]]
    assert found == ["zero weights", "zero weights", "double connections"]
