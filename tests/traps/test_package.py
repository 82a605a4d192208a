"""The package: effects of an import, required versions."""

import configparser
import sys
import textwrap
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2 import (
    ms,
    nS,
)
from helpers.trap_models import SODIUM, lumped, pair, run_python

ROOT = Path(__file__).resolve().parents[2]

#: A somatic spike with a width, every 4 ms at the most.
SPIKE = {
    "threshold": "V_soma > -50*mV",
    "reset": "V_soma = 20*mV",
    "second_reset": "V_soma = -60*mV",
    "spike_width": 1 * ms,
    "refractory": 4 * ms,
}


def active(g=10 * nS):
    """Return a model with a synapse, a dendritic spike and noise-free inputs."""
    dend = lumped()
    dend.synapse("AMPA", "x", g=3 * nS, t_rise=1 * ms, t_decay=5 * ms, scale_g=True)
    dend.dspikes("Na", **SODIUM)
    return pair(g=g, dend=dend)


# -- 31: what importing does --------------------------------------------------------


def test_trap_31_import_needs_neither_matplotlib_nor_scipy():
    # None in sys.modules makes an import fail; Brian2 imports both only if it can
    run_python(
        textwrap.dedent(
            """
            import sys
            blocked = ("matplotlib", "matplotlib.pyplot", "scipy", "IPython", "pandas")
            for name in blocked:
                sys.modules[name] = None
            from brian2 import *
            import dendrisyn
            from dendrisyn import *
            prefs.codegen.target = "numpy"
            dend = Dendrite("dend", cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
            dend.synapse("AMPA", "x", g=1*nS, t_rise=1*ms, t_decay=5*ms)
            soma = Soma("soma", cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
            model = NeuronModel([(soma, dend, 1*nS)])
            assert "dend" in str(model) and "svg" in model._repr_html_()
            group = model.make_neurongroup(2)
            Network(group).run(1*ms)
            try:
                model.as_graph()
            except DendrisynError as error:
                assert "matplotlib" in str(error)
            else:
                raise AssertionError("drawn without matplotlib")
            """
        )
    )


def test_trap_31_import_changes_no_logger_and_prints_nothing():
    done = run_python(
        textwrap.dedent(
            """
            import logging, sys, warnings
            import brian2

            def loggers():
                names = [None, *logging.root.manager.loggerDict]
                found = [logging.getLogger(name) for name in names]
                return {
                    (each.name): (list(each.handlers), each.level, each.propagate)
                    for each in found
                }

            def settings():
                return brian2.prefs.as_file, float(brian2.defaultclock.dt)

            before, preferences = loggers(), settings()
            filters, hook = list(warnings.filters), sys.excepthook
            modules = set(sys.modules)
            import dendrisyn
            after = loggers()
            for name, (handlers, level, propagate) in after.items():
                known = before.get(name, ([], logging.NOTSET, True))
                assert (handlers, level, propagate) == known, name
            assert settings() == preferences
            assert sys.excepthook is hook
            assert warnings.filters == filters
            heavy = {"matplotlib", "scipy", "IPython", "ipywidgets", "networkx"}
            assert not heavy & (set(sys.modules) - modules)
            """
        )
    )
    assert done.stdout == ""
    assert done.stderr == ""


def test_trap_31_log_records_are_printed_once():
    done = run_python(
        textwrap.dedent(
            """
            import brian2
            import dendrisyn
            from brian2.utils.logger import get_logger
            import logging, warnings
            get_logger("brian2.somewhere").warn("said once", once=False)
            logging.getLogger("dendrisyn").warning("heard once")
            warnings.warn("read once", dendrisyn.NumericsWarning)
            """
        )
    )
    for text in ("said once", "heard once"):
        assert done.stderr.count(text) == 1, done.stderr
    # a warning shows its line of source in the second line, where there is one
    lines = [line for line in done.stderr.splitlines() if "NumericsWarning: " in line]
    assert len(lines) == 1, done.stderr


# -- 32: versions -------------------------------------------------------------------


def requirements(python):
    """Return what is required of each package on a version of Python."""
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    lines = parser["options"]["install_requires"].splitlines()
    found = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in lines)):
        requirement = Requirement(line)
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        if requirement.marker is None or requirement.marker.evaluate(environment):
            known = found.setdefault(requirement.name, SpecifierSet())
            found[requirement.name] = known & requirement.specifier
    return found


def test_trap_32_numpy_that_breaks_brian2_is_excluded():
    # Brian2 2.9, the last for Python 3.11, cannot be imported with NumPy 2.4
    numpy = requirements("3.11")["numpy"]
    for broken in ("2.4.0", "2.4", "2.4.1", "2.5.0", "3.0"):
        assert broken not in numpy
    for fine in ("1.26.4", "2.0.0", "2.3.5"):
        assert fine in numpy


@pytest.mark.parametrize("python", ["3.12", "3.13"])
def test_trap_32_numpy_is_free_where_brian2_is_newer(python):
    numpy = requirements(python)["numpy"]
    for fine in ("2.3.5", "2.4.0", "2.4.1"):
        assert fine in numpy


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_trap_32_nothing_else_is_required(python):
    found = requirements(python)
    assert set(found) == {"brian2", "numpy", "tqdm"}
    for version in ("2.9.0", "2.10.0", "2.11.0"):
        assert version in found["brian2"]
    assert "2.8.0" not in found["brian2"]


def test_trap_32_python_is_what_brian2_needs():
    from packaging.specifiers import SpecifierSet

    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    python = SpecifierSet(parser["options"]["python_requires"])
    assert "3.10" not in python
    assert all(version in python for version in ("3.11", "3.12", "3.13"))


def test_trap_32_what_is_installed_satisfies_the_bounds():
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = requirements(version)
    assert np.__version__ in found["numpy"]
    assert brian2.__version__ in found["brian2"]
