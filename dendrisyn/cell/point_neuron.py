"""`PointNeuronModel`: the neuron of one compartment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from brian2.units.fundamentalunits import Quantity

from ..equations.parameters import default_params
from ..mechanisms.membranes import Membrane
from ..synapses import g_norm_factor
from .base import Model
from .compartment import Compartment
from .compartment_state import CompartmentState

__all__ = ["PointNeuronModel"]


class _Unnamed(Compartment):
    """The compartment of a point neuron, whose variables have no suffix."""

    def __init__(self, model: str | Membrane, properties: Mapping[str, Any]) -> None:
        CompartmentState.__init__(self, "", model, properties)

    def _title(self) -> str:
        return "PointNeuronModel"


def _passed_on(name: str) -> Any:
    """Return a method that calls the same method of the compartment."""
    method = getattr(Compartment, name)

    @wraps(method)
    def call(self: PointNeuronModel, *args: Any, **kwargs: Any) -> Any:
        return method(self._compartments[""], *args, **kwargs)

    return call


def _read(name: str) -> Any:
    """Return a property that reads the same property of the compartment."""

    def value(self: PointNeuronModel) -> Any:
        return getattr(self._compartments[""], name)

    return property(value, doc=getattr(Compartment, name).__doc__)


class PointNeuronModel(Model):
    """A neuron of one compartment, whose variables have no suffix.

    Parameters
    ----------
    model : str or Membrane
        The membrane model, as in `Compartment`.
    length, diameter, cm, gl : Quantity, optional
        Size of the cylinder (metre), specific capacitance (farad/metre**2) and leak
        conductance (siemens/metre**2).
    cm_abs, gl_abs : Quantity, optional
        Capacitance (farad) and leak conductance (siemens), instead of a size.
    v_rest : Quantity, optional
        Resting potential (volt).

    Raises
    ------
    UnknownNameError
        If there is no such membrane.
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import PointNeuronModel
    >>> model = PointNeuronModel(cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
    >>> model.synapse('AMPA', 'x', g=1*nS, t_decay=5*ms)
    >>> print(model.equations)
    dV/dt = (gL * (EL - V) + I) / C : volt
    I = I_ext + I_AMPA_x : amp
    I_ext : amp
    I_AMPA_x = g_AMPA_x * (E_AMPA - V) * s_AMPA_x * w_AMPA_x : amp
    ds_AMPA_x/dt = -s_AMPA_x / t_AMPA_decay_x : 1
    """

    def __init__(
        self,
        model: str | Membrane = "leakyIF",
        length: Quantity = None,
        diameter: Quantity = None,
        cm: Quantity = None,
        gl: Quantity = None,
        cm_abs: Quantity = None,
        gl_abs: Quantity = None,
        v_rest: Quantity = None,
    ) -> None:
        compartment = _Unnamed(
            model,
            {
                "length": length,
                "diameter": diameter,
                "cm": cm,
                "gl": gl,
                "cm_abs": cm_abs,
                "gl_abs": gl_abs,
                "v_rest": v_rest,
                "is_soma": True,
            },
        )
        shared = default_params()
        own = compartment._for_model({}, shared)
        super().__init__("PointNeuronModel", {"": own}, (), {}, shared)

    membrane = _read("membrane")
    ephys = _read("ephys")
    mechanisms = _read("mechanisms")
    area = _read("area")
    capacitance = _read("capacitance")
    g_leakage = _read("g_leakage")
    dimensionless = _read("dimensionless")
    add = _passed_on("add")
    remove = _passed_on("remove")
    synapse = _passed_on("synapse")
    noise = _passed_on("noise")
    add_equations = _passed_on("add_equations")
    replace_equations = _passed_on("replace_equations")

    @staticmethod
    def g_norm_factor(trise: Quantity, tdecay: Quantity) -> float:
        """Return the factor that scales the peak of a dual exponential to 1.

        Parameters
        ----------
        trise, tdecay : Quantity
            Time constants (second); they may be equal.
        """
        return g_norm_factor(trise, tdecay)

    def __repr__(self) -> str:
        return repr(self._compartments[""])
