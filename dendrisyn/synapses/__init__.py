"""Synapses: how a conductance moves in time, and how it becomes a current."""

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
from .saturating import GProteinGated, SaturatingNMDA, TransmitterGated
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
    "GProteinGated",
    "Kinetics",
    "MagnesiumBlock",
    "Output",
    "SaturatingNMDA",
    "Synapse",
    "TransmitterGated",
    "g_norm_factor",
    "magnesium_blocks",
]
