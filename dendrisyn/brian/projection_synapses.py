"""`ProjectionSynapses`: `brian2.Synapses` with starting values and following delays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from brian2.core.namespace import get_local_namespace
from brian2.devices.device import RuntimeDevice, get_device
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.synapses.synapses import Synapses
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity
from brian2.utils.stringtools import get_identifiers

from ..errors import InvalidValueError, UnitError
from .group import duration_problems

__all__ = ["ProjectionSynapses"]


class ProjectionSynapses(Synapses):
    """`brian2.Synapses` whose variables start at stated values.

    *start* holds the values of variables in new synapses; *durations* are constants
    that must last one step; *lags* are the delays of the pathways of a rule after
    transmission; *times* are variables that hold the time of the last event.
    """

    def __init__(
        self,
        source: Any,
        target: Any,
        *,
        start: Mapping[str, Any],
        durations: Collection[str],
        lags: Mapping[str, Quantity],
        times: Collection[str],
        **arguments: Any,
    ) -> None:
        self._start = start
        self._durations = durations
        self._lags = lags
        self._times = times
        self._number_timed = 0  # synapses whose times are set
        self._connected = False
        super().__init__(source, target, **arguments)

    def connect(self, *args: Any, level: int = 0, **kwargs: Any) -> None:
        """Add synapses, as `brian2.Synapses` does, and set their starting values."""
        for name, value in self._start.items():
            if isinstance(value, str):
                self._check_start(name, value, get_local_namespace(level + 1))
        try:
            before = len(self) if self._connected else 0
        except NotImplementedError as error:  # standalone: unknown before the run
            if self._start:
                raise InvalidValueError(
                    f"{self.name}.connect: in standalone mode, only the first call can "
                    f"set {', '.join(self._start)}. Connect in one call."
                ) from error
            before = 0
        super().connect(*args, level=level + 1, **kwargs)
        self._connected = True
        new = slice(before, None) if before else slice(None)
        for name, lag in self._lags.items():
            pathway = getattr(self, name)
            if not pathway.variables["delay"].scalar:
                pathway.delay.set_item(new, lag, level=level + 1)
        for name, value in self._start.items():
            getattr(self, name).set_item(new, value, level=level + 1)

    def __setattr__(self, name: str, value: Any, level: int = 0) -> None:
        """Set an attribute; the other pathways of a rule follow a delay."""
        super().__setattr__(name, value, level=level + 1)
        if name != "delay":
            return
        for pathway, lag in self._lags.items():
            if isinstance(value, str):
                delay: Any = f"({value}) + {float(lag)!r}*second"
            else:
                delay = value + lag
            variable = getattr(self, pathway).delay
            variable.set_item(slice(None), delay, level=level + 1)

    def before_run(self, run_namespace: Any = None) -> None:
        """Check durations and delays before Brian2 prepares the run."""
        values = {
            name: self.namespace[name]
            for name in self._durations
            if name in self.namespace and name not in self.variables
        }
        problems = duration_problems(values, float(self.clock.dt))
        if problems:
            raise InvalidValueError(f"{self.name}: {' '.join(problems)}")
        if isinstance(get_device(), RuntimeDevice):
            self._check_delays()
            # Only a network has the right time: the clock may belong to another.
            for name in self._times:
                getattr(self, name)[self._number_timed :] = self.clock.t
            self._number_timed = len(self)
        super().before_run(run_namespace)

    def _check_delays(self) -> None:
        """Raise if the pathways of the rule do not follow the transmission."""
        for name, lag in self._lags.items():
            delay = np.asarray(getattr(self, name).delay[:])
            transmission = np.asarray(self.pre.delay[:])
            if not np.allclose(delay - transmission, float(lag), atol=1e-9, rtol=0):
                raise InvalidValueError(
                    f"{self.name}: the delay was changed, but the pathway {name!r} of "
                    "the rule of plasticity did not follow. Set it as a whole: "
                    "synapses.delay = ..."
                )

    def _check_start(self, name: str, text: str, scope: Mapping[str, Any]) -> None:
        """Raise if *text* is not a plain number in new synapses."""
        where = f"{self.name}.connect: {name} cannot start at {text!r}"
        try:
            variables = self.resolve_all(get_identifiers(text), scope)
            dimensions = parse_expression_dimensions(text, variables)
        except (KeyError, SyntaxError, TypeError, ValueError) as error:
            raise InvalidValueError(f"{where}: {error}") from error
        if dimensions is not DIMENSIONLESS:
            raise UnitError(f"{where}: expected a plain number.")
