"""Cells with imposed voltages, and their events."""

import numpy as np
from brian2 import TimedArray, defaultclock, mV, nS

from dendrisyn import Dendrite, NeuronModel, Soma

from .helpers import PASSIVE


def two_compartments(*mechanisms, couple=10 * nS):
    soma, dend = Soma("soma", **PASSIVE), Dendrite("dend", **PASSIVE)
    dend.add(*mechanisms)
    return NeuronModel([(soma, dend, couple)])


def clamp(group, variable, courses):
    """Give the voltage a course (mV): a value for each step and neuron.

    It is set after integration and before events are tested.
    """
    values = np.atleast_2d(np.asarray(courses, float).T).T * mV
    group.namespace["course"] = TimedArray(values, dt=defaultclock.dt)
    group.run_regularly(f"{variable} = course(t, i)", when="after_groups")
