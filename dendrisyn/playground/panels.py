"""`Panels`: the two plots of the playground, on any matplotlib axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2.units.allunits import msecond, mvolt, nsiemens

from ..plotting.style import COLORS, LINES, ZERO
from .traces import Traces

__all__ = ["Panels"]


class Panels:
    """Voltages above, conductances of the spike below.

    Parameters
    ----------
    voltage, conductance : matplotlib.axes.Axes
        Where they are drawn.
    traces : Traces
        What is drawn first.
    titled : bool
        Whether the title says what is measured.
    """

    def __init__(
        self, voltage: Any, conductance: Any, traces: Traces, titled: bool = True
    ) -> None:
        self.axes, self._titled = (voltage, conductance), titled
        names = [
            traces.compartment,
            *(name for name in traces.voltages if name != traces.compartment),
        ]
        self.voltages = {
            name: voltage.plot(
                [],
                [],
                label=name,
                color=COLORS[1 + number % (len(COLORS) - 1)],
                linestyle=LINES[number // (len(COLORS) - 1) % len(LINES)],
                linewidth=1.8,
                zorder=3 if number == 0 else 2.5,
            )[0]
            for number, name in enumerate(names)
        }
        (self.without,) = voltage.plot(
            [], [], "--", color="0.55", label=f"{names[0]} without the spike"
        )
        (self.rise,) = conductance.plot([], [], color=COLORS[0], label="g_rise")
        (self.fall,) = conductance.plot([], [], color=COLORS[2], label="- g_fall")
        conductance.axhline(0, **ZERO)
        voltage.set_ylabel("voltage (mV)")
        conductance.set(xlabel="time (ms)", ylabel="conductance (nS)")
        for each in self.axes:
            each.spines[["top", "right"]].set_visible(False)
            legend = each.legend(loc="upper right", fontsize="small", framealpha=0.8)
            legend.set_zorder(4)
            legend.get_frame().set_linewidth(0)
        self.update(traces)

    def update(self, traces: Traces) -> None:
        """Show other traces."""
        t = np.asarray(traces.t / msecond)
        for name, line in self.voltages.items():
            line.set_data(t, np.asarray(traces.voltages[name] / mvolt))
        self.without.set_data(t, np.asarray(traces.without[traces.compartment] / mvolt))
        self.rise.set_data(t, np.asarray(traces.g_rise / nsiemens))
        self.fall.set_data(t, -np.asarray(traces.g_fall / nsiemens))
        for each in self.axes:
            each.relim()
            each.autoscale_view()
        if self._titled:
            lines = traces.measures.lines()
            text = ", ".join(f"{name} {value}" for name, value in lines if value != "-")
            self.axes[0].set_title(text, loc="left", fontsize="small")
