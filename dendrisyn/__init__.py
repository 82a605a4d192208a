"""dendrisyn: dendrites for Brian2 networks.

Compartments and the mechanisms that are added to them give Brian2 equations and
parameters; `NeuronModel` merges them into one `brian2.NeuronGroup`. Connections and
plasticity stay in plain `brian2.Synapses`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .compartment import Compartment, Dendrite, Soma
from .dspikes import DendriticSpike
from .errors import (
    AssemblyError,
    DendrisynError,
    GraphError,
    InvalidValueError,
    NameConflictError,
    NumericsWarning,
    UnitError,
    UnknownNameError,
)
from .geometry import EphysProperties
from .membranes import (
    EIF,
    AdaptiveIF,
    AdEx,
    CadIF,
    Izhikevich,
    LeakyIF,
    Passive,
    Template,
)
from .model import NeuronModel
from .noise import Noise
from .parameters import default_params, update_default_params
from .point import PointNeuronModel
from .synapses import (
    AMPA,
    GABA,
    GABAB,
    NMDA,
    Alpha,
    ConductanceBased,
    CurrentBased,
    Delta,
    DualExponential,
    Exponential,
    GProteinGated,
    MagnesiumBlock,
    SaturatingNMDA,
    Synapse,
    TransmitterGated,
    magnesium_blocks,
)
from .templates import library

if TYPE_CHECKING:
    from . import calibrate, measure, plotting
    from .compiler import CompilerWarning, VectorCode, use_vector_code
    from .diagnosis import Finding, diagnose
    from .electrotonus import PassiveCell, passive
    from .plasticity import (
        BTSP,
        Above,
        CalciumPool,
        CalciumSTDP,
        Crossing,
        InhibitorySTDP,
        LowPass,
        PairSTDP,
        PlateauSignal,
        TraceSTDP,
        TripletSTDP,
        VoltageSTDP,
    )
    from .playground import Playground
    from .projection import Projection
    from .short_term import Depression, TsodyksMarkram
    from .sweeps import (
        StandaloneBuild,
        Sweep,
        SweepError,
        SweepWarning,
        parameter_grid,
        seed_from_point,
    )
    from .validation import Validation, validate

__version__ = "0.5.0"

__all__ = [
    "AMPA",
    "BTSP",
    "EIF",
    "GABA",
    "GABAB",
    "NMDA",
    "Above",
    "AdEx",
    "AdaptiveIF",
    "Alpha",
    "AssemblyError",
    "CadIF",
    "CalciumPool",
    "CalciumSTDP",
    "Compartment",
    "CompilerWarning",
    "ConductanceBased",
    "Crossing",
    "CurrentBased",
    "Delta",
    "DendrisynError",
    "Dendrite",
    "DendriticSpike",
    "Depression",
    "DualExponential",
    "EphysProperties",
    "Exponential",
    "Finding",
    "GProteinGated",
    "GraphError",
    "InhibitorySTDP",
    "InvalidValueError",
    "Izhikevich",
    "LeakyIF",
    "LowPass",
    "MagnesiumBlock",
    "NameConflictError",
    "NeuronModel",
    "Noise",
    "NumericsWarning",
    "PairSTDP",
    "Passive",
    "PassiveCell",
    "PlateauSignal",
    "Playground",
    "PointNeuronModel",
    "Projection",
    "SaturatingNMDA",
    "Soma",
    "StandaloneBuild",
    "Sweep",
    "SweepError",
    "SweepWarning",
    "Synapse",
    "Template",
    "TraceSTDP",
    "TransmitterGated",
    "TripletSTDP",
    "TsodyksMarkram",
    "UnitError",
    "UnknownNameError",
    "Validation",
    "VectorCode",
    "VoltageSTDP",
    "calibrate",
    "default_params",
    "diagnose",
    "library",
    "magnesium_blocks",
    "measure",
    "parameter_grid",
    "passive",
    "plotting",
    "seed_from_point",
    "update_default_params",
    "use_vector_code",
    "validate",
]


#: What is imported when it is asked for: the packages, and what they hold.
_LATER = {
    "compiler": ("CompilerWarning", "VectorCode", "use_vector_code"),
    "diagnosis": ("Finding", "diagnose"),
    "electrotonus": ("PassiveCell", "passive"),
    "playground": ("Playground",),
    "validation": ("Validation", "validate"),
    "projection": ("Projection",),
    "short_term": ("Depression", "TsodyksMarkram"),
    "sweeps": (
        "StandaloneBuild",
        "Sweep",
        "SweepError",
        "SweepWarning",
        "parameter_grid",
        "seed_from_point",
    ),
    "plasticity": (
        "BTSP",
        "Above",
        "CalciumPool",
        "CalciumSTDP",
        "Crossing",
        "InhibitorySTDP",
        "LowPass",
        "PairSTDP",
        "PlateauSignal",
        "TraceSTDP",
        "TripletSTDP",
        "VoltageSTDP",
    ),
}


#: Modules that are used by their names: ``measure.psp(...)``.
_MODULES = ("calibrate", "measure", "plotting")


def __getattr__(name: str) -> Any:
    """Import what not every simulation needs when it is asked for."""
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    for package, names in _LATER.items():
        if name in names:
            return getattr(import_module(f".{package}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return all public names, those that are imported later, too."""
    return sorted({*globals(), *__all__})
