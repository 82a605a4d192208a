"""Names and module paths of version 0.5 warn and give the objects of the new ones."""

import subprocess
import sys
import warnings
from importlib import import_module

import pytest

import dendrisyn
from dendrisyn.deprecated import MOVED, RENAMED

#: Public modules that hold renamed objects, beside the package itself.
HOMES = {
    "Above": ["plasticity", "plasticity.events"],
    "Conditions": ["measure"],
    "Crossing": ["plasticity", "plasticity.events"],
    "GProteinGated": ["synapses", "synapses.saturating"],
    "LowPass": ["plasticity", "plasticity.signals"],
    "Template": ["membranes", "mechanisms.membranes"],
    "TransmitterGated": ["synapses", "synapses.saturating"],
    "use_vector_code": ["compiler", "brian.vector_code"],
}

#: Imports below the package that documentation, examples and benchmarks of 0.5 show.
DOCUMENTED = [
    *("compiler.use_vector_code", "coupling.Coupling", "geometry.EphysProperties"),
    *("fragment.Equation", "fragment.Factor", "fragment.Formula", "fragment.Fragment"),
    *("fragment.Parameter", "fragment.Pathway", "fragment.SynapticFragment"),
    *("mechanism.Mechanism", "membranes.Membrane", "naming.Names"),
    *("naming.SynapseNames", "parameters.SHARED", "plasticity.LongTermPlasticity"),
    *("plasticity.events.VoltageEvent", "plasticity.rule.WeightDependent"),
    *("plasticity.timing.EventRule", "plasticity.timing.SpikeTiming"),
    *("quantities.Checked", "quantities.Spec", "quantities.exactly"),
    *("quantities.quantity", "short_term.ShortTermPlasticity"),
    *("synapses.Kinetics", "synapses.Output"),
]


@pytest.fixture
def again():
    """Import old module paths as for the first time."""
    for name in [name for name in sys.modules if name.startswith("dendrisyn.")]:
        if name.partition(".")[2] in MOVED:
            del sys.modules[name]


def test_all_renamed_objects_are_compared():
    assert HOMES.keys() == RENAMED.keys()


@pytest.mark.parametrize("old", RENAMED)
@pytest.mark.filterwarnings("ignore:.*has moved to:DeprecationWarning")
def test_an_old_name_warns_and_is_the_new_object(old):
    modules = [import_module(f"dendrisyn.{home}") for home in HOMES[old]]
    if RENAMED[old] in dendrisyn.__all__:
        modules.append(dendrisyn)
    for module in modules:
        with pytest.warns(DeprecationWarning, match=f"{old} is called {RENAMED[old]}"):
            value = getattr(module, old)
        assert value is getattr(module, RENAMED[old])
        assert value.__name__ == RENAMED[old]
        assert old not in dir(module)


@pytest.mark.parametrize("old", MOVED)
def test_an_old_module_path_warns_and_shows_the_new_module(old, again):
    path, new = f"dendrisyn.{old}", f"dendrisyn.{MOVED[old]}"
    with pytest.warns(DeprecationWarning, match=f"{path} has moved to {new}; the old"):
        module = import_module(path)
    contents = import_module(new)
    assert module.__doc__ == contents.__doc__
    names = getattr(contents, "__all__", None)
    assert getattr(module, "__all__", None) == names
    for name in names or [name for name in vars(contents) if name[0] != "_"]:
        assert getattr(module, name) is getattr(contents, name)


@pytest.mark.parametrize("path", DOCUMENTED)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_documented_imports_of_the_last_version_work(path):
    module, _, name = path.rpartition(".")
    scope = {}
    exec(f"from dendrisyn.{module} import {name}", scope)
    assert name in scope


def test_an_unknown_name_is_an_attribute_error():
    for module in (dendrisyn, dendrisyn.plasticity, dendrisyn.synapses):
        with pytest.raises(AttributeError, match="no attribute 'Crosing'"):
            module.Crosing  # noqa: B018


@pytest.mark.parametrize(
    "module",
    ["", ".plasticity", ".synapses", ".measure", ".calibrate", ".sweeps", ".extend"],
)
def test_a_star_import_warns_of_nothing(module):
    scope = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        exec(f"from dendrisyn{module} import *", scope)
    assert not scope.keys() & RENAMED.keys()


def test_the_warning_names_the_line_of_the_user():
    code = "import dendrisyn\ndendrisyn.LowPass\nfrom dendrisyn.membranes import AdEx\n"
    ran = subprocess.run(
        [sys.executable, "-W", "always::DeprecationWarning:__main__", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "<stdin>:2: DeprecationWarning: LowPass is called Filtered" in ran.stderr
