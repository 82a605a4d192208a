"""What `diagnose` takes and returns."""

import brian2
import pytest
from brian2 import Network, Synapses, magic_network, ms, run, start_scope
from helpers.diagnosed import cells, connected, spikes

from dendrisyn import Finding, UnitError, diagnose
from dendrisyn.diagnosis.finding import Findings

ONE = Finding("zero weights", "S", "w < 1.", "Nothing.", "S.w = '<b>'")


def unset():
    """Return a network whose weights were never set."""
    source, target = spikes(), cells()
    synapses = connected(source, target, model="w : 1", on_pre="v_post += w")
    return Network(source, target, synapses)


def test_a_finding_is_one_paragraph():
    (finding,) = diagnose(unset())
    assert str(finding).count("\n") == 0
    for part in (finding.object, finding.problem, finding.effect, finding.remedy):
        assert part in str(finding)


def test_a_finding_cannot_be_changed():
    with pytest.raises(AttributeError):
        ONE.kind = "other"
    assert Finding("zero weights", "S", "w < 1.", "Nothing.", "S.w = '<b>'") == ONE


def test_findings_are_a_list_that_reads_well():
    text = str(Findings([ONE, ONE]))
    assert text == repr(Findings([ONE, ONE]))
    assert text.startswith("2 findings\n\n1. zero weights: S\n   problem: w < 1.\n")
    assert "\n\n2. zero weights: S\n" in text
    assert str(Findings([ONE])).startswith("1 finding\n")
    assert isinstance(Findings([ONE]), list)


def test_no_finding_is_a_sentence():
    assert str(Findings()) == repr(Findings())
    assert str(Findings()).startswith("No finding")
    assert "No finding" in Findings()._repr_html_()


def test_html_is_escaped():
    html = Findings([ONE])._repr_html_()
    assert "w &lt; 1." in html
    assert "&lt;b&gt;" in html
    assert "<b>&" not in html


@pytest.mark.parametrize("wrong", ["network", 3, [], diagnose])
def test_anything_but_a_network_is_an_error(wrong):
    with pytest.raises(UnitError, match=r"expected a brian2\.Network or nothing"):
        diagnose(wrong)
    with pytest.raises(TypeError):
        diagnose(wrong)


def test_without_a_network_the_objects_in_scope_count():
    source, target = spikes(), cells()
    mine = Synapses(source, target, model="w : 1", on_pre="v_post += w")
    mine.connect()
    (finding,) = diagnose()
    assert finding.object == f"{mine.name} (mine)"
    assert finding.remedy.startswith("mine.w = 1 ")
    (finding,) = diagnose(magic_network)
    assert finding.object == f"{mine.name} (mine)"
    run(1 * ms)
    assert len(diagnose()) == 1
    mine.w = 1
    assert diagnose() == []


def test_without_a_network_another_function_and_scope_do_not_count():
    source, target = spikes(), cells()
    hidden = connected(source, target, model="w : 1", on_pre="v_post += w")

    def inner():
        return diagnose()

    assert inner() == []
    start_scope()
    assert diagnose() == []
    assert hidden.active


def test_new_objects_have_not_run_whatever_the_magic_network_did_before():
    first = cells()
    run(200 * ms)
    assert first.N == 4
    start_scope()
    second = cells()
    monitor = brian2.SpikeMonitor(second)
    assert diagnose() == []  # and not a silent group
    run(200 * ms)
    assert [each.kind for each in diagnose()] == ["silent group"]
    assert monitor.num_spikes == 0


def test_an_empty_network_has_no_finding():
    assert diagnose(Network()) == []
