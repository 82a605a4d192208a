"""`PassiveCell`: properties of passive compartments in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from brian2.units.allunits import hertz, ohm, second, volt
from brian2.units.fundamentalunits import Quantity

from ..errors import InvalidValueError, look_up
from ..figures import heat_map
from ..tables import as_html, as_text
from ..units import Spec
from .circuit import FREQUENCY, Circuit, frozen, numbers
from .linear_system import STABILITY_LIMITS, UNLIMITED

__all__ = ["PassiveCell"]

#: The largest number of rows in a table.
_ROWS = 40

_TIME = Spec("second", "time from the onset", "nonnegative")


@dataclass(frozen=True, eq=False, repr=False)
class PassiveCell(Circuit):
    """Passive compartments, as `passive` returns them.

    Matrices have a row per compartment with the current and a column per compartment
    with the voltage, in the order of `compartments`, see `index`. Voltages are
    distances from rest. Methods raise `UnknownNameError` for a name that is no
    compartment; `UnitError` or `InvalidValueError` for a value of the wrong unit or
    sign, or that is not finite; and `InvalidValueError` if a resistance is infinite,
    since there is no leak.

    Parameters
    ----------
    compartments : sequence of str
        Names.
    capacitance : Quantity, shape (n,)
        Capacitances (farad).
    leak : Quantity, shape (n,)
        Leak conductances (siemens).
    couplings : mapping of (str, str) to Quantity
        Coupled pairs and their conductance (siemens).
    root : str, optional
        The compartment that tables refer to; by default the first. `passive` takes the
        first soma, or the first compartment of a model without a soma.

    Raises
    ------
    UnitError, InvalidValueError
        If a value has the wrong unit, sign or shape.
    UnknownNameError, NameConflictError, GraphError
        If a coupling or the root names no compartment, two compartments have the same
        name, or a pair is coupled twice.

    References
    ----------
    Koch (1999). Biophysics of Computation, chapter 3. Oxford University Press.
    doi:10.1093/oso/9780195104912.001.0001

    Examples
    --------
    >>> from brian2 import nS, pF
    >>> from dendrisyn import PassiveCell
    >>> cell = PassiveCell(['soma', 'dend'], [100, 50]*pF, [5, 3]*nS,
    ...                    {('soma', 'dend'): 8*nS})
    >>> print(cell)
    PassiveCell of 2 compartments
    compartment  input resistance (Mohm)  C/gL (ms)  to soma  from soma
    -------------------------------------------------------------------
           soma                    139.2         20        1          1
           dend                    164.6      16.67   0.6154     0.7273
    time constants (ms): 18.78, 3.37
    largest stable step (ms): 6.739 (euler), 9.385 (rk4)
    """

    # -- a steady current -------------------------------------------------------------

    @cached_property
    def resistance(self) -> Quantity:
        """Input resistances on the diagonal, transfer resistances off it (ohm).

        The inverse of the conductance matrix, shape (n, n), which is symmetric.
        """
        self._check_leaks()
        try:
            inverse = np.linalg.inv(np.asarray(self.conductance))
        except np.linalg.LinAlgError:
            inverse = np.full(self.conductance.shape, np.nan)
        # All current leaves through the leaks. 1e-6: far above usual rounding.
        if not np.allclose(inverse @ np.asarray(self.leak), 1, rtol=0, atol=1e-6):
            raise InvalidValueError(
                "PassiveCell.resistance: the leaks are so small compared with the "
                "couplings that they are lost in rounding. Give larger leaks, or merge "
                "compartments."
            )
        return frozen((inverse + inverse.T) / 2 * ohm)

    def input_resistance(self, name: str | None = None) -> Quantity:
        """Return the steady voltage per current into the same compartment (ohm).

        Parameters
        ----------
        name : str, optional
            The compartment; by default the root.
        """
        place = self.index(name)
        return self.resistance[place, place]

    def transfer_resistance(self, source: str, target: str) -> Quantity:
        """Return the steady voltage of *target* per current into *source* (ohm)."""
        return self.resistance[self.index(source), self.index(target)]

    @property
    def attenuation(self) -> np.ndarray:
        """Steady voltage of the column over that of the row, which gets the current.

        Shape (n, n), not symmetric; 1 is no attenuation.
        """
        resistance = np.asarray(self.resistance)
        return resistance / np.diag(resistance)[:, None]

    @property
    def electrotonic_distance(self) -> np.ndarray:
        """Logarithm of the loss of steady voltage from row to column, shape (n, n).

        It adds up along a path; in an infinite cable it is length over length constant.

        References
        ----------
        Zador, Agmon-Snir & Segev (1995). The morphoelectrotonic transform: a graphical
        approach to dendritic function. Journal of Neuroscience 15, 1669.
        doi:10.1523/JNEUROSCI.15-03-01669.1995
        """
        with np.errstate(divide="ignore"):
            return np.log(1 / self.attenuation)

    def steady_state(self, currents: Mapping[str, Quantity]) -> Quantity:
        """Return the steady voltages under steady currents (volt), shape (n,).

        Parameters
        ----------
        currents : mapping of str to Quantity
            Currents by compartment (amp).
        """
        return np.asarray(self.resistance) @ self._vector(currents) * volt

    # -- time -------------------------------------------------------------------------

    @property
    def membrane_time_constants(self) -> Quantity:
        """Capacitance over leak of the compartments (second), shape (n,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(self.capacitance) / np.asarray(self.leak) * second

    @property
    def time_constants(self) -> Quantity:
        """Time constants of the whole cell, the slowest first (second), shape (n,).

        All voltages are sums of `modes`, which decay with these time constants.

        References
        ----------
        Rall (1969). Time constants and electrotonic length of membrane cylinders and
        neurons. Biophysical Journal 9, 1483. doi:10.1016/S0006-3495(69)86467-2
        """
        with np.errstate(divide="ignore"):
            return 1 / self._relaxation[0] * second

    @property
    def modes(self) -> np.ndarray:
        """Voltages that keep their ratios while they decay, shape (n, n).

        Column k decays with ``time_constants[k]``. Its largest voltage is 1.
        """
        modes = self._relaxation[1]
        places = np.abs(modes).argmax(axis=0)
        return modes / modes[places, np.arange(len(places))]

    def step_response(
        self, currents: Mapping[str, Quantity], times: Quantity
    ) -> Quantity:
        """Return the voltages after the onset of steady currents (volt).

        Parameters
        ----------
        currents : mapping of str to Quantity
            Currents by compartment (amp).
        times : Quantity, shape (...)
            Times from the onset (second).

        Returns
        -------
        Quantity, shape (..., n)
        """
        rates, modes = self._relaxation
        t = numbers(times, _TIME, "times")[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            grown = np.where(rates > 0, -np.expm1(-rates * t) / rates, t)
        return (grown * (self._vector(currents) @ modes)) @ modes.T * volt

    def largest_stable_dt(self, method: str) -> Quantity:
        """Return the largest `dt` at which the voltages do not diverge (second).

        Parameters
        ----------
        method : str
            An integration method such as ``'euler'``; the result is infinite for the
            implicit methods of dendrisyn.
        """
        limits = {**STABILITY_LIMITS, **dict.fromkeys(UNLIMITED, np.inf)}
        limit = look_up(method, limits, "method", "PassiveCell.largest_stable_dt")
        fastest = self._relaxation[0][-1]
        return (limit / fastest if fastest > 0 else np.inf) * second

    # -- frequency --------------------------------------------------------------------

    def impedance(self, frequency: Quantity) -> Quantity:
        """Return input and transfer impedances, complex (ohm).

        A sinusoidal current flows into the compartment of the row. The absolute value
        is the amplitude of the voltage of the column over that of the current; the
        argument is its `phase`.

        Parameters
        ----------
        frequency : Quantity, shape (...)
            Frequency (hertz).

        Returns
        -------
        Quantity, shape (..., n, n)
        """
        return np.linalg.inv(self._admittance(frequency)) * ohm

    def phase(self, frequency: Quantity) -> np.ndarray:
        """Return the phases of voltage to current, between -pi and pi (radian).

        They are negative, since the voltage lags, except for lags beyond half a turn.

        Parameters
        ----------
        frequency : Quantity, shape (...)
            Frequency (hertz).

        Returns
        -------
        ndarray, shape (..., n, n)
        """
        return np.angle(np.asarray(self.impedance(frequency)))

    def attenuation_at(self, frequency: Quantity) -> np.ndarray:
        """Return the amplitude of the voltage of the column over that of the row.

        Parameters
        ----------
        frequency : Quantity, shape (...)
            Frequency of the current into the row (hertz).

        Returns
        -------
        ndarray, shape (..., n, n)
        """
        size = np.abs(np.asarray(self.impedance(frequency)))
        return size / np.diagonal(size, axis1=-2, axis2=-1)[..., None]

    def cutoff_frequency(
        self, source: str | None = None, target: str | None = None
    ) -> Quantity:
        """Return the frequency at which the impedance is ``1/sqrt(2)`` of that at 0 Hz.

        Parameters
        ----------
        source, target : str, optional
            The compartment with the current, by default the root, and the compartment
            with the voltage, by default the same.

        Returns
        -------
        Quantity
            The frequency (hertz).

        Raises
        ------
        InvalidValueError
            If the resistance is infinite, or no voltage reaches the target.
        """
        place = self.index(source)
        other = place if target is None else self.index(target)
        if self.resistance[place, other] == 0 * ohm:
            raise InvalidValueError(
                f"PassiveCell.cutoff_frequency: no voltage reaches {target!r} from "
                f"{source!r}, since a coupling between them is 0."
            )
        return self._falling_to(np.sqrt(0.5), place, other) / (2 * np.pi) * hertz

    # -- display ----------------------------------------------------------------------

    def plot(self, ax: Any = None, *, frequency: Quantity = 0 * hertz) -> Any:
        """Draw the attenuation between all compartments.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            The axes to draw into; by default a new figure.
        frequency : Quantity
            Frequency of the current (hertz).

        Returns
        -------
        matplotlib.axes.Axes
            The drawing.
        """
        frequency = FREQUENCY.check(frequency, "PassiveCell.plot: frequency")
        steady = frequency == 0 * hertz
        return heat_map(
            self.attenuation_at(frequency),
            self._labels,
            ax=ax,
            label="voltage relative to that at its source",
            title="steady current" if steady else f"{float(frequency):g} Hz",
            xlabel="voltage of",
            ylabel="current into",
        )

    def __repr__(self) -> str:
        count = len(self.compartments)
        return f"<PassiveCell of {count} compartment{'s' if count > 1 else ''}>"

    def __str__(self) -> str:
        slowest = [f"{tau * 1e3:.4g}" for tau in np.asarray(self.time_constants)[:4]]
        if len(self.compartments) > len(slowest):
            slowest.append("...")
        steps = (
            f"{float(self.largest_stable_dt(method)) * 1e3:.4g} ({method})"
            for method in ("euler", "rk4")
        )
        return (
            f"{as_text(repr(self)[1:-1], self.columns())}\n"
            f"time constants (ms): {', '.join(slowest)}\n"
            f"largest stable step (ms): {', '.join(steps)}"
        )

    def _repr_html_(self) -> str:
        return as_html(repr(self)[1:-1], self.columns())

    def columns(self) -> list[tuple[str, Any]]:
        """Return headings and columns of the printed table; of a large cell, both ends.

        Returns
        -------
        list of (str, sequence)
            Headings with units, and names or plain numbers in these units.
        """
        count, root = len(self.compartments), self.index()
        shown, head = np.arange(count), "compartment"
        if count > _ROWS:
            shown = np.delete(shown, slice(_ROWS // 2, -_ROWS // 2))
            head = f"the first and the last {_ROWS // 2} compartments"
        names = [self._labels[place] for place in shown]
        resistance = np.full(count, np.inf)
        if not self._without_leak:
            resistance = np.diag(np.asarray(self.resistance))
        taus = np.asarray(self.membrane_time_constants)
        columns: list[tuple[str, Any]] = [
            (head, names),
            ("input resistance (Mohm)", resistance[shown] / 1e6),
            ("C/gL (ms)", taus[shown] * 1e3),
        ]
        if count > 1 and not self._without_leak:
            to_root, from_root = self.attenuation[:, root], self.attenuation[root]
            columns += [
                (f"to {self.root}", to_root[shown]),
                (f"from {self.root}", from_root[shown]),
            ]
        return columns

    @property
    def _labels(self) -> list[str]:
        """The names in tables: ``'soma'`` for the empty name of a point neuron."""
        return [name or "soma" for name in self.compartments]
