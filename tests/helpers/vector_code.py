"""Which loops over neurons GCC vectorises, in the code of two models.

``python vector_code.py MODE OUTPUT.npz FOLDER`` with MODE cython or cpp: generates the
code, compiles that of the state update and of the step operation, and saves for each
whether the loop over neurons is vectorised, for processors with AVX2 and no more. Code
of Cython is compiled with the flags of `enable_vector_code`, that of C++ without.

For C++, the model is the one with everything in it, but for noise: random numbers have
no vectors. What Cython writes takes long to compile, so its model is a small one.
"""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import brian2
import numpy as np
from brian2 import ms, mV, nS, pF
from brian2.codegen.cpp_prefs import default_buildopts

from dendrisyn import NMDA, AdEx, Dendrite, NeuronModel, Soma
from dendrisyn.brian.vector_code import enable_vector_code
from helpers.everything import model

#: The loop over neurons, in C++ and in what Cython makes of ``for _idx in range(N)``.
LOOPS = ("for(int _idx=0; _idx<_N; _idx++)", "for (__pyx_t_")


SPIKES = {
    "threshold": "V_soma > -40*mV",
    "reset": "V_soma = 35*mV",
    "second_reset": "V_soma = -60*mV",
    "spike_width": 0.8 * ms,
    "refractory": 3 * ms,
    "hold_refractory": True,
}


def everything():
    """Return cells with second reset, held refractory period and varied parameters."""
    cell = model()
    for compartment in cell.compartments.values():
        if "noise" in compartment.mechanisms:
            compartment.remove("noise")
    varied = ["g_AMPA_x_trunk", "g_soma_trunk"]
    cells, _ = cell.make_neurongroup(100, **SPIKES, per_neuron=varied)
    return cells


def small():
    """Return cells with an exponential, a second reset and a held refractory period."""
    adex = AdEx(a=1 * nS, tauw=100 * ms, DeltaT=2 * mV, Vth=-50 * mV)
    soma = Soma("soma", model=adex, cm_abs=100 * pF, gl_abs=5 * nS)
    dend = Dendrite("dend", cm_abs=50 * pF, gl_abs=3 * nS)
    dend.add(NMDA("x", g=1 * nS, t_rise=2 * ms, t_decay=50 * ms))
    dend.dspikes(
        "Na",
        threshold=-45 * mV,
        g_rise=10 * nS,
        g_fall=5 * nS,
        duration_rise=1 * ms,
        duration_fall=2 * ms,
        offset_fall=0.2 * ms,
        refractory=5 * ms,
        reversal_rise="E_Na",
        reversal_fall="E_K",
    )
    cell = NeuronModel([(soma, dend, 5 * nS)], v_rest=-65 * mV)
    cells, _ = cell.make_neurongroup(100, **SPIKES)
    return cells


def sources_of_cython(folder):
    """Yield the name of each object and the file with its C++ code."""
    from brian2.codegen.runtime.cython_rt.cython_rt import CythonCodeObject

    brian2.prefs.codegen.target = "cython"
    # compiled below, with a report
    CythonCodeObject.compile_block = lambda self, block: None
    cells = small()
    for each in cells.contained_objects:
        if not each.name.endswith(("stateupdater", "step_operation")):
            continue
        each.before_run({})
        source = Path(folder, f"{each.name}.pyx")
        source.write_text(str(each.codeobj.code.run), encoding="utf-8")
        command = [sys.executable, "-m", "cython", "--cplus", "-3", str(source)]
        subprocess.run(command, check=True)
        yield each.name, source.with_suffix(".cpp")


def sources_of_cpp(folder):
    """Yield the name of each object and the file with its C++ code."""
    brian2.set_device("cpp_standalone", build_on_run=False)
    cells = everything()
    brian2.Network(cells).run(brian2.defaultclock.dt)
    brian2.device.build(directory=folder, compile=False, run=False)
    for source in Path(folder, "code_objects").glob("*.cpp"):
        if re.search("stateupdater|step_operation", source.stem):
            yield source.stem, source


def vectorised(source, folder):
    """Whether GCC reports the loop over neurons of a source as vectorised."""
    headers = [
        folder,
        Path(brian2.__file__).parent / "synapses",
        Path(brian2.__file__).parent / "devices" / "cpp_standalone" / "brianlib",
        np.get_include(),
        sysconfig.get_path("include"),
    ]
    flags = [*brian2.prefs.codegen.cpp.extra_compile_args_gcc, "-fPIC", "-fwrapv"]
    # the last one counts: int64 and double convert only in AVX-512
    flags += ["-march=x86-64-v3", "-fopt-info-vec-optimized", "-c"]
    command = ["g++", *flags, *(f"-I{each}" for each in headers), str(source)]
    ran = subprocess.run(
        [*command, "-o", os.devnull], capture_output=True, text=True, check=True
    )
    lines = source.read_text(encoding="utf-8").splitlines()
    report = re.findall(
        rf"{re.escape(source.name)}:(\d+):\d+: optimized:\s+loop vectorized", ran.stderr
    )
    for number in {int(each) for each in report}:
        # the place of a loop is where it starts or where it tests for its end
        near = lines[number - 2 : number + 1]
        if any(loop in line for line in near for loop in LOOPS):
            return True
    return False


def main(mode, output, folder):
    os.makedirs(folder, exist_ok=True)
    # not those with which other scripts are compiled quickly
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = [*default_buildopts, "-g0"]
    if mode == "cython":
        enable_vector_code()
    sources = sources_of_cpp if mode == "cpp" else sources_of_cython
    found = {}
    for name, source in sources(folder):
        what = "state_update" if "stateupdater" in name else "step_operation"
        found[what] = vectorised(source, folder)
    np.savez(output, **found)


if __name__ == "__main__":
    main(*sys.argv[1:4])
