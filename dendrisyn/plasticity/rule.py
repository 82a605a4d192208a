"""`LongTermPlasticity`: base of the rules that change a weight."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from typing import NamedTuple

from ..equations.fragment import Parameter, SynapticFragment, parameters_of
from ..equations.mechanism import Mechanism
from ..errors import InvalidValueError, UnitError
from ..names import Names
from ..units import Checked, exactly, number, quantity, same_value

__all__ = ["LongTermPlasticity", "Need", "WeightDependent", "excess"]


class Need(NamedTuple):
    """A mechanism that a rule reads, and the names of its compartment."""

    names: Names
    mechanism: Mechanism

    @property
    def code(self) -> str:
        """The code that creates the mechanism."""
        written = []
        for field in fields(self.mechanism):
            value = getattr(self.mechanism, field.name)
            default = field.default
            if default is MISSING and field.default_factory is not MISSING:
                default = field.default_factory()
            if value is default or same_value(value, default):
                continue
            text = exactly(value)
            written.append(f"{field.name}={text}" if field.kw_only else text)
        return f"{type(self.mechanism).__name__}({', '.join(written)})"


def excess(voltage: str, threshold: str) -> str:
    """Return the expression of a voltage above its threshold, 0 below it."""
    return f"({voltage} - {threshold}) * int({voltage} > {threshold})"


@dataclass(frozen=True, kw_only=True, eq=False)
class LongTermPlasticity(Checked, ABC):
    """Base of the rules of long-term plasticity.

    A rule is an immutable object that returns strings:
    ``model.projection('AMPA_x_dend', plasticity=rule)``. Every change of the weight is
    multiplied by `gate`, if there is one, and clipped to the bounds.

    Parameters
    ----------
    w_min, w_max : float
        Bounds of the weight.
    gate : str
        An expression that multiplies every change: the third factor.

    Raises
    ------
    UnitError, InvalidValueError
        If a value has the wrong unit or sign, or if the bounds are not in order.
    """

    w_min: float = quantity("1", "lower bound of the weight", default=0.0)
    w_max: float = quantity("1", "upper bound of the weight", default=1.0)
    gate: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        title = type(self).__name__
        if not self.w_min < self.w_max:
            raise InvalidValueError(
                f"{title}.w_max: must be above w_min = {self.w_min:g}, got "
                f"{self.w_max:g}."
            )
        if self.gate != "":
            object.__setattr__(self, "gate", expression(self.gate, f"{title}.gate"))

    @property
    def local(self) -> bool:
        """True if the rule reads the compartment at which the synapses end."""
        return False

    @abstractmethod
    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        """Return the equations and statements of the synapses.

        Parameters
        ----------
        weight : str
            The variable that holds the weight.
        names : Names
            The names of the compartment at which the synapses end.
        """

    def event_at(self, names: Names) -> str:
        """Return the name of the postsynaptic event that the rule follows."""
        return "spike"

    def needs(self, names: Names) -> tuple[Need, ...]:
        """Return the mechanisms that the rule reads."""
        return ()

    def change(self, weight: str, amount: str) -> str:
        """Return the statement that adds *amount* to the weight, within the bounds."""
        if self.gate:
            amount = f"({self.gate}) * ({amount})"
        sign, size = ("-", amount[1:]) if amount.startswith("-") else ("+", amount)
        return f"{weight} = clip({weight} {sign} {size}, w_min_stdp, w_max_stdp)"

    def settings(self, *fields: str) -> dict[str, Parameter]:
        """Return the bounds and other fields as parameters, by their names in code."""
        names = ("w_min", "w_max", *fields)
        return parameters_of(self, {f"{name}_stdp": name for name in names})


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightDependent(LongTermPlasticity):
    """Base of the rules whose changes may depend on the weight.

    Parameters
    ----------
    w_min, w_max, gate
        See `LongTermPlasticity`.
    mu_plus, mu_minus : float
        Dependence of potentiation and depression on the weight: 0 is additive with hard
        bounds, 1 multiplicative with soft bounds.
    """

    mu_plus: float = number("weight dependence of potentiation", 0.0)
    mu_minus: float = number("weight dependence of depression", 0.0)

    def potentiate(self, weight: str, amount: str) -> str:
        """Return the statement that adds *amount*, by the weight dependence."""
        room = _room(self.mu_plus, f"w_max_stdp - {weight}", "mu_plus_stdp")
        return self.change(weight, amount + room)

    def depress(self, weight: str, amount: str) -> str:
        """Return the statement that takes away *amount*, by the weight dependence."""
        room = _room(self.mu_minus, f"{weight} - w_min_stdp", "mu_minus_stdp")
        return self.change(weight, f"-{amount}{room}")

    def settings(self, *fields: str) -> dict[str, Parameter]:
        return super().settings("mu_plus", "mu_minus", *fields)


def _room(mu: float, room: str, exponent: str) -> str:
    """Return the factor of the weight dependence, relative to the whole range."""
    if mu == 0:
        return ""
    share = f"({room}) / (w_max_stdp - w_min_stdp)"
    return f" * {share}" if mu == 1 else f" * clip({share}, 0, 1)**{exponent}"


def expression(text: object, where: str) -> str:
    """Return an expression on one line, without comments; a condition as 1 or 0."""
    if not isinstance(text, str):
        raise UnitError(f"{where}: expected an expression as text, got {text!r}.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise InvalidValueError(f"{where}: Python cannot read {text!r}.") from error
    condition = isinstance(tree, (ast.Compare, ast.BoolOp)) or (
        isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    )
    return f"int({ast.unparse(tree)})" if condition else ast.unparse(tree)


def check_choice(value: object, legal: Iterable[str], where: str) -> None:
    """Raise if *value* is not one of the legal values."""
    if value not in tuple(legal):
        shown = " or ".join(map(repr, legal))
        raise InvalidValueError(f"{where}: expected {shown}, got {value!r}.")
