"""`NeuronModel`: a neuron of several compartments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from brian2.units.fundamentalunits import Quantity

from ..equations.parameters import default_params
from ..equations.user_equations import AddedEquations, parse_equations
from ..errors import AssemblyError, UnknownNameError, located, nearest
from ..figures import DENDRITE_COLOR, SOMA_COLOR
from ..units import same_value, show
from .base import Model
from .compartment import Compartment
from .coupling import Coupling
from .display import draw, tree_of
from .structure import check_structure
from .tree import couple

__all__ = ["NeuronModel"]


class NeuronModel(Model):
    """A neuron of several compartments.

    A model is a snapshot: it copies its compartments when it is made, and later changes
    of the originals do not reach it. `compartments` holds the copies, which may be
    changed until a group is made.

    Parameters
    ----------
    connections : list of tuple
        The couplings: ``(one, other)`` or ``(one, other, g)``, where
        `g` is a conductance (siemens), ``'half_cylinders'`` (the default) for half of
        each cylinder in series, or ``'cylinder_<name>'`` for the whole cylinder of one.
        A compartment alone makes a model of one compartment.
    cm, gl, r_axial, v_rest : Quantity, optional
        Specific capacitance (farad/metre**2) and leak conductance (siemens/metre**2),
        axial resistivity (ohm*metre) and resting potential (volt) of all compartments.
    scale_factor, spine_factor : float, optional
        Factors of the membrane area of all compartments, as in `Compartment`.

    Raises
    ------
    GraphError
        If the compartments do not form one tree: a loop, separate parts, a coupling
        given twice, a compartment coupled to itself, two compartments of one name.
    UnitError, InvalidValueError, UnknownNameError
        If a value has the wrong unit or sign, or a coupling needs a size that is not
        given.
    AssemblyError
        If two compartments create variables of one name.

    Notes
    -----
    These arguments replace the values that the compartments were made with; arguments
    that are left out change nothing. A parameter that was set by name wins over both.

    Examples
    --------
    >>> from brian2 import cm, mV, nS, ohm, uF, um, uS
    >>> from dendrisyn import Dendrite, NeuronModel, Soma
    >>> soma = Soma('soma', length=25*um, diameter=25*um)
    >>> dend = Dendrite('dend', length=100*um, diameter=2*um)
    >>> model = NeuronModel([(soma, dend)], cm=1*uF/cm**2, gl=40*uS/cm**2,
    ...                     r_axial=150*ohm*cm, v_rest=-65*mV)
    >>> print(model.equations)
    dV_soma/dt = (gL_soma * (EL_soma - V_soma) + I_soma) / C_soma : volt
    I_soma = I_ext_soma + I_dend_soma : amp
    I_ext_soma : amp
    I_dend_soma = (V_dend - V_soma) * g_dend_soma : amp
    <BLANKLINE>
    dV_dend/dt = (gL_dend * (EL_dend - V_dend) + I_dend) / C_dend : volt
    I_dend = I_ext_dend + I_soma_dend : amp
    I_ext_dend : amp
    I_soma_dend = (V_soma - V_dend) * g_soma_dend : amp
    """

    def __init__(
        self,
        connections: Sequence[Any],
        cm: Quantity = None,
        gl: Quantity = None,
        r_axial: Quantity = None,
        v_rest: Quantity = None,
        scale_factor: float | None = None,
        spine_factor: float | None = None,
    ) -> None:
        given = {
            "cm": cm,
            "gl": gl,
            "r_axial": r_axial,
            "v_rest": v_rest,
            "scale_factor": scale_factor,
            "spine_factor": spine_factor,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        shared = default_params()
        with located("NeuronModel"):
            tree = couple(connections)
            compartments = {
                compartment.name: compartment._for_model(changes, shared)
                for compartment in tree.compartments
            }
            couplings = [
                Coupling(compartments[one].ephys, compartments[other].ephys, g)
                for one, other, g in tree.couplings
            ]
            super().__init__(
                f"NeuronModel({', '.join(compartments)})",
                compartments,
                couplings,
                _adopted(tree.compartments),
                shared,
            )
            check_structure(self.structure)

    @property
    def compartments(self) -> Mapping[str, Compartment]:
        """The model's own copies of the compartments, by name (read-only)."""
        return MappingProxyType(self._compartments)

    def add_equations(self, eqs: str) -> None:
        """Add equations of your own.

        For a current that flows into a compartment, use
        ``model.compartments[name].add_equations(eqs, currents=...)``.

        Parameters
        ----------
        eqs : str
            Brian2 equations.

        Raises
        ------
        InvalidValueError
            If Brian2 cannot read them.
        NameConflictError
            If Brian2 does not accept a name.
        AssemblyError
            If a variable exists already (use `replace_equations`), or an equation mixes
            units.
        """
        with located(f"{self._title()}.add_equations"):
            equations = parse_equations(eqs, "eqs")
            self._include(AddedEquations(equations=equations, number=self._next()))

    def config_dspikes(
        self,
        event_name: str,
        threshold: Quantity = None,
        duration_rise: Quantity = None,
        duration_fall: Quantity = None,
        reversal_rise: Quantity | str = None,
        reversal_fall: Quantity | str = None,
        offset_fall: Quantity = None,
        refractory: Quantity = None,
        *,
        g_rise: Quantity = None,
        g_fall: Quantity = None,
    ) -> None:
        """Set parameters of all dendritic spikes of one name.

        A parameter that is left out stays as it is. The arguments are those of
        `DendriticSpike`; *event_name* is the name of the spike, such as ``'Na'``.

        Raises
        ------
        UnknownNameError
            If no compartment has such a spike.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign. Nothing is changed then.
        """
        given = {
            "threshold": threshold,
            "duration_rise": duration_rise,
            "duration_fall": duration_fall,
            "reversal_rise": reversal_rise,
            "reversal_fall": reversal_fall,
            "offset_fall": offset_fall,
            "refractory": refractory,
            "g_rise": g_rise,
            "g_fall": g_fall,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        with located(f"{self._title()}.config_dspikes"):
            sites = [
                site
                for site in self.structure.dendritic_spikes.values()
                if site.spike.name == event_name
            ]
            if not sites:
                names = {
                    site.spike.name for site in self.structure.dendritic_spikes.values()
                }
                raise UnknownNameError(
                    f"there is no dendritic spike {event_name!r}."
                    f"{nearest(event_name, names)}"
                )
            checked = []
            for site in sites:
                compartment = self._compartments[site.compartment.name]
                spike = replace(site.spike, **changes)
                checked.append((compartment, compartment._replaced(spike)))
        for site, (compartment, replaced) in zip(sites, checked, strict=True):
            compartment._set(*replaced)
            parameters = site.spike.parameter_names(site.compartment.names)
            for argument in changes:
                self._forget(parameters[argument])

    def as_graph(
        self,
        figsize: Sequence[float] = (6, 4),
        fontsize: float = 10,
        fontcolor: str = "white",
        scale_nodes: float = 1,
        color_soma: str = SOMA_COLOR,
        color_dendrites: str = DENDRITE_COLOR,
        alpha: float = 1,
        scale_edges: float = 1,
        seed: int | None = None,
        ax: Any = None,
    ) -> Any:
        """Draw the compartments and how they are coupled, with matplotlib.

        Parameters
        ----------
        figsize : sequence of float
            Size of the figure (inch).
        fontsize : float
            Size of the names (point).
        fontcolor, color_soma, color_dendrites : str
            Colours.
        scale_nodes, scale_edges : float
            Relative size of nodes and length of edges.
        alpha : float
            Opacity of the nodes.
        seed : int, optional
            Accepted for Dendrify's sake; the layout is not random.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure when left out.

        Returns
        -------
        matplotlib.axes.Axes
            The drawing.
        """
        return draw(
            tree_of(self.structure),
            figsize=figsize,
            fontsize=fontsize,
            fontcolor=fontcolor,
            scale_nodes=scale_nodes,
            color_soma=color_soma,
            color_dendrites=color_dendrites,
            alpha=alpha,
            scale_edges=scale_edges,
            ax=ax,
        )


def _adopted(compartments: Iterable[Compartment]) -> dict[str, Any]:
    """Return the values that were set by name on compartments."""
    adopted: dict[str, Any] = {}
    for compartment in compartments:
        for name, value in compartment._values.values.items():
            if not same_value(adopted.get(name, value), value):
                problem = (
                    f"two compartments set {name}, to {show(adopted[name])} and to "
                    f"{show(value)}, but a model has one {name}."
                )
                raise AssemblyError("this does not go together", [problem])
            adopted[name] = value
    return adopted
