"""Curves of receptors: conductance over time, magnesium block over voltage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from brian2.units.allunits import mvolt, nsiemens, second, volt
from brian2.units.fundamentalunits import (
    DIMENSIONLESS,
    Quantity,
    get_dimensions,
    get_unit,
)

from ..cell.base import Model
from ..cell.compartment import Compartment
from ..equations.parameters import default_params
from ..errors import InvalidValueError, UnitError, located, look_up
from ..names import Names
from ..synapses import MagnesiumBlock, Synapse, magnesium_blocks
from ..units import Spec, is_number, show
from .gates import ReceptorWithValues, receptor_gates
from .records import largest
from .style import (
    ZERO,
    axes,
    axis_label,
    drawn,
    finish,
    labels_of,
    line,
    unit_for,
)

__all__ = ["conductance", "magnesium_block", "nmda_current"]

_DURATION = Spec("second", "duration", "positive")
_STEP = Spec("second", "step", "positive")
_CONDUCTANCE = Spec("siemens", "conductance", "nonnegative")
_CONDUCTANCE_PER_AREA = Spec("siemens/metre**2").dimensions


def conductance(
    *receptors: Synapse | Model | Compartment,
    duration: Quantity | None = None,
    dt: Quantity | None = None,
    labels: Sequence[str] | None = None,
    ax: Any = None,
) -> Any:
    """Plot the conductance of receptors after one spike.

    The conductance is ``g w gate``. The gate is computed by the kinetics alone, from
    the time at which the spike acts. The magnesium block is not included: see
    `magnesium_block`.

    Parameters
    ----------
    *receptors : Synapse, compartment or model
        Receptors such as ``AMPA('x', g=1*nS, t_decay=5*ms)``; or a compartment or a
        model, for all of its receptors with its values. Receptors with `CurrentBased`
        output show their current, receptors without a ``g`` their gate; all curves must
        have the same unit.
    duration : Quantity, optional
        Duration (second); by default until all gates are below 1 % of their peaks, at
        most 3 s.
    dt : Quantity, optional
        Time step (second); by default that of ``defaultclock``. Linear kinetics are
        exact at any step, and their peak is a point of the curve.
    labels : sequence of str, optional
        Names of the curves; by default channel, tag and compartment.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with one line per receptor.

    Raises
    ------
    InvalidValueError
        If a receptor has no gate (`Delta`), a parameter has no value, the units of the
        curves differ, or there is no receptor.
    UnitError
        If an argument has the wrong type or unit.

    References
    ----------
    Roth & van Rossum (2009). Modeling synapses. In Computational Modeling Methods for
    Neuroscientists. doi:10.7551/mitpress/9780262013277.003.0007

    Examples
    --------
    >>> from brian2 import ms, nS
    >>> from dendrisyn import AMPA, NMDA
    >>> from dendrisyn.plotting import conductance
    >>> ax = conductance(AMPA('x', g=2*nS, t_rise=1*ms, t_decay=5*ms),
    ...                  NMDA('x', g=1*nS, t_rise=2*ms, t_decay=60*ms))
    >>> ax.get_ylabel(), [float(round(line.get_ydata().max(), 9)) for line in ax.lines]
    ('conductance (nS)', [2.0, 1.0])
    """
    with located("conductance"):
        if duration is not None:
            duration = _DURATION.check(duration, "duration")
        if dt is not None:
            dt = _STEP.check(dt, "dt")
        chosen = [receptor for item in receptors for receptor in _receptors_of(item)]
        if not chosen:
            raise InvalidValueError(
                "there is no receptor. Give a receptor, such as AMPA('x', g=1*nS, "
                "t_decay=5*ms), or a model that has receptors."
            )
        factors = [_factor(receptor) for receptor in chosen]
        for receptor, factor in zip(chosen, factors, strict=True):
            if get_dimensions(factor) is not get_dimensions(factors[0]):
                raise InvalidValueError(
                    f"{chosen[0].label} is in {_unit_name(factors[0])} and "
                    f"{receptor.label} in {_unit_name(factor)}. Plot them on two axes."
                )
        names = labels_of(labels, [receptor.label for receptor in chosen])
        curves = receptor_gates(chosen, duration, dt)
        ax = axes(ax)

    values = [
        np.asarray(factor) * gate
        for factor, (_, gate) in zip(factors, curves, strict=True)
    ]
    unit = unit_for(get_dimensions(factors[0]), largest(*values), axis=ax.yaxis)
    time = unit_for(second.dim, largest(*(t for t, _ in curves)), axis=ax.xaxis)
    for index, (label, (t, _), value) in enumerate(
        zip(names, curves, values, strict=True), start=drawn(ax)
    ):
        ax.plot(t / float(time), value / float(unit), label=label, **line(index))
    words = {DIMENSIONLESS: "gate", _CONDUCTANCE_PER_AREA: "conductance per area"}
    return finish(
        ax,
        xlabel=axis_label(time, "time after the spike"),
        ylabel=axis_label(unit, words.get(unit.dim, "")),
    )


def _receptors_of(item: object) -> list[ReceptorWithValues]:
    """Return a receptor, or the receptors of a compartment or a model."""
    if isinstance(item, Synapse):
        return [ReceptorWithValues.alone(item)]
    if isinstance(item, Model):
        receptors: Any = item.structure.receptors
    elif isinstance(item, Compartment):
        names = Names.of(item.name)
        receptors = {
            names(label): (mechanism, names)
            for label, mechanism in item.mechanisms.items()
            if isinstance(mechanism, Synapse)
        }
    else:
        raise UnitError(
            "expected a receptor, such as AMPA('x', g=1*nS, t_decay=5*ms), a "
            f"compartment or a model, got {item!r}."
        )
    values = dict(item.parameters)
    return [
        ReceptorWithValues(label, synapse, names, values)
        for label, (synapse, names) in receptors.items()
    ]


def _factor(receptor: ReceptorWithValues) -> Any:
    """Return the factor of the gate: ``g w``, ``J w``, or ``w``."""
    synapse = receptor.synapse
    if synapse.kinetics.gate(receptor.synapse_names) is None:
        raise InvalidValueError(
            f"{receptor.label}: {type(synapse.kinetics).__name__} moves the voltage "
            "itself, so it has no conductance. Leave this receptor out."
        )
    symbol = "g" if synapse.output is None or synapse.output.conductance else "J"
    maximum, w = receptor.value(symbol), receptor.value("w")
    return w if maximum is None else maximum * w


def _unit_name(factor: Any) -> str:
    """Return the unit of a curve, for messages."""
    unit = get_unit(get_dimensions(factor))
    return (
        "units of g, which is not given," if unit.dim is DIMENSIONLESS else repr(unit)
    )


def magnesium_block(
    *blocks: MagnesiumBlock | Synapse | str,
    voltages: Quantity | None = None,
    labels: Sequence[str] | None = None,
    ax: Any = None,
) -> Any:
    """Plot the fraction of NMDA receptors that magnesium does not block, over voltage.

    Parameters
    ----------
    *blocks : MagnesiumBlock, Synapse or str
        Blocks, receptors with a block, or names of `magnesium_blocks`; by default all
        `magnesium_blocks`. Values that a block takes from its model are those of
        `default_params`.
    voltages : Quantity, shape (n,), optional
        Voltages of the curves (volt); by default -100 to 40 mV.
    labels : sequence of str, optional
        Names of the curves.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with one line per block.

    Raises
    ------
    UnknownNameError
        If no block has such a name.
    InvalidValueError
        If a receptor has no block.
    UnitError
        If an argument has the wrong type or unit.

    References
    ----------
    Jahr & Stevens (1990). Voltage dependence of NMDA-activated macroscopic
    conductances predicted by single-channel kinetics. Journal of Neuroscience 10,
    3178. doi:10.1523/JNEUROSCI.10-09-03178.1990

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn.plotting import magnesium_block
    >>> ax = magnesium_block('jahr_stevens_1990', voltages=[-70, 0]*mV)
    >>> ax.lines[0].get_ydata().round(3).tolist()
    [0.044, 0.781]
    """
    with located("magnesium_block"):
        chosen, names, V = _read_blocks(blocks, labels, voltages)
        ax = axes(ax)
    for index, (label, (_, block, _)) in enumerate(
        zip(names, chosen, strict=True), start=drawn(ax)
    ):
        ax.plot(V / mvolt, block.open_fraction(V), label=label, **line(index))
    return finish(
        ax,
        xlabel="voltage (mV)",
        ylabel="unblocked fraction",
        ylim=(0, 1),
    )


def nmda_current(
    *blocks: MagnesiumBlock | Synapse | str,
    g: Quantity | None = None,
    voltages: Quantity | None = None,
    labels: Sequence[str] | None = None,
    ax: Any = None,
) -> Any:
    """Plot the current of open NMDA receptors over voltage, ``I = g (E - V) B``.

    Depolarising current is positive, as everywhere in this package.

    Parameters
    ----------
    *blocks : MagnesiumBlock, Synapse or str
        As in `magnesium_block`.
    g : Quantity, optional
        Conductance without magnesium (siemens); by default that of the receptor, 1 nS
        for a block.
    voltages, labels, ax
        As in `magnesium_block`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with one line per block.

    Raises
    ------
    UnknownNameError
        If no block has such a name.
    InvalidValueError
        If a receptor has no block, or its ``g`` is per membrane area.
    UnitError
        If an argument has the wrong type or unit.

    References
    ----------
    Jahr & Stevens (1990). Voltage dependence of NMDA-activated macroscopic
    conductances predicted by single-channel kinetics. Journal of Neuroscience 10,
    3178. doi:10.1523/JNEUROSCI.10-09-03178.1990

    Examples
    --------
    >>> from brian2 import mV, nS
    >>> from dendrisyn.plotting import nmda_current
    >>> ax = nmda_current('jahr_stevens_1990', g=2*nS, voltages=[-70, -27]*mV)
    >>> ax.get_ylabel(), ax.lines[0].get_ydata().round(1).tolist()
    ('current (pA)', [6.2, 21.7])
    """
    with located("nmda_current"):
        if g is not None:
            g = _CONDUCTANCE.check(g, "g")
        chosen, names, V = _read_blocks(blocks, labels, voltages)
        currents = [_current(*block, g, V) for block in chosen]
        ax = axes(ax)
    most = largest(*map(np.asarray, currents))
    unit = unit_for(currents[0].dim, most, axis=ax.yaxis)
    for index, (label, current) in enumerate(
        zip(names, currents, strict=True), start=drawn(ax)
    ):
        ax.plot(V / mvolt, current / unit, label=label, **line(index))
    ax.axhline(0, **ZERO)
    return finish(ax, xlabel="voltage (mV)", ylabel=axis_label(unit))


def _read_blocks(
    blocks: Sequence[object], labels: Sequence[str] | None, voltages: Any
) -> tuple[list[tuple[str, MagnesiumBlock, Quantity | None]], Sequence[str], Quantity]:
    """Return the blocks (by default all), the labels of their curves, the voltages."""
    chosen = [_block(item) for item in blocks or magnesium_blocks]
    V = _voltages(voltages)
    return chosen, labels_of(labels, [label for label, *_ in chosen]), V


def _block(item: object) -> tuple[str, MagnesiumBlock, Quantity | None]:
    """Return label, block and conductance of a block, a receptor or a name."""
    if isinstance(item, str):
        return item, look_up(item, magnesium_blocks, "magnesium block"), None
    if isinstance(item, MagnesiumBlock):
        names = (name for name, block in magnesium_blocks.items() if block is item)
        return next(names, "magnesium block"), item, None
    if isinstance(item, Synapse):
        if not isinstance(item.output, MagnesiumBlock):
            raise InvalidValueError(
                f"{item.label} has no magnesium block: its output is "
                f"{type(item.output).__name__}. Give an NMDA receptor."
            )
        return item.label, item.output, item.g
    raise UnitError(
        "expected a MagnesiumBlock, an NMDA receptor or the name of a block, got "
        f"{item!r}."
    )


def _current(
    label: str,
    block: MagnesiumBlock,
    g_of_receptor: Quantity | None,
    g: Quantity | None,
    V: Quantity,
) -> Quantity:
    """Return the current of a block at all voltages."""
    candidates = (g, g_of_receptor, 1 * nsiemens)
    g = next(conductance for conductance in candidates if conductance is not None)
    if g.dim is not _CONDUCTANCE.dimensions:
        raise InvalidValueError(
            f"{label}: its g is per membrane area ({show(g)}). Give g=1*nS."
        )
    E = default_params()["E_NMDA"] if block.E is None else block.E
    return g * (E - V) * block.open_fraction(V)


def _voltages(voltages: Any) -> Quantity:
    """Return the voltages of the curves."""
    if voltages is None:
        return np.linspace(-100, 40, 281) * mvolt
    is_list = isinstance(voltages, (list, tuple)) or is_number(voltages)
    right_unit = is_list and get_dimensions(voltages) is volt.dim
    if not right_unit or np.ndim(voltages) != 1:
        raise UnitError(
            "voltages: expected voltages (such as np.linspace(-100, 40, 281)*mV), got "
            f"{show(voltages)}."
        )
    return voltages
