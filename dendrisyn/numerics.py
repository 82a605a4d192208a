"""What an explicit method makes of a model at a given `dt`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np

__all__ = ["euler_peak_error", "largest_stable_dt", "unresolved"]

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

#: Euler's error of a conductance's peak that is worth a word.
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
        A key of `STABILITY_LIMITS`.

    Returns
    -------
    float
        The step (second): the limit of the method over the largest rate of the system
        ``C dV/dt = -G V``.
    """
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


def euler_peak_error(t_rise: float, t_decay: float, dt: float) -> float:
    """Return the relative error of the peak of a dual exponential under Euler.

    Parameters
    ----------
    t_rise, t_decay : float
        Time constants (second).
    dt : float
        Step (second).

    Returns
    -------
    float
        Positive where Euler overshoots; infinite where it is unstable.
    """
    slow, fast = 1 - dt / t_decay, 1 - dt / t_rise
    if min(slow, fast) <= -1:
        return np.inf
    ratio = t_decay / t_rise
    equal = abs(ratio - 1) < 1e-9
    time = t_rise if equal else t_rise * np.log(ratio) / (1 - 1 / ratio)
    exact = (
        time * np.exp(-time / t_rise)
        if equal
        else _difference(
            np.exp(-time / t_decay), np.exp(-time / t_rise), 1 / t_rise - 1 / t_decay
        )
    )
    steps = np.arange(2 * ceil(time / dt) + 10)
    if equal:
        path = dt * steps * np.power(slow, np.maximum(steps - 1, 0))
    else:
        path = _difference(
            np.power(slow, steps), np.power(fast, steps), 1 / t_rise - 1 / t_decay
        )
    return float(path.max() / exact - 1)


def _difference(slow: Any, fast: Any, rate: float) -> Any:
    return (slow - fast) / rate


def unresolved(
    dt: float,
    method: object,
    stable_dt: float,
    gates: Mapping[str, tuple[float, float]],
) -> list[str]:
    """Return a sentence for each thing that *method* does not resolve at *dt*.

    Parameters
    ----------
    dt : float
        Step (second).
    method : str
        The method; only the explicit ones are judged.
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
            f"{stable_dt * 1e3:.3g} ms. Lower dt, or use method='exponential_euler'."
        )
    if method in ("euler", "milstein"):
        for name, (t_rise, t_decay) in gates.items():
            error = euler_peak_error(t_rise, t_decay, dt)
            if abs(error) > _PEAK_TOLERANCE:
                found.append(
                    f"the peak of {name} is off by {error:+.0%}: its rise time, "
                    f"{t_rise * 1e3:g} ms, is short compared with dt = "
                    f"{dt * 1e3:g} ms. Lower dt, or use method='rk4'."
                )
    return found
