"""Rules of spike timing: traces of pre- and postsynaptic events change a weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from types import MappingProxyType
from typing import Any

from brian2.units.allunits import msecond
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import Equation, Parameter, Pathway, SynapticFragment
from ..errors import InvalidValueError, NameConflictError, UnitError
from ..names import Names, check_in_synapses
from ..units import Spec, as_spec, number, quantity, seconds, show
from .events import ThresholdCrossing
from .rule import (
    LongTermPlasticity,
    Need,
    WeightDependent,
    check_choice,
    expression,
)

__all__ = ["EventRule", "InhibitorySTDP", "PairSTDP", "SpikeTiming", "TraceSTDP"]

_TAU = Spec("second", "time constant of a trace", sign="positive")


@dataclass(frozen=True, kw_only=True, eq=False)
class EventRule(LongTermPlasticity):
    """Base of the rules that follow a postsynaptic event.

    Parameters
    ----------
    w_min, w_max, gate
        See `LongTermPlasticity`.
    post : str or ThresholdCrossing
        The postsynaptic event: ``'spike'``, a dendritic spike such as
        ``'spike_Na_dend'``, or the crossing of a voltage, where ``'V'`` is the voltage
        of the compartment at which the synapse ends:
        ``ThresholdCrossing('V', -45*mV)``.
    """

    post: str | ThresholdCrossing = "spike"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.post, (str, ThresholdCrossing)):
            raise UnitError(
                f"{type(self).__name__}.post: expected the name of an event, such as "
                "'spike' or 'spike_Na_dend', or ThresholdCrossing('V_dend', -45*mV), "
                f"got {self.post!r}."
            )

    @property
    def local(self) -> bool:
        return isinstance(self.post, ThresholdCrossing) and self.post.variable == "V"

    def event_at(self, names: Names) -> str:
        """Return the name of the postsynaptic event."""
        post = self.post
        return post.event_at(names) if isinstance(post, ThresholdCrossing) else post

    def needs(self, names: Names) -> tuple[Need, ...]:
        if isinstance(self.post, ThresholdCrossing):
            return (Need(self.post.place(names), self.post),)
        return ()


@dataclass(frozen=True, kw_only=True, eq=False)
class SpikeTiming(EventRule):
    """Base of the rules whose weight changes at pre- and postsynaptic events only.

    The rules read traces, which jump at an event and decay exponentially. Between
    events nothing is integrated: the next event computes the exact value of a trace.

    Parameters
    ----------
    w_min, w_max, gate, post
        See `EventRule`.
    pairing : {'all-to-all', 'nearest'}
        Whether an event raises its trace by 1 or sets it to 1: whether a spike is
        paired with all earlier spikes or with the last one only.
    """

    pairing: str = "all-to-all"

    def __post_init__(self) -> None:
        super().__post_init__()
        where = f"{type(self).__name__}.pairing"
        check_choice(self.pairing, ("all-to-all", "nearest"), where)

    def timing(
        self,
        names: Names,
        traces: Mapping[str, tuple[str, str]],
        on_pre: str,
        on_post: str,
        parameters: Mapping[str, Parameter],
    ) -> SynapticFragment:
        """Return the equations and statements of a rule of traces.

        Parameters
        ----------
        names : Names
            The names of the compartment at which the synapses end.
        traces : mapping of str to (str, str)
            The side, ``'pre'`` or ``'post'``, and the time constant of every trace.
        on_pre, on_post : str
            Statements that change the weight at an event; they read the traces as
            earlier events left them. Empty for no change.
        parameters : mapping of str to Parameter
            Constants.
        """
        jump = "+= 1" if self.pairing == "all-to-all" else "= 1"
        code = {
            side: (
                *([change] if change else []),
                *(f"{name} {jump}" for name, (end, _) in traces.items() if end == side),
            )
            for side, change in (("pre", on_pre), ("post", on_post))
        }
        post = Pathway("post", "post", code["post"], self.event_at(names))
        return SynapticFragment(
            equations=tuple(
                Equation.ode(name, f"-{name} / {tau}", "1", "event-driven")
                for name, (_, tau) in traces.items()
            ),
            on_pre=code["pre"],
            pathways=(post,) if code["post"] else (),
            parameters=parameters,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class PairSTDP(SpikeTiming, WeightDependent):
    """Spike-timing-dependent plasticity of pairs of spikes.

    With ``d = t_post - t_pre``, where ``t_pre`` is the arrival of the presynaptic spike
    at the synapse (after the delay of the connection), a pair changes the weight by

    * ``A_plus r_plus^mu_plus exp(-d/tau_plus)`` where ``d >= 0``,
    * ``-A_minus r_minus^mu_minus exp(d/tau_minus)`` where ``d < 0``,

    where ``r_plus = (w_max - w)/(w_max - w_min)`` and ``r_minus = (w - w_min)/(w_max -
    w_min)`` are the relative distances from the bounds. Within a time step, presynaptic
    events come before postsynaptic ones.

    Parameters
    ----------
    w_min, w_max, gate, post, pairing
        See `SpikeTiming`.
    mu_plus, mu_minus
        See `WeightDependent`.
    A_plus, A_minus : float
        Largest change of the weight by one pair, up and down.
    tau_plus, tau_minus : Quantity
        Time constants of the window (second).

    Notes
    -----
    The default amplitudes and times come from Song, Miller & Abbott (2000), the form of
    the weight dependence from Gütig et al. (2003). Variables per synapse: ``x_stdp``,
    the presynaptic trace, and ``y_stdp``, the postsynaptic one, after the last event.

    References
    ----------
    Song, Miller & Abbott (2000). Competitive Hebbian learning through spike-timing-
    dependent synaptic plasticity. Nature Neuroscience 3, 919. doi:10.1038/78829

    Gütig, Aharonov, Rotter & Sompolinsky (2003). Learning input correlations through
    nonlinear temporally asymmetric Hebbian plasticity. Journal of Neuroscience 23,
    3697. doi:10.1523/JNEUROSCI.23-09-03697.2003

    Morrison, Diesmann & Gerstner (2008). Phenomenological models of synaptic plasticity
    based on spike timing. Biological Cybernetics 98, 459.
    doi:10.1007/s00422-008-0233-1

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import PairSTDP
    >>> rule = PairSTDP(A_plus=0.01, A_minus=0.012, post='spike_Na_dend')
    >>> rule.tau_plus
    20. * msecond
    """

    A_plus: float = number("largest potentiation by a pair", 0.005)
    A_minus: float = number("largest depression by a pair", 0.00525)
    tau_plus: Quantity = seconds("time constant of potentiation", 20 * msecond)
    tau_minus: Quantity = seconds("time constant of depression", 20 * msecond)

    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        return self.timing(
            names,
            {"x_stdp": ("pre", "tau_plus_stdp"), "y_stdp": ("post", "tau_minus_stdp")},
            on_pre=self.depress(weight, "A_minus_stdp * y_stdp"),
            on_post=self.potentiate(weight, "A_plus_stdp * x_stdp"),
            parameters=self.settings("A_plus", "A_minus", "tau_plus", "tau_minus"),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class InhibitorySTDP(SpikeTiming):
    """Homeostatic plasticity of inhibitory synapses.

    A pair of spikes in either order adds ``eta exp(-|d|/tau)`` to the weight, and a
    presynaptic spike subtracts ``2 eta rate tau``: inhibition grows until the
    postsynaptic neuron fires at `rate`.

    Parameters
    ----------
    w_min, w_max, gate, post, pairing
        See `SpikeTiming`.
    eta : float
        Learning rate: the largest change of the weight by one pair.
    tau : Quantity
        Time constant of the window (second).
    rate : Quantity
        Target rate of the postsynaptic neuron (hertz).

    Notes
    -----
    Variables per synapse: ``x_stdp`` and ``y_stdp``, as in `PairSTDP`.

    References
    ----------
    Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011). Inhibitory plasticity balances
    excitation and inhibition in sensory pathways and memory networks. Science 334,
    1569. doi:10.1126/science.1211095

    Examples
    --------
    >>> from brian2 import Hz
    >>> from dendrisyn import InhibitorySTDP
    >>> InhibitorySTDP(rate=8*Hz, w_max=10).tau
    20. * msecond
    """

    w_max: float = quantity("1", "upper bound of the weight", default=10.0)
    eta: float = number("learning rate", 0.005)
    tau: Quantity = seconds("time constant of the window", 20 * msecond)
    rate: Quantity = quantity("hertz", "target rate", sign="nonnegative")

    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        depression = "2 * rate_stdp * tau_stdp"
        return self.timing(
            names,
            {"x_stdp": ("pre", "tau_stdp"), "y_stdp": ("post", "tau_stdp")},
            on_pre=self.change(weight, f"eta_stdp * (y_stdp - {depression})"),
            on_post=self.change(weight, "eta_stdp * x_stdp"),
            parameters=self.settings("eta", "tau", "rate"),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TraceSTDP(SpikeTiming):
    """A rule of your own, by its traces and the changes of the weight at events.

    Parameters
    ----------
    w_min, w_max, gate, post, pairing
        See `SpikeTiming`.
    traces : dict of str to (str, Quantity)
        The side, ``'pre'`` or ``'post'``, whose events a trace follows, and its time
        constant (second).
    change_pre, change_post : str
        Change of the weight at an event: Brian2 expressions of the traces before the
        event, of the weight, of `constants`, and of variables of the neurons
        (``V_dend_post``).
    constants : dict of str to float or Quantity
        Values of further names in these expressions.

    Raises
    ------
    NameConflictError
        If Brian2 refuses the name of a trace or a constant.
    UnitError, InvalidValueError
        If an argument does not have the form above.

    Examples
    --------
    Only potentiation, and a decrease at a presynaptic spike:

    >>> from brian2 import ms
    >>> from dendrisyn import TraceSTDP
    >>> rule = TraceSTDP(traces={'x': ('pre', 20*ms)}, change_pre='-0.001',
    ...                  change_post='A * x * (1 - w)', constants={'A': 0.01})
    """

    traces: Mapping[str, tuple[str, Quantity]]
    change_pre: str = ""
    change_post: str = ""
    constants: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("change_pre", "change_post"):
            if getattr(self, name) != "":
                text = expression(getattr(self, name), f"TraceSTDP.{name}")
                object.__setattr__(self, name, text)
        if not (self.change_pre or self.change_post):
            raise InvalidValueError(
                "TraceSTDP: the weight never changes. Give change_pre or change_post."
            )
        for name in ("traces", "constants"):
            named = _checked_names(getattr(self, name), name)
            object.__setattr__(self, name, MappingProxyType(named))
        for name in self.traces.keys() & self.constants.keys():
            raise NameConflictError(
                f"TraceSTDP: {name!r} is a trace and a constant. Rename one of them."
            )
        for name, trace in self.traces.items():
            where = f"TraceSTDP.traces[{name!r}]"
            if not isinstance(trace, tuple) or len(trace) != 2:
                raise UnitError(
                    f"{where}: expected a side and a time constant, such as "
                    f"('pre', 20*ms), got {trace!r}."
                )
            check_choice(trace[0], ("pre", "post"), where)
            _TAU.check(trace[1], where)
        for name, value in self.constants.items():
            where = f"TraceSTDP.constants[{name!r}]"
            spec = as_spec(value)
            if spec is None:
                raise UnitError(f"{where}: expected a value, got {show(value)}.")
            spec.check(value, where)

    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        taus = {name: f"tau_{name}_stdp" for name in self.traces}
        values = {taus[name]: tau for name, (_, tau) in self.traces.items()}
        named = {
            name: Parameter(value, as_spec(value) or _TAU)
            for name, value in {**values, **self.constants}.items()
        }
        on_pre, on_post = (
            self.change(weight, f"({change})") if change else ""
            for change in (self.change_pre, self.change_post)
        )
        return self.timing(
            names,
            {name: (side, taus[name]) for name, (side, _) in self.traces.items()},
            on_pre=on_pre,
            on_post=on_post,
            parameters={**self.settings(), **named},
        )

    def __reduce__(self) -> tuple[Any, ...]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values |= {"traces": dict(self.traces), "constants": dict(self.constants)}
        return partial(type(self), **values), ()


def _checked_names(values: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Return traces or constants as a dict; raise if a name is not legal."""
    where = f"TraceSTDP.{field}"
    if not isinstance(values, Mapping):
        raise UnitError(f"{where}: expected a dict, got {values!r}.")
    for name in values:
        if not isinstance(name, str):
            raise UnitError(f"{where}: expected names as text, got {name!r}.")
        check_in_synapses(name, where, field == "constants")
        if name.endswith("_stdp"):
            raise NameConflictError(
                f"{where}: {name!r} ends as the names of the rule do. Choose another "
                "name."
            )
    return dict(values)
