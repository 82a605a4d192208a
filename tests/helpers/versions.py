"""The tests that every pair of Python and Brian2 runs."""

#: Tests that `.ci/run` runs on the first pair of Python and Brian2 only, by the
#: beginnings of their names: tests of texts and figures, of other programs, and of
#: protocols that use groups and monitors as the tests of other folders do.
FIRST_PAIR_ONLY = (
    "tests/calibrate/",
    "tests/peers/",
    "tests/project/test_benchmarks.py",
    "tests/project/test_docs.py",
    "tests/project/test_examples.py",
    "tests/project/test_habits.py",
    "tests/project/test_notebooks.py",
    "tests/project/test_site.py",
    "tests/test_architecture.py",
)
#: Tests with a compiler that all pairs run: one model in Cython and C++, the functions
#: of all targets, and flags of compilers, which are put into Brian2's own code.
COMPILED_ON_ALL_PAIRS = (
    "tests/brian/",
    "tests/all_mechanisms/test_everything.py::test_compiled_modes_agree_with_numpy[c",
    "tests/integrators/",
    "tests/sweeps/",
)


def depends_on_versions(item):
    """Return True if the versions of Python and Brian2 can change the result."""
    if item.get_closest_marker("compiled"):
        return item.nodeid.startswith(COMPILED_ON_ALL_PAIRS)
    return not item.nodeid.startswith(FIRST_PAIR_ONLY)
