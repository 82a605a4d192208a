"""Make notebooks of example scripts, which stay the only source.

A script is cut where it says ``# %%`` (code) or ``# %% [markdown]`` (text in comments).
What a reader tries on the way is a comment in the script, and code in the notebook:
``# %% tags=["active-ipynb"]``.
Its docstring becomes the first cell, and what `main` does the last one, which shows the
figure instead of writing it. A notebook carries the outputs of a fresh kernel; making
it again gives the same file.

Run with: python examples/notebooks/make.py [name ...]
"""

import ast
import configparser
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NOTEBOOKS = (
    "first_neuron",
    "synapses_and_nmda",
    "dendritic_spikes",
    "calibrate_to_data",
    "dendritic_stdp",
    "first_network",
    "stdp_window",
    "pairing_frequency",
    "btsp",
    "competing_dendrites",
)
HERE = Path(__file__).resolve().parent
SETTINGS = configparser.ConfigParser()
SETTINGS.read(HERE.parents[1] / "setup.cfg", encoding="utf-8")
#: The address of the repository, such as ``https://host/owner/name``.
REPOSITORY = re.search(r"https://\S+", SETTINGS["metadata"]["project_urls"])[0]

INSTALL = f"""\
from importlib.util import find_spec

if find_spec("dendrisyn") is None:
    %pip install -q "dendrisyn[plot] @ git+{REPOSITORY}\""""
PREFERENCES = """\
from brian2 import prefs

prefs.codegen.target = "numpy"  # compiling takes longer than these simulations"""
METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def path(name):
    """Return the path of a notebook."""
    return HERE / f"{name}.ipynb"


def make(name):
    """Return the notebook of a script, without outputs."""
    script = (HERE.parent / f"{name}.py").read_text(encoding="utf-8")
    docstring, *statements = ast.parse(script).body
    (main,) = (each for each in statements if getattr(each, "name", "") == "main")
    lines = script.splitlines()
    body = "\n".join(lines[docstring.end_lineno : main.lineno - 1])
    cells = [
        title_page(name, ast.literal_eval(docstring.value)),
        new_code_cell(INSTALL),
        new_code_cell(PREFERENCES),
        *jupytext.reads(without_unused(body), fmt="py:percent").cells,
        new_markdown_cell("## Run it"),
        last_cell(name, lines, main),
    ]
    for cell in cells:
        cell.source = cell.source.strip("\n")
    cells = [cell for cell in cells if cell.source]
    for number, cell in enumerate(cells):
        cell.metadata = nbformat.from_dict({})
        cell.id = f"cell-{number}"  # the default is random
    return new_notebook(cells=cells, metadata=METADATA)


def title_page(name, docstring):
    """Return the first cell: the docstring, and where to find the example."""
    title, _, text = docstring.partition("\n")
    text = re.sub(r"\n*^Run with: .*\n*", "", text, flags=re.MULTILINE)
    place = f"blob/main/examples/notebooks/{name}.ipynb"
    colab = REPOSITORY.replace("//github.com/", "//colab.research.google.com/github/")
    links = (
        f"[Open in Colab]({colab}/{place}) | "
        f"[The script]({REPOSITORY}/blob/main/examples/{name}.py)"
    )
    return new_markdown_cell(f"# {title.rstrip('.')}\n\n{links}\n\n{text.strip()}")


def without_unused(body):
    """Return the body without the imports that only scripts need."""
    for name, pattern in {
        "sys": r"^import sys\n",
        "prefs": r"^    prefs,\n|\bprefs, |, prefs\b",
    }.items():
        if len(re.findall(rf"\b{name}\b", body)) == 1:
            body = re.sub(pattern, "", body, flags=re.MULTILINE)
    return body


def last_cell(name, lines, main):
    """Return the cell that does what *main* does, but shows the figure."""
    *statements, last = main.body
    if ast.unparse(last) != "plot(results).savefig(path, dpi=120)":
        raise ValueError(
            f"{name}.py: main must end with plot(results).savefig(path, dpi=120), "
            f"got {ast.unparse(last)}"
        )
    first = 1 if ast.get_docstring(main) else 0
    code = lines[statements[first].lineno - 1 : last.lineno - 1]
    dedented = "\n".join(each.removeprefix("    ") for each in code)
    return new_code_cell(f"{dedented}\nplot(results);")


def execute(notebook):
    """Run a notebook from top to bottom in a fresh kernel, which keeps outputs in it.

    The kernel is that of this interpreter, whatever else is installed; it runs in an
    empty folder, with the user's settings of IPython and matplotlib left out.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        client = NotebookClient(
            notebook,
            km=AsyncKernelManager(
                kernel_name="python3",
                kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            ),
            timeout=300,
            record_timing=False,
            coalesce_streams=True,
            # Nobody else listens: no need to be told that nothing is encrypted.
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": folder}},
        )
        environment = {
            key: value for key, value in os.environ.items() if key != "MPLBACKEND"
        }
        client.execute(
            env={**environment, "IPYTHONDIR": folder, "MPLCONFIGDIR": folder}
        )
    notebook.metadata = nbformat.from_dict(METADATA)


def main(*names):
    """Write the notebooks of these scripts, all if none is named."""
    for name in names or NOTEBOOKS:
        notebook = make(name)
        execute(notebook)
        nbformat.validate(notebook)
        nbformat.write(notebook, path(name))
        print(f"{path(name).name}: {path(name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
