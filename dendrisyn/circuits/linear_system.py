"""Passive compartments as a linear system, and the stability of explicit methods.

All values are plain numbers in SI units. Leading axes hold many cells of one graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, factorial

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "conductance_matrix",
    "decay_rates",
    "input_resistance",
    "largest_stable_dt",
    "peak_error",
    "relaxation",
    "voltage_ratio",
]

#: The largest dt times decay rate in the region of absolute stability. Hairer & Wanner
#: (1996), Solving Ordinary Differential Equations II, section IV.2.
#: doi:10.1007/978-3-642-05221-7
STABILITY_LIMITS = {
    "euler": 2.0,
    "heun": 2.0,
    "milstein": 2.0,
    "rk2": 2.0,
    "rk4": 2.785,
}

#: Methods that are stable at any `dt`, however tightly compartments are coupled.
UNLIMITED = ("crank_nicolson", "exponential_euler", "implicit_euler")

#: The methods that are checked.
JUDGED = (*STABILITY_LIMITS, "exponential_euler")


def conductance_matrix(
    leaks: ArrayLike, couplings: Iterable[tuple[int, int, ArrayLike]]
) -> np.ndarray:
    """Return ``G`` of ``C dV/dt = -G V``, where ``V`` is the distance from rest.

    Parameters
    ----------
    leaks : array_like, shape (..., n)
        Leak conductances (siemens).
    couplings : iterable of (int, int, array_like)
        Pairs of compartments and their conductance (siemens), of shape (...).

    Returns
    -------
    ndarray, shape (..., n, n)
        Leaks plus couplings on the diagonal, minus the couplings off it (siemens).

    Examples
    --------
    >>> from dendrisyn.circuits.linear_system import conductance_matrix
    >>> conductance_matrix([5, 3], [(0, 1, 8)])
    array([[13., -8.],
           [-8., 11.]])
    """
    leak = np.asarray(leaks, dtype=float)
    edges = [(one, other, np.asarray(g, dtype=float)) for one, other, g in couplings]
    lanes = np.broadcast_shapes(leak.shape[:-1], *(g.shape for *_, g in edges))
    n = leak.shape[-1]
    matrix = np.zeros((*lanes, n, n))
    matrix[..., np.arange(n), np.arange(n)] = leak
    for one, other, g in edges:
        matrix[..., one, one] += g
        matrix[..., other, other] += g
        matrix[..., one, other] -= g
        matrix[..., other, one] -= g
    return matrix


def input_resistance(conductance: np.ndarray, place: int) -> np.ndarray:
    """Return the steady voltage per current into the same compartment.

    Parameters
    ----------
    conductance : ndarray, shape (..., n, n)
        From `conductance_matrix` (siemens).
    place : int
        The compartment.

    Returns
    -------
    ndarray, shape (...)
        Input resistance (ohm).

    Raises
    ------
    numpy.linalg.LinAlgError
        If all leaks are 0.
    """
    return _column(conductance, place)[..., place]


def voltage_ratio(conductance: np.ndarray, source: int, target: int) -> np.ndarray:
    """Return the steady voltage of *target* over that of *source*, shape (...).

    The arguments are those of `input_resistance`; the current flows into *source*.
    """
    voltage = _column(conductance, source)
    return voltage[..., target] / voltage[..., source]


def _column(conductance: np.ndarray, place: int) -> np.ndarray:
    """Return a column of the inverse, shape (..., n)."""
    unit = np.zeros((conductance.shape[-1], 1))
    unit[place] = 1
    return np.linalg.solve(conductance, unit)[..., 0]


def decay_rates(capacitances: ArrayLike, conductance: np.ndarray) -> np.ndarray:
    """Return the eigenvalues of ``C^-1 G`` (1/second), the smallest first.

    These are the rates at which passive compartments relax, of shape (..., n). The
    capacitances (farad) have the same shape, the `conductance_matrix` (siemens) has
    shape (..., n, n).
    """
    root = np.sqrt(np.asarray(capacitances, dtype=float))
    return np.linalg.eigvalsh(_symmetric(root, conductance))


def relaxation(
    capacitances: ArrayLike, conductance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return `decay_rates`, and the voltages that decay with these rates.

    Returns
    -------
    rates : ndarray, shape (..., n)
        The eigenvalues of ``C^-1 G`` (1/second).
    modes : ndarray, shape (..., n, n)
        Its eigenvectors, as columns ``M`` with ``M.T C M = 1`` and ``M.T G M`` the
        rates: ``M exp(-rates t) M.T`` is the response to a charge of 1 C.
    """
    root = np.sqrt(np.asarray(capacitances, dtype=float))
    rates, vectors = np.linalg.eigh(_symmetric(root, conductance))
    return rates, vectors / root[..., :, None]


def _symmetric(root: np.ndarray, conductance: np.ndarray) -> np.ndarray:
    """Return ``C^-1/2 G C^-1/2``, which has the eigenvalues of ``C^-1 G``."""
    return conductance / (root[..., :, None] * root[..., None, :])


def largest_stable_dt(
    capacitances: Sequence[float],
    leaks: Sequence[float],
    couplings: Iterable[tuple[int, int, float]],
    method: str,
) -> float:
    """Return the largest stable step (second) of a method on passive compartments.

    This is the limit of the method over the largest of the `decay_rates`; infinite for
    a method without a limit. The capacitances are in farad, the leaks in siemens, the
    couplings are pairs of compartments and their conductance (siemens).
    """
    if method not in STABILITY_LIMITS:
        return np.inf
    rates = decay_rates(capacitances, conductance_matrix(leaks, couplings))
    return STABILITY_LIMITS[method] / rates[-1] if rates[-1] > 0 else np.inf


def peak_error(method: str, t_rise: float, t_decay: float, dt: float) -> float:
    """Return the relative error of the peak of a dual exponential under a method.

    It is positive if the method overshoots, and infinite if it is unstable. The time
    constants and the step are in seconds. Brian2's heun and milstein are euler without
    noise.
    """
    rates = np.array([[-1 / t_decay, 1 / t_rise], [0, -1 / t_rise]])
    if method == "exponential_euler":
        # every variable by itself, the other constant during the step
        decay, rise = np.exp(-dt / t_decay), np.exp(-dt / t_rise)
        step = np.array([[decay, (1 - decay) * t_decay / t_rise], [0, rise]])
    else:
        order = {"rk2": 2, "rk4": 4}.get(method, 1)
        powers = [np.linalg.matrix_power(dt * rates, n) for n in range(order + 1)]
        step = np.sum([power / factorial(n) for n, power in enumerate(powers)], axis=0)
    if np.abs(np.diag(step)).max() >= 1:
        return np.inf
    ratio = np.log(t_decay / t_rise)
    swift = 1.0 if ratio == 0 else ratio / np.expm1(ratio)
    state, peak = np.array([0.0, 1.0]), 0.0
    for _ in range(ceil(2 * t_decay * swift / dt) + 10):
        state = step @ state
        if state[0] < peak:
            break
        peak = state[0]
    # the peak of the solution is exp(-swift), at t_decay * swift
    return float(peak / np.exp(-swift) - 1)
