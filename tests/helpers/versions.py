"""The tests that pairs of Python and Brian2 beside the first run.

The first pair runs all tests. The last pair runs most of them, the pairs in between
few: a fault of a version shows in the tests of rooms that use inner parts of Brian2.
"""

#: Tests that `.ci/run` runs on the first pair of Python and Brian2 only, by the
#: beginnings of their names: tests of texts and figures, of other programs, and of
#: protocols that use groups and monitors as the tests of other folders do.
FIRST_PAIR_ONLY = (
    "tests/calibrate/",
    "tests/measure/",
    "tests/peers/",
    "tests/plasticity/test_btsp",
    "tests/plasticity/test_calcium",
    "tests/plasticity/test_triplet",
    "tests/plasticity/test_voltage",
    "tests/playground/",
    "tests/project/test_benchmarks.py",
    "tests/project/test_docs.py",
    "tests/project/test_examples.py",
    "tests/project/test_habits.py",
    "tests/project/test_notebooks.py",
    "tests/project/test_site.py",
    "tests/test_architecture.py",
)
#: Tests among these that the last pair runs all the same.
ON_THE_LAST_PAIR = ("tests/measure/test_isolation.py",)
#: Tests with a compiler that the last pair runs: one model in Cython and C++, the
#: functions of all targets, and flags of compilers, which are put into Brian2's code.
COMPILED_ON_THE_LAST_PAIR = (
    "tests/brian/",
    "tests/all_mechanisms/test_everything.py::test_compiled_modes_agree_with_numpy[c",
    "tests/integrators/",
    "tests/sweeps/",
)
#: Tests that pairs in between run as well.
ON_ALL_PAIRS = (
    "tests/all_mechanisms/",
    "tests/brian/",
    "tests/cell/",
    "tests/circuits/",
    "tests/connections/",
    "tests/golden/",
    "tests/integrators/",
    "tests/project/test_package.py",
    "tests/rig/",
    "tests/seeds/",
    "tests/traps/",
)


def depends_on_versions(item, choice):
    """Return True if the versions of Python and Brian2 can change the result.

    The *choice* is 'most' or 'few'.
    """
    compiled = item.get_closest_marker("compiled") is not None
    if choice == "few":
        return not compiled and item.nodeid.startswith(ON_ALL_PAIRS)
    if compiled:
        return item.nodeid.startswith(COMPILED_ON_THE_LAST_PAIR)
    if item.nodeid.startswith(ON_THE_LAST_PAIR):
        return True
    return not item.nodeid.startswith(FIRST_PAIR_ONLY)
