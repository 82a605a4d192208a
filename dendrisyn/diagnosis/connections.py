"""Connections: pairs connected twice, and sums into one variable."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from .finding import Finding
from .network_reader import NetworkReader
from .objects import values

__all__ = ["double_connections", "summed_twice"]


def double_connections(reader: NetworkReader, synapses: Any) -> Iterator[Finding]:
    """Find pairs that are connected more than once without a number for every synapse.

    Synapses from one call of `connect(..., n=...)` are no finding: there the synapses
    of a pair follow one another.
    """
    if synapses.multisynaptic_index is not None:
        return
    pre = values(synapses.variables["_synaptic_pre"])
    post = values(synapses.variables["_synaptic_post"])
    if pre is None or post is None or len(pre) == 0:
        return
    pairs = pre.astype(np.int64) * (int(post.max()) + 1) + post
    counts = np.unique(pairs, return_counts=True)[1]
    double = int(np.sum(counts > 1))
    stretches = 1 + int(np.count_nonzero(np.diff(pairs)))
    in_one_call = stretches == len(counts) > 1 and (counts == counts[0]).all()
    if double == 0 or in_one_call:
        return
    name = reader.name(synapses)
    some = "all" if double == len(counts) else f"{double} of"
    itself = synapses.source.name == synapses.target.name
    condition = "condition='i != j', " if itself else ""
    noun = "pair is" if double == 1 == len(counts) else "pairs are"
    yield Finding(
        "double connections",
        reader.label(synapses),
        f"{some} {len(counts)} connected {noun} connected more than once, up to "
        f"{int(counts.max())} times.",
        "Each of these synapses acts: a spike counts double there. Every call of "
        "connect() adds synapses to the existing ones; a pair that is twice in a "
        "list of connections is connected twice.",
        f"{name}.connect({condition}p=...) in one call; if several synapses "
        "for one pair are meant, Synapses(..., multisynaptic_index='k')",
    )


def summed_twice(reader: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find two summed variables into the same neurons of one variable."""
    for name in reader.model(group).parameters:
        variable = group.variables.get(name)
        sums = [total for total in reader.writes_to(variable) if total.kind == "sum"]
        clashing = {
            total.group.name: total.group
            for pair in combinations(sums, 2)
            if _overlap(pair[0].runner.target, pair[1].runner.target)
            for total in pair
        }
        if not clashing:
            continue
        several = " and ".join(
            reader.label(clashing[total]) for total in sorted(clashing)
        )
        yield Finding(
            "summed twice",
            reader.label(group),
            f"{name} is the (summed) variable of {several}.",
            "Every step sets the variable anew, so one sum overwrites the other; "
            "Brian2 refuses to run most such networks.",
            f"one variable per sum: '{name}_1' and '{name}_2' in the equations of "
            f"{reader.name(group)}, added up there; with dendrisyn, a receptor with "
            "a tag of its own per projection",
        )


def _overlap(one: Any, other: Any) -> bool:
    """Return True if two parts of one group share neurons."""
    return one.start < other.stop and other.start < one.stop
