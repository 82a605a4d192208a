"""Texts of models, groups and projections, written to text files.

``python -m helpers.golden OUTPUT``, in the folder ``tests``, writes one file per case
to the folder OUTPUT: equations, events, parameters, projections, and the code that the
integration method writes for one time step on the numpy target. A case is an example, a
mechanism, a membrane, a kinetics, a Dendrify model, or a script of ``tests/helpers``.
``tests/golden/test_texts.py`` compares the files with those of ``tests/golden/texts``.
No file depends on results of a simulation. So a run only prepares the code, unless
``--whole`` asks for complete simulations.

The script uses public names only. It runs with other versions of the package, if
``--tests`` and ``--examples`` name the folders of that version, and ``--source`` the
modules in which the cases are defined. The stored files are those of version 0.5.0.
"""

from __future__ import annotations

import argparse
import functools
import gc
import importlib.util
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import brian2
import numpy as np
from brian2 import Network, NeuronGroup, StateMonitor, Synapses, ms, mV, nS, pF
from brian2.core.namespace import get_local_namespace
from brian2.stateupdaters import explicit
from brian2.units.fundamentalunits import Quantity

import dendrisyn
from dendrisyn import Dendrite, NeuronModel, PointNeuronModel, Soma, Synapse
from helpers.texts import (
    arithmetic,
    code_sections,
    group_sections,
    model_sections,
    printed,
    projection_sections,
)

ROOT = Path(__file__).parents[2]
#: Modules in which the cases are defined, relative to the folder of the tests.
SOURCES = {
    "everything": "helpers/everything.py",
    "every_synapse": "helpers/every_synapse.py",
    "every_rule": "helpers/every_rule.py",
    "catalogue": "all_mechanisms/test_contract.py",
    "dendrify": "peers/dendrify_cases.py",
}
SHORT_TERM = {
    "depression": dendrisyn.Depression(U=0.5, tau=100 * ms),
    "depression and facilitation": dendrisyn.TsodyksMarkram(
        U=0.3, tau_rec=50 * ms, tau_facil=90 * ms
    ),
}
#: Methods of the package, whose code is recorded.
METHODS = ("crank_nicolson", "implicit_euler", "mean_drive")
PASSIVE = {"cm_abs": 100 * pF, "gl_abs": 5 * nS, "v_rest": -65 * mV}


# -- collecting -------------------------------------------------------------------


class Record:
    """Blocks of text; a section that occurred before is replaced by a reference."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._first: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def add(self, kind: str, sections: Mapping[str, str], label: str = "") -> None:
        """Add a block, numbered by its kind."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        title = f"{kind} {self._counts[kind]}"
        texts = [f"=== {title}{f': {label}' if label else ''}"]
        for name, body in sections.items():
            if not body:
                continue
            here = f"{name} of {title}"
            first = self._first.setdefault(body, here)
            same = first != here and body.count("\n") > 0
            texts.append(f"--- {name}\n" + (f"(see {first})" if same else body))
        self._blocks.append("\n".join(texts))

    def __str__(self) -> str:
        return "\n\n".join(self._blocks) + "\n"


class Recorder:
    """Records models, groups and projections that code outside the package makes.

    Parameters
    ----------
    whole : bool
        Simulate completely. Otherwise a run only prepares the code of the step, and
        monitors hold zeros at the times of the run.
    """

    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self.record = Record()
        self._models: list[Any] = []  # not recorded yet
        self._groups: list[NeuronGroup] = []  # whose code is not recorded yet

    @contextmanager
    def watching(self) -> Iterator[Record]:
        """Record while the body runs."""
        with ExitStack() as stack:

            def replace(owner: type, name: str, recorded: Callable) -> None:
                original = getattr(owner, name)
                new = functools.wraps(original)(recorded(original))
                stack.enter_context(patch.object(owner, name, new))

            for owner in (NeuronModel, PointNeuronModel):
                replace(owner, "__init__", self._init)
                replace(owner, "make_neurongroup", self._make)
                replace(owner, "projection", self._project)
            replace(Network, "run", self._run)
            yield self.record
        for model in self._models:
            self.record.add("model", model_sections(model))

    def _init(self, original: Callable) -> Callable:
        def init(model: Any, /, *args: Any, **kwargs: Any) -> None:
            original(model, *args, **kwargs)
            if _is_outside():
                self._models.append(model)

        return init

    def _make(self, original: Callable) -> Callable:
        def make(model: Any, /, *args: Any, **kwargs: Any) -> Any:
            made = original(model, *args, **kwargs)
            if _is_outside():
                self._models = [known for known in self._models if known is not model]
                group = made[0] if isinstance(made, tuple) else made
                self.group(group, model_sections(model))
            return made

        return make

    def _project(self, original: Callable) -> Callable:
        def project(model: Any, /, *args: Any, **kwargs: Any) -> Any:
            projection = original(model, *args, **kwargs)
            if _is_outside():
                label = ", ".join(map(str, args))
                self.record.add("projection", projection_sections(projection), label)
            return projection

        return project

    def _run(self, original: Callable) -> Callable:
        def run(
            network: Network,
            duration: Quantity,
            *args: Any,
            namespace: Mapping[str, Any] | None = None,
            level: int = 0,
            **kwargs: Any,
        ) -> None:
            if namespace is None:
                namespace = get_local_namespace(level + 1)
            if self.whole:
                original(network, duration, *args, namespace=namespace, **kwargs)
            else:
                _pretend_to_run(network, duration)
            self.code(network, namespace)

        return run

    def group(self, group: NeuronGroup, model: Mapping[str, str]) -> None:
        """Record a group and its model."""
        self.record.add("group", {**model, **group_sections(group, model)})
        self._groups.append(group)

    def code(self, network: Network, namespace: Mapping[str, Any]) -> None:
        """Record the code of groups, and of synapses to them, in their first run."""
        objects = {id(part): part for part in network.sorted_objects}
        groups = [group for group in self._groups if id(group) in objects]
        self._groups = [group for group in self._groups if id(group) not in objects]
        targets = [id(group) for group in groups]
        synapses = [
            part
            for part in objects.values()
            if isinstance(part, Synapses) and id(part.target) in targets
        ]
        for group in groups:
            self._add_code("code of group", [self._code_of(group, namespace)])
        # Brian2 orders synapses by their names, which it chooses.
        codes = [self._code_of(part, namespace) for part in synapses]
        self._add_code("code of synapses", sorted(codes, key=str))

    def _add_code(self, kind: str, codes: list[dict[str, str]]) -> None:
        for sections in filter(None, codes):
            self.record.add(kind, sections)

    def _code_of(
        self, group: NeuronGroup | Synapses, namespace: Mapping[str, Any]
    ) -> dict[str, str]:
        """Return the code of a group, if a method of the package integrates it."""
        updater = group.state_updater
        if updater is None or updater.method_choice not in METHODS:
            return {}
        if not self.whole:
            _prepare(group, namespace)
        return code_sections(group)


def _is_outside() -> bool:
    """Return whether code outside the package called the function that is replaced."""
    name = sys._getframe(2).f_globals.get("__name__", "")
    return name.split(".")[0] != "dendrisyn"


def _prepare(group: NeuronGroup | Synapses, namespace: Mapping[str, Any]) -> None:
    """Write the code of a group, as Brian2 does before a run."""
    if isinstance(group, Synapses):
        runners = [group.state_updater]
    else:
        group.before_run(namespace)
        runners = group.contained_objects
    for runner in runners:
        if hasattr(runner, "update_abstract_code"):
            runner.update_abstract_code(run_namespace=namespace)


def _pretend_to_run(network: Network, duration: Quantity) -> None:
    """Let time pass, and fill monitors of state variables with zeros."""
    start = network.t
    for monitor in network.sorted_objects:
        if isinstance(monitor, StateMonitor):
            steps = round(float(duration / monitor.clock.dt))
            before = len(monitor.t)
            monitor.resize(before + steps)
            times = float(start) + np.arange(steps) * float(monitor.clock.dt)
            monitor.variables["t"].get_value()[before:] = times
    network.t_ = float(start + duration)


# -- cases ------------------------------------------------------------------------


def load(path: Path) -> ModuleType:
    """Import a file; modules beside it and in the folder of the tests are found."""
    for folder in (path.parent, *path.parents[1:3]):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    spec = importlib.util.spec_from_file_location(f"golden_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def receptors(model: Any) -> list[str]:
    """Return the names of all receptors of a model."""
    if isinstance(model, PointNeuronModel):
        places = {"": model}
    else:
        places = {f"_{name}": it for name, it in model.compartments.items()}
    return [
        f"{mechanism.label}{suffix}"
        for suffix, place in places.items()
        for mechanism in place.mechanisms.values()
        if isinstance(mechanism, Synapse)
    ]


def with_receptor(mechanism: Any = None, membrane: Any = "passive") -> NeuronModel:
    """Return a model of a soma and a dendrite with a mechanism."""
    soma = Soma("soma", **PASSIVE)
    dend = Dendrite("dend", model=membrane, **PASSIVE)
    if mechanism is not None:
        dend.add(mechanism)
    return NeuronModel([(soma, dend, 3 * nS)])


class Collector:
    """Writes the files of all cases.

    Parameters
    ----------
    output : Path
        The folder of the files.
    whole : bool
        Simulate completely.
    """

    def __init__(self, output: Path, whole: bool) -> None:
        self.output, self.whole = output, whole

    def write(self, name: str, case: Callable[[Recorder], Any]) -> None:
        """Write the file of a case, which is a function of its recorder.

        Examples analyse what they simulate. Most of them can analyse zeros; an error
        of the others comes after all models are made. If it comes before, the file is
        incomplete, and tells the error.
        """
        brian2.start_scope()
        brian2.defaultclock.dt = 0.1 * ms
        brian2.seed(1)
        gc.collect()  # a group looks for objects that listen to it
        gc.freeze()
        recorder, problem = Recorder(self.whole), ""
        with recorder.watching() as record:
            try:
                case(recorder)
            except Exception as error:
                if self.whole:
                    raise
                problem = f"{type(error).__name__}: {error}"
        path = self.output / (re.sub(r"[^\w/]+", "_", name) + ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(record), encoding="utf-8")
        if problem:
            path.with_suffix(".error").write_text(f"{problem}\n", encoding="utf-8")

    def examples(self, folder: Path) -> None:
        """Write the files of the examples."""
        for path in sorted(folder.glob("*.py")):

            def case(recorder: Recorder, path: Path = path) -> None:
                load(path).simulate()

            self.write(f"examples/{path.stem}", case)

    def everything(self, path: Path) -> None:
        """Write the file of the model with everything in it, and its projections."""
        module = load(path)

        def case(recorder: Recorder) -> None:
            run_script(module)
            model = module.model()
            for name in receptors(model):
                model.projection(name)

        self.write("everything", case)

    def scripts(self, *paths: Path) -> None:
        """Write the files of scripts that run in a mode."""
        for path in paths:
            module = load(path)
            self.write(path.stem, lambda recorder, module=module: run_script(module))

    def dendrify(self, path: Path) -> None:
        """Write the files of the models of a Dendrify user."""
        module = load(path)
        cases = {
            **module.CASES,
            "events by hand": module.EVENTS_BY_HAND,
            "timed parameter": module.TIMED_PARAMETER,
        }
        for name, known in cases.items():

            def case(recorder: Recorder, known: Any = known) -> None:
                brian2.defaultclock.dt = known.dt * ms
                model = known.model(dendrisyn)
                arguments = {**known.group, "method": "crank_nicolson"}
                made = model.make_neurongroup(known.N, **arguments)
                group = made[0] if isinstance(made, tuple) else made
                if isinstance(model, (NeuronModel, PointNeuronModel)):
                    for receptor in receptors(model):
                        model.projection(receptor)
                else:  # equations and parameters, for a group that the user makes
                    recorder.group(group, model_sections(model))
                Network(group).run(1 * ms, namespace=dict(known.namespace))

            self.write(f"dendrify/{name}", case)

    def catalogue(self, path: Path) -> None:
        """Write the files of all mechanisms, of all membranes, and of all receptors."""
        module = load(path)
        for name, mechanism in module.MECHANISMS.items():
            self._model(f"mechanisms/{name}", mechanism, "passive")
        for name, membrane in module.MEMBRANES.items():
            self._model(f"membranes/{name}", None, membrane)
        synapses = {
            name: mechanism
            for name, mechanism in module.MECHANISMS.items()
            if isinstance(mechanism, Synapse)
        }
        all_kinetics = _distinct({name: it.kinetics for name, it in synapses.items()})
        outputs = _distinct({name: it.output for name, it in synapses.items()})
        for name, kinetics in all_kinetics.items():

            def case(recorder: Recorder, kinetics: Any = kinetics) -> None:
                for output in outputs.values():
                    for pooled in (None, False):
                        _combination(kinetics, output, pooled)

            self.write(f"kinetics/{name}", case)

    def _model(self, name: str, mechanism: Any, membrane: Any) -> None:
        def case(recorder: Recorder) -> None:
            point = PointNeuronModel(model=membrane, **PASSIVE)
            if mechanism is not None:
                point.add(mechanism)
            for model in (with_receptor(mechanism, membrane), point):
                group = model.make_neurongroup(2)
                recorder.record.add("printed model", {"text": printed(model)})
                Network(group).run(1 * ms, namespace={})
                _project(model)

        self.write(name, case)


def _distinct(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that differ in more than numbers."""
    texts = {name: re.sub(r"-?[\d.]+", "", repr(it)) for name, it in values.items()}
    first = {text: name for name, text in reversed(texts.items())}
    return {name: values[name] for name in values if first[texts[name]] == name}


def _combination(kinetics: Any, output: Any, pooled: Any) -> None:
    """Record a receptor, if kinetics and output go together."""
    for conductance in ({"g": 1 * nS}, {}):
        options = {"kinetics": kinetics, "output": output, "pooled": pooled}
        try:
            model = with_receptor(Synapse("own", "x", **options, **conductance))
        except dendrisyn.DendrisynError:
            continue
        group = model.make_neurongroup(1)
        Network(group).run(1 * ms, namespace={})
        _project(model)
        return


def _project(model: Any) -> None:
    """Record projections to a model's receptors, with and without depression."""
    for name in receptors(model):
        model.projection(name)
        for rule in SHORT_TERM.values():
            model.projection((name, 2.0), weight={"w": 0.5}, short_term=rule)


def run_script(module: ModuleType) -> None:
    """Run a script that runs in a mode, in the mode numpy."""
    with tempfile.TemporaryDirectory() as folder:
        module.run("numpy", folder)


def main() -> None:
    """Write all files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--tests", type=Path, default=ROOT / "tests")
    parser.add_argument("--examples", type=Path, default=ROOT / "examples")
    parser.add_argument("--source", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--whole", action="store_true")
    given = parser.parse_args()
    sources = {**SOURCES, **dict(pair.split("=") for pair in given.source)}
    paths = {name: (given.tests / path).resolve() for name, path in sources.items()}
    brian2.prefs.codegen.target = "numpy"
    brian2.BrianLogger.log_level_error()  # no warnings of groups that do not run
    # Brian2 splits the description of a method (rk4, ...) for every group anew.
    explicit.split_expression = functools.cache(explicit.split_expression)
    collector = Collector(given.output, given.whole)
    given.output.mkdir(parents=True, exist_ok=True)
    (given.output / "arithmetic.txt").write_text(f"{arithmetic()}\n", encoding="utf-8")
    collector.examples(given.examples.resolve())
    collector.everything(paths["everything"])
    collector.scripts(paths["every_synapse"], paths["every_rule"])
    collector.dendrify(paths["dendrify"])
    collector.catalogue(paths["catalogue"])


if __name__ == "__main__":
    main()
