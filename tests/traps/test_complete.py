"""Every row of the table of traps has a test."""

import ast
import re
from pathlib import Path

import pytest

#: The rows that this folder tests, by the file of their section.
SECTIONS = {
    "test_values.py": range(1, 4),
    "test_compartments.py": range(4, 9),
    "test_durations.py": range(9, 12),
    "test_numerics.py": range(12, 18),
    "test_names.py": range(18, 21),
    "test_equations.py": (21, 22, 24),
    "test_units.py": (23,),
    "test_brian2.py": range(25, 29),
    "test_groups.py": range(29, 31),
    "test_package.py": range(31, 33),
    "test_users.py": range(33, 42),
}


def numbers_in(path):
    """Return the numbers in the names of the test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(names) == len(set(names)), "a later test hides one of the same name"
    found = (re.fullmatch(r"test_trap_(\d\d)_\w+", name) for name in names)
    return {int(match[1]) for match in found if match}


@pytest.mark.parametrize("name", SECTIONS)
def test_every_row_has_a_test_in_the_file_of_its_section(name):
    assert numbers_in(Path(__file__).with_name(name)) == set(SECTIONS[name])


def test_the_sections_are_the_rows_1_to_41():
    rows = [number for rows in SECTIONS.values() for number in rows]
    assert sorted(rows) == list(range(1, 42))
