"""The arguments of a `brian2.PoissonInput` to a receptor."""

from __future__ import annotations

from typing import Any

from ..errors import InvalidValueError, UnitError
from ..names import SynapseNames
from ..units import Spec, positive_integer
from .model_interface import ModelInterface, constants_of
from .weight import plain_number

__all__ = ["poisson_input_arguments"]

_RATE = Spec("hertz", sign="nonnegative")


def poisson_input_arguments(
    receptor: Any, interface: ModelInterface, N: Any, rate: Any, weight: Any
) -> dict[str, Any]:
    """Return the arguments described in `NeuronModel.poisson_input`."""
    if not isinstance(receptor, str):
        raise UnitError(
            f"expected the name of a receptor, such as 'AMPA_x_dend', got {receptor!r}."
        )
    synapse, names = interface.receptor(receptor)
    if synapse.per_synapse:
        raise InvalidValueError(
            f"{receptor} has a gate for each synapse, so the spikes of many synapses "
            "cannot be added up. Use a PoissonGroup and Synapses(..., "
            f"**model.projection({receptor!r}))."
        )
    number = positive_integer(N, "N")
    own = SynapseNames(names, synapse.channel, synapse.tag)
    target, factors = synapse.kinetics.increment(own)
    constants = constants_of(interface.parameters, factors)
    jump: Any = plain_number(weight, "weight")
    for factor in factors:
        jump = jump * constants[factor]
    rate = _RATE.check(rate, "rate")
    return {"target_var": target, "N": number, "rate": rate, "weight": jump}
