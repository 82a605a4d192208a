"""`Playground`: dendritic spikes tuned by hand, with their traces in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from brian2.units.fundamentalunits import Quantity

from ..cell.base import Model
from ..errors import InvalidValueError, UnknownNameError, located, nearest
from ..integrators import CRANK_NICOLSON
from ..units import Spec
from .desktop import Desktop
from .experiment import Experiment
from .notebook import Notebook
from .protocol import Protocol
from .session import Session
from .settings import Settings
from .target import CELL, SLIDERS, Target, one_compartment
from .traces import Measures, Traces

__all__ = ["Playground"]

_STEP = Spec("second", "step of the integration", "positive")

#: What `make_neurongroup` takes and the playground passes on.
_GROUP = (
    "hold_refractory",
    "namespace",
    "refractory",
    "reset",
    "second_reset",
    "spike_width",
    "threshold",
)


class _Shown:
    """A class attribute that is computed when it is first read."""

    def __init__(self, read: Callable[[Model], Any]) -> None:
        self._read = read

    def __get__(self, instance: object, owner: type) -> Any:
        return self._read(one_compartment())


class _Dict:
    """A dict of the settings, to be read, changed and replaced."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Playground | None, owner: type) -> Any:
        return self if instance is None else getattr(instance._settings, self._name)

    def __set__(self, instance: Playground, value: Mapping[str, Any]) -> None:
        setattr(instance._settings, self._name, dict(value))


class Playground:
    """Dendritic spikes tuned by hand, with their traces in sight.

    A current is injected into a compartment and switched off again. Sliders set the
    current and the dendritic spike, text boxes the rest of the compartment and the
    protocol. `run` opens a window of matplotlib; in a notebook, the object shows
    itself with ipywidgets (or call `notebook`). Both show one state, which can be set
    by `set` as well, so nothing needs a screen.

    Parameters
    ----------
    model : NeuronModel or PointNeuronModel, optional
        The model whose spike is tuned. It is copied, never changed. Left out, one
        compartment (80 pF, 3 nS, -70 mV).
    spike : str, optional
        The spike: its event (``'spike_Na_dend'``), or its name if one compartment alone
        has one of this name. Left out, the only one there is.
    method : str, callable or sequence of str
        How the equations are integrated, as in `make_neurongroup`.
    dt : Quantity, optional
        The step (second). Left out, that of `brian2.defaultclock` at each simulation.
    **group
        What `make_neurongroup` needs for action potentials: `threshold`, `reset`,
        `second_reset`, `spike_width`, `refractory`, `hold_refractory`, `namespace`.

    Attributes
    ----------
    MODEL_PARAMS, SIMULATION_PARAMS, SLIDER_PARAMS : dict
        What one compartment starts with.
    EQUATIONS : str
        Its equations.
    EVENT : dict of str to str
        Its event and the condition.
    model_params : dict of str to Quantity
        Capacitance, leak and reversal potentials of the compartment, and all that the
        sliders set; after a change, what is set now.
    simulation_params : dict of str to Quantity
        `idle_period`, `stim_time` and `post_stim_time`: how long the current is off, on
        and off (second). They may be changed until `run` is called.
    slider_params : dict of str to list
        ``[minimum, maximum, initial, step, unit]`` of each slider.
    fig, ax1, ax2, line1, line2, line3 : matplotlib objects
        The window, once `run` is called: its axes, the voltage, the conductances.
    sliders, neuron_boxes, sim_boxes : list of matplotlib widgets
        The widgets, once `run` is called.
    reset_button : matplotlib.widgets.Button
        The button that sets everything back, once `run` is called.

    Raises
    ------
    UnknownNameError
        If there is no such spike, or several and none is named; if an argument for the
        group does not exist.
    UnitError
        If `model` is no model, or a value has the wrong unit.
    AssemblyError
        If the model cannot be made into a group.

    Notes
    -----
    One group of two cells, with the spike and without it, is built once and restored
    for each simulation, on the numpy target. Brian2's state, the user's network, clock,
    random stream, device and preferences, stays as it is. A duration that rounds to no
    step switches its phase off. Noise is another in the cell without the spike.

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
    SIMULATION_PARAMS: ClassVar[dict[str, Any]] = Protocol().values()
    SLIDER_PARAMS: ClassVar[dict[str, list]] = {
        name: list(each) for name, each in SLIDERS.items()
    }
    EQUATIONS: ClassVar[Any] = _Shown(lambda model: model.equations)
    EVENT: ClassVar[Any] = _Shown(lambda model: model.events)

    model_params = _Dict("values")
    simulation_params = _Dict("durations")
    slider_params = _Dict("sliders")

    fig: Any
    ax1: Any
    ax2: Any
    line1: Any
    line2: Any
    line3: Any
    sliders: list
    neuron_boxes: list
    sim_boxes: list
    reset_button: Any

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
                    "without a model there is one compartment, so give no spike and "
                    "no arguments of a group; or give a model."
                )
            for name in group:
                if name not in _GROUP:
                    raise UnknownNameError(
                        f"there is no argument {name!r}.{nearest(name, _GROUP)}"
                    )
            dt = None if dt is None else _STEP.check(dt, "dt")
            self._target = Target(one_compartment() if model is None else model, spike)
            self._settings = Settings(
                self._target,
                self.SLIDER_PARAMS if model is None else self._target.sliders(),
                self.MODEL_PARAMS if model is None else self._target.boxes(),
                self.SIMULATION_PARAMS,
                may_add=model is not None,
                experiment=lambda extra: Experiment(
                    self._target, extra=extra, method=method, dt=dt, group=group
                ),
            )
            if model is not None:
                self._settings.session()  # a model that is wrong is an error here
        self.timeit = False
        self._desktop: Desktop | None = None

    # -- before it runs ---------------------------------------------------------------

    def set_slider_params(self, user_slider_params: Mapping[str, Sequence]) -> None:
        """Set bounds, initial values, steps and units of sliders.

        Parameters
        ----------
        user_slider_params : dict of str to list
            ``[minimum, maximum, initial, step, unit]`` by what it sets: `current`,
            `threshold`, `g_rise`, `g_fall`, `duration_rise`, `duration_fall`,
            `offset_fall`, `refractory`, `reversal_rise`. Instead of the step there may
            be a list of the only values, or None for any value.

        Raises
        ------
        UnknownNameError
            If there is no such slider.
        UnitError, InvalidValueError
            If an element has the wrong type or unit, or they make no sense together.
            Nothing is changed then.

        Examples
        --------
        >>> from brian2 import mV, pA
        >>> from dendrisyn.playground import Playground
        >>> playground = Playground()
        >>> playground.set_slider_params({'current': [0, 300, 150, 5, pA],
        ...                               'threshold': [-65, 0, -30, 1, mV]})
        """
        with located("Playground.set_slider_params"):
            self._settings.set_sliders(user_slider_params)

    def set_model_params(self, user_model_params: Mapping[str, Any]) -> None:
        """Set the rest of the compartment; each gets a text box.

        Parameters
        ----------
        user_model_params : dict of str to Quantity
            `C` (farad), `gL` (siemens), `EL` (volt) and `reversal_fall` (volt) of the
            compartment of the spike. With a model, any of its parameters by its name,
            such as the conductance of a coupling.

        Raises
        ------
        UnknownNameError
            If there is no such parameter, or a slider sets it.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign. Nothing is changed then.

        Examples
        --------
        >>> from brian2 import mV, nS, pF
        >>> from dendrisyn.playground import Playground
        >>> playground = Playground()
        >>> playground.set_model_params({'C': 100*pF, 'gL': 2*nS, 'EL': -65*mV})
        """
        with located("Playground.set_model_params"):
            self._settings.set_boxes(user_model_params)

    # -- while it runs ----------------------------------------------------------------

    def run(self, timeit: bool = False) -> None:
        """Open a window of matplotlib, where there is a screen, and wait.

        Parameters
        ----------
        timeit : bool
            Whether the duration of each simulation is printed.

        Raises
        ------
        DendrisynError
            If matplotlib is not installed.
        """
        self.timeit = timeit
        session = self._session
        self._desktop = Desktop(session, timeit)
        desktop = self._desktop
        self.fig, (self.ax1, self.ax2) = desktop.figure, desktop.panels.axes
        self.line1 = desktop.panels.voltages[self._target.compartment]
        self.line2, self.line3 = desktop.panels.rise, desktop.panels.fall
        self.sliders = list(desktop.sliders.values())
        self.neuron_boxes = [desktop.boxes[name] for name in session.boxes]
        self.sim_boxes = [desktop.boxes[name] for name in session.durations]
        self.reset_button = desktop.reset_button
        desktop.show()

    def notebook(self) -> Notebook:
        """Return the widgets for a notebook; a cell that ends in them shows them.

        Raises
        ------
        DendrisynError
            If ipywidgets or matplotlib is not installed.
        """
        return Notebook(self._session)

    def _ipython_display_(self) -> None:
        self.notebook()._ipython_display_()

    # -- without a screen -------------------------------------------------------------

    @property
    def values(self) -> dict[str, Any]:
        """What is set now: the current, the spike and the rest of the compartment."""
        return self._session.values

    @property
    def traces(self) -> Traces:
        """The traces of what is set now."""
        return self._session.traces

    @property
    def measures(self) -> Measures:
        """What is measured on the traces."""
        return self._session.measures

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
            If there is no such name.
        UnitError, InvalidValueError
            If a value has the wrong unit or sign, or is not on its slider. Nothing is
            changed then.
        """
        with located("Playground.set"):
            self._session.change(self._settings.numbers(values))

    def reset(self) -> None:
        """Set everything to where it started."""
        self._session.reset()

    def simulate(self, **values: Any) -> Traces:
        """Return the traces with other values, and leave those that are set.

        Parameters
        ----------
        **values : Quantity
            As for `set`.

        Returns
        -------
        Traces
            Voltages, conductances, times of spikes and measures.

        Raises
        ------
        UnknownNameError, UnitError, InvalidValueError
            As for `set`.
        """
        with located("Playground.simulate"):
            return self._session.simulate(self._settings.numbers(values))

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `Dendrite.dspikes`, but for the name, as set now."""
        return self._session.arguments()

    def code(self) -> str:
        """Return the line of Python that makes the spike as it is set now."""
        return self._session.code()

    def model(self) -> Model:
        """Return a new model with what is set now, the current aside."""
        return self._session.model()

    @property
    def _session(self) -> Session:
        with located("Playground"):
            return self._settings.session()

    def __repr__(self) -> str:
        return f"<Playground of {self._target.event}>"
