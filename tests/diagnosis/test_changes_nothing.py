"""Looking changes neither the network nor the random numbers."""

import gc

import brian2
import numpy as np
from brian2 import (
    Hz,
    Network,
    PoissonGroup,
    PoissonInput,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    get_device,
    ms,
    mV,
    nS,
    pF,
    seed,
)
from brian2.core.variables import ArrayVariable
from helpers.diagnosed import membrane

from dendrisyn import AMPA, NMDA, PointNeuronModel, diagnose


def build():
    """Return a network with noise, plasticity and sums, and its monitors.

    Names are given, since Brian2 orders by name what happens at the same time.
    """
    seed(7)
    inputs = PoissonGroup(20, 40 * Hz, name="inputs")
    noisy = membrane(
        10,
        """
        dv/dt = (-60*mV - v - (g + h)*v)/(20*ms) + 5*mV*xi*(20*ms)**-0.5 : volt
        dg/dt = -g/(5*ms) : 1
        h : 1
        """,
        refractory="2*ms + rand()*ms",
        name="noisy",
    )
    model = PointNeuronModel(cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    model.add(AMPA("x", g=2 * nS, t_decay=5 * ms), NMDA("x", g=1 * nS, t_decay=50 * ms))
    cells = model.make_neurongroup(
        5, threshold="V > -50*mV", reset="V = -60*mV", name="cells"
    )
    S = Synapses(
        inputs,
        noisy,
        """
        w : 1
        dx/dt = (1 - x)/(200*ms) : 1 (event-driven)
        h_post = 0.01*s : 1 (summed)
        ds/dt = -s/(5*ms) : 1 (clock-driven)
        """,
        on_pre={"first": "g_post += w*x; x *= 0.5", "late": "s += w*rand()"},
        delay={"late": 2 * ms},
        name="S",
    )
    S.connect(p=0.5)
    S.w = "0.2*rand()"
    T = Synapses(
        noisy, cells, on_pre="s_AMPA_x_post += rand(); s_NMDA_x_post += 1", name="T"
    )
    T.connect()
    drive = PoissonInput(noisy, "g", 50, 20 * Hz, 0.1)
    monitors = SpikeMonitor(noisy), SpikeMonitor(cells), StateMonitor(noisy, "v", True)
    return Network(inputs, noisy, cells, S, T, drive, monitors), monitors


def state(network):
    """Return all arrays of a network, its objects, its time and the random numbers."""
    arrays = {}
    for each in network.sorted_objects:
        for name, variable in getattr(each, "variables", {}).items():
            if isinstance(variable, ArrayVariable):
                arrays[each.name, name] = np.array(variable.get_value()).tolist()
        code = getattr(each, "abstract_code", None), getattr(each, "codeobj", None)
        arrays[each.name, "of the object"] = (each.active, each._network, *code)
        arrays[each.name, "namespace"] = dict(each.namespace or {})
    numbers = get_device().get_random_state()
    plain = {name: np.array(value, dtype=object) for name, value in numbers.items()}
    return arrays, float(network.t), {n: str(v.tolist()) for n, v in plain.items()}


def test_nothing_is_changed_before_between_and_after_runs():
    network, _ = build()
    generator = str(np.random.get_state())
    for _ in range(3):
        before = state(network)
        assert diagnose(network) == []
        assert state(network) == before
        network.run(20 * ms)
    assert generator != str(np.random.get_state())


def test_a_run_spikes_alike_whether_or_not_it_was_looked_at():
    results = []
    for looks in (False, True):
        network, (one, other, voltage) = build()
        for _ in range(3):
            if looks:
                diagnose(network)
            network.run(30 * ms)
        results.append(
            [np.array(each) for each in (one.t, one.i, other.t, other.i, voltage.v)]
        )
        del network, one, other, voltage
        gc.collect()
    assert len(results[0][0]) > 20
    for without, with_ in zip(*results, strict=True):
        np.testing.assert_array_equal(without, with_)


def test_what_was_stored_can_be_restored_after_a_look():
    network, (one, *_) = build()
    network.store()
    network.run(20 * ms)
    diagnose(network)
    network.restore(restore_random_state=True)
    assert diagnose(network) == []
    network.run(20 * ms)
    assert one.num_spikes >= 0
    assert float(network.t) == 0.02


def test_nothing_is_logged():
    network, _ = build()
    with brian2.utils.logger.catch_logs() as logs:
        diagnose(network)
    assert logs == []
