"""FilteredVoltage against closed forms."""

import numpy as np
import pytest
from brian2 import Network, StateMonitor, ms, mV, nS, pF

from dendrisyn import (
    DendrisynError,
    Dendrite,
    FilteredVoltage,
    InvalidValueError,
    NameConflictError,
    NeuronModel,
    PointNeuronModel,
    Soma,
    UnitError,
)

from .event_cells import clamp, two_compartments
from .helpers import PASSIVE


# -- FilteredVoltage -----------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "factor"),
    [("exponential_euler", np.exp(-0.1 / 7)), ("euler", 1 - 0.1 / 7)],
)
def test_a_filter_follows_a_step_of_voltage(method, factor):
    """V_x relaxes to the voltage by one factor a step, exact in exponential_euler."""
    model = two_compartments(FilteredVoltage("plus", tau=7 * ms))
    group = model.make_neurongroup(1, method=method)
    course = np.r_[np.full(20, -65), np.full(180, -35)]
    clamp(group, "V_dend", course)
    monitor = StateMonitor(group, "V_plus_dend", record=0)
    Network(group, monitor).run(20 * ms)
    # set in step 20, the voltage drives the filter from step 21
    steps = np.maximum(np.arange(200) - 21, 0)
    expected = -35 - 30 * factor**steps
    assert np.array(monitor.V_plus_dend[0]) / 1e-3 == pytest.approx(expected, abs=1e-11)


def test_a_filter_of_a_decaying_voltage_is_the_difference_of_two_exponentials():
    """Closed form: membrane 20 ms, filter 7 ms, both at -35 mV at the start."""
    model = PointNeuronModel(**PASSIVE)
    model.add(FilteredVoltage("minus", tau=7 * ms))
    group = model.make_neurongroup(1, method="rk4", dt=0.1 * ms)
    group.V = group.V_minus = -35 * mV
    monitor = StateMonitor(group, "V_minus", record=0)
    Network(group, monitor).run(60 * ms)
    t = monitor.t / ms
    slow, fast = np.exp(-t / 20), np.exp(-t / 7)
    expected = -65 + 30 * (20 * slow - 7 * fast) / 13
    # rk4: (dt/tau)**4/120 a step, 3e-10 of 30 mV
    assert np.array(monitor.V_minus[0]) / 1e-3 == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("delay", "every"), [(4.0, 10), (3.3, 9), (0.8, 2), (0.7, 2), (0.25, 1), (0.1, 1)]
)
def test_a_late_value_is_that_of_the_filter_a_delay_ago(delay, every):
    """Interpolated between samples a quarter of the delay apart or, in whole steps, a
    little more; the same in any slot.
    """
    model = two_compartments(FilteredVoltage("minus", tau=7 * ms, delay=delay * ms))
    group = model.make_neurongroup(1, method="exponential_euler")
    clamp(group, "V_dend", np.r_[np.full(25, -65), np.full(75, -35), np.full(50, -65)])
    names = ["V_minus_dend", "V_minus_late_dend"]
    monitor = StateMonitor(group, names, record=0, when="synapses")
    first = StateMonitor(group, names, record=0, when="start")
    Network(group, monitor, first).run(15 * ms)
    for name in names:  # a step begins with what the last one ended with
        ends, begins = (np.array(getattr(each, name)[0]) for each in (monitor, first))
        assert begins[1:].tolist() == ends[:-1].tolist()
    now, late = (np.array(getattr(monitor, name)[0]) / 1e-3 for name in names)
    steps = np.arange(len(now))
    samples = steps[steps % every == 0]
    before = np.concatenate([[-2 * delay / 0.1], samples])  # at rest at the start
    values = np.concatenate([[-65], now[samples]])
    expected = np.interp(steps - delay / 0.1, before, values)
    assert late == pytest.approx(expected, abs=1e-11)  # rounding
    # a chord is off by h**2/8 of the curvature, and by h/4 of a bend of the slope
    exact = np.interp(steps - delay / 0.1, np.r_[-100, steps], np.r_[-65, now])
    h = every * 0.1
    assert np.abs(late - exact).max() < 30 * (h / 7) ** 2 / 8 + 30 * h / 7 / 4


def test_a_filter_starts_at_the_voltage():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-60 * mV)
    dend = Dendrite("dend", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-72 * mV)
    for each in (soma, dend):
        each.add(
            FilteredVoltage("minus", tau=10 * ms), FilteredVoltage("plus", tau=7 * ms)
        )
    model = NeuronModel([(soma, dend, 10 * nS)])
    group = model.make_neurongroup(2)
    for name in ("minus", "plus"):
        for place, rest in (("soma", -60), ("dend", -72)):
            got = getattr(group, f"V_{name}_{place}")
            assert got[:] / mV == pytest.approx([rest, rest], abs=1e-12)
    assert model.parameters["tau_V_minus_dend"] == 10 * ms
    assert model.parameters["tau_V_plus_soma"] == 7 * ms


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: FilteredVoltage("minus", tau=10),
            UnitError,
            "FilteredVoltage.tau: expected a value",
        ),
        (
            lambda: FilteredVoltage("minus", tau=0 * ms),
            InvalidValueError,
            "must be positive",
        ),
        (
            lambda: FilteredVoltage("minus", tau=-1 * ms),
            InvalidValueError,
            "must be positive",
        ),
        (
            lambda: FilteredVoltage("a", tau=1 * ms, delay=1),
            UnitError,
            "FilteredVoltage.delay",
        ),
        (
            lambda: FilteredVoltage("a", tau=1 * ms, delay=-1 * ms),
            InvalidValueError,
            "FilteredVoltage.delay: must not be negative",
        ),
        (
            lambda: FilteredVoltage("", tau=1 * ms),
            NameConflictError,
            "FilteredVoltage.name: ''",
        ),
        (lambda: FilteredVoltage("a b", tau=1 * ms), NameConflictError, "Write 'a_b'"),
        (
            lambda: FilteredVoltage(3, tau=1 * ms),
            NameConflictError,
            "FilteredVoltage.name: 3",
        ),
    ],
)
def test_a_filter_says_what_is_wrong_with_it(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_filter_has_no_name_that_is_taken():
    """Twice in one compartment, or as the voltage of another compartment."""
    model = two_compartments(FilteredVoltage("minus", tau=10 * ms))
    with pytest.raises(NameConflictError):
        model.compartments["dend"].add(FilteredVoltage("minus", tau=3 * ms))
    other = Dendrite("minus_dend", **PASSIVE)
    dend = Dendrite("dend", **PASSIVE)
    dend.add(FilteredVoltage("minus", tau=10 * ms))
    with pytest.raises(DendrisynError, match="V_minus_dend"):
        NeuronModel([(dend, other, 1 * nS)])
