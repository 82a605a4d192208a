"""`Spiking`: threshold, reset and second reset of the somatic action potential."""

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
    """The arguments of `make_neurongroup` that make the somatic action potential."""

    threshold: str | None = None
    reset: str | None = None
    second_reset: str | None = None
    spike_width: Quantity = None
    refractory: Quantity | str | bool = False

    @property
    def code(self) -> list[str]:
        """Threshold, resets and refractoriness that are code strings."""
        parts = (self.threshold, self.reset, self.second_reset, self.refractory)
        return [part for part in parts if isinstance(part, str)]

    def check(
        self, equations: Mapping[str, Equation], constants: Mapping[str, Any]
    ) -> None:
        """Raise an error if the threshold, a reset or a duration is wrong."""
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
        """Raise an error if the arguments of the second reset do not fit together."""
        if self.second_reset is None or self.spike_width is None:
            raise InvalidValueError(
                "second_reset and spike_width belong together. Give both or neither."
            )
        _SPIKE_WIDTH.check(self.spike_width, "spike_width")
        if self.threshold is None or self.reset is None:
            raise InvalidValueError(
                "second_reset needs a spike. Give a threshold and a reset as well."
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
        """Return the statements of the second reset in the step operation."""
        if self.second_reset is None:
            return []
        return second_reset_code(self.second_reset, "spike_width", variables)


def second_reset_code(
    code: str, spike_width: str, variables: Collection[str]
) -> list[str]:
    """Return statements that run *code* once, the time *spike_width* after a spike.

    Names that are not in *variables* are values that later lines use.
    """
    since, whole, now = "t - lastspike", steps(spike_width), "second_reset_now"
    due = f"{since} > ({whole} - 0.5)*dt and {since} < ({whole} + 0.5)*dt"
    # A number with a fraction: whole numbers are slower to convert.
    statements = [f"{now} = 1.0*int({due})"]
    for line, name, operator, expression in _statements(code, "second_reset"):
        if operator not in ("=", "+=", "-=", "*=", "/="):
            raise InvalidValueError(
                f"second_reset: {line!r}: the operator {operator!r} is not possible "
                "here. Use =, +=, -=, *= or /=."
            )
        new = expression
        if operator != "=":
            new = f"{name} {operator[0]} ({expression})"
        if name in variables:
            new = f"{IF_ELSE}({now}, {new}, {name})"
        statements.append(f"{name} = {new}")
    return statements


def _statements(code: str, what: str) -> list[tuple[str, str, str, str]]:
    """Return all lines of *code* with their name, operator and expression."""
    statements = []
    bare = "\n".join(line.split("#")[0] for line in code.splitlines())
    for line in filter(None, map(str.strip, bare.replace(";", "\n").splitlines())):
        try:
            name, operator, expression, _ = parse_statement(line)
        except (ValueError, SyntaxError) as error:
            raise InvalidValueError(
                f"{what}: {line!r} is not a statement. Write a line such as "
                "'V_soma = -60*mV'."
            ) from error
        statements.append((line, name, operator, expression))
    return statements


def _as_duration(refractory: Any, constants: Mapping[str, Any]) -> Any:
    """Return a refractory period that is a number; None if it is a condition."""
    if refractory is False:
        return None
    if not isinstance(refractory, str):
        return refractory
    try:
        value = eval(refractory, {"__builtins__": {}}, {**DEFAULT_UNITS, **constants})
    except Exception:  # it refers to variables of the simulation
        return None
    return value if isinstance(value, Quantity) else None


def _check_targets(
    code: str,
    what: str,
    equations: Mapping[str, Equation],
    constants: Mapping[str, Any],
) -> None:
    """Raise an error if a statement assigns to a name that is no variable.

    Brian2 would take a misspelt name for a new value. A name that later lines use is
    accepted.
    """
    statements = _statements(code, what)
    states = [
        name for name, equation in equations.items() if equation.kind != SUBEXPRESSION
    ]
    if what == "reset":
        states += ["lastspike", "not_refractory"]
    for index, (line, name, _, _) in enumerate(statements):
        if name in equations and name not in states:
            raise InvalidValueError(
                f"{what}: {line!r} assigns to {name}, which an equation defines. "
                "Assign to another variable."
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
                f"{what}: {line!r} assigns to {name!r}, which is not a variable of "
                f"this model.{nearest(name, states)}"
            )
