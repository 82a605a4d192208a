"""`isolated`: simulations that do not disturb those of the user."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
from brian2.core.clocks import defaultclock
from brian2.core.preferences import prefs
from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity

__all__ = ["isolated"]

#: The module `brian2.devices.device`, which an object of the same name hides.
devices: Any = import_module("brian2.devices.device")


@contextmanager
def isolated(target: str = "numpy") -> Iterator[Quantity]:
    """Run a simulation, then restore the device, preferences and random numbers.

    Inside, the device is Brian2's runtime device, `codegen.target` is *target*
    ('numpy' or 'cython') and `core.default_float_dtype` is double. The state is also
    restored after an error. Objects made inside need `dt` and a `brian2.Network` of
    their own, so that they use neither `brian2.defaultclock` nor the magic network.

    Brian2 collects garbage at every run, which takes longer than a short run.
    Objects that existed before are excluded (`gc.freeze`), unless the user froze some.

    Yields
    ------
    Quantity
        The `dt` of the user's `brian2.defaultclock` (second).
    """
    dt = float(defaultclock.dt)
    device = devices.active_device
    ours = {"codegen.target": target, "core.default_float_dtype": np.float64}
    chosen = {name: prefs[name] for name in ours}
    random = devices.runtime_device.get_random_state()
    # `set_device` would also activate the device and copy `dt` to its clock.
    devices.active_device = devices.runtime_device
    for name, value in ours.items():
        prefs[name] = value
    freezes = gc.get_freeze_count() == 0
    if freezes:
        gc.freeze()
    try:
        yield dt * second
    finally:
        if freezes:
            gc.unfreeze()
        devices.active_device = device
        for name, value in chosen.items():
            prefs[name] = value
        devices.runtime_device.set_random_state(random)
