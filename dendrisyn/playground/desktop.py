"""`Desktop`: the playground with matplotlib's widgets, in a window of any backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..errors import DendrisynError
from ..figures import pyplot
from ..plotting.style import COLORS
from .controls import Control
from .panels import Panels
from .session import Session

__all__ = ["Desktop"]

#: Backends that write files and show nothing.
_SILENT = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}

#: Where widgets are, in parts of the figure.
_LEFT, _WIDTH = 0.775, 0.15


class Desktop:
    """Sliders, text boxes and buttons of matplotlib beside the traces.

    Parameters
    ----------
    session : Session
        What they set.
    timeit : bool
        Whether the duration of each simulation is printed.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The window.
    panels : Panels
        The plots.
    sliders : dict of str to matplotlib.widgets.Slider
        Sliders by name.
    boxes : dict of str to matplotlib.widgets.TextBox
        Text boxes by name: other values, and durations.
    reset_button, code_button : matplotlib.widgets.Button
        Set everything back; print the line of Python that makes the spike.
    """

    def __init__(self, session: Session, timeit: bool = False) -> None:
        plt = pyplot("Playground.run")
        traces = session.traces
        self._session, self._timeit = session, timeit
        self.figure = plt.figure(figsize=(12, 6.75))
        voltage = self.figure.add_axes((0.07, 0.54, 0.53, 0.4))
        conductance = self.figure.add_axes((0.07, 0.09, 0.53, 0.38), sharex=voltage)
        self.panels = Panels(voltage, conductance, traces)
        rows = len(session.controls) + 5  # two more titles, two gaps, the buttons
        self._row, self._height = 0.0, 0.93 / max(rows, 20)
        self._title("Dendritic spike")
        self.sliders = {
            name: self._slider(each) for name, each in session.sliders.items()
        }
        self._title("Cell")
        self.boxes = self._text_boxes(session.boxes.values())
        self._title("Protocol")
        self.boxes |= self._text_boxes(session.durations.values())
        self.reset_button = self._button("Reset", 0, session.reset)
        self.code_button = self._button("Print code", 1, self._print_code)
        self._message = self.figure.text(
            0.07, 0.015, "", color=COLORS[2], fontsize="small"
        )
        session.listen(self._refresh)
        self.figure.canvas.mpl_connect(
            "close_event", lambda event: session.forget(self._refresh)
        )
        self._report()

    def show(self) -> None:
        """Show the window, where there is a screen."""
        plt = pyplot("Playground.run")
        if plt.get_backend().lower() not in _SILENT:
            plt.show()

    # -- widgets ----------------------------------------------------------------------

    def _place(self, rows: float = 1) -> float:
        self._row += rows
        return 0.97 - self._row * self._height

    def _title(self, text: str) -> None:
        y = self._place(1 if self._row == 0 else 1.5)
        self.figure.text(0.66, y, text, weight="bold")

    def _slider(self, control: Control) -> Any:
        from matplotlib.widgets import Slider

        area = (_LEFT, self._place(), _WIDTH, 0.6 * self._height)
        slider = Slider(
            self.figure.add_axes(area),
            f"{control.label}  ",
            control.minimum,
            control.maximum,
            valinit=control.initial,
            valstep=control.step,
            color=COLORS[1],
            initcolor="none",
        )
        _fit(slider.label)
        slider.drawon = False  # all is drawn at once
        _quietly(slider, self._session.numbers[control.name])
        slider.on_changed(lambda number: self._change(control, number))
        return slider

    def _text_boxes(self, controls: Iterable[Control]) -> dict[str, Any]:
        from matplotlib.widgets import TextBox

        boxes = {}
        for control in controls:
            area = (_LEFT, self._place(), _WIDTH, 0.8 * self._height)
            box = boxes[control.name] = TextBox(
                self.figure.add_axes(area),
                f"{control.label}  ",
                initial=_text(self._session.numbers[control.name]),
                textalignment="center",
            )
            _fit(box.label)
            box.on_submit(self._reader(control))
        return boxes

    def _reader(self, control: Control) -> Callable[[str], None]:
        def read(text: str) -> None:
            if text == _text(self._session.numbers[control.name]):
                return  # nobody typed anything
            plain = text.strip().removesuffix(str(control.unit)).strip()
            try:
                number = float(plain)
            except ValueError:
                self._say(
                    f"{control.name}: expected a number of {control.unit!s}, got "
                    f"{text!r}."
                )
            else:
                self._change(control, number)

        return read

    def _button(self, label: str, column: int, action: Callable[[], None]) -> Any:
        from matplotlib.widgets import Button

        if column == 0:
            self._place(1.5)
        width = 0.1
        y = 0.97 - self._row * self._height
        area = (0.725 + 1.15 * column * width, y, width, self._height)
        button = Button(self.figure.add_axes(area), label)
        button.on_clicked(lambda event: action())
        return button

    # -- what happens -----------------------------------------------------------------

    def _change(self, control: Control, number: float) -> None:
        try:
            if control.name in self._session.sliders:
                number = control.nearest(float(number))
            self._session.change({control.name: number})
        except DendrisynError as error:
            self._say(str(error))
        else:
            self._say("")

    def _print_code(self) -> None:
        print(self._session.code())

    def _refresh(self) -> None:
        """Show the state of the session."""
        self.panels.update(self._session.traces)
        self._say("", drawn=False)
        self.figure.canvas.draw_idle()
        self._report()

    def _say(self, message: str, drawn: bool = True) -> None:
        """Say what was wrong with the last input, and show the numbers as they are."""
        numbers = self._session.numbers
        stale = message != self._message.get_text()
        for name, slider in self.sliders.items():
            stale |= _quietly(slider, numbers[name])
        for name, box in self.boxes.items():
            stale |= box.text != _text(numbers[name])
            if box.text != _text(numbers[name]):
                listening, box.eventson = box.eventson, False
                box.set_val(_text(numbers[name]))
                box.eventson = listening
        self._message.set_text(message)
        if stale and drawn:
            self.figure.canvas.draw_idle()

    def _report(self) -> None:
        if self._timeit:
            print(f"Simulated in {self._session.traces.seconds:.3f} s")


def _fit(label: Any) -> None:
    """Make the name of a control smaller if it would reach into the plots."""
    most = 22  # letters of the default size between plots and widgets
    length = len(label.get_text().strip())
    label.set_fontsize(label.get_fontsize() * min(1, most / length))


def _text(number: float) -> str:
    return f"{number:.6g}"


def _quietly(slider: Any, number: float) -> bool:
    """Move a slider without telling anyone; return whether it was elsewhere."""
    if slider.val == number:
        return False
    listening, slider.eventson = slider.eventson, False
    slider.set_val(number)
    slider.eventson = listening
    return True
