"""Check of the page on plotting: its table, arguments and files."""

import inspect
import re

import dendrisyn.plotting
from dendrisyn.plotting import style
from helpers.page_checks import ROOT, checks


@checks
def plotting(text, namespace):
    """The table has all functions, and all of them have the argument `ax`."""
    rows = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(rows) == sorted(dendrisyn.plotting.__all__)
    for name in rows:
        assert "ax" in inspect.signature(getattr(dendrisyn.plotting, name)).parameters
    (extra,) = re.findall(r"pip install 'dendrisyn\[(\w+)\]'", text)
    assert f"\n{extra} =\n" in (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert "dendrisyn/plotting/style.py" in text
    assert "Okabe" in inspect.getsource(style)
