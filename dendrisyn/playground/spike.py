"""`TunedSpike`: a dendritic spike in a copy of a model, and its initial values."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from math import floor
from typing import Any

import numpy as np
from brian2.units.allunits import msecond, mvolt, nsiemens, pamp, pfarad
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.neuron_model import NeuronModel
from ..cell.passive_properties import passive
from ..cell.soma_and_dendrite import Dendrite
from ..cell.structure import SpikeSite
from ..equations.fragment import VARIABLE
from ..errors import DendrisynError, UnitError, UnknownNameError, look_up
from ..units import Spec, same_value
from .controls import around, code_of

__all__ = ["CELL", "SLIDERS", "TunedSpike", "lasts_no_step", "one_compartment"]

#: Sliders of one compartment, as in Dendrify: minimum, maximum, initial, step, unit.
SLIDERS: Mapping[str, list[Any]] = {
    "current": [0, 200, 120, 2, pamp],
    "threshold": [-70, 0, -40, 0.5, mvolt],
    "g_rise": [0, 40, 20, 0.5, nsiemens],
    "g_fall": [0, 40, 20, 0.5, nsiemens],
    "duration_rise": [0, 50, 2, 0.5, msecond],
    "duration_fall": [0, 50, 3, 0.5, msecond],
    "offset_fall": [0, 55, 1, 0.5, msecond],
    "refractory": [0, 100, 5, 0.5, msecond],
    "reversal_rise": [70, 136, 70, (70, 136), mvolt],
}

#: Other values of that compartment.
CELL: Mapping[str, Quantity] = {
    "C": 80 * pfarad,
    "gL": 3 * nsiemens,
    "EL": -70 * mvolt,
    "reversal_fall": -89 * mvolt,
}

#: Values of a spike and its compartment where a model has none.
_DEFAULTS = {name: start * unit for name, (_, _, start, _, unit) in SLIDERS.items()}
_DEFAULTS |= CELL


def one_compartment() -> NeuronModel:
    """Return the model of the playground's default: one compartment with a spike."""
    dend = Dendrite(
        "dend", cm_abs=CELL["C"], gl_abs=CELL["gL"], v_rest=CELL["EL"], model="passive"
    )
    passive_values = ("C", "gL", "EL", "current")
    dend.dspikes(
        "Na", **{k: v for k, v in _DEFAULTS.items() if k not in passive_values}
    )
    return NeuronModel([dend])


def lasts_no_step(duration: Any, dt: float) -> bool:
    """Return whether a duration rounds to no step."""
    return floor(float(duration) / dt + 0.5) < 1


class TunedSpike:
    """A dendritic spike in a copy of a model.

    `parameters` translates the names that users set, the arguments of
    `Dendrite.dspikes` and C, gL, EL, into those of the model; `specs` has the unit and
    range of both kinds of names.
    """

    def __init__(self, model: Model, spike: str | None = None) -> None:
        if not isinstance(model, Model):
            raise UnitError(
                f"model: expected a NeuronModel or a PointNeuronModel, got {model!r}."
            )
        self.model = copy(model)
        spikes = self.model.structure.dendritic_spikes
        self.event, (self.spike, self.compartment) = _find(spikes, spike)
        names, values = self.compartment.names, dict(self.model.parameters)
        self.arguments_of_spike = self.spike.parameter_names(names)
        cell = {symbol: names(symbol) for symbol in ("C", "gL", "EL")}
        self.parameters = {
            symbol: name
            for symbol, name in cell.items()
            if values.get(name) is not None
        } | self.arguments_of_spike
        missing = {
            full: _DEFAULTS[name]
            for name, full in self.parameters.items()
            if values[full] is None
        }
        self.model.parameters.update(missing)
        self.structure = self.model.structure
        self.values = values | missing
        known = {
            n: parameter.spec for n, parameter in self.structure.parameters.items()
        }
        known |= {name: known[full] for name, full in self.parameters.items()}
        self.specs = {name: _settable(spec) for name, spec in known.items()}
        self.specs["current"] = Spec("amp", "injected current")

    @property
    def compartment_name(self) -> str:
        """The compartment of the spike, as traces call it."""
        return self.compartment.name or "neuron"

    @property
    def voltages(self) -> dict[str, str]:
        """Names of the voltages by compartment."""
        compartments = self.structure.compartments.values()
        return {each.name or "neuron": each.voltage for each in compartments}

    @property
    def soma(self) -> str | None:
        """The first soma that is another compartment."""
        others = (n for n in self.structure.somata if n != self.compartment.name)
        return next(others, None)

    @property
    def injected(self) -> str:
        """Name of the current that is injected into the compartment."""
        name = self.compartment.names("I", "ext")
        equation = self.structure.equations.get(name)
        if equation is None or equation.kind != VARIABLE:
            raise UnknownNameError(
                f"the compartment has no variable {name}, through which the current is "
                f"injected. Leave {name} in its equations."
            )
        return name

    def start(self, name: str) -> Any:
        """Return the value of the model by the name that users set."""
        return self.values.get(self.parameters.get(name, name))

    def sliders(self) -> dict[str, list[Any]]:
        """Return sliders for the current and the numbers of the spike."""
        starts = {"current": self._strong_current()} | {
            name: self.start(name) for name in self.arguments_of_spike
        }
        return {
            name: around(slider, starts[name])
            for name, slider in SLIDERS.items()
            if name in starts
        }

    def boxes(self) -> dict[str, Any]:
        """Return the other values of the compartment."""
        return {name: self.start(name) for name in CELL if name in self.parameters}

    def _strong_current(self) -> Quantity:
        """Return a current that takes the compartment a third above threshold."""
        compartments = self.structure.compartments
        reversals: list[Any] = [
            self.values.get(c.names("EL")) for c in compartments.values()
        ]
        here = list(compartments).index(self.compartment.name)
        try:
            cell = passive(self.model)
            resistance = np.asarray(cell.resistance)[here]
        except DendrisynError:  # a membrane without a constant leak, for example
            return _DEFAULTS["current"]
        if not resistance[here] > 0 or any(value is None for value in reversals):
            return _DEFAULTS["current"]
        leaks = np.asarray(cell.leak) * [float(value) for value in reversals]
        rise = float(self.start("threshold")) - resistance @ leaks
        needed = max(rise, 0) / resistance[here]
        return float(f"{4 / 3 * needed / float(pamp):.2g}") * pamp

    def arguments(self, values: Mapping[str, Any], dt: float) -> dict[str, Any]:
        """Return the arguments of `Dendrite.dspikes`; 0 for a phase that lasts no step.

        Values that users cannot set any more are those of the model, and unchanged
        reversal potentials keep their names: 'E_Na'.
        """
        chosen = {}
        for name in self.arguments_of_spike:
            chosen[name] = values.get(name, self.start(name))
            in_model = getattr(self.spike, name)
            if isinstance(in_model, str) and self.start(name) == chosen[name]:
                chosen[name] = in_model
        for phase in ("rise", "fall"):
            duration = chosen.get(f"duration_{phase}")
            if duration is not None and lasts_no_step(duration, dt):
                chosen[f"g_{phase}"] = 0 * nsiemens
                chosen[f"duration_{phase}"] = float(f"{dt * 1e3:.12g}") * msecond
        return chosen

    def code(self, arguments: Mapping[str, Any]) -> str:
        """Return the line of Python that makes a spike of these arguments."""
        texts = [repr(self.spike.name)]
        for name, value in arguments.items():
            unit = SLIDERS[name][-1] if name in SLIDERS else mvolt
            text = repr(value) if isinstance(value, str) else code_of(value, unit)
            texts.append(f"{name}={text}")
        listed, owner = ", ".join(texts), self.compartment.name
        if owner and not self.compartment.is_soma:
            return f"{owner}.dspikes({listed})"
        return f"{owner or 'model'}.add(DendriticSpike({listed}))"

    def tuned(self, values: Mapping[str, Any]) -> Model:
        """Return a copy of the model with these values; texts stay as in the model."""
        copied = copy(self.model)
        copied.parameters.update(
            {
                self.parameters.get(name, name): value
                for name, value in values.items()
                if not isinstance(value, str)
                and not same_value(value, self.start(name))
            }
        )
        return copied


def _find(spikes: Mapping[str, SpikeSite], wanted: str | None) -> tuple[str, SpikeSite]:
    """Return the spike that is called by its event or by its name, or the only one."""
    if not spikes:
        raise UnknownNameError(
            "the model has no dendritic spike. Add one to a dendrite: "
            "dend.dspikes('Na', threshold=-40*mV, ...)."
        )
    meant = [e for e, site in spikes.items() if wanted in (None, site.spike.name)]
    if wanted in spikes or not meant:
        return str(wanted), look_up(wanted, spikes, "dendritic spike", "spike")
    if len(meant) > 1:
        called = "" if wanted is None else f" {wanted!r}"
        raise UnknownNameError(
            f"spike: the model has several dendritic spikes{called}. Name one: {meant}."
        )
    return meant[0], spikes[meant[0]]


def _settable(spec: Spec) -> Spec:
    """Return the range of a control: a duration may be 0; densities are excluded."""
    is_duration = spec.unit == "second" and spec.sign == "positive"
    return Spec(spec.unit, spec.meaning, "nonnegative" if is_duration else spec.sign)
