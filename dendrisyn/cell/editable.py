"""`Editable`: the base of compartments and models."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from ..equations.assembly import Assembly
from ..equations.mechanism import Mechanism
from ..equations.parameters import checked_values
from ..equations.user_equations import replacement_of
from ..errors import DendrisynError, located
from .display import summary
from .live_parameters import HasParameters, ParameterLookup, Parameters

__all__ = ["Editable"]

#: The key in a pickle that tells its version.
_STATE = "dendrisyn state"


class Editable(HasParameters):
    """Base of compartments and models: equations, and parameters set by name."""

    _additions = 0

    @property
    def equations(self) -> str:
        """The Brian2 equations."""
        return self._assembly().text

    @property
    def parameters(self) -> Parameters:
        """Live mapping of all parameters: setting one changes the model.

        Quantities and floats by their Brian2 names; None where nothing is given. The
        two conductances of a coupling, ``g_a_b`` and ``g_b_a``, are two names of one
        value.
        """
        return Parameters(self)

    @property
    def events(self) -> dict[str, str]:
        """The events of the dendritic spikes and their conditions."""
        return self._assembly().events

    @property
    def event_names(self) -> list[str]:
        """The names of the events of the dendritic spikes."""
        return list(self.events)

    @property
    def event_actions(self) -> dict[str, str]:
        """The statements that a group built by hand must run on each event.

        The groups of `make_neurongroup` run them by themselves. In a group built by
        hand, start each ``spiketime_...`` at -1e4 s: 0 s means a spike at the start.
        """
        return self._assembly().event_actions

    def add_params(self, params_dict: Mapping[str, Any]) -> None:
        """Set parameters by name, or add new ones for your own equations.

        Parameters
        ----------
        params_dict : dict of str to Quantity or float
            Values by their full Brian2 names; they win over the values of builders.

        Raises
        ------
        UnitError, InvalidValueError
            If an existing parameter gets the wrong unit or sign, or a value is not
            finite. Nothing is changed then.

        Examples
        --------
        >>> from brian2 import mV
        >>> from dendrisyn import Soma
        >>> soma = Soma('soma')
        >>> soma.add_params({'EL_soma': -70*mV})
        >>> soma.parameters['EL_soma']
        -70. * mvolt
        """
        with located(f"{self._title()}.add_params"):
            lookup = ParameterLookup(self)
            self._assign(checked_values(params_dict, lookup, self._defines))

    def replace_equations(self, eqs_old: str, eqs_new: str) -> None:
        """Replace equations by others.

        Parameters
        ----------
        eqs_old : str
            Equations as `equations` shows them, up to spaces and the order of terms.
        eqs_new : str
            The new equations. They may define other variables. Currents that are
            added later are summed into a new total current (``I_dend``); those that
            exist now are not.

        Raises
        ------
        InvalidValueError
            If Brian2 cannot read them, or an old equation differs from `equations`.
        UnknownNameError
            If there is no such equation.

        Examples
        --------
        >>> from dendrisyn import Soma
        >>> soma = Soma('soma')
        >>> soma.replace_equations('I_ext_soma : amp', 'I_ext_soma = 10*pA : amp')
        >>> print(soma.equations.splitlines()[2])
        I_ext_soma = 10*pA : amp
        """
        with located(f"{self._title()}.replace_equations"):
            assembly = self._assembly()
            self._include(
                replacement_of(
                    eqs_old,
                    eqs_new,
                    assembly.equations,
                    assembly.factors,
                    self._summed_currents(),
                    self._next(),
                )
            )

    @abstractmethod
    def _assembly(self) -> Assembly:
        """Return the equations, parameters and events."""

    @abstractmethod
    def _defines(self, name: str) -> bool:
        """Return whether an equation defines a variable of this name."""

    @abstractmethod
    def _summed_currents(self) -> frozenset[str]:
        """Return the currents that are summed into compartments."""

    @abstractmethod
    def _include(self, mechanism: Mechanism) -> None:
        """Add a mechanism that holds equations of the user."""

    def _next(self) -> int:
        """Return the number of the next addition of the user."""
        self._additions += 1
        return self._additions

    def __str__(self) -> str:
        return summary(self._title(), self._assembly())

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, _STATE: 1}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if _STATE not in state:
            raise DendrisynError(
                f"a {type(self).__name__} of version 0.5.0 or older cannot be read "
                "from its pickle: build it anew with this version."
            )
        self.__dict__.update({k: v for k, v in state.items() if k != _STATE})
