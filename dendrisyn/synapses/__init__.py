"""Synapses: how a conductance moves in time, and how it becomes a current."""

from .kinetics import DualExponential, Exponential, Kinetics, g_norm_factor
from .outputs import ConductanceBased, MagnesiumBlock, Output
from .synapse import AMPA, GABA, NMDA, Synapse

__all__ = [
    "AMPA",
    "GABA",
    "NMDA",
    "ConductanceBased",
    "DualExponential",
    "Exponential",
    "Kinetics",
    "MagnesiumBlock",
    "Output",
    "Synapse",
    "g_norm_factor",
]
