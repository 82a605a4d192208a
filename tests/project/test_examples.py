"""Every example runs, draws its figure, and shows the idea it is there for."""

import gc
import importlib.util
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from brian2 import Network, defaultclock, prefs
from brian2.utils.logger import catch_logs
from helpers import (
    btsp_experiment,
    cell_experiments,
    dendritic_experiments,
    integration_experiment,
    network_experiments,
    passive_experiment,
    plotting_experiment,
    sweep_experiment,
    tutorial_experiments,
)
from helpers.example_checks import collected

from dendrisyn import diagnose

plt = pytest.importorskip("matplotlib.pyplot")

EXAMPLES = {
    path.stem: path
    for path in sorted((Path(__file__).parents[2] / "examples").glob("*.py"))
}


CHECKS = collected(
    btsp_experiment,
    cell_experiments,
    dendritic_experiments,
    integration_experiment,
    network_experiments,
    passive_experiment,
    plotting_experiment,
    sweep_experiment,
    tutorial_experiments,
)

#: Findings that an example causes on purpose.
INTENDED = {
    "accuracy": {"coarse step"},  # its point
    "dendritic_stdp": {"silent group"},  # synapses that wait for the soma
}


def settings():
    """Return what an example must leave as it was."""
    return float(defaultclock.dt), prefs.codegen.target


@contextmanager
def looking():
    """Collect what `diagnose` finds before and after each run, and does not change."""
    found, run = [], Network.run

    def looked_at(network, *arguments, level=0, **others):
        found.extend(diagnose(network))
        run(network, *arguments, level=level + 1, **others)
        found.extend(diagnose(network))

    Network.run = looked_at
    try:
        yield found
    finally:
        Network.run = run


@cache
def load(name):
    """Return the module of an example; it simulates once, whoever asks."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES[name])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    simulate = module.simulate

    @cache
    def simulate_once():
        before = settings()
        with looking() as module.found:
            results = simulate()
        assert settings() == before
        return results

    module.simulate = simulate_once
    return module


@pytest.fixture(autouse=True)
def plain_brian():
    """Use the numpy target and a backend without a display."""
    target, backend = prefs.codegen.target, plt.get_backend()
    prefs.codegen.target = "numpy"
    plt.switch_backend("Agg")
    yield
    plt.close("all")
    prefs.codegen.target = target
    plt.switch_backend(backend)


@pytest.mark.parametrize("name", EXAMPLES)
def test_writes_its_figure(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    gc.collect()  # Brian2 warns of what other tests have left, when it is deleted
    with catch_logs() as warnings:
        load(name).main()
    assert warnings == []
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.png"]
    assert 1 <= len(capsys.readouterr().out.splitlines()) <= 5

    picture = plt.imread(tmp_path / f"{name}.png")[..., :3]
    height, width, _ = picture.shape
    assert 700 <= width <= 1000
    assert 400 <= height <= 1200
    # Axes and their labels are black: what is in colour is data.
    colored = np.ptp(picture, axis=2) > 0.2
    assert 0.01 < colored.mean() < 0.5


@pytest.mark.parametrize("name", EXAMPLES)
def test_says_how_to_run_it(name):
    assert f"python examples/{name}.py [figure.png]" in load(name).__doc__


def test_runs_as_a_script(tmp_path):
    figure = tmp_path / "elsewhere.png"
    command = [sys.executable, EXAMPLES["quickstart"], figure]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    assert list(tmp_path.iterdir()) == [figure]


@pytest.mark.parametrize("name", EXAMPLES)
def test_is_healthy(name):
    module = load(name)
    module.simulate()
    intended = INTENDED.get(name, set())
    assert {each.kind for each in module.found} >= intended
    assert [each for each in module.found if each.kind not in intended] == []


def test_every_example_has_a_check():
    assert EXAMPLES
    assert set(CHECKS) == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_shows_its_idea(name):
    CHECKS[name](load(name).simulate())
