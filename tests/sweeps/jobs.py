"""Functions that the tests sweep, which can be sent to other processes."""

import os
import signal
import threading
import time
from pathlib import Path

import brian2
import numpy as np
from brian2 import Network, NeuronGroup, StateMonitor, defaultclock, ms, mV, prefs

import dendrisyn


def product(a, b=1):
    """Return a product, and a text."""
    return {"product": a * b, "shown": f"{a} x {b}"}


def noisy(tau, trial):
    """Return a noisy voltage after 2 ms, which depends on the random numbers."""
    prefs.codegen.target = "numpy"
    group = NeuronGroup(
        3,
        "dv/dt = -v/tau + 10*mV*sqrt(2/tau)*xi : volt",
        method="euler",
        namespace={"tau": tau},
    )
    group.v = "rand()*mV"
    Network(group).run(2 * ms)
    return {"v": np.array(group.v_) * brian2.volt}


def settings(trial):
    """Return the settings of the process, and change them."""
    settings_before = {
        "dt": float(defaultclock.dt) * brian2.second,
        "E_GABA": dendrisyn.default_params()["E_GABA"],
        "target": prefs.codegen.target,
        "stops": prefs.core.stop_on_keyboard_interrupt,
    }
    defaultclock.dt = 7 * ms
    dendrisyn.update_default_params({"E_GABA": -1 * mV})
    prefs.codegen.target = "cython"
    return settings_before


def fails(a):
    """Fail at 3, in a way that cannot be pickled."""
    if a == 3:

        class LocalError(Exception):
            def __init__(self, one, two):
                super().__init__(f"{one} and {two}")

        raise LocalError("one", "two")
    return {"a": a}


def leaves(a):
    """Leave Python at 3."""
    if a == 3:
        raise SystemExit(4)
    return {"a": a}


def kills(a, folder):
    """Kill the worker at 3 in the first run only, and write a file for every run."""
    run = len(list(Path(folder).glob(f"{a}-*")))
    (Path(folder) / f"{a}-{run}-{os.getpid()}").touch()
    if a == 3 and run == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return {"a": a}


def always_kills(a, deadly):
    """Kill the worker at certain points, always."""
    if a in deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"a": a}


inside = threading.Lock()


def alone(a):
    """Fail if another thread runs this function."""
    if not inside.acquire(blocking=False):
        raise RuntimeError("two at a time")
    try:
        time.sleep(0.01)
    finally:
        inside.release()
    return {"a": a}


def ragged(n):
    """Return arrays of different lengths and units."""
    return {"times": np.arange(n) * ms, "count": n, "odd": n % 2 == 1}


def views(n):
    """Return views of variables, which Brian2 deletes together with their group."""
    group = NeuronGroup(3, "v : volt\nw : 1")
    group.v = "i*n*mV"
    group.w = n
    trace = StateMonitor(group, "v", record=True)
    Network(group, trace).run(0.2 * ms)
    return {"v": group.v, "w": group.w[:], "one": group.v[1], "trace": trace.v}
