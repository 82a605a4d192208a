"""Row 39: silent groups and values that are not a number."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    run,
)
from helpers.diagnosed import cells, connected, kinds, membrane, spikes

from dendrisyn import diagnose


def driven(weight, duration=150 * ms, record=True, **changes):
    """Return a network after a run of neurons with a Poisson input."""
    group = membrane(**changes)
    monitors = [SpikeMonitor(group)]
    if record:
        monitors.append(StateMonitor(group, "v", record=[0, 1]))
    drive = PoissonInput(group, "g", N=100, rate=50 * Hz, weight=weight)
    network = Network(group, drive, monitors)
    network.run(duration)
    return network, group, drive


def test_a_group_that_gets_too_little_is_found():
    network, group, drive = driven(0.001)
    (finding,) = diagnose(network)
    assert finding.kind == "silent group"
    assert finding.object == f"{group.name} (group)"
    assert "no neuron spiked in 0.15 s" in finding.problem
    assert f"although {drive.name} (drive) drives it" in finding.problem
    assert "'v > -50*mV'" in finding.effect
    assert "a larger weight" in finding.remedy
    peak = finding.problem.split("v came to ")[1].split(" mV")[0]
    assert -60 < float(peak) < -50
    assert "the threshold of -50. mV" in finding.problem
    assert kinds(driven(0.5)[0]) == []


def test_a_threshold_that_cannot_be_computed_is_shown_as_it_is():
    network, group, _ = driven(
        0.001, threshold="v > limit", namespace={"limit": -50 * mV}
    )
    del group.namespace["limit"]
    (finding,) = diagnose(network)
    assert "at most, the threshold (limit)." in finding.problem
    network, group, _ = driven(0.001, threshold="v > -50*mV and g > 0")
    (finding,) = diagnose(network)
    assert "came to" not in finding.problem


@pytest.mark.parametrize("how", ["lastspike", "rate", "spikes"])
def test_silence_is_read_in_every_way(how):
    group = cells(refractory=1 * ms) if how == "lastspike" else cells()
    after = cells()
    listener = {
        "lastspike": lambda: connected(group, after, on_pre="v_post += 0.1"),
        "rate": lambda: PopulationRateMonitor(group),
        "spikes": lambda: SpikeMonitor(group),
    }[how]()
    network = Network(group, after, listener)
    assert kinds(network) == []
    network.run(100 * ms)
    (finding,) = diagnose(network)
    assert "no input drives it" in finding.problem
    group.v = 2
    network.run(10 * ms)
    assert kinds(network) == []


@pytest.mark.parametrize("monitor", [SpikeMonitor, PopulationRateMonitor])
def test_a_monitor_that_was_added_after_the_run_shows_no_silence(monitor):
    group = cells(equations="dv/dt = (1.5 - v)/(10*ms) : 1")
    network = Network(group)
    network.run(200 * ms)
    network.add(monitor(group))
    assert kinds(network) == []
    network.run(100 * ms)
    assert kinds(network) == []


def test_a_group_that_was_added_after_the_run_is_not_called_silent():
    network = Network(cells())
    network.run(200 * ms)
    late = cells(refractory=1 * ms)
    network.add(late, SpikeMonitor(late))
    assert kinds(network) == []


def test_a_group_that_only_its_parts_are_listened_to_is_found():
    group = cells(4, refractory=1 * ms)
    listener = {"monitor": SpikeMonitor(group[:2])}
    network = Network(group, *listener.values())
    network.run(100 * ms)
    assert kinds(network) == ["silent group"]
    group.v[3] = 2
    network.run(1 * ms)
    assert kinds(network) == []


def test_several_inputs_drive_it():
    group, source = cells(refractory=1 * ms), spikes()
    one = connected(source, group, on_pre="v_post += 0.01")
    other = connected(source, group, on_pre="v_post -= 0.01")
    network = Network(group, source, one, other, SpikeMonitor(group))
    network.run(100 * ms)
    (finding,) = diagnose(network)
    assert "drive it" in finding.problem


def test_a_short_run_says_nothing():
    assert kinds(driven(0.001, duration=99 * ms)[0]) == []


def test_groups_that_nothing_listens_to_or_without_a_threshold_are_left_alone():
    alone = cells(refractory=1 * ms)
    quiet = NeuronGroup(2, "dv/dt = -v/(20*ms) : 1")
    part = cells(4)
    network = Network(alone, quiet, part, SpikeMonitor(part[:2]))
    network.run(200 * ms)
    assert kinds(network) == []


def test_the_magic_network_knows_how_long_it_ran():
    group = cells()
    monitor = SpikeMonitor(group)
    run(100 * ms)
    (finding,) = diagnose()
    assert finding.object == f"{group.name} (group)"
    assert monitor.num_spikes == 0


# -- not a number ----------------------------------------------------------------------


def test_nan_is_found_in_groups_and_synapses():
    source, target = spikes(), cells(10)
    S = connected(source, target, model="w : 1", on_pre="v_post += w")
    S.w = 0.1
    network = Network(source, target, S)
    assert kinds(network) == []
    target.v[[2, 5]] = np.nan
    S.w[7] = np.nan
    found = {each.object: each for each in diagnose(network)}
    assert {each.kind for each in found.values()} == {"not a number"}
    assert (
        "v is NaN in 2 of 10 places (index 2, 5)"
        in found[f"{target.name} (target)"].problem
    )
    assert "w is NaN in 1 of 10 places" in found[f"{S.name} (S)"].problem
    target.v = 0
    S.w = 0.1
    assert kinds(network) == []


def test_infinity_is_found_where_there_is_an_equation_only():
    group = cells(equations="dv/dt = -v/(20*ms)/tau : 1\ntau : 1")
    group.tau = np.inf  # no leak
    network = Network(group)
    assert kinds(network) == []
    group.v[0] = np.inf
    (finding,) = diagnose(network)
    assert "v is infinite in 1 of 4" in finding.problem


def test_only_the_first_indices_are_listed():
    group = cells(100)
    group.v = np.nan
    (finding,) = diagnose(Network(group))
    assert "index 0, 1, 2, 3, 4, ...)" in finding.problem


def test_a_group_of_nan_is_not_called_silent():
    group = membrane()
    group.v = np.nan * mV
    network = Network(group, SpikeMonitor(group))
    network.run(100 * ms)
    assert kinds(network) == ["not a number"]


def test_a_division_by_zero_in_a_run_is_found():
    source, target = spikes(), cells()
    S = connected(source, target, model="w : 1\nu : 1", on_pre="v_post += w/u")
    network = Network(source, target, S)
    with np.errstate(all="ignore"):
        network.run(5 * ms)
    assert kinds(network) == ["not a number"]


def test_a_value_that_nothing_reads_may_be_no_number():
    """A time of the last event that has not happened, kept for the analysis."""
    group = cells(equations="dv/dt = -v/(10*ms) : 1\nlast : second\nE : 1")
    group.last, group.E = np.nan * ms, 0
    assert kinds(Network(group)) == []
    group = cells(equations="dv/dt = (E - v)/(10*ms) : 1\nE : 1")
    group.E = np.nan
    assert kinds(Network(group)) == ["not a number"]
