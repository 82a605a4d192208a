"""Every notebook is what its script makes, runs by itself, and carries its outputs."""

import importlib.util
import re
import sys
import tempfile
import time
from copy import deepcopy
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient.exceptions import CellExecutionError
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "notebooks"


def load():
    """Return the tool that makes notebooks."""
    spec = importlib.util.spec_from_file_location("make_notebooks", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load()
EACH = pytest.mark.parametrize("name", TOOL.NOTEBOOKS)

#: A path of a machine, but not of a web address or of the repository.
MACHINE = re.compile(
    r"(?<![\w./-])/(home|Users|root|tmp|var|opt|usr|mnt|content)/|\b[A-Z]:\\|file://"
)


@cache
def stored(name):
    return nbformat.read(TOOL.path(name), as_version=4)


def bare(notebook):
    """Return a copy without outputs."""
    copy = deepcopy(notebook)
    for cell in codes(copy):
        cell.outputs, cell.execution_count = [], None
    return copy


@cache
def executed(name):
    """Return the notebook run anew, and how long that took (second)."""
    notebook = bare(stored(name))
    start = time.monotonic()
    TOOL.execute(notebook)
    return notebook, time.monotonic() - start


def codes(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(given):
    """Return the outputs of a notebook, or of one of its cells."""
    cells = [given] if "outputs" in given else codes(given)
    return [output for cell in cells for output in cell.outputs]


def printed(notebook):
    return [each.text for each in outputs(notebook) if each.output_type == "stream"]


def images(given):
    found = [each.get("data", {}).get("image/png") for each in outputs(given)]
    return [each for each in found if each]


def assert_carries_outputs(notebook):
    """Raise unless all cells were run, in order, without complaint, with figures."""
    counts = [cell.execution_count for cell in codes(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    kinds = {each.get("name", each.output_type) for each in outputs(notebook)}
    assert kinds == {"stdout", "display_data"}
    # A cell that ends in a semicolon, and no other, shows a figure: the last one does.
    drawn = [cell.source.endswith(";") for cell in codes(notebook)]
    assert drawn[-1]
    for cell, draws in zip(codes(notebook), drawn, strict=True):
        assert len(images(cell)) == draws
    *small, last = images(notebook)
    assert min(map(len, small), default=np.inf) > 12_000  # an empty figure has 5 kB
    assert len(last) > 40_000


def test_none_is_missing_or_forgotten():
    assert {each.stem for each in FOLDER.glob("*.ipynb")} == set(TOOL.NOTEBOOKS)


@EACH
def test_is_what_the_script_makes(name):
    assert bare(stored(name)) == TOOL.make(name), f"run {FOLDER.name}/make.py {name}"
    nbformat.validate(stored(name))


@EACH
def test_runs_in_a_fresh_kernel_in_a_minute(name):
    notebook, seconds = executed(name)
    assert_carries_outputs(notebook)
    assert seconds < 60


@EACH
def test_carries_its_outputs(name):
    assert_carries_outputs(stored(name))
    # What it says today is what it said when it was made.
    assert printed(stored(name)) == printed(executed(name)[0])
    assert TOOL.path(name).stat().st_size < 300_000


@EACH
def test_names_no_machine(name):
    notebook = stored(name)
    shown = [each.get("data", {}).get("text/plain", "") for each in outputs(notebook)]
    sources = [cell.source for cell in notebook.cells]
    text = "\n".join([*sources, *printed(notebook), *shown])
    assert not MACHINE.search(text)
    for folder in [ROOT, sys.prefix, tempfile.gettempdir()]:
        assert str(folder) not in text
    assert notebook.metadata == TOOL.METADATA
    assert all(cell.metadata == {} for cell in notebook.cells)


@pytest.mark.parametrize("path", ["/home/me/x", "see /var/x.png", "C:\\x", "file:///x"])
def test_machine_paths_are_recognised(path):
    assert MACHINE.search(path)


@EACH
@pytest.mark.parametrize("installed", [True, False])
def test_first_cell_installs_from_the_repository(name, installed, monkeypatch):
    asked = []

    class Shell:
        def run_line_magic(self, *arguments, **_):
            asked.append(arguments)

    first, second = codes(stored(name))[:2]
    if not installed:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    code = TransformerManager().transform_cell(first.source)
    exec(code, {"get_ipython": Shell})
    assert len(asked) == (not installed)
    for magic, line in asked:
        assert magic == "pip"
        command, requirement = re.fullmatch(r'(install -q) "(.*)"', line).groups()
        assert command == "install -q"
        requirement = Requirement(requirement)
        assert (requirement.name, requirement.extras) == ("dendrisyn", {"plot"})
        assert requirement.url == f"git+{TOOL.REPOSITORY}"
    assert 'prefs.codegen.target = "numpy"' in second.source


SCRIPT = '''\
"""A title.

What it shows.

Run with: python examples/x.py [figure.png]
"""

# %%
import sys

from brian2 import ms, prefs

# %% [markdown]
# ## A section

# %% tags=["active-ipynb"]
# print(3 * ms)


# %%
def simulate():
    """Return a time."""
    return 3 * ms


# %%
def main(path="x.png"):
    """Print it."""
    results = simulate()
    print(results)
    {last}


if __name__ == "__main__":
    prefs.codegen.target = "numpy"
    main(*sys.argv[1:2])
'''


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes a script of its own, with a last line of main."""
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(TOOL, "HERE", tmp_path / "notebooks")
    return lambda last: (tmp_path / "x.py").write_text(SCRIPT.format(last=last))


def test_a_script_is_cut_at_its_marks(write):
    write("plot(results).savefig(path, dpi=120)")
    notebook = TOOL.make("x")
    title, install, target, *cells = notebook.cells
    assert title.source.startswith("# A title\n\n[Open in Colab](https://colab.")
    assert title.source.endswith("\n\nWhat it shows.")
    assert (install.source, target.source) == (TOOL.INSTALL, TOOL.PREFERENCES)
    assert [(each.cell_type, each.source) for each in cells] == [
        ("code", "from brian2 import ms"),
        ("markdown", "## A section"),
        ("code", "print(3 * ms)"),
        ("code", 'def simulate():\n    """Return a time."""\n    return 3 * ms'),
        ("markdown", "## Run it"),
        ("code", "results = simulate()\nprint(results)\nplot(results);"),
    ]
    assert notebook == TOOL.make("x")  # ids, too


def test_a_main_that_ends_otherwise_is_refused(write):
    write("print('done')")
    with pytest.raises(ValueError, match="main must end with plot"):
        TOOL.make("x")


def test_an_error_of_a_cell_is_an_error(write):
    write("plot(results).savefig(path, dpi=120)")
    notebook = TOOL.make("x")  # there is no plot
    with pytest.raises(CellExecutionError, match="name 'plot' is not defined"):
        TOOL.execute(notebook)
