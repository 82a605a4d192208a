"""What an explicit method makes of a model at a given `dt`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, factorial

import numpy as np

__all__ = ["largest_stable_dt", "peak_error", "unresolved"]

#: Where the real axis leaves the region of absolute stability. Hairer & Wanner (1996),
#: Solving Ordinary Differential Equations II, section IV.2.
#: doi:10.1007/978-3-642-05221-7
STABILITY_LIMITS = {
    "euler": 2.0,
    "heun": 2.0,
    "milstein": 2.0,
    "rk2": 2.0,
    "rk4": 2.785,
}

#: The methods that are judged.
JUDGED = (*STABILITY_LIMITS, "exponential_euler")

#: The error of a conductance's peak that is worth a word.
_PEAK_TOLERANCE = 0.05


def largest_stable_dt(
    capacitances: Sequence[float],
    leaks: Sequence[float],
    couplings: Iterable[tuple[int, int, float]],
    method: str,
) -> float:
    """Return the largest stable step of an explicit method on passive compartments.

    Parameters
    ----------
    capacitances : sequence of float, shape (n,)
        Capacitance of each compartment (farad).
    leaks : sequence of float, shape (n,)
        Leak conductance of each compartment (siemens).
    couplings : iterable of (int, int, float)
        Pairs of compartments and their conductance (siemens).
    method : str
        A key of `JUDGED`.

    Returns
    -------
    float
        The step (second): the limit of the method over the largest rate of the system
        ``C dV/dt = -G V``; infinite for a method without a limit.
    """
    if method not in STABILITY_LIMITS:
        return np.inf
    conductance = np.diag(np.asarray(leaks, dtype=float))
    for one, other, g in couplings:
        conductance[one, one] += g
        conductance[other, other] += g
        conductance[one, other] -= g
        conductance[other, one] -= g
    # C^-1 G is similar to this symmetric matrix, whose eigenvalues are real.
    root = np.sqrt(np.asarray(capacitances, dtype=float))
    rates = np.linalg.eigvalsh(conductance / np.outer(root, root))
    return STABILITY_LIMITS[method] / rates[-1] if rates[-1] > 0 else np.inf


def peak_error(method: str, t_rise: float, t_decay: float, dt: float) -> float:
    """Return the relative error of the peak of a dual exponential under a method.

    Parameters
    ----------
    method : str
        'euler', 'heun', 'milstein', 'rk2', 'rk4' or 'exponential_euler'. Brian2's heun
        and milstein treat what has no noise as euler does.
    t_rise, t_decay : float
        Time constants (second).
    dt : float
        Step (second).

    Returns
    -------
    float
        Positive where the method overshoots; infinite where it is unstable.
    """
    rates = np.array([[-1 / t_decay, 1 / t_rise], [0, -1 / t_rise]])
    if method == "exponential_euler":
        # each variable by itself, the other one held for the step
        decay, rise = np.exp(-dt / t_decay), np.exp(-dt / t_rise)
        step = np.array([[decay, (1 - decay) * t_decay / t_rise], [0, rise]])
    else:
        order = {"rk2": 2, "rk4": 4}.get(method, 1)
        powers = [np.linalg.matrix_power(dt * rates, n) for n in range(order + 1)]
        step = np.sum([each / factorial(n) for n, each in enumerate(powers)], axis=0)
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


def unresolved(
    dt: float,
    method: str,
    stable_dt: float,
    gates: Mapping[str, tuple[float, float]],
) -> list[str]:
    """Return a sentence for each thing that *method* does not resolve at *dt*.

    Parameters
    ----------
    dt : float
        Step (second).
    method : str
        A key of `JUDGED`.
    stable_dt : float
        The largest stable step (second).
    gates : mapping of str to (float, float)
        Rise and decay time constants (second) by receptor.
    """
    found = []
    if dt > stable_dt:
        found.append(
            f"the voltages diverge: the compartments are so tightly coupled that "
            f"dt = {dt * 1e3:g} ms is more than the largest stable step, "
            f"{stable_dt * 1e3:.3g} ms. Lower dt, or use method='crank_nicolson', "
            "which is stable at any dt."
        )
    for name, (t_rise, t_decay) in gates.items():
        error = peak_error(method, t_rise, t_decay, dt)
        if abs(error) > _PEAK_TOLERANCE:
            found.append(
                f"the peak of {name} is off by {error:+.0%} under {method!r}: its rise "
                f"time, {t_rise * 1e3:g} ms, is short compared with dt = "
                f"{dt * 1e3:g} ms. Lower dt, or use method='crank_nicolson'."
            )
    return found
