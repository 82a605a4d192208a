"""Every page of the documentation: its code runs, its links lead somewhere.

The Python blocks of a page are run in their order, in one namespace. Comments in the
page say more about the block that follows::

    <!-- raises: UnitError -->       the block must raise this error
    <!-- warns: NumericsWarning --> it must warn so

A ``text`` block right after a Python block is what it prints, or the error that it
raises; ``...`` in it stands for anything. What else a page says is checked by a
function of its own, see CHECKS.
"""

import ast
import builtins
import contextlib
import inspect
import io
import re
import warnings
from itertools import zip_longest
from typing import NamedTuple

import pytest
from brian2 import ms, mV
from helpers import (
    integration_pages,  # noqa: F401 - registers the checks of its pages
    measure_pages,  # noqa: F401
    passive_pages,  # noqa: F401
    plasticity_pages,  # noqa: F401
    playground_pages,  # noqa: F401
    plotting_pages,  # noqa: F401
    site_checks,  # noqa: F401
    speed_pages,  # noqa: F401
    sweep_pages,  # noqa: F401
    synapse_pages,  # noqa: F401
)
from helpers.page_checks import CHECKS, ROOT, checks

import dendrisyn

DOCS = {page.stem: page for page in sorted((ROOT / "docs").glob("*.md"))}
HOWTO = {
    f"howto/{page.stem}": page for page in sorted((ROOT / "docs/howto").glob("*.md"))
}
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


# -- what the pages say ------------------------------------------------------------


@checks
def index(text, namespace):
    """It lists every page."""
    links = {link for link in LINK.findall(text) if link.endswith(".md")}
    assert {f"{name}.md" for name in set(DOCS) - {"index"}} <= links


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


def imports(path):
    """Return the rooms that a module imports."""
    package = path.parent.name != "dendrisyn"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1 + package:
            names = [each.name for each in node.names]
            yield from [node.module.split(".")[0]] if node.module else names


@checks
def design(text, namespace):
    """The rooms are those of the package, each imports only those above it."""
    rooms = re.findall(r"^\| `(\w+)(?:\.py|/)` \|", text, re.MULTILINE)
    source = ROOT / "dendrisyn"
    modules = {path.stem for path in source.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in source.glob("*/__init__.py")}
    assert set(rooms) == modules | packages
    assert len(rooms) == len(set(rooms))
    for path in (*source.glob("*.py"), *source.glob("*/*.py")):
        if path == source / "__init__.py":
            continue
        room = path.stem if path.parent == source else path.parent.name
        above = rooms[: rooms.index(room)]
        assert set(imports(path)) <= set(above), path


@checks
def changelog(text, namespace):
    """It knows the version."""
    assert f"## {dendrisyn.__version__} " in text
