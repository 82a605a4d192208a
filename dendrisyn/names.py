"""Names of Brian2 variables: joined here only, and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from brian2.equations.equations import Equations
from brian2.synapses.synapses import Synapses

from .errors import NameConflictError, UnitError

__all__ = [
    "Names",
    "SynapseNames",
    "as_names",
    "check_identifier",
    "check_in_synapses",
    "check_label",
]

#: What Brian2 calls its own in synapses, beside the attributes of their class.
_RESERVED = [
    "N",
    "N_incoming",
    "N_outgoing",
    "N_post",
    "N_pre",
    "codeobj_class",
    "default_event",
    "delay",
    "equations",
    "event_driven",
    "events",
    "i",
    "j",
    "k",
    "lastupdate",
    "multisynaptic_index",
    "namespace",
    "post",
    "pre",
    "source",
    "state_updater",
    "summed_updaters",
    "target",
    "variables",
]

_LABEL = re.compile(r"[A-Za-z0-9]+(_+[A-Za-z0-9]+)*", re.ASCII)


def check_label(label: object, what: str) -> str:
    """Return *label* if it can be a part of Brian2 names."""
    if not isinstance(label, str) or not _LABEL.fullmatch(label):
        fixed = re.sub(r"[^A-Za-z0-9]+", "_", str(label)).strip("_")
        hint = f" Write {fixed!r}." if fixed else ""
        raise NameConflictError(
            f"{what}: {label!r} is not a legal name: use letters, digits and "
            f"underscores between them.{hint}"
        )
    return label


def check_identifier(name: str, what: str) -> str:
    """Return *name* if Brian2 accepts it as the name of a variable."""
    if name in ("lastspike", "not_refractory"):
        raise NameConflictError(f"{what}: Brian2 keeps the name {name!r} for itself.")
    try:
        Equations.check_identifier(name)
    except (SyntaxError, ValueError) as error:
        raise NameConflictError(
            f"{what}: it would create a variable {name!r}, which Brian2 refuses "
            f"({error})."
        ) from error
    for suffix in ("_pre", "_post"):
        if name.endswith(suffix):
            raise NameConflictError(
                f"{what}: it would create a variable {name!r}, but Brian2 reserves "
                f"names that end in {suffix!r}. Choose another word."
            )
    return name


def check_in_synapses(name: str, what: str, constant: bool = False) -> str:
    """Return *name* if Brian2 accepts it as the name of a variable of synapses.

    A *constant* may be called k, which Brian2 uses while it connects.
    """
    kept = name in _RESERVED or hasattr(Synapses, name)
    if kept and not (constant and name == "k"):
        raise NameConflictError(
            f"{what}: Brian2 keeps {name!r} for itself in synapses."
        )
    return check_identifier(name, what)


def as_names(value: Any, what: str) -> tuple[str, ...]:
    """Return one name or several as a tuple without repetitions."""
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, Iterable) or not all(isinstance(n, str) for n in names):
        raise UnitError(f"{what}: expected a list of names, got {value!r}.")
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class Names:
    """Joins symbols and labels to the names of one compartment's variables.

    Examples
    --------
    >>> Names.of('dend')('g', 'AMPA', 'x')
    'g_AMPA_x_dend'
    >>> Names.of('')('V')
    'V'
    """

    suffix: str

    @classmethod
    def of(cls, compartment: str) -> Names:
        """Return the names of *compartment*; ``''`` is a point neuron."""
        return cls(f"_{compartment}" if compartment else "")

    def __call__(self, *parts: str) -> str:
        return "_".join(parts) + self.suffix

    def event(self, spike: str) -> str:
        """Name of the event of the dendritic spike *spike*."""
        return self("spike", spike)

    def xi(self, label: str) -> str:
        """Name of a white-noise variable."""
        return self("xi", label)


@dataclass(frozen=True)
class SynapseNames:
    """The names of one receptor: ``<symbol>_<channel>_<tag>_<compartment>``.

    What moves has the ending *place* in addition, which is ``_syn`` in synapses: Brian2
    refuses a variable of synapses that a group at either end has, too.
    """

    names: Names
    channel: str
    tag: str
    place: str = ""

    def __call__(self, symbol: str) -> str:
        return self.names(symbol, self.channel, self.tag)

    def state(self, symbol: str) -> str:
        """Name of a variable that moves."""
        return self(symbol) + self.place

    @property
    def total(self) -> str:
        """Name of the weighted sum of the gates of all synapses."""
        return self("s_tot")

    def time(self, phase: str) -> str:
        """Name of a time constant: ``t_<channel>_<phase>_<tag>_<compartment>``."""
        return self.names("t", self.channel, phase, self.tag)
