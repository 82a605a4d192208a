"""Calibrate a cell to data: from published numbers to conductances.

Experiments report what a cell does: an input resistance, the size of an EPSP. Models
ask for what it is made of: leaks, couplings, conductances. `calibrate` goes from the
one to the other. Here a cell of three compartments becomes a pyramidal cell of
hippocampal area CA1, one measurement at a time, and `validate` says at the end whether
they all hold together. What nobody fitted, the firing rate, is then a prediction.

Run with: python examples/calibrate_to_data.py [figure.png]
"""

# %%
import sys
from functools import cache

import numpy as np
from brian2 import Mohm, cm, ms, mV, nS, ohm, pA, prefs, second, uF, um, uS

from dendrisyn import (
    AMPA,
    NMDA,
    Dendrite,
    DendriticSpike,
    NeuronModel,
    Soma,
    calibrate,
    measure,
    validate,
)

SYNAPSE = ("AMPA_x_oblique", "NMDA_x_oblique")
SPIKE = "spike_Na_trunk"
CURRENTS = np.arange(0, 261, 20) * pA

# %% [markdown]
# ## The data
#
# * Input resistance 113 Mohm and time constant 22 ms, at a resting potential of -62 mV:
#   means of 30 CA1 pyramidal cells, with standard errors of 9 Mohm and 2 ms. Pike,
#   Goddard, Suckling, Ganter, Kasthuri & Paulsen (2000), J. Physiol. 529, 205,
#   [doi](https://doi.org/10.1111/j.1469-7793.2000.00205.x). The ranges below are two
#   standard errors wide, both ways.
# * Of a steady voltage of the soma, half is left 238 µm out on the apical dendrite.
#   Golding, Mickus, Katz, Kath & Spruston (2005), J. Physiol. 568, 69,
#   [doi](https://doi.org/10.1113/jphysiol.2005.086793).
# * An EPSP of one synapse is about 0.2 mV at the soma, wherever it starts. Magee & Cook
#   (2000), Nat. Neurosci. 3, 895, [doi](https://doi.org/10.1038/78800).
# * Action potentials that sodium channels carry into the apical dendrite lose 26 to
#   42 % of their amplitude. Golding, Kath & Spruston (2001), J. Neurophysiol. 86, 2998,
#   [doi](https://doi.org/10.1152/jn.2001.86.6.2998). They have 95 mV at the soma:
#   Chevaleyre & Siegelbaum (2010), Neuron 66, 560,
#   [doi](https://doi.org/10.1016/j.neuron.2010.04.013). That leaves 55 to 70 mV.
#
# Other data have other ranges. Put yours here.

# %%
RANGES = {
    "input_resistance": (95, 131) * Mohm,
    "time_constant": (18, 26) * ms,
    ("attenuation", "soma", "trunk"): (0.45, 0.55),
    ("psp", SYNAPSE): (0.15, 0.25) * mV,
    ("dendritic_spike", SPIKE): (55, 70) * mV,
}


# %% [markdown]
# ## A first guess
#
# Sizes, ratios and kinetics are a choice of ours. The trunk is as long as twice the
# distance of the recording, which is at its centre. The soma stands for the basal
# dendrites, too, so it is large.


# %%
def make_model():
    """Return a soma, a trunk with a Na spike, and an oblique dendrite with synapses."""
    soma = Soma("soma", length=40 * um, diameter=40 * um)
    trunk = Dendrite("trunk", length=476 * um, diameter=3 * um)
    oblique = Dendrite("oblique", length=150 * um, diameter=1 * um)
    oblique.add(
        AMPA("x", g=1 * nS, t_rise=0.2 * ms, t_decay=2 * ms),
        NMDA("x", g=1 * nS, t_rise=3 * ms, t_decay=50 * ms),
    )
    trunk.add(
        DendriticSpike(
            "Na",
            threshold=-40 * mV,
            g_rise=20 * nS,
            g_fall=15 * nS,
            duration_rise=1 * ms,
            duration_fall=2.4 * ms,
            offset_fall=0.8 * ms,
            refractory=5 * ms,
            reversal_rise="E_Na",
            reversal_fall="E_K",
        )
    )
    return NeuronModel(
        [(soma, trunk), (trunk, oblique)],
        cm=1 * uF / cm**2,
        gl=100 * uS / cm**2,
        r_axial=150 * ohm * cm,
        v_rest=-62 * mV,
    )


# %% [markdown]
# How far off is it? `validate` measures all that has a range. It shows a bar where that
# takes long, unless told not to.


# %%
def check(model):
    """Return measurements against ranges."""
    return validate(model, RANGES, progress=False)


# %% tags=["active-ipynb"]
# print(check(make_model()))

# %% [markdown]
# ## The passive cell
#
# `calibrate.coupling` changes one coupling, `calibrate.membrane` multiplies leaks by
# one factor and capacitances by another. Each returns a new model. One may spoil what
# another has fitted, so mind the order: what reaches the trunk does not depend on the
# leak of the soma, and nothing that is steady depends on capacitances. Nothing here is
# fast, and all is steady after 300 ms; to say so saves time.


# %%
def fit_passive(model):
    """Return the model with fitted coupling, leak of the soma, and capacitances."""
    model, _ = calibrate.coupling(model, "soma", "trunk", attenuation=0.5, dt=0.5 * ms)
    model, _ = calibrate.membrane(
        model, 113 * Mohm, compartments="soma", dt=0.5 * ms, duration=300 * ms
    )
    model, _ = calibrate.membrane(model, time_constant=22 * ms)
    return model


# %% [markdown]
# ## The synapse
#
# AMPA and NMDA are scaled together until one spike gives 0.2 mV at the soma: their
# ratio is kept. The report says what was asked for, what was reached, and with what;
# `print(report)` shows it as a table.


# %%
def fit_synapse(model):
    """Return the model with fitted conductances of its synapse, and the report."""
    return calibrate.psp(model, SYNAPSE, 0.2 * mV)


# %% [markdown]
# ## The dendritic spike
#
# The same for both conductances of the spike, and its peak in the trunk.


# %%
def fit_spike(model):
    """Return the model with fitted conductances of its spike, and the report."""
    return calibrate.dendritic_spike(model, SPIKE, 60 * mV)


# %% [markdown]
# ## All of it
#
# The last step may have spoilt the first, so measure everything again, in the model
# that came out. In a test suite of yours, that is one line: `assert validate(...)`.


# %%
@cache
def fit():
    """Return the calibrated model, the reports and the validation; computed once."""
    model, synapse = fit_synapse(fit_passive(make_model()))
    model, spike = fit_spike(model)
    return model, {"synapse": synapse, "spike": spike}, check(model)


# %% tags=["active-ipynb"]
# model, reports, validation = fit()
# for report in reports.values():
#     for name, value in report.values.items():
#         print(f"{name} = {value / nS:.2f} nS")
#     print(f"give {report.achieved / mV:.2f} mV")

# %% [markdown]
# Does it hold together?

# %% tags=["active-ipynb"]
# print(validation)

# %% [markdown]
# ## What was not fitted
#
# A threshold and a reset complete the cell. How fast does it fire?


# %%
def rates(model):
    """Return the F-I curve of a model."""
    return measure.fi_curve(
        model,
        CURRENTS,
        duration=0.4 * second,
        threshold="V_soma > -50*mV",
        reset="V_soma = -60*mV",
        refractory=3 * ms,
    )


def simulate():
    """Return models, reports and validation, and what the models do."""
    guess, (model, reports, validation) = make_model(), fit()
    return {
        "guess": guess,
        "model": model,
        "reports": reports,
        "validation": validation,
        "psp": measure.psp(model, SYNAPSE, duration=100 * ms),
        "spike": measure.dendritic_spike(model, SPIKE),
        "rates": {"first guess": rates(guess), "calibrated": rates(model)},
    }


# %% [markdown]
# ## The figure
#
# Look at the first panel: the dots are conductances that were tried. The EPSP is
# proportional to them where it is small, and ends where its driving force does. In the
# second, look at how much of an EPSP of .2 mV is lost on its way.


# %%
def plot(results):
    """Draw a calibration, one EPSP, one dendritic spike, and the F-I curves."""
    import matplotlib.pyplot as plt

    black, blue, green, red = "#000000", "#0072B2", "#009E73", "#D55E00"
    fig, axes = plt.subplots(2, 2, figsize=(8, 6.5), layout="constrained")
    report = results["reports"]["synapse"]
    report.plot(axes[0, 0]).set(
        title="calibration of the synapse",
        yscale="log",
        xlim=(0.01, 300),
        ylim=(1, 30_000),
    )
    for ax, found, title, end in [
        (axes[0, 1], results["psp"], "one synapse", 100),
        (axes[1, 0], results["spike"], "one dendritic spike", 15),
    ]:
        start = getattr(found, "start", 0 * ms)
        for name, color, style in [
            ("soma", black, "-"),
            ("trunk", blue, "--"),
            ("oblique", green, "-."),
        ]:
            V = found.traces[f"V_{name}"]
            ax.plot(
                (found.traces.t - start) / ms,
                (V[1] - V[0]) / mV,
                style,
                color=color,
                linewidth=2.5,
                label=name,
            )
        ax.set(title=title, xlabel="time (ms)", ylabel="deflection (mV)", xlim=(0, end))
        ax.legend(frameon=False)
    for (label, found), color, marker in zip(
        results["rates"].items(), [green, red], "so", strict=True
    ):
        axes[1, 1].plot(
            found.currents / pA,
            found.rate,
            color=color,
            marker=marker,
            markersize=6,
            label=label,
        )
    axes[1, 1].set(
        title="not fitted", xlabel="current (pA)", ylabel="rate (Hz)", ylim=(0, None)
    )
    axes[1, 1].legend(frameon=False)
    for ax in axes.flat:
        ax.spines[["top", "right"]].set_visible(False)
    return fig


# %%
def main(path="calibrate_to_data.png"):
    """Calibrate, say what was found, write the figure."""
    results = simulate()
    checks = results["validation"]
    print(f"{sum(each.passed for each in checks)} of {len(checks)} ranges are met")
    for kind, report in results["reports"].items():
        found = ", ".join(
            f"{name} = {value / nS:.2f} nS" for name, value in report.values.items()
        )
        print(f"the {kind}: {found}")
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
