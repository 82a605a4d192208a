"""Old names and old module paths of version 0.5, with a `DeprecationWarning`.

They stay for one release; new code does not use them.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .errors import DendrisynError

__all__ = ["RENAMED", "RemovedNameError", "old_names"]

#: Public names of version 0.5 and what they are called now.
RENAMED: Mapping[str, str] = {
    "Above": "AboveThreshold",
    "Conditions": "MeasurementOptions",
    "Crossing": "ThresholdCrossing",
    "GProteinGated": "GABABKinetics",
    "LowPass": "FilteredVoltage",
    "Template": "CustomMembrane",
    "TransmitterGated": "TwoStateKinetics",
    "use_vector_code": "enable_vector_code",
}

#: Modules of version 0.5, below `dendrisyn`, and where their contents are now.
MOVED: Mapping[str, str] = {
    "assembly": "equations.assembly",
    "book": "equations.collector",
    "calibrate.search": "measure.search",
    "catalogue": "connections.model_interface",
    "compartment": "cell.soma_and_dendrite",
    "compiler": "brian.vector_code",
    "coupling": "cell.coupling",
    "custom": "equations.user_equations",
    "diagnosis.reading": "diagnosis.network_reader",
    "display": "cell.display",
    "dspikes": "mechanisms.dendritic_spike",
    "editable": "cell.editable",
    "electrotonus": "circuits",
    "electrotonus.cell": "circuits.passive_cell",
    "electrotonus.circuit": "circuits.circuit",
    "electrotonus.from_model": "cell.passive_properties",
    "fragment": "equations.fragment",
    "geometry": "cell.geometry",
    "graph": "cell.tree",
    "group": "brian.group",
    "isolation": "brian.isolated",
    "learning": "connections.rule_checks",
    "maker": "cell.base",
    "measure.arrivals": "measure.spike_schedule",
    "measure.bench": "rig.rig",
    "measure.conditions": "measure.options",
    "measure.corners": "rig.waveform",
    "measure.drawing": "measure.results",
    "measure.drives": "measure.stimuli",
    "measure.peaks": "rig.waveform",
    "measure.places": "cell.structure",
    "measure.steady": "rig.steady",
    "mechanism": "equations.mechanism",
    "membranes": "mechanisms.membranes",
    "model": "cell.neuron_model",
    "naming": "names",
    "noise": "mechanisms.noise",
    "numerics": "circuits.linear_system",
    "parameters": "equations.parameters",
    "parts": "equations.compartment_equations",
    "patch": "cell.compartment",
    "point": "cell.point_neuron",
    "projecting": "connections.build_projection",
    "projection": "connections.projection",
    "quantities": "units",
    "reuse": "brian.code_cache",
    "short_term": "plasticity.short_term",
    "spiking": "brian.resets",
    "stateupdaters": "integrators",
    "stateupdaters.constants": "integrators.constant_folding",
    "stateupdaters.crank_nicolson": "integrators.theta",
    "stateupdaters.elimination": "integrators.elimination",
    "stateupdaters.functions": "integrators.functions",
    "stateupdaters.kinds": "integrators.classify",
    "stateupdaters.loops": "integrators.vectorisation",
    "stateupdaters.mean_drive": "integrators.mean_drive",
    "stateupdaters.step": "integrators.step",
    "stateupdaters.system": "integrators.system",
    "stateupdaters.writer": "integrators.statements",
    "stepping": "brian.step_operation",
    "templates": "cell.library",
    "unitcheck": "equations.unit_check",
    "validation": "measure.validation",
}

_PACKAGE = __name__.partition(".")[0]


def old_names(module: str, *names: str) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` that answers to old names with a warning."""

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        warn_of_old_name(name, stacklevel=3)
        return getattr(sys.modules[module], RENAMED[name])

    return find


def warn_of_old_name(name: str, stacklevel: int) -> None:
    """Warn that a public name has a new one."""
    warnings.warn(
        f"{name} is called {RENAMED[name]} now; the old name will be removed.",
        DeprecationWarning,
        stacklevel=stacklevel,
    )


class RemovedNameError(DendrisynError, ImportError):
    """A name of version 0.5 that does not exist any more."""


class _OldModules(MetaPathFinder, Loader):
    """Imports an old module path as a module that shows the contents of the new one."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        package, _, old = fullname.partition(".")
        if package != _PACKAGE or old not in MOVED:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        new = f"{_PACKAGE}.{MOVED[module.__name__.partition('.')[2]]}"
        warnings.warn(
            f"{module.__name__} has moved to {new}; the old path will be removed.",
            DeprecationWarning,
            stacklevel=2,
        )
        contents = import_module(new)
        module.__doc__ = contents.__doc__

        def find(name: str) -> Any:
            if hasattr(contents, name):
                return getattr(contents, name)
            if name[:1].isupper():
                raise RemovedNameError(
                    f"{module.__name__}.{name} of version 0.5 is gone. A pickle of "
                    "version 0.5 that holds it cannot be read: build the object anew."
                )
            raise AttributeError(
                f"module {module.__name__!r} has no attribute {name!r}"
            )

        vars(module)["__getattr__"] = find
        vars(module)["__dir__"] = lambda: dir(contents)
        if hasattr(contents, "__all__"):
            vars(module)["__all__"] = contents.__all__


def install_old_modules() -> None:
    """Let imports find the module paths of version 0.5."""
    if not any(isinstance(finder, _OldModules) for finder in sys.meta_path):
        sys.meta_path.append(_OldModules())
