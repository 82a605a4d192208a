"""Fixture of tests of plots: nothing is shown, and no setting changes."""

import pytest

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def without_display(monkeypatch):
    """Draw into memory; showing is an error, and so is changing a setting."""

    def refuse(*args, **kwargs):
        raise AssertionError("a plot must not be shown")

    backend = plt.get_backend()
    plt.switch_backend("Agg")
    monkeypatch.setattr(plt, "show", refuse)
    before = dict(plt.rcParams)
    yield
    assert {name: plt.rcParams[name] for name in before} == before
    plt.close("all")
    plt.switch_backend(backend)
