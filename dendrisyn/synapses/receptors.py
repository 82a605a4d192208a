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
    with located(f"{channel}({tag!r})"):
        if output is None:
            output = MagnesiumBlock(E=E) if channel == "NMDA" else ConductanceBased(E=E)
        elif E is not None:
            raise InvalidValueError("give E to the output, or no output.")
        if kinetics is None:
            kinetics = kinetics_of(t_rise, t_decay, normalize)
        elif t_rise is not None or t_decay is not None or not normalize:
            raise InvalidValueError(
                "give t_rise, t_decay and normalize to the kinetics, or no kinetics."
            )
        elif isinstance(kinetics, Delta):
            raise InvalidValueError(
                "Delta moves the voltage itself, so it is no conductance. Write "
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
        Tells it from the other AMPA receptors of a compartment.
    g : Quantity
        Maximal conductance (siemens or siemens/metre**2): the peak after one spike of
        weight 1.
    t_rise, t_decay : Quantity
        Time constants (second); without `t_rise` the rise is instantaneous.
    normalize : bool
        Whether the peak is `g`, see `DualExponential`.
    kinetics : Kinetics, optional
        Its kinetics, in the place of `t_rise`, `t_decay` and `normalize`.
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
        "AMPA",
        tag,
        g,
        t_rise,
        t_decay,
        normalize,
        kinetics,
        E,
        None,
        w,
    )


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
    tag : str
        Tells it from the other NMDA receptors of a compartment.
    g : Quantity
        Maximal conductance (siemens or siemens/metre**2) of the unblocked receptor.
    t_rise, t_decay : Quantity
        Time constants (second); without `t_rise` the rise is instantaneous.
    normalize : bool
        Whether the peak is `g`, see `DualExponential`.
    kinetics : Kinetics, optional
        Its kinetics, in the place of `t_rise`, `t_decay` and `normalize`.
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
        "NMDA",
        tag,
        g,
        t_rise,
        t_decay,
        normalize,
        kinetics,
        E,
        output,
        w,
    )


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
    tag : str
        Tells it from the other GABA receptors of a compartment.
    g : Quantity
        Maximal conductance (siemens or siemens/metre**2): the peak after one spike of
        weight 1.
    t_rise, t_decay : Quantity
        Time constants (second); without `t_rise` the rise is instantaneous.
    normalize : bool
        Whether the peak is `g`, see `DualExponential`.
    kinetics : Kinetics, optional
        Its kinetics, in the place of `t_rise`, `t_decay` and `normalize`.
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
        "GABA",
        tag,
        g,
        t_rise,
        t_decay,
        normalize,
        kinetics,
        E,
        None,
        w,
    )


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
    tag : str
        Tells it from the other GABA-B receptors of a compartment.
    g : Quantity
        Maximal conductance (siemens or siemens/metre**2), at a gate of 1.
    kinetics : Kinetics, optional
        Its kinetics; by default `GABABKinetics`, with a gate for each synapse.
    E : Quantity
        Its reversal potential (volt).
    w : float
        Weight.

    Raises
    ------
    DendrisynError
        If a value has the wrong unit or sign.

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
