"""The benchmarks run, and their sides give the same results; nothing is timed here."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = {
    "plasticity": "weights move",
    "pooling": "voltages over",
    "wang_network": "coincide",
}


def test_every_benchmark_is_known():
    found = {path.stem for path in FOLDER.glob("*.py")} - {"side_by_side"}
    assert found == set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_benchmark_compares_sides_that_do_the_same(name, tmp_path):
    ran = subprocess.run(
        [sys.executable, FOLDER / f"{name}.py", "--quick", "--target", "numpy"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert SCRIPTS[name] in ran.stdout
    assert list(tmp_path.iterdir()) == []
