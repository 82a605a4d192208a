"""Base classes for kinetics, outputs, membranes, mechanisms and rules of your own.

All are immutable dataclasses that return data: fields are declared with `quantity`, and
one method returns a `Fragment` (for a compartment) or a `SynapticFragment` (for
synapses). The page "Extending" has examples.
"""

from .equations.fragment import (
    Equation,
    Factor,
    Formula,
    Fragment,
    Parameter,
    Pathway,
    SynapticFragment,
    parameters_of,
    steps,
)
from .equations.mechanism import Mechanism
from .mechanisms.membranes import Membrane
from .names import Names, SynapseNames
from .plasticity.events import VoltageEvent
from .plasticity.rule import LongTermPlasticity, Need, WeightDependent
from .plasticity.short_term import ShortTermPlasticity
from .plasticity.timing import EventRule, SpikeTiming
from .synapses.kinetics import Kinetics
from .synapses.outputs import Output
from .units import Checked, Spec, quantity

__all__ = [
    "Checked",
    "Equation",
    "EventRule",
    "Factor",
    "Formula",
    "Fragment",
    "Kinetics",
    "LongTermPlasticity",
    "Mechanism",
    "Membrane",
    "Names",
    "Need",
    "Output",
    "Parameter",
    "Pathway",
    "ShortTermPlasticity",
    "Spec",
    "SpikeTiming",
    "SynapseNames",
    "SynapticFragment",
    "VoltageEvent",
    "WeightDependent",
    "parameters_of",
    "quantity",
    "steps",
]


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
