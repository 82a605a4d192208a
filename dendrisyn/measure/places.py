"""Where one measures, and with what: compartments, receptors, currents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..cell.base import Model
from ..cell.compartment import Soma
from ..errors import InvalidValueError, UnknownNameError, nearest
from ..names import as_names
from ..units import Spec

__all__ = [
    "compartments",
    "nonzero_current",
    "patch_of",
    "place",
    "receptor",
    "voltage",
]

_CURRENT = Spec("amp", "injected current")


def compartments(model: Model) -> list[str]:
    """Return the names of all compartments; ``['']`` for a point neuron."""
    return [patch._name for patch in model._patches()]


def patch_of(model: Model, compartment: str) -> Any:
    """Return a compartment by its name; ``''`` is that of a point neuron."""
    return next(each for each in model._patches() if each._name == compartment)


def place(model: Model, at: object, argument: str = "at") -> str:
    """Return the name of a compartment: the soma if *at* is None.

    Raises
    ------
    UnknownNameError
        If there is no such compartment.
    """
    patches = model._patches()
    if at is None:
        somata = [each for each in patches if isinstance(each, Soma)]
        return (somata or patches)[0]._name
    names = compartments(model)
    if at not in names:
        raise UnknownNameError(
            f"{argument}: there is no compartment {at!r}.{nearest(str(at), names)}"
        )
    return str(at)


def voltage(model: Model, compartment: str) -> str:
    """Return the name of a compartment's voltage."""
    return patch_of(model, compartment)._names("V")


def receptor(model: Model, name: str | Sequence[str]) -> tuple[str, ...]:
    """Return receptors by name: one, or several that each spike reaches.

    Raises
    ------
    UnknownNameError, UnitError
        If the model has no such receptor, or it is no name.
    """
    given = as_names(name, "receptor")
    known = [each for patch in model._patches() for each in patch._receptors()]
    for each in given:
        if each not in known:
            raise UnknownNameError(
                f"receptor: there is no receptor {each!r}.{nearest(str(each), known)}"
            )
    return given


def nonzero_current(current: object) -> float:
    """Return a current that is not 0 (amp)."""
    step = float(_CURRENT.check(current, "current"))
    if step == 0:
        raise InvalidValueError("current: must not be zero.")
    return step
