"""What of the site follows from its pages and from the package, as text.

Pages are plain Markdown, which code hosts show as well. Two things are added when the
site is built:

* An ``index.md`` is a table of contents, by its sections and their links to pages.
* A block ``public`` lists names of the package. It becomes their reference.

Nothing here needs Sphinx, so tests can ask the same questions.
"""

import importlib
import inspect
import re
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType

import dendrisyn

DOCS = Path(__file__).resolve().parents[1]

METHODS = (cached_property, classmethod, property, staticmethod)

FENCE = re.compile(r"^(```+)(.*?)\n(.*?)^\1\n", re.MULTILINE | re.DOTALL)
PUBLIC = re.compile(r"^```\{public\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()[^)\s]+(?=\))")


def links(text):
    """Return the links of a page, in their order, without those in code."""
    return LINK.findall(FENCE.sub("", text))


def contents(text):
    """Return what an index page lists: captions, each with its pages."""
    found, seen = [], set()
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        title = section.split("\n", 1)[0].strip()
        caption = "" if title.startswith("#") else title
        pages = []
        for link in links(section):
            path = link.partition("#")[0]
            inner = path.endswith(".md") and not path.startswith(("..", "http"))
            if inner and path not in seen:
                seen.add(path)
                pages.append(path.removesuffix(".md"))
        if pages:
            found.append((caption, pages))
    return found


def with_contents(text):
    """Return an index page with its hidden tables of contents."""
    for caption, pages in contents(text):
        title = [f":caption: {caption}"] if caption else []
        lines = ["```{toctree}", ":hidden:", *title, "", *pages, "```"]
        text += "\n" + "\n".join(lines) + "\n"
    return text


def listed(text):
    """Return the names that the ``public`` blocks of a page list."""
    return [name for block in PUBLIC.findall(text) for name in block.split()]


@cache
def shown():
    """Return every object that the reference shows, by its name."""
    names = [
        name
        for page in sorted((DOCS / "api").glob("*.md"))
        for name in listed(page.read_text(encoding="utf-8"))
    ]
    return {each: find(each) for name in names for each in (name, *members_of(name))}


def find(name):
    """Return the object of the package that a name, dotted or not, stands for."""
    thing = dendrisyn
    for part in name.split("."):
        if isinstance(thing, ModuleType) and not hasattr(thing, part):
            importlib.import_module(f"{thing.__name__}.{part}")
        thing = getattr(thing, part)
    return thing


def own_methods(cls, others):
    """Return the methods and properties that the entry of a class shows.

    Those that a base class in *others* shows as well are left to it, unless the class
    documents them anew.
    """
    bases = [each for each in others if each in cls.__mro__[1:]]
    names = []
    for name in dir(cls):
        if name.startswith("_"):
            continue
        owner = next(each for each in cls.__mro__ if name in vars(each))
        value = inspect.getattr_static(cls, name)
        method = isinstance(value, METHODS) or inspect.isfunction(value)
        if not method or not owner.__module__.startswith("dendrisyn"):
            continue
        anew = owner is cls and value.__doc__
        if anew or not any(hasattr(base, name) for base in bases):
            names.append(name)
    return names


def comment(name):
    """Return the ``#:`` comment of a public constant."""
    line = re.compile(rf"((?:^#:.*\n)+){name}\b[^\n]* = ", re.MULTILINE)
    for path in sorted(Path(dendrisyn.__file__).parent.rglob("*.py")):
        if found := line.search(path.read_text(encoding="utf-8")):
            return [each[2:].strip() for each in found[1].splitlines()]
    raise LookupError(f"no #: comment documents {name}")


def members_of(name):
    """Return the public names of a module that is itself a public name."""
    module = find(name)
    names = module.__all__ if isinstance(module, ModuleType) else ()
    return [f"{name}.{each}" for each in names]


def indented(lines):
    """Return lines as the content of a directive."""
    return [f"   {line}" for line in lines]


def entry(name, others):
    """Return the reference of one name, in reStructuredText."""
    thing = find(name)
    path = f"dendrisyn.{name}"
    if isinstance(thing, ModuleType):
        parts = [line for each in members_of(name) for line in entry(each, others)]
        return [f".. automodule:: {path}", "   :no-index:", "", *parts]
    if inspect.isclass(thing):
        options = []
        if methods := own_methods(thing, others):
            options.append(f":members: {', '.join(methods)}")
        if set(thing.__bases__) & others:
            options.append(":show-inheritance:")
        return [f".. autoclass:: {path}", *indented(options), ""]
    if inspect.isfunction(thing):
        return [f".. autofunction:: {path}", ""]
    return [f".. py:data:: {name}", "", *indented(comment(name.split(".")[-1])), ""]


def reference(names):
    """Return the reference of some names: a table, and an entry for each."""
    others = {each for each in shown().values() if inspect.isclass(each)}
    rows = [
        each
        for name in names
        for each in (members_of(name) or [name])
        if callable(find(each))
    ]
    table = []
    if len(rows) > 1:
        table = [".. autosummary::", "   :nosignatures:", ""]
        table += [*indented(rows), ""]
    entries = [line for name in names for line in entry(name, others)]
    lines = [".. py:currentmodule:: dendrisyn", "", *table, *entries]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def with_reference(text):
    """Return a page with the reference of what its ``public`` blocks list."""
    return PUBLIC.sub(lambda block: reference(block[1].split()), text)
