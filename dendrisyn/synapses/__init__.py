"""Synapses: a kinetics (conductance over time) and an output (its current)."""

from ..deprecated import old_names
from .kinetics import Kinetics
from .linear import Alpha, Delta, DualExponential, Exponential, g_norm_factor
from .outputs import (
    ConductanceBased,
    CurrentBased,
    MagnesiumBlock,
    Output,
    magnesium_blocks,
)
from .receptors import AMPA, GABA, GABAB, NMDA
from .saturating import GABABKinetics, SaturatingNMDA, TwoStateKinetics
from .synapse import Synapse

__all__ = [
    "AMPA",
    "GABA",
    "GABAB",
    "NMDA",
    "Alpha",
    "ConductanceBased",
    "CurrentBased",
    "Delta",
    "DualExponential",
    "Exponential",
    "GABABKinetics",
    "Kinetics",
    "MagnesiumBlock",
    "Output",
    "SaturatingNMDA",
    "Synapse",
    "TwoStateKinetics",
    "g_norm_factor",
    "magnesium_blocks",
]

__getattr__ = old_names(__name__, "GProteinGated", "TransmitterGated")


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
