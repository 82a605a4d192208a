"""The second reset: each operator does what Python's operator does."""

import pytest
from brian2 import Network, StateMonitor, ms, mV, nS, pA, pF

from dendrisyn import InvalidValueError, NeuronModel, Soma


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("I_ext_soma = 7*pA", 7),
        ("I_ext_soma += 1*pA + 1*pA", 6),
        ("I_ext_soma -= 1*pA + 1*pA", 2),
        ("I_ext_soma *= 1 + 1", 8),
        ("I_ext_soma /= 1 + 1", 2),
    ],
)
def test_a_second_reset_changes_a_variable_once_after_the_spike_width(
    statement, expected
):
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    group, _ = NeuronModel([soma]).make_neurongroup(
        1,
        threshold="V_soma > -50*mV",
        reset="V_soma = -70*mV",
        second_reset=statement,
        spike_width=1 * ms,
        refractory=5 * ms,
    )
    group.V_soma, group.I_ext_soma = -40 * mV, 4 * pA
    monitor = StateMonitor(group, "I_ext_soma", record=0)
    Network(group, monitor).run(4 * ms)
    current = monitor.I_ext_soma[0] / pA
    assert set(current.round(6)) == {4, expected}
    # The spike is at 0 ms, the second reset 1 ms later; the monitor sees the next step.
    changed = (abs(current - expected) < 1e-9).argmax()
    assert changed == 11


def test_another_operator_is_refused():
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    with pytest.raises(InvalidValueError, match=r"'\*\*='|operator|statement"):
        NeuronModel([soma]).make_neurongroup(
            1,
            threshold="V_soma > -50*mV",
            reset="V_soma = -70*mV",
            second_reset="V_soma **= 2",
            spike_width=1 * ms,
            refractory=5 * ms,
        )
