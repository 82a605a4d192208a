"""The base classes for mechanisms, kinetics, outputs, membranes and rules of your own.

All are immutable dataclasses that return data: fields are declared with `quantity`,
one method returns a `Fragment` (for a compartment) or a `SynapticFragment` (for
synapses). The page "Extending" has an example of each.
"""

from .equations.fragment import (
    Equation,
    Factor,
    Formula,
    Fragment,
    Parameter,
    Pathway,
    SynapticFragment,
)
from .equations.mechanism import Mechanism
from .mechanisms.membranes import Membrane
from .names import Names, SynapseNames
from .plasticity.events import VoltageEvent
from .plasticity.rule import LongTermPlasticity, Need
from .plasticity.short_term import ShortTermPlasticity
from .plasticity.timing import SpikeTiming
from .synapses.kinetics import Kinetics
from .synapses.outputs import Output
from .units import Spec, quantity

__all__ = [
    "Equation",
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
    "quantity",
]


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
