"""Time of an edit of a model: a parameter that is set by name, and a receptor.

Chains of 10 to 300 compartments show how the time of one edit grows with the model. The
time of 100 edits is measured for parameters, which are set one by one, and for
receptors, which are added to a dendrite and to a compartment of a model. Times are
those of the processor. The package is the first one on the import path.

Run with: python benchmarks/edits.py [--quick] [--here]
"""

import argparse
import time
from functools import partial
from itertools import count, pairwise

import side_by_side
from brian2 import cm, ms, mV, nS, ohm, siemens, uF, um, uS
from report import Table, Target, of_targets

import dendrisyn
from dendrisyn import AMPA, Dendrite, NeuronModel, Soma

#: Edits of a turn whose average is the time of one edit.
EDITS = 10
#: Longest time of 100 edits (second).
LIMIT = 0.5
#: Largest ratio of times of one edit, of the largest model to the smallest.
GROWTH = 1.5


def chain(size):
    """Return the model of a chain of compartments, with AMPA on its dendrites."""
    soma = Soma("soma", length=25 * um, diameter=25 * um)
    dendrites = [
        Dendrite(f"d{index}", length=40 * um, diameter=2 * um)
        for index in range(1, size)
    ]
    for dendrite in dendrites:
        dendrite.add(AMPA("x", g=1 * nS, t_decay=2 * ms))
    return NeuronModel(
        list(pairwise([soma, *dendrites])),
        cm=1 * uF / cm**2,
        gl=40 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-65 * mV,
    )


def parameters(size, edits, read=False):
    """Return a function that sets leaks of dendrites by name, one by one.

    With *read*, the time includes reading the value after every edit.
    """
    model, turns = chain(size), count(1)
    names = [f"gL_d{1 + index % (size - 1)}" for index in range(edits)]

    def run():
        value = next(turns) * nS
        start = time.process_time()
        for name in names:
            model.parameters[name] = value
            if read:
                model.parameters[name]
        taken = time.process_time() - start
        values = {float(model.parameters[name] / siemens) for name in names}
        return {"time": taken / edits, "done": values == {float(value / siemens)}}

    return run


def receptors(edits, in_model):
    """Return a function that adds AMPA receptors to a dendrite, one by one."""

    def run():
        if in_model:
            place = chain(2).compartments["d1"]
        else:
            place = Dendrite("d1", length=40 * um, diameter=2 * um)
        start = time.process_time()
        for index in range(edits):
            place.add(AMPA(f"r{index}", g=1 * nS, t_decay=2 * ms))
        taken = time.process_time() - start
        done = f"s_AMPA_r{edits - 1}_d1" in place.equations
        return {"time": taken / edits, "done": done}

    return run


def measure(quick):
    """Return the tables and the targets."""
    sizes, many, repeats = ((3, 5), 4, 1) if quick else ((10, 30, 100, 300), 100, 5)
    one = {f"{size}": partial(parameters, size, EDITS) for size in sizes}
    one |= {f"{size}, read": partial(parameters, size, EDITS, True) for size in sizes}
    series = {
        f"{many} parameters, {many + 1} compartments": partial(
            parameters, many + 1, many
        ),
        f"{many} receptors, a dendrite": partial(receptors, many, False),
        f"{many} receptors, a compartment of a model": partial(receptors, many, True),
    }
    timed = side_by_side.in_turn({**one, **series}, repeats)
    for name, side in timed.items():
        if not side.report["done"]:
            raise AssertionError(f"the edits had no effect: {name}")
    rows = []
    for size in sizes:
        plain, read = timed[f"{size}"], timed[f"{size}, read"]
        ratio = plain.ratio(timed[f"{sizes[0]}"])
        times = (plain.best, plain.median, read.best, read.median)
        rows.append([f"{size}", *(1e3 * value for value in times), ratio])
    columns = ["compartments", "best (ms)", "median (ms)"]
    columns += ["with reading: best (ms)", "median (ms)", "times the first"]
    tables = [Table("One parameter set by name", columns, rows)]
    rows = [
        [name, many * timed[name].best, many * timed[name].median] for name in series
    ]
    columns = ["edits", "best (s)", "median (s)"]
    tables.append(Table("Many edits, one by one", columns, rows))
    ratio = timed[f"{sizes[-1]}"].ratio(timed[f"{sizes[0]}"])
    what = f"one parameter, {sizes[-1]} over {sizes[0]} compartments"
    goals = [Target(what, ratio, GROWTH, False)]
    goals += [Target(f"{row[0]} (s)", row[2], LIMIT, False) for row in rows]
    return tables, goals


def main():
    """Print the version of the package, the tables and the targets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small models, one turn")
    parser.add_argument("--here", action="store_true", help="all in this process")
    given = parser.parse_args()
    side_by_side.here = given.here
    tables, goals = measure(given.quick)
    print(f"dendrisyn {dendrisyn.__version__}")
    for table in (*tables, of_targets(goals)):
        print(f"\n{table.text()}")


if __name__ == "__main__":
    main()
