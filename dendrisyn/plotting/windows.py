"""`stdp_window`: the change of a weight by pairs of spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from brian2.core.base import BrianObjectException
from brian2.core.network import Network
from brian2.groups.neurongroup import NeuronGroup
from brian2.units.allunits import farad, hertz, msecond, second, siemens, volt
from brian2.units.fundamentalunits import Quantity, get_dimensions

from ..brian.isolated import isolated
from ..cell.point_neuron import PointNeuronModel
from ..errors import InvalidValueError, UnitError, UnknownNameError, located
from ..plasticity import CalciumSTDP
from ..plasticity.rule import LongTermPlasticity
from ..plasticity.timing import EventRule
from ..synapses import AMPA
from ..units import Spec, is_number, positive_integer, show
from .records import largest
from .style import ZERO, axes, axis_label, drawn, finish, labels_of, line, unit_for

__all__ = ["stdp_window"]

_FREQUENCY = Spec("hertz", "frequency of pairs", "positive")
_STEP = Spec("second", "step", "positive")
_START = Spec("1", "weight at the start")

#: Time for calcium to decay after the last spike, and the interval between updates of
#: weights that change between events (second).
_SETTLE, _UPDATE = 0.5, 0.02

#: A neuron that fires in the step *upcoming*, and *left* times in all.
_TRAIN = "upcoming : 1\nleft : 1"
_DUE = "t_in_timesteps > upcoming - 0.5 and left > 0.5"
_NEXT = "upcoming += period\nleft -= 1"


def stdp_window(
    *rules: LongTermPlasticity,
    times: Quantity | None = None,
    pairs: int = 1,
    frequency: Quantity = 1 * hertz,
    start: float | None = None,
    relative: bool = False,
    dt: Quantity | None = None,
    labels: Sequence[str] | None = None,
    ax: Any = None,
) -> Any:
    """Plot how pairs of spikes change a weight, over the time between them.

    The rule runs in synapses of one group, with a synapse for each time difference. The
    presynaptic spike arrives first at positive times.

    Parameters
    ----------
    *rules : PairSTDP, TripletSTDP, InhibitorySTDP, TraceSTDP or CalciumSTDP
        Rules that follow events. Times are those of the event that the rule calls
        postsynaptic.
    times : Quantity, shape (n,), optional
        Time of the postsynaptic event minus time of the presynaptic spike (second),
        rounded to whole steps; by default -100 to 100 ms, every millisecond.
    pairs : int
        Number of pairs.
    frequency : Quantity
        Frequency of the pairs (hertz); the interval is rounded to whole steps.
    start : float, optional
        Weight before the first pair; by default half-way between its bounds.
    relative : bool
        Whether changes are shown in percent of the weight at the start.
    dt : Quantity, optional
        Time step (second); by default that of ``defaultclock``.
    labels : sequence of str, optional
        Names of the curves; by default the classes of the rules.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with one line per rule.

    Raises
    ------
    InvalidValueError
        If there is no rule, a rule does not follow events (`VoltageSTDP`, `BTSP`, a
        `CalciumPool`) or reads variables of neurons, or the start is out of bounds.
    UnitError
        If an argument has the wrong type or unit.

    Notes
    -----
    The gate of a rule, its third factor, is set to 1. `CalciumSTDP` runs without noise,
    and its weight is read half a second after the last spike.

    References
    ----------
    Bi & Poo (1998). Synaptic modifications in cultured hippocampal neurons: dependence
    on spike timing, synaptic strength, and postsynaptic cell type. Journal of
    Neuroscience 18, 10464. doi:10.1523/JNEUROSCI.18-24-10464.1998

    Examples
    --------
    >>> from brian2 import ms
    >>> from dendrisyn import PairSTDP
    >>> from dendrisyn.plotting import stdp_window
    >>> ax = stdp_window(PairSTDP(A_plus=0.01, A_minus=0.01), times=[-20, 0, 20]*ms)
    >>> ax.lines[0].get_ydata().round(5).tolist()
    [-0.00368, 0.01, 0.00368]
    """
    with located("stdp_window"):
        if not rules:
            raise InvalidValueError("a rule is required, such as PairSTDP().")
        chosen = [_event_rule(rule) for rule in rules]
        starts = [_start(rule, start) for rule in chosen]
        pairs = positive_integer(pairs, "pairs", wrong_type=UnitError)
        frequency = _FREQUENCY.check(frequency, "frequency")
        if dt is not None:
            dt = _STEP.check(dt, "dt")
        if relative and 0 in starts:
            raise InvalidValueError(
                "relative: the weight at the start is 0. Give another start."
            )
        names = labels_of(labels, [type(rule).__name__ for rule in rules])
        seconds, changes = _run(chosen, starts, times, pairs, frequency, dt)
        ax = axes(ax)

    time = unit_for(second.dim, largest(seconds), axis=ax.xaxis)
    for index, (label, begin, change) in enumerate(
        zip(names, starts, changes, strict=True), start=drawn(ax)
    ):
        shown = 100 * change / begin if relative else change
        ax.plot(seconds / float(time), shown, label=label, **line(index))
    ax.axhline(0, **ZERO)
    ax.axvline(0, **ZERO)
    return finish(
        ax,
        xlabel=axis_label(time, "post minus pre"),
        ylabel=f"change of the weight{' (%)' if relative else ''}",
    )


def _event_rule(rule: object) -> EventRule:
    """Return the rule with spikes as postsynaptic events, without gate and noise."""
    if not isinstance(rule, LongTermPlasticity):
        raise UnitError(f"expected a rule, such as PairSTDP(), got {rule!r}.")
    title = type(rule).__name__
    if not isinstance(rule, EventRule):
        raise InvalidValueError(
            f"{title} follows the voltage of a dendrite, so pairs of events do not "
            "define its window. Pair spikes and depolarisations in your own cell."
        )
    changes: dict[str, Any] = {"post": "spike", "gate": ""}
    if isinstance(rule, CalciumSTDP):
        if rule.pool is not None:
            raise InvalidValueError(
                f"{title}: its pool is calcium of a dendrite, which pairs of events do "
                "not define. Leave pool out."
            )
        changes["sigma"] = 0.0
    return replace(rule, **changes)


def _start(rule: LongTermPlasticity, start: float | None) -> float:
    """Return the weight at the start, by default half-way between its bounds."""
    if start is None:
        return (rule.w_min + rule.w_max) / 2
    start = _START.check(start, "start")
    if not rule.w_min <= start <= rule.w_max:
        raise InvalidValueError(
            f"start: must be within the bounds of {type(rule).__name__}, "
            f"{rule.w_min:g} and {rule.w_max:g}, got {start:g}."
        )
    return start


def _steps_of(times: Any, dt: float) -> np.ndarray:
    """Return the time differences in steps."""
    if times is None:
        steps = np.rint(np.linspace(-0.1, 0.1, 201) / dt)
        # Most windows jump at 0: the last step before 0 belongs to the curve.
        return np.union1d(steps, [-1.0])
    is_list = isinstance(times, (list, tuple)) or is_number(times)
    if not is_list or get_dimensions(times) is not second.dim or np.ndim(times) != 1:
        raise UnitError(
            "times: expected times (such as np.linspace(-50, 50, 101)*ms), got "
            f"{show(times)}."
        )
    seconds = np.asarray(times, dtype=float)
    if not len(seconds) or not np.all(np.isfinite(seconds)):
        raise InvalidValueError("times: expected finite values, at least one value.")
    return np.rint(seconds / dt)


def _run(
    rules: Sequence[EventRule],
    starts: Sequence[float],
    times: Any,
    pairs: int,
    frequency: Quantity,
    dt: Quantity | None,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return time differences (second) and the changes of each rule.

    No rig runs this: a rig runs one model from rest, whereas here presynaptic and
    postsynaptic neurons fire at planned steps, and only the weights are recorded.
    """
    model = PointNeuronModel(
        cm_abs=1e-12 * farad, gl_abs=1e-9 * siemens, v_rest=0 * volt
    )
    model.add(AMPA("x", g=0 * siemens, t_decay=1 * msecond))
    model.add_equations(_TRAIN)
    with isolated() as clock:
        step = clock if dt is None else dt
        apart = _steps_of(times, float(step))
        period = max(round(1 / float(frequency * step)), 1)
        first = np.maximum(0, -apart)  # the time of the presynaptic spike
        constants = {"period": float(period)}
        source = NeuronGroup(
            len(apart),
            _TRAIN,
            threshold=_DUE,
            reset=_NEXT,
            namespace=constants,
            dt=step,
        )
        cells: Any = model.make_neurongroup(
            len(apart), threshold=_DUE, reset=_NEXT, namespace=constants, dt=step
        )
        source.upcoming, cells.upcoming = first, first + apart
        source.left = cells.left = pairs
        synapses: list[Any] = []
        try:
            for rule, start in zip(rules, starts, strict=True):
                projection = model.projection(
                    "AMPA_x", weight={"w": start}, plasticity=rule
                )
                synapses.append(projection.synapses(source, cells, dt=step))
                synapses[-1].connect(j="i")
                if projection.update:
                    synapses[-1].run_regularly(projection.update, dt=_UPDATE * second)
            network = Network(source, cells, synapses)
            last = (np.abs(apart).max() + (pairs - 1) * period + 2) * float(step)
            slow = any(isinstance(rule, CalciumSTDP) for rule in rules)
            network.run((last + (_SETTLE if slow else 0)) * second, namespace={})
        except (UnknownNameError, BrianObjectException) as error:
            raise InvalidValueError(
                "a rule cannot be run without a cell: it may read variables of "
                "neurons. Simulate it with your own model."
            ) from error
        changes = [
            np.array(of_rule.w) - start
            for of_rule, start in zip(synapses, starts, strict=True)
        ]
    return apart * float(step), changes
