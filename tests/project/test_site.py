"""The site: what is listed, what is documented, and what is up to date.

Nothing is built here; continuous integration builds the site, with warnings as errors.
"""

import dataclasses
import inspect
import re
import subprocess
import sys
from functools import cached_property

import pytest
from helpers.page_checks import ROOT

import dendrisyn
from dendrisyn.equations.mechanism import Mechanism
from dendrisyn.mechanisms.membranes import Membrane
from dendrisyn.plasticity import LongTermPlasticity
from dendrisyn.plasticity.short_term import ShortTermPlasticity
from dendrisyn.synapses import Kinetics, Output
from dendrisyn.units import dimensions_of

sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import catalogue
import site_text

DOCS = ROOT / "docs"
PAGES = {
    path.relative_to(DOCS).with_suffix("").as_posix(): path
    for path in sorted(DOCS.rglob("*.md"))
    if not path.relative_to(DOCS).parts[0].startswith("_")
}
PUBLIC = {
    each: site_text.find(each)
    for name in dendrisyn.__all__
    for each in (name, *site_text.members_of(name))
}
CLASSES = {name: each for name, each in PUBLIC.items() if inspect.isclass(each)}
#: What has no model in it: tools, and what users make.
TOOLS = {
    "AboveThreshold",
    "CustomMembrane",
    "FilteredVoltage",
    "ThresholdCrossing",
    "TraceSTDP",
}
MODELS = (
    Kinetics,
    LongTermPlasticity,
    Mechanism,
    Membrane,
    Output,
    ShortTermPlasticity,
)


def read(page):
    return PAGES[page].read_text(encoding="utf-8")


# -- what is listed ----------------------------------------------------------------


def test_every_page_is_in_one_table_of_contents():
    listed = ["index"]
    for index in (page for page in PAGES if page.endswith("index")):
        folder = index.removesuffix("index")
        for _, pages in site_text.contents(read(index)):
            listed += [folder + page for page in pages]
    assert sorted(listed) == sorted(PAGES)


def anchors(page):
    """Return the anchors that code hosts, and MyST, give to the headings of a page."""
    headings = re.findall(
        r"^#+ (.+)$", site_text.FENCE.sub("", read(page)), re.MULTILINE
    )
    return {
        re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings
    }


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_somewhere(page):
    for link in site_text.links(read(page)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (PAGES[page].parent / path).resolve() if path else PAGES[page]
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            name = target.relative_to(DOCS).with_suffix("").as_posix()
            assert anchor in anchors(name), link


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_title(page):
    titles = re.findall(r"^# .+$", site_text.FENCE.sub("", read(page)), re.MULTILINE)
    assert len(titles) == 1


def test_a_how_to_page_answers_a_question():
    """Its title is the question that the list of pages asks, or begins with it."""
    asked = dict(
        reversed(row)
        for row in re.findall(
            r"^\| (.+\?) \| \[.+\]\((.+)\.md\) \|$", read("howto/index"), re.MULTILINE
        )
    )
    pages = {
        page.removeprefix("howto/") for page in PAGES if page.startswith("howto/")
    } - {"index"}
    assert set(asked) == pages
    for page, question in asked.items():
        title = re.search("^# (.+)$", read(f"howto/{page}"), re.MULTILINE)[1]
        assert question.replace("`", "").startswith(title)


# -- what is documented ------------------------------------------------------------


def names_of_reference():
    return [
        name
        for page in PAGES
        if page.startswith("api/")
        for name in site_text.listed(read(page))
    ]


def test_every_public_name_is_in_the_reference_once():
    names = names_of_reference()
    assert set(PUBLIC) <= site_text.shown().keys()
    assert len(names) == len(set(names))


def shown_members(name):
    """Return the methods that the entry of a class names, as it is written."""
    found = re.search(r":members: (.+)", site_text.reference([name]))
    return found[1].split(", ") if found else []


def test_every_method_is_in_the_reference():
    entries = {
        thing: shown_members(name)
        for name, thing in site_text.shown().items()
        if inspect.isclass(thing)
    }
    for cls in CLASSES.values():
        expected = {
            member
            for member, value in inspect.getmembers(cls)
            if not member.startswith("_")
            and (
                inspect.isroutine(value)
                or isinstance(value, (cached_property, property))
            )
            and getattr(value, "__module__", "dendrisyn").startswith("dendrisyn")
            and not hasattr(Exception, member)
        }
        shown = {each for base in cls.__mro__ for each in entries.get(base, ())}
        assert expected - shown <= {"get", "items", "keys", "values"}, cls


def parameters(doc):
    """Return the arguments of a docstring, each with its type and its meaning."""
    found = re.search(r"^Parameters\n-+\n(.*?)(?=^\w+\n-+$|\Z)", doc, re.M | re.S)
    entries = {}
    for entry in re.split(r"\n(?=\S)", found[1]) if found else ():
        head, _, meaning = entry.partition("\n")
        names, _, kind = head.partition(" : ")
        for name in names.split(", "):
            entries[name.strip("*")] = kind, " ".join(meaning.split())
    return entries


def units(text):
    """Return the dimensions that the brackets of a text name."""
    found = set()
    for bracket in re.findall(r"\(((?:[^()]|\([^()]*\))+)\)", text):
        for part in re.split(r";|:|,| or | and | in ", bracket):
            try:
                found.add(dimensions_of(part.strip()))
            except Exception:  # no unit, whatever Brian2 says of it
                continue
    return found


@pytest.mark.parametrize("name", PUBLIC)
def test_a_docstring_gives_the_units_of_its_parameters(name):
    thing = PUBLIC[name]
    if not callable(thing):
        return
    documented = parameters(inspect.getdoc(thing))
    for argument, (kind, meaning) in documented.items():
        if kind.startswith("Quantity") and argument != "unit":
            assert units(meaning), f"{argument}: {meaning}"
    if dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            spec = field.metadata.get("spec")
            if spec is not None and spec.unit != "1":
                meaning = documented[field.name][1]
                assert spec.dimensions in units(meaning), f"{field.name}: {meaning}"


@pytest.mark.parametrize(
    "name",
    sorted(
        {name for name, each in CLASSES.items() if issubclass(each, MODELS)} - TOOLS
    ),
)
def test_a_scientific_model_names_its_source(name):
    sources = catalogue.sources(CLASSES[name])
    assert sources
    for source in sources:
        assert "doi:10." in source or "MIT Press" in source


def test_units_are_read_from_brackets():
    volt, siemens = dimensions_of("volt"), dimensions_of("siemens")
    assert units("A voltage (volt), 2 mV.") == {volt}
    assert units("Leak (siemens; or siemens/volt, times one).") >= {siemens}
    assert units("What is given (in any way).") == set()
    assert units("A rate (1/(volt*second)).") == {dimensions_of("1/(volt*second)")}


# -- what is up to date ------------------------------------------------------------


def test_the_catalogue_of_equations_is_that_of_the_classes():
    """If not: ``python docs/_ext/catalogue.py``."""
    assert read("equations") == catalogue.page()


def test_the_catalogue_of_equations_has_every_model():
    titles = set(re.findall(r"^### (\w+)$", read("equations"), re.MULTILINE))
    models = {name for name, each in CLASSES.items() if issubclass(each, MODELS)}
    assert models - {"CustomMembrane"} <= titles


def script(page):
    """Return the blocks of a page that need a compiler, as one script."""
    return "\n".join(re.findall(r"^```py\n(.*?)^```$", read(page), re.M | re.S))


@pytest.mark.compiled
def test_the_script_in_standalone_mode_runs(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(script("howto/standalone"), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    first, second = re.findall(r"\[.+\]", ran.stdout)
    peaks = [float(each) for row in (first, second) for each in row[1:-1].split()]
    assert len(peaks) == 6
    assert sorted(peaks) == peaks  # more conductance, more voltage
    assert 0 < peaks[0] < peaks[-1] < 30
