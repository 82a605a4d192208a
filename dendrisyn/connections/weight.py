"""The weight of a projection: a plain number, or a variable of the synapses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..errors import InvalidValueError, UnitError
from ..names import check_in_synapses
from ..plasticity.rule import expression
from ..units import Spec

__all__ = ["WeightVariable", "number_text", "plain_number", "weight_variable"]

_NUMBER = Spec("1")


class WeightVariable(NamedTuple):
    """The variable that holds the weight, and the value of new synapses."""

    name: str
    start: float | str


def plain_number(value: Any, where: str) -> float:
    """Return a finite number without a unit as a float."""
    return float(_NUMBER.check(value, where))


def number_text(number: float) -> str:
    """Return a number as text that Brian2 reads back as the same number."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def weight_variable(weight: Any, plastic: bool) -> WeightVariable | None:
    """Return the variable for the argument `weight`, or None for a plain number.

    A *plastic* weight is a variable in any case.
    """
    if isinstance(weight, str):
        name, start = weight, 1.0
    elif isinstance(weight, Mapping):
        if len(weight) != 1:
            raise InvalidValueError(
                f"weight: expected one variable, such as {{'w': 0.5}}, got {weight!r}."
            )
        ((name, start),) = weight.items()
    elif plastic:
        name, start = "w", weight
    else:
        return None
    if not isinstance(name, str):
        raise UnitError(f"weight: expected the name of a variable, got {name!r}.")
    check_in_synapses(name, "weight")
    where = f"weight: the start of {name!r}"
    if isinstance(start, str):
        expression(start, where)  # raises if Python cannot read it
        return WeightVariable(name, start)
    if np.ndim(start) > 0:
        raise InvalidValueError(
            f"{where} must be one number, or a text that Brian2 evaluates for every "
            f"synapse. Assign arrays after connect: S.{name} = ..."
        )
    return WeightVariable(name, plain_number(start, where))
