"""Files that a contributor meets agree with one another and with setup.cfg."""

import configparser
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.versions import (
    COMPILED_ON_THE_LAST_PAIR,
    FIRST_PAIR_ONLY,
    ON_ALL_PAIRS,
)

import dendrisyn

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = configparser.ConfigParser()
SETTINGS.read(ROOT / "setup.cfg", encoding="utf-8")
REPOSITORY = re.search(r"https://\S+", SETTINGS["metadata"]["project_urls"])[0]

#: Files that repeat the address of the repository, with the reason.
REPEATS = {
    "setup.cfg": "the only place where it is set",
    "CITATION.cff": "read alone by code hosts and reference managers",
    "examples/notebooks/*.ipynb": "written by make.py, compared by a test",
}

#: Hosts and programs that no file should name.
REGISTRIES = re.compile(r"(files\.pythonhosted|(test\.)?pypi)\.org")


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def tracked():
    """Return the paths of the tracked text files, or of all files without git."""
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0:
        paths = map(Path, listing.stdout.splitlines())
    else:
        hidden = (".venv", ".git", "build", "dist")
        files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        paths = (
            path
            for path in files
            if path.parts[0] not in hidden and ".egg-info" not in path.parts[0]
        )
    binary = {".png", ".pyc", ".pickle"}
    return [path for path in paths if path.suffix not in binary]


def texts():
    """Return the text of the tracked files by path."""
    found = {}
    for path in tracked():
        if (ROOT / path).is_file():
            found[path] = (ROOT / path).read_text(encoding="utf-8", errors="replace")
    return found


def citation():
    """Return the scalar entries of the citation file."""
    text = read("CITATION.cff")
    entries = re.findall(r"^([\w-]+): *\"?(.*?)\"?$", text, re.MULTILINE)
    scalars = {key: value for key, value in entries if value}
    if find_spec("yaml"):
        import yaml

        parsed = yaml.safe_load(text)
        assert {key: str(parsed[key]) for key in scalars} == scalars
    return scalars


def test_citation_has_the_version_and_date_of_the_changelog():
    entries = citation()
    assert entries["version"] == dendrisyn.__version__
    heading = f"## {entries['version']} - {entries['date-released']}"
    assert heading in read("docs/changelog.md").splitlines()
    assert entries["license"] == SETTINGS["metadata"]["license"]
    assert entries["repository-code"] == REPOSITORY


def test_address_of_the_repository_is_set_in_one_place():
    address = "/".join(REPOSITORY.split("/")[-2:])
    naming = {path for path, text in texts().items() if address in text}
    allowed = {path for path in naming if any(map(path.match, REPEATS))}
    assert naming == allowed
    assert read("setup.cfg").count(address) == 1


def test_no_file_names_the_host_of_a_package_registry():
    assert not [path for path, text in texts().items() if REGISTRIES.search(text)]


def pairs():
    """Return the Brian2 release of every tested version of Python."""
    lines = read(".ci/constraints.txt")
    found = re.findall(r'^brian2 == (\S+); python_version == "(\S+)"$', lines, re.M)
    return {python: brian2 for brian2, python in found}


def test_tested_versions_of_python_are_those_of_the_classifiers():
    prefix = "Programming Language :: Python :: "
    classifiers = SETTINGS["metadata"]["classifiers"].splitlines()
    versions = [line.removeprefix(prefix) for line in classifiers if prefix in line]
    assert list(pairs()) == [version for version in versions if "." in version]
    assert len(set(pairs().values())) == len(pairs())


@pytest.mark.parametrize(
    "start", FIRST_PAIR_ONLY + COMPILED_ON_THE_LAST_PAIR + ON_ALL_PAIRS
)
def test_selection_of_tests_for_other_pairs_names_existing_tests(start):
    path, _, function = start.partition("::")
    folder, _, name = path.rpartition("/")
    assert any(each.name.startswith(name) for each in (ROOT / folder).iterdir())
    assert function.partition("[")[0] in (read(path) if function else "")


def test_workflow_runs_every_part():
    workflow = read(".github/workflows/ci.yml")
    versions = re.search(r"^ +python: \[(.*)\]$", workflow, re.MULTILINE)[1]
    assert re.findall(r"[\d.]+", versions) == list(pairs())
    runs = re.findall(r"run: \.ci/run (.+)$", workflow, re.MULTILINE)
    functions = re.findall(r"^run_(\w+)\(\)", read(".ci/run"), re.MULTILINE)
    assert runs[0] == "${{ matrix.python }}"
    assert ["tests", *runs[1:]] == functions


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "README.md"])
def test_links_and_parts_named_in_a_page_exist(name):
    text = read(name)
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in link or (ROOT / link).exists(), link
    functions = re.findall(r"^run_(\w+)\(\)", read(".ci/run"), re.MULTILINE)
    for part in re.findall(r"`\.ci/run (\S+)`", text):
        assert part in {*pairs(), *functions}


def test_contributors_are_told_the_tested_pairs():
    text = " ".join(read("CONTRIBUTING.md").split())
    for python, brian2 in pairs().items():
        minor = re.escape(".".join(brian2.split(".")[:2]))
        assert re.search(rf"{re.escape(python)} with (Brian2 )?{minor}\b", text)
