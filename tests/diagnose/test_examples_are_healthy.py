"""The project's own examples give no finding, before and after each run."""

import importlib.util
from pathlib import Path

import pytest
from brian2 import Network, prefs

from dendrisyn import diagnose

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))

#: What an example means to do, and is rightly told of.
INTENDED = {"dendritic_stdp": {"silent group"}}  # synapses that wait for the soma


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_is_healthy(path, monkeypatch):
    prefs.codegen.target = "numpy"
    found = []
    run = Network.run

    def looked_at(network, *arguments, level=0, **others):
        found.extend(diagnose(network))
        run(network, *arguments, level=level + 1, **others)
        found.extend(diagnose(network))

    spec = importlib.util.spec_from_file_location(f"healthy_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(Network, "run", looked_at)
    module.simulate()
    intended = INTENDED.get(path.stem, set())
    assert {each.kind for each in found} >= intended
    assert [each for each in found if each.kind not in intended] == []


def test_there_are_examples():
    assert len(EXAMPLES) > 5
