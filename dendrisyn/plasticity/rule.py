"""`LongTermPlasticity`: what all rules that change a weight have in common."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from typing import NamedTuple

from ..equations.fragment import Parameter, SynapticFragment
from ..equations.mechanism import Mechanism
from ..errors import InvalidValueError, UnitError
from ..names import Names
from ..units import Checked, exactly, number, quantity, same_value

__all__ = ["LongTermPlasticity", "Need", "WeightDependent", "excess"]


class Need(NamedTuple):
    """A mechanism that a rule reads, and the names of the compartment that has it."""

    names: Names
    mechanism: Mechanism

    @property
    def code(self) -> str:
        """What a user writes to make the mechanism."""
        written = []
        for each in fields(self.mechanism):
            value = getattr(self.mechanism, each.name)
            default = each.default
            if default is MISSING and each.default_factory is not MISSING:
                default = each.default_factory()
            if value is default or same_value(value, default):
                continue
            text = exactly(value)
            written.append(f"{each.name}={text}" if each.kw_only else text)
        return f"{type(self.mechanism).__name__}({', '.join(written)})"


def excess(voltage: str, threshold: str) -> str:
    """Return the expression of what a voltage exceeds a threshold by, else 0."""
    return f"({voltage} - {threshold}) * int({voltage} > {threshold})"


@dataclass(frozen=True, kw_only=True, eq=False)
class LongTermPlasticity(Checked, ABC):
    """Base of the rules of long-term plasticity.

    A rule is an immutable object that gives strings: ``model.projection('AMPA_x_dend',
    plasticity=rule)``. Every change of the weight is multiplied by `gate`, if there is
    one, and ends within the bounds.
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
        """Whether it reads the compartment that the synapses end at."""
        return False

    @abstractmethod
    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        """Return what goes into the synapses.

        Parameters
        ----------
        weight : str
            The variable that holds the weight.
        names : Names
            The names of the compartment that the synapses end at.
        """

    def event_at(self, names: Names) -> str:
        """Return the name of the postsynaptic event that the rule follows."""
        return "spike"

    def needs(self, names: Names) -> tuple[Need, ...]:
        """Return what the rule reads of the neuron."""
        return ()

    def change(self, weight: str, amount: str) -> str:
        """Return the statement that adds *amount* to the weight, within the bounds."""
        if self.gate:
            amount = f"({self.gate}) * ({amount})"
        sign, size = ("-", amount[1:]) if amount.startswith("-") else ("+", amount)
        return f"{weight} = clip({weight} {sign} {size}, w_min_stdp, w_max_stdp)"

    def settings(self, *fields: str) -> dict[str, Parameter]:
        """Return the bounds and these fields as parameters, by their names in code."""
        return {
            f"{name}_stdp": Parameter(getattr(self, name), self.spec(name))
            for name in ("w_min", "w_max", *fields)
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightDependent(LongTermPlasticity):
    """Base of the rules whose changes may depend on the room that is left."""

    mu_plus: float = number("weight dependence of potentiation", 0.0)
    mu_minus: float = number("weight dependence of depression", 0.0)

    def potentiate(self, weight: str, amount: str) -> str:
        """Return the statement that adds *amount*, times the room above."""
        room = _room(self.mu_plus, f"w_max_stdp - {weight}", "mu_plus_stdp")
        return self.change(weight, amount + room)

    def depress(self, weight: str, amount: str) -> str:
        """Return the statement that takes *amount*, times the room below."""
        room = _room(self.mu_minus, f"{weight} - w_min_stdp", "mu_minus_stdp")
        return self.change(weight, f"-{amount}{room}")

    def settings(self, *fields: str) -> dict[str, Parameter]:
        return super().settings("mu_plus", "mu_minus", *fields)


def _room(mu: float, room: str, exponent: str) -> str:
    """Return the factor of a dependence on the weight."""
    if mu == 0:
        return ""
    share = f"({room}) / (w_max_stdp - w_min_stdp)"
    return f" * {share}" if mu == 1 else f" * clip({share}, 0, 1)**{exponent}"


def expression(text: object, where: str) -> str:
    """Return an expression on one line, without comments; raise if *text* is none.

    A condition counts as 1 or 0.
    """
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
    """Raise if *value* is none of those that are legal."""
    if value not in tuple(legal):
        shown = " or ".join(map(repr, legal))
        raise InvalidValueError(f"{where}: expected {shown}, got {value!r}.")
