"""Compartments: pieces of membrane with one voltage, which can be coupled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from brian2.units.allunits import msecond, pamp
from brian2.units.fundamentalunits import Quantity

from ..equations.mechanism import Mechanism
from ..equations.user_equations import AddedEquations, parse_equations
from ..errors import (
    GraphError,
    InvalidValueError,
    UnitError,
    UnknownNameError,
    located,
    look_up,
    nearest,
)
from ..mechanisms.membranes import Membrane
from ..mechanisms.noise import Noise
from ..names import as_names, check_label
from ..synapses import AMPA, GABA, NMDA, g_norm_factor
from .compartment_checks import check_compartment
from .compartment_state import CompartmentState
from .coupling import Coupling

__all__ = ["Compartment"]

_RECEPTORS = {"AMPA": AMPA, "NMDA": NMDA, "GABA": GABA}


class Compartment(CompartmentState):
    """A compartment of a neuron.

    Parameters
    ----------
    name : str
        The suffix of its variables: letters, digits and underscores between them.
    model : str or Membrane
        The membrane model: ``'passive'``, ``'leakyIF'``, ``'adaptiveIF'``,
        ``'cadIF'``, ``'adex'``, ``'eif'``, ``'izhikevich'``, a membrane object such as
        ``AdEx(DeltaT=2*mV, ...)``, or a template of your own (see `CustomMembrane`). By
        default ``'passive'``, ``'leakyIF'`` in a `Soma`.
    length, diameter, cm, gl : Quantity, optional
        Size of the cylinder (metre), specific capacitance (farad/metre**2) and leak
        conductance (siemens/metre**2).
    cm_abs, gl_abs : Quantity, optional
        Capacitance (farad) and leak conductance (siemens) of a lumped compartment,
        instead of a size.
    r_axial, v_rest : Quantity, optional
        Axial resistivity (ohm*metre) and resting potential (volt).
    scale_factor, spine_factor : float
        Factors of the membrane area; `spine_factor` has no effect on a soma.

    Raises
    ------
    NameConflictError
        If the name cannot be part of a variable's name.
    UnknownNameError
        If there is no such membrane.
    UnitError, InvalidValueError
        If a value has the wrong unit or sign.

    Examples
    --------
    >>> from brian2 import uF, uS, cm, um, mV
    >>> from dendrisyn import Compartment
    >>> comp = Compartment('comp', length=100*um, diameter=1*um, cm=1*uF/cm**2,
    ...                    gl=50*uS/cm**2, v_rest=-65*mV)
    >>> print(comp.equations)
    dV_comp/dt = (gL_comp * (EL_comp - V_comp) + I_comp) / C_comp : volt
    I_comp = I_ext_comp : amp
    I_ext_comp : amp
    >>> comp.capacitance
    3.14159265 * pfarad
    """

    _default_model: ClassVar[str] = "passive"
    _is_soma: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        model: str | Membrane | None = None,
        length: Quantity = None,
        diameter: Quantity = None,
        cm: Quantity = None,
        gl: Quantity = None,
        cm_abs: Quantity = None,
        gl_abs: Quantity = None,
        r_axial: Quantity = None,
        v_rest: Quantity = None,
        scale_factor: float = 1.0,
        spine_factor: float = 1.0,
    ) -> None:
        super().__init__(
            check_label(name, type(self).__name__),
            self._default_model if model is None else model,
            {
                "length": length,
                "diameter": diameter,
                "cm": cm,
                "gl": gl,
                "cm_abs": cm_abs,
                "gl_abs": gl_abs,
                "r_axial": r_axial,
                "v_rest": v_rest,
                "scale_factor": scale_factor,
                "spine_factor": spine_factor,
                "is_soma": self._is_soma,
            },
        )

    # -- building -----------------------------------------------------------------

    def add(self, *mechanisms: Mechanism) -> None:
        """Add mechanisms: all of them, or none if one is wrong.

        Parameters
        ----------
        *mechanisms : Mechanism
            `AMPA`, `NMDA`, `GABA`, `Synapse`, `DendriticSpike`, `Noise`, ...

        Raises
        ------
        NameConflictError
            If a mechanism of this label is there already, or a name that it creates
            is taken or not legal.
        UnitError
            If it is not a mechanism.

        Examples
        --------
        >>> from brian2 import ms, nS
        >>> from dendrisyn import AMPA, NMDA, Dendrite
        >>> dend = Dendrite('dend')
        >>> dend.add(AMPA('x', g=1*nS, t_decay=2*ms), NMDA('x', g=1*nS, t_decay=60*ms))
        >>> list(dend.mechanisms)
        ['AMPA_x', 'NMDA_x']
        """
        with located(f"{self._title()}.add"):
            self._add(*mechanisms)

    def remove(self, label: str) -> None:
        """Take a mechanism out, with the values that were set for it by name.

        Parameters
        ----------
        label : str
            A key of `mechanisms`, such as ``'AMPA_x'`` or ``'spike_Na'``.

        Raises
        ------
        UnknownNameError
            If there is no such mechanism.
        InvalidValueError
            If equations of yours refer to what it creates.
        """
        with located(f"{self._title()}.remove"):
            mechanism = look_up(label, self._mechanisms, "mechanism")
            rest = {k: each for k, each in self._mechanisms.items() if k != label}
            own = self._written(rest)
            whole = self._coupled(own)
            assembly = check_compartment(whole, self._table(whole), whole.variables)
            fragment = mechanism.fragment(self._names)
            gone = {each.name for each in fragment.equations} | {*fragment.parameters}
            for equation in assembly.equations.values():
                for name in sorted(equation.identifiers & gone):
                    raise InvalidValueError(
                        f"the equation of {equation.name} refers to {name}. Replace "
                        "it first."
                    )
        self._set(rest, own)
        for name in fragment.parameters:
            self._forget(name)

    def synapse(
        self,
        channel: str,
        tag: str,
        g: Quantity = None,
        t_rise: Quantity = None,
        t_decay: Quantity = None,
        scale_g: bool = False,
    ) -> None:
        """Add a receptor in the short form of Dendrify.

        Without `t_rise`, a spike opens the conductance at once and it decays
        exponentially. With `t_rise`, it rises and decays exponentially; its peak is
        then `g` only with ``scale_g=True`` (the builders `AMPA`, `NMDA` and `GABA`
        normalise by default).

        Parameters
        ----------
        channel : {'AMPA', 'NMDA', 'GABA'}
            The receptor.
        tag : str
            Tells receptors of one channel apart.
        g : Quantity
            Maximal conductance (siemens or siemens/metre**2).
        t_rise, t_decay : Quantity
            Time constants (second).
        scale_g : bool
            Whether the peak after one spike is `g`.

        Raises
        ------
        UnknownNameError
            If there is no such receptor.
        NameConflictError
            If the receptor is there already.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign, or `t_rise` is given alone.

        Examples
        --------
        >>> from brian2 import ms, nS
        >>> from dendrisyn import Dendrite
        >>> dend = Dendrite('dend')
        >>> dend.synapse('AMPA', tag='x', g=1*nS, t_decay=5*ms)
        >>> dend.parameters['t_AMPA_decay_x_dend']
        5. * msecond
        """
        with located(f"{self._title()}.synapse"):
            if channel not in list(_RECEPTORS):
                raise UnknownNameError(
                    f"there is no receptor {channel!r}."
                    f"{nearest(str(channel), _RECEPTORS)} "
                    "For a receptor of your own, add a Synapse object."
                )
            receptor = _RECEPTORS[channel]
            self._add(
                receptor(tag, g=g, t_rise=t_rise, t_decay=t_decay, normalize=scale_g)
            )

    def noise(
        self,
        tau: Quantity = 20 * msecond,
        sigma: Quantity = 1 * pamp,
        mean: Quantity = 0 * pamp,
    ) -> None:
        """Add a noise current, see `Noise`.

        Parameters
        ----------
        tau : Quantity
            Correlation time (second).
        sigma : Quantity
            Stationary standard deviation (amp).
        mean : Quantity
            Stationary mean (amp).

        Raises
        ------
        NameConflictError
            If there is noise already.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign.

        Examples
        --------
        >>> from brian2 import pA
        >>> from dendrisyn import Soma
        >>> soma = Soma('soma')
        >>> soma.noise(sigma=3*pA)
        >>> soma.parameters['sigma_noise_soma']
        3. * pamp
        """
        with located(f"{self._title()}.noise"):
            self._add(Noise(tau=tau, sigma=sigma, mean=mean))

    def add_equations(self, eqs: str, currents: Iterable[str] = ()) -> None:
        """Add equations of your own.

        Parameters
        ----------
        eqs : str
            Brian2 equations.
        currents : iterable of str
            Those of their variables (amp, positive where they depolarise) that are
            summed into the current of this compartment.

        Raises
        ------
        InvalidValueError
            If Brian2 cannot read them, or a current is not among them.
        UnitError
            If an equation mixes units, or a current is not in amp.
        NameConflictError
            If a variable exists already: use `replace_equations`.

        Examples
        --------
        >>> from dendrisyn import Dendrite
        >>> dend = Dendrite('dend')
        >>> dend.add_equations('I_pump = -2*pA : amp', currents=['I_pump'])
        >>> print(dend.equations.splitlines()[1])
        I_dend = I_ext_dend + I_pump : amp
        """
        with located(f"{self._title()}.add_equations"):
            equations = parse_equations(eqs, "eqs")
            units = {each.name: each.unit for each in equations}
            summed = as_names(currents, "currents")
            for current in summed:
                if current not in units:
                    raise InvalidValueError(
                        f"{current!r} is not defined by these equations."
                        f"{nearest(current, units)}"
                    )
                if units[current] != "amp":
                    raise UnitError(
                        f"{current} cannot be summed with currents: its unit is "
                        f"{units[current]}, not amp."
                    )
            self._add(
                AddedEquations(
                    equations=equations, currents=summed, number=self._next()
                )
            )

    g_norm_factor = staticmethod(g_norm_factor)

    @property
    def name(self) -> str:
        """The name, the suffix of its variables."""
        return self._name

    def connect(
        self, other: Compartment, g: Quantity | str | None = "half_cylinders"
    ) -> None:
        """Couple this compartment to another one.

        `NeuronModel` couples compartments by itself; use this one for equations that
        you take to a group of your own, or to state a coupling before the model.

        Parameters
        ----------
        other : Compartment
            The other compartment.
        g : Quantity or str
            A conductance (siemens), ``'half_cylinders'`` for half of each cylinder in
            series, or ``'cylinder_<name>'`` for the whole cylinder of one.

        Raises
        ------
        GraphError
            If they are coupled already, are one, or share a name.
        UnitError, InvalidValueError, UnknownNameError
            If `g` is none of these, or needs a size that is not given.

        Examples
        --------
        >>> from brian2 import nS
        >>> from dendrisyn import Dendrite, Soma
        >>> soma, dend = Soma('soma'), Dendrite('dend')
        >>> soma.connect(dend, 10*nS)
        >>> soma.parameters['g_dend_soma']
        10. * nsiemens
        """
        where = f"{self._title()}.connect"
        if not isinstance(other, Compartment):
            raise UnitError(f"{where}: expected a Compartment, got {other!r}.")
        with located(where):
            coupling = Coupling(self._ephys, other._ephys, g)
            if any(there._name == other._name for there, _ in self._neighbours):
                raise GraphError(
                    f"{self.name!r} and {other.name!r} are coupled already. Leave "
                    "this call out, or make the compartments anew."
                )
        self._neighbours = (*self._neighbours, (other, coupling))
        other._neighbours = (*other._neighbours, (self, coupling))
        self._couple()
        other._couple()
        # A conductance that was set by name before replaces the default.
        for end in (self, other):
            for name in coupling.names:
                if name in end._values.values:
                    end._assign({name: end._values.values[name]})
                    end._forget(name)

    @property
    def neighbours(self) -> tuple[tuple[Compartment, Coupling], ...]:
        """The compartments that `connect` has coupled to this one."""
        return self._neighbours
