"""What twenty targets of a calibration cost, in terms of one.

The conductance of an NMDA receptor on a dendrite, for an EPSP in the soma; on the numpy
target, all in one process that has done it once before.

Run with: python benchmarks/calibration.py [--quick]
"""

import argparse
import time
from functools import partial

import numpy as np
from brian2 import ms, mV, nS, pF
from side_by_side import in_turn

from dendrisyn import NMDA, Dendrite, NeuronModel, Soma, calibrate


def model():
    """Return a cell of two compartments with NMDA on its dendrite."""
    soma = Soma("soma", cm_abs=100 * pF, gl_abs=5 * nS, v_rest=-70 * mV)
    dend = Dendrite("dend", cm_abs=20 * pF, gl_abs=1 * nS, v_rest=-70 * mV)
    dend.add(NMDA("x", g=1 * nS, t_rise=2 * ms, t_decay=60 * ms))
    return NeuronModel([(soma, dend, 5 * nS)])


def side(targets):
    """Return what calibrates for so many targets."""
    cell = model()
    amplitudes = np.linspace(0.2, 4, targets) * mV if targets > 1 else 1 * mV

    def run():
        start = time.process_time()
        _, report = calibrate.psp(cell, "NMDA_x_dend", amplitudes, progress=False)
        taken = time.process_time() - start
        return {"time": taken, "off": float(np.abs(report.error).max())}

    return run


def main():
    """Print the best and the median time of each, and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one turn")
    given = parser.parse_args()
    sides = {f"{n} targets": partial(side, n) for n in (1, 20)}
    timed = in_turn(sides, 1 if given.quick else 7)
    first = timed["1 targets"]
    for name, each in timed.items():
        print(
            f"{name:10} best {each.best:5.2f} s, median {each.median:5.2f} s, "
            f"{each.ratio(first):4.2f} times one; off by {each.report['off']:.1e}"
        )


if __name__ == "__main__":
    main()
