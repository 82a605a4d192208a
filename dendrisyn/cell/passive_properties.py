"""From a model to its passive cell."""

from __future__ import annotations

from typing import Any

from brian2.units.allunits import farad, siemens

from ..circuits.passive_cell import PassiveCell
from ..equations.assembly import Assembly
from ..equations.parameters import value_of
from ..errors import AssemblyError, DendrisynError, UnitError, located
from ..tables import as_html
from .compartment import Soma

__all__ = ["passive", "passive_table"]


def passive(model: Any) -> PassiveCell:
    """Return the passive properties of a model, in closed form.

    Only leaks, capacitances and couplings count, at the values that the model has now:
    the upstroke of `AdEx` and `EIF`, adaptation, dendritic spikes and open receptors
    are left out. These are the properties of the cell close to rest where nothing of
    that is active there.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The one compartment of a `PointNeuronModel` is called ``'soma'`` here.

    Returns
    -------
    PassiveCell
        Input and transfer resistance, time constants, attenuation, impedance over
        frequency, largest stable step.

    Raises
    ------
    AssemblyError
        All that is not given of capacitances and leaks; membranes without a constant
        leak, such as `Izhikevich`.
    UnitError
        If this is no model.

    References
    ----------
    Koch (1999). Biophysics of Computation, chapter 3. Oxford University Press.
    doi:10.1093/oso/9780195104912.001.0001

    Examples
    --------
    >>> from brian2 import nS, pF
    >>> from dendrisyn import Dendrite, NeuronModel, Soma, passive
    >>> soma = Soma('soma', cm_abs=100*pF, gl_abs=5*nS)
    >>> dend = Dendrite('dend', cm_abs=50*pF, gl_abs=3*nS)
    >>> cell = passive(NeuronModel([(soma, dend, 8*nS)]))
    >>> cell.input_resistance('soma')
    139.24050633 * Mohm
    >>> cell.time_constants
    array([18.78214915,  3.36974958]) * msecond
    """
    if not hasattr(model, "_edges"):
        raise UnitError(
            f"passive: expected a NeuronModel or a PointNeuronModel, got {model!r}."
        )
    with located("passive"):
        return _of(model, model._assembly())


def passive_table(model: Any, assembly: Assembly) -> str:
    """Return the passive table of a model as HTML, nothing where there is none.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel
        The model.
    assembly : Assembly
        What it is made of.
    """
    try:
        return as_html("Passive properties", _of(model, assembly)._columns())
    except DendrisynError:
        return ""


def _of(model: Any, assembly: Assembly) -> PassiveCell:
    """Return the passive cell of a model."""
    patches = model._patches()
    C, gL = ([patch._names(symbol) for patch in patches] for symbol in ("C", "gL"))
    edges = model._edges()
    equations = assembly.equations
    used = frozenset().union(*(each.identifiers for each in equations.values()))
    values: dict[str, Any] = {}
    problems = []
    for name in (*C, *gL, *(g for *_, g in edges)):
        if name not in used:
            problems.append(
                f"no equation contains {name}: what is passive here is not known."
            )
        elif name in equations:
            problems.append(f"{name} is a variable of the model, not a constant.")
        else:
            parameter = assembly.parameters[name]
            values[name] = value_of(name, assembly.parameters)
            if values[name] is None:
                problems.append(
                    f"{name} ({parameter.spec.meaning}, {parameter.spec.unit}) is not "
                    f"given: {parameter.remedy}."
                )
    if problems:
        raise AssemblyError("the passive properties are not known", problems)
    names = [patch._name for patch in patches]
    somata = [patch._name for patch in patches if isinstance(patch, Soma)]
    return PassiveCell(
        names,
        [float(values[name]) for name in C] * farad,
        [float(values[name]) for name in gL] * siemens,
        {(names[one], names[other]): values[g] for one, other, g in edges},
        (somata or names)[0],
    )
