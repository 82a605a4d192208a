"""Parameters: the defaults that models share, and the values in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from brian2.core.functions import Function
from brian2.units.allunits import mvolt
from brian2.units.fundamentalunits import Quantity
from brian2.units.unitsafefunctions import exp, expm1, log

from ..errors import (
    NameConflictError,
    UnitError,
    UnknownNameError,
    nearest,
)
from ..names import check_identifier
from ..units import Spec, as_spec
from .fragment import Formula, Parameter

__all__ = [
    "SHARED",
    "checked_values",
    "default_params",
    "evaluate",
    "update_default_params",
]

#: Parameters that all mechanisms of a model share, unless a receptor has its own.
SHARED: Mapping[str, Spec] = MappingProxyType(
    {
        "E_AMPA": Spec("volt", "reversal potential of AMPA receptors"),
        "E_NMDA": Spec("volt", "reversal potential of NMDA receptors"),
        "E_GABA": Spec("volt", "reversal potential of GABA receptors"),
        "E_Na": Spec("volt", "reversal potential of sodium"),
        "E_K": Spec("volt", "reversal potential of potassium"),
        "E_Ca": Spec("volt", "reversal potential of calcium"),
        "Mg_con": Spec("1", "external magnesium (mM)", "nonnegative"),
        "Alpha_NMDA": Spec("1", "steepness of the magnesium block (1/mV)"),
        "Beta_NMDA": Spec("1", "sensitivity to magnesium (mM)", "positive"),
        "Gamma_NMDA": Spec("1", "shift of the magnesium block (mV)"),
    }
)

_defaults: dict[str, Quantity] = {
    "E_AMPA": 0 * mvolt,
    "E_NMDA": 0 * mvolt,
    "E_GABA": -80 * mvolt,
    "E_Na": 70 * mvolt,
    "E_K": -89 * mvolt,
    "E_Ca": 136 * mvolt,
    "Mg_con": 1.0,
    "Alpha_NMDA": 0.062,
    "Beta_NMDA": 3.57,
    "Gamma_NMDA": 0.0,
}


#: Functions that formulas may call.
_FUNCTIONS = {"exp": exp, "expm1": expm1, "log": log}


def default_params() -> dict[str, Quantity]:
    """Return a copy of the parameters that new models share.

    Returns
    -------
    dict
        Reversal potentials (volt) and the magnesium block of Jahr & Stevens (1990),
        doi:10.1523/JNEUROSCI.10-09-03178.1990.

    Examples
    --------
    >>> from dendrisyn import default_params
    >>> default_params()['E_GABA']
    -80. * mvolt
    """
    return dict(_defaults)


def update_default_params(params: Mapping[str, Quantity]) -> None:
    """Change the parameters that new models share; existing models stay as they are.

    Parameters
    ----------
    params : mapping of str to Quantity or float
        New values, by the names of `default_params`.

    Raises
    ------
    UnknownNameError
        If there is no such parameter.
    UnitError, InvalidValueError
        If a value has the wrong unit or is not finite. Nothing is changed then.

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn import update_default_params
    >>> update_default_params({'E_GABA': -75*mV})
    >>> update_default_params({'E_GABA': -80*mV})
    """
    if not isinstance(params, Mapping):
        raise UnitError(f"update_default_params: expected a dict, got {params!r}.")
    checked = {}
    for name, value in params.items():
        if name not in SHARED:
            raise UnknownNameError(
                f"update_default_params: there is no default {name!r}."
                f"{nearest(name, SHARED)}"
            )
        checked[name] = SHARED[name].check(value, f"update_default_params: {name}")
    _defaults.update(checked)


def evaluate(formula: Formula, values: Mapping[str, Any]) -> Quantity:
    """Return the value of *formula*, None if one of its parameters is missing."""
    arguments = {name: values[name] for name in formula.identifiers if name in values}
    if any(value is None for value in arguments.values()):
        return None
    scope = {"__builtins__": {"int": int, "abs": abs}, **_FUNCTIONS}
    # The expression is written in this package, never by a user.
    return eval(formula.expression, scope, arguments)


def checked_values(
    given: Mapping[str, Any],
    known: Mapping[str, Parameter],
    is_variable: Callable[[str], bool] = lambda name: False,
) -> dict[str, Any]:
    """Return *given*, each value checked against the parameter of its name."""
    if not isinstance(given, Mapping):
        raise UnitError(f"expected a dict of parameters, got {given!r}.")
    checked = {}
    for name, value in given.items():
        if name in known:
            checked[name] = known[name].spec.check(value, name)
            continue
        if not isinstance(name, str):
            raise UnitError(f"expected a name, got {name!r}.")
        check_identifier(name, name)
        if is_variable(name):
            raise NameConflictError(
                f"{name} is a variable of the model, not a parameter. Assign to the "
                "group that you make of it, or use replace_equations."
            )
        if isinstance(value, Function):
            checked[name] = value
            continue
        spec = as_spec(value)
        if spec is None:
            raise UnitError(
                f"{name}: expected a number, a quantity or a function such as a "
                f"TimedArray, got {value!r}."
            )
        checked[name] = spec.check(value, name)
    return checked


def value_of(name: str, parameters: Mapping[str, Parameter]) -> Any:
    """Return the value of a parameter; a formula is evaluated."""
    value = parameters[name].value
    if not isinstance(value, Formula):
        return value
    needed = {each for each in value.identifiers if each in parameters}
    return evaluate(value, {each: value_of(each, parameters) for each in needed})


def resolve(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the values of *parameters*, with every formula evaluated."""
    return {name: value_of(name, parameters) for name in parameters}
