"""Simulations with both packages, and comparisons of all variables."""

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
#: rounding, 1e-16 per step, which stays far below this in a thousand steps.
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Case:
    """A model, its stimuli, and its expected differences."""

    model: Callable[[Any], Any]
    #: A parameter of dendrisyn on which the traces depend.
    sensitive: str
    #: Arguments of make_neurongroup.
    group: Mapping[str, Any] = field(default_factory=dict)
    N: int = 1
    #: Makes the other objects of the network.
    inputs: Callable[[Any], Sequence[Any]] = lambda group: ()
    #: Durations, and variables that are set before them.
    phases: Sequence[tuple[Any, Mapping[str, Any]]] = ((60 * ms, {}),)
    namespace: Mapping[str, Any] = field(default_factory=dict)
    #: Time step (ms).
    dt: float = 0.1
    #: The smallest number of events of each kind.
    events: Mapping[str, int] = field(default_factory=dict)
    #: Variables that stay constant.
    idle: Sequence[str] = ()
    #: Names of dendrisyn by the names of Dendrify, where they differ.
    renamed: Mapping[str, str] = field(default_factory=dict)
    #: Factors of values of Dendrify, by its names.
    factors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Run:
    """Names of variables, traces and events of a simulation."""

    names: frozenset[str]
    traces: Mapping[str, np.ndarray]
    events: Mapping[str, np.ndarray]


def fall(pkg: Any, offset: Any, duration: Any) -> dict[str, Any]:
    """Return arguments that give the same fall phase in both packages.

    In Dendrify, the fall phase lasts from `offset` to ``offset + duration``, both steps
    included; in dendrisyn, it starts a step later and lasts `duration`.
    """
    if pkg is dendrisyn:
        offset, duration = offset - defaultclock.dt, duration + defaultclock.dt
    return {"offset_fall": offset, "duration_fall": duration}


def trains(group: Any, **times: Sequence[float]) -> list[Any]:
    """Return objects that add 1 to variables at these times (ms)."""
    indices = np.repeat(np.arange(len(times)), [len(train) for train in times.values()])
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
    """Simulate *case* with the package, and record all variables at all steps."""
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
            event: np.array([events.i, np.round(events.t / ms / case.dt)]).astype(int)
            for event, events in monitors.items()
        },
    )


def in_our_terms(run: Run, case: Case) -> dict[str, np.ndarray]:
    """Return traces of Dendrify with the names and units of dendrisyn."""
    traces = {}
    for name, trace in run.traces.items():
        if name.startswith("spiketime_"):
            trace = (
                trace * case.dt * 1e-3 * run.traces[name.replace("spiketime", "gate")]
            )
        traces[case.renamed.get(name, name)] = trace * case.factors.get(name, 1)
    return traces


def in_comparable_terms(run: Run) -> dict[str, np.ndarray]:
    """Return traces of dendrisyn, with 0 as the time of a spike before the first."""
    return {
        name: trace * run.traces[name.replace("spiketime", "gate")]
        if name.startswith("spiketime_")
        else trace
        for name, trace in run.traces.items()
    }


def differences(ours: Run, theirs: Run, case: Case) -> dict[str, float]:
    """Return ``max |a - b| / max |a|`` of all variables of Dendrify."""
    mine, relative = in_comparable_terms(ours), {}
    for name, expected in in_our_terms(theirs, case).items():
        largest, difference = (
            np.max(np.abs(expected)),
            np.max(np.abs(mine[name] - expected)),
        )
        relative[name] = float(difference / largest) if largest else float(difference)
    return relative


def check_exercised(run: Run, case: Case) -> None:
    """Fail if a variable of the case is constant, or an event is too rare."""
    constant = {name for name, trace in run.traces.items() if np.ptp(trace) == 0}
    assert constant == set(case.idle), "other variables are constant"
    assert set(run.events) == set(case.events)
    for event, fewest in case.events.items():
        assert run.events[event].shape[1] >= fewest, f"too few events {event!r}"
