"""Fingerprints of code: changes of the code that matter, and others."""

import importlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms, mV

import dendrisyn
from dendrisyn.errors import InvalidValueError
from dendrisyn.sweeps.fingerprints import _package, fingerprint
from dendrisyn.sweeps.values import key_of

SCRIPT = '''
import functools
from dataclasses import dataclass
import numpy as np
from brian2 import ms, mV, NeuronGroup
from dendrisyn import Soma

TAU = 5*ms
WEIGHTS = np.array([1.0, 2.0])
OPTIONS = {"a": (1, 2), "b": {3, 4, 5}}
SOMA = Soma("soma")
other = 1

@dataclass
class Cell:
    size: int = 3
    def area(self):
        return self.size**2

def helper(x):
    return x + 1

@functools.cache
def cached(x):
    return x*2

def simulate(a, b=2):
    """Do something."""
    inner = [helper(i) for i in range(a)]
    def local():
        return cached(3)
    group = NeuronGroup(1, "v : volt", method="exact")
    return {"a": np.sum(WEIGHTS)*len(inner)*TAU + b, "c": Cell().area(), "o": OPTIONS,
            "l": local(), "s": SOMA}
'''


def function(script=SCRIPT, name="simulate"):
    scope = {"__name__": "__main__"}
    exec(textwrap.dedent(script), scope)
    return scope[name]


def test_the_same_code_is_the_same():
    assert fingerprint(function()) == fingerprint(function())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return x + 1", "return x + 2"),
        ("len(inner)", "max(inner)"),
        ("b=2", "b=3"),
        ("TAU = 5*ms", "TAU = 6*ms"),
        ("TAU = 5*ms", "TAU = 5*mV"),
        ("[1.0, 2.0]", "[1.0, 2.5]"),
        ("{3, 4, 5}", "{3, 4, 6}"),
        ("return x*2", "return x*3"),
        ("self.size**2", "self.size**3"),
        ("size: int = 3", "size: int = 4"),
        ("cached(3)", "cached(4)"),
        ('"exact"', '"euler"'),
        ('Soma("soma")', 'Soma("other")'),
    ],
)
def test_code_that_matters_changes_the_fingerprint(old, new):
    assert old in SCRIPT
    assert fingerprint(function()) != fingerprint(function(SCRIPT.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("other = 1", "other = 2"),
        ("    group =", "    # a comment\n\n    group ="),
        ("def helper", "\n\nplotted = None\n\n\ndef helper"),
    ],
)
def test_code_that_does_not_matter_keeps_the_fingerprint(old, new):
    assert old in SCRIPT
    assert fingerprint(function()) == fingerprint(function(SCRIPT.replace(old, new)))


def test_fingerprints_and_keys_are_the_same_in_another_process(tmp_path):
    (tmp_path / "script.py").write_text(
        SCRIPT
        + "from dendrisyn.sweeps.fingerprints import fingerprint\n"
        + "from dendrisyn.sweeps.values import key_of\n"
        + "print(fingerprint(simulate))\n"
        + "print(key_of({'tau': 5*ms, 'g': [1, 2]*mV, 'n': 3, 'kind': 'a'}))\n"
    )
    ran = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONHASHSEED": "1",  # sets have another order
            "PYTHONPATH": str(Path(dendrisyn.__file__).parents[1]),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [
        fingerprint(function()),
        key_of({"kind": "a", "g": [1, 2] * mV, "n": 3, "tau": 5 * ms}),
    ]


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Return a function that returns fingerprints as in a new process."""
    monkeypatch.syspath_prepend(tmp_path)

    def of(script):
        for name in [name for name in sys.modules if name.startswith("mine_")]:
            del sys.modules[name]
        importlib.invalidate_caches()
        _package.cache_clear()
        return fingerprint(function(script))

    yield of
    for name in [name for name in sys.modules if name.startswith("mine_")]:
        del sys.modules[name]
    _package.cache_clear()


def test_a_module_of_the_user_counts_as_a_whole(tmp_path, fresh):
    """Python reads a changed file again if its length differs."""
    fingerprints = []
    for body in ["x = 1", "x = 1", "x = 22"]:
        (tmp_path / "mine_alone.py").write_text(f"{body}\ndef rate(): return x")
        script = "import mine_alone\ndef simulate(): return mine_alone.rate()"
        fingerprints.append(fresh(script))
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_a_package_of_the_user_counts_as_a_whole(tmp_path, fresh):
    package = tmp_path / "mine_too"
    package.mkdir()
    (package / "__init__.py").write_text("from .inner import rate")
    (package / "inner.py").write_text("from .deep import x\ndef rate(): return x")
    fingerprints = []
    script = "from mine_too import rate\ndef simulate(): return rate()"
    for body in ["x = 1", "x = 1", "x = 22"]:
        (package / "deep.py").write_text(body)
        fingerprints.append(fresh(script))
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_a_closure_and_a_partial_count():
    def make(factor):
        return lambda x: {"x": factor * x}

    from functools import partial

    assert fingerprint(make(2)) == fingerprint(make(2))
    assert fingerprint(make(2)) != fingerprint(make(3))
    assert fingerprint(make(2 * ms)) != fingerprint(make(3 * ms))
    assert fingerprint(partial(np.add, 1)) != fingerprint(partial(np.add, 2))


def test_a_function_that_calls_itself_ends():
    script = "def simulate(n):\n    return n and simulate(n - 1)"
    assert fingerprint(function(script))


def test_an_object_whose_state_cannot_be_read_is_an_error():
    script = "import threading\nlock = threading.Lock()\ndef simulate(): lock.acquire()"
    with pytest.raises(InvalidValueError, match=r"_thread\.lock.*version="):
        fingerprint(function(script))
