"""Check of the time step: stability of explicit methods, short durations."""

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

#: Brian2's heun and milstein are euler for equations without noise.
_FIRST_ORDER = ("euler", "heun", "milstein")

#: The number of neurons whose present state is checked.
_CHECKED_NEURONS = 8


def step_too_coarse(reader: NetworkReader, group: Any) -> Iterator[Finding]:
    """Find groups whose explicit method is unstable at `dt`, and short durations.

    The Jacobian of the equations is taken at the present state of a few neurons. Its
    fastest decay must be slower than the limit of the method; for a method of first
    order, a decay within one step is a finding too. Groups of dendrisyn check
    themselves.
    """
    dt = float(group.clock.dt)
    if isinstance(group, CompartmentGroup):
        for sentence in group.duration_problems(dt):
            yield _short(reader, group, sentence)
        problems = group.stability_problems(dt)
        for sentence in problems:
            problem, _, rest = sentence.partition(". ")
            yield Finding(
                "coarse step",
                reader.label(group),
                f"{problem}.",
                "The traces are those of the method, not of the model.",
                rest or "defaultclock.dt = ...",
            )
        if problems:
            return
    jacobian = _jacobian(reader, group)
    method = _method(group, jacobian)
    order = list(reader.model(group).derivatives)
    if method is None or not order:
        return
    matrices = _matrices(reader, group, order, jacobian)
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
            f"Each step overshoots, so {fastest} alternates around its true value: "
            f"the largest step without is {1e3 / rate:.3g} ms, the largest stable one "
            f"{largest * 1e3:.3g} ms."
        )
    yield Finding(
        "coarse step",
        reader.label(group),
        f"at its present state {fastest} decays with a time constant of "
        f"{1e3 / rate:.3g} ms, and {method!r} takes steps of dt = {dt * 1e3:g} ms.",
        effect,
        f"defaultclock.dt = {_round_down(0.5 / rate) * 1e3:g}*ms, or "
        "NeuronGroup(..., method='crank_nicolson')",
    )


def _short(reader: NetworkReader, group: Any, sentence: str) -> Finding:
    problem, _, fix = sentence.partition(": ")
    return Finding(
        "short duration",
        reader.label(group),
        f"{problem}.",
        "It would not happen at all; a run refuses it.",
        fix,
    )


def _jacobian(reader: NetworkReader, group: Any) -> dict[tuple[str, str], Any]:
    """Return the derivatives of the equations by the variables that they read."""
    derivatives = reader.model(group).derivatives
    entries = {}
    for row, expr in derivatives.items():
        noise = [name for name in names(expr) if name.startswith("xi")]
        quiet = substitute(expr, dict.fromkeys(noise, expression("0")))
        for column in names(quiet) & set(derivatives):
            entry = derivative(quiet, column)
            if entry != 0:
                entries[row, column] = entry
    return entries


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
    reader: NetworkReader,
    group: Any,
    order: list[str],
    jacobian: Mapping[tuple[str, str], Any],
) -> np.ndarray:
    """Return the Jacobian at the present state of a few neurons, where it is finite."""
    where = np.unique(np.linspace(0, group.N - 1, _CHECKED_NEURONS).astype(int))
    used = sorted({name for entry in jacobian.values() for name in names(entry)})
    state = {name: _values(reader, group, name, where) for name in used}
    result = np.zeros((len(where), len(order), len(order)))
    for (row, column), entry in jacobian.items():
        place = order.index(row), order.index(column)
        result[:, *place] = computed(entry, state)
    return result[np.isfinite(result).all(axis=(1, 2))]


def _fastest(matrices: np.ndarray, order: list[str]) -> tuple[float, str]:
    """Return the largest rate of decay (1/second), and the variable that shows it."""
    best, name = 0.0, ""
    for matrix in matrices:
        rates, right = np.linalg.eig(matrix)
        fastest = int(np.argmin(rates.real))
        if -rates[fastest].real > best:
            best = float(-rates[fastest].real)
            # The participation of a variable does not depend on its unit.
            left = np.linalg.pinv(right)[fastest]
            name = order[int(np.argmax(np.abs(left * right[:, fastest])))]
    return best, name


def _fastest_alone(
    matrices: np.ndarray, order: list[str], group: Any
) -> tuple[float, str]:
    """Return the largest rate of uncoupled variables, such as gates, and its variable.

    Coupled voltages do not count: their fast decay is that of the small difference
    between neighbours.
    """
    volts = [n for n, name in enumerate(order) if group.variables[name].dim is volt.dim]
    best, name = 0.0, ""
    for n, variable in enumerate(order):
        coupled = [m for m in volts if n in volts and m != n]
        if matrices[:, n, coupled].any():
            continue
        rate = float(np.max(-matrices[:, n, n], initial=0.0))
        if rate > best:
            best, name = rate, variable
    return best, name


def _values(reader: NetworkReader, group: Any, name: str, where: np.ndarray) -> Any:
    """Return a variable of the checked neurons, or a constant."""
    if name in ("t", "dt"):
        return reader.time if name == "t" else float(group.clock.dt)
    variable = group.variables.get(name)
    if variable is None:
        value = constant(group, name, reader.scope)
        if value is None:
            raise LookupError(name)
        return float(value)
    index = group.variables.indices[name]
    stored = values(variable)
    if stored is None or index not in ("_idx", "0"):
        raise LookupError(name)
    return stored[0].astype(float) if index == "0" else stored[where].astype(float)


def _round_down(step: float) -> float:
    """Return the step rounded down to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(step) + 1e-9)
    return float(max(n for n in (1, 2, 5) if n * power <= step * (1 + 1e-9)) * power)
