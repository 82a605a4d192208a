"""Curves of receptors: conductance over time, and magnesium over voltage."""

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
from ..cell.compartment import Compartment as Patch
from ..equations.parameters import default_params
from ..errors import InvalidValueError, UnitError, UnknownNameError, located, nearest
from ..synapses import MagnesiumBlock, Synapse, magnesium_blocks
from ..units import Spec, is_number, show
from .gates import Receptor, receptor_gates
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

_DURATION = Spec("second", "how long", "positive")
_STEP = Spec("second", "step", "positive")
_CONDUCTANCE = Spec("siemens", "conductance", "nonnegative")


def conductance(
    *receptors: Synapse | Model | Patch,
    duration: Quantity | None = None,
    dt: Quantity | None = None,
    labels: Sequence[str] | None = None,
    ax: Any = None,
) -> Any:
    """Plot the conductance of receptors after one spike.

    It is ``g w gate``, where the gate is that of the kinetics, run alone from the
    moment at which the spike acts. Magnesium is not counted: see `magnesium_block`.

    Parameters
    ----------
    *receptors : Synapse, compartment or model
        Receptors such as ``AMPA('x', g=1*nS, t_decay=5*ms)``; or all of a compartment
        or a model, with the values that they have there. Receptors with `CurrentBased`
        output show their current, those without a ``g`` the gate alone; all must be of
        one kind.
    duration : Quantity, optional
        How long (second); by default until 1 % is left of the last gate, at most 3 s.
    dt : Quantity, optional
        The step (second); by default that of ``defaultclock``. Kinetics that are linear
        are exact at any step, and their peak is a point of the curve.
    labels : sequence of str, optional
        Names of the curves; by default channel, tag and compartment.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure when left out.

    Returns
    -------
    matplotlib.axes.Axes
        One line for each receptor.

    Raises
    ------
    InvalidValueError
        If a receptor has no gate (`Delta`), a parameter is not given, what receptors
        show has different units, or there is no receptor.
    UnitError
        If an argument is of the wrong type or unit.

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
        chosen = [found for each in receptors for found in _receptors(each)]
        if not chosen:
            raise InvalidValueError(
                "there is no receptor. Give one, such as AMPA('x', g=1*nS, "
                "t_decay=5*ms), or a model that has one."
            )
        sizes = [_size(each) for each in chosen]
        for receptor, size in zip(chosen, sizes, strict=True):
            if get_dimensions(size) is not get_dimensions(sizes[0]):
                raise InvalidValueError(
                    f"{chosen[0].label} is in {_kind(sizes[0])} and {receptor.label} "
                    f"in {_kind(size)}. Plot them on two axes."
                )
        names = labels_of(labels, [each.label for each in chosen])
        curves = receptor_gates(chosen, duration, dt)
        ax = axes(ax)

    values = [
        np.asarray(size) * gate for size, (_, gate) in zip(sizes, curves, strict=True)
    ]
    unit = unit_for(get_dimensions(sizes[0]), largest(*values), axis=ax.yaxis)
    time = unit_for(second.dim, largest(*(t for t, _ in curves)), axis=ax.xaxis)
    for index, (label, (t, _), value) in enumerate(
        zip(names, curves, values, strict=True), start=drawn(ax)
    ):
        ax.plot(t / float(time), value / float(unit), label=label, **line(index))
    word = "gate" if unit.dim is DIMENSIONLESS else _word(unit)
    return finish(
        ax,
        xlabel=axis_label(time, "time after the spike"),
        ylabel=axis_label(unit, word),
    )


def _word(unit: Quantity) -> str:
    per_area = unit.dim is _CONDUCTANCE_PER_AREA
    return "conductance per area" if per_area else ""


_CONDUCTANCE_PER_AREA = Spec("siemens/metre**2").dimensions


def _receptors(given: object) -> list[Receptor]:
    """Return the receptors of what the user gave."""
    if isinstance(given, Synapse):
        return [Receptor.alone(given)]
    if isinstance(given, Model):
        catalogue = given._catalogue()
        values = given.parameters.copy()
        return [
            Receptor(label, synapse, names, values)
            for label, (synapse, names) in catalogue.receptors.items()
        ]
    if isinstance(given, Patch):
        values = given.parameters.copy()
        return [
            Receptor(label, synapse, given._names, values)
            for label, synapse in given._receptors().items()
        ]
    raise UnitError(
        "expected a receptor, such as AMPA('x', g=1*nS, t_decay=5*ms), a compartment "
        f"or a model, got {given!r}."
    )


def _size(receptor: Receptor) -> Any:
    """Return what the gate is multiplied by: ``g w``, ``J w``, or ``w``."""
    synapse = receptor.synapse
    if synapse.kinetics.gate(receptor.own) is None:
        raise InvalidValueError(
            f"{receptor.label}: {type(synapse.kinetics).__name__} moves the voltage "
            "itself, so it has no conductance."
        )
    symbol = "g" if synapse.output is None or synapse.output.conductance else "J"
    size, w = receptor.value(symbol), receptor.value("w")
    return w if size is None else size * w


def _kind(size: Any) -> str:
    unit = get_unit(get_dimensions(size))
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
        of these. What a block leaves to the model is taken from `default_params`.
    voltages : Quantity, shape (n,), optional
        Where to evaluate them (volt); by default -100 to 40 mV.
    labels : sequence of str, optional
        Names of the curves.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure when left out.

    Returns
    -------
    matplotlib.axes.Axes
        One line for each block.

    Raises
    ------
    UnknownNameError
        If no block has such a name.
    InvalidValueError
        If a receptor has no block.
    UnitError
        If an argument is of the wrong type or unit.

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
        chosen, names, V = _asked(blocks, labels, voltages)
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

    It is positive where it depolarises, as everywhere in this package.

    Parameters
    ----------
    *blocks : MagnesiumBlock, Synapse or str
        As in `magnesium_block`.
    g : Quantity, optional
        The conductance without magnesium (siemens); by default that of each receptor,
        1 nS for a block.
    voltages : Quantity, shape (n,), optional
        Where to evaluate them (volt); by default -100 to 40 mV.
    labels : sequence of str, optional
        Names of the curves.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure when left out.

    Returns
    -------
    matplotlib.axes.Axes
        One line for each block.

    Raises
    ------
    UnknownNameError
        If no block has such a name.
    InvalidValueError
        If a receptor has no block.
    UnitError
        If an argument is of the wrong type or unit.

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
        chosen, names, V = _asked(blocks, labels, voltages)
        currents = [_current(*each, g, V) for each in chosen]
        ax = axes(ax)
    most = largest(*map(np.asarray, currents))
    unit = unit_for(currents[0].dim, most, axis=ax.yaxis)
    for index, (label, current) in enumerate(
        zip(names, currents, strict=True), start=drawn(ax)
    ):
        ax.plot(V / mvolt, current / unit, label=label, **line(index))
    ax.axhline(0, **ZERO)
    return finish(ax, xlabel="voltage (mV)", ylabel=axis_label(unit))


def _asked(
    blocks: Sequence[object], labels: Sequence[str] | None, voltages: Any
) -> tuple[list[tuple[str, MagnesiumBlock, Quantity | None]], Sequence[str], Quantity]:
    """Return blocks, all if none is given, the labels of their curves, and voltages."""
    chosen = [_block(each) for each in blocks or magnesium_blocks]
    V = _voltages(voltages)
    return chosen, labels_of(labels, [label for label, *_ in chosen]), V


def _block(given: object) -> tuple[str, MagnesiumBlock, Quantity | None]:
    """Return label, block and conductance of what the user gave."""
    if isinstance(given, str):
        if given not in magnesium_blocks:
            raise UnknownNameError(
                f"there is no magnesium block {given!r}."
                f"{nearest(given, magnesium_blocks)}"
            )
        return given, magnesium_blocks[given], None
    if isinstance(given, MagnesiumBlock):
        named = (name for name, each in magnesium_blocks.items() if each is given)
        return next(named, "magnesium block"), given, None
    if isinstance(given, Synapse):
        if not isinstance(given.output, MagnesiumBlock):
            raise InvalidValueError(
                f"{given.label} has no magnesium block: its output is "
                f"{type(given.output).__name__}."
            )
        return given.label, given.output, given.g
    raise UnitError(
        "expected a MagnesiumBlock, an NMDA receptor or the name of a block, got "
        f"{given!r}."
    )


def _current(
    label: str,
    block: MagnesiumBlock,
    own: Quantity | None,
    given: Quantity | None,
    V: Quantity,
) -> Quantity:
    """Return the current of a block at all voltages."""
    g = next(each for each in (given, own, 1 * nsiemens) if each is not None)
    if g.dim is not _CONDUCTANCE.dimensions:
        raise InvalidValueError(
            f"{label}: its g is per membrane area ({show(g)}). Give g=1*nS."
        )
    E = default_params()["E_NMDA"] if block.E is None else block.E
    return g * (E - V) * block.open_fraction(V)


def _voltages(given: Any) -> Quantity:
    """Return the voltages to evaluate at."""
    if given is None:
        return np.linspace(-100, 40, 281) * mvolt
    is_list = isinstance(given, (list, tuple)) or is_number(given)
    if not is_list or get_dimensions(given) is not volt.dim or np.ndim(given) != 1:
        raise UnitError(
            "voltages: expected voltages (such as np.linspace(-100, 40, 281)*mV), got "
            f"{show(given)}."
        )
    return given
