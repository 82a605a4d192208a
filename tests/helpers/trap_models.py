"""Cells for the tests of traps, and checks of refused calls."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import pytest
from brian2 import StateMonitor, cm, ms, mV, nS, ohm, pF, uF, um, uS

from dendrisyn import (
    AssemblyError,
    DendrisynError,
    Dendrite,
    GraphError,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    UnitError,
    UnknownNameError,
)

#: What an `except` clause of a user who knows no dendrisyn catches.
BUILTIN = {
    AssemblyError: ValueError,
    GraphError: ValueError,
    InvalidValueError: ValueError,
    NameConflictError: ValueError,
    UnitError: TypeError,
    UnknownNameError: KeyError,
}

#: A sodium spike that one crossing starts: 1 ms of rise, then 2 ms of fall.
SODIUM = {
    "threshold": -35 * mV,
    "g_rise": 20 * nS,
    "g_fall": 15 * nS,
    "duration_rise": 1 * ms,
    "duration_fall": 2 * ms,
    "offset_fall": 0.2 * ms,
    "refractory": 5 * ms,
    "reversal_rise": "E_Na",
    "reversal_fall": "E_K",
}


def lumped(kind=Dendrite, name="dend", **changes):
    """Return a compartment with a capacitance and no size: 200 pF, 10 nS, -70 mV."""
    given = {"cm_abs": 200 * pF, "gl_abs": 10 * nS, "v_rest": -70 * mV}
    return kind(name, **(given | changes))


def sized(kind=Dendrite, name="dend", **changes):
    """Return a cylinder of 100 x 2 um."""
    given = {
        "length": 100 * um,
        "diameter": 2 * um,
        "cm": 1 * uF / cm**2,
        "gl": 50 * uS / cm**2,
        "r_axial": 150 * ohm * cm,
        "v_rest": -70 * mV,
    }
    return kind(name, **(given | changes))


def point(**changes):
    """Return a point neuron: 200 pF, 10 nS, -70 mV."""
    given = {"cm_abs": 200 * pF, "gl_abs": 10 * nS, "v_rest": -70 * mV}
    return PointNeuronModel(**(given | changes))


def pair(g=10 * nS, dend=None, soma=None):
    """Return a model of a soma and a dendrite."""
    return NeuronModel(
        [(soma or lumped(Soma, "soma"), lumped() if dend is None else dend, g)]
    )


def state(thing: Any) -> dict[str, Any]:
    """Return all that a failed call must leave as it was."""
    values = {
        name: None if value is None else (float(value), brian2.get_dimensions(value))
        for name, value in thing.parameters.items()
    }
    found = {
        "equations": thing.equations,
        "parameters": values,
        "mechanisms": dict(getattr(thing, "mechanisms", {})),
    }
    for name, compartment in getattr(thing, "compartments", {}).items():
        found[f"mechanisms of {name}"] = dict(compartment.mechanisms)
    return found


@contextmanager
def refused(
    kind: type[DendrisynError], *fragments: str, unchanged: tuple = ()
) -> Iterator[None]:
    """Expect an error of *kind* whose message holds *fragments*, and no change."""
    before = [state(each) for each in unchanged]
    with pytest.raises(BUILTIN[kind]) as caught:
        yield
    assert type(caught.value) is kind, repr(caught.value)
    message = str(caught.value)
    for fragment in fragments:
        assert fragment in message, f"{fragment!r} is not in {message!r}"
    assert [state(each) for each in unchanged] == before


def traces(group, *names, record=True):
    """Return a monitor of these variables."""
    return StateMonitor(group, list(names), record=record)


def close(one, other, tolerance=1e-12):
    """Whether two quantities agree; the default allows for rounding only."""
    assert brian2.have_same_dimensions(one, other), (one, other)
    return np.allclose(np.asarray(one), np.asarray(other), rtol=tolerance, atol=1e-30)


def with_synapse(name="dend"):
    dend = lumped(name=name)
    dend.synapse("AMPA", tag="x", g=1 * nS, t_decay=2 * ms)
    return dend


ROOT = Path(__file__).resolve().parents[2]

#: A model with a dendritic spike and two resets, for both devices.
SCRIPT = """
import sys
import numpy as np
import brian2
from brian2 import *
from dendrisyn import Dendrite, NeuronModel, Soma

device, out, directory = sys.argv[1:]
if device == 'cpp_standalone':
    set_device('cpp_standalone', directory=directory)
else:
    prefs.codegen.target = 'numpy'
passive = dict(cm_abs=200*pF, gl_abs=10*nS, v_rest=-70*mV)
soma, dend = Soma('soma', **passive), Dendrite('dend', **passive)
dend.synapse('AMPA', 'x', g=1*nS, t_rise=1*ms, t_decay=5*ms, scale_g=True)
dend.dspikes('Na', threshold=-45*mV, g_rise=60*nS, g_fall=30*nS, duration_rise=1*ms,
             duration_fall=2*ms, offset_fall=.2*ms, refractory=5*ms,
             reversal_rise='E_Na', reversal_fall='E_K')
model = NeuronModel([(soma, dend, 15*nS)])
group, _ = model.make_neurongroup(
    4, threshold='V_soma > -50*mV', reset='V_soma = 20*mV',
    second_reset='V_soma = -60*mV; I_ext_soma -= 1*pA', spike_width=1*ms,
    refractory=4*ms, per_neuron=['g_AMPA_x_dend', 'duration_rise_Na_dend'])
group.g_AMPA_x_dend = [0, 5, 50, 100]*nS
group.duration_rise_Na_dend = [1, 1, .5, 1.5]*ms
inputs = SpikeGeneratorGroup(1, [0, 0, 0], [5, 6, 30]*ms)
synapses = Synapses(inputs, group, on_pre='s_AMPA_x_dend += 1')
synapses.connect()
names = ['V_soma', 'V_dend', 'g_rise_Na_dend', 'g_fall_Na_dend', 'I_ext_soma']
monitor = StateMonitor(group, names, record=True)
spikes = SpikeMonitor(group)
dspikes = EventMonitor(group, 'spike_Na_dend')
network = Network(group, inputs, synapses, monitor, spikes, dspikes)
network.run(60*ms)
np.savez(out, t=np.asarray(spikes.t/defaultclock.dt), i=np.asarray(spikes.i),
         dt=np.asarray(dspikes.t/defaultclock.dt), di=np.asarray(dspikes.i),
         g=np.asarray(group.g_AMPA_x_dend),
         **{name: np.asarray(getattr(monitor, name)) for name in names})
"""


def run_python(source, *arguments, cwd=None):
    """Run Python code in a process of its own and return what it prints."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", source, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done
