"""The benchmarks run, and their sides give the same results; nothing is timed here."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import copy

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = {
    "plasticity": "weights move",
    "pooling": "voltages over",
    "wang_network": "coincide",
}
QUESTIONS = [
    "dendrify",
    "first_run",
    "accuracy",
    "simulators",
    "compartments",
    "limit",
]
#: What the questions are made of.
PARTS = {
    "accuracy",
    "active",
    "cells",
    "compartments",
    "first_run",
    "limit",
    "report",
    "run",
    "side_by_side",
    "simulators",
}
PEERS = {
    "NEURON": "neuron",
    "CoreNEURON": "neuron",
    "Arbor": "arbor",
    "NEST": "nest",
}


def run(*arguments, cwd):
    ran = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout


def test_every_benchmark_is_known():
    found = {path.stem for path in FOLDER.glob("*.py")}
    assert found == set(SCRIPTS) | PARTS | {"calibration", "edits"}


def test_twenty_targets_are_reached_like_one(tmp_path):
    output = run(FOLDER / "calibration.py", "--quick", cwd=tmp_path)
    one, many = (float(line.split()[-1]) for line in output.splitlines())
    assert max(one, many) <= 1e-4


def test_edits_have_an_effect(tmp_path):
    """The script reads the values after the edits and raises where one is missing."""
    output = run(FOLDER / "edits.py", "--quick", "--here", cwd=tmp_path)
    for row in ("| 5 |", "4 parameters, 5 compartments", "4 receptors, a dendrite"):
        assert row in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_benchmark_compares_sides_that_do_the_same(name, tmp_path):
    given = ["--quick", "--target", "numpy"]
    if name != "pooling":  # one of them in the processes of a measurement
        given.append("--here")
    output = run(FOLDER / f"{name}.py", *given, cwd=tmp_path)
    assert SCRIPTS[name] in output
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """The folder that a quick run of all questions writes, and what it prints."""
    folder = tmp_path_factory.mktemp("answers")
    here = tmp_path_factory.mktemp("here")
    given = ("--quick", "--here", "--targets", "numpy", "--output", folder)
    output = run(FOLDER / "run.py", *given, cwd=here)
    assert list(here.iterdir()) == []
    return folder, output


def table_of(folder, question, index=0):
    stored = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    table = stored[question]["tables"][index]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def test_all_questions_are_answered_in_tables_and_a_figure(answers):
    folder, output = answers
    page = (folder / "README.md").read_text(encoding="utf-8")
    stored = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert list(stored) == QUESTIONS
    for each in stored.values():
        for table in each["tables"]:
            assert table["title"] in page
            assert table["title"] in output
    assert (folder / "results.png").read_bytes().startswith(b"\x89PNG")


def test_both_packages_simulate_the_same_cell(answers):
    """The script compares the rates of spikes and raises where they differ."""
    pytest.importorskip("dendrify")
    folder, _ = answers
    (row,) = table_of(folder, "dendrify")
    assert row["Dendrify (µs)"] > 0
    assert row["dendrisyn (µs)"] > 0
    (row,) = table_of(folder, "compartments")
    assert row["prepare: Dendrify (s)"] > 0
    names = [row["package"] for row in table_of(folder, "limit")]
    assert names == ["dendrify", "dendrisyn"]


def test_the_default_method_is_the_most_accurate_but_one_of_fourth_order(answers):
    """At 0.5 ms: the first order of euler is 20 times as far off."""
    folder, _ = answers
    rows = {row["method"]: row for row in table_of(folder, "accuracy")}
    assert rows["crank_nicolson"]["0.5 ms"] < 0.1 * rows["euler"]["0.5 ms"]


def test_other_simulators_agree_or_are_said_to_be_missing(answers):
    folder, output = answers
    rows = {row["side"]: row for row in table_of(folder, "simulators")}
    for name, module in PEERS.items():
        if find_spec(module) is None:
            assert f"{name} is not installed" in output
        elif name != "CoreNEURON":
            # Methods of first order at 0.1 ms, in PSPs of half a millivolt in 1 ms.
            assert rows[name]["V (mV)"] < 0.06


@pytest.mark.compiled
def test_the_loop_by_hand_does_the_same(answers):
    """The script raises where the final voltages differ."""
    assert "The loop ends at the somatic voltages of dendrisyn" in answers[1]


def test_what_is_not_installed_is_said(tmp_path):
    """Whatever is installed here: a run that finds none of the others."""
    code = f"""
import sys
sys.path.insert(0, {str(FOLDER)!r})
import run, side_by_side, simulators
run.find_spec = simulators.find_spec = lambda name: None
sys.argv = ["run.py", "--quick", "--here", "--targets", "numpy", "--only",
            "simulators", "first_run"]
run.main()
"""
    output = run("-c", code, cwd=tmp_path)
    for name in PEERS:
        assert f"{name} is not installed" in output
    assert "Dendrify is not installed" in output


def test_one_question_leaves_the_answers_to_others(answers, tmp_path):
    folder, _ = answers
    for name in ("README.md", "results.json"):
        copy(folder / name, tmp_path)
    before = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    edited = page.replace("# Results", "# Mine", 1) + "after\n"
    (tmp_path / "README.md").write_text(edited, encoding="utf-8")
    given = ("--quick", "--here", "--targets", "numpy", "--output", tmp_path)
    run(FOLDER / "run.py", *given, "--only", "first_run", cwd=tmp_path)
    after = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert {k: v for k, v in after.items() if k != "first_run"} == {
        k: v for k, v in before.items() if k != "first_run"
    }
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert page.startswith("# Mine")
    assert page.endswith("after\n")


def test_the_page_holds_the_stored_results(tmp_path):
    """``--report`` makes the tables of the page again: they are those of the file."""
    for name in ("README.md", "results.json"):
        copy(FOLDER / name, tmp_path)
    run(FOLDER / "run.py", "--report", "--output", tmp_path, cwd=tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == (
        FOLDER / "README.md"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("measured", "limit", "at_least", "verdict"),
    [
        (4.1, 4, True, "yes"),
        (3.9, 4, True, "**no**"),
        (1.2, 1.3, False, "yes"),
        (1.4, 1.3, False, "**no**"),
    ],
)
def test_targets_say_whether_they_are_reached(measured, limit, at_least, verdict):
    sys.path.insert(0, str(FOLDER))
    try:
        from report import Target
    finally:
        sys.path.remove(str(FOLDER))
    assert Target("", measured, limit, at_least).row[-1] == verdict
