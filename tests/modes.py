"""Scripts that are run in numpy, Cython and C++ standalone mode, and compared."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


def results_of(script):
    """Return the fixture of a script: a function from a mode to its results.

    Each mode is run once, in a process of its own:
    ``python SCRIPT MODE OUTPUT FOLDER [ARGUMENTS]``.
    """
    path = Path(__file__).parent / script

    @pytest.fixture(scope="module")
    def results(tmp_path_factory):
        folder = tmp_path_factory.mktemp(path.stem)
        done = {}

        def of(mode, *arguments):
            key = "-".join((mode, *arguments))
            if key not in done:
                output = folder / f"{key}.npz"
                command = [sys.executable, str(path), mode, str(output)]
                command += [str(folder / key), *arguments]
                ran = subprocess.run(
                    command, capture_output=True, text=True, check=False
                )
                assert ran.returncode == 0, ran.stderr[-4000:]
                with np.load(output) as file:
                    done[key] = dict(file)
            return done[key]

        return of

    return results
