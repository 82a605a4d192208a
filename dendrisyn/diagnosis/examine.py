"""`diagnose`: all checks of a network, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from inspect import currentframe
from types import FrameType
from typing import Any

from brian2.core.magic import collect, magic_network
from brian2.core.network import Network

from ..errors import UnitError
from . import connections, effects, inputs, missing, runs, stability, stale
from .finding import Finding, Findings
from .network_reader import NetworkReader
from .objects import network_id
from .source import bound_twice

__all__ = ["diagnose"]

#: Errors of a check in an unknown kind of network, which end this check only.
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
    """Find silent mistakes in a Brian2 network.

    The function changes neither the network nor the random numbers. It skips code and
    values that it cannot read (a `brian2.NetworkOperation`, values in standalone mode
    before the run), so a network without findings may still have mistakes. Call it
    before the first run, and once more after it: silent groups and values that are not
    a number show only then.

    Parameters
    ----------
    network : brian2.Network, optional
        Any network, with or without dendrisyn. By default, the objects in scope of the
        caller, which are those that `brian2.run` would run.

    Returns
    -------
    Findings
        A list of `Finding`, which prints as text. Its kinds are:

        * 'zero weights': `Synapses` that transmit nothing, since a parameter is zero
          and stays so.
        * 'double connections': pairs connected more than once.
        * 'bound twice': a name given to a second object in the block of code that calls
          this function, so that the first object is lost.
        * 'not in the network': an object that acts on groups of the network, but has
          never been in one.
        * 'summed twice': two summed variables into one variable.
        * 'clamped input', 'growing input': spikes set, or add to, a variable that an
          equation of the group reads and that never decays.
        * 'plain jump': spikes move the voltage itself, while nothing ever drives a
          decaying variable that its equation reads.
        * 'silent group': no spike in 100 ms or more of a group that a monitor or
          `Synapses` listen to. A constant input has brought most membranes to their
          steady state by then, several time constants.
        * 'not a number': NaN in a variable, or infinity in one with an equation.
        * 'coarse step', 'short duration': `dt` is not stable, or too long for the
          fastest process or for a duration.
        * 'without effect': a variable of synapses that spikes change, but that reaches
          no neuron.
        * 'stale subexpression': a statement of synapses reads a subexpression of a
          variable that the same code has changed; compiled code uses the old value.

    Raises
    ------
    UnitError
        If *network* is no `brian2.Network`.

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
    No finding: the network contains none of the mistakes that diagnose checks.
    """
    if network is not None and not isinstance(network, Network):
        raise UnitError(
            f"diagnose: expected a brian2.Network or nothing, got {network!r}. Write "
            "diagnose(Network(...)), or diagnose() for the objects in scope."
        )
    frame = _caller()
    magic = network is None or network is magic_network
    network = magic_network if network is None else network
    objects = collect(level=1) if magic else network.objects
    # New objects have not run yet, although the magic network may have.
    has_run = not magic or any(network_id(obj) == network.id for obj in objects)
    scope = {**frame.f_globals, **frame.f_locals}
    reader = NetworkReader(objects, float(network.t_) if has_run else 0.0, scope)
    checks = list(_checks(reader))
    checks.append(partial(missing.not_in_network, reader, magic))
    checks.append(partial(bound_twice, frame, scope))
    findings = Findings()
    for check in checks:
        try:
            findings += check()
        except _UNKNOWN:
            continue
    return findings


def _caller() -> FrameType:
    """Return the frame of the code that calls `diagnose`."""
    frame = currentframe()
    for _ in ("_caller", "diagnose"):
        assert frame is not None
        frame = frame.f_back
    assert frame is not None
    return frame


def _checks(reader: NetworkReader) -> Iterator[Callable[[], Iterable[Finding]]]:
    for check in _OF_SYNAPSES:
        yield from (partial(check, reader, obj) for obj in reader.synapses)
    for check in _OF_GROUPS:
        yield from (partial(check, reader, obj) for obj in reader.groups)
    for obj in reader.owners:
        yield partial(runs.not_a_number, reader, obj)
