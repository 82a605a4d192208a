"""Receptors by their short names: AMPA, NMDA, GABA, GABAB."""

from __future__ import annotations

from brian2.units.allunits import mvolt
from brian2.units.fundamentalunits import Quantity

from ..errors import InvalidValueError, located
from .kinetics import Kinetics
from .linear import Delta, kinetics_of
from .outputs import ConductanceBased, MagnesiumBlock, Output
from .saturating import GABABKinetics
from .synapse import Synapse

__all__ = ["AMPA", "GABA", "GABAB", "NMDA"]


def _receptor(
    channel: str,
    tag: str,
    g: Quantity,
    t_rise: Quantity,
    t_decay: Quantity,
    normalize: bool,
    kinetics: Kinetics | None,
    E: Quantity,
    output: Output | None,
    w: float,
) -> Synapse:
    """Return a receptor, with the error of a wrong argument located at its name."""
    with located(f"{channel}({tag!r})"):
        if output is None:
            output = MagnesiumBlock(E=E) if channel == "NMDA" else ConductanceBased(E=E)
        elif E is not None:
            raise InvalidValueError(
                "E and output cannot both be given: E belongs to the output. Give E "
                "to the output, or omit output."
            )
        if kinetics is None:
            kinetics = kinetics_of(t_rise, t_decay, normalize)
        elif t_rise is not None or t_decay is not None or not normalize:
            raise InvalidValueError(
                "t_rise, t_decay and normalize belong to the kinetics. Give them to "
                "the kinetics, or leave kinetics out."
            )
        elif isinstance(kinetics, Delta):
            raise InvalidValueError(
                "Delta changes the voltage directly and has no conductance. Write "
                f"Synapse({channel!r}, {tag!r}, kinetics=Delta(J=...))."
            )
        return Synapse(channel, tag, kinetics=kinetics, output=output, g=g, w=w)


def AMPA(
    tag: str,
    *,
    g: Quantity = None,
    t_rise: Quantity = None,
    t_decay: Quantity = None,
    normalize: bool = True,
    kinetics: Kinetics | None = None,
    E: Quantity = None,
    w: float = 1.0,
) -> Synapse:
    """Return an AMPA receptor: a `Synapse` with a reversal potential of 0 mV.

    Parameters
    ----------
    tag : str
        Name that distinguishes receptors of this channel on a compartment.
    g : Quantity
        Maximal conductance (siemens or siemens/metre**2): the peak after one spike of
        weight 1; for NMDA without the block.
    t_rise, t_decay : Quantity
        Time constants (second); without `t_rise` the rise is instantaneous.
    normalize : bool
        Whether the peak is `g`, see `DualExponential`.
    kinetics : Kinetics, optional
        Kinetics in place of `t_rise`, `t_decay` and `normalize`.
    E : Quantity, optional
        Reversal potential of this receptor (volt); by default the model's.
    w : float
        Weight.

    Returns
    -------
    Synapse
        The receptor, to be added to a compartment.

    Raises
    ------
    DendrisynError
        If a value has the wrong unit or sign, or `t_rise` is given without `t_decay`.

    Examples
    --------
    >>> from brian2 import ms, nS
    >>> from dendrisyn import AMPA
    >>> AMPA('x', g=1*nS, t_decay=5*ms).label
    'AMPA_x'
    """
    return _receptor("AMPA", tag, g, t_rise, t_decay, normalize, kinetics, E, None, w)


def NMDA(
    tag: str,
    *,
    g: Quantity = None,
    t_rise: Quantity = None,
    t_decay: Quantity = None,
    normalize: bool = True,
    kinetics: Kinetics | None = None,
    E: Quantity = None,
    output: Output | None = None,
    w: float = 1.0,
) -> Synapse:
    """Return an NMDA receptor: a `Synapse` with 0 mV and a `MagnesiumBlock`.

    Parameters
    ----------
    tag, g, t_rise, t_decay, normalize, kinetics, E, w
        See `AMPA`.
    output : Output, optional
        Block of this receptor, see `MagnesiumBlock`.

    Examples
    --------
    >>> from brian2 import ms, nS
    >>> from dendrisyn import NMDA
    >>> NMDA('x', g=1*nS, t_rise=2*ms, t_decay=60*ms).label
    'NMDA_x'
    """
    return _receptor("NMDA", tag, g, t_rise, t_decay, normalize, kinetics, E, output, w)


def GABA(
    tag: str,
    *,
    g: Quantity = None,
    t_rise: Quantity = None,
    t_decay: Quantity = None,
    normalize: bool = True,
    kinetics: Kinetics | None = None,
    E: Quantity = None,
    w: float = 1.0,
) -> Synapse:
    """Return a GABA-A receptor: a `Synapse` with a reversal potential of -80 mV.

    Parameters
    ----------
    tag, g, t_rise, t_decay, normalize, kinetics, E, w
        See `AMPA`.

    Examples
    --------
    >>> from brian2 import ms, mV, nS
    >>> from dendrisyn import GABA
    >>> GABA('x', g=1*nS, t_decay=8*ms, E=-65*mV).output.E
    -65. * mvolt
    """
    return _receptor("GABA", tag, g, t_rise, t_decay, normalize, kinetics, E, None, w)


def GABAB(
    tag: str,
    *,
    g: Quantity = None,
    kinetics: Kinetics | None = None,
    E: Quantity = -95 * mvolt,
    w: float = 1.0,
) -> Synapse:
    """Return a GABA-B receptor: a `Synapse` with a G protein, at -95 mV.

    Parameters
    ----------
    tag, g, E, w
        See `AMPA`; `g` is the conductance of an open gate.
    kinetics : Kinetics, optional
        Kinetics in place of `GABABKinetics`, which has a gate per synapse.

    Examples
    --------
    >>> from brian2 import nS
    >>> from dendrisyn import GABAB
    >>> GABAB('x', g=1*nS).output.E
    -95. * mvolt
    """
    with located(f"GABAB({tag!r})"):
        return Synapse(
            "GABAB",
            tag,
            kinetics=GABABKinetics() if kinetics is None else kinetics,
            output=ConductanceBased(E=E),
            g=g,
            w=w,
        )
