"""Writes ``equations.md`` from the classes: ``python docs/_ext/catalogue.py``.

Equations, statements, names, units, meanings, defaults and sources come from the
classes. A test compares the page with the result.
"""

import dataclasses
import inspect
import re

from brian2 import Hz, Quantity, ms, mV, nS
from site_text import DOCS

import dendrisyn
from dendrisyn import (
    NMDA,
    AboveThreshold,
    CalciumPool,
    DendriticSpike,
    Depression,
    FilteredVoltage,
    InhibitorySTDP,
    Noise,
    PlateauSignal,
    ThresholdCrossing,
    TraceSTDP,
    TsodyksMarkram,
)
from dendrisyn.cell.coupling import Coupling
from dendrisyn.cell.geometry import EphysProperties
from dendrisyn.equations.fragment import Formula
from dendrisyn.equations.parameters import SHARED
from dendrisyn.names import Names, SynapseNames
from dendrisyn.plasticity import LongTermPlasticity
from dendrisyn.plasticity.short_term import ShortTermPlasticity
from dendrisyn.synapses import Kinetics, Output
from dendrisyn.units import exactly

PAGE = DOCS / "equations.md"
DEND = Names.of("dend")
SYNAPSE = SynapseNames(DEND, "AMPA", "x")

HEAD = """\
<!-- Made from the classes by docs/_ext/catalogue.py: change those, then run it. -->

# Equations

The equations that dendrisyn writes, for a compartment `dend` and, in receptors, for the
channel `AMPA` and the tag `x`. In a point neuron the ending `_dend` is missing.
`argument` is the argument of the class, `name` the name in Brian2. Without a default
(“-”), a value must be given as an argument or by its name in `parameters`, unless it is
optional. Units are those of Brian2.
"""

#: The introduction and the contents of a section: names of classes, or examples of
#: classes with required arguments.
SECTIONS = {
    "Membranes": (
        "The voltage of a compartment between spikes, the `model` of a compartment. "
        "`I_dend` is the sum of all currents; `gL`, `EL` and `C` come from [the size]"
        "(#compartments-and-coupling). A `CustomMembrane` holds [equations of your own]"
        "(concepts.md#membranes).",
        ["Passive", "LeakyIF", "AdaptiveIF", "CadIF", "AdEx", "EIF", "Izhikevich"],
    ),
    "Kinetics": (
        "The gate of a receptor after spikes. Variables with the ending `_syn` are on "
        "the synapse, the others on the neuron. [Synapses](synapses.md#kinetics) has "
        "examples.",
        [
            "Delta",
            "Exponential",
            "DualExponential",
            "Alpha",
            "TwoStateKinetics",
            "SaturatingNMDA",
            "GABABKinetics",
        ],
    ),
    "Outputs": (
        "The current of a receptor, here with a gate `s_AMPA_x_dend`. `g` and `w` are "
        "the conductance and the weight of the receptor.",
        ["CurrentBased", "ConductanceBased", "MagnesiumBlock"],
    ),
    "Receptors": (
        "A kinetics with an output: `NMDA` with a rise and a decay.",
        [NMDA("x", t_rise=2 * ms, t_decay=60 * ms)],
    ),
    "Dendritic spikes and noise": (
        "Further mechanisms of a compartment.",
        [DendriticSpike("Na", g_fall=1 * nS), Noise()],
    ),
    "Short-term plasticity": (
        "The release of a spike. The release multiplies the weight, or the pulse of "
        "transmitter: see [Projections](projections.md#short-term-plasticity).",
        [
            Depression(U=0.5, tau=1 * ms),
            TsodyksMarkram(U=1, tau_rec=1 * ms, tau_facil=1 * ms),
        ],
    ),
    "Long-term plasticity": (
        "The code of a projection with the weight `w`. [Plasticity](plasticity.md) has "
        "examples.",
        [
            "PairSTDP",
            "TripletSTDP",
            "VoltageSTDP",
            "CalciumSTDP",
            "BTSP",
            InhibitorySTDP(rate=5 * Hz),
            TraceSTDP(
                traces={"x": ("pre", 20 * ms)},
                change_pre="-A",
                change_post="A * x",
                constants={"A": 0.01},
            ),
        ],
    ),
    "Signals and events for rules": (
        "Mechanisms of a compartment that rules of plasticity read.",
        [
            ThresholdCrossing("V", -45 * mV),
            AboveThreshold("V", -45 * mV),
            FilteredVoltage("slow", tau=1 * ms, delay=4 * ms),
            CalciumPool("I_NMDA_x", gain=1 / (nS * mV * ms), tau=1 * ms),
            PlateauSignal(),
        ],
    ),
}


def value_text(value):
    """Return a default as a user would write it."""
    return "-" if value is None else f"`{exactly(value)}`"


def plain(text):
    """Return text in which stars are stars."""
    return text.replace("*", r"\*")


def default_of(field):
    """Return the default of a dataclass field."""
    if field.default is not dataclasses.MISSING:
        return value_text(field.default)
    if field.default_factory is not dataclasses.MISSING:
        return value_text(field.default_factory())
    return "-"


def table(thing, parameters):
    """Return the table of the parameters of a mechanism.

    A field and the parameter that it becomes share one `Spec`.
    """
    left = dict(parameters)
    rows = []
    for field in dataclasses.fields(thing):
        spec = field.metadata.get("spec")
        if spec is None:
            continue
        own = [name for name, each in left.items() if each.spec is spec]
        own = own or [name for name in left if name.startswith(f"{field.name}_")]
        name = f"`{own[0]}`" if own else ""
        if own:
            del left[own[0]]
        density = f" or {spec.unit}/metre**2" if spec.density else ""
        rows.append(
            f"| `{field.name}` | {name} | {plain(spec.unit + density)} "
            f"| {default_of(field)} | {plain(spec.meaning)} |"
        )
    for name, each in left.items():
        follows = isinstance(each.value, Formula)
        default = "as above" if follows else value_text(each.value)
        rows.append(
            f"| | `{name}` | {plain(each.spec.unit)} | {default} "
            f"| {plain(each.spec.meaning)} |"
        )
    if not rows:
        return []
    return [
        "| argument | name | unit | default | meaning |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]


def markdown(text):
    """Return text of a docstring as Markdown."""
    text = re.sub(r" ?::$", ":", text.replace("``", "`"), flags=re.MULTILINE)
    return re.sub(r"doi:(10\.\S+\w)", r"[doi:\1](https://doi.org/\1)", text)


def description(cls):
    """Return the docstring of a class up to its first section."""
    doc = inspect.getdoc(cls)
    return markdown(re.split(r"^\w[\w ]*\n-{3,}$", doc, flags=re.MULTILINE)[0].strip())


def sources(cls):
    """Return the references of a docstring, one in a line."""
    doc = inspect.getdoc(cls)
    found = re.search(r"^References\n-+\n(.*?)(?=^\w+\n-+$|\Z)", doc, re.M | re.S)
    papers = found[1].strip().split("\n\n") if found else []
    return [markdown(" ".join(paper.split())) for paper in papers]


def code(lines):
    """Return equations and statements as a block."""
    if lines and not lines[0]:
        lines = lines[1:]
    return ["```text", *map(str, lines), "```", ""] if lines else []


def entry(thing, lines, parameters):
    """Return the entry of a mechanism, or of a class if it needs no arguments."""
    cls = thing if inspect.isclass(thing) else type(thing)
    for name, each in parameters.items():
        if isinstance(each.value, Formula):
            formula = f"{name} = {each.value.expression}"
            lines = [*lines, "", "unless it is set:", f"    {formula}"]
    papers = sources(cls)
    source = [f"Source: {'; '.join(papers)}", ""] if papers else []
    return [
        f"### {cls.__name__}",
        "",
        description(cls),
        "",
        *code(lines),
        *table(thing, parameters),
        *source,
    ]


def of_compartment(mechanism):
    """Return the entry of a membrane or a mechanism."""
    fragment = mechanism.fragment(DEND)
    lines = [*fragment.equations, *(each.equation() for each in fragment.factors)]
    for name, condition in fragment.events.items():
        lines += ["", f"event {name}:", f"    {condition}"]
    if steps := (*fragment.detection, *fragment.each_step):
        lines += ["", "in each step:", *(f"    {each}" for each in steps)]
    return entry(mechanism, lines, fragment.parameters)


def of_kinetics(kinetics):
    """Return the entry of a kinetics."""
    names = SYNAPSE
    if not kinetics.linear:
        names = dataclasses.replace(names, place="_syn")
    fragment = kinetics.fragment(names)
    statements = kinetics.on_spike(names, "1", "_post" if kinetics.linear else "")
    lines = [*fragment.equations] + [""] * bool(fragment.equations)
    lines += ["on a spike:", *(f"    {each}" for each in statements)]
    if gate := kinetics.gate(names):
        lines += ["", f"gate: {gate}"]
    return entry(kinetics, lines, fragment.parameters)


def of_output(output):
    """Return the entry of an output."""
    fragment = output.fragment(SYNAPSE)
    current = output.current(SYNAPSE, SYNAPSE.state("s"))
    lines = [f"{SYNAPSE('I')} = {current} : amp"]
    lines += [each.equation() for each in fragment.factors]
    given = {
        field.name: Quantity(1, dim=field.metadata["spec"].dimensions)
        for field in dataclasses.fields(output)
    }
    own = dataclasses.replace(output, **given).fragment(SYNAPSE).parameters
    return entry(output, lines, own)


def shortened(statements, fragment):
    """Return statements with the update shortened to one word."""
    size = len(fragment.update)
    for start in range(len(statements)):
        if size and statements[start : start + size] == fragment.update:
            return (*statements[:start], "(update)", *statements[start + size :])
    return statements


def of_synapses(rule, fragment):
    """Return the entry of a rule that adds to synapses."""
    lines = list(fragment.equations)
    if fragment.update:
        lines += ["", "update:", *(f"    {line}" for line in fragment.update)]
    if statements := (*fragment.before_pre, *fragment.on_pre):
        lines += ["", "on a presynaptic spike:"]
        lines += [f"    {each}" for each in statements]
    for each in fragment.pathways:
        lines += [
            "",
            f"{each.name}, on {each.event} of the {each.side}synaptic neuron:",
        ]
        lines += [f"    {line}" for line in shortened(each.statements, fragment)]
    return entry(rule, lines, fragment.parameters)


def entry_of(thing):
    """Return the entry of a class, by its name, or of an example of it."""
    if isinstance(thing, str):
        thing = getattr(dendrisyn, thing)()
    if isinstance(thing, Kinetics):
        return of_kinetics(thing)
    if isinstance(thing, Output):
        return of_output(thing)
    if isinstance(thing, ShortTermPlasticity):
        return of_synapses(thing, thing.fragment())
    if isinstance(thing, LongTermPlasticity):
        return of_synapses(thing, thing.fragment("w", DEND))
    return of_compartment(thing)


def compartments():
    """Return the section on sizes and couplings."""
    soma, dend = EphysProperties("soma"), EphysProperties("dend")
    coupling = Coupling(soma, dend, 10 * nS)
    fragments = [coupling.fragment(end) for end in ("soma", "dend")]
    currents = [each for fragment in fragments for each in fragment.equations]
    return [
        "## Compartments and coupling",
        "",
        "`C_dend` and `gL_dend` are `cm_abs` and `gl_abs`, or `cm` and `gl` times the "
        "area. A cylinder has the resistance `4 r_axial length / (pi diameter**2)`. Two"
        " compartments are coupled by a conductance: a value in siemens; "
        "`'half_cylinders'`, for the inverse of half the sum of both resistances; or "
        "`'cylinder_<name>'`, for the inverse of that of one.",
        "",
        *code(currents),
        *entry(EphysProperties, [], {}),
    ]


def shared():
    """Return the table of the parameters that models share."""
    values = dendrisyn.default_params()
    rows = [
        f"| `{name}` | {spec.unit} | {value_text(values[name])} "
        f"| {plain(spec.meaning)} |"
        for name, spec in SHARED.items()
    ]
    return [
        "## Shared parameters",
        "",
        "Shared by all mechanisms of a model without their own values.",
        "",
        "| name | unit | default | meaning |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
    ]


def page():
    """Return the page."""
    lines = []
    for title, (about, things) in SECTIONS.items():
        lines += [f"## {title}", "", about, ""]
        for thing in things:
            lines += entry_of(thing)
    lines += [*compartments(), *shared()]
    sections = [line[3:] for line in lines if line.startswith("## ")]
    anchors = [each.lower().replace(" ", "-") for each in sections]
    listed = [
        f"* [{each}](#{anchor})" for each, anchor in zip(sections, anchors, strict=True)
    ]
    text = "\n".join([HEAD, *listed, "", *lines])
    return text.rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
