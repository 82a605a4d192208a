"""`Synapse`: a receptor, made of a kinetics and an output."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import InvalidValueError, UnitError, located
from ..fragment import Equation, Fragment, Parameter
from ..mechanism import Mechanism
from ..naming import Names, SynapseNames, check_label
from ..parameters import SHARED
from ..quantities import Value, quantity
from .kinetics import Kinetics, kinetics_of
from .outputs import ConductanceBased, MagnesiumBlock, Output

__all__ = ["AMPA", "GABA", "NMDA", "Synapse"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Synapse(Mechanism):
    """A receptor on a compartment.

    A presynaptic spike adds a weight to ``s_<channel>_<tag>_<compartment>``; the
    kinetics makes a gate of it and the output a current. All synapses onto the
    receptor of one neuron share its state: connect as many as you like.

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
        reversal potential the model shares.
    g : Quantity
        Maximal conductance (siemens; or siemens/metre**2, times the membrane area).
    w : float
        Weight, a factor of the current.

    Raises
    ------
    NameConflictError
        If channel or tag cannot be part of a variable's name.
    InvalidValueError
        If a channel of your own has no reversal potential.

    Notes
    -----
    Variables: ``I_``, ``s_`` and, with a rise, ``x_``; parameters: ``g_``, ``w_``,
    ``t_<channel>_decay_`` and ``t_<channel>_rise_``.

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
    output: Output = field(default_factory=ConductanceBased)
    g: Value = quantity(
        "siemens",
        "maximal conductance",
        default=None,
        sign="nonnegative",
        density=True,
    )
    w: float = quantity("1", "weight, a factor of the current", default=1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_label(self.channel, "channel")
        check_label(self.tag, "tag")
        for name, kind in (("kinetics", Kinetics), ("output", Output)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise UnitError(
                    f"Synapse.{name}: expected a {kind.__name__} object, got {value!r}."
                )
        shared = f"E_{self.channel}" in SHARED
        if not shared and getattr(self.output, "E", 0) is None:
            raise InvalidValueError(
                f"Synapse.output: the model has no reversal potential "
                f"E_{self.channel} to share. Give this receptor its own: "
                "output=ConductanceBased(E=0*mV)."
            )

    @property
    def label(self) -> str:
        return f"{self.channel}_{self.tag}"

    def fragment(self, names: Names) -> Fragment:
        own = SynapseNames(names, self.channel, self.tag)
        kinetics = self.kinetics.fragment(own)
        output = self.output.fragment(own)
        current = own("I")
        expression = self.output.current(own, self.kinetics.gate(own))
        g, w = own("g"), own("w")
        return Fragment(
            equations=(
                Equation.define(current, expression, "amp"),
                *kinetics.equations,
            ),
            currents=(current,),
            factors=output.factors,
            parameters={
                g: Parameter(
                    self.g, self.spec("g"), f"give g, or set parameters[{g!r}]"
                ),
                w: Parameter(self.w, self.spec("w")),
                **kinetics.parameters,
                **output.parameters,
            },
        )


def _receptor(
    channel: str,
    tag: str,
    g: Value,
    t_rise: Value,
    t_decay: Value,
    normalize: bool,
    E: Value,
    output: Output | None,
    default: type[ConductanceBased] | type[MagnesiumBlock],
    w: float,
) -> Synapse:
    with located(f"{channel}({tag!r})"):
        if output is None:
            output = default(E=E)
        elif E is not None:
            raise InvalidValueError("give E to the output, or no output.")
        kinetics = kinetics_of(t_rise, t_decay, normalize)
        return Synapse(channel, tag, kinetics=kinetics, output=output, g=g, w=w)


def AMPA(
    tag: str,
    *,
    g: Value = None,
    t_rise: Value = None,
    t_decay: Value = None,
    normalize: bool = True,
    E: Value = None,
    w: float = 1.0,
) -> Synapse:
    """Return an AMPA receptor: a `Synapse` with a reversal potential of 0 mV.

    Parameters
    ----------
    tag : str
        Tells it from the other AMPA receptors of a compartment.
    g : Quantity
        Maximal conductance (siemens or siemens/metre**2): the peak after one spike of
        weight 1.
    t_rise, t_decay : Quantity
        Time constants (second); without `t_rise` the rise is instantaneous.
    normalize : bool
        Whether the peak is `g`, see `DualExponential`.
    E : Quantity, optional
        Its own reversal potential (volt).
    w : float
        Weight.

    Raises
    ------
    DendrisynError
        If a value has the wrong unit or sign, or `t_rise` is given alone.

    Examples
    --------
    >>> from brian2 import ms, nS
    >>> from dendrisyn import AMPA
    >>> AMPA('x', g=1*nS, t_decay=5*ms).label
    'AMPA_x'
    """
    return _receptor(
        "AMPA", tag, g, t_rise, t_decay, normalize, E, None, ConductanceBased, w
    )


def NMDA(
    tag: str,
    *,
    g: Value = None,
    t_rise: Value = None,
    t_decay: Value = None,
    normalize: bool = True,
    E: Value = None,
    output: Output | None = None,
    w: float = 1.0,
) -> Synapse:
    """Return an NMDA receptor: a `Synapse` with 0 mV and a `MagnesiumBlock`.

    Parameters
    ----------
    tag : str
        Tells it from the other NMDA receptors of a compartment.
    g : Quantity
        Maximal conductance (siemens or siemens/metre**2) of the unblocked receptor.
    t_rise, t_decay : Quantity
        Time constants (second); without `t_rise` the rise is instantaneous.
    normalize : bool
        Whether the peak is `g`, see `DualExponential`.
    E : Quantity, optional
        Its own reversal potential (volt).
    output : Output, optional
        Its own block, see `MagnesiumBlock`.
    w : float
        Weight.

    Raises
    ------
    DendrisynError
        If a value has the wrong unit or sign, or `t_rise` is given alone.

    Examples
    --------
    >>> from brian2 import ms, nS
    >>> from dendrisyn import NMDA
    >>> NMDA('x', g=1*nS, t_rise=2*ms, t_decay=60*ms).label
    'NMDA_x'
    """
    return _receptor(
        "NMDA", tag, g, t_rise, t_decay, normalize, E, output, MagnesiumBlock, w
    )


def GABA(
    tag: str,
    *,
    g: Value = None,
    t_rise: Value = None,
    t_decay: Value = None,
    normalize: bool = True,
    E: Value = None,
    w: float = 1.0,
) -> Synapse:
    """Return a GABA-A receptor: a `Synapse` with a reversal potential of -80 mV.

    Parameters
    ----------
    tag : str
        Tells it from the other GABA receptors of a compartment.
    g : Quantity
        Maximal conductance (siemens or siemens/metre**2): the peak after one spike of
        weight 1.
    t_rise, t_decay : Quantity
        Time constants (second); without `t_rise` the rise is instantaneous.
    normalize : bool
        Whether the peak is `g`, see `DualExponential`.
    E : Quantity, optional
        Its own reversal potential (volt).
    w : float
        Weight.

    Raises
    ------
    DendrisynError
        If a value has the wrong unit or sign, or `t_rise` is given alone.

    Examples
    --------
    >>> from brian2 import ms, mV, nS
    >>> from dendrisyn import GABA
    >>> GABA('x', g=1*nS, t_decay=8*ms, E=-65*mV).output.E
    -65. * mvolt
    """
    return _receptor(
        "GABA", tag, g, t_rise, t_decay, normalize, E, None, ConductanceBased, w
    )
