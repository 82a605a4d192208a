"""dendrisyn: dendrites for Brian2 networks.

Compartments and the mechanisms that are added to them give Brian2 equations and
parameters; `NeuronModel` merges them into one `brian2.NeuronGroup`. Connections and
plasticity stay in plain `brian2.Synapses`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .deprecated import RENAMED, install_old_modules, warn_of_old_name

if TYPE_CHECKING:
    from . import calibrate, extend, measure, plotting
    from .brian.vector_code import CompilerWarning, VectorCode, enable_vector_code
    from .cell.compartment import Compartment
    from .cell.geometry import EphysProperties
    from .cell.library import library
    from .cell.neuron_model import NeuronModel
    from .cell.passive_properties import passive
    from .cell.point_neuron import PointNeuronModel
    from .cell.soma_and_dendrite import Dendrite, Soma
    from .circuits import PassiveCell
    from .connections.projection import Projection
    from .diagnosis import Finding, diagnose
    from .equations.parameters import default_params, update_default_params
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
    from .measure.validation import Validation, validate
    from .mechanisms.dendritic_spike import DendriticSpike
    from .mechanisms.membranes import (
        EIF,
        AdaptiveIF,
        AdEx,
        CadIF,
        CustomMembrane,
        Izhikevich,
        LeakyIF,
        Passive,
    )
    from .mechanisms.noise import Noise
    from .plasticity import (
        BTSP,
        AboveThreshold,
        CalciumPool,
        CalciumSTDP,
        Depression,
        FilteredVoltage,
        InhibitorySTDP,
        PairSTDP,
        PlateauSignal,
        ThresholdCrossing,
        TraceSTDP,
        TripletSTDP,
        TsodyksMarkram,
        VoltageSTDP,
    )
    from .playground import Playground
    from .sweeps import (
        StandaloneBuild,
        Sweep,
        SweepError,
        SweepWarning,
        parameter_grid,
        seed_from_point,
    )
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
        GABABKinetics,
        MagnesiumBlock,
        SaturatingNMDA,
        Synapse,
        TwoStateKinetics,
        magnesium_blocks,
    )

__version__ = "0.6.0"

#: All public names, by the module that holds them. They are imported when they are
#: asked for, so that importing dendrisyn costs little.
_PUBLIC = {
    "brian.vector_code": "CompilerWarning VectorCode enable_vector_code",
    "cell.compartment": "Compartment",
    "cell.geometry": "EphysProperties",
    "cell.library": "library",
    "cell.neuron_model": "NeuronModel",
    "cell.passive_properties": "passive",
    "cell.point_neuron": "PointNeuronModel",
    "cell.soma_and_dendrite": "Dendrite Soma",
    "circuits": "PassiveCell",
    "connections.projection": "Projection",
    "diagnosis": "Finding diagnose",
    "equations.parameters": "default_params update_default_params",
    "errors": "AssemblyError DendrisynError GraphError InvalidValueError "
    "NameConflictError NumericsWarning UnitError UnknownNameError",
    "measure.validation": "Validation validate",
    "mechanisms.dendritic_spike": "DendriticSpike",
    "mechanisms.membranes": "EIF AdEx AdaptiveIF CadIF CustomMembrane Izhikevich "
    "LeakyIF Passive",
    "mechanisms.noise": "Noise",
    "plasticity": "BTSP AboveThreshold CalciumPool CalciumSTDP Depression "
    "FilteredVoltage InhibitorySTDP PairSTDP PlateauSignal ThresholdCrossing "
    "TraceSTDP TripletSTDP TsodyksMarkram VoltageSTDP",
    "playground": "Playground",
    "sweeps": "StandaloneBuild Sweep SweepError SweepWarning parameter_grid "
    "seed_from_point",
    "synapses": "AMPA Alpha ConductanceBased CurrentBased Delta DualExponential "
    "Exponential GABA GABAB GABABKinetics MagnesiumBlock NMDA SaturatingNMDA Synapse "
    "TwoStateKinetics magnesium_blocks",
}

#: Public modules: ``measure.psp(...)``.
_MODULES = ("calibrate", "measure", "plotting")

#: The public module that a star import leaves out: few users need it.
_DOOR = "extend"

_HOMES = {name: home for home, names in _PUBLIC.items() for name in names.split()}

__all__ = sorted([*_HOMES, *_MODULES])


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for."""
    if name in (*_MODULES, _DOOR):
        return import_module(f".{name}", __name__)
    if name in _HOMES:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    if RENAMED.get(name) in _HOMES:
        warn_of_old_name(name, stacklevel=3)
        return __getattr__(RENAMED[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*__all__, _DOOR, "__version__"])


install_old_modules()
