"""Check of the page on sweeps: names in its scripts, and potentials in closed form."""

import ast
import configparser
import inspect
import re

import numpy as np

import dendrisyn
from helpers.page_checks import ROOT, checks


@checks
def sweeps(text, namespace):
    """Scripts that are not run here use existing names; potentials follow theory."""
    # The script that is built is run by sweeps/test_standalone.py.
    scripts = re.findall(r"^```py\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(scripts) == 4
    for script in scripts:
        for node in ast.walk(ast.parse(script)):
            if isinstance(node, ast.ImportFrom) and node.module == "dendrisyn":
                assert {alias.name for alias in node.names} <= set(dendrisyn.__all__)
    arguments = set(inspect.signature(dendrisyn.Sweep.run).parameters)
    assert set(re.findall(r"`run\((\w+)[=)]", text)) | {"progress"} <= arguments
    assert "version" in inspect.signature(dendrisyn.Sweep).parameters
    for name in re.findall(r"`build\.(\w+)`", text):
        assert hasattr(dendrisyn.StandaloneBuild, name)

    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    (extra,) = re.findall(r"pip install dendrisyn\[(\w+)\]", text)
    assert "distributed" in setup["options.extras_require"][extra]

    # At rest, the axial current leaves the soma through its leak.
    results = namespace["again"].results
    length = np.array([50, 200])
    resistance = 4 * 1.5e-3 / np.pi * (25 / 2 / 25**2 + length / 2 / 1**2)  # um/nS
    axial, leak = 1 / resistance, 1e-3 * np.pi * 25 * 25
    # exp(-10) = 5e-5 is left of the transient, of at most its own size
    np.testing.assert_allclose(
        results["V_soma"] / results["V_dend"], axial / (axial + leak), rtol=1e-4
    )
