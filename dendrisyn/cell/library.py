"""`library`: the equations of membranes, receptors and noise as templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ..equations.fragment import Fragment
from ..mechanisms.membranes import MEMBRANES
from ..mechanisms.noise import Noise
from ..names import Names
from ..synapses import AMPA, GABA, NMDA, DualExponential

__all__ = ["library"]


def _text(fragment: Fragment) -> list[str]:
    equations = [each.equation() for each in fragment.factors]
    return [str(each) for each in (*equations, *fragment.equations)]


def _library() -> Mapping[str, str]:
    templates = {}
    for name, membrane in MEMBRANES.items():
        lines = _text(membrane().fragment(Names("{0}")))
        templates[name] = "\n".join([*lines, "I{0} = I_ext{0} : amp", "I_ext{0} : amp"])
    # The tag is checked where a receptor is made, so it is put in afterwards.
    names, dual = Names("_{0}"), DualExponential(normalize=False)
    for receptor in (AMPA, NMDA, GABA):
        plain = receptor("TAG")
        for suffix, synapse in (("", plain), ("_rd", replace(plain, kinetics=dual))):
            text = "\n".join(_text(synapse.fragment(names)))
            templates[plain.channel + suffix] = text.replace("TAG", "{1}")
    templates["noise"] = "\n".join(_text(Noise().fragment(names)))
    return MappingProxyType(templates)


#: name -> equations, with ``{0}`` for the compartment and ``{1}`` for the tag: in the
#: membranes ``{0}`` is the whole suffix (``'_soma'``), in the others it is the name.
library = _library()
