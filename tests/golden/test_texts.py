"""Texts, parameters and code of all cases are those of version 0.5.0.

The texts are compared byte for byte; ``helpers/golden.py`` writes them. An intended
change is stored by ``python -m helpers.golden golden/texts --whole`` in ``tests``.
"""

import math
import os
import re
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import pytest
from helpers.texts import arithmetic, exact

import dendrisyn

TESTS = Path(__file__).parents[1]
STORED = TESTS / "golden" / "texts"
MACHINE = "arithmetic.txt"
NAMES = sorted(
    path.relative_to(STORED).as_posix()
    for path in STORED.rglob("*.txt")
    if path.name != MACHINE
)
#: A number with so many digits was computed.
COMPUTED = re.compile(r"\b\d+\.\d+(?:e[-+]?\d+)?\b")
DIGITS = 15
#: The first lines of a difference that a failure shows.
SHOWN = 60


def numbers_apart(text):
    """Return a text with computed numbers replaced by a mark, and the numbers."""
    numbers = []

    def mark(match):
        if sum(map(str.isdigit, match[0].split("e")[0].lstrip("0."))) < DIGITS:
            return match[0]
        numbers.append(float(match[0]))
        return "#"

    return COMPUTED.sub(mark, text), numbers


def is_same(got, expected, same_arithmetic):
    """Compare two texts byte for byte.

    With another C library or processor, the last digits of computed numbers may differ.
    """
    if got == expected or same_arithmetic:
        return got == expected
    (rest, ours), (expected_rest, theirs) = map(numbers_apart, (got, expected))
    # A few roundings of 1e-16.
    return rest == expected_rest and all(
        math.isclose(one, other, rel_tol=1e-14)
        for one, other in zip(ours, theirs, strict=True)
    )


def difference(got, expected):
    """Return the differing lines of two texts, with their sections."""
    lines = list(
        unified_diff(
            expected.splitlines(), got.splitlines(), "stored", "now", n=2, lineterm=""
        )
    )
    more = len(lines) - SHOWN
    return "\n".join(lines[:SHOWN] + ([f"... {more} more lines"] if more > 0 else []))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the folder of the texts that the package writes now."""
    folder = tmp_path_factory.mktemp("texts")
    package = Path(dendrisyn.__file__).parents[1]
    paths = [package, TESTS, os.environ.get("PYTHONPATH", "")]
    ran = subprocess.run(
        [sys.executable, "-m", "helpers.golden", folder / "written"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    return folder / "written"


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_those_of_version_0_5_0(name, written):
    assert (written / name).exists(), f"no case writes {name} any more"
    got, expected = (
        (folder / name).read_text(encoding="utf-8") for folder in (written, STORED)
    )
    same_arithmetic = arithmetic() == (STORED / MACHINE).read_text().strip()
    if not is_same(got, expected, same_arithmetic):
        problem = (written / name).with_suffix(".error")
        error = problem.read_text(encoding="utf-8") if problem.exists() else ""
        pytest.fail(f"{name}\n{difference(got, expected)}\n{error}", pytrace=False)


def test_every_case_is_stored(written):
    now = {path.relative_to(written).as_posix() for path in written.rglob("*.txt")}
    assert now == {*NAMES, MACHINE}


TEXT = "dV/dt = 2.5*(V + 1) : 1\nC = 1.9634954084936205e-11 F\nw = 0.25\n"


@pytest.mark.parametrize("same_arithmetic", [True, False])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(V + 1)", "(V +  1)"),
        ("2.5", "2.50000000000001"),
        ("0.25", "0.26"),
        ("1.9634954084936205e-11", "1.9634954084937205e-11"),
        ("1.9634954084936205e-11", "1.9634954084936205e-12"),
        (" F\n", " F\n\n"),
    ],
)
def test_a_change_of_one_character_is_seen(old, new, same_arithmetic):
    changed = TEXT.replace(old, new)
    assert not is_same(changed, TEXT, same_arithmetic)
    shown = difference(changed, TEXT).splitlines()
    for line in set(changed.splitlines()) - set(TEXT.splitlines()):
        assert f"+{line}" in shown


def test_rounding_of_another_machine_is_no_change():
    rounded = TEXT.replace("6205e-11", "6208e-11")
    assert is_same(rounded, TEXT, same_arithmetic=False)
    assert not is_same(rounded, TEXT, same_arithmetic=True)


def test_numbers_keep_all_digits():
    assert exact(0.1 + 0.2) == "0.30000000000000004"
    assert exact(3 * dendrisyn.default_params()["E_K"]) == repr(3 * -0.089) + " V"
