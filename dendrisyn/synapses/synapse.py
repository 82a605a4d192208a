"""`Synapse`: a receptor, made of a kinetics and an output."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import ODE, Equation, Fragment, Parameter, SynapticFragment
from ..equations.mechanism import Mechanism
from ..equations.parameters import SHARED
from ..errors import InvalidValueError, UnitError
from ..names import Names, SynapseNames, check_label
from ..units import quantity
from .kinetics import Kinetics, product
from .outputs import ConductanceBased, Output

__all__ = ["Synapse"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Synapse(Mechanism):
    """A receptor on a compartment.

    The kinetics makes a gate of presynaptic spikes and the output a current of the
    gate. Linear kinetics are pooled: a spike adds a weight to
    ``s_<channel>_<tag>_<compartment>``, and all synapses onto the receptor of one
    neuron share its state. Kinetics that saturate have a gate for each synapse, whose
    weighted sum is ``s_tot_<channel>_<tag>_<compartment>``. `projection` writes the
    code of the synapses in both cases.

    Parameters
    ----------
    channel : str
        Name of the receptor: 'AMPA', 'NMDA', 'GABA', or your own.
    tag : str
        Tells receptors of one channel on one compartment apart.
    kinetics : Kinetics
        How the gate moves.
    output : Output
        How it becomes a current; by default `ConductanceBased`, for a channel whose
        reversal potential the model shares. `Delta` has none.
    g : Quantity
        Maximal conductance (siemens; or siemens/metre**2, times the membrane area); not
        with `CurrentBased` or `Delta`, which have a ``J``.
    w : float
        Weight, a factor of the current.
    pooled : bool, optional
        False gives each synapse a gate of its own where the kinetics is linear, too:
        the same current, at a cost that grows with the number of synapses.

    Raises
    ------
    NameConflictError
        If channel or tag cannot be part of a variable's name.
    InvalidValueError
        If a channel of your own has no reversal potential, or what is given does not go
        together.

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
    ...                  output=ConductanceBased(E=0*mV), g=.5*nS))
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
        """Raise if what is given does not go together."""
        kinetics, output = type(self.kinetics).__name__, type(self.output).__name__
        if self.pooled is not None and not isinstance(self.pooled, bool):
            raise UnitError(
                f"Synapse.pooled: expected True or False, got {self.pooled!r}."
            )
        if self.pooled and not self.kinetics.linear:
            raise InvalidValueError(
                f"Synapse.pooled: {kinetics} is not linear, so the gates of synapses "
                "cannot be added up. Leave pooled out."
            )
        if not self._has_gate and self.output is not None:
            raise InvalidValueError(
                f"Synapse.output: {kinetics} moves the voltage itself, so there is no "
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
                f"Synapse.output: the model has no reversal potential "
                f"E_{self.channel} to share. Give this receptor its own: "
                "output=ConductanceBased(E=0*mV)."
            )

    @property
    def per_synapse(self) -> bool:
        """Whether each synapse has a gate of its own."""
        return not (self.kinetics.linear if self.pooled is None else self.pooled)

    @property
    def _has_gate(self) -> bool:
        own = SynapseNames(Names.of(""), self.channel, self.tag)
        return self.kinetics.gate(own) is not None

    @property
    def _has_conductance(self) -> bool:
        return self.output is not None and self.output.conductance

    @property
    def label(self) -> str:
        return f"{self.channel}_{self.tag}"

    def fragment(self, names: Names) -> Fragment:
        own = SynapseNames(names, self.channel, self.tag)
        kinetics = self.kinetics.fragment(own)
        parameters = {own("w"): Parameter(self.w, self.spec("w"))}
        if self._has_conductance:
            g = own("g")
            remedy = f"give g, or set parameters[{g!r}]"
            parameters = {g: Parameter(self.g, self.spec("g"), remedy), **parameters}
        parameters |= kinetics.parameters
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
        """Return what goes into the synapses that end at this receptor.

        Parameters
        ----------
        names : Names
            The names of its compartment.
        weight : str
            Weight of a synapse, an expression.
        release : str
            What a spike releases, an expression: 1 without short-term plasticity. It
            multiplies the weight or the pulse of transmitter.
        """
        own = SynapseNames(names, self.channel, self.tag)
        if not self.per_synapse:
            amount = product(weight, release)
            return SynapticFragment(on_pre=self.kinetics.on_spike(own, amount, "_post"))
        own = replace(own, place="_syn")
        kinetics = self.kinetics.fragment(own)
        moving = (
            each._replace(flags=("clock-driven",)) if each.kind == ODE else each
            for each in kinetics.equations
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
    if not isinstance(value, kind):
        raise UnitError(
            f"Synapse.{name}: expected {kind.__name__}, such as {_EXAMPLES[name]}, got "
            f"{value!r}."
        )
