"""What the pages on measuring and calibrating say beside their code."""

import inspect
import re

import numpy as np
import pytest
from brian2 import mV, nS, pA

import dendrisyn
from dendrisyn.measure.options import MeasurementOptions
from dendrisyn.measure.validation import MEASUREMENTS
from helpers.page_checks import checks


def functions(module):
    """Return the public functions of a module."""
    return {
        name for name in module.__all__ if inspect.isfunction(getattr(module, name))
    }


def signatures(text, module):
    """Return the functions in the first column of a table, arguments checked."""
    found = set()
    for name, arguments in re.findall(r"^\| `(\w+)\((model[^)]*)\)` \|", text, re.M):
        known = inspect.signature(getattr(module, name)).parameters
        for each in arguments.split(", "):
            assert each.split("=")[0] in known, (name, each)
        found.add(name)
    return found


@checks
def measure(text, namespace):
    """All measurements are listed; numbers are those of closed forms."""
    assert signatures(text, dendrisyn.measure) == functions(dendrisyn.measure)
    rows = re.findall(r"^\| `(\w+)` \| [^|]*\|$", text, re.M)
    assert set(rows) == {"vary", "dt", "target", "progress"}
    assert set(rows) <= {*MeasurementOptions.__dataclass_fields__, "progress"}
    model, leaks = namespace["model"], namespace["leaks"]
    g = float(model.parameters["gL_dend"])
    dend = 1 / (1 / 10e-9 + 1 / g)
    expected = 1 / (np.array([0.5, 1, 2]) * 1e-9 + dend)
    assert np.asarray(leaks.resistance) == pytest.approx(expected, rel=2e-6)
    # from rest to threshold, by a steady current
    assert namespace["rheobase"].current / pA == pytest.approx(
        20e-3 * (float(model.parameters["gL_soma"]) + dend) / 1e-12, rel=1e-4
    )
    for name in re.findall(r"^    (?:\('(\w+)', '\w+'\)|'(\w+)'):", text, re.M):
        assert "".join(name) in MEASUREMENTS


@checks
def calibrate(text, namespace):
    """All calibrations are listed; the models give what was asked for."""
    assert signatures(text, dendrisyn.calibrate) == functions(dendrisyn.calibrate)
    for each, target in zip(namespace["models"], [0.2, 0.4, 0.8], strict=True):
        found = dendrisyn.measure.psp(each, "NMDA_x_dend").amplitude
        assert found / mV == pytest.approx(target, rel=1e-3)
        g = each.parameters["g_NMDA_x_dend"] / nS
        assert 0.05 < g < 2
