"""Kinetics with a gate per synapse: saturating, or driven by transmitter pulses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from brian2.units.allunits import hertz, mmolar, msecond
from brian2.units.fundamentalunits import Quantity

from ..deprecated import old_names
from ..equations.fragment import Equation, Fragment, parameters_of, steps
from ..integrators import MEAN_DRIVE
from ..names import SynapseNames
from ..units import number, quantity, seconds
from .kinetics import REMEDY, Kinetics

__all__ = ["GABABKinetics", "SaturatingNMDA", "TwoStateKinetics"]

__getattr__ = old_names(__name__, "GProteinGated", "TransmitterGated")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pulse(Kinetics):
    """Base of kinetics driven by a pulse of transmitter: ``C = T release``."""

    linear: ClassVar[bool] = False

    T: Quantity = quantity(
        "mmolar", "transmitter concentration", default=1 * mmolar, sign="nonnegative"
    )
    T_dur: Quantity = seconds("duration of the pulse", 1 * msecond)

    def on_spike(
        self, names: SynapseNames, amount: str, suffix: str = ""
    ) -> tuple[str, ...]:
        return (
            f"{names.state('release')}{suffix} = {amount}",
            f"{names.state('spiketime')}{suffix} = t",
        )

    def pulse(self, names: SynapseNames) -> Fragment:
        """Return the equations and parameters of the transmitter."""
        T, duration, release = names("T"), names("T_dur"), names.state("release")
        # The number of the step, not t: see `DendriticSpike`.
        since = f"t_in_timesteps*dt - {names.state('spiketime')}"
        on = f"{since} < ({steps(duration)} + 0.5)*dt"
        return Fragment(
            equations=(
                Equation.define(
                    names.state("C"), f"{T} * {release} * int({on})", "mmolar"
                ),
                # 0 until the first spike, so that nothing is released at t = 0
                Equation.variable(release, "1"),
                Equation.variable(names.state("spiketime"), "second"),
            ),
            parameters=parameters_of(self, {T: "T", duration: "T_dur"}, REMEDY),
            durations=(duration,),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoStateKinetics(_Pulse):
    """Two-state receptor: ``ds/dt = alpha C (1 - s) - beta s``.

    The transmitter ``C`` is `T` for `T_dur` after a spike. The gate ``s`` saturates, so
    every synapse has its own.

    Parameters
    ----------
    T : Quantity
        Transmitter concentration (mmolar), 1 mM.
    T_dur : Quantity
        Duration of the pulse (second), 1 ms, in whole time steps. A spike within a
        pulse starts a new pulse.
    alpha : Quantity
        Binding rate (hertz/mmolar).
    beta : Quantity
        Unbinding rate (hertz).

    Notes
    -----
    Variables per synapse, with the ending ``_syn``: ``s_``, ``C_``, ``release_`` and
    ``spiketime_``; of the neuron: ``s_tot_``, the weighted sum of ``s_``. Parameters:
    ``alpha_``, ``beta_``, ``T_`` and ``T_dur_``. Short-term plasticity scales ``C``.
    One spike opens the gate to
    ``alpha T/(alpha T + beta) (1 - exp(-(alpha T + beta) T_dur))``.

    References
    ----------
    Destexhe, Mainen & Sejnowski (1994). An efficient method for computing synaptic
    conductances based on a kinetic model of receptor binding. Neural Computation 6, 14.
    doi:10.1162/neco.1994.6.1.14

    Destexhe, Mainen & Sejnowski (1998). Kinetic models of synaptic transmission. In
    Methods in Neuronal Modeling, 2nd edition, MIT Press.

    Examples
    --------
    >>> from brian2 import mmolar, ms
    >>> from dendrisyn import TwoStateKinetics
    >>> TwoStateKinetics(alpha=0.94/(mmolar*ms), beta=0.18/ms).T
    1. * mmolar
    """

    # Exact: the equation is linear in s, and C is constant within a step.
    method: ClassVar[str] = "exponential_euler"

    alpha: Quantity = quantity(
        "hertz/mmolar", "binding rate", default=None, sign="positive"
    )
    beta: Quantity = quantity("hertz", "unbinding rate", default=None, sign="positive")

    @classmethod
    def ampa(cls) -> Self:
        """Return the AMPA receptor of BrainPy: peak 0.208 after one spike."""
        return cls(
            alpha=0.98 / (mmolar * msecond),
            beta=0.18 / msecond,
            T=0.5 * mmolar,
            T_dur=0.5 * msecond,
        )

    @classmethod
    def gaba_a(cls) -> Self:
        """Return the GABA-A receptor of BrainPy: peak 0.3795 after one spike."""
        return cls(alpha=0.53 / (mmolar * msecond), beta=0.18 / msecond)

    def gate(self, names: SynapseNames) -> str | None:
        return names.state("s")

    def fragment(self, names: SynapseNames) -> Fragment:
        s, alpha, beta = names.state("s"), names("alpha"), names("beta")
        pulse = self.pulse(names)
        parameters = parameters_of(self, {alpha: "alpha", beta: "beta"}, REMEDY)
        slope = f"{alpha} * {names.state('C')} * (1 - {s}) - {beta} * {s}"
        return Fragment(
            equations=(Equation.ode(s, slope, "1"), *pulse.equations),
            parameters={**parameters, **pulse.parameters},
            durations=pulse.durations,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SaturatingNMDA(Kinetics):
    """NMDA gate that saturates: ``ds/dt = -s/t_decay + alpha x (1 - s)``.

    ``dx/dt = -x/t_rise``; a spike adds 1 to ``x`` and ``s`` is the gate. Each synapse
    has its own.

    Parameters
    ----------
    t_rise : Quantity
        Rise time constant (second), 2 ms.
    t_decay : Quantity
        Decay time constant (second), 100 ms.
    alpha : Quantity
        Opening rate (hertz), 0.5/ms.

    Notes
    -----
    Variables per synapse, with the ending ``_syn``: ``s_`` and ``x_``; of the neuron:
    ``s_tot_``, the weighted sum of ``s_``. Parameters: ``t_<channel>_rise_``,
    ``t_<channel>_decay_`` and ``alpha_``. Short-term plasticity scales what a spike
    adds to ``x``. With the defaults, those of Brunel & Wang, one spike opens the gate
    to 0.592, after 7.1 ms.

    References
    ----------
    Wang (1999). Synaptic basis of cortical persistent activity: the importance of NMDA
    receptors to working memory. Journal of Neuroscience 19, 9587.
    doi:10.1523/JNEUROSCI.19-21-09587.1999

    Brunel & Wang (2001). Effects of neuromodulation in a cortical network model of
    object working memory dominated by recurrent inhibition. Journal of Computational
    Neuroscience 11, 63. doi:10.1023/A:1011204814320

    Examples
    --------
    >>> from dendrisyn import SaturatingNMDA
    >>> SaturatingNMDA().t_decay
    100. * msecond
    """

    linear: ClassVar[bool] = False
    method: ClassVar[str] = MEAN_DRIVE

    t_rise: Quantity = seconds("rise time constant", 2 * msecond)
    t_decay: Quantity = seconds("decay time constant", 100 * msecond)
    alpha: Quantity = quantity(
        "hertz", "opening rate", default=500 * hertz, sign="nonnegative"
    )

    def gate(self, names: SynapseNames) -> str | None:
        return names.state("s")

    def increment(self, names: SynapseNames) -> tuple[str, tuple[str, ...]]:
        return names.state("x"), ()

    def fragment(self, names: SynapseNames) -> Fragment:
        s, x, alpha = names.state("s"), names.state("x"), names("alpha")
        rise, decay = names.time("rise"), names.time("decay")
        return Fragment(
            equations=(
                Equation.ode(s, f"-{s} / {decay} + {alpha} * {x} * (1 - {s})", "1"),
                Equation.ode(x, f"-{x} / {rise}", "1"),
            ),
            parameters=parameters_of(
                self, {rise: "t_rise", decay: "t_decay", alpha: "alpha"}, REMEDY
            ),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class GABABKinetics(_Pulse):
    """GABA-B receptor: transmitter activates a receptor that produces G protein.

    ``dr/dt = K3 C (1 - r) - K4 r`` and ``ds/dt = K1 r - K2 s``; the gate is
    ``s**4/(s**4 + Kd)``. The transmitter ``C`` is `T` for `T_dur` after a spike. One
    spike hardly opens the gate; a burst does.

    Parameters
    ----------
    T : Quantity
        Transmitter concentration (mmolar), 0.5 mM.
    T_dur : Quantity
        Duration of the pulse (second), 0.3 ms, in whole time steps. A spike within a
        pulse starts a new pulse.
    K1 : Quantity
        Production of G protein (hertz), 0.18/ms.
    K2 : Quantity
        Decay of G protein (hertz), 0.034/ms.
    K3 : Quantity
        Activation of the receptor (hertz/mmolar), 0.09/(mM ms).
    K4 : Quantity
        Deactivation of the receptor (hertz), 0.0012/ms.
    Kd : float
        Dissociation constant of the four binding sites (uM**4), 100.

    Notes
    -----
    Variables per synapse, with the ending ``_syn``: ``r_``, ``s_`` (in uM), ``C_``,
    ``release_`` and ``spiketime_``; of the neuron: ``s_tot_``, the weighted sum of the
    gates.
    Parameters: ``K1_`` to ``K4_``, ``Kd_``, ``T_`` and ``T_dur_``. Short-term
    plasticity scales ``C``. The values and the names of the rates are those of BrainPy;
    other papers call the rates of the receptor K1 and K2, those of the G protein K3
    and K4.

    References
    ----------
    Destexhe & Sejnowski (1995). G protein activation kinetics and spillover of
    gamma-aminobutyric acid may account for differences between inhibitory responses in
    the hippocampus and thalamus. PNAS 92, 9515. doi:10.1073/pnas.92.21.9515

    Examples
    --------
    >>> from dendrisyn import GABABKinetics
    >>> GABABKinetics().Kd
    100.0
    """

    method: ClassVar[str] = "rk4"

    T: Quantity = quantity(
        "mmolar", "transmitter concentration", default=0.5 * mmolar, sign="nonnegative"
    )
    T_dur: Quantity = seconds("duration of the pulse", 0.3 * msecond)
    K1: Quantity = quantity(
        "hertz", "production of G protein", default=0.18 / msecond, sign="nonnegative"
    )
    K2: Quantity = quantity(
        "hertz", "decay of G protein", default=0.034 / msecond, sign="nonnegative"
    )
    K3: Quantity = quantity(
        "hertz/mmolar",
        "activation of the receptor",
        default=0.09 / (mmolar * msecond),
        sign="nonnegative",
    )
    K4: Quantity = quantity(
        "hertz",
        "deactivation of the receptor",
        default=0.0012 / msecond,
        sign="nonnegative",
    )
    Kd: float = number("dissociation constant (uM**4)", 100.0, "positive")

    def gate(self, names: SynapseNames) -> str | None:
        s = names.state("s")
        return f"{s}**4 / ({s}**4 + {names('Kd')})"

    def fragment(self, names: SynapseNames) -> Fragment:
        r, s = names.state("r"), names.state("s")
        fields = ("Kd", "K1", "K2", "K3", "K4")
        _, K1, K2, K3, K4 = (names(field) for field in fields)
        pulse = self.pulse(names)
        binding = f"{K3} * {names.state('C')} * (1 - {r}) - {K4} * {r}"
        constants = {names(field): field for field in fields}
        parameters = parameters_of(self, constants, REMEDY)
        return Fragment(
            equations=(
                Equation.ode(r, binding, "1"),
                Equation.ode(s, f"{K1} * {r} - {K2} * {s}", "1"),
                *pulse.equations,
            ),
            parameters={**parameters, **pulse.parameters},
            durations=pulse.durations,
        )
