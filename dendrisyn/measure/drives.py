"""What triggers a dendritic spike: a step of current, or receptors activated once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.allunits import amp, second

from ..cell.base import Model
from ..errors import InvalidValueError, UnknownNameError, nearest
from ..names import SynapseNames
from ..rig.rig import CurrentInjection, Input, Recording, Rig
from ..units import show
from .options import MeasurementOptions
from .search import into, timed, usual_current

__all__ = ["Activation", "Step"]

#: The largest weight, where nothing else limits it.
_HEAVIEST = 1e6


@dataclass(frozen=True)
class Step:
    """A step of current into a compartment."""

    where: str
    lasts: float

    unit = amp

    @property
    def kind(self) -> str:
        return f"current {into(self.where)}"

    def arguments(self, stimuli: int) -> dict[str, Any]:
        """Return what a bench needs."""
        return {
            "injections": lambda dt: [
                CurrentInjection(self.where, np.ones(timed(self.lasts, dt)))
            ]
        }

    def range(
        self, model: Model, known: MeasurementOptions, dt: float
    ) -> tuple[np.ndarray, np.ndarray, str]:
        """Return around what to look, up to what, and why."""
        return *usual_current(model, known, self.where, self.lasts), ""

    def run(self, rig: Rig, inputs: np.ndarray) -> tuple[Recording, float, float]:
        """Return what was recorded, and from when until when an event counts."""
        return rig.run(self.lasts, [inputs]), 0.0, self.lasts - rig.dt / 2


@dataclass(frozen=True)
class Activation:
    """Receptors that are activated once, with a weight."""

    receptors: tuple[tuple[Any, Any], ...]
    names: tuple[str, ...]
    lasts: float

    unit = 1
    #: When the spike arrives, in steps.
    ARRIVES = 2

    @classmethod
    def of(cls, model: Model, by: Any, at: object, lasts: float) -> Activation:
        """Find receptors by their names."""
        known = model.structure.receptors
        names = (by,) if not isinstance(by, (list, tuple)) else tuple(by)
        for each in names:
            if not isinstance(each, str) or each not in known:
                raise UnknownNameError(
                    f"by: expected 'current' or a receptor, got {each!r}."
                    f"{nearest(str(each), known)}"
                )
        if not names:
            raise InvalidValueError("by: expected a receptor, got none.")
        if at is not None:
            raise InvalidValueError(
                f"at: is where a current flows, got {at!r} for receptors, which are "
                "where they are."
            )
        return cls(tuple(known[each] for each in names), names, lasts)

    @property
    def kind(self) -> str:
        return f"weight of {' and '.join(self.names)}"

    def arguments(self, stimuli: int) -> dict[str, Any]:
        """Return what a bench needs."""
        lanes = np.arange(stimuli)
        return {
            "inputs": lambda dt: [
                Input(
                    self.names,
                    lanes,
                    np.zeros_like(lanes),
                    np.full(stimuli, self.ARRIVES * dt),
                )
            ]
        }

    def range(
        self, model: Model, known: MeasurementOptions, dt: float
    ) -> tuple[np.ndarray, np.ndarray, str]:
        """Return around what to look, up to what, and why.

        A larger conductance than ``2 C/dt`` would make the voltage of a second-order
        method overshoot its reversal potential.
        """
        values = {**model.parameters, **known.vary}
        limit = np.full(known.points, _HEAVIEST)
        for synapse, names in self.receptors:
            own = SynapseNames(names, synapse.channel, synapse.tag)
            found = [values.get(each) for each in (names("C"), own("g"))]
            if any(each is None for each in found):
                continue
            capacitance, g = (np.asarray(each, dtype=float) for each in found)
            factor = np.abs(np.asarray(values.get(own("w"), 1), dtype=float))
            most = 2 * capacitance / dt / np.maximum(g * factor, 1e-30)
            limit = np.minimum(limit, most)
        why = f"; a step of {show(dt * second)} does not resolve a larger one"
        return limit / 1e3, limit, why if (limit < _HEAVIEST).any() else ""

    def run(self, rig: Rig, inputs: np.ndarray) -> tuple[Recording, float, float]:
        """Return what was recorded, and from when until when an event counts."""
        start = self.ARRIVES * rig.dt
        stop = start + self.lasts
        return rig.run(stop, weights=[inputs]), start, stop - rig.dt / 2
