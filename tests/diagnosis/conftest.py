"""What a check raises on a network shows in a test."""

import sys

import brian2
import pytest
from brian2.core.clocks import defaultclock

import dendrisyn.diagnosis  # noqa: F401


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    """Let errors through, which a user never sees."""
    monkeypatch.setattr(sys.modules["dendrisyn.diagnosis.examine"], "_UNKNOWN", ())


@pytest.fixture(autouse=True)
def fresh_brian():
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    defaultclock.dt = 0.1 * brian2.ms
    brian2.seed(20240229)
    yield
    defaultclock.dt = 0.1 * brian2.ms
    brian2.prefs.codegen.target = target
    brian2.seed(None)
