"""`Soma` and `Dendrite`: the two kinds of compartments."""

from __future__ import annotations

from typing import ClassVar

from brian2.units.fundamentalunits import Quantity

from ..errors import located
from ..mechanisms.dendritic_spike import DendriticSpike
from .compartment import Compartment

__all__ = ["Dendrite", "Soma"]


class Soma(Compartment):
    """A soma: a `Compartment` whose membrane is ``'leakyIF'`` by default.

    The parameters are those of `Compartment`; `spine_factor` has no effect.

    Examples
    --------
    >>> from brian2 import nS, pF
    >>> from dendrisyn import Soma
    >>> Soma('soma', cm_abs=100*pF, gl_abs=5*nS).g_leakage
    5. * nsiemens
    """

    _default_model: ClassVar[str] = "leakyIF"
    _is_soma: ClassVar[bool] = True


class Dendrite(Compartment):
    """A dendrite: a `Compartment` that may have dendritic spikes.

    The parameters are those of `Compartment`.

    Examples
    --------
    >>> from brian2 import um
    >>> from dendrisyn import Dendrite
    >>> dend = Dendrite('dend', length=100*um, diameter=1*um, spine_factor=1.5)
    >>> dend.area
    471.23889804 * umetre2
    """

    def dspikes(
        self,
        name: str,
        threshold: Quantity = None,
        g_rise: Quantity = None,
        g_fall: Quantity = None,
        duration_rise: Quantity = None,
        duration_fall: Quantity = None,
        reversal_rise: Quantity | str = None,
        reversal_fall: Quantity | str = None,
        offset_fall: Quantity = None,
        refractory: Quantity = None,
    ) -> None:
        """Add a dendritic spike: the arguments are those of `DendriticSpike`.

        Raises
        ------
        NameConflictError
            If there is a spike of this name.
        UnknownNameError
            If a reversal potential is named that models do not share.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign.
        """
        with located(f"{self._title()}.dspikes"):
            self._add(
                DendriticSpike(
                    name,
                    threshold=threshold,
                    g_rise=g_rise,
                    g_fall=g_fall,
                    duration_rise=duration_rise,
                    duration_fall=duration_fall,
                    reversal_rise=reversal_rise,
                    reversal_fall=reversal_fall,
                    offset_fall=offset_fall,
                    refractory=refractory,
                )
            )
