"""Plasticity of triplets of spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from brian2.units.allunits import msecond
from brian2.units.fundamentalunits import Quantity

from ..equations.fragment import SynapticFragment
from ..names import Names
from ..units import check_bool, number, seconds
from .rule import WeightDependent, check_choice
from .timing import SpikeTiming

__all__ = ["TripletSTDP"]

_FIELDS = ("A2_plus", "A3_plus", "A2_minus", "A3_minus")
_TIMES = ("tau_plus", "tau_x", "tau_minus", "tau_y")

#: Amplitudes, then tau_x and tau_y (ms), by tissue, pairing and whether the model is
#: the minimal one: tables 3 and 4 of Pfister & Gerstner (2006).
_PUBLISHED = {
    ("visual cortex", "all-to-all", False): (5e-10, 6.2e-3, 7e-3, 2.3e-4, 101, 125),
    ("visual cortex", "all-to-all", True): (0, 6.5e-3, 7.1e-3, 0, 101, 114),
    ("visual cortex", "nearest", False): (8.8e-11, 5.3e-2, 6.6e-3, 3.1e-3, 714, 40),
    ("visual cortex", "nearest", True): (0, 5e-2, 8e-3, 0, 714, 40),
    ("hippocampus", "all-to-all", False): (6.1e-3, 6.7e-3, 1.6e-3, 1.4e-3, 946, 27),
    ("hippocampus", "all-to-all", True): (5.3e-3, 8e-3, 3.5e-3, 0, 946, 40),
    ("hippocampus", "nearest", False): (4.6e-3, 9.1e-3, 3e-3, 7.5e-9, 575, 47),
    ("hippocampus", "nearest", True): (4.6e-3, 9.1e-3, 3e-3, 0, 575, 48),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class TripletSTDP(SpikeTiming, WeightDependent):
    """Spike-timing-dependent plasticity of pairs and triplets of spikes.

    Traces ``r1, r2`` follow presynaptic and ``o1, o2`` postsynaptic events, with the
    time constants `tau_plus`, `tau_x`, `tau_minus` and `tau_y`.

    * A postsynaptic event adds ``r1 (A2_plus + A3_plus o2)`` to the weight,
    * a presynaptic spike subtracts ``o1 (A2_minus + A3_minus r2)``,

    with the values of the slow traces ``r2, o2`` just before the event. Within a time
    step, presynaptic events come before postsynaptic ones.

    Parameters
    ----------
    w_min, w_max, gate, post, pairing
        See `SpikeTiming`.
    mu_plus, mu_minus
        See `WeightDependent`.
    A2_plus, A3_plus, A2_minus, A3_minus : float
        Amplitudes of pairs and triplets, up and down.
    tau_plus, tau_minus, tau_x, tau_y : Quantity
        Time constants (second).

    Notes
    -----
    `visual_cortex` and `hippocampus` give the published parameters; the defaults are
    the full all-to-all model of visual cortex. In the paper a weight starts at 1 and
    changes by fractions of it, so set ``w_max=2``. Variables per synapse: ``r1_stdp``,
    ``r2_stdp``, ``o1_stdp`` and ``o2_stdp``, after the last event; the slow traces only
    if their amplitude is not 0.

    References
    ----------
    Pfister & Gerstner (2006). Triplets of spikes in a model of spike timing-dependent
    plasticity. Journal of Neuroscience 26, 9673. doi:10.1523/JNEUROSCI.1425-06.2006

    Examples
    --------
    >>> from dendrisyn import TripletSTDP
    >>> TripletSTDP.visual_cortex(minimal=True, w_max=2).A3_plus
    0.0065
    """

    A2_plus: float = number("potentiation by a pair", 5e-10)
    A3_plus: float = number("potentiation by a triplet", 6.2e-3)
    A2_minus: float = number("depression by a pair", 7e-3)
    A3_minus: float = number("depression by a triplet", 2.3e-4)
    tau_plus: Quantity = seconds("fast presynaptic time constant", 16.8 * msecond)
    tau_x: Quantity = seconds("slow presynaptic time constant", 101 * msecond)
    tau_minus: Quantity = seconds("fast postsynaptic time constant", 33.7 * msecond)
    tau_y: Quantity = seconds("slow postsynaptic time constant", 125 * msecond)

    @classmethod
    def visual_cortex(
        cls, pairing: str = "all-to-all", minimal: bool = False, **kwargs: Any
    ) -> Self:
        """Return the rule fitted to visual cortex slices (table 3 of the paper).

        Parameters
        ----------
        pairing : {'all-to-all', 'nearest'}
            The fit for this pairing.
        minimal : bool
            Whether to take the fit with the fewest parameters.
        **kwargs
            Other parameters.
        """
        return cls._published("visual cortex", pairing, minimal, kwargs)

    @classmethod
    def hippocampus(
        cls, pairing: str = "all-to-all", minimal: bool = False, **kwargs: Any
    ) -> Self:
        """Return the rule fitted to hippocampal culture (table 4 of the paper).

        Parameters
        ----------
        pairing, minimal, **kwargs
            See `visual_cortex`.
        """
        return cls._published("hippocampus", pairing, minimal, kwargs)

    @classmethod
    def _published(
        cls, tissue: str, pairing: str, minimal: bool, other: dict[str, Any]
    ) -> Self:
        """Return the rule with the parameters of a published fit."""
        check_choice(pairing, ("all-to-all", "nearest"), "TripletSTDP.pairing")
        check_bool(minimal, "TripletSTDP.minimal")
        *amplitudes, tau_x, tau_y = _PUBLISHED[tissue, pairing, minimal]
        known = dict(zip(_FIELDS, amplitudes, strict=True))
        known |= {"tau_x": tau_x * msecond, "tau_y": tau_y * msecond}
        return cls(**{**known, "pairing": pairing, **other})

    def fragment(self, weight: str, names: Names) -> SynapticFragment:
        slow_post, slow_pre = bool(self.A3_plus), bool(self.A3_minus)
        traces = {"r1_stdp": ("pre", "tau_plus_stdp")}
        if slow_pre:
            traces["r2_stdp"] = ("pre", "tau_x_stdp")
        traces["o1_stdp"] = ("post", "tau_minus_stdp")
        if slow_post:
            traces["o2_stdp"] = ("post", "tau_y_stdp")
        up = "A2_plus_stdp" + (" + A3_plus_stdp * o2_stdp" if slow_post else "")
        down = "A2_minus_stdp" + (" + A3_minus_stdp * r2_stdp" if slow_pre else "")
        return self.timing(
            names,
            traces,
            on_pre=self.depress(weight, f"o1_stdp * ({down})"),
            on_post=self.potentiate(weight, f"r1_stdp * ({up})"),
            parameters=self.settings(*_FIELDS, *_TIMES),
        )
