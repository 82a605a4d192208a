"""Membrane models: the equation of the voltage of a compartment between spikes.

A parameter is given to the membrane, ``AdEx(DeltaT=2*mV, ...)``, or later by its name,
``parameters['DeltaT_soma'] = 2*mV``. Jumps at a spike (``w += b``) belong to the reset
of the group.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import ClassVar

from brian2.units.fundamentalunits import Quantity

from ..deprecated import old_names
from ..equations.fragment import (
    ODE,
    Equation,
    Formula,
    Fragment,
    Parameter,
    parameters_of,
)
from ..equations.user_equations import parse_equations
from ..errors import InvalidValueError, UnitError, UnknownNameError, located, nearest
from ..names import Names
from ..units import Checked, quantity, seconds

__all__ = [
    "EIF",
    "MEMBRANES",
    "AdEx",
    "AdaptiveIF",
    "CadIF",
    "CustomMembrane",
    "Izhikevich",
    "LeakyIF",
    "Membrane",
    "Passive",
    "as_membrane",
]

__getattr__ = old_names(__name__, "Template")


@dataclass(frozen=True, kw_only=True, eq=False)
class Membrane(Checked, ABC):
    """Base of the membrane models."""

    #: The parameter with the initial voltage of a group.
    rest: ClassVar[str] = "EL"

    @abstractmethod
    def fragment(self, names: Names) -> Fragment:
        """Return the equations and parameters of the voltage."""

    def _given(self, names: Names) -> dict[str, Parameter]:
        """Return the fields of this membrane as parameters of a compartment."""
        own = {names(item.name): item.name for item in fields(self)}
        remedy = "give it to the membrane, or set parameters[{name!r}]"
        return parameters_of(self, own, remedy)


def _leak(names: Names) -> str:
    """Return the leak current."""
    return f"{names('gL')} * ({names('EL')} - {names('V')})"


def _voltage(names: Names, flow: str) -> Equation:
    """Return the equation of the voltage with the currents *flow* of the membrane."""
    expression = f"({flow} + {names('I')}) / {names('C')}"
    return Equation.ode(names("V"), expression, "volt")


def _linear_adaptation(names: Names) -> Equation:
    """Return the equation of the adaptation current ``w``."""
    V, EL, w = names("V"), names("EL"), names("w")
    return Equation.ode(
        w, f"({names('a')} * ({V} - {EL}) - {w}) / {names('tauw')}", "amp"
    )


def _exponential(names: Names) -> str:
    """Return the exponential current of spike initiation."""
    DeltaT = names("DeltaT")
    return f"{names('gL')} * {DeltaT} * exp(({names('V')} - {names('Vth')}) / {DeltaT})"


_A = quantity("siemens", "subthreshold adaptation", default=None)
_TAUW = seconds("time constant of adaptation", None)
_DELTAT = quantity(
    "volt", "slope factor of spike initiation", default=None, sign="positive"
)
_VTH = quantity("volt", "threshold of spike initiation", default=None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Passive(Membrane):
    """Passive membrane: ``C dV/dt = gL (EL - V) + I``.

    References
    ----------
    Rall (1962). Electrophysiology of a dendritic neuron model. Biophysical Journal 2,
    145. doi:10.1016/S0006-3495(62)86953-7

    Examples
    --------
    >>> from dendrisyn import Dendrite, Passive
    >>> print(Dendrite('dend', model=Passive()).equations)
    dV_dend/dt = (gL_dend * (EL_dend - V_dend) + I_dend) / C_dend : volt
    I_dend = I_ext_dend : amp
    I_ext_dend : amp
    """

    def fragment(self, names: Names) -> Fragment:
        return Fragment(equations=(_voltage(names, _leak(names)),))


@dataclass(frozen=True, kw_only=True, eq=False)
class LeakyIF(Passive):
    """Leaky integrate-and-fire membrane: passive between spikes.

    References
    ----------
    Brunel & van Rossum (2007). Lapicque's 1907 paper: from frogs to integrate-and-fire.
    Biological Cybernetics 97, 337. doi:10.1007/s00422-007-0190-0

    Examples
    --------
    >>> from dendrisyn import LeakyIF, Soma
    >>> print(Soma('soma', model=LeakyIF()).equations.splitlines()[0])
    dV_soma/dt = (gL_soma * (EL_soma - V_soma) + I_soma) / C_soma : volt
    """


@dataclass(frozen=True, kw_only=True, eq=False)
class AdaptiveIF(Membrane):
    """Leaky integrate-and-fire with a linear adaptation current.

    ``C dV/dt = gL (EL - V) + I - w`` and ``dw/dt = (a (V - EL) - w)/tauw``.

    Parameters
    ----------
    a : Quantity
        Subthreshold adaptation (siemens).
    tauw : Quantity
        Time constant of adaptation (second).

    References
    ----------
    Gerstner, Kistler, Naud & Paninski (2014). Neuronal Dynamics, chapter 6.
    doi:10.1017/CBO9781107447615

    Examples
    --------
    >>> from brian2 import ms, nS
    >>> from dendrisyn import AdaptiveIF, Soma
    >>> soma = Soma('soma', model=AdaptiveIF(a=2*nS, tauw=100*ms))
    >>> soma.parameters['tauw_soma']
    100. * msecond
    """

    a: Quantity = _A
    tauw: Quantity = _TAUW

    def fragment(self, names: Names) -> Fragment:
        flow = f"{_leak(names)} - {names('w')}"
        return Fragment(
            equations=(_voltage(names, flow), _linear_adaptation(names)),
            parameters=self._given(names),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class CadIF(Membrane):
    """Integrate-and-fire with conductance-based adaptation.

    ``C dV/dt = gL (EL - V) + I - w``, ``w = gA (V - EA)`` and
    ``dgA/dt = (gAmax abs(V - VA)/mV - gA)/tauA``.

    Parameters
    ----------
    EA : Quantity
        Reversal potential of the adaptation (volt).
    VA : Quantity, optional
        Voltage without activation (volt); by default `EA`.
    gAmax : Quantity
        Conductance per millivolt of distance from `VA` (siemens).
    tauA : Quantity
        Time constant of adaptation (second).

    References
    ----------
    Pagkalos, Chavlis & Poirazi (2023). Introducing the Dendrify framework for
    incorporating dendrites to spiking neural networks. Nature Communications 14, 131.
    doi:10.1038/s41467-022-35747-8

    Examples
    --------
    >>> from brian2 import ms, mV, nS
    >>> from dendrisyn import CadIF, Soma
    >>> soma = Soma('soma', model=CadIF(EA=-70*mV, gAmax=0.1*nS, tauA=50*ms))
    >>> soma.parameters['VA_soma']
    -70. * mvolt
    """

    EA: Quantity = quantity("volt", "reversal of adaptation", default=None)
    VA: Quantity = quantity("volt", "voltage of no activation", default=None)
    gAmax: Quantity = quantity(
        "siemens",
        "adaptation per millivolt",
        default=None,
        sign="nonnegative",
        density=True,
    )
    tauA: Quantity = seconds("time constant of adaptation", None)

    def fragment(self, names: Names) -> Fragment:
        V, w, gA, EA, VA = map(names, ("V", "w", "gA", "EA", "VA"))
        drive = f"{names('gAmax')} * abs({V} - {VA}) / mV"
        parameters = self._given(names)
        if self.VA is None:
            parameters[VA] = parameters[VA]._replace(value=Formula(EA))
        return Fragment(
            equations=(
                _voltage(names, f"{_leak(names)} - {w}"),
                Equation.define(w, f"{gA} * ({V} - {EA})", "amp"),
                Equation.ode(gA, f"({drive} - {gA}) / {names('tauA')}", "siemens"),
            ),
            parameters=parameters,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class EIF(Membrane):
    """Exponential integrate-and-fire.

    ``C dV/dt = gL (EL - V) + gL DeltaT exp((V - Vth)/DeltaT) + I``.

    Parameters
    ----------
    DeltaT : Quantity
        Slope factor of spike initiation (volt).
    Vth : Quantity
        Threshold of spike initiation (volt).

    References
    ----------
    Fourcaud-Trocme, Hansel, van Vreeswijk & Brunel (2003). How spike generation
    mechanisms determine the neuronal response to fluctuating inputs. Journal of
    Neuroscience 23, 11628. doi:10.1523/JNEUROSCI.23-37-11628.2003

    Examples
    --------
    >>> from brian2 import mV
    >>> from dendrisyn import EIF, Soma
    >>> Soma('soma', model=EIF(DeltaT=2*mV, Vth=-50*mV)).parameters['DeltaT_soma']
    2. * mvolt
    """

    DeltaT: Quantity = _DELTAT
    Vth: Quantity = _VTH

    def fragment(self, names: Names) -> Fragment:
        equation = _voltage(names, f"{_leak(names)} + {_exponential(names)}")
        return Fragment(equations=(equation,), parameters=self._given(names))


@dataclass(frozen=True, kw_only=True, eq=False)
class AdEx(Membrane):
    """Adaptive exponential integrate-and-fire.

    ``C dV/dt = gL (EL - V) + gL DeltaT exp((V - Vth)/DeltaT) + I - w`` and
    ``dw/dt = (a (V - EL) - w)/tauw``.

    Parameters
    ----------
    a : Quantity
        Subthreshold adaptation (siemens).
    tauw : Quantity
        Time constant of adaptation (second).
    DeltaT : Quantity
        Slope factor of spike initiation (volt).
    Vth : Quantity
        Threshold of spike initiation (volt).

    References
    ----------
    Brette & Gerstner (2005). Adaptive exponential integrate-and-fire model as an
    effective description of neuronal activity. Journal of Neurophysiology 94, 3637.
    doi:10.1152/jn.00686.2005

    Examples
    --------
    >>> from brian2 import ms, mV, nS
    >>> from dendrisyn import AdEx, Soma
    >>> soma = Soma('soma', model=AdEx(a=4*nS, tauw=144*ms, DeltaT=2*mV, Vth=-50.4*mV))
    >>> soma.parameters['Vth_soma']
    -50.4 * mvolt
    """

    a: Quantity = _A
    tauw: Quantity = _TAUW
    DeltaT: Quantity = _DELTAT
    Vth: Quantity = _VTH

    def fragment(self, names: Names) -> Fragment:
        flow = f"{_leak(names)} + {_exponential(names)} - {names('w')}"
        return Fragment(
            equations=(_voltage(names, flow), _linear_adaptation(names)),
            parameters=self._given(names),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Izhikevich(Membrane):
    """Quadratic integrate-and-fire with adaptation, in the form with units.

    ``C dV/dt = k (V - vr)(V - vt) - u + I`` and ``du/dt = a (b (V - vr) - u)``. There
    is no leak term: `gl` and `gl_abs` are not needed.

    Parameters
    ----------
    k : Quantity
        Gain of the quadratic (siemens/volt).
    vr : Quantity, optional
        Resting potential (volt); by default `v_rest` of the compartment.
    vt : Quantity
        Instantaneous threshold (volt).
    a : Quantity
        Rate of recovery (hertz).
    b : Quantity
        Sensitivity of recovery (siemens).

    References
    ----------
    Izhikevich (2007). Dynamical Systems in Neuroscience, chapter 8. MIT Press.
    doi:10.7551/mitpress/2526.001.0001

    Examples
    --------
    >>> from brian2 import ms, mV, nS, pF
    >>> from dendrisyn import Izhikevich, Soma
    >>> regular = Izhikevich(k=0.7*nS/mV, vr=-60*mV, vt=-40*mV, a=0.03/ms,
    ...                      b=-2*nS)
    >>> Soma('soma', model=regular, cm_abs=100*pF).parameters['vt_soma']
    -40. * mvolt
    """

    rest: ClassVar[str] = "vr"

    k: Quantity = quantity(
        "siemens/volt", "gain of the quadratic", default=None, sign="positive"
    )
    vr: Quantity = quantity("volt", "resting potential", default=None)
    vt: Quantity = quantity("volt", "instantaneous threshold", default=None)
    a: Quantity = quantity("hertz", "rate of recovery", default=None, sign="positive")
    b: Quantity = quantity("siemens", "sensitivity of recovery", default=None)

    def fragment(self, names: Names) -> Fragment:
        V, u, vr = names("V"), names("u"), names("vr")
        flow = f"{names('k')} * ({V} - {vr}) * ({V} - {names('vt')}) - {u}"
        recovery = f"{names('a')} * ({names('b')} * ({V} - {vr}) - {u})"
        parameters = self._given(names)
        if self.vr is None:
            parameters[vr] = parameters[vr]._replace(value=Formula(names("EL")))
        return Fragment(
            equations=(_voltage(names, flow), Equation.ode(u, recovery, "amp")),
            parameters=parameters,
        )


@dataclass(frozen=True, eq=False)
class CustomMembrane(Membrane):
    """A membrane with equations of your own.

    Parameters
    ----------
    text : str
        Brian2 equations in which ``{0}`` stands for the suffix of the compartment's
        variables (``'_soma'``; empty in a point neuron). The equations must define
        ``dV{0}/dt``. The line ``I{0} = I_ext{0} : amp``, to which the currents of the
        mechanisms are added, is optional.

    Raises
    ------
    InvalidValueError
        If Brian2 cannot read the text, or if the text does not define the voltage.

    Examples
    --------
    >>> from dendrisyn import Soma
    >>> soma = Soma('soma', model='dV{0}/dt = (g{0}*(E{0} - V{0}) + I{0})/C{0} : volt')
    >>> print(soma.equations.splitlines()[0])
    dV_soma/dt = (g_soma*(E_soma - V_soma) + I_soma)/C_soma : volt
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise UnitError(
                f"CustomMembrane: expected equations as text, got {self.text!r}."
            )
        equations = self._equations(Names(""))
        if not any(line.name == "V" and line.kind == ODE for line in equations):
            raise InvalidValueError(
                "CustomMembrane: the equations do not define the voltage. Add a line "
                "dV{0}/dt = ... : volt."
            )

    def _equations(self, names: Names) -> tuple[Equation, ...]:
        """Return the equations of a compartment; braces other than {0} stay."""
        text = re.sub(r"\{0\}", names.suffix, self.text)
        return parse_equations(text, "CustomMembrane")

    def fragment(self, names: Names) -> Fragment:
        return Fragment(equations=self._equations(names))


#: The membranes by their names in ``model=...`` of a compartment.
MEMBRANES: MappingProxyType[str, type[Membrane]] = MappingProxyType(
    {
        "passive": Passive,
        "leakyIF": LeakyIF,
        "adaptiveIF": AdaptiveIF,
        "cadIF": CadIF,
        "adex": AdEx,
        "eif": EIF,
        "izhikevich": Izhikevich,
    }
)


def as_membrane(model: str | Membrane) -> Membrane:
    """Return a membrane, by its name in `library`, or of equations with ``{0}``."""
    if isinstance(model, Membrane):
        return model
    if isinstance(model, str) and model in MEMBRANES:
        return MEMBRANES[model]()
    if isinstance(model, str) and ("{0}" in model or "=" in model):
        with located("model"):
            return CustomMembrane(model)
    raise UnknownNameError(
        f"there is no membrane {model!r}.{nearest(str(model), MEMBRANES)} Or give a "
        "template: Brian2 equations with {0} for the suffix of the compartment."
    )
