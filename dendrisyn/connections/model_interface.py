"""`ModelInterface`: the receptors, parameters and variables for projections."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Parameter
from ..equations.mechanism import Mechanism
from ..equations.parameters import resolve
from ..errors import InvalidValueError, look_up
from ..names import Names
from ..synapses import Synapse

__all__ = ["ModelInterface", "Receptor", "constants_of"]


class Receptor(NamedTuple):
    """A receptor and the names of its compartment."""

    synapse: Synapse
    names: Names


class ModelInterface(NamedTuple):
    """The view of a model that projections need."""

    #: By full name: channel, tag and compartment.
    receptors: Mapping[str, Receptor]
    #: All parameters of the model.
    parameters: Mapping[str, Parameter]
    #: The equations by the variable that they define.
    variables: Mapping[str, Equation]
    #: The names of its events.
    events: Collection[str]
    #: The mechanisms by label, for the voltage of every compartment.
    mechanisms: Mapping[str, Mapping[str, Mechanism]]

    def receptor(self, name: str) -> Receptor:
        """Return the receptor called *name*."""
        return look_up(name, self.receptors, "receptor")


def constants_of(
    parameters: Mapping[str, Parameter], names: Collection[str]
) -> dict[str, Quantity | float]:
    """Return the values of the parameters in *names*; raise if one is missing."""
    values: dict[str, Quantity] = resolve(parameters)
    for name, parameter in parameters.items():
        if name in names and values[name] is None:
            raise InvalidValueError(
                f"{name} ({parameter.spec.meaning}, {parameter.spec.unit}) is not "
                f"given: {parameter.remedy}."
            )
    return {name: values[name] for name in parameters if name in names}
