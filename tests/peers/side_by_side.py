"""One user's code, run through two packages, and every variable compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2 import (
    EventMonitor,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    seed,
)

import dendrisyn

#: Both packages take the same Euler steps and differ in the order of the terms: by
#: rounding, 1e-16 a step, which a thousand steps do not bring near this.
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Case:
    """A model, how it is driven, and what is known to differ."""

    model: Callable[[Any], Any]
    #: a parameter of ours that the traces depend on
    sensitive: str
    #: arguments of make_neurongroup
    group: Mapping[str, Any] = field(default_factory=dict)
    N: int = 1
    #: makes what else belongs to the network
    inputs: Callable[[Any], Sequence[Any]] = lambda group: ()
    #: (duration, variables that are set before it)
    phases: Sequence[tuple[Any, Mapping[str, Any]]] = ((60 * ms, {}),)
    namespace: Mapping[str, Any] = field(default_factory=dict)
    #: time step (ms)
    dt: float = 0.1
    #: the fewest events of each kind that make the case worth comparing
    events: Mapping[str, int] = field(default_factory=dict)
    #: variables that nothing drives
    idle: Sequence[str] = ()
    #: Dendrify's name -> ours, where they differ
    renamed: Mapping[str, str] = field(default_factory=dict)
    #: Dendrify's name -> what its values are multiplied by
    factors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Run:
    """What came out of a run."""

    names: frozenset[str]
    traces: Mapping[str, np.ndarray]
    events: Mapping[str, np.ndarray]


def fall(pkg: Any, offset: Any, duration: Any) -> dict[str, Any]:
    """Return the arguments of one fall phase, the same in both packages.

    Dendrify's is on from `offset` to ``offset + duration``, both steps included; ours
    starts a step later and lasts `duration`.
    """
    if pkg is dendrisyn:
        offset, duration = offset - defaultclock.dt, duration + defaultclock.dt
    return {"offset_fall": offset, "duration_fall": duration}


def trains(group: Any, **times: Sequence[float]) -> list[Any]:
    """Return what adds 1 to a variable at these times (ms)."""
    indices = np.repeat(np.arange(len(times)), [len(each) for each in times.values()])
    source = SpikeGeneratorGroup(
        len(times), indices, np.concatenate(list(times.values())) * ms
    )
    objects = [source]
    for index, variable in enumerate(times):
        synapses = Synapses(source, group, on_pre=f"{variable} += 1", namespace={})
        synapses.connect(i=index, j=np.arange(len(group)))
        objects.append(synapses)
    return objects


def simulate(pkg: Any, case: Case, change: Callable[[Any], None] | None = None) -> Run:
    """Run *case* through *pkg* and record all variables at each step."""
    defaultclock.dt = case.dt * ms
    seed(20)
    model = case.model(pkg)
    if change is not None:
        change(model)
    made = model.make_neurongroup(case.N, **{"method": "euler", **case.group})
    group, *others = made if isinstance(made, tuple) else (made,)
    recorded = sorted(group.user_equations.names)
    monitor = StateMonitor(group, recorded, record=True)
    monitors = {
        event: (SpikeMonitor if event == "spike" else EventMonitor)(
            group, **({} if event == "spike" else {"event": event})
        )
        for event in group.events
    }
    network = Network(group, *others, *case.inputs(group), monitor, *monitors.values())
    for duration, values in case.phases:
        for name, value in values.items():
            setattr(group, name, value)
        network.run(duration, namespace=dict(case.namespace))
    return Run(
        frozenset(name for name in group.variables if not name.startswith("_")),
        {name: np.array(getattr(monitor, name)) for name in recorded},
        {
            event: np.array([each.i, np.round(each.t / ms / case.dt)]).astype(int)
            for event, each in monitors.items()
        },
    )


def in_our_terms(run: Run, case: Case) -> dict[str, np.ndarray]:
    """Return Dendrify's traces under our names and in our units."""
    traces = {}
    for name, trace in run.traces.items():
        if name.startswith("spiketime_"):
            trace = (
                trace * case.dt * 1e-3 * run.traces[name.replace("spiketime", "gate")]
            )
        traces[case.renamed.get(name, name)] = trace * case.factors.get(name, 1)
    return traces


def in_comparable_terms(run: Run) -> dict[str, np.ndarray]:
    """Return our traces; a spike that has not happened yet has time 0."""
    return {
        name: trace * run.traces[name.replace("spiketime", "gate")]
        if name.startswith("spiketime_")
        else trace
        for name, trace in run.traces.items()
    }


def differences(ours: Run, theirs: Run, case: Case) -> dict[str, float]:
    """Return ``max |a - b| / max |a|`` of each variable that Dendrify has."""
    mine, relative = in_comparable_terms(ours), {}
    for name, expected in in_our_terms(theirs, case).items():
        largest, difference = (
            np.max(np.abs(expected)),
            np.max(np.abs(mine[name] - expected)),
        )
        relative[name] = float(difference / largest) if largest else float(difference)
    return relative


def check_exercised(run: Run, case: Case) -> None:
    """Fail if a variable of the case stays where it is, or an event is too rare."""
    still = {name for name, trace in run.traces.items() if np.ptp(trace) == 0}
    assert still == set(case.idle), "what nothing drives is not what the case says"
    assert set(run.events) == set(case.events)
    for event, fewest in case.events.items():
        assert run.events[event].shape[1] >= fewest, f"too few events {event!r}"
