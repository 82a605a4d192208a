"""Sphinx: pages as they are built, see `site_text`."""

import dataclasses
import re

from brian2 import Quantity
from docutils import nodes
from site_text import with_contents, with_reference
from sphinx import addnodes


def read(app, docname, source):
    """Add what follows from a page to its text."""
    source[0] = with_reference(source[0])
    if docname.split("/")[-1] == "index":
        source[0] = with_contents(source[0])


def written(value):
    """Return a default as a user would write it."""
    if isinstance(value, Quantity):
        number, _, unit = str(value).partition(" ")
        return f"{number.removesuffix('.')}*{unit}" if unit else number
    return repr(value)


def signature(app, what, name, obj, options, text, returns):
    """Write the defaults of dataclasses out, instead of ``<factory>``."""
    if what != "class" or not dataclasses.is_dataclass(obj) or text is None:
        return None
    for each in dataclasses.fields(obj):
        if each.default_factory is not dataclasses.MISSING:
            value = written(each.default_factory())
            text = re.sub(rf"\b{each.name}=<factory>", f"{each.name}={value}", text)
    return text, returns


def docstring(app, what, name, obj, options, lines):
    """Make links of sources, and stars of the stars in the shapes of arrays."""
    for number, line in enumerate(lines):
        if "``" not in line and not line.lstrip().startswith((">>>", "...")):
            line = re.sub(r"(?<=\()\*(?=\w)", r"\\*", line)
        link = r"`doi:\1 <https://doi.org/\1>`__"
        lines[number] = re.sub(r"doi:(10\.\S+\w)", link, line)


def shortened(app, doctree):
    """Leave the name of the package out of the titles of entries."""
    for node in list(doctree.findall(addnodes.desc_addname)):
        rest = node.astext().removeprefix("dendrisyn.")
        node.children = [nodes.Text(rest)]
        if not rest:
            node.parent.remove(node)


def setup(app):
    """Connect this extension to Sphinx."""
    app.connect("source-read", read)
    app.connect("doctree-read", shortened)
    # before numpydoc changes them
    app.connect("autodoc-process-docstring", docstring, priority=400)
    app.connect("autodoc-process-signature", signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
