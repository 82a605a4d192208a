"""Noise: an Ornstein-Uhlenbeck current.

`noise` adds a current that fluctuates around a mean. Its values at any moment are
Gaussian with the standard deviation `sigma`, and it forgets them with the time constant
`tau`. Both are measured here over many neurons.

Run with: python examples/noise.py [figure.png]
"""

import sys

import numpy as np
from brian2 import Network, StateMonitor, ms, mV, nS, pA, pF, prefs, seed

from dendrisyn import NeuronModel, Soma

SIGMA, MEAN, TAU = 20, 50, 10  # pA, pA, ms
NEURONS = 200
WARM_UP, DURATION = 100 * ms, 1000 * ms
SAMPLING = 1  # ms
LAGS = np.arange(0, 51)  # in samples


def make_model():
    """Return a soma with noise."""
    soma = Soma("soma", cm_abs=200 * pF, gl_abs=10 * nS, v_rest=-70 * mV)
    soma.noise(tau=TAU * ms, sigma=SIGMA * pA, mean=MEAN * pA)
    return NeuronModel([soma])


def simulate():
    """Return the current (pA; neuron, time) and its autocorrelation."""
    seed(3)
    cells = make_model().make_neurongroup(NEURONS)
    # The noise starts at 0 in all neurons; it has to forget that first.
    network = Network(cells)
    network.run(WARM_UP)
    monitor = StateMonitor(
        cells, ["I_noise_soma", "V_soma"], record=True, dt=SAMPLING * ms
    )
    network.add(monitor)
    network.run(DURATION)

    current = monitor.I_noise_soma / pA
    away = current - current.mean()
    covariance = [
        np.mean(away[:, : away.shape[1] - lag] * away[:, lag:]) for lag in LAGS
    ]
    return {
        "t": (monitor.t - WARM_UP) / ms,
        "current": current,
        "V": monitor.V_soma / mV,
        "lag": LAGS * SAMPLING,
        "autocorrelation": np.array(covariance) / covariance[0],
    }


def plot(results):
    """Draw three neurons, the histogram and the autocorrelation, with theory."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplot_mosaic(
        [["current", "current"], ["histogram", "memory"]],
        figsize=(8, 5.5),
        layout="constrained",
    )
    for line, color in zip(
        results["current"], ["#0072B2", "#E69F00", "#009E73"], strict=False
    ):
        axes["current"].plot(results["t"], line, color=color, linewidth=1)
    axes["current"].axhline(MEAN, color="0.3", linestyle=":")
    axes["current"].set(
        title="three neurons",
        xlabel="time (ms)",
        ylabel="noise current (pA)",
        xlim=(0, 500),
    )

    values = np.linspace(MEAN - 4 * SIGMA, MEAN + 4 * SIGMA, 200)
    gaussian = np.exp(-((values - MEAN) ** 2) / (2 * SIGMA**2))
    gaussian /= SIGMA * np.sqrt(2 * np.pi)
    axes["histogram"].hist(
        results["current"].ravel(),
        bins=60,
        range=(values[0], values[-1]),
        density=True,
        color="#56B4E9",
        label="all neurons",
    )
    axes["histogram"].plot(values, gaussian, color="#D55E00", label="Gaussian")
    axes["histogram"].set(xlabel="noise current (pA)", ylabel="density (1/pA)")
    axes["histogram"].set_ylim(top=1.35 * gaussian.max())
    axes["histogram"].legend(frameon=False, loc="upper left", ncols=2)

    lag = results["lag"]
    axes["memory"].plot(
        lag, results["autocorrelation"], "o", color="#0072B2", label="measured"
    )
    axes["memory"].plot(
        lag, np.exp(-lag / TAU), color="#D55E00", label=r"$\exp(-t/\tau)$"
    )
    axes["memory"].set(xlabel="lag (ms)", ylabel="autocorrelation")
    axes["memory"].legend(frameon=False)
    return fig


def main(path="noise.png"):
    """Simulate, compare mean and deviation with theory, write the figure."""
    results = simulate()
    current = results["current"]
    print(
        f"mean {current.mean():.2f} pA (theory {MEAN}), standard deviation "
        f"{current.std():.2f} pA (theory {SIGMA})"
    )
    plot(results).savefig(path, dpi=120)


if __name__ == "__main__":
    prefs.codegen.target = "numpy"  # compiling takes longer than this simulation
    main(*sys.argv[1:2])
