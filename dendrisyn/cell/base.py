"""`Model`: the base of models, which make groups and projections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from inspect import signature
from typing import TYPE_CHECKING, Any

from brian2.groups.neurongroup import NeuronGroup
from brian2.units.fundamentalunits import Quantity

from ..brian.group import StepOperation, make_group
from ..brian.resets import Spiking
from ..circuits.stability import StabilityCheck
from ..equations.parameters import checked_values
from ..errors import InvalidValueError, NameConflictError, UnitError, located
from ..integrators import CRANK_NICOLSON
from ..names import as_names
from ..units import show as show_value
from .display import html, tree_of
from .model_state import ModelState
from .passive_properties import passive_table
from .structure import Structure

if TYPE_CHECKING:
    from ..connections.projection import Projection
    from ..plasticity import LongTermPlasticity
    from ..plasticity.short_term import ShortTermPlasticity

__all__ = ["Model"]


class Model(ModelState):
    """Base of models: they make groups, projections and Poisson inputs."""

    def make_neurongroup(
        self,
        N: int,
        method: str | Callable | Sequence[str] = CRANK_NICOLSON,
        threshold: str | None = None,
        reset: str | None = None,
        second_reset: str | None = None,
        spike_width: Quantity = None,
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
            How the equations are integrated: ``'crank_nicolson'`` (second order, stable
            at any `dt`), ``'implicit_euler'``, or what Brian2 offers.
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
            of the model named here is overridden in the group, but not in a
            `projection`, which carries the constants of gates on synapses.
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
            assembly = self._with_constants(namespace, names).assemble(names, held)
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
                stability=self._stability(method),
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

    def projection(
        self,
        *receptors: str | tuple[str, float],
        weight: float | str | Mapping[str, float | str] = 1,
        short_term: ShortTermPlasticity | None = None,
        plasticity: LongTermPlasticity | Mapping[str, Any] | None = None,
    ) -> Projection:
        """Return the arguments of a `brian2.Synapses` that ends at receptors.

        ``Synapses(pre, post, **model.projection('AMPA_x_dend'))``, or
        ``model.projection('AMPA_x_dend', weight='w').synapses(pre, post)`` for weights
        that do not start at 0. Connections and delays are Brian2's.

        Parameters
        ----------
        *receptors : str or (str, float)
            Receptors by channel, tag and compartment, such as ``'AMPA_x_dend'``. Each
            spike is transmitted to all of them, times the ratio given with its name.
        weight : float, str or dict
            A number; or the name of a variable of each synapse, which starts at 1; or
            a name and where it starts, such as ``{'w': 0.5}`` or ``{'w': 'rand()'}``.
        short_term : Depression or TsodyksMarkram, optional
            Short-term plasticity.
        plasticity : PairSTDP, TripletSTDP, VoltageSTDP, ... or dict, optional
            A rule that changes the weight, which is then a variable of each synapse,
            ``w`` if `weight` is a number. A rule of your own: `TraceSTDP`, or arguments
            of `brian2.Synapses`: `model`, `on_pre`, `on_post`, `on_event`, `namespace`,
            `method`, whose statements are run after the spike has been transmitted.

        Returns
        -------
        Projection
            A mapping that prints as the strings it holds. Constants have the values
            that the model has now.

        Raises
        ------
        UnknownNameError
            If there is no such receptor.
        NameConflictError
            If the name of the weight is taken or not legal.
        UnitError, InvalidValueError
            If a weight or a ratio is no finite number, a parameter of the receptor is
            not given, a rule does not contain the weight, or it needs something of the
            compartment that is not there (the message holds the line to add).

        Notes
        -----
        A receptor whose kinetics saturates takes one projection, because Brian2 sums
        over one `Synapses` for each neuron and variable. Give it another tag for
        another projection; magnesium blocks are computed once in any case.

        Examples
        --------
        >>> from brian2 import ms, nS, pF
        >>> from dendrisyn import AMPA, PointNeuronModel
        >>> model = PointNeuronModel(cm_abs=200*pF, gl_abs=10*nS)
        >>> model.add(AMPA('x', g=1*nS, t_decay=5*ms))
        >>> print(model.projection('AMPA_x', weight={'w': 0.5}))
        model = '''
        w : 1
        '''
        on_pre = '''
        s_AMPA_x_post += w
        '''
        .synapses(...) starts w at 0.5
        """
        from ..connections.build_projection import (
            build_projection,
        )  # imported with the first projection

        with located(f"{self._title()}.projection"):
            return build_projection(
                receptors,
                self.structure.interface,
                weight=weight,
                short_term=short_term,
                plasticity=plasticity,
            )

    def poisson_input(
        self, receptor: str, N: int, rate: Quantity, weight: float = 1
    ) -> dict[str, Any]:
        """Return the arguments of a `brian2.PoissonInput` to a receptor.

        ``PoissonInput(neurons, **model.poisson_input('AMPA_x_dend', 100, 5*Hz))``.

        Parameters
        ----------
        receptor : str
            A receptor by channel, tag and compartment.
        N : int
            The number of inputs to each neuron.
        rate : Quantity
            The rate of each of them (hertz).
        weight : float
            The weight of each of them.

        Returns
        -------
        dict
            `target_var`, `N`, `rate` and `weight`. For a `Delta` receptor the weight is
            its jump (volt) at the value that the model has now.

        Raises
        ------
        UnknownNameError
            If there is no such receptor.
        InvalidValueError
            If it has a gate for each synapse: inputs cannot be added up then.
        UnitError
            If an argument has the wrong unit or type.

        Examples
        --------
        >>> from brian2 import Hz, ms, nS, pF
        >>> from dendrisyn import AMPA, PointNeuronModel
        >>> model = PointNeuronModel(cm_abs=200*pF, gl_abs=10*nS)
        >>> model.add(AMPA('x', g=1*nS, t_decay=5*ms))
        >>> model.poisson_input('AMPA_x', N=100, rate=5*Hz)['target_var']
        's_AMPA_x'
        """
        from ..connections.poisson_input import poisson_input_arguments

        with located(f"{self._title()}.poisson_input"):
            return poisson_input_arguments(
                receptor, self.structure.interface, N, rate, weight
            )

    # -- groups -------------------------------------------------------------------

    def _with_constants(
        self, namespace: Mapping[str, Any] | None, per_neuron: Sequence[str]
    ) -> Structure:
        """Return the structure with the parameter values that *namespace* gives."""
        if namespace is None:
            return self.structure
        if not isinstance(namespace, Mapping):
            raise UnitError(f"namespace: expected a dict, got {namespace!r}.")
        parameters = self.structure.parameters
        given = {n: value for n, value in namespace.items() if n in parameters}
        for name in given:
            if name in per_neuron:
                raise NameConflictError(
                    f"namespace: {name!r} is in per_neuron. Assign to the group "
                    "afterwards."
                )
        if not given:
            return self.structure
        with located("namespace"):
            values = checked_values(given, parameters)
            changed = copy(self)
            changed._assign(values)
        return changed.structure

    def _held(self, refractory: Quantity | str | bool) -> list[str]:
        structure = self.structure
        voltages = [structure.compartments[n].voltage for n in structure.somata]
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

    def _stability(self, method: Any) -> StabilityCheck:
        """Return the check of whether *method* resolves this model."""
        compartments = self.structure.compartments.values()
        order = {name: index for index, name in enumerate(self.structure.compartments)}
        return StabilityCheck(
            method=method,
            capacitances=tuple(each.names("C") for each in compartments),
            leaks=tuple(each.names("gL") for each in compartments),
            couplings=tuple(
                (order[first], order[second], conductance)
                for first, second, conductance in self.structure.couplings
            ),
            gates={
                label: times
                for each in compartments
                for label, times in each.gates.items()
            },
        )

    def _repr_html_(self) -> str:
        structure = self.structure
        passive = passive_table(structure)
        return html(self._title(), structure.assembly, tree_of(structure), passive)
