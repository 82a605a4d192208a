"""`Target`: the dendritic spike of a model that is tuned, and what it can become."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any

import numpy as np
from brian2.units.allunits import msecond, mvolt, nsiemens, pamp, pfarad
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.soma_and_dendrite import Dendrite, Soma
from ..cell.neuron_model import NeuronModel
from ..cell.passive_properties import passive
from ..cell.compartment import Compartment as Patch
from ..equations.fragment import VARIABLE
from ..errors import DendrisynError, UnitError, UnknownNameError, nearest
from ..mechanisms.dendritic_spike import DendriticSpike
from ..units import Spec
from .controls import around, code_of

__all__ = ["CELL", "SLIDERS", "Target", "one_compartment"]

CURRENT = Spec("amp", "injected current")

#: Sliders of one compartment: bounds, initial value, step and unit; those of Dendrify.
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

#: The rest of that compartment.
CELL: Mapping[str, Quantity] = {
    "C": 80 * pfarad,
    "gL": 3 * nsiemens,
    "EL": -70 * mvolt,
    "reversal_fall": -89 * mvolt,
}


def one_compartment() -> NeuronModel:
    """Return one compartment with a dendritic spike, of the values above."""
    dend = Dendrite(
        "dend", cm_abs=CELL["C"], gl_abs=CELL["gL"], v_rest=CELL["EL"], model="passive"
    )
    given = {name: slider[2] * slider[4] for name, slider in SLIDERS.items()}
    del given["current"]
    dend.dspikes("Na", **given, reversal_fall=CELL["reversal_fall"])
    return NeuronModel([dend])


class Target:
    """A dendritic spike of a model.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The model; it is copied.
    spike : str, optional
        The spike: its event (``'spike_Na_dend'``), or its name if one compartment alone
        has one of this name. Left out, the only one there is.

    Attributes
    ----------
    model : Model
        The copy.
    patch : Patch
        The compartment of the spike.
    spike : DendriticSpike
        The spike.
    parameters : dict of str to str
        Names of the model's parameters by what users call them: the arguments of
        `Dendrite.dspikes`, and C, gL and EL if they are given.

    Raises
    ------
    UnitError
        If `model` is no model.
    UnknownNameError
        If there is no such spike, or there are several.
    """

    def __init__(self, model: Model, spike: str | None = None) -> None:
        if not isinstance(model, Model):
            raise UnitError(
                f"model: expected a NeuronModel or a PointNeuronModel, got {model!r}."
            )
        self.model = model._copy()
        self.patch, self.spike = _find(self.model, spike)
        names = self.patch._names
        values = self.model.parameters
        cell = {each: names(each) for each in ("C", "gL", "EL")}
        self.parameters = {
            **{
                each: name
                for each, name in cell.items()
                if values.get(name) is not None
            },
            **self.spike.parameter_names(names),
        }
        self.event = names.event(self.spike.name)

    @property
    def voltages(self) -> dict[str, str]:
        """Names of the voltages by compartment."""
        return {
            each._name or "neuron": each._names("V") for each in self.model._patches()
        }

    @property
    def compartment(self) -> str:
        """The compartment of the spike."""
        return self.patch._name or "neuron"

    @property
    def soma(self) -> str | None:
        """The first soma that is another compartment."""
        for each in self.model._patches():
            if isinstance(each, Soma) and each is not self.patch:
                return each._name
        return None

    def spec(self, name: str) -> Spec:
        """Return unit and range of what users call *name*.

        Raises
        ------
        UnknownNameError
            If there is no such value.
        """
        if name == "current":
            return CURRENT
        known = self.model._parameters()
        full = self.parameters.get(name, name)
        if full not in known:
            legal = {*self.parameters, *known}
            raise UnknownNameError(f"there is no {name!r}.{nearest(name, legal)}")
        return known[full].spec

    def start(self, name: str) -> Any:
        """Return the value that the model has, or one to start from."""
        value = self.model.parameters[self.parameters.get(name, name)]
        if value is None and name in SLIDERS:
            *_, number, _, unit = SLIDERS[name]
            return number * unit
        return CELL.get(name) if value is None else value

    def sliders(self) -> dict[str, list[Any]]:
        """Return a slider for each number of the spike and the current."""
        chosen = {}
        for name, given in SLIDERS.items():
            if name == "current":
                value = self.strong_current()
            elif name in self.parameters:
                value = self.start(name)
            else:
                continue
            chosen[name] = around(given, value)
        return chosen

    def boxes(self) -> dict[str, Any]:
        """Return the other values of the compartment."""
        return {name: self.start(name) for name in CELL if name in self.parameters}

    def strong_current(self) -> Quantity:
        """Return a current that takes the compartment a third above threshold."""
        patches = self.model._patches()
        values = self.model.parameters
        rest: list[Any] = [values.get(each._names("EL")) for each in patches]
        here = list(patches).index(self.patch)
        try:
            cell = passive(self.model)
            resistance = np.asarray(cell.resistance)[here]
        except DendrisynError:  # a membrane without a leak, say
            resistance = np.zeros(len(patches))
        if not resistance[here] > 0 or any(each is None for each in rest):
            *_, number, _, unit = SLIDERS["current"]
            return number * unit
        at_rest = resistance @ (np.asarray(cell.leak) * [float(each) for each in rest])
        needed = (float(self.start("threshold")) - at_rest) / resistance[here]
        return float(f"{4 / 3 * max(needed, 0) / float(pamp):.2g}") * pamp

    # -- what comes out ---------------------------------------------------------------

    def arguments(self, values: Mapping[str, Any], dt: float) -> dict[str, Any]:
        """Return the arguments of `Dendrite.dspikes` at these values.

        What has no slider any more is as in the model.
        A phase that lasts no step is none: its conductance is 0.
        """
        chosen = {
            name: self._said(name, values.get(name, self.start(name)))
            for name in self.spike.parameter_names(self.patch._names)
        }
        for phase in ("rise", "fall"):
            duration = chosen.get(f"duration_{phase}")
            if duration is not None and lasts_nothing(duration, dt):
                chosen[f"g_{phase}"] = 0 * nsiemens
                chosen[f"duration_{phase}"] = float(f"{dt * 1e3:.12g}") * msecond
        return chosen

    def _said(self, name: str, value: Any) -> Any:
        """Return what the model says where the value is that of the model: 'E_Na'."""
        said = getattr(self.spike, name)
        unchanged = isinstance(said, str) and self.start(name) == value
        return said if unchanged else value

    def code(self, arguments: Mapping[str, Any]) -> str:
        """Return the line of Python that makes a spike of these arguments."""
        texts = [repr(self.spike.name)]
        for name, value in arguments.items():
            *_, unit = SLIDERS.get(name, SLIDERS["reversal_rise"])
            text = repr(value) if isinstance(value, str) else code_of(value, unit)
            texts.append(f"{name}={text}")
        listed = ", ".join(texts)
        if isinstance(self.patch, Dendrite):
            return f"{self.patch.name}.dspikes({listed})"
        owner = self.patch._name or "model"
        return f"{owner}.add(DendriticSpike({listed}))"

    def tuned(self, values: Mapping[str, Any], arguments: Mapping[str, Any]) -> Model:
        """Return a copy of the model with these values."""
        copied = self.model._copy()
        wanted = {**values, **arguments}
        copied.parameters.update(
            {
                self.parameters.get(name, name): value
                for name, value in wanted.items()
                if name != "current"
                and not isinstance(value, str)
                and not _equal(self.model.parameters, self, name, value)
            }
        )
        return copied

    def injection(self) -> str:
        """Return the variable of the current that is injected.

        Raises
        ------
        UnknownNameError
            If the equations of the compartment have none any more.
        """
        name = self.patch._names("I", "ext")
        equation = self.model._assembly().equations.get(name)
        if equation is None or equation.kind != VARIABLE:
            raise UnknownNameError(
                f"the compartment has no variable {name} to inject a current with."
            )
        return name


def lasts_nothing(duration: Any, dt: float) -> bool:
    """Whether a duration rounds to no step."""
    return floor(float(duration) / dt + 0.5) < 1


def _equal(known: Mapping[str, Any], target: Target, name: str, value: Any) -> bool:
    before = known[target.parameters.get(name, name)]
    return before is not None and bool(before == value)


def _find(model: Model, wanted: str | None) -> tuple[Patch, DendriticSpike]:
    """Return the dendritic spike that is meant."""
    found = model._events_of_spikes()
    if not found:
        raise UnknownNameError(
            "the model has no dendritic spike. Add one to a dendrite: "
            "dend.dspikes('Na', threshold=-40*mV, ...)."
        )
    if wanted is None and len(found) > 1:
        raise UnknownNameError(
            f"the model has several dendritic spikes. Name one: {list(found)}."
        )
    if wanted is None:
        return next(iter(found.values()))
    if wanted in found:
        return found[wanted]
    named = [event for event, (_, each) in found.items() if each.name == wanted]
    if len(named) > 1:
        raise UnknownNameError(
            f"spike: there are several dendritic spikes {wanted!r}. Name one: {named}."
        )
    if not named:
        raise UnknownNameError(
            f"spike: there is no dendritic spike {wanted!r}."
            f"{nearest(str(wanted), found)}"
        )
    return found[named[0]]
