"""Every page of the documentation: its code runs, its links lead somewhere.

The Python blocks of a page are run in their order, in one namespace. Comments in the
page say more about the block that follows::

    <!-- raises: UnitError -->       the block must raise this error
    <!-- warns: NumericsWarning --> it must warn so

A ``text`` block right after a Python block is what it prints, or the error that it
raises; ``...`` in it stands for anything. What else a page says is checked by a
function of its own, see CHECKS.
"""

import builtins
import contextlib
import io
import re
import warnings
from itertools import zip_longest
from typing import NamedTuple

import pytest
from helpers import (
    integration_pages,
    measure_pages,
    passive_pages,
    plasticity_pages,
    playground_pages,
    plotting_pages,
    project_pages,
    site_checks,
    speed_pages,
    sweep_pages,
    synapse_pages,
)
from helpers.page_checks import ROOT, collected

import dendrisyn

DOCS = {page.stem: page for page in sorted((ROOT / "docs").glob("*.md"))}
HOWTO = {
    f"howto/{page.stem}": page for page in sorted((ROOT / "docs/howto").glob("*.md"))
}
CHECKS = collected(
    integration_pages,
    measure_pages,
    passive_pages,
    plasticity_pages,
    playground_pages,
    plotting_pages,
    project_pages,
    site_checks,
    speed_pages,
    sweep_pages,
    synapse_pages,
)
PAGES = {**DOCS, **HOWTO, "README": ROOT / "README.md"}

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"<!-- (raises|warns): (\w+) -->\n\Z")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A block of Python in a page."""

    line: int
    code: str
    expected: str | None  # what it prints
    raises: str | None
    warns: str | None


def blocks(text):
    """Return the Python blocks of a page."""
    fences = list(FENCE.finditer(text))
    found = []
    for here, after in zip_longest(fences, fences[1:]):
        if here[1] != "python":
            continue
        mark = MARK.search(text, 0, here.start())
        kind, name = mark.groups() if mark else (None, None)
        output = (
            after is not None
            and after[1] == "text"
            and not text[here.end() : after.start()].strip()
        )
        found.append(
            Block(
                text.count("\n", 0, here.start()) + 2,
                here[2],
                after[2].strip() if output else None,
                name if kind == "raises" else None,
                name if kind == "warns" else None,
            )
        )
    return found


def named(name):
    """Return an error or a warning of dendrisyn or of Python."""
    return getattr(dendrisyn, name, None) or getattr(builtins, name)


def run(block, page, namespace):
    """Run a block and return what it prints or the error that it raises."""
    # Its lines have the numbers that they have in the page.
    code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("error", dendrisyn.NumericsWarning)
        if block.raises:
            with pytest.raises(named(block.raises)) as caught:
                exec(code, namespace)
            assert caught.type.__name__ == block.raises
            print(f"{block.raises}: {caught.value}")
        elif block.warns:
            with pytest.warns(named(block.warns)) as caught:
                exec(code, namespace)
            for each in caught:
                if each.category is named(block.warns):
                    print(f"{block.warns}: {each.message}")
        else:
            exec(code, namespace)
    return "\n".join(map(str.rstrip, printed.getvalue().strip().splitlines()))


def same(printed, expected):
    """Whether this is printed, where ``...`` stands for anything."""
    parts = map(re.escape, expected.split("..."))
    return re.fullmatch(".*".join(parts), printed, re.DOTALL) is not None


@pytest.fixture(autouse=True)
def without_display():
    """Draw into memory."""
    plt = pytest.importorskip("matplotlib.pyplot")
    backend = plt.get_backend()
    plt.switch_backend("Agg")
    yield
    plt.close("all")
    plt.switch_backend(backend)


@pytest.mark.parametrize("name", PAGES)
def test_code_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = PAGES[name]
    text = page.read_text(encoding="utf-8")
    namespace = {"__name__": "__main__"}
    for block in blocks(text):
        printed = run(block, page.name, namespace)
        if block.expected is not None:
            assert same(printed, block.expected), f"line {block.line}: {printed}"
    if name in CHECKS:
        CHECKS[name](text, namespace)


def anchors(text):
    """Return the anchors that a code host gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", re.sub(FENCE, "", text), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    page = PAGES[name]
    text = re.sub(FENCE, "", page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert target.is_relative_to(ROOT), f"{page.name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("name", PAGES)
def test_fences_are_closed_and_marks_belong_to_a_block(name):
    text = PAGES[name].read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(FENCE.findall(text))
    marked = [each for each in blocks(text) if each.raises or each.warns]
    assert len(re.findall(r"<!-- (?:raises|warns):", text)) == len(marked)


def test_every_page_has_a_check():
    assert DOCS
    assert set(CHECKS) == {*DOCS, *HOWTO} - {"howto/index"}


def test_a_block_that_is_wrong_is_found():
    text = "<!-- raises: UnitError -->\n```python\nx = 1\n```\n"
    (block,) = blocks(text)
    assert block.line == 3
    with pytest.raises(pytest.fail.Exception):
        run(block, "page", {})
    (block,) = blocks("```python\nprint(2)\n```\n\n```text\n3\n```\n")
    assert not same(run(block, "page", {}), block.expected)
    assert same("there is no x. Did you mean y?", "there is no x. ...")
