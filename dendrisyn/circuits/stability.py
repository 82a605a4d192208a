"""`StabilityCheck`: the limits of explicit methods for a model and a time step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .linear_system import JUDGED, largest_stable_dt, peak_error

__all__ = ["StabilityCheck"]

#: The relative error of a conductance's peak from which a warning is issued.
_PEAK_TOLERANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class StabilityCheck:
    """The constants of a model that limit the time step of explicit methods."""

    #: The integration method; only those of `linear_system.JUDGED` are checked.
    method: Any
    #: Names of the capacitances and of the leak conductances, one a compartment.
    capacitances: tuple[str, ...]
    leaks: tuple[str, ...]
    #: Pairs of compartments and the name of their coupling conductance.
    couplings: tuple[tuple[int, int, str], ...]
    #: Names of the rise and decay time constants by receptor.
    gates: Mapping[str, tuple[str, str]]

    def problems(self, constants: Mapping[str, Any], dt: float) -> list[str]:
        """Return the problems at a time step (second), as sentences with a remedy.

        The constants are the values of the names above; missing names are not checked.
        """
        if not isinstance(self.method, str) or self.method not in JUDGED:
            return []
        return [*self._diverging(constants, dt), *self._peaks(constants, dt)]

    def _diverging(self, constants: Mapping[str, Any], dt: float) -> list[str]:
        """Return a sentence if passive compartments diverge."""
        names = (*self.capacitances, *self.leaks, *(g for *_, g in self.couplings))
        if any(name not in constants for name in names):
            return []
        stable_dt = largest_stable_dt(
            [float(constants[name]) for name in self.capacitances],
            [float(constants[name]) for name in self.leaks],
            [(one, other, float(constants[g])) for one, other, g in self.couplings],
            self.method,
        )
        if not dt > stable_dt:
            return []
        return [
            f"the voltages diverge: the compartments are so tightly coupled that "
            f"dt = {dt * 1e3:g} ms is more than the largest stable step, "
            f"{stable_dt * 1e3:.3g} ms. Lower dt, or use method='crank_nicolson', "
            "which is stable at any dt."
        ]

    def _peaks(self, constants: Mapping[str, Any], dt: float) -> list[str]:
        """Return sentences on receptors whose conductance has a wrong peak."""
        problems = []
        for receptor, (rise, decay) in self.gates.items():
            if rise not in constants or decay not in constants:
                continue
            t_rise, t_decay = float(constants[rise]), float(constants[decay])
            error = peak_error(self.method, t_rise, t_decay, dt)
            if abs(error) > _PEAK_TOLERANCE:
                problems.append(
                    f"the peak of {receptor} is off by {error:+.0%} under "
                    f"{self.method!r}: its rise time, {t_rise * 1e3:g} ms, is short "
                    f"compared with dt = {dt * 1e3:g} ms. Lower dt, or use "
                    "method='crank_nicolson'."
                )
        return problems
