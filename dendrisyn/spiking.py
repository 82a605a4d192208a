"""The somatic action potential: threshold, reset, and a second reset after a while."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from brian2.parsing.statements import parse_statement
from brian2.units.fundamentalunits import Quantity

from .dspikes import steps
from .errors import InvalidValueError, nearest
from .fragment import SUBEXPRESSION, Equation, identifiers_of
from .quantities import Spec, Value

__all__ = ["Spiking", "second_reset_code"]

_SPIKE_WIDTH = Spec("second", "time between the two resets", "positive")
_REFRACTORY = Spec("second", "refractory period", "nonnegative")


@dataclass(frozen=True)
class Spiking:
    """How the somatic action potential of a group is made.

    Attributes
    ----------
    threshold, reset, second_reset : str or None
        Condition of a spike, and what is done at it and `spike_width` later.
    spike_width : Quantity or None
        Time between the two resets (second).
    refractory : Quantity, str or False
        Refractory period.
    """

    threshold: str | None = None
    reset: str | None = None
    second_reset: str | None = None
    spike_width: Value = None
    refractory: Quantity | str | bool = False

    @property
    def code(self) -> list[str]:
        """All of it that is code."""
        parts = (self.threshold, self.reset, self.second_reset, self.refractory)
        return [part for part in parts if isinstance(part, str)]

    def check(self, equations: Mapping[str, Equation]) -> None:
        """Raise an `InvalidValueError` if a reset or second reset cannot be done."""
        for what in ("reset", "second_reset"):
            code = getattr(self, what)
            if isinstance(code, str):
                _check_targets(code, what, equations)
        if not isinstance(self.refractory, (bool, str)):
            _REFRACTORY.check(self.refractory, "refractory")
        if self.second_reset is None and self.spike_width is None:
            return
        if self.second_reset is None or self.spike_width is None:
            raise InvalidValueError(
                "second_reset and spike_width belong together: give both or none."
            )
        _SPIKE_WIDTH.check(self.spike_width, "spike_width")
        if self.threshold is None or self.reset is None:
            raise InvalidValueError(
                "second_reset needs a threshold and a reset that start the spike."
            )
        refractory = self.refractory
        if isinstance(refractory, str):
            return
        if refractory is False or refractory < self.spike_width:
            raise InvalidValueError(
                f"second_reset needs a refractory period at least as long as "
                f"spike_width (got refractory={refractory}, spike_width="
                f"{self.spike_width}): another spike before the second reset would "
                f"put it off. Give refractory={self.spike_width} or more."
            )

    def statements(self, variables: Collection[str]) -> list[str]:
        """Return what the step operation does for the second reset."""
        if self.second_reset is None:
            return []
        return second_reset_code(self.second_reset, "spike_width", variables)


def second_reset_code(
    code: str, spike_width: str, variables: Collection[str]
) -> list[str]:
    """Return statements that do *code* once, `spike_width` after each spike.

    Parameters
    ----------
    code : str
        Brian2 statements, one a line.
    spike_width : str
        The name of the constant with the time between the two resets.
    variables : collection of str
        The variables of the group; what else is assigned to is a name that the
        following lines use.

    Raises
    ------
    InvalidValueError
        If a line is not a statement.
    """
    since, whole, now = "t - lastspike", steps(spike_width), "second_reset_now"
    statements = [
        f"{now} = int({since} > ({whole} - 0.5)*dt and {since} < ({whole} + 0.5)*dt)"
    ]
    for line, name, operator, expression in _statements(code, "second_reset"):
        if name not in variables:
            statements.append(f"{name} {operator} {expression}")
        elif operator == "=":
            kept = f"{name}*(1 - {now})"
            statements.append(f"{name} = {kept} + ({expression})*{now}")
        elif operator in ("+=", "-="):
            statements.append(f"{name} {operator} ({expression})*{now}")
        elif operator in ("*=", "/="):
            statements.append(f"{name} {operator} (1 + (({expression}) - 1)*{now})")
        else:
            raise InvalidValueError(
                f"second_reset: {line!r}: {operator!r} is not legal."
            )
    return statements


def _statements(code: str, what: str) -> list[tuple[str, str, str, str]]:
    """Return each line of *code*, and the name, operator and expression in it."""
    statements = []
    for line in filter(None, map(str.strip, code.replace(";", "\n").splitlines())):
        if line.startswith("#"):
            continue
        try:
            name, operator, expression, _ = parse_statement(line)
        except (ValueError, SyntaxError) as error:
            raise InvalidValueError(
                f"{what}: {line!r} is not a statement such as 'V_soma = -60*mV'."
            ) from error
        statements.append((line, name, operator, expression))
    return statements


def _check_targets(code: str, what: str, equations: Mapping[str, Equation]) -> None:
    """Raise if a statement assigns to what is no variable.

    Brian2 would take a misspelt name for a new one and do nothing. A name that the
    following lines use is meant.
    """
    statements = _statements(code, what)
    states = [name for name, each in equations.items() if each.kind != SUBEXPRESSION]
    for index, (line, name, _, _) in enumerate(statements):
        if name in equations and name not in states:
            raise InvalidValueError(
                f"{what}: {line!r} assigns to {name}, which follows from an equation."
            )
        later = (expression for *_, expression in statements[index + 1 :])
        used = set().union(*map(identifiers_of, later))
        if name not in (*states, "lastspike", "not_refractory") and name not in used:
            raise InvalidValueError(
                f"{what}: {line!r} assigns to {name!r}, which is no variable of this "
                f"model.{nearest(name, states)}"
            )
