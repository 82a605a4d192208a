"""Compartments: patches of membrane with a name, which can be coupled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from brian2.units.fundamentalunits import Quantity

from ..equations.compartment_equations import Source
from ..errors import GraphError, InvalidValueError, UnitError, located
from ..mechanisms.dendritic_spike import DendriticSpike
from ..mechanisms.membranes import Membrane
from ..names import check_label
from ..units import same_value
from .coupling import Coupling
from .patch import Patch

__all__ = ["Compartment", "Dendrite", "Soma"]


class Compartment(Patch):
    """A compartment of a neuron.

    Parameters
    ----------
    name : str
        The suffix of its variables: letters, digits and underscores between them.
    model : str or Membrane
        How its voltage moves: ``'passive'``, ``'leakyIF'``, ``'adaptiveIF'``,
        ``'cadIF'``, ``'adex'``, ``'eif'``, ``'izhikevich'``, a membrane object such as
        ``AdEx(DeltaT=2*mV, ...)``, or a template of your own (see `CustomMembrane`). By
        default ``'passive'``, ``'leakyIF'`` in a `Soma`.
    length, diameter : Quantity, optional
        Size of the cylinder (metre).
    cm : Quantity, optional
        Specific capacitance (farad/metre**2).
    gl : Quantity, optional
        Specific leak conductance (siemens/metre**2).
    cm_abs, gl_abs : Quantity, optional
        Capacitance (farad) and leak conductance (siemens) of a lumped compartment,
        instead of a size.
    r_axial : Quantity, optional
        Axial resistivity (ohm*metre).
    v_rest : Quantity, optional
        Resting potential (volt).
    scale_factor : float
        Multiplies the membrane area.
    spine_factor : float
        Multiplies the membrane area too; without effect on a soma.

    Raises
    ------
    NameConflictError
        If the name cannot be part of a variable's name.
    UnknownNameError
        If there is no such membrane.
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Examples
    --------
    >>> from brian2 import uF, uS, cm, um, mV
    >>> from dendrisyn import Compartment
    >>> comp = Compartment('comp', length=100*um, diameter=1*um, cm=1*uF/cm**2,
    ...                    gl=50*uS/cm**2, v_rest=-65*mV)
    >>> print(comp.equations)
    dV_comp/dt = (gL_comp * (EL_comp - V_comp) + I_comp) / C_comp : volt
    I_comp = I_ext_comp : amp
    I_ext_comp : amp
    >>> comp.capacitance
    3.14159265 * pfarad
    """

    _default_model: ClassVar[str] = "passive"
    _is_soma: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        model: str | Membrane | None = None,
        length: Quantity = None,
        diameter: Quantity = None,
        cm: Quantity = None,
        gl: Quantity = None,
        cm_abs: Quantity = None,
        gl_abs: Quantity = None,
        r_axial: Quantity = None,
        v_rest: Quantity = None,
        scale_factor: float = 1.0,
        spine_factor: float = 1.0,
    ) -> None:
        self._neighbours: list[tuple[Compartment, Coupling]] = []
        super().__init__(
            check_label(name, type(self).__name__),
            self._default_model if model is None else model,
            {
                "length": length,
                "diameter": diameter,
                "cm": cm,
                "gl": gl,
                "cm_abs": cm_abs,
                "gl_abs": gl_abs,
                "r_axial": r_axial,
                "v_rest": v_rest,
                "scale_factor": scale_factor,
                "spine_factor": spine_factor,
                "is_soma": self._is_soma,
            },
        )

    @property
    def name(self) -> str:
        """The name, the suffix of its variables."""
        return self._name

    def connect(
        self, other: Compartment, g: Quantity | str | None = "half_cylinders"
    ) -> None:
        """Couple this compartment to another one.

        `NeuronModel` couples compartments by itself; use this one for equations that
        you take to a group of your own, or to state a coupling before the model.

        Parameters
        ----------
        other : Compartment
            The other compartment.
        g : Quantity or str
            A conductance (siemens), ``'half_cylinders'`` for half of each cylinder in
            series, or ``'cylinder_<name>'`` for the whole cylinder of one.

        Raises
        ------
        GraphError
            If they are coupled already, are one, or share a name.
        UnitError, InvalidValueError, UnknownNameError
            If `g` is none of these, or needs a size that is not given.

        Examples
        --------
        >>> from brian2 import nS
        >>> from dendrisyn import Dendrite, Soma
        >>> soma, dend = Soma('soma'), Dendrite('dend')
        >>> soma.connect(dend, 10*nS)
        >>> soma.parameters['g_dend_soma']
        10. * nsiemens
        """
        where = f"{self._title()}.connect"
        if not isinstance(other, Compartment):
            raise UnitError(f"{where}: expected a Compartment, got {other!r}.")
        with located(where):
            coupling = Coupling(self._ephys, other._ephys, g)
            if any(each._name == other._name for each, _ in self._neighbours):
                raise GraphError(
                    f"{self.name!r} and {other.name!r} are coupled already. Leave "
                    "this call out, or make the compartments anew."
                )
        self._neighbours = [*self._neighbours, (other, coupling)]
        other._neighbours = [*other._neighbours, (self, coupling)]
        for end in (self, other):  # what was set by name before counts
            for name in coupling.names:
                if name in end._overrides:
                    end._assign({name: end._overrides[name]})
                    end._forget(name)

    def _assign(self, values: dict[str, Any]) -> None:
        # A coupling has one conductance, which both of its ends know.
        rest = dict(values)
        changes = []
        for other, coupling in self._neighbours:
            given = [rest.pop(name) for name in coupling.names if name in rest]
            if len(given) > 1 and not same_value(*given):
                raise InvalidValueError(coupling.two_values(*given))
            if given:
                changes.append((other, coupling, replace(coupling, how=given[0])))
        super()._assign(rest)
        for other, old, new in changes:
            for end in (self, other):
                end._neighbours = [
                    (there, new if each is old else each)
                    for there, each in end._neighbours
                ]

    def _couplings(self) -> list[Source]:
        return [
            Source(f"the {each.title}", each.fragment(self._name))
            for _, each in self._neighbours
        ]

    def _snapshot(self, changes: Mapping[str, Any], shared: Mapping) -> Compartment:
        """Return a copy without couplings, its passive properties changed."""
        copied = self._copy()
        copied._overrides = {}
        copied._neighbours = []
        copied._shared = shared
        with located(self._title()):
            copied._ephys = replace(self._ephys, **changes)
        return copied


class Soma(Compartment):
    """A soma: a `Compartment` whose membrane is ``'leakyIF'`` by default.

    The parameters are those of `Compartment`; `spine_factor` has no effect.

    Examples
    --------
    >>> from brian2 import nS, pF
    >>> from dendrisyn import Soma
    >>> Soma('soma', cm_abs=100*pF, gl_abs=5*nS).g_leakage
    5. * nsiemens
    """

    _default_model: ClassVar[str] = "leakyIF"
    _is_soma: ClassVar[bool] = True


class Dendrite(Compartment):
    """A dendrite: a `Compartment` that may have dendritic spikes.

    The parameters are those of `Compartment`.

    Examples
    --------
    >>> from brian2 import um
    >>> from dendrisyn import Dendrite
    >>> dend = Dendrite('dend', length=100*um, diameter=1*um, spine_factor=1.5)
    >>> dend.area
    471.23889804 * umetre2
    """

    def dspikes(
        self,
        name: str,
        threshold: Quantity = None,
        g_rise: Quantity = None,
        g_fall: Quantity = None,
        duration_rise: Quantity = None,
        duration_fall: Quantity = None,
        reversal_rise: Quantity | str = None,
        reversal_fall: Quantity | str = None,
        offset_fall: Quantity = None,
        refractory: Quantity = None,
    ) -> None:
        """Add a dendritic spike, see `DendriticSpike`.

        Parameters
        ----------
        name : str
            Tells it from the other spikes of the compartment.
        threshold : Quantity
            Voltage that starts it (volt).
        g_rise, g_fall : Quantity
            Conductances (siemens or siemens/metre**2).
        duration_rise, duration_fall : Quantity
            How long they are on (second).
        reversal_rise, reversal_fall : Quantity or str
            Reversal potentials (volt), or a name such as ``'E_Na'``.
        offset_fall : Quantity
            Time from the start of the rise to that of the fall (second).
        refractory : Quantity
            Shortest time between two spikes (second).

        Raises
        ------
        NameConflictError
            If there is a spike of this name.
        UnknownNameError
            If a reversal potential is named that models do not share.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign.
        """
        with located(f"{self._title()}.dspikes"):
            self._add(
                DendriticSpike(
                    name,
                    threshold=threshold,
                    g_rise=g_rise,
                    g_fall=g_fall,
                    duration_rise=duration_rise,
                    duration_fall=duration_fall,
                    reversal_rise=reversal_rise,
                    reversal_fall=reversal_fall,
                    offset_fall=offset_fall,
                    refractory=refractory,
                )
            )
