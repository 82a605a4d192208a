"""`Circuit`: capacitances, leaks and couplings as a linear system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from brian2.units.allunits import farad, siemens
from brian2.units.fundamentalunits import DimensionMismatchError, Quantity

from ..errors import (
    GraphError,
    InvalidValueError,
    NameConflictError,
    UnitError,
    located,
    look_up,
)
from ..units import Spec, show
from .linear_system import conductance_matrix, relaxation

__all__ = ["FREQUENCY", "Circuit", "frozen", "numbers"]

FREQUENCY = Spec("hertz", "frequency of the current", "nonnegative")

_CAPACITANCE = Spec("farad", "membrane capacitance", "positive")
_LEAK = Spec("siemens", "leak conductance", "nonnegative")
_COUPLING = Spec("siemens", "coupling conductance", "nonnegative")
_CURRENT = Spec("amp", "current")


def numbers(values: object, spec: Spec, where: str) -> np.ndarray:
    """Return checked values of any shape as plain numbers in SI units."""
    try:
        quantities = Quantity(values)
    except (TypeError, ValueError, DimensionMismatchError):
        spec.check(values, where)
        raise
    plain = np.asarray(quantities)
    if quantities.dim is not spec.dimensions or plain.dtype.kind not in "iuf":
        spec.check(values if quantities.size == 0 else quantities.ravel()[0], where)
    wrong = ~np.isfinite(plain) | (plain < 0) & (spec.sign == "nonnegative")
    wrong |= (plain <= 0) & (spec.sign == "positive")
    if wrong.any():
        spec.check(quantities[wrong][0], where)
    return np.array(plain, dtype=float)


def frozen(values: Quantity) -> Quantity:
    """Return the same array, read-only from now on."""
    values.flags.writeable = False
    return values


@dataclass(frozen=True, eq=False)
class Circuit:
    """Capacitances, leaks and couplings of compartments; see `PassiveCell`."""

    compartments: Sequence[str]
    capacitance: Quantity
    leak: Quantity
    couplings: Mapping[tuple[str, str], Quantity]
    root: str | None = None

    def __post_init__(self) -> None:
        names = tuple(self.compartments)
        if not names or len(set(names)) < len(names):
            raise NameConflictError(
                f"PassiveCell.compartments: expected different names, got {names}."
            )
        object.__setattr__(self, "compartments", names)
        with located("PassiveCell"):
            units = {"capacitance": (_CAPACITANCE, farad), "leak": (_LEAK, siemens)}
            for name, (spec, unit) in units.items():
                values = numbers(getattr(self, name), spec, name)
                if values.shape != (len(names),):
                    raise InvalidValueError(
                        f"{name}: expected {len(names)} values, one per compartment, "
                        f"got an array of shape {values.shape}."
                    )
                object.__setattr__(self, name, frozen(values * unit))
            couplings = {
                (one, other): _COUPLING.check(g, f"coupling of {one!r} and {other!r}")
                for (one, other), g in self.couplings.items()
            }
            object.__setattr__(self, "couplings", couplings)
            root = names[0] if self.root is None else self.root
            object.__setattr__(self, "root", root)
            self.index(root)
            for one, other in couplings:
                if self.index(one) == self.index(other) or (other, one) in couplings:
                    raise GraphError(
                        f"couplings: {one!r} and {other!r} are one compartment, or "
                        "are coupled twice."
                    )

    def index(self, name: str | None = None) -> int:
        """Return the index of a compartment, by default the root, in arrays."""
        name = self.root if name is None else name
        return look_up(name, self._places, "compartment")

    @cached_property
    def conductance(self) -> Quantity:
        """The conductance matrix: leaks and couplings (siemens), shape (n, n)."""
        matrix = conductance_matrix(np.asarray(self.leak), self._edges)
        return frozen(matrix * siemens)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.compartments)}

    @cached_property
    def _edges(self) -> list[tuple[int, int, float]]:
        return [
            (self._places[one], self._places[other], float(g))
            for (one, other), g in self.couplings.items()
        ]

    @cached_property
    def _relaxation(self) -> tuple[np.ndarray, np.ndarray]:
        """Decay rates and modes; rates that are 0 except for rounding are set to 0."""
        rates, modes = relaxation(self.capacitance, np.asarray(self.conductance))
        rates[: len(self._without_leak)] = 0
        return rates, modes

    @cached_property
    def _without_leak(self) -> list[list[str]]:
        """The parts of the cell without a leak, by the names of their compartments."""
        neighbours: list[list[int]] = [[] for _ in self.compartments]
        for one, other, g in self._edges:
            if g > 0:
                neighbours[one].append(other)
                neighbours[other].append(one)
        leak, parts = np.asarray(self.leak), []
        seen: set[int] = set()
        for start in range(len(neighbours)):
            part = [] if start in seen else [start]
            seen.add(start)
            for place in part:
                new = set(neighbours[place]) - seen
                seen |= new
                part += new
            if part and not leak[part].any():
                parts.append([self.compartments[place] for place in part])
        return parts

    def _check_leaks(self) -> None:
        """Raise if a part of the cell has no leak."""
        if self._without_leak:
            names = ", ".join(map(repr, self._without_leak[0][:5]))
            raise InvalidValueError(
                f"PassiveCell: the resistance of {names} is infinite, because all "
                "leaks there are 0. Give one of them a leak, gl or gl_abs."
            )

    def _vector(self, currents: Mapping[str, Quantity]) -> np.ndarray:
        """Return the currents into all compartments (amp)."""
        if not isinstance(currents, Mapping):
            raise UnitError(
                f"currents: expected a dict such as {{{self.root!r}: 10*pA}}, got "
                f"{show(currents)}."
            )
        vector = np.zeros(len(self.compartments))
        for name, current in currents.items():
            vector[self.index(name)] = float(_CURRENT.check(current, name))
        return vector

    def _admittance(self, frequency: Quantity) -> np.ndarray:
        """Return ``G + 2 pi i f C``, shape (..., n, n)."""
        f = numbers(frequency, FREQUENCY, "frequency")
        if not f.all():
            self._check_leaks()
        susceptance = 2 * np.pi * f[..., None, None] * np.diag(self.capacitance)
        return np.asarray(self.conductance) + 1j * susceptance

    def _falling_to(self, fraction: float, place: int, other: int) -> float:
        """Return the angular frequency at which *fraction* of the impedance is left.

        The impedance falls monotonically in any graph without a loop.
        """
        rates, modes = self._relaxation
        weights = modes[place] * modes[other]
        least = fraction * np.sum(weights / rates)
        low = high = float(rates[0])
        while np.abs(np.sum(weights / (rates + 1j * low))) < least:
            low /= 4
        while np.abs(np.sum(weights / (rates + 1j * high))) > least:
            high *= 4
        while high > low * (1 + 1e-12):
            middle = np.sqrt(low * high)
            if np.abs(np.sum(weights / (rates + 1j * middle))) > least:
                low = middle
            else:
                high = middle
        return high
