"""`Patch`: a piece of membrane with one voltage, and what has been added to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

from brian2.units.allunits import msecond, pamp
from brian2.units.fundamentalunits import Quantity

from ..equations.assembly import Assembly, assemble
from ..equations.compartment_equations import (
    Clash,
    CompartmentEquations,
    ParameterTable,
    Source,
    describe,
    merge_parameters,
)
from ..equations.fragment import ODE, Parameter
from ..equations.mechanism import Mechanism
from ..equations.parameters import SHARED, default_params
from ..equations.user_equations import (
    AddedEquations,
    ReplacedEquations,
    parse_equations,
)
from ..errors import (
    InvalidValueError,
    NameConflictError,
    UnitError,
    UnknownNameError,
    located,
    nearest,
)
from ..mechanisms.dendritic_spike import DendriticSpike
from ..mechanisms.membranes import CustomMembrane, Membrane, as_membrane
from ..mechanisms.noise import Noise
from ..names import Names, SynapseNames, as_names, check_identifier
from ..synapses import AMPA, GABA, NMDA, Synapse, g_norm_factor
from .editable import Editable
from .geometry import EphysProperties

__all__ = ["Patch"]

_RECEPTORS = {"AMPA": AMPA, "NMDA": NMDA, "GABA": GABA}


class Patch(Editable):
    """A piece of membrane with one voltage, and what has been added to it."""

    def __init__(
        self, name: str, model: str | Membrane, properties: Mapping[str, Any]
    ) -> None:
        self._name = name
        self._mechanisms: dict[str, Mechanism] = {}
        self._overrides: dict[str, Any] = {}
        self._shared: Mapping[str, Quantity] | None = None
        self._model: Editable | None = None  # the one that it is a copy for
        with located(self._title()):
            self._membrane = as_membrane(model)
            self._ephys = EphysProperties(name=name or None, **properties)
            self._check(self._part())

    # -- what it is ---------------------------------------------------------------

    @property
    def membrane(self) -> Membrane:
        """The membrane model."""
        return self._membrane

    @property
    def ephys(self) -> EphysProperties:
        """Size and passive properties."""
        return self._ephys

    @property
    def mechanisms(self) -> Mapping[str, Mechanism]:
        """What has been added, by label (read-only)."""
        return MappingProxyType(self._mechanisms)

    @property
    def area(self) -> Quantity:
        """Effective membrane area (metre**2), with `scale_factor` and `spine_factor`.

        Raises
        ------
        InvalidValueError
            If length or diameter is not given.
        """
        return self._ephys.area

    @property
    def capacitance(self) -> Quantity:
        """Capacitance in use (farad).

        Raises
        ------
        InvalidValueError
            If it cannot be computed.
        """
        value = self.parameters[self._names("C")]
        return self._ephys.capacitance if value is None else value

    @property
    def g_leakage(self) -> Quantity:
        """Leak conductance in use (siemens).

        Raises
        ------
        InvalidValueError
            If it cannot be computed.
        """
        value = self.parameters[self._names("gL")]
        return self._ephys.g_leakage if value is None else value

    @property
    def dimensionless(self) -> bool:
        """Whether it is lumped (`cm_abs`, `gl_abs`) and has no size."""
        return self._ephys.dimensionless

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
            if label not in list(self._mechanisms):
                raise UnknownNameError(
                    f"there is no mechanism {label!r}."
                    f"{nearest(str(label), self._mechanisms)}"
                )
            rest = {k: each for k, each in self._mechanisms.items() if k != label}
            fragment = self._mechanisms[label].fragment(self._names)
            gone = {each.name for each in fragment.equations} | {*fragment.parameters}
            part = self._part(rest)
            self._check(part)
            for equation in assemble([part], self._merged(part)).equations.values():
                for name in sorted(equation.identifiers & gone):
                    raise InvalidValueError(
                        f"the equation of {equation.name} refers to {name}. Replace "
                        "it first."
                    )
        self._mechanisms = rest
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
                hint = nearest(str(channel), _RECEPTORS)
                raise UnknownNameError(
                    f"there is no receptor {channel!r}.{hint} "
                    "For one of your own, add a Synapse object."
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

    # -- for the model ------------------------------------------------------------

    @property
    def _names(self) -> Names:
        return Names.of(self._name)

    def _title(self) -> str:
        return f"{type(self).__name__}({self._name!r})"

    def _add(self, *mechanisms: Mechanism) -> None:
        added = dict(self._mechanisms)
        for mechanism in mechanisms:
            if not isinstance(mechanism, Mechanism):
                raise UnitError(f"expected a mechanism, got {mechanism!r}.")
            label = mechanism.label
            if label in added:
                raise NameConflictError(
                    f"there is {label!r} already. To replace it, call "
                    f"remove({label!r}) first; to change a value, set it in "
                    "parameters; to have two, give them different names."
                )
            added[label] = mechanism
        self._check(self._part(added))
        self._mechanisms = added

    def _check(self, part: CompartmentEquations) -> None:
        """Raise if the names of *part* clash or are not legal."""
        for contribution in (part.membrane, *part.contributions):
            fragment = contribution.fragment
            created = [each.name for each in fragment.equations]
            for name in (*created, *fragment.parameters):
                check_identifier(name, contribution.origin.split(": ")[-1])
        voltage = part.names("V")
        if not any(
            each.name == voltage and each.kind == ODE
            for each in part.membrane.fragment.equations
        ):
            raise InvalidValueError(
                f"the template does not define d{voltage}/dt: write dV{{0}}/dt, with "
                "{0} for the suffix of the compartment."
            )
        assembly = assemble([part], self._merged(part))
        if assembly.problems:
            clash = any(isinstance(each, Clash) for each in assembly.problems)
            kind = NameConflictError if clash else InvalidValueError
            raise kind(" ".join(assembly.complaints))
        if assembly.custom:
            assembly.parsed()
            mixed = assembly.mixed_units()
            if mixed:
                raise UnitError("; ".join(mixed))

    def _common(self) -> Mapping[str, Quantity]:
        return default_params() if self._shared is None else self._shared

    def _part(
        self, mechanisms: Mapping[str, Mechanism] | None = None
    ) -> CompartmentEquations:
        names, title = self._names, self._title()
        mechanisms = self._mechanisms if mechanisms is None else mechanisms
        contributions = [Source(title, self._ephys.fragment(names))]
        custom = (AddedEquations, ReplacedEquations)
        contributions += [
            Source(
                f"{title}: {mechanism.label}",
                mechanism.fragment(names),
                isinstance(mechanism, custom),
            )
            for mechanism in mechanisms.values()
        ]
        contributions += self._couplings()
        return CompartmentEquations(
            title=title,
            names=names,
            membrane=Source(
                f"{title}: membrane",
                self._membrane.fragment(names),
                isinstance(self._membrane, CustomMembrane),
            ),
            contributions=tuple(contributions),
            area=self._ephys._area(),
            rest=names(self._membrane.rest),
        )

    def _couplings(self) -> list[Source]:
        """Return what the couplings to other patches add."""
        return []

    def _receptors(self) -> dict[str, Synapse]:
        """Return the receptors by their names, such as ``'AMPA_x_dend'``."""
        return {
            self._names(label): each
            for label, each in self._mechanisms.items()
            if isinstance(each, Synapse)
        }

    def _dendritic_spikes(self) -> dict[str, DendriticSpike]:
        """Return the dendritic spikes by their events, such as ``'spike_Na_dend'``."""
        return {
            self._names.event(each.name): each
            for each in self._mechanisms.values()
            if isinstance(each, DendriticSpike)
        }

    def _gates(self) -> dict[str, tuple[str, str]]:
        """Return the time constants of receptors with a rise, by label."""
        gates = {}
        for each in self._receptors().values():
            own = SynapseNames(self._names, each.channel, each.tag)
            times = None if each.per_synapse else each.kinetics.times(own)
            if times is not None:
                gates[each.label] = times
        return gates

    def _assembly(self) -> Assembly:
        return assemble([self._part()], self._merged())

    def _copy(self) -> Self:
        """Return a copy that belongs to no model and can be changed by itself."""
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied._overrides = self._values(self._part())
        copied._model = None
        return copied

    __copy__ = _copy

    def _parts(self) -> list[CompartmentEquations]:
        return [self._part()]

    def _include(self, mechanism: Mechanism) -> None:
        self._add(mechanism)

    def _parameters(self) -> dict[str, Parameter]:
        return self._merged().parameters

    def _merged(self, part: CompartmentEquations | None = None) -> ParameterTable:
        part = self._part() if part is None else part
        return merge_parameters([part], self._common(), {}, self._values(part))

    def _values(self, part: CompartmentEquations) -> dict[str, Any]:
        """Return what was set by name: here, or for this patch in its model."""
        if self._model is None:
            return dict(self._overrides)
        own = part.parameter_names | SHARED.keys()
        values = self._model._overrides
        return {name: values[name] for name in values if name in own}

    def _assign(self, values: dict[str, Any]) -> None:
        if self._model is not None:
            self._model._assign(values)
            return
        before = self._overrides
        self._overrides = {**before, **values}
        problems = describe(self._merged().problems)
        if problems:
            self._overrides = before
            raise InvalidValueError(" ".join(problems))

    def _forget(self, name: str) -> bool:
        if self._model is not None:
            return self._model._forget(name)
        before = self._overrides
        self._overrides = {key: before[key] for key in before if key != name}
        return name in before

    def __repr__(self) -> str:
        inside = ", ".join(self._mechanisms) or "no mechanisms"
        return f"<{self._title()}: {type(self._membrane).__name__}, {inside}>"
