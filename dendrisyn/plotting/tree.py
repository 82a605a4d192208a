"""`dendritic_spikes`: how often each compartment of a model spikes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from brian2.monitors.spikemonitor import EventMonitor, SpikeMonitor
from brian2.units.allunits import msecond
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.display import Tree, draw
from ..errors import (
    InvalidValueError,
    UnitError,
    UnknownNameError,
    located,
    nearest,
)
from ..units import Spec
from .records import (
    check_monitor,
    check_same_group,
    events_of,
    monitors_of,
)
from .style import BARE, MAP, axes

__all__ = ["dendritic_spikes"]

_DURATION = Spec("second", "time that was simulated", "positive")
_WITHIN = Spec("second", "largest latency", "positive")


def dendritic_spikes(
    model: Model,
    events: EventMonitor | Iterable[EventMonitor] | Mapping[str, EventMonitor],
    duration: Quantity | None = None,
    ax: Any = None,
    *,
    spikes: SpikeMonitor | None = None,
    within: Quantity = 10 * msecond,
) -> Any:
    r"""Plot how often each compartment spikes, on the graph of the model.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The model that made the group.
    events : EventMonitor, iterable or mapping of str to EventMonitor
        The dendritic spikes of a group. The keys of a mapping are the names of the
        events. Events of one compartment are added up.
    duration : Quantity, optional
        The time that was recorded (second): colours are the mean rate of the neurons
        that are monitored. Left out, they are the mean number of events of a neuron.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure when left out.
    spikes : SpikeMonitor, optional
        The spikes of the soma, which is then coloured, too. Under the name of each
        other compartment stands the median latency of its events: the time from the
        nearest spike of the soma of the same neuron, which is negative where the
        dendrite comes first.
    within : Quantity
        Events further than this from any spike of the soma have no latency (second).

    Returns
    -------
    matplotlib.axes.Axes
        The graph of `NeuronModel.as_graph`, each name with its number. What was not
        recorded is grey.

    Raises
    ------
    UnknownNameError
        If an event is none of a compartment of the model.
    InvalidValueError
        If a monitor has recorded nothing, belongs to another event or group, or there
        is no monitor.
    UnitError
        If an argument is of the wrong type or unit.

    Examples
    --------
    >>> from brian2 import EventMonitor, Network, ms, mV, nS, pF, prefs
    >>> prefs.codegen.target = 'numpy'
    >>> from dendrisyn import Dendrite, DendriticSpike, NeuronModel, Soma
    >>> from dendrisyn.plotting import dendritic_spikes
    >>> soma, dend = (each(name, cm_abs=100*pF, gl_abs=5*nS, v_rest=-70*mV)
    ...               for each, name in [(Soma, 'soma'), (Dendrite, 'dend')])
    >>> dend.add(DendriticSpike('Na', threshold=-75*mV, g_rise=20*nS,
    ...     duration_rise=1*ms, reversal_rise='E_Na', refractory=5*ms))
    >>> model = NeuronModel([(soma, dend, 10*nS)])
    >>> cell = model.make_neurongroup(1)
    >>> spikes = EventMonitor(cell, 'spike_Na_dend')
    >>> Network(cell, spikes).run(10*ms)
    >>> ax = dendritic_spikes(model, spikes)
    >>> [text.get_text() for text in ax.texts if 'dend' in text.get_text()]
    ['dend\n2']
    """
    with located("dendritic_spikes"):
        if not isinstance(model, Model):
            raise UnitError(f"model: expected a NeuronModel, got {model!r}.")
        if duration is not None:
            duration = _DURATION.check(duration, "duration")
        within = _WITHIN.check(within, "within")
        tree = model._tree()
        monitors = _by_compartment(model, events)
        if spikes is not None:
            _check_spikes(spikes, monitors)
        ax = axes(ax)

    values = {
        node: sum(_measure(each, duration) for each in several)
        for node, several in monitors.items()
    }
    latencies = {}
    if spikes is not None:
        latencies = {
            node: _latency(several, spikes, float(within))
            for node, several in monitors.items()
        }
        for node in tree.somata & set(tree.nodes):
            if node not in values:
                values[node] = _measure(spikes, duration)

    before = len(ax.texts)
    draw(
        tree,
        figsize=(6, 4),
        fontsize=_font_size(ax, tree),
        fontcolor="black",
        scale_nodes=0.7,
        color_soma=BARE,
        color_dendrites=BARE,
        alpha=1,
        scale_edges=1,
        ax=ax,
    )
    colors = _colors(
        ax, values, f"spikes {'of a neuron' if duration is None else '(Hz)'}"
    )
    for text in ax.texts[before:]:
        node = text.get_text()
        if node in tree.nodes:
            _fill(
                text,
                colors.get(node),
                _caption(node, values, "" if duration is None else " Hz", latencies),
            )
    return ax


def _by_compartment(model: Model, events: Any) -> dict[str, list[EventMonitor]]:
    """Return the monitors of each compartment."""
    homes = {
        event: node
        for node, patch in zip(model._tree().nodes, model._patches(), strict=True)
        for event in patch.event_names
    }
    found: dict[str, list[EventMonitor]] = {}
    for name, monitor in monitors_of(events).items():
        if name not in homes:
            raise UnknownNameError(
                f"events: no compartment of the model has an event {name!r}."
                f"{nearest(name, homes)}"
            )
        if monitor.event != name:
            raise InvalidValueError(
                f"events[{name!r}]: it is a monitor of {monitor.event!r}."
            )
        found.setdefault(homes[name], []).append(monitor)
    if not found:
        raise InvalidValueError(f"events: give a monitor.{nearest('', homes)}")
    return found


def _check_spikes(
    spikes: SpikeMonitor, monitors: Mapping[str, list[EventMonitor]]
) -> None:
    check_monitor(spikes, SpikeMonitor, "spikes")
    for several in monitors.values():
        for each in several:
            check_same_group(each, spikes, "spikes")


def _measure(monitor: EventMonitor, duration: Quantity | None) -> float:
    """Return the rate (hertz) or the number of events of a neuron."""
    events = len(events_of(monitor)[0]) / len(monitor.source)
    return events if duration is None else events / float(duration)


def _latency(
    monitors: Iterable[EventMonitor], spikes: SpikeMonitor, within: float
) -> float:
    """Return the median time (second) from the nearest spike, NaN if none is near."""
    apart = []
    neurons, times = events_of(spikes)
    for monitor in monitors:
        of, at = events_of(monitor)
        for neuron in np.intersect1d(of, neurons):
            t = np.sort(times[neurons == neuron])
            here = at[of == neuron]
            after = np.searchsorted(t, here).clip(1, max(len(t) - 1, 1))
            around = np.stack([t[after - 1], t[after.clip(max=len(t) - 1)]])
            away = here - around
            apart.append(away[np.abs(away).argmin(axis=0), np.arange(len(here))])
    near = np.concatenate(apart) if apart else np.empty(0)
    near = near[np.abs(near) <= within]
    return float(np.median(near)) if len(near) else np.nan


def _colors(ax: Any, values: Mapping[str, float], label: str) -> dict[str, Any]:
    """Add a colour bar; return the colour of each compartment."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = Normalize(0, max(*values.values(), 0) or 1)
    colors = colormaps[MAP]
    bar = ScalarMappable(scale, colors)
    ax.figure.colorbar(bar, ax=ax, label=label, shrink=0.8)
    return {node: colors(float(scale(value))) for node, value in values.items()}


def _font_size(ax: Any, tree: Tree) -> float:
    """Return a size at which names side by side do not overlap, from 5 to 9."""
    places = tree.layout()
    # As in `draw`: columns stand 1 apart, with 0.6 on both sides. The colour bar takes
    # a fifth, where no layout gives it back.
    columns = max(x for x, _ in places.values()) + 1.2
    share = 0.8 if ax.figure.get_layout_engine() is None else 1.0
    column = share * ax.get_window_extent().width * 72 / ax.figure.dpi / columns
    rows = sorted((y, x, len(node)) for node, (x, y) in places.items())
    # A letter is at most 0.6 wide on average, the padding of both names 1.
    sizes = (
        (right - left) * column / (0.3 * (one + other) + 1)
        for (row, left, one), (same, right, other) in pairwise(rows)
        if row == same
    )
    return float(np.clip(min(sizes, default=9), 5, 9))


def _caption(
    node: str,
    values: Mapping[str, float],
    unit: str,
    latencies: Mapping[str, float],
) -> str:
    """Return the name of a compartment, with its numbers."""
    lines = [node]
    if node in values:
        lines.append(f"{values[node]:.3g}{unit}")
    if np.isfinite(latencies.get(node, np.nan)):
        lines.append(f"{1e3 * latencies[node]:+.1f} ms")
    return "\n".join(lines)


def _fill(text: Any, color: Any, caption: str) -> None:
    """Give a node its colour, and its text one that can be read on it."""
    text.set_text(caption)
    if color is None:
        return
    text.get_bbox_patch().set_facecolor(color)
    # Relative luminance; above 0.18 black has more contrast than white.
    r, g, b = ((each + 0.055) / 1.055 for each in color[:3])
    light = 0.2126 * r**2.4 + 0.7152 * g**2.4 + 0.0722 * b**2.4
    text.set_color("black" if light > 0.18 else "white")
