"""What the general pages say beside their code."""

import inspect
import re

import pytest
from brian2 import ms, mV
from test_architecture import ROOMS

import dendrisyn
from helpers.page_checks import ROOT, checks


@checks
def index(text, namespace):
    """It lists every page."""
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")}
    links = {
        link
        for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text)
        if link.endswith(".md")
    }
    assert {f"{name}.md" for name in pages - {"index"}} <= links


@checks
def getting_started(text, namespace):
    """The cell of the page does what the page says."""
    driven, silent = namespace["voltages"].V_dend[1], namespace["voltages"].V_dend[0]
    assert driven.max() > 0 * mV
    # 1e-9 mV: rounding
    assert abs(silent - -65 * mV).max() < 1e-9 * mV
    assert "-e '.[plot]'" in text


@checks
def concepts(text, namespace):
    """Each name of the table of names exists in the model of the page."""
    model = namespace["everything"]
    known = {each.name for each in model.structure.equations.values()}
    known |= set(model.parameters) | set(model.events)
    section = text.split("## Names of variables")[1].split("\n## ")[0]
    rows = [row.split("|")[2] for row in section.splitlines() if row.startswith("| ")]
    names = {name for row in rows[1:] for name in re.findall(r"`(\w+)`", row)}
    assert len(names) > 50
    assert not names - known
    # and the other way: the table leaves nothing out
    assert not known - names


@checks
def migrating(text, namespace):
    """Every public name of dendrisyn that the page mentions exists."""
    for name in re.findall(r"`dendrisyn\.(\w+)", text):
        assert hasattr(dendrisyn, name)
    # 2 ms and an offset of 0.3 ms at 0.1 ms, as Dendrify does it; see also peers/
    old = namespace["old"].parameters
    assert old["offset_fall_Na_dend"] / ms == pytest.approx(0.2)
    assert old["duration_fall_Na_dend"] / ms == pytest.approx(2.1)
    assert "Playground(model)" in text
    assert "model" in inspect.signature(dendrisyn.Playground).parameters


@checks
def design(text, namespace):
    """The table of rooms is the plan of the tests, and functions are in their files."""
    rooms = re.findall(r"^\| `(\w+)(?:\.py|/)` \|", text, re.MULTILINE)
    assert rooms == ROOMS
    for function, where in re.findall(
        r"^\| \d+ \| `(\w+)` \| `([^`]+)` \|", text, re.M
    ):
        source = (ROOT / "dendrisyn" / where).read_text(encoding="utf-8")
        assert re.search(rf"def {function}\b", source), where
    for path in re.findall(r"`(\w+/\w+\.py)`", text):
        assert (ROOT / "dendrisyn" / path).exists() or (ROOT / path).exists(), path


@checks
def decisions(text, namespace):
    """Files and classes that it names exist."""
    for path in re.findall(r"`(dendrisyn/\w+\.py)`", text):
        assert (ROOT / path).exists(), path
    for name in ("Equation", "SynapticFragment", "Pathway"):
        assert f"`{name}`" in text
        assert hasattr(dendrisyn.extend, name)


@checks
def changelog(text, namespace):
    """It knows the version."""
    assert f"## {dendrisyn.__version__} " in text
