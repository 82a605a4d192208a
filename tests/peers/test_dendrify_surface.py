"""All public names and arguments of Dendrify exist in dendrisyn."""

import inspect
from types import ModuleType

import pytest
from brian2 import Equations, nS, pF

import dendrisyn

dendrify = pytest.importorskip("dendrify")

#: `default_params()` returns a copy of this dict.
NO_MEMBERS = {("EphysProperties", "DEFAULT_PARAMS")}
#: Defaults of another type, or of drawings, which are not compared.
OTHER_DEFAULTS = {
    ("NeuronModel", "as_graph"): {
        "figsize",
        "fontsize",
        "color_soma",
        "color_dendrites",
    },
    ("NeuronModel", "make_neurongroup"): {"method"},
    ("Soma", "__init__"): {"model"},
    ("Dendrite", "__init__"): {"model"},
    ("Compartment", "__init__"): {"model"},
}


def public(owner):
    return {
        name: member
        for name, member in inspect.getmembers(owner)
        if not name.startswith("_") and not isinstance(member, ModuleType)
    }


CLASSES = [name for name, member in public(dendrify).items() if inspect.isclass(member)]
METHODS = [
    (name, method)
    for name in CLASSES
    for method, member in {
        "__init__": None,
        **public(getattr(dendrify, name)),
    }.items()
    if member is None or callable(member)
]


def arguments(pkg, name, method):
    signature = inspect.signature(getattr(getattr(pkg, name), method))
    return {
        argument.name: argument
        for argument in signature.parameters.values()
        if argument.kind not in (argument.VAR_KEYWORD, argument.VAR_POSITIONAL)
    }


def test_there_is_a_surface_to_compare():
    assert {"Compartment", "Soma", "Dendrite", "NeuronModel"} <= set(CLASSES)
    assert len(METHODS) > 40


def test_every_name_exists():
    assert public(dendrify).keys() <= public(dendrisyn).keys()


@pytest.mark.parametrize("name", CLASSES)
def test_every_member_exists(name):
    ours, theirs = public(getattr(dendrisyn, name)), public(getattr(dendrify, name))
    known = {member for owner, member in NO_MEMBERS if owner == name}
    assert theirs.keys() - ours.keys() == known
    for member in theirs.keys() - known:
        kinds = [
            isinstance(inspect.getattr_static(getattr(pkg, name), member), property)
            for pkg in (dendrisyn, dendrify)
        ]
        assert kinds[0] == kinds[1], f"{member} is a property in one package only"


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_every_argument_exists_at_its_place(name, method):
    ours = arguments(dendrisyn, name, method)
    theirs = arguments(dendrify, name, method)
    assert not theirs.keys() - ours.keys()
    order = [
        argument.name
        for argument in ours.values()
        if argument.kind is not argument.KEYWORD_ONLY
    ]
    assert order[: len(theirs)] == list(theirs)


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_every_default_value_is_the_same(name, method):
    ours = arguments(dendrisyn, name, method)
    theirs = arguments(dendrify, name, method)
    different = {
        argument
        for argument in ours.keys() & theirs.keys()
        if ours[argument].default is not theirs[argument].default
        and ours[argument].default != theirs[argument].default
    }
    assert different <= OTHER_DEFAULTS.get((name, method), set())


@pytest.mark.parametrize("kind", ["Compartment", "Soma", "Dendrite"])
def test_the_default_membrane_is_the_same(kind):
    """The defaults of the argument differ, but mean the same membrane."""
    names = []
    for pkg in (dendrisyn, dendrify):
        default = arguments(pkg, kind, "__init__")["model"].default
        names.append({"Soma": "leakyIF"}.get(kind, "passive"))
        assert default in (None, names[-1])
    values = {"cm_abs": 100 * pF, "gl_abs": 5 * nS}
    ours = getattr(dendrisyn, kind)("c", **values).equations
    named = getattr(dendrisyn, kind)("c", model=names[0], **values).equations
    assert ours == named


@pytest.mark.parametrize("function", ["default_params", "update_default_params"])
def test_functions_take_the_same_arguments(function):
    ours, theirs = (
        list(inspect.signature(getattr(pkg, function)).parameters)
        for pkg in (dendrisyn, dendrify)
    )
    assert ours == theirs


def test_the_library_has_every_template():
    assert not dendrify.library.keys() - dendrisyn.library.keys()


@pytest.mark.parametrize("name", ["AMPA", "AMPA_rd", "GABA", "GABA_rd", "NMDA_rd"])
def test_templates_of_receptors_define_the_same_variables(name):
    ours, theirs = (
        Equations(pkg.library[name].format("dend", "x"))
        for pkg in (dendrisyn, dendrify)
    )
    factors = {"B_NMDA_dend"} if "NMDA" in name else set()
    assert ours.names - theirs.names == factors
    assert not theirs.names - ours.names


@pytest.mark.parametrize("name", ["passive", "leakyIF", "adaptiveIF", "adex"])
def test_templates_of_the_library_name_the_same_variables(name):
    ours, theirs = (
        Equations(pkg.library[name].format("_x")) for pkg in (dendrisyn, dendrify)
    )
    assert ours.names == theirs.names
    assert ours.identifiers == theirs.identifiers
    for variable in theirs:
        assert ours[variable].dim == theirs[variable].dim
        assert ours[variable].type == theirs[variable].type


@pytest.mark.parametrize("name", ["passive", "adaptiveIF", "cadIF", "adex"])
def test_templates_of_dendrify_are_membranes(name):
    """Templates of `library` of a user's own code still work."""
    soma = dendrisyn.Soma("soma", model=dendrify.library[name])
    expected = dendrify.Soma("soma", model=name)
    assert Equations(soma.equations).names == Equations(expected.equations).names
