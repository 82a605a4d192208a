"""`Synapse`: a receptor with a kinetics and an output."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import (
    ODE,
    Equation,
    Fragment,
    SynapticFragment,
    parameters_of,
)
from ..equations.mechanism import Mechanism
from ..equations.parameters import SHARED
from ..errors import InvalidValueError, UnitError
from ..names import Names, SynapseNames, check_label
from ..units import check_bool, quantity
from .kinetics import REMEDY, Kinetics, product
from .outputs import ConductanceBased, Output

__all__ = ["Synapse"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Synapse(Mechanism):
    """A receptor on a compartment.

    The kinetics turns presynaptic spikes into a gate, the output turns the gate into a
    current. Linear kinetics are pooled: a spike adds a weight to
    ``s_<channel>_<tag>_<compartment>``, which all synapses onto the receptor of a
    neuron share. Saturating kinetics have a gate per synapse, with the weighted sum
    ``s_tot_<channel>_<tag>_<compartment>``. In both cases `projection` writes the code
    of the synapses.

    Parameters
    ----------
    channel : str
        Name of the receptor: 'AMPA', 'NMDA', 'GABA', or your own.
    tag : str
        Name that distinguishes receptors of this channel on a compartment.
    kinetics : Kinetics
        Model of the gate.
    output : Output
        Model of the current; by default `ConductanceBased`, with the reversal potential
        that the model shares. `Delta` has no output.
    g : Quantity
        Maximal conductance (siemens; or siemens/metre**2, times the membrane area).
        `CurrentBased` and `Delta` have ``J`` instead.
    w : float
        Weight, a factor of the current.
    pooled : bool, optional
        False gives every synapse its own gate also for linear kinetics: the current is
        the same, the cost grows with the number of synapses.

    Raises
    ------
    NameConflictError
        If channel or tag cannot be part of a variable's name.
    InvalidValueError
        If the model has no reversal potential for the channel, or if arguments exclude
        one another.

    Notes
    -----
    Variable: ``I_`` and those of the kinetics; parameters: ``g_``, ``w_`` and those of
    kinetics and output.

    References
    ----------
    Roth & van Rossum (2009). Modeling synapses. In Computational Modeling Methods for
    Neuroscientists. doi:10.7551/mitpress/9780262013277.003.0007

    Examples
    --------
    >>> from brian2 import ms, mV, nS
    >>> from dendrisyn import ConductanceBased, Dendrite, Exponential, Synapse
    >>> dend = Dendrite('dend')
    >>> dend.add(Synapse('nicotinic', 'x', kinetics=Exponential(t_decay=3*ms),
    ...                  output=ConductanceBased(E=0*mV), g=0.5*nS))
    >>> dend.parameters['E_nicotinic_x_dend']
    0. * volt
    """

    channel: str = field(kw_only=False)
    tag: str = field(kw_only=False)
    kinetics: Kinetics
    output: Output | None = None
    g: Quantity = quantity(
        "siemens", "maximal conductance", default=None, sign="nonnegative", density=True
    )
    w: float = quantity("1", "weight, a factor of the current", default=1.0)
    pooled: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_label(self.channel, "channel")
        check_label(self.tag, "tag")
        _check_kind("kinetics", self.kinetics, Kinetics)
        if self.output is None and self._has_gate:
            object.__setattr__(self, "output", ConductanceBased())
        if self.output is not None:
            _check_kind("output", self.output, Output)
        self._check_parts()

    def _check_parts(self) -> None:
        """Raise if the arguments exclude one another."""
        kinetics, output = type(self.kinetics).__name__, type(self.output).__name__
        if self.pooled is not None:
            check_bool(self.pooled, "Synapse.pooled")
        if self.pooled and not self.kinetics.linear:
            raise InvalidValueError(
                f"Synapse.pooled: {kinetics} is not linear, so the gates of synapses "
                "cannot be added up. Leave pooled out."
            )
        if not self._has_gate and self.output is not None:
            raise InvalidValueError(
                f"Synapse.output: {kinetics} changes the voltage directly and has no "
                f"gate for {output}. Leave output out."
            )
        if not self._has_gate and self.pooled is not None:
            raise InvalidValueError(
                f"Synapse.pooled: {kinetics} has no gate. Leave pooled out."
            )
        if self.g is not None and not self._has_conductance:
            raise InvalidValueError(
                f"Synapse.g: {output if self.output else kinetics} has no conductance. "
                "Give it J, and no g."
            )
        shared = f"E_{self.channel}" in SHARED
        if not shared and getattr(self.output, "E", 0) is None:
            raise InvalidValueError(
                f"Synapse.output: models share no reversal potential E_{self.channel}. "
                "Give this receptor its own: output=ConductanceBased(E=0*mV)."
            )

    @property
    def per_synapse(self) -> bool:
        """True if every synapse has its own gate."""
        return not (self.kinetics.linear if self.pooled is None else self.pooled)

    @property
    def _has_gate(self) -> bool:
        """True if the kinetics has a gate, unlike `Delta`."""
        own = SynapseNames(Names.of(""), self.channel, self.tag)
        return self.kinetics.gate(own) is not None

    @property
    def _has_conductance(self) -> bool:
        """True if the receptor has a maximal conductance ``g``."""
        return self.output is not None and self.output.conductance

    @property
    def label(self) -> str:
        return f"{self.channel}_{self.tag}"

    def fragment(self, names: Names) -> Fragment:
        own = SynapseNames(names, self.channel, self.tag)
        kinetics = self.kinetics.fragment(own)
        g = {own("g"): "g"} if self._has_conductance else {}
        parameters = parameters_of(self, g, REMEDY)
        parameters |= parameters_of(self, {own("w"): "w"})
        parameters.update(kinetics.parameters)
        gate = self.kinetics.gate(own)
        if gate is None or self.output is None:
            return Fragment(parameters=parameters)

        equations = kinetics.equations
        if self.per_synapse:
            gate = own.total
            equations = (Equation.variable(gate, "1"),)
        current, output = own("I"), self.output.fragment(own)
        expression = self.output.current(own, gate)
        return Fragment(
            equations=(Equation.define(current, expression, "amp"), *equations),
            currents=(current,),
            factors=output.factors,
            parameters={**parameters, **output.parameters},
            durations=kinetics.durations,
        )

    def transmission(
        self, names: Names, weight: str, release: str = "1"
    ) -> SynapticFragment:
        """Return the equations and statements of synapses onto this receptor.

        Parameters
        ----------
        names : Names
            The names of the compartment.
        weight : str
            Expression of the weight of a synapse.
        release : str
            Expression of the released amount: 1 without short-term plasticity. It
            multiplies the weight or the pulse of transmitter.
        """
        own = SynapseNames(names, self.channel, self.tag)
        if not self.per_synapse:
            amount = product(weight, release)
            return SynapticFragment(on_pre=self.kinetics.on_spike(own, amount, "_post"))
        own = replace(own, place="_syn")
        kinetics = self.kinetics.fragment(own)
        moving = (
            line._replace(flags=("clock-driven",)) if line.kind == ODE else line
            for line in kinetics.equations
        )
        total = product(weight, str(self.kinetics.gate(own)))
        return SynapticFragment(
            equations=(
                Equation.define(f"{own.total}_post", total, "1", "summed"),
                *moving,
            ),
            on_pre=self.kinetics.on_spike(own, release),
            method=self.kinetics.method,
            durations=kinetics.durations,
        )


_EXAMPLES = {
    "kinetics": "Exponential(t_decay=5*ms)",
    "output": "ConductanceBased(E=0*mV)",
}


def _check_kind(name: str, value: object, kind: type) -> None:
    """Raise if *value* is not a kinetics or an output."""
    if not isinstance(value, kind):
        raise UnitError(
            f"Synapse.{name}: expected {kind.__name__}, such as {_EXAMPLES[name]}, got "
            f"{value!r}."
        )
