"""Changes of variables during a run on the rig."""

import numpy as np
from brian2 import ms, mV, nS, pF

from dendrisyn import Dendrite, NeuronModel, Soma
from dendrisyn.brian.isolated import isolated
from dendrisyn.rig.experiment import RunOptions
from dendrisyn.rig.rig import Rig


def rig(**options):
    """Return a rig of two passive neurons, whose rest is not their leak reversal."""
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-60 * mV)
    model = NeuronModel([(soma, dend, 5 * nS)])
    return Rig(model, 2, RunOptions(), 0.1 * ms, record=["V_soma", "V_dend"], **options)


def test_variables_change_at_the_start_of_a_step():
    with isolated():
        made = rig(settle=False)
        changes = {30: {"I_ext_soma": [1e-11, np.nan]}, 50: {"I_ext_soma": 0}}
        changed = made.run(10e-3, changes=changes).values["V_soma"]
        control = made.run(10e-3).values["V_soma"]
    difference = changed - control
    assert difference.shape == (2, 101)
    np.testing.assert_array_equal(difference[1], 0)  # NaN keeps a value
    np.testing.assert_array_equal(difference[0, :31], 0)
    assert np.all(np.diff(difference[0, 30:51]) > 0)
    assert np.all(np.diff(difference[0, 50:]) < 0)


def test_a_rig_that_does_not_settle_starts_from_the_leak_reversals():
    with isolated():
        voltages = [
            rig(settle=settle).run(1e-3).values["V_soma"][0] for settle in (False, True)
        ]
    assert voltages[0][0] == float(-70 * mV)
    # with three conductances of 5 nS: a third of the way to -60 mV
    np.testing.assert_allclose(voltages[1], (-70 + 10 / 3) * 1e-3, rtol=1e-9)
