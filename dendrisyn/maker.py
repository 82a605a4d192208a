"""`Model`: what makes a Brian2 group."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import signature
from typing import Any, Self

from brian2.groups.neurongroup import NeuronGroup
from brian2.units.fundamentalunits import Quantity

from .assembly import Assembly
from .display import Tree, html
from .editable import Editable
from .errors import InvalidValueError, NameConflictError, UnitError, located
from .group import StepOperation, make_group
from .naming import as_names
from .numerics import JUDGED, largest_stable_dt, unresolved
from .parameters import checked_values
from .patch import Patch
from .quantities import Value
from .quantities import show as show_value
from .spiking import Spiking

__all__ = ["Model"]


class Model(Editable):
    """Base of what makes a Brian2 group."""

    @abstractmethod
    def _assembly(
        self, per_neuron: Sequence[str] = (), held: Sequence[str] = ()
    ) -> Assembly:
        """Return what a group is made of."""

    @abstractmethod
    def _copy(self) -> Self:
        """Return a copy that can be changed by itself."""

    @abstractmethod
    def _tree(self) -> Tree:
        """Return the graph of the compartments."""

    @abstractmethod
    def _patches(self) -> Sequence[Patch]:
        """Return the compartments."""

    @abstractmethod
    def _edges(self) -> list[tuple[int, int, str]]:
        """Return pairs of compartments and the name of their conductance."""

    @abstractmethod
    def _somatic_voltages(self) -> list[str]:
        """Return the voltages that `hold_refractory` holds."""

    def make_neurongroup(
        self,
        N: int,
        method: str | Callable | Sequence[str] = "euler",
        threshold: str | None = None,
        reset: str | None = None,
        second_reset: str | None = None,
        spike_width: Value = None,
        refractory: Quantity | str | bool = False,
        init_rest: bool = True,
        init_events: bool = True,
        show: bool = False,
        *,
        per_neuron: Iterable[str] = (),
        hold_refractory: bool = False,
        dspike_events: bool | Iterable[str] = True,
        namespace: Mapping[str, Any] | None = None,
        events: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> NeuronGroup | tuple[NeuronGroup, StepOperation]:
        """Make a `brian2.NeuronGroup` of this model.

        Parameters
        ----------
        N : int
            The number of neurons.
        method : str, callable or sequence of str
            How Brian2 integrates the equations.
        threshold, reset : str, optional
            Condition of a spike, and what is done then.
        second_reset : str, optional
            Statements done once more, `spike_width` after a spike: between the two
            resets the soma stays depolarised, which gives the action potential a width
            and lets it travel into the dendrites.
        spike_width : Quantity, optional
            Time from a spike to the second reset (second), in whole steps.
        refractory : Quantity, str or bool
            Refractory period, as in `brian2.NeuronGroup`.
        init_rest : bool
            Whether all voltages start at rest.
        init_events : bool
            Whether the group detects dendritic spikes. Without, their events exist but
            start nothing: call ``run_on_event`` with `event_actions` where you like.
        show : bool
            Whether the values set at the start are printed.
        per_neuron : iterable of str
            Parameters that become variables of the group, with a value for each neuron:
            they start at the value of the model, and can be assigned to.
        hold_refractory : bool
            Whether the voltage of the soma stays where it is during the refractory
            period.
        dspike_events : bool or iterable of str
            Which dendritic spikes have an event, for `brian2.EventMonitor` and
            ``Synapses(on_event=...)``: all, none, or those named. Dendritic spikes
            happen in any case.
        namespace : dict, optional
            Values for the names in your equations, thresholds and resets; a parameter
            of the model named here is overridden.
        events : dict of str to str, optional
            Events of your own.
        **kwargs
            What else `brian2.NeuronGroup` takes: `dt`, `clock`, `order`, `name`,
            `dtype`, `method_options`, `codeobj_class`.

        Returns
        -------
        NeuronGroup, or (NeuronGroup, StepOperation) with a `second_reset`
            The operation is contained in the group already: it may be dropped.

        Raises
        ------
        AssemblyError
            All that is wrong with the model: parameters that are not given, names that
            clash, equations that mix units, durations that last no step.
        DendrisynError
            If an argument is wrong.

        Warns
        -----
        NumericsWarning
            If an explicit method does not resolve the model at this `dt`.

        Examples
        --------
        >>> from brian2 import mV, nS, pF
        >>> from dendrisyn import Dendrite, NeuronModel, Soma
        >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
        >>> dend = Dendrite('dend', cm_abs=50*pF, gl_abs=3*nS, v_rest=-70*mV)
        >>> model = NeuronModel([(soma, dend, 10*nS)])
        >>> neurons = model.make_neurongroup(3, per_neuron=['gL_dend'])
        >>> neurons.gL_dend = [1, 2, 3]*nS
        >>> neurons.V_soma[0]
        -70. * mvolt
        """
        spiking = Spiking(threshold, reset, second_reset, spike_width, refractory)
        with located(f"{self._title()}.make_neurongroup"):
            names = as_names(per_neuron, "per_neuron")
            held = self._held(refractory) if hold_refractory else []
            constants = self._with_constants(namespace, names)
            assembly = constants._assembly(names, held)
            group = make_group(
                assembly,
                N,
                spiking,
                detect=init_events,
                at_rest=init_rest,
                method=method,
                namespace=namespace,
                events=events,
                dspike_events=dspike_events,
                unresolved=lambda values, dt: self._unresolved(values, method, dt),
                arguments=list(signature(type(self).make_neurongroup).parameters)[1:-1],
                **kwargs,
            )
        start = {
            **assembly.per_neuron,
            **(assembly.rest if init_rest else {}),
            **assembly.initial,
        }
        for name, value in start.items():
            setattr(group, name, value)
            if show:
                print(f"{name} = {show_value(value)}")
        return group if second_reset is None else (group, group.step_operation)

    def _with_constants(
        self, namespace: Mapping[str, Any] | None, per_neuron: Sequence[str]
    ) -> Self:
        """Return this model with the parameters that *namespace* names set to it."""
        if namespace is None:
            return self
        if not isinstance(namespace, Mapping):
            raise UnitError(f"namespace: expected a dict, got {namespace!r}.")
        known = self._parameters()
        given = {name: namespace[name] for name in namespace if name in known}
        for name in given:
            if name in per_neuron:
                raise NameConflictError(
                    f"namespace: {name!r} is in per_neuron. Assign to the group "
                    "afterwards."
                )
        if not given:
            return self
        copied = self._copy()
        with located("namespace"):
            copied._assign(checked_values(given, known))
        return copied

    def _held(self, refractory: Quantity | str | bool) -> list[str]:
        voltages = self._somatic_voltages()
        if not voltages:
            raise InvalidValueError(
                "hold_refractory: no compartment is a Soma, so there is no somatic "
                "voltage to hold."
            )
        if refractory is False:
            raise InvalidValueError(
                "hold_refractory needs a refractory period: give refractory=2*ms."
            )
        return voltages

    def _unresolved(
        self, values: Mapping[str, Any], method: Any, dt: float
    ) -> list[str]:
        """Return what *method* does not resolve, as far as constants tell."""
        patches = self._patches()
        if not isinstance(method, str) or method not in JUDGED:
            return []
        passive = [patch._names(symbol) for symbol in ("C", "gL") for patch in patches]
        edges = self._edges()
        stable_dt = float("inf")
        if all(name in values for name in (*passive, *(g for *_, g in edges))):
            numbers = [float(values[name]) for name in passive]
            stable_dt = largest_stable_dt(
                numbers[: len(patches)],
                numbers[len(patches) :],
                [(one, other, float(values[g])) for one, other, g in edges],
                method,
            )
        gates = {
            label: (float(values[rise]), float(values[decay]))
            for patch in patches
            for label, (rise, decay) in patch._gates().items()
            if rise in values and decay in values
        }
        return unresolved(dt, method, stable_dt, gates)

    def _repr_html_(self) -> str:
        return html(self._title(), self._assembly(), self._tree())
