"""Run the benchmarks, and write what they find into README.md.

python benchmarks/run.py [--quick] [--only QUESTION ...] [--targets TARGET ...]

Each question is measured by itself; its answer is kept in results.json, from which the
tables and the figure are made anew. A quick run shows that the scripts work, measures
nothing, and writes only where it is told to.
"""

import argparse
import time
from importlib.util import find_spec
from pathlib import Path

import accuracy
import active
import compartments
import first_run
import limit
import side_by_side
import simulators
from report import Answer, Results
from side_by_side import TARGETS

FOLDER = Path(__file__).parent

#: What is measured, and whether Dendrify is asked, too.
QUESTIONS = {
    "dendrify": (active.measure, True),
    "first_run": (first_run.measure, True),
    "accuracy": (accuracy.measure, False),
    "simulators": (simulators.measure, False),
    "compartments": (compartments.measure, True),
    "limit": (limit.measure, True),
}


def arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small and short")
    parser.add_argument(
        "--only", nargs="+", choices=QUESTIONS, default=list(QUESTIONS), help="these"
    )
    parser.add_argument(
        "--targets", nargs="+", choices=TARGETS, default=TARGETS, help="of Brian2"
    )
    parser.add_argument(
        "--output",
        type=Path,
        help="folder of README.md, results.json and results.png; by default that of "
        "this script, unless --quick",
    )
    parser.add_argument(
        "--here",
        action="store_true",
        help="all in this process: quicker to start, no measurement (numpy only)",
    )
    parser.add_argument(
        "--report", action="store_true", help="only write the tables and the figure"
    )
    given = parser.parse_args()
    if given.output is None and not given.quick:
        given.output = FOLDER
    return given


def ask(question, given):
    """Return the answer to a question."""
    measure, compares = QUESTIONS[question]
    if not compares:
        return measure(given.quick, given.targets)
    names = ["dendrify", "dendrisyn"]
    if find_spec("dendrify") is None:
        answer = measure(given.quick, given.targets, names[1:])
        missing = "Dendrify is not installed: `pip install dendrify==2.2.0`."
        answer.remarks.append(missing)
        return answer
    return measure(given.quick, given.targets, names)


def main():
    """Ask, print, and write."""
    given = arguments()
    side_by_side.here = given.here
    results = None
    if given.output is not None:
        given.output.mkdir(parents=True, exist_ok=True)
        results = Results(given.output)
    for question in [] if given.report else given.only:
        print(f"\n{question}", flush=True)
        begin = time.perf_counter()
        answer: Answer = ask(question, given)
        taken = time.perf_counter() - begin
        print(answer.text())
        print(f"\n({taken / 60:.1f} minutes)", flush=True)
        if results is not None:
            results.add(question, answer, taken)
    if results is not None:
        results.write()


if __name__ == "__main__":
    main()
