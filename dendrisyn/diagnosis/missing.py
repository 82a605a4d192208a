"""Objects that act on the groups of a network but are not in it."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding
from .network_reader import NetworkReader
from .objects import outsiders

__all__ = ["not_in_network"]


def not_in_network(reader: NetworkReader, magic: bool) -> Iterator[Finding]:
    """Find `Synapses`, inputs and monitors that were left out."""
    for obj, groups, where in outsiders(reader.objects):
        name = reader.name(obj)
        several = " and ".join(reader.label(group) for group in groups)
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
            reader.label(obj),
            f"it acts on {several}, but {reason}. It was created in {where}.",
            "It does nothing: no current, no record, and no error.",
            remedy,
        )
