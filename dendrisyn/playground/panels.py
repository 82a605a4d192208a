"""`Panels`: voltages above, conductances of the dendritic spike below."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2.units.allunits import msecond, mvolt, nsiemens

from ..plotting.style import COLORS, LINES, ZERO
from .traces import Traces

__all__ = ["Panels"]


class Panels:
    """The two plots of the playground, on any axes of matplotlib."""

    def __init__(self, voltage: Any, conductance: Any, traces: Traces) -> None:
        self.axes = (voltage, conductance)
        others = [name for name in traces.voltages if name != traces.compartment]
        self.voltages = {}
        for number, name in enumerate([traces.compartment, *others]):
            (self.voltages[name],) = voltage.plot(
                [],
                [],
                label=name,
                color=COLORS[1 + number % (len(COLORS) - 1)],
                linestyle=LINES[number // (len(COLORS) - 1) % len(LINES)],
                linewidth=1.8,
                zorder=3 if number == 0 else 2.5,
            )
        label = f"{traces.compartment} without the spike"
        (self.without,) = voltage.plot([], [], "--", color="0.55", label=label)
        (self.rise,) = conductance.plot([], [], color=COLORS[0], label="g_rise")
        (self.fall,) = conductance.plot([], [], color=COLORS[2], label="- g_fall")
        conductance.axhline(0, **ZERO)
        voltage.set_ylabel("voltage (mV)")
        conductance.set(xlabel="time (ms)", ylabel="conductance (nS)")
        for ax in self.axes:
            ax.spines[["top", "right"]].set_visible(False)
            legend = ax.legend(loc="upper right", fontsize="small", framealpha=0.8)
            legend.set_zorder(4)
            legend.get_frame().set_linewidth(0)

    def update(self, traces: Traces) -> None:
        """Show traces."""
        t = np.asarray(traces.t / msecond)
        for name, line in self.voltages.items():
            line.set_data(t, np.asarray(traces.voltages[name] / mvolt))
        self.without.set_data(t, np.asarray(traces.without[traces.compartment] / mvolt))
        self.rise.set_data(t, np.asarray(traces.g_rise / nsiemens))
        self.fall.set_data(t, -np.asarray(traces.g_fall / nsiemens))
        for ax in self.axes:
            ax.relim()
            ax.autoscale_view()
