"""`classify`: the way in which a step treats every state variable."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from .system import System, symbol_of

__all__ = ["Classification", "Linear", "classify"]


@dataclass(frozen=True)
class Linear:
    """A variable with a linear equation that has an exact solution.

    ``dx/dt = slope x + sum(factor driver) + constant + sum(size noise)``. The drivers
    are variables that only decay; all coefficients are independent of states.
    """

    slope: sympy.Expr
    drivers: dict[str, sympy.Expr]
    constant: sympy.Expr
    noises: dict[str, sympy.Expr]

    @property
    def decays(self) -> bool:
        """Return True if the variable only decays."""
        return not self.drivers and not self.noises and self.constant == 0


@dataclass(frozen=True)
class Classification:
    """The states of a system by the way in which a step treats them."""

    #: States with an exact solution: gates of synapses, coloured noise.
    linear: dict[str, Linear]
    #: States that are linear while voltages and other states are constant: gates of
    #: channels. They make two half steps of the exponential rule.
    gates: tuple[str, ...]
    #: States that are solved together: voltages, adaptation.
    rest: tuple[str, ...]


def classify(system: System) -> Classification:
    """Return the class of every state."""
    linear: dict[str, Linear] = {}
    for driven in (False, True):
        for name in system.states:
            drivers = system.depends[name] - system.noises - {name}
            known = all(
                driver in linear and linear[driver].decays for driver in drivers
            )
            if name in linear or name in system.frozen or bool(drivers) != driven:
                continue
            solved = _solved(system, name, drivers) if known else None
            if solved is not None:
                linear[name] = solved
    gates = tuple(
        name
        for name in system.states
        if name not in linear and system.volts and _is_gate(system, name)
    )
    rest = tuple(
        name for name in system.states if name not in linear and name not in gates
    )
    return Classification(linear, gates, rest)


def _solved(system: System, name: str, drivers: frozenset[str]) -> Linear | None:
    """Return a and b of ``dx/dt = a*x + b``; None if they depend on a state."""
    noises = sorted(system.depends[name] & system.noises)
    if noises and drivers:
        return None
    own = [name, *sorted(drivers), *noises]
    slopes = {source: system.slope(name, source) for source in own}
    if any(system.reached(source) for source in slopes.values()):
        return None
    slopes = {source: system.inlined(slope, {}) for source, slope in slopes.items()}
    zero = {symbol_of(source): sympy.S.Zero for source in own}
    return Linear(
        slopes[name],
        {driver: slopes[driver] for driver in sorted(drivers)},
        system.inlined(system.expressions[name], zero),
        {noise: slopes[noise] for noise in noises},
    )


def _is_gate(system: System, name: str) -> bool:
    """Return True if only other states are in the rates of a variable."""
    excluded = system.volts | system.frozen
    if name in excluded or system.depends[name] & system.noises:
        return False
    reached = system.states_in(system.slope(name, name))
    return bool(reached) and name not in reached
