"""What the page on passive properties says beside its code."""

import re

import numpy as np
from brian2 import ms

from dendrisyn import PassiveCell
from helpers.page_checks import checks
from helpers.synapse_pages import dois_are_those_of_the_package


@checks
def passive(text, namespace):
    """What it names exists; what it says of the cell is so."""
    cell = namespace["cell"]
    named = set(re.findall(r"`(?:cell\.)?(\w+)(?:\([^`]*\))?`", text))
    known = {name for name in named if hasattr(PassiveCell, name)}
    assert len(known) > 8
    others = {name for name in named - known if not name.startswith(("C_", "gL", "g_"))}
    assert others - {"compartments"} == {
        "AdEx",
        "EIF",
        "Izhikevich",
        "PassiveCell",
        "dt",
        "model",
        "passive",
        "per_neuron",
    }
    # a uniform membrane: 1 uF/cm2 over 50 uS/cm2
    np.testing.assert_allclose(cell.time_constants[0] / ms, 20, rtol=1e-9)
    tip, body = cell.index("tuft"), cell.index("soma")
    assert cell.attenuation[tip, body] < cell.attenuation[body, tip]
    assert "Passive properties" in namespace["model"]._repr_html_()
    dois_are_those_of_the_package(text)
