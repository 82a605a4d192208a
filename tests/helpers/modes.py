"""Scripts that are run in numpy, Cython and C++ standalone mode, and compared."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from brian2 import prefs

import dendrisyn

TESTS = Path(__file__).parents[1]

#: Brian2's flags, which users compile with, and flags that cost little.
USUAL = [*prefs.codegen.cpp.extra_compile_args_gcc]
QUICK = ["-w", "-O0", "-g0", "-std=c++11"]

#: What all C++ code of Brian2 includes; it takes longer to read than the code.
HEADERS = """algorithm cassert climits cmath cstdint cstdlib ctime fstream iostream
iterator limits map random vector"""


def compile_quickly(folder, *others, flags=QUICK, standalone=True):
    """Have Brian2 compile in little time what scripts that start in *folder* generate.

    Brian2 reads preferences there. For C++ standalone mode, the standard headers are
    compiled in advance. A compiler that cannot use the result, because it needs other
    flags than these and *others*, ignores it.
    """
    make = ["-j2"]
    if standalone and shutil.which("g++"):
        header, nothing = folder / "standard.h", folder / "nothing"
        header.write_text("".join(f"#include <{name}>\n" for name in HEADERS.split()))
        command = ["g++", *flags, *others, "-x", "c++-header", header]
        command += ["-o", f"{header}.gch"]
        subprocess.run(command, capture_output=True, check=False)
        flags = [*flags, f"-include{header}"]
        # What depends on which header is no question where all is compiled once.
        nothing.touch()
        make.append(f"DEPS={nothing}")
    lines = {
        "codegen.cpp.extra_compile_args_gcc": flags,
        "devices.cpp_standalone.extra_make_args_unix": make,
    }
    text = "".join(f"{name} = {value!r}\n" for name, value in lines.items())
    (folder / "brian_preferences").write_text(text)


def connect(synapses, **where):
    """Connect synapses with the numpy target, where Brian2 compiles runtime code.

    Brian2 compiles its own code of `connect` anew for each `Synapses`, which takes
    longer than the code of a rule.
    """
    target = prefs.codegen.target
    prefs.codegen.target = "numpy"
    synapses.connect(**where)
    prefs.codegen.target = target


def environment():
    """Return variables with which a process imports this dendrisyn, and the helpers."""
    package = Path(dendrisyn.__file__).parents[1]
    paths = [str(TESTS), str(package), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def results_of(script):
    """Return the fixture of a script: a function from a mode to its results.

    *script* is a path below the folder of tests. A mode is run once, in a process of
    its own:
    ``python SCRIPT MODE OUTPUT FOLDER``.
    Mode cpp is compiled with the flags that users have, the others are not optimised.
    """
    path = TESTS / script

    @pytest.fixture(scope="module")
    def results(tmp_path_factory):
        done = {}

        def of(mode):
            if mode not in done:
                folder = tmp_path_factory.mktemp(f"{path.stem}-{mode}")
                if mode != "numpy":
                    compile_quickly(
                        folder,
                        *(["-fopenmp"] if mode == "openmp" else []),
                        flags=USUAL if mode == "cpp" else QUICK,
                        standalone=mode != "cython",
                    )
                output = folder / "results.npz"
                command = [sys.executable, path, mode, output, folder / "build"]
                ran = subprocess.run(
                    command,
                    capture_output=True,
                    text=True,
                    check=False,
                    cwd=folder,
                    env=environment(),
                )
                assert ran.returncode == 0, ran.stderr[-4000:]
                with np.load(output) as file:
                    done[mode] = dict(file)
            return done[mode]

        return of

    return results
