"""Whether `dt` resolves the equations of a group under an explicit method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from brian2.units.allunits import volt

from ..brian.group import CompartmentGroup
from ..circuits.linear_system import STABILITY_LIMITS
from .algebra import computed, derivative, expression, names, substitute
from .finding import Finding
from .network_reader import NetworkReader
from .objects import constant, values

__all__ = ["step_too_coarse"]

#: Methods that need linear equations; Brian2 takes the next one for others.
_LINEAR = ("exact", "linear", "independent")

#: Brian2's heun and milstein treat what has no noise as euler does.
_FIRST_ORDER = ("euler", "heun", "milstein")

#: The number of neurons whose present state is looked at.
_LOOKED_AT = 8


def step_too_coarse(reading: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find groups whose explicit method is unstable at `dt`, and short durations.

    The Jacobian of the equations is taken at the present state of a few neurons. Its
    fastest decay must be slower than the limit of the method allows; under a method of
    first order, what decays within a step is named too. Groups of dendrisyn are asked
    what they know themselves.

    Parameters
    ----------
    reading : Reading
        The network.
    group : NeuronGroup
        What is looked at.

    Yields
    ------
    Finding
        'coarse step' or 'short duration'.
    """
    dt = float(group.clock.dt)
    if isinstance(group, CompartmentGroup):
        for sentence in group.duration_problems(dt):
            yield _short(reading, group, sentence)
        known = group.stability_problems(dt)
        for sentence in known:
            problem, _, rest = sentence.partition(". ")
            yield Finding(
                "coarse step",
                reading.label(group),
                f"{problem}.",
                "The traces are those of the method, not of the model.",
                rest or "defaultclock.dt = ...",
            )
        if known:
            return
    jacobian = _jacobian(reading, group)
    method = _method(group, jacobian)
    order = list(reading.model(group).derivatives)
    if method is None or not order:
        return
    matrices = _matrices(reading, group, order, jacobian)
    rate, fastest = _fastest(matrices, order)
    largest = STABILITY_LIMITS[method] / rate if rate > 0 else np.inf
    if dt > largest * (1 + 1e-9):
        effect = (
            "The values overshoot more in each step and grow without limit, up to NaN: "
            f"the largest stable step is {largest * 1e3:.3g} ms."
        )
    else:
        rate, fastest = _fastest_alone(matrices, order, group)
        if method not in _FIRST_ORDER or dt * rate <= 1 + 1e-9:
            return
        effect = (
            f"Each step overshoots, so {fastest} alternates around where it should go: "
            f"the largest step without is {1e3 / rate:.3g} ms, the largest stable one "
            f"{largest * 1e3:.3g} ms."
        )
    yield Finding(
        "coarse step",
        reading.label(group),
        f"at its present state {fastest} decays with a time constant of "
        f"{1e3 / rate:.3g} ms, and {method!r} takes steps of dt = {dt * 1e3:g} ms.",
        effect,
        f"defaultclock.dt = {_round_down(0.5 / rate) * 1e3:g}*ms, or "
        "NeuronGroup(..., method='crank_nicolson')",
    )


def _short(reading: NetworkReader, group: Any, sentence: str) -> Finding:
    problem, _, fix = sentence.partition(": ")
    return Finding(
        "short duration",
        reading.label(group),
        f"{problem}.",
        "It would not happen at all; a run refuses it.",
        fix,
    )


def _jacobian(reading: NetworkReader, group: Any) -> dict[tuple[str, str], Any]:
    """Return the derivatives of each equation by each variable that it reads."""
    derivatives = reading.model(group).derivatives
    found = {}
    for row, expr in derivatives.items():
        noise = [name for name in names(expr) if name.startswith("xi")]
        quiet = substitute(expr, dict.fromkeys(noise, expression("0")))
        for column in names(quiet) & set(derivatives):
            entry = derivative(quiet, column)
            if entry != 0:
                found[row, column] = entry
    return found


def _method(group: Any, jacobian: Mapping[Any, Any]) -> str | None:
    """Return the explicit method that Brian2 takes, or None."""
    choice = group.method_choice
    if isinstance(choice, str):
        return choice if choice in STABILITY_LIMITS else None
    if not isinstance(choice, (list, tuple)):
        return None
    moving = set(group.equations.diff_eq_names)
    is_linear = not any(names(entry) & moving for entry in jacobian.values())
    for name in choice:
        if name in _LINEAR and not is_linear:
            continue
        return name if name in STABILITY_LIMITS else None
    return None


def _matrices(
    reading: NetworkReader,
    group: Any,
    order: list[str],
    jacobian: Mapping[tuple[str, str], Any],
) -> np.ndarray:
    """Return the Jacobian at the present state of a few neurons, where it is finite."""
    where = np.unique(np.linspace(0, group.N - 1, _LOOKED_AT).astype(int))
    used = sorted({name for entry in jacobian.values() for name in names(entry)})
    known = {name: _values(reading, group, name, where) for name in used}
    found = np.zeros((len(where), len(order), len(order)))
    for (row, column), entry in jacobian.items():
        place = order.index(row), order.index(column)
        found[:, *place] = computed(entry, known)
    return found[np.isfinite(found).all(axis=(1, 2))]


def _fastest(matrices: np.ndarray, order: list[str]) -> tuple[float, str]:
    """Return the largest rate of decay (1/second), and the variable that shows it."""
    best, name = 0.0, ""
    for matrix in matrices:
        rates, right = np.linalg.eig(matrix)
        fastest = int(np.argmin(rates.real))
        if -rates[fastest].real > best:
            best = float(-rates[fastest].real)
            # How much each variable takes part does not depend on its unit.
            left = np.linalg.pinv(right)[fastest]
            name = order[int(np.argmax(np.abs(left * right[:, fastest])))]
    return best, name


def _fastest_alone(
    matrices: np.ndarray, order: list[str], group: Any
) -> tuple[float, str]:
    """Return the same of gates and other variables by themselves.

    Coupled voltages are left out: what decays fast there is the small difference
    between neighbours.
    """
    volts = [n for n, name in enumerate(order) if group.variables[name].dim is volt.dim]
    best, name = 0.0, ""
    for n, each in enumerate(order):
        coupled = [m for m in volts if n in volts and m != n]
        if matrices[:, n, coupled].any():
            continue
        rate = float(np.max(-matrices[:, n, n], initial=0.0))
        if rate > best:
            best, name = rate, each
    return best, name


def _values(reading: NetworkReader, group: Any, name: str, where: np.ndarray) -> Any:
    """Return a variable of the chosen neurons, or a constant."""
    if name in ("t", "dt"):
        return reading.time if name == "t" else float(group.clock.dt)
    variable = group.variables.get(name)
    if variable is None:
        value = constant(group, name, reading.scope)
        if value is None:
            raise LookupError(name)
        return float(value)
    index = group.variables.indices[name]
    stored = values(variable)
    if stored is None or index not in ("_idx", "0"):
        raise LookupError(name)
    return stored[0].astype(float) if index == "0" else stored[where].astype(float)


def _round_down(step: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not more."""
    power = 10.0 ** np.floor(np.log10(step) + 1e-9)
    return float(max(n for n in (1, 2, 5) if n * power <= step * (1 + 1e-9)) * power)
