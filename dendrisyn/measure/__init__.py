"""Protocols of electrophysiology: one call on a model, one result."""

from ..deprecated import old_names
from .attenuation import Attenuation, attenuation
from .dendritic import (
    Backpropagation,
    DendriticSpikeThreshold,
    backpropagation,
    dspike_threshold,
)
from .dendritic_spike import DendriticSpikeResponse, dendritic_spike
from .excitability import FICurve, Rheobase, fi_curve, rheobase
from .options import MeasurementOptions
from .results import Measurement, Traces
from .steps import InputResistance, TimeConstant, input_resistance, time_constant
from .summation import DendriticIO, dendritic_io
from .synaptic import PSP, psp
from .trains import PairedPulse, Train, paired_pulse, train

__all__ = [
    "PSP",
    "Attenuation",
    "Backpropagation",
    "DendriticIO",
    "DendriticSpikeResponse",
    "DendriticSpikeThreshold",
    "FICurve",
    "InputResistance",
    "Measurement",
    "MeasurementOptions",
    "PairedPulse",
    "Rheobase",
    "TimeConstant",
    "Traces",
    "Train",
    "attenuation",
    "backpropagation",
    "dendritic_io",
    "dendritic_spike",
    "dspike_threshold",
    "fi_curve",
    "input_resistance",
    "paired_pulse",
    "psp",
    "rheobase",
    "time_constant",
    "train",
]

__getattr__ = old_names(__name__, "Conditions")


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
