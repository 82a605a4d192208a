"""`dendritic_spikes`: rates of dendritic spikes on the graph of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from brian2.monitors.spikemonitor import EventMonitor, SpikeMonitor
from brian2.units.allunits import msecond
from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..cell.display import Tree, draw, tree_of
from ..cell.structure import Structure
from ..errors import InvalidValueError, UnitError, located, look_up, nearest
from ..units import Spec
from .records import check_monitor, check_same_group, events_of, monitors_of
from .style import BARE, MAP, axes

__all__ = ["dendritic_spikes"]

_DURATION = Spec("second", "recorded time", "positive")
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
    r"""Plot the rates of dendritic spikes on the graph of the model.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The model that made the group.
    events : EventMonitor, iterable or mapping of str to EventMonitor
        The dendritic spikes of a group. The keys of a mapping are the names of the
        events. Events of one compartment are added up.
    duration : Quantity, optional
        The recorded time (second): colours show the mean rate of the monitored neurons.
        Without it, colours show the mean number of events per neuron.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; by default those of a new figure.
    spikes : SpikeMonitor, optional
        Somatic spikes. The soma is then coloured too, and below the rate of a
        dendrite stands the median latency of its events: the time from the nearest
        somatic spike of the same neuron, negative if the dendrite spikes first.
    within : Quantity
        Largest latency (second): events further away from all somatic spikes have no
        latency.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with the graph of `NeuronModel.as_graph` and a rate under the name of
        each compartment. Compartments that were not recorded are grey.

    Raises
    ------
    UnknownNameError
        If the model has no event of this name.
    InvalidValueError
        If a monitor has recorded nothing, belongs to another event or group, or there
        is no monitor.
    UnitError
        If an argument has the wrong type or unit.

    Examples
    --------
    >>> from brian2 import EventMonitor, Network, ms, mV, nS, pF, prefs
    >>> prefs.codegen.target = 'numpy'
    >>> from dendrisyn import Dendrite, DendriticSpike, NeuronModel, Soma
    >>> from dendrisyn.plotting import dendritic_spikes
    >>> lumped = {'cm_abs': 100*pF, 'gl_abs': 5*nS, 'v_rest': -70*mV}
    >>> soma, dend = Soma('soma', **lumped), Dendrite('dend', **lumped)
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
        structure = model.structure
        tree = tree_of(structure)
        monitors = _by_node(structure, tree, events)
        if spikes is not None:
            _check_spikes(spikes, monitors)
        ax = axes(ax)

    rates = {
        node: sum(_rate(monitor, duration) for monitor in of_node)
        for node, of_node in monitors.items()
    }
    latencies = {}
    if spikes is not None:
        latencies = {
            node: _latency(of_node, spikes, float(within))
            for node, of_node in monitors.items()
        }
        for node in tree.somata:
            rates.setdefault(node, _rate(spikes, duration))

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
        ax, rates, f"spikes {'of a neuron' if duration is None else '(Hz)'}"
    )
    for text in ax.texts[before:]:
        node = text.get_text()
        if node in tree.nodes:
            _fill(
                text,
                colors.get(node),
                _caption(node, rates, "" if duration is None else " Hz", latencies),
            )
    return ax


def _by_node(
    structure: Structure, tree: Tree, events: Any
) -> dict[str, list[EventMonitor]]:
    """Return the monitors of each compartment, by its node of the graph."""
    node_of_event = {
        event: node
        for node, compartment in zip(
            tree.nodes, structure.compartments.values(), strict=True
        )
        for event in compartment.event_names
    }
    monitors: dict[str, list[EventMonitor]] = {}
    for name, monitor in monitors_of(events).items():
        node = look_up(name, node_of_event, "event", "events")
        if monitor.event != name:
            raise InvalidValueError(
                f"events[{name!r}]: the monitor is of {monitor.event!r}. Name it so."
            )
        monitors.setdefault(node, []).append(monitor)
    if not monitors:
        raise InvalidValueError(
            f"events: a monitor of an event is required.{nearest('', node_of_event)}"
        )
    return monitors


def _check_spikes(
    spikes: SpikeMonitor, monitors: Mapping[str, list[EventMonitor]]
) -> None:
    """Raise an error if *spikes* are not of the group of the other monitors."""
    check_monitor(spikes, SpikeMonitor, "spikes")
    for of_node in monitors.values():
        for monitor in of_node:
            check_same_group(monitor, spikes, "spikes")


def _rate(monitor: EventMonitor, duration: Quantity | None) -> float:
    """Return the mean rate (hertz), or without a duration the mean number of events."""
    events = len(events_of(monitor)[0]) / len(monitor.source)
    return events if duration is None else events / float(duration)


def _latency(
    monitors: Iterable[EventMonitor], spikes: SpikeMonitor, within: float
) -> float:
    """Return the median latency (second), NaN if no event is near a spike."""
    latencies = []
    spike_neurons, spike_times = events_of(spikes)
    for monitor in monitors:
        event_neurons, event_times = events_of(monitor)
        for neuron in np.intersect1d(event_neurons, spike_neurons):
            t_spike = np.sort(spike_times[spike_neurons == neuron])
            t_event = event_times[event_neurons == neuron]
            last = len(t_spike) - 1
            after = np.searchsorted(t_spike, t_event).clip(1, max(last, 1))
            around = np.stack([t_spike[after - 1], t_spike[after.clip(max=last)]])
            apart = t_event - around
            nearest_spike = np.abs(apart).argmin(axis=0)
            latencies.append(apart[nearest_spike, np.arange(len(t_event))])
    near = np.concatenate(latencies) if latencies else np.empty(0)
    near = near[np.abs(near) <= within]
    return float(np.median(near)) if len(near) else np.nan


def _colors(ax: Any, values: Mapping[str, float], label: str) -> dict[str, Any]:
    """Add a colour bar, and return the colour of each compartment."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = Normalize(0, max(*values.values(), 0) or 1)
    colors = colormaps[MAP]
    bar = ScalarMappable(scale, colors)
    ax.figure.colorbar(bar, ax=ax, label=label, shrink=0.8)
    return {node: colors(float(scale(value))) for node, value in values.items()}


def _font_size(ax: Any, tree: Tree) -> float:
    """Return a font size from 5 to 9 at which neighbouring names do not overlap."""
    positions = tree.layout()
    # As in `draw`: columns are 1 apart, with a margin of 0.6 on both sides. The colour
    # bar takes a fifth of the width, unless a layout engine makes room for it.
    columns = max(x for x, _ in positions.values()) + 1.2
    share = 0.8 if ax.figure.get_layout_engine() is None else 1.0
    column = share * ax.get_window_extent().width * 72 / ax.figure.dpi / columns
    rows = sorted((y, x, len(node)) for node, (x, y) in positions.items())
    # A letter is on average at most 0.6 font sizes wide, the padding of both names 1.
    sizes = (
        (x_right - x_left) * column / (0.3 * (letters_left + letters_right) + 1)
        for (y_left, x_left, letters_left), (y_right, x_right, letters_right) in (
            pairwise(rows)
        )
        if y_left == y_right
    )
    return float(np.clip(min(sizes, default=9), 5, 9))


def _caption(
    node: str,
    rates: Mapping[str, float],
    unit: str,
    latencies: Mapping[str, float],
) -> str:
    """Return the name of a compartment, its rate and its latency."""
    lines = [node]
    if node in rates:
        lines.append(f"{rates[node]:.3g}{unit}")
    if np.isfinite(latencies.get(node, np.nan)):
        lines.append(f"{1e3 * latencies[node]:+.1f} ms")
    return "\n".join(lines)


def _fill(text: Any, color: Any, caption: str) -> None:
    """Set text and colour of a node, and black or white letters for contrast."""
    text.set_text(caption)
    if color is None:
        return
    text.get_bbox_patch().set_facecolor(color)
    # Black has more contrast than white above a relative luminance of 0.18.
    r, g, b = ((channel + 0.055) / 1.055 for channel in color[:3])
    luminance = 0.2126 * r**2.4 + 0.7152 * g**2.4 + 0.0722 * b**2.4
    text.set_color("black" if luminance > 0.18 else "white")
