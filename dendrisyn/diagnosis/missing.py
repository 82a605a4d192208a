"""Objects that act on the groups of a network but are not in it."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding
from .network_reader import NetworkReader
from .objects import outsiders

__all__ = ["not_in_network"]


def not_in_network(reading: NetworkReader, magic: bool) -> Iterator[Finding]:
    """Find `Synapses`, inputs and monitors that were left out.

    Parameters
    ----------
    reading : Reading
        The network.
    magic : bool
        Whether it is made of what is in scope.

    Yields
    ------
    Finding
        'not in the network'.
    """
    for each, groups, where in outsiders(reading.objects):
        name = reading.name(each)
        several = " and ".join(reading.label(group) for group in groups)
        if magic:
            reason = (
                "no variable in scope holds it (one in a list or a dict is not seen)"
            )
            remedy = "network = Network(collect()); network.add(...); network.run(...)"
        else:
            reason = "it was never added to the network"
            remedy = f"network.add({name})"
        yield Finding(
            "not in the network",
            reading.label(each),
            f"it acts on {several}, but {reason}. It was created in {where}.",
            "It does nothing: no current, no record, and no error.",
            remedy,
        )
