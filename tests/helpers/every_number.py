"""Numbers that flags of compilers may treat wrongly, in a chosen mode.

``python every_number.py MODE OUTPUT.npz FOLDER`` with MODE one of numpy, cython, cpp;
the compiled modes use vector code. What is saved as ``vectors`` is whether the compiled
code calls vector functions.
"""

import sys
from pathlib import Path

import brian2
import numpy as np
from brian2 import NeuronGroup, defaultclock
from brian2.codegen.cpp_prefs import default_buildopts

from dendrisyn.brian.vector_code import enable_vector_code

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0]
USUAL = [1.0, -1.0, 0.3, -2.5, 5.0, 85.0, -85.0, 700.0, -700.0]
EXTREME = [800.0, -800.0, 1e300, -1e300, 1e38, 1e-300, 1e-40, 4e-320, -4e-320]
VALUES = np.array([*SPECIAL, *USUAL, *EXTREME])
#: whole vectors of any width, and a rest
N = 3 * len(VALUES) + 1

FORMS = {
    "exponential": "exp(x)",
    "logistic": "(1 + exp(-x))**-1",
    "logarithm": "log(abs(x))",
    "below": "int(x < 0)",
    "not_below": "int(not (x < 0))",
    "above": "int(x > 0)",
    "itself": "int(x == x)",
    "not_itself": "int(x != x)",
    "times_0": "x*0.0",
    "minus_itself": "x - x",
    "inverse": "x**-1",
    "half": "0.5*x",
    "gated": "x*int(x < 1)",
    "denormal": "exp(-720 + 0*int(x < 0))",
}


def run(mode, folder):
    """Return each form of each value, as computed in one step of Brian2."""
    brian2.prefs.codegen.target = "numpy" if mode == "numpy" else "cython"
    if mode == "cpp":
        brian2.set_device("cpp_standalone", directory=folder, debug=False)
    if mode != "numpy":
        # not those with which other scripts are compiled quickly
        brian2.prefs.codegen.cpp.extra_compile_args_gcc = [*default_buildopts, "-g0"]
        brian2.prefs.codegen.runtime.cython.cache_dir = folder
        enable_vector_code()
    group = NeuronGroup(N, "\n".join(f"{name} : 1" for name in ("x", *FORMS)))
    group.x = np.resize(VALUES, N)
    group.run_regularly("\n".join(f"{name} = {form}" for name, form in FORMS.items()))
    brian2.run(defaultclock.dt)
    results = {name: np.array(getattr(group, name)) for name in ("x", *FORMS)}
    compiled = [*Path(folder).rglob("*.so"), *Path(folder).rglob("*regularly*.o")]
    results["vectors"] = any(b"_ZGV" in each.read_bytes() for each in compiled)
    return results


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        np.savez(sys.argv[2], **run(sys.argv[1], sys.argv[3]))
