"""`PointNeuronModel`: the neuron of one compartment."""

from __future__ import annotations

from collections.abc import Sequence

from brian2.units.fundamentalunits import Quantity

from ..equations.assembly import Assembly, assemble
from ..equations.parameters import default_params
from ..mechanisms.membranes import Membrane
from ..synapses import g_norm_factor
from .base import Model
from .display import Tree
from .patch import Patch

__all__ = ["PointNeuronModel"]


class PointNeuronModel(Patch, Model):
    """A neuron of one compartment, whose variables have no suffix.

    Parameters
    ----------
    model : str or Membrane
        How its voltage moves, as in `Compartment`.
    length, diameter : Quantity, optional
        Size of the cylinder (metre).
    cm : Quantity, optional
        Specific capacitance (farad/metre**2).
    gl : Quantity, optional
        Specific leak conductance (siemens/metre**2).
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
        super().__init__(
            "",
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
        self._shared = default_params()

    @staticmethod
    def g_norm_factor(trise: Quantity, tdecay: Quantity) -> float:
        """Return what scales the peak of a dual exponential to 1, as Dendrify does.

        Parameters
        ----------
        trise, tdecay : Quantity
            Time constants (second); they may be equal.
        """
        return g_norm_factor(trise, tdecay)

    def _title(self) -> str:
        return "PointNeuronModel"

    def _assembly(
        self, per_neuron: Sequence[str] = (), held: Sequence[str] = ()
    ) -> Assembly:
        return assemble(
            [self._part()], self._merged(), per_neuron=per_neuron, held=held
        )

    def _tree(self) -> Tree:
        return Tree(("V",), frozenset({"V"}), {})

    def _patches(self) -> Sequence[Patch]:
        return [self]

    def _edges(self) -> list[tuple[int, int, str]]:
        return []

    def _somatic_voltages(self) -> list[str]:
        return [self._names("V")]
