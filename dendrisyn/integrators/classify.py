"""Which variable of a system is stepped how."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from .system import System, symbol_of

__all__ = ["Classification", "Linear", "classify"]


@dataclass(frozen=True)
class Linear:
    """A variable whose equation is linear and can be solved by itself.

    ``dx/dt = slope x + sum(factor driver) + constant + sum(size noise)``, where drivers
    just decay, and nothing else depends on a state.
    """

    slope: sympy.Expr
    drivers: dict[str, sympy.Expr]
    constant: sympy.Expr
    noises: dict[str, sympy.Expr]

    @property
    def decays(self) -> bool:
        """Whether nothing drives it."""
        return not self.drivers and not self.noises and self.constant == 0


@dataclass(frozen=True)
class Classification:
    """The states of a system by how they are stepped, each in their order there.

    Attributes
    ----------
    linear : dict of str to Linear
        Those that are solved exactly: gates of synapses, coloured noise.
    gates : tuple of str
        Those whose rates depend on voltages or other states, and that are linear if
        these are held: the exponential rule, in two halves around the rest.
    rest : tuple of str
        Those that are solved for all at once: voltages, adaptation.
    """

    linear: dict[str, Linear]
    gates: tuple[str, ...]
    rest: tuple[str, ...]


def classify(system: System) -> Classification:
    """Return the classes of all states."""
    linear: dict[str, Linear] = {}
    for driven in (False, True):
        for name in system.states:
            drivers = system.depends[name] - system.noises - {name}
            known = all(each in linear and linear[each].decays for each in drivers)
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
    """Return the coefficients of an equation, if they are constant in a step."""
    noises = sorted(system.depends[name] & system.noises)
    if noises and drivers:
        return None
    own = [name, *sorted(drivers), *noises]
    slopes = {each: system.slope(name, each) for each in own}
    if any(system.reached(each) for each in slopes.values()):
        return None
    slopes = {each: system.inlined(slope, {}) for each, slope in slopes.items()}
    zero = {symbol_of(each): sympy.S.Zero for each in own}
    return Linear(
        slopes[name],
        {each: slopes[each] for each in sorted(drivers)},
        system.inlined(system.expressions[name], zero),
        {each: slopes[each] for each in noises},
    )


def _is_gate(system: System, name: str) -> bool:
    """Whether the rates of a variable depend on other states, but not on itself."""
    special = system.volts | system.frozen
    if name in special or system.depends[name] & system.noises:
        return False
    reached = system.states_in(system.slope(name, name))
    return bool(reached) and name not in reached
