"""The somatic action potential: threshold, reset, and a second reset after a while."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from brian2.core.namespace import DEFAULT_UNITS
from brian2.parsing.statements import parse_statement
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import SUBEXPRESSION, Equation, identifiers_of, steps
from ..errors import InvalidValueError, UnitError, nearest
from ..integrators import IF_ELSE
from ..units import Spec

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
    spike_width: Quantity = None
    refractory: Quantity | str | bool = False

    @property
    def code(self) -> list[str]:
        """All of it that is code."""
        parts = (self.threshold, self.reset, self.second_reset, self.refractory)
        return [part for part in parts if isinstance(part, str)]

    def check(
        self, equations: Mapping[str, Equation], constants: Mapping[str, Any]
    ) -> None:
        """Raise if a spike, a reset or a second reset cannot be done.

        Parameters
        ----------
        equations : mapping of str to Equation
            The equations of the group.
        constants : mapping of str to object
            What they may refer to.

        Raises
        ------
        InvalidValueError, UnitError
            If one of them is wrong.
        """
        for what in ("threshold", "reset", "second_reset"):
            code = getattr(self, what)
            text = getattr(code, "code", code)  # Brian2 2.11 takes objects as well
            if text is not None and not isinstance(text, str):
                raise UnitError(f"{what}: expected Brian2 code as text, got {code!r}.")
            if what != "threshold" and isinstance(code, str):
                _check_targets(code, what, equations, constants)
        refractory = _as_duration(self.refractory, constants)
        if refractory is not None:
            _REFRACTORY.check(refractory, "refractory")
        if self.second_reset is not None or self.spike_width is not None:
            self._check_second_reset(refractory)

    def _check_second_reset(self, refractory: Quantity | None) -> None:
        if self.second_reset is None or self.spike_width is None:
            raise InvalidValueError(
                "second_reset and spike_width belong together: give both or none."
            )
        _SPIKE_WIDTH.check(self.spike_width, "spike_width")
        if self.threshold is None or self.reset is None:
            raise InvalidValueError(
                "second_reset needs a threshold and a reset that start the spike."
            )
        too_short = refractory is not None and refractory < self.spike_width
        if self.refractory is False or too_short:
            raise InvalidValueError(
                f"second_reset needs a refractory period at least as long as "
                f"spike_width (got refractory={self.refractory}, spike_width="
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
    due = f"{since} > ({whole} - 0.5)*dt and {since} < ({whole} + 0.5)*dt"
    # A number with a fraction: whole numbers are slower to convert.
    statements = [f"{now} = 1.0*int({due})"]
    for line, name, operator, expression in _statements(code, "second_reset"):
        if operator not in ("=", "+=", "-=", "*=", "/="):
            raise InvalidValueError(
                f"second_reset: {line!r}: {operator!r} is not legal."
            )
        new = expression
        if operator != "=":
            new = f"{name} {operator[0]} ({expression})"
        if name in variables:
            new = f"{IF_ELSE}({now}, {new}, {name})"
        statements.append(f"{name} = {new}")
    return statements


def _statements(code: str, what: str) -> list[tuple[str, str, str, str]]:
    """Return each line of *code*, and the name, operator and expression in it."""
    statements = []
    bare = "\n".join(line.split("#")[0] for line in code.splitlines())
    for line in filter(None, map(str.strip, bare.replace(";", "\n").splitlines())):
        try:
            name, operator, expression, _ = parse_statement(line)
        except (ValueError, SyntaxError) as error:
            raise InvalidValueError(
                f"{what}: {line!r} is not a statement such as 'V_soma = -60*mV'."
            ) from error
        statements.append((line, name, operator, expression))
    return statements


def _as_duration(refractory: Any, constants: Mapping[str, Any]) -> Any:
    """Return a refractory period as far as it is a number: not a condition."""
    if refractory is False:
        return None
    if not isinstance(refractory, str):
        return refractory
    try:
        value = eval(refractory, {"__builtins__": {}}, {**DEFAULT_UNITS, **constants})
    except Exception:  # it needs what only a simulation has
        return None
    return value if isinstance(value, Quantity) else None


def _check_targets(
    code: str,
    what: str,
    equations: Mapping[str, Equation],
    constants: Mapping[str, Any],
) -> None:
    """Raise if a statement assigns to what is no variable.

    Brian2 would take a misspelt name for a new one and do nothing. A name that the
    following lines use is meant.
    """
    statements = _statements(code, what)
    states = [name for name, each in equations.items() if each.kind != SUBEXPRESSION]
    if what == "reset":
        states += ["lastspike", "not_refractory"]
    for index, (line, name, _, _) in enumerate(statements):
        if name in equations and name not in states:
            raise InvalidValueError(
                f"{what}: {line!r} assigns to {name}, which follows from an equation."
            )
        if name in constants:
            raise InvalidValueError(
                f"{what}: {line!r} assigns to {name}, which is a constant. Name it in "
                "per_neuron to make it a variable."
            )
        later = (expression for *_, expression in statements[index + 1 :])
        used = set().union(*map(identifiers_of, later))
        if name not in states and name not in used:
            raise InvalidValueError(
                f"{what}: {line!r} assigns to {name!r}, which is no variable of this "
                f"model.{nearest(name, states)}"
            )
