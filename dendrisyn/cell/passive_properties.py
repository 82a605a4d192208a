"""From a model to its passive cell."""

from __future__ import annotations

from typing import Any

from brian2.units.allunits import farad, siemens

from ..circuits.passive_cell import PassiveCell
from ..equations.parameters import value_of
from ..errors import AssemblyError, DendrisynError, UnitError, located
from ..tables import as_html
from .structure import Structure

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
    structure = getattr(model, "structure", None)
    if not isinstance(structure, Structure):
        raise UnitError(
            f"passive: expected a NeuronModel or a PointNeuronModel, got {model!r}."
        )
    with located("passive"):
        return _passive_cell(structure)


def passive_table(structure: Structure) -> str:
    """Return the passive properties of a model as an HTML table, '' without any."""
    try:
        return as_html("Passive properties", _passive_cell(structure).columns())
    except DendrisynError:
        return ""


def _passive_cell(structure: Structure) -> PassiveCell:
    """Return the passive cell of a model."""
    compartments = structure.compartments.values()
    C, gL = ([each.names(symbol) for each in compartments] for symbol in ("C", "gL"))
    couplings = structure.couplings
    equations, parameters = structure.equations, structure.parameters
    used = frozenset().union(*(each.identifiers for each in equations.values()))
    values: dict[str, Any] = {}
    problems = []
    for name in (*C, *gL, *(each.conductance for each in couplings)):
        if name not in used:
            problems.append(
                f"no equation contains {name}: what is passive here is not known."
            )
        elif name in equations:
            problems.append(f"{name} is a variable of the model, not a constant.")
        else:
            parameter = parameters[name]
            values[name] = value_of(name, parameters)
            if values[name] is None:
                problems.append(
                    f"{name} ({parameter.spec.meaning}, {parameter.spec.unit}) is not "
                    f"given: {parameter.remedy}."
                )
    if problems:
        raise AssemblyError("the passive properties are not known", problems)
    return PassiveCell(
        list(structure.compartments),
        [float(values[name]) for name in C] * farad,
        [float(values[name]) for name in gL] * siemens,
        {(first, second): values[g] for first, second, g in couplings},
        structure.soma,
    )
