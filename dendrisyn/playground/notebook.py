"""`Notebook`: the playground with ipywidgets."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import Any

from ..errors import DendrisynError
from .controls import Control
from .panels import Panels
from .session import Session

__all__ = ["Notebook"]


class Notebook:
    """Sliders, boxes and buttons of ipywidgets beside an image of the traces.

    Parameters
    ----------
    session : Session
        What they set.

    Attributes
    ----------
    sliders : dict of str to ipywidgets.Widget
        A `FloatSlider`, or a `SelectionSlider` of the only values, by name.
    boxes : dict of str to ipywidgets.FloatText
        Other values, and durations.
    reset_button : ipywidgets.Button
        Sets everything back.
    image : ipywidgets.Image
        The traces.
    measures, message : ipywidgets.HTML
        What is measured; what was wrong with the last input.
    code : ipywidgets.Textarea
        The line of Python that makes the spike, to be copied.
    box : ipywidgets.Box
        All of them.
    """

    def __init__(self, session: Session) -> None:
        try:
            import ipywidgets
            from matplotlib.figure import Figure
        except ImportError as error:
            raise DendrisynError(
                "Playground in a notebook needs ipywidgets and matplotlib: "
                "pip install 'dendrisyn[playground]'."
            ) from error
        self._widgets, self._session = ipywidgets, session
        self._figure = Figure(figsize=(7, 5.2))
        # A fixed layout takes a third of the time of one that is computed.
        places = {"left": 0.1, "right": 0.99, "bottom": 0.1, "top": 0.98}
        voltage, conductance = self._figure.subplots(
            2, sharex=True, gridspec_kw={**places, "hspace": 0.12}
        )
        self._panels = Panels(voltage, conductance, session.traces, titled=False)
        self.sliders = {
            name: self._slider(each) for name, each in session.sliders.items()
        }
        self.boxes = {
            name: self._number(each)
            for name, each in (session.boxes | session.durations).items()
        }
        self.reset_button = ipywidgets.Button(description="Reset")
        self.reset_button.on_click(lambda button: session.reset())
        self.image = ipywidgets.Image(format="png", width=620)
        self.measures, self.message = ipywidgets.HTML(), ipywidgets.HTML()
        self.code = ipywidgets.Textarea(
            disabled=True, layout=ipywidgets.Layout(width="96%", height="5em")
        )
        self.box = self._arranged()
        session.listen(self._refresh)
        self._refresh()

    def close(self) -> None:
        """Take the widgets away; the playground goes on."""
        self._session.forget(self._refresh)
        self.box.close()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)

    def _arranged(self) -> Any:
        widgets, session = self._widgets, self._session
        left = widgets.VBox([self.image, self.measures, self.message])
        right = widgets.VBox(
            [
                widgets.HTML("<b>Dendritic spike</b>"),
                *self.sliders.values(),
                widgets.HTML("<b>Cell</b>"),
                *(self.boxes[name] for name in session.boxes),
                widgets.HTML("<b>Protocol</b>"),
                *(self.boxes[name] for name in session.durations),
                self.reset_button,
            ]
        )
        return widgets.VBox([widgets.HBox([left, right]), self.code])

    def _slider(self, control: Control) -> Any:
        widgets = self._widgets
        shared = {"description": control.label, **self._look()}
        number = self._session.numbers[control.name]
        slider: Any
        if control.choices:
            slider = widgets.SelectionSlider(
                options=[(f"{each:g}", each) for each in control.choices],
                value=number,
                **shared,
            )
        else:
            step = control.step or (control.maximum - control.minimum) / 1000
            slider = widgets.FloatSlider(
                value=number,
                min=control.minimum,
                max=control.maximum,
                step=step,
                readout_format=".4g",
                **shared,
            )
        slider.observe(self._reader(control), names="value")
        return slider

    def _number(self, control: Control) -> Any:
        box = self._widgets.FloatText(
            value=self._session.numbers[control.name],
            description=control.label,
            # `FloatText` tells of each key that is pressed otherwise.
            continuous_update=False,
            **self._look(),
        )
        box.observe(self._reader(control), names="value")
        return box

    def _look(self) -> dict[str, Any]:
        return {
            "style": {"description_width": "11em"},
            "layout": self._widgets.Layout(width="26em"),
        }

    def _reader(self, control: Control) -> Callable[[Any], None]:
        def read(change: Any) -> None:
            if change["new"] == self._session.numbers[control.name]:
                return
            try:
                self._session.change({control.name: float(change["new"])})
            except DendrisynError as error:
                self._refresh(str(error))

        return read

    def _refresh(self, message: str = "") -> None:
        """Show the state of the session, and what was wrong with the last input."""
        session = self._session
        numbers = session.numbers
        for name, widget in (self.sliders | self.boxes).items():
            if widget.value != numbers[name]:
                widget.value = numbers[name]
        self._panels.update(session.traces)
        png = BytesIO()
        self._figure.savefig(png, format="png", dpi=96)
        self.image.value = png.getvalue()
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td><b>{escape(value)}</b></td></tr>"
            for name, value in session.measures.lines()
        )
        self.measures.value = f"<table>{rows}</table>"
        self.message.value = f"<i>{escape(message)}</i>" if message else ""
        self.code.value = session.code()
