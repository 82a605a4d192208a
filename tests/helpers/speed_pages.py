"""What the page on speed says beside its code."""

import inspect
import re
import struct

import numpy as np
import pytest
from brian2 import prefs

import dendrisyn
from dendrisyn.brian import vector_code as compiler
from helpers.page_checks import checks
from helpers.synapse_pages import number, table


@checks
def speed(text, namespace):
    """The flags are those of the call, what it did is undone, preferences exist."""
    assert [row[0].strip("`") for row in table(text, "flag")] == list(compiler.FLAGS)
    code = namespace["code"]
    assert bool(code.reason) == (set(code.targets) != {"cython", "cpp_standalone"})
    present = prefs.codegen.cpp.extra_compile_args_gcc
    assert not set(compiler.FLAGS) & set(present)
    assert "vector-" not in str(prefs.codegen.runtime.cython.cache_dir)
    assert prefs.devices.cpp_standalone.openmp_threads == 0
    assert prefs.core.default_float_dtype == np.float64
    for name in re.findall(r"`prefs\.([\w.]+)`", text):
        assert name in prefs, name
    for name in re.findall(r"`(\w+Warning)`", text):
        assert issubclass(getattr(dendrisyn, name), Warning)
    assert "-ffast-math -fno-finite-math-only" in text
    if "-ffast-math" in present:
        assert "-fno-finite-math-only" in present

    times = [[number(cell) for cell in row[1:]] for row in table(text, "one step of")]
    (cython, flagged), (standalone, same), (euler, fast) = times
    assert cython > 2 * flagged
    assert standalone == same
    assert euler > 2 * fast
    assert set(namespace) >= {"enable_vector_code", "code"}

    # a quarter of an hour in seconds, as the nearest number of 32 bits, and the next
    (bits,) = struct.unpack("i", struct.pack("f", 15 * 60))
    (after,) = struct.unpack("f", struct.pack("i", bits + 1))
    assert after - 15 * 60 == pytest.approx(1e-4, rel=0.5)

    arguments = inspect.signature(dendrisyn.NeuronModel.make_neurongroup).parameters
    assert set(re.findall(r"`(\w+)=False`", text)) <= set(arguments)
