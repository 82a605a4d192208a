"""`Desktop`: the playground in a window of matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import DendrisynError
from ..figures import pyplot
from ..plotting.style import COLORS
from .controls import Control
from .panels import Panels
from .state import State

__all__ = ["Desktop"]

#: Backends that write files and show nothing.
_SILENT = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
#: Left end and width of the widgets, as parts of the figure.
_LEFT, _WIDTH = 0.775, 0.15
#: Letters of the default size that fit between plots and widgets.
_LETTERS = 22


class Desktop:
    """Sliders, text boxes and buttons of matplotlib beside the traces."""

    def __init__(self, state: State, timeit: bool = False) -> None:
        plt = pyplot("Playground.run")
        self._state, self._timeit = state, timeit
        self.figure = plt.figure(figsize=(12, 6.75))
        voltage = self.figure.add_axes((0.07, 0.54, 0.53, 0.4))
        conductance = self.figure.add_axes((0.07, 0.09, 0.53, 0.38), sharex=voltage)
        self.panels = Panels(voltage, conductance, state.traces)
        self._message = self.figure.text(
            0.07, 0.015, "", color=COLORS[2], fontsize="small"
        )
        rows = len(state.controls) + 5  # two more titles, two gaps, the buttons
        self._y, self._height = 0.97, 0.93 / max(rows, 20)
        self.widgets: dict[str, Any] = {}
        title = ""
        for name, control in state.controls.items():
            if control.group != title:
                self._y -= self._height * (1.5 if title else 1)
                title = control.group
                self.figure.text(0.66, self._y, title, weight="bold")
            self._y -= self._height
            make = self._slider if control.is_bounded else self._text_box
            self.widgets[name] = make(control)
        self._y -= 1.5 * self._height
        self.reset_button = self._button("Reset", 0.725, state.reset)
        self.code_button = self._button("Print code", 0.84, lambda: print(state.code()))
        state.listen(self._refresh)
        self.figure.canvas.mpl_connect(
            "close_event", lambda event: state.forget(self._refresh)
        )
        self._refresh()

    def show(self) -> None:
        """Show the window, where there is a screen."""
        plt = pyplot("Playground.run")
        if plt.get_backend().lower() not in _SILENT:
            plt.show()

    # -- widgets ----------------------------------------------------------------------

    def _axes(self, height: float) -> Any:
        """Return the axes of a widget in this row."""
        return self.figure.add_axes((_LEFT, self._y, _WIDTH, height * self._height))

    def _slider(self, control: Control) -> Any:
        """Return a slider."""
        from matplotlib.widgets import Slider

        slider = Slider(
            self._axes(0.6),
            f"{control.label}  ",
            control.minimum,
            control.maximum,
            valinit=control.number(control.initial),
            valstep=control.step,
            color=COLORS[1],
            initcolor="none",
        )
        _fit(slider.label)
        slider.drawon = False  # the figure is drawn once for all widgets
        slider.on_changed(lambda number: self._change(control, number))
        return slider

    def _text_box(self, control: Control) -> Any:
        """Return a text box."""
        from matplotlib.widgets import TextBox

        box = TextBox(self._axes(0.8), f"{control.label}  ", textalignment="center")
        _fit(box.label)
        box.on_submit(lambda text: self._submit(control, text))
        return box

    def _button(self, label: str, left: float, action: Callable[[], None]) -> Any:
        """Return a button in this row."""
        from matplotlib.widgets import Button

        axes = self.figure.add_axes((left, self._y, 0.1, self._height))
        button = Button(axes, label)
        button.on_clicked(lambda event: action())
        return button

    # -- events -----------------------------------------------------------------------

    def _submit(self, control: Control, text: str) -> None:
        """Read a text box."""
        if text == _text(self._state.numbers[control.name]):
            return  # the box was left without a change
        try:
            number = float(text.strip().removesuffix(str(control.unit)))
        except ValueError:
            expected = f"expected a number of {control.unit!s}"
            self._show(f"{control.name}: {expected}, got {text!r}.")
        else:
            self._change(control, number)

    def _change(self, control: Control, number: float) -> None:
        """Set a value; show the message of the error if it is wrong."""
        value = control.quantity(control.nearest(float(number)))
        try:
            self._state.change({control.name: value})
        except DendrisynError as error:
            self._show(str(error))

    def _refresh(self) -> None:
        """Show traces and values."""
        traces = self._state.traces
        self.panels.update(traces)
        lines = traces.measures.lines()
        title = ", ".join(f"{name} {value}" for name, value in lines if value != "-")
        self.panels.axes[0].set_title(title, loc="left", fontsize="small")
        self._show("")
        if self._timeit:
            print(f"Simulated in {traces.seconds:.3f} s")

    def _show(self, message: str) -> None:
        """Show the values as they are, and the message of the last input."""
        for name, number in self._state.numbers.items():
            widget = self.widgets[name]
            is_slider = hasattr(widget, "val")
            shown = number if is_slider else _text(number)
            if shown != (widget.val if is_slider else widget.text):
                widget.eventson = False
                widget.set_val(shown)
                widget.eventson = True
        self._message.set_text(message)
        self.figure.canvas.draw_idle()


def _fit(label: Any) -> None:
    """Make the label of a widget smaller if it would reach into the plots."""
    length = len(label.get_text().strip())
    label.set_fontsize(label.get_fontsize() * min(1, _LETTERS / length))


def _text(number: float) -> str:
    """Return a number as text boxes show it."""
    return f"{number:.6g}"
