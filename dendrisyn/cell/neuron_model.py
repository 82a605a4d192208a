"""`NeuronModel`: a neuron of several compartments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import is_not
from types import MappingProxyType
from typing import Any

from brian2.units.allunits import nsiemens
from brian2.units.fundamentalunits import Quantity

from ..equations.assembly import Assembly, assemble
from ..equations.compartment_equations import (
    CompartmentEquations,
    ParameterTable,
    Source,
    describe,
    merge_parameters,
)
from ..equations.fragment import Parameter
from ..equations.mechanism import Mechanism
from ..equations.parameters import default_params
from ..equations.user_equations import AddedEquations, parse_equations
from ..errors import (
    AssemblyError,
    InvalidValueError,
    UnknownNameError,
    located,
    nearest,
)
from ..figures import DENDRITE_COLOR, SOMA_COLOR
from ..names import Names, check_identifier
from ..units import same_value, show
from .base import Model
from .compartment import Compartment, Soma
from .coupling import Coupling
from .display import Tree, draw
from .patch import Patch
from .tree import couple

__all__ = ["NeuronModel"]


class NeuronModel(Model):
    """A neuron of several compartments.

    A model is a snapshot: it copies its compartments when it is made. What is done to
    them afterwards does not reach it; `compartments` holds the copies, which may be
    changed until a group is made.

    Parameters
    ----------
    connections : list of tuple
        How the compartments are coupled: ``(one, other)`` or ``(one, other, g)``, where
        `g` is a conductance (siemens), ``'half_cylinders'`` (the default) for half of
        each cylinder in series, or ``'cylinder_<name>'`` for the whole cylinder of one.
        A compartment alone makes a model of one compartment.
    cm : Quantity, optional
        Specific capacitance of all compartments (farad/metre**2).
    gl : Quantity, optional
        Specific leak conductance of all compartments (siemens/metre**2).
    r_axial : Quantity, optional
        Axial resistivity of all compartments (ohm*metre).
    v_rest : Quantity, optional
        Resting potential of all compartments (volt).
    scale_factor, spine_factor : float, optional
        Area factors of all compartments; `spine_factor` has no effect on a soma.

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
    A value given here replaces what every compartment was made with; what is not given
    here leaves them as they are. A parameter that was set by name wins over both.

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
        self._shared = default_params()
        self._overrides: dict[str, Any] = {}
        self._custom: list[Mechanism] = []
        self._known: tuple[list, ParameterTable] = ([], ParameterTable({}, {}, []))
        with located("NeuronModel"):
            graph = couple(connections)
            self._compartments = {
                each.name: each._snapshot(changes, self._shared)
                for each in graph.compartments
            }
            self._links = [
                Coupling(
                    self._compartments[one].ephys, self._compartments[other].ephys, g
                )
                for one, other, g in graph.couplings
            ]
            for compartment in graph.compartments:
                self._adopt(compartment)
            for each in self._compartments.values():
                each._model = self
            self._check(self._custom)

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
        """Set what all dendritic spikes of one name have in common.

        What is not given stays as it is. The arguments are those of `Dendrite.dspikes`.

        Parameters
        ----------
        event_name : str
            The name of the spike, such as ``'Na'``.
        threshold : Quantity
            Voltage that starts it (volt).
        duration_rise, duration_fall : Quantity
            How long the conductances are on (second).
        reversal_rise, reversal_fall : Quantity or str
            Reversal potentials (volt), or a name such as ``'E_Na'``.
        offset_fall : Quantity
            Time from the start of the rise to that of the fall (second).
        refractory : Quantity
            Shortest time between two spikes (second).
        g_rise, g_fall : Quantity
            Conductances (siemens or siemens/metre**2).

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
            changed = [
                (patch, replace(spike, **changes))
                for patch, spike in self._events_of_spikes().values()
                if spike.name == event_name
            ]
            if not changed:
                known = {spike.name for _, spike in self._events_of_spikes().values()}
                raise UnknownNameError(
                    f"there is no dendritic spike {event_name!r}."
                    f"{nearest(event_name, known)}"
                )
            for patch, spike in changed:
                patch._check(patch._part({**patch.mechanisms, spike.label: spike}))
        for patch, spike in changed:
            patch._mechanisms = {**patch.mechanisms, spike.label: spike}
            names = spike.parameter_names(patch._names)
            for argument in changes:
                self._forget(names[argument])

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
            self._tree(),
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

    # -- how it is put together -----------------------------------------------------

    def _title(self) -> str:
        return f"NeuronModel({', '.join(self._compartments)})"

    def _patches(self) -> Sequence[Patch]:
        return list(self._compartments.values())

    def _edges(self) -> list[tuple[int, int, str]]:
        order = {name: index for index, name in enumerate(self._compartments)}
        return [
            (order[link.ends[0]], order[link.ends[1]], link.name(link.ends[0]))
            for link in self._links
        ]

    def _tree(self) -> Tree:
        values = self.parameters
        return Tree(
            tuple(self._compartments),
            frozenset(
                name
                for name, each in self._compartments.items()
                if isinstance(each, Soma)
            ),
            {
                link.ends: f"{float(values[link.names[0]] / nsiemens):.3g} nS"
                for link in self._links
            },
        )

    def _somatic_voltages(self) -> list[str]:
        return [
            each._names("V")
            for each in self._compartments.values()
            if isinstance(each, Soma)
        ]

    def _parts(self) -> list[CompartmentEquations]:
        parts = []
        for name, compartment in self._compartments.items():
            part = compartment._part()
            couplings = tuple(
                Source(f"the {link.title}", replace(link.fragment(name), parameters={}))
                for link in self._links
                if name in link.ends
            )
            parts.append(replace(part, contributions=part.contributions + couplings))
        return parts

    def _merged(self, per_neuron: Sequence[str] = ()) -> ParameterTable:
        common: dict[str, Parameter] = {}
        overrides = dict(self._overrides)
        problems = []
        for link in self._links:
            given = [overrides.pop(name) for name in link.names if name in overrides]
            if len(given) > 1 and not same_value(*given):
                problems.append(link.two_values(*given))
            if given:
                link = replace(link, how=given[0])
            leading = [name for name in link.names if name in per_neuron]
            if len(leading) > 1:
                problems.append(
                    f"per_neuron: {' and '.join(leading)} are two names of one value. "
                    "Name one."
                )
            common |= link.parameters(leading[0] if leading else None)
        merged = merge_parameters(self._parts(), self._shared, common, overrides)
        return merged._replace(problems=[*problems, *merged.problems])

    def _assembly(
        self,
        per_neuron: Sequence[str] = (),
        held: Sequence[str] = (),
        custom: Sequence[Mechanism] | None = None,
    ) -> Assembly:
        whole = Names.of("")
        title = self._title()
        return assemble(
            self._parts(),
            self._merged(per_neuron),
            custom=[
                Source(f"{title}: {each.label}", each.fragment(whole), True)
                for each in (self._custom if custom is None else custom)
            ],
            per_neuron=per_neuron,
            held=held,
        )

    def _copy(self) -> NeuronModel:
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied._custom, copied._overrides = list(self._custom), dict(self._overrides)
        copied._compartments = {
            name: each._copy() for name, each in self._compartments.items()
        }
        for each in copied._compartments.values():
            each._overrides, each._model = {}, copied
        return copied

    __copy__ = _copy

    def _include(self, mechanism: Mechanism) -> None:
        for equation in mechanism.fragment(Names.of("")).equations:
            check_identifier(equation.name, "eqs")
        self._check([*self._custom, mechanism])
        self._custom = [*self._custom, mechanism]

    def _check(self, custom: Sequence[Mechanism]) -> None:
        """Raise if the model, with these equations of the user, cannot be assembled."""
        assembly = self._assembly(custom=custom)
        problems = list(assembly.complaints)
        if not problems and custom:
            assembly.parsed()
            problems = assembly.mixed_units()
        if problems:
            raise AssemblyError("this does not go together", problems)

    def _parameters(self) -> dict[str, Parameter]:
        # What changes the model puts a new object in the place of one of these, so a
        # loop over the parameters merges them once.
        state = [self._overrides, *(e._mechanisms for e in self._compartments.values())]
        known, merged = self._known
        if len(known) != len(state) or any(map(is_not, known, state)):
            merged = self._merged()
            self._known = state, merged
        return merged.parameters

    def _adopt(self, compartment: Compartment) -> None:
        """Take over what was set by name on a compartment."""
        for name, value in compartment._overrides.items():
            known = self._overrides.get(name, value)
            if not same_value(known, value):
                raise AssemblyError(
                    "this does not go together",
                    [
                        f"two compartments set {name}, to {show(known)} and to "
                        f"{show(value)}, but a model has one {name}."
                    ],
                )
            self._overrides[name] = value

    def _assign(self, values: dict[str, Any]) -> None:
        after = dict(self._overrides)
        for link in self._links:
            given = [values[name] for name in link.names if name in values]
            if len(given) > 1 and not same_value(*given):
                raise InvalidValueError(link.two_values(*given))
            if given:
                for name in link.names:
                    after.pop(name, None)
        before, self._overrides = self._overrides, {**after, **values}
        problems = describe(self._merged().problems)
        if problems:
            self._overrides = before
            raise InvalidValueError(" ".join(problems))

    def _forget(self, name: str) -> bool:
        names = {name}
        for link in self._links:
            if name in link.names:
                names |= set(link.names)
        before = self._overrides
        self._overrides = {key: before[key] for key in before if key not in names}
        return len(self._overrides) < len(before)

    def __repr__(self) -> str:
        return f"<{self._title()}>"
