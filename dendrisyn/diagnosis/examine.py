"""`diagnose`: all checks of a network, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from brian2.core.magic import collect, magic_network
from brian2.core.network import Network

from ..errors import UnitError
from . import connections, effects, inputs, missing, runs, stability, stale
from .finding import Finding, Findings
from .network_reader import NetworkReader
from .source import bound_twice

__all__ = ["diagnose"]

#: What a check may raise on a network of a kind that it does not know.
_UNKNOWN: tuple[type[Exception], ...] = (Exception,)

_Check = Callable[[NetworkReader, Any], Iterable[Finding]]

_OF_SYNAPSES: tuple[_Check, ...] = (
    effects.zero_weights,
    connections.double_connections,
    effects.without_effect,
    stale.stale_subexpression,
)

_OF_GROUPS: tuple[_Check, ...] = (
    connections.summed_twice,
    inputs.without_dynamics,
    inputs.plain_jump,
    runs.silent,
    stability.step_too_coarse,
)


def diagnose(network: Network | None = None) -> Findings:
    """Name what will silently go wrong in a Brian2 network.

    Nothing is changed: neither the network nor the random numbers. What cannot be read
    for certain (a `brian2.NetworkOperation`, values in standalone mode before they are
    computed) is left out, so no finding is no proof. Call it before the first run, and
    once more after it: values that are not a number and silent groups show only then.

    Parameters
    ----------
    network : brian2.Network, optional
        Any network, of dendrisyn or not. Without, the objects in scope of the caller,
        which are those that `brian2.run` would run.

    Returns
    -------
    Findings
        A list of `Finding`, which prints as text. Its kinds are:

        * 'zero weights': `Synapses` that transmit nothing, since a parameter is zero
          and stays so.
        * 'double connections': pairs connected more than once.
        * 'bound twice': a name given to a second object in the block of code that calls
          this function, so that the first is lost.
        * 'not in the network': an object that acts on groups of the network, but has
          never been in one.
        * 'summed twice': two summed variables into one variable.
        * 'clamped input', 'growing input': spikes set, or add to, a variable without
          dynamics that an equation of the group reads, and nothing takes it back.
        * 'plain jump': spikes move the voltage itself, while nothing ever drives a
          decaying variable that its equation reads.
        * 'silent group': no spike in 100 ms or more of a group that a monitor or
          `Synapses` listen to. That is several time constants of most membranes: what
          a constant input reaches, it has reached by then.
        * 'not a number': NaN in a variable, or infinity in one with an equation.
        * 'coarse step', 'short duration': `dt` is not stable, or too long for the
          fastest process or for a duration.
        * 'without effect': a variable of synapses that spikes change, but that reaches
          no neuron.
        * 'stale subexpression': a statement of synapses reads a subexpression of what
          the same code has changed, which compiled code computes from the old value.

    Raises
    ------
    UnitError
        If *network* is something else.

    Examples
    --------
    >>> from brian2 import Network, NeuronGroup, Synapses, ms
    >>> from dendrisyn import diagnose
    >>> group = NeuronGroup(2, 'dv/dt = -v/(10*ms) : 1', threshold='v > 1', reset='')
    >>> synapses = Synapses(group, model='w : 1', on_pre='v_post += w')
    >>> synapses.connect('i != j')
    >>> network = Network(group, synapses)
    >>> [finding.kind for finding in diagnose(network)]
    ['zero weights']
    >>> synapses.w = 0.5
    >>> diagnose(network)
    No finding: none of the known traps is in this network.
    """
    if network is not None and not isinstance(network, Network):
        raise UnitError(
            f"diagnose: expected a brian2.Network or nothing, got {network!r}. Write "
            "diagnose(Network(...)), or diagnose() for the objects in scope."
        )
    frame = sys._getframe(1)
    magic = network is None or network is magic_network
    network = magic_network if network is None else network
    objects = collect(level=1) if magic else network.objects
    # Objects that are new have not run, whatever the magic network did before.
    known = not magic or any(each._network == network.id for each in objects)
    scope = {**frame.f_globals, **frame.f_locals}
    reading = NetworkReader(objects, float(network.t_) if known else 0.0, scope)
    checks = list(_checks(reading))
    checks.append(partial(missing.not_in_network, reading, magic))
    checks.append(partial(bound_twice, frame, scope))
    found = Findings()
    for check in checks:
        try:
            found += check()
        except _UNKNOWN:
            continue
    return found


def _checks(reading: NetworkReader) -> Iterator[Callable[[], Iterable[Finding]]]:
    for check in _OF_SYNAPSES:
        yield from (partial(check, reading, each) for each in reading.synapses)
    for check in _OF_GROUPS:
        yield from (partial(check, reading, each) for each in reading.groups)
    for each in reading.owners:
        yield partial(runs.not_a_number, reading, each)
