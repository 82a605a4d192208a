"""`Playground`: a dendritic spike tuned by hand, with its traces in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, located, look_up
from ..integrators import CRANK_NICOLSON
from ..units import Spec
from .controls import SPIKE
from .desktop import Desktop
from .notebook import Notebook
from .simulation import PROTOCOL, Simulation
from .spike import CELL, SLIDERS, TunedSpike, one_compartment
from .state import State
from .traces import Measures, Traces

__all__ = ["Playground"]

_STEP = Spec("second", "time step", "positive")

#: Arguments of `make_neurongroup` that the playground takes.
_RESETS = ("threshold", "reset", "second_reset", "spike_width")
_GROUP = dict.fromkeys((*_RESETS, "refractory", "hold_refractory", "namespace"))


class _OfDefault:
    """A class attribute, computed from the default model when it is read."""

    def __init__(self, read: Callable[[Model], Any]) -> None:
        self._read = read

    def __get__(self, instance: object, owner: type) -> Any:
        return self._read(one_compartment())


class _Dict:
    """A dict of the state, which users read, change and replace."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Playground | None, owner: type) -> Any:
        return self if instance is None else getattr(instance._state, self._name)

    def __set__(self, instance: Playground, value: Mapping[str, Any]) -> None:
        setattr(instance._state, self._name, dict(value))


class Playground:
    """A dendritic spike tuned by hand, with its traces in sight.

    A current is injected into a compartment and switched off again. Sliders set the
    current and the dendritic spike, text boxes the rest of the compartment and the
    protocol. `run` opens a window of matplotlib; in a notebook, the object shows its
    widgets (or call `notebook`). All of them show one state, which `set` changes as
    well, so a screen is not required.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel, optional
        Model with the dendritic spike. It is copied, never changed. Without a model,
        there is one compartment (80 pF, 3 nS, -70 mV).
    spike : str, optional
        Event of the spike (``'spike_Na_dend'``), or its name if it is the only spike of
        this name. Required if the model has several spikes.
    method : str, callable or sequence of str
        Integration method, as in `make_neurongroup`.
    dt : Quantity, optional
        Time step (second); by default, that of `brian2.defaultclock` at the time of the
        simulation.
    **group
        Arguments of `make_neurongroup` for action potentials: `threshold`, `reset`,
        `second_reset`, `spike_width`, `refractory`, `hold_refractory`, `namespace`.

    Attributes
    ----------
    MODEL_PARAMS, SIMULATION_PARAMS, SLIDER_PARAMS : dict
        Initial content of the three dicts without a model.
    EQUATIONS : str
        Equations of the default compartment.
    EVENT : dict of str to str
        Event of the default compartment, and its condition.
    model_params : dict of str to Quantity
        Capacitance, leak and reversal potentials of the compartment, and the values of
        the sliders; up to date after all changes.
    simulation_params : dict of str to Quantity
        `idle_period`, `stim_time` and `post_stim_time`: durations without the current,
        with it, and without it again (second).
    slider_params : dict of str to list
        ``[minimum, maximum, initial, step, unit]`` of the sliders.
    fig, ax1, ax2, line1, line2, line3 : matplotlib objects
        The window after `run`: figure, axes, voltage and conductances.
    sliders, neuron_boxes, sim_boxes : list of matplotlib widgets
        Widgets of the window after `run`.
    reset_button : matplotlib.widgets.Button
        The button that sets the initial values, after `run`.

    Raises
    ------
    UnknownNameError
        If the spike or an argument does not exist, or the model has several spikes and
        `spike` is missing.
    UnitError
        If `model` is not a model, or a value has the wrong unit.
    InvalidValueError
        If `spike` or arguments of the group come without a model.
    AssemblyError
        If no group can be made of the model.

    Notes
    -----
    One group of two cells, with the spike and without it, is made once and restored for
    each simulation, on the numpy target. The network, clock, random stream, device and
    preferences of the user stay as they are. A duration that rounds to no step switches
    its phase off. Noise is independent in the two cells.

    References
    ----------
    Pagkalos, Chavlis & Poirazi (2023). Introducing the Dendrify framework for
    incorporating dendrites to spiking neural networks. Nature Communications 14, 131.
    doi:10.1038/s41467-022-35747-8

    Examples
    --------
    >>> from brian2 import nS
    >>> from dendrisyn.playground import Playground
    >>> playground = Playground()
    >>> playground.set(g_rise=10*nS, g_fall=15*nS)
    >>> playground.measures.spikes
    4
    >>> playground.code()[:51]
    "dend.dspikes('Na', threshold=-40*mV, g_rise=10*nS, "
    """

    MODEL_PARAMS: ClassVar[dict[str, Any]] = dict(CELL)
    SIMULATION_PARAMS: ClassVar[dict[str, Any]] = dict(PROTOCOL)
    SLIDER_PARAMS: ClassVar[dict[str, list]] = {
        name: list(slider) for name, slider in SLIDERS.items()
    }
    EQUATIONS: ClassVar[Any] = _OfDefault(lambda model: model.equations)
    EVENT: ClassVar[Any] = _OfDefault(lambda model: model.events)

    model_params = _Dict()
    simulation_params = _Dict()
    slider_params = _Dict()

    def __init__(
        self,
        model: Model | None = None,
        spike: str | None = None,
        *,
        method: Any = CRANK_NICOLSON,
        dt: Quantity | None = None,
        **group: Any,
    ) -> None:
        with located("Playground"):
            if model is None and (spike is not None or group):
                raise InvalidValueError(
                    "spike and arguments of the group need a model. Give model as well."
                )
            for name in group:
                look_up(name, _GROUP, "argument")
            dt = None if dt is None else _STEP.check(dt, "dt")
            tuned = TunedSpike(one_compartment() if model is None else model, spike)
            self._state = State(
                Simulation(tuned, method, dt, group),
                self.SLIDER_PARAMS if model is None else tuned.sliders(),
                self.MODEL_PARAMS if model is None else tuned.boxes(),
                self.SIMULATION_PARAMS,
                may_add=model is not None,
            )
            if model is not None:
                self._state.read()  # errors of the model are raised here
        self.timeit = False
        self._desktop: Desktop | None = None

    # -- before the window opens ------------------------------------------------------

    def set_slider_params(self, user_slider_params: Mapping[str, Sequence]) -> None:
        """Set bounds, initial values, steps and units of sliders.

        Parameters
        ----------
        user_slider_params : dict of str to list
            ``[minimum, maximum, initial, step, unit]`` of `current`, `threshold`,
            `g_rise`, `g_fall`, `duration_rise`, `duration_fall`, `offset_fall`,
            `refractory` or `reversal_rise`. A list in place of the step contains the
            only values; None allows any value.

        Raises
        ------
        UnknownNameError
            If the slider does not exist.
        UnitError, InvalidValueError
            If an element has the wrong type or unit, or the elements contradict each
            other. Nothing changes then.

        Examples
        --------
        >>> from brian2 import mV, pA
        >>> from dendrisyn.playground import Playground
        >>> playground = Playground()
        >>> playground.set_slider_params({'current': [0, 300, 150, 5, pA],
        ...                               'threshold': [-65, 0, -30, 1, mV]})
        """
        with located("Playground.set_slider_params"):
            self._state.set_sliders(user_slider_params)

    def set_model_params(self, user_model_params: Mapping[str, Any]) -> None:
        """Set other values of the model; they get text boxes.

        Parameters
        ----------
        user_model_params : dict of str to Quantity
            `C` (farad), `gL` (siemens), `EL` (volt) and `reversal_fall` (volt) of the
            compartment of the spike. With a model, also its parameters by their names,
            such as the conductance of a coupling.

        Raises
        ------
        UnknownNameError
            If the parameter does not exist, or a slider sets it.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign. Nothing changes then.

        Examples
        --------
        >>> from brian2 import mV, nS, pF
        >>> from dendrisyn.playground import Playground
        >>> playground = Playground()
        >>> playground.set_model_params({'C': 100*pF, 'gL': 2*nS, 'EL': -65*mV})
        """
        with located("Playground.set_model_params"):
            self._state.set_boxes(user_model_params)

    # -- front ends -------------------------------------------------------------------

    def run(self, timeit: bool = False) -> None:
        """Open a window of matplotlib, and wait until it is closed.

        Without a screen, the window is made and not shown.

        Parameters
        ----------
        timeit : bool
            Whether the computing time of simulations is printed.

        Raises
        ------
        DendrisynError
            If matplotlib is not installed.
        """
        self.timeit = timeit
        state = self._read()
        desktop = self._desktop = Desktop(state, timeit)
        self.fig, (self.ax1, self.ax2) = desktop.figure, desktop.panels.axes
        self.line1 = desktop.panels.voltages[state.spike.compartment_name]
        self.line2, self.line3 = desktop.panels.rise, desktop.panels.fall
        self.sliders, self.neuron_boxes, self.sim_boxes = (
            [desktop.widgets[n] for n, c in state.controls.items() if c.group == group]
            for group in (SPIKE, "Cell", "Protocol")
        )
        self.reset_button = desktop.reset_button
        desktop.show()

    def notebook(self) -> Notebook:
        """Return the widgets for a notebook; a cell that ends in them shows them.

        Raises
        ------
        DendrisynError
            If ipywidgets or matplotlib is not installed.
        """
        return Notebook(self._read())

    def _ipython_display_(self) -> None:
        self.notebook()._ipython_display_()

    # -- scripts ----------------------------------------------------------------------

    @property
    def values(self) -> dict[str, Any]:
        """Values of the current, the spike and the rest of the compartment."""
        return self._read().values

    @property
    def traces(self) -> Traces:
        """Traces of these values."""
        return self._read().traces

    @property
    def measures(self) -> Measures:
        """Measures of these traces."""
        return self.traces.measures

    def set(self, **values: Any) -> None:
        """Set values, as sliders and boxes do; open windows follow.

        Parameters
        ----------
        **values : Quantity
            Values by the names of `slider_params`, `model_params` and
            `simulation_params`.

        Raises
        ------
        UnknownNameError
            If the name does not exist.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign, or is outside the bounds of its
            slider. Nothing changes then.
        """
        with located("Playground.set"):
            self._read().change(values)

    def reset(self) -> None:
        """Set all values to their initial values."""
        self._read().reset()

    def simulate(self, **values: Any) -> Traces:
        """Return the traces of other values, without setting them.

        Parameters
        ----------
        **values : Quantity
            Values and errors as in `set`.

        Returns
        -------
        Traces
            Voltages, conductances, times of spikes and measures.
        """
        with located("Playground.simulate"):
            return self._read().simulate(values)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `Dendrite.dspikes` except the name."""
        return self._read().arguments()

    def code(self) -> str:
        """Return the line of Python that makes this spike."""
        return self._read().code()

    def model(self) -> Model:
        """Return a new model with these values, without the current."""
        return self._read().model()

    def _read(self) -> State:
        """Return the state after reading the three dicts."""
        with located("Playground"):
            return self._state.read()

    def __repr__(self) -> str:
        return f"<Playground of {self._state.spike.event}>"
